"""Answers, data types and refusals compared with array-api-strict, on arrays that hypothesis draws."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import flopscope.array_api as xp

strict = pytest.importorskip("array_api_strict")

DTYPES = "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 complex64 complex128".split()
SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)


def elements(dtype):
    kind = np.dtype(dtype).kind
    if kind == "b":
        return st.booleans()
    if kind in "iu":
        return st.integers(0 if kind == "u" else -5, 5)
    numbers = st.integers(-12, 12).map(lambda n: n / 4)
    return numbers if kind == "f" else st.builds(complex, numbers, numbers)


def arrays(shapes=SHAPES, dtypes=DTYPES):
    return st.sampled_from(list(dtypes)).flatmap(lambda d: hnp.arrays(d, shapes, elements=elements(d)))


def convert(namespace, value):
    if isinstance(value, np.ndarray):
        return namespace.asarray(value.copy())
    if isinstance(value, list):
        return [convert(namespace, item) for item in value]
    return value


def outcome(namespace, function, args, kwargs):
    """What a call returns as NumPy arrays, or TypeError for one refused because of data types."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            result = function(
                *(convert(namespace, a) for a in args), **{k: convert(namespace, v) for k, v in kwargs.items()}
            )
        except TypeError:
            return TypeError
        except (ValueError, IndexError, OverflowError, np.linalg.LinAlgError) as error:
            return ValueError if isinstance(error, ValueError) else type(error)
    several = isinstance(result, (tuple, list))
    return [np.asarray(item) for item in (result if several else (result,))]


def left_to_the_library(name, *args):
    """Whether a quotient is of integers, about which the standard says nothing; array-api-strict refuses it."""
    return "div" in name and all(np.result_type(x).kind in "iu" for x in args)


def same(name, *args, module="", **kwargs):
    """One function of both namespaces, or an operator of their arrays, does the same."""

    def pick(namespace):
        return getattr(getattr(namespace, module) if module else namespace, name)

    if left_to_the_library(name, *args):
        return
    ours, theirs = (outcome(n, pick(n), args, kwargs) for n in (xp, strict))
    if isinstance(theirs, type) or isinstance(ours, type):
        assert ours == theirs, (name, args, kwargs)
        return
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        assert (a.dtype, a.shape) == (b.dtype, b.shape), (name, args, kwargs)
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)


UNARY = """
    abs acos acosh asin asinh atan atanh bitwise_invert ceil cos cosh exp expm1 floor isfinite isinf isnan log log10
    log1p log2 logical_not negative positive reciprocal round sign signbit sin sinh sqrt square tan tanh trunc
""".split()
BINARY = """
    add atan2 bitwise_and bitwise_or bitwise_xor copysign divide equal greater greater_equal hypot less less_equal
    logaddexp logical_and logical_or logical_xor maximum minimum multiply nextafter not_equal subtract
""".split()
REDUCTIONS = "all any argmax argmin count_nonzero max mean min prod std sum var".split()


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(UNARY), arrays())
def test_elementwise_functions_of_one_array(name, x):
    same(name, x)


@st.composite
def pairs(draw, dtypes=DTYPES):
    shapes = draw(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3))
    return [draw(arrays(shape, dtypes)) for shape in shapes.input_shapes]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(BINARY), pairs())
def test_elementwise_functions_of_two_arrays(name, xs):
    same(name, *xs)


SCALARS = st.one_of(st.booleans(), st.integers(0, 3), st.sampled_from([0.5, -2.0]), st.just(1j))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(BINARY), arrays(), SCALARS, st.booleans())
def test_arrays_with_python_scalars(name, x, scalar, reverse):
    same(name, *((scalar, x) if reverse else (x, scalar)))


OPERATORS = "add sub mul truediv and or xor eq ne lt le gt ge radd rsub rmul rtruediv rand iadd isub imul ior".split()


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(OPERATORS), arrays(), arrays() | SCALARS)
def test_operators(name, x, y):
    if isinstance(y, np.ndarray):
        y = np.resize(y, x.shape) if y.size else np.zeros(x.shape, y.dtype)
    if left_to_the_library(name, x, y):
        return

    def run(a, b):
        result = getattr(a, f"__{name}__")(b)
        if result is NotImplemented:
            raise TypeError
        return result

    ours, theirs = (outcome(n, run, (x, y), {}) for n in (xp, strict))
    if isinstance(theirs, type) or isinstance(ours, type):
        assert ours == theirs
    else:
        assert ours[0].dtype == theirs[0].dtype
        np.testing.assert_array_equal(ours[0], theirs[0])


