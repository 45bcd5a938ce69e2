"""A summary as a page: totals, budget, ops, namespaces, flame graph, timeline, source, log. It loads nothing."""

from __future__ import annotations

from html import escape

from flopscope.reports.description import (
    Cell,
    count,
    describe,
    escapes,
    flops,
    gauge,
    is_timed,
    name,
    namespaces,
    time,
    traffic,
)
from flopscope.reports.display import heat
from flopscope.reports.flame import flame_graph
from flopscope.reports.html import asset, document, rows_table, section, table
from flopscope.reports.source import annotated_source
from flopscope.reports.summary import Summary
from flopscope.reports.tables import shape_text
from flopscope.reports.timeline import timeline
from flopscope.reports.units import duration, flop_rate, percent

#: Calls that the table of calls shows at most: the dearest.
CALLS_SHOWN = 2_000


def to_html(summary: Summary) -> str:
    """Write the page; see `Summary.to_html`."""
    report = describe(summary)
    operations = report.blocks[1]
    parts = [_totals(summary), section("Operations", table(operations, "grid sortable"))]
    if summary.traffic():
        parts.append(
            section("Bytes", table(traffic(summary), "grid sortable"), "Arithmetic intensity: FLOPs per byte.")
        )
    if summary.buckets:
        parts.append(section("Namespaces", table(namespaces(summary, as_tree=True), "grid tree")))
    if flames := flame_graph(summary):
        parts.append(section("Flame graph", flames, "Width: FLOPs. Click a box to fill the width.", "flame"))
    if summary.trace:
        parts.append(section("Source", annotated_source(summary), "FLOPs of each line, with those of what it calls."))
    if summary.log:
        parts.append(section("Timeline", timeline(summary.log), "FLOPs charged over time; the line is their sum."))
    if summary.escapes:
        parts.append(
            section("Left the meter", table(escapes(summary), "grid sortable"), "Elements that nobody counts.")
        )
    if is_timed(summary):
        parts.append(section("Time", table(report.blocks[-1])))
    if summary.log:
        parts.append(_calls(summary))
    return document(report, "\n".join(parts), asset("page.js"))


def _totals(summary: Summary) -> str:
    used, limit = summary.flops_used, summary.flop_budget
    rate = flop_rate(used / summary.wall_time_s) if summary.wall_ns > 0 else "-"
    tiles = (
        (f"{used:,}", "FLOPs used"),
        (f"{limit:,}", "FLOP budget"),
        (percent(used, limit), "of the budget"),
        (f"{summary.calls:,}", "calls"),
        *(((duration(summary.wall_ns), "wall time"), (rate, "on average")) if is_timed(summary) else ()),
    )
    boxes = "".join(f"<div class='tile'><b>{escape(value)}</b><span>{what}</span></div>" for value, what in tiles)
    width = 100 * min(used / limit, 1) if limit > 0 else 0
    filled = f"<div class='{heat(gauge(used, limit))}' style='width:{width:.3f}%'></div>" if used else ""
    return f"<div class='tiles'>{boxes}</div><div class='budget'>{filled}</div>"


_TITLES = (
    ("#", "count"),
    ("At", "time"),
    ("Operation", "name"),
    ("Namespace", "name"),
    ("Shapes", "name"),
    ("FLOPs", "flops"),
    ("Sum", "flops"),
    ("Backend", "time"),
    ("Overhead", "time"),
)


def _calls(summary: Summary) -> str:
    log = summary.log or ()
    shown = list(enumerate(log, 1))
    said = "Every call, in order. Click a title to sort."
    if len(shown) > CALLS_SHOWN:
        shown = sorted(sorted(shown, key=lambda one: -one[1].flop_cost)[:CALLS_SHOWN])
        said = f"The {CALLS_SHOWN:,} dearest of {len(log):,} calls, in order. Click a title to sort."
    rows: list[list[Cell]] = [
        [
            count(number),
            time(round(record.flopscope_context_start_offset_s * 1e9)),
            name(f"{record.op_name} {record.subscripts or ''}".rstrip()),
            name(record.namespace),
            name(" ".join(map(shape_text, record.shapes))),
            flops(record.flop_cost),
            flops(record.cumulative),
            time(round(record.flopscope_backend_duration_s * 1e9)),
            time(round(record.flopscope_overhead_duration_s * 1e9)),
        ]
        for number, record in shown
    ]
    body = rows_table(_TITLES, rows, "grid sortable").replace("<table ", "<table id='calls' ", 1)
    search = "<input class='filter' data-table='calls' placeholder='Filter by op, namespace, shape'>"
    return section("Calls", f"{search}<div class='scroll'>{body}</div>", said, "log")
