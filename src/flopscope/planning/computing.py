"""Result rules of what computes element by element, reduces or contracts; see ``standins.py``."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from flopscope import einsum
from flopscope.einsum.parser import expand, label_sizes
from flopscope.costs.shapes import normalize_axes, normalize_axis
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

# -- universal functions -------------------------------------------------------------------------------------------


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


def _into(out: Any, shape: Shape) -> Any:
    if together(out.shape, shape) != out.shape:
        raise ValueError(
            f"non-broadcastable output operand with shape {out.shape} doesn't match the broadcast shape {shape}"
        )
    return out


_CORES = {"matmul": ("mk", "kn"), "vecdot": ("n", "n"), "matvec": ("mn", "n"), "vecmat": ("n", "nm")}


def _generalized(function: np.ufunc, inputs: Any, outs: list[Any], options: dict[str, Any]) -> Any:
    arrays = [operand(value) if is_list(value) else value for value in inputs]
    found = try_out(function, *[probe(a) if np.ndim(a) else a for a in arrays], **_without_axes(options))
    if function.__name__ not in _CORES or options.keys() & {"axes", "axis"}:
        raise NotImplementedError(f"{function.__name__} with axes, or of another library")
    lengths: dict[str, int] = {}
    loops: list[Shape] = []
    labels: list[str] = []
    for core, array in zip(_CORES[function.__name__], arrays, strict=True):
        if function.__name__ == "matmul" and len(sizes(array)) == 1:
            core = "k"
        labels.append(core)
        shape = sizes(array)
        for label, size in zip(core, shape[len(shape) - len(core) :], strict=True):
            if lengths.setdefault(label, size) != size:
                raise ValueError(
                    f"{function.__name__}: Input operand 1 has a mismatch in its core dimension, with gufunc signature "
                    f"{function.signature} (size {size} is different from {lengths[label]})"
                )
        loops.append(shape[: len(shape) - len(core)])
    contracted = "k" if function.__name__ == "matmul" else "n"
    kept = [lengths[label] for label in "".join(labels) if label != contracted]
    shape = (*together(*loops), *kept)
    if outs[0] is not None:
        return _into(outs[0], shape)
    return result(shape, found.dtype)


def _without_axes(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name not in ("axes", "axis")}


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


# -- functions that work element by element ------------------------------------------------------------------------


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
    return _like(found, shape)


def _like(found: Any, shape: Shape) -> Any:
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
    if np.ndim(base):
        shape = together(shape, sizes(base))
    points = stand_in(
        (*shape[:place], num, *shape[place:]), found[0].dtype if isinstance(found, tuple) else found.dtype
    )
    return (points, _like(found[1], shape)) if isinstance(found, tuple) else points


# -- reductions and scans ------------------------------------------------------------------------------------------


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
    return _like(found if function.__name__ != "count_nonzero" or shape else scalar(int), shape)


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
    return _like(found, sizes(q) + reduced(a.shape, axis, kwargs.get("keepdims", False)))


@rule("average")
def average(function: Any, a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *,
            keepdims: Any = False) -> Any:  # fmt: skip
    a = operand(a)
    weighted = None if weights is None else probe(operand(weights))
    found = try_out(function, probe(a), axis, weighted, returned, keepdims=keepdims)
    shape = reduced(a.shape, axis, keepdims)
    return tuple(_like(one, shape) for one in found) if returned else _like(found, shape)


@rule("trace linalg.trace")
def trace(function: Any, a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None,
          out: Any = None) -> Any:  # fmt: skip
    a = operand(a)
    if function.__module__ == "numpy.linalg":
        axis1, axis2 = -2, -1
    found = try_out(np.trace, probe(a), 0, axis1, axis2, dtype)
    axes = normalize_axes((axis1, axis2), a.ndim)
    return out if out is not None else _like(found, reduced(a.shape, axes, False))


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


# -- contractions --------------------------------------------------------------------------------------------------


def _pair(function: Any, a: Any, b: Any, shape: Shape, out: Any = None, **kwargs: Any) -> Any:
    dtype = np.result_type(
        *(one if not np.ndim(one) and not isinstance(one, np.ndarray) else one.dtype for one in (a, b))
    )
    return out if out is not None else result(shape, dtype)


@rule("dot")
def dot(function: Any, a: Any, b: Any, out: Any = None) -> Any:
    a, b = operand(a), operand(b)
    s, t = sizes(a), sizes(b)
    if not s or not t:
        return _pair(function, a, b, s + t, out)
    place = -min(len(t), 2)
    if s[-1] != t[place]:
        raise ValueError(
            f"shapes {s} and {t} not aligned: {s[-1]} (dim {len(s) - 1}) != {t[place]} (dim {len(t) + place})"
        )
    return _pair(function, a, b, s[:-1] + t[:place] + (t[place + 1 :] if place != -1 else ()), out)


@rule("inner")
def inner(function: Any, a: Any, b: Any) -> Any:
    a, b = operand(a), operand(b)
    s, t = sizes(a), sizes(b)
    if s and t and s[-1] != t[-1]:
        raise ValueError(f"shapes {s} and {t} not aligned: {s[-1]} (dim {len(s) - 1}) != {t[-1]} (dim {len(t) - 1})")
    return _pair(function, a, b, s[:-1] + t[:-1] if s and t else s + t)


@rule("vdot")
def vdot(function: Any, a: Any, b: Any) -> Any:
    if prod(sizes(a)) != prod(sizes(b)):
        raise ValueError("cannot reshape to vectors of the same length")
    return _pair(function, operand(a), operand(b), ())


@rule("outer linalg.outer")
def outer(function: Any, a: Any, b: Any, out: Any = None) -> Any:
    return _pair(function, operand(a), operand(b), (prod(sizes(a)), prod(sizes(b))), out)


@rule("kron")
def kron(function: Any, a: Any, b: Any) -> Any:
    s, t = sizes(a), sizes(b)
    n = max(len(s), len(t))
    s, t = (1,) * (n - len(s)) + s, (1,) * (n - len(t)) + t
    return _pair(function, operand(a), operand(b), tuple(x * y for x, y in zip(s, t, strict=True)))


@rule("tensordot linalg.tensordot")
def tensordot(function: Any, a: Any, b: Any, axes: Any = 2) -> Any:
    a, b = operand(a), operand(b)
    s, t = sizes(a), sizes(b)
    left, right = (range(-axes, 0), range(axes)) if hasattr(axes, "__index__") else axes
    left, right = normalize_axes(left, len(s)), normalize_axes(right, len(t))
    if [s[i] for i in left] != [t[i] for i in right]:
        raise ValueError("shape-mismatch for sum")
    kept = [n for i, n in enumerate(s) if i not in left] + [n for i, n in enumerate(t) if i not in right]
    return stand_in(kept, np.result_type(a, b))


@rule("cross linalg.cross")
def cross(function: Any, a: Any, b: Any, *args: Any, **kwargs: Any) -> Any:
    a, b = operand(a), operand(b)
    names = ("axisa", "axisb", "axisc", "axis")
    axes = {"axisa": -1, "axisb": -1, "axisc": -1, "axis": None, **dict(zip(names, args, strict=False)), **kwargs}
    if axes["axis"] is not None:
        axes["axisa"] = axes["axisb"] = axes["axisc"] = axes["axis"]
    loops, components = [], []
    for array, axis in ((a, axes["axisa"]), (b, axes["axisb"])):
        place = normalize_axis(axis, array.ndim)
        components.append(array.shape[place])
        loops.append(array.shape[:place] + array.shape[place + 1 :])
    if not set(components) <= {2, 3}:
        raise ValueError("incompatible dimensions for cross product\n(dimension must be 2 or 3)")
    shape = together(*loops)
    if 3 in components:
        place = normalize_axis(axes["axisc"], len(shape) + 1)
        shape = (*shape[:place], 3, *shape[place:])
    return result(shape, np.result_type(a, b))


@rule("einsum")
def einsum_(function: Any, *operands: Any, out: Any = None, dtype: Any = None, optimize: Any = True, **_: Any) -> Any:
    subscripts, given = einsum.parse(operands)
    arrays = [operand(value) for value in given]
    inputs, output = expand(subscripts, [sizes(a) for a in arrays])
    lengths = label_sizes(inputs, [sizes(a) for a in arrays])
    if out is not None:
        return out
    shape = tuple(lengths[label] for label in output)
    kind = np.dtype(dtype) if dtype is not None else np.result_type(*arrays)
    return result(shape, kind)


@rule("einsum_path")
def einsum_path(function: Any, *operands: Any, optimize: Any = True, einsum_call: bool = False) -> Any:
    subscripts, given = einsum.parse(operands)
    info = einsum.plan(subscripts, tuple(map(sizes, given)), optimize).info
    return info.numpy_path, info


# -- linear algebra --------------------------------------------------------------------------------------------------


def _shaped(found: Any, *shapes: Shape) -> Any:
    """Stand-ins with the dtypes of a probe's results, in the tuple that these are in."""
    if not isinstance(found, tuple):
        return _like(found, shapes[0])
    items = [_like(one, shape) for one, shape in zip(found, shapes, strict=True)]
    return tuple(items) if type(found) is tuple else type(found)(*items)


