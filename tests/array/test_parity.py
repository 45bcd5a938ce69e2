"""Counted arrays give NumPy's results: values, dtypes, shapes, types, views, warnings and errors, family by family."""

from __future__ import annotations

import operator
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import flopscope as flops
import flopscope.numpy as fnp
from calls import COUNTED_CALLS, FREE_CALLS, UFUNCS, Call, numpy_has
from flopscope.arrays.registry import numpy_attribute
from flopscope.costs.table import lookup
from operands import NUMBERS, OTHERS, REALS, axes_of, operand, operands, quick, shapes, thorough, values
from parity import LAYOUTS, Array, arrays_in, check, made

pytestmark = pytest.mark.filterwarnings("ignore")  # warnings are compared with NumPy's


def ours(name):
    return operator.attrgetter(name)(fnp)


# -- every function, as in the list of calls -------------------------------------------------------------------------


@pytest.mark.parametrize("call", COUNTED_CALLS, ids=str)
def test_a_counted_function_gives_what_numpy_gives_and_charges_once(call):
    args, kwargs = call.arguments
    # einsum takes its own paths; what it returns may differ in the last bits and in the memory layout.
    got = check(ours(call.name), numpy_attribute(call.name), *args, exact=call.name != "einsum", **kwargs)
    assert got.error is None
    assert [name for name, _ in got.charges] == [lookup(call.name).name]


@pytest.mark.parametrize("call", FREE_CALLS, ids=str)
def test_a_free_function_gives_what_numpy_gives_and_charges_nothing(call):
    args, kwargs = call.arguments
    got = check(ours(call.name), numpy_attribute(call.name), *args, **kwargs)
    assert got.error is None
    assert got.charges == []


@pytest.mark.parametrize("call", [c for c in COUNTED_CALLS + FREE_CALLS if "out=" not in c.text], ids=str)
def test_plain_arrays_lists_and_numbers_give_counted_arrays(call):
    args, kwargs = call.arguments
    result = ours(call.name)(*made(args, np.asarray), **made(kwargs, np.asarray))
    assert all(type(array) is flops.FlopscopeArray for array in arrays_in(result))


# -- elementwise -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", UFUNCS)
def test_ufuncs_take_every_dtype_shape_and_layout(name):
    ufunc = getattr(np, name)

    @quick
    @given(operands(ufunc.nin, NUMBERS + OTHERS, fitting=False))
    def agree(drawn):
        check(getattr(fnp, name), ufunc, *drawn)

    agree()


SCALARS = st.sampled_from(
    [2, -1, 0, 10**30, True, 2.5, 1j, np.float32(3), np.int8(3), "a", b"a", None, [1, 2], (3,), {}]
)
BINARY = "add sub mul truediv floordiv mod pow matmul and_ or_ xor lshift rshift lt le gt ge eq ne".split()
IN_PLACE = "iadd isub imul itruediv ifloordiv imod ipow imatmul iand ior ixor ilshift irshift".split()


def swapped(run, x, y):
    return run(y, x)


OPERATORS = {
    **{name: getattr(operator, name) for name in BINARY + IN_PLACE},
    **{f"r{name}": partial(swapped, getattr(operator, name)) for name in BINARY},
    "divmod": divmod,
    "rdivmod": partial(swapped, divmod),
    "contains": operator.contains,
}


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_take_every_dtype_shape_and_layout(name):
    @quick
    @given(operands(2, NUMBERS + OTHERS, fitting=False))
    def agree(drawn):
        check(OPERATORS[name], OPERATORS[name], *drawn)

    agree()


# ``scalar < array`` is ``array > scalar`` to Python where the array's type is the more special one.
MIRRORED = {"rlt", "rle", "rgt", "rge"}


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_take_scalars_and_sequences(name):
    @quick
    @given(operand(dtypes=NUMBERS + OTHERS), SCALARS)
    def agree(array, other):
        if isinstance(other, np.generic) and name in MIRRORED:
            return
        check(OPERATORS[name], OPERATORS[name], array, other)

    agree()


