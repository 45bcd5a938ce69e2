"""`fnp` has every public name of NumPy: counted, free, NumPy's own, or refused with the reason."""

from __future__ import annotations

import copy
import importlib
import inspect
import io
import pydoc
import subprocess
import sys
import types
import warnings

import numpy as np
import pytest

import flopscope as flops
import flopscope.numpy as fnp
from flopscope import FlopscopeArray, UnsupportedFunctionError
from flopscope.arrays.registry import numpy_attribute
from flopscope.costs.table import ALIASES, TABLE, lookup
from flopscope.numpy import _module

MODULES = {
    path: tuple(importlib.import_module(f"{root}.{path}".rstrip(".")) for root in ("flopscope.numpy", "numpy"))
    for path in ("", *sorted(_module.MODULES))
}


def public(module):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Where a submodule does not say what is public, dir() tells; numpy has more than it says.
        listed = {*getattr(module, "__all__", dir(module)), *(dir(module) if module in SAY_TOO_LITTLE else ())}
        found = {name: getattr(module, name, module) for name in listed if not name.startswith("_")}
    leftovers = {name for name in ("bit_generator", "mtrand", "helper", "linalg") if module is not np}
    return sorted(name for name, value in found.items() if value is not module and name not in leftovers)


SAY_TOO_LITTLE = [np, np.linalg, np.fft, np.random]
NAMES = [f"{prefix}.{name}".lstrip(".") for prefix, (_, theirs) in MODULES.items() for name in public(theirs)]


def value_of(path):
    prefix, _, name = path.rpartition(".")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(MODULES[prefix][1], name)


@pytest.mark.parametrize("path", NAMES)
def test_a_public_name_of_numpy_is_in_exactly_one_class(path):
    module = path in _module.MODULES or path in _module.SAME_MODULES
    twin = path in _module.TWINS
    row = lookup(path) is not None and not twin  # the row of a twin says what its calls cost
    assert module + twin + row + (not twin and _module.is_reexported(path, value_of(path))) == 1


@pytest.mark.parametrize("path", NAMES)
def test_a_public_name_of_numpy_is_counted_free_numpy_s_own_or_refused(path):
    prefix, _, name = path.rpartition(".")
    ours, _ = MODULES[prefix]
    op = lookup(path)
    original = value_of(path)
    if op is not None and op.reason:
        assert name not in dir(ours)
        with pytest.raises(UnsupportedFunctionError, match=name) as refused:
            getattr(ours, name)
        assert isinstance(refused.value, AttributeError)
        return
    assert name in dir(ours)
    found = getattr(ours, name)
    if path in _module.MODULES or path in _module.SAME_MODULES:
        assert found.__name__ == f"flopscope.numpy.{_module.SAME_MODULES.get(path, path)}"
    elif path in _module.TWINS:
        assert found is not original
        if isinstance(original, type):
            assert issubclass(found, original) or name == "nditer"
        elif callable(original):
            assert found.__doc__.startswith("[FLOPs] ")
        else:
            assert type(found).__module__.startswith("flopscope")
    elif op is not None:
        assert found is not original
        assert found.__name__ in (getattr(original, "__name__", None), op.name.rpartition(".")[2])
    elif type(original) is np.ndarray:
        assert type(found) is FlopscopeArray
        assert found.tolist() == original.tolist()
    else:
        assert found is original


def test_only_a_few_functions_are_refused():
    refused = {name for name, op in TABLE.items() if op.reason and not name.endswith("test")}
    assert refused == {
        "asmatrix", "bmat", "matrix", "matlib", "core", "chararray", "char.array", "char.asarray", "char.chararray",
        "ma.mrecords",
    }  # fmt: skip


