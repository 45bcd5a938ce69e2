"""The einsum guide is true: its table is what the plans cost."""

from __future__ import annotations

import re

import flopscope as flops
from codeblocks import ROOT

PAGE = ROOT / "docs" / "guide-einsum.md"


def test_every_row_of_the_table_is_what_its_plan_costs():
    rows = re.findall(r"^\| (.*) \| (.*) \| ([\d,]+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    symmetric = flops.SymmetryGroup.symmetric(axes=(0, 1, 2))
    known = [
        {},
        {"symmetries": [symmetric, None, None, None]},
        {"symmetries": [symmetric, None, None, None], "identical": [(1, 2, 3)]},
        {"optimize": False},
    ]
    shapes = [(10, 10, 10), (10, 10), (10, 10), (10, 10)]
    costs = [flops.einsum_cost("ijk,ai,bj,ck->abc", shapes=shapes, **facts) for facts in known]
    assert [int(total.replace(",", "")) for _, _, total in rows] == costs
    for _, steps, total in rows[:3]:
        assert sum(int(step.replace(",", "")) for step in steps.split(" + ")) == int(total.replace(",", ""))