CONVERSIONS = {
    **{name: getattr(operator, name) for name in "neg pos abs invert index length_hint".split()},
    **{kind.__name__: kind for kind in (bool, int, float, complex, len, list, str, iter, hash, round)},
    "repr": lambda x: repr(x).replace("FlopscopeArray", "array"),
    "format": lambda x: f"{x:.2f}",
    "iter": lambda x: [repr(item) for item in x],
    "tolist": lambda x: x.tolist(),
    "tobytes": lambda x: x.tobytes(),
}


@pytest.mark.parametrize("name", CONVERSIONS)
def test_unary_operators_and_conversions(name):
    @quick
    @given(operand(dtypes=NUMBERS + OTHERS))
    def agree(array):
        check(CONVERSIONS[name], CONVERSIONS[name], array)

    agree()


# -- reductions and scans --------------------------------------------------------------------------------------------

REDUCTIONS = """
sum prod max min mean std var ptp argmax argmin any all count_nonzero median
nansum nanprod nanmax nanmin nanmean nanstd nanvar nanargmax nanargmin nanmedian cumsum cumprod nancumsum nancumprod
""".split()


@st.composite
def reduction_calls(draw, name):
    """An array and some of: axis, keepdims, dtype, where, initial, out."""
    shape = draw(shapes())
    array = draw(operand(shape, NUMBERS + OTHERS))
    kwargs = {}
    axis = draw(st.none() | axes_of(len(shape)))
    if (
        name in ("sum", "prod", "max", "min", "mean", "std", "var", "any", "all")
        and len(shape) > 1
        and draw(st.booleans())
    ):
        axis = draw(st.sampled_from([(0, 1), (-1, 0), (), (0, 0)]))
    if draw(st.booleans()):
        kwargs["axis"] = axis
    if "cum" not in name and draw(st.booleans()):
        kwargs["keepdims"] = draw(st.booleans())
    if name in ("sum", "prod", "mean", "std", "var", "cumsum", "cumprod", "nansum") and draw(st.booleans()):
        kwargs["dtype"] = draw(st.sampled_from([float, int, np.float32, complex]))
    if name in ("sum", "prod", "max", "min", "mean", "std", "var", "any", "all") and draw(st.booleans()):
        kwargs["where"] = draw(operand(shape, ("?",)) | st.just(True))
    if name in ("sum", "prod", "max", "min") and draw(st.booleans()):
        kwargs["initial"] = draw(st.sampled_from([0, 1, 2.5]))
    return array, kwargs


@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions_and_scans_take_their_parameters(name):
    @quick
    @given(reduction_calls(name))
    def agree(drawn):
        array, kwargs = drawn
        check(getattr(fnp, name), getattr(np, name), array, **kwargs)
        if hasattr(np.ndarray, name):
            method = getattr(flops.FlopscopeArray, name)
            check(method, getattr(np.ndarray, name), array, **kwargs)

    agree()


@quick
@given(reduction_calls("sum"), st.sampled_from(["f8", "c16", "i8"]))
def test_reductions_write_to_out(drawn, dtype):
    array, kwargs = drawn
    kwargs.pop("dtype", None)
    with np.errstate(all="ignore"):
        try:
            like = np.asarray(np.sum(array.values, **{**kwargs, "where": True}))
        except (TypeError, ValueError):
            return
    check(fnp.sum, np.sum, array, **kwargs, out=Array(values(like.shape, dtype, 1), "C"))


# -- ufunc methods ---------------------------------------------------------------------------------------------------

BINARY_UFUNCS = "add multiply subtract maximum logical_and bitwise_or hypot gcd equal power".split()


@pytest.mark.parametrize("name", BINARY_UFUNCS)
@pytest.mark.parametrize("method", ["reduce", "accumulate"])
def test_ufunc_methods_along_an_axis(name, method):
    @quick
    @given(operand(dtypes=(*NUMBERS, "O", "U3")), st.sampled_from([{}, {"axis": 0}, {"axis": -1}, {"axis": 2}]))
    def agree(array, kwargs):
        for door in (fnp, np):
            check(getattr(getattr(door, name), method), getattr(getattr(np, name), method), array, **kwargs)

    agree()


