"""The ufuncs of `scipy.special`, charged per element: SciPy asks a namespace for them before it strips its arrays.

Functions are made when they are asked for; those that are no ufuncs are left to SciPy, which computes them with this
namespace where it can.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flopscope.array_api._array import Array, box, unbox
from flopscope.arrays.registry import door_of_ufunc


def __getattr__(name: str) -> Callable[..., Any]:
    from scipy import special  # pyright: ignore[reportMissingTypeStubs, reportMissingImports]

    found = None if name.startswith("_") else getattr(special, name, None)
    ufunc = getattr(found, "__wrapped__", found)  # SciPy wraps what dispatches
    if not isinstance(ufunc, np.ufunc):
        raise AttributeError(f"scipy.special has no ufunc {name!r}")
    counted = door_of_ufunc(ufunc, "__call__")

    def function(*args: Any) -> Any:
        return box(counted(*(unbox(x) if type(x) is Array else x for x in args)))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = ufunc.__doc__
    globals()[name] = function
    return function
