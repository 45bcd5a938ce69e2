"""Views share memory and stay right whatever is done to an array; copies, pickles and files keep what NumPy keeps."""

from __future__ import annotations

import copy
import io
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided, sliding_window_view

import flopscope as flops
import flopscope.numpy as fnp
from flopscope import FlopscopeArray

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of setting shape, dtype and strides in place


def agrees(x: FlopscopeArray) -> None:
    """Assert that every way through the dispatcher sees in `x` what `x` holds."""
    held = np.array(x.tolist(), x.dtype).reshape(x.shape)
    for _ in range(2):  # the general way, and the fast one
        for result, expected in (
            (x + x, held + held),
            (1 + x, 1 + held),
            (-x, -held),
            (x == held, held == held),
            (fnp.add(x, 1), held + 1),
            (np.add(x, 1), held + 1),
            (x.sum(0), held.sum(0)),
            (fnp.cumsum(x), held.cumsum()),
            (fnp.sort(x, axis=None), np.sort(held, axis=None)),
            (fnp.einsum("...->...", x), held),
        ):
            np.testing.assert_array_equal(np.asarray(result), expected)
            assert result.dtype == expected.dtype


def arrays() -> dict[str, FlopscopeArray]:
    """Counted arrays by all the ways in which they come about."""
    plain = np.arange(12.0)
    pickled = pickle.dumps(fnp.arange(12.0))
    return {
        "created": fnp.arange(12.0),
        "computed": fnp.arange(12.0) + 0,
        "converted": fnp.asarray(plain),
        "converted view": fnp.asarray(np.arange(24.0)[::2]),
        "copied": fnp.arange(12.0).copy(),
        "pickled": pickle.loads(pickled),
        "buffer": fnp.frombuffer(bytearray(np.arange(12.0).tobytes())),
        "constructed": FlopscopeArray(12, buffer=np.arange(14.0), offset=16),
        "constructed in bytes": FlopscopeArray(12, float, bytearray(np.arange(12.0).tobytes())),
        "view cast": np.arange(12.0).view(FlopscopeArray),
        "view cast of another dtype": np.arange(12.0).view("i8").view(FlopscopeArray),
        "contraction": fnp.einsum("i->i", fnp.arange(12.0)),
        "result of a method": fnp.arange(12.0).round(),
        "random": fnp.random.default_rng(0).random(12),
        "empty": fnp.empty(12) * 0,
    }


@pytest.mark.parametrize("kind", arrays())
def test_an_array_is_itself_whatever_it_comes_from(kind):
    agrees(arrays()[kind])


VIEWS = {
    "slice": lambda x: x[2:9],
    "step": lambda x: x[::-2],
    "reshape": lambda x: x.reshape(3, 4),
    "transpose": lambda x: x.reshape(3, 4).T,
    "view of a view of a view": lambda x: x.reshape(3, 4)[::-1].T[1:],
    "new axis": lambda x: x[:, None],
    "view": lambda x: x.view(),
    "other dtype": lambda x: x.view("i8"),
    "wider dtype": lambda x: x[2:4].reshape(1, 2).view("c16") if x.flags.c_contiguous else x,
    "field": lambda x: x.view([("a", "f4"), ("b", "f4")])["b"],
    "broadcast": lambda x: fnp.broadcast_to(x, (2, 12)),
    "split": lambda x: fnp.split(x, 3)[1],
    "windows": lambda x: as_strided(x, (4, 3), (16, 8), subok=True),
    "plain and back": lambda x: fnp.asarray(np.asarray(x)[3:]),
    "view cast": lambda x: np.asarray(x)[1:].view(FlopscopeArray),
    "memory": lambda x: fnp.asarray(memoryview(x)),
    "squeezed": lambda x: x.reshape(1, 12, 1).squeeze(),
    "diagonal": lambda x: x[:9].reshape(3, 3).diagonal(),
    "real part": lambda x: x.astype(complex).real,
}


@pytest.mark.parametrize("kind", arrays())
def test_views_of_views_are_right_and_share_memory(kind):
    for name, view in VIEWS.items():
        x = arrays()[kind]
        seen = view(x)
        assert type(seen) is FlopscopeArray, name
        agrees(seen)
        if name != "real part":
            assert np.shares_memory(seen, x), name
        if seen.flags.writeable:
            seen[...] = 0
            agrees(seen)
            agrees(x)


