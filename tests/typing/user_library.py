"""A small numerical library as a user writes it, all of it annotated, under pyright strict."""

# pyright: strict, reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, assert_type

import numpy as np
import numpy.typing as npt

import flopscope as flops
import flopscope.numpy as fnp
from flopscope import FlopscopeArray
from flopscope.numpy import linalg, random
from flopscope.numpy.polynomial import Polynomial

Array = FlopscopeArray
Vector = npt.NDArray[np.float64]


# -- functions of arrays ---------------------------------------------------------------------------------------------


def standardize(x: Array) -> Array:
    deviation = x.std(axis=0, keepdims=True)
    return (x - x.mean(axis=0)) / fnp.where(deviation == 0, 1.0, deviation)


def softmax(x: Array, axis: int = -1) -> Array:
    e = fnp.exp(x - fnp.max(x, axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def attention(q: Array, k: Array, v: Array) -> Array:
    scores = fnp.einsum("bqd,bkd->bqk", q, k) / fnp.sqrt(q.shape[-1])
    return fnp.matmul(softmax(scores), v)


def ridge(x: Array, y: Array, strength: float = 1.0) -> Array:
    return linalg.solve(x.T @ x + strength * fnp.eye(x.shape[1]), x.T @ y)


def pca(x: Array, k: int) -> tuple[Array, Array]:
    u, s, vh = linalg.svd(x - x.mean(axis=0), full_matrices=False)
    return u[:, :k] * s[:k], vh[:k]


def power_iteration(a: Array, rng: random.Generator, steps: int = 10) -> float:
    v = rng.standard_normal(a.shape[0])
    for _ in range(steps):
        v = a @ v
        v /= linalg.norm(v)
    return float(v @ a @ v)


def smooth(signal: Array, width: int) -> Array:
    spectrum = fnp.fft.rfft(signal)
    spectrum[width:] = 0
    return fnp.fft.irfft(spectrum, n=signal.size)


def newton(f: Callable[[Array], Array], x: Array, steps: int = 3, h: float = 1e-6) -> Array:
    for _ in range(steps):
        slope = (f(x + h) - f(x - h)) / (2 * h)
        x = x - f(x) / slope
    return x


def shapes_and_views() -> None:
    x = fnp.arange(24, dtype=fnp.float64).reshape(2, 3, 4)
    assert_type(x, FlopscopeArray)
    assert_type(x.ndim, int)
    assert_type(x.T, FlopscopeArray)
    rows: Iterator[Any] = iter(x)
    print(
        next(rows).shape, x[..., fnp.newaxis].shape, x[x > 3].size, x.reshape(-1), x.transpose(2, 0, 1).copy().ravel()
    )
    print(
        fnp.stack([x, x], axis=0), fnp.vstack((x[0], x[1])), fnp.pad(x, 1, mode="constant"), fnp.take(x, [0, 1], axis=1)
    )
    a, b = fnp.meshgrid(fnp.linspace(0, 1, 3), fnp.linspace(0, 1, 4), indexing="ij")
    print(a + b, fnp.broadcast_to(a[0], (5, 4)), fnp.argsort(b, axis=None, kind="stable"), fnp.unique([1, 1, 2]))
    print(fnp.random.permutation(5), fnp.cumsum(a, axis=0), fnp.percentile(b, [25, 75]), fnp.histogram(a, bins=5)[0])


# -- a model with state ----------------------------------------------------------------------------------------------


class Layer(flops.Module):
    def __init__(self, n: int, m: int, rng: random.Generator) -> None:
        self.weight: Array = rng.normal(0.0, 1.0, size=(n, m))
        self.bias: Array = fnp.zeros(m)

    def __call__(self, x: Array) -> Array:
        return fnp.maximum(x @ self.weight + self.bias, 0.0)


class Network(flops.Module):
    def __init__(self, sizes: list[int], seed: int = 0) -> None:
        rng = random.default_rng(seed)
        self.layers = [Layer(n, m, rng) for n, m in pairwise(sizes)]

    def __call__(self, x: Array) -> Array:
        for layer in self.layers:
            x = layer(x)
        return x


@dataclass
class Run:
    flop_budget: int
    losses: list[float] = field(default_factory=list[float])
    used: int = 0

    def train(self, network: Network, x: Array, y: Array) -> None:
        with flops.BudgetContext(flop_budget=self.flop_budget, namespace="train") as budget:
            try:
                for _ in range(3):
                    with fnp.namespace("forward"):
                        error = network(x) - y
                    self.losses.append(float(fnp.mean(error**2)))
            except flops.BudgetExhaustedError as exhausted:
                print(exhausted)
            self.used = budget.flops_used


# -- costs -----------------------------------------------------------------------------------------------------------


def rows(n: int) -> tuple[flops.Shaped, flops.Shaped]:
    return flops.Shaped((n, 8)), flops.Shaped(n)


def planned() -> None:
    found = flops.plan(ridge, flops.Shaped((100, 8)), flops.Shaped(100))
    assert_type(found.flops_used, int)
    print(found, flops.einsum_cost("ij,jk->ik", shapes=[(4, 5), (5, 6)]), flops.svd_cost(m=8, n=4, k=2))
    print(flops.pointwise_cost("exp", shape=(4, 4)), flops.reduction_cost("sum", input_shape=(4, 4)))
    growth = flops.scaling(ridge, sizes={"n": [16, 32, 64, 128]}, args=rows)
    print(growth)


def reported(path: Path) -> None:
    with flops.BudgetContext(flop_budget=10**9, wall_time_limit_s=60.0) as budget:
        ridge(fnp.ones((9, 3)) + fnp.eye(9, 3), fnp.ones(9))
    assert_type(budget.summary(), str)
    report = budget.report()
    assert_type(report, flops.Summary)
    report.save(path / "run.json")
    for record in budget.op_log:
        assert_type(record, flops.OpRecord)
        assert_type(record.flop_cost, int)
        print(f"{record.op_name:<16}{record.flop_cost:>10,}{record.cumulative:>10,}")
    data: dict[str, Any] = budget.summary_dict(by_namespace=True)
    print(data["flops_used"], flops.budget_summary_dict()["operations"], flops.diff(report, report))


@flops.BudgetContext(flop_budget=10**6)
def limited(x: Array) -> Array:
    return fnp.tanh(x)


def modelled() -> None:
    model = flops.cost_model("fma2")
    assert_type(model, flops.CostModel)
    dearer = model.derive("mine", weights={"exp": 10})
    with flops.BudgetContext(10**6, cost_model=dearer) as budget:
        fnp.exp(fnp.ones(3))
    print(budget.flops_used)
    with flops.configure(check_nan_inf=True, on_escape="ignore"):
        print(fnp.log(fnp.ones(3)))


# -- symmetry, statistics, polynomials, what NumPy's own types accept ------------------------------------------------


def symmetric() -> None:
    x = random.default_rng(0).normal(size=(4, 4))
    group = flops.SymmetryGroup.symmetric((0, 1))
    s = flops.as_symmetric(x @ x.T, group)
    assert_type(s, flops.SymmetricTensor)
    assert_type(group.unique_elements((4, 4)), int)
    assert_type(flops.is_symmetric(x, group), bool)
    print(fnp.einsum("ij,jk->ik", s, s), (s + s).sum(), flops.symmetrize(x, group))


def statistics() -> None:
    x = fnp.linspace(-1, 1, 5)
    print(flops.stats.norm.pdf(x), flops.stats.truncnorm.rvs(-1, 1, size=3, random_state=0), fnp.corrcoef(x, x))
    p = Polynomial([1.0, 2.0, 3.0])
    print(p(x), p.deriv()(x), fnp.polyfit(x, p(x), 2), fnp.interp(0.5, x, x), fnp.trapezoid(x, dx=0.5))


def plain(x: Vector) -> float:
    """What takes NumPy's arrays takes ours."""
    return float(x[0])


def main() -> None:
    flops.configure(symmetry_loss_warnings=False)
    rng = random.default_rng(7)
    x = standardize(rng.normal(size=(20, 4)))
    print(attention(fnp.ones((1, 2, 3)), fnp.ones((1, 4, 3)), fnp.ones((1, 4, 5))).shape, ridge(x, x[:, 0]).shape)
    print(pca(x, 2)[0].shape, power_iteration(fnp.eye(3), rng), smooth(x[:, 0], 3).shape, limited(x).shape)
    print(newton(lambda v: v * v - 2, fnp.ones(2)), plain(x[:, 0]))
    run = Run(10**5)
    run.train(Network([4, 8, 1]), x, x[:, :1])
    shapes_and_views()
    planned()
    with tempfile.TemporaryDirectory() as folder:
        reported(Path(folder))
    modelled()
    symmetric()
    statistics()


if __name__ == "__main__":
    main()
