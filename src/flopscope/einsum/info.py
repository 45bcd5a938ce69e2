"""What a plan tells its reader: costs, steps and the table that `print`, a terminal or a notebook shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from flopscope.einsum.parser import Shape, label_sizes
from flopscope.einsum.path import Path

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

    from flopscope.symmetry import SymmetryGroup


class Step(NamedTuple):
    """One step of a contraction path.

    Attributes
    ----------
    operands : tuple of int
        Positions of the operands it takes, in the list of those that are left; its result goes to the end.
    subscripts : str
        The step as an einsum of its own, such as ``"ij,jk->ik"``.
    cost : int
        FLOPs.
    dense_cost : int
        FLOPs that it would take without symmetry.
    blas : str or None
        Kind of BLAS call that runs it for floating-point operands: ``"GEMM"``, ``"GEMV"``, ``"DOT"``, ``"batched
        GEMM"``, ``"batched GEMV"``; None for a view, an elementwise product or one of einsum's own loops.
    size, unique : int
        Number of elements of its result, and of those that differ by its symmetry.
    symmetries : tuple of (SymmetryGroup or None)
        Of what it takes, on the labels.
    symmetry : SymmetryGroup or None
        Of its result, on the labels.
    """

    operands: tuple[int, ...]
    subscripts: str
    cost: int
    dense_cost: int
    blas: str | None
    size: int
    unique: int
    symmetries: tuple[SymmetryGroup | None, ...]
    symmetry: SymmetryGroup | None

    @property
    def saving(self) -> float:
        """Share of the dense cost that symmetry saves, from 0 to 1."""
        return _share(self.dense_cost - self.cost, self.dense_cost)


class PathInfo(NamedTuple):
    """How an einsum is contracted and what it costs; printing it shows a table of the steps.

    Attributes
    ----------
    subscripts : str
        The whole einsum, every axis labelled, output included.
    shapes : tuple of tuple of int
        Shapes of the operands.
    path : tuple of tuple of int
        The steps' positions: opt_einsum's form of a path. :attr:`numpy_path` has NumPy's.
    steps : tuple of Step
    naive_cost : int
        FLOPs of all operands in one step, without symmetry: the product of all index sizes times (operands - 1), at
        least once. 0 for a view, as for what a path costs.
    optimizer : str
        What chose the path: ``"exact"``, ``"naive"``, ``"explicit path"``, or the name given.
    symmetry : SymmetryGroup or None
        Of the result, on its axes 0, 1, 2 ...
    """

    subscripts: str
    shapes: tuple[Shape, ...]
    path: Path
    steps: tuple[Step, ...]
    naive_cost: int
    optimizer: str
    symmetry: SymmetryGroup | None = None

    def priced(self, price: Callable[[str, Sequence[Shape]], int]) -> PathInfo:
        """The same plan at other prices.

        Parameters
        ----------
        price : callable
            Takes the subscripts and shapes of an einsum and returns its FLOPs in one step, without symmetry. What
            symmetry saves of a step is the same share at any price.

        Returns
        -------
        PathInfo
        """
        steps: list[Step] = []
        for step in self.steps:
            terms = step.subscripts.partition("->")[0].split(",")
            dense = price(step.subscripts, [tuple(self.sizes[label] for label in term) for term in terms])
            cost = dense if step.cost == step.dense_cost else -(-dense * step.cost // step.dense_cost)
            steps.append(step._replace(cost=cost, dense_cost=dense))
        return self._replace(steps=tuple(steps), naive_cost=price(self.subscripts, self.shapes))

    @property
    def optimized_cost(self) -> int:
        """FLOPs of this path: what running it charges."""
        return sum(step.cost for step in self.steps)

    @property
    def dense_cost(self) -> int:
        """FLOPs of this path without symmetry."""
        return sum(step.dense_cost for step in self.steps)

    @property
    def saving(self) -> float:
        """Share of the dense cost of this path that symmetry saves, from 0 to 1."""
        return _share(self.dense_cost - self.optimized_cost, self.dense_cost)

    @property
    def speedup(self) -> float:
        """Naive cost over the cost of this path; 1.0 where both are 0."""
        if not self.optimized_cost:
            return 1.0
        try:
            return self.naive_cost / self.optimized_cost
        except OverflowError:  # beyond 1e308
            return float("inf")

    @property
    def largest_intermediate(self) -> int:
        """Number of elements of the largest result of a step, the output included."""
        return max(step.size for step in self.steps)

    @property
    def sizes(self) -> dict[str, int]:
        """Size of every label."""
        return label_sizes(self.subscripts.partition("->")[0].split(","), self.shapes)

    @property
    def numpy_path(self) -> list[str | tuple[int, ...]]:
        """The path as ``np.einsum_path`` gives it: to pass back as ``optimize=``, to NumPy's einsum or ours."""
        return ["einsum_path", *self.path]

    def split(self, sep: str | None = None, maxsplit: int = -1) -> list[str]:
        """Split the subscripts: programs do so with what ``np.einsum_path`` reports, which is a string."""
        return self.subscripts.split(sep, maxsplit)

    def format_table(self, verbose: bool = False) -> str:
        """The plan as text: the totals, then one row per step.

        Parameters
        ----------
        verbose : bool, default False
            Add the sizes of the labels, and to each step what symmetry it meets and what that saves. Where symmetry
            saves something, cost and saving are always shown.
        """
        facts = self._facts(verbose)
        width = max(len(name) for name, _ in facts) + 2
        lines = [f"{name + ':':<{width}}{value}" for name, value in facts]
        columns: list[list[str]] = []
        for header, *cells in self._columns(verbose):
            wide = max(map(len, (header, *cells)))
            align = str.ljust if header in _WORDS else str.rjust
            columns.append([align(header, wide), "-" * wide, *(align(cell, wide) for cell in cells)])
        rows = ("  ".join(row).rstrip() for row in zip(*columns, strict=True))
        return "\n".join([*lines, "", *rows])

    def __str__(self) -> str:
        return self.format_table()

    __repr__ = __str__  # as opt_einsum's does: this is what a prompt or a notebook shows

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich import box
        from rich.table import Table
        from rich.text import Text

        facts = Table.grid(padding=(0, 2))
        facts.add_column(overflow="fold")
        facts.add_column(overflow="fold")
        for name, value in self._facts(verbose=False):
            facts.add_row(Text(name, "dim"), Text(value))
        columns = self._columns(verbose=False)
        for least in _LEAST_FIRST:  # a narrow terminal loses columns, never digits
            if sum(2 + _narrowest(column) for column in columns) > options.max_width:
                columns = [column for column in columns if column[0] != least]
        steps = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, collapse_padding=True)
        for column in columns:
            justify = "left" if column[0] in _WORDS else "right"
            steps.add_column(column[0], justify=justify, overflow="fold", min_width=_narrowest(column))
        for row in zip(*(cells for _, *cells in columns), strict=True):
            steps.add_row(*map(Text, row))
        yield facts
        yield steps

    def _repr_html_(self) -> str:
        from html import escape

        def cells(kind: str, row: list[tuple[str, str]]) -> str:
            inside = "".join(
                f'<{kind} style="text-align:{align};padding:0 .7em">{escape(text)}</{kind}>'
                for align, text in (("left" if header in _WORDS else "right", text) for header, text in row)
            )
            return f"<tr>{inside}</tr>"

        facts = "".join(
            f'<tr><th style="text-align:left">{escape(name)}</th><td style="text-align:left">{escape(value)}</td></tr>'
            for name, value in self._facts(verbose=True)
        )
        columns = self._columns(verbose=True)
        head = cells("th", [(header, header) for header, *_ in columns])
        body = "".join(
            cells("td", [(column[0], column[number]) for column in columns]) for number in range(1, len(columns[0]))
        )
        return f"<table>{facts}</table><table><thead>{head}</thead><tbody>{body}</tbody></table>"

    def _facts(self, verbose: bool) -> list[tuple[str, str]]:
        """What there is to say of the whole: names and values."""
        cost, dense = self.optimized_cost, self.dense_cost
        facts = [
            ("Einsum", self.subscripts),
            ("Operands", "  ".join(map(str, self.shapes))),
            ("Optimizer", self.optimizer),
            ("Optimized cost", f"{cost:,} FLOPs"),
            ("Naive cost", f"{self.naive_cost:,} FLOPs"),
            ("Speedup", _times(self.naive_cost, cost)),
            ("Largest intermediate", f"{self.largest_intermediate:,} element{'s' * (self.largest_intermediate != 1)}"),
        ]
        if verbose:
            facts.insert(2, ("Sizes", "  ".join(f"{label}={size:,}" for label, size in self.sizes.items())))
        if cost < dense or (verbose and dense):
            facts.insert(-1, ("Symmetry saves", f"{_percent(dense - cost, dense)} of {dense:,} FLOPs"))
        if verbose or self.symmetry:
            facts.append(("Symmetry of the result", _named(self.symmetry)))
        return facts

    def _columns(self, verbose: bool) -> list[tuple[str, ...]]:
        """The steps as columns, each with its header in front."""
        steps, total = self.steps, self.optimized_cost
        saves = verbose or total < self.dense_cost
        columns = [
            ("step", *(str(number) for number in range(1, len(steps) + 1))),
            ("operands", *(", ".join(map(str, step.operands)) for step in steps)),
            ("subscripts", *(step.subscripts for step in steps)),
            ("FLOPs", *(f"{step.cost:,}" for step in steps)),
            ("share", *(_percent(step.cost, total) for step in steps)),
        ]
        if verbose:
            columns.append(("dense", *(f"{step.dense_cost:,}" for step in steps)))
        if saves:
            columns.append(("saved", *(_percent(step.dense_cost - step.cost, step.dense_cost) for step in steps)))
        columns += [
            ("BLAS", *(step.blas or "-" for step in steps)),
            ("elements", *(f"{step.size:,}" for step in steps)),
        ]
        if verbose:
            columns += [
                ("unique", *(f"{step.unique:,}" for step in steps)),
                ("symmetry in", *(", ".join(map(_named, step.symmetries)) for step in steps)),
            ]
        if saves:
            columns.append(("symmetry out", *(_named(step.symmetry) for step in steps)))
        return columns


# Columns of words stand to the left, those of numbers to the right.
_WORDS = {"operands", "subscripts", "BLAS", "symmetry in", "symmetry out"}


# What a table that is too wide goes without.
_LEAST_FIRST = ("share", "elements", "BLAS", "saved", "symmetry out", "operands", "step")


def _narrowest(column: tuple[str, ...]) -> int:
    """Width of a column; the long names of symmetries may go on in the next line."""
    wide = max(map(len, column))
    return min(wide, len(column[0])) if column[0].startswith("symmetry") else wide


def _named(group: SymmetryGroup | None) -> str:
    return repr(group) if group else "-"


def _share(part: int, whole: int) -> float:
    """Of whole numbers that may be too large for a float."""
    return part / whole if whole else 0.0


def _times(whole: int, part: int) -> str:
    """How many times `part` is in `whole`, of which either may be too large for a float."""
    if whole < 10**6 * part or not part:
        return f"{whole / part if part else 1:,.1f}x"
    from decimal import Decimal

    return f"{Decimal(whole) / Decimal(part):.1e}x"


def _percent(part: int, whole: int) -> str:
    return f"{(1000 * part + whole // 2) // whole / 10:.1f}%" if whole else "-"
