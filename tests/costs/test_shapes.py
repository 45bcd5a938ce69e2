"""The words in which rules speak of operands, on their own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flopscope import SymmetryGroup
from flopscope.costs.shapes import Shaped, broadcast, ceil_log2, normalize_axes, shape


def test_a_shaped_has_what_it_was_given():
    pair = SymmetryGroup.symmetric((0, 1))
    x = Shaped((3, np.int64(3)), "f4", pair)
    assert (x.shape, x.dtype, x.symmetry, x.ndim, x.size) == ((3, 3), np.dtype("f4"), pair, 2, 9)
    assert (Shaped(4).shape, Shaped(4).dtype, Shaped(4).symmetry) == ((4,), np.dtype(float), None)
    assert repr(Shaped((3, 2), int)) == "Shaped((3, 2), int64)"
    assert repr(x) == f"Shaped((3, 3), float32, {pair})"


def test_a_symmetry_must_fit_the_shape():
    with pytest.raises(ValueError):
        Shaped((3, 4), symmetry=SymmetryGroup.symmetric((0, 1)))


@given(st.integers(-2, 2**70))
def test_ceil_log2_is_exact_for_integers_of_any_size(n):
    k = ceil_log2(n)
    assert (k == 0) if n <= 1 else 2 ** (k - 1) < n <= 2**k


def test_no_shapes_and_huge_shapes_broadcast():
    assert broadcast() == ()
    assert broadcast((10**30, 1), (7,)) == (10**30, 7)


def test_axes_are_counted_from_the_front():
    assert normalize_axes(None, 2) == (0, 1)
    assert normalize_axes(-1, 3) == (2,)
    assert normalize_axes([0, -1], 3) == (0, 2)
    with pytest.raises(ValueError, match="twice"):
        normalize_axes((0, -2), 2)


def test_a_ragged_list_has_a_length():
    assert shape([1, [2, 3]]) == (2,)
