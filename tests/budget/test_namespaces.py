"""Namespaces: paths, decorators, exceptions, and blocks that are left in another order than they were entered."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading

import pytest

import flopscope as flops
import flopscope.numpy as fnp


@pytest.fixture
def budget():
    with flops.BudgetContext(10**6) as budget:
        yield budget


def op():
    fnp.exp(fnp.ones(1))


def paths(budget):
    return [record.namespace for record in budget.op_log]


def test_both_modules_have_the_same_namespace():
    assert fnp.namespace is flops.namespace


def test_paths_nest_with_dots_below_the_budgets_own():
    with flops.BudgetContext(100, namespace="solver.cg") as budget:
        op()
        with fnp.namespace("init"):
            op()
            with fnp.namespace("load.data"):
                op()
            op()
        with fnp.namespace("solve"):
            op()
        op()
    cg = "solver.cg"
    assert paths(budget) == [cg, f"{cg}.init", f"{cg}.init.load.data", f"{cg}.init", f"{cg}.solve", cg]


def test_a_namespace_around_a_context_is_a_prefix(budget):
    with flops.namespace("a"), flops.BudgetContext(100, namespace="b") as inner, flops.namespace("c"):
        op()
    assert paths(inner) == paths(budget) == ["a.b.c"]


def test_a_namespace_outside_any_context_attributes_the_session():
    with flops.namespace("top"):
        op()
    op()
    data = flops.budget_summary_dict(by_namespace=True)["by_namespace"]
    assert {path: entry["flops_used"] for path, entry in data.items()} == {"top": 1, "": 1}


def test_one_object_can_be_entered_again_also_inside_itself(budget):
    a = flops.namespace("a")
    with a:
        op()
        with a:
            op()
        op()
    with a:
        op()
    op()
    assert paths(budget) == ["a", "a.a", "a", "a", ""]


def test_as_a_decorator_it_covers_every_call_also_recursive_and_async_ones(budget):
    @flops.namespace("down")
    def down(n):
        op()
        if n:
            down(n - 1)

    @fnp.namespace("later")
    async def later():
        await asyncio.sleep(0)
        op()

    down(2)
    asyncio.run(later())
    op()
    assert paths(budget) == ["down", "down.down", "down.down.down", "later", ""]
    assert not hasattr(down, "budget")


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_an_exception_in_the_body_restores_what_was_before(budget, error, check_books):
    with pytest.raises(error), flops.namespace("a"), flops.namespace("b"), flops.BudgetContext(10) as inner:
        op()
        raise error
    op()
    assert paths(budget) == ["a.b", ""]
    check_books(budget, inner)


def test_a_dropped_generator_ends_its_namespace(budget):
    def generator():
        with flops.namespace("inside"):
            op()
            yield

    for _ in generator():
        break
    gc.collect()
    op()
    assert paths(budget) == ["inside", ""]


def test_a_generator_left_suspended_does_not_outlast_the_block_around_it(check_books):
    def generator():
        with flops.namespace("inside"), flops.BudgetContext(2) as small:
            small_ones.append(small)
            yield
            op()

    small_ones = []
    with flops.BudgetContext(100, namespace="outer") as outer:
        suspended = generator()
        next(suspended)
        op()  # the generator has lent its blocks, as every generator does
    for _ in range(5):
        op()  # neither in outer nor in small
    thread = threading.Thread(target=op)  # nor there, where no budget is open either
    thread.start()
    thread.join()
    stopped = small_ones[0].wall_time_s
    assert outer.flops_used == small_ones[0].flops_used == 1
    assert small_ones[0].wall_time_s == stopped
    assert list(suspended) == []  # goes on, and leaves blocks that are closed already
    op()
    assert outer.flops_used == 1
    assert flops.budget_summary_dict()["flops_used"] == 9
    check_books(outer, *small_ones)


def test_a_block_goes_on_when_a_generator_ends_that_was_entered_before_it(check_books):
    def generator():
        with flops.namespace("g"), flops.BudgetContext(100) as of_generator:
            yield of_generator

    with flops.BudgetContext(100) as outer:
        running = generator()
        of_generator = next(running)
        with flops.BudgetContext(3, namespace="a") as inner, flops.namespace("b"):
            op()
            running.close()
            op()
            op()
            with pytest.raises(flops.BudgetExhaustedError):
                op()  # closing the generator is no way out of `inner`
        op()
    assert paths(outer) == ["g.a.b", "a.b", "a.b", ""]
    assert of_generator.flops_used == 1
    assert inner.flops_used == 3
    check_books(outer, of_generator, inner)


def test_generators_that_take_turns_end_in_any_order(budget, check_books):
    def generator(name, n):
        with flops.namespace(name):
            for _ in range(n):
                op()
                yield

    running = [generator("a", 1), generator("b", 3), generator("c", 2)]
    while running:
        for one in tuple(running):
            if next(one, "ended") == "ended":
                running.remove(one)
    op()
    # Each lends its namespace to the others while it is open.
    assert paths(budget) == ["a", "a.b", "a.b.c", "b.c", "b.c", "b.c", ""]
    check_books(budget)


def test_blocks_left_in_the_order_of_entry_leave_nothing_behind(check_books):
    session = flops.current_budget()
    a, b = flops.BudgetContext(10), flops.namespace("b")
    a.__enter__()
    b.__enter__()
    op()
    a.__exit__()
    op()
    b.__exit__()
    op()
    assert flops.current_budget() is session
    assert paths(a) == ["b"]
    check_books(a)


def test_an_exit_without_an_entry_does_nothing():
    session = flops.current_budget()
    flops.namespace("a").__exit__()
    flops.BudgetContext(10).__exit__(None, None, None)
    assert flops.current_budget() is session


def test_exit_stacks_and_context_managers_of_users_may_hold_blocks(budget):
    @contextlib.contextmanager
    def phase(name):
        with flops.namespace(name):
            yield

    with contextlib.ExitStack() as stack:
        stack.enter_context(phase("one"))
        stack.enter_context(flops.namespace("two"))
        op()
        with phase("three"):
            op()
        op()
    op()
    assert paths(budget) == ["one.two", "one.two.three", "one.two", ""]


def test_a_block_opened_in_one_task_can_be_closed_in_another():
    inner = flops.BudgetContext(100, namespace="fixture")

    async def enter():
        inner.__enter__()
        op()

    async def leave():
        inner.__exit__()
        op()

    async def main():
        await asyncio.create_task(enter())
        await asyncio.create_task(leave())
        op()

    asyncio.run(main())
    op()
    assert inner.flops_used == 1
    closed_after = inner.wall_time_s
    assert inner.wall_time_s == closed_after
    assert flops.budget_summary_dict()["flops_used"] == 4


def test_namespaces_say_their_names():
    assert repr(flops.namespace("a.b")) == "namespace('a.b')"
    with flops.BudgetContext(1_000, namespace="a") as budget:
        fnp.exp(fnp.ones(20))
    assert repr(budget) == "<BudgetContext: 20 of 1,000 FLOPs used, namespace='a'>"
