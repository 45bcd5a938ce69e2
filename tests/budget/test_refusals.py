"""An op that does not fit is refused before it runs, and the error says all that is needed to go on."""

from __future__ import annotations

import copy
import functools
import inspect
import pickle
import time

import numpy as np
import pytest

import flopscope as flops
import flopscope.numpy as fnp
from flopscope.budgets import sessions


def line() -> int:
    """Number of the line that calls this."""
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return frame.f_back.f_lineno


# -- nothing happens -------------------------------------------------------------------------------------------------


def test_a_refused_op_does_not_run_is_not_charged_and_not_logged(check_books):
    x, out = fnp.ones(4), fnp.zeros(4)
    with flops.BudgetContext(7) as budget:
        fnp.add(x, x)  # 4
        before = budget.op_log[:]
        for refused in (
            lambda: fnp.add(x, x, out=out),  # 4 + 4 = 8 > 7
            lambda: np.add(x, x, out=out),
            lambda: np.add(x, x, out),
            lambda: out.__iadd__(1),
            lambda: fnp.add.at(out, [0, 1, 2, 3], 1),
            lambda: fnp.random.default_rng(0).standard_normal(out=np.asarray(out)),
            lambda: out.sort(),
        ):
            with pytest.raises(flops.BudgetExhaustedError):
                refused()
        assert budget.flops_used == 4
        assert budget.op_log[:] == before
    assert out.tolist() == [0, 0, 0, 0]
    check_books(budget)


def test_a_limit_can_be_used_to_the_last_flop_and_smaller_ops_still_run_after_a_refusal():
    x = fnp.ones(4)
    with flops.BudgetContext(10) as budget:
        fnp.add(x, x)  # 4
        with pytest.raises(flops.BudgetExhaustedError):
            fnp.add(fnp.ones(7), 1)  # 4 + 7 = 11 > 10
        fnp.add(fnp.ones(6), 1)  # 4 + 6 = 10
        assert budget.flops_remaining == 0
        with pytest.raises(flops.BudgetExhaustedError):
            fnp.add(1, 1)
        fnp.reshape(x, (2, 2))  # free
        fnp.add(fnp.ones(0), 1)  # 0
    assert budget.flops_used == 10


def test_an_op_refused_by_numpy_is_not_charged():
    with flops.BudgetContext(100) as budget:
        with pytest.raises(ValueError):
            fnp.add(fnp.ones(3), fnp.ones(4))
        with pytest.raises(np.linalg.LinAlgError):
            fnp.linalg.inv(fnp.zeros((2, 2)))
        assert (budget.flops_used, len(budget.op_log)) == (0, 0)


# -- what the error says ---------------------------------------------------------------------------------------------


def test_budget_exhausted_says_op_cost_limit_place_dearest_ops_and_next_step():
    x = fnp.ones((10, 10))
    with pytest.raises(flops.BudgetExhaustedError) as caught:
        with flops.BudgetContext(1_850, namespace="train"), flops.namespace("step"):
            x @ x  # 10*10*10 = 1000
            fnp.exp(x)  # 100
            fnp.exp(x)  # 100
            fnp.sum(x)  # 100
            fnp.add(x, 1)  # 100
            at = line() + 1
            fnp.einsum("ij,jk->ik", x, x)  # 1000; 1400 are used
    error = caught.value
    assert str(error) == (
        "einsum would cost 1,000 FLOPs, but only 450 of 1,850 remain in the budget 'train' (1,400 used); "
        "it did not run\n"
        f"  at {__file__}:{at}, namespace 'train.step'\n"
        "  dearest so far: matmul 1,000 (1 call), exp 200 (2 calls), add 100 (1 call)\n"
        "  next step: raise flop_budget to at least 2,400, or use smaller or cheaper operations (see budget.summary())"
    )
    assert vars(error) == {
        "op_name": "einsum",
        "flop_cost": 1000,
        "flops_used": 1400,
        "flop_budget": 1850,
        "flops_remaining": 450,
        "namespace": "train.step",
        "filename": __file__,
        "lineno": at,
        "dearest": (("matmul", 1000, 1), ("exp", 200, 2), ("add", 100, 1)),
    }


