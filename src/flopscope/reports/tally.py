"""What was counted, as values: rows of counters, and what they add up to.

A budget counts per (op, namespace), traced lines per place in the program, too; each such counter is a row here, and a
:class:`Tally` is some of them and their sums. FLOPs, calls and nanoseconds are exact integers, so parts always sum to
totals; seconds are derived.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

#: Nanoseconds in a second.
NS_PER_S = 10**9


class Bucket(NamedTuple):
    """Totals of one op in one namespace."""

    op: str
    #: Full dotted path, "" outside any namespace.
    namespace: str
    calls: int
    flops: int
    backend_ns: int
    overhead_ns: int


class Frame(NamedTuple):
    """One step of a call stack in the user's program."""

    filename: str
    lineno: int
    #: Qualified name of the function, "<module>" at the top of a file.
    function: str


class Traced(NamedTuple):
    """Totals of one op in one namespace, called from one place in the user's program."""

    #: Never empty; outermost call first, and the last frame is the line with the op.
    stack: tuple[Frame, ...]
    op: str
    #: Full dotted path, "" outside any namespace.
    namespace: str
    calls: int
    flops: int
    backend_ns: int
    overhead_ns: int


class Escape(NamedTuple):
    """Arrays that left the meter by one door, from one line of the user's program."""

    #: What let them out: "numpy.asarray", "ndarray.tolist".
    door: str
    #: The library that took them; "" if it was the user's own code.
    taker: str
    filename: str
    lineno: int
    arrays: int
    elements: int


class LineCost(NamedTuple):
    """What a source line cost: itself, and with everything that it called."""

    own: int
    total: int
    #: Counted calls made on the line itself, and nanoseconds inside NumPy for them.
    calls: int
    backend_ns: int
    #: The function that the line is in.
    function: str


class ModelId(NamedTuple):
    """Which cost model priced a run."""

    name: str
    version: str
    #: Hexadecimal digits that stand for its prices.
    hash: str


class Moved(NamedTuple):
    """Bytes that calls of one op in one namespace read and wrote."""

    op: str
    #: Full dotted path, "" outside any namespace.
    namespace: str
    bytes_read: int
    bytes_written: int


class Traffic(NamedTuple):
    """What one op computed and moved."""

    op: str
    calls: int
    flops: int
    bytes_read: int
    bytes_written: int

    @property
    def intensity(self) -> float:
        """Arithmetic intensity, FLOPs per byte; infinite if no bytes were moved."""
        moved = self.bytes_read + self.bytes_written
        return self.flops / moved if moved else float("inf")


class Tally:
    """Some buckets and what they add up to.

    Parameters
    ----------
    buckets : iterable of Bucket
        Counters. Several may name the same op and namespace: they add up.
    """

    __slots__ = ("buckets",)
    # What the constructor takes: equality, hash, repr and pickling follow from it.
    __match_args__: tuple[str, ...] = ("buckets",)

    buckets: tuple[Bucket, ...]

    def __init__(self, buckets: Iterable[Bucket] = ()) -> None:
        object.__setattr__(self, "buckets", tuple(buckets))

    @property
    def flops_used(self) -> int:
        """FLOPs charged."""
        return sum(bucket.flops for bucket in self.buckets)

    @property
    def calls(self) -> int:
        """Number of counted calls."""
        return sum(bucket.calls for bucket in self.buckets)

    @property
    def backend_ns(self) -> int:
        """Nanoseconds inside NumPy."""
        return sum(bucket.backend_ns for bucket in self.buckets)

    @property
    def overhead_ns(self) -> int:
        """Nanoseconds spent on counting."""
        return sum(bucket.overhead_ns for bucket in self.buckets)

    @property
    def flopscope_backend_time_s(self) -> float:
        """Seconds inside NumPy."""
        return self.backend_ns / NS_PER_S

    @property
    def flopscope_overhead_time_s(self) -> float:
        """Seconds spent on counting."""
        return self.overhead_ns / NS_PER_S

    def operations(self) -> tuple[Bucket, ...]:
        """One bucket per op, all namespaces together, dearest first."""
        return tuple(
            Bucket(op, "", tally.calls, tally.flops_used, tally.backend_ns, tally.overhead_ns)
            for op, tally in _split(self.buckets, [bucket.op for bucket in self.buckets]).items()
        )

    def namespaces(self) -> dict[str, Tally]:
        """Tally of each exact dotted path, dearest first; "" holds what ran outside any namespace."""
        return _split(self.buckets, [bucket.namespace for bucket in self.buckets])

    def tree(self) -> Iterator[tuple[int, str, Tally]]:
        """Depth, full dotted path and tally of each namespace, parents before children, dearest first.

        The tally of a parent includes its children; what it was charged itself follows under the name "". So does,
        at depth 0, what ran outside any namespace. A chain without branches is one entry.
        """
        return _branches(self)

    def _values(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.__match_args__)

    def __eq__(self, other: object) -> bool:
        return self._values() == other._values() if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._values())

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self._values()

    def _shown(self) -> dict[str, str]:
        """What the repr shows, by name."""
        return {name: repr(value) for name, value in zip(self.__match_args__, self._values(), strict=True)}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={text}' for name, text in self._shown().items())})"

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is a value: it cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is a value: it cannot be changed")


def _split(buckets: Iterable[Bucket], keys: Iterable[str]) -> dict[str, Tally]:
    """Tallies of the buckets with the same key, dearest first."""
    groups: dict[str, list[Bucket]] = {}
    for bucket, key in zip(buckets, keys, strict=True):
        groups.setdefault(key, []).append(bucket)
    tallies = [(key, Tally(group)) for key, group in groups.items()]
    return dict(sorted(tallies, key=lambda item: (-item[1].flops_used, -item[1].calls, item[0])))


def _branches(tally: Tally, prefix: str = "", depth: int = 0) -> Iterator[tuple[int, str, Tally]]:
    """Entries of :meth:`Tally.tree` below `prefix`, which is "" or a path with its dot."""
    inside = [bucket for bucket in tally.buckets if bucket.namespace and bucket.namespace.startswith(prefix)]
    own = [bucket for bucket in tally.buckets if not (bucket.namespace and bucket.namespace.startswith(prefix))]
    names = [bucket.namespace[len(prefix) :].partition(".")[0] for bucket in inside]
    for branch in _split(inside, names).values():
        path = _common_path([bucket.namespace for bucket in branch.buckets])
        yield depth, path, branch
        yield from _branches(branch, path + ".", depth + 1)
    if own and (inside or depth == 0):
        yield depth, "", Tally(own)


def _common_path(paths: list[str]) -> str:
    common = min(paths, key=len)
    while not all(f"{path}.".startswith(f"{common}.") for path in paths):
        common = common.rpartition(".")[0]
    return common
