"""What counting costs, in ratios to bare NumPy measured in the same run.

Blocks of calls alternate: NumPy, fnp, fnp, NumPy, ... so that whatever else the machine does meets both. A block is
long enough to contain its share of what flopscope does every few milliseconds. A row shows the ratio of the shortest
blocks (``min``) and the median of the ratios of neighbouring blocks (``median``). On a quiet machine they agree; the
verdict is ``ok`` or ``OVER`` where both are on the same side of the bound, and ``unclear`` where they are not: the
machine was too busy to tell. Everything runs inside an open BudgetContext.

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
from collections.abc import Callable
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

    @property
    def verdict(self) -> str:
        if self.bound is None:
            return ""
        within = {self.minimum <= self.bound, self.median <= self.bound}
        return "unclear" if len(within) == 2 else "ok" if within.pop() else "OVER"


def clocked(block: Callable[[int], None], n: int) -> int:
    """Nanoseconds that `n` executions take."""
    start = time.perf_counter_ns()
    block(n)
    return time.perf_counter_ns() - start


def interleaved(first: Callable[[], int], second: Callable[[], int], rounds: int) -> tuple[list[int], list[int]]:
    """Times of both, taken in turns: first second, second first, first second, ..."""
    times: tuple[list[int], list[int]] = ([], [])
    for i in range(rounds):
        for which in (0, 1) if i % 2 == 0 else (1, 0):
            times[which].append((first, second)[which]())
    return times


def ratios(bare: list[int], counted: list[int]) -> tuple[float, float]:
    """Ratio of the minima, and median of the ratios of neighbours."""
    return min(counted) / min(bare), median(c / b for b, c in zip(bare, counted, strict=True))


def measure(program: Program, seconds: float) -> Result:
    """Time of a program under flopscope over its time under NumPy."""
    with flops.BudgetContext(flop_budget=BUDGET):
        bare, counted = prepare(program, np), prepare(program, fnp)
        bare(3), counted(3)
        n = 1
        while (once := clocked(bare, n)) < BLOCK_NS and n < 10**6:
            n *= 2
        pair = once + clocked(counted, n)
        rounds = min(max(round(seconds * 1e9 / pair), ROUNDS.start), ROUNDS.stop)
        gc.collect()
        gc.disable()
        try:
            times = interleaved(lambda: clocked(bare, n), lambda: clocked(counted, n), rounds)
        finally:
            gc.enable()
    return Result(program.name, *(min(t) / n / 1000 for t in times), "us", *ratios(*times), program.bound)


def measure_symmetric(symmetric: Symmetric, seconds: float) -> Result:
    """What a statement on symmetric tensors takes beyond the same on plain arrays."""
    texts = (symmetric.statement, symmetric.plain, *symmetric.kernels)
    with flops.BudgetContext(flop_budget=BUDGET):
        blocks = [prepare(Program(text, SYMMETRIC_SETUP, text, symmetric.bound), fnp) for text in texts]
        for block in blocks:
            block(3)
        n = 1
        while (once := sum(clocked(block, n) for block in blocks)) < BLOCK_NS and n < 10**6:
            n *= 2
        rounds = min(max(round(seconds * 1e9 / once), ROUNDS.start), ROUNDS.stop)
        gc.collect()
        gc.disable()
        try:
            times = [[clocked(block, n) / n / 1000 for block in blocks] for _ in range(rounds)]
        finally:
            gc.enable()
    shortest = [min(column) for column in zip(*times, strict=True)]

    def added(row: list[float]) -> float:
        with_it, without, *kernels = row
        return (with_it - kernels[0]) / (without - kernels[1]) if kernels else with_it - without

    unit = "x" if symmetric.kernels else "us"
    found = added(shortest), median(map(added, times))
    return Result(symmetric.name, None, shortest[0], "us", *found, symmetric.bound, unit)


def measure_guide(rounds: int = 10) -> Result:
    """Milliseconds until the guide's contraction is priced for the first time, in a process that has the modules."""
    source = (
        "import time, flopscope, flopscope.symmetry, flopscope.einsum.network, flopscope.einsum.planner; "
        f"t = time.perf_counter_ns(); assert {GUIDE} == 25_500; print(time.perf_counter_ns() - t)"
    )
    command = [sys.executable, "-c", source]
    times = [int(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout) / 1e6 for _ in range(rounds)]
    return Result("cold path, guide", None, min(times), "ms", min(times), median(times), 5, "ms")


def measure_import(rounds: int = 20) -> Result:
    """Time of `import flopscope.numpy` in a fresh process over that of `import numpy`."""
    source = "import time; t = time.perf_counter_ns(); import {}; print(time.perf_counter_ns() - t)"

    # Where bytecode is not written, a changed file would be compiled anew every time.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}

    def fresh(module: str) -> int:
        command = [sys.executable, "-c", source.format(module)]
        return int(subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True).stdout)

    fresh("flopscope.numpy")  # the files are in the disk cache, the bytecode is compiled
    times = interleaved(lambda: fresh("numpy"), lambda: fresh("flopscope.numpy"), rounds)
    return Result("import", *(min(t) / 1e6 for t in times), "ms", *ratios(*times), 1.2)


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
    few, many = budgets
    times = interleaved(
        lambda: clocked(lambda _: few.summary(by_namespace=True), 1),
        lambda: clocked(lambda _: many.summary(by_namespace=True), 1),
        rounds,
    )
    return Result("summary, 10**6 / 10**3 calls", *(min(t) / 1000 for t in times), "us", *ratios(*times), 1.5)


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

    machine = f"numpy {np.__version__}, Python {platform.python_version()}, {platform.machine()}"
    print(f"flopscope {flops.__version__}, {machine}\n")
    print(f"{'program':<30}" + "".join(f"{head:>14}" for head in ("numpy", "flopscope", "min", "median", "bound")))
    results = []
    for name, job in jobs:
        if options.only in name:
            results.append(job())
            show(results[-1])
    verdicts = [result.verdict for result in results]
    counts = ", ".join(f"{verdicts.count(v)} {v}" for v in ("ok", "OVER", "unclear"))
    print(f"\n{len(results)} programs: {counts}; {verdicts.count('')} without a bound.")

    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        rows = [{**result._asdict(), "verdict": result.verdict} for result in results]
        options.json.write_text(json.dumps({"machine": machine, "results": rows}, indent=1) + "\n")
        print(f"Written to {options.json}.")


if __name__ == "__main__":
    main()
