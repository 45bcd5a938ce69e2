"""How counted scalars behave: the operators and protocols of the array, on one number, at 1 FLOP each.

A counted scalar is an instance of NumPy's own type (``np.float64``, and so ``float``): whatever takes NumPy's scalars
takes it, with the same value, hash, text and pickle (which holds NumPy's scalar). NumPy's type has to come first among
the bases: NumPy looks at the first to know its own, and crashes where it finds another. So what `CountedScalar` would
hand down is given to each class instead. Making one takes a quarter of a microsecond; it has no memory of its own.

Parts, copies and conversions of a counted scalar (``z.real``, ``s.astype``, ``s[None]``) are counted ones. Comparisons
give NumPy's own bool, which nobody can derive from. What Python makes of a scalar (``float(s)``,
``round(s)``, ``s.item()``, ``math.sqrt(s)``) and the items of an array (``x[0]``) are not counted any further. Nor is
what the left operand does without asking: Python's complex numbers, and NumPy's own scalars of a wider type.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from flopscope.arrays import dispatch, lanes
from flopscope.arrays.array import (
    BINARY,
    COMPARISONS,
    COUNTED,
    UNARY,
    array_function,
    array_namespace,
    array_ufunc,
    has_a_say,
    reflected,
    row,
)
from flopscope.arrays.dispatch import BARE, SCALARS, CountedScalar
from flopscope.costs.table import Op

_SEQUENCES = (str, bytes, bytearray, list, tuple)


def _meet(op: Op, name: str, run: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """The operator for operands that the lane does not know; one that has a say is left to NumPy's own operator."""

    def call(x: Any, y: Any, *modulo: Any) -> Any:
        if modulo:  # of pow(), which NumPy's scalars do not take
            return NotImplemented
        if name == "mul" and isinstance(x if type(y) in BARE else y, _SEQUENCES):  # "ab" * n repeats
            count = y if type(y) in BARE else x
            if isinstance(count, np.integer):
                return dispatch.plain(x) * dispatch.plain(y)
        if has_a_say(y):
            return getattr(BARE[type(x)], f"__{name}__")(dispatch.plain(x), y)
        if has_a_say(x):  # reflected, after `x` has declined
            return getattr(BARE[type(y)], f"__r{name}__")(dispatch.plain(y), x)
        return dispatch.execute(op, run, (x, y), {})

    return call


def _repr(self: Any) -> str:
    return repr(dispatch.plain(self))


def _hash(self: Any) -> int:
    return hash(dispatch.plain(self))


# Methods and attributes that move or convert: free, and what they give stays counted.
_FREE = (
    "astype byteswap compress copy diagonal flatten getfield ravel repeat reshape squeeze swapaxes take transpose view "
    "__getitem__"
)
_PARTS = "real imag"


def _free(name: str) -> Callable[..., Any]:
    @wraps(getattr(np.generic, name, getattr(np.float64, name)))
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        bare = dispatch.plain(self)
        return dispatch.wrap(getattr(bare, name)(*args, **kwargs), scalars=SCALARS)

    return method


def _part(name: str) -> property:
    def get(self: Any) -> Any:
        return dispatch.wrap(getattr(dispatch.plain(self), name), scalars=SCALARS)

    return property(get, doc=getattr(np.generic, name).__doc__)


def _operators() -> dict[str, Any]:
    methods: dict[str, Any] = {}
    for short, name in BINARY.items():
        if short != "matmul":  # which NumPy's scalars refuse
            # Python's operators, not ufuncs: with them NumPy's scalars have ways, and warnings, of their own.
            run = getattr(operator, {"and": "and_", "or": "or_"}.get(short, short))
            forward = lanes.two_arrays(row(name), run, _meet(row(name), short, run))
            methods |= {f"__{short}__": forward, f"__r{short}__": reflected(forward)}
    forward = _meet(row("divmod"), "divmod", divmod)
    methods |= {"__divmod__": forward, "__rdivmod__": reflected(forward)}
    for short, name in COMPARISONS.items():
        run = getattr(operator, short)
        methods[f"__{short}__"] = lanes.two_arrays(row(name), run, _meet(row(name), short, run))
    for short, name in UNARY.items():
        methods[f"__{short}__"] = lanes.one_array(row(name), getattr(operator, short))
    # Methods: they are charged as the functions of the same names.
    for name in [name for name in COUNTED.split() if hasattr(np.generic, name)]:
        method = getattr(np.generic, name)
        methods[name] = dispatch.general(row(name), method)
        methods[name].__wrapped__, methods[name].__doc__ = method, method.__doc__  # type: ignore[attr-defined]
    for name, method in methods.items():
        method.__name__, method.__qualname__, method.__module__ = name, f"CountedScalar.{name}", "flopscope"
    return methods


_METHODS = {
    **_operators(),
    **{name: _free(name) for name in _FREE.split()},
    **{name: _part(name) for name in _PARTS.split()},
    "__repr__": _repr,
    "__hash__": _hash,
    "__array_ufunc__": array_ufunc,
    "__array_function__": array_function,
    **({"__array_namespace__": array_namespace} if hasattr(np.generic, "__array_namespace__") else {}),  # NumPy 2.1
    "__slots__": (),
    "__module__": "flopscope",
}
for _code in "bBhHiIlLqQefdgFDG":
    _kind = np.dtype(_code).type
    # NumPy's type comes first: it finds its own by the first base. So the methods cannot be inherited.
    SCALARS[_kind] = type(_kind.__name__, (_kind, CountedScalar), _METHODS)
    BARE[SCALARS[_kind]] = _kind
