"""The user's source with heat: what every line cost, itself and through what it called."""

from __future__ import annotations

import linecache
from html import escape

from flopscope.reports.summary import Summary
from flopscope.reports.tally import LineCost
from flopscope.reports.units import percent

#: Lines shown before and after each line that cost something.
_AROUND = 4


def annotated_source(summary: Summary) -> str:
    """Every file with traced lines, dearest first."""
    files: dict[str, dict[int, LineCost]] = {}
    for (filename, lineno), cost in summary.lines().items():
        files.setdefault(filename, {})[lineno] = cost
    used = summary.flops_used or 1
    ordered = sorted(files.items(), key=lambda item: (-sum(cost.own for cost in item[1].values()), item[0]))
    return "".join(_file(filename, costs, used, i == 0) for i, (filename, costs) in enumerate(ordered))


def _file(filename: str, costs: dict[int, LineCost], used: int, opened: bool) -> str:
    lines = [line.rstrip("\n") for line in linecache.getlines(filename)]
    own = sum(cost.own for cost in costs.values())
    numbers = sorted({near for at in costs for near in range(at - _AROUND, at + _AROUND + 1) if 0 < near <= len(lines)})
    rows: list[str] = []
    before = 0
    for number in numbers or sorted(costs):
        if number != before + 1 and before:
            rows.append("<tr><td class='lineno'>⋯</td><td></td><td></td><td></td></tr>")
        before = number
        text = lines[number - 1] if number <= len(lines) else "(source not found)"
        rows.append(_line(number, text, costs.get(number), used))
    table = f"<div class='scroll'><table class='source'>{''.join(rows)}</table></div>"
    said = f"{escape(filename)} · {own:,} FLOPs · {percent(own, used)}"
    return f"<details{' open' if opened else ''}><summary>{said}</summary>{table}</details>"


def _line(number: int, text: str, cost: LineCost | None, used: int) -> str:
    if cost is None:
        return f"<tr><td class='lineno'>{number}</td><td></td><td></td><td class='text'>{escape(text)}</td></tr>"
    # The square root shows small shares as well; what a line only calls is paler than what it does itself.
    alpha = 0.55 * (max(cost.own, cost.total / 4) / used) ** 0.5
    told = f"{cost.own:,} FLOPs in {cost.calls:,} calls of its own, {cost.total:,} with what it calls"
    return (
        f"<tr style='background:rgba(var(--heat),{alpha:.3f})' title='{told}'><td class='lineno'>{number}</td>"
        f"<td class='right'>{cost.total:,}</td><td class='right'>{percent(cost.total, used)}</td>"
        f"<td class='text'>{escape(text)}</td></tr>"
    )
