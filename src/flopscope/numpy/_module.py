"""A namespace that mirrors a NumPy module: attributes are built from the table the first time they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np

from flopscope.arrays.dispatch import wrap
from flopscope.arrays.registry import door
from flopscope.costs.masked import NAMESAKES
from flopscope.costs.table import lookup
from flopscope.errors import UnsupportedFunctionError, near

# Mirrored modules, by their path below numpy; imported when they are first asked for, as NumPy does.
MODULES = frozenset(
    """
    char ctypeslib fft linalg ma random rec strings testing
    lib lib.array_utils lib.format lib.npyio lib.recfunctions lib.scimath lib.stride_tricks
    polynomial polynomial.chebyshev polynomial.hermite polynomial.hermite_e polynomial.laguerre polynomial.legendre
    polynomial.polynomial polynomial.polyutils
    """.split()
)
# Other names of mirrored modules.
SAME_MODULES = {"emath": "lib.scimath", "ma.core": "ma", "ma.extras": "ma"}
# Classes and objects that hand out arrays, which ours count: where each of them is.
_SERIES = {
    "chebyshev": "Chebyshev",
    "hermite": "Hermite",
    "hermite_e": "HermiteE",
    "laguerre": "Laguerre",
    "legendre": "Legendre",
    "polynomial": "Polynomial",
}
TWINS = {
    **dict.fromkeys(("c_", "mgrid", "nditer", "ogrid", "r_"), "_objects"),
    **dict.fromkeys(("memmap", "poly1d", "recarray", "rec.recarray", "vectorize", "lib.Arrayterator"), "_classes"),
    **dict.fromkeys(("random.Generator", "random.RandomState"), "random"),
    **dict.fromkeys(("ma.MaskedArray", "ma.masked_array", "ma.mr_"), "_masked"),
    **{f"ma.{name}": "_masked" for name in NAMESAKES},
    **{f"polynomial.{name}": "_series" for name in _SERIES.values()},
    **{f"polynomial.{module}.{name}": "_series" for module, name in _SERIES.items()},
}
# What NumPy's modules do not have.
_ADDED = {"": {"namespace"}, "random": {"symmetric"}}
# Classes and modules that compute nothing themselves and are NumPy's own in fnp as well: what they do with counted
# arrays is charged as itself. dtypes, constants and exceptions are recognised.
REEXPORTED = frozenset(
    "ndarray dtype ufunc finfo iinfo errstate ndenumerate ndindex broadcast flatiter "
    "busdaycalendar random.BitGenerator random.MT19937 random.PCG64 random.PCG64DXSM random.Philox random.SFC64 "
    "random.SeedSequence "
    "dtypes exceptions f2py typing version lib.introspect lib.mixins "
    "lib.NumpyVersion lib.add_docstring lib.add_newdoc lib.npyio.DataSource lib.npyio.NpzFile "
    "ctypeslib.c_intp ma.mvoid "
    "testing.overrides testing.TestCase testing.assert_ testing.assert_raises testing.assert_raises_regex "
    "testing.assert_warns testing.assert_no_warnings testing.assert_no_gc_cycles testing.assert_string_equal "
    "testing.break_cycles testing.build_err_msg testing.check_support_sve testing.clear_and_catch_warnings "
    "testing.decorate_methods testing.jiffies testing.measure testing.memusage testing.run_threaded testing.rundocs "
    "testing.runstring testing.suppress_warnings testing.tempdir testing.temppath "
    "__version__ __array_api_version__ __array_namespace_info__".split()
)


def is_reexported(path: str, value: Any) -> bool:
    """Whether `value`, which is ``numpy.<path>``, is NumPy's own in `fnp`, too."""
    if path in REEXPORTED:
        return True
    if isinstance(value, type):
        return issubclass(value, (np.generic, BaseException))
    return not callable(value) and not isinstance(value, ModuleType)


def mirror(target: dict[str, Any]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` for a module with globals `target`, which mirrors NumPy's of the same name."""
    label: str = target["__name__"]
    shadowed = import_module(label.removeprefix("flopscope."))
    prefix = label.removeprefix("flopscope.numpy").removeprefix(".")
    start = f"{prefix}." if prefix else ""

    def get(name: str) -> Any:
        path = start + name
        op = None if path in TWINS else lookup(path)
        if op is not None and not op.reason and not hasattr(shadowed, name):
            raise UnsupportedFunctionError(f"the installed NumPy {np.__version__} has no numpy.{path}")
        if op is not None:
            found = door(path)
        elif path in MODULES or path in SAME_MODULES:
            found = import_module(f"flopscope.numpy.{SAME_MODULES.get(path, path)}")
        elif path in TWINS:
            found = getattr(import_module(f"flopscope.numpy.{TWINS[path]}"), name)
        elif name == "__all__":
            return names()
        elif (name.startswith("__") and path not in REEXPORTED) or not hasattr(shadowed, name):
            raise AttributeError(f"module {label!r} has no attribute {name!r}{near(name, names())}")
        else:
            found = getattr(shadowed, name)
            found = wrap(found) if isinstance(found, np.ndarray) else found
            if not is_reexported(path, found):
                raise UnsupportedFunctionError(
                    f"numpy.{path} has no row in flopscope's table yet, so it is refused rather than run uncounted; "
                    "use np.asarray(x) with NumPy's own where it need not be counted"
                )
        target[name] = found
        return found

    def names() -> list[str]:
        """What can be had: never a name that is refused."""
        listed = {path.removeprefix(start) for path in MODULES if path.rpartition(".")[0] == prefix}
        listed.update(_ADDED.get(prefix, ()))
        for name in {*dir(shadowed), *getattr(shadowed, "__all__", ())}:
            path = start + name
            op = lookup(path)
            ours = path in SAME_MODULES or path in TWINS
            if not name.startswith("_") and (ours or (op and not op.reason) or (not op and _reexports(path, name))):
                listed.add(name)
        return sorted(listed)

    def _reexports(path: str, name: str) -> bool:
        return hasattr(shadowed, name) and is_reexported(path, getattr(shadowed, name))

    return get, names
