"""Linear algebra as textbooks count it, multiplications and additions apart: rules of the model ``"fma2"``.

Counts are those of the leading order for real matrices, by the algorithms that LAPACK runs. They are exact fractions
until a call is priced, and then rounded, halves up.
"""

from __future__ import annotations

from fractions import Fraction
from math import prod
from operator import index
from typing import Any

from . import linalg
from .models import rounded
from .shapes import Shaped, broadcast, numel, shape

# -- factorizations --------------------------------------------------------------------------------------------------


def _ordered(a: Any) -> tuple[int, int, int]:
    """Number of matrices, and their longer and shorter side."""
    stack, m, n = linalg._matrices(a)
    return prod(stack), max(m, n), min(m, n)


def _cubes(a: Any, times: int | Fraction) -> int:
    count, n = _squares(a)
    return rounded(times * n**3 * count)


def _squares(a: Any) -> tuple[int, int]:
    stack, n = linalg._squares(a)
    return prod(stack), n


def lu(a: Any) -> int:
    """2/3*n**3 per matrix.

    Source: LU with partial pivoting, Golub & Van Loan, Matrix Computations (4th ed., 3.4); Trefethen & Bau, Numerical
    Linear Algebra (lecture 20); LAPACK xGETRF.
    Example: (12, 12): 2/3*1,728 = 1,152.
    """
    return _cubes(a, Fraction(2, 3))


def inv(a: Any) -> int:
    """2*n**3 per matrix: LU, and 4/3*n**3 for the inverse from its factors.

    Source: LAPACK Working Note 41, xGETRF and xGETRI.
    Example: (12, 12): 2*1,728 = 3,456.
    """
    return _cubes(a, 2)


def cholesky(a: Any, /, *, upper: bool = False) -> int:
    """n**3/3 per matrix.

    Source: Golub & Van Loan, Matrix Computations (4th ed., 4.2); Trefethen & Bau, Numerical Linear Algebra (lecture
    23); LAPACK xPOTRF.
    Example: (12, 12): 1,728/3 = 576.
    """
    return _cubes(a, Fraction(1, 3))


def qr(a: Any, mode: str = "reduced") -> int:
    """2*m*n**2 - 2/3*n**3 per matrix for R, m >= n (transposed if not), and for Q as much again.

    Modes "r" and "raw" form no Q; "complete" forms all m columns of it, 4*(m**2*k - m*k**2 + k**3/3), k = min(m,n), of
    an m-by-n matrix.

    Source: Householder QR and accumulation of its reflections, Golub & Van Loan, Matrix Computations (4th ed., 5.1,
    5.2); Trefethen & Bau, Numerical Linear Algebra (lecture 10); LAPACK Working Note 41, xGEQRF and xORGQR.
    Example: (12, 6) in mode "r": 2*12*36 - 2/3*216 = 720; in mode "reduced": 1,440.
    """
    count, m, n = _ordered(a)
    factors = 2 * m * n**2 - Fraction(2 * n**3, 3)
    if mode in ("r", "raw"):
        vectors: int | Fraction = 0
    elif mode == "complete":
        rows = shape(a)[-2]
        vectors = 4 * (rows**2 * n - rows * n**2 + Fraction(n**3, 3))
    else:
        rows = shape(a)[-2]  # Q has n columns
        vectors = 2 * rows * n**2 - Fraction(2 * n**3, 3)
    return rounded(count * (factors + vectors))


def svd(
    a: Any,
    full_matrices: bool = True,
    compute_uv: bool = True,
    hermitian: bool = False,
    *,
    k: int | None = None,
) -> int:
    """4*m**2*n + 8*m*n**2 + 9*n**3 per matrix, m >= n (transposed if not).

    Without full_matrices 14*m*n**2 + 8*n**3, without vectors 4*m*n**2 - 4/3*n**3; `k` leading triplets 4*m*n*k; of a
    Hermitian matrix as eigh.

    Source: Golub-Reinsch SVD, Golub & Van Loan, Matrix Computations (4th ed., 8.6); Halko, Martinsson &
    Tropp, SIAM Review 53 (2011), two products with k vectors, for k triplets.
    Example: (12, 6) without vectors: 4*12*36 - 4/3*216 = 1,440; with k=2: 4*12*6*2 = 576.
    """
    linalg.svd(a, full_matrices, compute_uv, hermitian, k=k)  # refuses what is not possible
    count, m, n = _ordered(a)
    if k is not None:
        return count * 4 * m * n * index(k)
    if hermitian:
        return eigh(a) if compute_uv else eigvalsh(a)
    if not compute_uv:
        return rounded(count * (4 * m * n**2 - Fraction(4 * n**3, 3)))
    if full_matrices:
        return count * (4 * m**2 * n + 8 * m * n**2 + 9 * n**3)
    return count * (14 * m * n**2 + 8 * n**3)


