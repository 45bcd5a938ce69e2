"""What an op would cost is what it is charged, to the last FLOP, for every op that there is."""

from __future__ import annotations

import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flopscope as flops
import flopscope.numpy as fnp
from calls import COUNTED_CALLS, FREE_CALLS, UFUNCS, Call, numpy_has
from flopscope import Shaped
from flopscope.costs.shapes import selected
from flopscope.costs.table import TABLE, lookup
from operands import NUMBERS, operand, operands, quick, shapes, thorough
from parity import Array, made

pytestmark = pytest.mark.filterwarnings("ignore")


def ours(name):
    return operator.attrgetter(name)(fnp)


def charged(name, args, kwargs):
    """What two calls in a row are charged, the second of which finds its price in the cache."""
    with flops.BudgetContext(10**15) as budget:
        for _ in range(2):
            ours(name)(*made(args, fnp.asarray), **made(kwargs, fnp.asarray))
    first, second = budget.op_log
    assert first.flop_cost == second.flop_cost
    return first.flop_cost


def shaped(value):
    """`value` as one plans with it: a shape for each array."""
    if isinstance(value, Array):
        return Shaped(value.values.shape, value.values.dtype)
    if isinstance(value, (list, tuple)):
        return type(value)(map(shaped, value))
    return value


def planned(name, args, kwargs):
    return flops.cost(name, *map(shaped, args), **{key: shaped(value) for key, value in kwargs.items()})


@pytest.mark.parametrize("call", COUNTED_CALLS, ids=str)
def test_a_plan_is_the_charge(call: Call):
    args, kwargs = call.arguments
    assert planned(call.name, args, kwargs) == charged(call.name, args, kwargs)


@pytest.mark.parametrize(
    "call", [call for call in COUNTED_CALLS if all(isinstance(a, Array) for a in call.arguments[0])], ids=str
)
def test_a_plan_takes_plain_tuples_for_shapes(call: Call):
    args, kwargs = call.arguments
    tuples = [one.values.shape for one in args]
    parameters = {key: shaped(value) for key, value in kwargs.items()}
    assert flops.cost(call.name, *tuples, **parameters) == planned(call.name, args, kwargs)


@pytest.mark.parametrize("call", FREE_CALLS, ids=str)
def test_a_free_op_is_planned_at_nothing(call: Call):
    args, kwargs = call.arguments
    assert planned(call.name, args, kwargs) == 0


def test_every_counted_op_of_the_namespace_is_among_those_calls():
    called = {lookup(call.name).name for call in COUNTED_CALLS}
    # These have tests of their own.
    elsewhere = (
        "random.",
        "polynomial.",
        "stats.",
        "ma.",
        "vectorize",
        "lib.recfunctions.find",
        "lib.recfunctions.rec_join",
    )
    rows = {name for name, op in TABLE.items() if op.cost is not None and not name.startswith(elsewhere)}
    assert {name for name in rows - called if numpy_has(name)} == {"einsum_path"}


@pytest.mark.parametrize("name", UFUNCS)
def test_ufuncs_of_any_shapes(name):
    ufunc = getattr(np, name)

    @quick
    @given(operands(ufunc.nin, NUMBERS, fitting=False))
    def agree(drawn):
        same_verdict(name, drawn, {})

    agree()


def same_verdict(name, args, kwargs):
    """The plan is the charge, where NumPy takes the call at all."""
    try:
        cost = charged(name, args, kwargs)
    except (ValueError, TypeError, IndexError, ZeroDivisionError, np.linalg.LinAlgError):
        return
    assert planned(name, args, kwargs) == cost


ALONG_AXES = """
sum prod max min mean std var ptp argmax argmin any all count_nonzero median nansum nanmax nanmean nanvar nanargmax
cumsum cumprod sort argsort diff trapezoid unwrap average gradient cumulative_sum nancumsum unique nanmedian
fft.fft fft.ifft fft.rfft fft.irfft fft.hfft fft.ihfft linalg.norm linalg.vector_norm
""".split()