def test_only_dtypes_constants_exceptions_and_a_few_classes_are_numpy_s_own():
    for prefix, (ours, theirs) in MODULES.items():
        if prefix == "testing":  # tools for tests, which compute nothing
            continue
        own = {name for name in dir(ours) if getattr(ours, name) is getattr(theirs, name, ours)}
        for name in own:
            value = getattr(theirs, name)
            harmless = (np.generic, BaseException, np.random.BitGenerator, np.random.SeedSequence)
            known = {
                "ndarray", "dtype", "ufunc", "finfo", "iinfo", "errstate", "ndenumerate", "ndindex",
                "broadcast", "flatiter", "busdaycalendar", "dtypes", "exceptions", "typing", "version",
                "f2py", "introspect", "mixins", "NumpyVersion", "add_docstring", "add_newdoc",
                "DataSource", "NpzFile", "c_intp", "mvoid",
            }  # fmt: skip
            assert (
                name in known
                or (isinstance(value, type) and issubclass(value, harmless))
                or not (callable(value) or isinstance(value, types.ModuleType))
            ), f"{prefix}.{name}"


@pytest.mark.parametrize("prefix", MODULES)
def test_what_dir_lists_can_be_had(prefix):
    ours, _ = MODULES[prefix]
    listed = dir(ours)
    assert listed == sorted(set(listed))
    for name in listed:
        getattr(ours, name)
    assert not any(name.startswith("_") for name in listed)
    assert dir(ours) == listed  # whatever has been looked up


def test_dir_lists_most_of_numpy():
    missing = set(public(np)) - set(dir(fnp))
    assert {"asmatrix", "bmat", "test"} < missing
    assert len(missing) < 10
    assert "namespace" in dir(fnp)
    assert set(public(np.linalg)) - set(dir(fnp.linalg)) <= {"linalg", "test"}  # the first in NumPy 2.0
    assert set(public(np.fft)) - set(dir(fnp.fft)) <= {"helper", "test"}


def with_new_name():
    np.new = lambda: None
    try:
        return fnp.new
    finally:
        del np.new


def test_a_name_without_a_row_is_refused_with_the_way_out():
    with pytest.raises(UnsupportedFunctionError, match=r"numpy\.new has no row.*np\.asarray"):
        with_new_name()
    with pytest.raises(UnsupportedFunctionError, match=r"asmatrix is not supported: .* use 2-D arrays"):
        fnp.asmatrix
    with pytest.raises(ImportError, match="asmatrix"):
        exec("from flopscope.numpy import asmatrix")
    assert not hasattr(fnp, "asmatrix")
    assert getattr(fnp, "asmatrix", None) is None


def test_a_name_that_numpy_does_not_have_is_an_attribute_error_with_a_suggestion():
    with pytest.raises(
        AttributeError, match=r"module 'flopscope\.numpy' has no attribute 'summ'; did you mean 'sum'\?"
    ) as error:
        fnp.summ
    assert not isinstance(error.value, UnsupportedFunctionError)
    with pytest.raises(
        AttributeError, match=r"module 'flopscope\.numpy\.linalg' has no attribute 'sdv'; did you mean 'svd'"
    ):
        fnp.linalg.sdv
    with pytest.raises(AttributeError, match="float_"):
        fnp.float_
    with pytest.raises(AttributeError):
        fnp.__nothing__


def test_a_function_that_this_numpy_lacks_says_so():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        absent = [name for name in (*TABLE, *ALIASES) if numpy_attribute(name) is None and "." not in name]
    for name in absent:
        with pytest.raises(UnsupportedFunctionError, match=f"{name}|{lookup(name).name}"):
            getattr(fnp, name)
        assert name not in dir(fnp)


def test_names_can_be_imported_one_by_one_and_all_together():
    scope = {}
    exec("from flopscope.numpy import add, float64, pi, linalg\nfrom flopscope.numpy.linalg import qr", scope)
    assert scope["add"] is fnp.add
    assert scope["qr"] is fnp.linalg.qr
    assert scope["float64"] is np.float64
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from flopscope.numpy import *; print(add.__module__, fft.rfft.__module__, float64, sum([1, 2]))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "flopscope.numpy flopscope.numpy.fft <class 'numpy.float64'> 3\n"
    assert done.stderr == ""


def test_modules_can_be_imported():
    for name in _module.MODULES:
        assert importlib.import_module(f"flopscope.numpy.{name}") is numpy_attribute_of(fnp, name)
        assert isinstance(numpy_attribute_of(fnp, name), types.ModuleType)


