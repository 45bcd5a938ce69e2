"""Tasks and threads: nobody pays for another, nobody gets away without paying, nothing is lost."""

from __future__ import annotations

import asyncio
import contextvars
import itertools
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import flopscope as flops
import flopscope.numpy as fnp

X = fnp.ones(4)


def paths(budget):
    return sorted({record.namespace for record in budget.op_log})


@pytest.fixture
def eager_switching():
    """Have Python switch threads as often as it can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def in_threads(n, function, *args):
    """Run `function` in `n` plain threads that start together; return what they return, or raise what they raise."""
    barrier = threading.Barrier(n)
    results, errors = [], []

    def work():
        barrier.wait()
        try:
            results.append(function(*args))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results


# -- asyncio ---------------------------------------------------------------------------------------------------------


async def own_budget(name, n, limit=1000):
    with flops.BudgetContext(limit, namespace=name) as budget:
        for _ in range(n):
            fnp.exp(X)
            await asyncio.sleep(0)
            with flops.namespace("inner"):
                await asyncio.sleep(0)
                fnp.exp(X)
            await asyncio.sleep(0)
        return budget


def test_tasks_with_their_own_budgets_do_not_disturb_each_other(check_books):
    async def main():
        return await asyncio.gather(*(own_budget(f"t{i}", i + 1) for i in range(5)))

    budgets = asyncio.run(main())
    for i, budget in enumerate(budgets):
        assert budget.flops_used == 8 * (i + 1)
        assert paths(budget) == [f"t{i}", f"t{i}.inner"]
    assert flops.current_budget().flops_used == 0
    check_books(*budgets)


def test_tasks_within_a_budget_are_its_children(check_books):
    async def main():
        with flops.BudgetContext(10_000, namespace="outer") as outer:
            return outer, await asyncio.gather(*(own_budget(f"t{i}", 3) for i in range(4)))

    outer, budgets = asyncio.run(main())
    assert [budget.flops_used for budget in budgets] == [24] * 4
    assert outer.flops_used == 4 * 24
    check_books(outer, *budgets)


def test_tasks_without_a_budget_share_the_one_around_them():
    async def task(name):
        for _ in range(3):
            with flops.namespace(name):
                await asyncio.sleep(0)
                fnp.exp(X)
            await asyncio.sleep(0)

    async def main():
        with flops.BudgetContext(1000) as budget:
            await asyncio.gather(task("a"), task("b"), own_budget("c", 1))
            await asyncio.create_task(task("a"))
        return budget

    budget = asyncio.run(main())
    assert budget.flops_used == 9 * 4 + 8
    assert paths(budget) == ["a", "b", "c", "c.inner"]


def test_a_task_without_a_budget_does_not_pay_into_another_tasks():
    async def bystander():
        for _ in range(3):
            await asyncio.sleep(0)
            fnp.log(X)

    async def main():
        _, budget = await asyncio.gather(bystander(), own_budget("own", 3))
        return budget

    budget = asyncio.run(main())
    assert {record.op_name for record in budget.op_log} == {"exp"}
    assert flops.current_budget().flops_used == 12


def test_an_exhausted_task_leaves_the_others_alone():
    async def main():
        return await asyncio.gather(own_budget("small", 3, limit=10), own_budget("large", 3), return_exceptions=True)

    refused, budget = asyncio.run(main())
    assert isinstance(refused, flops.BudgetExhaustedError)
    assert refused.namespace == "small"
    assert budget.flops_used == 24


def test_a_cancelled_task_leaves_its_blocks(check_books):
    async def endless(budgets):
        with flops.BudgetContext(10**6, namespace="endless") as budget, flops.namespace("loop"):
            budgets.append(budget)
            while True:
                fnp.exp(X)
                await asyncio.sleep(0)

    async def main():
        budgets = []
        task = asyncio.create_task(endless(budgets))
        for _ in range(10):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return budgets[0]

    budget = asyncio.run(main())
    assert budget.flops_used > 0
    check_books(budget)


def test_to_thread_and_copied_contexts_charge_the_budget_they_come_from(check_books):
    async def worker(name):
        with flops.BudgetContext(100, namespace=name) as budget:
            await asyncio.to_thread(fnp.exp, X)
            await asyncio.to_thread(fnp.exp, X)
        return budget

    async def main():
        return await asyncio.gather(worker("a"), worker("b"))

    for name, budget in zip("ab", asyncio.run(main()), strict=True):
        assert budget.flops_used == 8
        assert paths(budget) == [name]
        check_books(budget)

    with flops.BudgetContext(100, namespace="c") as budget:
        copied = contextvars.copy_context()
        with flops.BudgetContext(100) as other:
            copied.run(fnp.exp, X)
    assert (budget.flops_used, other.flops_used) == (4, 0)


# -- threads ---------------------------------------------------------------------------------------------------------


def many(n):
    for _ in range(n):
        fnp.add(X, X)


def test_eight_threads_on_one_budget_lose_nothing():
    threads, ops = 8, 100_000
    with flops.BudgetContext(10**9) as budget:
        in_threads(threads, many, ops)
    assert budget.flops_used == threads * ops * 4  # 3,200,000
    assert len(budget.op_log) == threads * ops
    data = budget.summary_dict()
    assert data["operations"]["add"]["calls"] == threads * ops
    assert data["operations"]["add"]["flop_cost"] == data["flops_used"] == budget.flops_used
    assert flops.budget_summary_dict()["flops_used"] == budget.flops_used
    assert budget.op_log[-1].cumulative == budget.flops_used


def test_threads_with_different_ops_and_namespaces_while_summaries_are_taken(eager_switching, check_books):
    done, numbers = threading.Event(), itertools.count()

    def work():
        with flops.namespace(f"t{next(numbers) % 3}"):
            for i in range(300):
                fnp.exp(X)
                fnp.sum(X, axis=0)
                fnp.round(X, decimals=1)
                if i % 50 == 0:
                    with flops.BudgetContext(10**6) as own:
                        fnp.log(X)
                    assert own.flops_used == 4

    def look():
        while not done.is_set():
            data = budget.summary_dict(by_namespace=True)
            used = [op["flop_cost"] for op in data["operations"].values()]
            assert sum(used) == data["flops_used"] <= budget.flops_used
            records = budget.op_log[:]
            assert [r.cumulative for r in records[-1:]] == [sum(r.flop_cost for r in records)][: len(records)]
            flops.budget_summary_dict()

    with flops.BudgetContext(10**9) as budget, ThreadPoolExecutor(1) as pool:
        looking = pool.submit(look)
        try:
            in_threads(6, work)
        finally:
            done.set()
        looking.result()
    assert budget.flops_used == 6 * (300 * 3 + 6) * 4
    assert paths(budget) == ["t0", "t1", "t2"]
    check_books(budget)
    assert flops.budget_summary_dict()["flops_used"] == budget.flops_used


@pytest.mark.parametrize("nested", [False, True], ids=["one budget", "nested budgets"])
def test_the_last_flops_are_used_once(eager_switching, nested, check_books):
    limit = 4 * 501

    def greedy():
        refused = 0
        while refused < 3:
            try:
                fnp.add(X, X)
            except flops.BudgetExhaustedError:
                refused += 1

    def greedy_child():
        with flops.BudgetContext(10**6):
            greedy()

    with flops.BudgetContext(limit) as budget:
        in_threads(8, greedy_child if nested else greedy)
    assert budget.flops_used == limit
    assert len(budget.op_log) == 501
    check_books(budget)


def test_a_charge_that_a_parent_refuses_is_not_seen_by_other_threads(monkeypatch):
    """One thread pauses after charging the child, before the parent refuses; another meanwhile needs what is left."""
    paused, other_done = threading.Event(), threading.Event()

    def pause(*_, **__):
        paused.set()
        other_done.wait(0.3)

    def refused():
        with pytest.raises(flops.BudgetExhaustedError):
            fnp.exp(fnp.ones(8))

    with flops.BudgetContext(10) as parent, flops.BudgetContext(12) as child:
        fnp.exp(fnp.ones(4))
        fits_the_child_only = threading.Thread(target=child.wrap(refused))
        fits_both = threading.Thread(target=child.wrap(lambda: (fnp.exp(X), other_done.set())))
        with monkeypatch.context() as patch:
            patch.setattr(parent._account, "attend", pause)
            patch.setattr(parent._account, "alarm", -1.0)
            fits_the_child_only.start()
            assert paused.wait(10)
            fits_both.start()
            fits_the_child_only.join()
        fits_both.join()
    assert other_done.is_set()
    assert (parent.flops_used, child.flops_used) == (8, 8)


def test_threads_with_child_budgets_of_one_parent(eager_switching, check_books):
    def work():
        with flops.BudgetContext(10**6) as own:
            for _ in range(200):
                fnp.add(X, X)
        return own

    with flops.BudgetContext(10**6, namespace="parent") as parent:
        children = in_threads(4, work)
    assert [child.flops_used for child in children] == [800] * 4
    assert parent.flops_used == 3200
    check_books(parent, *children)


@pytest.mark.parametrize(
    "start",
    [
        lambda f: in_threads(1, f),
        lambda f: ThreadPoolExecutor(1).submit(f).result(),
        lambda f: asyncio.run(asyncio.to_thread(f)),
        lambda f: asyncio.run(_in_executor(f)),
    ],
    ids=["Thread", "ThreadPoolExecutor", "asyncio.to_thread", "run_in_executor"],
)
def test_a_thread_with_no_budget_of_its_own_charges_the_innermost_open_one(start, check_books):
    with flops.BudgetContext(100, namespace="a") as outer:
        with flops.BudgetContext(8, namespace="b") as inner, flops.namespace("c"):
            start(lambda: fnp.exp(X))
            start(lambda: fnp.exp(X))
            with pytest.raises(flops.BudgetExhaustedError) as caught:
                start(lambda: fnp.exp(X))  # threads are no way out
        start(lambda: fnp.exp(X))
    start(lambda: fnp.exp(X))
    assert caught.value.namespace == "a.b.c"
    assert paths(inner) == ["a.b.c"]
    assert (inner.flops_used, outer.flops_used) == (8, 12)
    assert flops.current_budget().flops_used == 4
    check_books(outer, inner)


async def _in_executor(function):
    return await asyncio.get_running_loop().run_in_executor(None, function)


def test_brothers_with_budgets_or_namespaces_of_their_own_do_not_pay_for_each_other(check_books):
    numbers, all_inside = itertools.count(), threading.Barrier(3)

    def work():
        name = f"t{next(numbers)}"
        with flops.namespace(name):
            fnp.log(X)
            with flops.BudgetContext(100) as own:
                all_inside.wait(10)
                fnp.exp(X)
                all_inside.wait(10)
        return own

    budgets = in_threads(3, work)
    assert [budget.flops_used for budget in budgets] == [4, 4, 4]
    assert sorted(path for budget in budgets for path in paths(budget)) == ["t0", "t1", "t2"]
    assert paths(flops.current_budget()) == ["t0", "t1", "t2"]
    check_books(flops.current_budget(), *budgets)


def test_threads_started_by_a_thread_charge_the_budget_open_there():
    def program():
        with flops.BudgetContext(8, namespace="program") as budget:
            in_threads(2, fnp.exp, X)
            with pytest.raises(flops.BudgetExhaustedError):
                in_threads(1, fnp.exp, X)
        return budget

    (budget,) = in_threads(1, program)
    assert budget.flops_used == 8
    assert paths(budget) == ["program"]


def test_a_thread_that_outlives_the_budget_is_counted_where_it_started(check_books):
    started, go = threading.Event(), threading.Event()

    def work():
        with flops.namespace("late"):
            fnp.exp(X)
            started.set()
            go.wait(10)
            fnp.exp(X)
        fnp.exp(X)

    with flops.BudgetContext(100) as budget:
        thread = threading.Thread(target=budget.wrap(work))
        thread.start()
        assert started.wait(10)
    go.set()
    thread.join()
    assert budget.flops_used == 12
    assert flops.budget_summary_dict()["flops_used"] == 12
    check_books(budget)


def test_what_a_thread_logs_after_the_close_is_in_the_session_at_once(check_books):
    scope_of = contextvars.copy_context
    with flops.BudgetContext(100) as budget:
        fnp.exp(X)
        late = scope_of()
    for expected in (8, 12):
        late.run(fnp.exp, X)
        assert flops.budget_summary_dict()["flops_used"] == expected
    check_books(budget)


# -- wrap ------------------------------------------------------------------------------------------------------------


def test_wrap_carries_budget_and_namespace_into_an_executor(check_books):
    def work(n, *, by=1):
        with flops.namespace("work"):
            return fnp.ones(n) * by

    work.__doc__ = "Do it."
    with flops.BudgetContext(100, namespace="a") as outer, flops.BudgetContext(100, namespace="b") as inner:
        with flops.namespace("c"):
            carried = inner.wrap(work)
        with flops.BudgetContext(100) as other, ThreadPoolExecutor(2) as pool:
            futures = [pool.submit(carried, n, by=2) for n in (1, 2, 3)]
            assert [future.result().tolist() for future in futures] == [[2], [2, 2], [2, 2, 2]]
            assert carried(4).tolist() == [1, 1, 1, 1]  # here as well
    assert (outer.flops_used, inner.flops_used, other.flops_used) == (10, 10, 0)
    assert paths(inner) == paths(outer) == ["a.b.c.work"]
    assert carried.__doc__ == "Do it."
    check_books(outer, inner)


def test_wrap_outside_of_the_context_charges_that_context_alone():
    budget = flops.BudgetContext(10, namespace="a", flop_multiplier=2)
    carried = budget.wrap(fnp.exp)
    with flops.BudgetContext(100) as other:
        carried(X)
    assert (budget.flops_used, other.flops_used) == (8, 0)
    with pytest.raises(flops.BudgetExhaustedError):
        carried(X)
    assert flops.budget_summary_dict()["flops_used"] == 8


def test_wrap_takes_coroutine_functions_and_refuses_generators():
    async def work():
        await asyncio.sleep(0)
        fnp.exp(X)

    with flops.BudgetContext(10) as budget:
        carried = budget.wrap(work)
    asyncio.run(carried())
    assert budget.flops_used == 4
    with pytest.raises(TypeError, match="is a generator"):
        budget.wrap(lambda: (yield))
