"""Result rules of ``numpy.random``: what a draw has for shape and dtype. Nothing is drawn, no generator moves on."""

from __future__ import annotations

from operator import index
from typing import Any

import numpy as np

from flopscope.costs.random import EVERYWHERE, GENERATOR, LEGACY, STATE
from flopscope.costs.shapes import Shape
from flopscope.planning.standins import (
    WRITERS,
    is_list,
    number,
    operand,
    rule,
    scalar,
    sizes,
    stand_in,
    together,
    type_of,
)


def _at(names: str, *homes: str) -> Any:
    return rule(" ".join(f"{home}.{name}" for home in homes for name in names.split()))


def _sizes(size: Any) -> Shape:
    try:
        return (index(size),)
    except TypeError:
        return tuple(index(n) for n in size)


def _filled(size: Any, parameters: tuple[Any, ...], dtype: Any, out: Any = None, single: Any = number) -> Any:
    """A draw of `size`, or of the shape that the parameters broadcast to; of one number, Python's or a `single`."""
    if out is not None:
        return out
    if size is None:
        shape = together(*map(sizes, parameters))
        return stand_in(shape, dtype) if shape else single(dtype)
    # Of one element or none, NumPy returns an array where a size is given, be it ().
    return stand_in(_sizes(size), dtype)


# Parameters of the distributions, and whether they are of whole numbers.
_PARAMETERS = {
    0: "standard_cauchy", 1: "chisquare standard_t exponential rayleigh pareto power weibull standard_gamma",
    2: "beta f gamma gumbel laplace logistic normal lognormal noncentral_chisquare uniform vonmises wald",
    3: "noncentral_f triangular",
}  # fmt: skip
_WHOLE = {
    1: "geometric logseries poisson zipf",
    2: "binomial negative_binomial",
    3: "hypergeometric",
}


def _distribution(parameters: int, dtype: Any) -> Any:
    def draw(function: Any, *args: Any, size: Any = None, out: Any = None, **named: Any) -> Any:
        kind = named.pop("dtype", None) or (args[parameters + 1] if len(args) > parameters + 1 else None) or dtype
        if len(args) > parameters:
            size = args[parameters]
        return _filled(size, (*args[:parameters], *named.values()), kind, out)

    return draw


for _count, _names in _PARAMETERS.items():
    _at(_names, *EVERYWHERE)(_distribution(_count, float))
for _count, _names in _WHOLE.items():
    _at(_names, *EVERYWHERE)(_distribution(_count, np.int64))
_at("random random_sample standard_normal standard_exponential", *LEGACY)(_distribution(0, float))
_at("random standard_normal standard_exponential", GENERATOR)(_distribution(0, float))
_at("tomaxint", STATE)(_distribution(0, np.int64))


@_at("integers", GENERATOR)
def integers(
    function: Any, low: Any, high: Any = None, size: Any = None, dtype: Any = np.int64, endpoint: bool = False
) -> Any:
    return _filled(size, (low,) if high is None else (low, high), dtype, single=scalar)


@_at("randint", *LEGACY)
def randint(function: Any, low: Any, high: Any = None, size: Any = None, dtype: Any = int) -> Any:
    return _filled(size, (low,) if high is None else (low, high), dtype, single=number if dtype is int else scalar)


@_at("random_integers", *LEGACY)
def random_integers(function: Any, low: Any, high: Any = None, size: Any = None) -> Any:
    return integers(function, low, high, size, int)


@_at("rand randn", *LEGACY)
def rand(function: Any, *args: Any) -> Any:
    return _filled(args or None, (), float)


@_at("bytes", *EVERYWHERE)
def random_bytes(function: Any, length: int) -> bytes:
    return bytes(length)


@_at("dirichlet", *EVERYWHERE)
def dirichlet(function: Any, alpha: Any, size: Any = None) -> Any:
    return stand_in((*(() if size is None else _sizes(size)), *sizes(alpha)), float)


@_at("multinomial", *EVERYWHERE)
def multinomial(function: Any, n: Any, pvals: Any, size: Any = None) -> Any:
    shape = together(sizes(n), sizes(pvals)[:-1]) if size is None else _sizes(size)
    return stand_in((*shape, sizes(pvals)[-1]), np.int64)


@_at("multivariate_hypergeometric", GENERATOR)
def multivariate_hypergeometric(function: Any, colors: Any, nsample: Any, size: Any = None, method: Any = "") -> Any:
    return stand_in((*(() if size is None else _sizes(size)), *sizes(colors)), np.int64)


@_at("multivariate_normal", *EVERYWHERE)
def multivariate_normal(function: Any, mean: Any, cov: Any, size: Any = None, *_: Any, **__: Any) -> Any:
    return stand_in((*(() if size is None else _sizes(size)), *sizes(mean)), float)


@_at("choice", *EVERYWHERE)
def choice(function: Any, a: Any, size: Any = None, replace: bool = True, p: Any = None, axis: int = 0,
           shuffle: bool = True) -> Any:  # fmt: skip
    if not sizes(a):
        shape, kind = (0,), np.dtype(np.int64)
        axis = 0
        if size is None:
            return number(kind)
    else:
        shape, kind = sizes(a), type_of(a)
    found = (*shape[:axis], *(() if size is None else _sizes(size)), *shape[axis + 1 :])
    return stand_in(found, kind) if found or size is not None else scalar(kind)


@_at("permutation", *EVERYWHERE)
def permutation(function: Any, x: Any, axis: int = 0) -> Any:
    return stand_in(sizes(x) or (index(x),), type_of(x) if sizes(x) else np.int64)


@_at("shuffle", *EVERYWHERE)
def shuffle(function: Any, x: Any, axis: int = 0) -> None:
    if is_list(x):
        return


@_at("permuted", GENERATOR)
def permuted(function: Any, x: Any, *, axis: Any = None, out: Any = None) -> Any:
    x = operand(x)
    return out if out is not None else stand_in(x.shape, x.dtype)


@_at("seed set_state", *LEGACY)
def nothing(function: Any, *_: Any, **__: Any) -> None:
    """Reseeding the global generator would outlast the plan."""


WRITERS.update(f"{home}.shuffle" for home in EVERYWHERE)
