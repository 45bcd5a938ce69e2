"""An oracle for the prices: scalars that count their own arithmetic, taken through NumPy itself.

`Scalar` is an object whose every operation adds one to a tally. NumPy runs its loops over arrays of them, so the tally
is the number of operations that NumPy really makes, against which the charge is held:

- elementwise: operations = charge;
- reductions and scans: a charge of numel(input); n elements take n - 1 operations, one less for each line reduced;
- contractions: multiplications = charge, 1 FLOP being a multiplication with its addition. The additions are one less
  for each element of the result.
"""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flopscope as flops
import flopscope.numpy as fnp
from operands import quick, shapes

tally: Counter[str] = Counter()


def counting(name, symbol):
    def method(self, other):
        tally[symbol] += 1
        other = other.value if isinstance(other, Scalar) else other
        result = getattr(float, name)(float(self.value), float(other))
        return result if isinstance(result, bool) else Scalar(result)

    return method


class Scalar:
    """A number that counts the operations made with it."""

    __hash__ = None

    def __init__(self, value):
        self.value = value

    def _unary(symbol):
        def method(self):
            tally[symbol] += 1
            return Scalar(self.value)

        return method

    __neg__, __pos__, __abs__ = _unary("-x"), _unary("+x"), _unary("|x|")
    # NumPy calls a method of this name for a ufunc on objects.
    exp, sin, sqrt, conjugate = _unary("exp"), _unary("sin"), _unary("sqrt"), _unary("conjugate")


for symbol, name in {
    "+": "add", "-": "sub", "*": "mul", "/": "truediv", "//": "floordiv", "%": "mod",
    "<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq", "!=": "ne",
}.items():  # fmt: skip
    setattr(Scalar, f"__{name}__", counting(f"__{name}__", symbol))
    if f"__r{name}__" in dir(float):
        setattr(Scalar, f"__r{name}__", counting(f"__r{name}__", symbol))


def scalars(shape, start=1):
    made = np.empty(shape, object)
    for position in range(made.size):
        made.flat[position] = Scalar(float(start + position))
    return made


def operations(function, *args, **kwargs):
    """What NumPy itself does: operations by kind."""
    tally.clear()
    function(*args, **kwargs)
    return Counter(tally)


def charge(function, *args, **kwargs):
    with flops.BudgetContext(10**9) as budget:
        function(*args, **kwargs)
    return budget.flops_used


# -- elementwise -----------------------------------------------------------------------------------------------------

BINARY = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "floor_divide": "//", "remainder": "%",
    "less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=", "equal": "==", "not_equal": "!=",
}  # fmt: skip
UNARY = {
    "negative": "-x",
    "positive": "+x",
    "absolute": "|x|",
    "exp": "exp",
    "sin": "sin",
    "sqrt": "sqrt",
    "conjugate": "conjugate",
}


@st.composite
def two_shapes(draw):
    from hypothesis.extra import numpy as hnp

    return draw(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, min_side=0, max_side=3)).input_shapes


@pytest.mark.parametrize("name", BINARY)
def test_an_elementwise_op_charges_the_operations_that_numpy_makes(name):
    @quick
    @given(two_shapes())
    def equal(drawn):
        x, y = map(scalars, drawn)
        made = operations(getattr(np, name), x, y)
        assert set(made) <= {BINARY[name]}
        assert made.total() == charge(getattr(fnp, name), x, y) == math.prod(np.broadcast_shapes(*drawn))

    equal()


@pytest.mark.parametrize("name", UNARY)
def test_a_unary_op_charges_the_operations_that_numpy_makes(name):
    @quick
    @given(shapes())
    def equal(shape):
        x = scalars(shape)
        made = operations(getattr(np, name), x)
        assert set(made) <= {UNARY[name]}
        assert made.total() == charge(getattr(fnp, name), x) == math.prod(shape)

    equal()


def test_a_mask_charges_as_if_it_were_all_true():
    x, mask, out = scalars(6), np.array([True, False] * 3), np.empty(6, object)
    assert operations(np.add, x, x, where=mask, out=out).total() == 3
    assert charge(fnp.add, x, x, where=mask, out=out) == 6


