"""Calls as they are remembered: all that a cost rule could ask of the arguments, and nothing of their elements.

`describe` makes a `Call` of an op and its arguments, small and hashable; `Call.arguments` makes arguments again that
any rule prices as it would the real ones. So a log says what a run would have cost under another model.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import EllipsisType, NoneType
from typing import Any, NamedTuple, cast

import numpy as np

from flopscope.einsum import facts_of

from . import contractions
from .contractions import BY_IDENTITY, CONJUGATING, is_complex
from .elementwise import clip, elementwise, isclose, pointwise
from .models import CostModel
from .shapes import DEEPEST, Placed, Shape, shape
from .table import Op

#: Lists and integer arrays of at most so many elements are remembered by value: they may be axes, sizes, places.
_BY_VALUE = 64
_NUMBERS: tuple[type[Any], ...] = (bool, int, float, complex, np.number, np.bool_)


class Opaque:
    """An argument of which nothing is remembered; a rule that asks anything of it fails."""


class Array(NamedTuple):
    """A remembered array; `repeat` says which earlier one it is, and with which axes."""

    shape: Shape
    dtype: np.dtype[Any] | None
    symmetry: Any
    repeat: tuple[int, Shape] | None


class Values(NamedTuple):
    """A remembered array of few integers or booleans."""

    shape: Shape
    dtype: np.dtype[Any]
    values: bytes


class Items(NamedTuple):
    """A remembered list, tuple or slice."""

    kind: type[Any]
    items: tuple[Any, ...]


class Value(NamedTuple):
    """A remembered number, string or the like; its type, because 1 == 1.0 == True."""

    kind: type[Any]
    value: Any


class Call(NamedTuple):
    """An op and arguments as they are remembered.

    Attributes
    ----------
    op : Op
        Row of the table.
    args, kwargs : tuple
        Remembered arguments.
    typed : bool
        Whether the dtypes of arrays are known.
    """

    op: Op
    args: tuple[Any, ...]
    kwargs: tuple[tuple[str, Any], ...]
    typed: bool

    def arguments(self) -> tuple[list[Any], dict[str, Any]]:
        """Arguments that rules price as they did the real ones."""
        given: list[Any] = []
        for one in self.args:
            given.append(_recalled(one, given))
        return given, {name: _recalled(one, ()) for name, one in self.kwargs}

    def price(self, model: CostModel) -> int:
        """FLOPs of the call under another model.

        Raises
        ------
        ValueError
            If the model looks at dtypes and they are not known, or at something else that is not remembered.
        """
        if model.reads_dtypes and not self.typed:
            raise ValueError(
                f"the cost model {model.name!r} looks at dtypes, and this run told calls apart by shapes only; run it "
                "with BudgetContext(..., count_bytes=True), which tells dtypes apart"
            )
        args, kwargs = self.arguments()
        try:
            return model.price(self.op, args, kwargs)
        except Exception as error:  # whatever it asks of what is not remembered
            raise ValueError(
                f"a call of {self.op.name} cannot be priced again: the rule of {model.name!r} asks for what the log "
                f"does not remember ({type(error).__name__}: {error}); run the program under that model"
            ) from error


def describe(op: Op, args: Sequence[Any], kwargs: dict[str, Any], typed: bool) -> Call:
    """Remember a call; without dtypes if not `typed`, as where calls are told apart by shapes."""
    numbers = op.cost in _OF_OPERANDS
    operands = len(args) if numbers else 0 if op.own or op.name.startswith("random.") else 1
    given = [
        _operand(value, typed, numbers) if position < operands else _remembered(value, typed, op.own)
        for position, value in enumerate(args)
    ]
    if op.name in BY_IDENTITY and not (op.name in CONJUGATING and any(map(is_complex, args[:1]))):
        places = [place for place, value in enumerate(args) if isinstance(getattr(value, "dtype", None), np.dtype)]
        repeats = facts_of([args[place] for place in places], [None] * len(places)).repeats
        for place, repeat in zip(places, repeats, strict=False):
            if repeat is not None and isinstance(given[place], Array):
                given[place] = given[place]._replace(repeat=(places[repeat[0]], repeat[1]))
    named = tuple((name, _remembered(value, typed, op.own)) for name, value in kwargs.items())
    return Call(op, tuple(given), named, typed)


def _coarse(value: Any, kind: type[Any]) -> Any:
    """What rules of the table see of a float: its whole part (an axis, a degree), and whether there is more to it."""
    if isinstance(value, (complex, np.complexfloating)) or not math.isfinite(value):
        return value if value in (math.inf, -math.inf, 0, 1, -1, 2, -2) else kind(0.5)
    whole = int(value)
    return value if value == whole else kind(whole + math.copysign(0.5, value))


def _array(value: Any, typed: bool) -> Array:
    dtype = getattr(value, "dtype", None)
    known = dtype if typed and isinstance(dtype, np.dtype) else None
    return Array(shape(value), known, getattr(value, "symmetry", None) or None, None)


def _numpy_s_own(value: Any) -> Any:
    """A number of NumPy's own type for one of a subclass, whose comparisons would be charged to the program."""
    kind: type[Any] = type(value)  # isinstance is true of the scalars of a plan, too
    return value.dtype.type(value) if issubclass(kind, np.number) and kind is not value.dtype.type else value


