"""From the books of a budget to its summary: what a ledger or the session has added up, as the values of a `Summary`.

Programs that count need not report, so this is loaded when a summary is first asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from flopscope.budgets.ledger import Ledger, SessionTotals, Total, Totals, add_totals
from flopscope.costs.models import CostModel
from flopscope.frames import CallStack, places
from flopscope.reports.summary import Summary
from flopscope.reports.tally import Bucket, Frame, ModelId, Moved, Traced

__all__ = ["Summary", "buckets", "model_id", "moved", "traced"]


class Books(Protocol):
    """What has totals, and totals by place."""

    @property
    def totals(self) -> Totals: ...
    @property
    def places(self) -> dict[tuple[CallStack, str, str], Total]: ...


def buckets(holder: Books | SessionTotals) -> tuple[Bucket, ...]:
    """Totals in the form that summaries take."""
    return tuple(Bucket(op, path, *total) for (op, path), total in holder.totals.items())


def model_id(models: Iterable[CostModel]) -> ModelId:
    """Name and hash of what priced the calls; of several models, all of them."""
    ids = sorted(ModelId(model.name, model.version, model.hash) for model in models)
    if len(ids) == 1:
        return ids[0]
    return ModelId(*("+".join(parts) for parts in zip(*ids, strict=True)))


def moved(holder: Ledger | SessionTotals) -> list[Moved] | None:
    """Bytes by op and namespace, if they were counted anywhere."""
    return [Moved(*key, *sums) for key, sums in holder.moved.items()] or None


def traced(ledger: Books) -> list[Traced] | None:
    """Totals by place and op, if places were told apart anywhere; the rest goes without one."""
    if not ledger.places:
        return None
    frames: dict[CallStack, tuple[Frame, ...]] = {(): (_NOT_TRACED,)}
    rest = dict(ledger.totals)
    sums: dict[tuple[tuple[Frame, ...], str, str], Total] = {}
    for (stack, op, path), total in ledger.places.items():
        if stack not in frames:
            frames[stack] = tuple(Frame(*place) for place in places(stack))
        key = (frames[stack], op, path)
        sums[key] = add_totals(sums.get(key), total)
        rest[op, path] = add_totals(rest[op, path], total, -1)
    sums.update({(frames[()], *key): total for key, total in rest.items() if any(total)})
    return [Traced(*key, *total) for key, total in sums.items()]


_NOT_TRACED = Frame("<not traced>", 0, "<not traced>")
