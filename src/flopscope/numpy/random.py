"""Counted twin of ``numpy.random``: the same numbers for the same seed, each draw charged.

`Generator` and `RandomState` are subclasses of NumPy's, so they are accepted wherever those are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from flopscope.arrays import dispatch, lanes
from flopscope.arrays.registry import documentation, explicit, numpy_attribute
from flopscope.costs.table import TABLE, Op, lookup
from flopscope.numpy._module import mirror as _mirror

_Class = TypeVar("_Class", bound=type)


def _free(method: Callable[..., Any]) -> Callable[..., Any]:
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        return method(self._numpy, *args, **kwargs)

    return call


def _method(op: Op, method: Callable[..., Any]) -> Callable[..., Any]:
    """`method` of NumPy's class, charged as `op`."""
    call: Any = lanes.by_value(op, method) if op.cost else _free(method)
    name = op.name.rpartition(".")[2]
    call.__name__, call.__qualname__ = name, op.name.removeprefix("random.")
    call.__doc__ = documentation(op, method)
    call.__wrapped__ = method
    return call


def _count_methods(cls: _Class) -> _Class:
    """Replace every public method inherited from NumPy by its counted twin."""
    base = cls.__mro__[1]
    for name in dir(base):
        op = lookup(f"random.{base.__name__}.{name}")
        if op is not None and callable(getattr(base, name)) and name not in vars(cls):
            setattr(cls, name, _method(op, getattr(base, name)))
    return cls


class _Global:
    """NumPy's one global RandomState, whose methods the functions of this module are."""

    def __init__(self) -> None:
        self._numpy = np.random.normal.__self__  # type: ignore[attr-defined]

    def __reduce__(self) -> str:
        return "_GLOBAL"


_GLOBAL = _Global()


def _function(op: Op) -> Callable[..., Any]:
    name = op.name.removeprefix("random.")
    method = _method(op, getattr(np.random.RandomState, name))
    setattr(_Global, name, method)
    return getattr(_GLOBAL, name)


for _op in TABLE.values():
    if _op.cost and getattr(numpy_attribute(_op.name), "__self__", None) is _GLOBAL._numpy:
        explicit(_op.name)(_function)


# The work is done by a plain twin on the same bit generator: NumPy's methods call each other (permutation calls
# shuffle), and what a method does inside is part of its own price.


@_count_methods
class Generator(np.random.Generator):
    """NumPy's Generator with every draw charged; make one with `default_rng`."""

    def __init__(self, bit_generator: Any) -> None:
        super().__init__(bit_generator)
        self._numpy = np.random.Generator(bit_generator)

    def spawn(self, n_children: int) -> list[Generator]:  # type: ignore[override]  # pyright: ignore
        """Make independent children, as NumPy's; free."""
        return [Generator(child.bit_generator) for child in self._numpy.spawn(n_children)]

    def __reduce__(self) -> Any:
        return Generator, (self.bit_generator,)


@_count_methods
class RandomState(np.random.RandomState):
    """NumPy's legacy RandomState with every draw charged."""

    def __init__(self, seed: Any = None) -> None:
        super().__init__(seed)
        self._numpy = np.random.RandomState(self._bit_generator)

    def __reduce__(self) -> Any:
        return RandomState, (), self.get_state(legacy=False)

    def __setstate__(self, state: Any) -> None:
        self.set_state(state)


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


def symmetric(shape: Any, symmetry: Any, distribution: Any = "normal", *, rng: Any = None, **parameters: Any) -> Any:
    """Draw a random symmetric tensor, each unique element from a distribution, independently.

    Parameters
    ----------
    shape : int or tuple of int
        Shape of the tensor.
    symmetry : SymmetryGroup
        Its group.
    distribution : str or callable, default "normal"
        Name of a function of ``numpy.random`` that takes ``size=``, or a function that does, such as ``rng.normal``.
        What a function of your own computes is charged besides.
    rng : Generator or RandomState, optional
        Source of what is named; the global one of ``numpy.random`` unless given.
    **parameters
        Of the distribution: ``loc=0, scale=1``.

    Returns
    -------
    SymmetricTensor

    Notes
    -----
    FLOPs = number of unique elements.

    Examples
    --------
    >>> import flopscope as flops, flopscope.numpy as fnp
    >>> with flops.BudgetContext(10) as budget:
    ...     t = fnp.random.symmetric((3, 3), flops.SymmetryGroup.symmetric(axes=(0, 1)), "uniform", low=-1)
    >>> t.unique_elements, budget.flops_used  # 3*4/2
    (6, 6)
    """
    from flopscope.arrays.symmetrizing import draw

    return draw(shape, symmetry, distribution, rng=rng, **parameters)


__getattr__, __dir__ = _mirror(globals())
