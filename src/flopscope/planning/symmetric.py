"""Symmetry in plans: the groups that abstract arrays carry in their layouts, by the symmetry rules of the ops.

What `flopscope.arrays.tagging` does to arrays, this does to what stands for them, so that a plan charges what the run
does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from flopscope import einsum
from flopscope.costs import groups
from flopscope.costs.contractions import BY_IDENTITY
from flopscope.costs.shapes import shape
from flopscope.costs.table import TABLE, Op
from flopscope.planning.standins import Shape, StandIn, result, rule, sizes, stand_in, type_of

if TYPE_CHECKING:
    from flopscope.symmetry import SymmetryGroup


@rule("symmetry.as_symmetric symmetry.symmetrize")
def made(function: Any, x: Any, *_: Any) -> StandIn:
    """A tensor of the shape and dtype of the array."""
    return stand_in(sizes(x), type_of(x))


@rule("symmetry.is_symmetric")
def tested(function: Any, *_: Any) -> Any:
    """A boolean."""
    return result((), bool)


@rule("symmetry.random")
def drawn(function: Any, sizes: Shape, *_: Any, **__: Any) -> StandIn:
    """A tensor of floating-point numbers."""
    return stand_in(sizes, float)


# Ops that make tensors of the group that is their second argument.
_MAKING = frozenset({"symmetry.as_symmetric", "symmetry.symmetrize", "symmetry.random"})


def group_of_result(op: Op, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Group of what a call returns; None if it has no symmetry."""
    if op.name in _MAKING:
        return args[1]
    if op.name == "einsum":
        return _of_einsum(args, **kwargs)
    if op.name not in BY_IDENTITY and not any(groups.symmetry(one) for one in _arrays((*args, *kwargs.values()))):
        return None
    if op.name == "getitem":
        return groups.indexed(args[0].symmetry, args[0].shape, args[1]) if groups.symmetry(args[0]) else None
    of_op = op.symmetry or getattr(TABLE.get(op.name), "symmetry", None)
    try:
        given = map(_laid_out, args) if op.name in BY_IDENTITY else args
        return of_op and of_op(*given, **kwargs)
    except (TypeError, ValueError, LookupError, AttributeError):
        return None  # as of arrays


def _of_einsum(
    args: tuple[Any, ...], out: Any = None, symmetry: Any = None, optimize: Any = True, **_: Any
) -> SymmetryGroup | None:
    if out is not None or symmetry:  # what is declared is looked at first, by as_symmetric
        return None
    try:
        subscripts, given = einsum.parse(args)
        facts = einsum.facts_of([_laid_out(one) for one in given])
        return einsum.plan(subscripts, tuple(map(shape, given)), optimize, facts).info.symmetry
    except (TypeError, ValueError):
        return None  # as of arrays


def _laid_out(value: Any) -> Any:
    return value.layout() if hasattr(value, "layout") else value


def give(found: Any, group: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Let the abstract arrays that a call has made carry their group."""
    given = list(_arrays((*args, *kwargs.values())))
    for one in _arrays((found,)):
        if hasattr(one, "layout") and one.dtype.kind in "biufc" and not any(one is other for other in given):
            one.layout().symmetry = group or None


def keeps_in_place(ufunc: np.ufunc, array: Any, other: Any) -> bool:
    """Whether an in-place operator leaves a tensor as symmetric as it is."""
    group = groups.symmetry(array)
    if group is None or array.layout().base is not None:
        return False
    kept = group_of_result(TABLE[ufunc.__name__], (array, other), {})
    return bool(kept) and group.is_subgroup(kept)


def _arrays(values: Any) -> Iterator[Any]:
    for value in values:
        if hasattr(value, "dtype"):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from _arrays(value)
