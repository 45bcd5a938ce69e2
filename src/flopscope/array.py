"""How the array behaves: NumPy's protocols, operators and counted methods, all of them doors to the same callables.

Methods that are not listed here (views, copies, indexing, conversion) are NumPy's own and free.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from flopscope import dispatch
from flopscope.dispatch import FA, is_foreign, nd
from flopscope.registry import door, door_of_function, door_of_ufunc
from flopscope.costs.table import lookup


def _array_ufunc(self: FA, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """``np.add(x, y)`` and ``np.add.reduce(x)`` on our arrays."""
    for operand in (*inputs, *kwargs.get("out", ())):
        if is_foreign(type(operand)):
            return NotImplemented
    out = kwargs.get("out")
    if out is not None and len(out) == 1 and ufunc.nout == 1:
        kwargs["out"] = out[0]
    return door_of_ufunc(ufunc, method)(*inputs, **kwargs)


def _array_function(self: FA, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """``np.sum(x)`` on our arrays."""
    if not all(issubclass(kind, nd) for kind in types):
        return NotImplemented
    return door_of_function(function)(*args, **kwargs)


def _setattr(self: FA, name: str, value: Any) -> None:
    """Carry in-place edits over to the private base that the lanes of the dispatcher work on."""
    object.__setattr__(self, name, value)
    if name in ("shape", "dtype", "strides") and type(self.base) is nd:
        setattr(self.base, name, value)


FA.__setattr__ = _setattr  # type: ignore[method-assign,assignment]
FA.__array_ufunc__ = _array_ufunc  # type: ignore[method-assign,assignment]
FA.__array_function__ = _array_function  # type: ignore[method-assign,assignment]


# -- operators -------------------------------------------------------------------------------------------------------

_BINARY = {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide", "floordiv": "floor_divide",
    "mod": "remainder", "pow": "power", "matmul": "matmul", "and": "bitwise_and", "or": "bitwise_or",
    "xor": "bitwise_xor", "lshift": "left_shift", "rshift": "right_shift",
}  # fmt: skip
_COMPARISONS = {
    "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal", "eq": "equal", "ne": "not_equal",
}  # fmt: skip
_UNARY = {"neg": "negative", "pos": "positive", "abs": "absolute", "invert": "invert"}


def _defers(array: Any, other: Any) -> bool:
    """Whether an operator leaves the operation to the other operand, by NumPy's rules."""
    kind = type(other)
    ufunc = getattr(kind, "__array_ufunc__", dispatch)  # dispatch: a value that is certainly not there
    if ufunc is None:
        return True
    if ufunc is not dispatch or kind in dispatch._SIMPLE or kind is list or kind is tuple:
        return False
    return getattr(other, "__array_priority__", -1_000_000.0) > array.__array_priority__


def _binary(op_name: str, run: Callable[[Any, Any], Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """``x op y`` and ``y op x``; the operator itself does the work, so that its special cases stay."""
    op = lookup(op_name)
    assert op is not None

    def other(x: Any, y: Any) -> Any:
        """Operands that the lane does not know: lists, other array types, other libraries."""
        array, operand = (x, y) if isinstance(x, FA) else (y, x)
        if _defers(array, operand):
            return NotImplemented
        if is_foreign(type(operand)):
            return getattr(np, op_name)(x, y)
        return dispatch.execute(op, run, (x, y), {})

    forward = dispatch.two_arrays(op, run, other)

    def reflected(self: FA, other: Any) -> Any:
        return forward(other, self)

    return forward, reflected


def _in_place(op_name: str, run: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    op = lookup(op_name)
    assert op is not None

    def into(x: Any, y: Any, /) -> Any:
        return run(x, y)

    def method(self: FA, other: Any) -> Any:
        dispatch.execute(op, into, (self, other), {})
        return self

    return method


def _unary(op_name: str) -> Callable[..., Any]:
    fast = door(op_name)

    def method(self: FA) -> Any:
        return fast(self)

    return method


def _name(method: Any, name: str) -> Any:
    method.__name__, method.__qualname__, method.__doc__ = name, f"FlopscopeArray.{name}", getattr(nd, name).__doc__
    return method


for _short, _op in _BINARY.items():
    _run = getattr(operator, {"and": "and_", "or": "or_"}.get(_short, _short))
    _forward, _reflected = _binary(_op, _run)
    setattr(FA, f"__{_short}__", _name(_forward, f"__{_short}__"))
    setattr(FA, f"__r{_short}__", _name(_reflected, f"__r{_short}__"))
    setattr(FA, f"__i{_short}__", _name(_in_place(_op, getattr(operator, f"i{_short}")), f"__i{_short}__"))
for _short, _op in _COMPARISONS.items():
    setattr(FA, f"__{_short}__", _name(_binary(_op, getattr(operator, _short))[0], f"__{_short}__"))
for _short, _op in _UNARY.items():
    setattr(FA, f"__{_short}__", _name(_unary(_op), f"__{_short}__"))
FA.__hash__ = None  # type: ignore[assignment]


def _divmod(self: FA, other: Any) -> Any:
    return NotImplemented if _defers(self, other) else door("divmod")(self, other)


def _rdivmod(self: FA, other: Any) -> Any:
    return NotImplemented if _defers(self, other) else door("divmod")(other, self)


def _contains(self: FA, value: Any) -> bool:
    return bool(door("any")(self == value))


FA.__divmod__, FA.__rdivmod__ = _name(_divmod, "__divmod__"), _name(_rdivmod, "__rdivmod__")
FA.__contains__ = _name(_contains, "__contains__")


# -- methods ---------------------------------------------------------------------------------------------------------

# Methods that mean exactly what the function of the same name means.
_AS_FUNCTIONS = (
    "all any argmax argmin argpartition argsort clip conj conjugate cumprod cumsum dot max mean min nonzero "
    "prod round searchsorted std sum trace var choose"
)
# Methods that work in place, where the function makes a copy: they run NumPy's method.
_IN_PLACE = "sort partition"
# Text is formatted from a plain view: formatting is free, and looks as NumPy's does.
_TEXT = "__repr__ __str__ __format__"


def _late(name: str) -> Callable[..., Any]:
    """A method that looks up its callable at the first call."""

    def method(self: FA, *args: Any, **kwargs: Any) -> Any:
        return door(name)(self, *args, **kwargs)

    return method


def _in_place_method(name: str) -> Callable[..., Any]:
    op = lookup(name)
    assert op is not None

    def method(self: FA, *args: Any, **kwargs: Any) -> None:
        dispatch.execute(op, getattr(nd, name), (self, *args), kwargs)

    return method


def _text(name: str) -> Callable[..., Any]:
    method_of_ndarray = getattr(nd, name)

    def method(self: FA, *args: Any) -> str:
        return method_of_ndarray(self.view(nd), *args)

    return method


for _method in _AS_FUNCTIONS.split():
    setattr(FA, _method, _name(_late(_method), _method))
for _method in _IN_PLACE.split():
    setattr(FA, _method, _name(_in_place_method(_method), _method))
for _method in _TEXT.split():
    setattr(FA, _method, _name(_text(_method), _method))
