"""`flopscope diff`, `ops`, `cost`: what they print and how they exit."""

from __future__ import annotations

import subprocess
import sys

import pytest

import flopscope as flops
from flopscope.cli import main
from flopscope.reports.summary import Summary
from flopscope.reports.tally import Bucket


@pytest.fixture
def command(capsys):
    """Run a command; returns its exit code and what it printed."""

    def run(*words):
        try:
            code = main(list(map(str, words)))
        except SystemExit as request:
            code = request.code
        return code, *capsys.readouterr()

    return run


# -- cost ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words, cost",
    [
        (["einsum ij,jk->ik", "256x256", "256x256"], "16,777,216"),  # 256**3
        (["einsum", "ij,jk->ik", "256x256", "256x256"], "16,777,216"),
        (["matmul", "4x4:complex128", "4x4:complex128", "--cost-model", "fma1-complex"], "256"),  # 4 * 4**3
        (["linalg.qr", "64x8"], "4,096"),  # 64*8*8
        (["add", "10", "()"], "10"),
        (["sum", "4x8", "axis=0"], "32"),  # 4*8
        (["random.normal", "size=10x20"], "200"),  # 10*20
        (["random.randn", "=10", "=20"], "200"),  # 10*20
        (["linalg.norm", "3x4", "ord='fro'"], f"{flops.cost('linalg.norm', (3, 4), ord='fro'):,}"),
        (["reshape", "6", "2x3"], "0"),
        (["matmul", "1000000x1000000", "1000000x1000000"], f"{10**18:,}"),
    ],
)
def test_cost_prints_the_price(command, words, cost):
    assert command("cost", *words) == (0, f"{cost}\n", "")


@pytest.mark.parametrize(
    "words, message",
    [
        (["addd", "3"], "there is no op 'addd'; did you mean 'add'?"),
        (["matmul", "2x3", "2x3"], "cannot price matmul((2, 3), (2, 3))"),
        (["add", "4:nothing"], "'4:nothing' is no shape with a dtype"),
        (["add", "4", "--cost-model", "nope"], "there is no cost model 'nope'"),
        (["add", "2-3", "4"], "'2-3' is no shape such as 256x256, 10 or (); a parameter is written axis=0"),
    ],
)
def test_cost_of_what_has_none_is_wrong_usage(command, words, message):
    code, out, err = command("cost", *words)
    assert (code, out) == (2, "")
    assert message in err


# -- plan ----------------------------------------------------------------------------------------------------------

MODEL = """
import numpy as np

def predict(x, w, rounds=1):
    for _ in range(rounds):
        y = np.tanh(x @ w)
    return y

def ask(x):
    return 1 if x.sum() > 0 else 0
"""


@pytest.fixture
def plan(tmp_path):
    """Plan functions of a file that only knows NumPy."""
    (tmp_path / "model.py").write_text(MODEL)

    def run(*words):
        command = [sys.executable, "-m", "flopscope", "plan", *words]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)

    return run


@pytest.mark.parametrize("target", ["model.py:predict", "model:predict"])
def test_plan_prices_a_function_of_a_file_or_module(plan, tmp_path, target):
    done = plan(target, "1000000x64", "w=64x8", "rounds=3", "--report", "plan.json")
    assert (done.returncode, done.stderr) == (0, "")
    summary = Summary.load(tmp_path / "plan.json")
    assert {op.op: op.flops for op in summary.operations()} == {
        "matmul": 3 * 10**6 * 64 * 8,
        "tanh": 3 * 10**6 * 8,
    }
    assert done.stdout.startswith(f"flopscope summary - {target}\n")


@pytest.mark.parametrize("budget, code", [("520", 0), ("519", 3)])  # 8*8*8 + 8 FLOPs
def test_plan_exits_by_the_budget(plan, budget, code):
    assert plan("model.py:predict", "1x64", "64x8", "--budget", budget).returncode == code


def test_plan_answers_questions_and_takes_dtypes_and_cost_models(plan, tmp_path):
    done = plan("model.py:ask", "7:int64", "--when-unknown", "True", "--report", "plan.json")
    assert (done.returncode, Summary.load(tmp_path / "plan.json").flops_used) == (0, 7 + 1)  # the sum, the comparison
    done = plan("model.py:predict", "4x64", "64x8", "--cost-model", "fma2", "--report", "plan.json")
    summary = Summary.load(tmp_path / "plan.json")
    assert {op.op: op.flops for op in summary.operations()} == {"matmul": 2 * 4 * 64 * 8, "tanh": 4 * 8}
    assert summary.cost_model.name == "fma2"


