"""Whose ``import numpy`` gets counted arrays: the user's own modules, while a script is metered.

The statement compiles to a call of ``builtins.__import__`` with the globals of the module it stands in, so the file of
that module tells whose it is. Everything installed (the standard library, site-packages, flopscope, NumPy itself) gets
NumPy as ever: libraries meet counted arrays through NumPy's protocols. What flopscope refuses is refused at the import,
with the reason; nothing falls back to NumPy silently.
"""

from __future__ import annotations

import builtins
import importlib.util
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import ModuleType
from typing import Any

import flopscope.numpy as fnp
from flopscope.errors import UnsupportedFunctionError
from flopscope.frames import adopt, is_library


class CountedImports:
    """A with block in which the user's modules import `flopscope.numpy` for NumPy."""

    _import: Callable[..., Any]
    _import_module: Callable[..., Any]

    def __enter__(self) -> CountedImports:
        self._import, self._import_module = builtins.__import__, importlib.import_module
        builtins.__import__, importlib.import_module = self._statement, self._function
        return self

    def __exit__(self, *exc: object) -> None:
        builtins.__import__, importlib.import_module = self._import, self._import_module

    def _statement(
        self,
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        module = self._import(name, globals, locals, fromlist, level)
        if level or not _is_numpy(name) or not _asked_by_user(globals):
            return module
        twin = counted_twin(name)
        for attribute in fromlist or ():
            try:
                getattr(twin, attribute)
            except UnsupportedFunctionError as error:
                raise ImportError(f"cannot import {attribute!r} from {name!r}: {error}", name=name) from None
            except AttributeError:
                continue  # "*"; or a name that NumPy does not have either, which Python will say
        return twin if fromlist else fnp

    def _function(self, name: str, package: str | None = None) -> ModuleType:
        module = self._import_module(name, package)
        return counted_twin(name) if _is_numpy(name) and _asked_by_user(None) else module


def _is_numpy(name: str) -> bool:
    """Whether it is NumPy or a public module of it; private ones are for those who know, such as pickle."""
    return name == "numpy" or (name.startswith("numpy.") and "._" not in name)


def _asked_by_user(globals: Mapping[str, object] | None) -> bool:
    filename = (globals or {}).get("__file__")
    frame = sys._getframe(2)
    while filename is None and frame is not None:
        # Code that was made at run time: whoever executes it. Notebook cells have no file anywhere.
        filename, frame = frame.f_globals.get("__file__"), frame.f_back
    return isinstance(filename, str) and not is_library(filename)


def counted_twin(name: str) -> ModuleType:
    """The counted twin of NumPy's module `name`.

    Raises
    ------
    ImportError
        If there is none, with the reason.
    """
    twin: Any = fnp
    for part in name.split(".")[1:]:
        try:
            twin = getattr(twin, part)
        except AttributeError as error:
            raise ImportError(f"cannot import {name!r} under flopscope: {error}", name=name) from None
    return twin


def adopt_module(name: str) -> None:
    """Take a module, and the package that it is in, as the user's, wherever it is installed."""
    with suppress(ImportError, ValueError):  # runpy will say it
        spec = importlib.util.find_spec(name.partition(".")[0])
        if spec is not None:
            for path in spec.submodule_search_locations or filter(None, [spec.origin]):
                adopt(path)
