"""A compound function costs no less than its parts written out in the ops that it is made of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import flopscope as flops
import flopscope.numpy as fnp
from flopscope.costs.table import TABLE

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
    "ediff1d": (fnp.ediff1d, lambda x: fnp.subtract(*_neighbours(x.ravel()))),
    "gradient, uneven": (
        lambda x: fnp.gradient(x[0], np.arange(6.0) ** 2),
        lambda x: _uneven(x[0], fnp.asarray(np.arange(6.0) ** 2)),
    ),
    "cov, weighted": (
        lambda x: fnp.cov(x, fweights=np.ones(6, int), aweights=np.ones(6)),
        lambda x: _weighted_covariance(x, fnp.ones(6) * fnp.ones(6)),
    ),
    "piecewise": (
        lambda x: fnp.piecewise(x, [x > 0, x < 0], [1, 2, 3]),
        lambda x: ~((x > 0) | (x < 0)),
    ),
    "clip": (lambda x: fnp.clip(x, 0, None), lambda x: fnp.maximum(x, 0)),
    "choose": (lambda x: fnp.choose([0, 1] * 3, [x, x + 1]), lambda x: fnp.where([True, False] * 3, x, x + 1)),
    "logspace": (lambda x: fnp.logspace(0, 3, 6), lambda x: fnp.power(10, fnp.linspace(0, 3, 6))),
    "geomspace": (lambda x: fnp.geomspace(1, 64, 7), lambda x: fnp.power(2, fnp.linspace(0, 6, 7))),
    "mask_indices": (lambda x: fnp.mask_indices(6, fnp.triu), lambda x: fnp.nonzero(fnp.triu(np.ones((6, 6))) != 0)),
    "pad, mean": (
        lambda x: fnp.pad(x, ((1, 1), (0, 0)), "mean"),
        lambda x: fnp.concatenate([m := x.mean(axis=0)[None], x, m]),
    ),
    "pad, odd": (
        lambda x: fnp.pad(x[0], 2, "reflect", reflect_type="odd"),
        lambda x: (2 * x[0, 0] - x[0, 2:0:-1], 2 * x[0, -1] - x[0, -2:-4:-1]),
    ),
    "pad, ramp": (lambda x: fnp.pad(x[0], 3, "linear_ramp"), lambda x: fnp.exp(x[0])),
    "tensordot": (
        lambda x: fnp.tensordot(x.reshape(2, 3, 6), x.copy().reshape(6, 3, 2), ([1, 2], [1, 0])),
        lambda x: _squared(x.reshape(2, 18), x.reshape(18, 2)),
    ),
    "dot": (lambda x: fnp.dot(x, x.copy()), lambda x: _squared(x)),
    "inner": (lambda x: fnp.inner(x, x.copy()), lambda x: _squared(x)),
    "vdot": (lambda x: fnp.vdot(x, x + 1), lambda x: x * (x + 1)),
    "vecdot": (lambda x: fnp.vecdot(x, x + 1), lambda x: x * (x + 1)),
    "matvec": (lambda x: fnp.matvec(x, x[0]), lambda x: x * x[0]),
    "vecmat": (lambda x: fnp.vecmat(x[0], x), lambda x: x[0][:, None] * x),
    "linalg.cross": (
        lambda x: fnp.linalg.cross(x[:, :3], x[:, 3:]),
        lambda x: x[:, :3] * x[:, 3:] - x[:, 3:] * x[:, :3],
    ),
    "linalg.matrix_norm, 2": (lambda x: fnp.linalg.matrix_norm(x, ord=2), lambda x: fnp.linalg.svdvals(x)),
    "linalg.svdvals": (fnp.linalg.svdvals, lambda x: fnp.linalg.svd(x)),
    "linalg.solve": (
        lambda x: fnp.linalg.solve(x, x.copy()),
        lambda x: (fnp.linalg.det(x), fnp.matmul(x, x[:, 1:].copy())),
    ),
    "convolve, symmetric": (lambda x: fnp.correlate(x[0], x[1]), lambda x: fnp.outer(x[0], x[1])),
    "sort_complex": (fnp.sort_complex, lambda x: fnp.sort(x)),
    "lexsort": (lambda x: fnp.lexsort(x[:3]), lambda x: [fnp.argsort(row) for row in x[:3]]),
    "quantile": (lambda x: fnp.quantile(x, [0.5, 0.9]), lambda x: (fnp.median(x), fnp.partition(x, 3, axis=None))),
    "unique_inverse": (fnp.unique_inverse, lambda x: fnp.argsort(x, axis=None)),
    "isin": (lambda x: fnp.isin(x, x[0]), lambda x: fnp.sort(fnp.concatenate([x.ravel(), x[0]]))),
    "digitize": (lambda x: fnp.digitize(x, np.arange(9.0)), lambda x: fnp.searchsorted(np.arange(9.0), x)),
    "histogram": (
        lambda x: fnp.histogram(x, 8),
        lambda x: fnp.bincount(fnp.searchsorted(np.arange(8.0), x.ravel()[:24])),
    ),
    "histogram, density": (
        lambda x: fnp.histogram(x, np.arange(9.0) * 10 - 40, density=True),
        lambda x: _as_density(fnp.arange(8.0), fnp.arange(9.0)),
    ),
    "histogram2d, density": (
        lambda x: fnp.histogram2d(x[0], x[1], 8, density=True),
        lambda x: fnp.ones((8, 8)) / fnp.ones(8) / fnp.ones(8) / x.sum(),
    ),
    "histogramdd": (
        lambda x: fnp.histogramdd(x, 4, density=True),
        lambda x: [fnp.digitize(column, np.arange(4.0)) for column in x.T],
    ),
    "polymul": (lambda x: fnp.polymul(x[0], x[1]), lambda x: fnp.outer(x[0], x[1])),
    "polydiv": (
        lambda x: fnp.polydiv(np.arange(1.0, 10), x[0, :4]),
        lambda x: fnp.polymul(np.arange(1.0, 7), x[0, :4]),
    ),
    "polyder": (lambda x: fnp.polyder(x[0], 2), lambda x: (x[0, :5] * np.arange(5, 0, -1))[:4] * np.arange(4, 0, -1)),
    "polyint": (lambda x: fnp.polyint(x[0], 2), lambda x: x[0] / np.arange(6, 0, -1) / np.arange(7, 1, -1)),
    "poly": (
        lambda x: fnp.poly(x[0]),
        lambda x: [fnp.convolve(np.ones(k), np.ones(2)) for k in range(1, 7)],
    ),
    "poly, matrix": (fnp.poly, lambda x: fnp.poly(fnp.linalg.eigvalsh(x))),
    "roots, companion": (
        lambda x: fnp.roots(x[0]),
        lambda x: (-x[0, 1:] / x[0, 0], fnp.linalg.eigvals(x[:5, :5])),
    ),
    "symmetrize": (lambda x: flops.symmetrize(x, PAIR), lambda x: (x + x.T.copy()) / 2),
    "is_symmetric": (lambda x: flops.is_symmetric(x, PAIR), lambda x: fnp.allclose(x, x.T)),
    "ma.masked_inside": (lambda x: fnp.ma.masked_inside(x, -1, 1), lambda x: (x >= -1) & (x <= 1)),
    "ma.anom": (lambda x: fnp.ma.anom(x), lambda x: x - x.mean()),
    "fft2": (fnp.fft.fft2, lambda x: fnp.fft.fft(fnp.fft.fft(x), axis=0)),
    "rfft2": (fnp.fft.rfft2, lambda x: fnp.fft.fft(fnp.fft.rfft(x), axis=0)),
    "irfft2": (fnp.fft.irfft2, lambda x: fnp.fft.irfft(fnp.fft.ifft(x, axis=0))),
    "fftn": (lambda x: fnp.fft.fftn(x, (4, 8), (0, 1)), lambda x: fnp.fft.fft(fnp.fft.fft(x, 8), 4, axis=0)),
    "rfftn": (lambda x: fnp.fft.rfftn(x, (4, 8), (0, 1)), lambda x: fnp.fft.fft(fnp.fft.rfft(x, 8), 4, axis=0)),
    "irfftn": (lambda x: fnp.fft.irfftn(x, (4, 8), (0, 1)), lambda x: fnp.fft.irfft(fnp.fft.ifft(x, 4, axis=0), 8)),
    "as_symmetric": (lambda x: flops.as_symmetric(x, PAIR), lambda x: fnp.allclose(x, x.T)),
    "find_duplicates": (
        lambda x: fnp.lib.recfunctions.find_duplicates(_records(x[0])),
        lambda x: (fnp.argsort(x[0]), fnp.equal(*_neighbours(x[0]))),
    ),
    "join_by": (
        lambda x: fnp.lib.recfunctions.join_by("k", _records(x[0]), _records(x[1])),
        lambda x: (fnp.argsort(fnp.concatenate([x[0], x[1]])), fnp.equal(*_neighbours(x[:2].ravel()))),
    ),
    "allclose": (lambda x: fnp.allclose(x, x + 1), lambda x: fnp.isclose(x, x + 1)),
    "array_equal": (lambda x: fnp.array_equal(x, x + 1), lambda x: x == x + 1),
    "array_equiv": (lambda x: fnp.array_equiv(x, x[0]), lambda x: x == x[0]),
    "trim_zeros": (lambda x: fnp.trim_zeros(x[0]), lambda x: fnp.argwhere(x[0])),
    "linalg.trace": (fnp.linalg.trace, lambda x: fnp.diagonal(x).sum()),
    "linalg.lstsq": (lambda x: fnp.linalg.lstsq(x, x[0]), lambda x: _solved(x)),
}


PAIR = flops.SymmetryGroup.symmetric((0, 1))


def _uneven(f, x):
    h = fnp.diff(x)
    left, right = h[:-1], h[1:]
    a, b, c = (
        -right / (left * (left + right)),
        (right - left) / (left * right),
        left / (right * (left + right)),
    )
    return a * f[:-2] + b * f[1:-1] + c * f[2:]


def _weighted_covariance(x, w):
    total = w.sum()
    centered = x - ((x * w).sum(axis=1) / total)[:, None]
    fact = total - (w * np.ones(6)).sum() / total
    return fnp.matmul(np.asarray(centered), np.asarray((centered * w).T)) / fact


def _records(keys):
    return np.ma.array(np.asarray(keys).astype([("k", float)]))


def _as_density(counts, edges):
    return counts / fnp.diff(edges) / counts.sum()


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


def _squared(x, y=None):
    return fnp.matmul(np.asarray(x), np.asarray(x if y is None else y).copy())


def _inverted(u, s, v):
    return (v.T / s) @ u.T


def flops_of(call: Any, x: Any = None) -> int:
    with flops.BudgetContext(10**12) as budget:
        call(fnp.asarray(A.copy() if x is None else x))
    return budget.flops_used


@pytest.mark.parametrize("name", COMPOUNDS)
def test_a_compound_function_costs_no_less_than_its_parts(name):
    if name in ("matvec", "vecmat") and not hasattr(np, name):
        pytest.skip(f"NumPy {np.__version__} has no {name}")
    whole, parts = COMPOUNDS[name]
    assert flops_of(whole) >= flops_of(parts) > 0


#: Rules whose price is a definition: made of no other op, or one loop, one pass, one factorization.
UNITS = """
    elementwise pointwise rounded angle real_if_close nan_to_num isclose vectorize is_busday busday_offset busday_count
    text coded translate compare_chararrays comparison allequal
    reduction extremum scan cumulative look trace
    matmul outer einsum einsum_path cross cube svd qr norm vector_norm fft rfft irfft ifft
    sort argsort partition unique searchsorted bincount histogram_bin_edges window blackman kaiser polyadd draw
""".split()
#: Compared with their parts in test_submodules.py.
ELSEWHERE = ("random", "polynomial_package", "stats")


def test_every_rule_that_is_made_of_others_is_compared_with_them():
    compared = {key.partition(",")[0].rpartition(".")[2] for key in (*COMPOUNDS, *WIDER)}
    rules: dict[Any, set[str]] = {}
    for name, op in TABLE.items():
        if op.cost is not None and op.cost.__module__.rpartition(".")[2] not in ELSEWHERE:
            rules.setdefault(op.cost, set()).add(name.rpartition(".")[2])
    left_out = {rule.__name__: ops for rule, ops in rules.items() if rule.__name__ not in UNITS and not ops & compared}
    assert left_out == {}


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