# -- reductions and scans --------------------------------------------------------------------------------------------


def lines(shape, axis):
    """How many lines a reduction has: the elements of its result."""
    return math.prod(n for i, n in enumerate(shape) if axis is not None and i not in (axis, axis + len(shape)))


@pytest.mark.parametrize("name, symbol", [("sum", "+"), ("prod", "*"), ("cumsum", "+"), ("cumprod", "*")])
def test_a_reduction_charges_one_more_per_line_than_the_operations_that_numpy_makes(name, symbol):
    @quick
    @given(shapes(1, 3, 1, 4), st.data())
    def one_more(shape, data):
        axis = data.draw(st.none() | st.integers(0, len(shape) - 1))
        x = scalars(shape)
        made = operations(getattr(np, name), x, axis)
        assert set(made) <= {symbol}
        # n - 1 operations for each line of n, which is charged n
        assert made.total() + lines(shape, axis) == charge(getattr(fnp, name), x, axis) == math.prod(shape)

    one_more()


@pytest.mark.parametrize("name, at_most", [("max", 2), ("min", 2), ("argmax", 2), ("argmin", 2)])
def test_a_search_takes_a_comparison_per_element_or_so(name, at_most):
    x = scalars((4, 5))
    made = operations(getattr(np, name), x)
    # n - 1 comparisons; NumPy's object loop makes some twice, to see whether the values are NaN
    assert 19 <= made.total() <= at_most * 20
    assert charge(getattr(fnp, name), x) == 20


def test_a_ufunc_method_charges_what_the_reduction_does():
    x = scalars((3, 4))
    assert operations(np.add.reduce, x).total() == 12 - 4  # 4 columns
    assert charge(fnp.add.reduce, x) == 12
    assert operations(np.add.accumulate, x).total() == 12 - 4
    assert charge(fnp.add.accumulate, x) == 12


@quick
@given(st.lists(st.integers(0, 4), min_size=1, max_size=6))
def test_reduceat_charges_one_more_per_segment(indices):
    x = scalars(5)
    made = operations(np.add.reduceat, x, indices)
    assert made.total() + len(indices) == charge(fnp.add.reduceat, x, indices)


@quick
@given(shapes(0, 2), shapes(0, 2))
def test_outer_charges_every_pair(first, second):
    x, y = scalars(first), scalars(second)
    assert operations(np.multiply.outer, x, y).total() == charge(fnp.multiply.outer, x, y)


@pytest.mark.parametrize(
    "indices", [0, [0, 0, 2], slice(1, 3), (slice(None), 1), ([0, 1], [1, 1]), ..., np.ones((3, 3), bool)]
)
def test_at_charges_every_place(indices):
    x = scalars((3, 3))
    assert operations(np.add.at, x, indices, Scalar(1.0)).total() == charge(fnp.add.at, x, indices, Scalar(1.0))


# -- contractions ----------------------------------------------------------------------------------------------------

PAIRS = [
    ("matmul", (2, 3), (3, 4)), ("matmul", (3,), (3, 4)), ("matmul", (2, 3), (3,)), ("matmul", (3,), (3,)),
    ("matmul", (5, 2, 3), (3, 4)), ("matmul", (5, 1, 2, 3), (2, 3, 2)), ("matmul", (2, 0), (0, 3)),
    ("dot", (2, 3), (3, 4)), ("dot", (3,), (3,)), ("dot", (2, 3), (3,)), ("dot", (2, 3, 4), (5, 4, 2)),
    ("inner", (2, 3), (4, 3)), ("inner", (3,), (3,)), ("inner", (2, 2, 3), (3,)),
    ("outer", (3,), (4,)), ("outer", (2, 2), (3,)), ("vdot", (2, 3), (2, 3)),
    ("tensordot", (2, 3, 4), (3, 4, 5)), ("kron", (2, 3), (3, 2)), ("dot", (2, 3), ()),
]  # fmt: skip


