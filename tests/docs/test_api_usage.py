"""What programs use of such a library works here, or has an equivalent, which is executed.

``api_usage.csv`` counts the names that a dozen programs use. The page is written from it and from what is below:
python tests/docs/test_api_usage.py > docs/api-usage.md
"""

from __future__ import annotations

import csv
import operator
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import flopscope as flops
import flopscope.numpy as fnp

with Path(__file__).with_name("api_usage.csv").open(newline="") as lines:
    USES = {row["name"]: row for row in csv.DictReader(lines)}
PAGE = Path(__file__).parents[2] / "docs" / "api-usage.md"

# What is written otherwise: what to write, its value, and what to know.
EQUIVALENTS: dict[str, tuple[str, Any, str]] = {
    "flops._dtype_billing.rate_for": (
        'flops.cost_model("fma1").derive("mine", dtype_factors={"complex": 4}).dtype_factors["complex"]',
        4,
        "a rate per dtype is part of a cost model; the default model charges all dtypes alike",
    ),
    "flops.errors.UnsupportedDtypeError": (
        'fnp.array([1, 2], dtype=object).sum()',
        3,
        "all of NumPy's dtypes are taken, so that there is nothing to catch",
    ),
    "flops.Cycle": ("flops.SymmetryGroup.cyclic((0, 1, 2)).order", 3, "a group knows its generators"),
    "flops.Permutation": (
        "flops.SymmetryGroup.from_generators([[1, 0]], axes=(0, 1)).order",
        2,
        "permutations are given as lists",
    ),
    "flops.PermutationGroup": ("flops.SymmetryGroup.symmetric((0, 1)).order", 2, "the same under another name"),
    "flops.PermutationGroup.cyclic": ("flops.SymmetryGroup.cyclic((0, 1, 2)).order", 3, "takes the axes"),
    "flops.PermutationGroup.dihedral": ("flops.SymmetryGroup.dihedral((0, 1, 2, 3)).order", 8, "takes the axes"),
    "flops.PermutationGroup.symmetric": ("flops.SymmetryGroup.symmetric((0, 1, 2)).order", 6, "takes the axes"),
    "ndarray.symmetry_info": ("str(S.symmetry)", "S2{0,1}", "the group of a symmetric tensor"),
    "ndarray.append": ("fnp.append(x, 7.0).size", 7, "NumPy's arrays have no such method either"),
    "flops.accounting.cholesky_cost": ('flops.cost("linalg.cholesky", (10, 10))', 10**3, "the price of any op"),
    "flops.accounting.eigh_cost": ('flops.cost("linalg.eigh", (10, 10))', 10**3, "the price of any op"),
    "flops.accounting.inv_cost": ('flops.cost("linalg.inv", (10, 10))', 10**3, "the price of any op"),
    "flops.accounting.qr_cost": ('flops.cost("linalg.qr", (12, 5))', 12 * 5 * 5, "the price of any op"),
    "flops.accounting.solve_cost": ('flops.cost("linalg.solve", (10, 10), (10,))', 10**3, "the price of any op"),
    "flops.accounting.fft_cost": ('flops.cost("fft.fft", (1024,))', 5 * 1024 * 10, "the price of any op"),
    "flops.accounting.rfft_cost": ('flops.cost("fft.rfft", (1024,))', 5 * 1024 * 10 // 2, "the price of any op"),
    "flops.accounting.multi_dot_cost": (
        'flops.cost("linalg.multi_dot", [(10, 100), (100, 5), (5, 50)])',
        10 * 100 * 5 + 10 * 5 * 50,
        "the price of any op",
    ),
}  # fmt: skip

# What is no name to look up: an expression, and what it is in NumPy.
EXPRESSIONS = {
    "a * b": "a * b", "a + b": "a + b", "a - b": "a - b", "a / b": "a / b", "a @ b": "a @ b", "a ** b": "a ** b",
    "a > b": "a > b", "a >= b": "a >= b", "a < b": "a < b", "a <= b": "a <= b", "a == b": "a == b", "a != b": "a != b",
    "a & b": "(a > 2) & (b > 2)", "~x": "~(a > 2)", "-x": "-a", "abs(fnp_array)": "abs(-a)",
    "a[i]": "a[1]", "a[slice]": "a[:, 1:]", "a[fnp_index_or_mask]": "a[a > 2]", "a[.., None]": "a[..., None]",
    "len(fnp_array)": "len(a)", "bool(fnp_array)": "bool(a[0, 0])", "float(fnp_array)": "float(a[0, 0])",
    "int(fnp_array)": "int(a[0, 0])",
    "np.asarray(fnp_array)": "np.asarray(a)", "np.array(fnp_array)": "np.array(a)", "np.sum(fnp_array)": "np.sum(a)",
    "np.maximum(fnp_array)": "np.maximum(a, b)", "np.count_nonzero(fnp_array)": "np.count_nonzero(a)",
    "np.linalg.eigh(fnp_array)": "np.linalg.eigh(a @ a.T)[0]",
    "np.testing.assert_array_equal(fnp_array)": "np.testing.assert_array_equal(a, a)",
}  # fmt: skip
STATEMENTS = {"a[i] = v": "a[1] = 7", "a *= b (rebind/in-place)": "a *= b"}
ROOTS = {
    "fnp": fnp,
    "flops": flops,
    "BudgetContext": flops.BudgetContext,
    "ndarray": flops.FlopscopeArray,
    "Generator": fnp.random.Generator,
}
NAMES = [name for name in USES if name not in {*EQUIVALENTS, *EXPRESSIONS, *STATEMENTS}]


def values(counted: bool) -> dict[str, Any]:
    """Operands to compute with, counted or NumPy's."""
    x = np.arange(1.0, 10).reshape(3, 3)
    convert = fnp.array if counted else np.array
    return {"a": convert(x), "b": convert(x.T.copy()), "np": np}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_programs_use_is_here(name):
    root, _, path = name.partition(".")
    found = operator.attrgetter(path)(ROOTS[root])
    assert found is not None
    if root == "fnp" and callable(found):
        assert callable(operator.attrgetter(path)(np))
    if root in ("ndarray", "Generator"):
        assert hasattr(np.ndarray if root == "ndarray" else np.random.Generator, path)


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_an_expression_that_programs_use_has_numpy_s_value(name):
    assert name in USES
    with flops.BudgetContext(10**6):
        found = eval(EXPRESSIONS[name], values(True))
    expected = eval(EXPRESSIONS[name], values(False))
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_that_programs_use_does_what_numpy_s_does(name):
    assert name in USES
    ours, theirs = values(True), values(False)
    before = ours["a"]
    exec(STATEMENTS[name], ours)
    exec(STATEMENTS[name], theirs)
    assert ours["a"] is before
    assert ours["a"].tolist() == theirs["a"].tolist()


@pytest.mark.parametrize("name", EQUIVALENTS)
def test_an_equivalent_gives_what_the_page_says(name):
    assert name in USES
    code, expected, _ = EQUIVALENTS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        S = flops.as_symmetric(fnp.eye(3), flops.SymmetryGroup.symmetric((0, 1)))
        found = eval(code, {"flops": flops, "fnp": fnp, "x": fnp.ones(6), "S": S})
    assert found == expected
    with pytest.raises(AttributeError):  # of a name that exists there is nothing to say
        root, _, path = name.partition(".")
        operator.attrgetter(path)(ROOTS[root])


def test_the_page_is_written_from_the_data():
    assert PAGE.read_text(encoding="utf-8") == page(), "python tests/docs/test_api_usage.py > docs/api-usage.md"


def page() -> str:
    otherwise = [
        (f"`{name}`", USES[name]["uses"], f"`{code}`", f"{why}; gives {value!r}")
        for name, (code, value, why) in EQUIVALENTS.items()
    ]
    same = [f"`{name}` {row['uses']}" for name, row in USES.items() if name not in EQUIVALENTS]
    return f"""# Moving a program over

A program that was written for another counter of NumPy's FLOPs, with `flops` and `fnp` as here, mostly runs as it is.
These are the names that a dozen such programs use, with how often; what is written otherwise comes first. The tests
look every name up and execute every expression; this page is written from their data.

## Written otherwise

{_table("name", ":uses", "write", "because", rows=otherwise)}

## Works as it is

Name and number of uses. `np.testing` on counted arrays is charged for what it compares; `fnp.testing` is free.

{", ".join(same)}.
"""


def _table(*head: str, rows: list[tuple[str, ...]]) -> str:
    """A table of markdown; columns of numbers, whose titles begin with a colon, are aligned to the right."""
    lines = [
        tuple(title.lstrip(":") for title in head),
        tuple("---:" if title[0] == ":" else "---" for title in head),
        *rows,
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    print(page(), end="")
