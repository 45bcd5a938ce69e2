"""Symmetric contractions: known costs with their arithmetic, and every step against index tuples counted one by one."""

from __future__ import annotations

import itertools
from math import comb

import numpy as np
import pytest

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
