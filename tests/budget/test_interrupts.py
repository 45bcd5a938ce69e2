"""KeyboardInterrupt at any moment, and exceptions from anywhere: the books agree afterwards, always."""

from __future__ import annotations

import contextlib
import ctypes
import dis
import gc
import os
import random
import sys
import threading
import time

import numpy as np
import pytest

import flopscope as flops
import flopscope.numpy as fnp
from flopscope.budgets import accounts, blocks, sessions

X = fnp.ones(3)
PACKAGE = os.path.dirname(flops.__file__) + os.sep


# -- at every point where CPython looks at signals -------------------------------------------------------------------
#
# CPython handles signals, and switches threads, after calls (of anything but Python functions, whose own beginning is
# such a point) and at backward jumps. A trace function sees every instruction, so it can interrupt at each of these
# points in turn: the whole program below is run once for every one of them.


def _codes(*beginnings):
    names = [name for name in dis.opmap if name.startswith(beginnings)]
    return {dis.opmap[name] for name in names if "NO_INTERRUPT" not in name and "INTRINSIC" not in name}


_CALLS, _JUMPS_BACK = _codes("CALL"), _codes("JUMP_BACKWARD", "POP_JUMP_BACKWARD")


class InterruptAt:
    """Trace function that raises KeyboardInterrupt at the n-th point within flopscope."""

    def __init__(self, n):
        self.left = n
        self.where = None
        self.before = None, None, 0  # frame, code and place of the instruction before

    def __call__(self, frame, event, arg):
        self.before = None, None, 0
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        self._point(frame, "beginning of")
        return self._instruction

    def _instruction(self, frame, event, arg):
        if event != "opcode":
            self.before = None, None, 0
            return self._instruction
        in_frame, code, place = self.before
        self.before = frame, frame.f_code.co_code[frame.f_lasti], frame.f_lasti
        # A jump that is not taken is no such point.
        if in_frame is frame and (code in _CALLS or (code in _JUMPS_BACK and frame.f_lasti < place)):
            self._point(frame, f"after {dis.opname[code]} in")
        return self._instruction

    def _point(self, frame, what):
        self.left -= 1
        if self.left == 0:
            sys.settrace(None)
            name = f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno}"
            self.where = f"{what} {frame.f_code.co_name}", name
            raise KeyboardInterrupt


@pytest.fixture
def repeatable(monkeypatch):
    """Have every run of a program come by the same points: nothing in it depends on the time, or on garbage."""
    monkeypatch.setattr(accounts, "_FLUSH_EVERY_S", 1e9)
    flops.current_budget()._account.set_alarm(time.perf_counter())
    tracer = sys.gettrace()  # that of coverage, perhaps
    gc.disable()
    yield
    gc.enable()
    sys.settrace(tracer)


def one_budget(budgets):
    budgets.append(flops.BudgetContext(1000, namespace="one"))
    with budgets[0] as budget:
        fnp.add(X, X)  # the general way, which makes the site
        fnp.add(X, X)  # the fast lane
        budget._account.alarm = budget._account._flush_at = 0.0
        fnp.exp(X)  # folds the log
        fnp.add(X, X)


def nested_budgets(budgets):
    budgets.append(flops.BudgetContext(1000, namespace="outer"))
    budgets.append(flops.BudgetContext(1000, flop_multiplier=2))
    with budgets[0], flops.namespace("a"):
        fnp.add(X, X)
        with budgets[1]:
            fnp.add(X, X)
            fnp.add(X, X)


def refusals(budgets):
    budgets.append(flops.BudgetContext(4))
    with budgets[0]:
        fnp.exp(X)
        for operands in ((X, X), (X, fnp.ones(2))):
            try:
                fnp.add(*operands)
            except (flops.BudgetExhaustedError, ValueError):
                continue


@pytest.mark.parametrize("program", [one_budget, nested_budgets, refusals])
def test_an_interrupt_at_any_point_leaves_books_that_agree_and_nothing_open(program, repeatable, check_books):
    program([])
    program([])  # what is made on first use is there now
    session = flops.current_budget()
    points = 0
    while True:
        flops.budget_reset()
        interrupt, budgets = InterruptAt(points + 1), []
        try:
            sys.settrace(interrupt)
            program(budgets)
        except KeyboardInterrupt:
            points += 1
        finally:
            sys.settrace(None)
        try:
            check_books(session, *budgets)
            assert flops.budget_summary_dict()["flops_used"] == (budgets[0].flops_used if budgets else 0)
            assert blocks._open_entries() == []
            assert blocks.active.get() is sessions.session.scope
            assert not any(budget._account.running for budget in budgets)
        except AssertionError as error:
            error.add_note(f"after an interrupt at {interrupt.where}")
            raise
        if interrupt.where is None:
            break
    assert points > 100


def test_an_interrupt_at_the_first_instruction_of_exit_closes_the_block_of_a_generator_too(check_books):
    def numbers(interrupt):
        with flops.BudgetContext(100, namespace="numbers") as budget:
            fnp.add(X, X)
            yield budget
            sys.settrace(interrupt)

    class AtExit(InterruptAt):
        def _point(self, frame, what):
            if (what, frame.f_code.co_name) == ("beginning of", "__exit__"):
                super()._point(frame, what)

    with flops.BudgetContext(100) as outer:
        running = numbers(AtExit(1))
        inner = next(running)
        with flops.namespace("goes on"):
            with pytest.raises(KeyboardInterrupt):
                next(running)
            fnp.exp(X)
    assert (inner.flops_used, outer.flops_used) == (3, 6)
    assert outer.op_log[-1].namespace == "goes on"
    assert not inner._account.running
    check_books(inner, outer)


