"""Permutations of 0..n-1 as tuples of images, and groups of them as stabilizer chains.

A chain (Schreier and Sims) knows a group by a base: level k holds a point and, for each place the stabilizer of the
points before it can take that point to, one permutation that does. That gives order, membership, stabilizers and every
element once, without ever holding the group.

Source: Holt, Eick and O'Brien, Handbook of Computational Group Theory (4.4).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from math import prod

Images = tuple[int, ...]


def compose(first: Images, then: Images) -> Images:
    """The permutation that does `first`, then `then`."""
    return tuple([then[image] for image in first])


def inverse(images: Images) -> Images:
    """The permutation that undoes `images`."""
    result = [0] * len(images)
    for point, image in enumerate(images):
        result[image] = point
    return tuple(result)


def cycles(images: Images) -> list[list[int]]:
    """Cycles of a permutation, fixed points among them, each from its least point."""
    found: list[list[int]] = []
    seen = [False] * len(images)
    for start in range(len(images)):
        if not seen[start]:
            cycle: list[int] = []
            point = start
            while not seen[point]:
                seen[point] = True
                cycle.append(point)
                point = images[point]
            found.append(cycle)
    return found


def orbits(n: int, generators: Iterable[Images]) -> list[list[int]]:
    """Orbits of 0..n-1 under the generators, single points among them, each sorted."""
    leader = list(range(n))

    def find(point: int) -> int:
        while leader[point] != point:
            leader[point] = point = leader[leader[point]]
        return point

    for images in generators:
        for point, image in enumerate(images):
            a, b = find(point), find(image)
            leader[max(a, b)] = min(a, b)
    found: dict[int, list[int]] = {}
    for point in range(n):
        found.setdefault(find(point), []).append(point)
    return list(found.values())


class _Level:
    """A base point, generators of the group here, and a permutation to each place the point can go."""

    __slots__ = ("generators", "point", "transversal")

    def __init__(self, point: int, identity: Images) -> None:
        self.point = point
        self.generators: list[Images] = []
        self.transversal = {point: identity}


class Chain:
    """Stabilizer chain of the group that `generators` generate, with a base that begins with the points `first`."""

    __slots__ = ("identity", "levels")

    def __init__(self, n: int, generators: Iterable[Images], first: Iterable[int] = ()) -> None:
        self.identity = tuple(range(n))
        self.levels = [_Level(point, self.identity) for point in first]
        for images in generators:
            self.insert(images)

    @property
    def order(self) -> int:
        return prod(len(level.transversal) for level in self.levels)

    def contains(self, images: Images, depth: int = 0) -> bool:
        for level in self.levels[depth:]:
            known = level.transversal.get(images[level.point])
            if known is None:
                return False
            images = compose(images, inverse(known))
        return images == self.identity

    def insert(self, images: Images, depth: int = 0) -> None:
        """Add a generator that fixes the base points above `depth`."""
        if self.contains(images, depth):
            return
        if depth == len(self.levels):
            point = next(point for point, image in enumerate(images) if image != point)
            self.levels.append(_Level(point, self.identity))
        level = self.levels[depth]
        level.generators.append(images)
        places = level.transversal
        todo = [(place, images) for place in places]
        while todo:
            place, move = todo.pop()
            there = compose(places[place], move)
            known = places.get(move[place])
            if known is None:
                places[move[place]] = there
                todo += [(move[place], another) for another in level.generators]
            else:  # two ways to the same place differ by something that fixes the point (Schreier's lemma)
                self.insert(compose(there, inverse(known)), depth + 1)

    def elements(self, depth: int = 0) -> Iterator[Images]:
        """Every element that fixes the base points above `depth`, once, the identity first."""
        if depth == len(self.levels):
            yield self.identity
            return
        places = list(self.levels[depth].transversal.values())
        for deeper in self.elements(depth + 1):
            for there in places:
                yield compose(deeper, there)

    def stabilizer(self, depth: int) -> list[Images]:
        """Generators of the group that fixes the first `depth` base points."""
        return [images for level in self.levels[depth:] for images in level.generators]

    def setwise(self, depth: int, patience: int) -> list[Images]:
        """Generators of the group that keeps the first `depth` base points among themselves.

        What is not found among `patience` partial permutations is left out, which makes a subgroup.
        """
        found = self.stabilizer(depth)
        points = {level.point for level in self.levels[:depth]}
        tries = iter(range(patience))

        def search(level: int, rest: Images) -> Images | None:
            # `rest` takes images under the deeper, still unknown part to final images.
            if level == depth:
                return rest
            for place, there in self.levels[level].transversal.items():
                if rest[place] in points and next(tries, None) is not None:
                    one = search(level + 1, compose(there, rest))
                    if one is not None:
                        return one
            return None

        for number in reversed(range(depth)):  # what is found fixes the points before: one for each new place is enough
            level = self.levels[number]
            reached = {level.point}
            for place in points.intersection(level.transversal):
                one = None if place in reached else search(number + 1, level.transversal[place])
                if one is not None:
                    found.append(one)
                    reached = next(set(orbit) for orbit in orbits(len(one), found) if level.point in orbit)
        return found


@lru_cache(maxsize=1024)
def chain(n: int, generators: tuple[Images, ...], first: tuple[int, ...] = ()) -> Chain:
    """Stabilizer chain of a group, made once; not to be changed."""
    return Chain(n, generators, first)


def symmetric_blocks(n: int, generators: Iterable[Images]) -> list[set[int]]:
    """Largest sets of points on which the transpositions among the generators make every permutation."""
    moves = list(generators)
    pairs: set[tuple[int, int]] = set()
    todo = [tuple(p for p, image in enumerate(m) if p != image) for m in moves]
    todo = [pair for pair in todo if len(pair) == 2]
    while todo:  # a generator takes a transposition to another one of the group
        a, b = todo.pop()
        if (a, b) not in pairs:
            pairs.add((a, b))
            todo += [(min(m[a], m[b]), max(m[a], m[b])) for m in moves]
    blocks = {point: {point} for point in range(n)}
    for a, b in pairs:
        if blocks[a] is not blocks[b]:
            blocks[a] |= blocks[b]
            for point in blocks[b]:
                blocks[point] = blocks[a]
    return [block for point, block in blocks.items() if min(block) == point and len(block) > 1]
