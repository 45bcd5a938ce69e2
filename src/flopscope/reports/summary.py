"""What a run cost, as values.

A budget counts per (op, namespace); a :class:`Bucket` is one such counter, a :class:`Tally` some buckets and what
they add up to, a :class:`Summary` the tally of a whole budget with its limit and its clock and, where they were asked
for, its log and its source lines. FLOPs, calls and nanoseconds are exact integers, so parts always sum to totals;
seconds are derived. Values know nothing of how they look: text and colours are made in ``display.py``, files and pages
in the modules beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, Self

if TYPE_CHECKING:
    import os

    from rich.console import RenderableType

    from flopscope.budgets.log import OpRecord, Recorded
    from flopscope.costs.models import CostModel

_NS_PER_S = 10**9


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
        return self.backend_ns / _NS_PER_S

    @property
    def flopscope_overhead_time_s(self) -> float:
        """Seconds spent on counting."""
        return self.overhead_ns / _NS_PER_S

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


class Summary(Tally):
    """What a budget allowed, what was used, by which ops, and where the time went.

    Parameters
    ----------
    flop_budget : int
        FLOPs allowed.
    wall_ns : int
        Nanoseconds the budget has been open.
    buckets : iterable of Bucket
        What was charged.
    namespace : str, optional
        Namespace path of the budget.
    wall_time_limit_s : float, optional
        Time limit of the budget.
    title : str, optional
        Says in a word or two whose summary it is.
    log : iterable of OpRecord, optional
        Every call, in order; None where it was not asked for.
    trace : iterable of Traced, optional
        FLOPs by source line and call stack; None where lines were not traced.
    cost_model : ModelId, optional
        What priced the calls; names and hashes of several are joined by ``+``.
    moved : iterable of Moved, optional
        Bytes read and written; None where they were not counted.
    recorded : Recorded, optional
        The calls as `reprice` needs them. They are no part of what the summary says: they do not count when summaries
        are compared, and stay behind when it is saved or pickled.
    escapes : iterable of Escape, optional
        What left the meter; see `flopscope.configure`.

    Examples
    --------
    >>> summary = Summary(1_000, wall_ns=9_000, buckets=[Bucket("exp", "", 2, 64, 3_000, 2_000)])
    >>> summary.flops_remaining, summary.residual_ns  # 1000 - 64, 9000 - 3000 - 2000
    (936, 4000)
    """

    __slots__ = (
        "cost_model",
        "escapes",
        "flop_budget",
        "log",
        "moved",
        "namespace",
        "recorded",
        "title",
        "trace",
        "wall_ns",
        "wall_time_limit_s",
    )
    __match_args__ = (
        "flop_budget",
        "wall_ns",
        "buckets",
        "namespace",
        "wall_time_limit_s",
        "title",
        "log",
        "trace",
        "cost_model",
        "moved",
        "escapes",
    )

    flop_budget: int
    wall_ns: int
    namespace: str | None
    wall_time_limit_s: float | None
    title: str
    log: tuple[OpRecord, ...] | None
    trace: tuple[Traced, ...] | None
    cost_model: ModelId | None
    moved: tuple[Moved, ...] | None
    recorded: Recorded | None
    escapes: tuple[Escape, ...]

    def __init__(
        self,
        flop_budget: int,
        wall_ns: int,
        buckets: Iterable[Bucket] = (),
        namespace: str | None = None,
        wall_time_limit_s: float | None = None,
        title: str = "",
        log: Iterable[OpRecord] | None = None,
        trace: Iterable[Traced] | None = None,
        cost_model: ModelId | None = None,
        moved: Iterable[Moved] | None = None,
        escapes: Iterable[Escape] = (),
        recorded: Recorded | None = None,
    ) -> None:
        super().__init__(buckets)
        put = object.__setattr__
        put(self, "flop_budget", flop_budget)
        put(self, "wall_ns", wall_ns)
        put(self, "namespace", namespace)
        put(self, "wall_time_limit_s", wall_time_limit_s)
        put(self, "title", title)
        put(self, "log", None if log is None else tuple(log))
        put(self, "trace", None if trace is None else tuple(trace))
        put(self, "cost_model", cost_model)
        put(self, "moved", None if moved is None else tuple(moved))
        put(self, "recorded", recorded)
        put(self, "escapes", tuple(escapes))

    @property
    def has_namespaces(self) -> bool:
        """Whether anything ran in a namespace."""
        return any(bucket.namespace for bucket in self.buckets)

    def replace(self, **changes: Any) -> Self:
        """The same summary with some of what its constructor takes changed.

        Examples
        --------
        >>> Summary(1_000, wall_ns=9_000).replace(title="night run").title
        'night run'
        """
        own: dict[str, Any] = {"recorded": self.recorded}
        own.update(zip(self.__match_args__, self._values(), strict=True))
        return type(self)(**(own | changes))

    def reprice(self, cost_model: CostModel | str) -> Summary:
        """The same run at the prices of another cost model; nothing is run again.

        FLOPs, log and source lines are those of a run under that model, times those of this run.

        Parameters
        ----------
        cost_model : CostModel or str
            The other model.

        Raises
        ------
        ValueError
            If the calls are not at hand, as in a summary read from a file; or if the model depends on what was not
            recorded: on dtypes, without ``BudgetContext(..., count_bytes=True)``.

        Examples
        --------
        >>> import flopscope as flops, flopscope.numpy as fnp
        >>> with flops.BudgetContext(1000) as budget:
        ...     product = fnp.ones((4, 5)) @ fnp.ones((5, 6))
        >>> budget.report().reprice("fma2").flops_used  # 2*4*5*6
        240
        """
        from flopscope.budgets.repricing import reprice

        return reprice(self, cost_model)

    def traffic(self) -> tuple[Traffic, ...]:
        """Bytes and arithmetic intensity of each op, all namespaces together, dearest first; empty if not counted.

        Examples
        --------
        >>> import flopscope as flops, flopscope.numpy as fnp
        >>> with flops.BudgetContext(10**6, count_bytes=True) as budget:
        ...     product = fnp.ones((64, 64)) @ fnp.ones((64, 64))
        >>> row = budget.report().traffic()[0]
        >>> row.bytes_read, row.bytes_written  # 2*64*64*8 and 64*64*8
        (65536, 32768)
        >>> row.flops, round(row.intensity, 3)  # 64**3 / (65,536 + 32,768)
        (262144, 2.667)
        """
        sums: dict[str, tuple[int, int]] = {}
        for row in self.moved or ():
            read, written = sums.get(row.op, (0, 0))
            sums[row.op] = (read + row.bytes_read, written + row.bytes_written)
        return tuple(Traffic(b.op, b.calls, b.flops, *sums[b.op]) for b in self.operations() if b.op in sums)

    @property
    def flops_remaining(self) -> int:
        """FLOPs left."""
        return self.flop_budget - self.flops_used

    @property
    def residual_ns(self) -> int:
        """Nanoseconds outside NumPy and counting; negative when threads computed side by side."""
        return self.wall_ns - self.backend_ns - self.overhead_ns

    @property
    def wall_time_s(self) -> float:
        """Seconds the budget has been open."""
        return self.wall_ns / _NS_PER_S

    @property
    def residual_wall_time_s(self) -> float:
        """Seconds outside NumPy and counting; negative when threads computed side by side."""
        return self.residual_ns / _NS_PER_S

    def lines(self) -> dict[tuple[str, int], LineCost]:
        """FLOPs by file and line where lines were traced, dearest first; empty elsewhere.

        A line that occurs twice in a stack, by recursion, is charged once.

        Examples
        --------
        >>> main, step = Frame("fit.py", 9, "<module>"), Frame("fit.py", 4, "step")
        >>> summary = Summary(1_000, 9_000, trace=[Traced((main, step), "exp", "", 2, 64, 3_000, 2_000)])
        >>> [(line, cost.own, cost.total) for (_, line), cost in summary.lines().items()]
        [(4, 64, 64), (9, 0, 64)]
        """
        costs: dict[tuple[str, int], LineCost] = {}
        for traced in self.trace or ():
            leaf = traced.stack[-1][:2]
            for filename, lineno, function in {frame[:2]: frame for frame in traced.stack}.values():
                place = filename, lineno
                cost = costs.get(place, LineCost(0, 0, 0, 0, function))
                here = place == leaf
                costs[place] = LineCost(
                    cost.own + here * traced.flops,
                    cost.total + traced.flops,
                    cost.calls + here * traced.calls,
                    cost.backend_ns + here * traced.backend_ns,
                    function,
                )
        return dict(sorted(costs.items(), key=lambda item: (-item[1].own, -item[1].total, item[0])))

    def to_dict(self, by_namespace: bool = False) -> dict[str, Any]:
        """The summary as plain data, ready for ``json.dumps``.

        Parameters
        ----------
        by_namespace : bool, default False
            Add ``"by_namespace"``: exact numbers per full dotted path, "" for what ran outside any namespace.

        Examples
        --------
        >>> data = Summary(1_000, 9_000, [Bucket("exp", "predict", 2, 64, 3_000, 2_000)]).to_dict(by_namespace=True)
        >>> data["by_namespace"]["predict"]["operations"]["exp"]["flop_cost"]
        64
        """
        data: dict[str, Any] = {
            "flop_budget": self.flop_budget,
            "flops_used": self.flops_used,
            "flops_remaining": self.flops_remaining,
            "wall_time_s": self.wall_time_s,
            "flopscope_backend_time_s": self.flopscope_backend_time_s,
            "flopscope_overhead_time_s": self.flopscope_overhead_time_s,
            "residual_wall_time_s": self.residual_wall_time_s,
            "operations": _operations_dict(self),
        }
        if self.cost_model is not None:
            data["cost_model"] = self.cost_model._asdict()
        for row in self.traffic():
            data["operations"][row.op] |= {
                "bytes_read": row.bytes_read,
                "bytes_written": row.bytes_written,
                "arithmetic_intensity": None if row.intensity == float("inf") else row.intensity,
            }
        if self.escapes:
            data["escapes"] = [escape._asdict() for escape in self.escapes]
        if by_namespace:
            data["by_namespace"] = {
                path: {
                    "flops_used": tally.flops_used,
                    "calls": tally.calls,
                    "flopscope_backend_time_s": tally.flopscope_backend_time_s,
                    "flopscope_overhead_time_s": tally.flopscope_overhead_time_s,
                    "operations": _operations_dict(tally),
                }
                for path, tally in self.namespaces().items()
            }
        return data

    def to_text(self, by_namespace: bool = False) -> str:
        """The summary to read: plain ASCII, ops by cost, highest first.

        Parameters
        ----------
        by_namespace : bool, default False
            Add the tree of namespaces.
        """
        from flopscope.reports.display import describe, to_text  # here: not every program that counts reports

        return to_text(describe(self, by_namespace))

    def _shown(self) -> dict[str, str]:
        # A log may have a million calls: their number says enough.
        shown = super()._shown()
        if self.log is not None:
            shown["log"] = f"<{len(self.log):,} calls>"
        if not self.escapes:
            del shown["escapes"]
        if self.trace is not None:
            shown["trace"] = f"<{len(self.trace):,} rows>"
        return shown

    def to_json(self, indent: int | None = None) -> str:
        """All of the summary, exactly, as JSON of a documented and versioned schema.

        Parameters
        ----------
        indent : int, optional
            As for ``json.dumps``.

        Examples
        --------
        >>> summary = Summary(1_000, 9_000, [Bucket("exp", "", 2, 64, 3_000, 2_000)])
        >>> Summary.from_json(summary.to_json()) == summary
        True
        """
        from flopscope.reports.schema import to_json

        return to_json(self, indent)

    @classmethod
    def from_json(cls, text: str) -> Summary:
        """Read what `to_json` wrote.

        Raises
        ------
        ValueError
            If it is something else, or of a later version of the schema.
        """
        from flopscope.reports.schema import from_json

        return from_json(text)

    def to_csv(self, table: str = "operations") -> str:
        """One table of the summary as CSV, with a line of titles.

        Parameters
        ----------
        table : {"operations", "log", "lines"}, default "operations"
            Totals per op and namespace, with bytes read and written where they were counted; every call, in order;
            totals per source line, op and namespace.

        Examples
        --------
        >>> print(Summary(1_000, 9_000, [Bucket("exp", "fit", 2, 64, 3_000, 2_000)]).to_csv())
        op,namespace,calls,flops,backend_ns,overhead_ns
        exp,fit,2,64,3000,2000
        <BLANKLINE>
        """
        from flopscope.reports.tables import to_csv

        return to_csv(self, table)

    def to_html(self) -> str:
        """The summary as a page of its own that needs no network: tables, flame graph, timeline, source, log."""
        from flopscope.reports.page import to_html

        return to_html(self)

    def to_collapsed(self, weight: str = "flops") -> str:
        """Collapsed stacks, a line per stack, as flame graph tools read them.

        Stacks are the user's frames where lines were traced, and namespaces elsewhere; below both, the op.

        Parameters
        ----------
        weight : {"flops", "backend_ns"}, default "flops"
            What is counted.

        Examples
        --------
        >>> print(Summary(1_000, 9_000, [Bucket("exp", "fit.step", 2, 64, 3_000, 2_000)]).to_collapsed())
        fit;step;exp 64
        <BLANKLINE>
        """
        from flopscope.reports.stacks import to_collapsed

        return to_collapsed(self, weight)

    def to_speedscope(self) -> str:
        """A profile for https://www.speedscope.app, in FLOPs and in nanoseconds; stacks as for `to_collapsed`."""
        from flopscope.reports.stacks import to_speedscope

        return to_speedscope(self)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the summary to a file, in the format that its name says.

        Parameters
        ----------
        path : path
            ``.json`` (`load` reads it), ``.html``, ``.csv``, ``.txt``, ``.folded`` (collapsed stacks) or
            ``.speedscope.json``.

        Raises
        ------
        ValueError
            For another suffix.
        """
        from flopscope.reports.files import save

        save(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Summary:
        """Read a summary that `save` wrote as ``.json``."""
        from flopscope.reports.files import load

        return load(path)

    def __str__(self) -> str:
        return self.to_text()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(self.to_text())  # where IPython shows no HTML

    def _repr_html_(self) -> str:
        from flopscope.reports.display import describe
        from flopscope.reports.html import fragment

        return fragment(describe(self, self.has_namespaces))

    def __rich__(self) -> RenderableType:
        from flopscope.reports.display import Panel, describe

        return Panel(describe(self))


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


def _operations_dict(tally: Tally) -> dict[str, dict[str, Any]]:
    return {
        bucket.op: {
            "flop_cost": bucket.flops,
            "calls": bucket.calls,
            "flopscope_backend_time_s": bucket.backend_ns / _NS_PER_S,
            "flopscope_overhead_time_s": bucket.overhead_ns / _NS_PER_S,
        }
        for bucket in tally.operations()
    }
