"""What the README says is what happens."""

from __future__ import annotations

import re

import pytest

import flopscope as flops
import flopscope.numpy as fnp
from codeblocks import ROOT, assert_shown, run

README = ROOT / "README.md"


def test_every_block_and_the_demo_print_the_output_shown_below_them():
    runs = run(README)
    assert [bool(shown) for _, printed, shown in runs] == [True] * len(runs)
    assert len(runs) == 4
    assert_shown(runs)


def table_of_costs() -> list[tuple[str, str]]:
    return re.findall(r"\| `(flops\..*)` \| ([\d,]+) \|$", README.read_text(encoding="utf-8"), re.MULTILINE)


def test_every_family_of_the_table_has_an_example():
    rows = re.findall(r"^\| \w.*\|$", README.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(table_of_costs()) == len(rows) - 1  # less the heading


@pytest.mark.parametrize("call, cost", table_of_costs())
def test_the_example_of_a_family_costs_what_the_table_says(call, cost):
    assert eval(call, {"flops": flops}) == int(cost.replace(",", ""))


def test_a_batch_costs_as_much_as_its_members():
    assert flops.cost("linalg.inv", (7, 100, 100)) == 7 * flops.cost("linalg.inv", (100, 100))


def test_the_count_does_not_depend_on_the_function_or_the_dtype():
    with flops.BudgetContext(flop_budget=100) as budget:
        fnp.exp(fnp.ones(3))
        fnp.add(fnp.ones(3), 1)
        fnp.exp(fnp.ones(3, dtype=fnp.float32))
    assert [record.flop_cost for record in budget.op_log] == [3, 3, 3]


@pytest.mark.parametrize(("function", "formula"), [(fnp.linalg.solve, "n**3"), (fnp.fft.fft, "log2")])
def test_help_shows_the_formula(function, formula):
    assert formula in function.__doc__


def test_every_command_is_a_target_of_the_makefile():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    pages = [README, ROOT / "CONTRIBUTING.md"]
    commands = [name for page in pages for name in re.findall(r"[`\n]make ([a-z-]+)", page.read_text(encoding="utf-8"))]
    assert {"demo", "test"} <= set(commands) <= targets
