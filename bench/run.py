"""What counting costs, in ratios to bare NumPy measured in the same run.

Blocks of calls alternate: NumPy, fnp, fnp, NumPy, ... so that whatever else the machine does meets both. A block is
long enough to contain its share of what flopscope does every few milliseconds. A row shows the time of one call in
the shortest block of either side, the ratio of these two (``min``), and the median of the ratios of neighbouring
blocks (``median``). On a quiet machine the two agree; the verdict is ``ok`` or ``OVER`` where both are on the same side
of the bound, and ``unclear`` where they are not: the machine was too busy to tell. Everything runs inside an open
BudgetContext. The programs and their bounds are in ``programs.py``.

    make bench
    .venv/bin/python bench/run.py --only linalg --seconds 5 --json bench.json
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import subprocess
import sys
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
from programs import GUIDE, LARGE, SYMMETRIC, SYMMETRIC_SETUP, TINY, Program, Symmetric, prepare

import flopscope as flops
import flopscope.numpy as fnp

BUDGET = 10**18
BLOCK_NS = 10_000_000
ROUNDS = range(20, 200)
LEGEND = """\
numpy, flopscope  one call, in the shortest of the blocks that alternate
min, median       ratio of these two, and median of the ratios of neighbouring blocks; rows of symmetric tensors: what
                  a call takes beyond the same on plain arrays (us), or its overhead as a multiple of that of plain ones
bound             the most that is allowed: ok if both are within it, OVER if neither is, unclear if one is
"""


class Result(NamedTuple):
    """A row of the table: what was measured on both sides, and two estimates of what the bound speaks of."""

    name: str
    numpy: float | None  # None: NumPy has no such thing, and the bound is one of flopscope's own quantity
    flopscope: float
    unit: str
    minimum: float
    median: float
    bound: float | None  # None: there is none
    of: str = "x"  # unit of the estimates and the bound
    rounds: int = 1  # blocks of each side

    @property
    def verdict(self) -> str:
        if self.bound is None:
            return "no bound"
        within = {self.minimum <= self.bound, self.median <= self.bound}
        return "unclear" if len(within) == 2 else "ok" if within.pop() else "OVER"


def clocked(block: Callable[[int], None], n: int) -> int:
    """Nanoseconds that `n` executions take."""
    start = time.perf_counter_ns()
    block(n)
    return time.perf_counter_ns() - start


def interleaved(sides: list[Callable[[], int]], rounds: int) -> list[list[int]]:
    """Times of all sides, taken in turns, there and back: first second, second first, first second, ..."""
    times: list[list[int]] = [[] for _ in sides]
    for i in range(rounds):
        order = list(zip(sides, times, strict=True))
        for side, taken in order if i % 2 == 0 else reversed(order):
            taken.append(side())
    return times


def ratios(bare: Sequence[float], counted: Sequence[float]) -> tuple[float, float]:
    """Ratio of the minima, and median of the ratios of neighbours."""
    return min(counted) / min(bare), median(c / b for b, c in zip(bare, counted, strict=True))


def microseconds(blocks: list[Callable[[int], None]], seconds: float) -> list[list[float]]:
    """Time of a call in each block, round by round, for about `seconds`; a block of the first is `BLOCK_NS` long."""
    for block in blocks:
        block(3)
    n = 1
    while clocked(blocks[0], n) < BLOCK_NS and n < 10**6:
        n *= 2
    once = sum(clocked(block, n) for block in blocks)
    rounds = min(max(round(seconds * 1e9 / once), ROUNDS.start), ROUNDS.stop)
    gc.collect()
    gc.disable()
    try:
        times = interleaved([partial(clocked, block, n) for block in blocks], rounds)
    finally:
        gc.enable()
    return [[time / n / 1000 for time in column] for column in times]


def measure(program: Program, seconds: float) -> Result:
    """Time of a program under flopscope over its time under NumPy."""
    with flops.BudgetContext(flop_budget=BUDGET):
        times = microseconds([prepare(program, np), prepare(program, fnp)], seconds)
    return Result(program.name, *map(min, times), "us", *ratios(*times), program.bound, rounds=len(times[0]))


def measure_symmetric(symmetric: Symmetric, seconds: float) -> Result:
    """What a statement on symmetric tensors takes beyond the same on plain arrays."""
    texts = (symmetric.statement, symmetric.plain, *symmetric.kernels)
    with flops.BudgetContext(flop_budget=BUDGET):
        blocks = [prepare(Program(text, SYMMETRIC_SETUP, text, symmetric.bound), fnp) for text in texts]
        times = microseconds(blocks, seconds)

    def added(row: Sequence[float]) -> float:
        with_it, without, *kernels = row
        return (with_it - kernels[0]) / (without - kernels[1]) if kernels else with_it - without

    shortest = [min(column) for column in times]
    found = added(shortest), median(map(added, zip(*times, strict=True)))
    unit = "x" if symmetric.kernels else "us"
    return Result(symmetric.name, None, shortest[0], "us", *found, symmetric.bound, unit, len(times[0]))


def measure_guide(rounds: int = 10) -> Result:
    """Milliseconds until the guide's contraction is priced for the first time, in a process that has the modules."""
    source = (
        "import time, flopscope, flopscope.symmetry, flopscope.einsum.network, flopscope.einsum.planner; "
        f"t = time.perf_counter_ns(); assert {GUIDE} == 25_500; print(time.perf_counter_ns() - t)"
    )
    command = [sys.executable, "-c", source]
    times = [int(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout) / 1e6 for _ in range(rounds)]
    return Result("cold path, guide", None, min(times), "ms", min(times), median(times), 5, "ms", rounds)


