"""Probability distributions: what the methods of ``flopscope.stats`` cost.

A density, a probability or a quantile is an elementwise function of the argument and the parameters, so 1 FLOP per
element of their broadcast, and a variate is 1 FLOP, as in ``numpy.random``. The rules' parameters are those of
``scipy.stats``; `Distribution` takes its signatures from here.
"""

# pyright: reportUnknownLambdaType=false
# The lambdas below are parameter lists and nothing else; annotating them would bury the names.

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .elementwise import elementwise
from .random import draws
from .shapes import Shaped, broadcast, shape
from .table import ops


def evaluation(*operands: Any) -> int:
    """numel(result): 1 per element of the broadcast of the argument and all parameters.

    Source: priced as a ufunc of the same operands.
    Example: x of (3, 1) with scale of (4,): 12.
    """
    return elementwise(*operands)


def sampling(size: Any, *parameters: Any) -> int:
    """numel(result): one per variate, whatever the distribution.

    The result has the shape `size` or, without it, the shape to which the parameters broadcast.

    Source: as the distributions of numpy.random.
    Example: size=(10, 20): 200; parameters of shapes (3, 1) and (4,): 12.
    """
    sizes = broadcast(*map(shape, parameters))
    while sizes[:1] == (1,):  # SciPy ignores leading axes of length 1
        sizes = sizes[1:]
    return draws(size, Shaped(sizes))


def _rows(names: str, at: Callable[..., int], inverse: Callable[..., int], variates: Callable[..., int]) -> None:
    """Add the six methods of the distributions `names`."""
    for rule, formula, methods in (
        (at, evaluation, "pdf logpdf cdf sf"),
        (inverse, evaluation, "ppf"),
        (variates, sampling, "rvs"),
    ):
        rule.__doc__ = formula.__doc__
        ops(rule, " ".join(f"stats.{name}.{method}" for name in names.split() for method in methods.split()))


_rows(
    "norm uniform expon cauchy logistic laplace",
    lambda x, loc=0, scale=1: evaluation(x, loc, scale),
    lambda q, loc=0, scale=1: evaluation(q, loc, scale),
    lambda loc=0, scale=1, size=None, random_state=None: sampling(size, loc, scale),
)
_rows(
    "lognorm",
    lambda x, s, loc=0, scale=1: evaluation(x, s, loc, scale),
    lambda q, s, loc=0, scale=1: evaluation(q, s, loc, scale),
    lambda s, loc=0, scale=1, size=None, random_state=None: sampling(size, s, loc, scale),
)
_rows(
    "truncnorm",
    lambda x, a, b, loc=0, scale=1: evaluation(x, a, b, loc, scale),
    lambda q, a, b, loc=0, scale=1: evaluation(q, a, b, loc, scale),
    lambda a, b, loc=0, scale=1, size=None, random_state=None: sampling(size, a, b, loc, scale),
)
