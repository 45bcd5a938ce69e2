"""What einsum charges, against index tuples that are taken to each other one by one, through counted arrays and views.

The oracle knows nothing of flopscope: it fills arrays with numbers that are equal where a group, given by hand, says
so, tries every permutation of labels on the numbers themselves, and counts. Labels get sizes so large that nothing is
equal by accident. What is counted so is the price of every step; the permutations that leave the result as it is are
the group of its tag.
"""

from __future__ import annotations

import itertools
import warnings
from typing import NamedTuple

import numpy as np
import opt_einsum
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import flopscope as flops
import flopscope.numpy as fnp
from flopscope import SymmetryGroup as G

PRIME = 2**31 - 1
LABELS = "abcde"

# For every number of axes: groups, with generators by hand, as of ``transpose``.
GROUPS = {
    2: [(G.symmetric((0, 1)), [(1, 0)])],
    3: [
        (G.symmetric((0, 1, 2)), [(1, 0, 2), (1, 2, 0)]),
        (G.cyclic((0, 1, 2)), [(1, 2, 0)]),
        (G.symmetric((0, 2)), [(2, 1, 0)]),
        (G.dihedral((0, 1, 2)), [(1, 2, 0), (2, 1, 0)]),
    ],
    4: [
        (G.symmetric(range(4)), [(1, 0, 2, 3), (1, 2, 3, 0)]),
        (G.cyclic(range(4)), [(1, 2, 3, 0)]),
        (G.dihedral(range(4)), [(1, 2, 3, 0), (3, 2, 1, 0)]),
        (G.young([(0, 1), (2, 3)]), [(1, 0, 2, 3), (0, 1, 3, 2)]),
        (G.direct_product(G.symmetric((0, 3)), G.symmetric((1, 2))), [(3, 1, 2, 0), (0, 2, 1, 3)]),
        (G.cyclic((1, 2, 3)), [(0, 2, 3, 1)]),
        (G.from_generators([(2, 3, 0, 1)]), [(2, 3, 0, 1)]),
        (G.from_generators([(1, 0, 2, 3), (2, 3, 0, 1)]), [(1, 0, 2, 3), (2, 3, 0, 1)]),
        (G.from_generators([(1, 0, 3, 2)]), [(1, 0, 3, 2)]),
    ],
}


class Network(NamedTuple):
    """An einsum: which array each operand views, with which axes and term; shape and group of each array."""

    arrays: tuple[int, ...]
    axes: tuple[tuple[int, ...], ...]  # of the array, for each axis of the operand; -1 for a new one
    terms: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]
    groups: tuple[tuple[G, list[tuple[int, ...]]] | None, ...]
    output: str
    sizes: dict[str, int]
    declared: tuple[G, list[tuple[int, ...]]] | None

    def operands(self):
        """Counted arrays, and views of them."""
        made = []
        rng = np.random.default_rng(0)
        for shape, group in zip(self.shapes, self.groups, strict=True):
            values = rng.normal(size=shape)
            made.append(flops.as_symmetric(values, group[0], validate=False) if group else fnp.asarray(values))
        views = []
        for array, axes in zip(self.arrays, self.axes, strict=True):
            view = made[array].transpose([axis for axis in axes if axis >= 0])
            for place, axis in enumerate(axes):
                view = fnp.expand_dims(view, place) if axis < 0 else view
            views.append(view)
        return views

    def extending(self, operand):
        """The labels of an operand that extend, in the order of the axes of its array; and which axes those are."""
        places = {axis: self.terms[operand][k] for k, axis in enumerate(self.axes[operand]) if axis >= 0}
        shape = self.shapes[self.arrays[operand]]
        return "".join(places[axis] for axis in range(len(shape)) if shape[axis] != 1)


def fitting(groups, shape):
    """Those of some groups that exchange axes of equal sizes only."""
    return [one for one in groups if all(tuple(shape[axis] for axis in move) == shape for move in one[1])]


