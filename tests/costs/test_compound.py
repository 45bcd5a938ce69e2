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


def flops_of(call: Any, x: Any = None) -> int:
    with flops.BudgetContext(10**12) as budget:
        call(fnp.asarray(A.copy() if x is None else x))
    return budget.flops_used


@pytest.mark.parametrize("name", COMPOUNDS)
def test_a_compound_function_costs_no_less_than_its_parts(name):
    whole, parts = COMPOUNDS[name]
    assert flops_of(whole) >= flops_of(parts) > 0


# -- more shapes: long, wide, stacks, single rows --------------------------------------------------------------------

MATRICES = [(2, 2), (40, 3), (3, 40), (1, 9), (9, 1), (64, 64)]
SQUARES = [(1, 1), (2, 2), (33, 33), (5, 4, 4), (2, 3, 7, 7)]
STACKS = [*MATRICES, (4, 9, 2), (2, 3, 2, 9)]


def _t(x):
    return fnp.swapaxes(x, -1, -2)


def _by_factors(x):
    u, s, vh = fnp.linalg.svd(x, full_matrices=False)
    if x.shape[-2] <= x.shape[-1]:  # the smaller factor is scaled
        return fnp.matmul(_t(vh), _t(u / s[..., None, :]))
    return fnp.matmul(_t(vh) / s[..., None, :], _t(u))


def _solved(x):
    u, s, vh = fnp.linalg.svd(x, full_matrices=False)
    return (fnp.ones(len(x)) @ u) / s @ vh


def _weighted(x):
    weights = fnp.ones(x.shape[-1])
    return (x * weights).sum(axis=-1) / weights.sum()


def _covariance(x):
    return _product(x - x.mean(axis=1)[:, None]) / max(x.shape[1] - 1, 1)


# The function, the same written out, and the shapes on which they are compared.
WIDER = {
    "cov": (fnp.cov, _covariance, MATRICES),
    "corrcoef": (fnp.corrcoef, lambda x: _scaled(_covariance(x)), [(2, 5), (40, 3), (3, 40)]),
    "gradient": (lambda x: fnp.gradient(x, axis=-1), lambda x: (x[..., 2:] - x[..., :-2]) / 2, [(3, 9), (9, 2, 5)]),
    "diff": (lambda x: fnp.diff(x, n=2), lambda x: fnp.subtract(*_neighbours(fnp.subtract(*_neighbours(x)))), STACKS),
    "trapezoid": (fnp.trapezoid, lambda x: (fnp.add(*_neighbours(x)) * 0.5).sum(axis=-1), STACKS),
    "unwrap": (fnp.unwrap, lambda x: _wrapped(fnp.subtract(*_neighbours(x))), STACKS),
    "average": (lambda x: fnp.average(x, axis=-1, weights=fnp.ones(x.shape[-1])), _weighted, STACKS),
    "linalg.pinv": (fnp.linalg.pinv, _by_factors, STACKS),
    "linalg.matrix_rank": (fnp.linalg.matrix_rank, lambda x: fnp.linalg.svdvals(x) > 1e-12, STACKS),
    "linalg.cond": (fnp.linalg.cond, lambda x: _ratio(fnp.linalg.svdvals(x)), STACKS),
    "linalg.norm, 2": (lambda x: fnp.linalg.norm(x, 2, axis=(-2, -1)), fnp.linalg.svdvals, STACKS),
    "linalg.norm, nuc": (
        lambda x: fnp.linalg.norm(x, "nuc", axis=(-2, -1)),
        lambda x: fnp.linalg.svdvals(x).sum(axis=-1),
        STACKS,
    ),
    "linalg.slogdet": (fnp.linalg.slogdet, fnp.linalg.det, SQUARES),
    "linalg.matrix_power": (
        lambda x: fnp.linalg.matrix_power(x, 3),
        lambda x: fnp.matmul(_squared(x), np.asarray(x).copy()),
        SQUARES,
    ),
    "linalg.matrix_power, inverse": (
        lambda x: fnp.linalg.matrix_power(x, -3),
        lambda x: fnp.matmul(_squared(fnp.linalg.inv(x)), np.asarray(x).copy()),
        SQUARES,
    ),
    "linalg.multi_dot": (
        lambda x: fnp.linalg.multi_dot([x, _t(x).copy(), x]),
        lambda x: _cheapest(x.shape),
        [(40, 3), (3, 40), (7, 7)],
    ),
    "linalg.lstsq": (
        lambda x: fnp.linalg.lstsq(x, fnp.ones(len(x))),
        _solved,
        MATRICES,
    ),
    "convolve": (lambda x: fnp.convolve(x[0], x[:, 0]), lambda x: fnp.outer(x[0], x[:, 0].copy()), MATRICES),
    "kron": (lambda x: fnp.kron(x, _row_like(x)), lambda x: fnp.multiply.outer(x, _row_like(x)), MATRICES),
    "interp": (
        lambda x: fnp.interp(x, np.arange(9.0), np.arange(9.0)),
        lambda x: (fnp.searchsorted(np.arange(9.0), x), x * 2 + 1),
        STACKS,
    ),
    "polyfit": (
        lambda x: fnp.polyfit(x[0], x[1], 2),
        lambda x: fnp.linalg.lstsq(fnp.vander(x[0], 3), x[1]),
        [(2, 5), (2, 100)],
    ),
}


