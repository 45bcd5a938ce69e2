"""Bytes beside FLOPs: each operand element read once, each result element written once."""

from __future__ import annotations

import re

import numpy as np
import pytest

import flopscope as flops
import flopscope.numpy as fnp

X = np.ones((4, 8))  # 32*8 = 256 bytes
ROW = np.ones(8, "f4")  # 8*4 = 32 bytes


def shuffle(x):
    fnp.random.default_rng(0).shuffle(x)


def in_place(x):
    x += 1


CALLS = [
    ("binary, broadcast", lambda: fnp.add(X, ROW), 256 + 32, 256),
    ("number", lambda: fnp.multiply(X, 2.0), 256, 256),
    ("scalar of NumPy's", lambda: fnp.multiply(X, np.float32(2)), 256 + 4, 256),
    ("twice the same", lambda: fnp.multiply(fnp.asarray(X), X), 512, 256),
    ("comparison", lambda: fnp.greater(X, 0), 256, 32),  # booleans
    ("float32", lambda: fnp.exp(ROW), 32, 32),
    ("complex64", lambda: fnp.exp(ROW.astype("c8")), 64, 64),
    ("reduction", lambda: fnp.sum(X, axis=0), 256, 64),
    ("full reduction", lambda: fnp.sum(X), 256, 8),
    ("product", lambda: fnp.asarray(X) @ X.T, 512, 4 * 4 * 8),
    ("einsum", lambda: fnp.einsum("ij,kj->ik", X, X.copy()), 512, 128),
    ("several results", lambda: fnp.linalg.svd(X, full_matrices=False), 256, (4 * 4 + 4 + 4 * 8) * 8),
    ("out", lambda: fnp.add(X, 1, out=np.empty((4, 8))), 256, 256),
    ("positional out", lambda: fnp.add(X, 1, np.empty((4, 8))), 256, 256),
    ("where", lambda: fnp.add(X, 1, out=np.empty((4, 8)), where=X > 0), 256 + 32, 256),
    ("list of arrays", lambda: fnp.linalg.multi_dot([X, X.T, X]), 768, 256),
    ("draw", lambda: fnp.random.default_rng(0).normal(size=(3, 5)), 0, 120),
    ("in place", lambda: in_place(fnp.asarray(X.copy())), 256, 256),
    ("writes its argument", lambda: shuffle(fnp.asarray(X.copy())), 256, 256),
    ("broadcast view", lambda: fnp.exp(np.broadcast_to(ROW, (4, 8))), 128, 128),  # elements, not memory
    ("size by data", lambda: fnp.unique(np.array([1, 2, 2, 3])), 32, 24),
    ("empty", lambda: fnp.exp(np.empty((0, 4))), 0, 0),
]


@pytest.mark.parametrize(("what", "call", "read", "written"), CALLS, ids=[call[0] for call in CALLS])
def test_bytes_of_a_call(what, call, read, written):
    with flops.BudgetContext(10**6, count_bytes=True) as budget:
        for _ in range(3):
            call()
    (moved,) = budget.report().moved
    assert (moved.bytes_read, moved.bytes_written) == (3 * read, 3 * written)
    (row,) = budget.report().traffic()
    total = 3 * (read + written)
    assert row.intensity == (row.flops / total if total else float("inf"))


def test_the_same_shapes_in_other_dtypes_are_told_apart():
    with flops.BudgetContext(10**6, count_bytes=True) as budget:
        for dtype in ("f8", "f4", "f8", "c16", "f2"):
            x = fnp.ones(10, dtype)
            fnp.exp(x)
            x + x
    assert budget.report().moved == (
        flops.Moved("exp", "", 10 * (8 + 4 + 8 + 16 + 2), 10 * (8 + 4 + 8 + 16 + 2)),
        flops.Moved("add", "", 20 * (8 + 4 + 8 + 16 + 2), 10 * (8 + 4 + 8 + 16 + 2)),
    )
    assert budget.flops_used == 5 * 20


def test_views_and_copies_are_free():
    with flops.BudgetContext(10**6, count_bytes=True) as budget:
        fnp.asarray(X).T.reshape(-1).copy()[3]
    assert budget.report().moved is None


def test_sizes_that_depend_on_data_are_those_of_each_call():
    with flops.BudgetContext(10**6, count_bytes=True) as budget:
        for values in ([1, 1, 1, 1], [1, 2, 3, 4]):
            fnp.unique(np.array(values))
    assert budget.report().moved == (flops.Moved("unique", "", 64, 8 + 32),)


def test_by_namespace_and_in_parents_and_in_the_session():
    flops.budget_reset()
    with flops.BudgetContext(10**6, count_bytes=True) as outer:
        with flops.namespace("a"):
            fnp.exp(ROW)
        with flops.BudgetContext(10**6, namespace="b") as inner:
            fnp.exp(ROW)
    assert outer.report().moved == (flops.Moved("exp", "a", 32, 32), flops.Moved("exp", "b", 32, 32))
    assert inner.report().moved == (flops.Moved("exp", "b", 32, 32),)
    assert flops.budget_report().moved == outer.report().moved


def test_nothing_is_counted_unless_asked_for():
    with flops.BudgetContext(10**6) as budget:
        fnp.exp(ROW)
    summary = budget.report()
    assert summary.moved is None
    assert summary.traffic() == ()
    assert "bytes_read" not in budget.summary_dict()["operations"]["exp"]
    assert "FLOPs/byte" not in budget.summary()


def test_reports_show_them():
    with flops.BudgetContext(10**6, count_bytes=True) as budget:
        fnp.asarray(X) @ X.T.copy()
    row = budget.summary_dict()["operations"]["matmul"]
    assert (row["bytes_read"], row["bytes_written"], row["arithmetic_intensity"]) == (512, 128, 128 / 640)
    assert re.search(r"matmul +512 +128 +0\.2\n", budget.summary())
    summary = budget.report()
    assert flops.Summary.from_json(summary.to_json()) == summary
    assert "FLOPs/byte" in summary.to_html()


def test_a_refused_call_and_one_that_fails_move_nothing():
    with flops.BudgetContext(10, count_bytes=True) as budget:
        with pytest.raises(flops.BudgetExhaustedError):
            fnp.exp(X)
        with pytest.raises(ValueError):
            fnp.add(np.ones(2), np.ones(3))
    assert budget.report().moved is None


def test_a_csv_has_the_bytes_where_they_were_counted():
    def program(x):
        return fnp.exp(x)

    counted = flops.plan(program, flops.Shaped((4, 8)), count_bytes=True)
    assert counted.to_csv().splitlines() == [
        "op,namespace,calls,flops,backend_ns,overhead_ns,bytes_read,bytes_written",
        "exp,,1,32,0,0,256,256",  # 4*8*8
    ]
    assert "bytes" not in flops.plan(program, flops.Shaped((4, 8))).to_csv()


def test_a_plan_shows_no_times():
    def program(x):
        with flops.namespace("part"):
            return fnp.exp(x) + 1

    plan = flops.plan(program, flops.Shaped((4, 8)))
    for rendering in (plan.to_text(by_namespace=True), plan.to_html(), plan._repr_html_()):
        assert "Backend" not in rendering
        assert " ns" not in rendering
        assert "Wall time" not in rendering