@settings(max_examples=300, deadline=None)
@given(st.data(), st.sampled_from(REDUCTIONS), arrays(hnp.array_shapes(max_dims=3, max_side=4)), st.booleans())
def test_reductions(data, name, x, keepdims):
    axis = data.draw(st.none() | st.integers(-x.ndim, x.ndim - 1))
    kwargs = {"axis": axis, "keepdims": keepdims}
    if name in ("std", "var"):
        kwargs["correction"] = 0.5
    same(name, x, **kwargs)


@settings(max_examples=200, deadline=None)
@given(st.data(), arrays(hnp.array_shapes(max_dims=3, max_side=5)))
def test_sorting_searching_and_sets(data, x):
    axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
    descending = data.draw(st.booleans())
    same("sort", x, axis=axis, descending=descending)
    same("argsort", x, axis=axis, descending=descending)
    for name in "unique_all unique_counts unique_inverse unique_values nonzero".split():
        if x.dtype.kind != "c":
            same(name, x)
    if x.dtype.kind in "iuf":
        grid = np.sort(x.reshape(-1))
        same("searchsorted", grid, x, side=data.draw(st.sampled_from(["left", "right"])))


@settings(max_examples=200, deadline=None)
@given(st.data(), arrays(hnp.array_shapes(max_dims=3, max_side=4)))
def test_cumulative_functions_and_differences(data, x):
    axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
    for name in ("cumulative_sum", "cumulative_prod"):
        same(name, x, axis=axis, include_initial=data.draw(st.booleans()))
    same("diff", x, axis=axis, n=data.draw(st.integers(1, 2)))


@settings(max_examples=200, deadline=None)
@given(st.data(), arrays(hnp.array_shapes(max_dims=3, max_side=4)))
def test_moving_data(data, x):
    axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
    places = data.draw(hnp.arrays(np.int64, 3, elements=st.integers(0, x.shape[axis] - 1)))
    same("flip", x, axis=axis)
    same("roll", x, data.draw(st.integers(-3, 3)), axis=axis)
    same("repeat", x, 2, axis=axis)
    same("repeat", x, np.arange(x.shape[axis]).astype(data.draw(st.sampled_from(DTYPES))), axis=axis)
    same("take", x, places, axis=axis)
    same("stack", [x, x], axis=axis)
    same("concat", [x, x], axis=axis)
    same("concat", [x, abs(x).astype(data.draw(st.sampled_from(DTYPES)))], axis=axis)
    same("unstack", x, axis=axis)
    same("expand_dims", x, axis=axis)
    same("moveaxis", x, axis, 0)
    same("tile", x, (2, 1))
    same("reshape", x, (-1,))
    same("permute_dims", x, tuple(reversed(range(x.ndim))))
    same("broadcast_to", x, (2, *x.shape))
    same("squeeze", x[None], axis=0)
    if x.ndim > 1:
        same("tril", x, k=1)
        same("triu", x)
        same("matrix_transpose", x)
        same("take_along_axis", x, np.zeros((1,) * x.ndim, int), axis=axis)


@settings(max_examples=100, deadline=None)
@given(pairs(), st.data())
def test_choosing(xs, data):
    condition = data.draw(arrays(xs[0].shape, ["bool", "int64"]))
    same("where", condition, *xs)
    same("where", condition, xs[0], data.draw(SCALARS))
    if xs[0].dtype.kind in "if":
        same("clip", xs[0], np.asarray(-1, xs[0].dtype), np.asarray(2, xs[0].dtype))
        same("clip", xs[0], 0, 2)
        same("clip", xs[0], min=0)
        same("clip", xs[0])


