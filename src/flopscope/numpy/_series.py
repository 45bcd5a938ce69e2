"""The six classes of ``numpy.polynomial``: coefficients are counted arrays, and every operation is charged.

NumPy's classes compute by the functions of their modules, which they hold as attributes, and by those of `polyutils`.
Ours hold the counted ones: ``p * q`` is charged as ``polymul(p.coef, q.coef)``, ``p(x)`` as ``mapdomain`` and
``polyval``. Whether two of them have the same domain and window is looked up before they meet, and free.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from importlib import import_module
from typing import Any

import numpy as np

from flopscope.arrays.dispatch import plain, uncharged, wrap
from flopscope.arrays.registry import door
from flopscope.numpy._classes import metered

_AnySeries: Any = np.polynomial.Polynomial.__base__
_mapdomain: Any = import_module("numpy.polynomial.polyutils").mapdomain
_HELD = "add sub mul div pow val int der fit line roots fromroots".split()
# Methods that call functions of polyutils by name: NumPy's own code, where the names mean ours.
_BY_NAME = "mapparms roots trim fit fromroots identity interpolate".split()


def _make(module: str, prefix: str, name: str) -> type:
    theirs: Any = getattr(import_module(f"numpy.polynomial.{module}"), name)
    names: dict[str, Any] = {"pu": import_module("flopscope.numpy.polynomial.polyutils")}
    if module == "chebyshev":
        names["chebinterpolate"] = door("polynomial.chebyshev.chebinterpolate")
    evaluate = metered(theirs.__call__, **names)

    def __init__(self: Any, coef: Any, domain: Any = None, window: Any = None, symbol: str = "x") -> None:
        theirs.__init__(self, plain(coef), plain(domain), plain(window), symbol)
        self.coef, self.domain, self.window = map(wrap, (self.coef, self.domain, self.window))

    def __call__(self: Any, arg: Any) -> Any:
        if isinstance(arg, _AnySeries):  # what its operators do is charged as itself
            return theirs._val(_mapdomain(arg, plain(self.domain), plain(self.window)), plain(self.coef))
        return evaluate(self, arg)

    def _get_coefficients(self: Any, other: Any) -> Any:
        return uncharged(theirs._get_coefficients, self, other)

    def linspace(self: Any, n: int = 100, domain: Any = None) -> Any:
        return wrap(theirs.linspace(self, n, domain))

    def text(method: Callable[..., str]) -> Callable[..., str]:
        def call(self: Any, *args: Any) -> str:
            shown = copy(self)  # of its own class and with its own attributes, which say how to format it
            shown.coef = plain(self.coef)
            return uncharged(method, shown, *args)

        return call

    members: dict[str, Any] = {
        **{f"_{held}": staticmethod(door(f"polynomial.{module}.{prefix}{held}")) for held in _HELD},
        **{shown: text(getattr(theirs, shown)) for shown in ("__str__", "__format__", "__repr__", "_repr_latex_")},
        "__init__": __init__,
        "__call__": __call__,
        "__module__": f"flopscope.numpy.polynomial.{module}",
        "__doc__": theirs.__doc__,
        "_get_coefficients": _get_coefficients,
        "domain": wrap(theirs.domain),
        "window": wrap(theirs.window),
        "linspace": linspace,
    }
    for method in _BY_NAME:
        own: Any = getattr(theirs, method, None)
        if own is not None:
            is_of_class = hasattr(own, "__func__")
            twin = metered(own.__func__ if is_of_class else own, **names)
            members[method] = classmethod(twin) if is_of_class else twin
    return type(theirs)(name, (theirs,), members)


Polynomial = _make("polynomial", "poly", "Polynomial")
Chebyshev = _make("chebyshev", "cheb", "Chebyshev")
Legendre = _make("legendre", "leg", "Legendre")
Hermite = _make("hermite", "herm", "Hermite")
HermiteE = _make("hermite_e", "herme", "HermiteE")
Laguerre = _make("laguerre", "lag", "Laguerre")
