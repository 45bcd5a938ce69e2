"""The ``linalg`` extension of the standard, charged as flopscope.numpy.linalg."""

from __future__ import annotations

from typing import Any

import numpy as np

from flopscope.array_api import _dtypes as dt
from flopscope.array_api._array import Array, box, unbox
from flopscope.array_api._functions import both, document, family, product, unary
from flopscope.array_api._functions import matmul as matmul
from flopscope.array_api._functions import matrix_transpose as matrix_transpose
from flopscope.array_api._functions import tensordot as tensordot
from flopscope.array_api._functions import vecdot as vecdot
from flopscope.arrays.registry import door

family(
    unary,
    {dt.FLOATING: "det eigh eigvalsh inv slogdet svdvals"},
    globals(),
    "linalg.",
)
family(product, {dt.FLOATING: "solve", dt.NUMERIC: "outer"}, globals(), "linalg.")


def _call(name: str, kinds: str, x: Any, *args: Any, **options: Any) -> Any:
    a = unbox(x)
    dt.require(name, kinds, a.dtype)
    return box(door(f"linalg.{name}")(a, *args, **options))


def cholesky(x: Any, /, *, upper: bool = False) -> Any:
    return _call("cholesky", dt.FLOATING, x, upper=upper)


def cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    return box(door("linalg.cross")(*both("cross", dt.NUMERIC, x1, x2), axis=axis))


def diagonal(x: Any, /, *, offset: int = 0) -> Any:
    return _call("diagonal", dt.ALL, x, offset=offset)


def eig(x: Any, /) -> Any:
    return _complex(_call("eig", dt.FLOATING, x))


def eigvals(x: Any, /) -> Any:
    return _complex(_call("eigvals", dt.FLOATING, x))


def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    return _call("matrix_norm", dt.FLOATING, x, keepdims=keepdims, ord=ord)


def matrix_power(x: Any, n: int, /) -> Any:
    return _call("matrix_power", dt.NUMERIC, x, n)


def matrix_rank(x: Any, /, *, rtol: Any = None) -> Any:
    return _call("matrix_rank", dt.FLOATING, x, rtol=_number(rtol))


def pinv(x: Any, /, *, rtol: Any = None) -> Any:
    return _call("pinv", dt.FLOATING, x, rtol=_number(rtol))


def qr(x: Any, /, *, mode: str = "reduced") -> Any:
    return _call("qr", dt.FLOATING, x, mode=mode)


def svd(x: Any, /, *, full_matrices: bool = True) -> Any:
    return _call("svd", dt.FLOATING, x, full_matrices=full_matrices)


def trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    return _call("trace", dt.NUMERIC, x, offset=offset, dtype=dt.standard(dtype))


def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    return _call("vector_norm", dt.FLOATING, x, axis=axis, keepdims=keepdims, ord=ord)


def _complex(result: Any) -> Any:
    """An array, or several, as complex ones: NumPy's are real where no eigenvalue has an imaginary part."""
    if type(result) is Array:
        return box(result._array.astype(np.result_type(result.dtype, np.complex64), copy=False))
    return type(result)(*map(_complex, result))


def _number(value: Any) -> Any:
    return value if value is None or dt.is_scalar(value) else unbox(value)


_NAMES = """
    cholesky cross det diagonal eig eigh eigvals eigvalsh inv matmul matrix_norm matrix_power matrix_rank
    matrix_transpose outer pinv qr slogdet solve svd svdvals tensordot trace vecdot vector_norm
"""
document(globals(), _NAMES, "linalg.")


def __dir__() -> list[str]:
    return [*_NAMES.split()]
