"""Budgets in budgets: who is charged, who refuses, what is left; decorators; and books that agree whatever happens."""

from __future__ import annotations

import asyncio
import functools
import gc
import math
import weakref
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import flopscope as flops
import flopscope.numpy as fnp
from flopscope.budgets.blocks import active_scope


def charged(budget):
    return [(record.op_name, record.namespace, record.flop_cost) for record in budget.op_log]


# -- children and ancestors ------------------------------------------------------------------------------------------


def test_a_child_charges_itself_and_every_ancestor(check_books):
    x = fnp.ones(4)
    with flops.BudgetContext(100, namespace="a") as a:
        fnp.exp(x)
        with flops.BudgetContext(100, namespace="b") as b:
            fnp.add(x, x)
            with flops.BudgetContext(100) as c:
                fnp.sum(x)
            fnp.log(x)
        fnp.sqrt(x)
    assert charged(c) == [("sum", "a.b", 4)]
    assert charged(b) == [("add", "a.b", 4), ("sum", "a.b", 4), ("log", "a.b", 4)]
    assert charged(a) == [("exp", "a", 4), *charged(b), ("sqrt", "a", 4)]
    assert (c.flops_used, b.flops_used, a.flops_used) == (4, 12, 20)
    assert a.flops_remaining == 80
    check_books(a, b, c)


def test_the_ancestors_log_the_same_times_as_the_child():
    with flops.BudgetContext(100) as outer, flops.BudgetContext(100) as inner:
        fnp.exp(fnp.ones(4))
    one, other = inner.op_log[0], outer.op_log[0]
    assert one.flopscope_backend_duration_s == other.flopscope_backend_duration_s > 0
    assert one.flopscope_overhead_duration_s == other.flopscope_overhead_duration_s > 0


@pytest.mark.parametrize(
    "outer_limit, inner_limit, refuses", [(10, 100, "outer"), (100, 10, "inner"), (10, 10, "inner")]
)
def test_the_limit_reached_first_raises_and_is_named(outer_limit, inner_limit, refuses, check_books):
    x = fnp.ones(4)
    with flops.BudgetContext(outer_limit, namespace="outer") as outer:
        with flops.BudgetContext(inner_limit, namespace="inner") as inner:
            fnp.exp(x)
            fnp.exp(x)
            with pytest.raises(flops.BudgetExhaustedError) as caught:
                fnp.exp(x)  # 12 > 10
            assert caught.value.flop_budget == 10
            assert f"budget '{refuses}'" in str(caught.value)
            assert (outer.flops_used, inner.flops_used) == (8, 8)
            fnp.add(1, 1)
    assert (outer.flops_used, inner.flops_used) == (9, 9)
    check_books(outer, inner)


def test_what_the_parent_used_before_counts_for_the_child():
    with flops.BudgetContext(10) as outer:
        fnp.exp(fnp.ones(6))
        with flops.BudgetContext(10) as inner:
            assert (inner.flops_remaining, outer.flops_remaining) == (10, 4)
            with pytest.raises(flops.BudgetExhaustedError):
                fnp.exp(fnp.ones(5))
            fnp.exp(fnp.ones(4))
    assert (inner.flops_used, outer.flops_used) == (4, 10)


def test_multipliers_multiply_and_round_to_at_least_one_flop():
    x = fnp.ones(5)
    with flops.BudgetContext(1000, flop_multiplier=3) as outer:
        fnp.exp(x)  # 15
        with flops.BudgetContext(1000, flop_multiplier=0.5) as inner:
            fnp.exp(x)  # 5 * 1.5 = 7.5 -> 8
            with flops.BudgetContext(1000, flop_multiplier=0.001) as innermost:
                fnp.exp(x)  # 5 * 0.0015 -> at least 1
                fnp.exp(fnp.ones(0))  # 0 remains 0
    assert [cost for *_, cost in charged(outer)] == [15, 8, 1, 0]
    assert (innermost.flops_used, inner.flops_used, outer.flops_used) == (1, 9, 24)


