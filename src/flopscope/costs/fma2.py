"""The model ``"fma2"``: a multiplication and an addition are two FLOPs, and factorizations cost what textbooks count.

Only what differs from the table is here. Counts are those of the leading order, for real numbers, as the sources give
them; fractions are rounded per call, halves up. Elementwise ops, reductions, scans, sorts, draws and transforms (whose
5*n*log2(n) counts multiplications and additions apart already) are priced as in ``"fma1"``. Paths of einsums are those
that ``"fma1"`` finds cheapest, since the same einsum runs.

The models ``"fma1-complex"`` and ``"fma2-complex"`` count complex arithmetic by the real one that it takes.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from operator import index
from typing import Any

import flopscope.einsum as einsum_module

from . import contractions, linalg, polynomial, statistics
from .models import CostModel
from .shapes import Shaped, norm_axes, numel, shape, summed_axes
from .table import TABLE
from .textbook import (
    cholesky,
    eig,
    eigh,
    eigvals,
    eigvalsh,
    inv,
    lstsq,
    lu,
    pinv,
    qr,
    solve,
    svd,
    svdvals,
    tensorinv,
    tensorsolve,
)

Rule = Callable[..., int]

# -- contractions ----------------------------------------------------------------------------------------------------


def einsum(
    *operands: Any,
    optimize: Any = True,
    symmetries: Any = None,
    identical: Any = None,
    symmetry: Any = None,
    **_: Any,
) -> int:
    """Sum over the steps of the path: P*(t - 1) multiplications and, where an index is summed, P additions.

    P is the product of the sizes of all indices of the step, t the number of its operands: 2*m*n*k for a product of
    matrices, m*n for an outer product. Where symmetry makes points equal, P is the number of those that are different.

    Source: Smith & Gray, opt_einsum, JOSS 3(26), 753 (2018), `flop_count`; Golub & Van Loan, Matrix Computations
    (4th ed., 1.1).
    Example: 'ij,jk->ik' with (256, 256) and (256, 256): 2*256**3 = 33,554,432; 'i,j->ij' with (3,) and (4,): 12.
    """
    subscripts, arrays = einsum_module.parse(operands)
    facts = einsum_module.facts_of(arrays, symmetries, identical, symmetry)
    steps = einsum_module.plan(subscripts, tuple(map(shape, arrays)), optimize, facts).info.steps
    return sum(_step(step.subscripts, step.cost) for step in steps)


def _step(subscripts: str, fused: int) -> int:
    """FLOPs of a step that takes so many fused ones."""
    inputs, _, output = subscripts.partition("->")
    terms = inputs.split(",")
    multiplications = len(terms) - 1
    if not multiplications:
        return fused  # only sums
    return fused + (fused // multiplications if set(inputs) - {","} - set(output) else 0)


def _doubled(rule: Rule, example: str, source: str = "") -> Rule:
    """A rule for what takes as many additions as multiplications."""

    def twice(*args: Any, **kwargs: Any) -> int:
        return 2 * rule(*args, **kwargs)

    twice.__name__, twice.__qualname__ = rule.__name__, f"{rule.__qualname__}.twice"
    twice.__doc__ = (
        f"Twice {(rule.__doc__ or '').partition('.')[0]}: multiplications and additions."
        f"\n\nSource: {source or 'Golub & Van Loan, Matrix Computations (4th ed., 1.1)'}.\nExample: {example}"
    )
    return twice


def tensordot(a: Any, b: Any, axes: Any = 2) -> int:
    """2*numel(a)*numel(b)/k, k the product of the contracted lengths; numel(a)*numel(b) if no axis is contracted.

    Source: one matrix product after reshaping, Golub & Van Loan, Matrix Computations (4th ed., 1.1).
    Example: (3, 4, 5) and (4, 5, 6) over 2 axes: 2*360 = 720; over none: 60*120 = 7,200.
    """
    fused = contractions.tensordot(a, b, axes)
    summed, _ = summed_axes(axes, len(shape(a)), len(shape(b)))
    return 2 * fused if summed else fused


def dot(a: Any, b: Any, out: Any = None) -> int:
    """2*numel(a)*numel(b)/k, k = last length of a; a scalar operand: numel(a)*numel(b).

    Source: Golub & Van Loan, Matrix Computations (4th ed., 1.1).
    Example: (3, 4) and (4, 5): 2*3*4*5 = 120.
    """
    return contractions.dot(a, b) * (2 if shape(a) and shape(b) else 1)


def inner(a: Any, b: Any, /) -> int:
    """2*numel(a)*numel(b)/k, k = last length of both; a scalar operand: numel(a)*numel(b).

    Source: Golub & Van Loan, Matrix Computations (4th ed., 1.1).
    Example: (2, 3, 4) and (5, 4): 2*120 = 240.
    """
    return contractions.inner(a, b) * (2 if shape(a) and shape(b) else 1)


# -- what is made of these -------------------------------------------------------------------------------------------


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> int:
    """numel(input); matrix norms by singular values (ord 2, -2, 'nuc') as svdvals, and k to sum for 'nuc'.

    Source: as linalg.norm of "fma1", with the singular values of linalg.svdvals.
    Example: (12, 6): 72; with ord=2: 1,440; with ord='nuc': 1,440 + 6 = 1,446.
    """
    fused = linalg.norm(x, ord, axis)
    axes = norm_axes(axis, len(shape(x)))
    if len(axes) != 2 or ord not in (2, -2, "nuc"):
        return fused
    sizes = shape(x)
    matrices = Shaped((numel(x) // max(prod(sizes[i] for i in axes), 1), *(sizes[i] for i in axes)))
    return fused - linalg.svdvals(matrices) + svdvals(matrices)


def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> int:
    """numel(input); by singular values (ord 2, -2, 'nuc') as linalg.norm.

    Source: as linalg.norm over the last two axes.
    Example: (12, 6) with ord=2: 1,440.
    """
    return norm(x, ord, axis=(-2, -1))


def cond(x: Any, p: Any = None) -> int:
    """svdvals + 1 per matrix; other norms than 2 and -2: an inverse, two norms and their product.

    Source: Golub & Van Loan, Matrix Computations (4th ed., 2.6).
    Example: (12, 12): 4*1,728 - 4/3*1,728 + 1 = 4,609; with p=1: 3,456 + 2*144 + 1 = 3,745.
    """
    fused = linalg.cond(x, p)
    if p is None or p in (2, -2):
        return fused - linalg.svdvals(x) + svdvals(x)
    return fused - linalg.cube(x) + inv(x) + 2 * (norm(x, p, axis=(-2, -1)) - linalg.norm(x, p, axis=(-2, -1)))


def matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, rtol: Any = None) -> int:
    """svdvals + 2*k per matrix, k = min(m,n); a vector numel(input).

    Source: numerical rank by SVD, Golub & Van Loan, Matrix Computations (4th ed., 5.4).
    Example: (12, 6): 1,440 + 12 = 1,452.
    """
    fused = linalg.matrix_rank(A, tol, hermitian)
    if len(shape(A)) < 2:
        return fused
    return fused - linalg.svdvals(A) + svd(A, compute_uv=False, hermitian=hermitian)


def cov(*args: Any, **kwargs: Any) -> int:
    """What "fma1" counts, and f*f*s more for f features of s samples: the additions of their product.

    Source: the definition, as cov of "fma1".
    Example: (3, 10): 159 + 90 = 249.
    """
    return statistics.cov(*args, **kwargs) + _products(*args[:3], **kwargs)


def corrcoef(*args: Any, **kwargs: Any) -> int:
    """What "fma1" counts, and f*f*s more for f features of s samples: the additions of their product.

    Source: the definition, as corrcoef of "fma1".
    Example: (3, 10): 189 + 90 = 279.
    """
    return statistics.corrcoef(*args, **kwargs) + _products(*args[:3], **kwargs)


def _products(m: Any = None, y: Any = None, rowvar: bool = True, **rest: Any) -> int:
    f, s = statistics._variables(rest.get("x", m), y, rowvar)
    return f * f * s


def roots(p: Any) -> int:
    """10*n**3 + 2*n for degree n: the eigenvalues of the companion matrix and its row of coefficients.

    Source: Edelman & Murakami, Mathematics of Computation 64 (1995); linalg.eigvals.
    Example: degree 3: 270 + 6 = 276.
    """
    n = max(numel(p) - 1, 0)
    return polynomial.roots(p) + 9 * n**3


def poly(seq_of_zeros: Any) -> int:
    """2*n*(n+1) for n roots, product by product; a matrix adds 10*n**3 for its eigenvalues.

    Source: written out as n convolutions of 1, 2, ..., n coefficients with 2; linalg.eigvals.
    Example: 3 roots: 2*3*4 = 24; (4, 4): 640 + 2*4*5 = 680.
    """
    fused, n = polynomial.poly(seq_of_zeros), (*shape(seq_of_zeros), 1)[0]
    return fused + n * (n + 1) + (9 * n**3 if len(shape(seq_of_zeros)) == 2 else 0)


def polyfit(x: Any, y: Any, deg: int, rcond: Any = None, full: bool = False, w: Any = None, cov: Any = False) -> int:
    """What "fma1" counts, with lstsq, product and inverse of this model in the place of its own.

    Source: as polyfit of "fma1".
    Example: 10 points, degree 2: 255 - (90 + 49) + 4*10*9 + 8*27 + 2*(30 + 9) + 3 + 14 = 787.
    """
    fused = polynomial.polyfit(x, y, deg, rcond, full, w, cov)
    n, k = numel(x), int(deg) + 1
    matrix, square = Shaped((n, k)), Shaped((k, k))
    fused += lstsq(matrix, y) - linalg.lstsq(matrix, y)
    return fused + (n * k**2 + inv(square) - linalg.cube(square) if cov and not full else 0)


def _fitted(rule: Rule) -> Rule:
    def fit(x: Any, y: Any, deg: Any, rcond: Any = None, full: bool = False, w: Any = None) -> int:
        """What "fma1" counts, with lstsq of this model in the place of its own.

        Source: linear least squares by SVD, Golub & Van Loan, Matrix Computations (4th ed., 5.5).
        Example: powers, 10 points, degree 2: 255 - (90 + 49) + 4*10*9 + 8*27 + 2*(30 + 9) + 3 + 14 = 787.
        """
        fused = rule(x, y, deg, rcond, full, w)
        matrix = Shaped((shape(x)[0], numel(deg) if shape(deg) else index(deg) + 1))
        return fused + lstsq(matrix, y) - linalg.lstsq(matrix, y)

    return fit


def _companion_roots(rule: Rule) -> Rule:
    def companion_roots(c: Any) -> int:
        """What "fma1" counts, with 10*n**3 for the eigenvalues in the place of n**3.

        Source: as linalg.eigvals.
        Example: powers to degree 3: 39 + 9*27 = 282.
        """
        return rule(c) + 9 * max(numel(c) - 1, 0) ** 3

    return companion_roots


# -- the models ------------------------------------------------------------------------------------------------------

_MATRICES = {
    "linalg.det": lu,
    "linalg.slogdet": lu,
    "linalg.inv": inv,
    "linalg.cholesky": cholesky,
    "linalg.qr": qr,
    "linalg.svd": svd,
    "linalg.svdvals": svdvals,
    "linalg.eigh": eigh,
    "linalg.eigvalsh": eigvalsh,
    "linalg.eig": eig,
    "linalg.eigvals": eigvals,
    "linalg.solve": solve,
    "linalg.lstsq": lstsq,
    "linalg.pinv": pinv,
    "linalg.tensorsolve": tensorsolve,
    "linalg.tensorinv": tensorinv,
    "linalg.norm": norm,
    "linalg.matrix_norm": matrix_norm,
    "linalg.cond": cond,
    "linalg.matrix_rank": matrix_rank,
}
_PRODUCTS = {
    "einsum": einsum,
    "tensordot": tensordot,
    "dot": dot,
    "inner": inner,
    "matmul": _doubled(contractions.matmul, "(256, 256) @ (256, 256): 2*256**3 = 33,554,432."),
    "vecdot": _doubled(contractions.vecdot, "(3, 5, 7) and (7,): 2*105 = 210."),
    "matvec": _doubled(contractions.matvec, "(3, 5, 7) and (7,): 2*105 = 210."),
    "vecmat": _doubled(contractions.vecmat, "(3, 5) and (3, 5, 7): 2*105 = 210."),
    "vdot": _doubled(contractions.vdot, "(3, 4) and (3, 4): 24."),
    "linalg.multi_dot": _doubled(linalg.multi_dot, "(3, 4), (4, 5), (5, 6): 2*150 = 300."),
    "linalg.matrix_power": _doubled(linalg.matrix_power, "(4, 4) to the 5th: 2*192 = 384; to the -1st: 128."),
}
_SUMS_OF_PRODUCTS = {
    "convolve": _doubled(statistics.convolve, "(10,) and (4,): 80."),
    "correlate": _doubled(statistics.convolve, "(10,) and (4,): 80."),
    "polymul": _doubled(polynomial.polymul, "4 and 3 coefficients: 24."),
    "polydiv": _doubled(polynomial.polydiv, "7 by 5 coefficients: 30."),
    "polyval": _doubled(polynomial.polyval, "degree 5 at (4, 8): 320."),
    "cov": cov,
    "corrcoef": corrcoef,
    "roots": roots,
    "poly": poly,
    "polyfit": polyfit,
}


def _series() -> dict[str, Rule]:
    """Rules for numpy.polynomial: products and evaluations twice, fits and roots by this model's linear algebra."""
    found: dict[str, Rule] = {}
    endings = "mul mulx div pow val val2d val3d grid2d grid3d fromroots".split()
    for basis in "polynomial chebyshev legendre laguerre hermite hermite_e".split():
        prefix = f"polynomial.{basis}."
        for name, op in TABLE.items():
            if not name.startswith(prefix) or op.cost is None:
                continue
            function = name.removeprefix(prefix)
            if function == "polyvalfromroots":
                continue  # differences and products, which are counted apart already
            if function.endswith("roots") and not function.endswith("fromroots"):
                found[name] = _companion_roots(op.cost)
            elif function.endswith("fit"):
                found[name] = _fitted(op.cost)
            elif any(function.endswith(ending) for ending in endings):
                found[name] = _doubled(op.cost, "twice that of the table.", "Clenshaw, MTAC 9 (1955)")
    return found