def test_a_name_gives_the_same_object_every_time_and_names_of_one_function_share_it():
    assert fnp.add is fnp.add
    assert fnp.abs is fnp.absolute
    assert fnp.concat is fnp.concatenate
    for name, row in ALIASES.items():
        if not name.startswith(("ma.", "random.")) and None not in (numpy_attribute(name), numpy_attribute(row)):
            same = numpy_attribute(name) is numpy_attribute(row)
            assert (numpy_attribute_of(fnp, name) is numpy_attribute_of(fnp, row)) == same, name


X, Y = np.ones((3, 4)), np.ones((4, 5))
# What the main function takes, and the one of the same name in linalg does not.
NARROWER = [
    ("matmul", (X, Y), {"out": np.ones((3, 5))}),
    ("matmul", (X, Y), {"dtype": "f4"}),
    ("matmul", (X, Y), {"axes": [(0, 1)] * 3}),
    ("matmul", (X, Y, np.ones((3, 5))), {}),
    ("vecdot", (X, X), {"out": np.ones(3)}),
    ("vecdot", (X, X), {"axes": [1, 1]}),
    ("tensordot", (X, Y, 1), {}),
    ("tensordot", (), {"a": X, "b": Y, "axes": 1}),
    ("matrix_transpose", (), {"x": X}),
]


@pytest.mark.parametrize("name, args, kwargs", NARROWER)
def test_a_function_of_linalg_takes_what_numpy_s_takes_and_no_more(name, args, kwargs):
    refusals = []
    with flops.BudgetContext(1000) as budget:
        for linalg in (np.linalg, fnp.linalg):
            with pytest.raises(TypeError) as refused:
                getattr(linalg, name)(*args, **kwargs)
            refusals.append(str(refused.value))
    assert refusals[0] == refusals[1]
    assert (budget.flops_used, len(budget.op_log)) == (0, 0)


@pytest.mark.parametrize("linalg", [fnp.linalg, np.linalg])
def test_names_of_other_functions_of_one_op_are_charged_and_logged_as_that_op(linalg):
    x, y = fnp.asarray(X), fnp.asarray(Y)
    with flops.BudgetContext(1000) as budget:
        assert linalg.matmul(x, y).tolist() == [[4.0] * 5] * 3
        assert linalg.tensordot(x, y, axes=1).tolist() == [[4.0] * 5] * 3
        assert linalg.vecdot(x, x, axis=0).tolist() == [3.0] * 4
        assert linalg.matrix_transpose(x).shape == (4, 3)
    # 3*4*5, 3*4*5, 3*4
    assert [(record.op_name, record.flop_cost) for record in budget.op_log] == [
        ("matmul", 60), ("tensordot", 60), ("vecdot", 12),
    ]  # fmt: skip


def test_constants_dtypes_and_errors_are_numpy_s():
    assert fnp.pi == np.pi
    assert fnp.newaxis is None
    assert fnp.float32 is np.float32
    assert fnp.dtype is np.dtype
    assert fnp.ndarray is np.ndarray
    assert fnp.linalg.LinAlgError is np.linalg.LinAlgError
    assert fnp.exceptions.AxisError is np.exceptions.AxisError
    assert fnp.__version__ == np.__version__
    assert fnp.nan != fnp.nan
    assert fnp.bool is np.bool


# -- help ------------------------------------------------------------------------------------------------------------

DESCRIBED = [
    "linalg.qr",
    "add",
    "sum",
    "einsum",
    "fft.fft",
    "linalg.svd",
    "where",
    "reshape",
    "random.normal",
    "matmul",
    # one of every kind: reduction, selection, text, file, callback, method of a class, module of its own ...
    "cumsum",
    "histogram",
    "nanmean",
    "unique",
    "linalg.lstsq",
    "fft.rfft",
    "ma.median",
    "ma.anom",
    "strings.upper",
    "char.multiply",
    "lib.recfunctions.join_by",
    "lib.stride_tricks.sliding_window_view",
    "emath.logn",
    "polynomial.polynomial.polyval",
    "polynomial.chebyshev.chebfit",
    "polyfit",
    "apply_along_axis",
    "piecewise",
    "savetxt",
    "random.choice",
    "random.Generator.normal",
    "random.RandomState.permutation",
    "testing.assert_allclose",
]


