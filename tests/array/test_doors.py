"""Whichever way an op is called, the log says the same name and the same price."""

from __future__ import annotations

import operator
from itertools import count
from pathlib import Path

import numpy as np
import pytest

import flopscope as flops
import flopscope.numpy as fnp
from calls import COUNTED_CALLS, FREE_CALLS, UFUNC_CALLS, Call
from flopscope import FlopscopeArray
from flopscope.arrays.escapes import WAYS_OUT
from flopscope.arrays.registry import numpy_attribute
from flopscope.costs.table import TABLE, lookup
from parity import Array, Counted, Plain, check, made

pytestmark = pytest.mark.filterwarnings("ignore")


def charges(function, *args, convert=fnp.asarray, **kwargs):
    """What two calls in a row are charged, which go different ways through the dispatcher."""
    with flops.BudgetContext(10**15) as budget:
        for _ in range(2):
            function(*made(args, convert), **made(kwargs, convert))
    log = [(record.op_name, record.flop_cost) for record in budget.op_log]
    assert sum(cost for _, cost in log) == budget.flops_used
    assert log[: len(log) // 2] == log[len(log) // 2 :]
    return log[: len(log) // 2]


def ours(name):
    return operator.attrgetter(name)(fnp)


def real(*shape):
    return Array(np.arange(1.0, np.prod(shape, dtype=int) + 1).reshape(shape))


def integers(*shape):
    return Array(np.arange(1, np.prod(shape, dtype=int) + 1).reshape(shape))


def has_counted_operands(call: Call) -> bool:
    args, kwargs = call.arguments
    flat = [*args, *kwargs.values()]
    flat += [item for value in flat if isinstance(value, (list, tuple)) for item in value]
    return any(isinstance(value, Array) for value in flat)


# NumPy does not ask the arguments of these about their own implementation: the functions run on our arrays as NumPy
# wrote them, and what they call is counted.
OVERLOOKED = {
    "roots", "poly", "asarray_chkfinite", "lib.stride_tricks.as_strided",
    "char.multiply", "char.partition", "char.rpartition", "char.compare_chararrays",
}  # fmt: skip


def asks(name):
    """Whether NumPy's function asks its arguments. Up to 2.2, most of those that work on text do not."""
    function = numpy_attribute(name)
    return isinstance(function, np.ufunc) or hasattr(function, "_implementation")


# Their business is to make plain arrays; what they do of that is an escape.
TAKE_OUT = {"array", "asarray", "ascontiguousarray", "asfortranarray", "full", "ctypeslib.as_array"}
# These arguments NumPy does not ask: what takes nothing but places stays what it is without them, and a reduction is
# charged by its ufunc's name.
UNASKED_PLACES = {("take", 1), ("sum", 1), ("strings.zfill", 1)}
DISPATCHED = [
    call
    for call in COUNTED_CALLS + FREE_CALLS
    if has_counted_operands(call)
    and call.name not in OVERLOOKED | TAKE_OUT
    and (not call.name.startswith(("strings.", "char.")) or asks(call.name))
]
REMOVED = {"itemset", "newbyteorder", "ptp"}  # methods that NumPy 2.0 has only to say that they are gone
AS_METHODS = [
    call
    for call in COUNTED_CALLS
    if hasattr(np.ndarray, call.name)
    and call.name not in REMOVED
    and isinstance(call.arguments[0][0], Array)
    and "axis=None" not in call.text  # which sorts a copy: no method does that
]


def test_every_counted_function_of_numpy_itself_has_a_call():
    # Modules with tests of their own; vectorize is a class, and a plan of einsum is one event.
    elsewhere = ("polynomial.", "ma.", "random.", "lib.recfunctions.", "vectorize", "einsum_path")
    called = {lookup(call.name) for call in COUNTED_CALLS}
    missing = {
        name
        for name, op in TABLE.items()
        if op.cost is not None and op not in called and numpy_attribute(name) and not name.startswith(elsewhere)
    }
    assert missing == set()


def test_the_documentation_names_the_functions_that_numpy_does_not_let_us_count():
    text = (Path(__file__).parents[2] / "docs" / "interop.md").read_text(encoding="utf-8")
    assert all(f"`np.{name}`" in text for name in OVERLOOKED)


def chosen(value, place, places):
    """`value` with one of its arrays counted, the one at `place`, and the others plain; or all. Outputs are counted."""
    if isinstance(value, Array):
        counted = place is None or next(places) == place
        return (Counted if counted else Plain)(value.values, value.layout)
    if isinstance(value, (list, tuple)):
        return type(value)(chosen(item, place, places) for item in value)
    if isinstance(value, dict):
        return {key: chosen(item, None if key == "out" else place, places) for key, item in value.items()}
    return value


def places_of(call: Call) -> list:
    """Where an array of a call may be the only counted one; -1 for its output, None for all of them."""
    places = count()
    chosen(call.arguments, -1, places)
    arrays = next(places)
    alone = [place for place in range(arrays) if arrays > 1 and (call.name, place) not in UNASKED_PLACES]
    return [None, *alone, *([-1] if "out" in call.arguments[1] else [])]


@pytest.mark.parametrize("call, place", [(call, place) for call in DISPATCHED for place in places_of(call)], ids=str)
def test_numpy_s_function_gives_and_charges_what_ours_does_wherever_the_counted_array_is(call, place):
    args, kwargs = chosen(call.arguments, place, count())
    exact = call.name != "einsum"  # which takes its own paths
    through_ours = check(ours(call.name), numpy_attribute(call.name), *args, exact=exact, **kwargs)
    assert through_ours.error is None
    assert len(through_ours.charges) == (call in COUNTED_CALLS)
    through_theirs = check(numpy_attribute(call.name), numpy_attribute(call.name), *args, exact=exact, **kwargs)
    assert through_theirs.charges == through_ours.charges


@pytest.mark.parametrize("call", COUNTED_CALLS, ids=str)
def test_plain_arrays_are_charged_as_counted_ones(call):
    args, kwargs = call.arguments
    assert charges(ours(call.name), *args, convert=np.asarray, **kwargs) == charges(ours(call.name), *args, **kwargs)


@pytest.mark.parametrize("call", AS_METHODS, ids=str)
def test_a_method_charges_what_the_function_does(call):
    (array, *rest), kwargs = call.arguments

    def method(x, *args, **kwargs):
        return getattr(x, call.name)(*args, **kwargs)

    assert charges(method, array, *rest, **kwargs) == charges(ours(call.name), array, *rest, **kwargs)


OPERATORS = {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide", "floordiv": "floor_divide",
    "mod": "remainder", "pow": "power", "matmul": "matmul", "and_": "bitwise_and", "or_": "bitwise_or",
    "xor": "bitwise_xor", "lshift": "left_shift", "rshift": "right_shift", "divmod": "divmod",
    "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal", "eq": "equal", "ne": "not_equal",
}  # fmt: skip
IN_PLACE = [name for name in OPERATORS if hasattr(operator, "i" + name.rstrip("_"))]


def binary(name):
    return divmod if name == "divmod" else getattr(operator, name)


@pytest.mark.parametrize("name", OPERATORS)
def test_an_operator_charges_what_its_ufunc_does(name):
    x, y = integers(4, 4), integers(4, 4)
    flops_charged = 64 if name == "matmul" else 16
    for others in (y, Array([1, 2, 3, 4]), 3, 2.5, True, np.float32(2), [1, 2, 3, 4], ((1, 2, 3, 4),)):
        if name == "matmul" and not isinstance(others, Array):
            continue
        if name in ("and_", "or_", "xor", "lshift", "rshift") and isinstance(others, (float, np.floating)):
            continue
        expected = [(OPERATORS[name], 16 if name == "matmul" and others is not y else flops_charged)]
        assert charges(binary(name), x, others) == expected
        assert charges(getattr(fnp, OPERATORS[name]), x, others) == expected
        assert charges(getattr(np, OPERATORS[name]), x, others) == expected


@pytest.mark.parametrize("name", [name for name in OPERATORS if name not in ("lt", "le", "gt", "ge")])
def test_a_reflected_operator_charges_the_same(name):
    for other in (3, 2.5, True, np.float32(2), [1, 2, 3, 4]):
        if name == "matmul" or (
            name in ("and_", "or_", "xor", "lshift", "rshift") and isinstance(other, (float, np.floating))
        ):
            continue
        assert charges(lambda x, other=other: binary(name)(other, x), integers(4, 4)) == [(OPERATORS[name], 16)]  # 4*4
    flops_charged = 64 if name == "matmul" else 16  # 4*4*4; 4*4
    plain = np.arange(1, 17).reshape(4, 4)
    assert charges(lambda x: binary(name)(plain, x), integers(4, 4)) == [(OPERATORS[name], flops_charged)]


@pytest.mark.parametrize("name", ["lt", "le", "gt", "ge"])
def test_a_reflected_comparison_is_the_mirrored_one_as_python_has_it(name):
    mirrored = {"lt": "greater", "le": "greater_equal", "gt": "less", "ge": "less_equal"}[name]
    assert charges(lambda x: getattr(operator, name)(3, x), integers(4, 4)) == [(mirrored, 16)]  # 4*4


@pytest.mark.parametrize("name", IN_PLACE)
def test_an_in_place_operator_charges_the_same(name):
    x, y = integers(4, 4), integers(4, 4)
    if name == "truediv":
        x = real(4, 4)
    flops_charged = 64 if name == "matmul" else 16
    method = getattr(operator, "i" + name.rstrip("_"))
    assert charges(method, x, y) == [(OPERATORS[name], flops_charged)]
    if name != "matmul":
        assert charges(method, x, 2) == charges(method, x, [1, 2, 3, 4]) == [(OPERATORS[name], 16)]


@pytest.mark.parametrize("name", ["neg", "pos", "abs", "invert"])
def test_a_unary_operator_charges_what_its_ufunc_does(name):
    ufunc = {"neg": "negative", "pos": "positive", "abs": "absolute", "invert": "invert"}[name]
    assert charges(getattr(operator, name), integers(4, 8)) == [(ufunc, 32)]  # 4*8


def test_membership_is_a_comparison_and_a_search():
    assert charges(lambda x: 3 in x, integers(4, 8)) == [("equal", 32), ("any", 32)]


@pytest.mark.parametrize("call", UFUNC_CALLS, ids=str)
def test_a_ufunc_charges_the_same_with_out_and_where(call):
    name, ufunc, operands = call.name, getattr(np, call.name), call.arguments[0]
    with np.errstate(all="ignore"):
        results = ufunc(*made(operands, np.asarray))
    results = results if isinstance(results, tuple) else (results,)
    outs = tuple(Array(np.zeros_like(result)) for result in results)
    mask = Array(np.ones(results[0].shape, bool))
    expected = charges(getattr(fnp, name), *operands)
    for door in (getattr(fnp, name), ufunc):
        assert charges(door, *operands, *outs) == expected
        assert charges(door, *operands, out=outs) == expected
        assert charges(door, *operands, where=mask, out=outs) == expected
        if len(outs) == 1:
            assert charges(door, *operands, out=outs[0]) == expected


# -- ufunc methods ---------------------------------------------------------------------------------------------------

x, y = real(3, 4), real(3, 4)
METHODS = [
    # name, arguments, FLOPs
    ("reduce", (x,), 12),  # 3*4
    ("reduce", (x, 1), 12),
    ("accumulate", (x,), 12),
    ("reduceat", (x, [0, 2]), 12),  # rows 0-2 and 2-3: 3 rows of 4
    ("reduceat", (x, [2, 0]), 16),  # row 2 alone, then rows 0-3: 4 rows of 4
    ("reduceat", (x, [0, 2, 1], 1), 18),  # columns 0-2, 2 alone, 1-4: 6 columns of 3
    ("outer", (x, real(5)), 60),  # 12*5
    ("at", (x, [0, 0, 1], 1.0), 12),  # 3 rows of 4
    ("at", (x, (slice(None), 1), 1.0), 3),
    ("at", (x, Array(np.ones((3, 4), bool)), 1.0), 12),  # a mask counts as all true
    ("at", (x, (Array(np.zeros((2, 5), int)), 0), 1.0), 10),  # 2*5 places
]


@pytest.mark.parametrize("method, args, cost", METHODS, ids=lambda value: repr(value)[:40])
def test_a_ufunc_method_charges_its_elements_through_both_doors(method, args, cost):
    assert charges(getattr(fnp.add, method), *args) == [(f"add.{method}", cost)]
    assert charges(getattr(np.add, method), *args) == [(f"add.{method}", cost)]
    assert charges(getattr(fnp.hypot, method), *args) == [(f"hypot.{method}", cost)]


def test_the_values_of_indices_matter_however_often_a_shape_was_seen():
    long, short = np.array([0, 0]), np.array([3, 0])
    with flops.BudgetContext(10**6) as budget:
        a = fnp.ones(4)
        for indices in (short, long, short, long):
            fnp.add.reduceat(a, indices)
    assert [record.flop_cost for record in budget.op_log] == [5, 5, 5, 5]  # 1 + 4 either way
    with flops.BudgetContext(10**6) as budget:
        for indices in ([0, 1], [1, 0], [0, 1], [1, 0]):
            fnp.add.reduceat(a, np.array(indices))
    assert [record.flop_cost for record in budget.op_log] == [4, 5, 4, 5]  # 1 + 3, 1 + 4


# A parameter is a parameter, whether it comes as a number, as NumPy's number or in an array.
PARAMETERS = [
    ("linalg.norm", (real(4, 6),), ({"ord": 1.0}, 24), ({"ord": 2.0}, 96)),  # 4*6; 4*6*4
    ("linalg.norm", (real(4, 6),), ({"ord": float("inf")}, 24), ({"ord": 2.0}, 96)),
    ("hanning", (), ({"M": 64.0}, 64), ({"M": 128.0}, 128)),
    ("linalg.matrix_power", (real(3, 3),), ({"n": np.array(2)}, 27), ({"n": np.array(3)}, 54)),  # 1 and 2 products
    ("diff", (real(9),), ({"n": np.array(1)}, 8), ({"n": np.array(2)}, 15)),  # 8; 8 + 7
    ("random.normal", (), ({"size": np.array([2, 3])}, 6), ({"size": np.array([4, 5])}, 20)),
    ("fft.fft", (real(16),), ({"n": np.int64(8)}, 120), ({"n": np.int64(16)}, 320)),  # 5*8*3; 5*16*4
    ("pad", (real(4, 4), np.array([[1, 1], [0, 0]]), "linear_ramp"), ({}, 8), ({}, 8)),  # 2 rows of 4
    ("histogram", (real(10),), ({"bins": np.array(4)}, 20), ({"bins": np.array(16)}, 40)),  # 10*2; 10*4
]


@pytest.mark.parametrize("name, args, one, other", PARAMETERS, ids=lambda value: repr(value)[:40])
def test_the_value_of_a_parameter_counts_at_every_call(name, args, one, other):
    with flops.BudgetContext(10**6) as budget:
        for kwargs, _ in (one, other, one, other):
            ours(name)(*made(args, fnp.asarray), **kwargs)
    assert [record.flop_cost for record in budget.op_log] == [one[1], other[1]] * 2


def test_pad_widths_in_an_array_are_looked_at_at_every_call():
    with flops.BudgetContext(10**6) as budget:
        for rows in (1, 2, 1):
            fnp.pad(fnp.ones((4, 4)), np.array([[rows, rows], [0, 0]]), "linear_ramp")
    assert [record.flop_cost for record in budget.op_log] == [8, 16, 8]  # 2, 4, 2 rows of 4


# -- what is free ----------------------------------------------------------------------------------------------------

FREE_METHODS = {
    "item": (0,), "tolist": (), "tobytes": (), "copy": (), "view": (), "reshape": (-1,), "ravel": (), "flatten": (),
    "transpose": (), "swapaxes": (0, 1), "squeeze": (), "diagonal": (), "repeat": (2,), "take": ([0],),
    "astype": (int,), "compress": ([True],), "byteswap": (), "fill": (3,), "put": ([0], [1]), "setflags": (),
    "__copy__": (), "__deepcopy__": ({},), "__array__": (), "__len__": (), "__getitem__": (0,), "__setitem__": (0, 1),
    "__repr__": (), "__str__": (), "__reduce__": (), "__iter__": (),
}  # fmt: skip


@pytest.mark.parametrize("name", FREE_METHODS)
def test_views_copies_and_conversions_are_free(name):
    assert charges(lambda x: getattr(x, name)(*FREE_METHODS[name]), real(3, 4)) == []


@pytest.mark.parametrize("call", FREE_CALLS, ids=str)
def test_a_free_function_is_not_logged(call):
    args, kwargs = call.arguments
    assert charges(ours(call.name), *args, **kwargs) == []
    assert charges(numpy_attribute(call.name), *args, **kwargs) == []


def test_every_method_of_an_array_that_computes_is_counted():
    attributes = "T mT base ctypes data device dtype flags flat imag itemsize nbytes ndim real shape size strides"
    moves = (
        "astype byteswap compress copy diagonal dump dumps fill flatten getfield item put ravel repeat reshape resize "
        "setfield setflags squeeze swapaxes take to_device tobytes tofile tolist tostring transpose view"
    )
    free = {*attributes.split(), *moves.split()}
    counted = {name for name, value in vars(flops.FlopscopeArray).items() if hasattr(value, "__wrapped__")}
    counted = {name for name in counted - set(WAYS_OUT) if lookup(name) is not None}
    methods = {name for name in dir(np.ndarray) if not name.startswith("_")}
    assert methods - free - counted - REMOVED == set(), (
        "a method of ndarray that is neither counted nor known to be free"
    )
    assert counted & free == set()


def test_the_choices_may_be_given_one_by_one_to_the_method():
    places, choices = [0, 1, 2, 1], ([1, 2, 3, 4], [5, 6, 7, 8], 9)
    with flops.BudgetContext(10**6) as budget:
        for given in (choices, (choices,), (list(choices),)):
            for options in ({}, {"mode": "clip"}, {"out": fnp.zeros(4, int)}):
                found = fnp.asarray(places).choose(*given, **options)
                assert found.tolist() == np.asarray(places).choose(*given, **options).tolist()
                assert type(found) is FlopscopeArray
    assert [record.flop_cost for record in budget.op_log] == [4] * 9
    for wrong in ((), ((),), (1,)):
        with pytest.raises(Exception) as theirs:
            np.asarray(places).choose(*wrong)
        with pytest.raises(theirs.type) as ours:
            fnp.asarray(places).choose(*wrong)
        assert str(ours.value) == str(theirs.value)


def test_a_mask_of_places_counts_as_all_true_whatever_the_operand():
    with flops.BudgetContext(100) as budget:
        x = fnp.zeros(4)
        fnp.add.at(x, fnp.asarray([True, True, False, False]), [1, 2])
        assert x.tolist() == [1, 2, 0, 0]
        y = fnp.zeros((4, 3))
        fnp.add.at(y, [True, False, True, False], fnp.ones((2, 3)))
        assert y.tolist() == [[1] * 3, [0] * 3] * 2
    assert [record.flop_cost for record in budget.op_log] == [4, 12]  # 4*3 = 12


def test_the_axis_of_segments_may_be_none_or_a_tuple():
    with flops.BudgetContext(100) as budget:
        assert fnp.add.reduceat(fnp.arange(4), [0, 2], axis=None).tolist() == [1, 5]
        assert fnp.add.reduceat(fnp.ones((2, 3)), [0, 1], axis=(1,)).tolist() == [[1, 2]] * 2
        for axis in (None, (0, 1)):
            with pytest.raises(ValueError, match="multiple axes"):
                fnp.add.reduceat(fnp.ones((2, 3)), [0], axis=axis)
    assert [record.flop_cost for record in budget.op_log] == [4, 6]
