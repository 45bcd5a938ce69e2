"""Source lines: which line of the user's program was charged what, with the calls that led there."""

from __future__ import annotations

import inspect
import threading

import pytest

import flopscope as flops
import flopscope.numpy as fnp

X = fnp.ones(4)
HERE = inspect.currentframe().f_code.co_filename


def inner(x):
    return fnp.exp(x) + x


def outer(x, times):
    for _ in range(times):
        x = inner(x)
    return x


def lines(budget):
    """Calls and FLOPs by the functions of this file that led to an op, below the test, and the op."""
    found = {}
    for traced in budget.report().trace:
        functions = [frame.function for frame in traced.stack if frame.filename == HERE]
        found[(*functions[1:], traced.op)] = (traced.calls, traced.flops)
    return found


def totals(summary):
    """What the trace adds up to, in the form of buckets."""
    found = {}
    for traced in summary.trace:
        calls, flops_, backend, overhead = found.get((traced.op, traced.namespace), (0, 0, 0, 0))
        found[traced.op, traced.namespace] = (
            calls + traced.calls,
            flops_ + traced.flops,
            backend + traced.backend_ns,
            overhead + traced.overhead_ns,
        )
    return found


def check_sums(budget):
    summary = budget.report()
    assert totals(summary) == {(op, path): (*rest,) for op, path, *rest in summary.buckets}


def test_calls_are_told_apart_by_line_and_stack():
    with flops.BudgetContext(1000, trace=True) as budget:
        outer(X, 3)
        inner(X)
    assert lines(budget) == {
        ("outer", "inner", "exp"): (3, 12),  # 3*4
        ("outer", "inner", "add"): (3, 12),
        ("inner", "exp"): (1, 4),
        ("inner", "add"): (1, 4),
    }
    source, first = inspect.getsourcelines(inner)
    assert {traced.stack[-1].lineno for traced in budget.report().trace} == {first + 1}
    assert "fnp.exp" in source[1]
    check_sums(budget)


def test_frames_of_libraries_are_left_out():
    with flops.BudgetContext(1000, trace=True) as budget:
        fnp.apply_along_axis(inner, 0, X)
        sorted([X], key=inner)
    files = {frame.filename for traced in budget.report().trace for frame in traced.stack}
    assert files - {"<string>"} == {HERE}  # as which pytest-xdist starts
    check_sums(budget)


def test_what_is_not_traced_goes_without_a_place():
    with flops.BudgetContext(1000) as budget:
        inner(X)
        assert budget.report().trace is None
        with flops.trace():
            inner(X)
        inner(X)
    found = {(traced.stack[-1].function, traced.op): traced.flops for traced in budget.report().trace}
    assert found == {("inner", "exp"): 4, ("inner", "add"): 4, ("<not traced>", "exp"): 8, ("<not traced>", "add"): 8}
    check_sums(budget)


def test_parents_know_the_lines_of_their_children():
    with flops.BudgetContext(1000) as parent, flops.BudgetContext(1000, namespace="child", trace=True) as child:
        inner(X)
    assert lines(parent) == lines(child) == {("inner", "exp"): (1, 4), ("inner", "add"): (1, 4)}
    check_sums(parent)
    check_sums(child)


def test_a_decorated_function_is_traced_and_nothing_else():
    traced = flops.trace()(inner)
    with flops.BudgetContext(1000) as budget:
        traced(X)
        inner(X)
    assert sum(line.flops for line in budget.report().trace if line.stack[-1].function == "inner") == 8
    check_sums(budget)


def test_threads_are_traced_with_their_own_stacks():
    with flops.BudgetContext(1000, trace=True) as budget:
        thread = threading.Thread(target=outer, args=(X, 2))
        thread.start()
        thread.join()
    assert {traced.stack[0].function for traced in budget.report().trace} == {"outer"}
    check_sums(budget)


def test_a_traced_budget_is_limited_as_any_other():
    with flops.BudgetContext(8, trace=True) as budget:
        inner(X)
        with pytest.raises(flops.BudgetExhaustedError) as caught:
            inner(X)
    assert caught.value.lineno == inspect.getsourcelines(inner)[1] + 1
    assert budget.flops_used == 8
    check_sums(budget)


def test_a_trace_ends_with_its_block():
    with flops.BudgetContext(1000) as budget:
        with flops.trace(), flops.namespace("a"):
            inner(X)
        with flops.namespace("a"):
            inner(X)
    places = {(traced.stack[-1].function, traced.namespace): traced.calls for traced in budget.report().trace}
    assert places == {("inner", "a"): 1, ("<not traced>", "a"): 1}


def test_recursion_has_one_stack_per_depth():
    def down(n):
        fnp.exp(X)
        if n:
            down(n - 1)

    with flops.BudgetContext(1000, trace=True) as budget:
        down(3)
    depths = sorted(sum(frame.function.endswith("down") for frame in line.stack) for line in budget.report().trace)
    assert depths == [1, 2, 3, 4]


def test_the_first_call_after_a_reset_is_traced_anew():
    with flops.BudgetContext(1000, trace=True) as budget:
        inner(X)
        budget._account.restart(1000)
        inner(X)
    assert lines(budget) == {("inner", "exp"): (1, 4), ("inner", "add"): (1, 4)}
    check_sums(budget)
