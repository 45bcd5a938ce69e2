"""Polynomials: what the functions of ``numpy`` on arrays of coefficients cost (poly, roots, polyval ...).

A step of Horner's rule, of a long division or of a product of polynomials is a multiply-add, 1 FLOP. The functions that
stand on linear algebra (roots, polyfit) are priced by its rules.
"""

from __future__ import annotations

from math import prod
from operator import index
from typing import Any

from .contractions import matmul, outer
from .elementwise import elementwise
from .linalg import cube, lstsq
from .shapes import Shape, Shaped, broadcast, numel, shape
from .statistics import convolve
from .table import ops


def _terms(p: Any) -> int:
    """Number of coefficients; a scalar is one."""
    if len(shape(p)) > 1:
        raise ValueError(f"coefficients must be 1-D, got shape {shape(p)}")
    return numel(p)


def _rows(p: Any) -> tuple[int, Shape]:
    """Number of coefficients along the first axis, and the shape of each: some functions take rows for coefficients."""
    n, *row = shape(p) or (1,)
    return n, tuple(row)


# Arithmetic


def polyadd(a1: Any, a2: Any) -> int:
    """max(n,m) for n and m coefficients.

    Source: one addition per coefficient of the result.
    Example: 4 and 3 coefficients: 4.
    """
    (n, row), (m, other) = _rows(a1), _rows(a2)
    if n != m:
        _terms(a1 if n < m else a2)  # which gets zeros before it
    return prod(broadcast((max(n, m), *row), (max(n, m), *other)))


def polymul(a1: Any, a2: Any) -> int:
    """n*m for n and m coefficients, none counting as one, which is 0.

    Source: a convolution.
    Example: 4 and 3 coefficients: 12.
    """
    return convolve(Shaped(max(_terms(a1), 1)), Shaped(max(_terms(a2), 1)))


def polydiv(u: Any, v: Any) -> int:
    """(n-m+1)*m to divide n coefficients by m: as many as to multiply the quotient back; 0 for n < m.

    Source: long division, Knuth, The Art of Computer Programming 2 (4.6.1, algorithm D), a multiply-add counting 1.
    Example: 7 by 5 coefficients: 3*5 = 15.
    """
    n, m = _terms(u), _terms(v)
    if m == 0:
        raise ValueError("polydiv needs at least one coefficient to divide by")
    return max(n - m + 1, 0) * m


def polyval(p: Any, x: Any) -> int:
    """d*numel(x) for degree d; of several polynomials, the columns of p, that many for what broadcasts with them.

    Source: Horner's rule, Knuth, The Art of Computer Programming 2 (4.6.4), a multiply-add counting 1.
    Example: degree 5 at (4, 8): 5*32 = 160; p of (3, 2) at (10, 1): 2*20 = 40.
    """
    if not shape(p):
        raise ValueError("coefficients must be a vector, got one number")
    n, row = _rows(p)
    return max(n - 1, 0) * prod(broadcast(row, shape(x)))


ops(polyadd, "polyadd polysub")
ops(polymul, "polymul")
ops(polydiv, "polydiv")
ops(polyval, "polyval")


# Calculus


