"""Which dtype a call computes in, as far as its arguments tell: what factors per dtype are about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, cast

import numpy as np

#: Kinds that a factor may be for, by NumPy's letters.
KINDS = {"b": "bool", "i": "integer", "u": "integer", "f": "float", "c": "complex"}
#: Parameters that are not operands.
_NOT_OPERANDS = frozenset({"out", "where", "axis", "axes", "size", "dtype"})


def dtype_of(args: Any, kwargs: Mapping[str, Any]) -> np.dtype[Any]:
    """The dtype that a call computes in, as far as its arguments tell.

    That is ``dtype=`` where it is given; else what its operands with floating or complex dtypes promote to, Python's
    floats and complex numbers among them; else what its integer and boolean arrays and lists promote to; float64 where
    there are none, as for draws.

    Examples
    --------
    >>> dtype_of((np.ones(3, "f4"), 2.0), {})
    dtype('float32')
    >>> dtype_of((np.ones(3, "f4"), 2j), {}), dtype_of((np.ones(3, "i4"), 2), {}), dtype_of((), {"size": 3})
    (dtype('complex64'), dtype('int32'), dtype('float64'))
    """
    asked = kwargs.get("dtype")
    if asked is not None:
        try:
            return np.dtype(asked)
        except TypeError:  # the rule or NumPy says what is wrong with it
            pass
    found = list(_types(chain(args, (value for name, value in kwargs.items() if name not in _NOT_OPERANDS))))
    inexact = [one for one in found if not isinstance(one, np.dtype) or one.kind in "fc"]
    exact = [one for one in found if isinstance(one, np.dtype) and one.kind not in "fc"]
    if not any(isinstance(one, np.dtype) for one in inexact) and exact:
        inexact += [one for one in exact if one.kind in "biu"] if inexact else []
    return np.result_type(*inexact) if inexact else _promoted(exact)


def _promoted(dtypes: list[np.dtype[Any]]) -> np.dtype[Any]:
    try:
        return np.result_type(*dtypes) if dtypes else np.dtype(float)
    except TypeError:  # dates and numbers, say
        return dtypes[0]


def _types(values: Any, depth: int = 0, listed: bool = False) -> Iterator[Any]:
    """Dtypes of the arrays among values, and Python's floats and complex numbers, which promote weakly.

    Python's integers may be axes and sizes, except in lists.
    """
    for value in values:
        kind: type[Any] = type(value)
        if kind is float or kind is complex:
            yield kind(0)
        elif kind in (list, tuple):
            if depth < 64:
                yield from _types(value, depth + 1, listed or kind is list)
        elif listed and (kind is int or kind is bool):
            yield np.dtype(kind)
        else:
            dtype = getattr(value, "dtype", None)
            if isinstance(dtype, np.dtype) and hasattr(value, "shape"):
                yield cast("np.dtype[Any]", dtype)
