"""Result rules of universal functions, what works like them, reductions and scans; see ``standins.py``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flopscope.costs.shapes import normalize_axes, normalize_axis
from flopscope.planning.miniature import in_miniature
from flopscope.planning.standins import (
    Shape,
    is_list,
    operand,
    probe,
    result,
    rule,
    scalar,
    sizes,
    stand_in,
    together,
    try_out,
    type_of,
)

# -- universal functions ---------------------------------------------------------------------------------------------


def _line(value: Any) -> Any:
    """An operand of a ufunc without elements, so that NumPy finds the dtypes and computes nothing."""
    if isinstance(value, np.ndarray) or is_list(value):
        return np.empty(0, type_of(value))
    return value


def _outputs(function: np.ufunc, rest: tuple[Any, ...], out: Any) -> list[Any]:
    given = [*rest] if rest else [*out] if isinstance(out, tuple) else [out]
    return given + [None] * (function.nout - len(given))


def ufunc(function: np.ufunc, *args: Any, out: Any = None, where: Any = True, **options: Any) -> Any:
    """Results of a call of any ufunc."""
    inputs, outs = args[: function.nin], _outputs(function, args[function.nin :], out)
    if len(inputs) < function.nin:
        return function(*inputs)  # NumPy's error
    if function.signature is not None:
        return _generalized(function, inputs, outs, options)
    given = [_line(value) for value in inputs]
    if not any(isinstance(value, np.ndarray) for value in given):
        given[0] = np.asarray(given[0])[None][:0]
    lines = tuple(None if one is None else np.empty(0, one.dtype) for one in outs)
    if where is not True:
        options["where"] = np.empty(0, type_of(where))
    if any(one is not None for one in outs):
        options["out"] = lines
    found = try_out(function, *given, **options)
    shape = together(*map(sizes, inputs), *([] if where is True else [sizes(where)]))
    founds = found if isinstance(found, tuple) else (found,)
    results = tuple(
        result(shape, one.dtype) if to is None else _into(to, shape) for one, to in zip(founds, outs, strict=True)
    )
    return results if function.nout > 1 else results[0]


def never_equal(function: Any, x: Any, y: Any) -> Any:
    """Results of ``==`` and ``!=`` on what NumPy cannot compare, such as numbers and text."""
    return result(together(sizes(x), sizes(y)), bool)


def _into(out: Any, shape: Shape) -> Any:
    if together(out.shape, shape) != out.shape:
        raise ValueError(
            f"non-broadcastable output operand with shape {out.shape} doesn't match the broadcast shape {shape}"
        )
    return out


def _generalized(function: np.ufunc, inputs: Any, outs: list[Any], options: dict[str, Any]) -> Any:
    found = in_miniature(function, *(operand(value) if is_list(value) else value for value in inputs), **options)
    results = found if isinstance(found, tuple) else (found,)
    results = tuple(one if out is None else _into(out, one.shape) for one, out in zip(results, outs, strict=True))
    return results if function.nout > 1 else results[0]


def ufunc_method(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Results of ``ufunc.reduce`` and its like; `function` is the bound method."""
    method = function.__name__
    if method == "at":
        return None
    if method == "outer":
        a, b = map(operand, args)
        found = try_out(function, probe(a), probe(b), **kwargs)
        return result(sizes(a) + sizes(b), found.dtype)
    if method == "reduceat":
        return _reduceat(function, *args, **kwargs)
    if len(args) == 1:  # the axis is the first, unless given
        kwargs = {"axis": 0, **kwargs}
    return (reduction if method == "reduce" else scan)(function, *args, **kwargs)


def _reduceat(function: Any, a: Any, indices: Any, axis: int = 0, dtype: Any = None, out: Any = None) -> Any:
    found = try_out(function, probe(operand(a)), [0], axis, dtype)
    if out is not None:
        return out
    shape = list(sizes(a))
    shape[axis] = sizes(indices)[0]
    return stand_in(shape, found.dtype)


# -- functions that work element by element --------------------------------------------------------------------------


@rule("round fix sinc i0 angle nan_to_num isclose isneginf isposinf isreal iscomplex clip is_busday busday_offset "
      "busday_count unwrap choose")  # fmt: skip
