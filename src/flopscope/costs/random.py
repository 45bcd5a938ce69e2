"""Sampling: what ``numpy.random``, its Generator and its RandomState cost.

A number drawn is one FLOP, whatever the distribution, so that a cost follows from shapes alone. What surrounds the
drawing is added where it is arithmetic of its own: the factor of a covariance, the search through probabilities.
Seeding and states are free.
"""

# pyright: reportUnknownLambdaType=false
# The lambdas below are NumPy's parameter lists and nothing else; annotating them would bury the names.

from __future__ import annotations

from collections.abc import Callable
from math import prod
from operator import index
from typing import Any

from .linalg import cube
from .shapes import Shape, broadcast, ceil_log2, normalize_axis, numel, shape
from .table import aliases, free, ops

MODULE, GENERATOR, STATE = "random", "random.Generator", "random.RandomState"
LEGACY = (MODULE, STATE)
EVERYWHERE = (MODULE, GENERATOR, STATE)


def _rows(rule: Callable[..., int], names: str, *homes: str, like: Callable[..., int] | None = None) -> None:
    """Add rows for `names` in each of `homes`; `like` is the rule whose formula this one shares, under other names."""
    if like is not None:
        rule.__doc__ = like.__doc__
    ops(rule, " ".join(f"{home}.{name}" for home in homes for name in names.split()))


def _sizes(size: Any) -> Shape:
    """`size` as a shape: an integer is one axis, None a single draw."""
    if size is None:
        return ()
    try:
        sizes: Shape = (index(size),)
    except TypeError:
        sizes = tuple(index(n) for n in size)
    if any(n < 0 for n in sizes):
        raise ValueError(f"size has no negative entries, got {size}")
    return sizes


def _result(size: Any, *parameters: Shape, out: Any = None) -> Shape:
    """Shape of a draw: of `size`, else of `out`, else that to which the parameters broadcast."""
    if size is None and out is None:
        return broadcast(*parameters)
    result = shape(out) if size is None else _sizes(size)
    if broadcast(result, *parameters) != result or (out is not None and result != shape(out)):
        raise ValueError(f"parameters of shapes {', '.join(map(str, parameters))} do not fill a result of {result}")
    return result


# One number per element of the result


def draws(size: Any, *parameters: Any, out: Any = None) -> int:
    """numel(result): one per number drawn, whatever the distribution.

    The result has the shape `size` or, without it, the shape to which the parameters broadcast.

    Source: a bounded expected number of steps per variate, Devroye, Non-Uniform Random Variate Generation (1986);
    taken as the unit.
    Example: size=(10, 20): 200; parameters of shapes (3, 1) and (4,): 12.
    """
    return prod(_result(size, *map(shape, parameters), out=out))


def _draws(names: str, rule: Callable[..., int], *homes: str) -> None:
    """Rows priced by `draws`: `rule` only says which parameters the distribution has."""
    _rows(rule, names, *(homes or EVERYWHERE), like=draws)


_draws("standard_cauchy", lambda size=None: draws(size))
_draws("chisquare standard_t", lambda df, size=None: draws(size, df))
_draws("exponential rayleigh", lambda scale=1.0, size=None: draws(size, scale))
_draws("geometric logseries", lambda p, size=None: draws(size, p))
_draws("pareto power weibull zipf", lambda a, size=None: draws(size, a))
_draws("poisson", lambda lam=1.0, size=None: draws(size, lam))
_draws("beta", lambda a, b, size=None: draws(size, a, b))
_draws("binomial negative_binomial", lambda n, p, size=None: draws(size, n, p))
_draws("f", lambda dfnum, dfden, size=None: draws(size, dfnum, dfden))
_draws("gamma", lambda shape, scale=1.0, size=None: draws(size, shape, scale))
_draws("gumbel laplace logistic normal", lambda loc=0.0, scale=1.0, size=None: draws(size, loc, scale))
_draws("lognormal", lambda mean=0.0, sigma=1.0, size=None: draws(size, mean, sigma))
_draws("noncentral_chisquare", lambda df, nonc, size=None: draws(size, df, nonc))
_draws("uniform", lambda low=0.0, high=1.0, size=None: draws(size, low, high))
_draws("vonmises", lambda mu, kappa, size=None: draws(size, mu, kappa))
_draws("wald", lambda mean, scale, size=None: draws(size, mean, scale))
_draws("hypergeometric", lambda ngood, nbad, nsample, size=None: draws(size, ngood, nbad, nsample))
_draws("noncentral_f", lambda dfnum, dfden, nonc, size=None: draws(size, dfnum, dfden, nonc))
_draws("triangular", lambda left, mode, right, size=None: draws(size, left, mode, right))

