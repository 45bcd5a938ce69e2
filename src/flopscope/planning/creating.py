"""Result rules of what creates and copies arrays; see ``standins.py``."""

from __future__ import annotations

from math import ceil, prod
from typing import Any

import numpy as np

from flopscope.planning.moving import joined
from flopscope.planning.standins import (
    is_list,
    operand,
    rule,
    sizes,
    stand_in,
    together,
    type_of,
)

# -- copies ----------------------------------------------------------------------------------------------------------


@rule("copy ascontiguousarray asfortranarray")
def copy(function: Any, a: Any, *args: Any, **kwargs: Any) -> Any:
    a = operand(a)
    if function is not np.copy and not a.ndim:
        a = a.reshape(1)
    return stand_in(sizes(a), kwargs.get("dtype") or (args[0] if args and function is not np.copy else type_of(a)))


@rule("array asarray asanyarray require asarray_chkfinite")
def array(function: Any, a: Any, dtype: Any = None, *args: Any, ndmin: int = 0, like: Any = None, **kwargs: Any) -> Any:
    kind = np.dtype(dtype) if dtype is not None else type_of(a)
    copied = kwargs.get("copy", function is np.array)
    if isinstance(a, np.ndarray) and kind == a.dtype and not copied and ndmin <= a.ndim:
        return a
    shape = sizes(a)
    return stand_in((1,) * (ndmin - len(shape)) + shape, kind)


@rule("astype")
def astype(function: Any, x: Any, dtype: Any, casting: Any = "unsafe", copy: Any = True, **_: Any) -> Any:
    if not np.can_cast(x.dtype, dtype, casting):
        raise TypeError(
            f"Cannot cast array data from {x.dtype!r} to {np.dtype(dtype)!r} according to the rule {casting!r}"
        )
    if not copy and x.dtype == np.dtype(dtype):
        return x
    return stand_in(x.shape, dtype)


@rule("empty_like zeros_like ones_like")
def like(
    function: Any, a: Any, dtype: Any = None, order: Any = "K", subok: bool = True, shape: Any = None, **_: Any
) -> Any:
    return stand_in(sizes(a) if shape is None else shape, dtype if dtype is not None else type_of(a))


@rule("full_like")
def full_like(function: Any, a: Any, fill_value: Any, dtype: Any = None, order: Any = "K", subok: bool = True,
              shape: Any = None, **_: Any) -> Any:  # fmt: skip
    made = like(function, a, dtype, order, subok, shape)
    together(made.shape, sizes(fill_value))
    return made


@rule("zeros ones empty")
def create(function: Any, shape: Any, dtype: Any = None, *_: Any, **__: Any) -> Any:
    return stand_in(shape, dtype)


@rule("full")
def full(function: Any, shape: Any, fill_value: Any, dtype: Any = None, *_: Any, **__: Any) -> Any:
    return stand_in(shape, type_of(fill_value) if dtype is None else dtype)


@rule("eye tri")
def eye(function: Any, N: Any, M: Any = None, k: int = 0, dtype: Any = float, *_: Any, **__: Any) -> Any:
    return stand_in((N, N if M is None else M), dtype)


@rule("identity")
def identity(function: Any, n: int, dtype: Any = None, **_: Any) -> Any:
    return stand_in((n, n), dtype)


@rule("arange")
def arange(function: Any, *args: Any, dtype: Any = None, **kwargs: Any) -> Any:
    if len(args) > 3:
        dtype = args[3]
    start, stop, step = (*args, None, None)[:3]
    named = {
        "start": start,
        "stop": stop,
        "step": step,
        **{k: v for k, v in kwargs.items() if k in ("start", "stop", "step")},
    }
    first: Any = named["start"]
    last: Any = named["stop"]
    by: Any = named["step"]
    if last is None:
        first, last = 0, first
    first, by = 0 if first is None else first, 1 if by is None else by
    kind = np.arange(first, first + by, by, dtype=dtype).dtype
    return stand_in(max(ceil((last - first) / by), 0), kind)


@rule("diag")
def diag(function: Any, v: Any, k: int = 0) -> Any:
    v = operand(v)
    if v.ndim == 1:
        n = v.shape[0] + abs(k)
        return stand_in((n, n), v.dtype)
    return np.diag(v, k)


@rule("diagflat")
def diagflat(function: Any, v: Any, k: int = 0) -> Any:
    n = prod(sizes(v)) + abs(k)
    return stand_in((n, n), type_of(v))


@rule("tril triu")
def triangle(function: Any, m: Any, k: int = 0) -> Any:
    m = operand(m)
    return stand_in(m.shape if m.ndim > 1 else (m.size, m.size), m.dtype)


@rule("meshgrid")
def meshgrid(function: Any, *xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    lines = [operand(x) if is_list(x) else np.asarray(x) if not isinstance(x, np.ndarray) else x for x in xi]
    lengths = [x.size for x in lines]
    order = [*range(len(lines))]
    if indexing == "xy" and len(lines) > 1:
        order[:2] = [1, 0]
    full_shape = tuple(lengths[i] for i in order)
    return tuple(
        stand_in(
            full_shape if not sparse else tuple(n if order[p] == i else 1 for p, n in enumerate(full_shape)), x.dtype
        )
        for i, x in enumerate(lines)
    )


@rule("indices")
def indices(function: Any, dimensions: Any, dtype: Any = int, sparse: bool = False) -> Any:
    n = len(dimensions)
    if sparse:
        return tuple(stand_in(tuple(d if i == j else 1 for j, d in enumerate(dimensions)), dtype) for i in range(n))
    return stand_in((n, *dimensions), dtype)


# -- objects that make arrays of slices, when they are indexed --------------------------------------------------------


class _Joining(type(np.r_).__mro__[1]):  # type: ignore[misc]
    """`r_` and `c_`, of stand-ins."""

    concatenate = staticmethod(joined)


@rule("r_")
def r_(function: Any, key: Any) -> Any:
    return _Joining(0)[key]


@rule("c_")
def c_(function: Any, key: Any) -> Any:
    return _Joining(-1, ndmin=2, trans1d=0)[key]


@rule("mgrid ogrid")
def grid(function: Any, key: Any) -> Any:
    entries = key if isinstance(key, tuple) else (key,)
    ends = [(0 if e.start is None else e.start, e.stop, 1 if e.step is None else e.step) for e in entries]
    lengths = [int(abs(by)) if isinstance(by, complex) else max(ceil((b - a) / by), 0) for a, b, by in ends]
    kind = np.result_type(*(float if isinstance(one, complex) else one for end in ends for one in end))
    if not isinstance(key, tuple):
        return stand_in(lengths, kind)
    n = len(lengths)
    if function.__self__.sparse:
        return tuple(stand_in((1,) * i + (lengths[i],) + (1,) * (n - i - 1), kind) for i in range(n))
    return stand_in((n, *lengths), kind)
