"""Symmetric contractions: known costs with their arithmetic, and every step against index tuples counted one by one."""

from __future__ import annotations

import itertools
from math import comb

import numpy as np
import opt_einsum
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flopscope.einsum import NO_FACTS, Facts, facts_of, plan
from flopscope.errors import SymmetryError
from flopscope.symmetry import SymmetryGroup

S2, S3 = (SymmetryGroup.symmetric(axes=range(n)) for n in (2, 3))
CYCLE = SymmetryGroup.cyclic(axes=(0, 1, 2))
TUCKER = ("ijk,ai,bj,ck->abc", ((10,) * 3, (10, 10), (10, 10), (10, 10)))


def same(*positions, n, ndim):
    """Repeats of `n` operands of which those at `positions`, of `ndim` axes, are the first of them."""
    first, *others = positions
    return tuple((first, tuple(range(ndim))) if p in others else None for p in range(n))


@pytest.mark.parametrize(
    "subscripts, shapes, facts, costs, symmetry",
    [
        ("ki,kj->ij", [(7, 5), (7, 5)], Facts((), same(0, 1, n=2, ndim=2)), [7 * 5 * 6 // 2], "S2{0,1}"),
        ("ik,kj->ij", [(5, 7), (7, 5)], Facts((), (None, (0, (1, 0)))), [105], "S2{0,1}"),  # the first transposed
        ("ij,jk->ik", [(5, 5), (5, 5)], Facts((), same(0, 1, n=2, ndim=2)), [125], None),  # a square has no symmetry
        ("ij,jk->ik", [(5, 5), (5, 5)], Facts((S2, None), same(0, 1, n=2, ndim=2)), [5 * 15], "S2{0,1}"),  # S @ S has
        (*TUCKER, Facts((S3, None, None, None)), [5_500, 10_000, 10_000], None),  # 10*10*55, 10**4, 10**4
        # 10*10*55; a and b are equal in the result: 55*10*10; all three are: 220*10
        (*TUCKER, Facts((S3, None, None, None), same(1, 2, 3, n=4, ndim=2)), [5_500, 5_500, 2_200], "S3{0,1,2}"),
        ("i,j,k->ijk", [(10,)] * 3, Facts((), same(0, 1, 2, n=3, ndim=1)), [55, 220], "S3{0,1,2}"),  # 10*11/2, *12/3
        ("ij,j->i", [(10, 10), (10,)], Facts((S2, None)), [100], None),  # nothing is equal
        ("ij,ij->", [(10, 10), (10, 10)], Facts((S2, S2)), [55], None),
        ("ij,ij->", [(10, 10), (10, 10)], Facts((S2, None)), [100], None),
        ("ij,ij->i", [(10, 10), (10, 10)], Facts((S2, S2)), [100], None),  # equal products in different sums
        ("ij,ij->ij", [(10, 10), (10, 10)], Facts((S2, S2)), [55], "S2{0,1}"),
        ("ij->", [(10, 10)], Facts((S2,)), [55], None),  # as `sum`
        ("ij->i", [(10, 10)], Facts((S2,)), [55], None),
        ("ii->", [(10, 10)], Facts((S2,)), [10], None),
        ("ij->ji", [(10, 10)], Facts((S2,)), [0], "S2{0,1}"),  # a view
        ("ij,kl->ijkl", [(3, 3), (3, 3)], Facts((S2, S2)), [36], "S2{0,1} x S2{2,3}"),  # 6*6
        ("ip,jq->ij", [(3, 4), (3, 4)], Facts((), same(0, 1, n=2, ndim=2)), [78], "S2{0,1}"),  # (12**2 + 12) / 2
        ("bij,bkj->bik", [(7, 5, 4), (7, 5, 4)], Facts((), same(0, 1, n=2, ndim=3)), [7 * 15 * 4], "S2{1,2}"),
        ("...ij,...kj->...ik", [(7, 5, 4), (7, 5, 4)], Facts((), same(0, 1, n=2, ndim=3)), [7 * 15 * 4], "S2{1,2}"),
        ("i,j->ij", [(1,), (1,)], Facts((), same(0, 1, n=2, ndim=1)), [1], None),
        ("ij,j->i", [(1, 1), (4,)], Facts((S2, None)), [4], None),
        ("ij,jk->ik", [(0, 0), (0, 0)], Facts((S2, S2)), [0], None),
    ],
)  # fmt: skip
def test_costs(subscripts, shapes, facts, costs, symmetry):
    info = plan(subscripts, tuple(shapes), facts=facts).info
    assert [step.cost for step in info.steps] == costs
    assert info.optimized_cost == sum(costs)
    assert (repr(info.symmetry) if info.symmetry else None) == symmetry
    dense = plan(subscripts, tuple(shapes)).info
    assert info.naive_cost == dense.naive_cost
    assert [step.dense_cost for step in plan(subscripts, tuple(shapes), info.path, facts).info.steps] == [
        step.cost for step in plan(subscripts, tuple(shapes), info.path).info.steps
    ]


def test_all_at_once_costs_the_orbits_times_the_multiplications():
    facts = Facts((), same(0, 1, 2, n=3, ndim=1))
    assert plan("i,j,k->ijk", ((10,),) * 3, False, facts).cost == 440  # 220 products of 3: 2 multiplications each


@pytest.mark.parametrize("degree", [8, 30])
def test_a_symmetric_tensor_of_high_degree_costs_nothing_to_plan(degree):
    labels = [chr(0x100 + i) for i in range(degree)]
    group = SymmetryGroup.symmetric(axes=range(degree))
    priced = plan(
        f"{''.join(labels)},{labels[0]}->{''.join(labels[1:])}", ((4,) * degree, (4,)), facts=Facts((group, None))
    )
    assert priced.cost == 4 * comb(4 + degree - 2, degree - 1)  # i, and the others unordered
    assert priced.info.symmetry == SymmetryGroup.symmetric(axes=range(degree - 1))


def test_moments_of_one_array_are_symmetric():
    """The fourth moment: x[n,a] x[n,b] x[n,c] x[n,d] summed over n."""
    facts = Facts((), same(0, 1, 2, 3, n=4, ndim=2))
    info = plan("na,nb,nc,nd->abcd", ((50, 6),) * 4, facts=facts).info
    assert info.symmetry == SymmetryGroup.symmetric(axes=range(4))
    # nab: 50*21, ncd: 50*21; the result: 50 * 6*7*8*9/24
    assert sorted(step.cost for step in info.steps) == [1_050, 1_050, 6_300]


def test_a_declared_result_is_computed_once_for_each_orbit():
    facts = Facts(result=S3)
    assert [step.cost for step in plan(*TUCKER, facts=facts).info.steps] == [10_000, 10_000, 2_200]  # 220*10
    assert plan(*TUCKER, facts=facts).info.symmetry == S3


def test_a_group_must_fit_the_shape():
    for facts in (Facts((S2, None)), Facts((S3, None)), Facts(result=S2)):
        with pytest.raises(SymmetryError):
            plan("ij,jk->ik", ((3, 4), (4, 5)), facts=facts)


def test_symmetries_do_not_change_what_is_computed():
    rng = np.random.default_rng(0)
    t, a = rng.standard_normal((4, 4, 4)), rng.standard_normal((4, 4))
    t = sum(t.transpose(p) for p in itertools.permutations(range(3)))
    priced = plan(
        TUCKER[0], (t.shape, *(a.shape,) * 3), facts=Facts((S3, None, None, None), same(1, 2, 3, n=4, ndim=2))
    )
    np.testing.assert_allclose(priced.run(t, a, a, a), np.einsum(TUCKER[0], t, a, a, a), rtol=1e-12, atol=1e-12)
    assert [step.blas for step in priced.info.steps] == ["GEMM"] * 3


# -- which operands are the same array ---------------------------------------------------------------------------------

X = np.arange(12.0).reshape(3, 4)


@pytest.mark.parametrize(
    "a, b, axes",
    [
        (X, X, (0, 1)),
        (X, X.T, (1, 0)),
        (X.T, X, (1, 0)),
        (X, X[:], (0, 1)),
        (X, X.view(), (0, 1)),
        (X[:, None], X.T[:, None], (2, 1, 0)),
        (X[:2], X[:2], (0, 1)),
        (X[:2], X[:2].T, (1, 0)),
        (X, X.copy(), None),
        (X, X[::-1], None),
        (X[:2], X[1:], None),
        (X, X[:, :3], None),
        (X, X.view("i8"), None),
        (X.astype(object), X, None),
        (np.broadcast_to(X[0], (4, 4)), np.broadcast_to(X[0], (4, 4)).T, (1, 0)),
    ],
)  # fmt: skip
def test_the_same_array_is_recognised_through_views_that_only_rearrange_its_axes(a, b, axes):
    assert facts_of((a, b)).repeats == ((None, (0, axes)) if axes else ())


def test_objects_are_never_the_same_because_their_product_may_depend_on_the_order():
    a = X.astype(object)
    assert facts_of((a, a)) == NO_FACTS


def test_lists_and_numbers_are_no_arrays():
    values = [1.0, 2.0]
    assert facts_of((values, values, 3, 3, np.float64(1))) == NO_FACTS


def test_what_is_told_adds_to_what_is_seen():
    y = np.ones((3, 4))
    assert facts_of((X, y, X), identical=[(0, 1)]).repeats == (None, (0, (0, 1)), (0, (0, 1)))
    assert facts_of((X, y), symmetries=[None, SymmetryGroup.identity()]) == NO_FACTS


@pytest.mark.parametrize(
    "told, message",
    [
        ({"symmetries": [S2]}, "1 groups for 2 operands"),
        ({"identical": [(0, 2)]}, "positions of 2 operands"),
        ({"identical": [(0, 0)]}, "positions of 2 operands"),
        ({"identical": [(0, 1)]}, "the same shape"),
    ],
)
def test_what_does_not_fit_the_operands_is_refused(told, message):
    with pytest.raises(ValueError, match=message):
        facts_of((np.ones((2, 2)), np.ones((3, 3))), **told)


# -- the oracle --------------------------------------------------------------------------------------------------------

PRIME = 2**31 - 1
GROUPS = {
    1: [None],
    2: [None, S2],
    3: [None, S3, CYCLE, SymmetryGroup.symmetric(axes=(0, 2))],
}


@st.composite
def networks(draw, most=4, labels="abcde"):
    """Subscripts, sizes of labels, which array each operand is, the arrays' groups, and a path."""
    sizes = {label: draw(st.sampled_from([2, 3, 3, 3])) for label in labels}
    terms, arrays, shapes, groups = [], [], {}, {}
    for position in range(draw(st.integers(1, most))):
        earlier = draw(st.sampled_from([None, *sorted(shapes)])) if shapes else None
        if earlier is not None:
            term = "".join(
                draw(st.sampled_from([label for label in labels if sizes[label] == n] or ["a"]))
                for n in shapes[earlier]
            )
            if tuple(sizes[label] for label in term) == shapes[earlier]:
                terms.append(term)
                arrays.append(earlier)
                continue
        term = "".join(draw(st.lists(st.sampled_from(labels), min_size=1, max_size=3)))
        shape = tuple(sizes[label] for label in term)
        group = draw(st.sampled_from(GROUPS[len(term)]))
        terms.append(term)
        arrays.append(position)
        shapes[position] = shape
        groups[position] = group if group and len({shape[axis] for axis in group.axes}) == 1 else None
    used = sorted(set("".join(terms)))
    output = "".join(draw(st.permutations(used))[: draw(st.integers(0, len(used)))])
    optimize = draw(st.sampled_from([True, False, "greedy"]))
    return terms, output, sizes, arrays, shapes, groups, optimize


def planned(network):
    terms, output, sizes, arrays, _, groups, optimize = network
    repeats = tuple(
        None if array == position else (array, tuple(range(len(terms[position]))))
        for position, array in enumerate(arrays)
    )
    symmetries = tuple(groups[position] if array == position else None for position, array in enumerate(arrays))
    shapes = tuple(tuple(sizes[label] for label in term) for term in terms)
    return plan(",".join(terms) + "->" + output, shapes, optimize, Facts(symmetries, repeats))


def random_array(shape, group, rng):
    """Numbers that are equal where the group says, and else are not."""
    values = rng.integers(1, PRIME, shape)
    if group is None:
        return values
    # Add up all copies with their axes permuted, by the group's own generators until no new one comes.
    found = {tuple(range(len(shape)))}
    while True:
        more = {
            tuple(move.get(axis, axis) for axis in element) for element in found for move in group.generators
        } - found
        if not more:
            break
        found |= more
    return sum(values.transpose(element) for element in found) % PRIME


def product(terms, arrays, labels, kept):
    """The product of arrays, summed over all of `labels` but `kept`, in the order of `kept`, modulo a prime."""
    result = np.ones((1,) * len(labels), np.int64)
    for term, array in zip(terms, arrays, strict=True):
        distinct = "".join(sorted(set(term), key=labels.index))
        diagonal = np.einsum(f"{term}->{distinct}", array)
        shape = iter(diagonal.shape)
        result = result * diagonal.reshape([next(shape) if label in term else 1 for label in labels]) % PRIME
    for axis in reversed(range(len(labels))):
        if labels[axis] not in kept:
            result = result.sum(axis=axis) % PRIME
    left = [label for label in labels if label in kept]
    return result.transpose([left.index(label) for label in kept])


def invariant(tensor, classes):
    """Permutations of axes within `classes` under which a tensor is the same, tried one by one."""
    n = tensor.ndim
    return [
        axes
        for axes in itertools.permutations(range(n))
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


def counted(network, step_terms, members, kept):
    """FLOPs of a step, by looking at numbers and index tuples."""
    terms, _, sizes, arrays, shapes, groups, _ = network
    labels = "".join(sorted(set("".join(step_terms))))
    inside = "".join(sorted({label for p in members for label in terms[p]}))
    # Large enough for all indices to differ, so that no equality is an accident; labels of one size stay of one size.
    large = {n: len(inside) + n for n in set(sizes.values())}
    rng = np.random.default_rng(0)
    values = {a: random_array(tuple(large[n] for n in shapes[a]), groups[a], rng) for a in shapes}
    operands = [terms[p] for p in members], [values[arrays[p]] for p in members]

    if len(step_terms) == 1:
        if set(kept) == set(labels):
            return 0
        everything = product(*operands, inside, labels)
        return orbits([sizes[x] for x in labels], invariant(everything, [sizes[x] for x in labels]))
    summed = "".join(label for label in labels if label not in kept)
    products = product(*operands, inside, kept + summed)
    alike = invariant(products, [(sizes[x], x in kept) for x in kept + summed])
    result = invariant(product(*operands, inside, kept), [sizes[x] for x in kept])
    n = len(kept)
    fixing = [tuple(axis - n for axis in axes[n:]) for axes in alike if axes[:n] == tuple(range(n))]
    by_products = orbits([sizes[x] for x in kept + summed], alike)
    by_results = orbits([sizes[x] for x in kept], result) * orbits([sizes[x] for x in summed], fixing)
    return min(by_products, by_results) * (len(step_terms) - 1)


@given(networks())
@settings(max_examples=150, deadline=None)
def test_every_step_costs_the_index_tuples_that_differ(network):
    info = planned(network).info
    left = [[p] for p in range(len(network[0]))]
    for step in info.steps:
        inputs, output = step.subscripts.split("->")
        taken = [left[p] for p in step.operands]
        left = [entry for p, entry in enumerate(left) if p not in step.operands]
        members = sorted(itertools.chain.from_iterable(taken))
        left.append(members)
        assert step.cost == counted(network, inputs.split(","), members, output), step


@given(networks(most=6, labels="abcdef"))
@settings(max_examples=60, deadline=None)
def test_never_dearer_than_the_optimum_of_opt_einsum_priced_by_our_rule(network):
    terms, output, sizes, *_ = network
    network = (*network[:-1], True)
    shapes = [tuple(sizes[label] for label in term) for term in terms]
    theirs, _ = opt_einsum.contract_path(",".join(terms) + "->" + output, *shapes, shapes=True, optimize="optimal")
    assert planned(network).cost <= planned((*network[:-1], tuple(map(tuple, theirs)))).cost


@given(networks())
@settings(max_examples=60, deadline=None)
def test_symmetry_never_costs_more(network):
    info = planned(network).info
    assert 0 <= info.optimized_cost <= info.dense_cost
    assert 0 <= info.saving < 1
    for step in info.steps:
        assert step.unique <= step.size