_draws("random random_sample standard_normal standard_exponential", lambda size=None: draws(size), *LEGACY)
_draws("standard_gamma", lambda shape, size=None: draws(size, shape), *LEGACY)
_draws("random_integers", lambda low, high=None, size=None: draws(size, low, high), *LEGACY)
_draws("tomaxint", lambda size=None: draws(size), STATE)

_draws("random standard_normal", lambda size=None, dtype=float, out=None: draws(size, out=out), GENERATOR)
_draws("standard_exponential", lambda size=None, dtype=float, method="zig", out=None: draws(size, out=out), GENERATOR)
_draws("standard_gamma", lambda shape, size=None, dtype=float, out=None: draws(size, shape, out=out), GENERATOR)


def integers(low: Any, high: Any = None, size: Any = None, dtype: Any = int, endpoint: bool = False) -> int:
    """numel(result): one per integer drawn.

    Source: bounded integers by rejection, Lemire, ACM TOMACS 29 (2019); taken as the unit.
    Example: integers(10, size=(10, 20)): 200; bounds of shapes (3, 1) and (4,): 12.
    """
    bounds = broadcast(shape(low), () if high is None else shape(high))
    if size is None:
        return prod(bounds)
    result = _sizes(size)
    if prod(result):
        broadcast(result, bounds)  # a looser fit than elsewhere in numpy.random, but it has to fit
    return prod(result)


def rand(*args: Any) -> int:
    """numel(result): one per number drawn.

    Source: taken as the unit, as for every distribution.
    Example: rand(10, 20): 200.
    """
    return prod(_sizes(args))


def random_bytes(length: int) -> int:
    """One per byte.

    Source: taken as the unit, as for every draw.
    Example: bytes(10): 10.
    """
    return max(int(length), 0)


_rows(integers, "integers", GENERATOR)
_rows(lambda low, high=None, size=None, dtype=int: integers(low, high, size), "randint", *LEGACY, like=integers)
_rows(rand, "rand randn", *LEGACY)
_rows(random_bytes, "bytes", *EVERYWHERE)


# A vector per draw


def _categories(p: Any) -> int:
    if len(shape(p)) != 1:
        raise ValueError(f"needs a vector, got shape {shape(p)}")
    return numel(p)


def dirichlet(alpha: Any, size: Any = None) -> int:
    """numel(result): k numbers per draw from k concentrations.

    Source: normalized gamma variates, Devroye, Non-Uniform Random Variate Generation (1986, XI).
    Example: 3 concentrations, size=(10, 20): 600.
    """
    return prod(_sizes(size)) * _categories(alpha)


def multinomial(n: Any, pvals: Any, size: Any = None) -> int:
    """numel(result): k counts per draw from k probabilities.

    Source: conditional binomials, Devroye, Non-Uniform Random Variate Generation (1986, XI).
    Example: 3 probabilities, size=(10, 20): 600.
    """
    probabilities = shape(pvals)
    if not probabilities:
        raise ValueError("multinomial needs a vector of probabilities")
    return prod(_result(size, shape(n), probabilities[:-1])) * probabilities[-1]


def multivariate_hypergeometric(colors: Any, nsample: Any, size: Any = None, method: str = "marginals") -> int:
    """numel(result): k counts per draw from k colors.

    Source: conditional hypergeometrics, Devroye, Non-Uniform Random Variate Generation (1986, XI).
    Example: 3 colors, size=(10, 20): 600.
    """
    return prod(_sizes(size)) * _categories(colors)


def multivariate_normal(
    mean: Any, cov: Any, size: Any = None, check_valid: str = "warn", tol: float = 1e-8, *, method: str = "svd"
) -> int:
    """d**3 + d**2 + d + N*(d**2 + 2*d) for N draws in d dimensions; method='cholesky' saves the d**2 + d.

    The terms: d**3 to factor the covariance (svd, eigh or cholesky alike), d**2 + d to scale its eigenvectors by
    roots of its eigenvalues; for each draw d normal numbers, d**2 to transform and d to shift them.

    Source: Devroye, Non-Uniform Random Variate Generation (1986, XI); Golub & Van Loan, Matrix Computations
    (4th ed., 4.2).
    Example: d = 3, size=(10, 20): 27 + 9 + 3 + 200*(9 + 6) = 3,039.
    """
    d = _categories(mean)
    if shape(cov) != (d, d):
        raise ValueError(f"a mean of {d} needs a covariance of ({d}, {d}), got shape {shape(cov)}")
    scaling = 0 if method == "cholesky" else d**2 + d
    return cube(cov) + scaling + prod(_sizes(size)) * (d**2 + 2 * d)


