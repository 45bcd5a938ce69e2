"""The standard's data types, which promote within their kinds only, and the questions one can ask about them."""

from __future__ import annotations

import builtins
from collections import namedtuple
from typing import Any

import numpy as np

bool = np.dtype("bool")
int8, int16, int32, int64 = map(np.dtype, ("int8", "int16", "int32", "int64"))
uint8, uint16, uint32, uint64 = map(np.dtype, ("uint8", "uint16", "uint32", "uint64"))
float32, float64 = map(np.dtype, ("float32", "float64"))
complex64, complex128 = map(np.dtype, ("complex64", "complex128"))

DTYPES = frozenset((
    bool, int8, int16, int32, int64, uint8, uint16, uint32, uint64, float32, float64, complex64, complex128
))  # fmt: skip

# Kinds of data types, by NumPy's letters, as the standard speaks of them.
ALL, NUMERIC, REAL, FLOATING, REAL_FLOATING = "biufc", "iufc", "iuf", "fc", "f"
INTEGER, INTEGER_OR_BOOL, BOOL = "iu", "biu", "b"
_NAMES = {
    ALL: "any", NUMERIC: "numeric", REAL: "real", FLOATING: "floating-point", REAL_FLOATING: "real floating-point",
    INTEGER: "integer", INTEGER_OR_BOOL: "integer or boolean", BOOL: "boolean",
}  # fmt: skip
# Kinds of arrays that a Python scalar of a type may meet.
_SCALARS = {builtins.bool: BOOL, int: NUMERIC, float: FLOATING, complex: FLOATING}

_promoted: dict[tuple[Any, Any], np.dtype[Any]] = {}


def standard(dtype: Any) -> Any:
    """`dtype` as the standard's own; None stays None."""
    if dtype is None:
        return None
    found = np.dtype(dtype)
    if found not in DTYPES:
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
    if dtype.kind not in _SCALARS[type(scalar)]:
        raise TypeError(f"a Python {type(scalar).__name__} does not combine with an array of type {dtype}")
    return np.result_type(dtype, scalar)


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


finfo_object = namedtuple("finfo_object", "bits eps max min smallest_normal dtype")
iinfo_object = namedtuple("iinfo_object", "bits max min dtype")


def finfo(type: Any, /) -> finfo_object:
    """Machine limits of a floating-point data type, as Python numbers."""
    info = np.finfo(_dtype_of(type))
    limits = map(float, (info.eps, info.max, info.min, info.smallest_normal))
    return finfo_object(info.bits, *limits, info.dtype)


def iinfo(type: Any, /) -> iinfo_object:
    """Machine limits of an integer data type."""
    dtype = _dtype_of(type)
    info = np.iinfo(dtype)
    return iinfo_object(info.bits, info.max, info.min, dtype)
