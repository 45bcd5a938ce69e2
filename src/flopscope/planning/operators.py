"""The operators of abstract arrays, and the methods that NumPy has as functions of the same arguments.

Importing this module gives them to the classes.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from flopscope.arrays.array import BINARY, COMPARISONS, COUNTED, UNARY
from flopscope.arrays.registry import door, numpy_attribute
from flopscope.costs.table import TABLE
from flopscope.planning.abstract import Abstract, AbstractArray, AbstractScalar, is_counted
from flopscope.planning.standins import planner
from flopscope.planning.symmetric import keeps_in_place

# Methods that move data.
_MOVING = "ravel squeeze swapaxes repeat take diagonal compress"


def _binary(ufunc: np.ufunc) -> tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]:
    def forward(self: Abstract, other: Any) -> Any:
        return self.__array_ufunc__(ufunc, "__call__", self, other) if _operand(other) else NotImplemented

    def reflected(self: Abstract, other: Any) -> Any:
        if type(other) is complex and issubclass(self.__class__, float):  # which Python computes without asking
            self = AbstractScalar(self._array, self._memory, False)
        return self.__array_ufunc__(ufunc, "__call__", other, self) if _operand(other) else NotImplemented

    def in_place(self: Abstract, other: Any) -> Any:
        keeps = keeps_in_place(ufunc, self, other)
        result = self.__array_ufunc__(ufunc, "__call__", self, other, out=(self,))
        if keeps:
            self.layout().seal[0] = False
        return result

    return forward, reflected, in_place


def _equality(ufunc: np.ufunc, run: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    compare, *_ = _binary(ufunc)

    def method(self: Abstract, other: Any) -> Any:
        try:
            return compare(self, other)
        except TypeError:  # no loop of the ufunc: NumPy's operators answer all the same
            if is_counted((self, other)):
                return planner().counted(TABLE[ufunc.__name__], run, (self, other), {})
            return planner().uncounted(ufunc.__name__, run, (self, other), {})

    return method


def _operand(value: Any) -> bool:
    """Whether an operator takes `value`: not if it declines NumPy's, as a few classes of other libraries do."""
    return getattr(type(value), "__array_ufunc__", True) is not None


def _unary(ufunc: np.ufunc) -> Callable[..., Any]:
    def method(self: Abstract) -> Any:
        return self.__array_ufunc__(ufunc, "__call__", self)

    return method


def _counting(name: str) -> Callable[..., Any]:
    def method(self: Abstract, *args: Any, **kwargs: Any) -> Any:
        if is_counted((self, *args, *kwargs.values())):
            return door(name)(self, *args, **kwargs)
        return planner().uncounted(name, numpy_attribute(name), (self, *args), kwargs)

    return method


def _moving(name: str) -> Callable[..., Any]:
    def method(self: Abstract, *args: Any, **kwargs: Any) -> Any:
        if name == "compress":
            condition, *args_ = args
            return planner().uncounted(name, np.compress, (condition, self, *args_), kwargs, counted=self._counted)
        return self._free(name, *args, **kwargs)

    return method


def _give_operators() -> None:
    for name, op in (BINARY | {"divmod": "divmod"}).items():
        forward, reflected, in_place = _binary(getattr(np, op))
        setattr(Abstract, f"__{name}__", forward)
        setattr(Abstract, f"__r{name}__", reflected)
        if name != "divmod":
            setattr(AbstractArray, f"__i{name}__", in_place)
    for name, op in COMPARISONS.items():
        setattr(Abstract, f"__{name}__", _binary(getattr(np, op))[0])
    setattr(Abstract, "__eq__", _equality(np.equal, operator.eq))  # noqa: B010
    setattr(Abstract, "__ne__", _equality(np.not_equal, operator.ne))  # noqa: B010
    for name, op in UNARY.items():
        setattr(Abstract, f"__{name}__", _unary(getattr(np, op)))
    for name in (*COUNTED.split(), "choose"):
        setattr(Abstract, name, _counting(name))
    for name in _MOVING.split():
        setattr(Abstract, name, _moving(name))


_give_operators()
