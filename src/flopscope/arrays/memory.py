"""How an array answers for its memory: base, flags, size, and edits of its form in place.

What is one array of NumPy's are two or three here: the counted one is a view of a plain array that nobody else holds
(see ``lanes.py``), which may be a view of the one that owns the memory. A program sees what it would see of NumPy's:
while nobody shares the memory the counted array owns it. Our own code reads ``array._base``, which is NumPy's ``base``.
"""

from __future__ import annotations

import operator
import warnings
from collections.abc import Callable
from functools import wraps
from sys import getrefcount
from typing import Any

import numpy as np

from flopscope.arrays.dispatch import FA, nd

base_of: Callable[[Any], Any] = nd.base.__get__  # type: ignore[attr-defined]
_flags: Callable[[Any], Any] = nd.flags.__get__  # type: ignore[attr-defined]


def _holders(array: nd) -> tuple[int, int]:
    """How many hold the array, and how many its base."""
    return getrefcount(array), getrefcount(base_of(array))


def _holders_of_one_variable() -> tuple[int, int]:
    array = np.empty(0).view(FA)
    return _holders(array)


_ALONE, _PRIVATE = _holders_of_one_variable()


def _fills_its_base(array: nd) -> bool:
    """Whether the array is all of the memory of a plain array."""
    base = base_of(array)
    owner = base if type(base) is nd and base.flags.owndata else getattr(base, "base", None)
    return type(base) is nd and type(owner) is nd and owner.flags.owndata and owner.nbytes == array.nbytes


def owns(array: nd) -> bool:
    """Whether an array has its memory to itself, as NumPy's in its place would own it."""
    if not _fills_its_base(array) or _holders(array)[1] > _PRIVATE:
        return False
    base = base_of(array)
    return base.flags.owndata or _holders(base)[1] <= _PRIVATE


# -- base and flags ----------------------------------------------------------------------------------------------------


def apparent_base(array: nd) -> Any:
    """What NumPy's array in the place of this one would have as its base."""
    if owns(array):
        return None
    found = base_of(array)
    if type(found) is not nd:
        return found
    below = found.base  # of the array that NumPy returned, or that array
    return below.base if type(below) is nd and not below.flags.owndata else below


class Flags:
    """Stands for NumPy's flags of an array that has plain ones below it, which are not to be seen."""

    __slots__ = ("_array",)

    def __init__(self, array: Any) -> None:
        object.__setattr__(self, "_array", array)

    def __getattr__(self, name: str) -> Any:
        found = getattr(_flags(self._array), name)
        if name == "owndata":
            return found or owns(self._array)
        return found | (self.owndata and _OWNDATA) if name == "num" else found

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "writeable":
            _setflags(self._array, value)
        else:
            setattr(_flags(self._array), name, value)

    def __getitem__(self, name: str) -> Any:
        return self.owndata if name in ("O", "OWNDATA") else _flags(self._array)[name]

    def __setitem__(self, name: str, value: Any) -> None:
        if name in ("W", "WRITEABLE"):
            _setflags(self._array, value)
        else:
            _flags(self._array)[name] = value

    def __eq__(self, other: object) -> bool:
        return self.num == getattr(other, "num", None)

    __hash__ = None  # type: ignore[assignment]  # as NumPy's

    def __repr__(self) -> str:
        text = repr(_flags(self._array))
        return text.replace("OWNDATA : False", "OWNDATA : True") if self.owndata else text


_OWNDATA = np.empty(0).flags.num & ~np.empty(0)[:].flags.num


def apparent_flags(self: FA) -> Any:
    """What NumPy's array in the place of this one would have as its flags."""
    return Flags(self) if type(base_of(self)) is nd else _flags(self)


@wraps(nd.setflags)
def _setflags(self: nd, write: Any = None, align: Any = None, uic: Any = None) -> None:
    # While an array below were writeable, NumPy would let any view become so.
    nd.setflags(self, align=align, uic=uic)
    if write is not None:
        arrays = [self]
        while type(base_of(arrays[-1])) is nd and _holders(arrays[-1])[1] <= _PRIVATE:
            arrays.append(base_of(arrays[-1]))
        for array in reversed(arrays) if write else arrays:
            nd.setflags(array, write=write)


