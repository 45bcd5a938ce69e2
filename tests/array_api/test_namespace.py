"""The namespace is the standard's: every name, every signature, and the protocol by which libraries find it."""

from __future__ import annotations

import copy
import inspect
import pickle
import subprocess
import sys

import numpy as np
import pytest

import flopscope as flops
import flopscope.array_api as xp
import flopscope.numpy as fnp
from flopscope import FlopscopeArray

strict = pytest.importorskip("array_api_strict")
compat = pytest.importorskip("array_api_compat")

#: Names of array-api-strict that are its own and not the standard's.
OWN = {
    "__version__", "Device", "ArrayAPIStrictFlags", "get_array_api_strict_flags", "reset_array_api_strict_flags",
    "set_array_api_strict_flags",
}  # fmt: skip
MODULES = ["", "linalg", "fft"]


def module(namespace, name):
    return getattr(namespace, name) if name else namespace


@pytest.mark.parametrize("name", MODULES)
def test_every_name_of_the_standard_is_there(name):
    wanted = set(module(strict, name).__all__) - OWN
    assert wanted - set(dir(module(xp, name))) == set()
    assert [n for n in dir(module(xp, name)) if not hasattr(module(xp, name), n)] == []


def parameters(function):
    given = inspect.signature(function).parameters.values()
    # What is not given is a private marker in array-api-strict where the standard has None.
    return [(p.name, p.kind, None if "Undef" in repr(p.default) else p.default) for p in given]


def functions():
    for name in MODULES:
        theirs, ours = module(strict, name), module(xp, name)
        for n in sorted(set(theirs.__all__) - OWN - {"expand_dims", "__array_namespace_info__"}):
            if callable(getattr(theirs, n)) and not isinstance(getattr(theirs, n), type):
                yield pytest.param(getattr(ours, n), getattr(theirs, n), id=f"{name}.{n}".lstrip("."))


@pytest.mark.parametrize("ours, theirs", list(functions()))
def test_signatures_are_those_of_the_standard(ours, theirs):
    assert parameters(ours) == parameters(theirs)
    assert ours.__doc__
    assert ours.__name__ == theirs.__name__


METHODS = "__array_namespace__ __dlpack__ __dlpack_device__ __getitem__ __setitem__ __index__ to_device".split()


@pytest.mark.parametrize("name", METHODS)
def test_methods_take_what_the_standard_gives_them(name):
    method = inspect.signature(getattr(xp.ones(1), name)).parameters
    for parameter in inspect.signature(getattr(strict.ones(1), name)).parameters.values():
        assert parameter.kind == parameter.POSITIONAL_ONLY or parameter.name in method


def test_axis_of_expand_dims_has_the_default_of_the_standard():
    assert xp.expand_dims(xp.ones(3)).shape == (1, 3)


def test_integers_divide_into_floats():
    x = xp.asarray([1, 2], dtype=xp.int8)
    for y in (x / x, 1 / x, xp.divide(x, 2)):
        assert y.dtype.kind == "f"
    with pytest.raises(TypeError):
        x /= 2
    with pytest.raises(TypeError):
        xp.asarray([True]) / xp.asarray([True])


def test_the_namespace_of_an_array_is_found():
    x = xp.ones(3)
    assert x.__array_namespace__() is xp
    assert x.__array_namespace__(api_version="2024.12") is xp
    assert compat.array_namespace(x, xp.zeros(2)) is xp
    assert compat.device(x) == "cpu"
    assert compat.to_device(x, "cpu") is x
    assert compat.is_array_api_obj(x)
    assert not compat.is_numpy_array(x)
    assert not isinstance(x, np.ndarray)
    with pytest.raises(ValueError, match=r"2019\.01"):
        x.__array_namespace__(api_version="2019.01")
    with pytest.raises(ValueError, match="'gpu'"):
        x.to_device("gpu")
    with pytest.raises(TypeError):
        compat.array_namespace(x, strict.ones(3))


