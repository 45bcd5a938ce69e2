"""Which permutations of its labels leave a product of tensors as it is.

``A[a,b] A[c,b]`` does not change when a and c are exchanged: the factors trade places. In general a permutation of the
labels leaves a product as it is if it takes each factor to a factor that is the same array, up to the permutations of
axes that the array is known not to mind. Labels that are summed inside the product may be renamed on the way; the
others, the *free* ones, are what the group is about.

The search is that for automorphisms of a graph: labels are first told apart by what they are attached to, then each
level of a stabilizer chain is found by backtracking (McKay and Piperno, Practical graph isomorphism II, 2014).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import factorial, prod

from flopscope.symmetry import SymmetryGroup

#: Partial assignments tried in the search for one permutation. What is not found by then is not exploited.
_PATIENCE = 20_000

Images = dict[str, str]

_NONE = SymmetryGroup.identity()


class Tensor:
    """A factor: which array it is, its labels, and a group of permutations of their places that it does not mind."""

    __slots__ = ("array", "group", "kinds", "separable", "term")

    def __init__(self, array: int, term: str, group: SymmetryGroup) -> None:
        self.array, self.term, self.group = array, term, group
        orbits = group.orbits(range(len(term)))
        # Places that the group takes to each other are of one kind.
        kinds = {place: kind for kind, orbit in enumerate(orbits) for place in orbit}
        self.kinds = tuple(kinds[place] for place in range(len(term)))
        # Whether within each kind any place may go anywhere, whatever the others do.
        self.separable = group.order == prod(factorial(len(orbit)) for orbit in orbits)


def invariance(tensors: Sequence[Tensor], free: Mapping[str, int], sizes: Mapping[str, int]) -> SymmetryGroup:
    """Group of permutations of the free labels, within each of the classes that `free` puts them in.

    Examples
    --------
    >>> from flopscope.symmetry import SymmetryGroup
    >>> none = SymmetryGroup.identity()
    >>> gram = [Tensor(0, "ki", none), Tensor(0, "kj", none)]
    >>> invariance(gram, {"i": 0, "j": 0, "k": 1}, {"i": 5, "j": 5, "k": 9})
    S2{i,j}
    """
    arrays = {tensor.array for tensor in tensors}
    if len(arrays) == len(tensors) and not any(tensor.group for tensor in tensors):
        return _NONE
    colours = _colours(tensors, free, sizes)
    labels = sorted(free, key=lambda label: (colours[label], label))
    generators: list[Images] = []
    # The stabilizer of all labels but the last is trivial; each round adds what moves one label more.
    for i in range(len(labels) - 2, -1, -1):
        label = labels[i]
        reached = {label}
        for other in labels[i + 1 :]:
            if colours[other] != colours[label]:
                break
            if other in reached:
                continue
            start = {fixed: fixed for fixed in labels[:i]} | {label: other}
            found = _permutation(tensors, colours, start)
            if found is not None:
                generators.append({a: found[a] for a in labels if found[a] != a})
                reached = _orbit(label, generators)
    if all(len(move) == 2 for move in generators):  # which generate every permutation within the sets they join
        return SymmetryGroup.young(
            {min(orbit): orbit for a in labels if len(orbit := _orbit(a, generators)) > 1}.values()
        )
    return SymmetryGroup.from_generators(generators)


def _colours(tensors: Sequence[Tensor], free: Mapping[str, int], sizes: Mapping[str, int]) -> dict[str, int]:
    """A number for every label, such that only labels of one number can be exchanged."""
    labels = dict.fromkeys(label for tensor in tensors for label in tensor.term)
    colours = _numbered({label: (free.get(label, -1), sizes[label]) for label in labels})
    while True:
        attached: dict[str, list[tuple[object, ...]]] = {label: [] for label in labels}
        for tensor in tensors:
            places = list(zip(tensor.kinds, map(colours.__getitem__, tensor.term), strict=True))
            around = tuple(sorted(places))
            for label, place in zip(tensor.term, places, strict=True):
                attached[label].append((tensor.array, place, around))
        finer = _numbered({label: (colours[label], tuple(sorted(attached[label]))) for label in labels})  # type: ignore[type-var]
        if len(set(finer.values())) == len(set(colours.values())):
            return colours
        colours = finer


def _numbered(signatures: Mapping[str, object]) -> dict[str, int]:
    numbers: dict[object, int] = {}
    return {label: numbers.setdefault(signature, len(numbers)) for label, signature in signatures.items()}


def _orbit(label: str, generators: Sequence[Images]) -> set[str]:
    reached, new = {label}, [label]
    while new:
        point = new.pop()
        images = {move.get(point, point) for move in generators} - reached
        reached |= images
        new += images
    return reached


def _permutation(tensors: Sequence[Tensor], colours: Mapping[str, int], start: Images) -> Images | None:
    """Permutation of all labels that begins as `start` and takes factors to factors; None if there is none."""
    patience = iter(range(_PATIENCE))

    def extended(images: Images, left: frozenset[int], unused: frozenset[int]) -> Images | None:
        if not left:
            return images
        # The factor with the least to decide.
        source = min(left, key=lambda t: sum(label not in images for label in tensors[t].term))
        for target in sorted(unused, key=lambda t: t != source):
            if tensors[target].array == tensors[source].array:
                for more in _alignments(tensors[source], tensors[target], images, colours):
                    if next(patience, None) is None:
                        return None
                    found = extended(more, left - {source}, unused - {target})
                    if found is not None:
                        return found
        return None

    everything = frozenset(range(len(tensors)))
    return extended(start, everything, everything)


def _alignments(source: Tensor, target: Tensor, images: Images, colours: Mapping[str, int]) -> Iterator[Images]:
    """Every way to continue `images` such that it takes one factor to the other."""
    if source.separable:
        yield from _place_by_place(source, target, images, colours, frozenset())
        return
    for element in source.group.elements():
        more: Images | None = images
        for place, label in enumerate(source.term):
            more = _with(more, label, target.term[element.get(place, place)], colours)
            if more is None:
                break
        else:
            assert more is not None
            yield more


def _place_by_place(
    source: Tensor, target: Tensor, images: Images, colours: Mapping[str, int], taken: frozenset[int]
) -> Iterator[Images]:
    place = len(taken)
    if place == len(source.term):
        yield images
        return
    tried: set[str] = set()
    for other, kind in enumerate(target.kinds):
        image = target.term[other]
        if kind == source.kinds[place] and other not in taken and image not in tried:
            tried.add(image)
            more = _with(images, source.term[place], image, colours)
            if more is not None:
                yield from _place_by_place(source, target, more, colours, taken | {other})


def _with(images: Images, label: str, image: str, colours: Mapping[str, int]) -> Images | None:
    """`images` with ``label: image``, or None where that contradicts them."""
    known = images.get(label)
    if known is not None:
        return images if known == image else None
    if colours[label] != colours[image] or image in images.values():
        return None
    return {**images, label: image}