def _sizeof(self: FA) -> int:
    """Size of the array in bytes, with the memory that it owns."""
    return nd.__sizeof__(self) + (self.nbytes if owns(self) and not _flags(self).owndata else 0)


# -- edits in place ----------------------------------------------------------------------------------------------------


class _Apart(FA):
    """A counted array whose base is a plain array in use elsewhere, and no longer like it in shape, dtype or strides.

    The lanes know the type of counted arrays only, and so leave this one to `dispatch.execute`, which makes a view.
    """

    __slots__ = ()


_Apart.__module__, _Apart.__name__, _Apart.__qualname__ = FA.__module__, FA.__name__, FA.__qualname__


def like_its_base(array: FA) -> FA:
    """The array, or a view of it of the class that all counted arrays have."""
    return nd.view(array, nd).view(FA) if type(array) is _Apart else array


def _setattr(self: FA, name: str, value: Any) -> None:
    if name in ("shape", "dtype", "strides"):
        _edit(self, lambda array: object.__setattr__(array, name, value))
    else:
        object.__setattr__(self, name, value)


def _edit(self: FA, put: Callable[[Any], None]) -> None:
    """Edit an attribute in place, and carry that over to the private base."""
    private = type(self) is FA and type(base_of(self)) is nd
    shared = private and _holders(self)[1] > _PRIVATE
    put(self)
    if shared:
        object.__setattr__(self, "__class__", _Apart)
    elif private:
        with warnings.catch_warnings(action="ignore"):  # that it is deprecated has been said
            put(base_of(self))


def _setter(numpy_setter: Callable[[Any, Any], None]) -> Callable[[FA, Any], None]:
    """What NumPy calls, as of 2.5, to set an attribute of a subclass: in ``plain.view(dtype, FlopscopeArray)``, say."""
    return lambda self, value: _edit(self, lambda array: numpy_setter(array, value))


def _resize(self: FA, /, *new_shape: Any, refcheck: bool = True) -> None:
    operator.index(refcheck)  # raises as NumPy does: not everything that is true will do
    fills = _fills_its_base(self)
    try:
        # NumPy does what needs no other memory, of views too, and says what is wrong with a shape.
        _edit(self, lambda array: nd.resize(array, *new_shape, refcheck=False))
        return
    except ValueError:
        if not fills:
            raise
    if refcheck:
        references, of_base = _holders(self)
        if references > _ALONE + 1 or of_base > _PRIVATE:  # 1: this call
            raise ValueError(
                "cannot resize an array that references or is referenced by another array in this way.\n"
                "Use the np.resize function or refcheck=False"
            )
    dtype = self.dtype
    resized = nd.view(self, nd).copy("K")
    resized.resize(*new_shape, refcheck=False)
    swapped = not dtype.isnative and dtype.names is None  # would be swapped into native order
    native = resized.view(dtype.newbyteorder("=")) if swapped else resized
    nd.__setstate__(self, native.__reduce__()[2])  # type: ignore[index]  # gives it memory of its own
    if swapped:
        with warnings.catch_warnings(action="ignore"):  # deprecated for users
            object.__setattr__(self, "dtype", dtype)


FA.flags = property(apparent_flags, doc=nd.flags.__doc__)  # type: ignore[assignment,method-assign]
FA.setflags = _setflags  # type: ignore[method-assign,assignment]
FA.__sizeof__ = _sizeof  # type: ignore[method-assign]
FA.__setattr__ = _setattr  # type: ignore[method-assign,assignment]
for _name in ("shape", "dtype", "strides"):
    if hasattr(nd, f"_set_{_name}"):
        setattr(FA, f"_set_{_name}", _setter(getattr(nd, f"_set_{_name}")))
FA.resize = _resize  # type: ignore[method-assign,assignment]