def _neighbours(x):
    return x[..., 1:], x[..., :-1].copy()


def _row_like(x):
    return fnp.arange(1.0, x.shape[1] + 1)[None]


def _ratio(s):
    return s[..., 0] / s[..., -1]


def _cheapest(sizes):
    """Both ways to multiply three; charged as the cheaper."""
    m, n = sizes
    one, two = m * n * m + m * m * n, n * m * n + m * n * n
    return fnp.exp(fnp.ones(min(one, two)))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name, shape", [(name, shape) for name in WIDER for shape in WIDER[name][2]])
def test_on_any_shape_it_costs_no_less_than_its_parts(name, shape):
    whole, parts, _ = WIDER[name]
    x = np.random.default_rng(1).normal(size=shape)
    assert flops_of(whole, x) >= flops_of(parts, x)


# -- the main ones exactly, with the arithmetic ----------------------------------------------------------------------

EXACT = [  # function, shape, FLOPs; those of all compound functions are in the golden files
    (fnp.cov, (40, 3), 120 + 120 + 40 * 40 * 3 + 40 * 40),  # means, centering, product, scaling
    (fnp.cov, (3, 40), 120 + 120 + 3 * 3 * 40 + 3 * 3),
    (fnp.linalg.pinv, (40, 3), 40 * 3 * 3 + 40 * 3 * 3 + 40 * 3 + 2 * 3),  # SVD, product, scaling, cutoff
    (fnp.linalg.pinv, (3, 40), 3 * 40 * 3 + 3 * 40 * 3 + 3 * 3 + 2 * 3),
    (fnp.linalg.pinv, (4, 9, 2), 4 * (9 * 2 * 2 + 9 * 2 * 2 + 9 * 2 + 2 * 2)),
    (fnp.linalg.cond, (4, 9, 2), 4 * (9 * 2 * 2 + 1)),
    (fnp.linalg.matrix_rank, (2, 3, 2, 9), 6 * (2 * 9 * 2 + 2 * 2)),
    (lambda x: fnp.linalg.lstsq(x, fnp.ones(40)), (40, 3), 40 * 3 * 3 + (40 * 3 + 3 + 3 * 3 + (40 - 3))),
    (lambda x: fnp.linalg.matrix_power(x, -3), (2, 3, 7, 7), 6 * 3 * 7**3),  # inverse and two products
    (lambda x: fnp.linalg.multi_dot([x, np.ones((3, 40)), np.ones((40, 1))]), (40, 3), 3 * 40 + 40 * 3),
    (fnp.trapezoid, (4, 9, 2), 4 * 36),
    (fnp.unwrap, (40, 3), 12 * 40 * 2),
]


@pytest.mark.parametrize("function, shape, expected", EXACT)
def test_what_a_compound_function_costs_on_long_wide_and_stacked_arrays(function, shape, expected):
    assert flops_of(function, np.random.default_rng(2).normal(size=shape)) == expected
