"""Objects of NumPy's that hand out arrays when they are indexed or iterated over: twins that hand out counted ones.

What they do is to move data, which is free.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from inspect import unwrap
from typing import Any

import numpy as np
from numpy.lib.npyio import NpzFile

from flopscope.arrays import dispatch
from flopscope.arrays.dispatch import FA, nd, plain, wrap
from flopscope.arrays.registry import explicit, lane, numpy_attribute
from flopscope.budgets.blocks import active_scope
from flopscope.costs.table import Op

# -- index tricks ----------------------------------------------------------------------------------------------------


class Grid:
    """NumPy's `mgrid`, `ogrid`, `r_` or `c_`."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._grid = getattr(np, name)
        self.__doc__ = self._grid.__doc__

    def __getitem__(self, key: Any) -> Any:
        planner = active_scope().budget.planner
        if planner is not None:
            return planner.uncounted(self._name, self._grid.__getitem__, (key,), {}, counted=True)
        return wrap(self._grid[plain(key)])

    def __len__(self) -> int:
        return len(self._grid)


mgrid, ogrid, r_, c_ = map(Grid, ("mgrid", "ogrid", "r_", "c_"))


# -- iterators -------------------------------------------------------------------------------------------------------


class nditer:
    """NumPy's multi-dimensional iterator, with counted arrays for its operands and values.

    It stands for ``numpy.nditer``, of which Python cannot make a subclass, with the same parameters, methods and
    attributes.

    Examples
    --------
    >>> import flopscope.numpy as fnp
    >>> [float(x + 1) for x in fnp.nditer(fnp.arange(3.0))]
    [1.0, 2.0, 3.0]
    """

    __slots__ = ("_iterator", "_own")
    _iterator: np.nditer
    # Plain views of the operands, and the arrays that they stand for, which the iterator hands out as they are.
    _own: list[tuple[Any, Any]]

    def __init__(
        self, op: Any, flags: Any = None, op_flags: Any = None, op_dtypes: Any = None, order: Any = "K",
        casting: Any = "safe", op_axes: Any = None, itershape: Any = None, buffersize: Any = 0,
    ) -> None:  # fmt: skip
        given = plain(op)
        self._iterator = np.nditer(
            given, flags, op_flags, op_dtypes, order, casting, op_axes, plain(itershape), buffersize
        )
        self._own = _pairs(given, op)

    def _hand(self, value: Any) -> Any:
        return _counted(value, self._own)

    def __iter__(self) -> nditer:
        return self

    def __next__(self) -> Any:
        return self._hand(next(self._iterator))

    def __len__(self) -> int:
        return len(self._iterator)

    def __getitem__(self, index: Any) -> Any:
        return self._hand(self._iterator[index])

    def __setitem__(self, index: Any, value: Any) -> None:
        self._iterator[index] = plain(value)

    def __delitem__(self, index: Any) -> None:
        del self._iterator[index]  # type: ignore[attr-defined]  # raises

    def __enter__(self) -> nditer:
        self._iterator.__enter__()
        return self

    def __exit__(self, *exc: Any) -> Any:
        return self._iterator.__exit__(*exc)

    def __copy__(self) -> nditer:
        return self._hand(self._iterator.__copy__())  # type: ignore[attr-defined]


def _pairs(given: Any, operands: Any) -> list[tuple[Any, Any]]:
    """Operands as an iterator gets them, each with the one that it stands for."""
    several = isinstance(operands, (list, tuple))
    pairs = zip(given, operands, strict=True) if several else [(given, operands)]
    return [(passed, original) for passed, original in pairs if isinstance(passed, nd)]


def _counted(value: Any, own: list[tuple[Any, Any]]) -> Any:
    """What an iterator hands out, counted: arrays, and other iterators."""
    if isinstance(value, np.nditer):
        twin = nditer.__new__(nditer)
        twin._iterator, twin._own = value, own
        return twin
    return wrap(value, {id(passed): original for passed, original in own})