@st.composite
def networks(draw, most=4, declare=False):
    sizes = {label: draw(st.sampled_from([0, 1, 2, 2, *[3] * 12])) for label in LABELS}
    same = {n: [label for label in LABELS if sizes[label] == n] for n in sizes.values()}
    arrays, axes, terms, shapes, groups = [], [], [], [], []
    for _ in range(draw(st.integers(1, most))):
        array = draw(st.sampled_from([None, *range(len(shapes))]))
        if array is None:
            ndim = draw(st.sampled_from([0, 1, 1, 2, 2, 2, 3, 3, 4]))
            like = draw(st.text(LABELS, min_size=ndim, max_size=ndim))
            if draw(st.booleans()):
                like = like[:1] * ndim
            array = len(shapes)
            # Now and then an axis of length 1 broadcasts.
            shapes.append(tuple(1 if draw(st.integers(0, 9)) == 0 else sizes[label] for label in like))
            groups.append(draw(st.sampled_from([None, *fitting(GROUPS.get(ndim, []), shapes[array])])))
        places = draw(st.permutations(range(len(shapes[array]))))
        if draw(st.integers(0, 4)) == 0:
            places = [*places, -1] if draw(st.booleans()) else [-1, *places]
        term = ""
        for axis in places:
            n = 1 if axis < 0 else shapes[array][axis]
            # Within an operand, nothing broadcasts.
            allowed = [label for label in LABELS if label not in term or n == 1 == sizes[label]]
            term += draw(st.sampled_from(allowed if n == 1 and allowed else same.get(n) or ["?"]))
        if "?" in term or any(
            len({1 if axis < 0 else shapes[array][axis] for axis, at in zip(places, term, strict=True) if at == label})
            > 1
            for label in term
        ):
            continue
        arrays.append(array)
        axes.append(tuple(places))
        terms.append(term)
    if not arrays:
        arrays, axes, terms, shapes, groups = [0], [()], [""], [()], [None]
    used = sorted(set("".join(terms)))
    output = "".join(draw(st.permutations(used))[: draw(st.integers(0, len(used)))])
    network = Network(tuple(arrays), tuple(axes), tuple(terms), tuple(shapes), tuple(groups), output, sizes, None)
    lengths = tuple(length(network, label) for label in output)
    declared = draw(st.sampled_from([None, *fitting(GROUPS.get(len(output), []), lengths)])) if declare else None
    return network._replace(declared=declared)


def length(network, label, operands=None):
    """Size of a label among some operands: 1 where it only broadcasts."""
    operands = range(len(network.terms)) if operands is None else operands
    return network.sizes[label] if any(label in network.extending(p) for p in operands) else 1


# -- the oracle --------------------------------------------------------------------------------------------------------


def closure(generators, n):
    """All permutations that some generate, as tuples; of `n` places."""
    found = {tuple(range(n))}
    while more := {tuple(one[k] for k in move) for one in found for move in generators} - found:
        found |= more
    return found


def numbers(shape, group, rng):
    """Numbers that are equal where the group says, and else are not."""
    values = rng.integers(1, PRIME, shape)
    if group is None:
        return values
    return sum(values.transpose(element) for element in closure(group[1], len(shape))) % PRIME


def product(terms, arrays, labels, kept):
    """The product of arrays, summed over all of `labels` but `kept`, in the order of `kept`, modulo a prime."""
    result = np.ones((1,) * len(labels), np.int64)
    for term, array in zip(terms, arrays, strict=True):
        distinct = "".join(sorted(set(term), key=labels.index))
        diagonal = np.einsum(f"{term}->{distinct}", array)
        lengths = iter(diagonal.shape)
        result = result * diagonal.reshape([next(lengths) if label in term else 1 for label in labels]) % PRIME
    for axis in reversed(range(len(labels))):
        if labels[axis] not in kept:
            result = result.sum(axis=axis) % PRIME
    left = [label for label in labels if label in kept]
    return result.transpose([left.index(label) for label in kept])


def invariant(tensor, classes):
    """Permutations of axes within `classes` under which a tensor is the same, tried one by one."""
    return [
        axes
        for axes in itertools.permutations(range(tensor.ndim))
        if all(classes[axis] == classes[image] for axis, image in enumerate(axes))
        and np.array_equal(tensor, tensor.transpose(axes))
    ]


def orbits(sizes, permutations):
    """Number of classes of index tuples that the permutations take to each other, counted one by one."""
    seen, count = set(), 0
    for point in itertools.product(*map(range, sizes)):
        if point not in seen:
            count += 1
            seen.update(tuple(point[axis] for axis in axes) for axes in permutations)
    return count


