"""NumPy's own tests, run through flopscope.numpy and compared with plain NumPy.

    python tests/numpy_suite/run.py                                    everything, plain and flopscope
    python tests/numpy_suite/run.py --only linalg,fft -k svd           a part of it
    python tests/numpy_suite/run.py --arms plain,do-nothing,flopscope  and a subclass that does nothing, for comparison

The tests are those in the installed NumPy wheel. In the arm ``plain`` they run as they are; in the others the test
modules get that arm's functions in the place of NumPy's (see substitution.py). What plain NumPy passes, flopscope must
pass, apart from the tests in expected_failures.txt; a test listed there must fail. Where ``plain`` is not among the
arms, it runs the tests that fail without being listed, and no others.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
NUMPY = Path(np.__file__).resolve().parent
DIRECTORIES = ("fft", "linalg", "lib", "random", "polynomial", "ma", "_core")
ARMS = ("plain", "do-nothing", "flopscope")
# Test modules that build extension modules, or test C intrinsics and no function of NumPy's.
NOT_RUN = (
    "_core/tests/test_cython.py", "_core/tests/test_limited_api.py", "_core/tests/test_mem_policy.py",
    "_core/tests/test_simd.py", "_core/tests/test_simd_module.py", "random/tests/test_extending.py",
)  # fmt: skip
MEMORY = "2 GB"  # tests that need more skip themselves
# Much in little time: --slice, for every commit (test_slice.py).
SLICE = (
    "fft/tests linalg/tests/test_linalg.py polynomial/tests/test_polynomial.py random/tests/test_random.py "
    "ma/tests/test_old_ma.py ma/tests/test_subclassing.py "
    "lib/tests/test_arraypad.py lib/tests/test_arraysetops.py lib/tests/test_index_tricks.py lib/tests/test_mixins.py "
    "lib/tests/test_shape_base.py lib/tests/test_stride_tricks.py lib/tests/test_twodim_base.py "
    "_core/tests/test_array_coercion.py _core/tests/test_defchararray.py _core/tests/test_indexing.py "
    "_core/tests/test_item_selection.py _core/tests/test_overrides.py _core/tests/test_shape_base.py "
    "_core/tests/test_ufunc.py _core/tests/test_umath_complex.py _core/tests/test_numerictypes.py "
    "_core/tests/test_datetime.py lib/tests/test_type_check.py lib/tests/test_packbits.py random/tests/test_smoke.py"
).split()
SLICE_KEYWORD = "not test_ufunc_at_inner_loops"  # 200 tests that take as long as all others

Outcomes = dict[str, dict[str, Any]]  # test id -> record


def run_arm(arm: str, targets: list[str], keyword: str, processes: int, out: Path) -> tuple[Outcomes, float]:
    """Run the tests at `targets` (paths below the NumPy package) in one arm."""
    command = [sys.executable, "-m", "pytest", "-c", str(HERE / "pytest.ini"), f"--rootdir={NUMPY.parent}"]
    command += ["-p", "suite_plugin", "--no-summary", "-m", "not slow", *(["-n", str(processes)] if processes else [])]
    command += [f"--deselect=numpy/{path}" for path in NOT_RUN] + [f"--ignore={NUMPY / path}" for path in NOT_RUN]
    command += ["-k", keyword] if keyword else []
    command += [str(NUMPY / target) for target in targets]
    paths = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")} | {
        "PYTHONPATH": os.pathsep.join([str(HERE), *map(os.path.abspath, paths)]),  # it runs in another folder
        "NUMPY_SUITE_ARM": arm,
        "NUMPY_SUITE_OUT": str(out),
        "NPY_AVAILABLE_MEM": MEMORY,
        "FLOPSCOPE_DEFAULT_BUDGET": str(10**30),
        "PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir(), "numpy-suite-pycache")),  # not into the installed NumPy
    }
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, (out / f"{arm}.log").open("w") as log:
        done = subprocess.run(command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT, check=False)
    seconds = time.perf_counter() - start
    if done.returncode not in (0, 1):
        raise SystemExit(
            f"pytest ended with {done.returncode} in the arm {arm}:\n{(out / f'{arm}.log').read_text()[-3000:]}"
        )
    return _read(out / f"{arm}.jsonl"), seconds


def _read(path: Path) -> Outcomes:
    """Records by test id; of several for one test (call and teardown), the failed one."""
    outcomes: Outcomes = {}
    for line in path.read_text().splitlines():
        record = json.loads(line)
        if outcomes.get(record["test"], record)["outcome"] != "failed" or record["outcome"] == "failed":
            outcomes.setdefault(record["test"], record)
            if record["outcome"] == "failed":
                outcomes[record["test"]] = record
    return outcomes


def missing_names(arm: str, out: Path) -> dict[str, dict[str, Any]]:
    """Public names of NumPy for which the arm had nothing, so that NumPy's own ran: uses, and tests that used them."""
    uses: Counter[str] = Counter()
    tests: defaultdict[str, set[str]] = defaultdict(set)
    for path in out.glob(f"{arm}.*.missing.json"):
        for name, (count, used_by) in json.loads(path.read_text()).items():
            uses[name] += count
            tests[name] |= set(used_by)
    return {name: {"uses": count, "tests": len(tests[name])} for name, count in uses.most_common()}


