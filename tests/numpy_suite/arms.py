"""The arms: what stands in for NumPy's functions. ``plain`` has none; each other maps NumPy's names to its own."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from substitution import MISSING, PUBLIC_MODULES, Arm


def do_nothing() -> Arm:
    """An ndarray subclass without behaviour, and plain functions that call NumPy and view its result as one.

    What it fails is the price of being a subclass with Python functions at all.
    """
    twins: dict[int, tuple[Any, Any]] = {}

    def arm(path: str, name: str, own: Any) -> Any:
        if not callable(own) or isinstance(own, type):
            return own
        if id(own) not in twins:
            twins[id(own)] = own, _viewing(own)
        return twins[id(own)][1]

    return arm


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


def flopscope() -> Arm:
    """``flopscope.numpy``."""
    import flopscope.numpy as fnp

    @functools.cache
    def twin_module(path: str) -> Any:
        found: Any = fnp
        for part in filter(None, path.split(".")):
            try:
                found = getattr(found, part)
            except AttributeError:  # refused, or not there
                return None
        return found

    def arm(path: str, name: str, own: Any) -> Any:
        return getattr(twin_module(path), name, MISSING)

    return arm


ARMS = {"do-nothing": do_nothing, "flopscope": flopscope}

__all__ = ["ARMS", "PUBLIC_MODULES"]