def generic(network, operands):
    """Terms and numbers of some operands, along axes that extend, of sizes at which nothing is equal by accident."""
    rng = np.random.default_rng(0)
    large = {n: len(LABELS) + n for n in {*network.sizes.values(), 2}}
    values = []
    for shape, group in zip(network.shapes, network.groups, strict=True):
        whole = numbers(tuple(1 if n == 1 else large[n] for n in shape), group, rng)
        values.append(whole.reshape([n for n in whole.shape if n != 1]))
    terms = [network.extending(p) for p in operands]
    return terms, [values[network.arrays[p]] for p in operands]


def group_of(network, operands, kept):
    """Permutations of places of `kept` that leave the product of some operands as it is."""
    terms, values = generic(network, operands)
    inside = "".join(sorted(set("".join(terms))))
    return invariant(product(terms, values, inside, kept), [network.sizes[label] for label in kept])


def declared(network):
    """Permutations of places of the output's labels that extend, by the group that the caller declares."""
    if network.declared is None:
        return []
    long = [place for place, label in enumerate(network.output) if length(network, label) != 1]
    moves = closure(network.declared[1], len(network.output))
    kept = [move for move in moves if {move[place] for place in long} == set(long)]
    return [tuple(long.index(move[place]) for place in long) for move in kept]


def counted(network, inputs, operands, long, output):
    """FLOPs of a step between what some operands made, which extends along `long`, by looking at numbers."""
    terms, values = generic(network, operands)
    inside = "".join(sorted(set("".join(terms))))
    if len(inputs) == 1 and set(inputs[0]) == set(output):
        return 0  # a view
    kept = "".join(label for label in output if label in long)
    summed = "".join(sorted(long.difference(kept)))
    sizes = [network.sizes[label] for label in kept + summed]
    products = product(terms, values, inside, kept + summed)
    n = len(kept)
    result = group_of(network, operands, kept)
    if output == network.output and len(operands) == len(network.terms):
        result = list(closure([*result, *declared(network)], n))
    if len(inputs) == 1:  # added up, each distinct element once
        whole = orbits(sizes, invariant(products, sizes))
        return min(whole, orbits(sizes[:n], result) * int(np.prod(sizes[n:])))
    alike = invariant(products, [(size, place < n) for place, size in enumerate(sizes)])
    fixing = [tuple(axis - n for axis in axes[n:]) for axes in alike if axes[:n] == tuple(range(n))]
    by_results = orbits(sizes[:n], result) * orbits(sizes[n:], fixing)
    return min(orbits(sizes, alike), by_results) * (len(inputs) - 1)


def assert_priced_as_counted(network, optimize):
    operands = network.operands()
    subscripts = ",".join(network.terms) + "->" + network.output
    told = {"symmetry": network.declared[0]} if network.declared else {}
    info = fnp.einsum_path(subscripts, *operands, optimize=optimize, **told)[1]
    left = [([p], set(network.extending(p))) for p in range(len(operands))]
    for step in info.steps:
        inputs, output = step.subscripts.split("->")
        taken = [left[p] for p in step.operands]
        left = [entry for p, entry in enumerate(left) if p not in step.operands]
        members = sorted(p for entry, _ in taken for p in entry)
        long = set().union(*(labels for _, labels in taken))
        left.append((members, long.intersection(output)))
        assert step.cost == counted(network, inputs.split(","), members, long, output), step
    with flops.BudgetContext(10**12) as budget:
        options = {**told, "validate": False} if told else {}
        for _ in range(2):  # first and again
            result = fnp.einsum(subscripts, *operands, optimize=optimize, **options)
    assert budget.flops_used == 2 * info.optimized_cost
    if told:
        return
    np.testing.assert_allclose(
        np.asarray(result), np.einsum(subscripts, *map(np.asarray, operands)), rtol=1e-9, atol=1e-9
    )
    long = "".join(label for label in network.output if length(network, label) != 1)
    expected = set(group_of(network, range(len(operands)), long))
    group = getattr(result, "symmetry", None)
    places = [network.output.index(label) for label in long]
    moves = [[element.get(place, place) for place in places] for element in group.elements()] if group else [places]
    found = {tuple(map(places.index, move)) for move in moves}
    assert found == expected or (found < expected and not all(network.sizes.values())), (
        "no more and no less than is true"
    )


PATHS = st.sampled_from([True, False, "greedy"])


