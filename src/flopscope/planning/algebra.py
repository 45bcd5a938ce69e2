"""Result rules of contractions, linear algebra and Fourier transforms; see ``standins.py``."""

from __future__ import annotations

from itertools import pairwise
from math import prod
from typing import Any

import numpy as np

from flopscope import einsum
from flopscope.costs.shapes import norm_axes, normalize_axes, normalize_axis, summed_axes
from flopscope.einsum.parser import expand, label_sizes
from flopscope.planning.computing import like_probe, reduced, ufunc
from flopscope.planning.standins import (
    Shape,
    becomes_complex,
    operand,
    probe,
    result,
    rule,
    scalar,
    sizes,
    stand_in,
    together,
    try_out,
)

# -- contractions ----------------------------------------------------------------------------------------------------


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


@rule("tensordot")
def tensordot(function: Any, a: Any, b: Any, axes: Any = 2) -> Any:
    a, b = operand(a), operand(b)
    s, t = sizes(a), sizes(b)
    left, right = summed_axes(axes, len(s), len(t))
    if [s[i] for i in left] != [t[i] for i in right]:
        raise ValueError("shape-mismatch for sum")
    kept = [n for i, n in enumerate(s) if i not in left] + [n for i, n in enumerate(t) if i not in right]
    return stand_in(kept, np.result_type(a, b))


@rule("cross linalg.cross")
def cross(function: Any, a: Any, b: Any, *args: Any, **kwargs: Any) -> Any:
    a, b = operand(a), operand(b)
    names = ("axisa", "axisb", "axisc", "axis")
    axes: dict[str, Any] = {
        "axisa": -1,
        "axisb": -1,
        "axisc": -1,
        "axis": None,
        **dict(zip(names, args, strict=False)),
        **kwargs,
    }
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
def einsum_path(function: Any, *_: Any, **options: Any) -> Any:
    (operands,) = function.args  # abstract ones, which know their symmetry and which of them are the same
    return function.func(tuple(getattr(one, "layout", lambda one=one: one)() for one in operands), **options)


# -- linear algebra --------------------------------------------------------------------------------------------------


def _shaped(found: Any, *shapes: Shape) -> Any:
    """Stand-ins with the dtypes of a probe's results, in the tuple that these are in."""
    if not isinstance(found, tuple):
        return like_probe(found, shapes[0])
    items = [like_probe(one, shape) for one, shape in zip(found, shapes, strict=True)]
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
    if function.__name__ in ("eig", "eigvals") and becomes_complex(a, True):
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
    return like_probe(found, reduced(x.shape, norm_axes(axis, x.ndim), keepdims))


@rule("linalg.cond linalg.matrix_rank")
def of_matrix(function: Any, a: Any, *args: Any, **kwargs: Any) -> Any:
    a = operand(a)
    found = try_out(function, probe(a))
    return like_probe(found, a.shape[:-2])


@rule("linalg.matrix_power")
def matrix_power(function: Any, a: Any, n: int) -> Any:
    a, _, _ = _square(function, a)
    return stand_in(a.shape, try_out(function, probe(a), n).dtype)


@rule("linalg.multi_dot")
def multi_dot(function: Any, arrays: Any, *, out: Any = None) -> Any:
    given = [operand(a) for a in arrays]
    for one, two in pairwise(given):
        if one.shape[-1] != two.shape[0]:
            raise ValueError(f"shapes {one.shape} and {two.shape} not aligned: {one.shape[-1]} != {two.shape[0]}")
    shape = given[0].shape[:-1] + given[-1].shape[1:]
    return out if out is not None else result(shape, np.result_type(*given))


@rule("linalg.matmul")
def linalg_matmul(function: Any, a: Any, b: Any, /) -> Any:
    return ufunc(np.matmul, a, b)


@rule("linalg.tensordot")
def linalg_tensordot(function: Any, a: Any, b: Any, /, *, axes: Any = 2) -> Any:
    return tensordot(function, a, b, axes)


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
