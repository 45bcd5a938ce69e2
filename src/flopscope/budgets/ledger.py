"""The ledger: the books of a budget, what ran, in order, at a few tens of bytes per op, and what it adds up to.

A record on the hot path is five numbers, put at the end of `Ledger.pending`: the index of a *site*, and four clock
readings (entry, before NumPy, after NumPy, exit). A site stands for everything that repeats (op, namespace, shapes,
subscripts, charge) and is interned. `Ledger.flush` moves pending records into packed arrays and adds them to the totals
per (op, namespace), so a summary costs O(totals), never O(calls).

CPython looks at signals and switches threads at calls and backward jumps only. A flush therefore prepares everything
first and then makes it true by plain stores: an interrupt before leaves it to be done again, and there is none between.
"""

from __future__ import annotations

import os
from _thread import RLock  # importing threading takes a millisecond
from struct import pack
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from flopscope.costs.models import FMA1, CostModel
from flopscope.frames import CallStack

if TYPE_CHECKING:
    from flopscope.costs.recorded import Call
    from flopscope.reports.tally import Escape

PACKED = np.dtype([("site", "u4"), ("start", "i8"), ("backend", "i8"), ("overhead", "i8")])
# Index of the site, and four readings of time.perf_counter.
Record = tuple[float, float, float, float, float]
_CHUNK = 1024  # records per packed chunk, at least
# Sites of which the call is remembered: programs whose every call is another one must not fill the memory.
_REMEMBERED = 1 << 16

# One lock for all ledgers: a flush touches its own totals and those of the session. It can be taken again by the
# thread that has it, because a signal handler or finalizer may ask for a summary in the middle of a flush.
flush_lock = RLock()
if hasattr(os, "register_at_fork"):
    # The child process has one thread; without this, the lock might be held by one that does not exist there.
    os.register_at_fork(
        before=flush_lock.acquire, after_in_parent=flush_lock.release, after_in_child=flush_lock.release
    )


class Details(NamedTuple):
    """What a call of a site was, for those who price it again.

    Attributes
    ----------
    model : CostModel
        What priced it.
    multiplier : (int, int)
        Factor on that price, numerator and denominator.
    call : Call or None
        Op and arguments; None where they are not remembered.
    moved : (int, int) or None
        Bytes read and written; None where they are not counted.
    times : int
        Calls that a record stands for, all of which its cost and bytes are of: in plans, where a function that is
        called for each element is run once.
    """

    model: CostModel = FMA1
    multiplier: tuple[int, int] = (1, 1)
    call: Call | None = None
    moved: tuple[int, int] | None = None
    times: int = 1


_NO_DETAILS = Details()