@pytest.mark.parametrize("name", BINARY_UFUNCS)
def test_ufunc_outer(name):
    @quick
    @given(operand(shape=shapes(most=2)), operand(shape=shapes(most=2)))
    def agree(x, y):
        for door in (fnp, np):
            check(getattr(door, name).outer, getattr(np, name).outer, x, y)

    agree()


@pytest.mark.parametrize("door", [fnp, np], ids=["fnp", "np"])
def test_ufunc_reduceat(door):
    @thorough
    @given(operand(shape=shapes(1, 3, 1)), st.lists(st.integers(-1, 4), max_size=5), st.integers(-1, 1))
    def agree(array, indices, axis):
        check(door.add.reduceat, np.add.reduceat, array, indices, axis)
        check(door.multiply.reduceat, np.multiply.reduceat, array, Array(np.array(indices, int)), axis=axis)

    agree()


INDICES = st.sampled_from(
    [0, -1, [0, 0, 1], slice(None, 2), (0, slice(None)), ([0, 1], [1, 1]), ..., None, [True, False, True], 7, "a"]
)


@pytest.mark.parametrize("door", [fnp, np], ids=["fnp", "np"])
def test_ufunc_at(door):
    @thorough
    @given(operand(shape=st.sampled_from([(3,), (3, 3), (2, 3)])), INDICES, st.sampled_from([1, 2.5, [1, 2, 3]]))
    def agree(array, indices, value):
        check(door.add.at, np.add.at, array, indices, value)

    agree()


# -- shapes, joining, splitting, views -------------------------------------------------------------------------------


@st.composite
def view_calls(draw):
    shape = draw(shapes(1, 3))
    array = draw(operand(shape, NUMBERS + OTHERS))
    axis = draw(axes_of(len(shape)))
    size = int(np.prod(shape))
    return draw(
        st.sampled_from(
            [
                ("reshape", (array, -1), {}),
                ("reshape", (array, (size,)), {"order": "F"}),
                ("reshape", (array, shape[::-1]), {}),
                ("reshape", (array, (size + 1,)), {}),
                ("transpose", (array,), {}),
                ("transpose", (array, tuple(range(len(shape)))[::-1]), {}),
                ("ravel", (array,), {"order": draw(st.sampled_from("CFAK"))}),
                ("squeeze", (array,), {}),
                ("squeeze", (array, axis), {}),
                ("swapaxes", (array, 0, axis), {}),
                ("moveaxis", (array, axis, 0), {}),
                ("expand_dims", (array, axis), {}),
                ("flip", (array, axis), {}),
                ("roll", (array, 2), {"axis": axis}),
                ("rot90", (array,), {}),
                ("broadcast_to", (array, (2, *shape)), {}),
                ("diagonal", (array,), {}),
                ("diag", (array,), {}),
                ("tril", (array,), {}),
                ("take", (array, [0, -1]), {"axis": axis}),
                ("repeat", (array, 2), {"axis": axis}),
                ("tile", (array, 2), {}),
                ("concatenate", ([array, array],), {"axis": axis}),
                ("stack", ([array, array],), {"axis": axis}),
                ("hstack", ((array, array),), {}),
                ("split", (array, 2), {"axis": axis}),
                ("array_split", (array, 2), {"axis": axis}),
                ("unstack", (array,), {"axis": axis}),
                ("atleast_2d", (array,), {}),
                ("where", (array,), {}),
                ("copy", (array,), {"order": draw(st.sampled_from("CFAK"))}),
                ("array", (array,), {"copy": draw(st.sampled_from([True, None])), "ndmin": 2}),
                ("real", (array,), {}),
                ("imag", (array,), {}),
                ("zeros_like", (array,), {}),
                ("full_like", (array, 1), {}),
                ("append", (array, array), {"axis": axis}),
                ("insert", (array, 0, 1), {"axis": axis}),
                ("delete", (array, 0), {"axis": axis}),
                ("pad", (array, 1), {}),
                ("meshgrid", (array, array), {}),
                ("broadcast_arrays", (array, array), {}),
            ]
        ).filter(lambda call: numpy_attribute(call[0]) is not None)
    )


