"""The flame graph: boxes as wide as what was spent, callers above what they call. Drawn here, zoomed by the page."""

from __future__ import annotations

from html import escape
from zlib import crc32

from flopscope.reports.stacks import stacks, step_name
from flopscope.reports.summary import Summary
from flopscope.reports.tally import Frame
from flopscope.reports.units import percent

_ROW_EM = 1.5
#: Boxes narrower than this part of the whole are left out.
_NARROWEST = 1e-4


class _Node:
    """A step in the tree of stacks, with what was spent in and below it."""

    def __init__(self) -> None:
        self.flops = 0
        self.calls = 0
        self.below: dict[Frame | str, _Node] = {}


def flame_graph(summary: Summary) -> str:
    """The flame graph of a summary, in FLOPs; empty where there are none."""
    root = _Node()
    for stack in stacks(summary):
        node = root
        for step in (None, *stack.steps):
            if step is not None:
                node = node.below.setdefault(step, _Node())
            node.flops += stack.flops
            node.calls += stack.calls
    if not root.flops:
        return ""
    boxes: list[str] = []
    deepest = 0
    ahead: list[tuple[_Node, str, int, int]] = [(root, "all", 0, 0)]
    while ahead:
        node, label, depth, start = ahead.pop()
        deepest = max(deepest, depth)
        boxes.append(_box(node, label, depth, start, root.flops))
        for step, child in sorted(node.below.items(), key=lambda item: -item[1].flops):
            if child.flops >= _NARROWEST * root.flops:
                ahead.append((child, step_name(step), depth + 1, start))
            start += child.flops
    return f"<div class='flame' style='height:{_ROW_EM * (deepest + 1):.2f}em'>{''.join(boxes)}</div>"


def _box(node: _Node, label: str, depth: int, start: int, whole: int) -> str:
    left, width = start / whole, node.flops / whole
    calls = f"{node.calls:,} call{'s' if node.calls != 1 else ''}"
    told = f"{label}: {node.flops:,} FLOPs ({percent(node.flops, whole)}), {calls}"
    # The same name has the same colour everywhere, in every report.
    hue = 12 + crc32(label.encode()) % 44
    colour = "#b8c0c8" if depth == 0 else f"hsl({hue} 85% {62 + crc32(label.encode()[::-1]) % 10}%)"
    return (
        f"<div data-x='{left:.6f}' data-w='{width:.6f}' title='{escape(told)}' style='left:{100 * left:.4f}%;"
        f"width:{100 * width:.4f}%;top:{depth * _ROW_EM:.2f}em;background:{colour}'>{escape(label)}</div>"
    )
