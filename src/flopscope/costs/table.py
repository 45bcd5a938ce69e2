"""The table: one row per op, registered beside the cost rule that prices it.

A chapter of this package (``elementwise``, ``linalg``, ``sorting`` ...) defines rules and, directly under each
rule, the rows it serves::

    def cube(a):
        '''n**3 per matrix.'''
        *stack, m, n = shape(a)
        return prod(stack) * n**3

    ops(cube, "linalg.inv linalg.det")

Everything else (the ``fnp`` namespace, NumPy's protocols, array methods, planning, docstrings, the reference)
is derived from :data:`TABLE`. A NumPy function is in the table exactly once: with a rule (:func:`ops`), as free
(:func:`free`), as what it calls
(:func:`composed`), or refused with its reason (:func:`unsupported`); other names for it go through :func:`aliases`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import index
from typing import Any

import numpy as np

SymmetryRule = Callable[..., Any] | None


class Op:
    """One row of the table.

    Attributes
    ----------
    name : str
        Public dotted name, which is also the name in the op log: ``"add"``, ``"linalg.svd"``.
    cost : callable or None
        Cost rule: takes the op's own arguments, reads only their shapes, returns FLOPs. None: the op is free.
    reason : str
        Why the op is refused and what to use instead; empty for an op that runs.
    composed : bool
        Whether it is charged as the ops that it calls, and nothing of its own.
    symmetry : callable or None
        Symmetry rule: takes the op's own arguments and returns the group of the result (see ``groups``). None: the
        result has no symmetry that is known.
    own : bool
        Whether the user registered it: its function is the user's, not NumPy's.
    result : callable or None
        For an op of the user's: takes the op's own arguments, stand-ins for arrays among them, and returns `Shaped`
        results, for plans.
    """

    __slots__ = ("composed", "cost", "name", "own", "reason", "result", "symmetry")

    def __init__(
        self,
        name: str,
        cost: Callable[..., int] | None = None,
        *,
        reason: str = "",
        composed: bool = False,
        symmetry: SymmetryRule = None,
        own: bool = False,
        result: Callable[..., Any] | None = None,
    ) -> None:
        self.name = name
        self.cost = cost
        self.reason = reason
        self.composed = composed
        self.symmetry = symmetry
        self.own = own
        self.result = result

    def price(self, args: Iterable[Any], kwargs: Mapping[str, Any]) -> int:
        """Whole FLOPs of a call, to charge or to plan; a size that is no integer makes a price that is none."""
        if self.cost is None:
            return 0
        return index(asked(self.cost, args, kwargs))

    @property
    def formula(self) -> str:
        """The cost in words: the docstring of the rule."""
        if self.reason:
            return f"Not supported: {self.reason}"
        if self.composed:
            return "What the ops that it calls cost, and nothing of its own."
        return (self.cost.__doc__ or "").strip() if self.cost else "Free: moves or describes data, computes nothing."

    def __repr__(self) -> str:
        return f"<op {self.name}>"


def asked(rule: Callable[..., Any], args: Iterable[Any], kwargs: Mapping[str, Any]) -> Any:
    """What a rule says of a call, computed in Python's numbers."""
    return rule(*map(_python, args), **{name: _python(value) for name, value in kwargs.items()})


def _python(value: Any, depth: int = 0) -> Any:
    """Numbers of NumPy's, also in tuples and lists, as Python's.

    Rules compute with sizes and degrees. With Python's numbers that cannot overflow, and is charged to nobody.
    """
    kind = type(value)
    if kind is tuple or kind is list:
        if depth > 2 or not any(issubclass(item, (*_NUMBERS, tuple, list)) for item in set(map(type, value))):
            return value
        return kind([_python(item, depth + 1) for item in value])
    return value.item() if issubclass(kind, _NUMBERS) and value.dtype.kind in "biufc" else value


_NUMBERS = (np.number, np.bool)


#: Every op by its public name.
TABLE: dict[str, Op] = {}
#: Other public names: alias -> name of the row.
ALIASES: dict[str, str] = {}


def add(op: Op) -> None:
    """Add a row; names are given once."""
    if op.name in TABLE or op.name in ALIASES:
        raise ValueError(f"op {op.name!r} is in the table already")
    TABLE[op.name] = op


def ops(rule: Callable[..., int], names: str, symmetry: SymmetryRule = None) -> None:
    """Add a row for each of the space-separated `names`, all priced by `rule`, the result's group by `symmetry`."""
    for name in names.split():
        add(Op(name, rule, symmetry=symmetry))


def free(names: str, symmetry: SymmetryRule = None) -> None:
    """Add rows for ops that only create, move or describe data: cost 0, not logged."""
    for name in names.split():
        add(Op(name, symmetry=symmetry))


def composed(names: str) -> None:
    """Add rows for functions that compute by calling ops on counted arrays: these are charged, as themselves."""
    for name in names.split():
        add(Op(name, composed=True))


def unsupported(names: str, reason: str) -> None:
    """Add rows for NumPy functions that cannot be counted, with the reason and the alternative."""
    for name in names.split():
        add(Op(name, reason=reason))


def aliases(names: dict[str, str]) -> None:
    """Give rows further public names: ``aliases({"abs": "absolute"})``; they log under the row's name."""
    ALIASES.update(names)


def lookup(name: str) -> Op | None:
    """Row of a public name or alias, or None."""
    return TABLE.get(ALIASES.get(name, name))
