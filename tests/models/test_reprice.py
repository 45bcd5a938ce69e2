"""A run priced again under another model is a run under that model: totals, log, namespaces, source lines."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import flopscope as flops
import flopscope.numpy as fnp
from flopscope.budgets import ledger

OWN = flops.cost_model("fma2-complex").derive("own", weights={"exp": 20}, dtype_factors={("add", "float32"): 3})
MODELS = ["fma1", "fma2", "fma2-complex", OWN]


# That products of an array with itself are symmetric, and sums with others are not, is no matter here.
pytestmark = pytest.mark.filterwarnings("ignore::flopscope.errors.SymmetryLossWarning")


def normal_equations(x: Any) -> None:
    with flops.namespace("fit"):
        y = fnp.ones(len(x))
        w = fnp.linalg.solve(x.T @ x + fnp.eye(x.shape[1]), x.T @ y)
    with flops.namespace("fit.check"):
        abs(x @ w - y).max()


def options_that_only_fma2_tells_apart(x: Any) -> None:
    for mode in ("r", "reduced", "complete"):
        fnp.linalg.qr(x, mode)
    for vectors in (True, False):
        fnp.linalg.svd(x, compute_uv=vectors)
        fnp.linalg.svd(x, vectors)
    fnp.linalg.norm(x), fnp.linalg.norm(x, 2), fnp.linalg.norm(x, fnp.inf), fnp.linalg.norm(x, "nuc")
    fnp.linalg.matrix_power(x.T @ x, 5)


def products(x: Any) -> None:
    y = x.copy()
    x.T @ x, x.T @ y, fnp.dot(x, x.T), fnp.inner(x, x), fnp.tensordot(x, y, 0), fnp.outer(x, x)
    fnp.einsum("ij,kj,k->i", x, y, x[:, 0])
    fnp.einsum("ij,ij->", x, x), fnp.einsum(x, [0, 1], x, [2, 1], [0, 2])
    fnp.einsum("ij,jk,kl->il", x, x.T, y, optimize=False)
    fnp.linalg.multi_dot([x, x.T, x])


def numbers_and_places(x: Any) -> None:
    for i in range(5):
        x * 0.1 * i
        x += i / 7
        fnp.add.at(x, [0, i % len(x)], 1.0)
        fnp.add.reduceat(x, [0, 1])
        fnp.partition(x, [0, 1], axis=0)
        fnp.percentile(x, [10, 50 + i])
        fnp.clip(x, 0.25 * i, 2)
    fnp.random.default_rng(0).normal(0.3, [1.0, 2.0], size=(3, 2))
    fnp.histogram(x, bins=5), fnp.cov(x.T), fnp.fft.rfft(x, n=8), fnp.sort(x, axis=0), fnp.where(x > 1, x, 0.5)


def symmetric(x: Any) -> None:
    group = flops.SymmetryGroup.symmetric(axes=(0, 1))
    s = flops.as_symmetric(fnp.asarray(x.T @ x), group)
    fnp.exp(s), s + s, s @ s, fnp.einsum("ij,jk->ik", s, s), s.sum(), fnp.linalg.inv(s + fnp.eye(len(s)))


PROGRAMS = [normal_equations, options_that_only_fma2_tells_apart, products, numbers_and_places, symmetric]
DTYPES = ["f8", "f4", "c16"]


def run(program: Callable[[Any], None], dtype: str = "f8", **options: Any) -> flops.BudgetContext:
    x = fnp.asarray(np.random.default_rng(1).random((6, 4)) + 1).astype(dtype)
    with flops.BudgetContext(10**12, **options) as budget:
        program(x)
    return budget


def said(summary: flops.Summary) -> Any:
    """All of a summary but the times."""
    data = summary.to_dict(by_namespace=True)
    totals = sorted((b.op, b.namespace, b.calls, b.flops) for b in summary.buckets)
    records = [(r.op_name, r.namespace, r.shapes, r.subscripts, r.flop_cost, r.cumulative) for r in summary.log or ()]
    lines = sorted((t.stack[-1], t.op, t.calls, t.flops) for t in summary.trace or ())
    return data["flops_used"], data["cost_model"], totals, records, lines, summary.moved


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
@pytest.mark.parametrize("model", MODELS, ids=str)
@pytest.mark.filterwarnings("ignore")
def test_priced_again_is_run_again(program, model):
    for dtype in DTYPES if program in (products, normal_equations) else DTYPES[:1]:
        options = {"count_bytes": True, "trace": True}
        assert said(run(program, dtype, **options).reprice(model)) == said(
            run(program, dtype, cost_model=model, **options).report()
        )


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
@pytest.mark.filterwarnings("ignore")
def test_by_shapes_alone_for_models_that_look_at_nothing_else(program):
    plain, real = run(program), run(program, cost_model="fma2")
    assert said(plain.reprice("fma2")) == said(real.report())
    assert said(real.reprice("fma1")) == said(plain.report())


@pytest.mark.parametrize("program", [normal_equations, products], ids=lambda program: program.__name__)
@pytest.mark.parametrize("model", MODELS, ids=str)
def test_a_plan_under_a_model_is_the_run_and_is_priced_again_as_one(program, model):
    x = flops.Shaped((6, 4))
    real = run(program, cost_model=model, count_bytes=True)
    plan = flops.plan(program, x, cost_model=model, count_bytes=True)
    rows = sorted((b.op, b.namespace, b.calls, b.flops) for b in plan.buckets)
    assert rows == sorted((b.op, b.namespace, b.calls, b.flops) for b in real.report().buckets)
    assert sorted(plan.moved) == sorted(real.report().moved)
    assert plan.cost_model == real.report().cost_model
    again = flops.plan(program, x).reprice(model)
    assert sorted((b.op, b.namespace, b.calls, b.flops) for b in again.buckets) == rows


_OPS = st.sampled_from("exp add matmul qr svd solve sum dot outer sort".split())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(_OPS, st.integers(1, 5)), max_size=12), st.floats(0.1, 9), st.sampled_from(MODELS))
def test_random_programs_with_multipliers_and_parents(steps, multiplier, model):
    def program():
        for name, n in steps:
            x = fnp.ones((n, n)) + fnp.eye(n)
            {
                "qr": lambda: fnp.linalg.qr(x),  # noqa: B023
                "svd": lambda: fnp.linalg.svd(x, compute_uv=False),  # noqa: B023
                "solve": lambda: fnp.linalg.solve(x, x),  # noqa: B023
                "exp": lambda: fnp.exp(x),  # noqa: B023
                "sum": lambda: x.sum(axis=0),  # noqa: B023
                "sort": lambda: fnp.sort(x),  # noqa: B023
            }.get(name, lambda: getattr(fnp, name)(x, x.T))()  # noqa: B023

    def outer(**options):
        with flops.BudgetContext(10**9, count_bytes=True, **options) as budget:
            program()
            with flops.BudgetContext(10**9, flop_multiplier=multiplier) as inner:
                program()
        return budget, inner

    for recorded, real in zip(outer(), outer(cost_model=model), strict=True):
        assert said(recorded.reprice(model)) == said(real.report())


def test_a_run_under_several_models_is_priced_again_as_one():
    with flops.BudgetContext(10**9) as budget:
        fnp.ones((3, 4)) @ fnp.ones((4, 5))
        with flops.BudgetContext(10**9, cost_model="fma2"):
            fnp.ones((3, 4)) @ fnp.ones((4, 5))
    assert budget.flops_used == 60 + 120
    assert budget.report().cost_model.name == "fma1+fma2"
    assert [budget.reprice(model).flops_used for model in ("fma1", "fma2")] == [120, 240]


def test_nothing_is_run_and_nothing_charged():
    budget = run(normal_equations)
    used, calls = budget.flops_used, len(budget.op_log)
    again = budget.reprice("fma2", log=False)
    assert again.log is None
    assert (budget.flops_used, len(budget.op_log)) == (used, calls)
    assert budget.report().reprice("fma1") == budget.report().replace(wall_ns=budget.report().wall_ns)
    assert again.backend_ns == budget.report().backend_ns


def test_dtypes_that_were_not_recorded_are_asked_for():
    with pytest.raises(ValueError, match=r"'fma2-complex' looks at dtypes.*BudgetContext\(..., count_bytes=True\)"):
        run(normal_equations).reprice("fma2-complex")


def test_a_model_that_looks_at_dtypes_records_them():
    budget = run(products, "c16", cost_model="fma1-complex")
    assert said(budget.reprice("fma2-complex")) == said(run(products, "c16", cost_model="fma2-complex").report())


@pytest.mark.parametrize(
    "stripped",
    [
        lambda summary: flops.Summary.from_json(summary.to_json()),
        lambda summary: pickle.loads(pickle.dumps(summary)),
        lambda summary: flops.budget_report(),
    ],
)
def test_a_summary_without_calls_says_so(stripped):
    summary = run(normal_equations).report()
    with pytest.raises(ValueError, match="has totals only.*call reprice\\(\\) on a budget or on what its report"):
        stripped(summary).reprice("fma2")
    assert stripped(summary) == summary or stripped(summary).title == "session"


def test_calls_beyond_what_is_remembered_are_refused(monkeypatch):
    monkeypatch.setattr(ledger, "_REMEMBERED", 2)
    with flops.BudgetContext(10**6) as budget:
        for n in range(1, 5):
            fnp.exp(fnp.ones(n))
    assert budget.reprice("fma1").flops_used == 1 + 2 + 3 + 4
    with pytest.raises(ValueError, match="a call of exp cannot be priced again"):
        budget.reprice("fma2")


def test_programs_that_scale_by_ever_new_numbers_stay_small():
    with flops.BudgetContext(10**9) as budget:
        x, out = fnp.ones(3), fnp.ones(3)
        for i in range(500):
            x * (i + 0.5), fnp.add(x, i, out=out), fnp.clip(x, 0.1 * i, None), fnp.isclose(x, i)
            x += i
    assert len(budget.report().recorded.sites) <= 8


def test_a_rule_that_asks_for_what_is_not_remembered_is_refused():
    def rule(x):
        """Data."""
        return int(x.sum())

    mine = flops.cost_model("fma1").derive("mine", rules={"exp": rule})
    with flops.BudgetContext(10**9) as budget:
        fnp.exp(fnp.ones(3))
    with pytest.raises(ValueError, match="a call of exp cannot be priced again: the rule of 'mine' asks"):
        budget.reprice(mine)
