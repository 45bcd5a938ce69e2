"""Result rules of polynomials, of text, and of functions that call back into the program; see ``standins.py``."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from flopscope.arrays.registry import numpy_attribute
from flopscope.costs.shapes import normalize_axis
from flopscope.costs.table import TABLE
from flopscope.planning.abstract import AbstractArray, AbstractScalar
from flopscope.planning.computing import ufunc
from flopscope.planning.miniature import in_miniature
from flopscope.planning.moving import count
from flopscope.planning.standins import (
    BY_VALUE,
    StandIn,
    becomes_complex,
    is_list,
    number,
    operand,
    planner,
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

# -- polynomials -----------------------------------------------------------------------------------------------------


def _kind(*operands: Any) -> Any:
    return np.result_type(*map(type_of, operands))


@rule("polyadd polysub")
def polyadd(function: Any, a1: Any, a2: Any) -> Any:
    return stand_in(max(prod(sizes(a1)), prod(sizes(a2))), _kind(a1, a2))


@rule("polymul")
def polymul(function: Any, a1: Any, a2: Any) -> Any:
    # Leading zeros shorten it: a matter of values, taken not to be there.
    return stand_in(prod(sizes(a1)) + prod(sizes(a2)) - 1, _kind(a1, a2))


@rule("polydiv")
def polydiv(function: Any, u: Any, v: Any) -> Any:
    n, m, kind = prod(sizes(u)), prod(sizes(v)), np.result_type(_kind(u, v), float)
    remainder = int(planner().ask("the length of the remainder of the division of", operand(u)))
    return stand_in(max(n - m + 1, 1), kind), stand_in(remainder, kind)


BY_VALUE.add("polydiv")


@rule("polyval")
def polyval(function: Any, p: Any, x: Any) -> Any:
    shape = together(sizes(p)[1:], sizes(x))
    return result(shape, _kind(p, x)) if shape else scalar(_kind(p, x))


@rule("polyder polyint")
def polyder(function: Any, p: Any, m: int = 1, k: Any = None) -> Any:
    n, m = prod(sizes(p)), int(m)
    if function.__name__ == "polyder":
        return stand_in(max(n - m, 0), try_out(np.polyder, probe(operand(p))).dtype if m else type_of(p))
    return stand_in(n + m, np.result_type(type_of(p), float) if m else type_of(p))


@rule("roots")
def roots(function: Any, p: Any) -> Any:
    # Leading and trailing zeros shorten it: a matter of values, taken not to be there.
    return stand_in(prod(sizes(p)) - 1, complex if becomes_complex(operand(p), True) else float)


@rule("poly")
def poly(function: Any, seq_of_zeros: Any) -> Any:
    return stand_in(sizes(seq_of_zeros)[0] + 1, np.result_type(type_of(seq_of_zeros), float))


@rule("vander")
def vander(function: Any, x: Any, N: Any = None, increasing: bool = False) -> Any:
    n = sizes(x)[0]
    return stand_in((n, n if N is None else N), np.promote_types(type_of(x), int))


@rule("polyfit")
def polyfit(function: Any, x: Any, y: Any, deg: int, rcond: Any = None, full: bool = False, w: Any = None,
            cov: Any = False) -> Any:  # fmt: skip
    k, columns, n = int(deg) + 1, sizes(y)[1:], sizes(x)[0]
    kind = np.result_type(_kind(x, y), float)
    coefficients = stand_in((k, *columns), kind)
    if full:
        rest = (columns[0] if columns else 1,) if n > k else (0,)
        return coefficients, stand_in(rest, kind), scalar(np.int32), stand_in(k, float), scalar(float)
    return (coefficients, stand_in((k, k, *columns), kind)) if cov else coefficients


# -- the polynomial package ------------------------------------------------------------------------------------------
#
# What has no rule here works on coefficients, of which there are few: the planner tries it on any numbers.

_BASES = {
    "polynomial": "poly", "chebyshev": "cheb", "legendre": "leg", "hermite": "herm", "hermite_e": "herme",
    "laguerre": "lag",
}  # fmt: skip


def _series(ending: str) -> Any:
    return rule(" ".join(f"polynomial.{package}.{prefix}{ending}" for package, prefix in _BASES.items()))


@_series("val")
def series_val(function: Any, x: Any, c: Any, tensor: bool = True) -> Any:
    columns = sizes(c)[1:]
    shape = columns + sizes(x) if tensor else together(columns, sizes(x))
    return result(shape, np.result_type(_kind(x, c), float))


@_series("val2d")
def series_val2d(function: Any, x: Any, y: Any, c: Any) -> Any:
    return result(sizes(c)[2:] + together(sizes(x), sizes(y)), np.result_type(_kind(x, y, c), float))


@_series("val3d")
def series_val3d(function: Any, x: Any, y: Any, z: Any, c: Any) -> Any:
    shape = sizes(c)[3:] + together(sizes(x), sizes(y), sizes(z))
    return result(shape, np.result_type(_kind(x, y, z, c), float))


@_series("grid2d")
def series_grid2d(function: Any, x: Any, y: Any, c: Any) -> Any:
    return result(sizes(c)[2:] + sizes(x) + sizes(y), np.result_type(_kind(x, y, c), float))


@_series("grid3d")
def series_grid3d(function: Any, x: Any, y: Any, z: Any, c: Any) -> Any:
    shape = sizes(c)[3:] + sizes(x) + sizes(y) + sizes(z)
    return result(shape, np.result_type(_kind(x, y, z, c), float))


@_series("vander")
def series_vander(function: Any, x: Any, deg: Any) -> Any:
    return stand_in((*(sizes(x) or (1,)), deg + 1), np.result_type(type_of(x), float))


@_series("vander2d")
def series_vander2d(function: Any, x: Any, y: Any, deg: Any) -> Any:
    terms = prod(int(d) + 1 for d in deg)
    return stand_in((*(together(sizes(x), sizes(y)) or (1,)), terms), np.result_type(_kind(x, y), float))


@_series("fit")
def series_fit(function: Any, x: Any, y: Any, deg: Any, rcond: Any = None, full: bool = False, w: Any = None) -> Any:
    terms = int(np.max(deg)) + 1
    coefficients = stand_in((terms, *sizes(y)[1:]), np.result_type(_kind(x, y), float))
    if not full:
        return coefficients
    n = terms if np.ndim(deg) == 0 else len(deg)
    rest = (prod(sizes(y)[1:]),) if sizes(x)[0] > n else (0,)
    return coefficients, [stand_in(rest, float), scalar(np.int32), stand_in(n, float), scalar(float)]


# -- elementwise functions with a twin for the complex numbers, and text ---------------------------------------------


@rule(" ".join(f"{name}" for name in TABLE if name.startswith(("emath.", "strings."))))
def elementwise(function: Any, *args: Any, **kwargs: Any) -> Any:
    # How long a text is is a matter of values.
    if function.__name__ in ("index", "rindex"):  # which refuse texts in which nothing is found
        return result(together(*(sizes(a) for a in args if not isinstance(a, (str, bytes)))), np.intp)
    found = try_out(function, *map(probe, map(operand, args)), **kwargs)
    shape = together(*(sizes(a) for a in args if not isinstance(a, (str, bytes))))
    if isinstance(found, tuple):
        return tuple(stand_in(shape, one.dtype) for one in found)
    kind = found.dtype
    if kind.kind == "f" and any(becomes_complex(operand(a), False) for a in args):
        kind = np.result_type(kind, np.complex64)
    return result(shape, kind)


# -- functions that call back: their own arithmetic is charged as they are called ------------------------------------
#
# What is called for each row or element of unknown values is called once, and counted as often as the run calls it.


def _handed(array: Any) -> AbstractArray:
    if type(array) is StandIn:
        return AbstractArray(array, [False], True)
    return AbstractArray(array.copy(), [True], True)


def _number(array: Any) -> Any:
    """An element as functions of Python's numbers are given it."""
    return AbstractScalar(number(type_of(array)), [False], False)


