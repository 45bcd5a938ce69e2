"""Products through every door: matmul, dot and their kin cost the einsum they are, planned and run, first and again."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import flopscope as flops
import flopscope.numpy as fnp
from flopscope import SymmetryGroup

S2, S3 = (SymmetryGroup.symmetric(axes=range(n)) for n in (2, 3))
RNG = np.random.default_rng(7)


def array(*shape):
    return fnp.asarray(RNG.standard_normal(shape))


def tensor(*shape):
    return flops.symmetrize(array(*shape), symmetric_axes=tuple(range(len(shape))))


X, Y, V, W = array(7, 5), array(7, 5), array(10), array(10)
Q, B, S, T, A = array(6, 6), array(3, 4, 5), tensor(6, 6), tensor(10, 10, 10), array(10, 10)


def charge(call):
    """FLOPs and result of a call, which must be charged alike every time."""
    charges = set()
    for _ in range(3):
        with flops.BudgetContext(10**9) as budget:
            result = call()
        charges.add(budget.flops_used)
    assert len(charges) == 1
    return charges.pop(), result


CALLS = {
    "fnp.einsum('ki,kj->ij', X, X)": 105,  # 7 * 5*6/2
    "fnp.einsum('ki,kj->ij', X, Y)": 175,  # 7*5*5
    "fnp.einsum('ki,kj->ij', X, X.copy())": 175,
    "fnp.einsum('ik,kj->ij', X.T, X)": 105,
    "fnp.einsum('ki,jk->ij', X, X.T)": 105,
    "fnp.einsum('ki,kj->ij', X[:3], X[:3])": 45,  # 3 * 5*6/2
    "fnp.einsum('ki,kj->ij', X[:3], X[1:4])": 75,
    "fnp.einsum(X, [0, 1], X, [0, 2], [1, 2])": 105,
    "fnp.einsum('ki,kj->ij', X, X, optimize='greedy')": 105,
    "fnp.einsum('ki,kj->ij', X, X, optimize=['einsum_path', (0, 1)])": 105,
    "fnp.einsum('ki,kj->ij', X, X, out=fnp.empty((5, 5)))": 105,
    "fnp.einsum('ki,kj->ij', X, X, dtype='c16')": 105,
    "np.einsum('ki,kj->ij', X, X)": 105,
    "fnp.matmul(X.T, X)": 105,
    "fnp.matmul(X.T, Y)": 175,
    "X.T @ X": 105,
    "X @ X.T": 140,  # 5 * 7*8/2
    "X.T @ Y": 175,
    "X.T.dot(X)": 105,
    "fnp.dot(X, X.T)": 140,
    "fnp.inner(X, X)": 140,
    "fnp.inner(X, Y)": 245,
    "fnp.tensordot(X, X, (0, 0))": 105,
    "fnp.tensordot(X, Y, (0, 0))": 175,
    "fnp.outer(V, V)": 55,  # 10*11/2
    "fnp.outer(V, W)": 100,
    "fnp.kron(V, V)": 55,
    "Q @ Q": 216,  # a square is no product with the transpose: 6**3
    "Q @ Q.T": 126,  # 6 * 6*7/2
    "Q[1:3] @ Q[1:3].T": 18,  # 6 * 2*3/2
    "Q[1:3] @ Q[2:4].T": 24,
    "B @ B.mT": 150,  # 3 * 5 * 4*5/2
    "fnp.matmul(B, B, axes=[(1, 2), (2, 1), (1, 2)])": 150,
    "fnp.vecdot(B, B)": 60,  # 3*4*5
    "S @ S": 126,
    "S @ Q": 216,
    "fnp.einsum('ij,j->i', S, Q[0])": 36,
    "fnp.einsum('ij->', S)": 21,  # 6*7/2
    "fnp.tensordot(S, Q, 0)": 756,  # 21*36
    "fnp.einsum('i,j,k->ijk', V, V, V)": 275,  # 55 + 220
    "fnp.einsum('i,j,k->ijk', V, V, W)": 605,  # 55 + 55*10
    "fnp.einsum('ijk,ai,bj,ck->abc', T, A, A.copy(), A + 0)": 25_500,
    "fnp.einsum('ijk,ai,bj,ck->abc', T, A, A, A)": 13_200,
}


@pytest.mark.parametrize("text", CALLS)
def test_a_product_costs_what_differs_in_it(text):
    extra = 100 if "A + 0" in text else 0  # the addition
    paid, result = charge(lambda: eval(text, globals()))
    assert paid == CALLS[text] + extra
    plain = {name: np.array(value) for name, value in globals().items() if isinstance(value, np.ndarray)}
    expected = eval(text.replace("fnp.", "np."), plain | {"np": np})
    np.testing.assert_allclose(np.asarray(result), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "call, group",
    [
        (lambda: fnp.einsum("ki,kj->ij", X, X), S2),
        (lambda: fnp.einsum("ki,kj->ij", X, Y), None),
        (lambda: fnp.einsum("ki,kj->ij", X, X, out=fnp.empty((5, 5))), None),
        (lambda: fnp.einsum("i,j,k->ijk", V, V, V), S3),
        (lambda: fnp.einsum("ijk,ai,bj,ck->abc", T, A, A, A), S3),
        (lambda: fnp.einsum("ijk,k->ij", T, V), S2),
        (lambda: fnp.einsum("ij->ji", S), S2),
        (lambda: fnp.einsum("ij,jk->ik", S, S), S2),
        (lambda: fnp.einsum("ij,jk->ik", S, Q), None),
        (lambda: fnp.matmul(S, S), S2),
        (lambda: fnp.tensordot(T, V, 1), S2),
        (lambda: fnp.tensordot(S, Q, 0), S2),
        (lambda: fnp.dot(T, V), S2),
        (lambda: fnp.inner(V, T), S2),
    ],
)
def test_results_have_the_symmetry_that_is_known(call, group):
    for _ in range(3):
        result = call()
        assert getattr(result, "symmetry", None) == group
        if group is not None:
            values = np.asarray(result)
            for move in group.generators:
                axes = [move.get(axis, axis) for axis in range(values.ndim)]
                np.testing.assert_array_equal(values, values.transpose(axes))  # to the last bit


def test_planning_is_the_charge_to_the_flop():
    shapes = [(10, 10, 10), (10, 10), (10, 10), (10, 10)]
    subscripts = "ijk,ai,bj,ck->abc"
    planned = flops.einsum_cost(subscripts, shapes=shapes, symmetries=[S3, None, None, None], identical=[(1, 2, 3)])
    path, info = fnp.einsum_path(subscripts, T, A, A, A)
    told = fnp.einsum_path(
        subscripts, *map(fnp.ones, shapes), symmetries=[S3, None, None, None], identical=[(1, 2, 3)]
    )[1]
    paid, _ = charge(lambda: fnp.einsum(subscripts, T, A, A, A))
    followed, _ = charge(lambda: fnp.einsum(subscripts, T, A, A, A, optimize=path))
    assert planned == info.optimized_cost == told.optimized_cost == paid == followed == 13_200
    assert info.naive_cost == 3_000_000


def test_shaped_operands_plan_products_of_one_array():
    x = flops.Shaped((7, 5))
    assert flops.cost("inner", x, x) == 140  # 5 * 7*8/2
    assert flops.cost("inner", (7, 5), (7, 5)) == 245  # two arrays of one shape


def test_a_declared_symmetry_is_charged_and_looked_at():
    weights = fnp.asarray(np.diag([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]))
    gram = "ij,jk,lk->il"
    with flops.BudgetContext(10**6) as budget:
        result = fnp.einsum(gram, Q, weights, Q.copy(), symmetry=S2)
    assert result.symmetry == S2
    assert [(record.op_name, record.flop_cost) for record in budget.op_log] == [
        ("einsum", 342),  # 6*6*6, then 6 * 6*7/2
        ("symmetry.as_symmetric", 36),  # 6*6 for its one generator
    ]
    assert flops.einsum_cost(gram, shapes=[(6, 6)] * 3, symmetry=S2) == 342
    paid, _ = charge(lambda: fnp.einsum(gram, Q, weights, Q.copy(), symmetry=S2, validate=False))
    assert paid == 342


@pytest.mark.parametrize(
    "call, error",
    [
        (lambda: fnp.einsum("ij,jk->ik", X.T, Y, symmetry=S2), flops.SymmetryError),
        (lambda: fnp.einsum("ij,jk->ik", X, Y.T[:, :3], symmetry=S2), flops.SymmetryError),
        (lambda: fnp.einsum("ij,jk->ik", X.T, X, symmetry=S2, out=fnp.empty((5, 5))), TypeError),
        (lambda: fnp.einsum_path("ij,jk->ik", X.T, X, symmetries=[S2]), ValueError),
        (lambda: fnp.einsum_path("ij,jk->ik", X.T, X, symmetries=[S2, None]), flops.SymmetryError),
        (lambda: fnp.einsum_path("ij,jk->ik", X.T, X, identical=[(0, 1)]), ValueError),
        (lambda: flops.einsum_cost("ij,jk->ik", shapes=[(3, 4), (4, 5)], symmetries=[S2, None]), ValueError),
    ],
)
def test_symmetries_that_are_not_there_are_refused(call, error):
    with pytest.raises(error):
        call()


def test_views_of_different_parts_and_copies_are_different_arrays():
    whole = array(4, 3)
    assert charge(lambda: fnp.einsum("i,j->ij", whole[0], whole[0]))[0] == 6  # 3*4/2
    assert charge(lambda: fnp.einsum("i,j->ij", whole[0], whole[1]))[0] == 9
    assert charge(lambda: fnp.einsum("i,j->ij", whole[0], whole[0][::-1]))[0] == 9


def test_objects_are_multiplied_in_every_order():
    numbers = fnp.asarray(np.array([[1, 2], [3, 4]], object))
    assert charge(lambda: fnp.einsum("ki,kj->ij", numbers, numbers))[0] == 8  # 2*2*2
    assert charge(lambda: numbers.T @ numbers)[0] == 8


def test_the_cache_of_plans_can_be_told_and_emptied():
    flops.einsum_cache_clear()
    assert flops.einsum_cache_info().currsize == 0
    fnp.einsum("ij,jk,kl->il", Q, Q, Q)
    assert flops.einsum_cache_info().currsize == 1


def test_groups_are_imported_only_when_there_is_symmetry():
    program = (
        "import sys, flopscope.numpy as fnp\n"
        "x, y = fnp.ones((3, 3)), fnp.ones((3, 3))\n"
        "fnp.einsum('ij,jk,kl->il', x, y, fnp.ones((3, 3))); x @ y; fnp.einsum_path('ij,jk', x, y)\n"
        "print('flopscope.symmetry' in sys.modules)\n"
        "fnp.einsum('ki,kj->ij', x, x)\n"
        "print('flopscope.symmetry' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
