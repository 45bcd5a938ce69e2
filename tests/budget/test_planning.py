"""Planning: what an op would cost, from shapes alone, equal to what it is charged when it runs."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flopscope as flops
import flopscope.numpy as fnp

M = 10**6


@pytest.mark.parametrize(
    "call, flop_cost",
    [
        # the guide's
        (lambda: flops.einsum_cost("ij,jk->ik", shapes=[(256, 256), (256, 256)]), 16_777_216),  # 256**3
        (lambda: flops.svd_cost(m=256, n=256, k=10), 655_360),  # 256*256*10
        (lambda: flops.pointwise_cost("exp", shape=(256, 256)), 65_536),  # 256*256
        (lambda: flops.reduction_cost("sum", input_shape=(256, 256)), 65_536),  # 256*256
        (lambda: flops.einsum_cost("ij,j->i", shapes=[(256, 256), (256,)]), 65_536),  # 256*256
        (lambda: flops.pointwise_cost("maximum", shape=(256,)), 256),
        (lambda: flops.reduction_cost("sum", input_shape=(256,)), 256),
        # the others of the issue
        (lambda: flops.cost("linalg.qr", (64, 8)), 4_096),  # 64*8*8
        (lambda: flops.svd_cost(64, 8), 4_096),  # 64*8*8
        (lambda: flops.pointwise_cost("add", shapes=[(256, 1), (1, 64)]), 16_384),  # 256*64
        (lambda: flops.pointwise_cost("where", shapes=[(3, 1), (4,), ()]), 12),  # 3*4
        (lambda: flops.pointwise_cost("clip", shape=(4, 8)), 32),  # 4*8
        (lambda: flops.reduction_cost("mean", input_shape=(4, 8), axis=0), 32),  # 4*8
        (lambda: flops.reduction_cost("cumsum", (4, 8), axis=-1), 32),  # 4*8
        (lambda: flops.reduction_cost("max", 7), 7),
        (lambda: flops.cost("matmul", (M, M), (M, M)), M**3),
        (lambda: flops.einsum_cost("ij,jk->ik", shapes=[(M, M), (M, M)]), M**3),
        (lambda: flops.cost("random.normal", size=(10, 20)), 200),  # 10*20
        (lambda: flops.cost("add.reduce", (4, 8)), 32),  # 4*8
        (lambda: flops.cost("add.outer", (3,), (5,)), 15),  # 3*5
        (lambda: flops.cost("abs", (3,)), 3),
        (lambda: flops.cost("add", (3,), 1.5), 3),
        (lambda: flops.cost("reshape", (4, 8), (32,)), 0),  # free
        (lambda: flops.cost("sort", (4, 8)), 96),  # 4*8*3
        (lambda: flops.cost("fft.fft", (1024,)), 51_200),  # 5*1024*10
    ],
)
def test_prices_of_the_guide_and_the_issue(call, flop_cost):
    priced = call()
    assert priced == flop_cost
    assert type(priced) is int


def test_the_same_functions_are_in_the_module_accounting():
    for name in ("cost", "einsum_cost", "svd_cost", "pointwise_cost", "reduction_cost"):
        assert getattr(flops.accounting, name) is getattr(flops, name)


def test_planning_touches_no_budget_and_allocates_nothing():
    calls = [
        lambda: flops.einsum_cost("ij,jk,kl->il", shapes=[(M, M), (M, M), (M, 3)]),
        lambda: flops.svd_cost(M, M, 10),
        lambda: flops.pointwise_cost("exp", shape=(M, M)),
        lambda: flops.pointwise_cost("add", shapes=[(M, 1), (1, M)]),
        lambda: flops.reduction_cost("sum", input_shape=(M, M), axis=0),
        lambda: flops.cost("matmul", (M, M), (M, M)),
        lambda: flops.cost("linalg.solve", (M, M), (M, 5)),
        lambda: flops.cost("random.normal", size=(M, M)),
        lambda: flops.cost("sort", (M, M), axis=0),
        lambda: flops.cost("concatenate", [(M, M), (M, M)]),
        lambda: flops.cost("add.at", (M, M), (M, M)),
    ]
    for call in calls:
        call()  # what is imported and cached on first use is there now
    with flops.BudgetContext(1, wall_time_limit_s=1e-9) as budget:
        tracemalloc.start()
        try:
            for call in calls:
                call()
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 100_000
    assert (budget.flops_used, len(budget.op_log)) == (0, 0)
    assert flops.budget_summary_dict()["flops_used"] == 0


# -- plan and charge -------------------------------------------------------------------------------------------------

shapes = st.lists(st.integers(0, 4), max_size=3).map(tuple)
matrices = st.tuples(st.integers(1, 4), st.integers(1, 4))
squares = st.integers(1, 4).map(lambda n: (n, n))


def broadcasting(shape):
    """A shape that broadcasts with this one."""
    return st.tuples(*(st.sampled_from([1, n]) for n in shape))


calls = st.one_of(
    st.tuples(
        st.sampled_from("exp negative sqrt isfinite absolute sum mean max argsort fft.fft cumsum".split()), shapes
    )
    .filter(lambda call: not (call[0] in ("max", "fft.fft", "argsort") and (0 in call[1] or not call[1])))
    .map(lambda call: (call[0], (call[1],), {})),
    st.tuples(
        st.sampled_from("add multiply maximum arctan2 less".split()),
        shapes.flatmap(lambda s: st.tuples(st.just(s), broadcasting(s))),
    ).map(lambda call: (call[0], call[1], {})),
    st.tuples(
        st.sampled_from("sum prod any var std min cumsum sort".split()), matrices, st.sampled_from([0, 1, -1])
    ).map(lambda call: (call[0], (call[1],), {"axis": call[2]})),
    st.tuples(matrices, st.integers(1, 4)).map(lambda mn: ("matmul", (mn[0], (mn[0][1], mn[1])), {})),
    st.tuples(st.sampled_from("linalg.det linalg.inv linalg.eigvalsh linalg.cholesky".split()), squares).map(
        lambda call: (call[0], (call[1],), {})
    ),
    st.tuples(st.sampled_from("linalg.qr linalg.pinv linalg.norm".split()), matrices).map(
        lambda call: (call[0], (call[1],), {})
    ),
    matrices.flatmap(lambda s: st.tuples(st.just(s), st.integers(1, min(s)))).map(
        lambda call: ("linalg.svd", (call[0],), {"k": call[1]})
    ),
    st.tuples(squares, st.integers(1, 3)).map(lambda call: ("linalg.solve", (call[0], (call[0][0], call[1])), {})),
    shapes.map(lambda size: ("random.normal", (), {"size": size})),
)


def operand(shape):
    """Values for which every op above is defined: a dominant diagonal, all positive."""
    values = np.full(shape, 0.25)
    if len(shape) == 2:
        np.fill_diagonal(values, 9.0)
    return fnp.asarray(values)


@given(calls, st.sampled_from([1, 3]))
def test_the_plan_is_what_the_op_is_charged(call, multiplier):
    name, operands, parameters = call
    planned = flops.cost(name, *operands, **parameters)
    function = fnp
    for part in name.split("."):
        function = getattr(function, part)
    with flops.BudgetContext(10**9, flop_multiplier=multiplier) as budget:
        function(*map(operand, operands), **parameters)
    assert budget.flops_used == planned * multiplier
    if operands and flops.cost(name, *operands) == planned:
        with flops.BudgetContext(planned * multiplier or 1) as exact:
            function(*map(operand, operands), **parameters)
        assert exact.flops_used == planned


# -- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: flops.cost("svd", (4, 4)), ValueError, "there is no op 'svd'; did you mean 'linalg.svd'?"),
        (lambda: flops.cost("matmull", (4,)), ValueError, "there is no op 'matmull'; did you mean 'matmul'?"),
        (lambda: flops.cost("zzz"), ValueError, "there is no op 'zzz'"),
        (lambda: flops.cost("np.exp", (4,)), ValueError, "there is no op 'np.exp'; did you mean 'exp'?"),
        (lambda: flops.cost(5, (4,)), TypeError, "an op is given by its name, such as 'add' or 'linalg.qr'; got 5"),
        (
            lambda: flops.einsum_cost("i,i", shapes=5),
            TypeError,
            "shapes= is a sequence of shapes, one for each operand; got 5",
        ),
        (lambda: flops.cost("add.zzz", (4,)), ValueError, "there is no op 'add.zzz'; did you mean 'add'?"),
        (
            lambda: flops.pointwise_cost("sum", shape=(4,)),
            ValueError,
            "sum is not an elementwise op; use cost('sum', ...)",
        ),
        (lambda: flops.reduction_cost("exp", (4,)), ValueError, "exp is not a reduction; use cost('exp', ...)"),
        (
            lambda: flops.pointwise_cost("exp"),
            TypeError,
            "pointwise_cost() takes either shape= (of the result) or shapes= (of the operands)",
        ),
        (
            lambda: flops.pointwise_cost("exp", (4,), shapes=[(4,)]),
            TypeError,
            "pointwise_cost() takes either shape= (of the result) or shapes= (of the operands)",
        ),
        (lambda: flops.pointwise_cost("exp", shapes=[(3,), (3,)]), TypeError, "exp takes 1 operand, got 2"),
        (lambda: flops.pointwise_cost("add", shapes=[(3,)]), TypeError, "add takes 2 operands, got 1"),
        (lambda: flops.pointwise_cost("add", shapes=[(3,), (4,)]), ValueError, "shapes (3,), (4,) do not broadcast"),
        (lambda: flops.pointwise_cost("exp", shape=(-1, 4)), ValueError, "a shape has no negative sizes, got (-1, 4)"),
        (lambda: flops.pointwise_cost("exp", shape=(1.5,)), TypeError, "a shape is a tuple of integers, got (1.5,)"),
    ],
)
def test_what_cannot_be_priced_is_refused_clearly(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "call, error, part",
    [
        (lambda: flops.cost("matmul", (3, 4), (5, 6)), ValueError, "cannot price matmul((3, 4), (5, 6)): "),
        (lambda: flops.cost("add", (3,)), TypeError, "cannot price add((3,)): add takes 2 operands, got 1"),
        (lambda: flops.cost("add", (3,), (4,)), ValueError, "shapes (3,), (4,) do not broadcast"),
        (lambda: flops.cost("exp", (3,), (3,), (3,)), TypeError, "exp takes 1 operand, got 3"),
        (lambda: flops.cost("linalg.qr"), TypeError, "cannot price linalg.qr(): "),
        (lambda: flops.cost("linalg.qr", (3,)), ValueError, "cannot price linalg.qr((3,)): "),
        (lambda: flops.cost("sum", (3, 4), axis=2), ValueError, "axis 2 is out of bounds for 2 dimensions"),
        (lambda: flops.reduction_cost("sum", (3, 4), axis=(0, 0)), ValueError, "axis (0, 0) names an axis twice"),
        (lambda: flops.svd_cost(4, 4, k=5), ValueError, "cannot price linalg.svd((4, 4), k=5): "),
        (lambda: flops.svd_cost(-4, 4), ValueError, "a shape has no negative sizes"),
        (lambda: flops.svd_cost(4.5, 4), TypeError, "a shape is a tuple of integers"),
        (lambda: flops.svd_cost((4, 3), 4), TypeError, "a shape is a tuple of integers"),
        (lambda: flops.einsum_cost("i", shapes=[np.ones((2, 2))]), TypeError, "a shape is a tuple of integers"),
        (lambda: flops.cost("sum", (3, 4), axis="a"), TypeError, "an axis is an integer, got 'a'"),
        (lambda: flops.cost("sum", (3, 4), axis=1.0), TypeError, "an axis is an integer, got 1.0"),
        (lambda: flops.cost("sum", (3, 4), axs=1), TypeError, "sum has no parameter 'axs'; did you mean 'axis'?"),
        (lambda: flops.cost("linalg.svd", (4, 4), n=2), TypeError, "linalg.svd has no parameter 'n'"),
        (lambda: flops.cost("max", (0, 3)), ValueError, "of no elements there is none that is largest or smallest"),
        (lambda: flops.cost("add", (3,), (3,), ot=(3,)), TypeError, "add has no parameter 'ot'; did you mean 'out'?"),
        (
            lambda: flops.einsum_cost("ij,jk->ik", shapes=[(3, 4), (5, 6)]),
            ValueError,
            "price einsum('ij,jk->ik', (3, 4), (5",
        ),
        (lambda: flops.einsum_cost("ij,jk->ik", shapes=[(3, 4)]), ValueError, "cannot price einsum("),
    ],
)
def test_impossible_shapes_are_refused_with_what_was_asked(call, error, part):
    with pytest.raises(error) as caught:
        call()
    assert part in str(caught.value)


def test_a_refused_function_of_numpy_is_refused_with_its_reason():
    from flopscope.costs.table import TABLE

    refused = next(op for op in TABLE.values() if op.reason)
    with pytest.raises(ValueError) as caught:
        flops.cost(refused.name)
    assert str(caught.value) == f"{refused.name} is not supported: {refused.reason}"
