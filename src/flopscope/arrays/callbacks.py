"""Functions that call back into user code: what that computes is charged as itself, and nothing twice.

NumPy's function works on plain arrays and moves data, which is free; the user's function is handed counted arrays, so
that its arithmetic is charged as it runs. Where NumPy's function computes something itself (see the rules in
``costs``), that is charged before the first call, as an op of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flopscope.arrays import dispatch
from flopscope.arrays.dispatch import nd, plain, wrap
from flopscope.arrays.registry import describe_ufunc, explicit, lane, numpy_attribute
from flopscope.costs.elementwise import elementwise
from flopscope.costs.table import Op


def handing_counted(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` as NumPy may call it: it is handed counted arrays for plain ones, and its result is made plain."""

    def call(*args: Any, **kwargs: Any) -> Any:
        counted = [wrap(a) if type(a) is nd else a for a in args]
        return plain(function(*counted, **kwargs))

    return call


def charge(op: Op, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Charge what a function itself computes, before it runs; bad arguments are left for NumPy to refuse."""
    try:
        price = op.price(args, kwargs)
    except Exception:  # noqa: BLE001  (whatever it is, NumPy is asked next)
        return
    if price:
        dispatch.execute(op, nothing, args, kwargs)


def nothing(*args: Any, **kwargs: Any) -> None:
    """What runs in the place of an op whose work is done elsewhere."""


# Where the function is among the arguments, and its name.
_CALLBACKS = {
    "apply_along_axis": (0, "func1d"),
    "apply_over_axes": (0, "func"),
    "fromfunction": (0, "function"),
    "lib.recfunctions.apply_along_fields": (0, "func"),
    "mask_indices": (1, "mask_func"),
    "polynomial.chebyshev.chebinterpolate": (0, "func"),
    "piecewise": (2, "funclist"),
    "pad": (2, "mode"),
}


def _adapted(value: Any, pay: Callable[[], None]) -> Any:
    """A function, or functions among other values, as NumPy may call them; each pays first."""
    if callable(value):
        function = handing_counted(value)

        def call(*args: Any, **kwargs: Any) -> Any:
            pay()
            return function(*args, **kwargs)

        return call
    if isinstance(value, (list, tuple)):
        return type(value)([_adapted(item, pay) for item in value])
    return value


def _build(op: Op) -> Callable[..., Any]:
    position, name = _CALLBACKS[op.name]
    run = dispatch.free(op, numpy_attribute(op.name))

    def call(*args: Any, **kwargs: Any) -> Any:
        owed = [(args, dict(kwargs))] if op.cost is not None else []

        def pay() -> None:  # not before NumPy has looked at the arguments, which it may refuse
            if owed:
                charge(op, *owed.pop())

        if name in kwargs:
            kwargs[name] = _adapted(kwargs[name], pay)
        else:
            functions = [_adapted(value, pay) for value in args[position : position + 1]]
            args = (*args[:position], *functions, *args[position + 1 :])
        result = run(*args, **kwargs)
        pay()
        return result

    return call


for _name in _CALLBACKS:
    if _name != "pad":
        explicit(_name)(_build)


@explicit("pad")
def _build_pad(op: Op) -> Callable[..., Any]:
    moving, counted = _build(Op(op.name)), dispatch.general(op, np.pad)

    def call(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Any:
        return (moving if callable(mode) else counted)(array, pad_width, mode, **kwargs)

    return call


@explicit("frompyfunc")
def _build_frompyfunc(op: Op) -> Callable[..., Any]:
    def frompyfunc(*args: Any, **kwargs: Any) -> Callable[..., Any]:
        ufunc = np.frompyfunc(*args, **kwargs)
        call = lane(Op(ufunc.__name__, elementwise), ufunc)
        call.__name__ = call.__qualname__ = ufunc.__name__
        call.__doc__ = ufunc.__doc__
        describe_ufunc(call, ufunc, ufunc.__name__)
        return call

    return frompyfunc
