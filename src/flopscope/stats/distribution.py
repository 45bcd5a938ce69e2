"""How the methods of a distribution work: location, scale, support and dtype, the same for all of them.

The table has a row for each method, and its cost rule has the method's parameters, so that signature, binding and
documentation are taken from there. What is particular to a distribution is in ``standard``, which needs SciPy and is
imported at the first call.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from numbers import Integral
from typing import Any

import numpy as np

from flopscope.arrays import dispatch
from flopscope.costs.table import TABLE, Op

_WHAT = {
    "pdf": "Probability density",
    "logpdf": "Logarithm of the probability density",
    "cdf": "Cumulative probability",
    "sf": "Survival function, the probability of more than `x`,",
    "ppf": "Quantiles",
    "rvs": "Random variates",
}
_PARAMETERS = {
    "x": "array_like\n    Where to evaluate.",
    "q": "array_like\n    Probabilities from 0 to 1.",
    "s": "array_like\n    Standard deviation of the logarithm, above 0.",
    "a": "array_like\n    Lower bound, in units of `scale` from `loc`.",
    "b": "array_like\n    Upper bound, above `a`.",
    "loc": "array_like, default 0\n    Location.",
    "scale": "array_like, default 1\n    Scale, above 0.",
    "size": "int or tuple of int, optional\n    Shape of the result; without it, of the broadcast of the parameters.",
    "random_state": "int, Generator or RandomState, optional\n    Seed or source; None is the global one of "
    "``numpy.random``, which `numpy.random.seed` seeds.",
}
# Values below and above the support.
_BEYOND = {"pdf": (0.0, 0.0), "logpdf": (-np.inf, -np.inf), "cdf": (0.0, 1.0), "sf": (1.0, 0.0)}


class Distribution:
    """A continuous distribution with the methods ``pdf logpdf cdf sf ppf rvs`` of scipy.stats.

    Attributes
    ----------
    name : str
        Name, as in scipy.stats.
    """

    pdf: Callable[..., Any]
    logpdf: Callable[..., Any]
    cdf: Callable[..., Any]
    sf: Callable[..., Any]
    ppf: Callable[..., Any]
    rvs: Callable[..., Any]

    def __init__(self, name: str, description: str) -> None:
        self.name = name
        self.__doc__ = f"The distribution of {description}: methods ``pdf logpdf cdf sf ppf rvs``."
        for method, what in _WHAT.items():
            call = self._method(TABLE[f"stats.{name}.{method}"], method)
            call.__doc__ = f"{what} of {description}.\n\n{call.__doc__}"
            setattr(self, method, call)

    def _method(self, op: Op, method: str) -> Callable[..., Any]:
        assert op.cost is not None
        signature = inspect.signature(op.cost)
        special = {"ppf": _quantile, "rvs": _variates}
        work: Callable[..., Any] = special[method] if method in special else partial(_evaluate, method)

        def run(*args: Any, **kwargs: Any) -> Any:
            try:
                bound = signature.bind(*args, **kwargs)
            except TypeError as error:
                raise TypeError(f"{self.name}.{method}(): {error}") from None
            bound.apply_defaults()
            with np.errstate(all="ignore"):  # as SciPy: what is not defined is nan
                result = work(_standard(self.name), *bound.arguments.values())
            return dispatch.wrap(
                result, scalars=dispatch.SCALARS
            )  # whatever came in: a Series of pandas gives a counted array, too

        def call(*args: Any, **kwargs: Any) -> Any:
            return dispatch.execute(op, run, args, kwargs)

        call.__name__, call.__qualname__, call.__module__ = method, f"{self.name}.{method}", "flopscope.stats"
        call.__signature__ = signature  # type: ignore[attr-defined]
        parameters = "\n".join(f"{name} : {_PARAMETERS[name]}" for name in signature.parameters)
        call.__doc__ = f"[FLOPs] {inspect.cleandoc(op.formula)}\n\nParameters\n----------\n{parameters}\n"
        return call

    def __repr__(self) -> str:
        return f"flopscope.stats.{self.name}"

    def __reduce__(self) -> str:
        return self.name


Distribution.__module__ = "flopscope.stats"  # where pickle finds the instances by their names


def _standard(name: str) -> Any:
    """The distribution with location 0 and scale 1."""
    try:
        from flopscope.stats import standard
    except ImportError as error:
        raise ImportError(
            f"flopscope.stats.{name} needs SciPy ({error}); install it with: pip install 'flopscope[stats]'"
        ) from error
    return getattr(standard, name)


def _real(*operands: Any) -> tuple[np.dtype[Any], list[Any]]:
    """Operands in float64, as SciPy's functions take them, and the dtype of the result: NumPy's, if it is a float."""
    arrays = [value if type(value) in (bool, int, float) else np.asarray(value) for value in operands]
    kept = np.result_type(*arrays)
    if kept.kind not in "fiub":
        raise TypeError(f"a distribution takes real numbers, got dtype {kept}")
    if kept.kind != "f":
        kept = np.dtype(float)
    return kept, [np.asarray(array, float) for array in arrays]


def _evaluate(method: str, standard: Any, x: Any, *parameters: Any) -> Any:
    kept, (x, *shapes, loc, scale) = _real(x, *parameters)
    z = (x - loc) / scale
    values = getattr(standard, method)(z, *shapes)
    if method == "pdf":
        values = values / scale
    elif method == "logpdf":
        values = values - np.log(scale)
    low, high = standard.support(*shapes)
    below, above = _BEYOND[method]
    if method in ("cdf", "sf"):
        values = np.where(z <= low, below, np.where(z >= high, above, values))
    else:
        values = np.where((z < low) | (z > high), below, values)
    valid = standard.valid(*shapes) & (scale > 0) & ~np.isnan(z)
    return np.where(valid, values, np.nan).astype(kept, copy=False)[()]


def _quantile(standard: Any, q: Any, *parameters: Any) -> Any:
    kept, (q, *shapes, loc, scale) = _real(q, *parameters)
    low, high = standard.support(*shapes)
    values = np.where(q == 0, low, np.where(q == 1, high, standard.ppf(q, *shapes))) * scale + loc
    valid = standard.valid(*shapes) & (scale > 0) & (q >= 0) & (q <= 1)
    return np.where(valid, values, np.nan).astype(kept, copy=False)[()]


def _variates(standard: Any, *arguments: Any) -> Any:
    *parameters, size, random_state = arguments
    _, (*shapes, loc, scale) = _real(*parameters)
    if not np.all(standard.valid(*shapes) & (scale >= 0)):
        raise ValueError("random variates need scale >= 0 (and s > 0 for lognorm, a < b for truncnorm)")
    if size is None:
        size = np.broadcast_shapes(*(array.shape for array in (*shapes, loc, scale)))
        while size[:1] == (1,):
            size = size[1:]
    if not np.any(scale):
        return (loc * np.ones(size))[()]
    source = _source(random_state)
    kind = np.random.Generator if isinstance(source, np.random.Generator) else np.random.RandomState

    def draw(name: str, *args: Any) -> Any:
        return getattr(kind, name)(source, *args)  # NumPy's own method: the draw is part of what `rvs` is charged

    return (standard.rvs(draw, size, *shapes) * scale + loc).reshape(size)[()]


def _source(random_state: Any) -> np.random.Generator | np.random.RandomState:
    """What to draw from, as SciPy takes it: None and the module itself stand for the global source."""
    if random_state is None or getattr(random_state, "__name__", "") in ("numpy.random", "flopscope.numpy.random"):
        return np.random.mtrand._rand  # there is no public name for it
    if isinstance(random_state, Integral):
        return np.random.RandomState(int(random_state))
    if isinstance(random_state, (np.random.Generator, np.random.RandomState)):
        return random_state
    raise ValueError(f"random_state is a seed, a Generator or a RandomState, got {random_state!r}")
