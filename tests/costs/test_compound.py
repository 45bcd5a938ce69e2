"""A compound function costs no less than its parts written out in the ops that it is made of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import flopscope as flops
import flopscope.numpy as fnp

X = np.random.default_rng(0).normal(size=(6, 6))
A = X @ X.T + np.eye(6)


# The function, and the same written out; reductions are made of nothing, since the guide prices them by their input.
COMPOUNDS = {
    "cov": (lambda x: fnp.cov(x), lambda x: _product(x - x.mean(axis=1)[:, None]) / 5),
    "corrcoef": (lambda x: fnp.corrcoef(x), lambda x: _scaled(_product(x - x.mean(axis=1)[:, None]) / 5)),
    "gradient": (lambda x: fnp.gradient(x, axis=0), lambda x: (x[2:] - x[:-2]) / 2),
    "diff": (lambda x: fnp.diff(x, n=2), lambda x: _differences(_differences(x))),
    "trapezoid": (lambda x: fnp.trapezoid(x), lambda x: ((x[:, 1:] + x[:, :-1]) * 0.5).sum(axis=1)),
    "unwrap": (lambda x: fnp.unwrap(x), lambda x: _wrapped(_differences(x))),
    "cross": (lambda x: fnp.cross(x[:, :3], x[:, 3:]), lambda x: x[:, :3] * x[:, 3:] - x[:, 3:] * x[:, :3]),
    "average": (
        lambda x: fnp.average(x, axis=1, weights=np.ones(6)),
        lambda x: (x * np.ones(6)).sum(axis=1) / fnp.ones(6).sum(),
    ),
    "matrix_power": (lambda x: fnp.linalg.matrix_power(x, 5), lambda x: _squared(x @ x) @ x),
    "matrix_power, negative": (lambda x: fnp.linalg.matrix_power(x, -2), lambda x: _squared(fnp.linalg.inv(x))),
    "multi_dot": (lambda x: fnp.linalg.multi_dot([x, x, x[:, 0]]), lambda x: x @ (x @ x[:, 0])),
    "cond": (lambda x: fnp.linalg.cond(x), lambda x: fnp.linalg.svdvals(x)),
    "cond, 1": (
        lambda x: fnp.linalg.cond(x, 1),
        lambda x: fnp.linalg.norm(x, 1) * fnp.linalg.norm(fnp.linalg.inv(x), 1),
    ),
    "matrix_rank": (lambda x: fnp.linalg.matrix_rank(x), lambda x: fnp.linalg.svdvals(x) > 1e-12),
    "norm, 2": (lambda x: fnp.linalg.norm(x, 2), lambda x: fnp.linalg.svdvals(x)),
    "norm, nuc": (lambda x: fnp.linalg.norm(x, "nuc"), lambda x: fnp.linalg.svdvals(x).sum()),
    "pinv": (lambda x: fnp.linalg.pinv(x), lambda x: _inverted(*fnp.linalg.svd(x))),
    "slogdet": (lambda x: fnp.linalg.slogdet(x), lambda x: fnp.linalg.det(x)),
    "tensorinv": (lambda x: fnp.linalg.tensorinv(x, 1), lambda x: fnp.linalg.inv(x)),
    "vander": (lambda x: fnp.vander(x[0], 4), lambda x: (x[0] * x[0]) * x[0]),
    "polyfit": (lambda x: fnp.polyfit(x[0], x[1], 2), lambda x: fnp.linalg.lstsq(fnp.vander(x[0], 3), x[1])),
    "polyval": (lambda x: fnp.polyval([1, 2, 3], x), lambda x: x + 2),
    "roots": (lambda x: fnp.roots(x[0]), lambda x: fnp.linalg.eigvals(x[:5, :5])),
    "histogram2d": (
        lambda x: fnp.histogram2d(x[0], x[1], bins=[8, 4]),
        lambda x: (fnp.digitize(x[0], np.arange(8.0)), fnp.digitize(x[1], np.arange(4.0))),
    ),
    "setdiff1d": (lambda x: fnp.setdiff1d(x[0], x[1]), lambda x: fnp.sort(fnp.concatenate([x[0], x[1]]))),
    "interp": (
        lambda x: fnp.interp(x, np.arange(9.0), np.arange(9.0)),
        lambda x: (fnp.searchsorted(np.arange(9.0), x), x * 2 + 1),
    ),
    "convolve": (lambda x: fnp.convolve(x[0], x[1]), lambda x: fnp.outer(x[0], x[1])),
    "emath.logn": (lambda x: fnp.emath.logn(2, x), lambda x: fnp.log(x) / fnp.log(2)),
    "select": (lambda x: fnp.select([x > 0, x < 0], [x, x]), lambda x: fnp.where(x > 0, x, fnp.where(x < 0, x, 0))),
    "linalg.outer": (lambda x: fnp.linalg.outer(x[0], x[1]), lambda x: x[0][:, None] * x[1]),
    "kron": (lambda x: fnp.kron(x, x[:2]), lambda x: fnp.multiply.outer(x, x[:2])),
    "tensorsolve": (lambda x: fnp.linalg.tensorsolve(x, x[0]), lambda x: fnp.linalg.solve(x, x[0])),
}


def _product(x):
    # Of copies, so that the product is no symmetric one, which would cost half.
    return fnp.matmul(np.asarray(x), np.asarray(x).T.copy())


def _scaled(c):
    d = fnp.sqrt(fnp.diag(c))
    return c / d[:, None] / d


def _differences(x):
    return x[:, 1:] - x[:, :-1]


def _wrapped(d):
    return fnp.mod(d + np.pi, 2 * np.pi) - np.pi


def _squared(x):
    return fnp.matmul(np.asarray(x), np.asarray(x).copy())


def _inverted(u, s, v):
    return (v.T / s) @ u.T


def flops_of(call: Any) -> int:
    with flops.BudgetContext(10**9) as budget:
        call(fnp.asarray(A.copy()))
    return budget.flops_used


@pytest.mark.parametrize("name", COMPOUNDS)
def test_a_compound_function_costs_no_less_than_its_parts(name):
    whole, parts = COMPOUNDS[name]
    assert flops_of(whole) >= flops_of(parts) > 0
