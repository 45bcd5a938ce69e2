"""What leaves the meter is told, with the line and the library; where asked, it warns or is refused."""

from __future__ import annotations

import inspect
import sys

import numpy as np
import pytest

import flopscope as flops
import flopscope.numpy as fnp
from flopscope.arrays.escapes import WAYS_OUT


def escapes(function, on_escape="ignore"):
    with flops.BudgetContext(10**6) as budget, flops.configure(on_escape=on_escape):
        function(fnp.ones((4, 8)))
    assert budget.flops_used == 0
    return [(escape.door, escape.arrays, escape.elements) for escape in budget.report().escapes]


METHODS = {
    "ndarray.tolist": lambda x: x.tolist(),
    "ndarray.view": lambda x: x.view(np.ndarray),
    "ndarray.tobytes": lambda x: x.tobytes(),
    "ndarray.data": lambda x: x.data,
    "ndarray.ctypes": lambda x: x.ctypes.data,
    "ndarray.__array__": lambda x: x.__array__(),
    "ndarray.__array_interface__": lambda x: x.__array_interface__,
    "ndarray.__array_struct__": lambda x: x.__array_struct__,
    "ndarray.__dlpack__": np.from_dlpack,
    **({"ndarray.__buffer__": memoryview} if sys.version_info >= (3, 12) else {}),
}
FUNCTIONS = {
    "numpy.array": lambda x: np.array(x),
    "numpy.asarray": lambda x: np.asarray(a=x),
    "numpy.ascontiguousarray": lambda x: np.ascontiguousarray(x),
    "numpy.asfortranarray": lambda x: np.asfortranarray(x),
    "numpy.asarray_chkfinite": lambda x: np.asarray_chkfinite(x),
    "numpy.full": lambda x: np.full((4, 8), x),
}
if sys.version_info < (3, 12):
    FUNCTIONS["numpy.frombuffer"] = lambda x: np.frombuffer(x)
INSIDE = {
    "view of a dtype": lambda x: x.view(np.int64),
    "view": lambda x: x[:2].view(),
    "rows": list,
    "repr": repr,
    "copy": lambda x: x.copy(),
    "subok": lambda x: np.array(x, subok=True),
    "asanyarray": np.asanyarray,
    "our asarray": fnp.asarray,
    "our array": lambda x: fnp.array([x, x]),
    "plain array": lambda x: np.asarray([1.0]),
    "concatenate": lambda x: np.concatenate([x, x]),
    "truth": lambda x: bool(x[:1, :1]),
    "no base": lambda x: x.base,
    "base": lambda x: [x[1:].base, x.T.base, fnp.frombuffer(b"12345678").base],
    "our copyto": lambda x: np.copyto(x, x),
}


@pytest.mark.parametrize("door", METHODS)
def test_methods_that_let_elements_out_are_told_at_any_setting(door):
    assert escapes(METHODS[door]) == [(door, 1, 32)]  # 4*8


@pytest.mark.filterwarnings("ignore::flopscope.EscapeWarning")
@pytest.mark.parametrize("door", FUNCTIONS)
def test_functions_that_let_elements_out_are_told_while_somebody_watches(door):
    before = vars(np).copy()
    assert escapes(FUNCTIONS[door]) == []
    assert escapes(FUNCTIONS[door], "warn") == [(door, 1, 32)]  # 4*8
    assert all(vars(np)[name] is value for name, value in before.items())


@pytest.mark.parametrize("name", INSIDE)
def test_what_stays_inside_is_no_escape(name):
    assert escapes(INSIDE[name], "raise") == []


@pytest.mark.filterwarnings("ignore::flopscope.EscapeWarning")
def test_arrays_are_found_in_nested_lists():
    with flops.BudgetContext(10) as budget, flops.configure(on_escape="warn"):
        np.array([[[fnp.ones(2)], [np.zeros(2)]]])
        np.array([[[1.0, 2.0]]])
    assert [(e.door, e.arrays, e.elements) for e in budget.report().escapes] == [("numpy.array", 1, 4)]


