"""Reading einsum's arguments: both input forms, ellipsis, implicit output, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from flopscope.einsum import parse, plan
from flopscope.einsum.parser import expand


@pytest.mark.parametrize(
    "args, subscripts, operands",
    [
        (("ij,jk->ik", 1, 2), "ij,jk->ik", (1, 2)),
        ((" i j, jk", 1, 2), " i j, jk", (1, 2)),  # as written: the plan's cache goes by it
        ((b"ii", 1), "ii", (1,)),
        ((1, [0, 1], 2, [1, 2], [0, 2]), "AB,BC->AC", (1, 2)),
        ((1, [0, 1], 2, [1, 2]), "AB,BC", (1, 2)),
        ((1, (30, 3), 2, np.array([3, 5])), "eD,DF", (1, 2)),  # A-Z are 0 to 25, a-z the next
        ((1, [..., 0], 2, [0, ...], [...]), "...A,A...->...", (1, 2)),
        ((1, [], []), "->", (1,)),
        (([[1, 2]], [0, 1]), "AB", ([[1, 2]],)),
        ((1, list(range(52))), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", (1,)),  # sorted, as they are
    ],
)
def test_both_forms_become_subscripts_and_operands(args, subscripts, operands):
    assert parse(args) == (subscripts, operands)


@pytest.mark.parametrize(
    "subscripts, shapes, expected",
    [
        ("ij,jk->ik", [(2, 3), (3, 4)], (("ij", "jk"), "ik")),
        ("ij,jk", [(2, 3), (3, 4)], (("ij", "jk"), "ik")),
        (" i j , jk -> ik ", [(2, 3), (3, 4)], (("ij", "jk"), "ik")),
        ("ba", [(2, 3)], (("ba",), "ab")),  # implicit output is sorted
        ("bA", [(2, 3)], (("bA",), "Ab")),  # upper case first, as NumPy
        ("ii", [(3, 3)], (("ii",), "")),
        ("", [()], (("",), "")),
        (",->", [(), ()], (("", ""), "")),
        ("...ij,...jk->...ik", [(7, 2, 3), (3, 4)], (("aij", "jk"), "aik")),
        ("a...,...", [(2, 5, 6), (6,)], (("abc", "c"), "bca")),  # broadcast axes come first, then the sorted labels
        ("i...j->...", [(2, 5, 6, 3)], (("iabj",), "ab")),
        ("ij->...ij", [(2, 3)], (("ij",), "ij")),
        ("...i->i", [(3,)], (("i",), "i")),  # an ellipsis for no axis
        ("äö,öÀ\xd7->ä\xd7", [(2, 3), (3, 4, 5)], (("äö", "öÀ\xd7"), "ä\xd7")),  # opt_einsum's symbols
    ],
)
def test_every_axis_gets_a_label(subscripts, shapes, expected):
    assert expand(subscripts, shapes) == expected
    if subscripts.isascii():  # NumPy knows no others
        inputs, output = expected
        operands = [np.arange(np.prod(shape, dtype=int)).reshape(shape) for shape in shapes]
        np.testing.assert_array_equal(
            np.einsum(subscripts, *operands), np.einsum(",".join(inputs) + "->" + output, *operands)
        )


@pytest.mark.parametrize(
    "subscripts, shapes, message",
    [
        ("ij,jk->ik", [(2, 3)], "name 2 operands, but 1 are given"),
        ("ij", [(2, 3), (3,)], "name 1 operands, but 2 are given"),
        ("ij,jk->ik", [(2, 3), (4, 5)], "label 'j' has size 4 in operand 1, but 3 before"),
        ("ii", [(2, 3)], "label 'i' has size 3 in operand 0, but 2 before"),
        ("ii->i", [(1, 4)], "label 'i' has size 4 in operand 0, but 1 before"),  # a diagonal does not broadcast
        ("i", [(2, 3)], "operand 0 has 2 axes, its subscripts are 'i'"),
        ("i,ijk", [(2,), (2, 3)], "operand 1 has 2 axes, its subscripts are 'ijk'"),
        ("i...j", [(2,)], "operand 0 has 1 axes, its subscripts are 'i...j'"),
        ("ij->ii", [(2, 2)], "output 'ii' has label 'i' more than once"),
        ("ij->k", [(2, 2)], "output 'k' has label 'k', which no operand has"),
        ("...i->i", [(2, 3)], "output 'i' has no '...' for the 1 axes"),
        ("i1->i", [(2, 3)], "'1' is not a label"),
        ("ij->j->i", [(2, 3)], "'-' is not a label"),
        ("ij->i,j", [(2, 3)], "',' is not a label"),
        ("i..->i", [(2, 3)], "'.' is not a label"),
        ("...i...", [(2, 3)], "'.' is not a label"),
        ("i\tj->ij", [(2, 3)], r"'\\t' is not a label"),
    ],
)
def test_bad_subscripts_say_what_is_wrong_and_numpy_refuses_them_too(subscripts, shapes, message):
    with pytest.raises(ValueError, match=message):
        plan(subscripts, tuple(shapes))
    with pytest.raises(ValueError):
        np.einsum(subscripts, *(np.ones(shape) for shape in shapes))


def test_a_shape_has_no_negative_sizes():
    with pytest.raises(ValueError, match="negative"):
        plan("i->", ((-1,),))


@pytest.mark.parametrize(
    "args, error, message",
    [
        ((), ValueError, "needs subscripts and at least one operand"),
        ((np.ones(3),), ValueError, "list of labels after each operand"),
        ((np.ones(3), "i"), TypeError, "list of integers or Ellipsis, got 'i'"),
        ((np.ones(3), [0.0]), TypeError, r"list of integers or Ellipsis, got \[0.0\]"),
        ((np.ones(3), 0), TypeError, "list of integers or Ellipsis, got 0"),
        ((np.ones(3), [-1]), ValueError, "integers from 0 to 51, got -1"),
        ((np.ones(3), [52]), ValueError, "integers from 0 to 51, got 52"),
    ],
)
def test_bad_arguments_say_what_is_wrong_and_numpy_refuses_them_too(args, error, message):
    with pytest.raises(error, match=message):
        parse(args)
    with pytest.raises((ValueError, TypeError)):
        np.einsum(*args)


def test_subscripts_without_operands_are_refused():
    with pytest.raises(ValueError, match="name 1 operands, but 0 are given"):
        plan(parse(("i",))[0], ())
