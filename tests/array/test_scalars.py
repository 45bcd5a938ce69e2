"""Counted scalars: what full reductions and their kin return is a number of NumPy's that stays inside the meter."""

from __future__ import annotations

import copy
import json
import math
import operator
import pickle
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import flopscope as flops
import flopscope.numpy as fnp
from flopscope.arrays.dispatch import BARE, SCALARS
from parity import same, same_error

X = np.array([1.0, 2.0, 3.0])


def scalar(value, dtype=float):
    """A counted scalar, as a program gets one."""
    with flops.BudgetContext(10):
        return fnp.max(fnp.asarray([value], dtype))


def charges(call):
    """What a call returns, and what it is charged."""
    with flops.BudgetContext(10**6) as budget:
        result = call()
    return result, [(record.op_name, record.flop_cost) for record in budget.op_log]


# -- where they come from --------------------------------------------------------------------------------------------

COMPUTED = {
    "sum": lambda x: x.sum(),
    "np.sum": np.sum,
    "add.reduce": np.add.reduce,
    "mean": fnp.mean,
    "median": fnp.median,
    "std": lambda x: x.std(),
    "argmax": lambda x: x.argmax(),
    "norm": fnp.linalg.norm,
    "det": lambda x: fnp.linalg.det(fnp.diag(x)),
    "slogdet": lambda x: fnp.linalg.slogdet(fnp.diag(x))[1],
    "dot": lambda x: x @ x,
    "einsum": lambda x: fnp.einsum("i,i->", x, x),
    "trace": lambda x: fnp.trace(fnp.diag(x)),
    "sqrt of a number": lambda x: fnp.sqrt(2.0),
    "sqrt of an item": lambda x: fnp.sqrt(x[0]),
    "0-d array": lambda x: fnp.asarray(2.0) + 1,
    "cov": lambda x: fnp.percentile(x, 30),
}


@pytest.mark.parametrize("call", COMPUTED)
def test_what_is_computed_is_a_counted_scalar_by_either_lane(call):
    x = fnp.asarray(X)
    for _ in range(2):
        assert type(COMPUTED[call](x)) in BARE


READ = {
    "item": lambda x: x[0],
    "take": lambda x: x.take(0),
    "fnp.take": lambda x: fnp.take(x, 0),
    "an item by iteration": lambda x: next(iter(x)),
    "index": lambda x: fnp.unravel_index(2, (3, 1))[0],
    "fnp.float64": lambda x: fnp.float64(x.sum()),
}


@pytest.mark.parametrize("call", READ)
def test_what_is_read_is_numpy_s(call):
    assert type(READ[call](fnp.asarray(X))) in SCALARS


def test_there_is_a_counted_class_for_every_number_and_none_for_bool():
    assert {np.dtype(kind).char for kind in SCALARS} == set("bBhHiIlLqQefdgFDG")
    assert type(fnp.any(fnp.asarray(X))) is np.bool
    for ours, theirs in BARE.items():
        assert issubclass(ours, theirs)
        assert ours.__name__ == theirs.__name__
        assert isinstance(scalar(1, theirs), ours)


# -- what is charged -------------------------------------------------------------------------------------------------

BINARY = "add sub mul truediv floordiv mod pow lt le gt ge eq ne".split()
BITWISE = "and_ or_ xor lshift rshift".split()
OPS = {
    "sub": "subtract", "mul": "multiply", "truediv": "divide", "floordiv": "floor_divide", "mod": "remainder",
    "pow": "power", "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal", "eq": "equal",
    "ne": "not_equal", "and_": "bitwise_and", "or_": "bitwise_or", "xor": "bitwise_xor", "lshift": "left_shift",
    "rshift": "right_shift", "neg": "negative", "pos": "positive", "abs": "absolute",
}  # fmt: skip
OTHERS = [2, 2.5, 1 + 2j, True, np.float32(3), np.int8(2), np.float64(0.5), np.True_, np.longdouble(2)]
DTYPES = [float, np.float32, np.float16, int, np.int8, np.uint8, complex, np.complex64, np.longdouble]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", BINARY + BITWISE)
def test_an_operator_gives_what_numpy_gives_and_is_charged_1_flop(name, dtype):
    run = getattr(operator, name)
    ours, theirs = scalar(3, dtype), np.dtype(dtype).type(3)
    for other in [*OTHERS, ours]:
        plain = theirs if other is ours else other
        for pair, bare in (((ours, other), (theirs, plain)), ((other, ours), (plain, theirs))):
            expected, error = outcome(run, bare)
            with flops.BudgetContext(10) as budget:
                result, own_error = outcome(run, pair)
            if error is not None:
                same_error(own_error, error)
                assert budget.flops_used == 0
                continue
            assert own_error is None
            same(result, expected)
            # Python's complex numbers and NumPy's wider scalars, asked first, take in the narrower ones themselves.
            if pair[0] is ours or not isinstance(other, (complex, np.generic)):
                assert type(result) in BARE or type(result) is np.bool
                assert budget.flops_used == 1


