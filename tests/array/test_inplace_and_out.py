"""Writing into arrays: in-place operators, ``out=``, assignment. The caller's own object comes back, changed."""

from __future__ import annotations

import operator

import numpy as np
import pytest

import flopscope as flops
import flopscope.numpy as fnp
from flopscope import FlopscopeArray

IN_PLACE = {
    "iadd": [11.0, 12.0, 13.0],
    "isub": [-9.0, -8.0, -7.0],
    "imul": [10.0, 20.0, 30.0],
    "itruediv": [0.1, 0.2, 0.3],
    "ifloordiv": [0.0, 0.0, 0.0],
    "imod": [1.0, 2.0, 3.0],
    "ipow": [1.0, 1024.0, 59049.0],
}


@pytest.fixture
def budget():
    with flops.BudgetContext(10**6) as open_budget:
        yield open_budget


@pytest.mark.parametrize("name", IN_PLACE)
def test_an_in_place_operator_returns_the_same_object_with_new_values(name, budget):
    x = same = fnp.array([1.0, 2.0, 3.0])
    for _ in range(2):  # the second time by the fast way
        same[...] = [1.0, 2.0, 3.0]
        x = getattr(operator, name)(x, 10)
        assert x is same
        assert same.tolist() == IN_PLACE[name]
    assert budget.flops_used == 6  # 3 + 3


@pytest.mark.parametrize("name, value", [("iand", 2), ("ior", 7), ("ixor", 5), ("ilshift", 48), ("irshift", 0)])
def test_in_place_operators_on_integers(name, value, budget):
    x = fnp.array([6, 6])
    assert getattr(operator, name)(x, 3) is x
    assert x.tolist() == [value, value]


def test_in_place_matmul(budget):
    x = same = fnp.array([[1.0, 2.0], [3.0, 4.0]])
    x @= fnp.array([[0.0, 1.0], [1.0, 0.0]])
    assert x is same
    assert x.tolist() == [[2, 1], [4, 3]]
    assert budget.flops_used == 8  # 2*2*2


def test_in_place_operators_write_the_memory_of_the_array_that_a_view_shows(budget):
    x = fnp.zeros((3, 4))
    for row in x:
        row += 1
    x[:, 0] += 1
    x.T[1] *= 5
    view = x[::-1, ::-1]
    view -= 1
    assert x.tolist() == [[1, 4, 0, 0]] * 3
    assert budget.flops_used == 12 + 3 + 3 + 12  # three rows of 4, a column, a row of the transpose, all


def test_in_place_operators_through_an_index_are_a_read_an_op_and_a_write(budget):
    x = fnp.zeros(5)
    x[[0, 0, 1]] += 1  # once per place, as in NumPy
    x[x > 0] += 10
    assert x.tolist() == [11, 11, 0, 0, 0]
    assert [(r.op_name, r.flop_cost) for r in budget.op_log] == [("add", 3), ("greater", 5), ("add", 2)]


def test_a_plain_array_changed_by_a_counted_one_becomes_counted_only_by_name(budget):
    plain = same = np.ones(3)
    plain += fnp.ones(3)
    assert plain is same  # ndarray.__iadd__ wrote into it, through numpy.add with out=
    assert type(plain) is np.ndarray
    assert same.tolist() == [2, 2, 2]
    assert budget.flops_used == 3


def test_augmenting_a_number_makes_an_array(budget):
    total = 0
    total += fnp.ones(3)
    assert type(total) is FlopscopeArray
    assert budget.flops_used == 3


ERRORS = [
    ("iadd", np.ones(3, int), 1.5),  # casting
    ("itruediv", np.ones(3, int), 2),
    ("iadd", np.ones(3), np.ones((2, 3))),  # the result does not fit
    ("iadd", np.ones(3), np.ones(4)),
    ("iadd", np.ones(3), "a"),
    ("iadd", np.ones(3), object()),
    ("imatmul", np.ones((2, 3)), np.ones((3, 4))),
    ("iand", np.ones(3), 1),
    ("ipow", np.ones(3, int), -1),
]


@pytest.mark.parametrize("name, x, y", ERRORS, ids=lambda value: repr(value).split(" at 0x")[0][:24])
def test_what_numpy_refuses_in_place_changes_and_charges_nothing(name, x, y, budget):
    counted = fnp.array(x)
    with pytest.raises(Exception) as theirs:
        getattr(operator, name)(x.copy(), y)
    for _ in range(2):
        with pytest.raises(theirs.type) as ours:
            getattr(operator, name)(counted, y)
        assert str(ours.value).replace("FlopscopeArray", "numpy.ndarray") == str(theirs.value)
    assert counted.tolist() == x.tolist()
    assert budget.flops_used == len(budget.op_log) == 0


