"""Hypothesis strategies for operands: shapes that are small or empty, every kind of dtype, every memory layout."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from parity import LAYOUTS, Array

NUMBERS = ("?", "i1", "u1", "i4", "i8", "u8", "f2", "f4", "f8", "c8", "c16", "g")
OTHERS = ("O", "U3", "S2", "M8[s]", "m8[s]")
REALS = ("?", "i1", "i4", "i8", "f4", "f8")

# The same examples in every run: a failure in CI is one that everybody can have.
quick = settings(max_examples=10, deadline=None, derandomize=True, database=None)
thorough = settings(quick, max_examples=60)


def values(shape: tuple[int, ...], dtype: str, seed: int) -> np.ndarray:
    """Elements with many ties and zeros, and for floats now and then NaN, infinity and a negative zero."""
    random = np.random.default_rng(seed)
    small = random.integers(0 if dtype[0] in "?uUS" else -3, 5, size=shape)
    if dtype[0] in "fcg" and seed % 3 == 0 and small.size:
        found = small.astype(dtype)
        found.flat[random.integers(small.size)] = random.choice([np.nan, np.inf, -np.inf, -0.0, 1e-30])
        return found
    if dtype[0] == "c":
        return (small + 1j * random.integers(-3, 5, size=shape)).astype(dtype)
    return small.astype(dtype)


def shapes(least: int = 0, most: int = 3, smallest: int = 0, largest: int = 4) -> st.SearchStrategy[tuple[int, ...]]:
    return hnp.array_shapes(min_dims=least, max_dims=most, min_side=smallest, max_side=largest) | (
        st.just(()) if least == 0 else st.nothing()
    )


@st.composite
def operand(draw: Any, shape: Any = None, dtypes: Any = NUMBERS) -> Array:
    """One operand, of a shape or of shapes to draw from."""
    size = draw(shapes() if shape is None else shape if isinstance(shape, st.SearchStrategy) else st.just(shape))
    dtype, layout = draw(st.sampled_from(dtypes)), draw(st.sampled_from(LAYOUTS))
    return Array(values(size, dtype, draw(st.integers(0, 999))), layout)


@st.composite
def operands(draw: Any, count: int, dtypes: Any = NUMBERS, fitting: bool = True) -> list[Array]:
    """Operands that broadcast together, half of the time of one dtype; if not `fitting`, now and then they do not."""
    if fitting or draw(st.integers(0, 9)):
        sizes = draw(
            hnp.mutually_broadcastable_shapes(num_shapes=count, max_dims=3, min_side=0, max_side=4)
        ).input_shapes
    else:
        sizes = [draw(shapes()) for _ in range(count)]
    kinds = (
        [draw(st.sampled_from(dtypes))] * count
        if draw(st.booleans())
        else [draw(st.sampled_from(dtypes)) for _ in sizes]
    )
    return [draw(operand(size, (kind,))) for size, kind in zip(sizes, kinds, strict=True)]


def axes_of(ndim: int) -> st.SearchStrategy[int]:
    """An axis, now and then one that is not there."""
    return st.integers(-ndim - 1, ndim) if ndim == 0 else st.integers(-ndim, ndim - 1) | st.integers(-ndim - 1, ndim)