def polyder(p: Any, m: int = 1) -> int:
    """(n-1) + (n-2) + ... + (n-m) for n coefficients: one product per coefficient left by each pass.

    Source: the definition.
    Example: 5 coefficients: 4; m=2: 4 + 3 = 7.
    """
    (n, row), passes = _rows(p), int(m)
    if passes < 0:
        raise ValueError(f"the order of a derivative must be zero or more, got {m}")
    passes = min(passes, n)
    return (passes * n - passes * (passes + 1) // 2) * prod(row)


def polyint(p: Any, m: int = 1, k: Any = None) -> int:
    """n + (n+1) + ... + (n+m-1) for n coefficients: one division per coefficient of each pass.

    Source: the definition.
    Example: 5 coefficients: 5; m=2: 5 + 6 = 11.
    """
    (n, row), passes = _rows(p), int(m)
    if passes < 0:
        raise ValueError(f"the order of an integral must be zero or more, got {m}")
    return (passes * n + passes * (passes - 1) // 2) * prod(row)


ops(polyder, "polyder")
ops(polyint, "polyint")


# Roots and fits


def roots(p: Any) -> int:
    """n**3 + 2*n for degree n: the eigenvalues of the companion matrix and its row of coefficients.

    Source: Edelman & Murakami, Mathematics of Computation 64 (1995); one negation and one division per coefficient.
    Example: degree 3: 27 + 6 = 33.
    """
    n = max(_terms(p) - 1, 0)
    return cube(Shaped((n, n))) + 2 * n


def poly(seq_of_zeros: Any) -> int:
    """n*(n+1) for n roots, product by product; a matrix adds n**3 for its eigenvalues.

    Source: written out as n convolutions of 1, 2, ..., n coefficients with 2.
    Example: 3 roots: 3*4 = 12; (4, 4): 64 + 4*5 = 84.
    """
    sizes = shape(seq_of_zeros)
    if len(sizes) not in (0, 1, 2) or (len(sizes) == 2 and sizes[0] != sizes[1]):
        raise ValueError(f"poly needs a line of roots or a square matrix, got shape {sizes}")
    n = sizes[0] if sizes else 1
    return (cube(seq_of_zeros) if len(sizes) == 2 else 0) + n * (n + 1)


def vander(x: Any, N: int | None = None, increasing: bool = False) -> int:
    """n*(N-1) for n points and N columns; N is n unless given.

    Source: Golub & Van Loan, Matrix Computations (4th ed., 4.6): a column is the one before it times x.
    Example: (5,): 5*4 = 20; N=3: 5*2 = 10.
    """
    if len(shape(x)) != 1:
        raise ValueError(f"vander needs 1-D points, got shape {shape(x)}")
    n = numel(x)
    return n * max((n if N is None else index(N)) - 1, 0)


def polyfit(x: Any, y: Any, deg: int, rcond: Any = None, full: bool = False, w: Any = None, cov: Any = False) -> int:
    """n*d + 3*n*k + k + lstsq + k*c for n points, degree d, k = d+1 and c columns of y.

    The powers of x; their columns squared, summed and scaled; least squares; the coefficients scaled back. Weights add
    n*k + n*c; a covariance adds the product of the matrix with itself, its inverse and its scaling.

    Source: least squares on a Vandermonde matrix, Golub & Van Loan, Matrix Computations (4th ed., 5.3, 5.5).
    Example: 10 points, degree 2: 20 + 90 + 3 + (90 + 49) + 3 = 255.
    """
    n, k = numel(x), int(deg) + 1
    if k < 1:
        raise ValueError(f"the degree of a fit must be zero or more, got {deg}")
    if len(shape(x)) != 1 or len(shape(y)) not in (1, 2) or shape(y)[0] != n or n == 0:
        raise ValueError(f"polyfit needs n > 0 points x and n values or rows y, got shapes {shape(x)} and {shape(y)}")
    matrix, c = Shaped((n, k)), numel(y) // n
    weighting = 0
    if w is not None:
        if shape(w) != (n,):
            raise ValueError(f"polyfit needs {n} weights, got shape {shape(w)}")
        weighting = elementwise(matrix) + numel(y)
    covariance = 0
    if cov and not full:
        square = Shaped((k, k))
        unscaled = matmul(Shaped((k, n)), matrix) + cube(square) + outer(Shaped(k), Shaped(k)) + elementwise(square)
        covariance = unscaled + c * (1 + elementwise(square))
    scaling = 3 * elementwise(matrix) + k
    return vander(x, k) + weighting + scaling + lstsq(matrix, y) + k * c + covariance


ops(roots, "roots")
ops(poly, "poly")
ops(vander, "vander")
ops(polyfit, "polyfit")
