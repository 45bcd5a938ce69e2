"""The page about planning programs is true: what it says of plans holds."""

from __future__ import annotations

import re

import flopscope as flops
import flopscope.numpy as fnp
from codeblocks import ROOT
from flopscope.planning.exchange import FOLLOWED
from flopscope.planning.standins import BY_VALUE

PAGE = ROOT / "docs" / "guide-planning-programs.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_the_ops_that_ask_are_those_that_the_page_names():
    paragraph = re.search(r"These ops ask, .*?polydiv`\.", TEXT, re.DOTALL)[0]
    named = set(re.findall(r"`(\w+)`", paragraph))
    kin = {"unique_all", "unique_counts", "unique_inverse", "unique_values", "where_nonzero"}
    sets = {"union1d", "intersect1d", "setdiff1d", "setxor1d"}
    # `delete` asks only for an array of places of unknown values; `histogram` only for a rule by name
    assert named == BY_VALUE - kin - sets - {"delete"} | {"where", "histogram"}


def test_values_are_followed_up_to_the_size_that_the_page_names():
    assert f"{FOLLOWED:,} elements" in TEXT

    def first(n):
        return float((fnp.zeros(n) + 1)[0])

    flops.plan(first, FOLLOWED)
    try:
        flops.plan(first, FOLLOWED + 1)
    except flops.ValueNeededError:
        return
    raise AssertionError("a larger array is not followed")


def test_the_crossover_is_where_the_plans_cross():
    def by_products(a, x):
        for _ in range(8):
            x = a @ x

    def by_power(a, x):
        return fnp.linalg.matrix_power(a, 8) @ x

    def costs(n):
        shapes = flops.Shaped((n, n)), flops.Shaped((n, 1000))
        return flops.plan(by_power, *shapes).flops_used, flops.plan(by_products, *shapes).flops_used

    assert "2,334 rows" in TEXT
    power, products = costs(2333)
    assert power < products
    power, products = costs(2334)
    assert power > products
