"""The few words in which cost rules speak of their operands: shapes, sizes, logarithms.

A rule reads shapes and nothing else, so an operand may be an array, a nested list, a scalar, or a
:class:`Shaped` standing for an array that does not exist.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from operator import index
from typing import Any

import numpy as np

Shape = tuple[int, ...]

#: How far into nested lists to look: lists may contain themselves, and NumPy makes at most 64 dimensions of them.
DEEPEST = 64


class Shaped:
    """An array that exists only as a shape and a dtype: what planning passes to a cost rule.

    Parameters
    ----------
    shape : int or tuple of int
        Lengths of the axes; each must be zero or more.
    dtype : dtype-like, default float64
        Element type.
    symmetry : SymmetryGroup, optional
        Symmetry of the array, as of a symmetric tensor.

    Examples
    --------
    >>> Shaped((10**6, 512)).size
    512000000
    """

    __slots__ = ("dtype", "shape", "symmetry")

    def __init__(self, shape: Any, dtype: Any = float, symmetry: Any = None) -> None:
        sizes = shape if isinstance(shape, (tuple, list)) or np.ndim(shape) else (shape,)
        try:
            self.shape: Shape = tuple(map(index, sizes))
        except TypeError:
            raise TypeError(f"a shape is a tuple of integers, got {shape!r}") from None
        if any(size < 0 for size in self.shape):
            raise ValueError(f"a shape has no negative sizes, got {shape!r}")
        self.dtype = np.dtype(dtype)
        self.symmetry = symmetry
        if symmetry is not None:
            from flopscope.symmetry import checked  # which programs without symmetry do not need

            checked("symmetry=", symmetry).check_sizes(self.shape)

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return prod(self.shape)

    def __repr__(self) -> str:
        return f"Shaped({self.shape}, {self.dtype}{f', {self.symmetry}' if self.symmetry else ''})"


class Placed(Shaped):
    """A :class:`Shaped` with a place in memory, so that products see which of their operands are one array.

    Strides and offset are those in the memory of `base`, in bytes; of a new array if that is None.
    """

    __slots__ = ("base", "offset", "strides")

    def __init__(
        self,
        shape: Any,
        dtype: Any = float,
        symmetry: Any = None,
        strides: Shape | None = None,
        base: Placed | None = None,
        offset: int = 0,
    ) -> None:
        super().__init__(shape, dtype, symmetry)
        self.strides = contiguous(self.shape, self.dtype.itemsize) if strides is None else strides
        self.base = base
        self.offset = offset

    @property
    def __array_interface__(self) -> dict[str, Any]:
        return {"data": (self.offset, True)}


def contiguous(sizes: Shape, itemsize: int) -> Shape:
    """Strides of an array whose last axis runs fastest; zeros where there are no elements, as NumPy has it."""
    if 0 in sizes:
        return (0,) * len(sizes)
    return tuple(itemsize * prod(sizes[axis + 1 :]) for axis in range(len(sizes)))


def shape(operand: Any) -> Shape:
    """Shape of an operand: array, list, scalar or :class:`Shaped`."""
    try:
        return operand.shape
    except AttributeError:
        pass
    try:
        return np.asarray(operand).shape  # not np.shape, which an operand might implement itself
    except ValueError:
        return (len(operand),)  # a ragged list, which NumPy refuses or takes as a sequence (shuffle)


def numel(operand: Any) -> int:
    """Number of elements of an operand."""
    return prod(shape(operand))


def broadcast(*shapes: Shape) -> Shape:
    """Shape that `shapes` broadcast to; unlike NumPy's, without a bound on the sizes."""
    result: list[int] = []
    for axis in range(1, max(map(len, shapes), default=0) + 1):
        size = 1
        for s in shapes:
            if axis <= len(s) and s[-axis] != 1:
                if size not in (1, s[-axis]):
                    raise ValueError(f"shapes {', '.join(map(str, shapes))} do not broadcast")
                size = s[-axis]
        result.append(size)
    return tuple(reversed(result))


def selected(sizes: Shape, entries: Iterable[Any]) -> Shape:
    """Shape of what an index selects, by NumPy's rules, from an array of shape `sizes`.

    Entries are None, slices, an ellipsis, and pairs for what copies (places, masks): the shape that it selects, and how
    many axes it takes.
    """
    parts = list(entries)
    if not any(part is ... for part in parts):
        parts.append(...)
    taken = sum(1 if isinstance(part, slice) else part[1] for part in parts if part is not None and part is not ...)
    if taken > len(sizes):
        raise IndexError(f"too many indices for array: array is {len(sizes)}-dimensional, but {taken} were indexed")
    lengths = iter(sizes)
    kept: list[int] = []
    copies: dict[int, Shape] = {}  # by place in the index
    at = 0  # where in what is kept
    for place, part in enumerate(parts):
        if part is None:
            kept.append(1)
        elif part is ...:
            kept += [next(lengths) for _ in range(len(sizes) - taken)]
        elif isinstance(part, slice):
            kept.append(len(range(*part.indices(next(lengths)))))
        else:
            at = at if copies else len(kept)
            copies[place] = part[0]
            for _ in range(part[1]):
                next(lengths)
    if copies and max(copies) - min(copies) >= len(copies):  # they do not stand together
        at = 0
    return (*kept[:at], *broadcast(*copies.values()), *kept[at:])


def ceil_log2(n: int) -> int:
    """Least k with 2**k >= n; 0 for n <= 1. Exact for integers of any size."""
    return (n - 1).bit_length() if n > 1 else 0


def normalize_axis(axis: int, ndim: int) -> int:
    """`axis` counted from the front."""
    try:
        place = index(axis)
    except TypeError:
        raise TypeError(f"an axis is an integer, got {axis!r}") from None
    if not -ndim <= place < ndim:
        raise ValueError(f"axis {axis} is out of bounds for {ndim} dimensions")
    return place % ndim


def normalize_axes(axis: Any, ndim: int) -> tuple[int, ...]:
    """`axis` (None for all, an integer, or several) as a tuple counted from the front."""
    if axis is None:
        return tuple(range(ndim))
    several: tuple[Any, ...] = tuple(axis) if isinstance(axis, Iterable) and getattr(axis, "ndim", 1) else (axis,)
    axes = tuple(normalize_axis(a, ndim) for a in several)
    if len(set(axes)) != len(axes):
        raise ValueError(f"axis {axis} names an axis twice")
    return axes


def norm_axes(axis: Any, ndim: int) -> tuple[int, ...]:
    """As `normalize_axes` for a norm, whose only axis NumPy takes as a float, too."""
    return normalize_axes(axis if axis is None or isinstance(axis, tuple) else int(axis), ndim)


def summed_axes(axes: Any, m: int, n: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Axes of m and n dimensions that tensordot sums over, of which `axes` is the number, a pair or an array."""
    if hasattr(axes, "__index__") and not getattr(axes, "ndim", 0):
        number = index(axes)
        axes = range(-number, 0), range(number)
    left, right = axes
    return normalize_axes(left, m), normalize_axes(right, n)
