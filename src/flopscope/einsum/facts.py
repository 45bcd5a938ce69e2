"""What is known of the operands of an einsum besides their shapes: their symmetry, and which of them are one array.

This is all of symmetry that every call meets, so it imports nothing; what follows from it is in `network`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from operator import index
from typing import TYPE_CHECKING, Any, NamedTuple

from flopscope.einsum.parser import Shape

if TYPE_CHECKING:
    from flopscope.symmetry import SymmetryGroup

#: For an operand that is an earlier one, perhaps with its axes in another order: which, and which axis of that is
#: each of its own, as of ``transpose`` (-1 for one of length 1 that the other lacks). None for one that is new.
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
    asked : bool
        Whether somebody declared one of `symmetries`; others are of products of one array with itself.
    """

    symmetries: tuple[SymmetryGroup | None, ...] = ()
    repeats: tuple[Repeat, ...] = ()
    result: SymmetryGroup | None = None
    asked: bool = False


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
    if len({id(_owner(operand)) for operand in operands}) == len(operands):  # all different, and quickly told
        repeats: list[Repeat] = []
    else:
        repeats = [_repeat(operands, position) for position in range(len(operands))]
    if symmetries is None:
        groups = tuple(getattr(operand, "symmetry", None) or None for operand in operands)
    else:
        given = _many("symmetries= takes a group, or None, for each operand", symmetries)
        groups = tuple(_group("symmetries=", one) for one in given)
        if len(groups) != len(operands):
            raise ValueError(
                f"symmetries has {len(groups)} groups for {len(operands)} operands; give None for one without"
            )
    sets = "identical= takes sets of positions of operands, such as [(0, 1)]"
    for positions in _many(sets, identical or ()):
        repeats = repeats or [None] * len(operands)
        first, *others = sorted(map(index, _many(sets, positions)))
        for position in others:
            if not 0 <= first < position < len(operands) or operands[first].shape != operands[position].shape:
                raise ValueError(
                    f"identical={identical!r}: positions of {len(operands)} operands, of which those in one set have "
                    "the same shape"
                )
            repeats[position] = repeats[first] or (first, tuple(range(len(operands[first].shape))))
    declared = _group("symmetry=", result)
    asked = any(map(_asked, operands, groups))
    return Facts(groups if any(groups) else (), tuple(repeats) if any(repeats) else (), declared, asked)


def _group(name: str, value: Any) -> SymmetryGroup | None:
    """What is given as a group; None for the identity."""
    if value is None:
        return None
    from flopscope.symmetry import checked

    return checked(name, value) or None


def _many(what: str, given: Any) -> list[Any]:
    try:
        return list(given)
    except TypeError:
        raise TypeError(f"{what}; got {given!r}") from None


def facts_of_two(a: Any, b: Any) -> Facts:
    """`facts_of` two arrays, quickly."""
    group_a = getattr(a, "symmetry", None) or None
    if a is b:
        return _twice(a.ndim, group_a, _asked(a, group_a), a.dtype.hasobject)
    group_b = getattr(b, "symmetry", None) or None
    axes = _same(a, b) if type(a) is type(b) else None
    if axes is None and group_a is None and group_b is None:
        return NO_FACTS
    return Facts(
        () if group_a is None and group_b is None else (group_a, group_b),
        () if axes is None else (None, (0, axes)),
        asked=_asked(a, group_a) or _asked(b, group_b),
    )


@lru_cache(maxsize=64)
def _twice(ndim: int, group: SymmetryGroup | None, asked: bool, objects: bool) -> Facts:
    """Of one array that is both operands."""
    return Facts((group, group) if group else (), () if objects else (None, (0, tuple(range(ndim)))), asked=asked)


def _asked(operand: Any, group: SymmetryGroup | None) -> bool:
    """Whether an operand has been declared to have its group."""
    return group is not None and not getattr(operand, "found", False)


def _repeat(operands: Sequence[Any], position: int) -> Repeat:
    """The first operand that is the same as the one at `position`, if there is an earlier one."""
    operand = operands[position]
    if hasattr(operand, "shape"):
        for earlier in range(position):
            axes = _same(operands[earlier], operand)
            if axes is not None:
                return earlier, axes
    return None


def _same(a: Any, b: Any) -> Shape | None:
    """Axes with which ``a.transpose(axes)`` is `b`, the same elements at the same places; None if it is not.

    Only one array, or views of one, are compared further, so that this is quick enough for every call.
    """
    if a is b:
        # The product of objects may depend on their order.
        return None if a.dtype.hasobject else tuple(range(len(a.shape)))
    if _owner(a) is not _owner(b) or a.dtype != b.dtype or a.dtype.hasobject:
        return None
    if a.shape == b.shape[::-1] and a.strides == b.strides[::-1] != b.strides:  # what programs write: x.T
        return tuple(range(a.ndim))[::-1] if _same_start(a, b) else None
    # An axis of one element may have any stride, and be there or not.
    steps_a, steps_b = (
        [(size, stride) if size != 1 else None for size, stride in zip(x.shape, x.strides, strict=True)] for x in (a, b)
    )
    if sorted(filter(None, steps_a)) != sorted(filter(None, steps_b)) or not _same_start(a, b):
        return None
    axes: list[int] = []
    for place, step in enumerate(steps_b):
        same = [axis for axis, other in enumerate(steps_a) if other == step and axis not in axes]
        axes.append(place if place in same else same[0] if same else -1)
    return tuple(axes)


def _owner(operand: Any) -> Any:
    """The array of which `operand` is a view, as far as NumPy keeps track; the operand itself if it is none."""
    base = _base(operand)
    return base if type(base) is type(operand) else getattr(operand, "memory", operand)


def _base(operand: Any) -> Any:
    """The base of an array as NumPy keeps it, by the name that it has in counted arrays."""
    base = getattr(operand, "_base", operand)
    return getattr(operand, "base", None) if base is operand else base


def _same_start(a: Any, b: Any) -> bool:
    """Whether two views of one array, of the same strides but for their order, begin at the same place."""
    for view, whole in ((a, b), (b, a)):
        # No room to begin elsewhere. (An array of a plan has no flags, but an address that costs nothing.)
        if _base(view) is whole and hasattr(whole, "flags") and whole.flags.forc:
            return True
    return a.__array_interface__["data"] == b.__array_interface__["data"]
