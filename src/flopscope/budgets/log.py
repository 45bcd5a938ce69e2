"""The op log: what a ledger holds, as a sequence of records. Programs that only count do not load this."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, overload

import numpy as np

from flopscope.budgets.ledger import PACKED, Chunk, Ledger, Site, flush_lock, length


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


class OpLog(Sequence[OpRecord]):
    """The log of a budget as a read-only, live sequence of `OpRecord`.

    Supports ``len``, iteration, negative indices and slices; records are unpacked as they are asked for.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def __len__(self) -> int:
        return length(self._ledger.packed())

    def __iter__(self) -> Iterator[OpRecord]:
        chunks = self._ledger.packed()
        return self._between(chunks, 0, length(chunks))

    def __reversed__(self) -> Iterator[OpRecord]:
        return iter(self[::-1])

    @overload
    def __getitem__(self, index: int) -> OpRecord: ...
    @overload
    def __getitem__(self, index: slice) -> list[OpRecord]: ...
    def __getitem__(self, index: int | slice) -> OpRecord | list[OpRecord]:
        chunks = self._ledger.packed()
        n = length(chunks)
        if isinstance(index, slice):
            wanted = range(n)[index]
            if not wanted:
                return []
            first = min(wanted[0], wanted[-1])
            block = list(self._between(chunks, first, max(wanted[0], wanted[-1]) + 1))
            return [block[i - first] for i in wanted]
        position = operator.index(index)
        if not -n <= position < n:
            raise IndexError(f"op log index {index} is out of range: the log has {n:,} records")
        position %= n
        return next(self._between(chunks, position, position + 1))

    def __repr__(self) -> str:
        return f"<op log: {len(self):,} ops, {self._ledger.flops:,} FLOPs>"

    def _between(self, chunks: list[Chunk], start: int, stop: int) -> Iterator[OpRecord]:
        sites = self._ledger.sites
        for chunk in chunks:
            low, high = max(start - chunk.first, 0), min(stop - chunk.first, len(chunk.records))
            if low >= high:
                continue
            cumulative = chunk.flops_before + sum(sites[i].cost for i in chunk.records["site"][:low].tolist())
            for index, offset, backend, overhead in chunk.records[low:high].tolist():
                site = sites[index]
                cumulative += site.cost
                yield OpRecord(
                    site.op_name,
                    site.namespace,
                    site.subscripts,
                    site.shapes,
                    site.cost,
                    cumulative,
                    offset / 1e9,
                    backend / 1e9,
                    overhead / 1e9,
                )


class Recorded(NamedTuple):
    """What a run was, for those who price it again.

    Attributes
    ----------
    sites : dict
        Sites of the calls, by index.
    sums : dict
        Calls, backend and overhead nanoseconds, by index of the site.
    order : array
        Index of the site of each call.
    """

    sites: dict[float, Site]
    sums: dict[float, tuple[int, int, int]]
    order: np.ndarray[Any, Any]


def recorded(ledger: Ledger) -> Recorded:
    """The calls so far, as what prices them again needs them."""
    with flush_lock:
        chunks = ledger.packed()
        none = np.empty(0, PACKED)
        records = np.concatenate([none.view(np.uint8), *(c.records.view(np.uint8) for c in chunks)]).view(PACKED)
        order = records["site"].copy()
        calls = np.bincount(order)
        charged = np.flatnonzero(calls).tolist()
        # Sums are made as floats, which is exact up to 2**53 nanoseconds.
        backend, overhead = (np.bincount(order, records[name]) for name in ("backend", "overhead"))
        sums: dict[float, tuple[int, int, int]] = {
            i: (int(calls[i]), int(backend[i]), int(overhead[i])) for i in charged
        }
        return Recorded({i: ledger.sites[i] for i in charged}, sums, order)