@pytest.mark.parametrize("name", [name for name in ALONG_AXES if numpy_has(name)])
def test_reductions_scans_sorts_and_transforms_along_any_axis(name):
    @quick
    @given(operand(dtypes=("f8", "i8", "c16")), st.none() | st.integers(-3, 3))
    def agree(array, axis):
        same_verdict(name, (array,), {} if axis is None else {"axis": axis})

    agree()


@st.composite
def matrices(draw):
    m, k, n = (draw(st.integers(0, 4)) for _ in "mkn")
    stack = draw(st.sampled_from([(), (2,), (3, 1)]))
    return draw(operand((*stack, m, k), ("f8",))), draw(
        operand(draw(st.sampled_from([(k, n), (k,), (*stack, k, n)])), ("f8",))
    )


CONTRACTIONS = (
    "matmul dot inner outer vdot tensordot kron vecdot matvec vecmat linalg.solve linalg.lstsq linalg.outer".split()
)


@pytest.mark.parametrize("name", [name for name in CONTRACTIONS if numpy_has(name)])
def test_contractions_and_solves_of_any_shapes(name):
    @quick
    @given(matrices())
    def agree(drawn):
        same_verdict(name, drawn, {})

    agree()


FACTORIZATIONS = (
    "svd svdvals qr inv det slogdet cholesky eig eigvals eigh eigvalsh pinv norm cond matrix_rank trace".split()
)


@pytest.mark.parametrize("name", FACTORIZATIONS)
def test_factorizations_of_any_shapes(name):
    @quick
    @given(operand(shape=shapes(1, 4, 0, 4), dtypes=("f8",)))
    def agree(array):
        same_verdict(f"linalg.{name}", (array,), {})

    agree()


@thorough
@given(
    st.lists(operand(shape=shapes(0, 3, 1, 3), dtypes=("f8",)), min_size=1, max_size=3),
    st.sampled_from(
        ["ij,jk->ik", "ij,jk,k->i", "i,i", "ij->ji", "...i,i->...", "ijk->k", "i,j,k->ijk", "ii->i", "ij,ij"]
    ),
    st.sampled_from([True, False, "greedy", "optimal"]),
)
def test_einsums(drawn, subscripts, optimize):
    same_verdict("einsum", (subscripts, *drawn), {"optimize": optimize})


@thorough
@given(operand(shape=shapes(1, 2, 1, 5), dtypes=("f8",)), st.data())
def test_parameters_of_many_kinds(array, data):
    integer = data.draw(st.integers(1, 6))
    name, args, kwargs = data.draw(
        st.sampled_from(
            [
                ("fft.fft", (array,), {"n": integer}),
                ("fft.irfft", (array, integer), {}),
                ("fft.fftn", (array,), {}),
                ("fft.rfftn", (array,), {"axes": (0,), "s": (integer,)}),
                ("diff", (array, integer), {}),
                ("partition", (array, 0), {}),
                ("partition", (array, [0, -1]), {"axis": None}),
                ("percentile", (array, [10, 20, 30][: integer % 3 + 1]), {"axis": 0}),
                (
                    "pad",
                    (array, integer),
                    {"mode": data.draw(st.sampled_from(["constant", "mean", "linear_ramp", "maximum"]))},
                ),
                ("histogram", (array, integer), {}),
                ("histogram", (array,), {"bins": "auto"}),
                ("interp", (array, Array(np.arange(float(integer))), Array(np.arange(float(integer)))), {}),
                ("searchsorted", (Array(np.arange(float(integer))), array), {}),
                ("polyval", (Array(np.ones(integer)), array), {}),
                ("convolve", (array, Array(np.ones(integer))), {}),
                ("linalg.matrix_power", (array, integer), {}),
                ("linalg.norm", (array, data.draw(st.sampled_from([1, 2, -2, "fro", "nuc", np.inf, 2.0]))), {}),
                ("linalg.svd", (array,), {"k": integer}),
                ("trace", (array, integer), {}),
                ("cov", (array,), {"rowvar": bool(integer % 2)}),
                ("average", (array,), {"weights": array}),
                ("isin", (array, [1, 2]), {}),
                ("linspace", (0, 1, integer), {}),
                ("logspace", (0, 1), {"num": integer}),
                ("kaiser", (integer, 5.0), {}),
                ("vander", (array, integer), {}),
                ("random.normal", (), {"size": (integer, 2)}),
                ("random.choice", (integer, 3), {}),
                ("random.permutation", (integer,), {}),
                ("add.reduce", (array,), {"axis": None}),
                ("multiply.outer", (array, array), {}),
                ("add.accumulate", (array, 0), {}),
                ("add.at", (array, [0], 1.0), {}),
                ("add.reduceat", (array, [0]), {}),
            ]
        )
    )
    if name == "linspace":
        assert planned(name, args, kwargs) == 0
    else:
        same_verdict(name, args, kwargs)


