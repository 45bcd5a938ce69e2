"""SciPy, scikit-learn, array-api-extra and einops compute inside the meter: right answers, counted."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import flopscope as flops
import flopscope.array_api as xp
from dispatched import IN_PART, programs

SCRIPT = Path(__file__).with_name("consumers.py")


@cache
def report(library):
    pytest.importorskip(library.split()[0])
    command = [sys.executable, "-W", "ignore", str(SCRIPT), *library.split(maxsplit=1)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


CASES = [(library, name) for library in ("scipy", "sklearn") for name in programs(library)]


@pytest.mark.parametrize("library, name", CASES)
def test_right_answer_inside_the_meter(library, name):
    found = report(library)[name]
    assert "error" not in found
    assert found["right"]
    assert found["inside"]
    assert found["flops"] > 0
    assert found["left"] == (name in IN_PART)


# Whole charges, or those of one op, of 40 samples of 5 features.
KNOWN = [
    ("scipy", "special.expit", None, 40 * 5),
    ("scipy", "special.xlogy", None, 40),
    ("scipy", "special.softmax", None, 5 * 40 * 5),  # max, subtract, exp, sum, divide
    ("scipy", "fft.rfft", None, 5 * 40 * 6 // 2),  # 5*N*ceil(log2 N), half of it
    ("sklearn", "PCA.full", "linalg.svd", 40 * 5 * 5),
    ("sklearn", "PCA.covariance", "linalg.eigh", 5**3),
    ("sklearn", "Ridge.coef", "linalg.svd", 40 * 5 * 5),
]


@pytest.mark.parametrize("library, name, op, flop_cost", KNOWN)
def test_charges_are_those_of_the_arithmetic(library, name, op, flop_cost):
    found = report(library)[name]
    assert (found["flops"] if op is None else found["ops"][op]) == flop_cost


def test_linear_regression_leaves_by_a_line_that_is_named_and_ridge_without_a_penalty_is_the_same():
    """scikit-learn hands it to scipy.linalg.lstsq, which does not dispatch."""
    found = report("sklearn least squares")
    assert found["error"] == "TypeError"
    assert found["leaves"] == [["Array.__array__", "consumers.py", 2, 40 * 5 + 40]]  # the features and the targets
    assert found["same"]
    assert found["svd"] == 40 * 5 * 5


def numbers():
    return np.arange(24.0).reshape(4, 6)


EINOPS = [
    ("rearrange", "(a b) c -> a c b", {"a": 2}, (), 0),
    ("reduce", "a (b c) -> a b", {"c": 3}, ("mean",), 24),  # mean of 4*6
    ("reduce", "a b -> b", {}, ("max",), 24),  # max of 4*6
    ("repeat", "a b -> a b c", {"c": 2}, (), 0),
]


@pytest.mark.parametrize("name, pattern, sizes, how, flop_cost", EINOPS)
def test_einops(name, pattern, sizes, how, flop_cost):
    einops = pytest.importorskip("einops")
    array_api = pytest.importorskip("einops.array_api")
    x = xp.asarray(numbers())
    with flops.BudgetContext(1000) as budget:
        result = getattr(array_api, name)(x, pattern, *how, **sizes)
    assert type(result) is xp.Array
    np.testing.assert_allclose(np.asarray(result), getattr(einops, name)(numbers(), pattern, *how, **sizes))
    assert budget.flops_used == flop_cost


EXTRA = [
    ("at.set", lambda xpx, x: xpx.at(x)[0, :].set(1.0), lambda a: np.vstack([np.ones(6), a[1:]]), 0),
    ("at.add", lambda xpx, x: xpx.at(x)[0, :].add(1.0), lambda a: np.vstack([a[0] + 1, a[1:]]), 6),
    ("cov", lambda xpx, x: xpx.cov(x), np.cov, None),
    ("kron", lambda xpx, x: xpx.kron(x, x), lambda a: np.kron(a, a), 24 * 24),
    ("pad", lambda xpx, x: xpx.pad(x, 1), lambda a: np.pad(a, 1), 0),
    ("sinc", lambda xpx, x: xpx.sinc(x), np.sinc, None),
    ("nunique", lambda xpx, x: xpx.nunique(x), lambda a: 24, 24 * 5),  # n*ceil(log2 n)
    ("isclose", lambda xpx, x: xpx.isclose(x, x + 1), lambda a: np.isclose(a, a + 1), None),
    ("apply_where", lambda xpx, x: xpx.apply_where(x > 3, x, lambda t: t * 2, lambda t: t), None, None),
    ("create_diagonal", lambda xpx, x: xpx.create_diagonal(x[0, :]), lambda a: np.diag(a[0]), 0),
    ("at.maximum", lambda xpx, x: xpx.at(x)[1, :].max(8.0), lambda a: np.vstack([a[:1], np.fmax(a[1:2], 8), a[2:]]), 6),
    ("at.power", lambda xpx, x: xpx.at(x)[1, :].power(2.0), lambda a: np.vstack([a[:1], a[1:2] ** 2, a[2:]]), 6),
    ("atleast_nd", lambda xpx, x: xpx.atleast_nd(x, ndim=3), lambda a: a[None], 0),
    ("one_hot", lambda xpx, x: xpx.one_hot(xp.asarray([1, 0]), 3), lambda a: np.eye(3)[[1, 0]], 6),  # equal of 2*3
    ("isin", lambda xpx, x: xpx.isin(x, xp.asarray([1.0])), lambda a: a == 1, None),
    ("nan_to_num", lambda xpx, x: xpx.nan_to_num(x), lambda a: a, None),
    ("nansum", lambda xpx, x: xpx.nansum(x), np.sum, 3 * 24),  # isnan, where, sum
    ("nanmax", lambda xpx, x: xpx.nanmax(x), np.max, None),
    ("partition", lambda xpx, x: xpx.partition(x, 2), np.sort, 4 * 6 * 3),  # it sorts: n*ceil(log2 n) per row
    ("argpartition", lambda xpx, x: xpx.argpartition(x, 2), np.argsort, 4 * 6 * 3),
    ("union1d", lambda xpx, x: xpx.union1d(x[0, :], x[1, :]), lambda a: a[:2].ravel(), 12 * 4),  # n*ceil(log2 n)
    ("setdiff1d", lambda xpx, x: xpx.setdiff1d(x[0, :], x[0, :3]), lambda a: a[0, 3:], None),
    ("searchsorted", lambda xpx, x: xpx.searchsorted(x[0, :], x[0, :]), lambda a: a[0], 6 * 3),  # n*ceil(log2 6)
    ("lazy_apply", lambda xpx, x: xpx.lazy_apply(lambda a: a * 2, x), lambda a: a * 2, 24),
]


@pytest.mark.parametrize("run, plain, flop_cost", [pytest.param(*case[1:], id=case[0]) for case in EXTRA])
def test_array_api_extra(run, plain, flop_cost):
    xpx = pytest.importorskip("array_api_extra")
    x = xp.asarray(numbers())
    with flops.BudgetContext(10**6) as budget:
        result = run(xpx, x)
    assert type(result) is xp.Array
    expected = plain(numbers()) if plain else np.where(numbers() > 3, numbers() * 2, numbers())
    np.testing.assert_allclose(np.asarray(result), expected, atol=1e-15)
    assert budget.flops_used == flop_cost if flop_cost is not None else budget.flops_used >= 24
