"""Classes of NumPy's that hold arrays or compute with them: twins, subclasses of NumPy's, whose work is counted."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any, cast

import numpy as np

from flopscope.arrays.callbacks import charge, handing_counted
from flopscope.arrays.dispatch import FA, plain, wrap
from flopscope.arrays.registry import door
from flopscope.budgets.blocks import active_scope
from flopscope.costs.table import lookup


def metered(method: Callable[..., Any], **counted: Any) -> Callable[..., Any]:
    """A method of NumPy's with other functions behind the global names in its code."""
    code = cast("FunctionType", method)
    twin = FunctionType(code.__code__, {**code.__globals__, **counted}, code.__name__, code.__defaults__)
    twin.__kwdefaults__, twin.__qualname__ = code.__kwdefaults__, code.__qualname__
    twin.__doc__, twin.__module__, twin.__wrapped__ = code.__doc__, "flopscope.numpy", method  # type: ignore[attr-defined]
    return twin


# -- arrays in files, and of records: NumPy's class says what it is, ours counts -------------------------------------


class memmap(np.memmap, FA):
    """NumPy's array in a file, whose arithmetic is counted.

    Parameters
    ----------
    filename, dtype, mode, offset, shape, order
        As for ``numpy.memmap``.
    """

    def __getitem__(self, index: Any) -> Any:
        found = np.memmap.__getitem__(self, index)
        in_memory = type(found) is memmap and found._mmap is None  # type: ignore[attr-defined]
        return wrap(found.view(np.ndarray)) if in_memory else found


class recarray(np.recarray, FA):  # pyright: ignore[reportIncompatibleVariableOverride]
    """NumPy's array of records with fields for attributes, which are counted arrays.

    Parameters
    ----------
    shape, dtype, buf, ...
        As for ``numpy.recarray``.

    Examples
    --------
    >>> import flopscope.numpy as fnp
    >>> fnp.rec.fromarrays([[1, 2], [3.0, 4.0]], names="a,b").b.sum()
    np.float64(7.0)
    """

    def __getattribute__(self, attr: str) -> Any:
        return wrap(np.recarray.__getattribute__(self, attr))

    def __getitem__(self, indx: Any) -> Any:
        return wrap(np.recarray.__getitem__(self, indx))


class Arrayterator(np.lib.Arrayterator):
    """NumPy's buffered iterator over big arrays, with counted arrays for its blocks.

    Parameters
    ----------
    var : array_like
        What to iterate over.
    buf_size : int, optional
        Most elements of a block.
    """

    def __init__(self, var: Any, buf_size: int | None = None) -> None:  # pyright: ignore[reportInconsistentConstructor]
        super().__init__(wrap(var), buf_size)


# -- functions of one variable ---------------------------------------------------------------------------------------


class vectorize(np.vectorize):
    """NumPy's loop over the elements of arrays, calling a Python function.

    FLOPs = 1 per call of the function, which is given Python's or NumPy's numbers, whose arithmetic cannot be seen;
    what it calls in `fnp` is charged as itself. With a `signature` it is given counted arrays, whose arithmetic is
    charged, and nothing for the call.

    Parameters
    ----------
    pyfunc, otypes, doc, excluded, cache, signature
        As for ``numpy.vectorize``.

    Examples
    --------
    >>> import flopscope as flops, flopscope.numpy as fnp
    >>> with flops.BudgetContext(100) as budget:
    ...     _ = fnp.vectorize(lambda a, b: a if a > b else b)(fnp.ones((3, 1)), fnp.ones(5))
    >>> budget.flops_used  # 3*5
    15
    """

    def _vectorize_call(self, func: Callable[..., Any], args: Any) -> Any:
        if self.signature is not None:
            func = handing_counted(func)
        else:
            op = lookup("vectorize")
            assert op is not None
            charge(op, tuple(args), {})
        planner = active_scope().budget.planner
        if planner is not None and planner.is_asked(args):
            return planner.uncounted("vectorize", self, (func, *args), {}, counted=True)
        return wrap(super()._vectorize_call(func, [plain(a) for a in args]))  # type: ignore[misc]


class poly1d(np.poly1d):
    """NumPy's polynomial in one variable: its arithmetic is charged as polyadd, polymul, polyval and so on.

    Parameters
    ----------
    c_or_r, r, variable
        As for ``numpy.poly1d``.

    Examples
    --------
    >>> import flopscope as flops, flopscope.numpy as fnp
    >>> p = fnp.poly1d([1, 2, 3])
    >>> with flops.BudgetContext(100) as budget:
    ...     print(p(2))
    11
    >>> budget.op_log[0].op_name
    'polyval'
    """

    def __init__(self, c_or_r: Any, r: bool = False, variable: str | None = None) -> None:
        super().__init__(plain(door("poly")(c_or_r) if r else c_or_r), variable=variable)
        self._coeffs = wrap(self._coeffs)

    def __str__(self) -> str:
        return str(np.poly1d(plain(self.coeffs), variable=self.variable))


# Methods that call functions by name: NumPy's own code, where the names mean ours.
for _name in "neg add radd sub rsub mul rmul pow truediv rtruediv call".split():
    setattr(poly1d, f"__{_name}__", metered(getattr(np.poly1d, f"__{_name}__"), poly1d=poly1d, polydiv=door("polydiv")))
for _name in ("deriv", "integ"):
    setattr(poly1d, _name, metered(getattr(np.poly1d, _name), poly1d=poly1d))
poly1d.roots = poly1d.r = property(metered(np.poly1d.roots.fget, roots=door("roots")))  # type: ignore[assignment]

# Pickles and reprs name the classes where users find them.
Arrayterator.__module__ = "flopscope.numpy.lib"
for _class in (memmap, recarray, vectorize, poly1d):
    _class.__module__ = "flopscope.numpy"
