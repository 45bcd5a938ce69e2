"""A namespace that mirrors a NumPy module: attributes are built from the table the first time they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np

from flopscope.costs.table import ALIASES, TABLE
from flopscope.errors import UnsupportedFunctionError, near
from flopscope.registry import door, numpy_attribute

# Mirrored modules, imported when they are first asked for, as NumPy does.
_MODULES = ("fft", "linalg", "random")
# Classes that compute nothing and are NumPy's own in fnp as well. dtypes, constants and exceptions are recognised.
_CLASSES = frozenset(
    "ndarray dtype finfo iinfo errstate printoptions ndenumerate ndindex broadcast flatiter nditer "
    "busdaycalendar BitGenerator MT19937 PCG64 PCG64DXSM Philox SFC64 SeedSequence".split()
)


def mirror(target: dict[str, Any], prefix: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` for the module with globals `target`, mirroring ``numpy.<prefix>``."""
    shadowed = numpy_attribute(prefix) if prefix else np
    label = f"flopscope.numpy.{prefix}".rstrip(".")

    def get(name: str) -> Any:
        path = f"{prefix}.{name}" if prefix else name
        if path in TABLE or path in ALIASES:
            found = door(path)
        elif path in _MODULES:
            found = import_module(f"flopscope.numpy.{path}")
        elif name.startswith("__") or not hasattr(shadowed, name):
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
        start = f"{prefix}." if prefix else ""
        rows = (n[len(start) :] for n in (*TABLE, *ALIASES) if n.startswith(start))
        listed = {n for n in rows if "." not in n and hasattr(shadowed, n)} | {n for n, value in target.items() if _is_own(value)}
        listed |= set(_MODULES) if not prefix else set()
        public = (n for n in getattr(shadowed, "__all__", ()) if n not in listed)
        return sorted(listed | {n for n in public if _is_reexported(n, getattr(shadowed, n, None))})

    return get, names


def _is_own(value: Any) -> bool:
    module = getattr(value, "__module__", None) or getattr(value, "__name__", "")
    return module.startswith(("flopscope.numpy.", "flopscope.budget")) and not module.endswith("._module")


def _is_reexported(name: str, value: Any) -> bool:
    if isinstance(value, type):
        return issubclass(value, (np.generic, BaseException)) or name in _CLASSES
    return not callable(value) and not isinstance(value, ModuleType)
