"""Symmetry groups against sympy's, and against enumeration of permutations and of index tuples."""

from __future__ import annotations

import copy
import pickle
import re
from itertools import permutations, product
from math import comb, factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy.combinatorics import Permutation, PermutationGroup

from flopscope.errors import SymmetryError, SymmetryLossWarning
from flopscope.symmetry import SymmetryGroup

symmetric, cyclic, dihedral = SymmetryGroup.symmetric, SymmetryGroup.cyclic, SymmetryGroup.dihedral
young, of = SymmetryGroup.young, SymmetryGroup.from_generators
N = 6


def elements(group, n=N):
    """Every element as a tuple of images of 0..n-1."""
    found = [tuple(element.get(axis, axis) for axis in range(n)) for element in group.elements()]
    assert len(set(found)) == len(found) == group.order
    return set(found)


def closure(moves, n=N):
    """The group that permutations generate, by multiplying until nothing is new."""
    found = {tuple(range(n))}
    todo = list(found)
    while todo:
        first = todo.pop()
        for then in moves:
            made = tuple(then[image] for image in first)
            if made not in found:
                found.add(made)
                todo.append(made)
    return found


@st.composite
def permutation_lists(draw, n=N):
    """Up to three permutations, many of them small, so that all kinds of groups occur."""
    moves = []
    for _ in range(draw(st.integers(0, 3))):
        move = list(range(n))
        points = draw(st.permutations(range(n)))
        start = 0
        for length in draw(st.lists(st.integers(2, 4), min_size=1, max_size=3)):
            cycle = points[start : start + length]
            start += length
            for here, there in zip(cycle, [*cycle[1:], *cycle[:1]], strict=True):
                move[here] = there
        moves.append(tuple(move))
    return moves


def orbits_of_index_tuples(permutations_, sizes):
    """The number of orbits, by going through every index tuple."""
    seen, count = set(), 0
    for index in product(*map(range, sizes)):
        if index not in seen:
            count += 1
            for move in permutations_:
                image = [0] * len(index)
                for axis, to in enumerate(move):
                    image[to] = index[axis]
                seen.add(tuple(image))
    return count


# ── what a group holds ──


@settings(max_examples=300, deadline=None)
@given(permutation_lists())
def test_a_group_holds_what_its_generators_make(moves):
    group, oracle = of(moves), closure(moves)
    assert elements(group) == oracle
    assert closure([tuple(g.get(a, a) for a in range(N)) for g in group.generators]) == oracle
    for move in permutations(range(N)):
        assert group.contains(move) == (move in oracle)


@settings(max_examples=60, deadline=None)
@given(permutation_lists(9))
def test_order_and_orbits_are_sympys(moves):
    group = of(moves)
    oracle = PermutationGroup([Permutation(list(move)) for move in moves] or [Permutation(8)])
    assert group.order == oracle.order()
    assert group.orbits() == tuple(sorted(tuple(sorted(orbit)) for orbit in oracle.orbits() if len(orbit) > 1))


@settings(max_examples=200, deadline=None)
@given(permutation_lists(), st.sets(st.integers(0, N - 1)))
def test_stabilizers_and_restriction(moves, axes):
    group, everything = of(moves), closure(moves)
    pointwise = {move for move in everything if all(move[axis] == axis for axis in axes)}
    setwise = {move for move in everything if {move[axis] for axis in axes} == axes}
    assert elements(group.stabilizer(axes)) == pointwise
    assert elements(group.stabilizer(axes, pointwise=False)) == setwise
    restricted = {tuple(move[axis] if axis in axes else axis for axis in range(N)) for move in setwise}
    assert elements(group.restrict(axes)) == restricted


@settings(max_examples=200, deadline=None)
@given(permutation_lists(), permutation_lists())
def test_intersection_and_equality(a, b):
    left, right = of(a), of(b)
    assert elements(left.intersection(right)) == closure(a) & closure(b)
    assert (left == right) == (closure(a) == closure(b))
    assert left.is_subgroup(right) == (closure(a) <= closure(b))
    if left == right:
        assert hash(left) == hash(right)


@settings(max_examples=100, deadline=None)
@given(permutation_lists(), st.permutations(range(N)))
def test_relabelling_and_back(moves, names):
    group = of(moves)
    there = group.relabel(dict(enumerate(names)))
    assert elements(there) == {
        tuple(names[move[names.index(axis)]] for axis in range(N)) for move in closure(moves)
    }  # fmt: skip
    assert there.relabel({new: old for old, new in enumerate(names)}) == group
    assert group.relabel("abcdef".__getitem__).relabel("abcdef".index) == group
    assert pickle.loads(pickle.dumps(there)) == there