@pytest.mark.parametrize("name", DESCRIBED)
def test_help_shows_numpy_s_signature_and_the_formula(name):
    function = numpy_attribute_of(fnp, name)
    theirs = numpy_attribute(name)
    text = pydoc.plain(pydoc.render_doc(function))
    op = lookup(name)
    assert op.formula.splitlines()[0] in text or "FLOPs = " in text
    if name not in ("einsum", "linalg.svd"):  # which have parameters of their own
        assert (theirs.__doc__ or "").strip().splitlines()[-1].strip() in text
        try:
            signature = inspect.signature(theirs)
        except ValueError:  # NumPy does not tell
            return
        assert inspect.signature(function) == signature


@pytest.mark.parametrize("name", ["where", "arange", "dot", "sum", "add", "linalg.qr"])
def test_a_function_carries_the_signature_attributes_of_numpy_s(name):
    function, theirs = numpy_attribute_of(fnp, name), numpy_attribute(name)
    for attribute in ("__signature__", "__text_signature__"):
        assert getattr(function, attribute, None) == getattr(theirs, attribute, None)


def numpy_attribute_of(root, name):
    for part in name.split("."):
        root = getattr(root, part)
    return root


def test_help_of_qr_reads_as_a_user_expects():
    text = pydoc.plain(pydoc.render_doc(fnp.linalg.qr))
    assert "qr(a, mode='reduced')" in text
    assert "[FLOPs] m*n*min(m,n) per matrix, in every mode." in text
    assert "Compute the qr factorization of a matrix." in text


def test_svd_and_einsum_document_their_own_parameters():
    assert inspect.signature(fnp.einsum).parameters["optimize"].default is True
    assert "k" in inspect.signature(fnp.linalg.svd).parameters
    assert "optimize" in fnp.einsum.__doc__


def test_every_counted_function_states_its_price():
    for path in TABLE:
        prefix, _, name = path.rpartition(".")
        if prefix in MODULES and hasattr(MODULES[prefix][0], name):
            function = getattr(MODULES[prefix][0], name)
            assert "FLOPs" in function.__doc__ or TABLE[path].cost is None, path
            assert function.__name__ == name
            assert function.__module__ == f"flopscope.numpy.{prefix}".rstrip(".")


def test_a_method_of_the_array_is_documented_as_numpy_s_with_what_it_costs():
    assert FlopscopeArray.sum.__doc__.startswith("[FLOPs] numel(a)")
    assert FlopscopeArray.sum.__doc__.endswith(np.ndarray.sum.__doc__)
    assert FlopscopeArray.__add__.__doc__ == np.ndarray.__add__.__doc__
    assert FlopscopeArray.__add__.__name__ == "__add__"
    assert FlopscopeArray.sum.__qualname__ == "FlopscopeArray.sum"


@pytest.mark.parametrize(
    "function",
    [
        fnp.add, fnp.linalg.qr, fnp.trim_zeros, fnp.ravel, fnp.random.randn, fnp.polynomial.chebyshev.chebfit,
        fnp.random.Generator.normal, FlopscopeArray.argsort,
    ],
    ids=lambda function: function.__qualname__,
)  # fmt: skip
def test_the_formula_and_numpy_s_text_have_one_margin(function):
    text = inspect.getdoc(function)
    assert text.startswith("[FLOPs] ")
    assert {"", "    "} >= {line[: len(line) - len(line.lstrip())] for line in text.split("\n")[1:5]}
    assert any(line and not line.startswith(" ") for line in text.split("\n")[4:])


# -- ufuncs are functions with a ufunc's methods and attributes ------------------------------------------------------

UFUNCS = [name for name in public(np) if isinstance(getattr(np, name), np.ufunc)]


