"""The pytest plugin, in runs of pytest of its own."""

from __future__ import annotations

import json

import pytest

pytest_plugins = ["pytester"]

TESTS = """
    import flopscope.numpy as fnp
    import pytest

    @pytest.fixture
    def matrix():
        return fnp.ones((8, 8)) + 1

    def test_dear(matrix):
        matrix @ matrix

    @pytest.mark.max_flops(100)
    def test_limited(flops_budget):
        fnp.ones(SIZE) + 1
        assert flops_budget.flops_used == SIZE
        assert [record.op_name for record in flops_budget.op_log] == ["add"]

    class TestFree:
        def test_free(self, flops_budget):
            assert flops_budget.flops_used == 0
"""


@pytest.fixture
def run(pytester, monkeypatch):
    """Run pytest on `TESTS`, with the plugin and nothing else that happens to be installed."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)

    def execute(*options, size=64, tests=TESTS):
        pytester.makepyfile(test_it=tests.replace("SIZE", str(size)))
        return pytester.runpytest_subprocess("-p", "flopscope.pytest_plugin", "-p", "no:cacheprovider", *options)

    return execute


def test_without_options_it_is_silent(run):
    result = run()
    result.assert_outcomes(passed=3)
    result.stdout.no_fnmatch_line("*FLOPs*")


def test_a_test_that_nobody_asks_about_runs_as_if_the_plugin_were_not_there(run):
    run(
        tests="import flopscope as flops\ndef test_x(): assert flops.current_budget().flop_budget == 10**15"
    ).assert_outcomes(passed=1)


def test_a_test_over_its_limit_fails_at_the_op(run):
    result = run(size=101)
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*BudgetExhaustedError: add would cost 101 FLOPs, but only 100 of 100 remain*",
            "*test_it.py::test_limited is marked max_flops(100)*",
            "test_it.py:*: BudgetExhaustedError",  # the line of the test, and none of ours
        ]
    )
    result.stdout.no_fnmatch_line("*flopscope/*.py:*")


@pytest.mark.parametrize(
    "marker", ["max_flops()", "max_flops(1, 2)", "max_flops(n=3)", "max_flops(0)", "max_flops('x')"]
)
def test_a_marker_that_says_nothing_is_an_error(run, marker):
    result = run("--flops-report", tests=f"import pytest\n@pytest.mark.{marker}\ndef test_x(): pass")
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*UsageError: test_it.py::test_x: *max_flops*"])


def test_the_report_lists_tests_by_cost_without_their_fixtures(run):
    result = run("--flops-report")
    result.stdout.fnmatch_lines(
        [
            "*= FLOPs =*",
            "512  test_it.py::test_dear",  # 8*8*8
            " 64  test_it.py::test_limited",
            "  0  test_it.py::TestFree::test_free",
            "576 FLOPs in 3 tests",  # 512 + 64
        ]
    )


def test_one_flop_more_than_the_baseline_fails(run, pytester):
    run("--flops-baseline", "flops.json", "--flops-update").assert_outcomes(passed=3)
    data = json.loads((pytester.path / "flops.json").read_text())
    assert data == {
        "schema": "flopscope.tests/1",
        "tests": {"test_it.py::TestFree::test_free": 0, "test_it.py::test_dear": 512, "test_it.py::test_limited": 64},
    }
    run("--flops-baseline", "flops.json").assert_outcomes(passed=3)
    run("--flops-baseline", "flops.json", size=63).assert_outcomes(passed=3)
    result = run("--flops-baseline", "flops.json", size=65)
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["65 FLOPs, 1 more than the 64 of the baseline flops.json; +0% is allowed*"])


@pytest.mark.parametrize("allowed, failed", [("+5%", 0), ("+4%", 1), ("+3", 0), ("+2", 1)])
def test_what_is_allowed_is_exact(run, allowed, failed):
    run("--flops-baseline", "flops.json", "--flops-update")
    result = run("--flops-baseline", "flops.json", f"--flops-fail-on={allowed}", size=67)  # 64 + 3; 3/64 = 4.7%
    result.assert_outcomes(passed=3 - failed, failed=failed)


def test_an_update_keeps_the_tests_that_did_not_run_and_accepts_new_costs(run, pytester):
    run("--flops-baseline", "flops.json", "--flops-update")
    run("--flops-baseline", "flops.json", "--flops-update", "-k", "limited", size=70).assert_outcomes(
        passed=1, deselected=2
    )
    tests = json.loads((pytester.path / "flops.json").read_text())["tests"]
    assert (tests["test_it.py::test_limited"], tests["test_it.py::test_dear"]) == (70, 512)


def test_tests_that_are_not_in_the_baseline_are_told(run):
    run("--flops-baseline", "flops.json", "--flops-update", "-k", "dear")
    result = run("--flops-baseline", "flops.json")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["flopscope: 2 tests are not in flops.json; --flops-update adds what is new"])


@pytest.mark.parametrize(
    "options, message",
    [
        (["--flops-baseline", "missing.json"], "*there is no baseline missing.json; --flops-update writes it*"),
        (["--flops-baseline", "test_it.py"], "*test_it.py is no baseline: *"),
        (
            ["--flops-baseline", "nowhere/b.json", "--flops-update"],
            "*there is no folder for the baseline nowhere/b.json*",
        ),
        (["--flops-baseline", "."], "*. is no baseline: *"),
        (["--flops-update"], "*--flops-update needs --flops-baseline FILE*"),
        (["--flops-fail-on", "some"], "*a tolerance is +5%*"),
    ],
)
def test_wrong_usage_is_explained(run, options, message):
    result = run(*options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])


def test_a_test_that_fails_keeps_its_own_error(run):
    tests = "import flopscope.numpy as fnp\ndef test_x():\n    fnp.ones(3) + 1\n    assert False, 'mine'"
    run("--flops-report", tests=tests).stdout.fnmatch_lines(["*AssertionError: mine*"])


@pytest.mark.parametrize("flops", ["1.5", "null", '"3"'])
def test_a_baseline_holds_whole_numbers(run, pytester, flops):
    (pytester.path / "flops.json").write_text(f'{{"schema": "flopscope.tests/1", "tests": {{"a": {flops}}}}}')
    result = run("--flops-baseline", "flops.json")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*flops.json is no baseline: TypeError*"])


@pytest.mark.parametrize("processes", [1, 2])
def test_it_works_under_xdist(run, pytester, processes):
    pytest.importorskip("xdist")
    xdist = ("-p", "xdist.plugin", "-n", str(processes))
    run("--flops-baseline", "flops.json", "--flops-update", *xdist).assert_outcomes(passed=3)
    assert len(json.loads((pytester.path / "flops.json").read_text())["tests"]) == 3
    result = run("--flops-baseline", "flops.json", "--flops-report", *xdist, size=65)
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*test_limited*(+1 from 64)*", "577 FLOPs in 3 tests"])  # 512 + 65