def test_flopscope_numpy_does_not_load_it():
    code = "import sys, flopscope.numpy; print([m for m in sys.modules if m.startswith('flopscope.array_api')])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_scipy_is_loaded_by_its_functions_only():
    code = "import sys, flopscope.array_api; print('scipy' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"


def test_info_speaks_of_dtypes_and_devices():
    info = xp.__array_namespace_info__()
    assert info.dtypes(kind="real floating") == {"float32": xp.float32, "float64": xp.float64}
    assert set(info.dtypes()) == {str(dtype) for dtype in xp._dtypes.DTYPES}
    assert info.default_device() == "cpu"
    assert info.devices() == ["cpu"]
    assert info.default_dtypes()["real floating"] == xp.float64
    assert info.capabilities()["boolean indexing"] is True


def test_limits_are_python_numbers():
    info = xp.finfo(xp.ones(1, dtype=xp.float32))
    assert (info.bits, info.eps, info.dtype) == (32, 2.0**-23, xp.float32)
    assert [type(value) for value in info[1:5]] == [float] * 4
    assert xp.finfo(xp.complex64).max == info.max
    assert (xp.iinfo(xp.int8).min, xp.iinfo(xp.int8).max, xp.iinfo(xp.int8).bits) == (-128, 127, 8)


@pytest.mark.parametrize(
    "make", [lambda a: a, fnp.asarray, xp.asarray, lambda a: a.tolist(), memoryview, strict.asarray]
)
def test_asarray_takes_what_holds_numbers(make):
    a = np.arange(6.0).reshape(2, 3)
    x = xp.asarray(make(a))
    assert type(x) is xp.Array
    assert type(x._array) is FlopscopeArray
    np.testing.assert_array_equal(np.asarray(x), a)


def test_asarray_copies_when_told_to():
    a = np.zeros(3)
    shared, own, x = xp.asarray(a), xp.asarray(a, copy=True), xp.asarray(a, copy=False)
    a[0] = 1
    assert (shared[0], own[0], x[0]) == (1, 0, 1)
    assert xp.asarray(x) is x
    assert xp.asarray(x, copy=True) is not x
    with pytest.raises(ValueError):
        xp.asarray([1, 2], copy=False)
    with pytest.raises(OverflowError):
        xp.asarray(2**63)


def test_reshape_copies_when_told_to():
    a = np.zeros((2, 3))
    x = xp.asarray(a)
    shared, own = xp.reshape(x, (6,), copy=False), xp.reshape(x, (6,), copy=True)
    a[0, 0] = 1
    assert (shared[0], own[0]) == (1, 0)
    with pytest.raises(ValueError):
        xp.reshape(x.T, (6,), copy=False)
    assert xp.reshape(x.T, (6,), copy=True).shape == (6,)


OUT = {
    "Array.__array__": (np.asarray, 3), "Array.__dlpack__": (np.from_dlpack, 3),
    "Array.__float__": (lambda x: float(x[0]), 1), "Array.__int__": (lambda x: int(x[0]), 1),
    "Array.__complex__": (lambda x: complex(x[0]), 1),
}  # fmt: skip


@pytest.mark.parametrize("way", OUT)
def test_what_leaves_the_meter_is_told(way):
    x = xp.ones(3)
    call, elements = OUT[way]
    with flops.BudgetContext(10) as budget:
        call(x)
        fnp.asarray(x)
    assert [(e.door, e.elements, e.filename) for e in budget.report().escapes] == [(way, elements, __file__)]
    with flops.configure(on_escape="raise"), pytest.raises(flops.EscapeError, match=way):
        call(x)


