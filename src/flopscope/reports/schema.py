"""Summaries as JSON: ``flopscope.summary/1``.

All numbers are exact: FLOPs, calls and nanoseconds are integers of any size, the times of the log are written to the
last digit. The log names its sites (op, namespace, subscripts, shapes, FLOPs) once and refers to them by index; the
trace does the same with frames. Fields unknown to a reader are ignored, so that later releases may add some; whatever
a reader of version 1 would misunderstand makes a version 2.
"""

from __future__ import annotations

import json
from typing import Any, cast

from flopscope.log import OpRecord
from flopscope.summary import Bucket, Escape, Frame, ModelId, Moved, Summary, Traced

SCHEMA = "flopscope.summary/1"


def to_json(summary: Summary, indent: int | None = None) -> str:
    """Write a summary; see `Summary.to_json`."""
    data: dict[str, Any] = {
        "schema": SCHEMA,
        "title": summary.title,
        "namespace": summary.namespace,
        "flop_budget": summary.flop_budget,
        "flops_used": summary.flops_used,
        "wall_ns": summary.wall_ns,
        "wall_time_limit_s": summary.wall_time_limit_s,
        "buckets": [bucket._asdict() for bucket in summary.buckets],
        "log": None if summary.log is None else _log_data(summary.log),
        "trace": None if summary.trace is None else _trace_data(summary.trace),
        "cost_model": None if summary.cost_model is None else summary.cost_model._asdict(),
        "moved": None if summary.moved is None else [row._asdict() for row in summary.moved],
        "escapes": [escape._asdict() for escape in summary.escapes],
    }
    return json.dumps(data, indent=indent, allow_nan=False)


def from_json(text: str) -> Summary:
    """Read a summary; see `Summary.from_json`."""
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"this is no summary: not JSON ({error})") from error
    return from_data(data)


def from_data(data: Any) -> Summary:
    """Read a summary from the parsed JSON."""
    if not isinstance(data, dict):
        raise ValueError("this is no summary: not a JSON object")
    return _from_object(cast("dict[str, Any]", data))


def _from_object(data: dict[str, Any]) -> Summary:
    schema = data.get("schema")
    if schema != SCHEMA:
        raise ValueError(f"this is no summary: its schema is {schema!r}, and this flopscope reads {SCHEMA!r}")
    try:
        summary = Summary(
            data["flop_budget"],
            data["wall_ns"],
            [Bucket(**_known(Bucket, bucket)) for bucket in data["buckets"]],
            data["namespace"],
            data["wall_time_limit_s"],
            data["title"],
            None if data["log"] is None else _log(data["log"]),
            None if data["trace"] is None else _trace(data["trace"]),
            # Not in the first files of this version.
            ModelId(**_known(ModelId, model)) if (model := data.get("cost_model")) else None,
            None if (moved := data.get("moved")) is None else [Moved(**_known(Moved, row)) for row in moved],
            escapes=[Escape(**_known(Escape, escape)) for escape in data.get("escapes", ())],
        )
    except (KeyError, TypeError, IndexError, ValueError) as error:
        raise ValueError(f"this summary is damaged: {type(error).__name__}: {error}") from error
    if summary.flops_used != data.get("flops_used"):
        raise ValueError(
            f"this summary is damaged: its buckets add up to {summary.flops_used} FLOPs, and it says "
            f"{data.get('flops_used')}"
        )
    return summary


def _known(kind: Any, data: dict[str, Any]) -> dict[str, Any]:
    """The fields of a named tuple, in its order."""
    return {field: data[field] for field in kind._fields}


def _log_data(log: tuple[OpRecord, ...]) -> dict[str, Any]:
    sites: dict[tuple[Any, ...], int] = {}
    records: list[list[Any]] = []
    for op, namespace, subscripts, shapes, flops, *times in log:
        index = sites.setdefault((op, namespace, subscripts, shapes, flops), len(sites))
        records.append([index, *times])
    return {
        "site_fields": ["op", "namespace", "subscripts", "shapes", "flops"],
        "sites": list(sites),
        "record_fields": ["site", "cumulative", "start_s", "backend_s", "overhead_s"],
        "records": records,
    }


def _log(data: dict[str, Any]) -> list[OpRecord]:
    sites: list[tuple[Any, ...]] = [
        (op, namespace, subscripts, tuple(tuple(shape) for shape in shapes), flops)
        for op, namespace, subscripts, shapes, flops in data["sites"]
    ]
    return [OpRecord(*sites[site], *numbers) for site, *numbers in data["records"]]


def _trace_data(trace: tuple[Traced, ...]) -> dict[str, Any]:
    frames: dict[Frame, int] = {}
    rows = [
        {**traced._asdict(), "stack": [frames.setdefault(frame, len(frames)) for frame in traced.stack]}
        for traced in trace
    ]
    return {"frame_fields": list(Frame._fields), "frames": list(frames), "rows": rows}


def _trace(data: dict[str, Any]) -> list[Traced]:
    frames: list[Frame] = [Frame(*frame) for frame in data["frames"]]
    rows: list[dict[str, Any]] = data["rows"]
    return [Traced(**_known(Traced, row))._replace(stack=tuple(map(frames.__getitem__, row["stack"]))) for row in rows]
