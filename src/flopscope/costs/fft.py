"""Fourier transforms: what ``numpy.fft`` costs.

A transform of n points is 5*n*ceil(log2 n), one of real points half of that. A transform over several axes is the
sum of its stages, in the order NumPy runs them: each stage sees the sizes that padding, cropping and the half
spectrum of real input have left. One point is its own transform, a copy: 0.
"""

from __future__ import annotations

from math import prod
from operator import index
from typing import Any

from .shapes import Shape, ceil_log2, normalize_axis, shape
from .table import free, ops


def _points(n: Any) -> int:
    if index(n) < 1:
        raise ValueError(f"a transform needs at least 1 point, got {n}")
    return index(n)


def _stage(sizes: Shape, n: Any, axis: int, real: bool = False) -> tuple[int, Shape]:
    """Price of transforming along one axis to `n` points (None: those there), and the shape it leaves."""
    axis = normalize_axis(axis, len(sizes))
    n = _points(sizes[axis] if n is None else n)
    before, after = sizes[:axis], sizes[axis + 1 :]
    work, left = (n // 2, n // 2 + 1) if real else (n, n)
    return prod(before + after) * 5 * work * ceil_log2(n), (*before, left, *after)


def _to_real(sizes: Shape, n: Any, axis: int) -> int:
    """Price of transforming a half spectrum to `n` real points (None: the even number it stands for)."""
    axis = normalize_axis(axis, len(sizes))
    return _stage(sizes, 2 * (sizes[axis] - 1) if n is None else n, axis, real=True)[0]


# One axis


def fft(a: Any, n: Any = None, axis: int = -1, norm: Any = None, out: Any = None) -> int:
    """5*n*ceil(log2 n) per transform of n points; `n` pads or crops.

    Source: radix-2 operation count of Cooley & Tukey, Math. Comp. 19 (1965), as benchFFT reports for any length
    (Frigo & Johnson, Proc. IEEE 93 (2005)).
    Example: (1024,): 5*1024*10 = 51,200; (4, 10): 4*5*10*4 = 800.
    """
    return _stage(shape(a), n, axis)[0]


def rfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None, out: Any = None) -> int:
    """5*(n//2)*ceil(log2 n) per transform of n real points; `n` pads or crops.

    Source: half a complex transform, Sorensen et al., IEEE Trans. ASSP 35 (1987); Frigo & Johnson, Proc. IEEE 93
    (2005).
    Example: (1024,): 5*512*10 = 25,600.
    """
    return _stage(shape(a), n, axis, real=True)[0]


def irfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None, out: Any = None) -> int:
    """5*(n//2)*ceil(log2 n) per transform to n real points; n is 2*(m-1) from m, unless given.

    Source: half a complex transform, Sorensen et al., IEEE Trans. ASSP 35 (1987); Frigo & Johnson, Proc. IEEE 93
    (2005).
    Example: (513,): n = 1024, 5*512*10 = 25,600.
    """
    return _to_real(shape(a), n, axis)


ops(fft, "fft.fft fft.ifft")
ops(rfft, "fft.rfft fft.ihfft")
ops(irfft, "fft.irfft fft.hfft")


# Several axes


def _stages(a: Any, s: Any, axes: Any) -> list[tuple[Any, int]]:
    """Pairs (points, axis) of a transform over several axes, in the order of `axes`."""
    sizes = shape(a)
    if axes is None:
        axes = range(-len(sizes if s is None else s), 0)
    axes = [normalize_axis(axis, len(sizes)) for axis in axes]
    s = [-1] * len(axes) if s is None else list(s)
    if len(s) != len(axes):
        raise ValueError(f"s names {len(s)} sizes for {len(axes)} axes")
    return [(sizes[axis] if n == -1 else n, axis) for n, axis in zip(s, axes, strict=True)]


def _real_stages(a: Any, s: Any, axes: Any) -> tuple[list[tuple[Any, int]], tuple[Any, int]]:
    """The complex stages of a transform of real points, and the real one."""
    stages = _stages(a, s, axes)
    if not stages:
        raise ValueError("a transform of real points needs at least one axis")
    return stages[:-1], stages[-1]


def fftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None, out: Any = None) -> int:
    """5*N*ceil(log2 n) per transformed axis of n points, N being all points at that stage; `s` pads or crops.

    Stages run from the last axis to the first, each with the sizes that the ones before it left.

    Source: row-column algorithm over the 5*N*log2 N of Cooley & Tukey (1965) and benchFFT (Frigo & Johnson, 2005).
    Example: (8, 16): 5*128*4 + 5*128*3 = 4,480.
    """
    sizes, total = shape(a), 0
    for n, axis in reversed(_stages(a, s, axes)):
        cost, sizes = _stage(sizes, n, axis)
        total += cost
    return total


def rfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None, out: Any = None) -> int:
    """5*(n//2)*ceil(log2 n) per transform along the last axis, then 5*N*ceil(log2 n) per other axis.

    First real transforms along the last axis, then complex ones of the n//2 + 1 columns that are left, N being all
    points at that stage; `s` pads or crops.

    Source: row-column algorithm, see fft.rfft and fft.fftn.
    Example: (8, 16): 8*5*8*4 + 9*5*8*3 = 2,360.
    """
    others, (n, axis) = _real_stages(a, s, axes)
    total, sizes = _stage(shape(a), n, axis, real=True)
    for n, axis in reversed(others):
        cost, sizes = _stage(sizes, n, axis)
        total += cost
    return total


def irfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None, out: Any = None) -> int:
    """5*N*ceil(log2 n) per axis but the last, then 5*(n//2)*ceil(log2 n) per transform along the last.

    First complex transforms of the half spectrum, N being all points at that stage, then transforms to n real points,
    n being 2*(m-1) from m; `s` pads or crops.

    Source: row-column algorithm, see fft.irfft and fft.fftn.
    Example: (8, 9): 5*72*3 + 8*5*8*4 = 2,360.
    """
    others, (n, axis) = _real_stages(a, s, axes)
    sizes, total = shape(a), 0
    for m, other in others:
        cost, sizes = _stage(sizes, m, other)
        total += cost
    return total + _to_real(sizes, None if s is None else n, axis)


def fft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None, out: Any = None) -> int:
    return fftn(a, s, axes)


def rfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None, out: Any = None) -> int:
    return rfftn(a, s, axes)


def irfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None, out: Any = None) -> int:
    return irfftn(a, s, axes)


# The same but for the default of `axes`.
fft2.__doc__, rfft2.__doc__, irfft2.__doc__ = fftn.__doc__, rfftn.__doc__, irfftn.__doc__

ops(fftn, "fft.fftn fft.ifftn")
ops(rfftn, "fft.rfftn")
ops(irfftn, "fft.irfftn")
ops(fft2, "fft.fft2 fft.ifft2")
ops(rfft2, "fft.rfft2")
ops(irfft2, "fft.irfft2")
free("fft.fftfreq fft.rfftfreq fft.fftshift fft.ifftshift")