def _matrix(function: Any, a: Any) -> tuple[Any, Shape, int, int]:
    a = operand(a)
    if np.ndim(a) < 2:
        function(np.empty(sizes(a)))  # NumPy's error
    *stack, m, n = sizes(a)
    return a, tuple(stack), m, n


def _square(function: Any, a: Any) -> tuple[Any, Shape, int]:
    a, stack, m, n = _matrix(function, a)
    if m != n:
        raise np.linalg.LinAlgError("Last 2 dimensions of the array must be square")
    return a, stack, n


@rule("linalg.inv linalg.cholesky")
def same_square(function: Any, a: Any, **kwargs: Any) -> Any:
    a, _, _ = _square(function, a)
    return stand_in(a.shape, try_out(function, probe(a), **kwargs).dtype)


@rule("linalg.det linalg.slogdet")
def determinant(function: Any, a: Any) -> Any:
    a, stack, _ = _square(function, a)
    return _shaped(try_out(function, probe(a)), stack, stack)


@rule("linalg.eig linalg.eigh linalg.eigvals linalg.eigvalsh")
def eigenvalues(function: Any, a: Any, *args: Any, **kwargs: Any) -> Any:
    a, stack, n = _square(function, a)
    found = _shaped(try_out(function, probe(a), *args, **kwargs), (*stack, n), (*stack, n, n))
    if function.__name__ in ("eig", "eigvals"):  # real where no value is complex: a matter of values, taken not to be
        return _complex(found)
    return found


