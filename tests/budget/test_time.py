"""Clocks and deadlines: where the time went, to the nanosecond, and when there was too much of it."""

from __future__ import annotations

import time
import warnings

import numpy as np
import pytest

import flopscope as flops
import flopscope.numpy as fnp

X = fnp.ones(4)


class Slow:
    """An operand whose addition takes its time."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __add__(self, other):
        time.sleep(self.seconds)
        return self


def slow_op(seconds):
    """An op that spends that long inside NumPy."""
    fnp.add(fnp.asarray([Slow(seconds)], dtype=object), 1)


# -- where the time went ---------------------------------------------------------------------------------------------


def test_wall_time_is_backend_and_overhead_and_residual_exactly(check_books):
    with flops.BudgetContext(10**6) as budget:
        for _ in range(50):
            fnp.exp(X)
        slow_op(0.02)
        time.sleep(0.03)
        while_open = budget._account.summary()
    for summary in (while_open, budget._account.summary()):
        assert summary.wall_ns == summary.backend_ns + summary.overhead_ns + summary.residual_ns
        assert all(type(ns) is int for ns in (summary.wall_ns, summary.backend_ns, summary.overhead_ns))
        assert summary.backend_ns >= 20_000_000
        assert summary.residual_ns >= 30_000_000
        assert 0 < summary.overhead_ns < summary.wall_ns
    data = budget.summary_dict()
    parts = ("flopscope_backend_time_s", "flopscope_overhead_time_s", "residual_wall_time_s")
    assert sum(data[part] for part in parts) == pytest.approx(data["wall_time_s"], abs=1e-9)
    for part in (*parts, "wall_time_s"):
        assert getattr(budget, part) == data[part]
    for part in parts[:2]:
        assert sum(op[part] for op in data["operations"].values()) == pytest.approx(data[part], abs=1e-9)
    check_books(budget)


def test_all_properties_are_live_while_the_context_is_open():
    with flops.BudgetContext(100) as budget:
        walls = [budget.wall_time_s]
        for calls in (1, 2):
            slow_op(0.002)
            assert (budget.flops_used, budget.flops_remaining, len(budget.op_log)) == (calls, 100 - calls, calls)
            assert budget.flopscope_backend_time_s >= 0.002 * calls
            assert budget.flopscope_overhead_time_s > 0
            walls.append(budget.wall_time_s)
        assert walls == sorted(set(walls))
    closed = budget.wall_time_s
    time.sleep(0.002)
    assert budget.wall_time_s == closed


def test_the_clock_runs_only_inside_the_context_and_offsets_go_on():
    budget = flops.BudgetContext(100)
    assert budget.wall_time_s == 0
    around = 0.0
    for _ in range(2):
        around -= time.perf_counter()
        with budget:
            fnp.exp(X)
            time.sleep(0.01)
        around += time.perf_counter()
        time.sleep(0.03)
    assert 0.02 <= budget.wall_time_s <= around
    first, second = (record.flopscope_context_start_offset_s for record in budget.op_log)
    assert 0 < first < first + 0.01 <= second <= budget.wall_time_s - 0.01


def test_offsets_count_from_the_start_of_each_context():
    with flops.BudgetContext(100) as outer:
        time.sleep(0.01)
        with flops.BudgetContext(100) as inner:
            fnp.exp(X)
    of_inner, of_outer = (budget.op_log[0].flopscope_context_start_offset_s for budget in (inner, outer))
    assert of_outer - of_inner >= 0.01


# -- deadlines -------------------------------------------------------------------------------------------------------


def test_a_deadline_is_noticed_before_an_op_which_does_not_run(check_books):
    out = fnp.zeros(4)
    with flops.BudgetContext(100, wall_time_limit_s=0.01) as budget:
        fnp.exp(X)
        time.sleep(0.02)
        for _ in range(2):
            with pytest.raises(flops.TimeExhaustedError, match="add did not run"):
                fnp.add(X, X, out=out)
    assert out.tolist() == [0, 0, 0, 0]
    assert budget.flops_used == 4
    check_books(budget)


def test_a_deadline_is_noticed_after_the_op_that_passed_it_which_is_charged(check_books):
    with flops.BudgetContext(100, wall_time_limit_s=0.01) as budget:
        with pytest.raises(flops.TimeExhaustedError) as caught:
            slow_op(0.02)
        assert (caught.value.op_name, caught.value.flop_cost, caught.value.flops_used) == ("add", 1, 1)
        assert "noticed after add (1 FLOPs)" in str(caught.value)
    assert [record.op_name for record in budget.op_log] == ["add"]
    check_books(budget)


@pytest.mark.parametrize("call", [lambda: X + X, lambda: fnp.exp(X), lambda: X.sum(), lambda: fnp.round(X, decimals=1)])
def test_a_deadline_is_noticed_on_every_way_through_the_dispatcher(call):
    with flops.BudgetContext(10**6, wall_time_limit_s=0.03) as budget:
        call()
        started = time.perf_counter()
        with pytest.raises(flops.TimeExhaustedError):
            while time.perf_counter() - started < 2:
                call()
    assert 0.03 <= budget.wall_time_s < 1


def test_free_calls_do_not_look_at_the_clock():
    with flops.BudgetContext(100, wall_time_limit_s=1e-6):
        time.sleep(0.001)
        assert fnp.reshape(X, (2, 2)).shape == (2, 2)


@pytest.mark.parametrize(
    "outer_s, inner_s, named", [(0.01, 10, "enclosing budget 'outer'"), (10, 0.01, "budget 'inner'")]
)
def test_of_nested_deadlines_the_first_to_pass_is_named(outer_s, inner_s, named, check_books):
    outer = flops.BudgetContext(100, namespace="outer", wall_time_limit_s=outer_s)
    inner = flops.BudgetContext(100, namespace="inner", wall_time_limit_s=inner_s)
    with outer, inner:
        fnp.exp(X)
        time.sleep(0.02)
        with pytest.raises(flops.TimeExhaustedError) as before:
            fnp.exp(X)
    assert f" of the {named} exceeded" in str(before.value)
    assert before.value.wall_time_limit_s == 0.01
    assert outer.flops_used == inner.flops_used == 4
    check_books(outer, inner)


def test_a_deadline_counts_the_time_of_all_entries():
    budget = flops.BudgetContext(100, wall_time_limit_s=0.5)
    with budget:
        fnp.exp(X)
        time.sleep(0.3)
    time.sleep(0.4)  # outside: does not count
    with budget:
        fnp.exp(X)
        with budget:
            time.sleep(0.3)
            with pytest.raises(flops.TimeExhaustedError):
                fnp.exp(X)
    fnp.exp(X)  # the deadline holds inside only


def test_an_op_within_the_time_may_still_lack_flops():
    with flops.BudgetContext(3, wall_time_limit_s=100), pytest.raises(flops.BudgetExhaustedError):
        fnp.exp(X)


# -- looking for NaN and infinity ------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:divide by zero")
def test_check_nan_inf_warns_at_the_users_line_and_is_overhead():
    zeros = fnp.zeros(3)
    with flops.configure(check_nan_inf=True), flops.BudgetContext(10**9):
        for call in (lambda: fnp.log(zeros), lambda: np.log(zeros), lambda: zeros.__rtruediv__(1.0)):
            with pytest.warns(flops.NonFiniteWarning) as caught:
                call()
            (warning,) = [w for w in caught if issubclass(w.category, flops.NonFiniteWarning)]
            assert "3 of 3 results are NaN or infinite" in str(warning.message)
            assert (warning.filename, warning.lineno) == (__file__, call.__code__.co_firstlineno)
        large = fnp.ones(2_000_000)
        looked = least_overhead_of_five(fnp.negative, large)
    assert looked > 3 * least_overhead_of_five(fnp.negative, large)


def least_overhead_of_five(function, array):
    with flops.BudgetContext(10**9) as budget:
        for _ in range(5):
            function(array)
    return min(record.flopscope_overhead_duration_s for record in budget.op_log)


def test_check_nan_inf_also_works_on_a_context_that_is_open_already():
    zeros = fnp.zeros(3)
    with flops.BudgetContext(100) as budget, np.errstate(divide="ignore"):
        fnp.log(zeros)
        with flops.configure(check_nan_inf=True):
            with pytest.warns(flops.NonFiniteWarning):
                fnp.log(zeros)
            assert budget._account.alarm == -1  # every call comes by the general way
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            fnp.log(zeros)
        assert budget._account.alarm > 0  # off: the fast lanes again
    assert budget.flops_used == 9


# -- settings --------------------------------------------------------------------------------------------------------


def test_configure_changes_for_good_or_for_a_block_and_can_be_used_again():
    from flopscope.settings import settings

    try:
        flops.configure(check_nan_inf=True)
        assert settings.check_nan_inf
        with flops.configure(check_nan_inf=False) as inside:
            assert inside is settings
            assert not settings.check_nan_inf
        assert settings.check_nan_inf
    finally:
        flops.configure(check_nan_inf=False)
    block = flops.configure(check_nan_inf=True)
    for _ in range(2):
        with block:
            assert settings.check_nan_inf
        assert not settings.check_nan_inf
    with pytest.raises(ZeroDivisionError), flops.configure(check_nan_inf=True):
        raise ZeroDivisionError
    assert not settings.check_nan_inf
    assert repr(settings).startswith("Settings(check_nan_inf=False")
    assert flops.settings is settings
    with pytest.raises(AttributeError, match=r"flopscope.configure\(on_escape='warn'\)"):
        flops.settings.on_escape = "warn"


def test_configure_refuses_unknown_settings_with_the_near_name_and_wrong_types():
    from flopscope.settings import settings

    names = ", ".join(vars(settings))
    with pytest.raises(TypeError) as caught:
        flops.configure(check_nan=True)
    assert str(caught.value) == (
        f"configure() has no setting 'check_nan'; did you mean 'check_nan_inf'? (settings: {names})"
    )
    with pytest.raises(TypeError) as caught:
        flops.configure(colour=True)
    assert str(caught.value) == f"configure() has no setting 'colour' (settings: {names})"
    with pytest.raises(TypeError) as caught:
        flops.configure(check_nan_inf=1)
    assert str(caught.value) == "setting 'check_nan_inf' takes a bool, got 1 (int)"
    with pytest.raises(ValueError, match="'on_escape' is one of 'ignore', 'warn', 'raise', got 'stop'"):
        flops.configure(on_escape="stop")
