"""Groups that move all of their axes: what a `SymmetryGroup` is a direct product of.

A factor that makes every permutation of its axes is known by its axes alone, so that symmetric tensors of any degree
cost nothing; any other is known by generators and their stabilizer chain.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import combinations, permutations
from math import comb, factorial, prod
from typing import Any

from flopscope.errors import SymmetryLossWarning
from flopscope.frames import user_stacklevel

from .permutations import Images, chain, cycles, orbits, symmetric_blocks

Label = Any  # hashable, and sortable among the labels of one group

#: Groups that are neither symmetric nor products of small ones are counted and cut by looking at every element, up to
#: this many.
ENUMERATED = 50_000


class Factor:
    """Group that moves every one of its axes; without generators, all permutations of them."""

    __slots__ = ("axes", "generators", "order")

    def __init__(self, axes: tuple[Label, ...], generators: tuple[Images, ...] = ()) -> None:
        self.axes = axes
        self.order = chain(len(axes), generators).order if generators else factorial(len(axes))
        self.generators = () if self.order == factorial(len(axes)) else generators

    @property
    def key(self) -> tuple[Any, ...]:
        return self.axes, self.generators

    def moves(self) -> tuple[Images, ...]:
        """Generators, also of the symmetric group."""
        n = len(self.axes)
        swap, turn = (1, 0, *range(2, n)), (*range(1, n), 0)
        return self.generators or ((swap, turn) if n > 2 else (swap,))

    def cosets(self) -> Iterator[list[Images]]:
        """Sets of permutations: transposing by one of each, in this order, makes every element once."""
        n = len(self.axes)
        if self.generators:
            for level in chain(n, self.generators).levels:
                yield list(level.transversal.values())
            return
        for last in range(n - 1, 0, -1):
            swaps = [list(range(n)) for _ in range(last + 1)]
            for place, swap in enumerate(swaps):
                swap[place], swap[last] = last, place
            yield [tuple(swap) for swap in swaps]

    def elements(self) -> Iterator[Images]:
        if self.generators:
            return chain(len(self.axes), self.generators).elements()
        return permutations(range(len(self.axes)))


def decompose(labels: tuple[Label, ...], generators: Iterable[Images]) -> Iterator[Factor]:
    """The factors of the group that `generators`, permutations of the places in `labels`, generate."""
    n = len(labels)
    moves = [m for m in dict.fromkeys(generators) if m != tuple(range(n))]
    # A block that is a whole orbit is a factor by itself, whatever else the generators do.
    whole = {min(orbit): set(orbit) for orbit in orbits(n, moves)}
    blocks = [block for block in symmetric_blocks(n, moves) if block == whole.get(min(block))]
    if blocks:
        for block in blocks:
            yield Factor(tuple(labels[p] for p in sorted(block)))
        done = set[int]().union(*blocks)
        yield from decompose(labels, [tuple(p if p in done else q for p, q in enumerate(m)) for m in moves])
        return
    # Generators on separate points make separate factors.
    parts = list(range(n))
    for move in moves:
        joined = {parts[p] for p, q in enumerate(move) if p != q}
        parts = [min(joined) if part in joined else part for part in parts]
    for part in sorted(set(parts)):
        points = [p for p in range(n) if parts[p] == part]
        if len(points) > 1:
            place = {p: i for i, p in enumerate(points)}
            local = tuple(tuple(place[m[p]] for p in points) for m in moves if any(m[p] != p for p in points))
            yield from _split(tuple(labels[p] for p in points), local)


def _split(labels: tuple[Label, ...], moves: tuple[Images, ...]) -> Iterator[Factor]:
    """Factors on sets of orbits, where their orders say that the group is a product."""
    n = len(labels)
    everything = orbits(n, moves)
    order = chain(n, moves).order
    if len(everything) <= 6:  # what is not split is right as well, only said at more length
        for size in range(1, len(everything) // 2 + 1):
            for some in combinations(everything, size):
                inside = sorted(p for orbit in some for p in orbit)
                outside = sorted(set(range(n)).difference(inside))
                # Those who fix all points outside, and all points inside.
                here = chain(n, moves, tuple(outside)).stabilizer(len(outside))
                there = chain(n, moves, tuple(inside)).stabilizer(len(inside))
                if chain(n, tuple(here)).order * chain(n, tuple(there)).order == order:
                    yield from decompose(labels, here)
                    yield from decompose(labels, there)
                    return
    yield Factor(labels, reduced(n, moves))


def reduced(n: int, moves: tuple[Images, ...]) -> tuple[Images, ...]:
    """Few of the generators that still make the group."""
    kept: tuple[Images, ...] = ()
    for move in moves:
        if not chain(n, kept).contains(move):
            kept += (move,)
    return kept


def stabilizer(factor: Factor, inside: list[int], pointwise: bool) -> Iterator[Factor]:
    """The factors of what leaves the places `inside` of a factor where they are, one by one or as a set."""
    n, axes = len(factor.axes), factor.axes
    outside = [p for p in range(n) if p not in inside]
    if not factor.generators:
        for block in (outside,) if pointwise else (inside, outside):
            if len(block) > 1:
                yield Factor(tuple(axes[p] for p in block))
        return
    if not pointwise and len(outside) < len(inside):
        inside = outside  # who keeps the one set keeps the other
    levels = chain(n, factor.generators, tuple(inside))
    depth = len(inside)
    moves = levels.stabilizer(depth) if pointwise else levels.setwise(depth, patience=ENUMERATED)
    yield from decompose(axes, reduced(n, tuple(moves)))


# Counting


def count(factor: Factor, sizes: list[int]) -> int:
    """Number of orbits of a factor on the index tuples of its axes."""
    n = len(sizes)
    if not factor.generators:
        return comb(sizes[0] + n - 1, n)
    if factor.order > ENUMERATED:
        warnings.warn(
            f"the unique elements of {name(factor)}, of order {factor.order:,}, are not counted (the limit is "
            f"{ENUMERATED:,}): all {prod(sizes):,} elements are charged",
            SymmetryLossWarning,
            stacklevel=user_stacklevel(),
        )
        return prod(sizes)
    firsts, terms = _cycle_index(n, factor.generators)
    total = sum(count * prod(sizes[p] ** e for p, e in zip(firsts, powers, strict=True)) for powers, count in terms)
    return total // factor.order


@lru_cache(maxsize=1024)
def _cycle_index(n: int, generators: tuple[Images, ...]) -> tuple[list[int], list[tuple[tuple[int, ...], int]]]:
    """First point of each orbit, and how many elements have how many cycles in each orbit."""
    everything = orbits(n, generators)
    orbit_of = {p: number for number, orbit in enumerate(everything) for p in orbit}
    terms: Counter[tuple[int, ...]] = Counter()
    for images in chain(n, generators).elements():
        powers = [0] * len(everything)
        for cycle in cycles(images):
            powers[orbit_of[cycle[0]]] += 1
        terms[tuple(powers)] += 1
    return [orbit[0] for orbit in everything], list(terms.items())


# Names


def name(factor: Factor) -> str:
    n, axes = len(factor.axes), factor.axes
    if not factor.generators:
        return f"S{n}{{{listed(axes)}}}"
    if factor.order in (n, 2 * n) and len(orbits(n, factor.generators)) == 1:
        turns = [found[0] for move in factor.elements() if len(found := cycles(move)) == 1]
        # The rotations of a cycle of n by one step are its powers; with the reflections, they go both ways.
        for turn in sorted(turns):
            if factor.order == n:
                return f"C{n}{{{listed(axes[p] for p in turn)}}}"
            if chain(n, factor.generators).contains(_reflection(turn)):
                return f"D{n}{{{listed(axes[p] for p in turn)}}}"
    if n > 3 and 2 * factor.order == factorial(n):
        return f"A{n}{{{listed(axes)}}}"
    shown = ["".join(f"({' '.join(str(axes[p]) for p in c)})" for c in cycles(m) if len(c) > 1) for m in factor.moves()]
    return f"<{', '.join(shown)}>"


def _reflection(turn: list[int]) -> Images:
    """The permutation that runs through the cycle `turn` backwards from its first point."""
    images = {p: turn[-place] for place, p in enumerate(turn)}
    return tuple(images[p] for p in range(len(turn)))


def listed(axes: Iterable[Label]) -> str:
    return ",".join(map(str, axes))
