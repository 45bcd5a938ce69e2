"""Does flopscope do what NumPy does? A call is run twice, on plain arrays and on counted ones, and all of it compared.

An operand is written as `Array` (values and memory layout), so that each run gets arrays of its own, laid out alike.
"""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

import flopscope as flops
import flopscope.numpy as fnp
from flopscope.arrays.dispatch import BARE

LAYOUTS = ("C", "F", "strided", "reversed", "inner", "wrapped")


class Array:
    """An operand to be: `values` in a memory layout, plain or counted.

    The layout "wrapped" is strided, too, but counted as a whole (``fnp.asarray(plain[::2])``), where the other
    counted views are views of a counted array (``fnp.asarray(plain)[::2]``).
    """

    def __init__(self, values: Any, layout: str = "C") -> None:
        self.values, self.layout = np.asarray(values), layout

    def make(self, convert: Callable[[Any], Any]) -> Any:
        values, layout = self.values, self.layout
        if not values.ndim or layout == "C":
            return convert(values.copy())
        if layout == "F":
            return convert(values.T.copy()).T
        if layout == "reversed":
            every = (slice(None, None, -1),) * values.ndim
            return convert(values[every].copy())[every]
        if layout == "inner":
            around = convert(np.zeros([n + 2 for n in values.shape], values.dtype))
            around[(slice(1, -1),) * values.ndim] = values
            return around[(slice(1, -1),) * values.ndim]
        doubled = np.zeros([2 * n for n in values.shape], values.dtype)
        every = (slice(None, None, 2),) * values.ndim
        doubled[every] = values
        return convert(doubled[every]) if layout == "wrapped" else convert(doubled)[every]

    def __repr__(self) -> str:
        return f"Array({self.values!r}, {self.layout!r})"


class Counted(Array):
    """An operand that is counted in our run, however the others are converted."""

    def make(self, convert: Callable[[Any], Any]) -> Any:
        return super().make(convert if convert is np.asarray else fnp.asarray)


class Plain(Array):
    """An operand that is a plain array in both runs."""

    def make(self, convert: Callable[[Any], Any]) -> Any:
        return super().make(np.asarray)


def made(value: Any, convert: Callable[[Any], Any]) -> Any:
    """`value` with arrays for every `Array` in it."""
    if isinstance(value, Array):
        return value.make(convert)
    if isinstance(value, (list, tuple)):
        return type(value)(made(item, convert) for item in value)
    if isinstance(value, dict):
        return {key: made(item, convert) for key, item in value.items()}
    return value


