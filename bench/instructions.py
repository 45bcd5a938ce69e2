"""Instructions per op under flopscope and under bare NumPy: repeatable to a fraction of a percent on a noisy machine.

Valgrind's callgrind counts the instructions of one process that runs every program, and writes a count whenever the
process asks for its parent's id, which nothing else here does: those calls mark the ends of the blocks. The count of
a block of 2n executions minus that of n, over n, is free of everything but the op itself.

Time is held almost still meanwhile: valgrind slows the process by a factor of fifty, and what is done every few
milliseconds (moving records into the compact log) would fall into some blocks and not into others. `make bench` has it.

    make bench-callgrind
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from programs import TINY, prepare

N = 200


def count() -> None:
    """Run every program, marking the ends of its blocks: what happens inside valgrind."""
    time.perf_counter = itertools.count(0.0, 1e-9).__next__
    time.perf_counter_ns = itertools.count().__next__

    import numpy as np

    import flopscope as flops
    import flopscope.numpy as fnp

    with flops.BudgetContext(flop_budget=10**18):
        for program in TINY:
            for xp in (np, fnp):
                block = prepare(program, xp)
                block(N)
                os.getppid()
                block(N)
                os.getppid()
                block(2 * N)
                os.getppid()


def main() -> None:
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        sys.exit("valgrind is not installed: no instructions counted. On Debian: apt-get install valgrind")
    with tempfile.TemporaryDirectory() as folder:
        options = ["--tool=callgrind", "--dump-before=getppid", f"--callgrind-out-file={folder}/out"]
        program = [sys.executable, __file__, "--count"]
        print(f"Counting {2 * len(TINY)} programs under valgrind (a minute or two) ...\n", flush=True)
        done = subprocess.run(
            [valgrind, *options, *program], env={**os.environ, "PYTHONHASHSEED": "0"}, capture_output=True, text=True
        )
        if done.returncode:
            sys.exit(f"valgrind failed:\n{done.stderr}")
        dumps = sorted(Path(folder).glob("out.*"), key=lambda path: int(path.suffix[1:]))
        counts = [int(re.search(r"^totals: (\d+)", path.read_text(), re.MULTILINE)[1]) for path in dumps]
    if len(counts) != 6 * len(TINY):
        sys.exit(f"valgrind wrote {len(counts)} counts, expected {6 * len(TINY)}: no instructions can be told")

    per_op = [(twice - once) / N for once, twice in zip(counts[1::3], counts[2::3], strict=True)]
    print(f"{'instructions per op':<30}{'numpy':>12}{'flopscope':>12}{'added':>12}{'ratio':>8}")
    for program, bare, counted in zip(TINY, per_op[::2], per_op[1::2], strict=True):
        print(f"{program.name:<30}{bare:>12,.0f}{counted:>12,.0f}{counted - bare:>12,.0f}{counted / bare:>7.2f}x")


if __name__ == "__main__":
    count() if "--count" in sys.argv else main()