def pointwise(function: Any, *args: Any, out: Any = None, **kwargs: Any) -> Any:
    """Results of a function of the broadcast of its operands."""
    numbers = [a for a in (*args, *kwargs.values()) if not (a is None or isinstance(a, (str, dict)))]
    lists = function.__name__ == "choose"
    members = [args[0], *args[1]] if lists else numbers
    fill = 0 if lists else 1
    if out is None and function.__name__ in ("round", "clip", "around", "fix") and isinstance(args[-1], np.ndarray):
        position = {"clip": 3, "fix": 1}.get(function.__name__, 2)
        out = args[position] if len(args) > position else None
    given = [probe(a if lists else operand(a) if is_list(a) else a, fill) for a in args]
    named = {name: probe(value, fill) for name, value in kwargs.items()}
    found = try_out(function, *given, **named)
    if out is not None:
        try_out(function, *given[: 3 if function.__name__ == "clip" else len(given)], **named, out=probe(out))
        return out
    shape = together(*map(sizes, members))
    return like_probe(found, shape)


def like_probe(found: Any, shape: Shape) -> Any:
    """A stand-in of the shape, with the dtype of a probe's result; a scalar where that is one."""
    if isinstance(found, np.ndarray):
        return stand_in(shape, found.dtype)
    dtype = found.dtype if isinstance(found, np.generic) else np.asarray(found).dtype
    return result(shape, dtype)


@rule("real_if_close")
def real_if_close(function: Any, a: Any, tol: Any = 100) -> Any:
    return operand(a)  # whether the imaginary parts are small is a matter of values: taken not to be


@rule("where")
def where(function: Any, condition: Any, x: Any, y: Any) -> Any:
    found = np.where(probe(operand(condition)), probe(operand(x)), probe(operand(y)))
    return stand_in(together(sizes(condition), sizes(x), sizes(y)), found.dtype)