def svdvals(x: Any, /) -> int:
    """4*m*n**2 - 4/3*n**3 per matrix, m >= n (transposed if not).

    Source: Golub & Van Loan, Matrix Computations (4th ed., 8.6); Trefethen & Bau, Numerical Linear
    Algebra (lecture 31).
    Example: (12, 6): 4*12*36 - 4/3*216 = 1,440.
    """
    return svd(x, compute_uv=False)


def eigh(a: Any, UPLO: Any = "L") -> int:
    """9*n**3 per matrix.

    Source: symmetric QR with accumulated transformations, Golub & Van Loan, Matrix Computations (4th ed., 8.3).
    Example: (12, 12): 9*1,728 = 15,552.
    """
    return _cubes(a, 9)


def eigvalsh(a: Any, UPLO: Any = "L") -> int:
    """4/3*n**3 per matrix.

    Source: tridiagonalization, Golub & Van Loan, Matrix Computations (4th ed., 8.3).
    Example: (12, 12): 4/3*1,728 = 2,304.
    """
    return _cubes(a, Fraction(4, 3))


def eig(a: Any) -> int:
    """25*n**3 per matrix.

    Source: QR iteration with Schur vectors, Golub & Van Loan, Matrix Computations (4th ed., 7.5).
    Example: (12, 12): 25*1,728 = 43,200.
    """
    return _cubes(a, 25)


def eigvals(a: Any) -> int:
    """10*n**3 per matrix.

    Source: QR iteration, Golub & Van Loan, Matrix Computations (4th ed., 7.5).
    Example: (12, 12): 10*1,728 = 17,280.
    """
    return _cubes(a, 10)


# -- solving ---------------------------------------------------------------------------------------------------------


def solve(a: Any, b: Any) -> int:
    """2/3*n**3 + 2*n**2*c per matrix with c right-hand sides; pairs of stacks factored anew.

    Source: LU with two triangular solves, Golub & Van Loan, Matrix Computations (4th ed., 3.1, 3.4); LAPACK xGESV.
    Example: (12, 12) with (12,): 1,152 + 288 = 1,440; with (12, 3): 1,152 + 864 = 2,016.
    """
    linalg.solve(a, b)  # refuses what does not fit
    stack, n = shape(a)[:-2], shape(a)[-1]
    if len(shape(b)) == 1:
        c = 1
    else:
        stack, c = broadcast(stack, shape(b)[:-2]), shape(b)[-1]
    return rounded(prod(stack) * (Fraction(2 * n**3, 3) + 2 * n**2 * c))


def lstsq(a: Any, b: Any, rcond: Any = None) -> int:
    """4*m*n**2 + 8*n**3, m >= n (transposed if not); 2*m*n + 2*n**2 + n + 2*max(rows-columns,0) per column of b.

    An SVD that forms no U; both rotations, the division by singular values, and the sum of squares of a residual.

    Source: least squares by Golub-Reinsch SVD, Golub & Van Loan, Matrix Computations (4th ed., 5.5, 8.6).
    Example: (10, 4) with (10, 3): 4*10*16 + 8*64 + 3*(2*(40 + 16) + 4 + 12) = 1,152 + 384 = 1,536.
    """
    linalg.lstsq(a, b)  # refuses what does not fit
    m, n = max(shape(a)), min(shape(a))
    c = (*shape(b), 1)[1]
    rows, columns = shape(a)
    return 4 * m * n**2 + 8 * n**3 + c * (2 * (m * n + n**2) + n + 2 * max(rows - columns, 0))


def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> int:
    """An SVD, m*k + 2*k to invert and apply the singular values, 2*m*n*k for the product, k = min(m,n), per matrix.

    Source: Golub & Van Loan, Matrix Computations (4th ed., 5.5); the SVD as linalg.svd without full_matrices.
    Example: (10, 10): 22*1,000 + 100 + 20 + 2,000 = 24,120.
    """
    stack, m, n = linalg._matrices(a)
    k = min(m, n)
    return svd(a, full_matrices=False, hermitian=hermitian) + prod(stack) * (2 * m * n * k + m * k + 2 * k)


def tensorsolve(a: Any, b: Any, axes: Any = None) -> int:
    """2/3*n**3 + 2*n**2, where n is the number of unknowns.

    Source: solve, after reshaping to n equations in n unknowns.
    Example: (6, 4, 2, 3, 4) with (6, 4): 2/3*13,824 + 2*576 = 10,368.
    """
    linalg.tensorsolve(a, b, axes)
    n = numel(b)
    return solve(Shaped((n, n)), Shaped(n))


def tensorinv(a: Any, ind: int = 2) -> int:
    """2*n**3, where n is the product of the first `ind` axes.

    Source: inv, after reshaping to an n-by-n matrix.
    Example: (4, 6, 8, 3): 2*13,824 = 27,648.
    """
    return 2 * linalg.tensorinv(a, ind)