def test_out_of_the_meter_only_when_asked():
    x = xp.asarray([1.0, 2.0])
    assert type(np.asarray(x)) is np.ndarray
    assert type(np.asanyarray(x)) is FlopscopeArray  # stays inside
    assert np.asarray(x, dtype=np.float32).dtype == np.float32
    assert type(np.from_dlpack(x)) is np.ndarray
    assert x.__dlpack_device__() == (1, 0)
    assert type(xp.from_dlpack(np.ones(3))) is xp.Array
    with pytest.raises(ValueError):
        np.asarray(x, dtype=np.float32, copy=False)


@pytest.mark.parametrize("other", [np.ones(2), fnp.ones(2), [1.0, 1.0], "a", strict.ones(2)])
def test_other_arrays_are_refused_instead_of_converted(other):
    x = xp.ones(2)
    for run in (lambda: x + other, lambda: other + x, lambda: x < other, lambda: xp.add(x, other)):
        with pytest.raises(TypeError):
            run()
    for run in (lambda: xp.sin(other), lambda: xp.matmul(x, other), lambda: xp.linalg.solve(xp.eye(2), other)):
        with pytest.raises(TypeError, match="asarray"):
            run()


def test_numpy_scalars_count_as_python_scalars():
    x = xp.ones(2, dtype=xp.float32)
    for y in (np.float64(2) * x, x * np.float64(2), xp.multiply(x, np.float64(2))):
        assert type(y) is xp.Array
        assert y.dtype == xp.float32


def test_arrays_pickle_and_copy():
    x = xp.asarray([[1, 2], [3, 4]])
    for y in (pickle.loads(pickle.dumps(x)), copy.copy(x), copy.deepcopy(x)):
        assert type(y) is xp.Array
        assert bool(xp.all(y == x))
    deep = copy.deepcopy(x)
    deep[0, 0] = 9
    assert x[0, 0] == 1


def test_an_array_prints_its_values_and_dtype():
    assert repr(xp.asarray([1, 2])) == "Array([1, 2], dtype=int64)"
    assert str(xp.asarray(1.5)) == "Array(1.5, dtype=float64)"


def test_only_zero_dimensional_arrays_convert_to_scalars():
    assert (float(xp.asarray(2)), int(xp.asarray(2.5)), complex(xp.asarray(1.0))) == (2.0, 2, 1 + 0j)
    assert bool(xp.asarray(0)) is False
    assert [10, 20][xp.asarray(1)] == 20
    for convert in (bool, int, float, complex):
        with pytest.raises(TypeError):
            convert(xp.ones(1))
    with pytest.raises(TypeError):
        float(xp.asarray(1j))
    with pytest.raises(TypeError):
        [10, 20][xp.asarray(1.0)]


def test_indexing_with_arrays_of_this_namespace():
    x = xp.reshape(xp.arange(6), (2, 3))
    assert type(x[0, 0]) is xp.Array
    assert x[0, 0].shape == ()
    assert x[:, xp.asarray([2, 0])].shape == (2, 2)
    assert x[x > 2].shape == (3,)
    x[x > 2] = 0
    assert int(xp.sum(x)) == 0 + 1 + 2
    assert [int(row[0]) for row in x] == [0, 0]
    assert (len(x), 2 in x, 7 in x) == (2, True, False)
    for key in ([0, 1], np.array([0, 1])):
        with pytest.raises(IndexError):
            x[key]
    with pytest.raises(TypeError):
        x[0, 0] = 1.5
    with pytest.raises(TypeError):
        x[0, :] = [1, 2, 3]
    with pytest.raises(TypeError):
        xp.Array(x)


def test_in_place_operators_keep_the_array_and_its_dtype():
    x = y = xp.ones(3, dtype=xp.float32)
    x += 1
    x *= xp.asarray(2.0, dtype=xp.float32)
    assert x is y
    assert float(y[0]) == 4.0
    with pytest.raises(TypeError):
        x += xp.ones(3, dtype=xp.float64)
    shared = xp.asarray(z := np.ones(2))
    shared += 1
    assert z[0] == 2.0
