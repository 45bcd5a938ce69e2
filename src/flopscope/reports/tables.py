"""Summaries as CSV: the buckets, the log or the source lines, one row each."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from flopscope.budgets.log import OpRecord
from flopscope.errors import near
from flopscope.reports.summary import Summary
from flopscope.reports.tally import Bucket

_LINE_TITLES = ("filename", "lineno", "function", *Bucket._fields)


def to_csv(summary: Summary, table: str = "operations") -> str:
    """Write one table; see `Summary.to_csv`."""
    rows: Iterable[Iterable[object]]
    if table == "operations":
        titles = Bucket._fields
        buckets = sorted(summary.buckets, key=lambda bucket: (-bucket.flops, bucket.op, bucket.namespace))
        rows = buckets
        if summary.moved is not None:
            moved = {(row.op, row.namespace): (row.bytes_read, row.bytes_written) for row in summary.moved}
            titles = (*titles, "bytes_read", "bytes_written")
            rows = [(*bucket, *moved.get((bucket.op, bucket.namespace), (0, 0))) for bucket in buckets]
    elif table == "log":
        if summary.log is None:
            raise ValueError("this summary has no log; budget.report() makes one that has")
        titles = OpRecord._fields
        rows = [(*record[:3], " ".join(map(shape_text, record.shapes)), *record[4:]) for record in summary.log]
    elif table == "lines":
        if summary.trace is None:
            raise ValueError("this summary has no source lines: they are traced by BudgetContext(..., trace=True)")
        titles = _LINE_TITLES
        rows = [(*traced.stack[-1], *traced[1:]) for traced in summary.trace]
    else:
        raise ValueError(
            f"there is no table {table!r}{near(table, ('operations', 'log', 'lines'))} (tables: operations, log, lines)"
        )
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(titles)
    writer.writerows(rows)
    return text.getvalue()


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape as people write it: 64x8; () for a scalar."""
    return "x".join(map(str, shape)) or "()"