def test_what_asks_for_exit_and_lets_it_go_closes_nothing():
    budget = flops.BudgetContext(100)
    assert hasattr(budget, "__exit__")
    with budget:
        assert callable(budget.__exit__)
        fnp.add(X, X)
    budget.__enter__()
    fnp.add(X, X)
    budget.__exit__(None, None, None)
    with contextlib.ExitStack() as stack:
        stack.enter_context(budget)
        fnp.add(X, X)
    assert budget.flops_used == 9
    assert not budget._account.running


# -- at random moments -----------------------------------------------------------------------------------------------


def busy(budgets, seed):
    """A program that uses everything: lanes, the general way, nested budgets, namespaces, refusals."""
    random_ = random.Random(seed)
    while True:
        with flops.BudgetContext(300, namespace="outer") as outer:
            budgets.append(outer)
            for _ in range(8):
                fnp.add(X, X)
                fnp.round(X, decimals=1)
                with flops.namespace("a"):
                    fnp.sum(X, axis=0)
                    if random_.random() < 0.5:
                        with flops.BudgetContext(40) as inner:
                            budgets.append(inner)
                            for _ in range(random_.randrange(20)):
                                try:
                                    fnp.exp(X)
                                except flops.BudgetExhaustedError:
                                    break
        if random_.random() < 0.2:
            outer.summary_dict()


def check_session(budgets):
    outermost = sum(budget.flops_used for budget in budgets if budget.namespace)
    session = flops.current_budget()
    assert session not in budgets
    assert flops.budget_summary_dict()["flops_used"] == outermost + session.flops_used


@pytest.fixture
def no_gc_callbacks():
    """Without hypothesis' callback, in which an exception would be reported as ignored."""
    callbacks = gc.callbacks[:]
    gc.callbacks.clear()
    yield
    gc.callbacks.extend(callbacks)


@pytest.mark.usefixtures("no_gc_callbacks")
def test_exceptions_thrown_into_threads_leave_books_that_agree(check_books):
    class Thrown(BaseException):
        pass

    def work(budgets):
        try:
            busy(budgets, 0)
        except Thrown:
            budgets.append(None)

    for trial in range(40):
        flops.budget_reset()
        budgets = []
        thread = threading.Thread(target=work, args=(budgets,))
        thread.start()
        time.sleep(random.Random(trial).uniform(0, 3e-3))
        while thread.is_alive() and (not budgets or budgets[-1] is not None):
            assert (
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(Thrown)) < 2
            )
            thread.join(0.2)
        thread.join(10)
        assert not thread.is_alive()
        assert blocks._open_elsewhere == []
        budgets = [budget for budget in budgets if budget is not None]
        check_books(*budgets)
        check_session(budgets)


# -- from within NumPy -----------------------------------------------------------------------------------------------


class Fails:
    """An operand whose arithmetic raises."""

    def __init__(self, error):
        self.error = error

    def __add__(self, other):
        raise self.error

    __radd__ = __mul__ = __rmul__ = __add__


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, ZeroDivisionError, SystemExit])
@pytest.mark.parametrize(
    "call",
    [
        lambda x: fnp.add(x, x),
        lambda x: np.add(x, x),
        lambda x: x + x,
        lambda x: x.sum(),
        lambda x: fnp.cumsum(x),
        lambda x: fnp.add(x, x, out=fnp.empty(2, dtype=object)),
        lambda x: fnp.einsum("i->", x),
    ],
)
@pytest.mark.parametrize("nested", [False, True])
def test_whatever_numpy_raises_takes_the_charge_back(error, call, nested, check_books):
    operand = fnp.asarray([Fails(error), Fails(error)], dtype=object)
    with flops.BudgetContext(100) as outer, flops.BudgetContext(100) if nested else flops.namespace("a"):
        fnp.exp(X)
        for _ in range(2):
            with pytest.raises(error):
                call(operand)
        assert outer.flops_used == 3
        fnp.exp(X)
    assert [record.op_name for record in outer.op_log] == ["exp", "exp"]
    check_books(outer)


def test_an_error_in_a_finalizer_or_handler_that_computes_does_not_disturb_the_fold(repeatable, check_books):
    """A signal handler computes, and asks for summaries, at every point of a program that folds its log."""
    ran = []

    class Within(InterruptAt):
        def _point(self, frame, what):
            self.left -= 1
            if self.left == 0:
                sys.settrace(None)
                self.where = what
                fnp.sqrt(X)
                ran.append(flops.budget_summary_dict()["flops_used"])
                fnp.sqrt(X)

    points = 0
    while True:
        flops.budget_reset()
        trace, budgets = Within(points + 1), []
        sys.settrace(trace)
        try:
            one_budget(budgets)
        finally:
            sys.settrace(None)
        points += 1
        if trace.where is None:
            break
        session = flops.current_budget()
        check_books(session, *budgets)
        total = budgets[0].flops_used + session.flops_used
        assert total == 4 * 3 + 2 * 3
        assert flops.budget_summary_dict()["flops_used"] == total
    assert len(ran) == points - 1 > 100