def test_an_array_is_reversed_as_numpy_s():
    assert list(reversed(fnp.arange(3.0))) == [2.0, 1.0, 0.0]
    assert [(type(row), row.tolist()) for row in reversed(fnp.eye(2))] == [
        (flops.FlopscopeArray, [0.0, 1.0]),
        (flops.FlopscopeArray, [1.0, 0.0]),
    ]
    with pytest.raises(TypeError, match="unsized"):
        reversed(fnp.asarray(1.0))


def test_numbers_leave_one_by_one():
    with flops.BudgetContext(10) as budget:
        x = fnp.ones(3)
        assert list(reversed(x)) == [1.0, 1.0, 1.0]
        assert [x.item(0), float(x.reshape(1, 3)[0, :1].reshape(())), sum(x)] == [1.0, 1.0, 3.0]
    assert [(e.door, e.elements) for e in budget.report().escapes] == [
        ("ndarray.__reversed__", 3),
        ("ndarray.item", 1),
        ("ndarray.__float__", 1),
        ("ndarray.__iter__", 3),
    ]


def test_a_warning_names_the_way_out_and_the_user_s_line():
    with flops.configure(on_escape="warn"), pytest.warns(flops.EscapeWarning, match=r"^numpy.asarray takes 6") as seen:
        np.asarray(fnp.ones((2, 3)))
    line = inspect.currentframe().f_lineno - 1
    assert [(warning.filename, warning.lineno) for warning in seen] == [(__file__, line)]


def test_a_refused_escape_did_not_happen():
    x = fnp.ones((2, 3))
    with flops.BudgetContext(10) as budget, flops.configure(on_escape="raise"):
        with pytest.raises(flops.EscapeError, match=r"ndarray.tolist takes 6 elements .* not happen\n  at .*\n  next"):
            x.tolist()
        with pytest.raises(flops.EscapeError, match="numpy.asarray"):
            np.asarray(x)
        with flops.configure(on_escape="ignore"):
            x.tolist()
        with pytest.raises(flops.EscapeError, match="numpy.asarray"):
            np.asarray(x)
    assert [escape.arrays for escape in budget.report().escapes] == [1]


def test_escapes_are_written_into_all_budgets_concerned_and_into_the_reports():
    flops.budget_reset()
    with flops.BudgetContext(10) as outer, flops.BudgetContext(10) as inner:
        for _ in range(3):
            fnp.ones(4).tolist()
        line = inspect.currentframe().f_lineno - 1
    expected = (flops.Escape("ndarray.tolist", "", __file__, line, 3, 12),)  # 3*4
    assert flops.budget_summary_dict()["escapes"] == [expected[0]._asdict()]
    for summary in (inner.report(), outer.report()):
        assert summary.escapes == expected
        assert flops.Summary.from_json(summary.to_json()) == summary
        assert summary.to_dict()["escapes"] == [expected[0]._asdict()]
        assert "Left the meter" in str(summary)
        assert "Left the meter" in summary.to_html()
    flops.budget_reset()
    assert "escapes" not in flops.budget_summary_dict()


def test_what_an_older_release_wrote_is_read():
    import json

    data = json.loads(flops.Summary(10, 10).to_json())
    del data["escapes"]
    assert flops.Summary.from_json(json.dumps(data)) == flops.Summary(10, 10)


def test_every_way_out_is_documented_as_numpy_s():
    for name, way in WAYS_OUT.items():
        if hasattr(np.ndarray, name):
            assert way.__doc__ == getattr(np.ndarray, name).__doc__


def test_a_plain_base_leaves_and_is_the_one_that_numpy_has():
    plain = np.arange(6.0)
    with flops.BudgetContext(10) as budget:
        for x in (fnp.asarray(plain), fnp.reshape(plain, (2, 3)), fnp.asarray(plain)[2:].base):
            assert x.base is plain
    assert [(escape.door, escape.arrays, escape.elements) for escape in budget.report().escapes] == [
        ("ndarray.base", 3, 18)
    ]


@pytest.mark.parametrize("leaving", [lambda x: np.array(x.flat), lambda x: np.lib.stride_tricks.as_strided(x)])
@pytest.mark.filterwarnings("ignore::flopscope.EscapeWarning")
def test_what_makes_an_array_inside_numpy_is_seen_to(leaving):
    assert escapes(leaving, "warn") == [("numpy.array", 1, 32)]  # 4*8