@pytest.mark.parametrize(
    "x, low, high, expected",
    [
        (np.int8([-100, 0, 100]), np.int16([-300]), np.int32([50]), np.int8([-100, 0, 50])),
        (np.uint64([0, 7, 2**64 - 1]), np.int64([-1]), np.int64([9]), np.uint64([0, 7, 9])),
        (np.int64([-5, 5]), None, np.uint64([2**64 - 1]), np.int64([-5, 5])),
        (np.int8([-100, 100]), -1000, 1000, np.int8([-100, 100])),
        (np.float32([0.0, 1.0]), np.float64([0.1]), np.float64([np.inf]), np.float32([0.1, 1.0])),
        (np.float64([0.0, 1.0]), np.float32([0.5]), None, np.float64([0.5, 1.0])),
    ],
)
def test_bounds_of_clip_may_be_of_another_data_type_of_the_kind(x, low, high, expected):
    low, high = (xp.asarray(b) if isinstance(b, np.ndarray) else b for b in (low, high))
    np.testing.assert_array_equal(np.asarray(xp.clip(xp.asarray(x), low, high)), expected, strict=True)


@pytest.mark.parametrize(
    "x, bound", [(np.int8([1]), 0.5), (np.int8([1]), np.float32([1])), (np.float32([1]), np.int8([1]))]
)
def test_bounds_of_clip_of_another_kind_are_refused(x, bound):
    with pytest.raises(TypeError, match="clip|combine"):
        xp.clip(xp.asarray(x), xp.asarray(bound) if isinstance(bound, np.ndarray) else bound)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(DTYPES), st.sampled_from(DTYPES))
def test_promotion_of_data_types(a, b):
    x, y = getattr(xp, a), getattr(xp, b)
    u, v = getattr(strict, a), getattr(strict, b)
    for name, pair, theirs in (("result_type", (x, y), (u, v)), ("can_cast", (x, y), (u, v))):
        try:
            expected = getattr(strict, name)(*theirs)
        except TypeError:
            with pytest.raises(TypeError):
                getattr(xp, name)(*pair)
        else:
            assert str(getattr(xp, name)(*pair)) == str(expected).removeprefix("array_api_strict.")
    for kind in (
        "bool",
        "signed integer",
        "unsigned integer",
        "integral",
        "real floating",
        "complex floating",
        "numeric",
    ):
        assert xp.isdtype(x, kind) == strict.isdtype(u, kind)
    assert xp.isdtype(x, (y, "bool")) == strict.isdtype(u, (v, "bool"))


@settings(max_examples=100, deadline=None)
@given(arrays(hnp.array_shapes(min_dims=1, max_dims=1, max_side=4)), st.sampled_from(DTYPES))
def test_conversion(x, dtype):
    def run(namespace):
        return lambda a: namespace.astype(a, getattr(namespace, dtype))

    x = abs(x) if x.dtype.kind != "c" else x
    ours, theirs = outcome(xp, run(xp), (x,), {}), outcome(strict, run(strict), (x,), {})
    if isinstance(theirs, type) or isinstance(ours, type):
        assert ours == theirs
    else:
        np.testing.assert_array_equal(ours[0], theirs[0], strict=True)


CREATION = [
    ("arange", (5,), {}), ("arange", (1, 7, 2), {}), ("arange", (0.0, 1.0, 0.25), {}), ("arange", (5, 1), {}),
    ("arange", (5, 1, -1), {}), ("arange", (3,), {"dtype": "float32"}),
    ("linspace", (0, 1, 5), {}), ("linspace", (0.0, 1.0, 5), {"endpoint": False}), ("linspace", (0, 1j, 3), {}),
    ("eye", (3,), {}), ("eye", (2, 4), {"k": 1, "dtype": "int8"}), ("zeros", ((2, 3),), {}), ("ones", (3,), {}),
    ("zeros", ((),), {"dtype": "bool"}), ("full", ((2, 2), 7), {}), ("full", ((2,), True), {}),
    ("full", ((2,), 1.5), {}), ("full", ((2,), 1j), {}), ("full", ((2,), 3), {"dtype": "float32"}),
    ("asarray", ([1, 2],), {}), ("asarray", ([1.0, 2],), {}), ("asarray", (True,), {}), ("asarray", ([[1j]],), {}),
    ("asarray", ([1, 2],), {"dtype": "float32"}), ("asarray", (["a"],), {}), ("ones_like", (np.ones((2, 3)),), {}),
    ("zeros_like", (np.ones(2, np.int8),), {}), ("full_like", (np.ones(2), 3), {}),
    ("full_like", (np.ones(2), 3.5), {}),
    ("zeros_like", (np.ones(2),), {"dtype": "int16"}),
    ("meshgrid", (np.arange(3), np.arange(2)), {}), ("meshgrid", (np.arange(3), np.arange(2)), {"indexing": "ij"}),
    ("broadcast_arrays", (np.ones(3), np.ones((2, 1))), {}),
]  # fmt: skip