def multiplied(price: int, multiplier: tuple[int, int]) -> int:
    """A price times a multiplier, to the nearest whole FLOP, and at least 1 of what is more than 0."""
    numerator, denominator = multiplier
    if numerator == denominator or not price:
        return price
    return max(1, (2 * price * numerator + denominator) // (2 * denominator))


class Site:
    """All that calls of one op with the same shapes, in one namespace, have in common."""

    __slots__ = ("cost", "details", "index", "namespace", "op_name", "outermost", "shapes", "stack", "subscripts")

    def __init__(
        self,
        index: int,
        op_name: str,
        namespace: str,
        shapes: tuple[tuple[int, ...], ...],
        subscripts: str | None,
        cost: int,
        outermost: bool,
        stack: CallStack | None,
        details: Details = _NO_DETAILS,
    ) -> None:
        self.index = float(index)  # as records have it: floats are packed faster
        self.op_name = op_name
        self.namespace = namespace
        self.shapes = shapes
        self.subscripts = subscripts
        self.cost = cost
        # Charged by a budget that has no parent: such records make up the session's totals.
        self.outermost = outermost
        # Where it is called, if that is traced.
        self.stack = stack
        self.details = details


# Calls, FLOPs, backend and overhead nanoseconds of all calls of one op in one namespace.
Total = tuple[int, int, int, int]
Totals = dict[tuple[str, str], Total]
# Bytes read and written by all calls of one op in one namespace.
Moved = dict[tuple[str, str], tuple[int, int]]
# What has left the meter, by door, taker, file and line.
Escapes = dict[tuple[str, str, str, int], "Escape"]


class SessionTotals:
    """What all ledgers add up to: totals, and the limits of the budgets that were charged."""

    def __init__(self) -> None:
        self.totals: Totals = {}
        self.escapes: Escapes = {}
        self.charged_limits = 0
        self.moved: Moved = {}
        self.models: frozenset[CostModel] = frozenset()
        # Replaced when the session starts afresh, so that every budget's limit is counted once per session.
        self.epoch: object = None
        # Changes whenever anything here does.
        self.version = 0


class Chunk(NamedTuple):
    """Consecutive packed records; how many there are before them, and the FLOPs of those."""

    records: np.ndarray[Any, Any]
    first: int
    flops_before: int


class Ledger:
    """The books of one budget: sites, pending and packed records, totals.

    Parameters
    ----------
    session : SessionTotals
        Also receives the records that no parent budget receives.
    """

    def __init__(self, session: SessionTotals) -> None:
        self.session = session
        self.limit = 0
        self.sites: dict[float, Site] = {}
        # Clock reading that counts as the start of the budget; opening it again moves it (see Account).
        self.origin = 0.0
        # Numbers of the records, not tuples of them: they are packed faster, and the garbage collector, which would
        # look at every tuple, is not woken up. The list is never replaced, so that its `extend` can be kept at hand.
        self.pending: list[float] = []
        # What has been folded. Lists and dictionaries are replaced, never changed: readers keep theirs.
        self.chunks: list[Chunk] = []
        self.flops = 0
        self.totals: Totals = {}
        self.places: dict[tuple[CallStack, str, str], Total] = {}
        self.moved: Moved = {}
        self.models: frozenset[CostModel] = frozenset()
        self.escapes: Escapes = {}
        self._interned: dict[tuple[Any, ...], Site] = {}
        self._next_index = 0
        self._batch: list[float] | None = None
        self._counted: object = None

    def site(
        self,
        op_name: str,
        namespace: str,
        shapes: tuple[tuple[int, ...], ...],
        subscripts: str | None,
        cost: int,
        outermost: bool,
        stack: CallStack | None,
        details: Details = _NO_DETAILS,
    ) -> Site:
        """The one site with these facts."""
        key = (op_name, namespace, shapes, subscripts, cost, outermost, stack, details)
        site = self._interned.get(key)
        if site is None and details.call is not None and self._next_index >= _REMEMBERED:
            return self.site(*key[:-1], details._replace(call=None))
        if site is None:
            index = self._next_index
            self._next_index = index + 1
            site = Site(index, *key)
            self.sites[index] = site
            self._interned[key] = site
        return site

    def holds(self, record: Record) -> bool:
        """Whether this very record is in the log (asked only after an interrupt)."""
        with flush_lock:
            self.flush()
            row = self._pack([*record])
            return any((chunk.records == row).any() for chunk in reversed(self.chunks))

    def flush(self) -> None:
        """Fold the pending records into the packed log and the totals."""
        with flush_lock:
            if self._batch is not None:  # an earlier flush was interrupted
                self._fold(self._batch)
            batch: list[float] = []
            if self.pending and self._batch is None:
                # Nobody comes in between these, not even the garbage collector, which runs when objects are made.
                batch += self.pending
                self._batch = batch
                self.pending.clear()
                self._fold(batch)

    def _fold(self, batch: list[float]) -> None:
        session = self.session
        # More than once only if what interrupted us, a signal handler or a finalizer, had something folded as well.
        while self._batch is batch:
            version = session.version
            records = self._pack(batch)
            where = records["site"].astype(np.intp)
            first = int(where.min())
            where -= first
            calls = np.bincount(where)
            offsets = np.flatnonzero(calls)
            sums = zip(
                offsets.tolist(),
                calls[offsets].tolist(),
                # Sums are made as floats, which is exact up to 2**53 nanoseconds: 104 days in one batch.
                np.bincount(where, records["backend"])[offsets].tolist(),
                np.bincount(where, records["overhead"])[offsets].tolist(),
                strict=True,
            )
            flops = self.flops
            mine: Totals = {}
            ours: Totals = {}
            traced: dict[tuple[CallStack, str, str], Total] = {}
            moved, session_moved = self.moved, session.moved
            models, session_models = self.models, session.models
            limits, counted = session.charged_limits, self._counted
            for offset, n, backend, overhead in sums:
                site = self.sites[first + offset]
                part = (n * site.details.times, n * site.cost, int(backend), int(overhead))
                flops += part[1]
                key = (site.op_name, site.namespace)
                mine[key] = add_totals(mine.get(key) or self.totals.get(key), part)
                if site.stack is not None:
                    place = (site.stack, *key)
                    traced[place] = add_totals(traced.get(place) or self.places.get(place), part)
                details = site.details
                if details.model not in models:
                    models |= {details.model}
                if details.moved is not None:
                    moved = _with_moved(moved, key, n, details.moved)
                if site.outermost:
                    if details.model not in session_models:
                        session_models |= {details.model}
                    if details.moved is not None:
                        session_moved = _with_moved(session_moved, key, n, details.moved)
                    ours[key] = add_totals(ours.get(key) or session.totals.get(key), part)
                    if counted is not session.epoch:
                        limits, counted = limits + self.limit, session.epoch
            chunks = _extended(self.chunks, records, self.flops)
            totals, session_totals = self.totals | mine, session.totals | ours
            places = self.places | traced if traced else self.places
            if self._batch is batch and session.version == version:
                # No call from here on, and no object made: either all of it happens or nothing.
                self.chunks = chunks
                self.flops = flops
                self.totals = totals
                self.places = places
                self.moved = moved
                self.models = models
                session.moved = session_moved
                session.models = session_models
                session.totals = session_totals
                session.charged_limits = limits
                session.version = version + 1
                self._counted = counted
                self._batch = None

    def _pack(self, numbers: list[float]) -> np.ndarray[Any, Any]:
        """Records from the numbers of `pending`."""
        readings = np.frombuffer(pack(f"{len(numbers)}d", *numbers))
        # Whole nanoseconds since the origin: differences of these are exact, so parts of a call add up to it. The
        # index of the site goes along, because one long row of numbers is done faster than many short ones.
        times = readings - self.origin
        times *= 1e9
        np.rint(times, out=times)
        readings, times = readings.reshape(-1, 5), times.reshape(-1, 5)
        backend = times[:, 3] - times[:, 2]
        overhead = times[:, 4] - times[:, 1]
        overhead -= backend
        records = np.empty(len(readings), PACKED)
        records["site"] = readings[:, 0]
        records["start"] = times[:, 4]
        records["backend"] = backend
        records["overhead"] = overhead
        return records

    def packed(self) -> list[Chunk]:
        """The whole log as packed chunks, oldest first."""
        with flush_lock:
            self.flush()
            return self.chunks


def add_totals(a: Total | None, b: Total, sign: int = 1) -> Total:
    """The sum of two totals, or their difference if `sign` is -1."""
    return (a[0] + sign * b[0], a[1] + sign * b[1], a[2] + sign * b[2], a[3] + sign * b[3]) if a else b


def _with_moved(sums: Moved, key: tuple[str, str], calls: int, moved: tuple[int, int]) -> Moved:
    """`sums` and what `calls` calls moved, as a new dictionary."""
    read, written = sums.get(key, (0, 0))
    return sums | {key: (read + calls * moved[0], written + calls * moved[1])}


def _extended(chunks: list[Chunk], records: np.ndarray[Any, Any], flops_before: int) -> list[Chunk]:
    """`chunks` and further records, as a new list."""
    if not chunks:
        return [Chunk(records, 0, 0)]
    last = chunks[-1]
    if len(last.records) >= _CHUNK:
        return [*chunks, Chunk(records, length(chunks), flops_before)]
    # As bytes: NumPy would join structured records field by field.
    joined = np.concatenate([last.records.view(np.uint8), records.view(np.uint8)]).view(PACKED)
    return [*chunks[:-1], Chunk(joined, last.first, last.flops_before)]


def length(chunks: list[Chunk]) -> int:
    """How many records there are in all."""
    return chunks[-1].first + len(chunks[-1].records) if chunks else 0