_rows(dirichlet, "dirichlet", *EVERYWHERE)
_rows(multinomial, "multinomial", *EVERYWHERE)
_rows(multivariate_hypergeometric, "multivariate_hypergeometric", GENERATOR)
_rows(multivariate_normal, "multivariate_normal", GENERATOR)
_rows(
    lambda mean, cov, size=None, check_valid="warn", tol=1e-8: multivariate_normal(mean, cov, size),
    "multivariate_normal",
    *LEGACY,
    like=multivariate_normal,
)


# From a population


def _population(a: Any, axis: int = 0) -> int:
    """Members of a population: an integer stands for that many, an array for its items along `axis`."""
    try:
        return max(index(a), 0)
    except TypeError:
        sizes = shape(a)
    return sizes[normalize_axis(axis, len(sizes))]


def choice(a: Any, size: Any = None, replace: bool = True, p: Any = None, axis: int = 0, shuffle: bool = True) -> int:
    """c draws from n: c with replacement, n*ceil(log2 n) without; with `p`, 2*n + c*ceil(log2 n) more.

    Without replacement n members are ordered at random (at least n). With probabilities, they are summed up and
    normalized, 2*n, and each draw searches them.

    Source: sampling by sorting random keys and by bisection, Devroye, Non-Uniform Random Variate Generation (1986,
    XII, III.2).
    Example: choice(100, 20): 20; without replacement: 100*7 = 700; choice(10, 5, p=p): 5 + 20 + 5*4 = 45.
    """
    n, c = _population(a, axis), prod(_sizes(size))
    if c and not n:
        raise ValueError("no draws from an empty population")
    if not replace and c > n:
        raise ValueError(f"no {c} draws without replacement from a population of {n}")
    if p is not None and shape(p) != (n,):
        raise ValueError(f"a population of {n} needs {n} probabilities, got shape {shape(p)}")
    cost = c if replace else n * max(ceil_log2(n), 1)
    return cost if p is None else cost + 2 * n + c * ceil_log2(n)


def permutation(x: Any, axis: int = 0) -> int:
    """n, the number of items put into a new order.

    Source: Fisher-Yates shuffle, Knuth, The Art of Computer Programming 2 (3.4.2).
    Example: 16: 16; (10, 4): 10.
    """
    return _population(x, axis)


def shuffle(x: Any, axis: int = 0) -> int:
    """n, the number of items put into a new order.

    Source: Fisher-Yates shuffle, Knuth, The Art of Computer Programming 2 (3.4.2).
    Example: (10, 4): 10.
    """
    sizes = x.shape if hasattr(x, "shape") else (len(x),)  # any sequence, of lists of different lengths, say
    return sizes[normalize_axis(axis, len(sizes))]


def permuted(x: Any, *, axis: Any = None, out: Any = None) -> int:
    """numel(input): every element is put into a new place.

    Source: Fisher-Yates shuffle of every slice, Knuth, The Art of Computer Programming 2 (3.4.2).
    Example: (10, 4): 40.
    """
    return numel(x)


_rows(choice, "choice", GENERATOR)
_rows(lambda a, size=None, replace=True, p=None: choice(a, size, replace, p), "choice", *LEGACY, like=choice)
_rows(permutation, "permutation", GENERATOR)
_rows(shuffle, "shuffle", GENERATOR)
_rows(lambda x: permutation(x), "permutation", *LEGACY, like=permutation)
_rows(lambda x: shuffle(x), "shuffle", *LEGACY, like=shuffle)
_rows(permuted, "permuted", GENERATOR)

free("random.default_rng random.get_bit_generator random.set_bit_generator")
free("random.Generator.bit_generator random.Generator.spawn")
free(" ".join(f"{home}.{name}" for home in LEGACY for name in ("seed", "get_state", "set_state")))
aliases({"random.ranf": "random.random_sample", "random.sample": "random.random_sample"})
