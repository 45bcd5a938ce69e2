"""Polynomials and orthogonal series: what the functions of ``numpy.polynomial`` cost.

The six bases differ in one number, the FLOPs of a step of their three-term recurrence per coefficient and point
(Clenshaw's algorithm, one fused multiply-add each): 1 for powers (Horner), 2 for Chebyshev and both Hermite series,
3 for Legendre and Laguerre. A rule is a method of :class:`Basis`, which holds that number, written s in the formulas.
Coefficients are counted as given: zeros that NumPy trims depend on values.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from operator import index
from typing import Any

from .linalg import cube, lstsq
from .shapes import Shape, Shaped, broadcast, ceil_log2, normalize_axis, numel, shape
from .table import aliases, free, ops


def _terms(c: Any) -> int:
    """Number of coefficients of one series; a scalar is a constant."""
    sizes = shape(c) or (1,)
    if len(sizes) != 1 or not sizes[0]:
        raise ValueError(f"needs a vector of coefficients, got shape {shape(c)}")
    return sizes[0]


def _whole(n: Any) -> Any:
    """`n` without the fraction that it does not have: NumPy takes some numbers as floats."""
    return int(n) if n == int(n) else n


def _order(m: Any) -> int:
    if index(m) < 0:
        raise ValueError(f"needs an order of zero or more, got {m}")
    return index(m)


# The same in every basis


def add(c1: Any, c2: Any) -> int:
    """max(n1,n2) for series of n1 and n2 terms.

    Source: elementwise on the longer series.
    Example: 4 and 3 terms: 4.
    """
    return max(_terms(c1), _terms(c2))


def trim(c: Any, tol: float = 0) -> int:
    """2*n for n terms: absolute values, compared with `tol`.

    Source: elementwise.
    Example: 5 terms: 10.
    """
    return 2 * _terms(c)


def valfromroots(x: Any, r: Any, tensor: bool = True) -> int:
    """2*n at each point, for n roots: differences and their product.

    Source: the factored form, root by root.
    Example: 3 roots, 10 points: 60.
    """
    n, *columns = shape(r) or (1,)
    return 2 * n * _points(columns, x, tensor)


def _points(columns: Any, x: Any, tensor: bool) -> int:
    """Number of values, when series in `columns` are evaluated at `x`: all at all points, or pairwise."""
    return prod(columns) * numel(x) if tensor else prod(broadcast(tuple(columns), shape(x)))


class Basis:
    """The rules of one family of polynomials, whose recurrence takes `step` FLOPs per coefficient and point."""

    def __init__(self, step: int) -> None:
        self.step = step

    # Arithmetic of series

    def mulx(self, c: Any) -> int:
        """s*n for n terms; s = 2 (Chebyshev, Hermite) or 3 (Legendre, Laguerre) per step of the recurrence.

        Source: x*p_n by the three-term recurrence, NIST Digital Library of Mathematical Functions 18.9.
        Example: 5 Legendre terms: 15.
        """
        return self.step * _terms(c)

    def mul(self, c1: Any, c2: Any) -> int:
        """s*n1*n2; s = 1 (powers), 2 (Chebyshev, Hermite) or 3 (Legendre, Laguerre) per step of the recurrence.

        Source: one multiplication by x per term of one factor (Clenshaw); for powers, convolution.
        Example: 4 and 3 terms: powers 12, Chebyshev 24, Legendre 36.
        """
        return self.step * _terms(c1) * _terms(c2)

    def div(self, c1: Any, c2: Any) -> int:
        """s*q*n2 for a quotient of q = max(n1-n2+1,0) terms; s = 1 (powers), 2 (Chebyshev, Hermite), 3 (others).

        Source: long division, Knuth, The Art of Computer Programming 2 (4.6.1).
        Example: 7 by 5 terms: powers 3*5 = 15, Chebyshev 30.
        """
        return self.step * max(_terms(c1) - _terms(c2) + 1, 0) * _terms(c2)

    def power(self, c: Any, pow: Any, maxpower: Any = None) -> int:
        """Sum of the products: s*n*(i*(n-1) + 1) for i = 1 ... pow-1, s as in mul.

        Source: repeated multiplication.
        Example: 3 terms squared: powers 3*3 = 9; to the third: 3*3 + 3*5 = 24.
        """
        n, p = _terms(c), _order(_whole(pow))
        return self.step * n * ((n - 1) * p * (p - 1) // 2 + max(p - 1, 0))

    def fromroots(self, roots: Any) -> int:
        """s*n*(n+1) for n roots; s = 1 (powers), 2 (Chebyshev, Hermite) or 3 (Legendre, Laguerre).

        Source: written out as n products of 1, 2, ..., n terms with 2.
        Example: 5 roots: powers 5*6 = 30, Chebyshev 60.
        """
        if len(shape(roots)) > 1:
            raise ValueError(f"needs a vector of roots, got shape {shape(roots)}")
        return self.step * numel(roots) * (numel(roots) + 1)

    def to_powers(self, c: Any) -> int:
        """s*n**2 for n terms; s = 2 (Chebyshev, Hermite) or 3 (Legendre, Laguerre) per step of the recurrence.

        Source: the recurrence run backwards over series, Clenshaw, MTAC 9 (1955).
        Example: 5 Chebyshev terms: 50.
        """
        return self.step * _terms(c) ** 2

    def from_powers(self, pol: Any) -> int:
        """s*n**2 for n terms; s = 2 (Chebyshev, Hermite) or 3 (Legendre, Laguerre) per step of the recurrence.

        Source: Horner's rule over series, one multiplication by x per term.
        Example: 5 terms to Legendre: 75.
        """
        return self.step * _terms(pol) ** 2

    def derivative(self, c: Any, m: Any = 1, scl: Any = 1, axis: int = 0) -> int:
        """s*(n-1) for n terms, and one term less each further time; s = 1 (powers), 2 (Chebyshev, Hermite), 3 (others).

        Several series along other axes multiply.

        Source: derivative of a series, NIST Digital Library of Mathematical Functions 18.9(iii).
        Example: 5 terms: powers 4; twice 4 + 3 = 7.
        """
        n, columns = _along(c, axis)
        times = min(_order(m), n)
        return self.step * columns * (times * n - times * (times + 1) // 2)

    def integral(self, c: Any, m: Any = 1, k: Any = (), lbnd: Any = 0, scl: Any = 1, axis: int = 0) -> int:
        """2*s*n for n terms, and one term more each further time; s = 1 (powers), 2 (Chebyshev, Hermite), 3 (others).

        Half of it integrates, half evaluates the result at the lower bound. Several series along other axes multiply.

        Source: integral of a series, NIST Digital Library of Mathematical Functions 18.9(iii).
        Example: 5 terms: powers 10; twice 10 + 12 = 22.
        """
        n, columns = _along(c, axis)
        times = _order(m)
        return self.step * columns * times * (2 * n + times - 1)

    # Evaluation

    def val(self, x: Any, c: Any, tensor: bool = True) -> int:
        """s*(n-1) at each point for n terms; s = 1 (powers), 2 (Chebyshev, Hermite) or 3 (Legendre, Laguerre).

        Several series along further axes of `c` each meet all points, or with tensor=False broadcast with them.

        Source: Horner's rule, Knuth, The Art of Computer Programming 2 (4.6.4); Clenshaw, MTAC 9 (1955).
        Example: 4 terms, 10 points: powers 30, Chebyshev 60, Legendre 90.
        """
        n, *columns = shape(c) or (1,)
        return self.step * max(n - 1, 0) * _points(columns, x, tensor)

    def val2d(self, x: Any, y: Any, c: Any) -> int:
        """s*(n1*n2 - 1) at each point for n1 by n2 terms, s as in val.

        Source: the rule of one dimension along x for every column, then along y.
        Example: (4, 3) powers at 10 points: 3*3*10 + 2*10 = 110.
        """
        return self._nested(c, x, y)

    def val3d(self, x: Any, y: Any, z: Any, c: Any) -> int:
        """s*(n1*n2*n3 - 1) at each point for n1 by n2 by n3 terms, s as in val.

        Source: the rule of one dimension along x for every column, then along y and z.
        Example: (2, 2, 2) powers at 10 points: 4*10 + 2*10 + 10 = 70.
        """
        return self._nested(c, x, y, z)

    def valnd(self, pts: Any, c: Any) -> int:
        """s*(n1*n2*...*nk - 1) at each point for n1 by n2 by ... nk terms in k variables, s as in val.

        Source: the rule of one dimension, variable by variable.
        Example: (2, 2, 2) powers at 10 points: 4*10 + 2*10 + 10 = 70.
        """
        if not isinstance(pts, (tuple, list)):  # an array, of which each row is a variable
            variables, *points = shape(pts)
            pts = [Shaped(tuple(points))] * variables
        return self._nested(c, *pts)

    def grid2d(self, x: Any, y: Any, c: Any) -> int:
        """s*((n1-1)*n2*X + (n2-1)*X*Y) for n1 by n2 terms on an X by Y grid, s as in val.

        Source: the rule of one dimension along x for every column, then along y for every x.
        Example: (4, 3) powers on a 10 by 5 grid: 3*3*10 + 2*10*5 = 190.
        """
        return self._nested(c, x, y, grid=True)

    def grid3d(self, x: Any, y: Any, z: Any, c: Any) -> int:
        """s*((n1-1)*n2*n3*X + (n2-1)*n3*X*Y + (n3-1)*X*Y*Z) on an X by Y by Z grid, s as in val.

        Source: the rule of one dimension, axis by axis.
        Example: (2, 2, 2) powers on a 10 by 5 by 3 grid: 4*10 + 2*10*5 + 10*5*3 = 290.
        """
        return self._nested(c, x, y, z, grid=True)

    def _nested(self, c: Any, *points: Any, grid: bool = False) -> int:
        if len(shape(c)) < len(points):
            raise ValueError(f"needs coefficients of {len(points)} dimensions, got shape {shape(c)}")
        if not grid and any(shape(x) != shape(points[0]) for x in points):
            raise ValueError(f"points have different shapes {', '.join(str(shape(x)) for x in points)}")
        cost, partial = 0, Shaped(shape(c))
        for i, x in enumerate(points):
            tensor = grid or i == 0
            cost += self.val(x, partial, tensor)
            columns = partial.shape[1:]
            partial = Shaped(columns + shape(x) if tensor else broadcast(columns, shape(x)))
        return cost

    # Matrices and what is done with them

    def vander(self, x: Any, deg: Any) -> int:
        """s*deg for each point; s = 1 (powers), 2 (Chebyshev, Hermite) or 3 (Legendre, Laguerre).

        Source: the three-term recurrence, column by column, NIST Digital Library of Mathematical Functions 18.9.
        Example: 10 points to degree 3: powers 30, Legendre 90.
        """
        return self.step * _order(deg) * numel(x)

    def vander2d(self, x: Any, y: Any, deg: Any) -> int:
        """s*(d1+d2) + (d1+1)*(d2+1) for each point, s as in vander.

        Source: the rule of one dimension for each coordinate, and outer products of the rows.
        Example: 10 points to degrees 2 and 3: powers 20 + 30 + 10*3*4 = 170.
        """
        return self._nested_vander(deg, x, y)

    def vander3d(self, x: Any, y: Any, z: Any, deg: Any) -> int:
        """s*(d1+d2+d3) + (d1+1)*(d2+1)*(d3+2) for each point, s as in vander.

        Source: the rule of one dimension for each coordinate, and outer products of the rows, two and then three.
        Example: 10 points to degrees 1, 1 and 1: powers 3*10 + 10*4 + 10*8 = 150.
        """
        return self._nested_vander(deg, x, y, z)

    def _nested_vander(self, deg: Any, *points: Any) -> int:
        degrees = [_order(d) for d in deg]
        if len(degrees) != len(points):
            raise ValueError(f"needs {len(points)} degrees, got {len(degrees)}")
        if any(shape(x) != shape(points[0]) for x in points):
            raise ValueError(f"points have different shapes {', '.join(str(shape(x)) for x in points)}")
        cost, entries = self.vander(points[0], degrees[0]), numel(points[0]) * (degrees[0] + 1)
        for x, d in zip(points[1:], degrees[1:], strict=True):
            entries *= d + 1
            cost += self.vander(x, d) + entries
        return cost

    def fit(self, x: Any, y: Any, deg: Any, rcond: Any = None, full: bool = False, w: Any = None) -> int:
        """vander + 3*m*n + n + lstsq + n*c, m points, n terms, c right-hand sides; weights add m*n + m*c.

        The terms: the Vandermonde matrix, its columns scaled to norm 1, the least-squares solution (linalg.lstsq),
        and its scaling back.

        Source: linear least squares by SVD, Golub & Van Loan, Matrix Computations (4th ed., 5.5).
        Example: 10 points, powers to degree 2: 20 + 90 + 3 + (90 + 30 + 3 + 9 + 7) + 3 = 255.
        """
        if len(shape(x)) != 1 or len(shape(y)) not in (1, 2) or shape(x)[0] != shape(y)[0]:
            raise ValueError(f"needs as many points as values, got shapes {shape(x)} and {shape(y)}")
        m, c = (*shape(y), 1)[:2]
        if shape(deg):
            n, top = _terms(deg), max(_order(d) for d in deg)
        else:
            n, top = _order(deg) + 1, _order(deg)
        weighting = 0 if w is None else m * n + m * c
        return self.vander(x, top) + weighting + 3 * m * n + n + lstsq(Shaped((m, n)), y) + n * c

    def companion(self, c: Any) -> int:
        """(s + 1)*n for degree n; s = 1 (powers), 2 (Chebyshev, Hermite) or 3 (Legendre, Laguerre).

        Source: one column from the coefficients, scaled to be near symmetric.
        Example: degree 3: powers 6, Chebyshev 9.
        """
        n = _terms(c) - 1
        if n < 1:
            raise ValueError("a companion matrix needs degree 1 at least")
        return (self.step + 1) * n

    def roots(self, c: Any) -> int:
        """n**3 + (s + 1)*n + n*ceil(log2 n) for degree n: eigenvalues of the companion matrix, sorted.

        s = 1 (powers), 2 (Chebyshev, Hermite) or 3 (Legendre, Laguerre).

        Source: Edelman & Murakami, Math. Comp. 64 (1995); Good, Quart. J. Math. 12 (1961) for other bases.
        Example: powers to degree 3: 27 + 6 + 6 = 39.
        """
        n = _terms(c) - 1
        return cube(Shaped((n, n))) + self.companion(c) + n * ceil_log2(n) if n else 0

    def gauss(self, deg: Any) -> int:
        """n**3 + 3*s*n**2 + (2*s + 17)*n for n points: eigenvalues, one Newton step, and the weights.

        s = 2 (Hermite) or 3 (Legendre, Laguerre). The terms: eigenvalues of the n-by-n companion matrix, three series
        of n+1 terms evaluated at n points, companion matrix, derivative and 16 elementwise operations.

        Source: Golub & Welsch, Math. Comp. 23 (1969).
        Example: Legendre, 10 points: 1,000 + 900 + 230 = 2,130.
        """
        n, s = _count(deg), self.step
        return cube(Shaped((n, n))) + 3 * s * n**2 + (2 * s + 17) * n


def _along(c: Any, axis: int) -> tuple[int, int]:
    """Length of `c` along `axis`, and number of series in it."""
    sizes: Shape = shape(c) or (1,)
    axis = normalize_axis(axis, len(sizes))
    return sizes[axis], prod(sizes[:axis] + sizes[axis + 1 :])


def _count(n: Any) -> int:
    if index(n) < 1:
        raise ValueError(f"needs at least 1 point, got {n}")
    return index(n)


def _add_rows(module: str, prefix: str, step: int) -> None:
    home, basis = f"polynomial.{module}", Basis(step)
    rules: dict[str, Callable[..., int]] = {
        "add": add,
        "sub": add,
        "mul": basis.mul,
        "div": basis.div,
        "pow": basis.power,
        "fromroots": basis.fromroots,
        "der": basis.derivative,
        "int": basis.integral,
        "val": basis.val,
        "val2d": basis.val2d,
        "val3d": basis.val3d,
        "valnd": basis.valnd,
        "grid2d": basis.grid2d,
        "grid3d": basis.grid3d,
        "vander": basis.vander,
        "vander2d": basis.vander2d,
        "vander3d": basis.vander3d,
        "fit": basis.fit,
        "companion": basis.companion,
        "roots": basis.roots,
    }
    if module == "polynomial":
        free(f"{home}.polymulx")  # coefficients only move
        rules["valfromroots"] = valfromroots
    else:
        rules["mulx"] = basis.mulx
        ops(basis.to_powers, f"{home}.{prefix}2poly")
        ops(basis.from_powers, f"{home}.poly2{prefix}")
        if module != "chebyshev":
            rules["gauss"] = basis.gauss
    for name, rule in rules.items():
        ops(rule, f"{home}.{prefix}{name}")
    free(f"{home}.{prefix}line")
    aliases({f"{home}.{prefix}trim": "polynomial.polyutils.trimcoef"})  # one function of NumPy's


_add_rows("polynomial", "poly", 1)
_add_rows("chebyshev", "cheb", 2)
_add_rows("legendre", "leg", 3)
_add_rows("hermite", "herm", 2)
_add_rows("hermite_e", "herme", 2)
_add_rows("laguerre", "lag", 3)


# Only in one or the other


def chebgauss(deg: Any) -> int:
    """4*n for n points: cosines of scaled integers, and equal weights.

    Source: the closed form, Abramowitz & Stegun 25.4.38.
    Example: 10 points: 40.
    """
    return 4 * _count(deg)


def chebpts1(npts: Any) -> int:
    """2*n for n points: sines of scaled integers.

    Source: the closed form.
    Example: 10 points: 20.
    """
    return 2 * _count(_whole(npts))


def chebpts2(npts: Any) -> int:
    """n for n points: cosines of equal steps.

    Source: the closed form.
    Example: 10 points: 10.
    """
    if _count(_whole(npts)) < 2:
        raise ValueError(f"needs at least 2 points, got {npts}")
    return int(npts)


def chebweight(x: Any) -> int:
    """6*numel(x): two sums, two roots, a product and its inverse.

    Source: 1/(sqrt(1+x)*sqrt(1-x)), elementwise.
    Example: 10 points: 60.
    """
    return 6 * numel(x)


def bell_weight(x: Any) -> int:
    """3*numel(x): a square, a factor and an exponential.

    Source: the weight function, elementwise.
    Example: 10 points: 30.
    """
    return 3 * numel(x)


def simple_weight(x: Any) -> int:
    """2*numel(x): two elementwise operations.

    Source: the weight function, elementwise.
    Example: 10 points: 20.
    """
    return 2 * numel(x)


def chebinterpolate(func: Any, deg: Any, args: Any = ()) -> int:
    """2*n + 2*d*n + n*n + n for degree d, n = d + 1: points, Chebyshev matrix, product, scaling.

    What the function computes at the n points is charged as itself.

    Source: written out as chebpts1, chebvander and dot; orthogonality at the points, Mason & Handscomb, Chebyshev
    Polynomials (6.3).
    Example: degree 4: 10 + 40 + 25 + 5 = 80.
    """
    n = _order(deg) + 1
    return chebpts1(n) + 2 * (n - 1) * n + n * n + n


ops(chebinterpolate, "polynomial.chebyshev.chebinterpolate")
ops(chebgauss, "polynomial.chebyshev.chebgauss")
ops(chebpts1, "polynomial.chebyshev.chebpts1")
ops(chebpts2, "polynomial.chebyshev.chebpts2")
ops(chebweight, "polynomial.chebyshev.chebweight")
ops(bell_weight, "polynomial.hermite.hermweight polynomial.hermite_e.hermeweight")
ops(simple_weight, "polynomial.legendre.legweight polynomial.laguerre.lagweight")


# Helpers


def mapdomain(x: Any, old: Any, new: Any) -> int:
    """2*numel(x) + 7: a linear map, and the seven operations that find it.

    Source: offset + scale*x, elementwise.
    Example: 10 points: 27.
    """
    return 2 * numel(x) + 7


def mapparms(old: Any, new: Any) -> int:
    """7: lengths of both intervals, offset and scale of the map between them.

    Source: the closed form.
    Example: any two intervals: 7.
    """
    return 7


def getdomain(x: Any) -> int:
    """2*numel(x): a minimum and a maximum.

    Source: two reductions.
    Example: 10 points: 20.
    """
    return 2 * numel(x)


ops(mapdomain, "polynomial.polyutils.mapdomain")
ops(mapparms, "polynomial.polyutils.mapparms")
ops(getdomain, "polynomial.polyutils.getdomain")
ops(trim, "polynomial.polyutils.trimcoef")
free("polynomial.polyutils.as_series polynomial.polyutils.trimseq polynomial.polyutils.format_float")
free("polynomial.set_default_printstyle")
