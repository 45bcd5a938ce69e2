"""Masked arrays: what the functions of ``numpy.ma`` cost.

A function on masked arrays costs what the same function costs on all their elements: masks say which elements count,
and depend on data. Combining masks, filling and looking up what is masked are bookkeeping, and free.
"""

from __future__ import annotations

from typing import Any

from .elementwise import elementwise
from .reductions import reduction
from .table import aliases, composed, free, ops, unsupported

#: Functions that are charged, and logged, as their namesakes in `numpy`; of ``a=b``, as b.
NAMESAKES = {
    name.partition("=")[0]: name.rpartition("=")[2]
    for name in """
    abs=absolute absolute add angle arccos arccosh arcsin arcsinh arctan arctan2 arctanh around=round bitwise_and
    bitwise_or bitwise_xor ceil conjugate cos cosh divide equal exp fabs floor floor_divide fmod greater greater_equal
    hypot left_shift less less_equal log log10 log2 logical_and logical_not logical_or logical_xor maximum minimum
    mod=remainder multiply negative not_equal power remainder right_shift round round_=round sin sinh sqrt subtract tan
    tanh true_divide=divide
    all allclose alltrue=all amax=max amin=min any argmax argmin argsort average choose clip convolve corrcoef correlate
    cov cumprod cumsum diff dot ediff1d expand_dims in1d inner innerproduct=inner intersect1d isin max mean median min
    nonzero outer outerproduct=outer polyfit prod product=prod ptp setdiff1d setxor1d sometrue=any sort std sum trace
    union1d unique vander var where
    """.split()
}
aliases({f"ma.{name}": row for name, row in NAMESAKES.items()})
aliases({"ma.anomalies": "ma.anom", "ma.row_stack": "ma.vstack"})
aliases({"ma.isMA": "ma.isMaskedArray", "ma.isarray": "ma.isMaskedArray"})


def comparison(x: Any, *others: Any, **_: Any) -> int:
    """numel(x): 1 per element, to find whether it is to be masked.

    Source: a comparison of each element.
    Example: masked_equal of (4, 8) with 2: 32.
    """
    return elementwise(x, *(other for other in others[:1] if not isinstance(other, bool)))


def interval(x: Any, v1: Any, v2: Any, copy: bool = True) -> int:
    """3*numel(x): two comparisons, and both.

    Source: written out as (x >= v1) & (x <= v2).
    Example: masked_inside of (4, 8): 96.
    """
    return 3 * elementwise(x, v1, v2)


def anom(a: Any, axis: Any = None, dtype: Any = None) -> int:
    """2*numel(a): the mean, and the difference from it.

    Source: the definition, a - mean(a).
    Example: (4, 8): 64.
    """
    return reduction(a, axis) + elementwise(a)


def allequal(a: Any, b: Any, fill_value: bool = True) -> int:
    """numel(broadcast of a and b): 1 per pair of elements.

    Source: priced as allclose.
    Example: (4, 8) and (4, 8): 32.
    """
    return elementwise(a, b)


ops(
    comparison,
    " ".join(f"ma.masked_{name}" for name in "equal greater greater_equal less less_equal not_equal invalid".split())
    + " ma.masked_object ma.masked_values ma.fix_invalid",
)
ops(interval, "ma.masked_inside ma.masked_outside")
ops(anom, "ma.anom")
ops(allequal, "ma.allequal")
composed("ma.apply_along_axis ma.apply_over_axes ma.fromfunction")
for _name in """
    append arange array asanyarray asarray atleast_1d atleast_2d atleast_3d clump_masked clump_unmasked column_stack
    common_fill_value compress compress_cols compress_nd compress_rowcols compress_rows compressed concatenate copy
    count count_masked default_fill_value diag diagflat diagonal dstack empty empty_like filled
    flatnotmasked_contiguous flatnotmasked_edges flatten_mask flatten_structured_array frombuffer fromflex getdata
    getmask getmaskarray harden_mask hsplit hstack identity ids indices isMaskedArray is_mask is_masked
    make_mask make_mask_descr make_mask_none mask_cols mask_or mask_rowcols mask_rows masked_all masked_all_like
    masked_where maximum_fill_value minimum_fill_value ndenumerate ndim notmasked_contiguous notmasked_edges ones
    ones_like put putmask ravel repeat reshape resize set_fill_value shape size soften_mask squeeze stack swapaxes
    take transpose vstack zeros zeros_like
""".split():
    free(f"ma.{_name}")
unsupported("ma.mrecords", "masked records are a class of their own; use fnp.rec for records and fnp.ma for masks")
