"""The session: everything charged in the process, and the budget that is active outside any context."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import pickle
import subprocess
import sys

import pytest

import flopscope as flops
import flopscope.numpy as fnp


def python(code, **environment):
    """Run a program in a fresh process."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={**os.environ, "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


# -- what is in it ---------------------------------------------------------------------------------------------------


def test_ops_outside_any_context_are_charged_to_the_session_budget():
    fnp.exp(fnp.ones(4))
    session = flops.current_budget()
    assert session.flops_used == 4
    assert session.op_log[0].op_name == "exp"
    assert session.namespace is None
    assert repr(session) == "<BudgetContext: 4 of 1,000,000,000,000,000 FLOPs used>"


def test_the_summary_holds_closed_contexts_open_contexts_and_the_session_budget():
    fnp.exp(fnp.ones(1))
    with flops.BudgetContext(1000, namespace="closed"):
        fnp.exp(fnp.ones(10))
    with flops.BudgetContext(2000, namespace="open"), flops.BudgetContext(50):
        fnp.log(fnp.ones(20))
        data = flops.budget_summary_dict(by_namespace=True)
    assert data["flops_used"] == 31
    assert {name: (op["flop_cost"], op["calls"]) for name, op in data["operations"].items()} == {
        "log": (20, 1),
        "exp": (11, 2),
    }
    assert {path: entry["flops_used"] for path, entry in data["by_namespace"].items()} == {
        "open": 20,
        "closed": 10,
        "": 1,
    }
    assert data["flop_budget"] == 10**15 + 1000 + 2000  # of the outermost budgets that were charged
    assert data["flops_remaining"] == data["flop_budget"] - 31
    assert json.loads(json.dumps(data)) == data


def test_its_limit_is_the_sum_of_the_limits_of_the_outermost_budgets_that_were_charged():
    assert flops.budget_summary_dict()["flop_budget"] == 10**15  # nothing charged: the session budget's
    with flops.BudgetContext(1000) as budget:
        assert flops.budget_summary_dict()["flop_budget"] == 10**15
        fnp.exp(1.0)
        assert flops.budget_summary_dict()["flop_budget"] == 1000
        with flops.BudgetContext(70):
            fnp.exp(1.0)
    with flops.BudgetContext(500):
        fnp.ones(3)  # free
    with budget:  # once more: counted once
        fnp.exp(1.0)
    assert flops.budget_summary_dict()["flop_budget"] == 1000
    fnp.exp(1.0)
    assert flops.budget_summary_dict()["flop_budget"] == 1000 + 10**15


def test_contexts_do_not_use_up_the_session_budget():
    with flops.BudgetContext(1000):
        fnp.exp(fnp.ones(10))
    assert flops.current_budget().flops_used == 0


def test_reset_forgets_the_session_and_leaves_contexts_their_own_counts(check_books):
    fnp.exp(fnp.ones(1))
    with flops.BudgetContext(1000) as budget:
        fnp.exp(fnp.ones(10))
        flops.budget_reset()
        assert flops.budget_summary_dict()["flops_used"] == 0
        fnp.exp(fnp.ones(5))
    session = flops.current_budget()
    assert (session.flops_used, len(session.op_log)) == (0, 0)
    assert budget.flops_used == 15
    data = flops.budget_summary_dict()
    assert (data["flops_used"], data["flop_budget"]) == (5, 1000)  # what was charged since
    check_books(budget, session)


def test_a_reset_within_an_op_keeps_the_books_of_that_op(check_books):
    class Resets:
        """An operand whose addition resets the session."""

        def __add__(self, other):
            flops.budget_reset()
            return self

    session = flops.current_budget()
    operand = fnp.asarray([Resets()], dtype=object)
    fnp.exp(fnp.ones(7))
    operand + 1
    assert session.flops_used == 1
    assert [record.op_name for record in session.op_log] == ["add"]
    check_books(session)


def test_the_session_clock_starts_with_the_reset():
    flops.budget_reset()
    data = flops.budget_summary_dict()
    assert 0 <= data["wall_time_s"] < 1
    assert flops.budget_summary_dict()["wall_time_s"] > data["wall_time_s"]


def test_the_session_budget_can_be_entered_and_is_not_closed_by_that(check_books):
    session = flops.current_budget()
    with session:
        fnp.add(1, 2)
        with flops.BudgetContext(10) as inner, session:
            fnp.add(1, 2)  # charged to both
    before = session.wall_time_s
    fnp.add(1, 2)
    assert session.wall_time_s > before
    assert (session.flops_used, inner.flops_used) == (3, 1)
    assert flops.budget_summary_dict()["flops_used"] == 3
    check_books(session)


def test_the_printed_summary_is_the_sessions(capsys):
    with flops.BudgetContext(1000, namespace="solver"):
        fnp.exp(fnp.ones(250))
    assert flops.budget_summary(by_namespace=True) is None
    text = capsys.readouterr().out
    assert "exp" in text
    assert "250" in text
    assert "25.0%" in text
    assert "solver" in text


# -- the default limit -----------------------------------------------------------------------------------------------

SHOW_LIMIT = "import flopscope as flops; print(flops.current_budget().flop_budget)"