@pytest.mark.parametrize("kind", arrays())
def test_shape_dtype_and_strides_set_in_place_hold_in_later_ops(kind):
    x = arrays()[kind]
    x + x  # a lane has seen it
    row = x[:3]
    x.shape = (3, 4)
    assert x.shape == (3, 4)
    agrees(x)
    assert row.shape == (3,)
    agrees(row)
    x.shape = -1
    agrees(x)
    if x.flags.contiguous:
        x.dtype = np.int32
        assert x.shape == (24,)
        agrees(x)
        x.dtype = float if x.dtype == np.int32 else x.dtype
    x.strides = (0,)
    agrees(x)
    view = arrays()[kind].reshape(3, 4)[1:]
    view.shape = (4, 2)
    agrees(view)


def test_what_cannot_be_set_in_place_is_numpy_s_error_and_changes_nothing():
    x = fnp.arange(12.0) + 0
    for name, value in {"shape": (5, 5), "dtype": "V7", "strides": (800,), "nonsense": 1, "T": 1, "size": 3}.items():
        with pytest.raises((AttributeError, ValueError, TypeError)) as theirs:
            setattr(np.arange(12.0), name, value)
        with pytest.raises(theirs.type):
            setattr(x, name, value)
    agrees(x)


EDITS = {"shape": (2, 3), "dtype": np.int32, "strides": (0,)}


@pytest.mark.parametrize("name", EDITS)
def test_a_view_by_hand_of_a_plain_array_is_edited_in_place_alone(name):
    plain = np.arange(6.0)
    counted = plain.view(FlopscopeArray)
    agrees(counted)  # a lane has seen it
    setattr(counted, name, EDITS[name])
    expected = np.arange(6.0)
    setattr(expected, name, EDITS[name])
    assert (counted.shape, counted.dtype, counted.strides) == (expected.shape, expected.dtype, expected.strides)
    assert (plain.shape, plain.dtype, plain.strides) == ((6,), float, (8,))
    assert isinstance(counted, FlopscopeArray)
    assert repr(type(counted)) == repr(FlopscopeArray)
    agrees(counted)
    agrees(counted[..., 1:])
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        is_copy(pickle.loads(pickle.dumps(counted, protocol)), counted)
    counted[...] = 7
    counted += 1
    assert plain.view(counted.dtype)[0] == 7 + 1


def test_a_view_cast_takes_dtype_and_type():
    plain = np.arange(6.0)
    agrees(plain.view(np.int32, FlopscopeArray))
    assert plain.dtype == float


def test_an_array_can_be_edited_in_place_while_plain_views_of_a_converted_one_live():
    x = fnp.asarray([1.0, 2.0, 3.0, 4.0])
    plain = np.asarray(x)
    x.shape = (2, 2)
    agrees(x)
    assert plain.shape == (4,)


RESIZED = {"larger": (5,), "smaller": (2,), "two axes": (3, 2), "empty": (0,)}


@pytest.mark.parametrize("shape", RESIZED.values(), ids=RESIZED)
def test_an_array_can_be_resized_in_place(shape):
    for make in (
        lambda numpy: numpy.arange(1.0, 5.0),
        lambda numpy: numpy.full(4, None),
        lambda numpy: numpy.ones(4) + 1,
    ):
        x, plain = make(fnp), make(np)
        x.resize(shape)
        plain.resize(shape, refcheck=False)  # a tracer, such as that of coverage, refers to it, too
        assert x.shape == plain.shape
        assert x.tolist() == plain.tolist()
        x[...] = 1
        agrees(x.astype(float))
        x.resize(3, 2)
        assert x.shape == (3, 2)
        x.resize()
        assert x.shape == (3, 2)


def test_a_view_or_an_array_that_others_see_is_not_resized():
    x = fnp.arange(4.0) + 0
    view, plain = x[:2], np.asarray(fnp.arange(3.0))
    with pytest.raises(ValueError, match="does not own its data"):
        view.resize(5)
    with pytest.raises(ValueError, match="referenced by another array"):
        x.resize(5)
    with pytest.raises(ValueError, match=r"does not own its data|referenced by another array"):
        fnp.asarray(plain[:2]).resize(5)
    del view
    x.resize(5)
    assert x.tolist() == [0, 1, 2, 3, 0]


def test_a_field_renamed_in_place_is_seen_everywhere():
    x = fnp.zeros(2, [("a", "f8"), ("b", "f8")])
    x.dtype.names = ("c", "d")
    assert (x["c"] + 1).tolist() == [1, 1]


# -- copies, pickles, files ------------------------------------------------------------------------------------------

