"""Operands of other libraries: each decides what it decides about a plain array, and the charge stays sensible."""

from __future__ import annotations

import inspect
import operator
import re
import sys
import warnings
from functools import partial

import numpy as np
import pytest

import flopscope as flops
import flopscope.numpy as fnp
from flopscope import FlopscopeArray

pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # of np.matrix


class Refusing:
    """Opts out of ufuncs, as NumPy's documentation has it."""

    __array_ufunc__ = None

    def __add__(self, other):
        return "Refusing.__add__"

    def __radd__(self, other):
        return "Refusing.__radd__"

    def __rmatmul__(self, other):
        return "Refusing.__rmatmul__"

    def __eq__(self, other):
        return "Refusing.__eq__"

    __hash__ = None


class Prior:
    """Goes first by the older rule."""

    __array_priority__ = 1000

    def __radd__(self, other):
        return "Prior.__radd__"

    def __rdivmod__(self, other):
        return "Prior.__rdivmod__"

    def __rpow__(self, other):
        return "Prior.__rpow__"


class Posterior(Prior):
    """Comes after arrays: NumPy takes it for a number."""

    __array_priority__ = -5

    def __add__(self, other):
        return "Posterior.__add__"


class Labelled:
    """Wraps an array and brings its own ufuncs, as pandas does."""

    __array_priority__ = 1000

    def __init__(self, values):
        self.values = values

    @property
    def shape(self):
        return self.values.shape

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.values, dtype)

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **kwargs):
        raw = [one.values if isinstance(one, Labelled) else one for one in inputs]
        return Labelled(getattr(ufunc, method)(*raw, **kwargs))

    def __add__(self, other):
        return np.add(self, other)


class Duck(Labelled):
    """Brings its own functions as well, as xarray does."""

    def __array_function__(self, function, types, args, kwargs):
        def raw(value):
            if isinstance(value, (list, tuple)):
                return type(value)(map(raw, value))
            return value.values if isinstance(value, Labelled) else value

        return Duck(function(*map(raw, args), **{name: raw(value) for name, value in kwargs.items()}))


class FunctionsOnly:
    """Brings functions but no ufuncs: for these it is whatever NumPy can convert."""

    def __array__(self, dtype=None, copy=None):
        return np.asarray([1.0, 2.0, 3.0], dtype)

    def __array_function__(self, function, types, args, kwargs):
        return f"FunctionsOnly.{function.__name__}"


class Quantity(np.ndarray):
    """A subclass with a meaning of its own, as astropy has."""

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        plain = [np.asarray(one) for one in inputs]
        if kwargs.get("out"):
            kwargs["out"] = tuple(np.asarray(one) for one in kwargs["out"])
        result = getattr(ufunc, method)(*plain, **kwargs)
        return result.view(Quantity) if isinstance(result, np.ndarray) else result


def text(value):
    """What an operation came to, in words that are the same for plain and for counted arrays."""
    if isinstance(value, Labelled):
        return f"{type(value).__name__}({text(value.values)})"
    if isinstance(value, tuple):
        return tuple(map(text, value))
    if isinstance(value, np.ndarray):
        kind = np.ndarray if type(value) is FlopscopeArray else type(value)
        items = value.tolist() if isinstance(value, np.ma.MaskedArray) else np.asarray(value).tolist()
        return f"{kind.__name__}({re.sub(' at 0x[0-9a-f]+', '', repr(items))})"
    return re.sub(" at 0x[0-9a-f]+", "", repr(value))


def outcome(call, array, operand):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return text(call(array, operand))
        except Exception as error:
            return type(error)


OPERANDS = {
    "refusing": Refusing,
    "prior": Prior,
    "posterior": Posterior,
    "labelled": lambda: Labelled(np.arange(3.0)),
    "duck": lambda: Duck(np.arange(3.0)),
    "functions only": FunctionsOnly,
    "quantity": lambda: np.arange(3.0).view(Quantity),
    "matrix": lambda: np.asmatrix([[1.0, 2.0, 3.0]] * 3),
    "masked": lambda: np.ma.array([1.0, 2.0, 3.0], mask=[0, 1, 0]),
    "record": lambda: np.rec.array([(1.0,), (2.0,)], dtype=[("a", "f8")]).a,
    "nothing": lambda: None,
    "an object": object,
    "a string": lambda: "text",
    "NumPy's string": lambda: np.str_("text"),
    "a range": lambda: range(3),
    "a set": lambda: {1},
    "memory": lambda: memoryview(np.arange(3.0)),
    "poly1d": lambda: np.poly1d([1, 2]),
}
BINARY = "add sub mul truediv floordiv mod pow matmul lt ge eq ne iadd imul imatmul ipow".split()


