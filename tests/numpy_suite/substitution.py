"""NumPy as the test modules see it: a stand-in for every ``numpy`` module that hands out an arm's functions.

A test module runs with an ``__import__`` of its own (a module's builtins are its globals' ``__builtins__``), so that
``import numpy as np``, ``from numpy.linalg import norm`` and imports inside its functions meet a `StandIn`. NumPy itself
and its testing tools are not touched: what they do with an arm's arrays is part of what is tested.
"""

from __future__ import annotations

import builtins
import os
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import numpy as np

# An arm: the public path of a NumPy module, a name in it and NumPy's own value -> the arm's value, or MISSING.
Arm = Callable[[str, str, Any], Any]
MISSING = object()

PUBLIC_MODULES = (
    "", "linalg", "fft", "random", "polynomial", "polynomial.polynomial", "polynomial.chebyshev",
    "polynomial.legendre", "polynomial.laguerre", "polynomial.hermite", "polynomial.hermite_e", "polynomial.polyutils",
    "ma", "char", "strings", "rec", "emath", "lib.scimath", "lib.stride_tricks", "lib.array_utils", "lib.format",
    "lib.mixins", "lib.npyio", "lib.introspect", "lib.recfunctions", "ctypeslib",
)  # fmt: skip
# The judges and what is only types: NumPy's own in every arm.
_UNTOUCHED = re.compile(r"numpy\.(testing|typing|exceptions|dtypes|version|conftest|ma\.testutils|(\w+\.)*tests)(\.|$)")
_TEST_MODULE = re.compile(r"numpy\.(\w+\.)*tests\.\w+$")


class Substitution:
    """What one arm puts in the place of NumPy's functions, and a record of what it had nothing for."""

    def __init__(self, arm: Arm) -> None:
        self.arm = arm
        self.stand_ins: dict[str, StandIn] = {}
        self.uses: Counter[str] = Counter()  # public NumPy names for which the arm has nothing -> how often fetched
        self.used_by: defaultdict[str, set[str]] = defaultdict(set)  # ... -> in which tests
        self._by_identity: dict[int, tuple[Any, Any]] | None = None

    def stand_in(self, module: ModuleType) -> ModuleType:
        """The stand-in for a NumPy module; any other module as it is."""
        name = module.__name__
        if isinstance(module, StandIn) or (name != "numpy" and not name.startswith("numpy.")) or _UNTOUCHED.match(name):
            return module
        if name not in self.stand_ins:
            self.stand_ins[name] = StandIn(module, self)
        return self.stand_ins[name]

    def value(self, module: ModuleType, name: str) -> Any:
        """Attribute of a NumPy module as the arm has it."""
        own = getattr(module, name)  # NumPy's AttributeError and deprecation warnings are the right ones
        if isinstance(own, ModuleType):
            return self.stand_in(own)
        if name.startswith("__"):
            return own
        path = module.__name__.removeprefix("numpy").removeprefix(".")
        if path not in PUBLIC_MODULES:
            # Private modules: what is a public function under another name is the arm's; the rest is NumPy's.
            return self._identities().get(id(own), (own, own))[1]
        found = self.arm(path, name, own)
        if found is MISSING:
            found = self._identities().get(id(own), (own, MISSING))[1]
        if found is not MISSING:
            return found
        if callable(own) and not name.startswith("_"):
            label = f"{path}.{name}".lstrip(".")
            self.uses[label] += 1
            self.used_by[label].add(os.environ.get("PYTEST_CURRENT_TEST", "import").rpartition(" (")[0] or "import")
        return own

    def _identities(self) -> dict[int, tuple[Any, Any]]:
        """id of a public NumPy function -> itself (so that the id stays its own) and the arm's twin."""
        if self._by_identity is None:
            self._by_identity = {}
            for path in PUBLIC_MODULES:
                module = np if not path else import_module(f"numpy.{path}") if path != "emath" else np.emath
                for name in dir(module):
                    if name.startswith("_") or name in ("sctypeDict", "typecodes"):
                        continue
                    own = getattr(module, name)
                    if not callable(own) or id(own) in self._by_identity:
                        continue
                    twin = self.arm(path, name, own)
                    if twin is not MISSING and twin is not own:
                        self._by_identity[id(own)] = own, twin
        return self._by_identity

    def install(self) -> None:
        """From now on, test modules of NumPy that are imported see stand-ins."""
        sys.meta_path.insert(0, _Finder(self))


class StandIn(ModuleType):
    """A NumPy module with an arm's functions; what is set or deleted on it is so on NumPy's module."""

    def __init__(self, module: ModuleType, substitution: Substitution) -> None:
        super().__init__(module.__name__, module.__doc__)
        for name in ("__file__", "__path__", "__package__", "__spec__", "__loader__", "__all__", "__version__"):
            if hasattr(module, name):
                self.__dict__[name] = getattr(module, name)
        self.__dict__["_stand_in"] = module, substitution

    def __getattr__(self, name: str) -> Any:
        module, substitution = self.__dict__["_stand_in"]
        return substitution.value(module, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.__dict__["_stand_in"][0], name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self.__dict__["_stand_in"][0], name)

    def __dir__(self) -> list[str]:
        return dir(self.__dict__["_stand_in"][0])


class _Finder(MetaPathFinder):
    def __init__(self, substitution: Substitution) -> None:
        def import_from_test(name: str, *args: Any, **kwargs: Any) -> Any:
            return substitution.stand_in(builtins.__import__(name, *args, **kwargs))

        self.builtins = {**vars(builtins), "__import__": import_from_test}

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not _TEST_MODULE.match(name):
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None:
                spec.loader = _Loader(spec.loader, self.builtins)
                return spec
        return None


class _Loader:
    """Another loader (pytest's), which finds the builtins of the module already in place."""

    def __init__(self, loader: Any, module_builtins: dict[str, Any]) -> None:
        self.loader, self.builtins = loader, module_builtins

    def __getattr__(self, name: str) -> Any:
        return getattr(self.loader, name)

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__["__builtins__"] = self.builtins
        self.loader.exec_module(module)