KEPT = {
    "floats": lambda: fnp.arange(6.0).reshape(2, 3),
    "fortran": lambda: fnp.asfortranarray(fnp.arange(6.0).reshape(2, 3)),
    "strided": lambda: fnp.arange(12.0)[::2],
    "a number": lambda: fnp.asarray(3.5),
    "nothing": lambda: fnp.zeros((0, 3)),
    "text": lambda: fnp.asarray(["a", "bc"]),
    "objects": lambda: fnp.asarray([1, "a", None], dtype=object),
    "dates": lambda: fnp.asarray(["2020-01-01"], dtype="M8[D]"),
    "records": lambda: fnp.zeros(2, [("a", "i4"), ("b", "f8")]),
    "big-endian": lambda: fnp.arange(3, dtype=">i4"),
    "many": lambda: fnp.arange(1000.0),
}


def is_copy(ours: np.ndarray, original: np.ndarray) -> None:
    assert type(ours) is FlopscopeArray
    assert ours.dtype.newbyteorder("=") == original.dtype.newbyteorder("=")  # NumPy may swap bytes on the way
    assert ours.shape == original.shape
    assert ours.tolist() == original.tolist()
    assert original.size == 0 or not np.shares_memory(ours, original)
    assert ours.flags.writeable


@pytest.mark.parametrize("kind", KEPT)
def test_copies_are_counted_arrays_of_their_own(kind):
    x = KEPT[kind]()
    plain = np.asarray(x)
    for make in (
        lambda x: x.copy(), lambda x: x.copy("K"), copy.copy, copy.deepcopy, lambda x: copy.deepcopy([x, x])[0],
        lambda x: fnp.copy(x), lambda x: fnp.array(x), lambda x: x.astype(x.dtype),
        lambda x: x.flatten().reshape(x.shape),
    ):  # fmt: skip
        is_copy(make(x), x)
        if type(make(plain)) is np.ndarray:
            assert make(x).strides == make(plain).strides


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("kind", KEPT)
def test_pickles_come_back_as_counted_arrays(kind, protocol):
    x = KEPT[kind]()
    with flops.BudgetContext(10**6) as budget:
        is_copy(pickle.loads(pickle.dumps(x, protocol)), x)
        buffers = []
        if protocol >= 5:
            text = pickle.dumps(x, protocol, buffer_callback=buffers.append)
            is_copy(pickle.loads(text, buffers=[bytearray(buffer.raw()) for buffer in buffers]), x)
    assert budget.flops_used == len(budget.op_log) == 0