# -- comparison ------------------------------------------------------------------------------------------------------


def passed(outcomes: Outcomes) -> set[str]:
    return {test for test, record in outcomes.items() if record["outcome"] == "passed"}


def signature(record: dict[str, Any] | None) -> str:
    """Exception type and first line of its message, without the numbers and addresses that differ between tests."""
    if record is None:
        return "not collected under this id"
    if record["outcome"] != "failed":
        return record["outcome"]
    error = record["error"]
    lines = [line.strip() for line in error["message"].splitlines() if line.strip()]
    if error["type"] != "AssertionError":
        text = "".join(lines[:1])
    elif not lines or lines[0].startswith("assert ") or "assert " in error["line"]:
        text = error["line"].partition(": ")[2]  # a bare assert is known by its own text
    else:
        text = " / ".join(lines[:2])  # numpy.testing says in its second line what differs
    text = re.sub(r"0x[0-9a-f]+", "0x#", text)
    text = re.sub(r"[-+]?\d+(\.\d+)?(e[-+]?\d+)?", "#", text)
    return f"{error['type']}: {text}"[:160]


def groups(tests: Iterable[str], outcomes: Outcomes) -> list[dict[str, Any]]:
    """Tests by the signature of their failure, the largest group first."""
    by_signature: defaultdict[str, list[str]] = defaultdict(list)
    for test in sorted(tests):
        by_signature[signature(outcomes.get(test))].append(test)
    ordered = sorted(by_signature.items(), key=lambda item: (-len(item[1]), item[0]))
    return [{"signature": text, "count": len(members), "tests": members} for text, members in ordered]


def table(results: dict[str, Outcomes], directories: Iterable[str]) -> list[list[str]]:
    """Rows: a directory, how many tests plain NumPy passes, and how many of them the other arms pass.

    "charged" is how many of them were charged anything by flopscope.
    """
    others = [arm for arm in results if arm != "plain"]
    rows = [["tests", "plain", *(text for arm in others for text in (arm, "of plain"))]]
    if "flopscope" in others:
        rows[0].append("charged")
    if len(others) == 2:
        rows[0].append("of do-nothing")
    ok = {arm: passed(results[arm]) & passed(results["plain"]) for arm in results}
    for directory in (*directories, ""):
        here = {arm: {test for test in ok[arm] if test.startswith(f"numpy/{directory}")} for arm in results}
        row = [directory or "all", f"{len(here['plain']):,}"]
        for arm in others:
            row += [f"{len(here[arm]):,}", _percent(here[arm], here["plain"])]
        if "flopscope" in others:
            row.append(f"{sum(results['flopscope'].get(test, {}).get('charged', 0) > 0 for test in here['plain']):,}")
        if len(others) == 2:
            row.append(_percent(here["flopscope"] & here["do-nothing"], here["do-nothing"]))
        rows.append(row)
    return rows


def _percent(part: set[str], whole: set[str]) -> str:
    return f"{100 * len(part) / len(whole):.2f} %" if whole else "-"


# -- the list of expected failures -----------------------------------------------------------------------------------


def expected_failures(path: Path = HERE / "expected_failures.txt") -> dict[str, str]:
    """Test id -> reason. An id without its parameters, or of a class, stands for all its tests."""
    listed = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            test, separator, reason = line.partition("  # ")
            if not separator or not reason.strip():
                raise SystemExit(f"{path.name}:{number}: a line is 'test id  # reason', got {line!r}")
            if test in listed:
                raise SystemExit(f"{path.name}:{number}: {test} is listed twice")
            listed[test.strip()] = reason.strip()
    return listed


def _entries(test: str) -> Iterator[str]:
    """The ids under which a test may be listed: its own, without parameters, its class, its module."""
    yield test
    test = test.partition("[")[0]
    yield test
    while "::" in test:
        test = test.rpartition("::")[0]
        yield test


def check(failing: set[str], passing: set[str], listed: dict[str, str]) -> tuple[set[str], set[str]]:
    """Failing tests that are not listed, and listed ones that pass."""
    unexpected = {test for test in failing if listed.keys().isdisjoint(_entries(test))}
    stale = {test for test in passing if not listed.keys().isdisjoint(_entries(test))}
    return unexpected, stale