@pytest.mark.parametrize("name, first, second", PAIRS)
def test_a_contraction_charges_the_multiplications_that_numpy_makes(name, first, second):
    x, y = scalars(first), scalars(second)
    made = operations(getattr(np, name), x, y)
    assert made["*"] == charge(getattr(fnp, name), x, y)
    if name not in ("outer", "kron"):
        # An addition less for each element of the result; NumPy's loops may begin at 0 and make it.
        results = np.size(getattr(np, name)(x, y))
        assert made["*"] - results <= made["+"] <= made["*"]
    assert set(made) - {"conjugate"} <= {"*", "+"}


def test_the_operator_and_the_methods_charge_the_same_multiplications():
    x, y = fnp.asarray(scalars((2, 3))), fnp.asarray(scalars((3, 4)))
    assert charge(lambda: x @ y) == charge(lambda: x.dot(y)) == 24  # 2*3*4


EINSUMS = [
    ("ij,jk->ik", (2, 3), (3, 4)), ("ij,j->i", (2, 3), (3,)), ("i,i->", (4,), (4,)), ("i,j->ij", (2,), (4,)),
    ("ij,ij->ij", (2, 3), (2, 3)), ("ij,ij->", (2, 3), (2, 3)), ("bij,bjk->bik", (2, 2, 3), (2, 3, 2)),
    ("ijk,k->ij", (2, 2, 3), (3,)),
]  # fmt: skip


@pytest.mark.parametrize("subscripts, first, second", EINSUMS)
def test_an_einsum_of_a_pair_charges_the_multiplications_that_numpy_makes(subscripts, first, second):
    x, y = scalars(first), scalars(second)
    made = operations(np.einsum, subscripts, x, y)
    assert made["*"] == charge(fnp.einsum, subscripts, x, y)


def test_an_einsum_of_three_charges_the_multiplications_of_its_path():
    x, y, z = scalars((2, 5)), scalars((5, 5)), scalars(5)
    charged = charge(fnp.einsum, "ij,jk,k->i", x, y, z)
    assert charged == 5 * 5 + 2 * 5  # y*z first, then x*(y*z)
    steps = operations(np.einsum, "jk,k->j", y, z) + operations(np.einsum, "ij,j->i", x, scalars(5))
    assert steps["*"] == charged
    assert operations(fnp.einsum, "ij,jk,k->i", x, y, z)["*"] == charged


def test_our_einsum_makes_no_more_multiplications_than_it_charges():
    for subscripts, first, second in EINSUMS:
        x, y = scalars(first), scalars(second)
        assert operations(fnp.einsum, subscripts, x, y)["*"] == charge(fnp.einsum, subscripts, x, y)


# -- others that NumPy does with the operators of the elements -------------------------------------------------------


# NumPy compares objects by asking whether one is less and, if not, whether it is greater: "<" counts the comparisons.


