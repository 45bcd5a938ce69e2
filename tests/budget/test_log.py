"""The op log: a sequence of records that takes a few tens of bytes each, and summaries that do not look at it."""

from __future__ import annotations

import gc
import itertools
import time
import tracemalloc

import pytest

import flopscope as flops
import flopscope.numpy as fnp

FIELDS = (
    "op_name",
    "namespace",
    "subscripts",
    "shapes",
    "flop_cost",
    "cumulative",
    "flopscope_context_start_offset_s",
    "flopscope_backend_duration_s",
    "flopscope_overhead_duration_s",
)


def test_a_record_is_frozen_and_has_the_fields_of_the_guide():
    with flops.BudgetContext(1000, namespace="a") as budget:
        fnp.einsum("ij,jk->ik", fnp.ones((2, 3)), fnp.ones((3, 4)))
        fnp.add(fnp.ones((3, 1)), fnp.ones(4))
        fnp.add(fnp.ones(4), 1)
    einsum, add, scalar = budget.op_log
    assert flops.OpRecord._fields == FIELDS
    assert einsum[:6] == ("einsum", "a", "ij,jk->ik", ((2, 3), (3, 4)), 24, 24)  # 2*3*4 = 24
    assert add[:6] == ("add", "a", None, ((3, 1), (4,)), 12, 36)  # 3*4 = 12
    assert scalar.shapes == ((4,), ())
    assert 0 < einsum.flopscope_context_start_offset_s < add.flopscope_context_start_offset_s < budget.wall_time_s
    assert min(einsum[7:] + add[7:]) > 0
    for field in FIELDS:
        with pytest.raises(AttributeError):
            setattr(add, field, 0)


@pytest.fixture(scope="module")
def long_log():
    """A log of many chunks, with folds of all sizes, and the list of what was called."""
    expected, cumulative = [], 0
    sizes = itertools.cycle([1, 5, 2, 0, 7])
    arrays = {n: fnp.ones(n) for n in (0, 1, 2, 5, 7)}
    with flops.BudgetContext(10**9) as budget:
        for fold in (0, 1, 3, 1500, 1023, 1, 1024, 5000, 2, 700, 0, 1):
            with flops.namespace(f"f{fold}"):
                for n in itertools.islice(sizes, fold):
                    op = ("exp", "negative")[n % 2]
                    getattr(fnp, op)(arrays[n])
                    cumulative += n
                    expected.append((op, f"f{fold}", None, ((n,),), n, cumulative))
            budget.summary_dict()
    return budget, expected


def facts(records):
    return [record[:6] for record in records]


def test_a_long_log_equals_an_eager_list(long_log):
    budget, expected = long_log
    log = budget.op_log
    assert len(log) == len(expected) == 9255
    assert len(budget._account.ledger.chunks) > 2
    assert facts(log) == expected
    assert facts(reversed(log)) == expected[::-1]
    assert facts(log[:]) == expected
    assert log[3] in log
    assert log.index(log[2000]) == 2000
    offsets = [record.flopscope_context_start_offset_s for record in log]
    assert offsets == sorted(offsets)


def test_indices_are_those_of_a_list(long_log):
    budget, expected = long_log
    log, n = budget.op_log, len(expected)
    for i in (0, 1, 4, 1503, 1504, 2526, 2527, 3551, 8551, n - 1, -1, -2, -n, -n + 1, -5000):
        assert log[i][:6] == expected[i]
    for i in (n, -n - 1, 10**9):
        with pytest.raises(IndexError, match=f"op log index {i} is out of range: the log has 9,255 records"):
            log[i]
    for wrong in ("last", 1.0, None):
        with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
            log[wrong]


def test_slices_are_those_of_a_list(long_log):
    budget, expected = long_log
    log = budget.op_log
    for start, stop, step in itertools.product(
        (None, 0, 1500, 9255, -3), (None, 1, 4000, -1, -20_000), (None, 7, -100)
    ):
        assert facts(log[start:stop:step]) == expected[start:stop:step]
    for start, stop in ((9254, 9250), (1505, 1502), (5, None), (-9253, None), (20_000, 9253)):
        assert facts(log[start:stop:-1]) == expected[start:stop:-1]
    with pytest.raises(ValueError):
        log[::0]


def test_an_empty_log_is_an_empty_sequence():
    log = flops.BudgetContext(10).op_log
    assert (len(log), list(log), log[:], log[::-1], list(reversed(log))) == (0, [], [], [], [])
    assert not log
    assert repr(log) == "<op log: 0 ops, 0 FLOPs>"
    with pytest.raises(IndexError):
        log[0]


def test_a_log_is_live_and_an_iteration_goes_over_what_there_was():
    with flops.BudgetContext(10**6) as budget:
        log = budget.op_log
        fnp.exp(fnp.ones(3))
        iterator = iter(log)
        fnp.exp(fnp.ones(2000))
        assert len(list(iterator)) == 1
        assert len(log) == 2
        assert repr(log) == "<op log: 2 ops, 2,003 FLOPs>"


def test_costs_beyond_64_bits_add_up_exactly(check_books):
    huge = 10**25 + 1
    with flops.BudgetContext(10**27) as budget:
        for _ in range(3):
            scope = budget._account.scope("")
            site = scope.site(None, "huge", huge, ())
            now = time.perf_counter()
            scope.charge(site, now)
            scope.commit(site, (site.index, now, now, now, now))
    assert budget.flops_used == budget.op_log[-1].cumulative == 3 * huge
    check_books(budget)


# -- memory and speed ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nested", [False, True])
def test_a_log_takes_at_most_32_bytes_per_op(nested):
    ops = 30_000 if nested else 200_000
    x, y = fnp.ones(4), fnp.ones(4)
    with flops.BudgetContext(10**12) as budget, flops.BudgetContext(10**12) if nested else flops.namespace("a"):
        fnp.add(x, y)
        budget.summary_dict()
        gc.collect()
        tracemalloc.start()
        try:
            for _ in range(ops):
                fnp.add(x, y)
            budget.summary_dict()
            flops.budget_summary_dict()
            used, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert used / ops <= (2 if nested else 1) * 32  # a nested op is in two logs
    assert len(budget.op_log) == ops + 1
    assert budget.flops_used == 4 * (ops + 1)


def test_a_summary_does_not_look_at_the_log():
    """It looks at the totals only: neither at the chunks, nor at anything else whose number grows with the calls."""
    with flops.BudgetContext(10**12) as budget:
        for _ in range(5000):
            fnp.exp(1.0)
        before = budget.summary_dict(by_namespace=True)["operations"]["exp"]["flop_cost"]
        ledger = budget._account.ledger
        kept, ledger.chunks = ledger.chunks, None  # whoever touches it fails
        assert budget.summary_dict(by_namespace=True)["operations"]["exp"]["flop_cost"] == before == 5000
        assert "5,000" in budget.summary(by_namespace=True)
        assert flops.budget_summary_dict(by_namespace=True)["flops_used"] == 5000
        ledger.chunks = kept


def test_many_different_shapes_and_namespaces_in_one_fold(check_books):
    with flops.BudgetContext(10**9) as budget:
        for n in range(300):
            with flops.namespace(f"n{n % 50}"):
                fnp.exp(fnp.ones(n))
    assert budget.flops_used == 300 * 299 // 2
    check_books(budget)