@thorough
@given(st.lists(view_calls(), min_size=8, max_size=8))
def test_views_and_copies_are_those_of_numpy(drawn):
    for name, args, kwargs in drawn:
        check(getattr(fnp, name), getattr(np, name), *args, **kwargs)


METHODS = """
reshape: -1
reshape: 2, -1
transpose:
transpose: 1, 0
ravel: "F"
squeeze:
swapaxes: 0, -1
diagonal:
flatten:
copy:
astype: float
astype: int, casting="unsafe", copy=False
view:
view: "u1"
byteswap:
repeat: 2
take: [0]
compress: [True]
item:
item: 0
fill: 1
put: [0], [1]
nonzero:
conj:
conjugate:
round:
round: 1
clip: 0, 2
clip: min=0
clip: max=1, min=None
argsort:
argsort: 0, kind="stable"
sort:
sort: axis=0
partition: 0
argpartition: 0
searchsorted: 1
searchsorted: [1, 2], side="right"
trace:
dot: 2
dot: [1, 2, 3]
choose: [1, 2, 3], mode="wrap"
cumsum:
cumprod: 0
argmax: keepdims=True
argmin: 0
mean:
mean: nonsense=1
std: ddof=1
var: -1
max:
max: "axis"
min: 0
any:
all: 0
sum: initial=3
sum: 0, None, None, True
prod: dtype=float
setflags: write=False
tolist:
"""


@pytest.mark.parametrize("call", [Call(*line.split(":", 1)) for line in METHODS.strip().splitlines()], ids=str)
def test_methods_are_those_of_numpy(call):
    args, kwargs = call.arguments
    method = operator.methodcaller(call.name, *args, **kwargs)

    @quick
    @given(operand(dtypes=NUMBERS + OTHERS))
    def agree(array):
        check(method, method, array)

    agree()


@thorough
@given(st.data())
def test_indexing_reads_and_writes_as_numpy(data):
    array = data.draw(operand(shape=shapes(0, 3), dtypes=NUMBERS + OTHERS))
    shape = array.values.shape
    index = data.draw(
        hnp.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True)
        | (hnp.integer_array_indices(shape) if shape and all(shape) else st.just(()))
        | operand(shape, ("?",))
        | st.sampled_from([0, 5, 1.5, [0], [True], "a", (0, 0, 0, 0)])
    )
    index = tuple(Array(i) if isinstance(i, np.ndarray) else i for i in index) if isinstance(index, tuple) else index
    check(operator.getitem, operator.getitem, array, index)
    value = data.draw(st.sampled_from([1, 2.5, [1, 2], "7", None]) | operand(shapes(1, 2)))
    check(operator.setitem, operator.setitem, array, index, value)


# -- sorting and searching -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sort", "argsort", "partition", "argpartition", "unique", "sort_complex", "nonzero"])
def test_sorting(name):
    @quick
    @given(operand(dtypes=NUMBERS + OTHERS), st.sampled_from([{}, {"axis": None}, {"axis": 0}, {"axis": 7}]))
    def agree(array, kwargs):
        if name in ("sort_complex", "nonzero"):
            kwargs = {}
        args = (array, 1) if "partition" in name else (array,)
        check(getattr(fnp, name), getattr(np, name), *args, **kwargs)

    agree()


@quick
@given(operand(shapes(1, 1), REALS), operand(shapes(0, 2), REALS), st.sampled_from(["left", "right"]))
def test_searching(line, queries, side):
    line = Array(np.sort(line.values), line.layout)
    check(fnp.searchsorted, np.searchsorted, line, queries, side)
    check(fnp.digitize, np.digitize, queries, line)
    check(fnp.isin, np.isin, queries, line)
    check(fnp.interp, np.interp, queries, line, line)
    check(fnp.bincount, np.bincount, line)
    check(fnp.union1d, np.union1d, line, queries)
    check(fnp.setdiff1d, np.setdiff1d, line, queries)


# -- contractions, linear algebra, transforms ------------------------------------------------------------------------


