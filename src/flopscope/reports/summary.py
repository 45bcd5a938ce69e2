"""What a run cost, as a value.

A :class:`Summary` is the tally of a whole budget with its limit and its clock and, where they were asked for, its log
and its source lines. It knows nothing of how it looks: text and colours are made in ``display.py``, files and pages in
the modules beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

from flopscope.reports.tally import NS_PER_S, Bucket, Escape, LineCost, ModelId, Moved, Tally, Traced, Traffic

if TYPE_CHECKING:
    import os

    from rich.console import RenderableType

    from flopscope.budgets.log import OpRecord, Recorded
    from flopscope.costs.models import CostModel


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
        return self.wall_ns / NS_PER_S

    @property
    def residual_wall_time_s(self) -> float:
        """Seconds outside NumPy and counting; negative when threads computed side by side."""
        return self.residual_ns / NS_PER_S

    def lines(self) -> dict[tuple[str, int], LineCost]:
        """FLOPs by file and line where lines were traced, dearest first; empty elsewhere.

        A line that occurs twice in a stack, by recursion, is charged once.

        Examples
        --------
        >>> from flopscope import Frame, Traced
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
        from flopscope.reports.description import describe  # here: not every program that counts reports
        from flopscope.reports.display import to_text  # here: not every program that counts reports

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
        from flopscope.reports.description import describe
        from flopscope.reports.html import fragment

        return fragment(describe(self, self.has_namespaces))

    def __rich__(self) -> RenderableType:
        from flopscope.reports.description import describe
        from flopscope.reports.display import Panel

        return Panel(describe(self))


def _operations_dict(tally: Tally) -> dict[str, dict[str, Any]]:
    return {
        bucket.op: {
            "flop_cost": bucket.flops,
            "calls": bucket.calls,
            "flopscope_backend_time_s": bucket.backend_ns / NS_PER_S,
            "flopscope_overhead_time_s": bucket.overhead_ns / NS_PER_S,
        }
        for bucket in tally.operations()
    }
