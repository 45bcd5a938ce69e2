"""``flops.ops()`` and the reference page say what the table says."""

from __future__ import annotations

import dataclasses
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import flopscope as flops
from flopscope import reference
from flopscope.arrays.registry import UFUNC_METHODS
from flopscope.costs.table import ALIASES, TABLE

PAGE = Path(__file__).parents[1] / "docs" / "reference-ops.md"


def test_every_row_is_listed_once_in_the_order_of_the_table():
    assert [op.name for op in flops.ops()] == list(TABLE)
    assert sorted(alias for op in flops.ops() for alias in op.aliases) == sorted(ALIASES)


def test_an_op_says_what_its_row_says():
    for op in flops.ops():
        row = TABLE[op.name]
        assert op.kind == (
            "unsupported" if row.reason else "counted" if row.cost else "composed" if row.composed else "free"
        )
        assert op.formula == inspect.cleandoc(row.formula).splitlines()[0]
        assert {ALIASES[alias] for alias in op.aliases} <= {op.name}


def test_a_counted_op_has_all_its_parts_and_none_of_them_runs_into_another():
    for op in flops.ops(kind="counted"):
        assert op.chapter
        assert op.formula
        assert op.source
        assert re.search(r"\d", op.example)
        assert not re.search(r"Source: |Example: |\n|  ", op.formula + op.description + op.source + op.example)


def test_a_refused_op_gives_its_reason():
    assert all(op.description in op.formula for op in flops.ops(kind="unsupported"))
    assert all("use" in op.description for op in flops.ops(kind="unsupported"))


def test_one_op_in_full():
    (op,) = flops.ops("linalg.solve")
    assert op == reference.OpInfo(
        name="linalg.solve",
        aliases=(),
        kind="counted",
        chapter="linalg",
        formula="n**3 + n**2*(c-1) per matrix with c right-hand sides.",
        description="The first right-hand side comes with the factorization, n**2 for each further one. "
        "Stacks of `a` and `b` broadcast, and each pair is factored anew, as executed.",
        source="LU with two triangular solves, Golub & Van Loan, Matrix Computations (4th ed., 3.2); LAPACK xGESV.",
        example="(10, 10) with (10,): 1,000; with (10, 3): 1,200.",
    )


def test_values_are_frozen():
    op = flops.ops("add")[0]
    with pytest.raises(dataclasses.FrozenInstanceError):
        op.formula = "free of charge"


@pytest.mark.parametrize(
    "name, names",
    [
        ("add", ["add"]),  # not logaddexp
        ("qr", ["linalg.qr"]),
        ("linalg.qr", ["linalg.qr"]),
        ("abs", ["absolute"]),
        ("linalg.matmul", ["matmul"]),
        ("norm.ppf", ["stats.norm.ppf"]),
        ("shuffle", ["random.Generator.shuffle", "random.shuffle", "random.RandomState.shuffle"]),
    ],
)
def test_a_name_an_alias_or_a_part_of_either_selects(name, names):
    assert [op.name for op in flops.ops(name)] == names


def test_a_namespace_or_a_chapter_selects():
    linalg = [name for name in TABLE if name.startswith("linalg.")]
    aliased = [name for alias, name in ALIASES.items() if alias.startswith("linalg.")]
    assert {op.name for op in flops.ops("linalg")} == {*linalg, *aliased}
    assert "lexsort" in {op.name for op in flops.ops("sorting")}
    assert {op.chapter for op in flops.ops("sorting")} == {"sorting"}


def test_a_kind_selects():
    assert [op.name for op in flops.ops("reshape", kind="free")] == ["reshape", "ma.reshape"]
    assert flops.ops("reshape", kind="counted") == []
    assert len(flops.ops()) == sum(len(flops.ops(kind=kind)) for kind in ("counted", "composed", "free", "unsupported"))


@pytest.mark.parametrize(
    "name, suggestion", [("lingalg", "linalg"), ("matmull", "matmul"), ("stats.nrom", "stats.norm")]
)
def test_an_unknown_name_is_an_error_with_the_nearest_one(name, suggestion):
    with pytest.raises(ValueError, match=re.escape(f"there is no op {name!r}; did you mean '{suggestion}")):
        flops.ops(name)


# The page


def test_the_page_that_is_checked_in_is_the_generated_one():
    assert PAGE.read_text() == reference.page(), "python -m flopscope.reference > docs/reference-ops.md"


def test_the_module_prints_the_page():
    run = subprocess.run([sys.executable, "-m", "flopscope.reference"], capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == (reference.page(), "")


def test_every_name_is_on_the_page_once():
    cells = [line.split(" | ")[:2] for line in reference.page().splitlines() if line.startswith("| `")]
    names = " ".join(second if first.startswith("| `fnp") else first for first, second in cells)
    shown = []
    for name, aliases in re.findall(r"`([^`]+)`(?: \(([^)]*)\))?", names):
        shown.append(name)
        others = re.findall(r"`([^`]+)`", aliases)  # `ma.` is the same name in that module
        shown += [alias + name.rpartition(".")[2] if alias.endswith(".") else alias for alias in others]
    assert sorted(shown) == sorted([*TABLE, *ALIASES, *UFUNC_METHODS])


def test_every_line_of_a_table_has_as_many_cells_as_its_head():
    width = 0
    for line in reference.page().splitlines():
        if not line.startswith("|"):
            width = 0
            continue
        cells = len(re.findall(r"(?<!\\)\|", line))
        width = width or cells
        assert cells == width, line


def test_nothing_on_the_page_is_taken_for_emphasis():
    for line in reference.page().splitlines():
        assert "*" not in re.sub(r"(`+)[^`]*\1|\\\*", "", line)
