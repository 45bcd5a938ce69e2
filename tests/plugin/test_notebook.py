"""A notebook, executed: the magics, what they show, and the live display."""

from __future__ import annotations

import pytest

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")
pytest.importorskip("ipykernel")

CELLS = [
    "%load_ext flopscope\nimport flopscope as flops\nimport flopscope.numpy as fnp\nx = fnp.ones((8, 8))",
    "%flops x @ x",
    "%%flops --budget 1e6 -o first\ny = x + 1\nz = y * 2\nz.sum()",
    "print(first.flops_used, first.flop_budget, y.shape)",
    "%%flops --budget=100\nx + 1\nx @ x",
    "%flops -x.sum()",
    "%%flops\nx.sum();",
    "%flops --budget lots x",
    "%flops",
    "%%flops x\nx",
    "with flops.BudgetContext(1000) as budget:\n    x + 1\nbudget.report()",
    "with flops.budget_live(refresh_per_second=50), flops.BudgetContext(1000, namespace='fit'):\n    import time\n"
    "    for _ in range(5):\n        x + 1; time.sleep(0.05)",
    "%%flops --live\nx + 1",
    "import asyncio",
    "%%flops\nawait asyncio.sleep(0)",
]  # fmt: skip


@pytest.fixture(scope="module")
def outputs():
    """The outputs of every cell, from a kernel of its own."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3", allow_errors=True).execute()
    return [cell["outputs"] for cell in notebook.cells]


def shown(cell):
    return [output["data"]["text/html"] for output in cell if "text/html" in output.get("data", {})]


def result(cell):
    return [output["data"]["text/plain"] for output in cell if output["output_type"] == "execute_result"]


def failure(cell):
    (error,) = [output for output in cell if output["output_type"] == "error"]
    return error["ename"], error["evalue"]


def test_an_expression_is_counted_and_its_value_is_the_output(outputs):
    assert "matmul" in shown(outputs[1])[0]
    assert ">512</td>" in shown(outputs[1])[0]  # 8*8*8
    assert result(outputs[1])[0].startswith("array([[8.")


def test_a_cell_is_counted_its_names_stay_and_its_last_value_is_the_output(outputs):
    assert result(outputs[2]) == ["np.float64(256.0)"]
    assert outputs[3][0]["text"] == "192 1000000 (8, 8)\n"  # 64 + 64 + 64


def test_a_budget_stops_a_cell_and_what_was_used_is_shown(outputs):
    name, message = failure(outputs[4])
    assert name == "BudgetExhaustedError"
    assert message.startswith("matmul would cost 512 FLOPs, but only 36 of 100 remain")  # 100 - 64
    assert ">64</td>" in shown(outputs[4])[0]


def test_an_expression_may_begin_with_a_minus(outputs):
    assert result(outputs[5]) == ["np.float64(-64.0)"]


def test_a_semicolon_hides_the_value(outputs):
    assert result(outputs[6]) == []
    assert ">64</td>" in shown(outputs[6])[0]


@pytest.mark.parametrize(
    "cell, message",
    [
        (7, "--budget must be a positive whole number such as 1000000 or 1e9; got 'lots'"),
        (8, "what is to be counted?"),
        (9, "'x' is no option"),
        (14, "%%flops cannot await; write `with flops.BudgetContext"),
    ],
)
def test_wrong_usage_is_explained(outputs, cell, message):
    said = [output.get("text", output.get("evalue", "")) for output in outputs[cell]]
    assert any(message in text for text in said)


def test_a_report_shows_itself(outputs):
    assert result(outputs[10])[0].startswith("flopscope summary\n=====")
    assert "flopscope summary" in shown(outputs[10])[0]


@pytest.mark.parametrize("cell, used", [(11, "320"), (12, "64")])
def test_the_live_display_is_drawn_in_its_place_and_ends_with_the_last_state(outputs, cell, used):
    panels = [html for html in shown(outputs[cell]) if "closed" in html]
    assert len(panels) == 1
    assert f">{used}</td>" in panels[0]
    assert not any(output["output_type"] == "stream" for output in outputs[cell])
