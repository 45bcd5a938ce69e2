"""Statistics and signals: covariance, convolution, differences, integrals, windows.

A compound function is priced as its definition written out in the ops of the table, so that it is no cheaper way to the
same numbers; for a window, the leading order of the textbook formula.
"""

from __future__ import annotations

from math import ceil, prod
from operator import index
from typing import Any

from .contractions import matmul
from .elementwise import elementwise
from .reductions import average
from .shapes import Shape, Shaped, broadcast, normalize_axes, normalize_axis, numel, shape
from .table import aliases, ops

# Correlating


def _variables(m: Any, y: Any, rowvar: bool) -> tuple[int, int]:
    """Numbers of features and samples that ``cov`` sees."""
    for operand in (m, y):
        if len(shape(operand)) > 2:
            raise ValueError(f"cov takes no more than 2 dimensions, got shape {shape(operand)}")
    f, s = (1, 1, *shape(m))[-2:]
    if not rowvar and len(shape(m)) == 2:
        f, s = s, f
    if y is None or not f:  # NumPy does not look at y then
        return f, s
    more, samples = (1, 1, *shape(y))[-2:]
    if not rowvar and more != 1:
        more, samples = samples, more
    if samples != s:
        raise ValueError(f"cov needs as many samples of y as of m, got shapes {shape(m)} and {shape(y)}")
    return f + more, s


def cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: Any = None,
    fweights: Any = None,
    aweights: Any = None,
    **_: Any,
) -> int:
    """2*f*s + f*f*s + f*f for f features of s samples: means, centering, product, scaling.

    Weights add f*s to weight the product and what a weighted average adds to a plain one; both kinds of them s for
    their product; `aweights` 2*s + 3 for what `ddof` subtracts from the number of samples that they amount to.

    Source: the definition; Chan, Golub & LeVeque, The American Statistician 37 (1983), two-pass algorithm.
    Example: (3, 10): 30 + 30 + 90 + 9 = 159.
    """
    f, s = _variables(m, y, rowvar)
    weights = None if fweights is None and aweights is None else Shaped(s)
    data = Shaped((f, s))
    means, centered = average(data, 1, weights), elementwise(data, Shaped((f, 1)))
    weighted = 0 if weights is None else elementwise(data, weights)
    if fweights is not None and aweights is not None:
        weighted += s
    if aweights is not None and (not bias if ddof is None else ddof != 0):
        weighted += 2 * s + 3
    return means + centered + weighted + matmul(data, Shaped((s, f))) + f * f


def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *_: Any, **__: Any) -> int:
    """cov + f + 3*f*f for f features: deviations, two divisions by them, clipping to [-1, 1].

    Source: the definition, from cov.
    Example: (3, 10): 159 + 3 + 27 = 189.
    """
    f, _s = _variables(x, y, rowvar)
    return cov(x, y, rowvar) + f + 3 * f * f


def convolve(a: Any, v: Any, mode: str = "full") -> int:
    """n*m for n and m elements, in every mode.

    Source: the sum of products, Oppenheim & Schafer, Discrete-Time Signal Processing (2.3), a multiply-add counting 1.
    Example: (10,) and (4,): 40.
    """
    for operand in (a, v):
        if len(shape(operand)) > 1 or numel(operand) == 0:
            raise ValueError(f"needs 1-D operands that are not empty, got shapes {shape(a)} and {shape(v)}")
    return numel(a) * numel(v)


ops(cov, "cov")
ops(corrcoef, "corrcoef")
ops(convolve, "convolve correlate")


# Differences and integrals


