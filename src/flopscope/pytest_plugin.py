"""The pytest plugin: FLOPs of every test, limits per test, and a baseline that alarms at one FLOP more.

Metered is the call of a test, not its fixtures. What a test cost travels in its report's ``user_properties``, which
pytest-xdist carries from the workers to the controller; the report and the baseline file are written there.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from operator import index
from pathlib import Path
from typing import Any

import pytest

from flopscope.budgets.budget import BudgetContext
from flopscope.errors import BudgetExhaustedError
from flopscope.frames import is_ours, trimmed
from flopscope.reports.compare import Tolerance

SCHEMA = "flopscope.tests/1"
_UNLIMITED = 10**30
_PROPERTY = "flopscope.flops"
_BUDGET: pytest.StashKey[BudgetContext] = pytest.StashKey()
_MARKER = "max_flops(n): fail the test at the op that would exceed n FLOPs"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("flopscope", "FLOPs of tests")
    group.addoption("--flops-report", action="store_true", help="list what every test cost, dearest first")
    group.addoption("--flops-baseline", metavar="FILE", help="fail tests that cost more than this JSON file says")
    group.addoption(
        "--flops-fail-on",
        metavar="+N%",
        default="+0%",
        help="what a test may cost more than its baseline: +5%% of it, or +1000 FLOPs (default: +0%%)",
    )
    group.addoption(
        "--flops-update", action="store_true", help="write what the tests cost into the baseline instead of comparing"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARKER)
    try:
        tolerance = Tolerance.parse(str(config.getoption("--flops-fail-on")))
        path = config.getoption("--flops-baseline")
        update = bool(config.getoption("--flops-update"))
        if update and not path:
            raise ValueError("--flops-update needs --flops-baseline FILE, which it writes")
        baseline = {} if path is None else _read(Path(path), required=not update)
        if update and path and not Path(path).absolute().parent.is_dir():
            raise ValueError(f"there is no folder for the baseline {path}")
    except ValueError as error:
        raise pytest.UsageError(str(error)) from error
    meter = Meter(tolerance, None if path is None else Path(path), baseline, update)
    config.pluginmanager.register(meter, "flopscope-meter")


@pytest.fixture
def flops_budget(request: pytest.FixtureRequest) -> BudgetContext:
    """The budget in which the test runs: ``flops_budget.flops_used``, ``.op_log``, ``.summary()``."""
    return _budget(request.node)


def _budget(item: pytest.Item) -> BudgetContext:
    """The budget of a test, limited by its marker."""
    budget = item.stash.get(_BUDGET, None)
    if budget is None:
        marker = item.get_closest_marker("max_flops")
        limit = _UNLIMITED
        if marker is not None:
            if len(marker.args) != 1 or marker.kwargs:
                raise pytest.UsageError(f"{item.nodeid}: write @pytest.mark.max_flops(n) with one number of FLOPs")
            limit = marker.args[0]
        try:
            budget = BudgetContext(limit)
        except (TypeError, ValueError) as error:
            raise pytest.UsageError(f"{item.nodeid}: max_flops: {error}") from error
        item.stash[_BUDGET] = budget
    return budget


class Meter:
    """What the tests of a run cost, and what they may.

    Parameters
    ----------
    tolerance : Tolerance
        What a test may cost more than its baseline.
    path : Path, optional
        File of the baseline.
    baseline : dict
        FLOPs by node id.
    update : bool
        Whether to write the file rather than to compare.
    """

    def __init__(self, tolerance: Tolerance, path: Path | None, baseline: dict[str, int], update: bool) -> None:
        self.tolerance = tolerance
        self.path = path
        self.baseline = baseline
        self.update = update
        self.found: dict[str, int] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        if not self._is_metered(item):
            return (yield)
        with _budget(item) as budget:
            try:
                result = yield
            except BudgetExhaustedError as error:
                if item.get_closest_marker("max_flops") is not None and error.flop_budget == budget.flop_budget:
                    error.add_note(f"flopscope: {item.nodeid} is marked max_flops({budget.flop_budget:,})")
                error.__traceback__ = trimmed(error.__traceback__, is_ours)  # what failed is the line that asked
                raise
        item.user_properties.append((_PROPERTY, budget.flops_used))
        self._compare(item.nodeid, budget.flops_used)
        return result

    def _is_metered(self, item: pytest.Item) -> bool:
        """Whether anybody asks what the test costs; the others run as if the plugin were not there."""
        asks = self.path is not None or item.config.getoption("--flops-report")
        fixtures: list[str] = getattr(item, "fixturenames", [])
        return bool(asks or "flops_budget" in fixtures or item.get_closest_marker("max_flops"))

    def _compare(self, test: str, used: int) -> None:
        before = self.baseline.get(test)
        if before is None or self.update or not self.tolerance.exceeded(before, used):
            return
        pytest.fail(
            f"{used:,} FLOPs, {used - before:,} more than the {before:,} of the baseline {self.path}; "
            f"{self.tolerance} is allowed (--flops-fail-on); --flops-update accepts the new cost",
            pytrace=False,
        )

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            properties: dict[str, Any] = dict(report.user_properties)
            if _PROPERTY in properties:
                self.found[report.nodeid] = properties[_PROPERTY]

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.update and self.path is not None and not hasattr(session.config, "workerinput"):
            data = {"schema": SCHEMA, "tests": dict(sorted((self.baseline | self.found).items()))}
            self.path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
        write = terminalreporter.write_line
        if config.getoption("--flops-report"):
            terminalreporter.section("FLOPs")
            width = max((len(f"{flops:,}") for flops in self.found.values()), default=0)
            for test, flops in sorted(self.found.items(), key=lambda item: (-item[1], item[0])):
                write(f"{flops:>{width},}  {test}{self._against(test, flops)}")
            write(f"{sum(self.found.values()):,} FLOPs in {_tests(len(self.found))}")
        if self.path is not None:
            new = [test for test in self.found if test not in self.baseline]
            if self.update:
                write(f"flopscope: {self.path} holds {_tests(len(self.baseline | self.found))} now, {len(new):,} new")
            elif new:
                verb = "is" if len(new) == 1 else "are"
                write(f"flopscope: {_tests(len(new))} {verb} not in {self.path}; --flops-update adds what is new")

    def _against(self, test: str, flops: int) -> str:
        before = self.baseline.get(test)
        return "" if before is None or before == flops else f"  ({flops - before:+,} from {before:,})"


def _tests(number: int) -> str:
    return f"{number:,} test{'' if number == 1 else 's'}"


def _read(path: Path, required: bool) -> dict[str, int]:
    if not path.exists() and not required:
        return {}
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["schema"] != SCHEMA:
            raise ValueError(f"its schema is {data['schema']!r}, not {SCHEMA!r}")
        return {str(test): index(flops) for test, flops in data["tests"].items()}
    except FileNotFoundError:
        raise ValueError(f"there is no baseline {path}; --flops-update writes it") from None
    except (OSError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"{path} is no baseline: {type(error).__name__}: {error}") from error