@pytest.mark.parametrize(
    "text, limit",
    [
        ("", 10**15),
        ("  ", 10**15),
        ("12345", 12345),
        (" 7 ", 7),
        ("1e9", 10**9),
        ("2.5e3", 2500),
        ("1_000_000", 10**6),
        ("1" + 30 * "0", 10**30),
    ],
)
def test_the_environment_sets_the_limit_of_the_session_budget(text, limit):
    done = python(SHOW_LIMIT, FLOPSCOPE_DEFAULT_BUDGET=text)
    assert (done.stdout, done.stderr) == (f"{limit}\n", "")


@pytest.mark.parametrize("text", ["much", "0", "-5", "1.5", "nan", "inf", "1e400", "True", "0x10"])
def test_a_bad_limit_in_the_environment_is_refused_by_name(text):
    done = python(SHOW_LIMIT, FLOPSCOPE_DEFAULT_BUDGET=text)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "ValueError: environment variable FLOPSCOPE_DEFAULT_BUDGET must be a positive whole number such as 1000000 or "
        f"1e9; got {text!r}"
    )


def test_the_limit_from_the_environment_holds_and_is_read_again_by_a_reset():
    done = python(
        """
import os
import flopscope as flops, flopscope.numpy as fnp
fnp.exp(fnp.ones(6))
try:
    fnp.exp(fnp.ones(5))
except flops.BudgetExhaustedError as error:
    print(error.flops_used, error.flop_budget)
os.environ["FLOPSCOPE_DEFAULT_BUDGET"] = "11"
flops.budget_reset()
fnp.exp(fnp.ones(11))
os.environ["FLOPSCOPE_DEFAULT_BUDGET"] = "nonsense"
try:
    flops.budget_reset()
except ValueError:
    print(flops.current_budget().flops_used, flops.budget_summary_dict()["flops_used"])
""",
        FLOPSCOPE_DEFAULT_BUDGET="10",
    )
    assert (done.stdout, done.stderr) == ("6 10\n11 11\n", "")  # a refused reset changes nothing


def test_a_process_that_never_opens_a_context_can_print_a_summary():
    done = python("import flopscope as flops, flopscope.numpy as fnp; fnp.exp(1.0); flops.budget_summary()")
    assert done.stderr == ""
    assert "exp" in done.stdout


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_process_goes_on_counting_for_itself():
    done = python(
        """
import os, threading, time, warnings
warnings.simplefilter("ignore")  # of Python: forking while threads run is what is tested here
import flopscope as flops, flopscope.numpy as fnp
from flopscope.budgets.ledger import flush_lock
x = fnp.ones(4)
stop = threading.Event()

def hold():
    while not stop.is_set():
        with flush_lock:
            time.sleep(0.001)

with flops.BudgetContext(1000) as budget:
    fnp.exp(x)
    holder = threading.Thread(target=hold)
    holder.start()
    for _ in range(20):  # at whatever moment: the lock must be free in the child
        child = os.fork()
        if child == 0:
            fnp.exp(x)
            os._exit(budget.summary_dict()["flops_used"])
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 8, status
    stop.set()
    holder.join()
print(budget.flops_used)
"""
    )
    assert done.stdout == "4\n", done.stderr


def test_summaries_can_be_asked_for_from_a_signal_handler_or_finalizer_in_the_middle_of_an_op(check_books):
    class Asks:
        """An operand whose addition asks for summaries."""

        def __add__(self, other):
            seen.append((flops.budget_summary_dict()["flops_used"], flops.current_budget().flops_used))
            return self

    seen = []
    with flops.BudgetContext(1000) as budget:
        fnp.exp(fnp.ones(7))
        fnp.asarray([Asks()], dtype=object) + 1
    assert seen == [(7, 8)]  # charged already, but not logged before it is over
    check_books(budget)


def test_the_last_context_closed_is_remembered_by_the_live_display_until_the_reset():
    from flopscope.budgets.sessions import live_summary

    with contextlib.suppress(ZeroDivisionError), flops.BudgetContext(50, namespace="gone"):
        fnp.exp(fnp.ones(3))
        raise ZeroDivisionError
    assert (live_summary().title, live_summary().flops_used) == ("budget 'gone', closed", 3)
    flops.budget_reset()
    assert live_summary().title == "session"


# -- copies ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "copier", [copy.copy, copy.deepcopy, lambda budget: copy.deepcopy({"held": [budget]})["held"][0]]
)
def test_a_copy_of_a_budget_is_the_budget(copier):
    budget = flops.BudgetContext(100)
    with budget:
        same = copier(budget)
        with same:
            fnp.exp(fnp.ones(4))
        fnp.exp(fnp.ones(3))
    assert same is budget
    assert flops.budget_summary_dict()["flops_used"] == budget.flops_used == 7


def test_a_budget_is_not_sent_to_another_process_where_its_charges_would_be_lost():
    with pytest.raises(TypeError, match=r"^<BudgetContext: 0 of 100 .*cannot be pickled: .*next step: .*send back its"):
        pickle.dumps(flops.BudgetContext(100))


@pytest.mark.parametrize("copier", [copy.copy, copy.deepcopy, lambda log: pickle.loads(pickle.dumps(log))])
def test_a_log_can_be_copied_and_pickled(copier):
    with flops.BudgetContext(100) as budget:
        fnp.exp(fnp.ones(4))
    log = copier(budget.op_log)
    assert list(log) == list(budget.op_log)
    assert flops.budget_summary_dict()["flops_used"] == 4