def test_a_multiplier_is_exact_where_floats_are_not():
    price = 10**17 + 1  # not a float
    with flops.BudgetContext(10**20, flop_multiplier=1.5) as budget:
        site = active_scope().site(None, "op", price, ())
    assert site.cost == (3 * price + 1) // 2
    assert budget.flops_used == 0


def test_contexts_at_top_level_do_not_share_anything():
    with flops.BudgetContext(10) as first:
        fnp.exp(fnp.ones(4))
    with flops.BudgetContext(10) as second:
        fnp.exp(fnp.ones(5))
    assert (first.flops_used, second.flops_used) == (4, 5)


def test_the_active_budget_is_the_innermost():
    session = flops.current_budget()
    with flops.BudgetContext(10) as outer:
        assert flops.current_budget() is outer
        with flops.BudgetContext(10) as inner, flops.namespace("a"):
            assert flops.current_budget() is inner
        assert flops.current_budget() is outer
    assert flops.current_budget() is session
    assert isinstance(session, flops.BudgetContext)


# -- entering again --------------------------------------------------------------------------------------------------


def test_a_context_entered_again_goes_on_counting(check_books):
    budget = flops.BudgetContext(10, namespace="a")
    for used in (4, 8):
        with budget:
            fnp.exp(fnp.ones(4))
        assert budget.flops_used == used
    with budget, pytest.raises(flops.BudgetExhaustedError):
        fnp.exp(fnp.ones(4))
    check_books(budget)


def test_a_context_entered_from_inside_itself_charges_once(check_books):
    with flops.BudgetContext(100, namespace="a") as a, flops.namespace("x"):
        with a:
            fnp.exp(fnp.ones(4))
        fnp.exp(fnp.ones(4))
        with flops.BudgetContext(100, namespace="b") as b, a:
            fnp.exp(fnp.ones(4))
            assert flops.current_budget() is b
    assert charged(a) == [("exp", "a.x", 4), ("exp", "a.x", 4), ("exp", "a.x.b", 4)]
    assert b.flops_used == 4
    check_books(a, b)


def test_a_context_entered_under_different_parents_charges_each_for_its_part(check_books):
    x = fnp.ones(4)
    shared = flops.BudgetContext(100, namespace="shared")
    parents = []
    for name in ("p", "q", "p"):
        with flops.BudgetContext(100, namespace=name) as parent, shared:
            fnp.exp(x)
        parents.append(parent)
    with shared:
        fnp.exp(x)
    assert [parent.flops_used for parent in parents] == [4, 4, 4]
    assert [path for _, path, _ in charged(shared)] == ["p.shared", "q.shared", "p.shared", "shared"]
    check_books(shared, *parents)
    assert flops.budget_summary_dict()["flops_used"] == 16


def test_a_child_does_not_keep_its_former_parents_alive():
    shared = flops.BudgetContext(10**6)
    former = []
    for _ in range(5):
        with flops.BudgetContext(10**6) as parent, shared:
            fnp.exp(1.0)
        former.append(weakref.ref(parent))
    del parent
    gc.collect()
    assert [ref() for ref in former[:-1]] == [None] * 4


def test_a_parent_does_not_keep_its_former_children_alive():
    with flops.BudgetContext(10**6):
        with flops.BudgetContext(10**6) as child:
            fnp.exp(1.0)
        with flops.BudgetContext(10**6):  # now the last one closed, which the live display may still show
            fnp.exp(1.0)
        former = weakref.ref(child)
        del child
        gc.collect()
        assert former() is None


# -- decorators ------------------------------------------------------------------------------------------------------


def test_all_calls_of_a_decorated_function_share_one_budget():
    @flops.budget(10, namespace="step")
    def step(n):
        """Double."""
        return fnp.ones(n) * 2

    assert step.__name__ == "step"
    assert step.__doc__ == "Double."
    assert step(4).tolist() == [2, 2, 2, 2]
    step(5)
    assert step.budget.flops_used == 9
    with pytest.raises(flops.BudgetExhaustedError):
        step(2)
    assert step.budget.flops_used == 9
    assert {record.namespace for record in step.budget.op_log} == {"step"}


