"""The page that compares prices is made from the golden ones, which other tests hold against the rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from costs_compared import CALLING, MOVING, differences, page, symmetric
from flopscope.costs.table import TABLE, lookup

PAGE = Path(__file__).parents[2] / "docs" / "concepts" / "costs-compared.md"


def test_the_page_that_is_checked_in_is_the_generated_one():
    assert PAGE.read_text() == page(), "stale: python tests/support/costs_compared.py > docs/concepts/costs-compared.md"


def test_every_difference_is_one_and_has_a_reason():
    rows = [*differences(), *symmetric()]
    assert all(there != here and why for _, _, there, here, why in rows)
    assert {op for op, *_ in rows} <= set(TABLE)


@pytest.mark.parametrize("op", [op for op in MOVING if op != "pad"])  # which computes in some modes
def test_what_the_page_calls_free_is_free(op):
    assert lookup(op).price((), {}) == 0
    assert not lookup(op).composed


@pytest.mark.parametrize("op", CALLING)
def test_what_the_page_says_to_call_back_is_charged_as_what_it_calls(op):
    assert lookup(op).composed
