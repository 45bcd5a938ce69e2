"""What a function returns, told by running it in miniature: for what NumPy has no rule that is worth writing down.

The function runs twice on small arrays whose axes have other lengths than the real ones. An axis of the result that is
as long as one of an operand, or as all of an operand, both times is that in truth; one that has the same length both
times has it in truth; of any other nothing can be said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from math import prod
from typing import Any

import numpy as np

from flopscope.planning.standins import Shape, StandIn, any_numbers, result, stand_in, try_out

# Lengths that stand for others, in two editions: sums and products of the one are not those of the other.
_EDITIONS = ((5, 7, 11, 13, 17, 19, 23), (11, 13, 17, 19, 23, 29, 31))
_MOST = 10**6  # elements


class NotToldError(ValueError):
    """What a function returns does not show in miniature."""


def in_miniature(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Stand-ins for what `function` returns.

    Raises
    ------
    NotToldError
        If the result has an axis whose length is none of the operands'; or what the function raises.
    """
    lengths = list(dict.fromkeys(n for array in _arrays((args, kwargs)) for n in array.shape if n > 1))
    if len(lengths) > len(_EDITIONS[0]):
        raise NotToldError(f"there are axes of {len(lengths)} different lengths")
    founds: list[Any] = []
    editions = [dict(zip(lengths, edition, strict=False)) for edition in _EDITIONS]
    for small in editions:
        try:
            founds.append(try_out(function, *_made(args, small), **_made(kwargs, small)))
        except ValueError as error:
            raise type(error)(_with_lengths(str(error), small)) from None
    pairs: dict[tuple[int, ...], int] = dict(zip(zip(*_EDITIONS, strict=True), lengths, strict=False))
    for array in _arrays((args, kwargs)):
        flat = tuple(prod(_small(array, small)) for small in editions)
        pairs.setdefault(flat, array.size)
    return _real(founds[0], founds[1], pairs)


def _with_lengths(message: str, small: dict[int, int]) -> str:
    """A message with the real lengths for the small ones."""
    real = {str(of): str(n) for n, of in small.items()}
    return re.sub(r"\d+", lambda number: real.get(number[0], number[0]), message)


def _arrays(value: Any) -> Iterator[Any]:
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, (list, tuple, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _arrays(item)


def _small(array: Any, small: dict[int, int]) -> Shape:
    return tuple(small.get(n) or n for n in array.shape)


def _made(value: Any, small: dict[int, int]) -> Any:
    """`value` with a small array for every array in it."""
    if isinstance(value, np.ndarray):
        shape = _small(value, small)
        if prod(shape) > _MOST:
            raise NotToldError(f"an array of {value.ndim} axes is too much")
        made = any_numbers(shape, value.dtype)
        kind = value.kind if type(value) is StandIn else type(value)
        return np.ma.array(made, mask=np.zeros(shape, bool)) if kind is np.ma.MaskedArray else made.view(kind)
    if isinstance(value, dict):
        return {name: _made(item, small) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_made(item, small) for item in value)
    return value


def _real(one: Any, two: Any, pairs: dict[tuple[int, ...], int]) -> Any:
    """What two results in miniature stand for."""
    if isinstance(one, (list, tuple)):
        items = [_real(a, b, pairs) for a, b in zip(one, two, strict=True)]
        return type(one)(*items) if hasattr(one, "_fields") else type(one)(items)
    if not isinstance(one, (np.ndarray, np.generic)):
        return one
    if one.ndim != two.ndim or one.dtype.type is not two.dtype.type or one.dtype.names != two.dtype.names:
        raise NotToldError("the number of axes or the dtype depends on lengths")
    shape: list[int] = []
    for pair in zip(one.shape, two.shape, strict=True):
        length = pair[0] if pair[0] == pair[1] else pairs.get(pair)
        if length is None:
            raise NotToldError("an axis of the result is as long as none of the operands'")
        shape.append(length)
    return result((), one.dtype) if isinstance(one, np.generic) else of_kind(stand_in(shape, one.dtype), type(one))


def of_kind(found: StandIn, kind: type) -> StandIn:
    """A stand-in for an array of a class of NumPy's."""
    found.kind = next(one for one in (np.ma.MaskedArray, np.recarray, np.ndarray) if issubclass(kind, one))
    return found
