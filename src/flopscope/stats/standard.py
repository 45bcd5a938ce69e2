"""The distributions at location 0 and scale 1, accurate in both tails; values outside the support do not matter.

The textbook formulas (Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions, 2nd ed.) in the forms that do
not cancel: expm1 and log1p, logarithms of normal probabilities, tails by symmetry. Importing this module takes SciPy.
"""

# pyright: reportUnknownLambdaType=false, reportMissingTypeStubs=false, reportMissingModuleSource=false
# The lambdas below are formulas and nothing else, and SciPy has no types.

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, log, pi, sqrt
from typing import Any

import numpy as np
from scipy.special import expit, expm1, log1p, log_ndtr, logit, ndtr, ndtri, ndtri_exp

Array = Any
Function = Callable[..., Array]


@dataclass(frozen=True)
class Standard:
    """Functions of a value (or a probability) and the shape parameters.

    Attributes
    ----------
    pdf, logpdf, cdf, sf, ppf : callable
        As the methods of a distribution, inside the support.
    rvs : callable
        Variates of ``size``, from numbers that ``draw(name of a method of a Generator, its arguments)`` gives.
    support : callable
        Ends of the support.
    valid : callable
        Where the shape parameters are allowed.
    """

    pdf: Function
    logpdf: Function
    cdf: Function
    sf: Function
    ppf: Function
    rvs: Function
    support: Function = lambda: (-inf, inf)
    valid: Function = lambda: True


LOG_SQRT_2PI = log(sqrt(2 * pi))

norm = Standard(
    pdf=lambda z: np.exp(-(z**2) / 2) / sqrt(2 * pi),
    logpdf=lambda z: -(z**2) / 2 - LOG_SQRT_2PI,
    cdf=ndtr,
    sf=lambda z: ndtr(-z),
    ppf=ndtri,
    rvs=lambda draw, size: draw("standard_normal", size),
)
uniform = Standard(
    pdf=np.ones_like,
    logpdf=np.zeros_like,
    cdf=lambda z: z,
    sf=lambda z: 1 - z,
    ppf=lambda q: q,
    rvs=lambda draw, size: draw("uniform", 0.0, 1.0, size),
    support=lambda: (0.0, 1.0),
)
expon = Standard(
    pdf=lambda z: np.exp(-z),
    logpdf=np.negative,
    cdf=lambda z: -expm1(-z),
    sf=lambda z: np.exp(-z),
    ppf=lambda q: -log1p(-q),
    rvs=lambda draw, size: draw("standard_exponential", size),
    support=lambda: (0.0, inf),
)


def _cauchy_logpdf(z: Array) -> Array:
    large = np.maximum(np.abs(z), 1)  # beyond 1 without squaring, which would overflow
    return -log(pi) - np.where(large > 1, 2 * np.log(large) + log1p(large**-2.0), log1p(z**2))


def _cauchy_ppf(q: Array) -> Array:
    return np.where(q == 0.5, 0, -1 / np.tan(pi * np.where(q > 0.5, q - 1, q)))


cauchy = Standard(
    pdf=lambda z: 1 / pi / (1 + z * z),
    logpdf=_cauchy_logpdf,
    cdf=lambda z: np.arctan2(1, -z) / pi,
    sf=lambda z: np.arctan2(1, z) / pi,
    ppf=_cauchy_ppf,
    rvs=lambda draw, size: _cauchy_ppf(draw("uniform", 0.0, 1.0, size)),
)


def _logistic_logpdf(z: Array) -> Array:
    tail = -np.abs(z)
    return tail - 2 * log1p(np.exp(tail))


logistic = Standard(
    pdf=lambda z: np.exp(_logistic_logpdf(z)),
    logpdf=_logistic_logpdf,
    cdf=expit,
    sf=lambda z: expit(-z),
    ppf=logit,
    rvs=lambda draw, size: draw("logistic", 0.0, 1.0, size),
)


def _laplace_cdf(z: Array) -> Array:
    tail = np.exp(-np.abs(z)) / 2
    return np.where(z > 0, 1 - tail, tail)


laplace = Standard(
    pdf=lambda z: np.exp(-np.abs(z)) / 2,
    logpdf=lambda z: -np.abs(z) - log(2),
    cdf=_laplace_cdf,
    sf=lambda z: _laplace_cdf(-z),
    ppf=lambda q: np.where(q > 0.5, -np.log(2 * (1 - q)), np.log(2 * q)),
    rvs=lambda draw, size: draw("laplace", 0.0, 1.0, size),
)


def _lognorm_logpdf(z: Array, s: Array) -> Array:
    y = np.log(z)
    return np.where(z > 0, -(y**2) / (2 * s**2) - np.log(s * z * sqrt(2 * pi)), -inf)


lognorm = Standard(
    pdf=lambda z, s: np.exp(_lognorm_logpdf(z, s)),
    logpdf=_lognorm_logpdf,
    cdf=lambda z, s: ndtr(np.log(z) / s),
    sf=lambda z, s: ndtr(-np.log(z) / s),
    ppf=lambda q, s: np.exp(s * ndtri(q)),
    rvs=lambda draw, size, s: np.exp(s * draw("standard_normal", size)),
    support=lambda s: (0.0, inf),
    valid=lambda s: s > 0,
)


# The truncated normal distribution, in logarithms: its probabilities are ratios of numbers that may both underflow.


def _log_difference(log_p: Array, log_q: Array) -> Array:
    """log(p - q)"""
    return np.where(log_q > -inf, log_p + log1p(-np.exp(log_q - log_p)), log_p)


def _log_mass(a: Array, b: Array) -> Array:
    """Logarithm of the normal probability between a and b, in the left tail, where it is accurate."""
    mirror = a > 0
    low, high = np.where(mirror, -b, a), np.where(mirror, -a, b)
    tail = _log_difference(log_ndtr(high), log_ndtr(low))
    return np.where(high <= 0, tail, log1p(-ndtr(a) - ndtr(-b)))


def _truncnorm_logpdf(z: Array, a: Array, b: Array) -> Array:
    return norm.logpdf(z) - _log_mass(a, b)


def _truncnorm_cdf(z: Array, a: Array, b: Array) -> Array:
    below, above, whole = _log_mass(a, z), _log_mass(z, b), _log_mass(a, b)
    # Near 1 from what is left of the whole, where the logarithm would cancel.
    return np.where(below - whole > -0.1, -expm1(above - whole), np.exp(below - whole))


def _truncnorm_ppf(q: Array, a: Array, b: Array) -> Array:
    whole = _log_mass(a, b)
    left = ndtri_exp(np.logaddexp(log_ndtr(a), np.log(q) + whole))
    right = -ndtri_exp(np.logaddexp(log_ndtr(-b), log1p(-q) + whole))
    return np.where(a < 0, left, right)


truncnorm = Standard(
    pdf=lambda z, a, b: np.exp(_truncnorm_logpdf(z, a, b)),
    logpdf=_truncnorm_logpdf,
    cdf=_truncnorm_cdf,
    sf=lambda z, a, b: _truncnorm_cdf(-z, -b, -a),
    ppf=_truncnorm_ppf,
    rvs=lambda draw, size, a, b: _truncnorm_ppf(draw("uniform", 0.0, 1.0, size), a, b),
    support=lambda a, b: (a, b),
    valid=lambda a, b: a < b,
)