@settings(max_examples=100, deadline=None)
@given(permutation_lists(5), st.lists(st.integers(0, 3), min_size=5, max_size=5))
def test_unique_elements_are_the_orbits_of_index_tuples(moves, lengths):
    group = of(moves)
    sizes = list(lengths)
    for orbit in group.orbits():
        for axis in orbit:
            sizes[axis] = sizes[orbit[0]]
    assert group.unique_elements(sizes) == orbits_of_index_tuples(closure(moves, 5), sizes)
    assert group.unique_elements(dict(enumerate(sizes))) == group.unique_elements(sizes)


# ── the named groups ──

NAMED = [
    (symmetric((0, 1, 2)), 6, "S3{0,1,2}"),
    (symmetric("kji"), 6, "S3{i,j,k}"),
    (symmetric((4,)), 1, "identity"),
    (SymmetryGroup.identity(axes=(0, 1)), 1, "identity"),
    (cyclic((0, 1, 2, 3)), 4, "C4{0,1,2,3}"),
    (cyclic((0, 2, 1, 3)), 4, "C4{0,2,1,3}"),
    (cyclic((2, 1, 0)), 3, "C3{0,1,2}"),
    (cyclic((0, 3, 2, 1)), 4, "C4{0,1,2,3}"),
    (cyclic((3, 1)), 2, "S2{1,3}"),
    (dihedral((0, 1, 2, 3)), 8, "D4{0,1,2,3}"),
    (dihedral((0, 1, 2)), 6, "S3{0,1,2}"),
    (dihedral(range(5)), 10, "D5{0,1,2,3,4}"),
    (young([(0, 1), (2, 3)]), 4, "S2{0,1} x S2{2,3}"),
    (young([(0, 1, 5), (2,), (3, 4)]), 12, "S3{0,1,5} x S2{3,4}"),
    (SymmetryGroup.direct_product(cyclic((0, 1, 2)), symmetric((3, 4))), 6, "C3{0,1,2} x S2{3,4}"),
    (of([(2, 3, 0, 1)]), 2, "<(0 2)(1 3)>"),
    (of([(1, 2, 0, 3), (0, 2, 3, 1)]), 12, "A4{0,1,2,3}"),
    (of([{0: 1, 1: 0}, {1: 2, 2: 1}]), 6, "S3{0,1,2}"),
    (of([(1, 0, 3, 2), (1, 0, 2, 3)]), 4, "S2{0,1} x S2{2,3}"),
    (of([(1, 2, 0, 4, 3)]), 6, "C3{0,1,2} x S2{3,4}"),  # a product, although made by one generator
    (of([(1, 0)], axes=("a", "b")), 2, "S2{a,b}"),
]


@pytest.mark.parametrize("group, order, text", NAMED, ids=[text for *_, text in NAMED])
def test_order_and_name(group, order, text):
    assert (group.order, repr(group)) == (order, text)
    assert sum(1 for _ in group.elements()) == order
    assert bool(group) == (order > 1)


def test_degree_thirty_costs_nothing():
    group = symmetric(range(30))
    assert (group.order, group.unique_elements([10] * 30)) == (factorial(30), comb(39, 30))
    assert next(group.elements()) == {axis: axis for axis in range(30)}
    assert group.contains((*range(1, 30), 0))
    two = young([range(15), range(15, 30)])
    assert group.intersection(two) == two
    assert two.unique_elements([10] * 30) == comb(24, 15) ** 2
    assert of(group.generators) == group
    assert group.stabilizer(range(10), pointwise=False).order == factorial(10) * factorial(20)
    assert cyclic(range(30)).order == 30
    assert cyclic(range(30)).intersection(group) == cyclic(range(30))