@pytest.mark.parametrize(
    "words, code, message",
    [
        (["model.py:predct", "3"], 2, "there is no function 'predct' in model.py; did you mean 'predict'?"),
        (["model.py", "3"], 2, "'model.py' is no function: write file.py:function"),
        (["other.py:f"], 2, "'other.py:f' is no function"),
        (["nowhere:f"], 2, "there is no module 'nowhere'"),
        (["model.py:predict", "3-4"], 2, "'3-4' is no shape"),
        (["model.py:predict", "3:nope"], 2, "'3:nope' is no shape with a dtype"),
        (["model.py:ask", "3"], 1, "ValueNeededError"),
        (["model.py:predict", "3"], 1, "missing 1 required positional argument"),
    ],
)
def test_plan_of_what_cannot_be_planned(plan, words, code, message):
    done = plan(*words)
    assert done.returncode == code
    assert message in done.stderr
    assert "flopscope/" not in done.stderr


# -- ops -----------------------------------------------------------------------------------------------------------


def test_ops_shows_everything_about_one_op(command):
    code, out, _ = command("ops", "qr")
    assert code == 0
    assert out.splitlines()[:2] == ["linalg.qr", "  FLOPs    m*n*min(m,n) per matrix, in every mode."]
    assert "example  (12, 5): 12*5*5 = 300." in out


def test_ops_shows_refused_ops_with_the_reason(command):
    code, out, _ = command("ops", "bmat")
    assert (code, out.splitlines()[:2]) == (0, ["bmat", "  FLOPs    unsupported"])
    assert len(out.splitlines()) > 2


def test_ops_lists_many_with_a_line_each(command):
    code, out, _ = command("ops")
    assert code == 0
    assert len(out.splitlines()) == len(flops.ops())
    assert "linalg.qr" in out


def test_ops_suggests_the_nearest_name(command):
    code, _, err = command("ops", "qrr")
    assert code == 2
    assert "there is no op 'qrr'; did you mean 'qr'?" in err


# -- diff ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def reports(tmp_path):
    for name, cost in (("a", 1000), ("b", 1050)):
        Summary(10**6, 1, [Bucket("matmul", "fit", 1, cost, 0, 0)]).save(tmp_path / f"{name}.json")
    return tmp_path / "a.json", tmp_path / "b.json"


@pytest.mark.parametrize(
    "options, code",
    [
        ((), 0),
        (("--fail-on", "+5%"), 0),
        (("--fail-on", "+4.9%"), 1),
        (("--fail-on=+0%",), 1),
        (("--fail-on", "+50"), 0),
    ],
)
def test_diff_fails_beyond_the_tolerance(command, reports, options, code):
    found, out, err = command("diff", *reports, *options)
    assert found == code
    assert "+5.0%" in out
    assert bool(err) == (code == 1)


def test_diff_the_other_way_is_no_failure(command, reports):
    assert command("diff", *reversed(reports), "--fail-on", "+0%")[0] == 0


def test_diff_says_by_how_much_it_failed(command, reports):
    _, _, err = command("diff", *reports, "--fail-on", "+1%")
    assert err == "flopscope diff: 50 FLOPs more than before; +1% is allowed (--fail-on)\n"


def test_diff_writes_a_page(command, reports, tmp_path):
    assert command("diff", *reports, "--html", tmp_path / "d.html")[0] == 0
    assert "+50" in (tmp_path / "d.html").read_text()


@pytest.mark.parametrize(
    "words, message",
    [
        (["diff", "no.json", "no.json"], "no.json"),
        (["diff", __file__, __file__], "this is no summary"),
        (["diff", "a", "b", "--fail-on", "lots"], "a tolerance is +5%"),
        (["run"], "run needs a script, or -m and a module"),
        (["run", "no_such.py"], "there is no script 'no_such.py'"),
        (["run", "--budget", "many", __file__], "argument --budget: must be a positive whole number such as 1000000"),
        (["run", "--time-limit", "-1", __file__], "must be a positive, finite number"),
        (["run", "--report", "a.pdf", __file__], "cannot tell the format of 'a.pdf'"),
        (["run", "--report", "no/such/a.html", __file__], "there is no folder for the report no/such/a.html"),
        (["nonsense"], "invalid choice: 'nonsense'"),
        ([], "required: COMMAND"),
    ],
)
def test_wrong_usage_is_explained(command, words, message):
    code, out, err = command(*words)
    assert (code, out) == (2, "")
    assert message in err


def test_python_m_and_version():
    done = subprocess.run([sys.executable, "-m", "flopscope", "--version"], capture_output=True, text=True)
    assert done.stdout == f"flopscope {flops.__version__}\n"


def test_help_needs_nothing_heavy():
    code = (
        "import sys, flopscope.cli\n"
        "print(*sorted({'rich', 'flopscope.reports.page', 'flopscope.running'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"