@rule("apply_along_axis")
def apply_along_axis(function: Any, func1d: Any, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    a = operand(arr)
    place = normalize_axis(axis, a.ndim)
    rest = a.shape[:place] + a.shape[place + 1 :]
    if not prod(rest):
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    found: Any = None
    if type(a) is StandIn:
        with planner().times(prod(rest)):
            found = func1d(_handed(stand_in(a.shape[place], a.dtype)), *args, **kwargs)
    else:
        for row in np.moveaxis(a, place, -1).reshape(-1, a.shape[place]):
            found = func1d(_handed(row), *args, **kwargs)
    shape, kind = (found.shape, found.dtype) if hasattr(found, "shape") else (sizes(found), type_of(found))
    return stand_in(rest[:place] + shape + rest[place:], kind)


@rule("vectorize")
def vectorize(function: Any, func: Any, *args: Any) -> Any:
    """Results of an object of class `vectorize`, which `function` is."""
    if StandIn not in map(type, args):
        return np.vectorize._vectorize_call(function, func, args)  # type: ignore[attr-defined]
    arrays = [operand(a) if is_list(a) else np.asanyarray(a) for a in args]
    if function.signature is not None:
        return _along_core_axes(function, func, arrays)
    shape = together(*(a.shape for a in arrays))
    calls = prod(shape)
    if function.otypes is None and not calls:
        raise ValueError("cannot call `vectorize` on size 0 inputs unless `otypes` is set")
    calls += function.otypes is None and not function.cache  # NumPy calls once more, to see what comes
    found: Any = None
    if calls:
        with planner().times(calls):
            found = func(*map(_number, arrays))
    kinds = list(function.otypes or map(type_of, found if isinstance(found, tuple) else (found,)))
    made = tuple(stand_in(shape, kind) for kind in kinds)
    return made[0] if len(made) == 1 else made


def _along_core_axes(function: Any, func: Any, arrays: list[Any]) -> Any:
    names, named_outputs = function._in_and_out_core_dims
    loops = together(*(a.shape[: a.ndim - len(core)] for a, core in zip(arrays, names, strict=True)))
    if not prod(loops):
        raise ValueError("a plan cannot tell what a function with a signature returns where it is not called")
    parts = [_part(a, len(core)) for a, core in zip(arrays, names, strict=True)]
    with planner().times(prod(loops)):
        found = func(*parts)
    results = found if isinstance(found, tuple) else (found,)
    kinds = function.otypes or map(type_of, results)
    made = tuple(stand_in(loops + sizes(one), kind) for one, kind in zip(results, kinds, strict=True))
    return made if len(named_outputs) > 1 else made[0]


def _part(array: Any, axes: int) -> Any:
    made = stand_in(array.shape[array.ndim - axes :], array.dtype)
    return _handed(made) if axes else AbstractScalar(made, [False], False)


def of_python(function: np.ufunc, *args: Any, **kwargs: Any) -> Any:
    """Results of what `frompyfunc` makes, which calls a function of Python's."""
    inputs = args[: function.nin]
    calls = prod(together(*map(sizes, inputs)))
    if calls and len(inputs) == function.nin:
        boxes = [np.empty(1, object) for _ in inputs]
        for box, value in zip(boxes, inputs, strict=True):
            box[0] = _number(value)
        with planner().times(calls):
            function(*boxes)
    return ufunc(function, *args, **kwargs)


@rule("apply_over_axes")
def apply_over_axes(function: Any, func: Any, a: Any, axes: Any) -> Any:
    found: Any = _handed(operand(a))
    for axis in (axes,) if hasattr(axes, "__index__") else axes:
        less = func(found, normalize_axis(axis, found.ndim))
        found = less if less.ndim == found.ndim else _handed(np.expand_dims(less._array, axis))
    return found


@rule("fromfunction")
def fromfunction(function: Any, func: Any, shape: Any, *, dtype: Any = float, like: Any = None, **kwargs: Any) -> Any:
    return func(*(_handed(stand_in(shape, dtype)) for _ in shape), **kwargs)


@rule("mask_indices")
def mask_indices(function: Any, n: int, mask_func: Any, k: Any = 0) -> Any:
    found = mask_func(AbstractArray(np.ones((n, n), int), [True], True), k).given()
    number = count(found) if type(found) is StandIn else int(np.count_nonzero(found))
    return (stand_in(number, np.intp), stand_in(number, np.intp))


@rule("piecewise")
def piecewise(function: Any, x: Any, condlist: Any, funclist: Any, *args: Any, **kwargs: Any) -> Any:
    a = operand(x)
    masks = list(condlist) if isinstance(condlist, (list, tuple)) else [condlist]
    if len(funclist) not in (len(masks), len(masks) + 1):
        raise ValueError(
            f"with {len(masks)} condition(s), either {len(masks)} or {len(masks) + 1} functions are expected"
        )
    if not any(map(callable, funclist)):
        return stand_in(a.shape, a.dtype)
    chosen = [count(mask) if type(mask) is StandIn else int(np.count_nonzero(mask)) for mask in masks]
    if len(funclist) > len(masks):
        chosen.append(a.size - sum(chosen))
    for func, n in zip(funclist, chosen, strict=True):
        if callable(func) and n:
            func(_handed(stand_in(n, a.dtype)), *args, **kwargs)
    return stand_in(a.shape, a.dtype)


@rule("lib.recfunctions.apply_along_fields")
def apply_along_fields(function: Any, func: Any, arr: Any) -> Any:
    return func(_handed(in_miniature(numpy_attribute("lib.recfunctions.structured_to_unstructured"), arr)), axis=-1)


#: Ops of which the rule is given what would run, not NumPy's function.
ASKING_WHAT_RUNS = {"vectorize", "einsum_path"}
#: Ops that call back: in a plan they are never run by NumPy.
CALLING_BACK = {
    "apply_along_axis", "apply_along_fields", "apply_over_axes", "fromfunction", "mask_indices", "piecewise",
    "vectorize",
}  # fmt: skip
