"""What users write for a group: axes and permutations of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import index
from typing import Any

from flopscope.errors import SymmetryError

from .factors import Label, listed

Permutation = Mapping[Label, Label]


def several(name: str, value: Any, example: str) -> tuple[Any, ...]:
    try:
        return tuple(value)
    except TypeError:
        raise TypeError(f"{name} of a group are given together, such as {example}; got {value!r}") from None


def axes_of(axes: Iterable[Label]) -> tuple[Label, ...]:
    """Axes that go together: all numbers, or all letters."""
    labels = tuple([axis if type(axis) is str else _number(axis) for axis in several("axes", axes, "(0, 1) or 'ij'")])
    if len(set(labels)) != len(labels):
        raise SymmetryError(f"axes {listed(labels)} name an axis twice")
    if len(set(map(type, labels))) > 1:
        raise TypeError(f"axes of a group are all numbers or all letters, got {listed(map(repr, labels))}")
    return labels


def _number(axis: Any) -> int:
    try:
        number = index(axis)
    except TypeError:
        number = None
    if number is None or isinstance(axis, bool):
        raise TypeError(f"axes of a group are numbers, counted from the front, or letters; got {axis!r}")
    if number < 0:
        raise SymmetryError(f"axes of a group are counted from the front, got {number}")
    return number


def permutation_of(permutation: Permutation | Sequence[int], axes: tuple[Label, ...] | None) -> dict[Label, Label]:
    if isinstance(permutation, Mapping):
        move = {axis: image for axis, image in permutation.items() if axis != image}
        if set(move) != set(move.values()):
            raise SymmetryError(f"{permutation!r} is no permutation: the axes it takes and gives differ")
        if axes is not None and not set(move) <= set(axes):
            raise SymmetryError(f"{permutation!r} moves axes that are not among {listed(axes)}")
        return move
    try:
        places = tuple(map(index, permutation))
    except TypeError:
        raise TypeError(
            "a permutation is a mapping of axes or a sequence of places, such as {0: 1, 1: 0} or (1, 0); "
            f"got {permutation!r}"
        ) from None
    labels = tuple(range(len(places))) if axes is None else axes
    if sorted(places) != list(range(len(labels))):
        raise SymmetryError(
            f"{places} is no permutation of {len(labels)} axes: each of 0 to {len(labels) - 1} must occur once"
        )
    return {labels[p]: labels[q] for p, q in enumerate(places) if p != q}
