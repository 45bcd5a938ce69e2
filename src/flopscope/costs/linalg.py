"""Linear algebra: what ``numpy.linalg`` costs.

Factorizations carry the chapter: a dense one of an m-by-n matrix is m*n*min(m,n), and everything else (`pinv`,
`lstsq`, `cond`, matrix norms ...) is a factorization plus the products that apply it, written with the rules
themselves. A stack of matrices costs its number times one matrix.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod
from operator import index
from typing import Any

from . import contractions, groups
from .shapes import Shape, Shaped, broadcast, norm_axes, normalize_axis, numel, shape
from .table import aliases, free, ops


def _matrices(a: Any) -> tuple[Shape, int, int]:
    """Stack, rows and columns of one or more matrices."""
    sizes = shape(a)
    if len(sizes) < 2:
        raise ValueError(f"needs a matrix or a stack of matrices, got shape {sizes}")
    *stack, m, n = sizes
    return tuple(stack), m, n


def _squares(a: Any) -> tuple[Shape, int]:
    """Stack and order of one or more square matrices."""
    stack, m, n = _matrices(a)
    if m != n:
        raise ValueError(f"needs square matrices, got shape {shape(a)}")
    return stack, n


# Factorizations


def svd(
    a: Any,
    full_matrices: bool = True,
    compute_uv: bool = True,
    hermitian: bool = False,
    *,
    k: int | None = None,
) -> int:
    """m*n*k per matrix, where k counts the singular triplets: min(m,n), or `k` for the leading ones.

    Source: Golub & Van Loan, Matrix Computations (4th ed., 8.6): O(m*n*min(m,n)) for a dense SVD; Halko,
    Martinsson & Tropp, SIAM Review 53 (2011): O(m*n*k) for the k leading triplets.
    Example: (256, 256): 16,777,216; with k=10: 655,360.
    """
    stack, m, n = _matrices(a)
    if hermitian:
        _squares(a)
    if k is None:
        return prod(stack) * m * n * min(m, n)
    if not 1 <= index(k) <= min(m, n):
        raise ValueError(f"k must be from 1 to min(m, n) = {min(m, n)}, got {k}")
    return prod(stack) * m * n * index(k)


def svdvals(x: Any, /) -> int:
    """m*n*min(m,n) per matrix: as svd.

    Source: Golub & Van Loan, Matrix Computations (4th ed., 8.6).
    Example: (12, 5): 12*5*5 = 300.
    """
    return svd(x, compute_uv=False)


def qr(a: Any, mode: str = "reduced") -> int:
    """m*n*min(m,n) per matrix, in every mode.

    Source: Householder QR in Golub & Van Loan, Matrix Computations (4th ed., 5.2); LAPACK Users' Guide (xGEQRF).
    Example: (12, 5): 12*5*5 = 300.
    """
    stack, m, n = _matrices(a)
    return prod(stack) * m * n * min(m, n)


def cube(a: Any, *args: Any, **_: Any) -> int:
    """n**3 per matrix.

    Source: the O(n**3) of dense LU, Cholesky and QR-iteration eigenvalue methods in Golub & Van Loan, Matrix
    Computations (4th ed., 3.2, 4.2, 7.5, 8.3), and of inverses in LAPACK Working Note 41, with unit constant.
    Example: (10, 10): 1,000; a stack (3, 4, 4): 192.
    """
    stack, n = _squares(a)
    return prod(stack) * n**3


ops(svd, "linalg.svd")
ops(svdvals, "linalg.svdvals")
ops(qr, "linalg.qr")
ops(cube, "linalg.inv", symmetry=groups.of_matrices)
ops(cube, "linalg.det linalg.slogdet linalg.cholesky linalg.eig linalg.eigvals linalg.eigh linalg.eigvalsh")


# Solving


def solve(a: Any, b: Any) -> int:
    """n**3 + n**2*(c-1) per matrix with c right-hand sides.

    The first right-hand side comes with the factorization, n**2 for each further one. Stacks of `a` and `b`
    broadcast, and each pair is factored anew, as executed.

    Source: LU with two triangular solves, Golub & Van Loan, Matrix Computations (4th ed., 3.2); LAPACK xGESV.
    Example: (10, 10) with (10,): 1,000; with (10, 3): 1,200.
    """
    stack, n = _squares(a)
    if len(shape(b)) == 1:
        rows, c = shape(b)[0], 1
    else:
        b_stack, rows, c = _matrices(b)
        stack = broadcast(stack, b_stack)
    if rows != n:
        raise ValueError(f"{n} equations but {rows} rows of right-hand sides, from shapes {shape(a)} and {shape(b)}")
    return prod(stack) * (n**3 + n**2 * max(c - 1, 0))


def lstsq(a: Any, b: Any, rcond: Any = None) -> int:
    """m*n*k + c*(m*k + k + k*n + max(m-n,0)), k = min(m,n): an SVD applied to c right-hand sides.

    The terms: m*n*k for the SVD; for each right-hand side m*k to rotate, k to divide by the singular values, k*n to
    rotate back, and the sum of squares of its residual.

    Source: minimum-norm solution by SVD, Golub & Van Loan, Matrix Computations (4th ed., 5.5); LAPACK xGELSD.
    Example: (10, 4) with (10, 3): 160 + 3*(40 + 4 + 16 + 6) = 358.
    """
    if len(shape(a)) != 2:
        raise ValueError(f"lstsq needs one matrix, got shape {shape(a)}")
    if len(shape(b)) not in (1, 2):
        raise ValueError(f"lstsq needs a vector or a matrix of right-hand sides, got shape {shape(b)}")
    m, n = shape(a)
    rows, c = (*shape(b), 1)[:2]
    if rows != m:
        raise ValueError(f"{m} equations but {rows} rows of right-hand sides, from shapes {shape(a)} and {shape(b)}")
    k = min(m, n)
    return svd(a) + c * (m * k + k + k * n + max(m - n, 0))


def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> int:
    """2*m*n*k + m*k + 2*k per matrix, k = min(m,n): an SVD and the product of its inverted factors.

    The terms: m*n*k for the SVD; 2*k to cut off and invert the singular values; m*k to scale one factor by them and
    m*n*k to multiply by the other.

    Source: Golub & Van Loan, Matrix Computations (4th ed., 5.5).
    Example: (10, 10): 1,000 + 1,000 + 100 + 20 = 2,120.
    """
    stack, m, n = _matrices(a)
    k = min(m, n)
    return svd(a, hermitian=hermitian) + prod(stack) * (m * n * k + m * k + 2 * k)


def tensorsolve(a: Any, b: Any, axes: Any = None) -> int:
    """n**3, where n is the number of unknowns.

    Source: solve, after reshaping to n equations in n unknowns.
    Example: (6, 4, 2, 3, 4) with (6, 4): 24**3 = 13,824.
    """
    sizes = shape(a)
    order = list(range(len(sizes)))
    for axis in () if axes is None else axes:
        if axis not in order:
            raise ValueError(f"axis {axis} is out of bounds for {len(sizes)} dimensions")
        order.remove(axis)
        order.append(axis)
    unknowns = order[len(shape(b)) - len(sizes) :]
    n = prod(sizes[axis] for axis in unknowns)
    if numel(a) != n**2 or numel(b) != n:
        raise ValueError(f"shapes {sizes} and {shape(b)} do not state as many equations as unknowns")
    return n**3


def tensorinv(a: Any, ind: int = 2) -> int:
    """n**3, where n is the product of the first `ind` axes.

    Source: inv, after reshaping to an n-by-n matrix.
    Example: (4, 6, 8, 3): 24**3 = 13,824.
    """
    if ind <= 0:
        raise ValueError(f"ind must be positive, got {ind}")
    n = prod(shape(a)[ind:])
    if prod(shape(a)[:ind]) != n:
        raise ValueError(f"shape {shape(a)} is not square when split before axis {ind}")
    return n**3


ops(solve, "linalg.solve")
ops(lstsq, "linalg.lstsq")
ops(pinv, "linalg.pinv", symmetry=groups.of_matrices)
ops(tensorsolve, "linalg.tensorsolve")
ops(tensorinv, "linalg.tensorinv")


# Norms and other numbers


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> int:
    """numel(input); matrix norms by singular values (ord 2, -2, 'nuc') m*n*k per matrix, k = min(m,n).

    The nuclear norm adds k to sum the singular values.

    Source: a reduction, as sum; Golub & Van Loan, Matrix Computations (4th ed., 2.3, 2.4) for the singular values.
    Example: (6, 8): 48; (6, 8) with ord=2: 6*8*6 = 288; with ord='nuc': 288 + 6 = 294.
    """
    sizes = shape(x)
    if axis is None and ord is None:
        return prod(sizes)
    axes = norm_axes(axis, len(sizes))
    if len(axes) not in (1, 2):
        raise ValueError(f"a norm takes one axis or two, got {len(axes)} for shape {sizes}")
    if len(axes) == 1:
        if isinstance(ord, str):
            raise ValueError(f"ord {ord!r} is for matrices, not vectors")
        return prod(sizes)
    if ord is not None and ord not in ("fro", "f", "nuc", 1, -1, 2, -2, float("inf"), -float("inf")):
        raise ValueError(f"ord {ord!r} is not a matrix norm")
    if ord not in (2, -2, "nuc"):
        return prod(sizes)
    m, n = (sizes[i] for i in axes)
    stack = prod(size for i, size in enumerate(sizes) if i not in axes)
    return svdvals(Shaped((stack, m, n))) + (stack * min(m, n) if ord == "nuc" else 0)


def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> int:
    """numel(input); by singular values (ord 2, -2, 'nuc') m*n*k per matrix, k = min(m,n).

    The nuclear norm adds k to sum the singular values.

    Source: as linalg.norm over the last two axes.
    Example: (3, 6, 8): 144; (3, 6, 8) with ord=2: 3*6*8*6 = 864.
    """
    return norm(x, ord, axis=(-2, -1))


def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> int:
    """numel(input).

    Source: a reduction, as sum.
    Example: (6, 8) along axis 1: 48.
    """
    norm_axes(axis, len(shape(x)))
    return norm(Shaped(numel(x)), ord, axis=0)


def cond(x: Any, p: Any = None) -> int:
    """m*n*min(m,n) + 1 per matrix; other norms than 2 and -2: an inverse, two norms and their product.

    Source: the ratio of extreme singular values, or norm(x)*norm(inv(x)): Golub & Van Loan, Matrix Computations
    (4th ed., 2.6).
    Example: (10, 10): 1,001; with p=1: 1,000 + 2*100 + 1 = 1,201.
    """
    stack, m, n = _matrices(x)
    if m * n == 0:
        raise ValueError(f"cond is not defined for empty matrices, got shape {shape(x)}")
    if p is None or p in (2, -2):
        return svdvals(x) + prod(stack)
    return cube(x) + 2 * norm(x, p, axis=(-2, -1)) + prod(stack)


def matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, rtol: Any = None) -> int:
    """m*n*k + 2*k per matrix, k = min(m,n): its singular values, compared and counted; a vector numel(input).

    Source: numerical rank by SVD, Golub & Van Loan, Matrix Computations (4th ed., 5.4).
    Example: (12, 5): 300 + 2*5 = 310.
    """
    if len(shape(A)) < 2:
        return numel(A)
    stack, m, n = _matrices(A)
    return svd(A, hermitian=hermitian) + prod(stack) * 2 * min(m, n)


def trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> int:
    """Length of the diagonal, per matrix.

    Source: a reduction of the diagonal of the last two axes.
    Example: (4, 8): 4; a stack (3, 5, 5): 15.
    """
    stack, m, n = _matrices(x)
    right = index(offset)
    return prod(stack) * max(min(m, n - right) if right > 0 else min(m + right, n), 0)


ops(norm, "linalg.norm")
ops(matrix_norm, "linalg.matrix_norm")
ops(vector_norm, "linalg.vector_norm")
ops(cond, "linalg.cond")
ops(matrix_rank, "linalg.matrix_rank")
ops(trace, "linalg.trace")
free("linalg.diagonal")


# Products


def matrix_power(a: Any, n: int) -> int:
    """(floor(log2 p) + popcount(p) - 1)*n**3 per n-by-n matrix, p = abs(power); a negative power adds n**3 to invert.

    Powers 0 and 1 take no product.

    Source: binary powering, Knuth, The Art of Computer Programming 2 (4.6.3).
    Example: (4, 4) to the 5th: (2 + 2 - 1)*64 = 192; to the -1st: 64.
    """
    stack, order = _squares(a)
    power = index(n)
    products = power.bit_length() + power.bit_count() - 2 if power else 0  # Python ignores the sign in both
    return prod(stack) * (products + (power < 0)) * order**3


def multi_dot(arrays: Sequence[Any], *, out: Any = None) -> int:
    """m*k*n for each product, in the cheapest order; a leading vector is a row, a trailing one a column.

    Source: matrix chain multiplication, Cormen et al., Introduction to Algorithms (dynamic programming).
    Example: (3, 4), (4, 5), (5, 6): 3*4*5 + 3*5*6 = 150.
    """
    shapes = [shape(a) for a in arrays]
    if len(shapes) < 2:
        raise ValueError("multi_dot needs at least two arrays")
    if len(shapes) == 2:
        return contractions.dot(*arrays)  # NumPy takes whatever dot takes
    if len(shapes[0]) == 1:
        shapes[0] = (1, *shapes[0])
    if len(shapes[-1]) == 1:
        shapes[-1] = (*shapes[-1], 1)
    if any(len(sizes) != 2 for sizes in shapes):
        raise ValueError(f"multi_dot chains matrices, got shapes {', '.join(map(str, shapes))}")
    if any(a[1] != b[0] for a, b in pairwise(shapes)):
        raise ValueError(f"shapes {', '.join(map(str, shapes))} do not chain")
    p = [rows for rows, _ in shapes] + [shapes[-1][1]]
    best = {(i, i): 0 for i in range(len(shapes))}
    for length in range(1, len(shapes)):
        for i in range(len(shapes) - length):
            j = i + length
            best[i, j] = min(best[i, k] + best[k + 1, j] + p[i] * p[k + 1] * p[j + 1] for k in range(i, j))
    return best[0, len(shapes) - 1]


def outer(x1: Any, x2: Any, /) -> int:
    """m*n for vectors of m and n elements.

    Source: the product of all index sizes, as a contraction over nothing.
    Example: (4,) and (5,): 20.
    """
    if len(shape(x1)) != 1 or len(shape(x2)) != 1:
        raise ValueError(f"linalg.outer needs vectors, got shapes {shape(x1)} and {shape(x2)}")
    return contractions.outer(x1, x2)


def cross(x1: Any, x2: Any, /, *, axis: int | None = -1) -> int:
    """3*numel(result): two products and their difference for each component.

    Source: the definition, component by component.
    Example: (10, 3) and (10, 3): 90.
    """
    axis = -1 if axis is None else axis  # which NumPy takes since 2.5
    for sizes in (shape(x1), shape(x2)):
        if sizes[normalize_axis(axis, len(sizes))] != 3:
            raise ValueError(f"linalg.cross needs vectors of 3 components, got shapes {shape(x1)} and {shape(x2)}")
    return contractions.cross(x1, x2, axis=axis)


ops(matrix_power, "linalg.matrix_power", symmetry=groups.of_matrices)
ops(multi_dot, "linalg.multi_dot")
ops(outer, "linalg.outer", symmetry=contractions.flat_outer)
ops(cross, "linalg.cross")
aliases(
    {
        "linalg.matmul": "matmul",
        "linalg.tensordot": "tensordot",
        "linalg.vecdot": "vecdot",
        "linalg.matrix_transpose": "matrix_transpose",
    }
)