@pytest.mark.parametrize("name, args, kwargs", CREATION)
def test_creation(name, args, kwargs):
    given_as = [{k: getattr(n, v) if k == "dtype" else v for k, v in kwargs.items()} for n in (xp, strict)]
    ours, theirs = (
        outcome(n, getattr(n, name), args, options) for n, options in zip((xp, strict), given_as, strict=True)
    )
    if isinstance(theirs, type) or isinstance(ours, type):
        assert ours == theirs
    else:
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(a, b, strict=True)


RNG = np.random.default_rng(7)
A, B = RNG.normal(size=(2, 4, 4)), RNG.normal(size=(2, 4, 3))
SPD = A @ np.swapaxes(A, -1, -2) + np.eye(4)
V = RNG.normal(size=(2, 3))
LINALG = [
    ("cholesky", (SPD,), {}), ("cholesky", (SPD,), {"upper": True}), ("cross", (V, V[::-1]), {}), ("det", (A,), {}),
    ("diagonal", (A,), {"offset": 1}), ("eigvalsh", (SPD,), {}), ("inv", (A,), {}), ("matmul", (A, B), {}),
    ("matrix_norm", (B,), {}), ("matrix_norm", (B,), {"ord": 2, "keepdims": True}),
    ("matrix_norm", (B,), {"ord": "nuc"}),
    ("matrix_power", (A, 3), {}), ("matrix_power", (A, -2), {}), ("matrix_rank", (B,), {}),
    ("matrix_rank", (B,), {"rtol": 0.5}),
    ("matrix_transpose", (B,), {}), ("outer", (V[0], V[1]), {}), ("pinv", (B,), {}), ("pinv", (B,), {"rtol": 0.1}),
    ("qr", (B,), {}), ("qr", (B,), {"mode": "complete"}), ("slogdet", (A,), {}), ("solve", (A, B), {}),
    ("solve", (A[0], B[0, :, 0]), {}), ("svd", (B,), {}), ("svd", (B,), {"full_matrices": False}),
    ("svdvals", (B,), {}),
    ("tensordot", (A, B), {"axes": ((1,), (1,))}), ("trace", (A,), {}), ("trace", (A,), {"offset": 1}),
    ("vecdot", (V, V), {}), ("vecdot", (V * 1j, V * 1j), {"axis": -2}), ("vector_norm", (B,), {}),
    ("vector_norm", (B,), {"axis": 1, "ord": 1}), ("vector_norm", (B,), {"axis": (0, 1), "keepdims": True}),
    ("eigh", (SPD,), {}), ("eig", (SPD.astype(np.float32),), {}), ("eigvals", (SPD,), {}),  # complex, whatever they are
    ("eigvals", (SPD[:0],), {}), ("inv", (A.astype(int),), {}), ("det", (A.astype(np.float32),), {}),
]  # fmt: skip


@pytest.mark.parametrize("name, args, kwargs", LINALG)
def test_linalg(name, args, kwargs):
    same(name, *args, module="linalg", **kwargs)


FFT = [
    ("fft", (V + 0j,), {}), ("ifft", (V + 0j,), {"n": 5}), ("fftn", (B + 0j,), {}),
    ("ifftn", (B + 0j,), {"axes": (0, 1)}),
    ("fftn", (B + 0j,), {"s": (2, 2), "axes": (1, 2), "norm": "ortho"}), ("rfft", (V,), {"axis": 0}),
    ("irfft", (V + 0j,), {}),
    ("rfftn", (B,), {}), ("irfftn", (B + 0j,), {}), ("hfft", (V + 0j,), {"n": 4}), ("ihfft", (V,), {}),
    ("fftshift", (V,), {}), ("ifftshift", (V,), {"axes": 1}), ("rfft", (V + 0j,), {}),
    ("fft", (V.astype(np.complex64),), {}),
    ("fftfreq", (5,), {"d": 0.5}), ("rfftfreq", (4,), {}),
]  # fmt: skip


@pytest.mark.parametrize("name, args, kwargs", FFT)
def test_fft(name, args, kwargs):
    same(name, *args, module="fft", **kwargs)
