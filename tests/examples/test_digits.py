"""The example recognises digits, costs what was planned, and is NumPy code."""

from __future__ import annotations

import importlib.util
import types
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the example's data come from scikit-learn")


@pytest.fixture
def digits():
    spec = importlib.util.spec_from_file_location("digits", Path(__file__).parents[2] / "examples" / "digits.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def charged(budget) -> dict[str, int]:
    return {name: part["flops_used"] for name, part in budget.summary_dict(by_namespace=True)["by_namespace"].items()}


def test_digits_are_recognised(digits):
    accuracy, _ = digits.run()
    assert accuracy > 0.96


@pytest.mark.parametrize("components", [20, 10])
def test_every_phase_is_charged_what_was_planned(digits, components):
    accuracy, budget = digits.run(components, epochs=5)
    assert charged(budget) == digits.plan(components, epochs=5)
    assert accuracy > 0.9


def test_numpy_gives_the_same_answers(digits):
    def svd(a, full_matrices, k):
        u, s, vh = np.linalg.svd(a, full_matrices=full_matrices)
        return u[:, :k], s[:k], vh[:k]

    linalg = types.SimpleNamespace(svd=svd)
    counted, _ = digits.run(epochs=5)
    digits.fnp = types.SimpleNamespace(**{**vars(np), "linalg": linalg})
    bare, budget = digits.run(epochs=5)
    assert bare == counted
    assert budget.flops_used == 0  # it was really NumPy
