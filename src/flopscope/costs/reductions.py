"""Reductions, scans and tests: what it costs to look at every element once.

Each of them is priced by the elements it reads, 1 per element, whatever it does with them: ``sum``, ``var``, ``argmax``
and ``median`` are kin. The axes say how the result is laid out, not how much work there is.
"""

from __future__ import annotations

from math import prod
from operator import index
from typing import Any

import numpy as np

from . import groups
from .elementwise import elementwise, pointwise
from .shapes import Shaped, broadcast, normalize_axes, numel, shape
from .table import aliases, ops

# Reductions and scans


def reduction(a: Any, axis: Any = None, *_: Any, **__: Any) -> int:
    """numel(a): 1 per element of the input, whatever the axes; the unique ones of a symmetric tensor.

    Source: n - 1 combining steps for n elements, and what finishes them; NumPy Reference, "ufunc.reduce".
    Example: (256, 256): 65,536, over any axis.
    """
    normalize_axes(axis, max(len(shape(a)), 1))  # NumPy takes axis 0 of a scalar
    return groups.unique(a)


def extremum(
    a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, initial: Any = None, *_: Any, **__: Any
) -> int:
    """numel(a): 1 per element of the input, whatever the axes; the unique ones of a symmetric tensor.

    Of no elements there is none, unless `initial` is given.

    Source: n - 1 comparisons for n elements; NumPy Reference, "ufunc.reduce".
    Example: (256, 256): 65,536, over any axis.
    """
    sizes = shape(a) or (1,)
    axes = normalize_axes(axis, len(sizes))
    if any(sizes[i] == 0 for i in axes) and (initial is None or initial is np._NoValue):
        raise ValueError(f"of no elements there is none that is largest or smallest: shape {sizes}, axes {axes}")
    return reduction(a, axis)


def scan(a: Any, axis: Any = None, *_: Any, **__: Any) -> int:
    """numel(a): 1 per element of the input, along whatever axis; the unique ones of what symmetry the result has.

    Source: one combining step per element; NumPy Reference, "ufunc.accumulate".
    Example: (10, 20): 200.
    """
    dense = reduction(Shaped(shape(a)), axis)
    group = groups.scanned(a, axis)
    return group.unique_elements(shape(a)) if group else dense


def cumulative(x: Any, /, *, axis: Any = None, **_: Any) -> int:
    """numel(x): 1 per element of the input, along an axis, which only a vector need not name.

    Source: one combining step per element; NumPy Reference, "ufunc.accumulate".
    Example: (10, 20) along axis 1: 200.
    """
    if axis is None and len(shape(x)) > 1:
        raise ValueError(f"an array of shape {shape(x)} needs axis=")
    return scan(x, axis)


def quantile(a: Any, q: Any, axis: Any = None, *_: Any, **__: Any) -> int:
    """numel(a)*numel(q): a selection in linear time for each quantile asked.

    Source: selection, Knuth, The Art of Computer Programming 3 (5.3.3), also with weights: Cormen et al.,
    Introduction to Algorithms (problem 9-2).
    Example: (10, 20) at [25, 50, 75]: 200*3 = 600.
    """
    return reduction(a, axis) * numel(q)


ops(
    reduction,
    """
    sum prod mean std var any all count_nonzero median nansum nanprod nanmean nanstd nanvar nanmedian
    """,
    symmetry=groups.reduced,
)
ops(extremum, "max min ptp argmax argmin nanmax nanmin nanargmax nanargmin", symmetry=groups.reduced)
ops(scan, "cumsum cumprod nancumsum nancumprod", symmetry=groups.scanned)
ops(cumulative, "cumulative_sum cumulative_prod")
ops(quantile, "percentile quantile nanpercentile nanquantile")
aliases({"amax": "max", "amin": "min"})


def average(a: Any, axis: Any = None, weights: Any = None, *_: Any, **__: Any) -> int:
    """numel(a); with weights 2*numel(a) + numel(weights) + numel(result): weighted, summed, divided by their sum.

    Source: the definition, written out as sum(a*weights)/sum(weights).
    Example: (10, 20) along axis 1 with weights (20,): 2*200 + 20 + 10 = 430.
    """
    if weights is None:
        return reduction(a, axis)
    sizes = shape(a)
    axes = normalize_axes(axis, len(sizes))
    if shape(weights) not in (sizes, tuple(sizes[i] for i in axes)):
        raise ValueError(f"weights of shape {shape(weights)} fit neither shape {sizes} nor its axes {axes}")
    result = prod(size for i, size in enumerate(sizes) if i not in axes)
    return elementwise(a) + numel(a) + numel(weights) + result


def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, *_: Any, **__: Any) -> int:
    """Length of the diagonal, per matrix.

    Source: a reduction of the diagonal.
    Example: (4, 8): 4; with offset=6: 2; a stack (3, 5, 5) with axis1=1, axis2=2: 3*5 = 15.
    """
    sizes, k = shape(a), index(offset)
    if len(sizes) < 2:
        raise ValueError(f"trace needs a matrix or a stack of matrices, got shape {sizes}")
    i, j = normalize_axes((axis1, axis2), len(sizes))
    m, n = sizes[i], sizes[j]
    stack = prod(size for axis, size in enumerate(sizes) if axis not in (i, j))
    return stack * max(min(m, n - k) if k > 0 else min(m + k, n), 0)


ops(average, "average", symmetry=groups.averaged)
ops(trace, "trace")


# Looks at every element


def look(a: Any, *_: Any, **__: Any) -> int:
    """numel(a): 1 per element, to test it.

    Source: a comparison of each element; moving what is found is free.
    Example: (4, 8): 32.
    """
    return numel(a)


def trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> int:
    """numel(filt): 1 per element, to test it, as argwhere.

    How many zeros there are to trim is a matter of data, not of shape.

    Source: written out with argwhere and a slice.
    Example: (10,): 10.
    """
    return look(filt)


def allclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> int:
    """numel(broadcast of a and b): 1 per pair of elements.

    Source: priced as a reduction of the pairs, kin of all.
    Example: (4, 8) and (4, 8): 32.
    """
    return pointwise(a, b, rtol, atol)


def array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> int:
    """numel(a1): 1 per pair of elements; 0 for shapes that differ, which settle the answer.

    Source: priced as a reduction of the pairs, kin of all.
    Example: (4, 8) and (4, 8): 32; (4,) and (5,): 0.
    """
    return numel(a1) if shape(a1) == shape(a2) else 0


def array_equiv(a1: Any, a2: Any) -> int:
    """numel(broadcast of a1 and a2): 1 per pair of elements; 0 for shapes that do not broadcast.

    Source: priced as a reduction of the pairs, kin of all.
    Example: (4, 8) and (8,): 32; (4,) and (5,): 0.
    """
    try:
        return prod(broadcast(shape(a1), shape(a2)))
    except ValueError:
        return 0


ops(look, "nonzero flatnonzero argwhere asarray_chkfinite")
ops(trim_zeros, "trim_zeros")
ops(allclose, "allclose")
ops(array_equal, "array_equal")
ops(array_equiv, "array_equiv")
