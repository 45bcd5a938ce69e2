"""The pytest plugin of a run: sets one arm up in every process, and writes down how each test ended.

``NUMPY_SUITE_ARM`` names the arm, ``NUMPY_SUITE_OUT`` the folder for the records.
"""

from __future__ import annotations

import json
import os
import signal
import traceback
from pathlib import Path
from typing import Any

import pytest
from arms import ARMS, Arm
from substitution import Substitution

ARM = os.environ["NUMPY_SUITE_ARM"]
OUT = Path(os.environ["NUMPY_SUITE_OUT"])
SECONDS_PER_TEST = 600  # the longest takes 17 alone, and the machine may be busy
TRACEBACK = 6000  # characters kept of each


def pytest_configure(config: pytest.Config) -> None:
    controls = not hasattr(config, "workerinput")
    if ARM in ARMS and not (controls and config.getoption("numprocesses", None)):
        config.pluginmanager.register(_Replaces(ARMS[ARM]()))
    if controls:
        config.pluginmanager.register(_Records(OUT / f"{ARM}.jsonl"))


class _Replaces:
    """In a process that runs tests: replaces NumPy's functions, and watches what is charged."""

    def __init__(self, arm: Arm) -> None:
        self.arm, self.substitution = arm, Substitution(arm)
        self.substitution.install()

    def pytest_itemcollected(self, item: Any) -> None:
        if not self.substitution.covers(item.module):
            pytest.exit(f"{item.nodeid} would run on plain NumPy in the arm {ARM}", returncode=4)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Any:
        before = self.arm.charged()
        try:
            result = yield
        finally:
            item.charged = self.arm.charged() - before  # type: ignore[attr-defined]
        if type(before) is int and type(item.charged) is not int:  # once: a total that is no int stays so
            raise TypeError(f"FLOPs are ints, and this test charged {item.charged!r}")
        return result

    def pytest_sessionfinish(self) -> None:
        found = self.substitution
        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        record = {name: [uses, sorted(found.used_by[name])] for name, uses in found.uses.items()}
        (OUT / f"{ARM}.{worker}.missing.json").write_text(json.dumps(record))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Any:
    """A test that hangs fails."""

    def expire(*_: Any) -> None:
        raise TimeoutError(f"the test ran for more than {SECONDS_PER_TEST} s")

    signal.signal(signal.SIGALRM, expire)
    signal.alarm(SECONDS_PER_TEST)
    try:
        return (yield)
    finally:
        signal.alarm(0)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report = yield
    report.charged = getattr(item, "charged", 0)
    if report.failed and call.excinfo is not None:
        report.error = _error(call.excinfo.value, str(item.path))
    return report


def _error(error: BaseException, test_file: str) -> dict[str, str]:
    """What is known of a failure: type, message, the test's own line, and the innermost frame that is flopscope's."""
    while isinstance(error, AssertionError) and error.__cause__ is not None:
        error = error.__cause__
    frames = traceback.extract_tb(error.__traceback__)
    in_test = [f"{f.lineno}: {f.line}" for f in frames if f.filename == test_file]
    ours = [f"{Path(f.filename).name}:{f.name}" for f in frames if f"{os.sep}flopscope{os.sep}" in f.filename]
    return {
        "type": type(error).__name__,
        "message": str(error)[:TRACEBACK],
        "line": in_test[-1] if in_test else "",
        "frame": ours[-1] if ours else "",
    }


class _Records:
    """In the process that controls the others: a line of JSON for each phase that tells how a test ended."""

    def __init__(self, path: Path) -> None:
        self.stream = path.open("w")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if hasattr(report, "wasxfail"):
            outcome = "xfailed" if report.skipped else "xpassed"
        elif report.when == "call" or not report.passed:
            outcome = report.outcome
        else:
            return
        error = getattr(report, "error", None)
        if outcome == "failed" and error is None:  # a crashed process has no exception to show
            error = {"type": "Crash", "message": report.longreprtext, "line": "", "frame": ""}
        record = {"test": report.nodeid, "outcome": outcome, "seconds": round(report.duration, 4)}
        self._write(record | {"charged": getattr(report, "charged", 0)}, error, report.longreprtext)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            lines = [line[2:].strip() for line in report.longreprtext.splitlines() if line.startswith("E ")]
            kind, _, message = (lines[0] if lines else report.longreprtext).partition(": ")
            error = {"type": kind, "message": message, "line": "import of the module", "frame": ""}
            self._write({"test": report.nodeid, "outcome": "failed", "seconds": 0.0}, error, report.longreprtext)

    def _write(self, record: dict[str, Any], error: dict[str, str] | None, text: str) -> None:
        if record["outcome"] == "failed":
            record |= {"error": error, "traceback": text[-TRACEBACK:]}
        self.stream.write(json.dumps(record) + "\n")

    def pytest_unconfigure(self) -> None:
        self.stream.close()
