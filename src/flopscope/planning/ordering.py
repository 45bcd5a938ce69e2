"""Result rules of sorting, searching, sets, counting and statistics; see ``standins.py``."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from flopscope.costs.shapes import normalize_axes, normalize_axis
from flopscope.planning.standins import (
    BY_VALUE,
    StandIn,
    is_list,
    operand,
    planner,
    probe,
    result,
    rule,
    scalar,
    sizes,
    stand_in,
    try_out,
    type_of,
)

# -- sorting and searching -------------------------------------------------------------------------------------------


@rule("sort argsort")
def sort(function: Any, a: Any, axis: Any = -1, *args: Any, **kwargs: Any) -> Any:
    a = operand(a)
    found = try_out(function, probe(a), axis, *args, **kwargs)
    return stand_in((a.size,) if axis is None else a.shape, found.dtype)


@rule("sort_complex")
def sort_complex(function: Any, a: Any) -> Any:
    return stand_in(sizes(a), try_out(function, probe(operand(a))).dtype)


@rule("lexsort")
def lexsort(function: Any, keys: Any, axis: int = -1) -> Any:
    return stand_in(sizes(keys)[1:], np.intp)


@rule("partition argpartition")
def partition(function: Any, a: Any, kth: Any, axis: Any = -1, *args: Any, **kwargs: Any) -> Any:
    a = operand(a)
    found = try_out(function, probe(a), 0, axis, *args, **kwargs)
    n = a.size if axis is None else a.shape[axis]
    if isinstance(kth, int) and not -n <= kth < n:
        raise ValueError(f"kth(={kth}) out of bounds ({n})")
    return stand_in((a.size,) if axis is None else a.shape, found.dtype)


@rule("searchsorted")
def searchsorted(function: Any, a: Any, v: Any, side: str = "left", sorter: Any = None) -> Any:
    if len(sizes(a)) != 1:
        raise ValueError("object too deep for desired array")
    try_out(function, probe(operand(a)), probe(operand(v)), side)
    return result(sizes(v), np.intp)


@rule("digitize")
def digitize(function: Any, x: Any, bins: Any, right: bool = False) -> Any:
    try_out(function, probe(operand(x)), probe(operand(bins)), right)
    return result(sizes(x), np.intp)


@rule("interp")
def interp(function: Any, x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    if sizes(xp) != sizes(fp) or len(sizes(xp)) != 1:
        raise ValueError("fp and xp are not of the same length.")
    return result(sizes(x), np.result_type(type_of(fp), float))


# -- sets: how many different elements there are is a matter of values -----------------------------------------------


def _different(*operands: Any) -> int:
    a = operand(operands[0])
    return int(planner().ask("the number of different elements of", a))


@rule("unique")
def unique(function: Any, ar: Any, return_index: bool = False, return_inverse: bool = False,
           return_counts: bool = False, axis: Any = None, **kwargs: Any) -> Any:  # fmt: skip
    a = operand(ar)
    n = _different(a)
    place = None if axis is None else normalize_axis(axis, a.ndim)
    shape = (n,) if place is None else (*a.shape[:place], n, *a.shape[place + 1 :])
    inverse = try_out(np.unique, probe(a), return_inverse=True, axis=axis)[1]
    length = a.size if place is None else a.shape[place]
    unfolded = a.shape if place is None else tuple(length if n == 1 and i == place else 1 for i in range(a.ndim))
    found = [stand_in(shape, a.dtype)]
    if return_index:
        found.append(stand_in(n, np.intp))
    if return_inverse:
        found.append(stand_in(unfolded if inverse.ndim == a.ndim and a.ndim != 1 else (length,), np.intp))
    if return_counts:
        found.append(stand_in(n, np.intp))
    return tuple(found) if len(found) > 1 else found[0]


@rule("unique_all unique_counts unique_inverse unique_values")
def unique_named(function: Any, x: Any) -> Any:
    a = operand(x)
    n = _different(a)
    found = try_out(function, probe(a))
    if not isinstance(found, tuple):
        return stand_in(n, a.dtype)
    names = found._fields  # type: ignore[attr-defined]
    shapes = [a.shape if name == "inverse_indices" else (n,) for name in names]
    return type(found)(*(stand_in(s, one.dtype) for s, one in zip(shapes, found, strict=True)))


@rule("union1d intersect1d setdiff1d setxor1d")
def set_operation(function: Any, ar1: Any, ar2: Any, *args: Any, **kwargs: Any) -> Any:
    n = int(planner().ask(f"the number of elements of the {function.__name__} of", operand(ar1)))
    found = try_out(function, probe(operand(ar1)), probe(operand(ar2)), *args, **kwargs)
    return tuple(stand_in(n, one.dtype) for one in found) if isinstance(found, tuple) else stand_in(n, found.dtype)


BY_VALUE.update("unique unique_all unique_counts unique_inverse unique_values".split())
BY_VALUE.update("union1d intersect1d setdiff1d setxor1d bincount".split())


@rule("isin in1d")
def isin(function: Any, element: Any, test_elements: Any, *_: Any, **__: Any) -> Any:
    shape = sizes(element)
    return stand_in(shape if function.__name__ == "isin" else (prod(shape),), bool)


# -- counting --------------------------------------------------------------------------------------------------------


@rule("bincount")
def bincount(function: Any, x: Any, /, weights: Any = None, minlength: int = 0) -> Any:
    if sizes(x) == (0,):
        return stand_in(minlength, np.intp)  # whatever the weights
    top = int(planner().ask("the largest element of", x)) if type(x) is StandIn else int(np.max(x, initial=-1))
    return stand_in(max(top + 1, minlength), np.intp if weights is None else float)


def _edges(bins: Any) -> int:
    """Number of bins."""
    if isinstance(bins, str):
        return int(planner().ask(f"the number of bins by the rule {bins!r}, for the data", stand_in(())))
    return sizes(bins)[0] - 1 if sizes(bins) else int(bins)


@rule("histogram")
def histogram(
    function: Any, a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> Any:
    n = _edges(bins)
    kind = float if density else np.intp if weights is None else type_of(weights)
    return stand_in(n, kind), _edge_line(n, bins, a)


def _edge_line(n: int, bins: Any, a: Any) -> Any:
    if sizes(bins) and not isinstance(bins, str):
        return operand(bins)
    return stand_in(n + 1, np.result_type(type_of(a), float))


@rule("histogram_bin_edges")
def histogram_bin_edges(function: Any, a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Any:
    return _edge_line(_edges(bins), bins, a)


@rule("histogramdd")
def histogramdd(function: Any, sample: Any, bins: Any = 10, range: Any = None, density: Any = None,
                weights: Any = None) -> Any:  # fmt: skip
    shape = sizes(sample)
    d = shape[0 if is_list(sample) else 1] if len(shape) > 1 else 1
    given = [bins] * d if not sizes_of_list(bins) else list(bins)
    numbers = [_edges(one) for one in given]
    lines = [_edge_line(n, one, stand_in(1, float)) for n, one in zip(numbers, given, strict=True)]
    return stand_in(numbers, float), type(np.histogramdd(np.ones((1, 1)), 1)[1])(lines)


def sizes_of_list(bins: Any) -> bool:
    return is_list(bins) or isinstance(bins, np.ndarray)


@rule("histogram2d")
def histogram2d(function: Any, x: Any, y: Any, bins: Any = 10, *_: Any, **__: Any) -> Any:
    pair = (bins, bins) if not is_list(bins) and sizes(bins) != (2,) else bins
    if is_list(bins) and len(bins) not in (1, 2):
        pair = (bins, bins)
    found, (left, right) = histogramdd(function, [x, y], list(pair))
    return found, left, right


# -- statistics and signals ------------------------------------------------------------------------------------------


@rule("cov corrcoef")
def cov(function: Any, m: Any, y: Any = None, rowvar: bool = True, *args: Any, dtype: Any = None, **_: Any) -> Any:
    def features(a: Any) -> int:
        shape = (1, 1, *sizes(a))[-2:]
        return shape[1] if not rowvar and len(sizes(a)) == 2 and shape[0] != 1 else shape[0]

    n = features(m) + (0 if y is None else features(y))
    kind = np.result_type(type_of(m), float, *([] if y is None else [type_of(y)])) if dtype is None else np.dtype(dtype)
    return result((n, n) if n != 1 else (), kind) if n != 1 else _one(function, kind)


def _one(function: Any, kind: Any) -> Any:
    return stand_in((), kind) if function.__name__ == "cov" else scalar(kind)


@rule("convolve correlate")
def convolve(function: Any, a: Any, v: Any, mode: str = "default") -> Any:
    a, v = operand(a), operand(v)
    n, m = max(a.size, v.size), min(a.size, v.size)
    if mode == "default":
        mode = "full" if function.__name__ == "convolve" else "valid"
    length = {"full": n + m - 1, "same": n, "valid": n - m + 1}[mode]
    return stand_in(length, np.result_type(a, v))


@rule("diff")
def diff(function: Any, a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    a = operand(a)
    if n == 0:
        return a  # whatever the axis: NumPy looks at nothing else
    place = normalize_axis(axis, a.ndim)
    length = a.shape[place]
    kinds = [a.dtype]
    for extra in (prepend, append):
        if extra is not None and extra is not np._NoValue:  # type: ignore[attr-defined]
            length += sizes(extra)[place] if sizes(extra) else 1
            kinds.append(type_of(extra))
    shape = [*a.shape]
    shape[place] = max(length - n, 0)
    return stand_in(shape, try_out(np.diff, np.ones(2, np.result_type(*kinds))).dtype)


@rule("ediff1d")
def ediff1d(function: Any, ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    extra = sum(prod(sizes(one)) for one in (to_end, to_begin) if one is not None)
    return stand_in(max(prod(sizes(ary)) - 1, 0) + extra, type_of(ary))


@rule("gradient")
def gradient(function: Any, f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    f = operand(f)
    axes = normalize_axes(axis, f.ndim)
    if any(f.shape[i] < edge_order + 1 for i in axes):
        raise ValueError("Shape of array too small to calculate a numerical gradient, "
                         "at least (edge_order + 1) elements are required.")  # fmt: skip
    kind = try_out(np.gradient, np.ones(3, f.dtype)).dtype
    found = tuple(stand_in(f.shape, kind) for _ in axes)
    return found[0] if len(axes) == 1 else found


@rule("trapezoid")
def trapezoid(function: Any, y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    y = operand(y)
    place = normalize_axis(axis, y.ndim)
    kind = try_out(np.trapezoid, np.ones(2, y.dtype), None if x is None else np.ones(2, type_of(x)), dx).dtype
    return result(y.shape[:place] + y.shape[place + 1 :], kind)


@rule("bartlett hamming hanning blackman")
def window(function: Any, M: Any) -> Any:
    return stand_in(max(int(M), 0), float)


@rule("kaiser")
def kaiser(function: Any, M: Any, beta: Any) -> Any:
    return window(function, M)
