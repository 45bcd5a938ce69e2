"""What the README says is what happens."""

from __future__ import annotations

import re

import pytest

import flopscope as flops
from codeblocks import ROOT, assert_shown, run

README = ROOT / "README.md"


@pytest.fixture(autouse=True)
def fresh_session():
    flops.budget_reset()
    yield
    flops.budget_reset()


def test_every_block_and_the_demo_print_the_output_shown_below_them():
    runs = run(README)
    assert [bool(shown) for _, printed, shown in runs] == [True] * len(runs)
    assert len(runs) == 4
    assert_shown(runs)


def table_of_costs() -> list[tuple[str, str]]:
    return re.findall(r"\| `(flops\..*)` \| ([\d,]+) \|$", README.read_text(encoding="utf-8"), re.MULTILINE)


def test_every_family_of_the_table_has_an_example():
    rows = re.findall(r"^\| [a-z].*\|$", README.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(table_of_costs()) == len(rows) - 1  # the first is the heading


@pytest.mark.parametrize("call, cost", table_of_costs())
def test_the_example_of_a_family_costs_what_the_table_says(call, cost):
    assert eval(call, {"flops": flops}) == int(cost.replace(",", ""))


def test_every_command_is_a_target_of_the_makefile():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    pages = [README, ROOT / "CONTRIBUTING.md"]
    commands = [name for page in pages for name in re.findall(r"[`\n]make ([a-z-]+)", page.read_text(encoding="utf-8"))]
    assert {"demo", "test"} <= set(commands) <= targets
