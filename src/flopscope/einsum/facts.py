"""What is known of the operands of an einsum besides their shapes: their symmetry, and which of them are one array.

This is all of symmetry that every call meets, so it imports nothing; what follows from it is in `network`.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from typing import TYPE_CHECKING, Any, NamedTuple

from flopscope.einsum.parser import Shape

if TYPE_CHECKING:
    from flopscope.symmetry import SymmetryGroup

#: For an operand that is an earlier one, perhaps with its axes in another order: which, and which axis of that is
#: each of its own, as of ``transpose``. None for one that is new.
Repeat = tuple[int, Shape] | None


class Facts(NamedTuple):
    """What is known of operands besides their shapes; what is known of none is empty.

    Attributes
    ----------
    symmetries : tuple of (SymmetryGroup or None)
        Of each operand, on its axes 0, 1, 2 ...
    repeats : tuple
        For each operand the earlier one that it is, as ``(position, axes)``, or None.
    result : SymmetryGroup or None
        What the caller declares the result to have.
    """

    symmetries: tuple[SymmetryGroup | None, ...] = ()
    repeats: tuple[Repeat, ...] = ()
    result: SymmetryGroup | None = None


NO_FACTS = Facts()


def facts_of(operands: Sequence[Any], symmetries: Any = None, identical: Any = None, result: Any = None) -> Facts:
    """What arrays tell about themselves, their ``symmetry`` and which of them are the same, and what is said of them.

    Parameters
    ----------
    operands : sequence of arrays
    symmetries : sequence of (SymmetryGroup or None), optional
        Groups to take in place of the operands' own.
    identical : sequence of (sequence of int), optional
        Sets of positions that are the same array, besides those that are seen to be.
    result : SymmetryGroup, optional
        Declared group of the result.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.ones((3, 4))
    >>> facts_of((x, x.T)).repeats
    (None, (0, (1, 0)))
    >>> facts_of((x, x.copy())) == NO_FACTS
    True
    """
    if symmetries is None:
        groups = tuple(getattr(operand, "symmetry", None) or None for operand in operands)
    else:
        groups = tuple(group or None for group in symmetries)
        if len(groups) != len(operands):
            raise ValueError(
                f"symmetries has {len(groups)} groups for {len(operands)} operands; give None for one without"
            )
    repeats = [_repeat(operands, position) for position in range(len(operands))]
    for positions in identical or ():
        first, *others = sorted(map(index, positions))
        for position in others:
            if not 0 <= first < position < len(operands) or operands[first].shape != operands[position].shape:
                raise ValueError(
                    f"identical={identical!r}: positions of {len(operands)} operands, of which those in one set have "
                    "the same shape"
                )
            repeats[position] = repeats[first] or (first, tuple(range(len(operands[first].shape))))
    return Facts(groups if any(groups) else (), tuple(repeats) if any(repeats) else (), result or None)


def _repeat(operands: Sequence[Any], position: int) -> Repeat:
    """The first operand that is the same as the one at `position`, if there is an earlier one."""
    operand = operands[position]
    if not hasattr(operand, "dtype") or operand.dtype.hasobject:  # whose product may depend on the order
        return None
    for earlier in range(position):
        if operands[earlier] is operand:
            return earlier, tuple(range(len(operand.shape)))
        if related(operands[earlier], operand):
            axes = _transposition(operands[earlier], operand)
            if axes is not None:
                return earlier, axes
    return None


def related(a: Any, b: Any) -> bool:
    """Whether two operands are one array, or views of one.

    Only then they are compared further: this is quick enough for every call.
    """
    return owner(a) is owner(b)


def owner(operand: Any) -> Any:
    """The array of which `operand` is a view, as far as NumPy keeps track; the operand itself if it is none."""
    base = getattr(operand, "base", None)
    return base if type(base) is type(operand) else operand


def _transposition(a: Any, b: Any) -> Shape | None:
    """Axes with which ``a.transpose(axes)`` is `b`: the same elements at the same places; None if it is not."""
    if a.dtype != b.dtype or a.ndim != b.ndim:
        return None
    # An axis of one element may have any stride.
    steps_a, steps_b = (
        [(size, stride if size > 1 else 0) for size, stride in zip(x.shape, x.strides, strict=True)] for x in (a, b)
    )
    if sorted(steps_a) != sorted(steps_b) or _address(a) != _address(b):
        return None
    axes: list[int] = []
    for place, step in enumerate(steps_b):
        same = [axis for axis, other in enumerate(steps_a) if other == step and axis not in axes]
        axes.append(place if place in same else same[0])
    return tuple(axes)


def _address(array: Any) -> int:
    return array.__array_interface__["data"][0]
