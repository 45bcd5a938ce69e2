"""The standard's data types, which promote within their kinds only, and the questions one can ask about them."""

from __future__ import annotations

import builtins
from typing import Any, NamedTuple

import numpy as np

bool = np.dtype("bool")
int8, int16, int32, int64 = map(np.dtype, ("int8", "int16", "int32", "int64"))
uint8, uint16, uint32, uint64 = map(np.dtype, ("uint8", "uint16", "uint32", "uint64"))
float32, float64 = map(np.dtype, ("float32", "float64"))
complex64, complex128 = map(np.dtype, ("complex64", "complex128"))

DTYPES = {str(dtype): dtype for dtype in (
    bool, int8, int16, int32, int64, uint8, uint16, uint32, uint64, float32, float64, complex64, complex128
)}  # fmt: skip
_STANDARD = frozenset(DTYPES.values())

# Kinds of data types, by NumPy's letters, as the standard speaks of them.
ALL, NUMERIC, REAL, FLOATING, REAL_FLOATING = "biufc", "iufc", "iuf", "fc", "f"
REAL_OR_BOOL, INTEGER, INTEGER_OR_BOOL, BOOL = "biuf", "iu", "biu", "b"
_NAMES = {
    ALL: "any", NUMERIC: "numeric", REAL: "real", FLOATING: "floating-point", REAL_FLOATING: "real floating-point",
    REAL_OR_BOOL: "real or boolean", INTEGER: "integer", INTEGER_OR_BOOL: "integer or boolean", BOOL: "boolean",
}  # fmt: skip
# Kinds of arrays that a Python scalar of a type may meet.
_SCALARS = {builtins.bool: BOOL, int: NUMERIC, float: FLOATING, complex: FLOATING}

_promoted: dict[tuple[Any, Any], np.dtype[Any]] = {}


def standard(dtype: Any) -> Any:
    """`dtype` as the standard's own; None stays None."""
    if dtype is None or (isinstance(dtype, np.dtype) and dtype in _STANDARD):
        return dtype
    found = np.dtype(dtype)
    if found not in _STANDARD:
        raise TypeError(f"{found} is not a data type of the Array API standard; flopscope.numpy has all of NumPy's")
    return found


def require(name: str, kinds: str, dtype: Any) -> None:
    """Refuse a data type that function `name` is not specified for."""
    if dtype.kind not in kinds:
        raise TypeError(f"{name} takes {_NAMES[kinds]} data types, got {dtype}")


def promote(a: np.dtype[Any], b: np.dtype[Any]) -> np.dtype[Any]:
    """Data type that two arrays of types `a` and `b` meet in: integers and floating-point numbers never mix."""
    if a is b:
        return a
    try:
        return _promoted[a, b]
    except KeyError:
        pass
    found = np.promote_types(a, b)
    for kinds in (BOOL, INTEGER, FLOATING):
        if a.kind in kinds and b.kind in kinds and found.kind in kinds:
            return _promoted.setdefault((a, b), found)
    raise TypeError(f"the Array API standard does not promote {a} with {b}; convert one of them with astype")


def promote_scalar(dtype: np.dtype[Any], scalar: Any) -> np.dtype[Any]:
    """Data type that an array of type `dtype` and a Python scalar meet in."""
    kind: Any = type(scalar)
    try:
        return _promoted[dtype, kind]
    except KeyError:
        pass
    if dtype.kind not in _SCALARS[kind]:
        raise TypeError(f"a Python {kind.__name__} does not combine with an array of type {dtype}")
    return _promoted.setdefault((dtype, kind), np.result_type(dtype, kind()))


def is_scalar(value: Any) -> builtins.bool:
    """Whether `value` is one of the Python scalars the standard combines with arrays."""
    return type(value) in _SCALARS


def _dtype_of(value: Any) -> np.dtype[Any]:
    return standard(getattr(value, "dtype", value))


def result_type(*arrays_and_dtypes: Any) -> np.dtype[Any]:
    """Data type that arrays, data types and Python scalars promote to, by the standard's rules."""
    found = None
    scalars = [value for value in arrays_and_dtypes if is_scalar(value)]
    for value in arrays_and_dtypes:
        if not is_scalar(value):
            dtype = _dtype_of(value)
            found = dtype if found is None else promote(found, dtype)
    if found is None:
        raise ValueError("result_type needs at least one array or data type")
    for scalar in scalars:
        found = promote_scalar(found, scalar)
    return found


def can_cast(from_: Any, to: Any, /) -> builtins.bool:
    """Whether a data type (or an array's) promotes to another without loss, by the standard's rules."""
    target = standard(to)
    try:
        return promote(_dtype_of(from_), target) == target
    except TypeError:
        return False


def isdtype(dtype: Any, kind: Any) -> builtins.bool:
    """Whether a data type is of a kind: a data type, a name such as ``"real floating"``, or a tuple of these."""
    return np.isdtype(dtype, kind)


class finfo_object(NamedTuple):
    """Machine limits of a floating-point data type."""

    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: np.dtype[Any]


class iinfo_object(NamedTuple):
    """Machine limits of an integer data type."""

    bits: int
    max: int
    min: int
    dtype: np.dtype[Any]


def finfo(type: Any, /) -> finfo_object:
    """Machine limits of a floating-point data type, as Python numbers."""
    info = np.finfo(_dtype_of(type))
    eps, largest, smallest, normal = map(float, (info.eps, info.max, info.min, info.smallest_normal))
    return finfo_object(info.bits, eps, largest, smallest, normal, info.dtype)


def iinfo(type: Any, /) -> iinfo_object:
    """Machine limits of an integer data type."""
    dtype = _dtype_of(type)
    info = np.iinfo(dtype)
    return iinfo_object(info.bits, info.max, info.min, dtype)


NAMES = """
    bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 complex64 complex128
    can_cast finfo iinfo isdtype result_type
"""
