"""The price of every op, against numbers worked out by hand.

A line of golden.csv is an op, its arguments (``S(shape, dtype)`` is an operand), the FLOPs expected and the arithmetic
behind them. `reference` is what the project's cost reference (costs.csv) charges, `why` the reason where we do not.
"ValueError" in place of a number: the rule refuses, with the text beside it. What a rule prices NumPy must accept, and
what it refuses NumPy must refuse; `since` is the NumPy that first takes these arguments, where it is not 2.0, and
`until` the first that does not any more.
"""

from __future__ import annotations

import csv
import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import flopscope.costs  # noqa: F401 (fills the table)
from flopscope import SymmetryGroup
from flopscope.arrays.registry import numpy_attribute
from flopscope.costs.shapes import Shaped
from flopscope.costs.table import TABLE

with Path(__file__).with_name("golden.csv").open(newline="") as lines:
    ROWS = list(csv.DictReader(lines))

CHAPTERS = "arrays contractions elementwise polynomial reductions sorting statistics strings".split()


class TooLarge(Exception):
    """A golden operand that exists only as a shape."""


def real(shape: Any, dtype: Any = float) -> np.ndarray:
    """An array of 1, 2, 3 ...: sorted, without zeros, good for any op."""
    size = Shaped(shape).size
    if size > 10**6:
        raise TooLarge
    return np.arange(1, size + 1).astype(dtype).reshape(shape)


def call(function: Any, arguments: str, operand: Any) -> Any:
    return eval(f"call({arguments})", {"call": function, "S": operand})


def in_numpy(row: dict[str, str]) -> None:
    """Run the line in NumPy, if this one has the function and takes the arguments."""
    function = numpy_attribute(row["op"])
    if isinstance(function, type):
        return  # of vectorize, whose instances are called
    this = np.lib.NumpyVersion(np.__version__)
    if function and this >= f"{row['since'] or '2.0'}.0" and not (row["until"] and this >= f"{row['until']}.0"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            call(function, row["arguments"], real)


def of(rows: list[dict[str, str]]) -> Any:
    names = [f"{row['op']}({row['arguments']})" for row in rows]
    return pytest.mark.parametrize("row", rows, ids=names)


PRICED = [row for row in ROWS if row["flops"] != "ValueError"]
REFUSED = [row for row in ROWS if row["flops"] == "ValueError"]


@of(PRICED)
def test_a_rule_gives_the_price_worked_out_by_hand(row):
    expected = int(row["flops"])
    rule = TABLE[row["op"]].cost
    price = call(rule, row["arguments"], Shaped)
    assert price == expected
    assert type(price) is int
    assert eval(row["arithmetic"], {"ceil": math.ceil, "log2": math.log2}) == expected


@of(PRICED)
def test_arrays_cost_what_their_shapes_cost_and_numpy_takes_them(row):
    try:
        assert call(TABLE[row["op"]].cost, row["arguments"], real) == int(row["flops"])
        in_numpy(row)
    except TooLarge:
        assert int(row["flops"]) > 10**6


@of(REFUSED)
def test_a_rule_refuses_what_numpy_refuses_and_says_why(row):
    with pytest.raises(ValueError, match=row["arithmetic"]):
        call(TABLE[row["op"]].cost, row["arguments"], Shaped)
    if hasattr(np, row["op"]):
        with pytest.raises((ValueError, TypeError, IndexError)):
            in_numpy(row)


def test_pad_with_a_function_as_mode_has_no_price():
    with pytest.raises(ValueError, match="function as mode"):
        TABLE["pad"].cost(Shaped(8), 1, lambda *_: None)


@pytest.mark.parametrize("op, arguments", [("diff", (3,)), ("vander", (5,)), ("polyint", (2,)), ("gradient", ())])
def test_prices_do_not_overflow(op, arguments):
    narrow = [np.int8(a) for a in arguments]
    big = Shaped((10**12,))
    assert TABLE[op].cost(big, *narrow) == TABLE[op].cost(big, *arguments) > 10**12


def test_a_scan_costs_the_unique_elements_of_the_symmetry_that_is_left():
    x = Shaped((3, 3, 3), symmetry=SymmetryGroup.symmetric((1, 2)))
    scan = TABLE["cumsum"].cost
    assert scan(x, 0) == scan(x, axis=-3) == 3 * (3 * 4 // 2)  # the last two axes are as they were
    assert scan(x, 1) == scan(x) == scan(x, None) == 27


def test_we_say_why_where_we_leave_the_reference():
    unexplained = [
        row["op"] for row in PRICED if row["reference"] and row["reference"] != row["flops"] and not row["why"]
    ]
    assert unexplained == []


def test_every_rule_of_these_chapters_is_priced_at_least_once():
    golden = {row["op"] for row in PRICED}
    served: dict[Any, set[str]] = {}
    for name, op in TABLE.items():
        if op.cost is not None and op.cost.__module__.rpartition(".")[2] in CHAPTERS:
            served.setdefault(op.cost, set()).add(name)
    assert [sorted(names) for names in served.values() if not names & golden] == []
