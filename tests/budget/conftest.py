"""What all tests of budgets share: a fresh session, and the check that the books agree."""

from __future__ import annotations

import pytest

import flopscope as flops
from flopscope.budgets import blocks
from flopscope.budgets.ledger import flush_lock
from flopscope.budgets.sessions import session


@pytest.fixture(autouse=True)
def fresh_session():
    """Every test begins with nothing charged, and leaves nothing open."""
    flops.budget_reset()
    yield
    left_open = blocks._open_entries()
    blocks._open_in_main.clear()
    blocks._open_elsewhere.clear()
    blocks._top.set(None)
    blocks.active.set(session.scope)
    assert not left_open
    assert not flush_lock._is_owned()


def _nanoseconds(seconds: float) -> int:
    return round(seconds * 1e9)


def _check(*budgets: flops.BudgetContext) -> None:
    """Counter, log, totals and summaries of each budget say the same, to the last FLOP and nanosecond."""
    for budget in budgets:
        log = list(budget.op_log)
        summary = budget._account.summary()
        data = budget.summary_dict(by_namespace=True)

        assert budget.flops_used == sum(record.flop_cost for record in log)
        assert budget.flops_used == summary.flops_used == data["flops_used"]
        assert budget.flops_remaining == budget.flop_budget - budget.flops_used == data["flops_remaining"]
        running = 0
        for record in log:
            running += record.flop_cost
            assert record.cumulative == running
        assert len(budget.op_log) == len(log) == summary.calls

        operations, paths = data["operations"], data["by_namespace"]
        for key, field in (("flop_cost", "flop_cost"), ("calls", None)):
            for name, entry in operations.items():
                of_op = [record for record in log if record.op_name == name]
                assert entry[key] == (sum(getattr(r, field) for r in of_op) if field else len(of_op))
        assert {r.op_name for r in log} == set(operations)
        assert {r.namespace for r in log} == set(paths)
        for path, entry in paths.items():
            of_path = [record for record in log if record.namespace == path]
            assert entry["flops_used"] == sum(record.flop_cost for record in of_path)
            assert entry["flops_used"] == sum(op["flop_cost"] for op in entry["operations"].values())
            assert entry["calls"] == len(of_path) == sum(op["calls"] for op in entry["operations"].values())

        assert summary.backend_ns == sum(_nanoseconds(r.flopscope_backend_duration_s) for r in log)
        assert summary.overhead_ns == sum(_nanoseconds(r.flopscope_overhead_duration_s) for r in log)
        assert summary.wall_ns == summary.backend_ns + summary.overhead_ns + summary.residual_ns


@pytest.fixture(scope="session")  # the same for every example of a hypothesis test
def check_books():
    """Function that checks budgets; see `_check`."""
    return _check
