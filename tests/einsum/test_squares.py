"""Products of one array with itself are symmetric tensors, whichever door makes them, run or planned."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import flopscope as flops
import flopscope.numpy as fnp
from flopscope import SymmetryGroup, SymmetryLossWarning

S2 = SymmetryGroup.symmetric((0, 1))
BATCHED = SymmetryGroup.symmetric((1, 2))
RNG = np.random.default_rng(0)


def array(*shape):
    return fnp.asarray(RNG.standard_normal(shape))


SHAPES = {"x": (6, 4), "y": (6, 4), "v": (4,), "w": (4,), "z": (5, 6, 4)}

# Product, its group, its price; the same with another array in the second place, which has no symmetry; its price.
SQUARES = [
    ("x.T @ x", S2, 60, "x.T @ y", 96),  # 6 * 4*5/2; 4*6*4
    ("x @ x.T", S2, 84, "x @ y.T", 144),  # 4 * 6*7/2; 6*4*6
    ("np.matmul(x.T, x)", S2, 60, "np.matmul(x.T, y)", 96),
    ("fnp.linalg.matmul(x.T, x)", S2, 60, "fnp.linalg.matmul(x.T, y)", 96),
    ("fnp.matmul(x.T, x, dtype='f4', casting='same_kind')", S2, 60, "fnp.matmul(x.T, y)", 96),
    ("fnp.matmul(fnp.moveaxis(x, 0, 1), x)", S2, 60, "fnp.matmul(fnp.moveaxis(x, 0, 1), y)", 96),
    ("x @ fnp.matrix_transpose(x)", S2, 84, "x @ fnp.matrix_transpose(y)", 144),
    ("fnp.dot(x.T, x)", S2, 60, "fnp.dot(x.T, y)", 96),
    ("x.T.dot(x)", S2, 60, "x.T.dot(y)", 96),
    ("fnp.inner(x, x)", S2, 84, "fnp.inner(x, y)", 144),
    ("fnp.tensordot(x, x, (0, 0))", S2, 60, "fnp.tensordot(x, y, (0, 0))", 96),
    ("fnp.tensordot(x, x, axes=([0], [0]))", S2, 60, "fnp.tensordot(x, y, axes=([0], [0]))", 96),
    ("fnp.linalg.tensordot(x, x, axes=(0, 0))", S2, 60, "fnp.linalg.tensordot(x, y, axes=(0, 0))", 96),
    ("fnp.tensordot(v, v, 0)", S2, 10, "fnp.tensordot(v, w, 0)", 16),  # 4*5/2; 4*4
    ("fnp.outer(v, v)", S2, 10, "fnp.outer(v, w)", 16),
    ("np.outer(v, v)", S2, 10, "np.outer(v, w)", 16),
    ("fnp.linalg.outer(v, v)", S2, 10, "fnp.linalg.outer(v, w)", 16),
    ("np.multiply.outer(v, v)", S2, 10, "np.multiply.outer(v, w)", 16),
    ("fnp.maximum.outer(v, v)", S2, 10, "fnp.maximum.outer(v, w)", 16),
    ("fnp.outer(x, x)", S2, 300, "fnp.outer(x, y)", 576),  # flattened: 24*25/2; 24*24
    ("fnp.einsum('i,j->ij', v, v)", S2, 10, "fnp.einsum('i,j->ij', v, w)", 16),
    ("z.mT @ z", BATCHED, 300, "z.mT @ (z + 0)", 480 + 120),  # 5*6 * 4*5/2; 5*6*4*4, and 120 for the sum
    ("z @ z.swapaxes(1, 2)", BATCHED, 420, "z @ z[:, ::-1].swapaxes(1, 2)", 720),  # 5*4 * 6*7/2; 5*4*6*6
]


@pytest.mark.parametrize("text, group, cost, other, dense", SQUARES, ids=[row[0] for row in SQUARES])
def test_a_square_is_a_symmetric_tensor_every_time_and_is_not_taken_for_another_product(
    text, group, cost, other, dense
):
    names = {name: array(*shape) for name, shape in SHAPES.items()}
    plain = {name: np.asarray(one) for name, one in names.items()}
    for first, second in ((text, other), (other, text)):
        with flops.BudgetContext(10**9) as budget:
            for each in (first, second) * 3:
                before = budget.flops_used
                result = eval(each, {"fnp": fnp, "np": np, **names})
                assert budget.flops_used - before == (cost if each is text else dense)
                assert getattr(result, "symmetry", None) == (group if each is text else None)
                np.testing.assert_allclose(np.asarray(result), eval(each, {"fnp": np, "np": np, **plain}), rtol=1e-5)
                if each is text:
                    axes = [group.generators[0].get(axis, axis) for axis in range(result.ndim)]
                    assert np.array_equal(result, np.asarray(result).transpose(axes))


@pytest.mark.parametrize("text, group, cost, other, dense", SQUARES, ids=[row[0] for row in SQUARES])
def test_a_plan_knows_squares(text, group, cost, other, dense):
    def program(x, y, v, w, z):
        names = {"fnp": fnp, "np": np, "x": x, "y": y, "v": v, "w": w, "z": z}
        return fnp.exp(eval(text, names)), fnp.exp(eval(other, names))

    arrays = [array(*shape) for shape in SHAPES.values()]
    with flops.BudgetContext(10**9) as budget:
        squared, _ = program(*arrays)
    planned = flops.plan(program, *(flops.Shaped(shape) for shape in SHAPES.values()))
    assert planned.flops_used == budget.flops_used
    assert squared.symmetry == group


def test_with_parents_and_with_bytes_counted_squares_are_symmetric_too():
    x = array(6, 4)
    with flops.BudgetContext(10**9), flops.BudgetContext(10**9) as inner:
        assert [(x.T @ x).symmetry for _ in range(3)] == [S2] * 3
    assert inner.flops_used == 180  # 3 * 6 * 4*5/2
    with flops.BudgetContext(10**9, count_bytes=True) as budget:
        assert [(x.T @ x).symmetry for _ in range(3)] == [S2] * 3
    assert budget.flops_used == 180


def test_who_never_asked_for_symmetry_is_not_told_that_it_is_lost():
    x = array(6, 4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gram = x.T @ x + 1
        assert (gram + np.arange(4.0)[:, None] * np.ones(4)).shape == (4, 4)
        assert gram[:2].shape == (2, 4)
        row = gram[1]
        gram[0, 1] = 3  # takes the symmetry from it
        assert gram.symmetry is None
        row[0] = 5
        other = x.T @ x
        other += np.arange(4)
    weights = flops.as_symmetric(np.eye(6), symmetric_axes=(0, 1))
    asked = fnp.einsum("ki,kl,lj->ij", x, weights, x)
    with pytest.warns(SymmetryLossWarning):
        asked + np.arange(16.0).reshape(4, 4)
    with pytest.warns(SymmetryLossWarning):
        asked[0, 1] = 3


FOUND = ["v.T @ v", "fnp.dot(v.T, v)", "fnp.einsum('ki,kj->ij', v, v)", "fnp.einsum('ij->ji', v.T @ v)"]
DECLARED = ["flops.as_symmetric(g, symmetric_axes=(0, 1))", "fnp.einsum('ki,kj->ij', v, v + 0, symmetry=S2)"]
LOSSES = [
    "t + np.arange(16.0).reshape(4, 4)",
    "t[:2]",
    "(t @ t)[:2]",
    "fnp.einsum('ij,jk->ik', t, t)[:2]",
    "fnp.einsum('ij,jk,kl->il', t, t, t)[:2]",
    "fnp.exp(t).reshape(16, 1)",
    "t.__setitem__((0, 1), 3)",
    "fnp.linalg.inv(t).fill(3)",
]


@pytest.mark.parametrize("text", LOSSES)
@pytest.mark.parametrize("tensor", FOUND + DECLARED)
def test_a_loss_is_told_through_every_door_if_the_symmetry_was_declared_and_through_none_else(tensor, text):
    v = array(9, 4)
    names = {"v": v, "g": np.asarray(v.T @ v), "fnp": fnp, "np": np, "flops": flops, "S2": S2}
    for _ in range(3):  # first and again
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            eval(text, {**names, "t": eval(tensor, names)})
        assert [one.category for one in caught] == [SymmetryLossWarning] * (tensor in DECLARED)


def test_objects_and_bad_shapes_have_no_squares():
    words = fnp.asarray(np.array([[1, 2], [3, 4]], object))
    assert getattr(words.T @ words, "symmetry", None) is None
    x = array(6, 4)
    with flops.BudgetContext(100) as budget, pytest.raises(ValueError, match="matmul"):
        x @ x
    assert budget.flops_used == 0
    out = fnp.empty((4, 4))
    assert fnp.matmul(x.T, x, out=out) is out
    assert not hasattr(out, "symmetry")
