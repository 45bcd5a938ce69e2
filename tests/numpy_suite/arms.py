"""The arms: what stands in for NumPy's functions. ``plain`` is none of them."""

from __future__ import annotations

from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, Protocol

import numpy as np

MISSING: Any = object()


class Arm(Protocol):
    """A set of functions that stand in for NumPy's."""

    def twin(self, path: str, name: str, own: Any) -> Any:
        """What stands in for ``numpy.<path>.<name>``, which is `own`; MISSING if the arm has nothing."""

    def charged(self) -> int:
        """FLOPs charged so far: tells whether a test met counted functions at all."""


_FUNCTIONS = (FunctionType, BuiltinFunctionType, MethodType, np.ufunc, type(np.sum))


class DoNothing:
    """An ndarray subclass without behaviour, and plain functions that call NumPy and view its result as one.

    What fails here is the price of being a subclass, and of functions written in Python.
    """

    def __init__(self) -> None:
        self._twins: dict[int, tuple[Any, Any]] = {}  # by identity of NumPy's function, which is kept alive

    def twin(self, path: str, name: str, own: Any) -> Any:
        if not isinstance(own, _FUNCTIONS):
            return own
        return self._twins.setdefault(id(own), (own, _viewing(own)))[1]

    def charged(self) -> int:
        return 0


class DoNothingArray(np.ndarray):
    """ndarray under another name."""


def _viewed(result: Any) -> Any:
    kind = type(result)
    if kind is np.ndarray:
        return result.view(DoNothingArray)
    if kind is list:
        return [_viewed(item) for item in result]
    if isinstance(result, tuple):
        return tuple(map(_viewed, result)) if kind is tuple else kind(*map(_viewed, result))
    return result


def _viewing(function: Any) -> Any:
    def call(*args: Any, **kwargs: Any) -> Any:
        return _viewed(function(*args, **kwargs))

    for attribute in ("__name__", "__qualname__", "__module__", "__doc__"):
        if isinstance(getattr(function, attribute, None), str):
            setattr(call, attribute, getattr(function, attribute))
    call.__wrapped__ = function  # type: ignore[attr-defined]
    if isinstance(function, np.ufunc):
        for attribute in ("nin", "nout", "nargs", "ntypes", "types", "identity", "signature", "resolve_dtypes"):
            setattr(call, attribute, getattr(function, attribute))
        for method in ("reduce", "accumulate", "reduceat", "outer", "at"):
            setattr(call, method, _viewing(getattr(function, method)))
    return call


class Flopscope:
    """``flopscope.numpy``."""

    def __init__(self) -> None:
        import flopscope
        import flopscope.numpy as fnp

        self._budget = flopscope.current_budget()
        self._modules: dict[str, ModuleType | None] = {"": fnp}

    def twin(self, path: str, name: str, own: Any) -> Any:
        return getattr(self._module(path), name, MISSING)

    def _module(self, path: str) -> ModuleType | None:
        """``flopscope.numpy.<path>``, or None where that is refused or not there."""
        if path not in self._modules:
            parent, _, last = path.rpartition(".")
            self._modules[path] = getattr(self._module(parent), last, None)
        return self._modules[path]

    def charged(self) -> int:
        return self._budget.flops_used


ARMS: dict[str, type[Arm]] = {"do-nothing": DoNothing, "flopscope": Flopscope}
