"""flopscope beside other counters: the same programs, interleaved, each as a ratio to what it counts without counting.

Every peer is installed into an environment of its own under ``build/peers`` and used as its users are told to; nothing
is known here of its inside. A worker per environment executes blocks of calls on request; the blocks of all workers
alternate, so that whatever else the machine does meets them alike. Within a worker, a counted block follows a block of
bare NumPy (for counted-float: of Python floats); the table has the ratio of the shortest blocks and, in brackets, the
median of the ratios of neighbouring ones. Only NumPy's programs are compared: what goes beyond has other names
in every library. What a peer cannot do stands in the table as that.

    make bench-peers
    .venv/bin/python bench/peers.py --publish build/peers.json      the result into bench/peers.json and the README
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PUBLISHED = ROOT / "bench" / "peers.json"
README = ROOT / "README.md"
MARKS = ("<!-- peers: written by bench/peers.py -->", "<!-- /peers -->")

#: What is compared: name in the table, what pip installs, distribution, and how it counts.
PEERS = {
    "this flopscope": (str(ROOT), "flopscope", "arrays"),
    "flopscope on PyPI": ("flopscope", "flopscope", "arrays"),
    "counted-float": ("counted-float", "counted-float", "floats"),
}
HORNER = "horner, scalars"
BLOCK_NS = 5_000_000
LOGGED = 20_000


# -- in the environment of a peer ------------------------------------------------------------------------------------


def _clocked(block: Callable[[int], object], n: int) -> int:
    start = time.perf_counter_ns()
    block(n)
    return time.perf_counter_ns() - start


def _least(block: Callable[[int], object], n: int) -> int:
    return min(_clocked(block, n) for _ in range(3))


def _arrays(name: str) -> tuple[Callable[[int], object], Callable[[int], object]]:
    """The program on NumPy and on the peer that counts NumPy's calls."""
    import numpy as np
    import programs

    import flopscope
    import flopscope.numpy as fnp

    scalars = programs.Program(HORNER, "x = xp.asarray(1.5)", "((x + 2.0) * x + 3.0) * x + 4.0", 4)
    program = next(one for one in [*programs.TINY, programs.ESTIMATOR, scalars] if one.name == name)
    bare, on_peer = programs.prepare(program, np), programs.prepare(program, fnp)

    def counted(n: int) -> None:
        with flopscope.BudgetContext(flop_budget=10**15):
            on_peer(n)

    return bare, counted


def _floats(name: str) -> tuple[Callable[[int], object], Callable[[int], object]]:
    """The program on Python's floats and on floats that count."""
    if name != HORNER:
        raise NotImplementedError("counts scalars, not arrays")
    from counted_float import CountedFloat, FlopCountingContext

    def block(x: Any, n: int) -> None:
        for _ in range(n):
            ((x + 2.0) * x + 3.0) * x + 4.0

    def counted(n: int) -> None:
        with FlopCountingContext():
            block(CountedFloat(1.5), n)

    return lambda n: block(1.5, n), counted


def _log() -> float:
    """Bytes that one more op takes while the budget is kept."""
    import gc
    import tracemalloc

    import flopscope
    import flopscope.numpy as fnp

    with flopscope.BudgetContext(flop_budget=10**15):
        x = fnp.ones(4)
        for _ in range(1000):
            fnp.add(x, x)
        gc.collect()
        tracemalloc.start()
        for _ in range(LOGGED):
            fnp.add(x, x)
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return held / LOGGED


def work(kind: str) -> None:
    """Answer requests, a line of JSON each."""
    blocks: dict[str, tuple[Callable[[int], object], Callable[[int], object], int]] = {}
    for line in sys.stdin:
        name = json.loads(line)
        try:
            if name == "log":
                if kind != "arrays":
                    raise NotImplementedError("keeps no log")
                answer: dict[str, Any] = {"value": _log()}
            else:
                if name not in blocks:
                    bare, counted = (_arrays if kind == "arrays" else _floats)(name)
                    counted(3)
                    n = 1
                    while n < 10**6 and _least(bare, n) < BLOCK_NS and _least(counted, n) < 20 * BLOCK_NS:
                        n *= 2
                    blocks[name] = bare, counted, n
                bare, counted, n = blocks[name]
                answer = {"bare_us": _clocked(bare, n) / n / 1e3, "counted_us": _clocked(counted, n) / n / 1e3}
        except NotImplementedError as error:
            answer = {"cannot": str(error)}
        except Exception as error:  # noqa: BLE001 - whatever a peer raises is its answer
            answer = {"cannot": f"{type(error).__name__}: {error}".splitlines()[0][:120]}
        print(json.dumps(answer), flush=True)


