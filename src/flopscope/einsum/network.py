"""The symmetry of what an einsum computes on its way, and what a step costs by that.

Operands may have symmetry, and be the same array. An intermediate then has the symmetry of the operands in it, and the
number of products that are different in a step is the number of orbits of its group on its index space. An intermediate
is the product of its operands summed over the labels that nobody else needs, so that one question, asked of the
operands in it, gives the group of a step and that of its result: see `invariance`.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from flopscope.einsum.facts import Facts
from flopscope.einsum.invariance import Tensor, invariance
from flopscope.einsum.parser import Shape
from flopscope.einsum.path import IndexSpace, extended
from flopscope.symmetry import SymmetryGroup

_NONE = SymmetryGroup.identity()


class Network(IndexSpace):
    """The operands of one einsum as a product of tensors: the symmetry and the work of every way to contract them.

    Axes of size 1 do not count: along them there is nothing to permute.
    """

    symmetric = True

    def __init__(self, inputs: Sequence[str], shapes: Sequence[Shape], output: str, facts: Facts) -> None:
        super().__init__(inputs, shapes)
        self._full = (1 << len(inputs)) - 1
        self._tensors = _tensors(inputs, shapes, facts)
        lengths = [self.sizes[label] for label in output]
        self._output = frozenset(extended(output, lengths))
        declared = facts.result or _NONE
        declared.check_sizes(lengths)
        places = {place: label for place, label in enumerate(output) if label in self._output}
        self._declared = declared.restrict(places).relabel(places)
        self._symmetries: dict[tuple[int, frozenset[str]], SymmetryGroup] = {}
        self._counts: dict[object, int] = {}

    def symmetry(self, operands: int, labels: str) -> SymmetryGroup:
        """Group, on its labels, of the product of some operands summed over all but `labels`."""
        if len(labels) < 2:
            return _NONE
        key = operands, frozenset(labels)
        known = self._symmetries.get(key)
        if known is None:
            known = self._invariance(operands, dict.fromkeys(labels, 0))
            if self._declared and key == (self._full, self._output):
                known = SymmetryGroup.from_generators([*known.generators, *self._declared.generators])
            self._symmetries[key] = known
        return known

    def orbits(self, operands: int, labels: str, kept: str, alone: bool = False) -> int:
        """Points of a step that are different.

        The elements of the result that are equal are computed once, each as a whole sum; and so are products that are
        equal and go into equal elements. Where these are not the same savings, the larger one counts.
        """
        key = self._shape_of(operands, labels, kept), alone, bool(self._declared) and operands == self._full
        # Steps that are alike are counted once.
        known = self._counts.get(key)
        if known is None:
            known = self._counts[key] = self._count(operands, labels, kept, alone)
        return known

    def _shape_of(self, operands: int, labels: str, kept: str) -> Hashable:
        """What is equal for steps that differ only in names of labels, and in which of equal axes they take."""
        roles = {label: (self.sizes[label], (label in labels) + (label in kept)) for label in self.sizes}
        names: dict[str, int] = {}
        factors: list[tuple[int, ...]] = []
        for tensor in sorted(self._taken(operands), key=lambda tensor: bool(tensor.group)):
            term = tensor.term
            if tensor.separable and tensor.group:
                # The order of axes of a kind does not matter: those that others have come first.
                places = sorted(
                    range(len(term)), key=lambda p: (tensor.kinds[p], names.get(term[p], len(names)), roles[term[p]])
                )
                term = "".join(term[p] for p in places)
            factors.append((tensor.array, *[names.setdefault(label, len(names)) for label in term]))
        return tuple(factors), tuple(roles[label] for label in names)

    def _count(self, operands: int, labels: str, kept: str, alone: bool) -> int:
        summed = "".join(label for label in labels if label not in kept)
        once_each = self.symmetry(operands, kept).unique_elements(self._lengths(kept))
        if alone:
            whole = self.symmetry(operands, labels).unique_elements(self._lengths(labels))
            return min(whole, once_each * self.points(summed))
        lengths = self._lengths(summed)
        if len(set(lengths.values())) == len(lengths):  # none can be exchanged
            return once_each * self.points(summed)
        products = self._invariance(operands, dict.fromkeys(kept, 0) | dict.fromkeys(summed, 1))
        within = products.stabilizer(kept)
        return min(once_each * within.unique_elements(lengths), products.unique_elements(self._lengths(labels)))

    def _lengths(self, labels: str) -> dict[str, int]:
        return {label: self.sizes[label] for label in labels}

    def _invariance(self, operands: int, free: Mapping[str, int]) -> SymmetryGroup:
        return invariance(self._taken(operands), free, self.sizes)

    def _taken(self, operands: int) -> list[Tensor]:
        return [tensor for position, tensor in enumerate(self._tensors) if operands >> position & 1]


def _tensors(inputs: Sequence[str], shapes: Sequence[Shape], facts: Facts) -> list[Tensor]:
    """The operands as factors; those that are the same have their labels in the same order."""
    symmetries = [group or _NONE for group in facts.symmetries or (None,) * len(inputs)]
    firsts: dict[int, list[tuple[int, Shape]]] = {}
    for position, repeat in enumerate(facts.repeats or (None,) * len(inputs)):
        first, axes = repeat or (position, tuple(range(len(inputs[position]))))
        firsts.setdefault(first, []).append((position, axes))
    tensors: dict[int, Tensor] = {}
    for first, occurrences in firsts.items():
        for position, _ in occurrences:
            symmetries[position].check_sizes(shapes[position])
        # Whatever one occurrence is known to have, all have.
        generators = [
            {axes[a]: axes[b] for a, b in move.items() if axes[a] >= 0 <= axes[b]}  # those of length 1 do not count
            for position, axes in occurrences
            for move in symmetries[position].generators
        ]
        group = SymmetryGroup.from_generators(generators)
        places = [axis for axis, size in enumerate(shapes[first]) if size != 1]
        group = group.restrict(places).relabel({axis: place for place, axis in enumerate(places)})
        for position, axes in occurrences:
            term = dict(zip(axes, inputs[position], strict=True))
            tensors[position] = Tensor(first, "".join(term[axis] for axis in places), group)
    return [tensors[position] for position in range(len(inputs))]
