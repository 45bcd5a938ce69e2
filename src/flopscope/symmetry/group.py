"""Permutation groups acting on labelled axes: what "this tensor is symmetric in its axes 0 and 2" says exactly.

A group is kept as a direct product of factors on separate axes, found from its generators (see `factors`). Axes that a
group leaves where they are are no part of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import prod
from operator import index
from typing import Any, cast

from flopscope.errors import SymmetryError

from .factors import ENUMERATED, Factor, Label, count, decompose, listed, name, stabilizer
from .permutations import Images, chain, compose, inverse, orbits
from .reading import Permutation as Permutation
from .reading import axes_of, permutation_of, several


class SymmetryGroup:
    """Group of permutations of axes under which a tensor does not change.

    Made by `symmetric`, `cyclic`, `dihedral`, `young`, `direct_product`, `from_generators` and `identity`. Axes are
    numbers counted from the front, or index letters; axes that the group leaves alone are no part of it, so that
    ``symmetric(axes=(0,))`` is the identity. Groups are equal when they hold the same permutations, however made.

    Attributes
    ----------
    axes : tuple
        Axes that the group moves, sorted.
    order : int
        Number of permutations in the group.

    Examples
    --------
    >>> group = SymmetryGroup.symmetric(axes=(0, 1, 2))
    >>> group, group.order
    (S3{0,1,2}, 6)
    >>> group.unique_elements((10, 10, 10))  # 10*11*12/6
    220
    """

    __slots__ = ("_hash", "axes", "factors", "order")

    axes: tuple[Label, ...]
    order: int
    factors: tuple[Factor, ...]
    _hash: int

    def __init__(self) -> None:
        raise TypeError("make a group by SymmetryGroup.symmetric(axes=...), .cyclic, .dihedral, .young, ...")

    @classmethod
    def of_factors(cls, factors: Iterable[Factor]) -> SymmetryGroup:
        """Make the direct product of factors on separate axes (for this package only)."""
        self = object.__new__(cls)
        parts = sorted(factors, key=lambda factor: factor.axes)
        set_ = object.__setattr__
        set_(self, "factors", tuple(parts))
        set_(self, "axes", tuple(sorted(axis for factor in parts for axis in factor.axes)))
        set_(self, "order", prod(factor.order for factor in parts))
        set_(self, "_hash", hash((self.axes, self.order)))
        return self

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a SymmetryGroup is a value, and its {name} cannot be set; make another one")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a SymmetryGroup is a value, and its {name} cannot be deleted")

    def __reduce__(self) -> Any:
        return SymmetryGroup.from_generators, (self.generators,)

    # Making groups

    @classmethod
    def identity(cls, axes: Iterable[Label] = ()) -> SymmetryGroup:
        """Make the group of nothing but the identity, which every tensor has."""
        axes_of(axes)
        return _IDENTITY

    @classmethod
    def symmetric(cls, axes: Iterable[Label]) -> SymmetryGroup:
        """Make the group of all permutations of `axes`, as of a symmetric matrix or a moment tensor.

        Examples
        --------
        >>> SymmetryGroup.symmetric(axes=range(30)).unique_elements([4] * 30)  # 33*32*31/6
        5456
        """
        labels = axes_of(axes)
        return cls.of_factors([Factor(tuple(sorted(labels)))]) if len(labels) > 1 else _IDENTITY

    @classmethod
    def cyclic(cls, axes: Iterable[Label]) -> SymmetryGroup:
        """Make the group of the rotations of `axes`, in the order given, as of a trace of a product of one matrix.

        Examples
        --------
        >>> SymmetryGroup.cyclic(axes=(0, 1, 2, 3)).unique_elements((2, 2, 2, 2))  # (16 + 2 + 4 + 2)/4
        6
        """
        n = len(labels := axes_of(axes))
        return cls.from_generators([(*range(1, n), 0)], axes=labels) if n > 1 else _IDENTITY

    @classmethod
    def dihedral(cls, axes: Iterable[Label]) -> SymmetryGroup:
        """Make the group of rotations and reflections of `axes`, in the order given.

        Examples
        --------
        >>> SymmetryGroup.dihedral(axes=(0, 1, 2, 3)).unique_elements((2, 2, 2, 2))  # the 6 of C4, none its own mirror
        6
        """
        n = len(labels := axes_of(axes))
        return cls.from_generators([(*range(1, n), 0), tuple(reversed(range(n)))], axes=labels) if n > 1 else _IDENTITY

    @classmethod
    def young(cls, blocks: Iterable[Iterable[Label]]) -> SymmetryGroup:
        """Make the group of all permutations within each of `blocks`.

        Examples
        --------
        >>> SymmetryGroup.young(blocks=[(0, 1), (2, 3)])
        S2{0,1} x S2{2,3}
        """
        return cls.direct_product(*map(cls.symmetric, several("blocks", blocks, "[(0, 1), (2, 3)]")))

    @classmethod
    def direct_product(cls, *groups: SymmetryGroup) -> SymmetryGroup:
        """Make the group of every combination of permutations of `groups`, which move separate axes.

        Examples
        --------
        >>> group = SymmetryGroup.direct_product(SymmetryGroup.cyclic((0, 1, 2)), SymmetryGroup.symmetric((3, 4)))
        >>> group, group.order  # 3*2
        (C3{0,1,2} x S2{3,4}, 6)
        """
        for group in groups:
            checked("direct_product()", group)
        twice = [axis for axis, count in Counter(axis for group in groups for axis in group.axes).items() if count > 1]
        if twice:
            raise SymmetryError(
                f"direct_product() takes groups on separate axes, got {', '.join(map(repr, groups))}, of which "
                f"more than one moves {listed(twice)}; relabel() one of them, or use from_generators()"
            )
        axes_of(axis for group in groups for axis in group.axes)
        return cls.of_factors(factor for group in groups for factor in group.factors)

    @classmethod
    def from_generators(
        cls, generators: Iterable[Permutation | Sequence[int]], axes: Iterable[Label] | None = None
    ) -> SymmetryGroup:
        """Make the smallest group that holds some permutations.

        Parameters
        ----------
        generators : iterable
            Each a mapping from axis to axis (what it does not name stays), or a sequence as of ``transpose``: entry i
            is the place, in `axes`, where the i-th of `axes` goes.
        axes : iterable, optional
            What the places of sequences are; 0, 1, 2 ... unless given.

        Raises
        ------
        SymmetryError
            For what is no permutation of the axes.

        Examples
        --------
        >>> SymmetryGroup.from_generators([(2, 3, 0, 1)])  # of a Riemann tensor: swap the pairs
        <(0 2)(1 3)>
        """
        given = several("generators", generators, "[(1, 0, 2)] or [{0: 1, 1: 0}]")
        labels = None if axes is None else axes_of(axes)
        moves = [permutation_of(one, labels) for one in given]
        points = tuple(sorted(axes_of({axis for move in moves for axis in move})))
        places = {axis: place for place, axis in enumerate(points)}
        local = [tuple(places[move.get(axis, axis)] for axis in points) for move in moves]
        return cls.of_factors(decompose(points, local))

    # What is in a group

    @property
    def generators(self) -> tuple[dict[Label, Label], ...]:
        """Permutations that make the group, each as a dict of the axes that it moves."""
        return tuple(
            {factor.axes[p]: factor.axes[q] for p, q in enumerate(move) if p != q}
            for factor in self.factors
            for move in factor.moves()
        )

    def elements(self) -> Iterator[dict[Label, Label]]:
        """Yield every permutation once, the identity first, each as a dict of `axes`; one at a time.

        Examples
        --------
        >>> list(SymmetryGroup.cyclic(axes=(0, 1, 2)).elements())
        [{0: 0, 1: 1, 2: 2}, {0: 1, 1: 2, 2: 0}, {0: 2, 1: 0, 2: 1}]
        """
        for parts in _every(self.factors):
            yield {
                axis: factor.axes[image]
                for factor, images in zip(self.factors, parts, strict=True)
                for axis, image in zip(factor.axes, images, strict=True)
            }

    def cosets(self) -> Iterator[list[dict[Label, Label]]]:
        """Yield sets of permutations such that transposing by one of each, in this order, makes every element once.

        A mean over the group is a mean over one set after the other, which are few where elements are many.
        """
        for factor in self.factors:
            for moves in factor.cosets():
                yield [dict(zip(factor.axes, (factor.axes[q] for q in images), strict=True)) for images in moves]

    def orbits(self, axes: Iterable[Label] | None = None) -> tuple[tuple[Label, ...], ...]:
        """Sets of axes that the group takes to each other, and so have the same size.

        With `axes`, those of them that the group leaves alone are listed too, each for itself.

        Examples
        --------
        >>> SymmetryGroup.young(blocks=[(0, 3), (1, 4)]).orbits(range(5))
        ((0, 3), (1, 4), (2,))
        """
        found = [
            tuple(factor.axes[p] for p in orbit)
            for factor in self.factors
            for orbit in orbits(len(factor.axes), factor.moves())
        ]
        return tuple(sorted(found + [(axis,) for axis in axes or () if axis not in self.axes]))

    def contains(self, permutation: Permutation | Sequence[int]) -> bool:
        """Whether a permutation, a mapping or a sequence of places 0, 1, 2 ..., is in the group.

        Examples
        --------
        >>> group = SymmetryGroup.cyclic(axes=(0, 1, 2))
        >>> group.contains((1, 2, 0)), group.contains({0: 1, 1: 0})
        (True, False)
        """
        move = permutation_of(permutation, None)
        left = dict(move)
        for factor in self.factors:
            inside = [left.pop(axis, axis) for axis in factor.axes]
            if set(inside) != set(factor.axes):
                return False
            if factor.generators:
                places = {axis: place for place, axis in enumerate(factor.axes)}
                images = tuple(places[axis] for axis in inside)
                if not chain(len(images), factor.generators).contains(images):
                    return False
        return all(axis == image for axis, image in left.items())

    def is_subgroup(self, other: SymmetryGroup) -> bool:
        """Whether every permutation of this group is in `other`.

        Examples
        --------
        >>> SymmetryGroup.cyclic(axes=(0, 1, 2)).is_subgroup(SymmetryGroup.symmetric(axes=(0, 1, 2)))
        True
        """
        checked("is_subgroup()", other)
        return self is other or (other.order % self.order == 0 and all(map(other.contains, self.generators)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SymmetryGroup):
            return NotImplemented
        if self is other:
            return True
        if self._hash != other._hash or self.axes != other.axes or self.order != other.order:
            return False
        return [f.key for f in self.factors] == [f.key for f in other.factors] or self.is_subgroup(other)

    def __hash__(self) -> int:
        return self._hash

    def __bool__(self) -> bool:
        """Whether there is more in the group than the identity."""
        return bool(self.factors)

    def __repr__(self) -> str:
        return " x ".join(map(name, self.factors)) or "identity"

    # Groups from groups

    def stabilizer(self, axes: Iterable[Label], pointwise: bool = True) -> SymmetryGroup:
        """Make the group of those permutations that leave each of `axes` where it is, or all of them among themselves.

        Parameters
        ----------
        axes : iterable
            Axes.
        pointwise : bool, default True
            True: each of them stays, as when they are indexed. False: as a set, as when they are summed over.

        Examples
        --------
        >>> group = SymmetryGroup.symmetric(axes=(0, 1, 2, 3))
        >>> group.stabilizer((0, 1)), group.stabilizer((0, 1), pointwise=False)
        (S2{2,3}, S2{0,1} x S2{2,3})
        """
        chosen = set(axes_of(axes))
        found: list[Factor] = []
        for factor in self.factors:
            inside = [p for p, axis in enumerate(factor.axes) if axis in chosen]
            if not inside or (not pointwise and len(inside) == len(factor.axes)):
                found.append(factor)
            else:
                found += stabilizer(factor, inside, pointwise)
        return SymmetryGroup.of_factors(found)

    def restrict(self, axes: Iterable[Label]) -> SymmetryGroup:
        """Make the group of what the permutations that keep `axes` among themselves do to them.

        It is the symmetry that is left when the other axes are summed over.

        Examples
        --------
        >>> SymmetryGroup.from_generators([(2, 3, 0, 1)]).restrict((0, 2))
        S2{0,2}
        """
        chosen = set(axes_of(axes))
        moves = self.stabilizer([axis for axis in self.axes if axis not in chosen], pointwise=False).generators
        return SymmetryGroup.from_generators([{a: b for a, b in move.items() if a in chosen} for move in moves])

    def relabel(self, mapping: Mapping[Label, Label] | Callable[[Label], Label]) -> SymmetryGroup:
        """Make the same group on other axes; what a mapping does not name keeps its name.

        Examples
        --------
        >>> SymmetryGroup.symmetric(axes=(0, 1)).relabel({0: "i", 1: "j"})
        S2{i,j}
        """
        if callable(mapping):
            given = map(mapping, self.axes)
        elif isinstance(cast("Any", mapping), Mapping):
            given = (mapping.get(axis, axis) for axis in self.axes)
        else:
            raise TypeError(f"relabel() takes a mapping, such as {{0: 'i', 1: 'j'}}, or a function, got {mapping!r}")
        names = dict(zip(self.axes, axes_of(given), strict=True))
        found: list[Factor] = []
        for factor in self.factors:
            to = [names[axis] for axis in factor.axes]
            rank = sorted(range(len(to)), key=lambda p: to[p])
            back = inverse(tuple(rank))
            moves = tuple(compose(compose(tuple(rank), move), back) for move in factor.generators)
            found.append(Factor(tuple(to[p] for p in rank), moves))
        return SymmetryGroup.of_factors(found)

    def intersection(self, other: SymmetryGroup) -> SymmetryGroup:
        """Make the group of the permutations that are in both: the symmetry of a sum.

        Where both groups are general and of an order above 50,000, the result is a subgroup of the intersection.

        Examples
        --------
        >>> SymmetryGroup.symmetric(axes=(0, 1, 2)).intersection(SymmetryGroup.symmetric(axes=(1, 2, 3)))
        S2{1,2}
        """
        checked("intersection()", other)
        if self is other or not self.factors or not other.factors:
            return self if not self.factors or self is other else other
        return _intersection(self, other)

    # Counting

    def check_sizes(self, sizes: Mapping[Label, int] | Sequence[int]) -> dict[Label, int]:
        """Return the size of every axis; raise a `SymmetryError` if axes taken to each other differ in theirs."""
        try:
            every = sizes.items() if isinstance(sizes, Mapping) else enumerate(sizes)
            lengths = {axis: index(size) for axis, size in every}  # Python's numbers do not overflow
        except TypeError:
            raise TypeError(
                f"sizes are a length for every axis, such as (10, 10) or {{'i': 10, 'j': 10}}; got {sizes!r}"
            ) from None
        if any(length < 0 for length in lengths.values()):
            raise SymmetryError(f"sizes cannot be negative, got {sizes!r}")
        for axis in self.axes:
            if axis not in lengths:
                given = lengths if isinstance(sizes, Mapping) else tuple(lengths.values())
                raise SymmetryError(f"{self!r} moves axis {axis!r}, which a tensor of sizes {given} does not have")
        for orbit in self.orbits():
            if len({lengths[axis] for axis in orbit}) > 1:
                differ = ", ".join(f"axis {axis!r} has {lengths[axis]}" for axis in orbit)
                raise SymmetryError(f"{self!r} takes axes to each other whose sizes differ: {differ}")
        return lengths

    def unique_elements(self, sizes: Mapping[Label, int] | Sequence[int]) -> int:
        """Count the elements that a tensor with this symmetry can choose freely: the orbits of its index tuples.

        Parameters
        ----------
        sizes : sequence or mapping of int
            Length of every axis, also of those that the group leaves alone.

        Returns
        -------
        int
            Number of orbits, by Burnside's lemma. A general group of an order above 50,000 is not counted: the number
            of all elements is returned, with a `SymmetryLossWarning`.

        Raises
        ------
        SymmetryError
            If the group takes axes of different sizes to each other, or moves an axis that is not there.

        Notes
        -----
        ``comb(n + k - 1, k)`` for all permutations of k axes of size n; products multiply. For any other group the
        mean, over its elements, of the product of the sizes of their cycles (Polya and Read, Combinatorial Enumeration
        of Groups, Graphs, and Chemical Compounds, 1.1).

        Examples
        --------
        >>> SymmetryGroup.symmetric(axes=(0, 1)).unique_elements((256, 256, 3))  # 256*257/2*3
        98688
        """
        lengths = self.check_sizes(sizes)
        total = prod(length for axis, length in lengths.items() if axis not in self.axes)
        for factor in self.factors:
            total *= count(factor, [lengths[axis] for axis in factor.axes])
        return total


def _every(factors: tuple[Factor, ...]) -> Iterator[tuple[Images, ...]]:
    """As itertools.product of their elements, which would list each factor first."""
    if not factors:
        yield ()
        return
    for images in factors[0].elements():
        for rest in _every(factors[1:]):
            yield (images, *rest)


def _intersection(a: SymmetryGroup, b: SymmetryGroup) -> SymmetryGroup:
    # What is in both keeps the orbits of both: cut each by the other's until that changes nothing.
    axes = set(a.axes) & set(b.axes)
    before = None
    while (a, b) != before:
        before = a, b
        a = _keep(a, [[axis for axis in a.axes if axis not in axes], *map(list, b.orbits())])
        b = _keep(b, [[axis for axis in b.axes if axis not in axes], *map(list, a.orbits())])
        axes = set(a.axes) & set(b.axes)
        a, b = (g.stabilizer([axis for axis in g.axes if axis not in axes]) for g in (a, b))
    return SymmetryGroup.of_factors(factor for left, right in _shared(a, b) for factor in _common(left, right))


def _keep(group: SymmetryGroup, orbits_: list[list[Label]]) -> SymmetryGroup:
    for number, orbit in enumerate(orbits_):
        group = group.stabilizer(orbit, pointwise=number == 0)
    return group


def _shared(a: SymmetryGroup, b: SymmetryGroup) -> Iterator[tuple[SymmetryGroup, SymmetryGroup]]:
    """The factors of two groups, put together as far as they move the same axes."""
    rest = list(b.factors)
    waiting = list(a.factors)
    while waiting:
        left, right = [waiting.pop()], list[Factor]()
        axes = set(left[0].axes)
        grown = True
        while grown:
            grown = False
            for pool, mine in ((rest, right), (waiting, left)):
                for factor in [f for f in pool if axes & set(f.axes)]:
                    pool.remove(factor)
                    mine.append(factor)
                    axes |= set(factor.axes)
                    grown = True
        yield SymmetryGroup.of_factors(left), SymmetryGroup.of_factors(right)


def _common(a: SymmetryGroup, b: SymmetryGroup) -> tuple[Factor, ...]:
    if a.is_subgroup(b):
        return a.factors
    if b.is_subgroup(a):
        return b.factors
    small, large = sorted((a, b), key=lambda group: group.order)
    if small.order > ENUMERATED:
        return ()
    both = SymmetryGroup.from_generators(filter(large.contains, small.elements()))
    return both.factors


def checked(name: str, value: Any) -> SymmetryGroup:
    """`value`, which must be a group: `name` is what takes one."""
    if isinstance(value, SymmetryGroup):
        return value
    raise TypeError(f"{name} takes a SymmetryGroup, such as SymmetryGroup.symmetric(axes=(0, 1)); got {value!r}")


_IDENTITY = SymmetryGroup.of_factors(())
