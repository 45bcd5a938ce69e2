"""The timeline: FLOPs charged in equal slices of time, coloured by namespace or op, and their running sum."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from flopscope.budgets.log import OpRecord
from flopscope.reports.units import duration

_SLICES = 120
_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 1100, 220, 8, 22, 16
#: Colours that are told apart on light and on dark, also by most who see fewer (Okabe and Ito).
_COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00")
_REST = "#999999"


def timeline(log: Sequence[OpRecord]) -> str:
    """A drawing of the log; by namespace where there is more than one, otherwise by op."""
    by_namespace = len({record.namespace for record in log}) > 1
    start = min(_begin(record) for record in log)
    end = max(record.flopscope_context_start_offset_s for record in log)
    span = max(end - start, 1e-9)
    totals: dict[str, int] = {}
    slices: list[dict[str, int]] = [{} for _ in range(_SLICES)]
    for record in log:
        label = (record.namespace or "(no namespace)") if by_namespace else record.op_name
        where = min(int((record.flopscope_context_start_offset_s - start) / span * _SLICES), _SLICES - 1)
        slices[where][label] = slices[where].get(label, 0) + record.flop_cost
        totals[label] = totals.get(label, 0) + record.flop_cost
    labels = sorted(totals, key=lambda label: (-totals[label], label))
    colours = dict(zip(labels, _COLOURS, strict=False))
    highest = max(sum(one.values()) for one in slices) or 1
    whole = sum(totals.values()) or 1
    step = (_WIDTH - 2 * _LEFT) / _SLICES
    room = _HEIGHT - _TOP - _BOTTOM
    drawn: list[str] = []
    points = [f"{_LEFT},{_HEIGHT - _BOTTOM}"]
    summed = 0
    for i, one in enumerate(slices):
        base = 0
        for label in (label for label in labels if label in one):
            base += one[label]
            height = one[label] / highest * room
            drawn.append(
                f"<rect x='{_LEFT + i * step:.1f}' y='{_HEIGHT - _BOTTOM - base / highest * room:.2f}' "
                f"width='{step - 1:.1f}' height='{height:.2f}' fill='{colours.get(label, _REST)}'>"
                f"<title>{escape(label)}: {one[label]:,} FLOPs</title></rect>"
            )
        summed += base
        points.append(f"{_LEFT + (i + 1) * step:.1f},{_HEIGHT - _BOTTOM - summed / whole * room:.1f}")
    axis = _HEIGHT - _BOTTOM
    drawn.append(f"<polyline class='cumulative' points='{' '.join(points)}'/>")
    drawn.append(f"<line class='axis' x1='{_LEFT}' x2='{_WIDTH - _LEFT}' y1='{axis}' y2='{axis}'/>")
    for i in range(5):
        anchor = ("start", "middle", "middle", "middle", "end")[i]
        x = _LEFT + i * (_WIDTH - 2 * _LEFT) / 4
        at = duration((start + span * i / 4) * 1e9)
        drawn.append(f"<text x='{x:.0f}' y='{_HEIGHT - 6}' text-anchor='{anchor}'>{at}</text>")
    slice_ns = span / _SLICES * 1e9
    drawn.append(f"<text x='{_LEFT}' y='11'>up to {highest:,} FLOPs in {duration(slice_ns)}</text>")
    drawn.append(f"<text x='{_WIDTH - _LEFT}' y='11' text-anchor='end'>{whole:,} FLOPs in all</text>")
    shown = [*colours.items(), *([("others", _REST)] if len(labels) > len(colours) else [])]
    legend = "".join(f"<span><i style='background:{colour}'></i>{escape(label)}</span>" for label, colour in shown)
    return (
        f"<div class='legend'>{legend}</div>"
        f"<svg class='timeline' viewBox='0 0 {_WIDTH} {_HEIGHT}' role='img'>{''.join(drawn)}</svg>"
    )


def _begin(record: OpRecord) -> float:
    return (
        record.flopscope_context_start_offset_s
        - record.flopscope_backend_duration_s
        - record.flopscope_overhead_duration_s
    )
