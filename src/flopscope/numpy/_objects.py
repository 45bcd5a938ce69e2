"""Objects of NumPy's that hand out arrays when they are indexed or iterated over: twins that hand out counted ones.

What they do is to move data, which is free.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from inspect import unwrap
from typing import Any

import numpy as np
from numpy.lib.npyio import NpzFile

from flopscope import dispatch
from flopscope.costs.table import Op
from flopscope.dispatch import plain, wrap
from flopscope.registry import explicit, lane, numpy_attribute

# -- index tricks ----------------------------------------------------------------------------------------------------


class Grid:
    """NumPy's `mgrid`, `ogrid`, `r_` or `c_`."""

    def __init__(self, grid: Any) -> None:
        self._grid = grid
        self.__doc__ = grid.__doc__

    def __getitem__(self, key: Any) -> Any:
        return wrap(self._grid[plain(key)])

    def __len__(self) -> int:
        return len(self._grid)


mgrid, ogrid, r_, c_ = map(Grid, (np.mgrid, np.ogrid, np.r_, np.c_))


# -- iterators -------------------------------------------------------------------------------------------------------


class nditer:
    """NumPy's multi-dimensional iterator, with counted arrays for its operands and values.

    Parameters
    ----------
    *args, **kwargs
        As for ``numpy.nditer``.

    Examples
    --------
    >>> import flopscope.numpy as fnp
    >>> [float(x + 1) for x in fnp.nditer(fnp.arange(3.0))]
    [1.0, 2.0, 3.0]
    """

    _iterator: np.nditer

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        named = {name: plain(value) for name, value in kwargs.items()}
        self.__dict__["_iterator"] = np.nditer(*map(plain, args), **named)

    def __getattr__(self, name: str) -> Any:
        return _handed(getattr(self._iterator, name))

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._iterator, name, plain(value))

    def __delattr__(self, name: str) -> None:
        delattr(self._iterator, name)

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        return wrap(next(self._iterator))

    def __len__(self) -> int:
        return len(self._iterator)

    def __getitem__(self, index: Any) -> Any:
        return wrap(self._iterator[index])

    def __setitem__(self, index: Any, value: Any) -> None:
        self._iterator[index] = plain(value)

    def __enter__(self) -> nditer:
        self._iterator.__enter__()
        return self

    def __exit__(self, *exc: Any) -> Any:
        return self._iterator.__exit__(*exc)

    def __copy__(self) -> nditer:
        return self.copy()


def _handed(value: Any) -> Any:
    """What an iterator hands out, counted: arrays, iterators, methods that return these."""
    if isinstance(value, np.nditer):
        twin = nditer.__new__(nditer)
        twin.__dict__["_iterator"] = value
        return twin
    if callable(value):

        def method(*args: Any, **kwargs: Any) -> Any:
            return _handed(value(*args, **kwargs))

        return method
    return wrap(value)


@explicit("nested_iters")
def _build_nested_iters(op: Op) -> Callable[..., Any]:
    def nested_iters(*args: Any, **kwargs: Any) -> tuple[nditer, ...]:
        named = {name: plain(value) for name, value in kwargs.items()}
        return tuple(map(_handed, np.nested_iters(*map(plain, args), **named)))

    return nested_iters


# -- archives --------------------------------------------------------------------------------------------------------


class Archive(NpzFile):
    """An archive of arrays, as `load` opens it."""

    def __getitem__(self, key: str) -> Any:
        return wrap(super().__getitem__(key))


@explicit("load")
def _build_load(op: Op) -> Callable[..., Any]:
    read = dispatch.free(np.load)

    def load(*args: Any, **kwargs: Any) -> Any:
        result = read(*args, **kwargs)
        if type(result) is NpzFile:
            result.__class__ = Archive
        return _twin(result)

    return load


# -- objects of classes of their own ---------------------------------------------------------------------------------


def _twin(found: Any) -> Any:
    """An array in a file or of records, or a polynomial, as an object of our class of the same name."""
    if type(found) is tuple:
        return tuple(map(_twin, found))
    if type(found) not in (np.memmap, np.recarray, np.poly1d):
        return found
    twin = getattr(import_module("flopscope.numpy._classes"), type(found).__name__)
    return twin(found) if isinstance(found, np.poly1d) else found.view(twin)


def _build_twin(op: Op) -> Callable[..., Any]:
    run = lane(op, numpy_attribute(op.name))

    def call(*args: Any, **kwargs: Any) -> Any:
        return _twin(run(*args, **kwargs))

    return call


for _name in (
    *(f"rec.{name}" for name in "array fromarrays fromfile fromrecords fromstring".split()),
    *(f"lib.recfunctions.{name}" for name in "rec_append_fields rec_drop_fields".split()),
    "lib.format.open_memmap",
    *"polyadd polysub polymul polydiv polyint polyder".split(),
):
    explicit(_name)(_build_twin)


@explicit("polyval")
def _build_polyval(op: Op) -> Callable[..., Any]:
    at_points = lane(op, np.polyval)

    def polyval(p: Any, x: Any) -> Any:
        # At another polynomial, what its operators do is charged as itself.
        return _twin(unwrap(np.polyval)(plain(p), x)) if isinstance(x, np.poly1d) else at_points(p, x)

    return polyval
