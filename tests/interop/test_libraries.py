"""Other libraries take counted arrays, give the right answers, and what they compute is counted or seen to leave."""

from __future__ import annotations

import importlib
import operator
import sys
import warnings
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

import flopscope as flops
import flopscope.numpy as fnp
from interop_cases import CASES, MODULES, SOME, UNSEEN, Case, page

PAGE = Path(__file__).parents[2] / "docs" / "interop.md"


def arrays() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    x, y = rng.random((6, 4)), rng.random((6, 4))
    return {"x": x, "y": y, "s": x.T @ x + np.eye(4), "v": rng.random(6), "n": np.array([0, 1, 0, 1, 2, 2])}


def run(case: Case, convert):
    names = {}
    for path in MODULES.get(case.library, case.library).split():
        pytest.importorskip(path, exc_type=ImportError)
        top = path.partition(".")[0]
        names[top] = sys.modules[top]
    if "matplotlib" in names:
        names["matplotlib"].use("Agg")
    names |= {name: convert(array) for name, array in arrays().items()}
    return eval(compile(case.code, "<case>", "eval"), names)


def same(ours, theirs):
    if isinstance(theirs, (list, tuple)) and not hasattr(theirs, "dtype"):
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            same(one, other)
    elif isinstance(theirs, (np.ndarray, np.generic, float)):
        np.testing.assert_allclose(np.asarray(ours), np.asarray(theirs), rtol=1e-10, atol=1e-12)
    else:
        assert ours == theirs


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_a_library_computes_the_same_and_what_it_computes_is_counted_or_seen_to_leave(case):
    theirs = run(case, np.asarray)
    with flops.BudgetContext(10**9) as budget, flops.configure(on_escape="warn"):
        ours = run(case, fnp.asarray)
    same(ours, theirs)
    if case.charged == SOME:
        assert budget.flops_used > 0
    else:
        assert budget.flops_used == case.charged
    seen = {escape.door for escape in budget.report().escapes} - {"ndarray.__buffer__"}  # of Python 3.12
    stated = set(case.leaves.split()) if case.leaves != UNSEEN else set()
    assert stated <= seen
    assert stated or not seen


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.leaves not in ("", UNSEEN)], ids=lambda case: case.code
)
@pytest.mark.filterwarnings("ignore")
def test_what_would_leave_can_be_refused(case):
    if case.leaves == "numba.njit":
        pytest.skip("numba takes any exception for an answer")
    run(case, np.asarray)  # imports are done
    with flops.BudgetContext(10**9), flops.configure(on_escape="raise"), pytest.raises(Exception) as refused:
        run(case, fnp.asarray)
    chain, error = [], refused.value
    while error is not None:
        chain.append(type(error))
        error = error.__cause__ or error.__context__
    assert flops.EscapeError in chain


def test_chunks_of_dask_stay_counted_arrays_and_its_threads_charge_the_budget():
    dask_array = pytest.importorskip("dask.array")
    kinds = []

    def double(block):
        kinds.append(type(block))
        return block * 2

    with flops.BudgetContext(10**6) as budget:
        x = dask_array.from_array(fnp.ones((6, 4)), chunks=(3, 4), asarray=False)
        result = x.map_blocks(double, meta=np.empty((0, 0))).compute(scheduler="threads")
    assert kinds == [flops.FlopscopeArray] * 2
    assert type(result) is flops.FlopscopeArray
    assert budget.flops_used == 24  # 2 blocks of 3*4


def test_arrays_come_back_counted_from_other_processes():
    with flops.BudgetContext(10**6) as budget:
        with get_context("spawn").Pool(1) as pool:
            (result,) = pool.map(operator.neg, [fnp.ones((6, 4))])
        assert type(result) is flops.FlopscopeArray
        assert (result + 1).tolist() == np.zeros((6, 4)).tolist()
    assert budget.flops_used == 24  # 6*4; the other process has a session of its own


def test_memory_is_shared_through_dlpack_and_the_buffer_protocol():
    x = fnp.arange(6.0)
    for plain in (np.from_dlpack(x), np.asarray(memoryview(x)), np.frombuffer(x.data)):
        assert np.shares_memory(plain, x)
        assert type(plain) is np.ndarray


def test_a_foreign_ufunc_is_priced_per_element_of_the_broadcast():
    special = pytest.importorskip("scipy.special")
    with flops.BudgetContext(10**6) as budget:
        special.erf(fnp.ones((6, 4)))
        special.xlogy(fnp.ones((6, 1)), fnp.ones(4))
    assert [(record.op_name, record.flop_cost) for record in budget.op_log] == [("erf", 24), ("xlogy", 24)]  # 6*4


def test_the_page_shows_the_table():
    assert PAGE.read_text(encoding="utf-8") == page(), "regenerate it: make reference"


def test_every_library_of_the_extra_has_a_case():
    import tomllib

    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    packages = {entry.partition("[")[0] for entry in project["optional-dependencies"]["interop"]} - {"flopscope"}
    named = {case.library.lower().replace(" ", "-") for case in CASES}
    assert packages - named <= {"array-api-compat", "array-api-strict", "array-api-extra"}


def test_modules_are_found_by_the_names_in_the_table():
    assert {case.library for case in CASES} >= set(MODULES)
    with warnings.catch_warnings():
        importlib.import_module("interop_cases")