def measure_import(rounds: int = 20) -> Result:
    """Time of `import flopscope.numpy` in a fresh process over that of `import numpy`."""
    source = "import time; t = time.perf_counter_ns(); import {}; print(time.perf_counter_ns() - t)"

    # Where bytecode is not written, a changed file would be compiled anew every time.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}

    def fresh(module: str) -> int:
        command = [sys.executable, "-c", source.format(module)]
        return int(subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True).stdout)

    fresh("flopscope.numpy")  # the files are in the disk cache, the bytecode is compiled
    times = interleaved([lambda: fresh("numpy"), lambda: fresh("flopscope.numpy")], rounds)
    return Result("import", *(min(t) / 1e6 for t in times), "ms", *ratios(*times), 1.2, rounds=rounds)


def loop(calls: int) -> None:
    """Execute `calls` counted ops of 4 FLOPs, of two kinds, in two namespaces."""
    x = fnp.ones(4)
    for name in ("first", "second"):
        with flops.namespace(name):
            for _ in range(calls // 4):
                fnp.add(x, x)
                fnp.exp(x)


def measure_log(calls: int = 10**6) -> Result:
    """Bytes that the log takes per op, with totals that are exact."""
    with flops.BudgetContext(flop_budget=BUDGET) as budget:
        loop(1000)
        gc.collect()
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        loop(calls)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    total = calls + 1000
    if (len(budget.op_log), budget.flops_used) != (total, 4 * total):
        raise AssertionError(f"{len(budget.op_log):,} ops, {budget.flops_used:,} FLOPs logged; expected {total:,} ops")
    per_op = (after - before) / calls
    return Result("log, per op of 10**6", None, per_op, "B", per_op, per_op, 32, "B")


def measure_summary(rounds: int = 200) -> Result:
    """Time of a summary after 10**6 calls over that after 10**3."""
    budgets = []
    for calls in (10**3, 10**6):
        with flops.BudgetContext(flop_budget=BUDGET) as budget:
            loop(calls)
        budgets.append(budget)
    times = interleaved(
        [partial(clocked, lambda _, budget=budget: budget.summary(by_namespace=True), 1) for budget in budgets], rounds
    )
    sides = (min(t) / 1000 for t in times)
    return Result("summary, 10**6 / 10**3 calls", *sides, "us", *ratios(*times), 1.5, rounds=rounds)


def show(result: Result) -> None:
    """Print a row."""

    def figure(value: float | None, unit: str) -> str:
        return "" if value is None else f"{value:,.2f}{unit}"

    sides = [figure(side, f" {result.unit}") for side in (result.numpy, result.flopscope)]
    of = "x" if result.of == "x" else f" {result.of}"
    row = [*sides, *(figure(value, of) for value in (result.minimum, result.median, result.bound))]
    print(f"{result.name:<30}" + "".join(f"{cell:>14}" for cell in row), "", result.verdict, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="programs whose name contains this")
    parser.add_argument("--seconds", type=float, default=2, help="time for each program (default 2)")
    parser.add_argument("--json", type=Path, help="write the results to this file, too")
    options = parser.parse_args()

    jobs: list[tuple[str, Callable[[], Result]]] = [
        (program.name, lambda program=program: measure(program, options.seconds)) for program in TINY + LARGE
    ]
    jobs += [(one.name, lambda one=one: measure_symmetric(one, options.seconds)) for one in SYMMETRIC]
    jobs += [("cold path, guide", measure_guide)]
    jobs += [("import", measure_import), ("log", measure_log), ("summary", measure_summary)]

    machine = {
        "flopscope": flops.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,  # of the minute before: should be near 0
    }
    print(", ".join(f"{name} {value}" for name, value in machine.items()) + "\n")
    print(f"{'program':<30}" + "".join(f"{head:>14}" for head in ("numpy", "flopscope", "min", "median", "bound")))
    results = []
    for name, job in jobs:
        if options.only in name:
            results.append(job())
            show(results[-1])
    verdicts = Counter(result.verdict for result in results)
    print(f"\n{LEGEND}\n{len(results)} programs: {', '.join(f'{n} {verdict}' for verdict, n in verdicts.items())}.")

    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        rows = [{**result._asdict(), "verdict": result.verdict} for result in results]
        options.json.write_text(json.dumps({**machine, "results": rows}, indent=1) + "\n")
        print(f"Written to {options.json}.")


if __name__ == "__main__":
    main()
