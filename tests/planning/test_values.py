"""What a plan does not know it says, with line and ways out; what it knows it uses; nothing outside is touched."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import flopscope as flops
import flopscope.numpy as fnp
from flopscope.arrays.registry import numpy_attribute
from flopscope.costs.table import TABLE
from flopscope.planning.standins import RULES

ASKED = {
    "bool": lambda x: bool(x.sum() > 0), "if": lambda x: 1 if x.sum() > 0 else 2, "float": lambda x: float(x[0]),
    "int": lambda x: int(x[0]), "complex": lambda x: complex(x[0]), "item": lambda x: x[0].item(),
    "tolist": lambda x: x.tolist(), "asarray": lambda x: np.asarray(x), "array": lambda x: np.array(x),
    "index": lambda x: [1, 2, 3][x.astype(int)[0]], "range": lambda x: range(x.astype(int)[0]),
    "math": lambda x: math.sqrt(x[0]), "contains": lambda x: 3.0 in x, "tobytes": lambda x: x.tobytes(),
    "sorted": lambda x: sorted(x), "max": lambda x: max(x),
    "while": lambda x: [0 for _ in iter(lambda: x[0] < 1, True)],
    "mask": lambda x: x[x > 0], "nonzero": lambda x: x.nonzero(), "hash": lambda x: {x[0]: 1},
    "all": lambda x: all(x > 0),
    "size": lambda x: fnp.zeros(x.astype(int)[0]), "allclose": lambda x: 1 if np.allclose(x, 0) else 2,
    "unique": lambda x: fnp.unique(x), "repeat": lambda x: fnp.repeat(x, x.astype(int)), "and": lambda x: x[0] and x[1],
}  # fmt: skip


@pytest.mark.parametrize("name", ASKED)
def test_a_question_names_the_line_the_shape_and_the_ways_out(name):
    with pytest.raises(flops.ValueNeededError) as caught:
        flops.plan(ASKED[name], flops.Shaped(5))
    message = str(caught.value)
    function = ASKED[name]
    assert f"{__file__}:{function.__code__.co_firstlineno}" in message
    assert (caught.value.filename, caught.value.lineno) == (__file__, function.__code__.co_firstlineno)
    for way_out in ("concrete array", "when_unknown=", "flops.assume("):
        assert way_out in message
    assert isinstance(caught.value, flops.FlopscopeError)


def test_an_answer_is_given_by_value_or_by_function():
    def program(x):
        return x * 2 if x.sum() > 0 else x

    assert flops.plan(program, flops.Shaped(4), when_unknown=True).flops_used == 4 + 1 + 4  # sum, greater, multiply
    assert flops.plan(program, flops.Shaped(4), when_unknown=False).flops_used == 4 + 1
    asked = []
    flops.plan(program, flops.Shaped(4), when_unknown=lambda question: asked.append(question) or True)
    (question,) = asked
    assert (question.what, question.shape, question.dtype) == ("bool() of", (), np.dtype(bool))
    assert question.filename == __file__
    with pytest.raises(flops.ValueNeededError):
        flops.plan(program, flops.Shaped(4), when_unknown=lambda question: None)


def test_the_number_of_selected_elements_is_an_answer_too():
    found = []
    flops.plan(
        lambda x: found.extend([x[x > 0], fnp.flatnonzero(x), fnp.unique(x), np.asarray(x[0])]),
        flops.Shaped((10, 2)),
        when_unknown=7,
    )
    assert [a.shape for a in found] == [(7,), (7,), (7,), (2,)]


def test_assume_answers_in_a_plan_and_lets_values_pass_outside():
    def newton(x, rounds):
        for _ in range(rounds):
            x = x - (x * x - 2) / (2 * x)
            if flops.assume(abs(x * x - 2).max() < 1e-12, False):
                break
        return x

    # per round: x*x, -2, 2*x, /, x -, x*x, -2, abs, max: 9; and the comparison of the maximum
    assert flops.plan(newton, flops.Shaped(10), 3).flops_used == 3 * (9 * 10 + 1)
    with flops.BudgetContext(10**6) as budget:
        newton(fnp.full(10, 1.4142135), 3)
    assert budget.flops_used == 9 * 10 + 1  # it converges at once
    assert flops.assume(3, 4) == 3
    found = []
    flops.plan(lambda x: found.append(flops.assume(x, flops.Shaped(3)) * 2), flops.Shaped(100))
    assert found[0].shape == (3,)


# -- what is known ---------------------------------------------------------------------------------------------------


def test_small_constants_and_arrays_given_have_values():
    def program(labels, big):
        total = 0
        for i in fnp.arange(4):
            total += int(i)
        assert total == 6
        assert int(labels.max()) == 2
        assert [int(n) for n in fnp.bincount(labels)] == [1, 1, 2]
        assert float(fnp.linspace(0, 1, 5)[1]) == 0.25
        assert bool((fnp.eye(2) == fnp.eye(2)).all())
        assert int(big[123]) == 123
        assert big[:4][labels == 2].shape == (2,)
        return fnp.zeros((int(labels.max()) + 1, 3)) + 1

    plan = flops.plan(program, np.array([0, 1, 2, 2]), np.arange(10**4))
    assert plan.to_dict()["operations"]["add"]["flop_cost"] == 9


def test_a_value_is_forgotten_when_an_unknown_one_is_written():
    def program(x):
        a = fnp.zeros(4)
        view = a[1:]
        assert float(a[0]) == 0
        view += x[1:]
        with pytest.raises(flops.ValueNeededError):
            float(a[0])
        b = fnp.zeros(4)
        b[2] = x[0]
        with pytest.raises(flops.ValueNeededError):
            float(b[2])
        c = fnp.zeros(4)
        fnp.add(c, x, out=c)
        with pytest.raises(flops.ValueNeededError):
            float(c[2])
        d = fnp.arange(4.0)
        d += 1
        assert float(d[3]) == 4

    flops.plan(program, flops.Shaped(4))


def test_arrays_that_are_given_are_not_changed():
    small, big = np.zeros(3), np.zeros(10**4)

    def program(a, b):
        a += 1
        b += 1
        b[0] = 5
        a[0] = 7
        assert float(a[0]) == 7

    flops.plan(program, small, big)
    assert not small.any()
    assert not big.any()


def test_the_same_array_given_twice_is_one_array_in_the_plan():
    x = np.zeros(3)

    def program(a, b):
        a[0] = 1
        assert float(b[0]) == 1

    flops.plan(program, x, x)


def test_an_array_from_outside_cannot_take_unknown_values():
    outside = fnp.zeros(3)

    def program(x):
        nonlocal outside
        outside += x

    with pytest.raises(flops.ValueNeededError, match=r"array from outside the plan \(shape \(3,\)\)"):
        flops.plan(program, flops.Shaped(3))
    assert not outside.any()


def test_arrays_from_outside_take_part():
    weights = fnp.ones((5, 3))
    plan = flops.plan(lambda x: (x @ weights).sum() + weights.sum(), flops.Shaped((10**6, 5)))
    assert plan.flops_used == 10**6 * 5 * 3 + 10**6 * 3 + 15 + 1  # matmul, two sums, the sum of the sums


def test_modules_are_planned_with_their_arrays():
    class Dense(flops.Module):
        def __init__(self, n, m):
            self.weight, self.bias = fnp.ones((n, m)), fnp.zeros(m)

        def train(self, x):
            self.bias -= (x @ self.weight + self.bias).mean(axis=0)
            return [p.shape for p in self.parameters()]

    model = Dense(5, 3)
    plan = flops.plan(lambda model, x: model.train(x), model, flops.Shaped((100, 5)))
    assert plan.flops_used == 100 * 5 * 3 + 300 + 300 + 3
    assert not model.bias.any()


def test_shapes_are_found_in_lists_tuples_and_dictionaries():
    def program(layers, *, options):
        x = options["x"]
        for w, b in layers:
            x = fnp.tanh(x @ w + b)
        return x

    s = flops.Shaped
    layers = [(s((4, 8)), s(8)), (s((8, 2)), s(2))]
    plan = flops.plan(program, layers, options={"x": s((10, 4))})
    assert plan.flops_used == 10 * 4 * 8 + 80 + 80 + 10 * 8 * 2 + 20 + 20


def test_dtypes_follow_numpy():
    found = []
    flops.plan(lambda x: found.extend([x + 1, x + 1.0, x.sum(), x / 2, x @ x]), flops.Shaped(3, "i2"))
    x = np.ones(3, "i2")
    assert [a.dtype for a in found] == [a.dtype for a in (x + 1, x + 1.0, x.sum(), x / 2, x @ x)]


# -- nothing outside is touched ----------------------------------------------------------------------------------------


def test_no_budget_outside_is_charged_and_none_refuses():
    with flops.BudgetContext(10, namespace="outside") as budget:
        before = flops.budget_summary_dict()["flops_used"]
        plan = flops.plan(lambda x: x @ x, flops.Shaped((100, 100)))
        assert flops.budget_summary_dict()["flops_used"] == before
        assert (budget.flops_used, len(budget.op_log)) == (0, 0)
        assert plan.flops_used == 10**6
        assert plan.flop_budget == 10
        assert list(plan.namespaces()) == [""]
        _ = fnp.ones(5) + 1
    assert budget.flops_used == 5


def test_the_budgets_of_the_program_count_and_refuse():
    def program(x):
        with flops.BudgetContext(10**9, namespace="a", wall_time_limit_s=1e-9) as budget:
            x = x + 1
            assert budget.flops_used == 100
            assert budget.op_log[0].op_name == "add"
            with (
                flops.BudgetContext(150, flop_multiplier=2.0, namespace="b"),
                pytest.raises(flops.BudgetExhaustedError),
            ):
                x = x + 1
            assert flops.current_budget() is budget
        return x

    plan = flops.plan(program, flops.Shaped(100))
    assert {path: tally.flops_used for path, tally in plan.namespaces().items()} == {"a": 100}


def test_a_budget_opened_before_goes_on_from_where_it_is_and_is_not_charged():
    @flops.budget(flop_budget=100)
    def step(x):
        return x + 1

    step(fnp.ones(30))
    assert flops.plan(lambda x: step(step(x)), flops.Shaped(30)).flops_used == 60
    with pytest.raises(flops.BudgetExhaustedError, match="30 used"):
        flops.plan(step, flops.Shaped(71))
    assert step.budget.flops_used == 30
    assert step.budget.summary_dict()["operations"]["add"]["calls"] == 1


def test_other_threads_are_charged_as_ever_while_a_plan_runs():
    def program(x):
        with flops.BudgetContext(10**9), ThreadPoolExecutor(1) as pool:
            assert type(pool.submit(lambda: fnp.ones(3) + 1).result()) is flops.FlopscopeArray
        return x

    with flops.BudgetContext(10**6) as budget:
        assert flops.plan(program, flops.Shaped(3)).flops_used == 0
    assert budget.flops_used == 3


def test_wrap_carries_a_plan_into_threads():
    def program(x):
        with ThreadPoolExecutor(2) as pool:
            double = flops.current_budget().wrap(lambda part: part * 2)
            return list(pool.map(double, [x[:50], x[50:]]))

    assert flops.plan(program, flops.Shaped(100)).flops_used == 100


def test_an_abstract_array_is_of_no_use_after_its_plan():
    kept = []
    flops.plan(lambda x: kept.append(x), flops.Shaped(3))
    with pytest.raises(flops.FlopscopeError, match="inside its plan only"):
        kept[0] + 1
    assert "abstract float64[3]" in repr(kept[0])


def test_what_a_function_raises_comes_out_and_the_plan_is_over():
    with pytest.raises(ZeroDivisionError):
        flops.plan(lambda x: 1 / 0, flops.Shaped(3))
    assert type(fnp.ones(3) + 1) is flops.FlopscopeArray


def test_plans_nest():
    inner = []
    outer = flops.plan(lambda x: inner.append(flops.plan(lambda y: y + y, flops.Shaped(7))) or x + x, flops.Shaped(5))
    assert (outer.flops_used, inner[0].flops_used) == (5, 7)


async def coroutine(x):
    return x


def generator(x):
    yield x


@pytest.mark.parametrize("function", [coroutine, generator])
def test_functions_whose_body_would_not_run_are_refused(function):
    with pytest.raises(TypeError, match="plan\\(\\) runs ordinary functions"):
        flops.plan(function, flops.Shaped(3))


# -- the whole table -------------------------------------------------------------------------------------------------

# Packages and prefixes of ops that take files or settings, look at values, or make arrays from other memory.
WITHOUT_RULE = """
testing. ctypeslib. lib.format. lib.recfunctions.find_duplicates lib.recfunctions.join_by lib.recfunctions.rec_join
rec.find_duplicate rec.format_parser rec.fromfile rec.fromstring polynomial. frombuffer fromfile fromiter
fromregex fromstring from_dlpack nested_iters datetime_data datetime_as_string load loadtxt genfromtxt save
savez savez_compressed savetxt base_repr binary_repr format_float_ get_printoptions set_printoptions
printoptions geterr seterr getbufsize setbufsize info get_include show_config show_runtime
lib.array_utils. frompyfunc random.default_rng random.get_
random.set_bit_generator random.Generator.bit_generator random.Generator.spawn random.RandomState.get_state
""".split()


def test_every_op_has_a_result_rule_or_is_named_here():
    missing = {
        name
        for name, op in TABLE.items()
        if not op.reason and name not in RULES and not name.startswith("stats.")
        if not isinstance(numpy_attribute(name), (np.ufunc, type(None)))
    }
    assert {name for name in missing if not name.startswith(tuple(WITHOUT_RULE))} == set()


def test_an_op_without_a_rule_says_so_by_name():
    with pytest.raises(flops.ValueNeededError, match="base_repr of unknown values: a plan has no rule"):
        flops.plan(lambda x: fnp.base_repr(x), flops.Shaped((), int))
