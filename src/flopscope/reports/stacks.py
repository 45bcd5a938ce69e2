"""Where FLOPs went, as stacks: the user's frames where lines were traced, namespaces elsewhere, and the op below.

Collapsed stacks (``a;b;c 64``) are what Brendan Gregg's flamegraph.pl and its kin read; the format of speedscope is
described at https://github.com/jlfwong/speedscope/wiki/Importing-from-custom-sources.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from flopscope.errors import near
from flopscope.reports.summary import Summary
from flopscope.reports.tally import Frame
from flopscope.reports.units import file_name

# What stands between steps and between lines.
_RESERVED = str.maketrans(";\n\r", ":  ")
_WEIGHTS = {"flops": "FLOPs", "backend_ns": "time inside NumPy"}


class Weighted(NamedTuple):
    """A stack, outermost first, and what was spent in it; steps are frames or names."""

    steps: tuple[Frame | str, ...]
    flops: int
    backend_ns: int
    calls: int


def stacks(summary: Summary) -> list[Weighted]:
    """Every distinct stack of a summary."""
    merged: dict[tuple[Frame | str, ...], Weighted] = {}
    for one in _all_stacks(summary):
        same = merged.get(one.steps)
        merged[one.steps] = one if same is None else Weighted(one.steps, *map(sum, zip(one[1:], same[1:], strict=True)))
    return list(merged.values())


def _all_stacks(summary: Summary) -> Iterator[Weighted]:
    for traced in summary.trace or ():
        yield Weighted((*traced.stack, traced.op), traced.flops, traced.backend_ns, traced.calls)
    if summary.trace is None:
        for bucket in summary.buckets:
            yield Weighted(_steps(bucket.namespace, bucket.op), bucket.flops, bucket.backend_ns, bucket.calls)


def _steps(namespace: str, op: str) -> tuple[str, ...]:
    return (*filter(None, namespace.split(".")), op)


def step_name(step: Frame | str) -> str:
    """A step as a label."""
    if isinstance(step, str):
        return step
    return f"{step.function} ({file_name(step.filename)}:{step.lineno})"


def to_collapsed(summary: Summary, weight: str = "flops") -> str:
    """Write collapsed stacks; see `Summary.to_collapsed`."""
    if weight not in _WEIGHTS:
        raise ValueError(f"there is no weight {weight!r}{near(weight, _WEIGHTS)} (weights: {', '.join(_WEIGHTS)})")
    lines = sorted(
        f"{';'.join(step_name(step).translate(_RESERVED) for step in one.steps)} {getattr(one, weight)}\n"
        for one in stacks(summary)
        if getattr(one, weight)
    )
    return "".join(lines)


def to_speedscope(summary: Summary) -> str:
    """Write a speedscope profile; see `Summary.to_speedscope`. In order of time where there is a log and no trace."""
    samples = stacks(summary)
    if summary.trace is None and summary.log:
        samples = [
            Weighted(
                _steps(record.namespace, record.op_name),
                record.flop_cost,
                round(record.flopscope_backend_duration_s * 1e9),
                1,
            )
            for record in summary.log
        ]
    frames: dict[Frame | str, int] = {}
    indices = [[frames.setdefault(step, len(frames)) for step in one.steps] for one in samples]
    name = " ".join(filter(None, ("flopscope", summary.title, summary.namespace)))
    data: dict[str, Any] = {
        "$schema": "https://www.speedscope.app/file-format-schema.json",
        "exporter": "flopscope",
        "name": name,
        "activeProfileIndex": 0,
        "shared": {"frames": [_frame_data(step) for step in frames]},
        "profiles": [
            {
                "type": "sampled",
                "name": f"{name}: {what}",
                "unit": "none" if weight == "flops" else "nanoseconds",
                "startValue": 0,
                "endValue": sum(getattr(one, weight) for one in samples),
                "samples": indices,
                "weights": [getattr(one, weight) for one in samples],
            }
            for weight, what in _WEIGHTS.items()
        ],
    }
    return json.dumps(data)


def _frame_data(step: Frame | str) -> dict[str, Any]:
    if isinstance(step, str):
        return {"name": step}
    return {"name": step.function, "file": step.filename, "line": step.lineno}
