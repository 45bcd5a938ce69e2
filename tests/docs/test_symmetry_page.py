"""The guide to symmetry: every block prints what is shown, and the tables say what the blocks print."""

from __future__ import annotations

import re

from codeblocks import ROOT, assert_shown, blocks, run

PAGE = ROOT / "docs" / "guide-symmetry.md"


def test_every_block_prints_the_output_shown_below_it():
    assert {block.language for block in blocks(PAGE)} == {"python", "text"}
    assert_shown(run(PAGE))


def test_the_table_of_groups_has_the_numbers_that_are_printed():
    text = PAGE.read_text(encoding="utf-8")
    in_table = re.findall(r"^\| `SymmetryGroup\..*\| ([\d,]+) of", text, re.MULTILINE)
    printed = re.findall(r"^.* order +\d+: ([\d,]+)$", text, re.MULTILINE)
    assert in_table == printed
    assert len(printed) == 5
