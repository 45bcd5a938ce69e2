"""The figures of the pages, drawn from what the library says when the pages are built."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import flopscope as flops
import flopscope.numpy as fnp

BLUE, ORANGE, GREY = "#2f6fb5", "#d9822b", "#9aa3ad"


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots()


def _run(n: int) -> flops.BudgetContext:
    x = fnp.ones((n, n))
    with flops.BudgetContext(flop_budget=10**12) as budget:
        for _ in range(20):
            y = fnp.tanh(x @ x)
            y.sum()
    return budget


def timing(file: Path) -> None:
    """The three parts of the wall time, of a program with ops of many sizes."""
    shares: dict[int, tuple[float, ...]] = {}
    for n in (2, 32, 128, 512):
        budget = min((_run(n) for _ in range(9)), key=lambda run: run.wall_time_s)  # the least disturbed one
        whole = budget.wall_time_s
        parts = (budget.flopscope_backend_time_s, budget.flopscope_overhead_time_s, budget.residual_wall_time_s)
        shares[n] = tuple(part / whole for part in parts)
    figure, axes = _figure(7, 2.8)
    names = [f"{n} x {n}" for n in shares]
    left = [0.0] * len(shares)
    for i, (part, colour) in enumerate(zip(("backend", "overhead", "residual"), (BLUE, ORANGE, GREY), strict=True)):
        widths = [100 * parts[i] for parts in shares.values()]
        axes.barh(names, widths, left=left, color=colour, label=part)
        left = [a + b for a, b in zip(left, widths, strict=True)]
    axes.set(xlabel="share of the wall time, %", ylabel="matrices", xlim=(0, 100))
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside upper center", ncols=3, frameon=False)
    figure.savefig(file)


def families(file: Path) -> None:
    """What one op of each family costs, by the size of its operand."""
    sizes = [2**i for i in range(2, 13)]
    lines = {
        "matmul, (n, n) @ (n, n)": [flops.cost("matmul", (n, n), (n, n)) for n in sizes],
        "add, (n, n)": [flops.cost("add", (n, n), (n, n)) for n in sizes],
        "fft, n": [flops.cost("fft.fft", (n,)) for n in sizes],
        "sort, n": [flops.cost("sort", (n,)) for n in sizes],
        "sum, n": [flops.cost("sum", (n,)) for n in sizes],
    }
    figure, axes = _figure(7, 4)
    for label, costs in lines.items():
        axes.loglog(sizes, costs, marker="o", markersize=3, base=10, label=label)
    axes.set(xlabel="n", ylabel="FLOPs")
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    figure.savefig(file)


def flow(file: Path) -> None:
    """The way of a call: price, charge, run, log."""
    figure, axes = _figure(8, 2.9)
    axes.set(xlim=(0, 100), ylim=(0, 36))
    axes.axis("off")
    steps = [
        ("price", "the cost rule reads\nthe shapes"),
        ("charge", "is it within the limits\nof all budgets?"),
        ("run", "NumPy works on\nplain arrays"),
        ("log", "one record, totals;\nthe result is wrapped"),
    ]
    for i, (title, text) in enumerate(steps):
        x = 2 + 25 * i
        box = mpl.patches.FancyBboxPatch((x, 17), 19, 13, boxstyle="round,pad=0.6", fc="#eef3f9", ec=BLUE, lw=1.2)
        axes.add_patch(box)
        axes.text(x + 9.5, 27, title, ha="center", va="center", weight="bold", color="#1d3d63")
        axes.text(x + 9.5, 21.2, text, ha="center", va="center", fontsize=8.5, color="#333333")
        if i < 3:
            axes.annotate("", (x + 24.2, 23.5), (x + 20, 23.5), arrowprops={"arrowstyle": "->", "color": BLUE})
    refused = [
        (36.5, "over the limit: BudgetExhaustedError;\nnothing ran, nothing charged"),
        (63, "NumPy raises: its error;\nthe charge is taken back"),
    ]
    for x, text in refused:
        axes.annotate("", (x, 10), (x, 16), arrowprops={"arrowstyle": "->", "color": ORANGE})
        axes.text(x, 6, text, ha="center", va="center", fontsize=8.5, color="#8a4b08")
    figure.savefig(file)


def draw(folder: Path) -> None:
    """Draw all figures into `folder`."""
    folder.mkdir(exist_ok=True)
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "flopscope", "font.size": 9.5}):
        for one in (timing, families, flow):
            one(folder / f"{one.__name__}.svg")