# -- here ------------------------------------------------------------------------------------------------------------


class Worker:
    """An environment with a peer in it, and a process that executes blocks there."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        what, self.distribution, self.kind = PEERS[name]
        self.folder = folder / name.replace(" ", "-")
        self.python = self.folder / "bin" / "python"
        self._install(what)
        self.process: subprocess.Popen[str] | None = None

    def _install(self, what: str) -> None:
        stamp = self.folder / ".installed"
        if stamp.exists() and what != str(ROOT):
            return
        print(f"Installing {self.name} into {self.folder}", file=sys.stderr)
        if not self.python.exists():
            subprocess.run([sys.executable, "-m", "venv", self.folder], check=True)
        pip = [self.python, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        numpy = f"numpy=={metadata.version('numpy')}"
        for packages in ([what, numpy], [what, "numpy"]):  # the same NumPy for all, or the one that the peer allows
            if subprocess.run([*pip, "--force-reinstall", *packages], check=False).returncode == 0:
                stamp.touch()
                return
        raise SystemExit(f"{self.name} could not be installed")

    def run(self, *code: str) -> str:
        """What a fresh process of the environment prints, started where no sources lie."""
        done = subprocess.run(
            [self.python, "-c", *code], cwd=self.folder, env=self._env(), stdout=subprocess.PIPE, check=True
        )
        return done.stdout.decode().strip()

    def _env(self) -> dict[str, str]:
        return {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}

    def version(self, distribution: str) -> str:
        return self.run(f"from importlib.metadata import version; print(version({distribution!r}))")

    def ask(self, request: str) -> dict[str, Any]:
        """Have the worker execute a block of a program, or count the bytes of its log."""
        if self.process is None:
            command = [self.python, __file__, "--worker", self.kind]
            with (self.folder / "stderr.txt").open("w") as said:
                pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": said}
                self.process = subprocess.Popen(command, cwd=self.folder, env=self._env(), text=True, **pipes)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            self.process = None
            return {"cannot": "the process died"}
        return json.loads(answer)

    def imported(self) -> dict[str, Any]:
        """Milliseconds of an import in a fresh process, bare and counted."""
        module = "flopscope.numpy" if self.kind == "arrays" else "counted_float"
        source = (
            "import sys, time; t = time.perf_counter_ns(); __import__(sys.argv[1]); print(time.perf_counter_ns() - t)"
        )
        return {
            "bare_us": int(self.run(source, "numpy")) / 1e3,
            "counted_us": int(self.run(source, module)) / 1e3,
        }

    def close(self) -> None:
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()
            self.process.wait()


def interleaved(
    workers: list[Worker], ask: Callable[[Worker], dict[str, Any]], rounds: int
) -> dict[str, dict[str, Any]]:
    """Answers of all workers, taken in turns, there and back; as ratios where there is a bare time."""
    answers: dict[str, list[dict[str, Any]]] = {worker.name: [] for worker in workers}
    for i in range(rounds):
        for worker in workers if i % 2 == 0 else reversed(workers):
            if not any("cannot" in answer for answer in answers[worker.name]):
                answers[worker.name].append(ask(worker))
    return {name: _result(some) for name, some in answers.items()}


def _result(answers: list[dict[str, Any]]) -> dict[str, Any]:
    for answer in answers:
        if "cannot" in answer:
            return answer
    if "value" in answers[0]:
        return {"value": round(min(answer["value"] for answer in answers), 1)}
    bare, counted = ([answer[side] for answer in answers] for side in ("bare_us", "counted_us"))
    return {
        "ratio": round(min(counted) / min(bare), 3),
        "median": round(median(c / b for b, c in zip(bare, counted, strict=True)), 3),
        "bare_us": round(min(bare), 3),
        "counted_us": round(min(counted), 3),
    }


def measure(folder: Path, rounds: int) -> dict[str, Any]:
    """All programs in all environments."""
    sys.path.insert(0, str(Path(__file__).parent))
    from programs import ESTIMATOR, TINY

    workers = [Worker(name, folder) for name in PEERS]
    jobs: list[tuple[str, str, Callable[[Worker], dict[str, Any]], int]] = [
        (name, "x", lambda worker, name=name: worker.ask(name), rounds)
        for name in (*(program.name for program in TINY), HORNER, ESTIMATOR.name)
    ]
    jobs.append(("import", "x", Worker.imported, max(rounds // 2, 2)))
    jobs.append(("log, per op", "B", lambda worker: worker.ask("log"), 2))
    rows = []
    try:
        for name, unit, ask, times in jobs:
            row = {"program": name, "unit": unit, "results": interleaved(workers, ask, times)}
            rows.append(row)
            print(line(row), flush=True)
    finally:
        for worker in workers:
            worker.close()
    versions = {worker.name: worker.version(worker.distribution) for worker in workers}
    numpys = {worker.name: worker.version("numpy") for worker in workers if worker.kind == "arrays"}
    machine = f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores"
    return {"machine": machine, "versions": versions, "numpy": numpys, "rounds": rounds, "rows": rows}


# -- showing it ------------------------------------------------------------------------------------------------------


def cell(result: dict[str, Any], unit: str) -> str:
    if "cannot" in result:
        return "cannot"
    if "value" in result:
        return f"{result['value']:,.0f} {unit}"
    return f"{result['ratio']:.2f} ({result['median']:.2f}) {unit}"


def line(row: dict[str, Any]) -> str:
    """A row of the table on a terminal."""
    return f"{row['program']:<28}" + "".join(f"{cell(result, row['unit']):>20}" for result in row["results"].values())


def table(data: dict[str, Any]) -> str:
    """The table of the README, with what a peer cannot do below it."""
    heads = [f"{name} {version}" for name, version in data["versions"].items()]
    rows = [["program", *heads], ["---"] + ["---:"] * len(heads)]
    rows += [
        [row["program"], *(cell(result, row["unit"]) for result in row["results"].values())] for row in data["rows"]
    ]
    text = "".join(f"| {' | '.join(cells)} |\n" for cells in rows)
    reasons: dict[tuple[str, str], list[str]] = {}
    for row in data["rows"]:
        for name, result in row["results"].items():
            if "cannot" in result:
                reasons.setdefault((name, result["cannot"]), []).append(row["program"])
    numpys = ", ".join(sorted(set(data["numpy"].values())))
    text += (
        "\nTimes are multiples of the same program without counting: the ratio of the shortest blocks, and in brackets "
        f"the median of the ratios of neighbouring blocks, of {data['rounds']}; {data['machine']}, NumPy {numpys}.\n"
    )
    for (name, reason), names in reasons.items():
        text += f"{name} cannot: {'; '.join(names)} ({reason}).\n"
    return text


def publish(source: Path) -> None:
    """Keep a result as the published one, and write its table into the README."""
    data = json.loads(source.read_text(encoding="utf-8"))
    PUBLISHED.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    README.write_text(f"{before}{MARKS[0]}\n\n{table(data)}\n{MARKS[1]}{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--rounds", type=int, default=30, help="blocks of each program in each environment (default 30)"
    )
    parser.add_argument("--json", type=Path, default=ROOT / "build" / "peers.json", help="where the result goes")
    parser.add_argument(
        "--publish", type=Path, metavar="JSON", help="write this result into the README, measure nothing"
    )
    parser.add_argument("--worker", choices=("arrays", "floats"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(options.worker)
    elif options.publish:
        publish(options.publish)
    else:
        print(f"{'program':<28}" + "".join(f"{name:>20}" for name in PEERS))
        data = measure(ROOT / "build" / "peers", options.rounds)
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
        print(f"\nWritten to {options.json}.")


if __name__ == "__main__":
    main()