def test_a_read_only_array_cannot_be_changed_by_any_door(budget):
    x = fnp.arange(4.0)
    x.flags.writeable = False
    broadcast = fnp.broadcast_to(fnp.ones(1), (4,))
    for array in (x, broadcast, x[1:], x.reshape(2, 2)):
        before = array.tolist()
        for change in (
            lambda a: operator.iadd(a, 1),
            lambda a: fnp.add(a, 1, out=a),
            lambda a: np.add(a, 1, out=a),
            lambda a: fnp.add(a, 1, a),
            lambda a: a.sort(),
            lambda a: a.partition(0),
            lambda a: a.cumsum(0, out=a),
            lambda a: a.clip(0, 1, out=a),
            lambda a: fnp.copyto(a, 1),
            lambda a: a.fill(1),
            lambda a: operator.setitem(a, 0, 1),
            lambda a: fnp.random.default_rng().shuffle(a),
        ):
            with pytest.raises(ValueError, match="read-only"):
                change(array)
        assert array.tolist() == before
    assert budget.flops_used == len(budget.op_log) == 0


def test_a_flag_set_on_the_array_holds_after_it_was_used(budget):
    x = fnp.arange(4.0)
    x + 1
    x + 1
    x.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        x += 1
    assert (x + 1).flags.writeable


# -- out= ------------------------------------------------------------------------------------------------------------

OUTS = {
    "counted": lambda: fnp.zeros(3),
    "plain": lambda: np.zeros(3),
    "view of counted": lambda: fnp.zeros(6)[::2],
    "view of plain": lambda: np.zeros(6)[::2],
}
GIVE = {
    "keyword": lambda f, x, y, out: f(x, y, out=out),
    "positional": lambda f, x, y, out: f(x, y, out),
    "tuple": lambda f, x, y, out: f(x, y, out=(out,)),
}


@pytest.mark.parametrize("give", GIVE)
@pytest.mark.parametrize("kind", OUTS)
@pytest.mark.parametrize("door", [fnp.add, np.add], ids=["fnp", "np"])
@pytest.mark.parametrize("convert", [fnp.asarray, np.asarray], ids=["counted", "plain"])
def test_out_returns_the_caller_s_own_object(give, kind, door, convert, budget):
    for _ in range(2):
        out = OUTS[kind]()
        x, y = convert([1.0, 2.0, 3.0]), convert([10.0, 20.0, 30.0])
        assert GIVE[give](door, x, y, out) is out
        assert out.tolist() == [11, 22, 33]
    counted = door is fnp.add or convert is fnp.asarray or "plain" not in kind
    assert [record.flop_cost for record in budget.op_log] == ([3, 3] if counted else [])


@pytest.mark.parametrize("door", [fnp, np], ids=["fnp", "np"])
def test_out_of_two_results(door, budget):
    x = fnp.array([1.5, -2.5])
    whole, fraction = fnp.zeros(2), np.zeros(2)
    result = door.modf(x, out=(fraction, whole))
    assert result[0] is fraction
    assert result[1] is whole
    result = door.modf(x, fraction, whole)
    assert result[0] is fraction
    assert result[1] is whole
    result = door.modf(x, out=(None, whole))
    assert type(result[0]) is FlopscopeArray
    assert result[1] is whole
    assert whole.tolist() == [1, -2]
    assert fraction.tolist() == [0.5, -0.5]
    assert budget.flops_used == 6  # 3 calls of 2


RESULTS = {
    "sum": (lambda out, door, x: door.sum(x, axis=0, out=out), (4,)),
    "sum positional": (lambda out, door, x: door.sum(x, 0, None, out), (4,)),
    "mean": (lambda out, door, x: door.mean(x, 1, out=out), (3,)),
    "max": (lambda out, door, x: door.max(x, 0, out), (4,)),
    "var": (lambda out, door, x: door.var(x, 0, out=out), (4,)),
    "cumsum": (lambda out, door, x: door.cumsum(x, 0, out=out), (3, 4)),
    "clip": (lambda out, door, x: door.clip(x, 0, 1, out=out), (3, 4)),
    "round": (lambda out, door, x: door.round(x, 1, out), (3, 4)),
    "matmul": (lambda out, door, x: door.matmul(x, x.T, out=out), (3, 3)),
    "dot": (lambda out, door, x: door.dot(x, x.T, out), (3, 3)),
    "outer": (lambda out, door, x: door.outer(x[0], x[0], out=out), (4, 4)),
    "einsum": (lambda out, door, x: door.einsum("ij,kj->ik", x, x, out=out), (3, 3)),
    "take": (lambda out, door, x: door.take(x, [0, 1], 0, out=out), (2, 4)),
    "concatenate": (lambda out, door, x: door.concatenate([x, x], out=out), (6, 4)),
    "add.reduce": (lambda out, door, x: door.add.reduce(x, 0, None, out), (4,)),
    "add.accumulate": (lambda out, door, x: door.add.accumulate(x, out=out), (3, 4)),
    "fft": (lambda out, door, x: door.fft.fft(x, out=out), (3, 4)),
    "method sum": (lambda out, door, x: x.sum(0, out=out), (4,)),
    "method cumsum": (lambda out, door, x: x.cumsum(0, None, out), (3, 4)),
    "method clip": (lambda out, door, x: x.clip(0, 1, out=out), (3, 4)),
    "method dot": (lambda out, door, x: x.dot(x.T, out), (3, 3)),
    "method round": (lambda out, door, x: x.round(out=out), (3, 4)),
}


