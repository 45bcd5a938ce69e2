"""Programs that scikit-learn and SciPy run, once on NumPy's arrays and once on ours; the answers go out as JSON.

Run as ``python consumers.py scipy`` in a process of its own: SciPy reads ``SCIPY_ARRAY_API`` when it is imported.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from pathlib import Path

os.environ["SCIPY_ARRAY_API"] = "1"
sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import numpy as np

import flopscope as flops
import flopscope.array_api as xp
from dispatched import programs

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 5))
Y = X @ RNG.normal(size=5) + 0.1 * RNG.normal(size=40)
P = RNG.uniform(0.1, 0.9, size=40)
ARRAYS = {"x": X, "y": Y, "p": P, "c": (Y > 0).astype(int)}

MODULES = {
    "scipy": """
        cluster.vq constants differentiate fft integrate linalg optimize.elementwise signal spatial.transform special
        stats
    """,
    "sklearn": """
        decomposition discriminant_analysis kernel_approximation linear_model metrics.pairwise mixture model_selection
        naive_bayes pipeline preprocessing
    """,
}


def modules(library):
    for path in MODULES[library].split():
        import_module(f"{library}.{path}")
    if library == "sklearn":
        import_module(library).set_config(array_api_dispatch=True)
    tops = {path.partition(".")[0] for path in MODULES[library].split()}
    return {name: getattr(sys.modules[library], name) for name in tops}


def charged(code, names):
    arrays = {name: xp.asarray(array) for name, array in ARRAYS.items()}
    with flops.BudgetContext(10**12) as budget:
        result = eval(code, {**names, "m": xp, **arrays})
    ops = {name: bucket["flop_cost"] for name, bucket in budget.summary_dict()["operations"].items()}
    left = any(escape.door in ("Array.__array__", "Array.__dlpack__") for escape in budget.report().escapes)
    return result, budget.flops_used, ops, left


def found(code, names):
    expected = eval(code, {**names, "m": np, **ARRAYS})
    result, used, ops, left = charged(code, names)
    members = result if isinstance(result, list) else [result]
    return {
        "inside": all(type(member) in (xp.Array, float) for member in members),
        "right": bool(np.allclose(np.asarray(result), expected, rtol=1e-8, atol=1e-10)),
        "flops": used,
        "ops": ops,
        "left": left,
    }


def main(library):
    names = modules(library)
    report = {}
    for name, code in programs(library).items():
        try:
            report[name] = found(code, names)
        except Exception as error:  # of one program: the others are to be seen
            report[name] = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(report))


def least_squares(linear_model):
    """What comes of LinearRegression with our arrays, and of the same least squares by Ridge."""
    x, y = xp.asarray(X), xp.asarray(Y)
    error = None
    with flops.BudgetContext(10**9) as budget:
        try:
            linear_model.LinearRegression().fit(x, y)
        except Exception as caught:
            error = type(caught).__name__
    leaves = [(e.door, Path(e.filename).name, e.arrays, e.elements) for e in budget.report().escapes]
    with flops.BudgetContext(10**9) as budget:
        ours = linear_model.Ridge(0.0, solver="svd").fit(x, y)
    used = budget.summary_dict()["operations"]["linalg.svd"]["flop_cost"]
    theirs = linear_model.LinearRegression().fit(X, Y)
    same = np.allclose(np.asarray(ours.coef_), theirs.coef_) and np.isclose(float(ours.intercept_), theirs.intercept_)
    print(json.dumps({"error": error, "leaves": leaves, "same": bool(same), "svd": used}))


if __name__ == "__main__":
    if sys.argv[2:] == ["least squares"]:
        least_squares(modules(sys.argv[1])["linear_model"])
    else:
        main(sys.argv[1])
