"""Functions of the user's own: priced, protected, logged, planned and listed as NumPy's are."""

from __future__ import annotations

import numpy as np
import pytest

import flopscope as flops
import flopscope.numpy as fnp


def gram_cost(x):
    """n*k*(k+1)/2 for n rows of k columns.

    Source: the definition.
    Example: (10, 4): 10*4*5/2 = 100.
    """
    n, k = x.shape
    return n * k * (k + 1) // 2


ran = []


@pytest.fixture
def gram():
    ran.clear()

    @flops.register_op("mylib.gram", cost=gram_cost)
    def gram(x):
        """Product of a matrix with itself."""
        ran.append(type(x))
        return np.dot(x.T, x)

    return gram


X = np.arange(40.0).reshape(10, 4)


def test_a_call_is_charged_logged_and_computed(gram):
    with flops.BudgetContext(1000, namespace="fit") as budget, flops.namespace("step"):
        product = gram(fnp.asarray(X))
    assert type(product) is flops.FlopscopeArray
    assert np.array_equal(product, X.T @ X)
    assert ran == [np.ndarray]
    (record,) = budget.op_log
    assert record[:5] == ("mylib.gram", "fit.step", None, ((10, 4),), 100)
    assert list(budget.summary_dict(by_namespace=True)["by_namespace"]) == ["fit.step"]
    assert "mylib.gram" in budget.summary()


def test_a_call_beyond_the_budget_does_not_run(gram):
    with (
        flops.BudgetContext(99) as budget,
        pytest.raises(flops.BudgetExhaustedError, match="mylib.gram would cost 100"),
    ):
        gram(X)
    assert (ran, budget.flops_used, len(budget.op_log)) == ([], 0, 0)


def test_what_it_computes_inside_is_not_charged_again():
    @flops.register_op("mylib.twice", cost=lambda x: 7)
    def twice(x):
        return fnp.add(x, x)

    with flops.BudgetContext(10) as budget:
        result = twice(fnp.ones(100))
    assert (budget.flops_used, result[0]) == (7, 2.0)
    with flops.BudgetContext(10**3) as budget:
        twice(fnp.ones(100)) + 1
    assert budget.flops_used == 7 + 100


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (lambda x: 1 / 0, "ZeroDivisionError: division by zero"),
        (lambda x: 2.5, "TypeError: 'float' object cannot be interpreted as an integer"),
        (lambda x: -1, "ValueError: the rule of mylib.bad returned -1 FLOPs"),
        (lambda x: None, "TypeError: 'NoneType' object"),
        (lambda: 1, "TypeError: .*takes 0 positional arguments but 1 was given"),
    ],
)
def test_a_rule_that_fails_charges_and_runs_nothing(rule, said):
    ran.clear()
    bad = flops.register_op("mylib.bad", ran.append, cost=rule)
    with flops.BudgetContext(10) as budget:
        with pytest.raises(flops.CostRuleError, match=rf"the cost rule of mylib.bad failed \({said}"):
            bad(fnp.ones(3))
        with pytest.raises(TypeError if "TypeError" in said else ValueError, match="mylib.bad"):
            flops.cost("mylib.bad", (3,))
    assert (ran, budget.flops_used, len(budget.op_log)) == ([], 0, 0)


def test_a_function_that_raises_is_not_charged():
    @flops.register_op("mylib.refuse", cost=lambda x: 5)
    def refuse(x):
        raise KeyError("no")

    with flops.BudgetContext(10) as budget, pytest.raises(KeyError):
        refuse(1)
    assert (budget.flops_used, len(budget.op_log)) == (0, 0)


def test_keyword_arguments_lists_and_several_results():
    @flops.register_op("mylib.split", cost=lambda arrays, *, parts=2: parts * sum(a.size for a in arrays))
    def split(arrays, *, parts=2):
        assert all(type(a) is np.ndarray for a in arrays)
        return tuple(arrays), np.split(arrays[0], parts)

    with flops.BudgetContext(100) as budget:
        same, pieces = split([fnp.ones(6), fnp.ones(2)], parts=3)
    assert budget.flops_used == 3 * 8
    assert type(pieces[0]) is type(same[0]) is flops.FlopscopeArray


def test_planning_functions_and_the_list_of_ops_know_it(gram):
    assert flops.cost("mylib.gram", (10, 4)) == 100
    (info,) = flops.ops("mylib.gram")
    assert (info.kind, info.formula) == ("counted", "n*k*(k+1)/2 for n rows of k columns.")
    assert (info.source, info.example) == ("the definition.", "(10, 4): 10*4*5/2 = 100.")
    assert "[FLOPs] n*k*(k+1)/2" in gram.__doc__
    assert "Product of a matrix with itself." in gram.__doc__
    assert gram.__name__ == "gram"


def program(gram, x):
    with flops.namespace("fit"):
        return fnp.linalg.solve(gram(x), x.sum(axis=0))