def _complex(found: Any) -> Any:
    if isinstance(found, tuple):
        return type(found)(*map(_complex, found))
    return stand_in(found.shape, np.result_type(found.dtype, np.complex64))


@rule("linalg.svd")
def svd(function: Any, a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False, *,
        k: int | None = None) -> Any:  # fmt: skip
    a, stack, m, n = _matrix(function, a)
    found = try_out(function, probe(a), full_matrices, compute_uv, hermitian)
    if hermitian:
        _square(function, a)
    r = min(m, n) if k is None else k
    rows, columns = (m, n) if full_matrices and k is None else (r, r)
    if not compute_uv:
        return _shaped(found, (*stack, r))
    return _shaped(found, (*stack, m, rows), (*stack, r), (*stack, columns, n))


@rule("linalg.svdvals")
def svdvals(function: Any, x: Any, /) -> Any:
    a, stack, m, n = _matrix(function, x)
    return _shaped(try_out(function, probe(a)), (*stack, min(m, n)))


@rule("linalg.qr")
def qr(function: Any, a: Any, mode: str = "reduced") -> Any:
    a, stack, m, n = _matrix(function, a)
    found = try_out(function, probe(a), mode)
    k = m if mode == "complete" else min(m, n)
    if mode == "r":
        return _shaped(found, (*stack, k, n))
    if mode == "raw":
        return _shaped(found, (*stack, n, m), (*stack, k))
    return _shaped(found, (*stack, m, k), (*stack, k, n))