def test_sorting_takes_no_more_comparisons_than_are_charged():
    for n in (2, 5, 16, 33, 100):
        for x in (scalars(n), scalars(n)[::-1].copy(), np.roll(scalars(n), n // 3)):
            made = operations(np.sort, x, kind="stable")
            assert n - 1 <= made["<"] <= charge(fnp.sort, x) * 5 // 4  # short runs are sorted by insertion


def test_a_search_takes_the_comparisons_that_are_charged_or_a_few_more():
    for n in (2, 5, 64, 1024):
        line, query = scalars(n), scalars(1, start=n // 3)
        made = operations(np.searchsorted, line, query)
        charged = charge(fnp.searchsorted, line, query)
        assert charged - 1 <= made["<"] <= charged + 2  # it ends by looking at a neighbour


def test_differences_products_and_polynomials():
    x, y = scalars(6), scalars(4)
    assert operations(np.diff, x).total() == charge(fnp.diff, x) == 5
    assert operations(np.diff, x, 2).total() == charge(fnp.diff, x, 2) == 9  # 5 + 4
    assert operations(np.convolve, x, y)["*"] == charge(fnp.convolve, x, y) == 24  # 6*4
    assert operations(np.trace, scalars((4, 4))).total() + 1 == charge(fnp.trace, scalars((4, 4))) == 4


def attribute(module, path):
    for name in path.split("."):
        module = getattr(module, name)
    return module


# Functions that NumPy makes of others: what it does with the elements, however it is written, is charged. Of a product
# and a sum that are one multiply-add, one.
WHOLE = [
    ("diff", [(3, 5)], {}), ("diff", [(4, 2, 3)], {"n": 2, "axis": 0}), ("ediff1d", [(3, 5)], {}),
    ("trapezoid", [(3, 5)], {}), ("trapezoid", [(3, 5)], {"dx": 2.0}), ("trapezoid", [(3, 5), (5,)], {}),
    ("trapezoid", [(4, 2, 3), (4, 2, 3)], {"axis": 0}), ("unwrap", [(6,)], {}), ("unwrap", [(2, 6)], {"axis": 0}),
    ("average", [(4, 5)], {"axis": 1, "weights": scalars((5,))}), ("average", [(4, 5)], {"weights": scalars((4, 5))}),
    ("cross", [(4, 3), (4, 3)], {}), ("linalg.cross", [(4, 3), (4, 3)], {}),
    ("convolve", [(6,), (4,)], {}), ("convolve", [(6,), (4,)], {"mode": "same"}),
    ("convolve", [(6,), (4,)], {"mode": "valid"}), ("correlate", [(6,), (4,)], {"mode": "full"}),
    ("vander", [(5,)], {}), ("vander", [(5,)], {"N": 3}), ("poly", [(4,)], {}),
    ("polyint", [(6,)], {"m": 2}), ("polyadd", [(4,), (6,)], {}), ("polysub", [(4,), (6,)], {}),
    ("cov", [(3, 6)], {"aweights": np.arange(1.0, 7)}), ("cov", [(3, 6)], {"fweights": np.arange(1, 7)}),
    ("linalg.matrix_power", [(3, 3)], {"n": 5}), ("linalg.trace", [(2, 4, 4)], {}), ("linalg.outer", [(3,), (4,)], {}),
    ("kron", [(2, 3), (3, 2)], {}), ("mean", [(3, 5)], {"axis": 1}),
    ("polynomial.polynomial.polyvalfromroots", [(7,), (4,)], {}), ("polynomial.polynomial.polyvander", [(7,), ()], {}),
    ("polynomial.chebyshev.chebval", [(7,), (5,)], {}), ("polynomial.chebyshev.chebval", [(7,), (5, 3)], {}),
    ("polynomial.hermite_e.hermeval", [(7,), (5,)], {}), ("polynomial.hermite_e.hermeval2d", [(7,), (7,), (4, 5)], {}),
    ("polynomial.laguerre.laggrid2d", [(7,), (3,), (4, 5)], {}), ("polynomial.laguerre.lagder", [(6,)], {"m": 2}),
    ("polynomial.hermite_e.hermeint", [(6,)], {}), ("polynomial.laguerre.lagint", [(6,)], {"m": 2}),
    ("polynomial.hermite.hermvander", [(7,), ()], {}),
    ("polynomial.legendre.legvander2d", [(7,), (7,)], {"deg": [2, 3]}),
]  # fmt: skip


@pytest.mark.parametrize("name, sizes, options", WHOLE, ids=[f"{name}{sizes}" for name, sizes, _ in WHOLE])
def test_what_numpy_does_with_the_elements_is_charged(name, sizes, options):
    operands = [scalars(shape) if shape else 4 for shape in sizes]  # 4: a degree
    made = operations(attribute(np, name), *operands, **options)
    for free in ("conjugate", "!=", "=="):  # of real numbers; whether a coefficient or a weight is zero
        made.pop(free, 0)
    sums = made["+"] + made["-"]
    charged = charge(attribute(fnp, name), *operands, **options)
    assert max(sums, made["*"]) + made.total() - sums - made["*"] <= charged
    assert charged <= 2 * made.total()


def test_a_chain_charges_the_products_that_numpy_makes():
    chain = [scalars((3, 4)), scalars((4, 2)), scalars((2, 5))]
    assert operations(np.linalg.multi_dot, chain)["*"] == charge(fnp.linalg.multi_dot, chain) == 3 * 4 * 2 + 3 * 2 * 5