def test_who_keeps_a_set_of_axes_is_found_among_ever_so_many():
    alternating = of([(1, 2, 0, *range(3, 20)), (0, *range(2, 20), 1)])
    group = alternating.stabilizer(range(9), pointwise=False)
    assert (group.order, group.orbits()) == (factorial(9) * factorial(11) // 2, (tuple(range(9)), tuple(range(9, 20))))


def test_numbers_of_numpy_are_numbers():
    group = cyclic(np.arange(40))
    count = group.unique_elements(np.full(40, 4))
    assert (group, count) == (cyclic(range(40)), group.unique_elements([4] * 40))  # beyond 64 bits
    assert type(count) is int
    assert SymmetryGroup.identity().unique_elements(np.full(40, 4)) == 4**40
    assert repr(of([{np.int64(1): np.int64(0), np.int64(0): np.int64(1)}])) == "S2{0,1}"


def test_copies_are_equal_and_read_alike():
    for group, _, text in NAMED:
        for twin in (copy.copy(group), copy.deepcopy(group), pickle.loads(pickle.dumps(group))):
            assert (twin, hash(twin), repr(twin)) == (group, hash(group), text)


def test_a_product_counts_each_factor():
    group = SymmetryGroup.direct_product(symmetric((0, 1)), cyclic((2, 3, 4)))
    assert group.unique_elements((4, 4, 3, 3, 3, 7)) == 10 * 11 * 7  # 4*5/2, (27 + 2*3)/3, an axis of 7


def test_large_general_groups_are_charged_in_full_with_a_warning():
    alternating = of([(1, 2, 0, *range(3, 9)), (*range(1, 9), 0)])
    assert (alternating.order, repr(alternating)) == (factorial(9) // 2, "A9{0,1,2,3,4,5,6,7,8}")
    with pytest.warns(SymmetryLossWarning, match="order 181,440, are not counted .* all 512 elements are charged"):
        assert alternating.unique_elements([2] * 9) == 512  # 2**9


def test_orbits_of_more_axes():
    assert symmetric((1, 3)).orbits(range(5)) == ((0,), (1, 3), (2,), (4,))


def test_groups_are_values():
    group = symmetric((0, 1))
    assert len({group, cyclic((0, 1)), young([(1, 0)])}) == 1
    with pytest.raises(AttributeError, match="is a value"):
        group.order = 3
    with pytest.raises(AttributeError, match="is a value"):
        del group.order
    with pytest.raises(TypeError, match="make a group by"):
        SymmetryGroup()
    assert group != "S2{0,1}"


# ── what is refused ──

REFUSED = {
    "axes 0,0 name an axis twice": lambda: symmetric((0, 0)),
    "counted from the front, got -1": lambda: symmetric((0, -1)),
    "got S2{0,1}, S2{1,2}, of which more than one moves 1": lambda: young([(0, 1), (1, 2)]),
    "(0, 0) is no permutation of 2 axes": lambda: of([(0, 0)]),
    "(1, 0) is no permutation of 3 axes": lambda: of([(1, 0)], axes=(0, 1, 2)),
    "axes it takes and gives diffe": lambda: of([{0: 1}]),
    "moves axes that are not among 0,1": lambda: of([{0: 2, 2: 0}], axes=(0, 1)),
    "axis 0 has 3, axis 1 has 4": lambda: symmetric((0, 1)).unique_elements((3, 4)),
    "moves axis 2, which a tensor of sizes (3, 3) does not have": lambda: symmetric((1, 2)).unique_elements((3, 3)),
    "moves axis 'j'": lambda: symmetric("ij").unique_elements({"i": 3}),
    "name an axis twice": lambda: symmetric((0, 1)).relabel({0: 1}),
    "from the front, got -2": lambda: symmetric(np.array([-2, 1])),
    "from the front, got -3": lambda: of([{0: -3, -3: 0}]),
    "from the front, got -4": lambda: symmetric((0, 1)).stabilizer((-4,)),
    "from the front, got -5": lambda: symmetric((0, 1)).restrict((-5,)),
    "sizes cannot be negative, got (-3, -3)": lambda: symmetric((0, 1)).unique_elements((-3, -3)),
}

OF_ANOTHER_KIND = {
    "axes of a group are given together, such as (0, 1) or 'ij'; got 3": lambda: symmetric(3),
    "or letters; got 0.0": lambda: symmetric((0.0, 1.0)),
    "or letters; got True": lambda: symmetric((True, False)),
    "all numbers or all letters, got 0,'a'": lambda: symmetric((0, "a")),
    "all numbers or all letters, got 'a',1": lambda: symmetric((0, 1)).relabel({0: "a"}),
    "all numbers or all letters, got 0,1,'i','j'": lambda: young([(0, 1), "ij"]),
    "blocks of a group are given together, such as [(0, 1), (2, 3)]; got 2": lambda: young(2),
    "direct_product() takes a SymmetryGroup": lambda: SymmetryGroup.direct_product([symmetric((0, 1))]),
    "intersection() takes a SymmetryGroup": lambda: symmetric((0, 1)).intersection((0, 1)),
    "is_subgroup() takes a SymmetryGroup": lambda: symmetric((0, 1)).is_subgroup((0, 1)),
    "such as {0: 1, 1: 0} or (1, 0); got 1": lambda: of((1, 0)),
    "such as {0: 1, 1: 0} or (1, 0); got [(0, 1), (2, 3)]": lambda: of([[(0, 1), (2, 3)]]),
    "relabel() takes a mapping, such as {0: 'i', 1: 'j'}, or a function, got 'ab'": lambda: symmetric((0, 1)).relabel(
        "ab"
    ),
    "sizes are a length for every axis, such as (10, 10)": lambda: symmetric((0, 1)).unique_elements(10),
    "got (2.0, 2.0)": lambda: symmetric((0, 1)).unique_elements((2.0, 2.0)),
}


@pytest.mark.parametrize("message", OF_ANOTHER_KIND)
def test_what_is_of_another_kind_is_told(message):
    with pytest.raises(TypeError, match=re.escape(message)):
        OF_ANOTHER_KIND[message]()


@pytest.mark.parametrize("message", REFUSED)
def test_refused_with_the_reason(message):
    with pytest.raises(SymmetryError, match=re.escape(message)) as caught:
        REFUSED[message]()
    assert isinstance(caught.value, ValueError)