def _operand(value: Any, typed: bool, numbers: bool) -> Any:
    """An argument that is an array, or stands for one: its elements do not matter, nor, if `numbers`, those it is."""
    value = _numpy_s_own(value)
    kind: type[Any] = type(value)
    if numbers and issubclass(kind, _NUMBERS) and not issubclass(kind, np.timedelta64):
        return Value(kind, kind(1))
    if issubclass(kind, np.ndarray) and value.ndim:
        return _array(value, typed)
    if kind is list and _is_numeric(value):
        return _array(np.asarray(value), typed)
    return _remembered(value, typed, False)


def _remembered(value: Any, typed: bool, exactly: bool, depth: int = 0) -> Any:
    """An argument that may be a parameter; floats only as far as rules of the table tell them apart, or `exactly`."""
    value = _numpy_s_own(value)
    kind: type[Any] = type(value)
    if issubclass(kind, np.timedelta64):  # which has no hash without a unit
        return _array(value, typed)
    if issubclass(kind, (float, np.floating, complex, np.complexfloating)):
        return Value(kind, value if exactly else _coarse(value, kind))
    if issubclass(kind, _SIMPLE) or hasattr(value, "check_sizes"):  # a symmetry group
        return Value(kind, value)
    # An array of no dimensions may be the axis of a reduction, which is told apart by the shape of its operand only.
    by_value = issubclass(kind, np.ndarray) and (typed or not value.ndim) and value.size <= _BY_VALUE
    if by_value and value.dtype.kind in "iub":
        return Values(value.shape, value.dtype, value.tobytes())
    if kind is slice:
        return Items(kind, tuple(_remembered(one, typed, exactly) for one in (value.start, value.stop, value.step)))
    if issubclass(kind, (list, tuple)) and depth <= DEEPEST:
        if len(value) > _BY_VALUE and _is_numeric(value):
            return _array(np.asarray(value), typed)
        items = tuple(_remembered(one, typed, exactly, depth + 1) for one in value)
        return Items(list if issubclass(kind, list) else tuple, items)
    if isinstance(getattr(value, "shape", None), tuple):
        return _array(value, typed)
    if issubclass(kind, (bytearray, memoryview)) or hasattr(value, "__array__"):
        return _array(np.asarray(value), typed)
    return Value(Opaque, None)


# Rules of which every argument is an operand.
_OF_OPERANDS: frozenset[Any] = frozenset(
    {elementwise, pointwise, clip, isclose}
    | {contractions.matmul, contractions.vecdot, contractions.matvec, contractions.vecmat}
    | {contractions.dot, contractions.inner, contractions.vdot, contractions.outer}
)
_SIMPLE: tuple[type[Any], ...] = (NoneType, int, str, bytes, type, np.dtype, EllipsisType, np.integer, np.bool_)


def _is_numeric(items: Sequence[Any], depth: int = 0) -> bool:
    """Whether a list holds numbers and nothing else, at any depth, and makes an array."""
    for item in items:
        if isinstance(item, (list, tuple)):
            if depth > DEEPEST or not _is_numeric(cast("Sequence[Any]", item), depth + 1):
                return False
        elif not issubclass(type(item), _NUMBERS):  # not isinstance, which unknown values of plans answer as well
            return False
    try:
        np.asarray(items)
    except ValueError:  # ragged
        return False
    return True


def _recalled(one: Any, others: Sequence[Any]) -> Any:
    """An argument that rules price as they did the one that is remembered as `one`."""
    if isinstance(one, Value):
        return Opaque() if one.kind is Opaque else one.value
    if isinstance(one, Array):
        dtype = float if one.dtype is None else one.dtype
        if one.repeat is None:
            return Placed(one.shape, dtype, one.symmetry)
        first, axes = one.repeat
        whole: Placed = others[first]
        return Placed(
            one.shape, dtype, one.symmetry, tuple(whole.strides[axis] if axis >= 0 else 0 for axis in axes), whole
        )
    if isinstance(one, Values):
        return np.frombuffer(one.values, one.dtype).reshape(one.shape)
    items = [_recalled(item, ()) for item in one.items]
    return slice(*items) if one.kind is slice else one.kind(items)


# -- bytes -----------------------------------------------------------------------------------------------------------


def moved(args: Sequence[Any], kwargs: dict[str, Any], result: Any) -> tuple[int, int]:
    """Bytes that a call reads and writes, from shapes and dtypes.

    Each element of each array among the arguments is read once, of one that is given twice twice; each element of each
    array and each scalar of NumPy's in the result is written once. ``out=`` is not read. Lists count for the arrays in
    them; numbers of Python's and other objects are not counted. A call that returns nothing has written its first
    argument.

    Examples
    --------
    >>> x, y = np.ones((4, 8)), np.ones(8, "f4")
    >>> moved((x, y), {}, x + y)  # 4*8*8 + 8*4, and 4*8*8
    (288, 256)
    """
    read = sum(map(_bytes, args)) + sum(_bytes(value) for name, value in kwargs.items() if name != "out")
    return read, _bytes(args[0] if result is None and args else result)


def _bytes(value: Any) -> int:
    dtype = getattr(value, "dtype", None)
    if isinstance(dtype, np.dtype):
        return math.prod(shape(value)) * dtype.itemsize
    if isinstance(value, (list, tuple)):
        return sum(map(_bytes, cast("Sequence[Any]", value)))
    return 0
