"""Making symmetric to the last bit what is symmetric to rounding."""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from .group import SymmetryGroup


def settled(values: np.ndarray, group: SymmetryGroup) -> np.ndarray:
    """A copy in which all elements of an orbit are equal to the one whose indices ascend (or come first)."""
    values = np.array(values)
    for factor in group.factors:
        if not factor.generators:
            # A sorting network over the indices: each step exchanges two that do not ascend.
            for last in range(len(factor.axes) - 1, 0, -1):
                for i, j in zip(factor.axes[:last], factor.axes[1 : last + 1], strict=True):
                    n = values.shape[i]
                    descending = _made(_descending, n * n, n).reshape(
                        [n if k in (i, j) else 1 for k in range(values.ndim)]
                    )
                    np.copyto(values, values.swapaxes(i, j), where=descending)  # keeps the order of bytes, too
        else:
            sizes = tuple(values.shape[axis] for axis in factor.axes)
            front = np.moveaxis(values, factor.axes, range(len(sizes)))
            alone = SymmetryGroup.of_factors([factor])
            first = _made(_first_of_orbit, prod(sizes), factor.axes, alone, sizes)
            even = front.reshape(prod(sizes), *front.shape[len(sizes) :])[first]
            values = np.ascontiguousarray(np.moveaxis(even, range(len(sizes)), factor.axes))
    return values


def evened(values: np.ndarray, group: SymmetryGroup) -> np.ndarray:
    """`values`, if they have the symmetry to the last bit, or a copy that has."""
    # BLAS computes half of a product of a matrix with its transpose and copies the rest, so that nothing differs.
    same = values.ndim == 2 and values.tobytes() == values.tobytes("F")
    return values if same else settled(values, group)


def _made(table: Any, size: int, *key: Any) -> np.ndarray:
    """A table of so many elements: kept for the next time, unless it is large."""
    return (table if size <= 100_000 else table.__wrapped__)(*key)


@lru_cache(maxsize=16)
def _descending(n: int) -> np.ndarray:
    """Where in an n x n matrix the column is before the row."""
    return np.tri(n, k=-1, dtype=bool)


@lru_cache(maxsize=16)
def _first_of_orbit(axes: tuple[int, ...], group: SymmetryGroup, sizes: tuple[int, ...]) -> np.ndarray:
    """For every index tuple the number of the first one in its orbit."""
    places = {axis: place for place, axis in enumerate(axes)}
    numbers = np.arange(np.prod(sizes, dtype=int)).reshape(sizes)
    moves = [[places[move.get(axis, axis)] for axis in axes] for move in group.generators]
    while True:  # the least goes round with the generators
        before = numbers
        for move in moves:
            numbers = np.minimum(numbers, numbers.transpose(move))
        if np.array_equal(numbers, before):
            return numbers