def test_a_pickle_names_the_class_where_users_find_it():
    text = pickle.dumps(fnp.ones(2), 0)
    assert b"flopscope\nFlopscopeArray" in text
    done = subprocess.run(
        [sys.executable, "-c", f"import pickle; print(type(pickle.loads({text!r})))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "<class 'flopscope.FlopscopeArray'>\n"


def test_functions_ufuncs_and_their_methods_pickle_by_name():
    for function in (
        fnp.add,
        fnp.add.reduce,
        fnp.linalg.qr,
        fnp.sum,
        fnp.einsum,
        fnp.fft.fft,
        fnp.random.normal,
        fnp.zeros,
    ):
        assert pickle.loads(pickle.dumps(function)) == function


@pytest.mark.parametrize("kind", [kind for kind in KEPT if kind != "objects"])
def test_files_are_numpy_s_own_and_read_as_counted_arrays(kind, tmp_path):
    x = KEPT[kind]()
    with flops.BudgetContext(10**6) as budget:
        for save in (fnp.save, np.save):
            save(tmp_path / "x.npy", x)
            is_copy(fnp.load(tmp_path / "x.npy"), x)
            assert type(np.load(tmp_path / "x.npy")) is np.ndarray
        stream = io.BytesIO()
        fnp.save(stream, x)
        stream.seek(0)
        is_copy(fnp.load(stream), x)
    assert budget.flops_used == len(budget.op_log) == 0


def test_archives_hold_counted_arrays(tmp_path):
    fnp.savez(tmp_path / "x.npz", fnp.ones(3), b=fnp.zeros(2))
    with fnp.load(tmp_path / "x.npz") as archive:
        assert sorted(archive) == ["arr_0", "b"]
        assert type(archive["b"]) is FlopscopeArray
        assert type(archive.f.arr_0) is FlopscopeArray
        assert {type(value) for value in archive.values()} == {FlopscopeArray}
        assert {type(value) for _, value in archive.items()} == {FlopscopeArray}
        assert archive.get("c") is None


def test_text_files_read_as_counted_arrays(tmp_path):
    fnp.savetxt(tmp_path / "x.txt", fnp.arange(6.0).reshape(2, 3))
    for read in (fnp.loadtxt, fnp.genfromtxt):
        x = read(tmp_path / "x.txt")
        assert type(x) is FlopscopeArray
        assert x.tolist() == [[0, 1, 2], [3, 4, 5]]
    fnp.arange(3.0).tofile(tmp_path / "x.raw")
    assert fnp.fromfile(tmp_path / "x.raw").tolist() == [0, 1, 2]


def test_text_is_numpy_s():
    for make in KEPT.values():
        x = make()
        assert repr(x) == repr(np.asarray(x))
        assert str(x) == str(np.asarray(x))
    assert f"{fnp.asarray(2.5):.3f}" == "2.500"
    assert repr([fnp.ones(2)]) == "[array([1., 1.])]"
    assert fnp.array2string(fnp.ones(2)) == "[1. 1.]"


# -- being an array --------------------------------------------------------------------------------------------------


def test_it_is_a_numpy_array():
    x = fnp.ones(3)
    assert isinstance(x, np.ndarray)
    assert isinstance(x, fnp.ndarray)
    assert type(x) is FlopscopeArray
    assert FlopscopeArray.__module__ == "flopscope"
    assert memoryview(x).tolist() == [1, 1, 1]
    assert bytes(x) == np.ones(3).tobytes()
    assert x.__array_interface__["data"][0] == x.ctypes.data
    assert np.from_dlpack(x).tolist() == [1, 1, 1]
    assert np.asarray(x).tolist() == [1, 1, 1]
    assert type(np.asarray(x)) is np.ndarray
    assert np.shares_memory(np.asarray(x), x)


def test_its_array_namespace_is_ours():
    assert fnp.ones(3).__array_namespace__() is fnp
    assert fnp.ones(3).__array_namespace__(api_version="2022.12") is fnp
    if hasattr(np.generic, "__array_namespace__"):
        assert fnp.ones(3).sum().__array_namespace__() is fnp
    with pytest.raises(ValueError):
        fnp.ones(3).__array_namespace__(api_version="1999.01")


def test_a_counted_array_is_constructed_as_numpy_s():
    x = FlopscopeArray((2, 3), int, order="F")
    assert x.shape == (2, 3)
    assert x.dtype == int
    assert x.flags.f_contiguous
    assert type(FlopscopeArray(3)) is FlopscopeArray
    memory = np.zeros(4)
    FlopscopeArray((2, 2), float, memory)[0] = 1
    assert memory.tolist() == [1, 1, 0, 0]
    with pytest.raises(TypeError):
        FlopscopeArray()


def test_a_subclass_is_counted():
    class Named(FlopscopeArray):
        pass

    x = fnp.ones(3).view(Named)
    with flops.BudgetContext(100) as budget:
        x + x
        np.add(x, 1)
        fnp.sum(x)
        x.sum()
    assert [record.flop_cost for record in budget.op_log] == [3, 3, 3, 3]
    assert type(x[1:]) is Named


def test_bool_index_and_hash_are_numpy_s():
    with pytest.raises(ValueError, match="ambiguous"):
        bool(fnp.ones(2))
    with pytest.raises(TypeError, match="unhashable"):
        hash(fnp.ones(2))
    assert [10, 20, 30][fnp.asarray(1)] == 20
    assert int(fnp.asarray(3.7)) == 3
    assert len(fnp.ones((4, 2))) == 4


def test_windows_over_a_counted_array_are_views():
    x = fnp.arange(5.0)
    windows = sliding_window_view(x, 3)
    assert windows.shape == (3, 3)
    assert type(windows) is FlopscopeArray
    agrees(windows)


@pytest.mark.parametrize("text", [repr, str])
def test_an_array_that_contains_itself_is_printed_as_numpy_s(text):
    texts = []
    for numpy in (fnp, np):
        inner, outer = numpy.array(None, dtype=object), numpy.array([None, 1], dtype=object)
        inner[()] = inner
        outer[0] = [outer]
        texts.append((text(inner), text(outer)))
    assert texts[0] == texts[1]


def test_a_pickle_hands_the_memory_over_out_of_band():
    kinds = [fnp.zeros(1000), fnp.zeros((40, 25)).T, np.zeros((10, 10)).view(FlopscopeArray)]
    if np.lib.NumpyVersion(np.__version__) >= "2.4.0":
        kinds.append(fnp.zeros((5, 10, 20)).swapaxes(0, 1))
    for x in kinds:
        buffers = []
        text = pickle.dumps(x, 5, buffer_callback=buffers.append)
        assert len(buffers) == 1
        assert len(text) < 400
        loaded = pickle.loads(text, buffers=buffers)
        assert type(loaded) is FlopscopeArray
        assert np.shares_memory(loaded, x)
        assert loaded.strides == x.strides
        agrees(loaded)


def test_an_array_owns_its_memory_where_it_is_asked_to():
    for x in (fnp.ones((2, 3)), np.ones((2, 3)), fnp.ones((3, 2)).T, [[1, 2, 3]] * 2):
        for requirements in (["O"], "O", ["OWNDATA", "F"], iter(["o", "c", "w"])):
            owner = fnp.require(x, None, requirements)
            assert type(owner) is FlopscopeArray
            assert owner.flags.owndata
            assert fnp.require(owner, None, ["O"]) is owner
            assert owner.tolist() == np.asarray(x).tolist()
        assert fnp.require(x, np.float32, ["F", "O"]).flags.f_contiguous
    for wrong in (["Q"], ["C", "F", "O"], 3):
        with pytest.raises(Exception) as theirs:
            np.require(np.ones(2), None, wrong)
        with pytest.raises(theirs.type) as ours:
            fnp.require(fnp.ones(2), None, wrong)
        assert str(ours.value) == str(theirs.value)


def test_a_resize_to_as_many_elements_needs_no_memory_and_so_works_on_views():
    x = fnp.arange(12.0) + 0
    view, held = x[:6], np.asarray(x)
    view.resize(2, 3)
    x.resize(3, 4)
    agrees(view)
    agrees(x)
    assert (view.shape, x.shape, held.shape) == ((2, 3), (3, 4), (12,))
    x.resize()
    assert x.shape == (3, 4)
    with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
        x.resize("x")


def test_a_resized_array_of_the_other_byte_order_keeps_it():
    x = fnp.array([1.0, 2.0], dtype=np.dtype(float).newbyteorder())
    dtype = x.dtype
    x.resize(3)
    assert x.dtype == dtype
    assert not x.dtype.isnative
    assert x.tolist() == [1, 2, 0]
    agrees(x)


def test_resize_checks_its_arguments_as_numpy_does():
    for refcheck in ("hi", None, 1.5):
        with pytest.raises(TypeError) as theirs:
            np.ones(3).resize(2, refcheck=refcheck)
        x = fnp.ones(3)
        with pytest.raises(TypeError) as ours:
            x.resize(2, refcheck=refcheck)
        assert str(ours.value) == str(theirs.value)
        assert x.shape == (3,)


@pytest.mark.parametrize("name", ["strides", "shape", "dtype"])
def test_a_deprecated_edit_in_place_is_told_as_often_as_by_numpy(name):
    told = []
    for numpy in (np, fnp):
        x = numpy.ones(3) + 1
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            setattr(x, name, getattr(x, name))
        told.append([(str(warning.message), warning.filename, warning.lineno) for warning in found])
    assert told[0] == told[1]


# -- how an array answers for its memory ------------------------------------------------------------------------------


def of_memory(np):
    """What NumPy says of the memory of arrays of one's own and of views."""
    whole, table = np.arange(6.0), np.zeros((2, 3))
    text = np.frombuffer(b"12345678")
    for array in (
        whole,
        table,
        np.add(whole, 1),
        np.array([1, 2]),
        np.array(whole),
        whole[1:],
        table.T,
        table[0],
        text,
    ):
        yield array.base is None, array.flags.owndata, array.flags["OWNDATA"], array.flags.num, repr(array.flags)
    yield whole[1:].base is whole, table.T[0].base is table, text.base, whole[:2].flags == whole[2:].flags
    yield sys.getsizeof(np.zeros(1000)) > 8000, sys.getsizeof(whole[1:]) < 300
    table.setflags(write=False)
    row = table[0]
    yield np.einsum("ij->ji", table).flags.writeable, row.flags.writeable, (table + 1).flags.writeable
    for write in (lambda: setattr(row.flags, "writeable", True), lambda: row.setflags(write=True)):
        with pytest.raises(ValueError, match="cannot set WRITEABLE flag to True of this array") as refused:
            write()
        yield str(refused.value)
    table.flags["W"] = True
    row.flags.writeable = True
    row[0] = 7
    yield table.tolist()
    with pytest.raises(ValueError, match="cannot set WRITEABLE flag"):
        text.flags.writeable = True


def test_an_array_answers_for_its_memory_as_numpy_s():
    assert list(of_memory(fnp)) == list(of_memory(np))


def test_an_array_whose_memory_a_plain_one_shares_does_not_own_it():
    plain = np.arange(6.0)
    x = fnp.asarray(plain)
    assert x.base is plain
    assert not x.flags.owndata
    del plain
    assert x.flags.owndata
    y = np.asarray(x)
    assert not x.flags.owndata
    assert y is not None
