"""Sorting, searching, sets, counting: what it costs to put elements in order and to find their place in one.

The unit is a comparison. Sorting n elements takes n*ceil(log2 n) of them, finding a place among n sorted ones
ceil(log2 n), and at least 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt, prod
from operator import index
from typing import Any, cast

from . import groups
from .elementwise import members
from .reductions import reduction
from .shapes import Shaped, ceil_log2, normalize_axis, numel, shape
from .table import ops

# Sorting


def sort(a: Any, axis: int | None = -1, *_: Any, **__: Any) -> int:
    """n*ceil(log2 n) per slice of n elements along the axis; axis=None flattens.

    Source: merge sort, Knuth, The Art of Computer Programming 3 (5.2.4).
    Example: (4, 8): 4*8*3 = 96; with axis=None: 32*5 = 160.
    """
    sizes = shape(a)
    n = numel(a) if axis is None else sizes[normalize_axis(axis, len(sizes))]
    return prod(sizes) * ceil_log2(n)


def argsort(a: Any, axis: int | None = -1, *_: Any, **__: Any) -> int:
    """n*ceil(log2 n) per slice of n elements along the axis; axis=None flattens, a scalar counts as one element.

    Source: as sort.
    Example: (4, 8): 4*8*3 = 96; with axis=None: 32*5 = 160.
    """
    return sort(a if shape(a) else Shaped(1), axis)


def sort_complex(a: Any) -> int:
    """n*ceil(log2 n) per slice of n elements along the last axis.

    Source: as sort.
    Example: (4, 8): 4*8*3 = 96.
    """
    return sort(a)


def lexsort(keys: Any, axis: int = -1) -> int:
    """k*n*ceil(log2 n) for k keys, per slice of n elements along the axis.

    Source: one stable sort per key, Knuth, The Art of Computer Programming 3 (5.2.5).
    Example: 3 keys of (10,): 3*10*4 = 120.
    """
    sizes = members(keys)
    if not sizes:
        raise ValueError("lexsort needs at least one key")
    if len(set(sizes)) > 1:
        raise ValueError(f"lexsort needs keys of one shape, got {', '.join(map(str, sizes))}")
    # NumPy takes scalars for keys
    return len(sizes) * (sort(Shaped(sizes[0]), axis) if sizes[0] else 0)


def partition(a: Any, kth: Any, axis: int | None = -1, *_: Any, **__: Any) -> int:
    """numel(a)*numel(kth): a selection in linear time for each place asked.

    Source: selection, Knuth, The Art of Computer Programming 3 (5.3.3); Musser, Software: Practice and Experience
    27 (1997), introselect.
    Example: (4, 8) at [2, 5]: 32*2 = 64.
    """
    if axis is not None:
        normalize_axis(axis, max(len(shape(a)), 1))  # NumPy argpartitions a scalar
    return numel(a) * numel(kth)


ops(sort, "sort", symmetry=groups.along)
ops(argsort, "argsort", symmetry=groups.along)
ops(sort_complex, "sort_complex")
ops(lexsort, "lexsort")
ops(partition, "partition argpartition")


# Sets


def unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    **_: Any,
) -> int:
    """n*ceil(log2 n) for all n elements; along an axis numel(ar)*ceil(log2 n) for its n slices.

    Source: written out as a sort; a comparison of two slices compares their elements.
    Example: (6, 8): 48*6 = 288; with axis=0: 48*3 = 144.
    """
    sizes = shape(ar)
    n = numel(ar) if axis is None else sizes[normalize_axis(axis, len(sizes))]
    return prod(sizes) * ceil_log2(n)


def unique_elements(x: Any) -> int:
    """n*ceil(log2 n) for all n elements.

    Source: as unique.
    Example: (10, 10): 100*7 = 700.
    """
    return unique(x)


def set_operation(ar1: Any, ar2: Any, *_: Any, **__: Any) -> int:
    """(n+m)*ceil(log2(n+m)) for n and m elements.

    Source: written out as a sort of both together.
    Example: (10,) and (20,): 30*5 = 150.
    """
    return unique(Shaped(numel(ar1) + numel(ar2)))


def isin(element: Any, test_elements: Any, *_: Any, **__: Any) -> int:
    """(n+m)*ceil(log2(n+m)) for n elements and m to test against.

    Source: written out as a sort of both together.
    Example: (10,) and (20,): 30*5 = 150.
    """
    return set_operation(element, test_elements)


def find_duplicates(a: Any, *_: Any, **__: Any) -> int:
    """n*ceil(log2 n) + 2*n for n records: sorted, each compared with the next, and the pairs marked.

    Source: written out as a sort and a comparison of neighbours.
    Example: (10,): 10*4 + 20 = 60.
    """
    return unique(a) + 2 * numel(a)


def join_by(key: Any, r1: Any, r2: Any, *_: Any, **__: Any) -> int:
    """(n+m)*ceil(log2(n+m)) + n + m for n and m records: both sorted together, each compared with the next.

    Source: sort-merge join, Knuth, The Art of Computer Programming 3 (5).
    Example: (10,) and (20,): 30*5 + 30 = 180.
    """
    return set_operation(r1, r2) + numel(r1) + numel(r2)


ops(find_duplicates, "lib.recfunctions.find_duplicates")
ops(join_by, "lib.recfunctions.join_by lib.recfunctions.rec_join")
ops(unique, "unique")
ops(unique_elements, "unique_all unique_counts unique_inverse unique_values")
ops(set_operation, "union1d intersect1d setdiff1d setxor1d in1d")
ops(isin, "isin")


# Searching


def _line(name: str, operand: Any) -> int:
    """Length of an operand that must be a line of values."""
    if len(shape(operand)) != 1:
        raise ValueError(f"{name} must be 1-D, got shape {shape(operand)}")
    return numel(operand)


def _search(n: int) -> int:
    """Comparisons to find a place among n sorted elements."""
    return max(ceil_log2(n), 1) if n else 0


def searchsorted(a: Any, v: Any, side: str = "left", sorter: Any = None) -> int:
    """q*ceil(log2 n) for q queries into n sorted elements; at least 1 per query.

    Source: binary search, Knuth, The Art of Computer Programming 3 (6.2.1).
    Example: 5 queries into (1024,): 5*10 = 50.
    """
    return numel(v) * _search(_line("a", a))


def digitize(x: Any, bins: Any, right: bool = False) -> int:
    """q*ceil(log2 n) for q elements and n bin edges; at least 1 per element.

    Source: as searchsorted.
    Example: (20,) and 10 edges: 20*4 = 80.
    """
    return searchsorted(bins, x)


def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> int:
    """q*ceil(log2 n) + 3*q + 3*min(n-1, q) for q queries and n points: a search, a slope, a line.

    The slopes are those of the n - 1 pieces or of the q queries, whichever are fewer: two differences and a quotient;
    a query then takes a difference, a product and a sum. A period adds q + n to wrap and n*ceil(log2 n) to sort.

    Source: Numerical Recipes (3rd ed., 3.1): search in an ordered table, linear interpolation.
    Example: (10,) and 100 points: 10*7 + 3*10 + 3*10 = 130.
    """
    q, n = numel(x), _line("xp", xp)
    if _line("fp", fp) != n:
        raise ValueError(f"interp needs as many values as points, got {numel(fp)} and {n}")
    if n == 0:
        raise ValueError("interp needs at least one point")
    wrap = 0 if period is None else q + n + sort(xp)
    return wrap + searchsorted(xp, x) + 3 * q + 3 * min(n - 1, q)


ops(searchsorted, "searchsorted")
ops(digitize, "digitize")
ops(interp, "interp")


# Counting


def bincount(x: Any, /, weights: Any = None, minlength: int = 0) -> int:
    """numel(x): 1 per element.

    Source: one increment per element; counting, Knuth, The Art of Computer Programming 3 (5.2).
    Example: (100,): 100.
    """
    if weights is not None and numel(x) and shape(weights) != shape(x):
        raise ValueError(f"bincount needs a weight for each element, got shapes {shape(weights)} and {shape(x)}")
    return _line("x", x)


def _placing(bins: Any) -> int:
    """Comparisons to place one element: among so many bins, or among these edges."""
    if shape(bins):
        return _search(_line("bins", bins))
    if index(bins) < 1:
        raise ValueError(f"bins must be at least 1, got {bins}")
    return _search(index(bins))


def _bins(bins: Any) -> int:
    """How many bins there are."""
    return max(numel(bins) - 1, 0) if shape(bins) else index(bins)


def histogram(a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None) -> int:
    """n*ceil(log2 b) for n elements and b bins or bin edges; at least 1 per element; a density adds 4 per bin.

    A named rule for the bins counts as ceil(sqrt n) bins, a usual number of them, and n to look at the data. A density
    is what is counted divided by the widths of the bins and by its sum.

    Source: as searchsorted into the edges.
    Example: (100,) and 8 bins: 100*3 = 300; as a density 300 + 4*8 = 332; 'auto': 100 + 100*4 = 500.
    """
    n = numel(a)
    look = 0
    if isinstance(bins, str):
        look, bins = histogram_bin_edges(a), isqrt(n - 1) + 1 if n else 1
    return look + n * _placing(bins) + (4 * _bins(bins) if density else 0)


def histogram_bin_edges(a: Any, bins: Any = 10, *_: Any, **__: Any) -> int:
    """numel(a): 1 per element, to find the range.

    Source: priced as a reduction.
    Example: (100,): 100.
    """
    return reduction(a)


def _count(bins: Any) -> int | None:
    """How many entries the parameter `bins` has; None for a number."""
    if isinstance(bins, Sequence):  # its entries may be of any shape
        return len(cast("Sequence[Any]", bins))
    return shape(bins)[0] if shape(bins) else None


def histogramdd(sample: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None) -> int:
    """n*(sum of ceil(log2 b) over the dimensions) for n points and b bins or bin edges in each.

    A density of d dimensions adds d + 2 per cell, which is divided by its widths and by the sum, and 1 per bin.

    Source: as histogram along each axis.
    Example: (50, 2) in (8, 4) bins: 50*(3 + 2) = 250; as a density 250 + 4*32 + 12 = 390.
    """
    if hasattr(sample, "shape"):
        n, d = (*shape(sample), 1, 1)[:2]
    else:
        lines = members(sample) if isinstance(sample, (list, tuple)) else [()]
        n, d = (lines[0][0], len(lines)) if lines and lines[0] else (len(lines), 1)
    if _count(bins) not in (None, d):
        raise ValueError(f"bins has {_count(bins)} entries for {d} dimensions")
    bins = [bins] * d if _count(bins) is None else list(bins)
    sizes = [_bins(along) for along in bins]
    return n * sum(map(_placing, bins)) + ((d + 2) * prod(sizes) + sum(sizes) if density else 0)


def histogram2d(x: Any, y: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None) -> int:
    """n*(ceil(log2 b) + ceil(log2 c)) for n points in b by c bins or bin edges; a density adds 4*b*c + b + c.

    Source: as histogram along each axis.
    Example: (100,) and (100,) in (8, 4) bins: 100*(3 + 2) = 500; as a density 500 + 4*32 + 12 = 640.
    """
    if _line("x", x) != _line("y", y):
        raise ValueError(f"histogram2d needs as many x as y, got {numel(x)} and {numel(y)}")
    return histogramdd((x, y), bins if _count(bins) in (None, 1, 2) else (bins, bins), density=density)


ops(bincount, "bincount")
ops(histogram, "histogram")
ops(histogram_bin_edges, "histogram_bin_edges")
ops(histogram2d, "histogram2d")
ops(histogramdd, "histogramdd")
