"""Summaries as JSON: ``flopscope.summary/1``.

All numbers are exact: FLOPs, calls and nanoseconds are integers of any size, the times of the log are written to the
last digit. The log names its sites (op, namespace, subscripts, shapes, FLOPs) once and refers to them by index; the
trace does the same with frames. Fields unknown to a reader are ignored, so that later releases may add some; whatever
a reader of version 1 would misunderstand makes a version 2.
"""

from __future__ import annotations

import json
from typing import Any, cast, get_origin, get_type_hints

from flopscope.budgets.log import OpRecord
from flopscope.reports.summary import Summary
from flopscope.reports.tally import Bucket, Escape, Frame, ModelId, Moved, Traced

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
            _of_type(int, data["flop_budget"]),
            _of_type(int, data["wall_ns"]),
            _values(Bucket, data["buckets"]),
            _of_type(str, data["namespace"], None),
            _of_type((int, float), data["wall_time_limit_s"], None),
            _of_type(str, data["title"]),
            None if data["log"] is None else _log(data["log"]),
            None if data["trace"] is None else _trace(data["trace"]),
            # Not in the first files of this version.
            None if (model := data.get("cost_model")) is None else _values(ModelId, [model])[0],
            None if (moved := data.get("moved")) is None else _values(Moved, moved),
            escapes=_values(Escape, data.get("escapes", [])),
        )
    except (KeyError, TypeError, IndexError, ValueError) as error:
        raise ValueError(f"this summary is damaged: {type(error).__name__}: {error}") from error
    if summary.flops_used != data.get("flops_used"):
        raise ValueError(
            f"this summary is damaged: its buckets add up to {summary.flops_used} FLOPs, and it says "
            f"{data.get('flops_used')}"
        )
    return summary


def _of_type(types: type | tuple[type, ...], value: Any, *others: Any) -> Any:
    """A value of exactly this type (True is no integer), or one of the others."""
    if type(value) not in (types if isinstance(types, tuple) else (types,)) and value not in others:
        raise TypeError(f"{value!r} is a {type(value).__name__}")
    return value


def _at(items: list[Any], index: Any) -> Any:
    if _of_type(int, index) < 0:
        raise IndexError(f"there is no item {index}")
    return items[index]


def _values(kind: Any, rows: list[dict[str, Any]]) -> list[Any]:
    """Named tuples of what is said by name; fields that they do not have are ignored."""
    types = {field: get_origin(hint) or hint for field, hint in get_type_hints(kind).items()}
    return [kind(*(_of_type(types[field], row[field]) for field in kind._fields)) for row in _of_type(list, rows)]


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
        (
            _of_type(str, op),
            _of_type(str, namespace),
            _of_type(str, subscripts, None),
            tuple(tuple(_of_type(int, size) for size in shape) for shape in shapes),
            _of_type(int, flops),
        )
        for op, namespace, subscripts, shapes, flops in data["sites"]
    ]
    number = (int, float)
    return [
        OpRecord._make((*_at(sites, site), _of_type(int, cumulative), *(_of_type(number, time) for time in times)))
        for site, cumulative, *times in data["records"]
    ]


def _trace_data(trace: tuple[Traced, ...]) -> dict[str, Any]:
    frames: dict[Frame, int] = {}
    rows = [
        {**traced._asdict(), "stack": [frames.setdefault(frame, len(frames)) for frame in traced.stack]}
        for traced in trace
    ]
    return {"frame_fields": list(Frame._fields), "frames": list(frames), "rows": rows}


def _trace(data: dict[str, Any]) -> list[Traced]:
    frames = [_values(Frame, [dict(zip(Frame._fields, frame, strict=True))])[0] for frame in data["frames"]]
    stacks = [{**row, "stack": tuple(_at(frames, step) for step in row["stack"])} for row in data["rows"]]
    if not all(row["stack"] for row in stacks):
        raise ValueError("a stack is empty")
    return _values(Traced, stacks)