def test_a_context_is_a_decorator_too():
    budget = flops.BudgetContext(10)

    @budget
    def one():
        fnp.exp(fnp.ones(3))

    two = budget(lambda: fnp.exp(fnp.ones(2)))
    one(), two()
    assert budget.flops_used == 5
    assert one.budget is two.budget is budget


def test_a_decorated_function_may_call_itself(check_books):
    @flops.budget(100, namespace="fib")
    def fib(n):
        return n if n < 2 else fnp.add(fib(n - 1), fib(n - 2))

    assert fib(7) == 13
    assert fib.budget.flops_used == 20  # calls of fib with n >= 2
    assert {path for _, path, _ in charged(fib.budget)} == {"fib"}
    check_books(fib.budget)


def test_a_decorated_function_charges_the_budget_it_is_called_in():
    @flops.budget(100, namespace="f")
    def f():
        fnp.exp(fnp.ones(3))

    with flops.BudgetContext(100, namespace="outer") as outer:
        f()
    f()
    assert outer.flops_used == 3
    assert [path for _, path, _ in charged(f.budget)] == ["outer.f", "f"]


def test_a_decorated_method_gets_its_object():
    class Model:
        @flops.budget(100)
        def run(self, n):
            return fnp.ones(n) + 1

    assert Model().run(3).tolist() == [2, 2, 2]
    assert Model.run.budget.flops_used == 3


def test_a_decorated_coroutine_function_runs_inside_the_budget(check_books):
    @flops.budget(100, namespace="task")
    async def task(n):
        await asyncio.sleep(0)
        fnp.exp(fnp.ones(n))
        await asyncio.sleep(0)
        return n

    async def main():
        fnp.exp(fnp.ones(50))
        return await asyncio.gather(task(1), task(2), task(3))

    assert asyncio.iscoroutinefunction(task)
    assert asyncio.run(main()) == [1, 2, 3]
    assert task.budget.flops_used == 6
    check_books(task.budget)


def test_an_object_whose_call_is_a_coroutine_runs_inside_the_budget():
    class Task:
        async def __call__(self, n):
            await asyncio.sleep(0)
            fnp.exp(fnp.ones(n))

    task = flops.budget(100)(Task())
    assert asyncio.iscoroutinefunction(task)
    asyncio.run(task(3))
    assert task.budget.flops_used == 3


@pytest.mark.parametrize("decorator", [flops.budget(10), flops.BudgetContext(10), flops.namespace("a")])
def test_generator_functions_are_refused_with_what_to_do_instead(decorator):
    def numbers():
        yield 1

    async def stream():
        yield 1

    class Numbers:
        __call__ = numbers

    for function, name in (
        (numbers, "numbers"), (stream, "stream"), (functools.partial(numbers), "numbers"), (Numbers(), "Numbers"),
    ):  # fmt: skip
        with pytest.raises(TypeError, match=f"{name}.* is a generator: .* use a with statement inside it"):
            decorator(function)
    with pytest.raises(TypeError, match="only functions can be decorated, got 5"):
        decorator(5)


@pytest.mark.parametrize("kind", [staticmethod, classmethod, property])
def test_what_python_makes_of_a_method_is_refused_with_the_order_to_decorate_in(kind):
    with pytest.raises(TypeError, match=f"a method is decorated first: put this decorator below @{kind.__name__}"):
        flops.budget(10)(kind(len))


# -- random programs -------------------------------------------------------------------------------------------------
#
# A program is a list of statements; it is run for real, and by a model that adds up on paper what must be charged.

