"""The functions of the standard, by families of signatures; what each of them does and costs is in the table.

A function here checks its arguments by the standard's rules, takes the counted arrays out of their shells, and calls
the op's one callable (`flopscope.arrays.registry.door`), so that it is charged and logged as the function of
flopscope.numpy.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

import flopscope.numpy  # noqa: F401  (gives counted arrays their behaviour)
from flopscope.array_api import _dtypes as dt
from flopscope.array_api._array import Array, box, check_device, operands, unbox
from flopscope.arrays.dispatch import plain
from flopscope.arrays.registry import door, numpy_attribute
from flopscope.costs.table import lookup

Function = Callable[..., Any]

if TYPE_CHECKING:  # the functions of the families

    def __getattr__(name: str) -> Function: ...


def family(build: Callable[..., Function], groups: dict[str, str], target: dict[str, Any], prefix: str = "") -> None:
    """Build the functions of a family: `groups` lists, for each set of kinds of data types, the names that take it."""
    for kinds, names in groups.items():
        for name in names.split():
            function = build(name, kinds, door(prefix + name))
            describe(function, name, prefix + name, target["__name__"])
            target[name] = function


def describe(function: Function, name: str, op: str, module: str) -> None:
    """Name a function and document it as its twin in flopscope.numpy."""
    row = lookup(op)
    assert row is not None
    function.__name__ = function.__qualname__ = name
    function.__module__ = module.removesuffix("._functions")
    function.__doc__ = (door(op).__doc__ if numpy_attribute(row.name) else None) or row.formula


def document(target: dict[str, Any], names: str, prefix: str = "") -> None:
    """Describe those of the functions `names` that are written out and have no words of their own."""
    for name in names.split():
        if not target[name].__doc__:
            describe(target[name], name, prefix + name, target["__name__"])


# -- one argument per operand ----------------------------------------------------------------------------------------


def unary(name: str, kinds: str, counted: Function) -> Function:
    def function(x: Any, /) -> Any:
        a = unbox(x)
        dt.require(name, kinds, a.dtype)
        return box(counted(a))

    return function


def integral(name: str, kinds: str, counted: Function) -> Function:
    def function(x: Any, /) -> Any:
        a = unbox(x)
        dt.require(name, kinds, a.dtype)
        return box(counted(a).astype(a.dtype, copy=False))  # NumPy 2.0 makes floats of integers

    return function


def binary(name: str, kinds: str, counted: Function) -> Function:
    def function(x1: Any, x2: Any, /) -> Any:
        return box(counted(*operands(name, kinds, x1, x2)))

    return function


def product(name: str, kinds: str, counted: Function) -> Function:
    def function(x1: Any, x2: Any, /) -> Any:
        return box(counted(*both(name, kinds, x1, x2)))

    return function


def both(name: str, kinds: str, x1: Any, x2: Any) -> tuple[Any, Any]:
    """Two arrays, neither of which may be a Python scalar, as function `name` computes with them."""
    for x in (x1, x2):
        unbox(x)
    return operands(name, kinds, x1, x2)


family(
    unary,
    {
        dt.FLOATING: """
            acos acosh asin asinh atan atanh cos cosh exp expm1 log log10 log1p log2 reciprocal sin sinh sqrt tan tanh
        """,
        dt.REAL_FLOATING: "signbit",
        dt.NUMERIC: "abs conj imag isfinite isinf isnan negative positive real round sign square",
        dt.INTEGER_OR_BOOL: "bitwise_invert",
        dt.BOOL: "logical_not",
        dt.ALL: "nonzero matrix_transpose unique_all unique_counts unique_inverse",
    },
    globals(),
)
family(integral, {dt.REAL: "ceil floor trunc"}, globals())
family(
    binary,
    {
        dt.NUMERIC: "add divide multiply pow subtract",  # integers divide into floats, as scikit-learn expects
        dt.REAL: "floor_divide greater greater_equal less less_equal maximum minimum remainder",
        dt.REAL_FLOATING: "atan2 copysign hypot logaddexp nextafter",
        dt.INTEGER_OR_BOOL: "bitwise_and bitwise_or bitwise_xor",
        dt.INTEGER: "bitwise_left_shift bitwise_right_shift",
        dt.BOOL: "logical_and logical_or logical_xor",
        dt.ALL: "equal not_equal",
    },
    globals(),
)
family(product, {dt.NUMERIC: "matmul"}, globals())


def clip(x: Any, /, min: Any = None, max: Any = None) -> Any:
    a = unbox(x)
    dt.require("clip", dt.REAL, a.dtype)
    bounds = [None if bound is None else _bound(x, bound) for bound in (min, max)]
    return box(a.copy() if min is max is None else door("clip")(a, *bounds))


def _bound(x: Any, bound: Any) -> Any:
    """A bound of `clip` in the data type of `x`: an integer that this cannot hold becomes the end of its range."""
    dtype = x.dtype
    if type(bound) is Array:
        bound = unbox(bound)
        dt.require("clip", dt.REAL_FLOATING if dtype.kind == "f" else dt.INTEGER, bound.dtype)
        if dtype.kind == "f" or bound.dtype == dtype:
            return bound.astype(dtype, copy=False)
        own, given = np.iinfo(dtype), np.iinfo(bound.dtype)
        low, high = builtins.max(own.min, given.min), builtins.min(own.max, given.max)
        return np.clip(plain(bound), low, high).astype(dtype)
    _, bound = operands("clip", dt.REAL, x, bound)
    if dtype.kind == "f":
        return bound
    own = np.iinfo(dtype)
    return builtins.min(builtins.max(bound, own.min), own.max)


def where(condition: Any, x1: Any, x2: Any, /) -> Any:
    mask = unbox(condition)
    dt.require("where", dt.BOOL, mask.dtype)
    return box(door("where")(mask, *operands("where", dt.ALL, x1, x2)))


# -- along axes ------------------------------------------------------------------------------------------------------


def reduction(name: str, kinds: str, counted: Function) -> Function:
    def function(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
        a = unbox(x)
        dt.require(name, kinds, a.dtype)
        # With an array and an axis only, the dispatcher is quickest.
        return box(counted(a, axis=axis, keepdims=True) if keepdims else counted(a, axis))

    return function


def summation(name: str, kinds: str, counted: Function) -> Function:
    def function(x: Any, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
        a = unbox(x)
        dt.require(name, kinds, a.dtype)
        if dtype is None and not keepdims:
            return box(counted(a, axis))
        return box(counted(a, axis=axis, dtype=dt.standard(dtype), keepdims=keepdims))

    return function


def deviation(name: str, kinds: str, counted: Function) -> Function:
    def function(x: Any, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Any:
        a = unbox(x)
        dt.require(name, kinds, a.dtype)
        return box(counted(a, axis=axis, ddof=correction, keepdims=keepdims))

    return function


family(
    reduction,
    {
        dt.ALL: "all any count_nonzero",
        dt.REAL: "argmax argmin max min",
        dt.FLOATING: "mean",
    },
    globals(),
)
family(summation, {dt.NUMERIC: "prod sum"}, globals())
family(deviation, {dt.REAL_FLOATING: "std var"}, globals())


def _cumulative(name: str, older: str) -> Function:
    def function(x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Any:
        a = unbox(x)
        dt.require(name, dt.NUMERIC, a.dtype)
        if axis is None and a.ndim != 1:
            raise ValueError(f"{name} needs an axis for an array of {a.ndim} dimensions")
        axis = -1 if axis is None else axis
        dtype = dt.standard(dtype)
        if numpy_attribute(name):
            return box(door(name)(a, axis=axis, dtype=dtype, include_initial=include_initial))
        result = door(older)(a, axis=axis, dtype=dtype)  # NumPy 2.0
        if include_initial:
            edge = [(0, 0)] * a.ndim
            edge[axis] = (1, 0)
            result = door("pad")(result, edge, constant_values=int(older == "cumprod"))
        return box(result)

    describe(function, name, older, __name__)
    return function


cumulative_sum = _cumulative("cumulative_sum", "cumsum")
cumulative_prod = _cumulative("cumulative_prod", "cumprod")


def _ordering(name: str, x: Any, axis: int, stable: bool, descending: bool) -> Any:
    a = unbox(x)
    dt.require(name, dt.REAL, a.dtype)
    kind = "stable" if stable else None
    if not descending:
        return box(door(name)(a, axis=axis, kind=kind))
    # The last of equals comes first in the reversed array, so that reversing again keeps their order.
    flip = door("flip")
    result = door(name)(flip(a, axis), axis=axis, kind=kind)
    if name == "argsort":
        result = door("take")(np.arange(a.shape[axis] - 1, -1, -1), result)
    return box(flip(result, axis))


def sort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    return _ordering("sort", x, axis, stable, descending)


def argsort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    return _ordering("argsort", x, axis, stable, descending)


def searchsorted(x1: Any, x2: Any, /, *, side: str = "left", sorter: Any = None) -> Any:
    _, v = operands("searchsorted", dt.REAL, x1, x2)
    return box(door("searchsorted")(unbox(x1), v, side, None if sorter is None else unbox(sorter)))


def unique_values(x: Any, /) -> Any:
    # In order, as every consumer expects; NumPy's function of this name has become unordered.
    return box(door("unique")(unbox(x), equal_nan=False))


def isin(x1: Any, x2: Any, /, *, invert: bool = False) -> Any:
    return box(door("isin")(*operands("isin", dt.ALL, x1, x2), invert=invert))


def diff(x: Any, /, *, axis: int = -1, n: int = 1, prepend: Any = None, append: Any = None) -> Any:
    a = unbox(x)
    dt.require("diff", dt.NUMERIC, a.dtype)
    ends = {"prepend": prepend, "append": append}
    given = {name: unbox(end) for name, end in ends.items() if end is not None}
    dt.result_type(a, *given.values())
    return box(door("diff")(a, n, axis, **given))


# -- products of arrays ----------------------------------------------------------------------------------------------


def tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
    return box(door("tensordot")(*both("tensordot", dt.NUMERIC, x1, x2), axes=axes))


def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    a, b = both("vecdot", dt.NUMERIC, x1, x2)
    if not -builtins.min(a.ndim, b.ndim) <= axis < 0:
        raise ValueError(f"vecdot takes a negative axis that both operands have, got {axis}")
    return box(door("vecdot")(a, b, axis=axis))


# -- creation --------------------------------------------------------------------------------------------------------


def asarray(obj: Any, /, *, dtype: Any = None, device: Any = None, copy: bool | None = None) -> Any:
    """`obj` (numbers, nested lists, buffers, arrays of NumPy, of flopscope or of this namespace) as an array."""
    check_device(device)
    dtype = dt.standard(dtype)
    if type(obj) is Array:
        if not copy and (dtype is None or dtype == obj.dtype):
            return obj
        obj = unbox(obj)
    elif type(obj) is int and dtype is None and not -(2**63) <= obj < 2**63:
        raise OverflowError(f"{obj} does not fit in the default integer data type; give a dtype")
    return box(door("array")(obj, dtype=dtype, copy=copy))


def from_dlpack(x: Any, /, *, device: Any = None, copy: bool | None = None) -> Any:
    check_device(device)
    options = {} if copy is None else {"copy": copy}
    return box(door("from_dlpack")(x, **options))


def _created(name: str, *args: Any, dtype: Any, device: Any, **options: Any) -> Any:
    check_device(device)
    return box(door(name)(*args, dtype=dt.standard(dtype), **options))


def arange(start: Any, /, stop: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None) -> Any:
    start, stop = (0, start) if stop is None else (start, stop)
    return _created("arange", start, stop, step, dtype=dtype, device=device)


def linspace(
    start: Any, stop: Any, /, num: int, *, dtype: Any = None, device: Any = None, endpoint: bool = True
) -> Any:
    return _created("linspace", start, stop, num, endpoint, dtype=dtype, device=device)


def eye(n_rows: int, n_cols: int | None = None, /, *, k: int = 0, dtype: Any = None, device: Any = None) -> Any:
    return _created("eye", n_rows, n_cols, k, dtype=dtype, device=device)


def empty(shape: Any, *, dtype: Any = None, device: Any = None) -> Any:
    return _created("empty", shape, dtype=dtype, device=device)


def zeros(shape: Any, *, dtype: Any = None, device: Any = None) -> Any:
    return _created("zeros", shape, dtype=dtype, device=device)


def ones(shape: Any, *, dtype: Any = None, device: Any = None) -> Any:
    return _created("ones", shape, dtype=dtype, device=device)


def full(shape: Any, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Any:
    fill_value = unbox(fill_value) if type(fill_value) is Array else fill_value
    return _created("full", shape, fill_value, dtype=dtype, device=device)


def empty_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
    return _created("empty_like", unbox(x), dtype=dtype, device=device)


def zeros_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
    return _created("zeros_like", unbox(x), dtype=dtype, device=device)


def ones_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
    return _created("ones_like", unbox(x), dtype=dtype, device=device)


def full_like(x: Any, /, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Any:
    fill_value = unbox(fill_value) if type(fill_value) is Array else fill_value
    return _created("full_like", unbox(x), fill_value, dtype=dtype, device=device)


def _half(name: str, kinds: str, counted: Function) -> Function:
    def function(x: Any, /, *, k: int = 0) -> Any:
        return box(counted(unbox(x), k))

    return function


family(_half, {dt.ALL: "tril triu"}, globals())


def meshgrid(*arrays: Any, indexing: str = "xy") -> Any:
    members = tuple(map(unbox, arrays))
    if members:
        dt.result_type(*members)
    return box(door("meshgrid")(*members, indexing=indexing))


# -- moving data -----------------------------------------------------------------------------------------------------


def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    """`x` converted to another data type; a complex array does not become real (take its `real`)."""
    check_device(device)
    a, dtype = unbox(x), dt.standard(dtype)
    if a.dtype.kind == "c" != dtype.kind:
        raise TypeError(f"{a.dtype} does not convert to {dtype}; take real(x) or abs(x)")
    return x if not copy and a.dtype == dtype else box(a.astype(dtype))


def reshape(x: Any, /, shape: Any, *, copy: bool | None = None) -> Any:
    a = unbox(x)
    result = door("reshape")(a, shape)
    if copy is not None and a.size and copy == np.may_share_memory(a, result):
        if not copy:
            raise ValueError("this reshape takes a copy")
        result = result.copy()
    return box(result)


def broadcast_to(x: Any, /, shape: Any) -> Any:
    return box(door("broadcast_to")(unbox(x), shape))


def broadcast_arrays(*arrays: Any) -> Any:
    return box(door("broadcast_arrays")(*map(unbox, arrays)))


def broadcast_shapes(*shapes: Any) -> Any:
    return np.broadcast_shapes(*shapes)


def _joined(name: str, arrays: Any, axis: int | None) -> Any:
    members = tuple(map(unbox, arrays))
    return box(door(name)(members, axis=axis, dtype=dt.result_type(*members)))


def concat(arrays: Any, /, *, axis: int | None = 0) -> Any:
    return _joined("concat", arrays, axis)


def stack(arrays: Any, /, *, axis: int = 0) -> Any:
    return _joined("stack", arrays, axis)


def unstack(x: Any, /, *, axis: int = 0) -> Any:
    a = unbox(x)
    if not a.ndim:
        raise ValueError("unstack needs an array of at least one dimension")
    return tuple(map(box, np.moveaxis(a, axis, 0)))


def expand_dims(x: Any, /, axis: Any = 0) -> Any:
    return box(door("expand_dims")(unbox(x), axis))


def squeeze(x: Any, /, axis: Any) -> Any:
    return box(door("squeeze")(unbox(x), axis))


def permute_dims(x: Any, /, axes: Any) -> Any:
    return box(door("permute_dims")(unbox(x), axes))


def moveaxis(x: Any, source: Any, destination: Any, /) -> Any:
    return box(door("moveaxis")(unbox(x), source, destination))


def flip(x: Any, /, *, axis: Any = None) -> Any:
    return box(door("flip")(unbox(x), axis))


def roll(x: Any, /, shift: Any, *, axis: Any = None) -> Any:
    return box(door("roll")(unbox(x), shift, axis))


def repeat(x: Any, repeats: Any, /, *, axis: int | None = None) -> Any:
    if not isinstance(repeats, int):
        repeats = unbox(repeats)
        dt.require("repeat", dt.INTEGER, repeats.dtype)
        repeats = repeats.astype(np.intp)  # NumPy refuses uint64
    return box(door("repeat")(unbox(x), repeats, axis))


def tile(x: Any, repetitions: Any, /) -> Any:
    return box(door("tile")(unbox(x), repetitions))


def take(x: Any, indices: Any, /, *, axis: int | None = None) -> Any:
    a, places = unbox(x), unbox(indices)
    dt.require("take", dt.INTEGER, places.dtype)
    if axis is None and a.ndim != 1:
        raise ValueError(f"take needs an axis for an array of {a.ndim} dimensions")
    return box(door("take")(a, places, axis))


def take_along_axis(x: Any, indices: Any, /, *, axis: int = -1) -> Any:
    return box(door("take_along_axis")(unbox(x), unbox(indices), axis))


NAMES = """
    abs acos acosh add all any arange argmax argmin argsort asarray asin asinh astype atan atan2 atanh
    bitwise_and bitwise_invert bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor
    broadcast_arrays broadcast_shapes broadcast_to ceil clip concat conj copysign cos cosh count_nonzero
    cumulative_prod cumulative_sum diff divide empty empty_like equal exp expand_dims expm1 eye flip floor floor_divide
    from_dlpack full full_like greater greater_equal hypot imag isfinite isin isinf isnan less less_equal linspace
    log log10 log1p log2 logaddexp logical_and logical_not logical_or logical_xor matmul matrix_transpose max maximum
    mean meshgrid min minimum moveaxis multiply negative nextafter nonzero not_equal ones ones_like permute_dims
    positive pow prod real reciprocal remainder repeat reshape roll round searchsorted sign signbit sin sinh sort sqrt
    square squeeze stack std subtract sum take take_along_axis tan tanh tensordot tile tril triu trunc
    unique_all unique_counts unique_inverse unique_values unstack var vecdot where zeros zeros_like
"""
document(globals(), NAMES)
