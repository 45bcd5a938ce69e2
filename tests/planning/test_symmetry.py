"""Plans of programs with symmetric tensors charge what the run does, to the FLOP."""

from __future__ import annotations

import numpy as np
import pytest

import flopscope as flops
import flopscope.numpy as fnp
from flopscope import SymmetryGroup

S2, S3 = SymmetryGroup.symmetric((0, 1)), SymmetryGroup.symmetric((0, 1, 2))
rng = np.random.default_rng(0)
S = flops.symmetrize(rng.normal(size=(6, 6)), S2)
T = flops.symmetrize(rng.normal(size=(6, 6, 6)), S3)
X = rng.normal(size=(7, 6))

PROGRAMS = [
    "fnp.exp(S)",
    "-S + 2 * S",
    "S * np.arange(6.0)",
    "(T + S).sum(0) * 2",
    "fnp.exp(T.sum(0))",
    "fnp.exp(T[0])",
    "fnp.exp(T[:, 1:3, 1:3])",
    "fnp.exp(T[..., None].transpose(1, 0, 3, 2))",
    "fnp.exp(fnp.moveaxis(T, 0, 2))",
    "fnp.exp(S.reshape(1, 6, 6))",
    "fnp.exp(S.T.copy().real)",
    "fnp.exp(S[[0, 1]])",
    "fnp.exp(fnp.linalg.inv(S + 9 * fnp.eye(6)))",
    "fnp.exp(fnp.linalg.inv(S))",
    "fnp.exp(S @ S)",
    "fnp.exp(fnp.tensordot(T, X[0], 1))",
    "fnp.exp(fnp.einsum('ki,kj->ij', X, X))",
    "fnp.exp(fnp.einsum('ijk,ai,bj,ck->abc', T, X, X, X))",
    "fnp.exp(fnp.einsum('ij,jk->ik', X, X.T, symmetry=S2))",
    "fnp.exp(fnp.where(S > 0, S, 0))",
    "fnp.exp(fnp.cumsum(T, axis=0))",
    "fnp.exp(flops.as_symmetric(X[:6], S2, tolerance=100))",
    "fnp.exp(flops.as_symmetric(T, S2))",
    "fnp.exp(flops.symmetrize(X[:6], S2))",
    "fnp.exp(fnp.random.symmetric((5, 5), S2))",
    "fnp.exp(np.multiply.outer(S, S))",
    "fnp.exp(fnp.broadcast_arrays(S, 1.0)[0])",
]
WRITES = [
    "S[0, 1] = 5",
    "S[1:][0] = 5",
    "S.T[0, 1] = 5",
    "S += 1",
    "S *= S",
    "S *= np.arange(6.0)",
    "u = S[1:, 1:]; u += 1",
    "fnp.add(S, 1, out=S)",
    "S.sort()",
    "np.fill_diagonal(S, 0)",
    "fnp.add.at(S, (0, 1), 5)",
]


def run(text, S, T, X):
    names = {"S": S, "T": T, "X": X, "fnp": fnp, "np": np, "flops": flops, "S2": S2}
    exec(text, names)


def operands():
    return S.copy(), T.copy(), fnp.array(X)


def shaped(array):
    return flops.Shaped(array.shape, array.dtype, getattr(array, "symmetry", None))


@pytest.mark.filterwarnings("ignore::flopscope.errors.SymmetryLossWarning")
@pytest.mark.parametrize("known", [False, True], ids=["shapes", "values"])
@pytest.mark.parametrize("text", [*PROGRAMS, *(f"{write}; fnp.exp(S); fnp.exp(S[:2, :2]) + 1" for write in WRITES)])
def test_a_plan_charges_what_the_run_does(text, known):
    with flops.BudgetContext(10**9) as budget:
        run(text, *operands())
    given = operands() if known else map(shaped, operands())
    planned = flops.plan(lambda *tensors: run(text, *tensors), *given)
    assert planned.flops_used == budget.flops_used > 0


def test_tensors_from_outside_a_plan_are_seen():
    assert flops.plan(lambda: fnp.exp(S) + T[0]).flops_used == 42  # 6*7/2 twice


@pytest.mark.filterwarnings("ignore::flopscope.errors.SymmetryLossWarning")
def test_tensors_that_have_lost_their_symmetry_are_told_apart_by_their_shapes():
    tensor = S.copy()
    tensor[1:][0] = 5
    with flops.BudgetContext(10**9) as budget:
        fnp.exp(tensor)
        fnp.exp(tensor[:2, :2])
        fnp.linalg.svd(tensor[:3, :2])
    assert [record.flop_cost for record in budget.op_log] == [36, 4, 12]  # 6*6, 2*2, 3*2*2
