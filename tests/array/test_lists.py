"""Lists among the arguments: their arrays stay counted, whatever else is in them."""

from __future__ import annotations

import numpy as np
import pytest

import flopscope as flops
import flopscope.numpy as fnp

A = fnp.asarray([1.0, 2.0])


@pytest.mark.parametrize("make", ["array", "asarray", "asanyarray", "ascontiguousarray", "asfortranarray", "require"])
def test_an_array_of_objects_holds_the_caller_s_own_arrays(make):
    assert getattr(fnp, make)([A, None], dtype=object)[0] is A
    with flops.BudgetContext(10) as budget:
        held = getattr(fnp, make)([A, None], dtype=object)[0]
        held + held
    assert budget.flops_used == 2


def test_a_list_of_arrays_becomes_one_counted_array():
    stacked = fnp.array([A, A])
    assert type(stacked) is flops.FlopscopeArray
    assert stacked.shape == (2, 2)
    assert fnp.full((2, 2), [1.0, A[1]]).tolist() == [[1, 2], [1, 2]]


def test_a_list_that_contains_itself_is_numpy_s_matter():
    ring: list[object] = []
    ring.append(ring)
    assert fnp.array(ring, dtype=object).ndim == np.array(ring, dtype=object).ndim
    with pytest.raises(ValueError, match="inhomogeneous|maximum"):
        fnp.exp([ring, 1.0])
    assert flops.SymmetricTensor  # symmetric tensors are looked for in lists once there are any
    assert fnp.array(ring, dtype=object).ndim == np.array(ring, dtype=object).ndim


def test_a_list_that_numpy_returns_is_the_caller_s_own():
    items = [1, 2]
    assert fnp.diff(items, n=0) is items


@pytest.mark.parametrize("shuffle", [fnp.random.shuffle, fnp.random.default_rng(0).shuffle])
@pytest.mark.parametrize("make", [lambda: [1, [2, 3], 4], lambda: memoryview(np.arange(3)), lambda: [A, None, 1]])
def test_sequences_are_shuffled_in_place_and_charged_by_their_length(shuffle, make):
    items = make()
    with flops.BudgetContext(10) as budget:
        shuffle(items)
    assert len(items) == 3
    assert budget.flops_used == 3


def test_reshape_wants_a_shape_as_numpy_does():
    with pytest.raises(TypeError, match="shape"):
        fnp.reshape(fnp.ones(3))


class Duck:
    """An operand with an answer of its own and no shape."""

    shape = None

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return ufunc.__name__, method

    def __array_function__(self, function, types, args, kwargs):
        return function.__name__, types


def test_an_operand_without_a_shape_answers_uncharged():
    with flops.BudgetContext(10) as budget:
        assert fnp.negative.at(Duck(), [0]) == ("negative", "at")
        assert fnp.histogram2d(Duck(), Duck()) == ("histogram2d", (Duck,))
    assert budget.flops_used == 0