def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> int:
    """(L-1) + (L-2) + ... + (L-n) per line of L elements: a subtraction for each element of each pass.

    Source: the definition: pass i leaves L - i elements.
    Example: (10, 20) with n=2: 10*(19 + 18) = 370.
    """
    sizes, passes = shape(a), index(n)
    if passes < 0:
        raise ValueError(f"the order of diff must be zero or more, got {n}")
    if passes == 0:
        return 0  # NumPy returns what it was given and looks at nothing else
    if not sizes:
        raise ValueError("diff needs at least one dimension")
    axis = normalize_axis(axis, len(sizes))
    others = (*sizes[:axis], *sizes[axis + 1 :])
    length = sizes[axis]
    for extra in (prepend, append):
        if extra is not None:
            length += shape(extra)[axis] if shape(extra) else 1
    passes = min(passes, length)
    return prod(others) * (passes * length - passes * (passes + 1) // 2)


def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> int:
    """numel(ary) - 1: what is put before and after is moved, not computed.

    Source: diff of the flattened array.
    Example: (4, 5): 19.
    """
    return diff(Shaped(numel(ary)))


def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> int:
    """2*numel(f) per axis: a difference and a division; with uneven spacing 5*numel(f) + 11*n.

    Uneven spacing of n points takes three products and two sums per element, and 1 + 10 operations per point for the
    spacings and the three coefficients. With ``edge_order=2`` the coefficients of the two ends come on top, 3 each
    for even spacing and 13 for uneven, and ends of evenly spaced lines take 5 per element, too.

    Source: second-order finite differences, Fornberg, Mathematics of Computation 51 (1988), as NumPy writes them.
    Example: (10, 20): 2*200 per axis, 800; (10,) with coordinates (10,): 5*10 + 11*10 = 160.
    """
    sizes = shape(f)
    axes = normalize_axes(axis, len(sizes))
    spacings = varargs or (1.0,)
    if len(spacings) == 1 and not shape(spacings[0]):
        spacings *= len(axes)
    if len(spacings) != len(axes):
        raise ValueError(f"gradient needs one spacing or one for each of {len(axes)} axes, got {len(spacings)}")
    if edge_order > 2:
        raise ValueError(f"edge_order must be 1 or 2, got {edge_order}")
    second_order = edge_order != 1  # as NumPy reads it
    total = 0
    for i, spacing in zip(axes, spacings, strict=True):
        n = sizes[i]
        if n < edge_order + 1:
            raise ValueError(f"gradient needs at least {edge_order + 1} elements along axis {i}, got {n}")
        if shape(spacing):
            if shape(spacing) != (n,):
                raise ValueError(f"gradient needs {n} coordinates for axis {i}, got shape {shape(spacing)}")
            total += 5 * numel(f) + 11 * n + (2 * 13 if second_order else 0)
        else:
            total += 2 * numel(f) + (2 * (3 + (5 - 2) * numel(f) // n) if second_order else 0)
    return total


def _intervals(a: Any, axis: int) -> Shape:
    """Shape of the intervals between neighbours."""
    sizes = list(shape(a))
    axis = normalize_axis(axis, len(sizes))
    sizes[axis] = max(sizes[axis] - 1, 0)
    return tuple(sizes)


def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> int:
    """4 per interval: a sum of neighbours, times the width, halved, added up; points `x` add diff(x).

    Source: composite trapezoidal rule, Numerical Recipes (3rd ed., 4.1), written out.
    Example: (10,): 4*9 = 36; with x (10,): 36 + 9 = 45.
    """
    heights = _intervals(y, axis)
    if x is None:
        widths, spacings = shape(dx), 0
    elif len(shape(x)) == 1:
        after = len(heights) - 1 - normalize_axis(axis, len(heights))
        widths, spacings = (*_intervals(x, 0), *(1,) * after), diff(x)
    else:
        widths, spacings = _intervals(x, axis), diff(x, axis=axis)
    return spacings + prod(heights) + 3 * prod(broadcast(widths, heights))


def unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: Any = None) -> int:
    """12 per difference between neighbours, n - 1 for each line of n elements.

    The difference (1), wrapping it into one period (3), the tie at its edge (3), the correction (1) and whether it is
    due (2), its running sum (1), and its addition (1).

    Source: the definition in NumPy Reference, written out.
    Example: (10,): 12*9 = 108.
    """
    return 12 * diff(p, axis=axis)


ops(diff, "diff")
ops(ediff1d, "ediff1d")
ops(gradient, "gradient")
ops(trapezoid, "trapezoid")
ops(unwrap, "unwrap")
aliases({"trapz": "trapezoid"})


# Windows: the number of points is a parameter, and may be a float.


def _points(M: Any, offset: float = 0.5) -> int:
    """Number of points of a window: NumPy takes fractions, and counts the steps to them, also along two axes."""
    if M == 1 or (offset and M.real < 1):
        return int(M == 1)
    steps = (M.real - offset, M.imag) if isinstance(M, complex) else (M - offset,) if M % 1 else (M,)
    return max(min(map(ceil, steps)), 0)


def window(M: Any) -> int:
    """n for n points: one value of the window function each.

    Source: Harris, Proc. IEEE 66 (1978).
    Example: 64 points: 64.
    """
    return _points(M)


def blackman(M: Any) -> int:
    """3*n for n points: a sum of three cosine terms each.

    Source: Harris, Proc. IEEE 66 (1978).
    Example: 64 points: 3*64 = 192.
    """
    return 3 * window(M)


def kaiser(M: Any, beta: Any) -> int:
    """3*n for n points: a root, a Bessel function and a quotient each.

    Source: Harris, Proc. IEEE 66 (1978).
    Example: 64 points: 3*64 = 192.
    """
    return 3 * _points(M, 0)


ops(window, "bartlett hamming hanning")
ops(blackman, "blackman")
ops(kaiser, "kaiser")