def _method(name: str, numpy_method: Any) -> Callable[..., Any]:
    def method(self: nditer, /, *args: Any, **kwargs: Any) -> Any:
        return self._hand(numpy_method(self._iterator, *args, **kwargs))

    method.__name__, method.__qualname__ = name, f"nditer.{name}"
    method.__doc__, method.__wrapped__ = numpy_method.__doc__, numpy_method  # type: ignore[attr-defined]
    return method


def _attribute(name: str, numpy_attribute: Any) -> property:
    return property(
        lambda self: self._hand(getattr(self._iterator, name)),
        lambda self, value: setattr(self._iterator, name, plain(value)),
        lambda self: delattr(self._iterator, name),
        numpy_attribute.__doc__,
    )


for _name, _member in vars(np.nditer).items():
    if not _name.startswith("__"):
        setattr(nditer, _name, (_method if callable(_member) else _attribute)(_name, _member))


@explicit("nested_iters")
def _build_nested_iters(op: Op) -> Callable[..., Any]:
    def nested_iters(op: Any, *args: Any, **kwargs: Any) -> tuple[nditer, ...]:
        given = plain(op)
        iterators = np.nested_iters(given, *args, **kwargs)
        return tuple(_counted(iterator, _pairs(given, op)) for iterator in iterators)

    return nested_iters


# -- archives --------------------------------------------------------------------------------------------------------


class Archive(NpzFile):
    """An archive of arrays, as `load` opens it."""

    def __getitem__(self, key: str) -> Any:
        return wrap(super().__getitem__(key))


@explicit("load")
def _build_load(op: Op) -> Callable[..., Any]:
    read = dispatch.free(op, np.load)

    def load(*args: Any, **kwargs: Any) -> Any:
        result = read(*args, **kwargs)
        if type(result) is NpzFile:
            result.__class__ = Archive
        return _twin(result)

    return load


# -- objects of classes of their own ---------------------------------------------------------------------------------


def _twin(found: Any) -> Any:
    """An array in a file, of records or with a mask, or a polynomial, as an object of our class of the same name."""
    if type(found) is tuple:
        return tuple(map(_twin, found))
    if type(found) not in (np.memmap, np.recarray, np.poly1d):
        masked = isinstance(found, nd) and not isinstance(found, FA) and type(found) is np.ma.MaskedArray
        return found.view(import_module("flopscope.numpy._masked").MaskedArray) if masked else found
    twin = getattr(import_module("flopscope.numpy._classes"), type(found).__name__)
    return twin(found) if isinstance(found, np.poly1d) else found.view(twin)


def _build_twin(op: Op) -> Callable[..., Any]:
    run = lane(op, numpy_attribute(op.name))

    def call(*args: Any, **kwargs: Any) -> Any:
        return _twin(run(*args, **kwargs))

    return call


for _name in (
    *(f"rec.{name}" for name in "array fromarrays fromfile fromrecords fromstring".split()),
    *(
        f"lib.recfunctions.{name}"
        for name in (
            "append_fields find_duplicates join_by merge_arrays rec_append_fields rec_drop_fields rec_join "
            "recursive_fill_fields"
        ).split()
    ),
    "lib.format.open_memmap",
    *"polyadd polysub polymul polydiv polyint polyder".split(),
):
    explicit(_name)(_build_twin)


@explicit("lib.recfunctions.stack_arrays")
def _build_stack_arrays(op: Op) -> Callable[..., Any]:
    joined = _build_twin(op)

    def call(arrays: Any, *args: Any, **kwargs: Any) -> Any:
        one = isinstance(arrays, (list, tuple)) and len(arrays) == 1
        return arrays[0] if one else joined(arrays, *args, **kwargs)  # of one, NumPy returns the array itself

    return call


@explicit("polyval")
def _build_polyval(op: Op) -> Callable[..., Any]:
    at_points = lane(op, np.polyval)

    def polyval(p: Any, x: Any) -> Any:
        # At another polynomial, what its operators do is charged as itself.
        return _twin(unwrap(np.polyval)(plain(p), _twin(x))) if isinstance(x, np.poly1d) else at_points(p, x)

    return polyval