def test_budget_exhausted_by_the_first_op_outside_any_namespace():
    with flops.BudgetContext(3), pytest.raises(flops.BudgetExhaustedError) as caught:
        fnp.exp(fnp.ones(4))
    error = caught.value
    assert str(error) == (
        "exp would cost 4 FLOPs, but only 3 of 3 remain in the budget (0 used); it did not run\n"
        f"  at {__file__}:{error.lineno}\n"
        "  next step: raise flop_budget to at least 4, or use smaller or cheaper operations (see budget.summary())"
    )
    assert (error.namespace, error.dearest) == ("", ())


def test_the_enclosing_budget_is_named_where_it_is_the_one_that_refuses():
    x = fnp.ones(4)
    with (
        flops.BudgetContext(10, namespace="outer") as outer,
        flops.BudgetContext(100, namespace="inner") as inner,
        pytest.raises(flops.BudgetExhaustedError) as caught,
    ):
        fnp.exp(x)  # 4
        fnp.exp(x)  # 8
        fnp.exp(x)  # 12 > 10
    error = caught.value
    assert str(error).startswith(
        "exp would cost 4 FLOPs, but only 2 of 10 remain in the enclosing budget 'outer' (8 used); it did not run\n"
    )
    assert (error.flops_used, error.flop_budget, error.flops_remaining) == (8, 10, 2)
    assert error.namespace == "outer.inner"
    assert inner.flops_used == outer.flops_used == 8  # the refusal left the child as it was


def test_the_session_budget_is_named_with_how_to_get_another():
    limit = sessions.session.budget.limit
    with pytest.raises(flops.BudgetExhaustedError) as caught:
        fnp.matmul(FarTooLarge(), FarTooLarge())
    error = caught.value
    assert limit == 10**15
    assert str(error) == (
        f"matmul would cost 1,000,000,000,000,000,000 FLOPs, but only {limit:,} of {limit:,} remain in the session "
        "budget (0 used); it did not run\n"
        f"  at {__file__}:{error.lineno}\n"
        "  next step: open a BudgetContext, or set FLOPSCOPE_DEFAULT_BUDGET to at least 1,000,000,000,000,000,000, "
        "or use smaller or cheaper operations (see budget.summary())"
    )


class FarTooLarge:
    """An operand whose product NumPy could not allocate."""

    shape = (10**6, 10**6)


def test_time_exhausted_before_an_op_says_limit_and_time_and_that_the_op_did_not_run():
    x = fnp.ones(4)
    with pytest.raises(flops.TimeExhaustedError) as caught:
        with flops.BudgetContext(1_000, namespace="train", wall_time_limit_s=0.05):
            fnp.exp(x)
            time.sleep(0.06)
            at = line() + 1
            fnp.add(x, x)
    error = caught.value
    assert str(error) == (
        f"wall-clock limit of 0.05 s of the budget 'train' exceeded: {error.wall_time_s:.3f} s have passed; "
        "add did not run; 4 of 1,000 FLOPs used, 996 remaining\n"
        f"  at {__file__}:{at}, namespace 'train'\n"
        "  dearest so far: exp 4 (1 call)\n"
        "  next step: raise wall_time_limit_s, or see budget.summary() for where the time went"
    )
    assert error.wall_time_s >= 0.06
    assert {k: v for k, v in vars(error).items() if k != "wall_time_s"} == {
        "op_name": "add",
        "flop_cost": 4,
        "flops_used": 4,
        "flop_budget": 1000,
        "flops_remaining": 996,
        "namespace": "train",
        "filename": __file__,
        "lineno": at,
        "dearest": (("exp", 4, 1),),
        "wall_time_limit_s": 0.05,
    }


