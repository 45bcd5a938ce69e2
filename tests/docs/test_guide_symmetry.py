"""The guide to symmetry is true: its table says what its blocks print."""

from __future__ import annotations

import re

from codeblocks import ROOT

PAGE = ROOT / "docs" / "guide-symmetry.md"


def test_the_table_of_groups_has_the_numbers_that_are_printed():
    text = PAGE.read_text(encoding="utf-8")
    in_table = re.findall(r"^\| `SymmetryGroup\..*\| ([\d,]+) of", text, re.MULTILINE)
    printed = re.findall(r"^.* order +\d+: ([\d,]+)$", text, re.MULTILINE)
    assert in_table == printed
    assert len(printed) == 5
