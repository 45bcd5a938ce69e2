"""What a plan tells its reader: costs, steps and the table that `print` shows."""

from __future__ import annotations

from typing import NamedTuple

from flopscope.einsum.parser import Shape
from flopscope.einsum.path import Path


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
    blas : str or None
        Kind of BLAS call that runs it for floating-point operands: ``"GEMM"``, ``"GEMV"``, ``"DOT"``, ``"batched
        GEMM"``, ``"batched GEMV"``; None for a view, an elementwise product or one of einsum's own loops.
    size : int
        Number of elements of its result.
    """

    operands: tuple[int, ...]
    subscripts: str
    cost: int
    blas: str | None
    size: int


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
        FLOPs of all operands in one step: the product of all index sizes times (operands - 1), at least once.
    optimizer : str
        What chose the path: ``"exact"``, ``"naive"``, ``"explicit path"``, or the name given.
    """

    subscripts: str
    shapes: tuple[Shape, ...]
    path: Path
    steps: tuple[Step, ...]
    naive_cost: int
    optimizer: str

    @property
    def optimized_cost(self) -> int:
        """FLOPs of this path: what running it charges."""
        return sum(step.cost for step in self.steps)

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
    def numpy_path(self) -> list[str | tuple[int, ...]]:
        """The path as ``np.einsum_path`` gives it: to pass back as ``optimize=``, to NumPy's einsum or ours."""
        return ["einsum_path", *self.path]

    def format_table(self) -> str:
        """The plan as text: one row per step, then the totals."""
        total = self.optimized_cost
        header = ("step", "operands", "subscripts", "FLOPs", "share", "BLAS", "elements")
        rows = [
            (
                str(number),
                ", ".join(map(str, step.operands)),
                step.subscripts,
                f"{step.cost:,}",
                _percent(step.cost, total),
                step.blas or "-",
                f"{step.size:,}",
            )
            for number, step in enumerate(self.steps, 1)
        ]
        facts = [
            ("Operands", "  ".join(map(str, self.shapes))),
            ("Optimizer", self.optimizer),
            ("Optimized cost", f"{total:,} FLOPs"),
            ("Naive cost", f"{self.naive_cost:,} FLOPs"),
            ("Speedup", f"{self.speedup:,.1f}x"),
            ("Largest intermediate", f"{self.largest_intermediate:,} elements"),
        ]
        lines = [f"{name + ':':<22}{value}" for name, value in [("Einsum", self.subscripts), *facts]]
        return "\n".join([*lines, "", *_table(header, rows)])

    def split(self, sep: str | None = None, maxsplit: int = -1) -> list[str]:
        """Split the subscripts: programs do so with what ``np.einsum_path`` reports, which is a string."""
        return self.subscripts.split(sep, maxsplit)

    def __str__(self) -> str:
        return self.format_table()

    __repr__ = __str__  # as opt_einsum's does: this is what a prompt or a notebook shows


def _percent(part: int, whole: int) -> str:
    # In whole numbers, because a cost may be too large for a float.
    return f"{(1000 * part + whole // 2) // whole / 10:.1f}%" if whole else "-"


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    """Lines of a table whose numbers stand to the right and words to the left."""
    words = {"operands", "subscripts", "BLAS"}
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]

    def line(cells: tuple[str, ...]) -> str:
        aligned = (
            cell.ljust(width) if name in words else cell.rjust(width)
            for name, cell, width in zip(header, cells, widths, strict=True)
        )
        return "  ".join(aligned).rstrip()

    return [line(header), "  ".join("-" * width for width in widths), *map(line, rows)]