#: Real operations per complex one, of ops that are not as many multiplications as additions.
_COMPLEX: dict[str, int] = {
    **dict.fromkeys(
        "add subtract negative positive sum mean nansum nanmean cumsum nancumsum cumulative_sum".split(), 2
    ),
    **dict.fromkeys(
        "diff ediff1d trace trapezoid add.reduce add.accumulate subtract.outer add.outer add.at".split(), 2
    ),
    **dict.fromkeys("multiply prod nanprod cumprod nancumprod cumulative_prod multiply.outer".split(), 6),
    **dict.fromkeys("multiply.reduce multiply.accumulate outer linalg.outer kron".split(), 6),
    **dict.fromkeys("divide reciprocal".split(), 11),
    "absolute": 4,
    "square": 5,
    **dict.fromkeys("conjugate equal not_equal isfinite isnan isinf logical_not iscomplex isreal where".split(), 1),
    **dict.fromkeys("nonzero flatnonzero argwhere count_nonzero any all sort argsort".split(), 1),
    # 5*n*log2(n) counts real operations of a complex transform.
    **dict.fromkeys("fft.fft fft.ifft fft.fft2 fft.ifft2 fft.fftn fft.ifftn fft.irfft fft.hfft".split(), 1),
    **dict.fromkeys("fft.irfft2 fft.irfftn fft.rfft fft.ihfft fft.rfft2 fft.rfftn".split(), 1),
    "einsum_path": 1,
}


def with_complex(base: CostModel, name: str) -> CostModel:
    """A model that counts complex arithmetic by the real one that it takes, and all else as `base`."""
    return base.derive(name, dtype_factors={"complex": 4, **{(op, "complex"): n for op, n in _COMPLEX.items()}})


FMA2 = CostModel("fma2", "1", {**_MATRICES, **_PRODUCTS, **_SUMS_OF_PRODUCTS, **_series()})
