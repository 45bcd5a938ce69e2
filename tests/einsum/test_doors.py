"""Products by every door agree with the einsum that they are in price, group and values, symmetric, repeated or not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import flopscope as flops
import flopscope.numpy as fnp

S2, S3 = (flops.SymmetryGroup.symmetric(range(n)) for n in (2, 3))
RNG = np.random.default_rng(3)


def whole(*shape, group=None, kind=float):
    values = RNG.normal(size=shape).astype(kind)
    values = values + 1j * RNG.normal(size=shape) if kind is complex else values
    return flops.as_symmetric(values, group, validate=False) if group else fnp.asarray(values)


# Door; the einsum that it is, for two matrices, or a matrix and a vector.
MATRICES = [
    (fnp.matmul, "ij,jk->ik"),
    (lambda a, b: a @ b, "ij,jk->ik"),
    (fnp.dot, "ij,jk->ik"),
    (lambda a, b: a.dot(b), "ij,jk->ik"),
    (fnp.linalg.matmul, "ij,jk->ik"),
    (fnp.inner, "ij,kj->ik"),
    (lambda a, b: fnp.tensordot(a, b, 1), "ij,jk->ik"),
    (lambda a, b: fnp.tensordot(a, b, ([0], [0])), "ji,jk->ik"),
    (lambda a, b: fnp.tensordot(a, b, ([0, 1], [1, 0])), "ij,ji->"),
    (lambda a, b: fnp.tensordot(a, b, 0), "ij,kl->ijkl"),
    (fnp.multiply.outer, "ij,kl->ijkl"),
    (fnp.vecdot, "ij,ij->i"),
    (lambda a, b: fnp.vecdot(a[:, None], b), "ij,kj->ik"),
    (lambda a, b: fnp.vecdot(a, b, axis=0), "ij,ij->j"),
    (fnp.matvec, "ij,kj->ki"),
    (lambda a, b: fnp.matvec(a[None], b), "ij,kj->ki"),
    (lambda a, b: fnp.vecmat(a, b[None]), "ij,jk->ik"),
    (fnp.vecmat, "ij,jk->ik"),
    (lambda a, b: fnp.linalg.multi_dot([a, b]), "ij,jk->ik"),
    (fnp.vdot, "ij,ij->"),
]
MULTI_DOT = 18  # which makes no tensors
VIEWS = [lambda a: a, lambda a: a.T, lambda a: a[:], lambda a: a[None][0], lambda a: fnp.array(a)]


@pytest.mark.parametrize("number", range(len(MATRICES)))
@settings(max_examples=15, deadline=None)
@given(st.data())
def test_products_of_matrices(number, data):
    door, subscripts = MATRICES[number]
    n = data.draw(st.sampled_from([0, 1, 3, 4]))
    made = [whole(n, n, group=data.draw(st.sampled_from([None, S2]))) for _ in range(2)]
    view_a, view_b = data.draw(st.sampled_from(VIEWS)), data.draw(st.sampled_from(VIEWS))
    a, b = view_a(made[0]), view_b(made[data.draw(st.integers(0, 1))])
    with flops.BudgetContext(10**9) as expected:
        known = fnp.einsum(subscripts, a, b)
    for _ in range(2):  # first and again
        with flops.BudgetContext(10**9) as budget:
            result = door(a, b)
        assert budget.flops_used == expected.flops_used
        np.testing.assert_allclose(np.asarray(result), np.asarray(known), rtol=1e-9, atol=1e-9)
        if n and number != MULTI_DOT:
            assert getattr(result, "symmetry", None) == getattr(known, "symmetry", None)


@pytest.mark.parametrize(
    "door, subscripts, arrays",
    [
        (lambda v, w: fnp.outer(v, w), "i,j->ij", "vv"),
        (lambda v, w: fnp.outer(v, w), "i,j->ij", "vw"),
        (lambda v, w: fnp.outer(v[None], w), "i,j->ij", "vv"),
        (lambda v, w: fnp.linalg.outer(v, w), "i,j->ij", "vv"),
        (lambda t, v: fnp.dot(t, v), "ijk,k->ij", "tv"),
        (lambda t, v: fnp.inner(v, t), "k,ijk->ij", "tv"),
        (lambda t, u: fnp.tensordot(t, u, 2), "ijk,jkl->il", "tt"),
        (lambda t, s: fnp.matmul(t, s), "ijk,kl->ijl", "ts"),
        (lambda t, s: t @ s, "ijk,kl->ijl", "ts"),
        (lambda t, v: fnp.matvec(t, v), "ijk,k->ij", "tv"),
        (lambda s, v: fnp.linalg.multi_dot([v, s, v]), "i,ij,j->", "sv"),
    ],
)
def test_products_of_vectors_and_tensors(door, subscripts, arrays):
    names = {"v": whole(4), "w": whole(4), "t": whole(4, 4, 4, group=S3), "s": whole(4, 4, group=S2)}
    x, y = (names[letter] for letter in arrays)
    terms = subscripts.partition("->")[0].split(",")
    operands = [next(one for one in ((x, y)[k % 2], x, y) if one.ndim == len(term)) for k, term in enumerate(terms)]
    with flops.BudgetContext(10**9) as expected:
        known = fnp.einsum(subscripts, *operands)
    with flops.BudgetContext(10**9) as budget:
        result = door(x, y)
    assert budget.flops_used == expected.flops_used
    np.testing.assert_allclose(np.asarray(result), np.asarray(known), rtol=1e-9, atol=1e-9)


def test_kron_and_powers_cost_the_products_that_they_are():
    a, s = whole(3, 3), whole(3, 3, group=S2)
    for one, pairs in ((a, 45), (s, 21)):  # 9*10/2 pairs of one array; 6*7/2 of one of 6 elements
        with flops.BudgetContext(10**9) as budget:
            fnp.kron(one, one)
        assert budget.flops_used == pairs
    for power in (2, 3, 4, 5, 8):
        for one in (a, s):
            with flops.BudgetContext(10**9) as budget:
                fnp.linalg.matrix_power(one, power)
            products = power.bit_length() - 1 + power.bit_count() - 1
            assert budget.flops_used in (products * 27, products * 18)  # 3*3*3, or 3 * 3*4/2


def test_a_complex_array_and_its_conjugate_are_two():
    z, x = whole(5, 7, kind=complex), whole(5, 7)
    for _ in range(2):
        for one, flops_used, group in ((x, 105, S2), (z, 175, None)):  # 7 * 5*6/2; 7*5*5
            for door in (fnp.vecdot, fnp.linalg.vecdot):
                with flops.BudgetContext(10**9) as budget:
                    result = door(one[:, None], one[None])
                assert (budget.flops_used, getattr(result, "symmetry", None)) == (flops_used, group)
    with flops.BudgetContext(10**9) as budget:
        fnp.vdot(z[:, :5], z[:, :5].T)
    assert budget.flops_used == 25  # 5*5
    with flops.BudgetContext(10**9) as budget:
        assert (z @ z.T).symmetry == S2  # nothing is conjugated
    assert budget.flops_used == 105