def test_both_are_errors_of_flopscope_and_not_of_anything_else():
    for error in (flops.BudgetExhaustedError, flops.TimeExhaustedError):
        assert issubclass(error, flops.FlopscopeError)
        assert not issubclass(error, (ValueError, RuntimeError, MemoryError, OSError))


@pytest.mark.parametrize("copier", [copy.copy, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))])
def test_errors_survive_copying_and_pickling(copier):
    with flops.BudgetContext(3, wall_time_limit_s=1e-9), pytest.raises(flops.TimeExhaustedError) as late:
        fnp.exp(1.0)
    with flops.BudgetContext(3), pytest.raises(flops.BudgetExhaustedError) as dear:
        fnp.exp(fnp.ones(4))
    for error in (late.value, dear.value):
        twin = copier(error)
        assert type(twin) is type(error)
        assert (str(twin), vars(twin)) == (str(error), vars(error))


# -- the user's line -------------------------------------------------------------------------------------------------


def _decorated():
    @flops.budget(1)
    def function(x):
        return fnp.exp(x)  # the line in here is named

    return function


X = np.ones((4, 4))
DOORS = {
    "fnp.add": lambda x: fnp.add(x, x),
    "np.add": lambda x: np.add(x, x),
    "x + y": lambda x: x + x,
    "1 + x": lambda x: 1 + x,
    "x += y": lambda x: x.__iadd__(1),
    "-x": lambda x: -x,
    "x @ y": lambda x: x @ x,
    "x.sum()": lambda x: x.sum(),
    "np.sum": lambda x: np.sum(x),
    "fnp.linalg.inv": lambda x: fnp.linalg.inv(x),
    "np.linalg.norm": lambda x: np.linalg.norm(x),
    "fnp.linalg.svd": lambda x: fnp.linalg.svd(x, k=2),
    "fnp.einsum": lambda x: fnp.einsum("ij,jk->ik", x, x),
    "fnp.fft.fft": lambda x: fnp.fft.fft(x),
    "fnp.add.reduce": lambda x: fnp.add.reduce(x),
    "np.multiply.outer": lambda x: np.multiply.outer(x, x),
    "random": lambda x: fnp.random.normal(size=4),
    "generator": lambda x: fnp.random.default_rng(0).normal(size=4),
    "functools.reduce": lambda x: functools.reduce(fnp.add, [x, x, x]),
    "map": lambda x: list(map(fnp.exp, [x])),
    "list operand": lambda x: fnp.add([1.0, 2.0], 3),
    "keyword": lambda x: fnp.sum(x, axis=0, keepdims=True),
}


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
def test_the_line_named_is_the_users_whichever_way_the_op_was_called(door):
    with flops.BudgetContext(1), pytest.raises(flops.BudgetExhaustedError) as caught:
        door(fnp.asarray(X))
    assert (caught.value.filename, caught.value.lineno) == (__file__, door.__code__.co_firstlineno)


def test_the_line_named_is_in_the_decorated_function():
    function = _decorated()
    with pytest.raises(flops.BudgetExhaustedError) as caught:
        function(fnp.ones(4))
    assert caught.value.filename == __file__
    assert caught.value.lineno == function.__wrapped__.__code__.co_firstlineno + 2


def test_a_size_that_is_no_integer_is_numpy_s_error_and_leaves_the_count_an_integer():
    x = fnp.ones((6, 5))
    with flops.BudgetContext(1_000) as budget:
        with pytest.raises(TypeError):
            fnp.pad(x, 3.4)
        with pytest.raises(TypeError, match="cannot price pad"):  # nor is it planned
            flops.cost("pad", (6, 5), 3.4)
        assert (type(budget.flops_used), budget.flops_used, len(budget.op_log)) == (int, 0, 0)
        fnp.exp(x)
    assert (type(budget.flops_used), budget.flops_used) == (int, 30)  # 6*5
