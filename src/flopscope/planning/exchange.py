"""What goes between a program and the rules: arguments as rules see them, and results as the program gets them.

A program has abstract arrays; rules have stand-ins, or NumPy's arrays where values are known. A result that is one of
the arguments, or a view of one, comes back as that, and shares its memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from flopscope.arrays import dispatch
from flopscope.arrays.dispatch import nd, plain
from flopscope.costs.contractions import BY_IDENTITY
from flopscope.costs.table import Op
from flopscope.planning.abstract import Abstract, AbstractArray, AbstractScalar, is_abstract, is_counted
from flopscope.planning.standins import StandIn

#: Arrays of at most so many elements have their values followed while these are known.
FOLLOWED = 4096


class Seen(NamedTuple):
    """Arguments of a call as rules see them."""

    given: list[Any]
    named: dict[str, Any]
    known: bool


def followed(value: nd) -> nd:
    """Values from outside a plan: a small copy of its own to write to, or the memory of the caller, to look at."""
    if value.size <= FOLLOWED:
        return value.copy()
    view = value.view()
    view.flags.writeable = False
    return view


def see(value: Any) -> tuple[Any, bool]:
    """An argument as rules see it, and whether its values are known."""
    kind = type(value)
    if issubclass(kind, Abstract):
        return value.given(), value.known()
    if kind is list or kind is tuple:
        pairs = [see(item) for item in value]
        return kind(item for item, _ in pairs), all(known for _, known in pairs)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        pairs = [see(item) for item in value]
        return kind(*(item for item, _ in pairs)), all(known for _, known in pairs)
    return plain(value), True


def asked(op: Op, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Arguments as rules ask them; operands of products for whether they are the same array."""
    return tuple(a.layout() if is_abstract(a) else a for a in args) if op.name in BY_IDENTITY else args


def is_counted_scalar(value: Any) -> bool:
    return type(value) in dispatch.BARE or (type(value) is AbstractScalar and value._counted)


def unmetered(value: Any) -> Any:
    """An argument as rules compute with it: what they do with sizes is not charged to the program."""
    if type(value) is AbstractScalar:
        return AbstractScalar(value._array, value._memory, False)
    return tuple(map(unmetered, value)) if type(value) is tuple else value


def holds_abstract(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and any(is_abstract(item) or holds_abstract(item) for item in value)


def arguments(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Seen:
    pairs = [see(value) for value in args]
    named = {name: see(value) for name, value in kwargs.items()}
    known = all(known for _, known in (*pairs, *named.values()))
    return Seen([value for value, _ in pairs], {name: value for name, (value, _) in named.items()}, known)


def arrays(value: Any) -> Iterator[Any]:
    """All arrays in nested tuples and lists."""
    if isinstance(value, nd) or is_abstract(value):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from arrays(item)


def originals(args: tuple[Any, ...], kwargs: dict[str, Any], call: Seen) -> list[tuple[nd, Any]]:
    """Arrays that rules or NumPy were given, with the caller's own objects."""
    found: list[tuple[nd, Any]] = []
    _pair(args, call.given, found)
    # A plain array that is only converted comes back as a counted one.
    found = [(given, own) for given, own in found if own is not args[0] or is_counted((own,))]
    _pair(list(kwargs.values()), list(call.named.values()), found)
    return found


def _pair(own: Any, given: Any, found: list[tuple[nd, Any]]) -> None:
    for one, other in zip(own, given, strict=True):
        if isinstance(other, nd):
            found.append((other, one))
        elif isinstance(other, (list, tuple)):
            _pair(one, other, found)


def placed(found: Any, name: str, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A result with its layout, where it is a view of the first argument, or views."""
    items = found if isinstance(found, (list, tuple)) else [found]
    whole: Any = args[0] if args else None
    if (
        is_abstract(whole)
        and all(type(one) is AbstractArray and one is not whole for one in items)
        and not any(map(is_abstract, (*args[1:], *kwargs.values())))
    ):
        for one, layout in zip(items, whole.layout().views(name, function, args[1:], kwargs) or (), strict=False):
            one._layout = layout
    return found


def wrapped(value: Any, originals: list[tuple[nd, Any]], counted: bool, values: bool, scalars: bool) -> Any:
    """What the program gets: abstract arrays for arrays, abstract scalars for scalars that are not known.

    `counted` says whether operations with the arrays are counted, `scalars` whether those with the scalars are.
    """
    if is_abstract(value):
        return value
    if isinstance(value, nd):
        for given, own in originals:
            if value is given:
                return own
        if type(value) is StandIn and not issubclass(value.kind, nd):
            return AbstractScalar(value, [False], False)
        if type(value) is StandIn or not values:
            return AbstractArray(value if type(value) is StandIn else value.view(StandIn), [False], counted)
        for given, own in originals:
            if is_abstract(own) and np.may_share_memory(value, given):
                return AbstractArray(value, own._memory, counted)
        return AbstractArray(value if value.base is None else followed(value), [True], counted)
    if isinstance(value, np.generic):
        scalars = scalars and value.dtype.type in dispatch.SCALARS
        if not values:
            return AbstractScalar(np.zeros((), value.dtype).view(StandIn), [False], scalars)
        return dispatch.SCALARS[type(value)](value) if scalars and type(value) in dispatch.SCALARS else value
    if isinstance(value, tuple):
        items = (wrapped(item, originals, counted, values, scalars) for item in value)
        return tuple(items) if type(value) is tuple else type(value)(*items)
    if type(value) is list:
        return [wrapped(item, originals, counted, values, scalars) for item in value]
    return value


def as_counted(value: Any) -> Any:
    """A result of a function of the user's as plans hand it out."""
    if type(value) is AbstractArray:
        return AbstractArray(value._array, value._memory, True)
    if isinstance(value, (list, tuple)):
        items = map(as_counted, value)
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    return AbstractArray(followed(plain(value)), [True], True) if isinstance(value, nd) else value