@given(networks(), PATHS)
@settings(max_examples=200, deadline=None)
def test_every_step_costs_the_index_tuples_that_differ_and_the_result_is_tagged_with_what_is_true(network, optimize):
    assert_priced_as_counted(network, optimize)


@given(networks(most=5), PATHS)
@settings(max_examples=40, deadline=None)
def test_of_five_operands_too(network, optimize):
    assert_priced_as_counted(network, optimize)


@given(networks(declare=True), PATHS)
@settings(max_examples=100, deadline=None)
def test_a_declared_symmetry_joins_what_is_true_of_the_last_step(network, optimize):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert_priced_as_counted(network, optimize)


# -- paths -------------------------------------------------------------------------------------------------------------


@given(networks(most=7))
@settings(max_examples=60, deadline=None)
def test_never_dearer_than_the_optimum_of_opt_einsum_priced_by_our_rule(network):
    subscripts, operands = ",".join(network.terms) + "->" + network.output, network.operands()
    ours = fnp.einsum_path(subscripts, *operands)[1]
    for optimize in ("optimal", "branch-all", "greedy"):  # "dp" sums axes of single operands first
        assert ours.optimized_cost <= fnp.einsum_path(subscripts, *operands, optimize=optimize)[1].optimized_cost
    if all(network.sizes.values()):  # by which opt_einsum divides
        shapes = [operand.shape for operand in operands]
        theirs, _ = opt_einsum.contract_path(subscripts, *shapes, shapes=True, optimize="optimal")
        assert ours.optimized_cost <= fnp.einsum_path(subscripts, *operands, optimize=theirs)[1].optimized_cost


@given(networks(most=6), PATHS)
@settings(max_examples=60, deadline=None)
def test_symmetry_never_costs_more(network, optimize):
    subscripts, operands = ",".join(network.terms) + "->" + network.output, network.operands()
    path, info = fnp.einsum_path(subscripts, *operands, optimize=optimize)
    assert 0 <= info.optimized_cost <= info.dense_cost
    assert 0 <= info.saving < 1
    for step in info.steps:
        assert step.unique <= step.size
        assert step.cost <= step.dense_cost
    plain = fnp.einsum_path(subscripts, *map(np.array, operands), optimize=path)[1]
    assert info.dense_cost == plain.optimized_cost


X, S = np.random.default_rng(0).normal(size=(2, 4, 4))
WIDE = "".join(chr(0x100 + k) for k in range(60))
NETWORKS = {  # up to ten operands, or more labels than NumPy has letters
    "chain": (",".join(a + b for a, b in itertools.pairwise(WIDE[:8])) + f"->{WIDE[0]}{WIDE[7]}", "XSXSXSX"),
    "ring": (",".join(a + b for a, b in itertools.pairwise(WIDE[:7] + WIDE[0])) + "->", "SSSSSSS"),
    "batch": (",".join("z" + a for a in "abcdefghij") + "->zab", "XXXXXXXXXX"),
    "disconnected": ("ab,ab,cd,cd,ef,ef,gh,gh,ij,ij->a", "XXSSXSXSXX"),
    "outer": ("ab,c,d,e->abcde", "Svvv"),
    "empty": ("ab,bc,cd,de->ae", "XNOS"),
    "60 labels": (",".join(a + b for a, b in itertools.pairwise(WIDE)) + f"->{WIDE[0]}", "S" * 59),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_large_networks_cost_no_more_than_theirs_and_have_the_values_of_numpy(name):
    subscripts, letters = NETWORKS[name]
    s = flops.as_symmetric(S, symmetric_axes=(0, 1), validate=False)
    arrays = {"X": fnp.asarray(X), "S": s, "v": fnp.asarray(X[0]), "N": fnp.ones((4, 0)), "O": fnp.ones((0, 4))}
    operands = [arrays[letter] for letter in letters]
    with flops.BudgetContext(10**12) as budget:
        result = fnp.einsum(subscripts, *operands)
    cost = fnp.einsum_path(subscripts, *operands)[1].optimized_cost
    assert budget.flops_used == cost
    for optimize in ("greedy", "branch-1", "auto"):
        info = fnp.einsum_path(subscripts, *operands, optimize=optimize)[1]
        assert cost <= info.optimized_cost or len(operands) > 10
    plain = opt_einsum.contract(subscripts, *map(np.array, operands))
    np.testing.assert_allclose(np.asarray(result), plain, rtol=1e-9, atol=1e-9)