# -- what needs no array at all --------------------------------------------------------------------------------------


def test_planning_touches_no_budget_and_no_memory():
    with flops.BudgetContext(1) as budget:
        assert flops.cost("matmul", (10**6, 10**6), (10**6, 10**6)) == 10**18
        assert flops.cost("add.reduce", (10**12,)) == 10**12
        assert flops.cost("sum", (10**6, 10**6), axis=0) == 10**12
    assert budget.flops_used == len(budget.op_log) == 0


def test_the_segments_of_reduceat_are_given_by_value():
    assert flops.cost("add.reduceat", (10,), [0, 5]) == 10
    assert flops.cost("add.reduceat", (10,), [9, 0]) == 11  # 1 + 10
    assert flops.cost("add.reduceat", (10,), [2.5]) == 8  # NumPy cuts off what is no whole number: 10 - 2
    with pytest.raises(ValueError, match="values of the indices"):
        flops.cost("add.reduceat", (10,), (2,))


@pytest.mark.parametrize("sizes, index", [
    ((4, 5, 6), ([0, 1], slice(1, None, 2))),
    ((4, 5, 6), (slice(3), [[0], [1]], [0, 1, 2])),
    ((4, 5, 6), ([0, 1], slice(None), [0, 1])),  # not together, so that their places come first
    ((4, 5, 6), (None, [0], ..., [[1, 2]])),
    ((4, 5), (None, [0], ..., [[1, 2]])),  # parted by an ellipsis that stands for nothing
    ((4, 5, 6), (1, ..., [0, 1], None)),
    ((4, 5, 6), (..., np.ones((5, 6), bool))),
    ((4, 5, 6), (np.ones((4, 5), bool), [0])),
    ((0, 5), ([], slice(-2, None, -1))),
    ((), (..., None)),
])  # fmt: skip
def test_what_an_index_selects_is_known_by_shapes(sizes, index):
    entries = [
        one if one is None or one is ... or isinstance(one, slice)
        else ((one.size,), one.ndim) if isinstance(one, np.ndarray)
        else (np.shape(one), 1)
        for one in index
    ]  # fmt: skip
    assert selected(sizes, entries) == np.empty(sizes)[index].shape


def test_the_places_of_at_may_be_given_by_shape():
    many = 10**6
    assert flops.cost("add.at", (many, many), Shaped((many, many), int)) == many**3  # many**2 rows
    assert flops.cost("add.at", (10, 4), Shaped(3, int), 1) == 12  # 3*4
    assert flops.cost("add.at", (10, 4), Shaped((10, 4), bool), 1) == 40
    assert flops.cost("add.at", (10, 4), [0, 0], (7, 2, 4)) == 56  # values of 7*2*4
