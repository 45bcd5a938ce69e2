"""Where our prices are not those of a widely used implementation: docs/concepts/costs-compared.md, from golden prices.

The golden files say for each op what the reference charges and, where we differ, why; this makes a page of that:
``python tests/support/costs_compared.py > docs/concepts/costs-compared.md``. What moves data has no price to be golden,
and operands with symmetry no line there, so these are below.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

COSTS = Path(__file__).parents[1] / "costs"
GOLDEN = ("golden.csv", "golden_submodules.csv")

#: Priced by their elements there, free here: each element of the result is an element of the input, or its place.
MOVING = """
    append arange array array_split asarray block broadcast_arrays broadcast_to compress concatenate copyto delete diag
    diagflat diagonal dsplit dstack extract fill_diagonal from_dlpack frombuffer fromiter full full_like hsplit imag
    indices insert iscomplexobj isrealobj ix_ linalg.diagonal linspace meshgrid packbits pad place put put_along_axis
    putmask ravel real repeat resize roll rollaxis split stack take take_along_axis tile unpackbits unstack vsplit
    vstack
""".split()

#: Priced by the elements of the result there; here as what the function that they are given computes.
CALLING = "apply_along_axis apply_over_axes fromfunction".split()

#: Op, arguments, its price there, why it has another one here; `v` is one vector, `S2` the swap of two axes.
SYMMETRIC = [
    ("outer", "v, v", 100, "products of an array with itself are charged for the elements that differ"),
    ("symmetry.symmetrize", "S((4, 4)), S2", 0, "sums and a division are arithmetic"),
    ("symmetry.is_symmetric", "S((4, 4)), S2", 0, "elements are compared"),
    ("symmetry.as_symmetric", "S((4, 4)), S2", 0, "elements are compared; free with `validate=False`"),
    ("symmetry.random", "(4, 4), S2", 48, "one draw for each element that differs"),
]

_HEAD = """# Prices compared

Most ops have the same price under the default model as in another, widely used implementation; where its rows ignore
batches, right-hand sides, parameters that broadcast, or passes, and where a compound function would be a cheap way to
the same as its parts, ours differ. This page lists every difference. It is made from the files of expected
prices in `tests/costs`, which the tests hold against the rules; `S(shape)` is an operand.

Of the 1,180 examples that were compared one by one, 976 have the same price (23 November 2026).

## Arithmetic

| op | arguments | there | here | why |
|---|---|---:|---:|---|
"""

_MOVING = """
## Data movement

Priced by elements there, [free](free.md) here, views or copies: {moving}.

Functions that call back cost here what they are given to compute: {calling}.

Refused here, with a reason: `bmat` (12 for two (2, 3)). Refused there, priced here: `in1d`, `trapz`,
`random.random_integers`.
"""


def differences() -> Iterator[tuple[str, str, int, int, str]]:
    """Op, arguments, price there, price here, and why, for the first line of each op and reason."""
    seen: set[tuple[str, str]] = set()
    for name in GOLDEN:
        with (COSTS / name).open(newline="") as lines:
            why = ""
            for row in csv.DictReader(lines):
                why = why if row["why"] in ("", "as above") else row["why"]
                if not row["reference"] or row["reference"] == row["flops"] or row["op"] in MOVING:
                    continue
                if (row["op"], why) not in seen:
                    seen.add((row["op"], why))
                    yield row["op"], row["arguments"], int(row["reference"]), int(row["flops"]), why


def symmetric() -> Iterator[tuple[str, str, int, int, str]]:
    """The same of operands with symmetry, by the rules themselves."""
    from flopscope import SymmetryGroup
    from flopscope.costs.shapes import Shaped
    from flopscope.costs.table import TABLE

    names = {"S": Shaped, "v": Shaped(10), "S2": SymmetryGroup.symmetric((0, 1))}
    for op, arguments, there, why in SYMMETRIC:
        yield op, arguments, there, eval(f"price({arguments})", {"price": TABLE[op].cost, **names}), why


def page() -> str:
    """The text of docs/concepts/costs-compared.md."""
    rows = [
        f"| `{op}` | `{arguments}` | {there:,} | {here:,} | {why} |"
        for op, arguments, there, here, why in (*differences(), *symmetric())
    ]
    listed = ({"moving": MOVING, "calling": CALLING}).items()
    return (
        _HEAD
        + "\n".join(rows)
        + "\n"
        + _MOVING.format(**{name: " ".join(f"`{op}`" for op in ops) for name, ops in listed})
    )


if __name__ == "__main__":
    print(page(), end="")