@st.composite
def matrices(draw, dtypes=NUMBERS):
    """Two operands whose inner lengths agree most of the time."""
    m, k, n = (draw(st.integers(0, 3)) for _ in "mkn")
    stack = draw(st.sampled_from([(), (), (2,), (1,), (2, 1)]))
    left = draw(st.sampled_from([(k,), (m, k), (*stack, m, k), (k, m), ()]))
    right = draw(st.sampled_from([(k,), (k, n), (*stack, k, n), (n, k)]))
    return draw(operand(left, dtypes)), draw(operand(right, dtypes))


CONTRACTIONS = "matmul dot inner outer vdot tensordot kron vecdot matvec vecmat".split()


@pytest.mark.parametrize("name", [name for name in CONTRACTIONS if numpy_has(name)])
def test_contractions(name):
    @thorough
    @given(matrices((*NUMBERS, "O")))
    def agree(drawn):
        check(getattr(fnp, name), getattr(np, name), *drawn)

    agree()


EINSUMS = [
    "ij,jk->ik",
    "ij,jk",
    "ij,kj->ik",
    "i,i",
    "i,j",
    "ij->ji",
    "ij->",
    "ii->i",
    "ii",
    "...j,j",
    "ij,ij->ij",
    "ij,j,jk->i",
]


@pytest.mark.parametrize("subscripts", EINSUMS)
def test_einsum_gives_what_numpy_gives(subscripts):
    @quick
    @given(
        st.lists(operand(shape=shapes(2, 2, 2, 3), dtypes=("f8", "i8", "f4", "c16")), min_size=3, max_size=3),
        st.sampled_from([1, 2, 4]),
    )
    def agree(drawn, seed):
        terms = subscripts.split("->")[0].split(",")
        sizes = dict(zip("ijk", (2, 3, 2), strict=True))
        arrays = []
        for term, array in zip(terms, drawn, strict=False):
            shape = tuple(sizes.get(label, 2) for label in term.replace("...", "i"))
            shape = (shape[0], shape[0]) if term == "ii" else shape
            arrays.append(Array(values(shape, array.values.dtype.str[1:], seed), array.layout))
        kwargs = {"dtype": complex} if seed == 1 else {}
        check(fnp.einsum, np.einsum, subscripts, *arrays, exact=False, **kwargs)

    agree()


LINALG = (
    "inv det slogdet cholesky eigvals eigh eigvalsh qr svd pinv matrix_rank cond norm matrix_transpose svdvals".split()
)


@pytest.mark.parametrize("name", LINALG)
def test_linear_algebra(name):
    @quick
    @given(operand(shape=shapes(1, 3, 0, 3), dtypes=("f8", "f4", "c16", "i8", "?")))
    def agree(array):
        check(getattr(fnp.linalg, name), getattr(np.linalg, name), array)

    agree()


@quick
@given(matrices(("f8", "c16", "i4")))
def test_solving(drawn):
    check(fnp.linalg.solve, np.linalg.solve, *drawn)
    check(fnp.linalg.lstsq, np.linalg.lstsq, *drawn)


FFT = "fft ifft rfft irfft hfft ihfft fftn ifftn rfftn irfftn fft2 rfft2 fftshift".split()


@pytest.mark.parametrize("name", FFT)
def test_transforms(name):
    @quick
    @given(
        operand(shape=shapes(0, 3, 0, 5), dtypes=("f8", "f4", "c16", "i8", "f2")),
        st.sampled_from([{}, {"norm": "ortho"}]),
    )
    def agree(array, kwargs):
        check(getattr(fnp.fft, name), getattr(np.fft, name), array, **({} if name == "fftshift" else kwargs))

    agree()


@quick
@given(operand(shape=shapes(1, 2, 0, 5), dtypes=("f8", "c16")), st.integers(-1, 6), st.integers(-3, 2))
def test_transforms_pad_crop_and_take_an_axis(array, n, axis):
    check(fnp.fft.fft, np.fft.fft, array, n, axis)
    check(fnp.fft.rfft, np.fft.rfft, array, n=n, axis=axis)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_are_what_they_say(layout):
    made = Array(np.arange(6.0).reshape(2, 3), layout).make(np.asarray)
    assert made.tolist() == [[0, 1, 2], [3, 4, 5]]
