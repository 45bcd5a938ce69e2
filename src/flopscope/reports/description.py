"""What a report says, however it will look.

:func:`describe` turns a summary into a :class:`Report`: blocks of rows of typed cells, which hold the numbers
themselves. What renders a report (``display.py``, ``html.py``) knows cells, and not what a summary is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from flopscope.reports.units import duration, file_name, percent

if TYPE_CHECKING:
    from flopscope.reports.summary import Summary
    from flopscope.reports.tally import Bucket


class Cell(NamedTuple):
    """A value and what kind of thing it is; the value of a share or a bar is ``(part, whole)``."""

    kind: str
    value: Any


class Row(NamedTuple):
    """Cells side by side; the name in front stands `depth` steps to the right, and a total stands out."""

    cells: tuple[Cell, ...]
    depth: int = 0
    total: bool = False


class Block(NamedTuple):
    """Rows under the titles of their columns; without titles, a list of facts."""

    titles: tuple[str, ...]
    rows: list[Row]


class Report(NamedTuple):
    """What is reported, whose it is, and the blocks that say it."""

    heading: tuple[str, ...]
    blocks: list[Block]


def name(text: str) -> Cell:
    return Cell("name", text)


def flops(number: int) -> Cell:
    return Cell("flops", number)


def count(number: int) -> Cell:
    return Cell("count", number)


def time(ns: int) -> Cell:
    return Cell("time", ns)


def rate(flops_per_s: float) -> Cell:
    return Cell("rate", flops_per_s)


def unit(text: str) -> Cell:
    return Cell("unit", text)


def share(part: int, whole: int) -> Cell:
    return Cell("share", (part, whole))


def bar(part: int, whole: int) -> Cell:
    """A share as a bar as long as its weight."""
    return Cell("bar", (part, whole))


def gauge(part: int, whole: int) -> Cell:
    """A share as a bar on a track that shows what is left."""
    return Cell("gauge", (part, whole))


def change(before: int, after: int) -> Cell:
    """FLOPs more or less than before."""
    return Cell("change", after - before)


def growth(before: int, after: int) -> Cell:
    """The change as a share of what was before."""
    return Cell("growth", (after - before, before))


def note(text: str) -> Cell:
    return Cell("note", text)


def describe(summary: Summary, by_namespace: bool = False) -> Report:
    """What a report of `summary` says, however it will look."""
    left = summary.flops_remaining
    remaining = Row((name("Remaining"), flops(left), share(left, summary.flop_budget)))
    blocks = [Block((), [*budget_rows(summary), remaining]), _operations(summary)]
    if summary.traffic():
        blocks.append(traffic(summary))
    if by_namespace and summary.buckets:
        blocks.append(namespaces(summary))
    if summary.trace:
        blocks.append(_lines(summary))
    if summary.escapes:
        blocks.append(escapes(summary))
    if is_timed(summary):
        blocks.append(_times(summary))
    model = summary.cost_model
    priced = f"cost model {model.name} ({model.hash})" if model and model.name != "fma1" else None
    return Report(tuple(filter(None, ("flopscope summary", summary.title, summary.namespace, priced))), blocks)


def is_timed(summary: Summary) -> bool:
    """Whether there are times to show: a plan takes none."""
    return summary.wall_ns > 0 or not summary.calls


def _without_times(block: Block) -> Block:
    rows = [row._replace(cells=tuple(cell for cell in row.cells if cell.kind != "time")) for row in block.rows]
    return Block(tuple(title for title in block.titles if title != "Backend"), rows)


def budget_rows(summary: Summary) -> list[Row]:
    """The limit and how much of it is used."""
    limit, used = summary.flop_budget, summary.flops_used
    return [
        Row((name("Budget"), flops(limit), unit("FLOPs"))),
        Row((name("Used"), flops(used), share(used, limit), gauge(used, limit))),
    ]


#: Source lines that a report in text shows at most: the dearest.
LINES_SHOWN = 10
OPERATION_TITLES = ("Operation", "FLOPs", "Share", "Calls", "Backend", "")


def operation_row(bucket: Bucket, used: int) -> Row:
    """One op of a budget that has used `used` FLOPs."""
    numbers = (flops(bucket.flops), share(bucket.flops, used), count(bucket.calls), time(bucket.backend_ns))
    return Row((name(bucket.op), *numbers, bar(bucket.flops, used)))


NOTHING_YET = Block((), [Row((note("No operations counted yet."),))])


def _operations(summary: Summary) -> Block:
    operations, used = summary.operations(), summary.flops_used
    if not operations:
        return NOTHING_YET
    rows = [operation_row(bucket, used) for bucket in operations]
    if len(rows) > 1:
        totals = (flops(used), share(used, used), count(summary.calls), time(summary.backend_ns))
        rows.append(Row((name("Total"), *totals), total=True))
    block = Block(OPERATION_TITLES, rows)
    return block if is_timed(summary) else _without_times(block)


def traffic(summary: Summary) -> Block:
    """Bytes and arithmetic intensity of each op."""
    rows = [
        Row((name(row.op), count(row.bytes_read), count(row.bytes_written), unit(f"{row.intensity:.3g}")))
        for row in summary.traffic()
    ]
    return Block(("Operation", "Bytes read", "Written", "FLOPs/byte"), rows)


def namespaces(summary: Summary, as_tree: bool = False) -> Block:
    """The namespaces, a row each, by their full paths or as the branches of a tree."""
    used = summary.flops_used
    rows: list[Row] = []
    path: list[str] = []
    for depth, label, tally in summary.tree():
        path[depth:] = [label]
        above = path[depth - 1] if depth else ""
        if not label:
            shown = ("(own)" if as_tree else f"{above} (own)") if above else "(no namespace)"
        else:
            shown = label[len(above) + 1 :] if as_tree and above else label
        dearest = tally.operations()[0].op
        numbers = (flops(tally.flops_used), share(tally.flops_used, used), count(tally.calls), time(tally.backend_ns))
        rows.append(Row((name(shown), *numbers, note(dearest)), depth if as_tree else 0))
    block = Block(("Namespace", "FLOPs", "Share", "Calls", "Backend", "Mostly"), rows)
    return block if is_timed(summary) else _without_times(block)


def _lines(summary: Summary) -> Block:
    """The dearest source lines; all of them, in their places, are on the page."""
    used = summary.flops_used
    lines = [(place, cost) for place, cost in summary.lines().items() if cost.calls]
    rows = [
        Row((name(f"{file_name(filename)}:{lineno}"), flops(cost.own), share(cost.own, used), count(cost.calls),
             time(cost.backend_ns), note(cost.function.rpartition("<locals>.")[2])))
        for (filename, lineno), cost in lines[:LINES_SHOWN]
    ]  # fmt: skip
    if len(lines) > LINES_SHOWN:
        rows.append(Row((note(f"{len(lines) - LINES_SHOWN:,} more lines"),)))
    return Block(("Line", "FLOPs", "Share", "Calls", "Backend", "In"), rows)


def escapes(summary: Summary) -> Block:
    """What left the meter, the most elements first."""
    places = sorted(summary.escapes, key=lambda escape: (-escape.elements, escape))
    rows = [
        Row((name(f"{file_name(escape.filename)}:{escape.lineno}"), count(escape.elements), name(""),
             count(escape.arrays), note(escape.door + (f" by {escape.taker}" if escape.taker else ""))))
        for escape in places[:LINES_SHOWN]
    ]  # fmt: skip
    if len(places) > LINES_SHOWN:
        rows.append(Row((note(f"{len(places) - LINES_SHOWN:,} more places"),)))
    return Block(("Left the meter", "Elements", "", "Arrays", "By"), rows)


def _times(summary: Summary) -> Block:
    wall, limit = summary.wall_ns, summary.wall_time_limit_s
    limit_ns = round(limit * 1e9) if limit else 0
    parts = (
        ("backend", summary.backend_ns, "inside NumPy"),
        ("overhead", summary.overhead_ns, "counting"),
        ("residual", summary.residual_ns, "the rest of the program"),
    )
    of_limit = f"{percent(wall, limit_ns)} of {duration(limit_ns)} allowed" if limit_ns else ""
    rows = [Row((name("Wall time"), time(wall), share(wall, wall), note(of_limit)))]
    rows += [Row((name(label), time(ns), share(ns, wall), note(what)), depth=1) for label, ns, what in parts]
    return Block((), rows)