@pytest.mark.parametrize("result", [None, lambda x: flops.Shaped((x.shape[1], x.shape[1]), x.dtype)])
def test_a_plan_is_the_run(result):
    gram = flops.register_op("mylib.gram", lambda x: np.dot(x.T, x) + np.eye(4), cost=gram_cost, result=result)
    with flops.BudgetContext(10**6) as budget:
        program(gram, fnp.asarray(X))
    plan = flops.plan(program, gram, flops.Shaped((10, 4)))
    real = [(bucket.op, bucket.namespace, bucket.calls, bucket.flops) for bucket in budget.report().buckets]
    assert [(bucket.op, bucket.namespace, bucket.calls, bucket.flops) for bucket in plan.buckets] == real
    assert plan.flops_used == 100 + 40 + 64


def test_a_plan_of_what_numpy_does_not_do_asks_for_the_result():
    def compiled(x):
        return np.frombuffer(bytes(memoryview(x)))

    def cost(x):
        return x.size

    opaque = flops.register_op("mylib.opaque", compiled, cost=cost)
    with flops.BudgetContext(100) as budget:
        opaque(fnp.ones(10)) + 1
    assert budget.flops_used == 20
    with pytest.raises(flops.ValueNeededError, match=r"mylib.opaque.*result="):
        flops.plan(lambda x: opaque(x) + 1, flops.Shaped(10))
    opaque = flops.register_op("mylib.opaque", compiled, cost=cost, result=lambda x: x, replace=True)
    assert flops.plan(lambda x: opaque(x) + 1, flops.Shaped(10)).flops_used == 10 + 10


def test_models_price_it_and_runs_of_it_again(gram):
    mine = flops.cost_model("fma1").derive("mine", weights={"mylib.gram": 3})
    with flops.BudgetContext(1000) as budget:
        gram(X)
    assert budget.reprice(mine).flops_used == 300
    with flops.BudgetContext(1000, cost_model=mine, count_bytes=True) as budget:
        gram(X)
    assert budget.flops_used == 300
    assert budget.report().moved == (flops.Moved("mylib.gram", "", 320, 128),)


def test_numbers_its_rule_tells_apart_are_remembered():
    iterate = flops.register_op("mylib.iterate", lambda x, tolerance: x, cost=lambda x, tolerance: int(1 / tolerance))
    with flops.BudgetContext(10**6) as budget:
        for tolerance in (0.25, 0.125, 0.01):
            iterate(X, tolerance)
    assert [record.flop_cost for record in budget.op_log] == [4, 8, 100]
    mine = flops.cost_model("fma1").derive("mine", weights={"mylib.iterate": 2})
    assert budget.reprice(mine).flops_used == 2 * 112


REFUSED = [
    ({"name": "mylib.x"}, TypeError, "needs cost=.*silent zero; got nothing"),
    ({"name": "mylib.x", "cost": 7}, TypeError, "needs cost=.*got 7"),
    ({"name": "mylib.x", "cost": len, "function": 7}, TypeError, "registers functions, got 7"),
    ({"name": "mylib.x", "cost": len, "result": 7}, TypeError, "result= is a function"),
    ({"name": "exp", "cost": len}, ValueError, "NumPy has 'exp'"),
    ({"name": "abs", "cost": len, "replace": True}, ValueError, "NumPy has 'abs'"),
    ({"name": "linalg.svd", "cost": len, "replace": True}, ValueError, "NumPy has 'linalg.svd'"),
    ({"name": "testing.assert_equal", "cost": len}, ValueError, "NumPy has 'testing.assert_equal'"),
    ({"name": "stats.norm.pdf", "cost": len}, ValueError, "flopscope has 'stats.norm.pdf'"),
    ({"name": "my lib", "cost": len}, ValueError, "dotted path of identifiers"),
    ({"name": "", "cost": len}, ValueError, "dotted path of identifiers"),
    ({"name": 3, "cost": len}, ValueError, "dotted path of identifiers, such as 'mylib.gram'; got 3"),
]


@pytest.mark.parametrize(("arguments", "error", "message"), REFUSED)
def test_what_cannot_be_registered_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        flops.register_op(**{"function": len} | arguments)


def test_names_are_given_once_unless_one_replaces_ones_own(gram):
    with pytest.raises(ValueError, match="'mylib.gram' already; give replace=True"):
        flops.register_op("mylib.gram", len, cost=gram_cost)
    again = flops.register_op("mylib.gram", lambda x: x, cost=lambda x: 3, replace=True)
    with flops.BudgetContext(1000) as budget:
        again(X)
        gram(X)  # the one before keeps its price
    assert [record.flop_cost for record in budget.op_log] == [3, 100]


def test_generators_and_coroutines_are_refused():
    def generator(x):
        yield x

    async def coroutine(x):
        return x

    for function in (generator, coroutine):
        with pytest.raises(TypeError, match="works after it has returned"):
            flops.register_op("mylib.late", function, cost=gram_cost)
