"""A cost rule that fails: NumPy says what is wrong; if nothing is, the call is refused and has not happened."""

from __future__ import annotations

import numpy as np
import pytest

import flopscope as flops
import flopscope.numpy as fnp
from flopscope.arrays.registry import UFUNC_METHODS
from flopscope.costs.table import TABLE


def fails(*_, **__):
    raise RuntimeError("this rule is broken")


@pytest.fixture(autouse=True)
def broken_rules(monkeypatch):
    for name in "add exp sort random.normal random.shuffle random.Generator.normal random.Generator.shuffle".split():
        monkeypatch.setattr(TABLE[name], "cost", fails)
    monkeypatch.setitem(UFUNC_METHODS, "at", fails)
    monkeypatch.setattr("flopscope.arrays.registry._methods", {})  # where add.at might be already, with its rule
    monkeypatch.setattr("flopscope.arrays.registry._by_function", {})
    with flops.BudgetContext(10**6):  # which knows no prices, whatever other tests have called
        yield


def state(rng):
    return repr(rng.bit_generator.state)


CALLS = {
    "an operator in place": lambda x: x.__iadd__(1),
    "out=": lambda x: fnp.exp([1.0, 2.0, 3.0], out=x),
    "out= in a tuple": lambda x: fnp.exp([1.0, 2.0, 3.0], out=(x,)),
    "a method in place": lambda x: x.sort(),
    "shuffle": lambda x: fnp.random.shuffle(x),
    "shuffle by a generator": lambda x: fnp.random.default_rng(0).shuffle(x),
    "ufunc.at": lambda x: np.add.at(x, [0, 0], 1.0),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_refused_call_has_written_nothing(call):
    x = fnp.asarray([3.0, 1.0, 2.0])
    before = np.random.get_state()[2]
    with flops.BudgetContext(100) as budget, pytest.raises(flops.CostRuleError, match="this rule is broken"):
        CALLS[call](x)
    assert x.tolist() == [3.0, 1.0, 2.0]
    assert np.random.get_state()[2] == before
    assert (budget.flops_used, len(budget.op_log)) == (0, 0)


def test_a_refused_list_is_in_its_old_order():
    items = [*range(20)]
    with pytest.raises(flops.CostRuleError):
        fnp.random.shuffle(items)
    assert items == [*range(20)]


def test_a_refused_draw_has_drawn_nothing():
    rng = fnp.random.default_rng(0)
    before, of_all = state(rng), np.random.get_state()[2]
    with pytest.raises(flops.CostRuleError):
        rng.normal(size=3)
    with pytest.raises(flops.CostRuleError):
        fnp.random.normal(size=3)
    assert state(rng) == before
    assert np.random.get_state()[2] == of_all


def test_what_numpy_refuses_is_numpy_s_error():
    x = fnp.zeros(3)
    x.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        x.sort()
    with pytest.raises(TypeError, match="unexpected keyword"):
        fnp.random.normal(length=3)