NAMES = ["a", "b", "a.b", None]
statements = st.recursive(
    st.one_of(
        st.tuples(st.just("op"), st.sampled_from(["exp", "add", "sum", "round"]), st.integers(0, 6)),
        st.tuples(st.just("numpy raises")),
        st.tuples(st.just("raise")),
    ),
    lambda inner: st.one_of(
        st.tuples(st.just("namespace"), st.sampled_from(NAMES[:3]), st.lists(inner, max_size=4)),
        st.tuples(st.just("try"), st.lists(inner, max_size=4)),
        st.tuples(st.just("budget"), st.integers(0, 3), st.lists(inner, max_size=4)),
    ),
    max_leaves=25,
)
contexts = st.lists(
    st.tuples(st.integers(1, 40), st.sampled_from(NAMES), st.sampled_from([1, 1, 1, 2, 0.5, 1.25])),
    min_size=4,
    max_size=4,
)
RUN = {
    "exp": lambda n: fnp.exp(fnp.ones(n)),  # a lane of one array
    "add": lambda n: fnp.ones(n) + 1,  # a lane of two
    "sum": lambda n: fnp.sum(fnp.ones(n), axis=0),  # a lane along an axis
    "round": lambda n: fnp.round(fnp.ones(n), decimals=1),  # the general way
}


class Stop(Exception):
    """Raised by a program."""


def run(program, budgets):
    for statement in program:
        match statement:
            case ("op", name, n):
                RUN[name](n)
            case ("numpy raises",):
                fnp.add(fnp.ones(2), fnp.ones(3))
            case ("raise",):
                raise Stop
            case ("namespace", name, body):
                with flops.namespace(name):
                    run(body, budgets)
            case ("budget", i, body):
                with budgets[i]:
                    run(body, budgets)
            case ("try", body):
                try:
                    run(body, budgets)
                except (Stop, ValueError, flops.BudgetExhaustedError):
                    continue


class Model:
    """The same on paper: which budgets are charged what, and which refuses."""

    def __init__(self, specs):
        self.specs = specs
        self.logs = [[] for _ in specs]
        self.session = []

    def used(self, i):
        return sum(cost for *_, cost in self.logs[i])

    def run(self, program, active=(), path="", multiplier=Fraction(1)):
        for statement in program:
            match statement:
                case ("op", name, n):
                    cost = n and max(1, math.floor(n * multiplier + Fraction(1, 2)))
                    for i in active:
                        if self.used(i) + cost > self.specs[i][0]:
                            raise Stop
                    for i in active:
                        self.logs[i].append((name, path, cost))
                    self.session.append((name, path, cost))
                case ("numpy raises",) | ("raise",):
                    raise Stop
                case ("namespace", name, body):
                    self.run(body, active, f"{path}.{name}" if path else name, multiplier)
                case ("budget", i, body):
                    if i in active:
                        self.run(body, active, path, multiplier)
                    else:
                        _, name, factor = self.specs[i]
                        inner = ".".join(filter(None, (path, name)))
                        self.run(body, (i, *active), inner, multiplier * Fraction(factor))
                case ("try", body):
                    try:
                        self.run(body, active, path, multiplier)
                    except Stop:
                        continue


@given(st.lists(statements, max_size=8), contexts)
def test_every_budget_of_a_random_program_has_books_that_agree(check_books, program, specs):
    flops.budget_reset()
    budgets = [flops.BudgetContext(n, namespace=name, flop_multiplier=factor) for n, name, factor in specs]
    model = Model(specs)
    try:
        model.run(program)
        failed = False
    except Stop:
        failed = True
    try:
        run(program, budgets)
        assert not failed
    except (Stop, ValueError, flops.BudgetExhaustedError):
        assert failed

    assert [charged(budget) for budget in budgets] == model.logs
    check_books(*budgets)
    assert flops.current_budget() not in budgets  # everything is closed again
    session = flops.budget_summary_dict(by_namespace=True)
    assert session["flops_used"] == sum(cost for *_, cost in model.session)
    assert {
        (path, op): (data["flop_cost"], data["calls"])
        for path, entry in session["by_namespace"].items()
        for op, data in entry["operations"].items()
    } == {
        (path, op): (
            sum(cost for o, p, cost in model.session if (o, p) == (op, path)),
            sum((o, p) == (op, path) for o, p, _ in model.session),
        )
        for op, path, _ in model.session
    }