# -- the program -----------------------------------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arms", default="plain,flopscope", help=f"of {', '.join(ARMS)}")
    parser.add_argument(
        "--only", default=",".join(DIRECTORIES), help="directories, or paths such as fft/tests/test_x.py::T"
    )
    parser.add_argument("--slice", action="store_true", help="a selection that runs in a minute, in place of --only")
    parser.add_argument("-k", default="", dest="keyword", help="pytest's expression that selects tests by name")
    parser.add_argument("-n", type=int, default=2, dest="processes", help="processes (0: none besides pytest's own)")
    parser.add_argument("--out", type=Path, help="keep records, logs and results.json in this folder")
    parser.add_argument("--reuse", action="store_true", help="take plain and do-nothing from an earlier run in --out")
    parser.add_argument("--groups", type=int, default=60, help="how many groups of failures to print")
    options = parser.parse_args(arguments)
    arms = options.arms.split(",")
    if unknown := set(arms) - set(ARMS):
        parser.error(f"no arm {', '.join(unknown)}; there are {', '.join(ARMS)}")
    targets = SLICE if options.slice else [t if "/" in t else f"{t}/tests" for t in options.only.split(",")]
    keyword = options.keyword or (SLICE_KEYWORD if options.slice else "")
    out = options.out or Path(tempfile.mkdtemp(prefix="numpy-suite-"))
    out.mkdir(parents=True, exist_ok=True)

    results: dict[str, Outcomes] = {}
    seconds: dict[str, float] = {}
    for arm in ARMS:
        if arm in arms:
            if options.reuse and arm != "flopscope":
                results[arm] = _read(out / f"{arm}.jsonl")
            else:
                results[arm], seconds[arm] = run_arm(arm, targets, keyword, options.processes, out)
            counts = Counter(record["outcome"] for record in results[arm].values())
            print(
                f"{arm}: {seconds.get(arm, 0):.0f} s;",
                ", ".join(f"{n:,} {o}" for o, n in sorted(counts.items())),
                flush=True,
            )

    summary: dict[str, Any] = {"numpy": np.__version__, "seconds": seconds}
    if "plain" in results:
        directories = [d for d in DIRECTORIES if any(t.startswith(d + "/") for t in targets)]
        summary["table"] = table(results, directories)
        _print_table(summary["table"])
        for arm in results.keys() - {"plain"}:
            failing = passed(results["plain"]) - passed(results[arm])
            summary[arm] = {"groups": groups(failing, results[arm]), "missing": missing_names(arm, out)}
    problems = 0
    if "flopscope" in results:
        passing, listed = passed(results["flopscope"]), expected_failures()
        if "plain" not in results:
            failed = {test for test, record in results["flopscope"].items() if record["outcome"] == "failed"}
            suspects, _ = check(failed, passing, listed)
            chosen = [test.removeprefix("numpy/") for test in sorted(suspects)]
            results["plain"] = run_arm("plain", chosen, "", options.processes, out)[0] if chosen else {}
            summary["flopscope"] = {"groups": groups(suspects, results["flopscope"]), "missing": {}}
        failing = passed(results["plain"]) - passing
        unexpected, stale = check(failing, passing, listed)
        summary["flopscope"] |= {"unexpected": sorted(unexpected), "stale": sorted(stale)}
        _print_failures(summary["flopscope"], unexpected, stale, options.groups)
        problems = len(unexpected) + len(stale)
    (out / "results.json").write_text(json.dumps(summary, indent=1))
    print(f"\nRecords: {out}")
    return 1 if problems else 0


def _print_table(rows: list[list[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    print()
    for row in rows:
        print(
            "  ".join(
                text.ljust(w) if i == 0 else text.rjust(w) for i, (text, w) in enumerate(zip(row, widths, strict=True))
            )
        )


def _print_failures(found: dict[str, Any], unexpected: set[str], stale: set[str], most: int) -> None:
    if found["missing"]:
        names = ", ".join(f"{name} {entry['tests']}" for name, entry in found["missing"].items())
        print(f"\nNames that flopscope.numpy lacks (NumPy's own ran) and how many tests use them: {names}")
    print(f"\n{len(unexpected):,} tests fail that plain NumPy passes and expected_failures.txt does not list.")
    for group in found["groups"][:most]:
        members = [test for test in group["tests"] if test in unexpected]
        if members:
            print(f"{len(members):6,}  {group['signature']}\n        {members[0]}")
    if stale:
        print(f"\n{len(stale):,} tests pass that expected_failures.txt lists: remove them there.")
        print("\n".join(f"        {test}" for test in sorted(stale)))


if __name__ == "__main__":
    sys.exit(main())