@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.parametrize("kind", [fnp, np], ids=["counted", "plain"])
@pytest.mark.parametrize("door", [fnp, np], ids=["fnp", "np"])
def test_functions_and_methods_return_out(name, kind, door, budget):
    call, shape = RESULTS[name]
    values = np.arange(12.0).reshape(3, 4) / 7
    dtype = complex if name == "fft" else float
    expected = call(np.zeros(shape, dtype), np, values)
    for _ in range(2):
        out = kind.zeros(shape, dtype)
        assert call(out, door, fnp.asarray(values)) is out
        np.testing.assert_allclose(np.asarray(out), expected)


def test_where_leaves_the_rest_of_out_alone(budget):
    out = fnp.zeros(4)
    assert fnp.add(fnp.ones(4), 1, out=out, where=[True, False, True, False]) is out
    assert out.tolist() == [2, 0, 2, 0]
    assert budget.flops_used == 4  # as without where


def test_an_out_that_does_not_fit_is_numpy_s_error_and_free(budget):
    for out in (np.zeros(2), fnp.zeros(2), fnp.zeros(3, int), "a", (fnp.zeros(3), fnp.zeros(3))):
        with pytest.raises((ValueError, TypeError)) as theirs:
            np.add(np.ones(3), 1.5, out=np.asarray(out) if isinstance(out, FlopscopeArray) else out)
        with pytest.raises(theirs.type):
            fnp.add(fnp.ones(3), 1.5, out=out)
    assert budget.flops_used == len(budget.op_log) == 0


def test_an_operand_may_be_out_as_well(budget):
    x = fnp.arange(6.0)
    assert fnp.multiply(x, 2, out=x) is x
    fnp.add(x[1:], x[:-1], out=x[1:])  # NumPy buffers what overlaps
    assert x.tolist() == [0, 2, 6, 10, 14, 18]


# -- assignment ------------------------------------------------------------------------------------------------------


def test_item_assignment_is_free_and_takes_counted_values_indices_and_masks(budget):
    x = fnp.zeros((3, 4))
    x[0] = fnp.arange(4)
    x[1, fnp.array([0, 2])] = 7
    x[:, -1] = fnp.ones(3)
    x[fnp.array([[True] * 4] + [[False] * 4] * 2)] = -1
    x[2, 2] = fnp.array(5.0)
    assert x.tolist() == [[-1, -1, -1, -1], [7, 0, 7, 1], [0, 0, 5, 1]]
    assert budget.flops_used == len(budget.op_log) == 0


def test_what_is_read_by_an_index_is_numpy_s_scalar_or_a_counted_view(budget):
    x = fnp.arange(12.0).reshape(3, 4)
    assert type(x[0, 0]) is np.float64
    assert type(x[0]) is FlopscopeArray
    assert type(x[..., 0]) is FlopscopeArray
    assert type(x[x > 5]) is FlopscopeArray
    assert type(x[[0, 1], [0, 1]]) is FlopscopeArray
    assert np.shares_memory(x, x[0])
    assert not np.shares_memory(x, x[[0]])


def test_attributes_can_be_assigned_as_numpy_s(budget):
    x = fnp.zeros(4, complex)
    x.real = [1, 2, 3, 4]
    x.imag = fnp.arange(4)
    x.flat = x[::-1].copy()
    assert x.tolist() == [4 + 3j, 3 + 2j, 2 + 1j, 1]
    x.flat[1] = 0
    assert (x + 0)[1] == 0


@pytest.mark.parametrize("subscripts", ["i,i->", "ij,jk->ik", "ij,jk,kl->il", "ij,j->i", "ij->i"])
@pytest.mark.parametrize("optimize", [None, True, "greedy", "optimal"])
def test_einsum_casts_into_out_as_numpy_does_with_the_same_optimize(subscripts, optimize):
    def call(module):
        terms, output = subscripts.split("->")
        out = module.zeros((3,) * len(output), int)
        arrays = [module.ones((3,) * len(term)) for term in terms.split(",")]
        options = {} if optimize is None else {"optimize": optimize}
        try:
            result = module.einsum(subscripts, *arrays, out=out, **options)
        except TypeError:
            return TypeError, out.tolist()
        assert result is out
        return "written", out.tolist()

    assert call(fnp) == call(np)
