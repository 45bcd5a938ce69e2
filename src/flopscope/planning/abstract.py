"""Abstract arrays: what a program computes with while it is planned.

An abstract array has a shape and a dtype; its elements are unknown, or known where that is cheap (small arrays made
from constants, arrays given to the plan). It takes part in everything arrays do: NumPy's functions and ``fnp``'s reach
it through NumPy's protocols, operators and methods are here. Whoever asks for an unknown value gets the answer that
the plan was given for such questions, or a `ValueNeededError`.
"""

from __future__ import annotations

import builtins
import operator
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

from flopscope.arrays.dispatch import BARE, FA, nd
from flopscope.arrays.registry import door, door_of_function, door_of_ufunc, numpy_attribute, public_name
from flopscope.errors import ValueNeededError
from flopscope.planning.indexing import indexed
from flopscope.planning.layouts import Layout
from flopscope.planning.miniature import of_kind
from flopscope.planning.standins import StandIn, number, planner, stand_in


class _NotHashableError(ValueNeededError, TypeError):
    """Asked for the hash of an unknown value; also a TypeError, as for anything that has no hash."""


class _NoAttributeError(ValueNeededError, AttributeError):
    """Asked for an attribute of memory that is not there; also an AttributeError, so that `hasattr` says no."""


class Abstract:
    """What arrays and scalars of a plan have in common.

    Attributes
    ----------
    shape : tuple of int
        Lengths of the axes.
    dtype : dtype
        Element type.
    """

    __slots__ = ("__weakref__", "_array", "_counted", "_layout", "_memory")

    # NumPy asks before it compares priorities, so that mixed operations with any array come here.
    __array_priority__ = 1000.0

    def __init__(self, array: nd, memory: list[bool], counted: bool) -> None:
        # A stand-in, or the values themselves; `memory` is shared by all views of one piece of memory and says
        # whether its values are known.
        self._array = array
        self._memory = memory
        self._counted = counted
        self._layout: Layout | None = None

    # -- facts ---------------------------------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        return self._array.shape

    @shape.setter
    def shape(self, value: Any) -> None:
        found = self.reshape(value)
        self._array, self._layout = found._array, found._layout

    @property
    def dtype(self) -> np.dtype[Any]:
        return self._array.dtype

    @property
    def ndim(self) -> int:
        return self._array.ndim

    @property
    def size(self) -> int:
        return self._array.size

    @property
    def itemsize(self) -> int:
        return self._array.itemsize

    @property
    def nbytes(self) -> int:
        return self._array.size * self._array.itemsize

    @property
    def kind(self) -> type:
        """NumPy's class of arrays that it stands for."""
        return self._array.kind if type(self._array) is StandIn else type(self._array)

    @property
    def strides(self) -> tuple[int, ...]:
        return self.layout().strides

    @property
    def flags(self) -> Any:
        return self.layout().untouched().flags

    @property
    def device(self) -> str:
        return "cpu"

    def known(self) -> bool:
        """Whether the values are known, too."""
        return self._memory[0]

    def layout(self) -> Layout:
        """Where its elements would lie."""
        if self.kind is np.ma.MaskedArray:  # of which runs do not see either that they share memory
            return Layout(self.shape, self.dtype)
        if self._layout is None:
            self._layout = Layout(self.shape, self.dtype)
        return self._layout

    @property
    def symmetry(self) -> Any:
        """Group of the tensor that it stands for; None for an array without symmetry."""
        return None if self._layout is None else self._layout.symmetry

    def forget(self) -> None:
        """Unknown values were written into the memory."""
        self._memory[0] = False

    def given(self) -> nd:
        """What rules see of it: the values, or a stand-in."""
        if self._memory[0]:
            return self._array
        return self._array if type(self._array) is StandIn else of_kind(stand_in(self.shape, self.dtype), self.kind)

    def values(self, what: str) -> Any:
        """The values; if they are unknown, the answer of the plan, spread over the shape."""
        if self._memory[0]:
            return self._array
        return np.broadcast_to(np.asarray(planner().ask(what, self), self.dtype), self.shape)

    def _one(self, what: str) -> Any:
        """The only element, for Python's conversions."""
        if self.size != 1:
            return getattr(np.empty(min(self.size, 2), self.dtype), what)()  # NumPy's error
        if self._memory[0]:
            return self._array
        return np.asarray(planner().ask(f"{what.strip('_')}() of", self))

    # -- values ----------------------------------------------------------------------------------------------------

    def __bool__(self) -> bool:
        return bool(self._one("__bool__"))

    def __int__(self) -> int:
        return int(self._one("__int__"))

    def __float__(self) -> float:
        return float(self._one("__float__"))

    def __complex__(self) -> complex:
        return complex(self._one("__complex__"))

    def __index__(self) -> int:
        if self.ndim or self.dtype.kind not in "iu":
            raise TypeError("only integer scalar arrays can be converted to a scalar index")
        return int(self._one("__index__"))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> nd:
        values = self.values("the elements (np.asarray) of")
        return np.array(values, dtype, copy=copy) if copy else np.asarray(values, dtype)

    def item(self, *args: Any) -> Any:
        return self.values("item() of").item(*args)

    def tolist(self) -> Any:
        return self.values("tolist() of").tolist()

    def tobytes(self, *args: Any) -> bytes:
        return self.values("tobytes() of").tobytes(*args)

    def __repr__(self) -> str:
        known = "" if self._memory[0] else ", values unknown"
        return f"<abstract {self.dtype}{list(self.shape)}{known}>"

    def __format__(self, spec: str) -> str:
        return format(self._array, spec) if self._memory[0] else "?"

    def __hash__(self) -> int:
        if self.ndim == 0 and isinstance(self, AbstractScalar):
            question = planner().question("hash() of", self)
            raise _NotHashableError(question.message(), **question.place())
        raise TypeError("unhashable type: 'numpy.ndarray'")

    # -- NumPy's protocols -----------------------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        plan = planner()
        out = kwargs.get("out", ())
        if len(out) == 1:
            kwargs["out"] = out[0]
        if is_counted((*inputs, *out)):
            return door_of_ufunc(ufunc, method)(*inputs, **kwargs)
        name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
        run = ufunc if method == "__call__" else getattr(ufunc, method)
        return plan.uncounted(name, run, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        plan = planner()
        found = door_of_function(function)
        if found is None:
            return NotImplemented
        if is_counted((*args, *kwargs.values())):
            return found(*args, **kwargs)
        return plan.uncounted(public_name(function), function, args, kwargs)

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        return FA.__array_namespace__(np.empty(0).view(FA), api_version=api_version)  # type: ignore[attr-defined]

    # -- moving data -------------------------------------------------------------------------------------------------

    def _moved(self, name: str, run: Any, *args: Any, **kwargs: Any) -> Any:
        """What a method returns that moves data."""
        return planner().uncounted(name, run, (self, *args), kwargs, counted=self._counted)

    def _free(self, name: str, *args: Any, **kwargs: Any) -> Any:
        return self._moved(name, numpy_attribute(name), *args, **kwargs)

    def reshape(self, *shape: Any, order: Any = "C", copy: Any = None) -> Any:
        return self._free("reshape", shape[0] if len(shape) == 1 else shape, order=order)

    def transpose(self, *axes: Any) -> Any:
        return self._free("transpose", axes[0] if len(axes) == 1 else axes or None)

    @property
    def T(self) -> Any:
        return self._free("transpose")

    @property
    def mT(self) -> Any:
        return self._free("matrix_transpose")

    @property
    def real(self) -> Any:
        if type(self) is AbstractScalar and self.dtype.kind != "c":
            return self
        return self._free("real")

    @real.setter
    def real(self, value: Any) -> None:
        self[...] = value

    @property
    def imag(self) -> Any:
        return self._free("imag")

    @imag.setter
    def imag(self, value: Any) -> None:
        self[...] = value

    @property
    def flat(self) -> Any:
        return self._free("ravel")

    @flat.setter
    def flat(self, value: Any) -> None:
        self[...] = value

    def flatten(self, order: Any = "C") -> Any:
        return self._free("copy").reshape(-1)

    def copy(self, order: Any = "C") -> Any:
        return self._free("copy")

    def __copy__(self) -> Any:
        return self.copy()

    def __deepcopy__(self, memo: Any) -> Any:
        return self.copy()

    def astype(
        self, dtype: Any, order: Any = "K", casting: Any = "unsafe", subok: bool = True, copy: bool = True
    ) -> Any:
        return self._moved("astype", _astype, dtype, casting, copy)

    def view(self, dtype: Any = None, type: Any = None) -> Any:
        if isinstance(dtype, builtins.type) and issubclass(dtype, nd):  # of one class with another
            return self if issubclass(dtype, FA) == self._counted else self._of_class(dtype)
        return self if dtype is None else self._moved("view", nd.view, dtype)

    def _of_class(self, kind: builtins.type) -> Any:
        """The same array, counted if it is of a counted class."""
        twin = builtins.type(self)(self._array, self._memory, issubclass(kind, FA))
        twin._layout = self._layout
        return twin

    def fill(self, value: Any) -> None:
        self[...] = value

    def put(self, indices: Any, values: Any, mode: Any = "raise") -> None:
        self._free("put", indices, values, mode)

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("len() of unsized object")
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        if not self.ndim:
            raise TypeError("iteration over a 0-d array")
        return (self[i] for i in range(self.shape[0]))

    def __getattr__(self, name: str) -> Any:
        if self.kind is np.recarray and name in (self.dtype.names or ()):
            return self[name]
        if self.kind is np.ma.MaskedArray and not name.startswith("_"):
            function = {"data": "getdata", "mask": "getmaskarray"}.get(name, name)
            if function != name:
                return door(f"ma.{function}")(self)
            if numpy_attribute(f"ma.{name}") is not None:
                return partial(door(f"ma.{name}"), self)
        if hasattr(nd, name) and not name.startswith("_"):
            question = planner().question(f".{name} of", self)
            raise _NoAttributeError(question.message(), **question.place())
        raise AttributeError(f"{self.__class__.__name__!r} object has no attribute {name!r}")

    def __contains__(self, value: Any) -> bool:
        return bool(door("any")(self == value))

    def __getitem__(self, index: Any) -> Any:
        return self._moved("getitem", _getitem, index)

    def __setitem__(self, index: Any, value: Any) -> None:
        planner().uncounted("setitem", operator.setitem, (self, index, value), {})


class AbstractScalar(Abstract):
    """A scalar with an unknown value: counted if a counted op computed it, NumPy's if it was only read (``x[0]``)."""

    __slots__ = ()

    def _moved(self, name: str, run: Any, *args: Any, **kwargs: Any) -> Any:
        """What a method returns that moves data: a part of a counted scalar is counted."""
        found = planner().uncounted(name, run, (self, *args), kwargs, self._counted, self._counted)
        if found is self or (type(found) is AbstractArray and not found.ndim):
            return AbstractScalar(found._array, found._memory, self._counted)
        return found

    @property
    def T(self) -> Any:
        return self

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, memo: Any) -> Any:
        return self

    def __round__(self, ndigits: int | None = None) -> Any:
        """Python's number, which is not counted."""
        return AbstractScalar(number(int if ndigits is None else self.dtype), [False], False)

    @property
    def __class__(self) -> type:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self.dtype.type if issubclass(self.kind, nd) else self.kind


