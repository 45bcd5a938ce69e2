"""Symmetry rules: from the groups of the operands to the group of the result, and the elements it leaves to compute.

A rule takes the op's own arguments, as its cost rule does, and returns a group of axes of the result, or None for a
result without symmetry. An operand brings its group as its attribute ``symmetry`` (a symmetric tensor, or a `Shaped`);
whoever has none has the identity. Groups come from the operands, so that nothing here has to import them.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from .shapes import Shape, broadcast, normalize_axes, normalize_axis, numel, shape

Group = Any  # a SymmetryGroup; the package is imported by programs that use it


def symmetry(operand: Any) -> Group | None:
    """Group of an operand; None for the identity."""
    return getattr(operand, "symmetry", None) or None


def unique(operand: Any) -> int:
    """Number of unique elements of an operand."""
    group = symmetry(operand)
    return group.unique_elements(shape(operand)) if group else numel(operand)


# Elementwise


def common(sizes: Shape, operands: tuple[Any, ...]) -> Group | None:
    """Group of every function of `operands`, broadcast to `sizes`, that works element by element.

    A permutation is in it if every operand allows it. Along an axis that it lacks or that is stretched an operand does
    not change: it allows any permutation of those axes among themselves.
    """
    group: Group | None = None
    for operand in operands:
        if symmetry(operand):
            group = type(symmetry(operand))
            break
    if group is None:
        return None
    result = group.young(_by_size(sizes, range(len(sizes))))
    for operand in operands:
        own = shape(operand)
        missing = len(sizes) - len(own)
        constant = [axis for axis, size in enumerate(sizes) if axis < missing or own[axis - missing] != size]
        allowed = group.young(_by_size(sizes, constant))
        mine = symmetry(operand)
        if mine:
            mine = _shifted(mine.stabilizer([axis - missing for axis in constant if axis >= missing]), missing)
            allowed = group.direct_product(allowed, mine)
        elif numel(operand) == 1:
            continue
        result = result.intersection(allowed)
    return result


def _shifted(group: Group, by: int) -> Group:
    """A group on the axes that are `by` further back."""
    return group.relabel({axis: axis + by for axis in group.axes})


def _by_size(sizes: Shape, axes: Any) -> list[list[int]]:
    """`axes` sorted into sets of the same size."""
    blocks: dict[int, list[int]] = {}
    for axis in axes:
        blocks.setdefault(sizes[axis], []).append(axis)
    return list(blocks.values())


def joint(*operands: Any, out: Any = None, where: Any = True, **others: Any) -> Group | None:
    """The permutations that all operands have in common, broadcast."""
    if out is not None or where is not True:  # where memory is left as it was, it is not symmetric
        return None
    return common(broadcast(*map(shape, operands)), operands)


def joint_by_value(*operands: Any, out: Any = None, where: Any = True, **others: Any) -> Group | None:
    """As `joint`, where NumPy may give equal elements zeros of other sign, or looks at the sign of NaN."""
    return joint(*operands, out=out, where=where)


def pointwise(*operands: Any, out: Any = None, **others: Any) -> Group | None:
    """The permutations that all arguments have in common, broadcast."""
    return joint(*operands, *(value for value in others.values() if value is not None), out=out)


def rounded(a: Any, decimals: Any = 0, out: Any = None) -> Group | None:
    """The group of the array."""
    return joint(a, out=out)


def replaced(x: Any, copy: Any = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Group | None:
    """The permutations that the array and what is put into it have in common."""
    return joint(x, nan, posinf, neginf)


def close(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: Any = False) -> Group | None:
    """The permutations that both arrays and their tolerances have in common."""
    return joint(a, b, rtol, atol)


def clipped(
    a: Any, a_min: Any = None, a_max: Any = None, out: Any = None, *, min: Any = None, max: Any = None, **others: Any
) -> Group | None:
    """The permutations that the array and its bounds have in common."""
    return joint(*(x for x in (a, a_min, a_max, min, max) if x is not None), out=out, **others)


def chosen(condition: Any, *operands: Any) -> Group | None:
    """The permutations that the condition and what is chosen from have in common; none for places."""
    return joint(condition, *operands) if operands else None


def kept(*args: Any, **kwargs: Any) -> Group | None:
    """The group of the first argument."""
    return symmetry((*args, *kwargs.values())[0])


# Reductions and scans


def reduced(a: Any, axis: Any = None, *args: Any, keepdims: Any = False, **others: Any) -> Group | None:
    """What the permutations that keep the axes among themselves do to the other axes."""
    # By position, what follows is another parameter for each function.
    if symmetry(a) is None or any(arg is not None for arg in args) or not _SYMMETRIC.issuperset(others):
        return None
    gone = normalize_axes(axis, len(shape(a)))
    rest: list[int | None] = [i for i in range(len(shape(a))) if i not in gone]
    left = a.symmetry.restrict(rest)
    return left if keepdims else moved(left, rest)


# Parameters that treat all elements alike: not `out`, `where`, `weights`, `mean`.
_SYMMETRIC = frozenset({"dtype", "initial", "ddof", "correction", "overwrite_input"})


def folded(a: Any, axis: Any = 0, *args: Any, **others: Any) -> Group | None:
    """What the permutations that keep the axes among themselves do to the other axes."""
    return reduced(a, axis, *args, **others)


def averaged(a: Any, axis: Any = None, weights: Any = None, **others: Any) -> Group | None:
    """What the permutations that keep the axes among themselves do to the other axes, unless there are weights."""
    return reduced(a, axis, weights, **others)


def along(a: Any, axis: Any = -1, *_: Any, out: Any = None, **__: Any) -> Group | None:
    """The permutations that leave the axis where it is."""
    if out is not None or axis is None or symmetry(a) is None:
        return None
    return a.symmetry.stabilizer([normalize_axis(axis, len(shape(a)))])


def scanned(a: Any, axis: Any = None, *_: Any, **others: Any) -> Group | None:
    """The permutations that leave the axis where it is."""
    return along(a, axis, **others)


def accumulated(a: Any, axis: Any = 0, *_: Any, **others: Any) -> Group | None:
    """The permutations that leave the axis where it is."""
    return along(a, axis, **others)


# Matrices


def of_matrices(a: Any, *_: Any, **__: Any) -> Group | None:
    """The permutations that keep the last two axes among themselves: the inverse is as symmetric as the matrix."""
    n = len(shape(a))
    return a.symmetry.stabilizer((n - 2, n - 1), pointwise=False) if symmetry(a) else None


def outer(a: Any, b: Any, **_: Any) -> Group | None:
    """The product of the two groups, each on the axes of its operand."""
    x, y = symmetry(a), symmetry(b)
    second = y and _shifted(y, len(shape(a)))
    return x.direct_product(x, second) if x and second else x or second


def kronecker(a: Any, b: Any) -> Group | None:
    """The permutations that both have: the Kronecker product of symmetric matrices is symmetric."""
    x, y = symmetry(a), symmetry(b)
    return x.intersection(y) if x and y and len(shape(a)) == len(shape(b)) else None


# Moving axes


def moved(group: Group, origin: list[int | None]) -> Group:
    """Group of a tensor whose axis k was axis ``origin[k]`` (None: a new one), at one place of the axes not named."""
    place = {axis: k for k, axis in enumerate(origin) if axis is not None}
    return group.stabilizer([axis for axis in group.axes if axis not in place]).relabel(place)


def rearranged(function: Callable[..., Any]) -> Callable[..., Group | None]:
    """The rule of a function of NumPy that gives axes another order, or adds or takes away axes of length 1."""

    def rule(a: Any, *args: Any, **kwargs: Any) -> Group | None:
        """The same permutations of the axes in their new places."""
        if symmetry(a) is None:
            return None
        # NumPy itself shows the order, on an array of one element whose lengths tell its axes apart.
        lengths = tuple(1 if size == 1 else axis + 2 for axis, size in enumerate(shape(a)))
        result = function(np.broadcast_to(np.int8(0), lengths), *args, **kwargs).shape
        long = [axis for axis, size in enumerate(shape(a)) if size != 1]
        return moved(a.symmetry.restrict(long), [None if length == 1 else length - 2 for length in result])

    return rule


def reshaped(a: Any, *shape_: Any, **kwargs: Any) -> Group | None:
    """The permutations of the axes that stay as they are, first and last ones, disregarding axes of length 1."""
    if symmetry(a) is None or not numel(a):
        return None
    # An array's method takes several numbers, the function an order after the shape.
    first = len(shape_) == 1 or (len(shape_) == 2 and not hasattr(shape_[1], "__index__"))
    new: Any = kwargs.get("shape", kwargs.get("newshape", shape_[0] if first else shape_))
    result = [size.__index__() for size in (new if hasattr(new, "__iter__") else (new,))]
    if -1 in result:
        result[result.index(-1)] = numel(a) // -prod(result)
    before = [axis for axis, size in enumerate(shape(a)) if size != 1]
    after = [k for k, size in enumerate(result) if size != 1]
    origin: list[int | None] = [None] * len(result)
    for step in (1, -1):
        for axis, k in zip(before[::step], after[::step], strict=False):
            if shape(a)[axis] != result[k]:
                break
            origin[k] = axis
    return moved(a.symmetry.restrict(before), origin)


def indexed(group: Group, sizes: Shape, index: Any) -> Group | None:
    """Group of what basic indexing makes of a tensor; None for an index that copies.

    A permutation stays if it takes every axis to one that is indexed alike: equal numbers, equal slices.
    """
    parts = index if isinstance(index, tuple) else (index,)
    if not all(_is_basic(part) for part in parts):
        return None
    given = sum(part is not None and part is not ... for part in parts)
    rest = (slice(None),) * (len(sizes) - given)
    if not any(part is ... for part in parts):
        parts += (...,)
    alike: dict[Any, list[int]] = {}
    origin: list[int | None] = []
    axis = 0
    for part in parts:
        for one in rest if part is ... else (part,):
            if one is None:
                origin.append(None)
                continue
            if isinstance(one, slice):
                key: Any = range(*one.indices(sizes[axis]))
                origin.append(axis)
            else:
                key = one.__index__() % sizes[axis]
            alike.setdefault((key, sizes[axis]), []).append(axis)
            axis += 1
    for axes in alike.values():
        group = group.stabilizer(axes, pointwise=False)
    return moved(group.restrict([axis for axis in origin if axis is not None]), origin)


def _is_basic(part: Any) -> bool:
    if part is None or part is ... or isinstance(part, slice):
        return True
    return isinstance(part, (int, np.integer)) and not isinstance(part, bool)