def outcome(run, operands):
    with np.errstate(all="ignore"):
        try:
            return run(*operands), None
        except TypeError as error:
            return None, error


CALLS = {
    "np.sqrt": (np.sqrt, [("sqrt", 1)]),
    "fnp.sqrt": (fnp.sqrt, [("sqrt", 1)]),
    "np.isnan": (np.isnan, [("isnan", 1)]),
    "negative": (operator.neg, [("negative", 1)]),
    "abs": (abs, [("absolute", 1)]),
    "divmod": (lambda s: divmod(s, 2), [("divmod", 1)]),
    "reflected": (lambda s: 2 - s, [("subtract", 1)]),
    "in place": (lambda s: operator.iadd(s, 2), [("add", 1)]),
    "with an array": (lambda s: s / fnp.asarray(X), [("divide", 3)]),
    "an array with it": (lambda s: X * s, [("multiply", 3)]),
    "with a list": (lambda s: s - [1, 2], [("subtract", 2)]),
    "sum()": (lambda s: sum([s, s]), [("add", 1)] * 2),
    "max()": (lambda s: max(s, 2), [("less", 1)]),
    "sorted()": (lambda s: sorted([s, s]), [("less", 1)]),
    "np.sum": (np.sum, [("sum", 1)]),
    "a method": (lambda s: s.sum(), [("sum", 1)]),
    "round()": (lambda s: s.round(1), [("round", 1)]),
    "clip": (lambda s: fnp.clip(fnp.asarray(X), s, s), [("clip", 3)]),
    "a counted scalar in a draw": (lambda s: fnp.random.normal(s, s), [("random.normal", 1)]),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_call_is_charged_the_same_every_time(call):
    run, log = CALLS[call]
    s = scalar(6)
    for _ in range(3):
        assert charges(lambda: run(s))[1] == log


FREE = {
    "float": float, "int": int, "complex": complex, "bool": bool, "str": str, "repr": repr, "hash": hash,
    "format": lambda s: f"{s:8.3f}", "item": lambda s: s.item(), "tolist": lambda s: s.tolist(), "json": json.dumps,
    "math.sqrt": math.sqrt, "math.fsum": lambda s: math.fsum([s, s]), "round": lambda s: round(s, 1),
    "copy": copy.copy, "deepcopy": copy.deepcopy, "array": lambda s: np.array([s, s]), "dtype": lambda s: s.dtype,
    "asarray": fnp.asarray, "full": lambda s: fnp.full(3, s), "a place": lambda s: [1, 2][int(s) - 6],
    "Fraction": Fraction, "Decimal": Decimal, "pickle": lambda s: pickle.loads(pickle.dumps(s)),
    "text": "{:.2f}".format,
    "same object": lambda s: {s: 1}[s],
}  # fmt: skip


@pytest.mark.parametrize("call", FREE)
def test_what_python_makes_of_a_scalar_is_numpy_s_and_free(call):
    s = scalar(6.0)
    result, log = charges(lambda: FREE[call](s))
    assert log == []
    expected = FREE[call](np.float64(6.0))
    assert np.array_equal(result, expected)
    assert BARE.get(type(result), type(result)) is type(expected) or isinstance(result, flops.FlopscopeArray)


PARTS = {
    "real": lambda s: s.real, "imag": lambda s: s.imag, "complex": lambda s: (s * 1j).real, "T": lambda s: s.T,
    "astype": lambda s: s.astype(np.float32), "copy": lambda s: s.copy(), "view": lambda s: s.view(np.float64),
    "()": lambda s: s[()], "...": lambda s: s[...], "None": lambda s: s[None], "reshape": lambda s: s.reshape(1, 1),
    "ravel": lambda s: s.ravel(), "flatten": lambda s: s.flatten(), "squeeze": lambda s: s.squeeze(),
    "transpose": lambda s: s.transpose(), "take": lambda s: s.take([0, 0]), "repeat": lambda s: s.repeat(3),
    "np.real": np.real, "np.squeeze": np.squeeze, "np.copy": np.copy,
}  # fmt: skip


@pytest.mark.parametrize("call", PARTS)
def test_parts_and_conversions_of_a_scalar_are_free_and_stay_counted(call):
    s = scalar(6.0)
    expected = PARTS[call](np.float64(6.0))
    (part, double), log = charges(lambda: (PARTS[call](s), 2 * PARTS[call](s)))
    same(part, expected)
    same(double, 2 * expected)
    assert log == [("multiply", 1)] * 2 * (call == "complex") + [("multiply", expected.size)]

    def program(x):
        return 2 * PARTS[call](x.sum())

    with flops.BudgetContext(10**6) as budget:
        program(fnp.ones(4))
    assert flops.plan(program, flops.Shaped(4)).flops_used == budget.flops_used


@pytest.mark.parametrize("dtype", DTYPES)
def test_it_is_numpy_s_number_for_everyone_who_asks(dtype):
    ours, theirs = scalar(3, dtype), np.dtype(dtype).type(3)
    assert isinstance(ours, type(theirs))
    assert isinstance(ours, float) == isinstance(theirs, float)
    assert (repr(ours), str(ours), hash(ours), ours.dtype) == (repr(theirs), str(theirs), hash(theirs), theirs.dtype)
    assert np.array([ours, ours]).dtype == fnp.asarray([ours, ours]).dtype == theirs.dtype
    assert ours.tobytes()[:8] == theirs.tobytes()[:8]
    for again in (pickle.loads(pickle.dumps(ours)), copy.copy(ours), copy.deepcopy(ours)):
        same(again, theirs)


# -- what flopscope itself does with them ----------------------------------------------------------------------------

SIZES = {
    "zeros": lambda n: fnp.zeros((n, 2)),
    "axis": lambda n: fnp.ones((1, 2, 3, 4)).cumsum(axis=n),
    "normal": lambda n: fnp.random.normal(size=(n, 2)),
    "named": lambda n: fnp.random.normal(scale=n, size=n),
    "fft": lambda n: fnp.fft.fft(fnp.ones(8), n),
    "svd": lambda n: fnp.linalg.svd(fnp.ones((3, 4)), k=n),
    "roll": lambda n: fnp.roll(fnp.ones(4), n),
    "linspace": lambda n: fnp.linspace(0, n, n),
    "polyfit": lambda n: fnp.polyfit(fnp.arange(5.0), fnp.arange(5.0), n),
    "matrix_power": lambda n: fnp.linalg.matrix_power(fnp.eye(3), n),
    "partition": lambda n: fnp.partition(fnp.ones(8), n),
    "diff": lambda n: fnp.diff(fnp.ones(8), n),
    "histogram": lambda n: fnp.histogram(fnp.arange(8.0), n),
    "moveaxis": lambda n: fnp.moveaxis(fnp.ones((1, 2, 3)), n, 0),
    "tensordot": lambda n: fnp.tensordot(fnp.ones((2, 3)), fnp.ones((2, 3)), n),
    "budget": lambda n: flops.BudgetContext(n, wall_time_limit_s=n),
    "cost": lambda n: flops.cost("sum", (n, n), axis=0),
    "svd_cost": lambda n: flops.svd_cost(m=n, n=n, k=n),
    "pointwise_cost": lambda n: flops.pointwise_cost("exp", shape=(n, n)),
    "reduction_cost": lambda n: flops.reduction_cost("sum", input_shape=(n, n)),
    "einsum_cost": lambda n: flops.einsum_cost("ij,jk->ik", shapes=[(n, n), (n, n)]),
    "Shaped": lambda n: flops.Shaped((n, n)),
}


@pytest.mark.parametrize("call", SIZES)
def test_a_counted_scalar_as_a_size_costs_what_an_int_costs(call):
    n = scalar(2, int)
    expected = charges(lambda: SIZES[call](2))[1]
    for _ in range(3):
        assert charges(lambda: SIZES[call](n))[1] == expected


def test_text_and_lists_are_repeated_for_nothing():
    n = scalar(2, int)
    assert charges(lambda: (n * "ab", "ab" * n, n * [1], [1] * n)) == (("abab", "abab", [1, 1], [1, 1]), [])


def test_a_plan_counts_what_the_run_counts():
    def program(x):
        total, largest = x.sum(), fnp.max(x)
        scaled = (total * 2 - 1) / fnp.sqrt(largest) + x[0] * 3  # x[0]*3 is NumPy's, and free
        if flops.assume(scaled > 0, True):
            scaled = -scaled
        return x * scaled + fnp.linalg.norm(x) ** 2 + abs(x.mean()) + x.argmax() // 2 + np.multiply(2, total)

    x = np.array([1.0, 5.0, 2.0, 3.0])
    with flops.BudgetContext(10**6) as budget:
        program(fnp.asarray(x))
    plan = flops.plan(program, flops.Shaped(4))
    assert plan.flops_used == budget.flops_used
    known = flops.plan(program, fnp.asarray(x))
    assert known.flops_used == budget.flops_used


def test_a_refused_or_wrong_operation_is_not_charged():
    s = scalar(6)
    with flops.BudgetContext(1) as budget:
        for wrong in ("a", None, {}, object()):
            with pytest.raises(TypeError) as ours:
                s + wrong
            with pytest.raises(TypeError) as theirs:
                np.float64(6) + wrong
            same_error(ours.value, theirs.value)
        assert budget.flops_used == 0
        s + 1
        with pytest.raises(flops.BudgetExhaustedError):
            s + 1
        assert budget.flops_used == 1


def test_warnings_are_those_of_numpy_s_scalars():
    with pytest.warns(RuntimeWarning, match="divide by zero encountered in scalar divide"):
        assert np.isinf(scalar(1) / 0)
    with pytest.warns(RuntimeWarning, match="overflow encountered in scalar multiply"):
        scalar(120, np.int8) * np.int8(2)


def test_the_check_for_nan_looks_at_scalars_too():
    with flops.configure(check_nan_inf=True), pytest.warns(flops.NonFiniteWarning), np.errstate(all="ignore"):
        scalar(0) / scalar(0)


def test_threads_charge_one_budget():
    s = scalar(2)
    with flops.BudgetContext(10**6) as budget, ThreadPoolExecutor(4) as pool:
        list(pool.map(budget.wrap(lambda _: [s * 2 for _ in range(100)]), range(20)))
    assert budget.flops_used == 20 * 100


def test_out_and_object_arrays_take_them():
    x, objects = fnp.zeros(2), fnp.asarray([scalar(1), scalar(2)], dtype=object)
    x[0] = scalar(5)
    assert fnp.sum(fnp.asarray(X), out=fnp.zeros(())).tolist() == 6
    assert x.tolist() == [5, 0]
    assert fnp.sum(objects) == 3
    tensor = flops.as_symmetric(np.eye(2), symmetric_axes=(0, 1))
    s = scalar(2)
    result, log = charges(lambda: tensor * s)
    assert isinstance(result, flops.SymmetricTensor)
    assert log == [("multiply", 3)]  # 2*3/2 unique elements


def test_other_libraries_take_them():
    pandas = pytest.importorskip("pandas")
    s = scalar(6)
    assert pandas.Series([s, s]).dtype == np.float64
    assert (pandas.Series([1.0]) * s).tolist() == (s * pandas.Series([1.0])).tolist() == [6]
    assert s == pytest.approx(6)
    assert np.isclose(s, 6)
    assert math.isclose(s, 6)
    assert Decimal(s) == 6
