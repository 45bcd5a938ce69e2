"""A namespace that mirrors a NumPy module: attributes are built from the table the first time they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np

from flopscope.costs.table import lookup
from flopscope.errors import UnsupportedFunctionError, near
from flopscope.registry import door, numpy_attribute

# Mirrored modules, imported when they are first asked for, as NumPy does.
_MODULES = frozenset({"fft", "linalg", "random"})
# Objects that hand out arrays, which ours count (see _objects.py).
_OBJECTS = frozenset({"c_", "mgrid", "nditer", "ogrid", "r_"})
# Classes and modules that compute nothing and are NumPy's own in fnp as well. dtypes, constants and exceptions are
# recognised.
_REEXPORTED = frozenset(
    "ndarray dtype ufunc finfo iinfo errstate printoptions ndenumerate ndindex broadcast flatiter "
    "busdaycalendar BitGenerator MT19937 PCG64 PCG64DXSM Philox SFC64 SeedSequence "
    "dtypes exceptions typing version "
    "__version__ __array_api_version__ __array_namespace_info__".split()
)


def mirror(target: dict[str, Any], prefix: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` for the module with globals `target`, mirroring ``numpy.<prefix>``."""
    shadowed = numpy_attribute(prefix) if prefix else np
    label = f"flopscope.numpy.{prefix}".rstrip(".")
    start = f"{prefix}." if prefix else ""

    def get(name: str) -> Any:
        path = start + name
        op = lookup(path)
        if op is not None and not op.reason and not hasattr(shadowed, name):
            raise UnsupportedFunctionError(f"the installed NumPy {np.__version__} has no numpy.{path}")
        if op is not None:
            found = door(path)
        elif path in _MODULES:
            found = import_module(f"flopscope.numpy.{path}")
        elif path in _OBJECTS:
            found = getattr(import_module("flopscope.numpy._objects"), name)
        elif name == "__all__":
            return names()
        elif (name.startswith("__") and name not in _REEXPORTED) or not hasattr(shadowed, name):
            raise AttributeError(f"module {label!r} has no attribute {name!r}{near(name, names())}")
        else:
            found = getattr(shadowed, name)
            if not _is_reexported(name, found):
                raise UnsupportedFunctionError(
                    f"numpy.{path} has no row in flopscope's table yet, so it is refused rather than run uncounted; "
                    "use np.asarray(x) with NumPy's own where it need not be counted"
                )
        target[name] = found
        return found

    def names() -> list[str]:
        """What can be had: never a name that is refused."""
        listed: set[str] = set() if prefix else {"namespace", *_MODULES, *_OBJECTS}
        for name in dir(shadowed):
            op = lookup(start + name)
            if name.startswith("_"):
                continue
            if name in target or (op and not op.reason) or (not op and _is_reexported(name, getattr(shadowed, name))):
                listed.add(name)
        return sorted(listed)

    return get, names


def _is_reexported(name: str, value: Any) -> bool:
    if name in _REEXPORTED:
        return True
    if isinstance(value, type):
        return issubclass(value, (np.generic, BaseException))
    return not callable(value) and not isinstance(value, ModuleType)
