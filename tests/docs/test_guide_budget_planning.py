"""Every line of the user's guide is true: its blocks run, its numbers come out, its sentences hold."""

from __future__ import annotations

import re
import time

import numpy as np
import pytest

import flopscope as flops
import flopscope.numpy as fnp
from codeblocks import ROOT, blocks, run

PAGE = ROOT / "docs" / "guide-budget-planning.md"
ORIGINAL = ROOT.parent / "shared" / "guide-budget-planning.txt"


def test_every_number_in_a_comment_is_the_number_printed():
    checked = []
    for block, printed, _ in run(PAGE):
        lines = printed.splitlines()
        for number in re.findall(r"^print\(.*\)\s+# ([\d,]+)", block.text, re.MULTILINE):
            assert any(line.endswith(f" {number}") for line in lines), f"{number} is not printed by {block.place}"
            checked.append(number)
    assert checked == ["16,777,216", "655,360", "65,536", "65,536"]


@pytest.mark.skipif(not ORIGINAL.exists(), reason="the original guide lies beside the checkout on our machines only")
def test_every_block_of_the_original_guide_is_on_our_page():
    ours = [block.text for block in blocks(PAGE) if block.language == "python"]
    rest = ORIGINAL.read_text(encoding="utf-8")
    for text in sorted(ours, key=len, reverse=True):
        rest = rest.replace(text, "")
    code = re.compile(r"(import|from|with|for|try|def|if|print|#|\w+(, \w+)* =)\b|\s+(?!•|\d\.)\S|[)\]}]")
    assert [line for line in rest.splitlines() if code.match(line)] == []
    assert "print(info)  # full per-step table" not in rest


# ── the sentences between the blocks ──


def test_estimating_touches_no_budget():
    with flops.BudgetContext(flop_budget=10) as budget:
        flops.einsum_cost("ij,jk->ik", shapes=[(256, 256), (256, 256)])
        flops.svd_cost(m=256, n=256, k=10)
        flops.pointwise_cost("exp", shape=(256, 256))
        flops.reduction_cost("sum", input_shape=(256, 256))
    assert budget.flops_used == 0
    assert len(budget.op_log) == 0


def test_einsum_path_logs_one_planning_event_of_one_flop():
    with flops.BudgetContext(flop_budget=10) as budget:
        fnp.einsum_path("ij,jk,kl->il", fnp.ones((9, 9)), fnp.ones((9, 9)), fnp.ones((9, 9)))
    assert [(record.op_name, record.flop_cost) for record in budget.op_log] == [("einsum_path", 1)]


def test_the_summary_names_the_dearest_op_first():
    with flops.BudgetContext(flop_budget=10**6) as budget:
        fnp.exp(fnp.ones(10))
        fnp.sum(fnp.ones(1000))
        fnp.add(fnp.ones(100), 1)
    text = budget.summary()
    assert text.index("sum") < text.index("add") < text.index("exp")
    assert list(budget.summary_dict()["operations"]) == ["sum", "add", "exp"]


def test_a_time_limit_raises_at_the_next_op():
    with flops.BudgetContext(flop_budget=10**6, wall_time_limit_s=0.01) as budget:
        fnp.add(1.0, 1.0)
        time.sleep(0.02)
        with pytest.raises(flops.TimeExhaustedError):
            fnp.add(1.0, 1.0)
    assert budget.flops_used == 1


def test_the_four_times_add_up():
    with flops.BudgetContext(flop_budget=10**9) as budget:
        fnp.matmul(fnp.ones((64, 64)), fnp.ones((64, 64)))
        time.sleep(0.01)
    parts = (budget.flopscope_backend_time_s, budget.flopscope_overhead_time_s, budget.residual_wall_time_s)
    assert min(parts) > 0
    assert budget.residual_wall_time_s >= 0.01
    assert sum(parts) == pytest.approx(budget.wall_time_s, rel=1e-9)


def test_a_record_has_the_fields_of_the_table():
    fields = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(fields) == 9
    with flops.BudgetContext(flop_budget=10**6, namespace="here") as budget:
        fnp.einsum("ij,j->i", fnp.ones((3, 4)), fnp.ones(4))
    record = budget.op_log[0]
    assert [field for field in fields if not hasattr(record, field)] == []
    assert (record.op_name, record.namespace, record.subscripts) == ("einsum", "here", "ij,j->i")
    assert (record.shapes, record.flop_cost, record.cumulative) == (((3, 4), (4,)), 12, 12)  # 3*4 = 12


def test_halving_both_sides_divides_sampling_by_four_and_matmul_by_eight():
    def charges(n: int) -> dict[str, int]:
        with flops.BudgetContext(flop_budget=10**10) as budget:
            a = fnp.random.randn(n, n)
            a + a
            a @ a
        return {record.op_name: record.flop_cost for record in budget.op_log}

    full, half = charges(128), charges(64)
    assert {name: full[name] / half[name] for name in full} == {"random.randn": 4, "add": 4, "matmul": 8}


def test_a_vector_makes_a_product_cheaper():
    assert flops.cost("matmul", (30, 20), (20,)) == 600  # 30*20 = 600
    assert flops.cost("matmul", (30, 20), (20, 10)) == 6000  # 30*20*10 = 6,000


def test_namespaces_attribute_phases_of_one_budget():
    with flops.BudgetContext(flop_budget=10**8, namespace="solver") as budget:
        with fnp.namespace("init"):
            fnp.add(fnp.ones(3), 1)
        with fnp.namespace("solve"):
            fnp.add(fnp.ones(4), 1)
    by_namespace = budget.summary_dict(by_namespace=True)["by_namespace"]
    assert {name: part["flops_used"] for name, part in by_namespace.items()} == {"solver.init": 3, "solver.solve": 4}


def test_the_session_summary_holds_everything_so_far(capsys):
    flops.budget_reset()
    for _ in range(2):
        with flops.BudgetContext(flop_budget=100):
            fnp.add(fnp.ones(3), 1)
    fnp.exp(fnp.ones(5))
    flops.budget_summary()
    assert re.search(r"^Total +11\b", capsys.readouterr().out, re.MULTILINE)  # 2*3 + 5 = 11


def test_non_finite_results_are_reported_when_asked_for():
    with flops.configure(check_nan_inf=True), np.errstate(all="ignore"), pytest.warns(flops.NonFiniteWarning):
        fnp.log(fnp.zeros(2))


def test_symmetry_halves_pointwise_costs():
    x = np.ones((100, 100))
    with flops.BudgetContext(flop_budget=10**6) as budget:
        fnp.exp(flops.as_symmetric(x, symmetric_axes=(0, 1), validate=False))
    assert budget.flops_used == 5050  # 100*101/2