class AbstractArray(Abstract):
    """An array of a plan. ``isinstance(x, np.ndarray)`` holds, so that programs take the way they take with arrays."""

    __slots__ = ()

    @property
    def __class__(self) -> type:  # pyright: ignore[reportIncompatibleMethodOverride]
        if self._counted and self.kind in _CLASSES:
            module, name = _CLASSES[self.kind]
            return getattr(import_module(module), name)
        return FA if self._counted else nd

    def sort(self, axis: int = -1, kind: Any = None, order: Any = None, *, stable: bool | None = None) -> None:
        self[...] = door("sort")(self, axis)

    def partition(self, kth: Any, axis: int = -1, kind: str = "introselect", order: Any = None) -> None:
        self[...] = door("partition")(self, kth, axis)


# Our classes for NumPy's.
_CLASSES = {
    np.ma.MaskedArray: ("flopscope.numpy._masked", "MaskedArray"),
    np.recarray: ("flopscope.numpy._classes", "recarray"),
}


def is_abstract(value: Any) -> bool:
    return issubclass(type(value), Abstract)


def is_counted(values: Any) -> bool:
    """Whether operations with these are counted: whether a counted array or scalar is among them."""
    for value in values:
        kind = type(value)
        if kind is FA or kind in BARE or (issubclass(kind, Abstract) and value._counted):
            return True
        if (kind is list or kind is tuple) and is_counted(value):
            return True
    return False


def _astype(array: nd, dtype: Any, casting: Any, copy: bool) -> nd:
    return array.astype(dtype, casting=casting, copy=copy)


def _getitem(array: nd, index: Any) -> Any:
    return array[index] if type(array) is not StandIn else indexed(array, index)
