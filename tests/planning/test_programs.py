"""Whole programs: a plan equals the run, FLOP for FLOP, op for op, call for call, namespace for namespace."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flopscope as flops
import flopscope.numpy as fnp
from codeblocks import ROOT, blocks
from operands import thorough

# That products of an array with itself are symmetric, and sums with others are not, is no matter here.
pytestmark = pytest.mark.filterwarnings("ignore::flopscope.errors.SymmetryLossWarning")


def figures(by_namespace):
    """FLOPs and calls by namespace and op."""
    return {
        path: {op: (row["flop_cost"], row["calls"]) for op, row in part["operations"].items()}
        for path, part in by_namespace.items()
    }


def assert_planned(function, *arguments, shapes=None, **options):
    """Assert that the plan of a function equals its run; the arguments are plain arrays, and shapes in the plan."""
    shaped = [flops.Shaped(a.shape, a.dtype) if isinstance(a, np.ndarray) else a for a in arguments]
    plan = flops.plan(function, *(shaped if shapes is None else shapes), **options)
    with flops.BudgetContext(10**15) as budget, np.errstate(all="ignore"):
        function(*[fnp.asarray(a) if isinstance(a, np.ndarray) else a for a in arguments])
    real = budget.summary_dict(by_namespace=True)
    got = plan.to_dict(by_namespace=True)
    assert figures(got["by_namespace"]) == figures(real["by_namespace"])
    assert plan.flops_used == budget.flops_used
    assert got.keys() == real.keys() - {"escapes"}  # a plan has no elements that could leave
    return plan


# -- programs made at random -----------------------------------------------------------------------------------------

STEPS = [
    "a = a + b", "a = a * 2 - b", "b = fnp.exp(a)", "a = np.sqrt(abs(b))", "a -= b", "b = a @ b.T @ a",
    "a = a.T.copy().T",
    "s = a.sum()", "s = s * 2 + 1", "a = a / s", "a = a - a.mean(axis=0)", "b = b / b.max(axis=1, keepdims=True)",
    "a = fnp.where(a > 0, a, 0)", "a[a > s] = 0", "b[0] = a[1]", "a = fnp.concatenate([a, b])[:len(b)]",
    "b = fnp.random.default_rng(0).normal(size=b.shape)", "s = fnp.sqrt(s)", "s = np.sqrt(s)", "s = np.maximum(s, 0)",
    "a = fnp.einsum('ij,kj,kl->il', a, b, b)", "a = fnp.sort(a, axis=1)", "i = a[:, 0].argsort(); b = b[i]",
    "a = fnp.cumsum(a, axis=1)", "s = (a * b).sum() / a.size", "c = fnp.zeros(a.shape[1]); c += a[0]; b = b + c",
    "b = fnp.fft.ifft(fnp.fft.fft(b)).real", "a = fnp.outer(a[:, 0], b[0])", "b = np.stack([a, b]).mean(0)",
    "u, v, w = fnp.linalg.svd(a, full_matrices=False); s = v[0]", "a = fnp.linalg.solve(a @ a.T + fnp.eye(len(a)), a)",
    "a = a.reshape(-1, 1).reshape(b.shape)", "for row in a: s = s + row.sum()", "a += fnp.arange(a.shape[1])",
    "with fnp.namespace('in'): a = a * b", "with flops.BudgetContext(10**9, namespace='own'): b = b - 1",
    "n = 3 * int(fnp.arange(4)[2]); a = a * n", "k = fnp.log2(a.shape[0]); a = a + k", "a = +a; s = -s; b = abs(b)",
    "a = fnp.clip(a, -1, s)", "s = a[0, 0]; a = a * s", "s = fnp.linalg.norm(a); b = b / s", "a = np.tanh(a) % 2",
    "z = fnp.full_like(a, s); b = b + z", "a = fnp.pad(a, 1, mode='edge')[1:-1, 1:-1]",
    "b = a.astype('f4').astype(float)",
]  # fmt: skip


@thorough
@given(st.lists(st.sampled_from(STEPS), min_size=1, max_size=12), st.integers(2, 6))
def test_a_program_made_at_random_costs_what_is_planned(steps, n):
    code = compile("\n".join(f"{step}" for step in steps), "program.py", "exec")

    def program(a, b):
        exec(code, {"fnp": fnp, "np": np, "flops": flops, "a": a, "b": b, "s": a.max()})

    try:
        with np.errstate(all="ignore"), flops.BudgetContext(10**12):
            program(fnp.ones((n, n)), fnp.ones((n, n)))
    except np.linalg.LinAlgError:
        return  # values went out of hand
    assert_planned(program, np.ones((n, n)), np.ones((n, n)))


# -- real programs ---------------------------------------------------------------------------------------------------


def kmeans(points, k, rounds):
    centres = points[:k].copy()
    for _ in range(rounds):
        distances = ((points[:, None, :] - centres) ** 2).sum(axis=2)
        labels = distances.argmin(axis=1)
        weights = fnp.eye(k)[labels]
        centres = (weights.T @ points) / fnp.maximum(weights.sum(axis=0), 1)[:, None]
    return labels


def conjugate_gradient(a, b, rounds):
    x = fnp.zeros_like(b)
    r = b - a @ x
    p, rs = r.copy(), r @ r
    for _ in range(rounds):
        ap = a @ p
        alpha = rs / (p @ ap)
        x += alpha * p
        r -= alpha * ap
        new = r @ r
        p = r + (new / rs) * p
        rs = new
    return x


def life(board, rounds):
    for _ in range(rounds):
        around = sum(np.roll(np.roll(board, i, 0), j, 1) for i in (-1, 0, 1) for j in (-1, 0, 1)) - board
        board = (around == 3) | (board & (around == 2))
    return board


def kalman(x, p, f, q, h, r, measured):
    for z in measured:
        x, p = f @ x, f @ p @ f.T + q
        gain = fnp.linalg.solve((h @ p @ h.T + r).T, (p @ h.T).T).T
        x = x + gain @ (z - h @ x)
        p = p - gain @ h @ p
    return x


def pagerank(links, rounds):
    n = len(links)
    rank = fnp.full(n, 1 / n)
    spread = links / links.sum(axis=0)
    for _ in range(rounds):
        rank = 0.85 * spread @ rank + 0.15 / n
    return rank


def monte_carlo(rng, paths, steps):
    steps_taken = rng.standard_normal((paths, steps))
    price = 100 * fnp.exp((0.01 * steps_taken - 0.00005).cumsum(axis=1))[:, -1]
    return fnp.maximum(price - 100, 0).mean()


def low_pass(signal):
    spectrum = np.fft.rfft(signal)
    spectrum[len(spectrum) // 4 :] = 0
    return np.fft.irfft(spectrum, n=len(signal))


@pytest.mark.parametrize(
    ("program", "arguments"),
    [
        (kmeans, (np.random.default_rng(0).normal(size=(50, 3)), 4, 5)),
        (conjugate_gradient, (np.eye(6) + 1, np.ones(6), 4)),
        (life, (np.eye(8) > 0, 3)),
        (kalman, (np.ones(2), np.eye(2), np.eye(2), np.eye(2), np.ones((1, 2)), np.eye(1), np.ones((5, 1)))),
        (pagerank, (np.ones((5, 5)), 6)),
        (low_pass, (np.arange(37.0),)),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_program_costs_what_is_planned(program, arguments):
    assert_planned(program, *arguments)


@pytest.mark.parametrize("program", [lambda m: m + 1, lambda m: fnp.ma.compressed(m) * 2, lambda m: m.sum(0)])
def test_a_masked_array_costs_in_a_plan_what_it_does_in_a_run(program):
    values = fnp.ma.masked_array(np.arange(12.0).reshape(3, 4), mask=np.eye(3, 4))
    with flops.BudgetContext(10**6) as budget:
        program(values)
    assert flops.plan(program, values).flops_used == budget.flops_used > 0


def test_a_program_that_draws_costs_what_is_planned():
    rng = fnp.random.default_rng(0)
    plan = flops.plan(monte_carlo, rng, 20, 10)
    with flops.BudgetContext(10**9) as budget:
        monte_carlo(rng, 20, 10)
    assert plan.flops_used == budget.flops_used


# -- the examples and the guide --------------------------------------------------------------------------------------


@pytest.fixture
def digits():
    pytest.importorskip("sklearn", reason="the example's data come from scikit-learn")
    spec = importlib.util.spec_from_file_location("digits", Path(ROOT) / "examples" / "digits.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_example_costs_what_is_planned_and_its_own_plan_agrees(digits):
    run = []
    plan = flops.plan(lambda: digits.run(20, 2), when_unknown=0.5)  # float(accuracy)
    with flops.BudgetContext(10**12) as budget:
        run.append(digits.run(20, 2))
    assert figures(plan.to_dict(True)["by_namespace"]) == figures(budget.summary_dict(True)["by_namespace"])
    namespaces = {path: part["flops_used"] for path, part in plan.to_dict(True)["by_namespace"].items()}
    assert namespaces == digits.plan(20, 2)


def test_the_functions_of_the_example_take_shapes(digits):
    images = np.ones((30, 64))
    assert_planned(digits.pca, images, 5)
    assert_planned(digits.project, images, np.ones(64), np.ones((5, 64)))
    weights = np.ones((5, 64)), np.ones(64), np.ones((64, 10)), np.ones(10)
    assert_planned(digits.predict, np.ones((30, 5)), *weights)


PROGRAMS = sorted((ROOT / "examples" / "programs").glob("*.py"))
# Which points belong to a centre, and so the cost of their mean, is a matter of values.
OF_VALUES = {"kmeans"}


@pytest.mark.parametrize("path", [path for path in PROGRAMS if path.stem not in OF_VALUES], ids=lambda path: path.stem)
def test_a_script_costs_what_is_planned(path, capsys):
    text = re.sub(r"^(import|from) numpy\b", r"\1 flopscope.numpy", path.read_text(), flags=re.MULTILINE)
    code = compile(text, path.name, "exec")
    # What they print, they ask for.
    assert_planned(lambda: exec(code, {"__name__": "__main__"}), when_unknown=1)


GUIDE = [block for block in blocks(ROOT / "docs" / "guide-budget-planning.md") if block.language == "python"]


@pytest.mark.parametrize("number", range(len(GUIDE)), ids=lambda n: GUIDE[n].place)
def test_a_block_of_the_guide_costs_what_is_planned(number, capsys):
    def run():
        names = {"__name__": "__main__"}
        for block in GUIDE[: number + 1]:
            exec(compile(block.text, "guide.py", "exec"), names)

    plan = flops.plan(run)
    with flops.BudgetContext(10**15) as budget:
        run()
    assert figures(plan.to_dict(True)["by_namespace"]) == figures(budget.summary_dict(True)["by_namespace"])


def test_a_pipeline_of_a_million_by_a_million_is_planned_in_no_time():
    def pipeline(x, w):
        h = fnp.maximum(x @ w, 0)
        h = h - h.mean(axis=0)
        return fnp.linalg.svd(h.T @ h), fnp.sort(h, axis=None), h[:, ::2].copy(), np.concatenate([h, h])

    n = 10**6
    start = perf_counter()
    plan = flops.plan(pipeline, flops.Shaped((n, n)), flops.Shaped((n, n)))
    assert perf_counter() - start < 2  # milliseconds, on a machine that has nothing else to do
    # a product, a symmetric one, an SVD; maximum, mean, subtraction; a sort of n**2 elements, 2**39 < 10**12 <= 2**40
    assert plan.flops_used == n**3 + n * n * (n + 1) // 2 + n**3 + 3 * n**2 + n**2 * 40