@pytest.mark.parametrize("name", UFUNCS)
def test_a_ufunc_carries_its_attributes_and_methods(name):
    ours, theirs = getattr(fnp, name), getattr(np, name)
    assert isinstance(ours, types.FunctionType)
    for attribute in ("nin", "nout", "nargs", "ntypes", "types", "identity", "signature", "__name__"):
        assert getattr(ours, attribute) == getattr(theirs, attribute)
    for method in ("reduce", "accumulate", "reduceat", "outer", "at"):
        counted = getattr(ours, method)
        assert counted.__name__ == method
        assert counted.__doc__.startswith("[FLOPs] ")
        assert (getattr(np.ufunc, method).__doc__ or "") in counted.__doc__


def test_a_ufunc_resolves_dtypes_as_numpy_s():
    arguments = (np.dtype("f4"), np.dtype("i8"), None)
    assert fnp.add.resolve_dtypes(arguments) == np.add.resolve_dtypes(arguments)


def test_a_ufunc_method_that_makes_no_sense_is_numpy_s_error_and_free():
    with flops.BudgetContext(100) as budget:
        for call in (
            lambda f: f.reduce(np.ones(3)),
            lambda f: f.outer(np.ones(3)),
            lambda f: f.at(np.ones(3), 0, 1, 2, 3),
        ):
            with pytest.raises(Exception) as theirs:
                call(np.exp)
            with pytest.raises(theirs.type) as ours:
                call(fnp.exp)
            assert str(ours.value) == str(theirs.value)
    assert budget.flops_used == len(budget.op_log) == 0


# -- objects that hand out arrays ------------------------------------------------------------------------------------


def test_index_tricks_hand_out_counted_arrays():
    for name, key in [
        ("mgrid", np.s_[0:3]),
        ("mgrid", np.s_[0:2, 0:1:3j]),
        ("ogrid", np.s_[0:2, 0:3]),
        ("r_", np.s_[1:3, 7]),
        ("r_", (np.ones(2), 5)),
        ("c_", (np.ones(2), np.zeros(2))),
        ("r_", ("0,2", [1, 2], [3, 4])),
    ]:
        found, expected = getattr(fnp, name)[key], getattr(np, name)[key]
        for ours, theirs in zip(*((x if isinstance(x, tuple) else (x,)) for x in (found, expected)), strict=True):
            assert type(ours) is FlopscopeArray
            assert ours.dtype == theirs.dtype
            assert ours.tolist() == theirs.tolist()
    with flops.BudgetContext(100) as budget:
        assert fnp.r_[fnp.ones(2), 3].tolist() == [1, 1, 3]
        assert np.r_[fnp.ones(2), 3].tolist() == [1, 1, 3]
    assert len(budget.op_log) == 0
    assert len(fnp.r_) == len(np.r_)
    assert fnp.mgrid.__doc__ == np.mgrid.__doc__
    assert fnp.s_[1:2] == slice(1, 2)


def test_an_iterator_hands_out_counted_arrays_and_writes_through_them():
    x = fnp.arange(6.0).reshape(2, 3)
    with flops.BudgetContext(1000) as budget, fnp.nditer(x, op_flags=["readwrite"]) as iterator:
        for value in iterator:
            assert type(value) is FlopscopeArray
            value[...] = 2 * value
    assert x.tolist() == [[0, 2, 4], [6, 8, 10]]
    assert budget.flops_used == 6
    total = 0
    with flops.BudgetContext(1000) as budget:
        for chunk in fnp.nditer(x, flags=["external_loop"]):
            total += chunk.sum()
    assert total == 30
    assert budget.flops_used == 6 + 1  # the sum of the chunk, and 0 + it


