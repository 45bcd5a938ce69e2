"""Run against run: what got dearer or cheaper, by op, by namespace, by source line.

FLOPs are exact, so every difference is a difference of the programs (or of their input), never noise.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from flopscope.frames import user_stacklevel
from flopscope.reports import files, schema
from flopscope.reports.description import Block, Report, Row, change, describe, flops, growth, name, note
from flopscope.reports.display import Panel, to_text
from flopscope.reports.html import asset, document, fragment, section, table
from flopscope.reports.summary import Summary
from flopscope.reports.tally import Bucket, ModelId

if TYPE_CHECKING:
    from rich.console import RenderableType

Comparable = Summary | Mapping[str, Any] | str | os.PathLike[str]


class Change(NamedTuple):
    """FLOPs and calls of one thing, before and after."""

    #: Op, namespace (dotted path, "" for none) or line ("model.py:12").
    name: str
    flops_before: int
    flops_after: int
    calls_before: int
    calls_after: int

    @property
    def flops(self) -> int:
        """FLOPs more (or, negative, less) than before."""
        return self.flops_after - self.flops_before


@dataclass(frozen=True, repr=False)
class Diff:
    """What changed between two summaries; made by `diff`.

    Attributes
    ----------
    before, after : Summary
        What was compared.
    """

    before: Summary
    after: Summary

    @property
    def flops(self) -> int:
        """FLOPs more (or, negative, less) than before."""
        return self.after.flops_used - self.before.flops_used

    def operations(self) -> tuple[Change, ...]:
        """Every op of either, the largest change first."""
        return _changes(*({op.op: (op.flops, op.calls) for op in one.operations()} for one in self._both))

    def namespaces(self) -> tuple[Change, ...]:
        """Every namespace of either (exact paths), the largest change first."""
        return _changes(
            *({path: (tally.flops_used, tally.calls) for path, tally in one.namespaces().items()} for one in self._both)
        )

    @property
    def models(self) -> tuple[str, str] | None:
        """Cost models that the two were priced by, if these differ: then so may the numbers for the same calls."""
        before, after = (one.cost_model for one in self._both)
        if before is None or after is None or before.hash == after.hash:
            return None
        return _model_text(before), _model_text(after)

    def lines(self) -> tuple[Change, ...]:
        """Every source line of either, if both were traced; files go by their path below what each has in common."""
        if self.before.trace is None or self.after.trace is None:
            return ()
        return _changes(*(_lines(one) for one in self._both))

    def notes(self) -> tuple[str, ...]:
        """What makes the comparison one of other things than the programs: prices, and what was left out."""
        said: list[str] = []
        if self.models:
            said.append("priced differently: {} before, {} after".format(*self.models))
        if (self.before.trace is None) != (self.after.trace is None):
            untraced = "before" if self.before.trace is None else "after"
            said.append(f"no comparison by line: the run {untraced} was not traced")
        return tuple(said)

    def renamed(self) -> dict[str, str]:
        """New namespaces in which runs what ran in one that is gone, call for call: the new path, and the old one."""
        before, after = (
            {path: frozenset((op.op, op.flops, op.calls) for op in tally.operations())
             for path, tally in one.namespaces().items()}
            for one in self._both
        )  # fmt: skip
        gone = {what: path for path, what in before.items() if path not in after}
        return {path: gone[what] for path, what in after.items() if path not in before and what in gone}

    @property
    def _both(self) -> tuple[Summary, Summary]:
        return self.before, self.after

    def to_dict(self) -> dict[str, Any]:
        """The comparison as plain data, ready for ``json.dumps``."""
        return {
            "flops_before": self.before.flops_used,
            "flops_after": self.after.flops_used,
            "notes": list(self.notes()),
            "operations": [one._asdict() for one in self.operations()],
            "namespaces": [one._asdict() for one in self.namespaces()],
            "lines": [one._asdict() for one in self.lines()],
        }

    def to_text(self) -> str:
        """The comparison to read: plain ASCII, the largest changes first."""
        return to_text(describe_diff(self))

    def to_html(self) -> str:
        """The comparison as a page of its own that needs no network."""
        report = describe_diff(self)
        total, *blocks = report.blocks
        parts = [table(total), *map(_chapter, blocks)]
        for title, one in (("Before", self.before), ("After", self.after)):
            budget, *others = describe(one, by_namespace=True).blocks
            parts.append(section(title, table(budget) + "".join(map(table, others))))
        return document(report, "\n".join(parts), asset("page.js"))

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return f"<Diff: {self.before.flops_used:,} -> {self.after.flops_used:,} FLOPs>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(self.to_text())  # where IPython shows no HTML

    def __rich__(self) -> RenderableType:
        return Panel(describe_diff(self))

    def _repr_html_(self) -> str:
        return fragment(describe_diff(self))


def diff(before: Comparable, after: Comparable) -> Diff:
    """Compare two runs: what got dearer or cheaper, by op, namespace and source line.

    Parameters
    ----------
    before, after : Summary, dict or path
        Summaries (`budget.report()`), their JSON data, dictionaries made by ``summary_dict``, or files that
        `Summary.save` wrote as ``.json``.

    Returns
    -------
    Diff

    Warns
    -----
    UserWarning
        If the two were priced by different cost models, so that they differ even where the programs do not.

    Raises
    ------
    TypeError, ValueError
        For anything that is no summary.

    Examples
    --------
    >>> import flopscope as flops, flopscope.numpy as fnp
    >>> with flops.BudgetContext(10**6) as a:
    ...     _ = fnp.ones((8, 8)) @ fnp.ones((8, 8))
    >>> with flops.BudgetContext(10**6) as b:
    ...     _ = fnp.ones((8, 8)) @ fnp.ones(8)
    >>> flops.diff(a.report(), b.report()).flops  # 8*8 - 8*8*8
    -448
    """
    found = Diff(_summary(before), _summary(after))
    if found.models:
        was, now = found.models
        warnings.warn(
            f"diff() of summaries that were priced by different cost models, {was} and {now}: calls alike differ, too; "
            "next step: run both under one, or give before.reprice(...), which needs no second run",
            stacklevel=user_stacklevel(),
        )
    return found


def _summary(value: Any) -> Summary:
    if isinstance(value, Summary):
        return value
    if isinstance(value, (str, os.PathLike)):
        return files.load(value)
    if not isinstance(value, Mapping):
        raise TypeError(
            f"diff() compares summaries (budget.report()), dictionaries and files, got {type(value).__name__}"
        )
    if "schema" in value:
        return schema.from_data(dict(value))
    return _from_dict(value)


def _from_dict(data: Mapping[str, Any]) -> Summary:
    """A summary from what `Summary.to_dict` made."""
    try:
        parts = data.get("by_namespace", {"": data})
        buckets = [
            Bucket(op, path, one["calls"], one["flop_cost"], 0, 0)
            for path, part in parts.items()
            for op, one in part["operations"].items()
        ]
        return Summary(data["flop_budget"], round(data["wall_time_s"] * 1e9), buckets)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"this dictionary is no summary: {type(error).__name__}: {error}") from error


def _model_text(model: ModelId) -> str:
    return f"{model.name} {model.version} ({model.hash})"


Costs = dict[str, tuple[int, int]]


def _changes(before: Costs, after: Costs) -> tuple[Change, ...]:
    changes = [
        Change(key, a[0], b[0], a[1], b[1])
        for key in before | after
        for a, b in [(before.get(key, (0, 0)), after.get(key, (0, 0)))]
    ]
    return tuple(sorted(changes, key=lambda one: (-abs(one.flops), -one.flops_after, one.name)))


def _lines(summary: Summary) -> Costs:
    costs = {place: cost for place, cost in summary.lines().items() if cost.calls}
    folders = {os.path.dirname(filename) for filename, _ in costs}
    try:
        common = os.path.commonpath(folders) if folders else ""
    except ValueError:  # of paths that have nothing in common, such as those of notebook cells
        common = ""
    return {
        f"{os.path.relpath(filename, common) if common else filename}:{lineno}": (cost.own, cost.calls)
        for (filename, lineno), cost in costs.items()
    }


# -- how it looks ------------------------------------------------------------------------------------------------------


def describe_diff(diff: Diff) -> Report:
    """What a report of `diff` says."""
    before, after = diff.before.flops_used, diff.after.flops_used
    total = [
        Row((name("Before"), flops(before))),
        Row((name("After"), flops(after), change(before, after), growth(before, after))),
        *(Row((note(f"Warning: {text}"),)) for text in diff.notes()),
    ]
    named = any(one.name for one in diff.namespaces())
    by = {"Operation": diff.operations(), "Namespace": diff.namespaces() if named else (), "Line": diff.lines()}
    if any(map(_is_changed, chain(*by.values()))):
        renamed = {path: f"as {old or '(no namespace)'} before" for path, old in diff.renamed().items()}
        blocks = [
            _block(title, changes, renamed if title == "Namespace" else {}) for title, changes in by.items() if changes
        ]
    else:
        counts = (f"{len(changes):,} {title.lower()}s" for title, changes in by.items() if changes)
        blocks = (
            [Block((), [Row((note(f"No difference in {', '.join(counts)}."),))])] if before or by["Operation"] else []
        )
    titles = tuple(dict.fromkeys(filter(None, (diff.before.title, diff.after.title))))
    return Report(("flopscope diff", *titles), [Block((), total), *blocks])


def _is_changed(one: Change) -> bool:
    return (one.flops_before, one.calls_before) != (one.flops_after, one.calls_after)


def _chapter(block: Block) -> str:
    return section(f"{block.titles[0]}s", table(block, "grid sortable")) if block.titles else table(block)


def _block(title: str, changes: Iterable[Change], remarks: Mapping[str, str]) -> Block:
    rows: list[Row] = []
    same = 0
    for one in changes:
        if not _is_changed(one):
            same += 1
            continue
        calls = "" if one.calls_before == one.calls_after else f"calls {one.calls_before:,} -> {one.calls_after:,}"
        said = ", ".join(filter(None, (calls, remarks.get(one.name))))
        numbers = (
            flops(one.flops_after),
            change(one.flops_before, one.flops_after),
            growth(one.flops_before, one.flops_after),
        )
        rows.append(Row((name(one.name or "(no namespace)"), *numbers, note(said))))
    if same:
        rows.append(Row((note(f"{same:,} {'more ' if rows else ''}unchanged"),)))
    return Block((title, "FLOPs", "Change", "", ""), rows)


# -- what may change ---------------------------------------------------------------------------------------------------


class Tolerance(NamedTuple):
    """How much dearer something may get: a part of what it was, or FLOPs."""

    part: Fraction
    flops: int

    @classmethod
    def parse(cls, text: str) -> Tolerance:
        """Read ``+5%``, ``+0.1%``, ``+1000`` or ``+0``.

        Raises
        ------
        ValueError
            For anything else.
        """
        found = re.fullmatch(r"\+?(\d+(?:\.\d+)?)%|\+?(\d[\d_,]*)", text.strip())
        if not found:
            raise ValueError(f"a tolerance is +5% (of what it was) or +1000 (FLOPs), got {text!r}")
        if found[1]:
            return cls(Fraction(found[1]) / 100, 0)
        return cls(Fraction(0), int(found[2].replace(",", "")))

    def exceeded(self, before: int, after: int) -> bool:
        """Whether `after` is too much."""
        return after - before > self.part * before + self.flops

    def __str__(self) -> str:
        return f"+{self.flops:,} FLOPs" if self.flops else f"+{float(self.part * 100):g}%"
