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
from arms import ARMS
from substitution import Substitution

ARM = os.environ["NUMPY_SUITE_ARM"]
OUT = Path(os.environ["NUMPY_SUITE_OUT"])
SECONDS_PER_TEST = 120
TRACEBACK = 6000  # characters kept of each

_substitution: Substitution | None = None


def pytest_configure(config: pytest.Config) -> None:
    global _substitution
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        if ARM in ARMS:
            _substitution = Substitution(ARMS[ARM]())
            _substitution.install()
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Recorder(OUT / f"{ARM}.jsonl"))


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _substitution is not None:
        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        record = {name: [uses, sorted(_substitution.used_by[name])] for name, uses in _substitution.uses.items()}
        (OUT / f"{ARM}.{worker}.missing.json").write_text(json.dumps(record))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report = yield
    if report.failed and call.excinfo is not None:
        report.error = _error(call.excinfo, item)
    return report


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


def _error(excinfo: pytest.ExceptionInfo[BaseException], item: pytest.Item) -> dict[str, Any]:
    """What is known of a failure: type, message, the test's own line, and the innermost frame that is flopscope's."""
    frames = traceback.extract_tb(excinfo.tb)
    in_test = [f for f in frames if f.filename == str(item.path)]
    in_flopscope = [f for f in frames if f"{os.sep}flopscope{os.sep}" in f.filename]
    return {
        "type": excinfo.typename,
        "message": str(excinfo.value)[:TRACEBACK],
        "line": f"{in_test[-1].lineno}: {in_test[-1].line}" if in_test else "",
        "frame": f"{Path(in_flopscope[-1].filename).name}:{in_flopscope[-1].name}" if in_flopscope else "",
    }


class _Recorder:
    """Writes a line of JSON for each phase of a test that says something about its end (in the controlling process)."""

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
        if outcome == "failed" and error is None:  # a crashed worker has no exception to show
            error = {"type": "Crash", "message": report.longreprtext, "line": "", "frame": ""}
        self._write(report.nodeid, outcome, report.duration, error, report.longreprtext)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            text = report.longreprtext
            lines = [line[2:].strip() for line in text.splitlines() if line.startswith("E ")]
            kind, _, message = (lines[0] if lines else text).partition(": ")
            error = {"type": kind, "message": message, "line": "import of the module", "frame": ""}
            self._write(report.nodeid, "failed", 0.0, error, text)

    def _write(self, test: str, outcome: str, seconds: float, error: dict[str, Any] | None, text: str) -> None:
        record = {"test": test, "outcome": outcome, "seconds": round(seconds, 4)}
        if outcome == "failed":
            record |= {"error": error, "traceback": text[-TRACEBACK:]}
        self.stream.write(json.dumps(record) + "\n")

    def pytest_unconfigure(self) -> None:
        self.stream.close()
