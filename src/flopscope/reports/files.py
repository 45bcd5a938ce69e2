"""Summaries as files: the name says the format."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from flopscope.reports import page, schema, stacks, tables
from flopscope.reports.summary import Summary

# The first suffix that fits decides.
WRITERS: dict[str, Callable[[Summary], str]] = {
    ".speedscope.json": stacks.to_speedscope,
    ".json": schema.to_json,
    ".html": page.to_html,
    ".csv": tables.to_csv,
    ".txt": lambda summary: summary.to_text(by_namespace=True) + "\n",
    ".folded": stacks.to_collapsed,
}


def writer(path: str | os.PathLike[str]) -> Callable[[Summary], str]:
    """What renders a summary for a file of this name."""
    name = os.fspath(path)
    for suffix, write in WRITERS.items():
        if name.lower().endswith(suffix):
            return write
    raise ValueError(f"cannot tell the format of {name!r}: its name must end in {', '.join(WRITERS)}")


def save(summary: Summary, path: str | os.PathLike[str]) -> None:
    """Write a summary; see `Summary.save`."""
    Path(path).write_text(writer(path)(summary), encoding="utf-8")


def load(path: str | os.PathLike[str]) -> Summary:
    """Read a summary; see `Summary.load`."""
    try:
        return schema.from_json(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{os.fspath(path)}: {error}") from error