def swapped(run, x, y):
    return run(y, x)


CALLS = {
    **{name: getattr(operator, name) for name in BINARY},
    **{f"r{name}": partial(swapped, getattr(operator, name)) for name in BINARY if name[0] != "i"},
    "divmod": divmod,
    "rdivmod": lambda x, y: divmod(y, x),
    "in": lambda x, y: y in x,
    "numpy.add": np.add,
    "numpy.add swapped": lambda x, y: np.add(y, x),
    "numpy.add.outer": np.add.outer,
    "numpy.add to x": lambda x, y: np.add(x, y, out=x),
    "numpy.multiply.at": lambda x, y: np.multiply.at(x, [0], y),
    "numpy.concatenate": lambda x, y: np.concatenate([x, y]),
    "numpy.where": lambda x, y: np.where([True, False, True], x, y),
    "numpy.dot": np.dot,
    "numpy.isclose": np.isclose,
    "numpy.stack": lambda x, y: np.stack((x, y)),
    "x.dot": lambda x, y: x.dot(y),
    "x.clip": lambda x, y: x.clip(0, y),
    "assign": lambda x, y: operator.setitem(x, slice(None), y),
}
OURS = {
    "add": lambda xp, x, y: xp.add(x, y),
    "add swapped": lambda xp, x, y: xp.add(y, x),
    "divmod": lambda xp, x, y: xp.divmod(x, y),
    "add.outer": lambda xp, x, y: xp.add.outer(x, y),
    "add to x": lambda xp, x, y: xp.add(x, y, out=x),
    "maximum.reduce": lambda xp, x, y: xp.maximum.reduce(y),
    "concatenate": lambda xp, x, y: xp.concatenate([x, y]),
    "stack": lambda xp, x, y: xp.stack((x, y)),
    "where": lambda xp, x, y: xp.where([True, False, True], x, y),
    "dot": lambda xp, x, y: xp.dot(x, y),
    "isclose": lambda xp, x, y: xp.isclose(x, y),
    "sum": lambda xp, x, y: xp.sum(y),
    "mean": lambda xp, x, y: xp.mean(y),
    "asarray": lambda xp, x, y: np.asarray(xp.asarray(y)),
    "shape": lambda xp, x, y: xp.shape(y),
    "einsum": lambda xp, x, y: xp.einsum("i,i->i", x, y),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("kind", OPERANDS)
def test_an_operand_meets_a_counted_array_as_it_meets_a_plain_one(kind, call):
    expected = outcome(CALLS[call], np.arange(1.0, 4.0), OPERANDS[kind]())
    with flops.BudgetContext(10**6) as budget:
        for _ in range(2):
            assert outcome(CALLS[call], fnp.arange(1.0, 4.0), OPERANDS[kind]()) == expected
    if isinstance(expected, type):
        assert budget.flops_used == 0


@pytest.mark.parametrize("call", OURS)
@pytest.mark.parametrize("kind", OPERANDS)
def test_our_functions_take_an_operand_as_numpy_s_do(kind, call):
    expected = outcome(lambda x, y: OURS[call](np, x, y), np.arange(1.0, 4.0), OPERANDS[kind]())
    with flops.BudgetContext(10**6) as budget:
        for _ in range(2):
            assert outcome(lambda x, y: OURS[call](fnp, x, y), fnp.arange(1.0, 4.0), OPERANDS[kind]()) == expected
    if isinstance(expected, type):
        assert budget.flops_used == 0
    assert fnp.add(1, 1) == 2  # nothing stays switched off


@pytest.mark.parametrize("kind", ["labelled", "duck"])
def test_an_op_with_an_array_of_another_library_is_charged_once(kind):
    for call in (
        lambda x, y: x + y,
        lambda x, y: y + x,
        lambda x, y: np.add(x, y),
        lambda x, y: fnp.add(x, y),
        lambda x, y: fnp.add(y, x),
    ):
        with flops.BudgetContext(100) as budget:
            call(fnp.ones(3), OPERANDS[kind]())
        assert [(record.op_name, record.flop_cost) for record in budget.op_log] == [("add", 3)]
    with flops.BudgetContext(100) as budget:
        fnp.dot(fnp.ones(3), OPERANDS[kind]())
    assert [(record.op_name, record.flop_cost) for record in budget.op_log] == [("dot", 3)]


@pytest.mark.parametrize("kind", ["masked", "matrix", "quantity"])
def test_an_op_with_a_subclass_is_charged_once(kind):
    operand = OPERANDS[kind]()
    for call in (lambda x: x + operand, lambda x: fnp.add(x, operand), lambda x: fnp.multiply(operand, x)):
        with flops.BudgetContext(1000) as budget:
            call(fnp.ones(3))
        assert [record.flop_cost for record in budget.op_log] == [operand.size]


def test_a_foreign_implementation_that_fails_leaves_no_charge():
    class Broken(Labelled):
        def __array_ufunc__(self, *args, **kwargs):
            raise RuntimeError("broken")

    with flops.BudgetContext(100) as budget:
        for call in (lambda x, y: x + y, lambda x, y: fnp.add(x, y)):
            with pytest.raises(RuntimeError, match="broken"):
                call(fnp.ones(3), Broken(np.ones(3)))
    assert budget.flops_used == len(budget.op_log) == 0


def test_a_ufunc_of_another_library_is_counted_by_its_elements():
    doubled = np.frompyfunc(lambda x, y: x + 2 * y, 2, 1)
    with flops.BudgetContext(100) as budget:
        for _ in range(2):
            assert doubled(fnp.ones((2, 1)), [1, 2, 3]).tolist() == [[3, 5, 7]] * 2
            doubled.reduce(fnp.asarray([1, 2, 3], dtype=object))
    assert [record.flop_cost for record in budget.op_log] == [6, 3, 6, 3]


def test_a_generalized_ufunc_of_another_library_is_counted_by_its_dimensions():
    from numpy.linalg import _umath_linalg  # which is as foreign to the table as any other

    with flops.BudgetContext(10**6) as budget:
        assert float(_umath_linalg.det(fnp.eye(4))) == 1
        _umath_linalg.solve(fnp.asarray([fnp.eye(3)] * 2), fnp.ones((3, 5)))
    assert [record.flop_cost for record in budget.op_log] == [16, 90]  # 4*4; 2 pairs of 3*3*5


def test_a_ufunc_of_scipy_is_counted_by_its_elements():
    special = pytest.importorskip("scipy.special")
    with flops.BudgetContext(100) as budget:
        result = special.erf(fnp.ones(4))
    assert type(result) is FlopscopeArray
    assert [(record.op_name, record.flop_cost) for record in budget.op_log] == [("erf", 4)]


def test_numpy_s_own_libraries_work_on_counted_arrays():
    with flops.BudgetContext(10**6) as budget:
        np.testing.assert_allclose(fnp.ones(3), np.ones(3))
        assert np.polynomial.Polynomial([1, 2])(fnp.ones(3)).tolist() == [3, 3, 3]
        assert np.ma.masked_array(fnp.arange(3.0), mask=[0, 0, 1]).sum() == 1
        assert np.vectorize(lambda x: x + 1)(fnp.arange(3)).tolist() == [1, 2, 3]
    assert budget.flops_used > 0


def test_a_generalized_ufunc_may_leave_dimensions_out():
    umath = pytest.importorskip("numpy._core._umath_tests")
    assert umath.matmul is not np.matmul
    with flops.BudgetContext(100) as budget:
        assert umath.matmul(fnp.ones((2, 3, 2)), fnp.ones(2)).tolist() == [[2] * 3] * 2
        assert umath.matmul(fnp.ones(3), fnp.ones((3, 4))).tolist() == [3] * 4
        assert umath.matmul(fnp.ones((2, 3)), fnp.ones((3, 4))).tolist() == [[3] * 4] * 2
    assert [record.flop_cost for record in budget.op_log] == [12, 12, 24]  # 2*3*2; 3*4; 2*3*4


def test_functions_that_a_program_makes_are_not_kept():
    def triple(x):
        return 3 * x

    x, y = fnp.asarray([1, 2], dtype=object), fnp.asarray([1, 2])
    before = sys.getrefcount(triple)
    with flops.BudgetContext(10**6) as budget:
        for _ in range(50):
            tripled = np.frompyfunc(triple, 1, 1)
            assert tripled(x).tolist() == tripled(y).tolist() == [3, 6]
            tripled.at(x.copy(), [0])
            ours = fnp.frompyfunc(triple, 1, 1)
            assert (ours.nin, ours.nout) == (1, 1)
    del tripled, ours
    assert sys.getrefcount(triple) == before
    assert budget.flops_used == 50 * (2 + 2 + 1)
    assert budget.op_log[0].op_name == "triple (vectorized)"
    assert budget.op_log[2].op_name == "triple (vectorized).at"


def test_a_function_of_another_library_is_counted_by_what_it_calls():
    from numpy._core.overrides import array_function_dispatch  # as libraries use it, and NumPy's tests

    @array_function_dispatch(lambda array: (array,), module="elsewhere")
    def normalized(array):
        """Divide by the sum."""
        return array / array.sum()

    with flops.BudgetContext(100) as budget:
        result = normalized(fnp.ones(4))
    assert type(result) is FlopscopeArray
    assert result.tolist() == [0.25] * 4
    assert [record.op_name for record in budget.op_log] == ["sum", "divide"]
    assert budget.flops_used == 4 + 4


# -- the protocols, called by hand as some libraries do --------------------------------------------------------------


def test_the_protocol_of_functions_has_numpy_s_signature_and_takes_either_function():
    for method in ("__array_function__", "__array_ufunc__"):
        ours, theirs = getattr(FlopscopeArray, method), getattr(np.ndarray, method)
        try:
            expected = inspect.signature(theirs)
        except ValueError:  # before NumPy 2.4
            break
        assert list(inspect.signature(ours).parameters) == list(expected.parameters)
    x = fnp.ones(4)
    for reshape in (np.reshape, fnp.reshape):
        given = {"types": (FlopscopeArray,), "args": (x, (2, 2)), "kwargs": {}}
        assert x.__array_function__(func=reshape, **given).shape == (2, 2)
    with flops.BudgetContext(100) as budget:
        for total in (np.sum, fnp.sum):
            assert float(x.__array_function__(total, (FlopscopeArray,), (x,), {})) == 4
    assert budget.flops_used == 8
    for match, wrong in (
        ("iterable", (np.sum, None, (x,), {})),
        ("args must be a tuple", (np.sum, (FlopscopeArray,), [x], {})),
        ("kwargs must be a dict", (np.sum, (FlopscopeArray,), (x,), None)),
        ("missing", (np.sum, (FlopscopeArray,))),
    ):
        with pytest.raises(TypeError, match=match):
            x.__array_function__(*wrong)
    assert x.__array_function__(np.sum, (Refusing,), (x,), {}) is NotImplemented


def test_the_protocol_of_ufuncs_takes_either_function_and_refuses_what_numpy_refuses():
    x = fnp.ones(3)
    with flops.BudgetContext(100) as budget:
        for add in (np.add, fnp.add):
            assert x.__array_ufunc__(add, "__call__", x, 2).tolist() == [3] * 3
            assert float(x.__array_ufunc__(add, "reduce", x)) == 3
    assert [record.op_name for record in budget.op_log] == ["add", "add.reduce"] * 2
    assert budget.flops_used == 4 * 3
    for wrong in ((), (1, 2), (np.add, 3, np.ones(3)), (np.add, "nonsense", np.ones(3))):
        with pytest.raises((TypeError, AttributeError)) as theirs:
            np.ones(3).__array_ufunc__(*wrong)
        with pytest.raises(theirs.type):
            x.__array_ufunc__(*wrong)


class Recorder:
    """An array of another library that says what NumPy's protocol hands it."""

    def __array_function__(self, function, types, args, kwargs):
        return len(args), sorted(kwargs)


@pytest.mark.parametrize("name", ["sum", "mean", "cumsum", "argmax", "any", "var"])
def test_an_operand_of_another_library_is_handed_what_numpy_hands_it(name):
    for args, kwargs in [((), {}), ((0,), {}), ((), {"out": None})]:
        assert getattr(fnp, name)(Recorder(), *args, **kwargs) == getattr(np, name)(Recorder(), *args, **kwargs)


class Series(Labelled):
    """Is asked for its method by NumPy's function, as pandas is."""

    def sum(self, axis=None, out=None, **kwargs):
        return (self.values + 1).sum() - self.values.size


def test_a_function_that_calls_the_method_of_its_operand_is_charged_once():
    with flops.BudgetContext(100) as budget:
        assert fnp.sum(Series(fnp.ones(6))) == 6
    assert [(record.op_name, record.flop_cost) for record in budget.op_log] == [("sum", 6), ("equal", 1)]
    with flops.BudgetContext(100) as budget:
        np.sum(Series(fnp.ones(6)))
    assert budget.flops_used == 6 + 6 + 1  # add, sum, subtract: NumPy does not tell us


class Lazy(Duck):
    """Computes later, as dask does."""

    _meta = fnp.empty(0)


def test_what_an_operand_computes_later_with_counted_arrays_is_left_to_it():
    with flops.BudgetContext(100) as budget:
        fnp.sum(Lazy(fnp.ones(6)))
        fnp.exp(Lazy(fnp.ones(6)))
    assert [(record.op_name, record.flop_cost) for record in budget.op_log] == [("sum", 6), ("exp", 6)]