def arrays_in(value: Any) -> Iterator[np.ndarray]:
    """All arrays in a nest of tuples, lists and dictionaries."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from arrays_in(item)
    elif isinstance(value, dict):
        yield from arrays_in(list(value.values()))


class Run(NamedTuple):
    """What came of a call."""

    result: Any
    error: BaseException | None
    warnings: list[tuple[type, str]]
    arguments: list[np.ndarray]
    charges: list[tuple[str, int]]


def run(
    function: Callable[..., Any], args: Any, kwargs: Any, convert: Callable[[Any], Any], times: int = 1
) -> list[Run]:
    """Call `function` in one budget and note results or errors, warnings, what became of the arguments, and charges."""
    with flops.BudgetContext(10**15) as budget:
        runs = [run_once(function, made(args, convert), made(kwargs, convert), budget) for _ in range(times)]
    assert sum(cost for one in runs for _, cost in one.charges) == budget.flops_used
    return runs


def run_once(function: Callable[..., Any], args: Any, kwargs: Any, budget: flops.BudgetContext) -> Run:
    result = error = None
    before = len(budget.op_log)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = function(*args, **kwargs)
        except Exception as raised:
            error = raised
    charges = [(record.op_name, record.flop_cost) for record in budget.op_log[before:]]
    said = [(warning.category, str(warning.message)) for warning in caught]
    return Run(result, error, said, list(arrays_in((args, kwargs))), charges)


def check(ours: Callable[..., Any], theirs: Callable[..., Any], *args: Any, exact: bool = True, **kwargs: Any) -> Run:
    """Assert that `ours` on counted arrays does what `theirs` does on plain ones; return our run.

    It is called twice: the first call of its kind goes the general way through the dispatcher, the second a fast lane.
    """
    (expected,) = run(theirs, args, kwargs, np.asarray)
    first, second = run(ours, args, kwargs, fnp.asarray, times=2)
    assert expected.charges == [], "NumPy alone charges nothing"
    assert first.charges == second.charges
    compare(first, expected, exact)
    compare(second, expected, exact)
    return second


def compare(got: Run, expected: Run, exact: bool) -> None:
    if expected.error is not None:
        assert got.error is not None, f"NumPy raised {expected.error!r}"
        same_error(got.error, expected.error)
        assert got.charges == []
        return
    if got.error is not None:
        raise got.error
    assert got.warnings == expected.warnings
    same(got.result, expected.result, exact)
    for ours_now, theirs_now in zip(got.arguments, expected.arguments, strict=True):
        same_array(ours_now, theirs_now, exact)
    if exact:  # views of the arguments where NumPy's are, and the very objects where NumPy's are
        relations(got, expected)


def same_error(ours: BaseException, theirs: BaseException) -> None:
    assert type(ours) is type(theirs), f"{ours!r} is not {theirs!r}"
    message = str(ours).replace("flopscope.FlopscopeArray", "numpy.ndarray").replace("FlopscopeArray", "numpy.ndarray")
    assert message == str(theirs)
    assert ours.__cause__ is None or theirs.__cause__ is not None
    assert ours.__context__ is None or theirs.__context__ is not None, "noise: During handling of the above exception"


def relations(got: Run, expected: Run) -> None:
    ours, theirs = list(arrays_in(got.result)), list(arrays_in(expected.result))
    for our_result, their_result in zip(ours, theirs, strict=True):
        for ours_in, theirs_in in zip(got.arguments, expected.arguments, strict=True):
            assert np.shares_memory(our_result, ours_in) == np.shares_memory(their_result, theirs_in), "view or copy?"
            if their_result is theirs_in and type(ours_in) is flops.FlopscopeArray:
                assert our_result is ours_in, "NumPy returns the argument itself"


def same(ours: Any, theirs: Any, exact: bool = True) -> None:
    """Assert that a result is NumPy's: values, dtypes, shapes, types; a counted array for a plain one."""
    if isinstance(theirs, np.ndarray):
        wanted = flops.FlopscopeArray if type(theirs) is np.ndarray else type(theirs)
        assert type(ours) is wanted, f"{type(ours)} is not {wanted}"
        same_array(ours, theirs, exact)
    elif isinstance(theirs, (list, tuple)):
        assert type(ours) is type(theirs)
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            same(one, other, exact)
    else:
        assert bare(ours) is type(theirs), f"{type(ours)} is not {type(theirs)}"
        if isinstance(theirs, np.generic):
            assert ours.dtype == theirs.dtype
            same_values(ours, theirs, exact)
            if exact:
                same_text(ours, theirs)
        else:
            assert ours == theirs or ours != ours


def bare(value: Any) -> type:
    """The type of a value; for a counted scalar, the one of NumPy's that it stands for."""
    return BARE.get(type(value), type(value))


def same_text(ours: Any, theirs: Any) -> None:
    """Assert that a scalar looks like NumPy's, has its hash and its pickle."""
    assert (repr(ours), str(ours), f"{ours}") == (repr(theirs), str(theirs), f"{theirs}")
    assert hash(ours) == hash(theirs) or theirs != theirs  # NaN has the hash of its address
    assert type(pickle.loads(pickle.dumps(ours))) is type(theirs)


def same_array(ours: np.ndarray, theirs: np.ndarray, exact: bool = True) -> None:
    assert ours.dtype == theirs.dtype, f"{ours.dtype} is not {theirs.dtype}"
    assert ours.shape == theirs.shape, f"{ours.shape} is not {theirs.shape}"
    same_values(ours, theirs, exact)
    for flag in ("writeable", *(("c_contiguous", "f_contiguous") if exact else ())):
        assert getattr(ours.flags, flag) == getattr(theirs.flags, flag), flag


def same_object(ours: Any, theirs: Any) -> bool:
    return type(ours) is type(theirs) and (ours == theirs or (ours != ours and theirs != theirs))


def same_values(ours: Any, theirs: Any, exact: bool) -> None:
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    if theirs.dtype == object:  # which may hold NaN, equal to nothing
        assert all(map(same_object, ours.ravel().tolist(), theirs.ravel().tolist()))
    elif ours.dtype.kind in "fc" and not exact:
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-9)
    else:
        np.testing.assert_array_equal(ours, theirs, strict=True)
