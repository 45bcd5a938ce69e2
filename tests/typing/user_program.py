"""A program as a user writes it, under pyright strict; what must be refused is marked, and a needless mark fails."""

# pyright: strict, reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from typing import Any, assert_type

import numpy as np

import flopscope as flops
import flopscope.numpy as fnp
from flopscope import FlopscopeArray


class Dense(flops.Module):
    def __init__(self, n: int, m: int, rng: fnp.random.Generator) -> None:
        self.weight = rng.normal(0.0, 1 / fnp.sqrt(n), size=(n, m))
        self.bias = fnp.zeros(m)

    def __call__(self, x: FlopscopeArray) -> FlopscopeArray | Any:
        return fnp.maximum(x @ self.weight + self.bias, 0)


def arrays() -> None:
    assert_type(fnp.zeros((4, 8)), FlopscopeArray)
    assert_type(fnp.asarray([1, 2, 3], dtype=fnp.float32), FlopscopeArray)
    assert_type(fnp.concatenate([fnp.ones(3), np.ones(2)]), FlopscopeArray)
    assert_type(fnp.zeros(3).shape, tuple[Any, ...])
    assert_type(fnp.fft.rfft(fnp.ones(8)), FlopscopeArray)
    assert_type(fnp.allclose(fnp.ones(3), 1.0), bool)
    assert_type(fnp.split(fnp.ones(4), 2), list[FlopscopeArray])
    assert_type(fnp.nonzero(fnp.ones(4)), tuple[FlopscopeArray, ...])
    x: FlopscopeArray = fnp.full((3, 3), 2.0)
    x[0] = 1
    x += 1
    y = fnp.einsum("ij,jk->ik", x, x)
    print(y.shape, fnp.pi, fnp.newaxis, fnp.float64(3.0), fnp.iinfo(fnp.int8).max)


def ufuncs() -> None:
    x = fnp.arange(6.0)
    print(
        fnp.add(x, 1, out=fnp.zeros(6), where=x > 2),
        fnp.add.reduce(x, axis=0),
        fnp.add.outer(x, x),
        fnp.multiply.accumulate(x),
    )
    assert_type(fnp.add.nin, int)
    fnp.add.at(x, [0, 1], 1.0)


def factorizations() -> None:
    a = fnp.eye(3)
    q, r = fnp.linalg.qr(a)
    u, s, vh = fnp.linalg.svd(a, k=2)
    values = fnp.linalg.eigh(a).eigenvalues
    sign, logdet = fnp.linalg.slogdet(a)
    print(q @ r, u * s @ vh, values.max(), sign * fnp.exp(logdet), fnp.linalg.norm(a, ord="fro", axis=(0, 1)))
    try:
        fnp.linalg.inv(fnp.zeros((2, 2)))
    except fnp.linalg.LinAlgError as error:
        print(error)


def draws() -> None:
    rng = fnp.random.default_rng(0)
    assert_type(rng, fnp.random.Generator)
    rng.shuffle(fnp.arange(3))
    print(rng.normal(size=(2, 3)), rng.choice(5, 2, replace=False), fnp.random.randn(2, 2), rng.spawn(1)[0].random())
    assert_type(rng.bytes(4), bytes)


def distributions() -> None:
    norm, lognorm = flops.stats.norm, flops.stats.lognorm
    print(norm.cdf([0.0, 1.0], loc=0.5, scale=2), lognorm.ppf(0.5, 0.3), norm.rvs(size=3, random_state=1))


def budgets() -> None:
    with flops.BudgetContext(flop_budget=10**6, namespace="model") as budget:
        model = Dense(4, 2, fnp.random.default_rng(1))
        print(model(fnp.ones((3, 4))))
        path, info = fnp.einsum_path("ij,j->i", fnp.ones((4, 5)), fnp.ones(5))
        print(path, info.optimized_cost)
    assert_type(budget.flops_used, int)
    assert_type(flops.cost("linalg.qr", (64, 8)), int)
    print([op.formula for op in flops.ops("qr")])


def mistakes() -> None:
    x = fnp.ones(3)
    fnp.add(x)  # pyright: ignore[reportCallIssue]
    fnp.exp(x, axis=0)  # pyright: ignore[reportCallIssue]
    fnp.zeros("four")  # pyright: ignore[reportArgumentType]
    fnp.random.default_rng(0).normal(sigma=2)  # pyright: ignore[reportCallIssue]
    flops.stats.lognorm.pdf(1.0)  # pyright: ignore[reportCallIssue]
    flops.stats.norm.pdf(1.0, sigma=2)  # pyright: ignore[reportCallIssue]
    fnp.asmatrix(x)  # pyright: ignore[reportAttributeAccessIssue,reportUnknownMemberType]
    fnp.summ(x)  # pyright: ignore[reportAttributeAccessIssue,reportUnknownMemberType]


if __name__ == "__main__":  # everything but the mistakes runs
    arrays()
    ufuncs()
    factorizations()
    draws()
    distributions()
    budgets()
