"""Counted twin of ``numpy.random``: the same numbers for the same seed, each draw charged.

`Generator` and `RandomState` are subclasses of NumPy's, so they are accepted wherever those are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flopscope import dispatch
from flopscope.costs.table import Op, lookup
from flopscope.numpy._module import mirror as _mirror


def _method(op: Op, method: Callable[..., Any]) -> Callable[..., Any]:
    """`method` of NumPy's class, charged as `op`."""
    if op.cost is None:

        def call(self: Any, *args: Any, **kwargs: Any) -> Any:
            return method(self, *args, **kwargs)
    else:

        def call(self: Any, *args: Any, **kwargs: Any) -> Any:
            return dispatch.execute(op, method.__get__(self), args, kwargs)

    name = op.name.rpartition(".")[2]
    call.__name__, call.__qualname__ = name, op.name.removeprefix("random.")
    call.__doc__ = f"[FLOPs] {op.formula}\n\n{method.__doc__}"
    call.__wrapped__ = method  # type: ignore[attr-defined]
    return call


def _count_methods(cls: type) -> type:
    """Replace every public method inherited from NumPy by its counted twin."""
    base = cls.__mro__[1]
    for name in dir(base):
        op = lookup(f"random.{base.__name__}.{name}")
        if op is not None and callable(getattr(base, name)):
            setattr(cls, name, _method(op, getattr(base, name)))
    return cls


@_count_methods
class Generator(np.random.Generator):
    """NumPy's Generator with every draw charged; make one with `default_rng`."""

    def __reduce__(self) -> Any:
        return Generator, (self.bit_generator,)


@_count_methods
class RandomState(np.random.RandomState):
    """NumPy's legacy RandomState with every draw charged."""

    def __reduce__(self) -> Any:
        return RandomState, (), self.get_state(legacy=False)


def default_rng(seed: Any = None) -> Generator:
    """Make a counted Generator; free.

    Parameters
    ----------
    seed : int, array_like of int, SeedSequence, BitGenerator, Generator or RandomState, optional
        As for ``numpy.random.default_rng``.

    Returns
    -------
    Generator
        Draws the same numbers as NumPy's for the same seed.

    Examples
    --------
    >>> import flopscope as flops, flopscope.numpy as fnp
    >>> rng = fnp.random.default_rng(0)
    >>> with flops.BudgetContext(1000) as budget:
    ...     x = rng.normal(size=(10, 20))
    >>> budget.flops_used  # 10*20
    200
    """
    if isinstance(seed, Generator):
        return seed
    return Generator(np.random.default_rng(dispatch.plain(seed)).bit_generator)


__getattr__, __dir__ = _mirror(globals(), "random")