@rule("linalg.solve")
def solve(function: Any, a: Any, b: Any) -> Any:
    a, stack, n = _square(function, a)
    b = operand(b)
    found = try_out(function, probe(a), np.ones(1, b.dtype) if b.ndim == 1 else probe(b))
    if b.ndim == 1:
        loops, core = stack, b.shape
    else:
        loops, core = together(stack, b.shape[:-2]), b.shape[-2:]
    if core[0] != n:
        raise ValueError(f"solve: Input operand 1 has a mismatch in its core dimension 0 (size {core[0]} is not {n})")
    return stand_in((*loops, *core), found.dtype)


@rule("linalg.lstsq")
def lstsq(function: Any, a: Any, b: Any, rcond: Any = None) -> Any:
    a, _, m, n = _matrix(function, a)
    b = operand(b)
    if b.shape[0] != m:
        raise np.linalg.LinAlgError("Incompatible dimensions")
    x, residuals, _, s = try_out(function, probe(a), probe(b), rcond)
    # Residuals are given if the rank is full, which is a matter of values: taken to be.
    rest = (b.shape[1] if b.ndim == 2 else 1,) if m > n else (0,)
    return (
        stand_in((n, *b.shape[1:]), x.dtype),
        stand_in(rest, residuals.dtype),
        scalar(np.int32),
        stand_in((min(m, n),), s.dtype),
    )


@rule("linalg.pinv")
def pinv(function: Any, a: Any, *args: Any, **kwargs: Any) -> Any:
    a, stack, m, n = _matrix(function, a)
    return stand_in((*stack, n, m), try_out(function, probe(a)).dtype)


@rule("linalg.tensorsolve")
def tensorsolve(function: Any, a: Any, b: Any, axes: Any = None) -> Any:
    a, b = operand(a), operand(b)
    left = [n for i, n in enumerate(a.shape) if i not in normalize_axes(axes if axes is not None else (), a.ndim)]
    shape = (*left, *(a.shape[i] for i in axes or ()))[b.ndim :]
    return stand_in(shape, try_out(np.linalg.solve, np.ones((1, 1), a.dtype), np.ones(1, b.dtype)).dtype)


@rule("linalg.tensorinv")
def tensorinv(function: Any, a: Any, ind: int = 2) -> Any:
    a = operand(a)
    return stand_in(a.shape[ind:] + a.shape[:ind], try_out(np.linalg.inv, np.ones((1, 1), a.dtype)).dtype)


@rule("linalg.norm linalg.matrix_norm linalg.vector_norm")
def norm(function: Any, x: Any, ord: Any = None, axis: Any = None, keepdims: Any = False, **kwargs: Any) -> Any:
    x = operand(x)
    name = function.__name__
    if name == "norm":
        found = try_out(function, probe(x), ord, axis, keepdims)
    elif name == "matrix_norm":
        found, axis = try_out(function, probe(x), **({} if ord is None else {"ord": ord}), **kwargs), (-2, -1)
        keepdims = kwargs.get("keepdims", keepdims)
    else:
        found = try_out(function, probe(x), axis=axis, keepdims=keepdims, **kwargs)
    return _like(found, reduced(x.shape, axis, keepdims))


@rule("linalg.cond linalg.matrix_rank")
def of_matrix(function: Any, a: Any, *args: Any, **kwargs: Any) -> Any:
    a = operand(a)
    found = try_out(function, probe(a))
    return _like(found, a.shape[:-2])