@rule("select")
def select(function: Any, condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    found = try_out(function, [probe(c) for c in condlist], [probe(c) for c in choicelist], probe(default))
    return stand_in(together(*map(sizes, condlist), *map(sizes, choicelist), sizes(default)), found.dtype)


@rule("logspace geomspace linspace")
def space(function: Any, start: Any, stop: Any, num: Any = 50, *args: Any, **kwargs: Any) -> Any:
    axis = kwargs.get("axis", args[4] if len(args) > 4 else 0)
    found = try_out(function, probe(operand(start)), probe(operand(stop)), min(num, 2), *args, **kwargs)
    shape = together(sizes(start), sizes(stop))
    place = normalize_axis(axis, len(shape) + 1)
    base = kwargs.get("base")
    if base is not None and np.ndim(base):
        shape = together(shape, sizes(base))
    points = stand_in(
        (*shape[:place], num, *shape[place:]), found[0].dtype if isinstance(found, tuple) else found.dtype
    )
    return (points, like_probe(found[1], shape)) if isinstance(found, tuple) else points


# -- reductions and scans --------------------------------------------------------------------------------------------


def reduced(shape: Shape, axis: Any, keepdims: Any) -> Shape:
    """Shape that is left of `shape`."""
    axes = normalize_axes(axis, max(len(shape), 1)) if shape or axis is not None else ()
    if keepdims is True or (keepdims is not np._NoValue and keepdims):  # type: ignore[attr-defined]
        return tuple(1 if i in axes else n for i, n in enumerate(shape))
    return tuple(n for i, n in enumerate(shape) if i not in axes)


@rule("sum prod max min mean std var any all nansum nanprod nanmax nanmin nanmean nanstd nanvar ptp argmax argmin "
      "nanargmax nanargmin median nanmedian count_nonzero")  # fmt: skip
def reduction(function: Any, a: Any, axis: Any = None, *args: Any, **kwargs: Any) -> Any:
    a = operand(a)
    out = (
        kwargs.get("out")
        if kwargs.get("out") is not None
        else next((value for value in args if isinstance(value, np.ndarray)), None)
    )
    given = [probe(value) for value in args]
    named = {name: probe(value) for name, value in kwargs.items()}
    found = try_out(function, probe(a), axis, *given, **named)
    if out is not None:
        return out
    keepdims = kwargs.get("keepdims", _positional_keepdims(function.__name__, args))
    if function.__name__ == "reduce" and axis is None:
        axis = tuple(range(a.ndim))
    shape = reduced(sizes(a), axis, keepdims)
    return like_probe(found if function.__name__ != "count_nonzero" or shape else scalar(int), shape)


# Where functions take `keepdims` among their positional arguments after `axis`.
_KEEPDIMS = {
    "sum": 2, "prod": 2, "nansum": 2, "nanprod": 2, "mean": 2, "nanmean": 2, "max": 1, "min": 1, "nanmax": 1,
    "nanmin": 1, "ptp": 1, "any": 1, "all": 1, "std": 3, "var": 3, "nanstd": 3, "nanvar": 3, "median": 2,
    "nanmedian": 2, "reduce": 2, "amax": 1, "amin": 1,
}  # fmt: skip


def _positional_keepdims(name: str, args: tuple[Any, ...]) -> Any:
    place = _KEEPDIMS.get(name)
    return args[place] if place is not None and len(args) > place else False


@rule("cumsum cumprod nancumsum nancumprod cumulative_sum cumulative_prod")
def scan(function: Any, a: Any, axis: Any = None, *args: Any, **kwargs: Any) -> Any:
    a = operand(a)
    out = (
        kwargs.get("out")
        if kwargs.get("out") is not None
        else next((value for value in args if isinstance(value, np.ndarray)), None)
    )
    given = (axis,) if axis is not None else ()
    named = {name: probe(value) for name, value in kwargs.items()}
    if given and function.__name__.startswith("cumulative"):
        given, named = (), {**named, "axis": axis}
    named.pop("out", None)
    found = try_out(function, probe(a), *given, *[v for v in args if not isinstance(v, np.ndarray)], **named)
    if out is not None:
        return out
    if axis is None and function.__name__ != "accumulate":
        shape = (a.size,)
    else:
        shape = a.shape
    if kwargs.get("include_initial"):
        place = normalize_axis(axis or 0, len(shape))
        shape = (*shape[:place], shape[place] + 1, *shape[place + 1 :])
    return stand_in(shape, found.dtype)


@rule("percentile quantile nanpercentile nanquantile")
def quantile(function: Any, a: Any, q: Any, axis: Any = None, *args: Any, **kwargs: Any) -> Any:
    a = operand(a)
    out = kwargs.get("out", args[0] if args else None)
    named = {name: probe(value) for name, value in kwargs.items() if name != "out"}
    weights = named.get("weights")
    if weights is not None and np.ndim(kwargs["weights"]) != a.ndim:
        named["weights"] = np.ones([1] * np.ndim(kwargs["weights"]))
    found = try_out(
        function, probe(a), probe(operand(q)) * 0 if np.ndim(q) else 0, axis, *[None for _ in args], **named
    )
    if out is not None:
        return out
    return like_probe(found, sizes(q) + reduced(a.shape, axis, kwargs.get("keepdims", False)))


@rule("average")
def average(function: Any, a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *,
            keepdims: Any = False) -> Any:  # fmt: skip
    a = operand(a)
    weighted = None if weights is None else probe(operand(weights))
    found = try_out(function, probe(a), axis, weighted, returned, keepdims=keepdims)
    shape = reduced(a.shape, axis, keepdims)
    return tuple(like_probe(one, shape) for one in found) if returned else like_probe(found, shape)


@rule("trace linalg.trace")
def trace(function: Any, a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None,
          out: Any = None) -> Any:  # fmt: skip
    a = operand(a)
    if function.__module__ == "numpy.linalg":
        axis1, axis2 = -2, -1
    found = try_out(np.trace, probe(a), 0, axis1, axis2, dtype)
    axes = normalize_axes((axis1, axis2), a.ndim)
    return out if out is not None else like_probe(found, reduced(a.shape, axes, False))


@rule("allclose array_equal array_equiv")
def one_truth(function: Any, a: Any, b: Any, *args: Any, **kwargs: Any) -> Any:
    shapes = sizes(a), sizes(b)
    if function.__name__ == "array_equal":
        return scalar(bool) if shapes[0] == shapes[1] else False
    try:
        together(*shapes)
    except ValueError:
        if function.__name__ == "array_equiv":
            return False
        raise
    return scalar(bool)