def test_an_iterator_is_numpy_s_in_everything_else():
    x, y = fnp.arange(3.0), fnp.arange(2.0)[:, None]
    flags = ["multi_index", "c_index"]
    iterator, theirs = fnp.nditer((x, y), flags), np.nditer((np.asarray(x), np.asarray(y)), flags)
    assert (iterator.nop, iterator.ndim, iterator.shape, iterator.itersize) == (2, 2, (2, 3), 6)
    assert len(iterator) == len(theirs)
    seen = []
    while not iterator.finished:
        a, b = iterator[0], iterator[1]
        seen.append((iterator.multi_index, iterator.index, float(a + b)))
        iterator.iternext()
    assert seen == [((i, j), 3 * i + j, float(i + j)) for i in range(2) for j in range(3)]
    iterator.reset()
    iterator.multi_index = (1, 2)
    assert float(iterator[0]) == 2
    assert float(iterator.copy().value[1]) == 1
    assert all(type(operand) is FlopscopeArray for operand in iterator.operands)
    with pytest.raises(AttributeError):
        iterator.nonsense
    with pytest.raises(ValueError, match="Must provide"):
        fnp.nditer([])
    out = fnp.nditer([x, None], op_flags=[["readonly"], ["writeonly", "allocate"]])
    with out:
        for value, result in out:
            result[...] = value + 1
        assert out.operands[1].tolist() == [1, 2, 3]


def test_the_class_of_iterators_has_numpy_s_members_and_signatures():
    assert set(dir(np.nditer)) <= set(dir(fnp.nditer))
    for name, member in vars(np.nditer).items():
        if not name.startswith("__"):
            ours = inspect.getattr_static(fnp.nditer, name)
            assert ours.__doc__ == member.__doc__
            assert callable(ours) == callable(member)
    try:
        theirs = inspect.signature(np.nditer)
    except ValueError:  # before NumPy 2.4
        return
    given = inspect.signature(fnp.nditer).parameters.values()
    assert [(p.name, p.default) for p in given] == [(p.name, p.default) for p in theirs.parameters.values()]
    assert inspect.signature(fnp.nditer.reset) == inspect.signature(np.nditer.reset)


def test_an_iterator_hands_out_its_operands_themselves_and_what_it_makes_of_them_counted():
    x, y = fnp.arange(3.0), np.arange(3)
    iterator = fnp.nditer([x, y, None])
    for each in (iterator, iterator.copy(), copy.copy(iterator)):
        assert each.operands[0] is x
        assert each.operands[1] is y
        assert type(each.operands[2]) is FlopscopeArray
    assert fnp.nditer(x).operands[0] is x
    converted = fnp.nditer(x, [], [["readonly", "copy"]], [np.dtype("f4")], casting="same_kind").operands[0]
    assert type(converted) is FlopscopeArray
    assert converted.dtype == np.float32
    for wrong in (lambda it: it.__delitem__(1), lambda it: it.__delitem__(slice(0, 1)), lambda it: it.__delitem__("x")):
        with pytest.raises(TypeError, match="Cannot delete iterator elements"):
            wrong(iterator)
    for numpy in (np, fnp):
        with pytest.raises(AttributeError):
            numpy.nditer(y).ndim = 3
        with pytest.raises(AttributeError):
            numpy.nditer(y).nonsense = 3
        with pytest.raises(AttributeError):
            del numpy.nditer(y, ["c_index"]).index


def test_nested_iterators_hand_out_counted_arrays():
    x = fnp.arange(6.0).reshape(2, 3)
    outer, inner = fnp.nested_iters(x, [[0], [1]])
    assert outer.operands[0] is x
    assert [[float(value * 2) for value in inner] for _ in outer] == [[0, 2, 4], [6, 8, 10]]


def test_printing_options_and_error_states_are_shared_with_numpy():
    with fnp.printoptions(precision=2):
        assert str(fnp.asarray([1 / 3])) == "[0.33]"
        assert np.get_printoptions()["precision"] == 2
    with fnp.errstate(divide="raise"), pytest.raises(FloatingPointError):
        fnp.ones(1) / 0
    text = io.StringIO()
    fnp.info(fnp.linalg.qr, output=text)
    assert "m*n*min(m,n)" in text.getvalue()


def test_an_op_loads_nothing_of_numpy_that_it_does_not_use():
    code = (
        "import sys, flopscope.numpy as fnp; before = {*sys.modules}\n"
        "x = fnp.ones((3, 3)); -x; x @ x; x.sum(); fnp.exp(x, out=x); fnp.sort(x)\n"
        "print(*(name for name in {*sys.modules} - before if name.startswith('numpy.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
