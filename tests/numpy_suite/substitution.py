"""NumPy as the test modules see it: a stand-in for every ``numpy`` module that hands out an arm's functions.

A test module runs with an ``__import__`` of its own (a module's builtins are its globals' ``__builtins__``), so that
``import numpy as np``, ``from numpy.linalg import norm`` and imports inside its functions meet a `StandIn`. NumPy
itself and its testing tools are not touched: what they do with an arm's arrays is part of what is tested.
"""

from __future__ import annotations

import builtins
import os
import re
import sys
import warnings
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import nullcontext
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import numpy as np
from arms import MISSING, Arm

PUBLIC_MODULES = (
    "", "linalg", "fft", "random", "polynomial", "polynomial.polynomial", "polynomial.chebyshev",
    "polynomial.legendre", "polynomial.laguerre", "polynomial.hermite", "polynomial.hermite_e", "polynomial.polyutils",
    "ma", "char", "strings", "rec", "ctypeslib", "lib.array_utils", "lib.format", "lib.introspect", "lib.mixins",
    "lib.npyio", "lib.recfunctions", "lib.scimath", "lib.stride_tricks",
)  # fmt: skip
# The judges, and what is only types: NumPy's own in every arm.
_UNTOUCHED = re.compile(r"numpy\.(testing|typing|exceptions|dtypes|version|conftest|ma\.testutils|(\w+\.)*tests)(\.|$)")
# Not all folders of tests are packages, so that a test module's name may be a bare one; its file tells.
_TEST_MODULE = re.compile(r"(numpy\.(\w+\.)*tests\.)?\w+$")
_TEST_FILE = re.compile(re.escape(os.path.dirname(np.__file__)) + r".*[/\\]tests[/\\]\w+\.py$")


class Substitution:
    """What one arm puts in the place of NumPy's functions, and a record of what it had nothing for."""

    def __init__(self, arm: Arm) -> None:
        self.arm = arm
        self.uses: Counter[str] = Counter()  # public NumPy names for which the arm has nothing -> how often fetched
        self.used_by: defaultdict[str, set[str]] = defaultdict(set)  # ... -> in which tests
        self._stand_ins: dict[str, StandIn] = {}
        self._identities = self._twins()
        self._builtins = {**vars(builtins), "__import__": self._import}

    def install(self) -> None:
        """From now on, test modules of NumPy that are imported see stand-ins."""
        sys.meta_path.insert(0, _Finder(self._builtins))

    def covers(self, module: ModuleType) -> bool:
        """Whether a test module sees stand-ins."""
        return vars(module)["__builtins__"] is self._builtins

    def _import(self, name: str, *args: Any, **kwargs: Any) -> ModuleType:
        return self.stand_in(builtins.__import__(name, *args, **kwargs))

    def stand_in(self, module: ModuleType) -> ModuleType:
        """The stand-in for a NumPy module; any other module as it is."""
        name = module.__name__
        if isinstance(module, StandIn) or (name != "numpy" and not name.startswith("numpy.")) or _UNTOUCHED.match(name):
            return module
        if name not in self._stand_ins:
            self._stand_ins[name] = StandIn(module, self)
        return self._stand_ins[name]

    def value(self, module: ModuleType, name: str) -> Any:
        """Attribute of a NumPy module as the arm has it."""
        own = getattr(module, name)  # NumPy's AttributeError and deprecation warnings are the right ones
        if isinstance(own, ModuleType):
            return self.stand_in(own)
        if own is np.ufunc:
            return AnyUfunc
        path = module.__name__.removeprefix("numpy").removeprefix(".")
        found = MISSING
        if path in PUBLIC_MODULES:
            # A name that NumPy makes when asked for is deprecated, and has warned already.
            with nullcontext() if name in vars(module) else warnings.catch_warnings(action="ignore"):
                found = self.arm.twin(path, name, own)
        if found is MISSING:
            found = self._identities.get(id(own), (own, MISSING))[1]  # a public function under another name
        if found is not MISSING:
            return found
        if path in PUBLIC_MODULES and callable(own) and not name.startswith("_"):
            label = f"{path}.{name}".lstrip(".")
            self.uses[label] += 1
            self.used_by[label].add(os.environ.get("PYTEST_CURRENT_TEST", "import").partition(" ")[0])
        return own

    def _twins(self) -> dict[int, tuple[Any, Any]]:
        """id of a public NumPy function -> the function (so that the id stays its own) and what stands in for it."""
        twins: dict[int, tuple[Any, Any]] = {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # deprecated names
            for path in PUBLIC_MODULES:
                module = import_module(f"numpy.{path}".rstrip("."))
                for name, own in vars(module).items():
                    if callable(own) and not name.startswith("_"):
                        twin = self.arm.twin(path, name, own)
                        if twin is not MISSING:
                            twins.setdefault(id(own), (own, twin))
        return twins


class StandIn(ModuleType):
    """A NumPy module with an arm's functions; what is set or deleted on it is so on NumPy's module."""

    def __init__(self, module: ModuleType, substitution: Substitution) -> None:
        super().__init__(module.__name__, module.__doc__)
        object.__getattribute__(self, "__dict__")["_stand_in"] = module, substitution

    # Not __getattr__: the tests also call ``numpy.__getattribute__(name)``.
    def __getattribute__(self, name: str) -> Any:
        if name in ("__class__", "__getattribute__", "__name__"):
            return object.__getattribute__(self, name)
        module, substitution = object.__getattribute__(self, "__dict__")["_stand_in"]
        if name == "__dict__":
            return {name: getattr(self, name) for name in vars(module)}
        return getattr(module, name) if name.startswith("__") else substitution.value(module, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(object.__getattribute__(self, "__dict__")["_stand_in"][0], name, value)

    def __delattr__(self, name: str) -> None:
        delattr(object.__getattribute__(self, "__dict__")["_stand_in"][0], name)

    def __dir__(self) -> list[str]:
        return dir(object.__getattribute__(self, "__dict__")["_stand_in"][0])


class _AnyUfuncType(type):
    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(getattr(value, "__wrapped__", value), np.ufunc)

    def __getattr__(cls, name: str) -> Any:
        return getattr(np.ufunc, name)


class AnyUfunc(metaclass=_AnyUfuncType):
    """``np.ufunc`` of the test modules, which collect their ufuncs by ``isinstance``: an arm's count, too."""


class _Finder(MetaPathFinder):
    def __init__(self, module_builtins: dict[str, Any]) -> None:
        self._builtins = module_builtins

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if not _TEST_MODULE.match(name):
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None:
                if _TEST_FILE.match(spec.origin or ""):
                    spec.loader = _Loader(spec.loader, self._builtins)  # type: ignore[assignment]
                return spec
        return None


class _Loader:
    """Another loader (pytest's), for which the builtins of the module are in place already."""

    def __init__(self, loader: Any, module_builtins: dict[str, Any]) -> None:
        self._loader, self._builtins = loader, module_builtins

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__["__builtins__"] = self._builtins
        self._loader.exec_module(module)
