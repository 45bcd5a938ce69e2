"""Summaries are exact values: parts sum to totals, and nothing changes them."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flopscope.reports.summary import Summary
from flopscope.reports.tally import Bucket, Tally

SUMMARY = Summary(
    flop_budget=1000,
    wall_ns=10_000,
    buckets=[
        Bucket("add", "predict", calls=3, flops=30, backend_ns=1_000, overhead_ns=100),
        Bucket("exp", "predict.sampling", calls=1, flops=50, backend_ns=2_000, overhead_ns=200),
        Bucket("add", "predict.sampling", calls=2, flops=40, backend_ns=500, overhead_ns=50),
        Bucket("sum", "", calls=1, flops=5, backend_ns=100, overhead_ns=10),
    ],
    namespace="predict",
)

counts = st.integers(0, 10**30)  # far beyond int64
buckets = st.builds(
    Bucket,
    op=st.sampled_from(["add", "einsum", "linalg.svd"]),
    namespace=st.sampled_from(["", "a", "a.b", "a.b.c", "a.bc", "b"]),
    calls=counts,
    flops=counts,
    backend_ns=counts,
    overhead_ns=counts,
)
summaries = st.builds(
    Summary, flop_budget=counts, wall_ns=counts, buckets=st.lists(buckets), namespace=st.sampled_from([None, "a"])
)


def test_totals_are_the_sums_of_the_buckets():
    assert SUMMARY.flops_used == 125  # 30 + 50 + 40 + 5
    assert SUMMARY.flops_remaining == 875  # 1000 - 125
    assert SUMMARY.calls == 7  # 3 + 1 + 2 + 1
    assert SUMMARY.backend_ns == 3_600  # 1000 + 2000 + 500 + 100
    assert SUMMARY.overhead_ns == 360  # 100 + 200 + 50 + 10
    assert SUMMARY.residual_ns == 6_040  # 10000 - 3600 - 360


def test_seconds_are_nanoseconds_over_a_billion():
    assert SUMMARY.wall_time_s == 10_000 / 1e9
    assert SUMMARY.flopscope_backend_time_s == 3_600 / 1e9
    assert SUMMARY.flopscope_overhead_time_s == 360 / 1e9
    assert SUMMARY.residual_wall_time_s == 6_040 / 1e9


def test_residual_is_negative_when_threads_compute_side_by_side():
    assert Summary(10, wall_ns=100, buckets=[Bucket("exp", "", 2, 2, 180, 10)]).residual_ns == -90  # 100 - 180 - 10


def test_operations_merge_namespaces_and_come_dearest_first():
    assert SUMMARY.operations() == (
        Bucket("add", "", 5, 70, 1_500, 150),  # 3 + 2 calls, 30 + 40 FLOPs
        Bucket("exp", "", 1, 50, 2_000, 200),
        Bucket("sum", "", 1, 5, 100, 10),
    )


def test_operations_of_the_same_cost_come_by_calls_then_name():
    tied = [Bucket(op, "", calls, 8, 0, 0) for op, calls in (("exp", 1), ("cos", 1), ("sin", 2))]
    assert [bucket.op for bucket in Tally(tied).operations()] == ["sin", "cos", "exp"]


def test_namespaces_are_exact_paths_dearest_first():
    tallies = SUMMARY.namespaces()
    assert list(tallies) == ["predict.sampling", "predict", ""]
    assert [tally.flops_used for tally in tallies.values()] == [90, 30, 5]  # 50 + 40; 30; 5
    assert [bucket.op for bucket in tallies["predict.sampling"].operations()] == ["exp", "add"]


def test_tree_gives_subtotals_and_what_a_parent_was_charged_itself():
    assert [(depth, name, tally.flops_used) for depth, name, tally in SUMMARY.tree()] == [
        (0, "predict", 120),  # 30 + 90
        (1, "predict.sampling", 90),
        (1, "", 30),
        (0, "", 5),
    ]


def test_tree_joins_chains_and_does_not_confuse_names_that_begin_alike():
    paths = {"a.b.c": 1, "a.bc.d": 2, "ab": 4}
    tally = Tally(Bucket("add", path, 1, flops, 0, 0) for path, flops in paths.items())
    assert [(depth, name, part.flops_used) for depth, name, part in tally.tree()] == [
        (0, "ab", 4),
        (0, "a", 3),  # 1 + 2
        (1, "a.bc.d", 2),
        (1, "a.b.c", 1),
    ]


def test_dict_has_exactly_the_documented_keys():
    assert SUMMARY.to_dict(by_namespace=True) == {
        "flop_budget": 1000,
        "flops_used": 125,
        "flops_remaining": 875,
        "wall_time_s": 1e-05,
        "flopscope_backend_time_s": 3.6e-06,
        "flopscope_overhead_time_s": 3.6e-07,
        "residual_wall_time_s": 6.04e-06,
        "operations": {
            "add": operation(70, 5, 1.5e-06, 1.5e-07),
            "exp": operation(50, 1, 2e-06, 2e-07),
            "sum": operation(5, 1, 1e-07, 1e-08),
        },
        "by_namespace": {
            "predict.sampling": {
                "flops_used": 90,
                "calls": 3,
                "flopscope_backend_time_s": 2.5e-06,
                "flopscope_overhead_time_s": 2.5e-07,
                "operations": {"exp": operation(50, 1, 2e-06, 2e-07), "add": operation(40, 2, 5e-07, 5e-08)},
            },
            "predict": {
                "flops_used": 30,
                "calls": 3,
                "flopscope_backend_time_s": 1e-06,
                "flopscope_overhead_time_s": 1e-07,
                "operations": {"add": operation(30, 3, 1e-06, 1e-07)},
            },
            "": {
                "flops_used": 5,
                "calls": 1,
                "flopscope_backend_time_s": 1e-07,
                "flopscope_overhead_time_s": 1e-08,
                "operations": {"sum": operation(5, 1, 1e-07, 1e-08)},
            },
        },
    }


def operation(flop_cost: int, calls: int, backend_s: float, overhead_s: float) -> dict[str, object]:
    return {
        "flop_cost": flop_cost,
        "calls": calls,
        "flopscope_backend_time_s": backend_s,
        "flopscope_overhead_time_s": overhead_s,
    }


def test_dict_names_no_namespaces_unless_asked():
    with_them = SUMMARY.to_dict(by_namespace=True)
    del with_them["by_namespace"]
    assert SUMMARY.to_dict() == with_them


@given(summaries)
def test_parts_of_the_dict_sum_to_its_totals_and_survive_json(summary: Summary):
    data = json.loads(json.dumps(summary.to_dict(by_namespace=True)))
    assert data == summary.to_dict(by_namespace=True)
    operations, namespaces = data["operations"].values(), data["by_namespace"].values()
    inner = [op for space in namespaces for op in space["operations"].values()]
    assert data["flops_used"] + data["flops_remaining"] == data["flop_budget"]
    assert data["flops_used"] == sum(op["flop_cost"] for op in operations)
    assert data["flops_used"] == sum(space["flops_used"] for space in namespaces)
    assert data["flops_used"] == sum(op["flop_cost"] for op in inner)
    assert sum(op["calls"] for op in operations) == sum(space["calls"] for space in namespaces) == summary.calls
    for space in namespaces:
        assert space["flops_used"] == sum(op["flop_cost"] for op in space["operations"].values())
        assert space["calls"] == sum(op["calls"] for op in space["operations"].values())
    for key in ("flopscope_backend_time_s", "flopscope_overhead_time_s"):
        assert sum(op[key] for op in operations) == pytest.approx(data[key], rel=1e-12)
        assert sum(space[key] for space in namespaces) == pytest.approx(data[key], rel=1e-12)


@given(summaries)
def test_the_four_times_add_up_to_the_nanosecond(summary: Summary):
    assert summary.wall_ns == summary.backend_ns + summary.overhead_ns + summary.residual_ns


@given(summaries)
def test_children_and_own_charges_of_each_branch_sum_to_its_subtotal(summary: Summary):
    entries = list(summary.tree())
    assert sum(tally.flops_used for depth, _, tally in entries if depth == 0) == summary.flops_used
    for i, (depth, _, tally) in enumerate(entries):
        below = []
        for deeper, _, part in entries[i + 1 :]:
            if deeper <= depth:
                break
            if deeper == depth + 1:
                below.append(part.flops_used)
        assert not below or sum(below) == tally.flops_used


@given(summaries)
def test_summaries_are_equal_to_their_copies(summary: Summary):
    copies = (pickle.loads(pickle.dumps(summary)), eval(repr(summary)))
    for copy in copies:
        assert copy == summary
        assert hash(copy) == hash(summary)


@pytest.mark.parametrize(
    "changed",
    [
        Summary(999, SUMMARY.wall_ns, SUMMARY.buckets, "predict"),
        Summary(1000, 1, SUMMARY.buckets, "predict"),
        Summary(1000, SUMMARY.wall_ns, SUMMARY.buckets[:-1], "predict"),
        Summary(1000, SUMMARY.wall_ns, SUMMARY.buckets),
        Summary(1000, SUMMARY.wall_ns, SUMMARY.buckets, "predict", wall_time_limit_s=2.0),
        Summary(1000, SUMMARY.wall_ns, SUMMARY.buckets, "predict", title="session"),
        Tally(SUMMARY.buckets),
        "predict",
    ],
)
def test_summaries_differ_when_a_fact_differs(changed: object):
    assert changed != SUMMARY


def test_summaries_cannot_be_changed():
    with pytest.raises(AttributeError, match="Summary is a value"):
        SUMMARY.flop_budget = 5
    with pytest.raises(AttributeError, match="Tally is a value"):
        del Tally().buckets


def test_importing_summaries_loads_neither_rich_nor_the_renderers():
    code = "import sys, flopscope.reports.summary; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert "flopscope.reports.summary" in loaded
    assert not {"rich", "flopscope.reports.display", "dataclasses", "inspect"} & (set(loaded) - set(_numpy_modules()))


def _numpy_modules() -> list[str]:
    code = "import sys, numpy; print(*sys.modules)"
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