@rule("linalg.matrix_power")
def matrix_power(function: Any, a: Any, n: int) -> Any:
    a, _, _ = _square(function, a)
    return stand_in(a.shape, try_out(function, probe(a), n).dtype)


@rule("linalg.multi_dot")
def multi_dot(function: Any, arrays: Any, *, out: Any = None) -> Any:
    given = [operand(a) for a in arrays]
    for one, two in zip(given, given[1:], strict=False):
        if one.shape[-1] != two.shape[0]:
            raise ValueError(f"shapes {one.shape} and {two.shape} not aligned: {one.shape[-1]} != {two.shape[0]}")
    shape = given[0].shape[:-1] + given[-1].shape[1:]
    return out if out is not None else result(shape, np.result_type(*given))


@rule("linalg.matmul")
def linalg_matmul(function: Any, a: Any, b: Any, /) -> Any:
    return ufunc(np.matmul, a, b)


@rule("linalg.vecdot")
def linalg_vecdot(function: Any, a: Any, b: Any, /, *, axis: int = -1) -> Any:
    return ufunc(np.vecdot, a, b) if axis == -1 else ufunc(np.vecdot, a, b, axis=axis)


# -- Fourier transforms ----------------------------------------------------------------------------------------------


def _transformed(function: Any, a: Any, pairs: list[tuple[int, int]], last: int | None, out: Any) -> Any:
    """Result of a transform to n points along axes; `last` is the length of the axis that is halved or unfolded."""
    if any(n < 1 for n, _ in pairs):
        raise ValueError(f"Invalid number of FFT data points ({min(n for n, _ in pairs)}) specified.")
    if out is not None:
        return out
    one_axis = getattr(np.fft, function.__name__.replace("2", "").replace("n", ""))
    shape = list(a.shape)
    for n, axis in pairs:
        shape[axis] = n
    if last is not None:
        shape[pairs[-1][1]] = last
    found = try_out(one_axis, np.ones(1, a.dtype), 1)
    return stand_in(shape, found.dtype)


def _points(name: str, n: int | None, length: int) -> tuple[int, int | None]:
    """Points of a transform, and what the axis has afterwards if that is another number."""
    real_in, real_out = name in ("rfft", "ihfft"), name in ("irfft", "hfft")
    points = n if n is not None else 2 * (length - 1) if real_out else length
    return points, points // 2 + 1 if real_in else None


@rule("fft.fft fft.ifft fft.rfft fft.irfft fft.hfft fft.ihfft")
def fft(function: Any, a: Any, n: Any = None, axis: int = -1, norm: Any = None, out: Any = None) -> Any:
    a = operand(a)
    place = normalize_axis(axis, a.ndim)
    points, last = _points(function.__name__, n, a.shape[place])
    return _transformed(function, a, [(points, place)], last, out)


@rule("fft.fftn fft.ifftn fft.rfftn fft.irfftn fft.fft2 fft.ifft2 fft.rfft2 fft.irfft2")
def fftn(function: Any, a: Any, s: Any = None, axes: Any = None, norm: Any = None, out: Any = None) -> Any:
    a = operand(a)
    name = function.__name__
    if axes is None:
        axes = (-2, -1) if name.endswith("2") else range(-a.ndim if s is None else -len(s), 0)
    places = [normalize_axis(axis, a.ndim) for axis in axes]
    wanted = [None if s is None or n == -1 else n for n in (s if s is not None else places)]
    pairs = [(a.shape[p] if n is None else n, p) for n, p in zip(wanted, places, strict=True)]
    last = None
    if name.startswith(("rfft", "irfft")):
        n, last = _points("rfft" if name.startswith("r") else "irfft", wanted[-1], a.shape[places[-1]])
        pairs[-1] = (n, places[-1])
    return _transformed(function, a, pairs, last, out)
