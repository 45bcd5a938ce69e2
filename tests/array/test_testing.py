"""``fnp.testing``: NumPy's assertions, outside the meter."""

from __future__ import annotations

import numpy as np
import pytest

import flopscope as flops
import flopscope.numpy as fnp

X = np.arange(1.0, 7).reshape(2, 3)

CALLS = {  # assertion, what passes, what fails
    "assert_allclose": ((X, X + 1e-12), (X, X + 1)),
    "assert_almost_equal": ((X, X + 1e-12), (X, X + 1)),
    "assert_approx_equal": ((1.0, 1.0), (1.0, 2.0)),
    "assert_array_almost_equal": ((X, X + 1e-12), (X, X + 1)),
    "assert_array_almost_equal_nulp": ((X, X), (X, X + 1)),
    "assert_array_equal": ((X, X.copy()), (X, X.T)),
    "assert_array_less": ((X, X + 1), (X, X)),
    "assert_array_max_ulp": ((X, X), (X, X + 1)),
    "assert_equal": (({"a": [X]}, {"a": [X.copy()]}), ({"a": [X]}, {"a": [X + 1]})),
}


def counted(value):
    if isinstance(value, np.ndarray):
        return fnp.array(value)
    if isinstance(value, dict):
        return {key: counted(item) for key, item in value.items()}
    return [counted(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", CALLS)
def test_an_assertion_is_numpy_s_and_free(name):
    passing, failing = CALLS[name]
    ours, theirs = getattr(fnp.testing, name), getattr(np.testing, name)
    with flops.BudgetContext(1) as budget:
        assert_same(ours(*map(counted, passing)), theirs(*passing))
        with pytest.raises(AssertionError) as expected:
            theirs(*failing)
        with pytest.raises(AssertionError) as found:
            ours(*map(counted, failing))
    assert str(found.value) == str(expected.value)
    assert budget.flops_used == len(budget.op_log) == 0


def assert_same(found, expected):
    assert found is expected is None or found.tolist() == expected.tolist()  # assert_array_max_ulp returns distances


def test_comparing_by_a_function_of_ours_is_free():
    with flops.BudgetContext(1) as budget:
        fnp.testing.assert_array_compare(fnp.less, counted(X), counted(X + 1))
    assert budget.flops_used == 0


def test_code_that_an_assertion_runs_is_charged():
    with flops.BudgetContext(100) as budget:
        fnp.testing.assert_raises(ValueError, lambda: (counted(X) + counted(X)) @ counted(X))
    assert [(record.op_name, record.flop_cost) for record in budget.op_log] == [("add", 6)]
    assert fnp.testing.assert_raises is np.testing.assert_raises


def test_through_numpy_an_assertion_is_charged_as_what_it_calls():
    with flops.BudgetContext(100) as budget:
        np.testing.assert_array_less(counted(X), counted(X + 1))
    assert ("less", 6) in [(record.op_name, record.flop_cost) for record in budget.op_log]
