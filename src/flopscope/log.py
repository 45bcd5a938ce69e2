"""The op log: what ran, in order, at a few tens of bytes per op.

A record on the hot path is one tuple, ``(site, t0, t1, t2, t3)``, appended to `Ledger.pending`. A *site* stands for
everything that repeats (op, namespace, shapes, subscripts, charge) and is interned; the four clock readings are entry, before NumPy, after NumPy, exit. `Ledger.flush` moves pending records into packed arrays and
adds them to the totals per (op, namespace), so a summary costs O(totals), never O(calls).

A flush may be cut short by KeyboardInterrupt at any call. It therefore prepares everything first and makes it true by
plain attribute stores, between which CPython does not look at signals; what was cut short is done again, not twice.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple, overload

import numpy as np

_PACKED = np.dtype([("site", "u4"), ("start", "i8"), ("backend", "i8"), ("overhead", "i8")])
# Index of the site, and four readings of time.perf_counter.
Record = tuple[int, float, float, float, float]
_CHUNK = 8192  # records per packed chunk

# One lock for all ledgers: a flush touches its own totals and those of the session.
flush_lock = threading.RLock()


class OpRecord(NamedTuple):
    """One counted call.

    Attributes
    ----------
    op_name : str
        Name of the op, such as ``"einsum"``.
    namespace : str
        Full dotted namespace in which it was called; empty for none.
    subscripts : str or None
        Subscripts of an einsum, None for other ops.
    shapes : tuple of tuple of int
        Shapes of the operands.
    flop_cost : int
        FLOPs charged for this call.
    cumulative : int
        FLOPs charged by the log up to and including this call.
    flopscope_context_start_offset_s : float
        Seconds from the start of the budget context to the record.
    flopscope_backend_duration_s : float
        Seconds inside NumPy.
    flopscope_overhead_duration_s : float
        Seconds inside flopscope, before and after NumPy.
    """

    op_name: str
    namespace: str
    subscripts: str | None
    shapes: tuple[tuple[int, ...], ...]
    flop_cost: int
    cumulative: int
    flopscope_context_start_offset_s: float
    flopscope_backend_duration_s: float
    flopscope_overhead_duration_s: float


class Site:
    """All that calls of one op with the same shapes, in one namespace, have in common."""

    __slots__ = ("cost", "index", "namespace", "op_name", "outermost", "shapes", "subscripts")

    def __init__(
        self,
        index: int,
        op_name: str,
        namespace: str,
        shapes: tuple[tuple[int, ...], ...],
        subscripts: str | None,
        cost: int,
        outermost: bool,
    ) -> None:
        self.index = index
        self.op_name = op_name
        self.namespace = namespace
        self.shapes = shapes
        self.subscripts = subscripts
        self.cost = cost
        # Charged by a budget that has no parent: such records make up the session's totals.
        self.outermost = outermost


class Total(NamedTuple):
    """Sums over all calls of one op in one namespace."""

    calls: int = 0
    flops: int = 0
    backend_ns: int = 0
    overhead_ns: int = 0

    def plus(self, calls: int, flops: int, backend_ns: int, overhead_ns: int) -> Total:
        return Total(
            self.calls + calls, self.flops + flops, self.backend_ns + backend_ns, self.overhead_ns + overhead_ns
        )


Totals = dict[tuple[str, str], Total]


class SessionTotals:
    """What all ledgers add up to: totals, and the limits of the budgets that were charged."""

    def __init__(self) -> None:
        self.totals: Totals = {}
        self.charged_limits = 0
        # Replaced when the session starts afresh, so that every budget's limit is counted once per session.
        self.epoch: object = None


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
        self.totals: Totals = {}
        self._counted: object = None
        self.sites: list[Site] = []
        self.pending: list[Record] = []
        # Clock reading that counts as the start of the budget; exits of the context move it (see BudgetContext).
        self.origin = 0.0
        self._interned: dict[tuple[Any, ...], Site] = {}
        self._chunks: list[np.ndarray] = []
        self._full_chunks = 0
        self._tail = np.empty(0, _PACKED)
        self._batch: list[Record] | None = None

    def site(
        self,
        op_name: str,
        namespace: str,
        shapes: tuple[tuple[int, ...], ...],
        subscripts: str | None,
        cost: int,
        outermost: bool,
    ) -> Site:
        """The one site with these facts."""
        key = (op_name, namespace, shapes, subscripts, cost, outermost)
        with flush_lock:
            site = self._interned.get(key)
            if site is None:
                site = Site(len(self.sites), op_name, namespace, shapes, subscripts, cost, outermost)
                self.sites.append(site)
                self._interned[key] = site
        return site

    def restart(self) -> None:
        """Forget all records; sites stay, since calls under way refer to them."""
        with flush_lock:
            self.pending.clear()
            self._chunks, self._full_chunks, self._tail, self._batch = [], 0, np.empty(0, _PACKED), None
            self.totals = {}

    def holds(self, record: Record) -> bool:
        """Whether this very record was appended (asked only after an interrupt)."""
        with flush_lock:
            return any(one is record for one in chain(self.pending[-64:], self._batch or ()))

    def flush(self) -> None:
        """Fold the pending records into the packed log and the totals."""
        with flush_lock:
            pending = self.pending
            batch = self._batch
            if batch is not None:  # an earlier flush was interrupted
                if pending and pending[0] is batch[0]:
                    del pending[: len(batch)]
                self._fold(batch)
            if pending:
                self._batch = batch = pending[:]
                del pending[: len(batch)]
                self._fold(batch)

    def _fold(self, batch: list[Record]) -> None:
        readings = np.fromiter(chain.from_iterable(batch), np.float64, 5 * len(batch)).reshape(-1, 5)
        # Whole nanoseconds since the origin: differences of these are exact, so parts of a call add up to it.
        times = np.rint((readings[:, 1:] - self.origin) * 1e9).astype(np.int64)
        packed = np.empty(len(batch), _PACKED)
        packed["site"] = readings[:, 0]
        packed["start"] = times[:, 3]
        packed["backend"] = times[:, 2] - times[:, 1]
        packed["overhead"] = times[:, 3] - times[:, 0] - packed["backend"]

        totals, session_totals = dict(self.totals), dict(self.session.totals)
        ids, where = np.unique(packed["site"], return_inverse=True)
        calls = np.bincount(where)
        backend, overhead = np.zeros(len(ids), np.int64), np.zeros(len(ids), np.int64)
        np.add.at(backend, where, packed["backend"])
        np.add.at(overhead, where, packed["overhead"])
        limits, epoch = self.session.charged_limits, self._counted
        nothing = Total()
        for index, n, b, o in zip(ids.tolist(), calls.tolist(), backend.tolist(), overhead.tolist(), strict=True):
            site = self.sites[index]
            key = (site.op_name, site.namespace)
            totals[key] = totals.get(key, nothing).plus(n, n * site.cost, b, o)
            if site.outermost:
                session_totals[key] = session_totals.get(key, nothing).plus(n, n * site.cost, b, o)
                if epoch is not self.session.epoch:
                    limits, epoch = limits + self.limit, self.session.epoch

        tail, full = np.concatenate([self._tail, packed]), self._full_chunks
        del self._chunks[full:]
        if len(tail) >= _CHUNK:
            self._chunks.append(tail)
            tail, full = np.empty(0, _PACKED), full + 1
        # No calls from here on: either all of it happens or nothing.
        self._tail = tail
        self._full_chunks = full
        self.totals = totals
        self.session.totals = session_totals
        self.session.charged_limits = limits
        self._counted = epoch
        self._batch = None

    def packed(self) -> list[np.ndarray]:
        """The whole log as packed chunks, oldest first."""
        with flush_lock:
            self.flush()
            return [*self._chunks[: self._full_chunks], self._tail]


class OpLog(Sequence[OpRecord]):
    """The log of a budget as a read-only, live sequence of `OpRecord`.

    Supports ``len``, iteration, negative indices and slices; records are unpacked as they are asked for.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def __len__(self) -> int:
        return sum(map(len, self._ledger.packed()))

    def __iter__(self) -> Iterator[OpRecord]:
        cumulative = 0
        for chunk in self._ledger.packed():
            for record in self._unpack(chunk, cumulative):
                yield record
                cumulative = record.cumulative

    @overload
    def __getitem__(self, index: int) -> OpRecord: ...
    @overload
    def __getitem__(self, index: slice) -> list[OpRecord]: ...
    def __getitem__(self, index: int | slice) -> OpRecord | list[OpRecord]:
        chunks = self._ledger.packed()
        if isinstance(index, slice):
            wanted = range(sum(map(len, chunks)))[index]
            return [self._at(chunks, i) for i in wanted] if len(wanted) < 16 else list(self)[index]
        length = sum(map(len, chunks))
        position = index.__index__()
        if not -length <= position < length:
            raise IndexError(f"op log index {index} is out of range: the log has {length:,} records")
        return self._at(chunks, position % length)

    def __repr__(self) -> str:
        chunks = self._ledger.packed()
        flops = sum(map(self._flops, chunks))
        return f"<op log: {sum(map(len, chunks)):,} ops, {flops:,} FLOPs>"

    def _at(self, chunks: list[np.ndarray], position: int) -> OpRecord:
        before = 0
        for chunk in chunks:
            if position < len(chunk):
                break
            before += self._flops(chunk)
            position -= len(chunk)
        before += self._flops(chunk[:position])
        return next(self._unpack(chunk[position : position + 1], before))

    def _flops(self, chunk: np.ndarray) -> int:
        sites = self._ledger.sites
        ids, calls = np.unique(chunk["site"], return_counts=True)
        return sum(n * sites[i].cost for i, n in zip(ids.tolist(), calls.tolist(), strict=True))

    def _unpack(self, chunk: np.ndarray, cumulative: int) -> Iterator[OpRecord]:
        sites = self._ledger.sites
        for index, start, backend, overhead in chunk.tolist():
            site = sites[index]
            cumulative += site.cost
            yield OpRecord(
                site.op_name,
                site.namespace,
                site.subscripts,
                site.shapes,
                site.cost,
                cumulative,
                start / 1e9,
                backend / 1e9,
                overhead / 1e9,
            )
