"""What an index selects, by shapes: NumPy's rules for basic and advanced indexing (NumPy Reference, "Indexing")."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flopscope.planning.standins import StandIn, is_list, is_mask, sizes, stand_in, together

# Says how many elements of an unknown mask are true; the planner puts its own question here.
Count = Callable[[Any], int]


def indexed(array: Any, index: Any, count: Count | None = None) -> Any:
    """``array[index]`` for a stand-in, without making a copy of what is selected."""
    entries = [_settled(entry) for entry in (index if isinstance(index, tuple) else (index,))]
    if isinstance(index, str) or (is_list(index) and index and all(isinstance(name, str) for name in index)):
        return array[index]
    if not any(_advanced(entry) for entry in entries):
        return array[tuple(entries)]  # a view, or a scalar
    entries = _expanded(entries, array.ndim)
    lengths = iter(array.shape)
    before: list[int] = []
    after: list[int] = []
    selectors: list[tuple[int, ...]] = []
    places: list[int] = []  # where advanced entries stand
    for place, entry in enumerate(entries):
        if entry is None:
            _put(1, places, before, after)
        elif isinstance(entry, slice):
            _put(len(range(*entry.indices(next(lengths)))), places, before, after)
        elif _mask(entry):
            mask = _check_mask(entry, [next(lengths) for _ in sizes(entry)])
            selectors.append((_true(mask, count),))
            places.append(place)
        else:
            _check_places(entry, next(lengths), len(before))
            selectors.append(sizes(entry))
            places.append(place)
    selected = together(*selectors)
    together_at = places[-1] - places[0] == len(places) - 1
    shape = (*before, *selected, *after) if together_at else (*selected, *before, *after)
    return stand_in((*shape, *lengths), array.dtype)


def _put(size: int, places: list[int], before: list[int], after: list[int]) -> None:
    (after if places else before).append(size)


def _settled(entry: Any) -> Any:
    """An integer in a 0-dimensional array as an integer; which one does not matter where it is unknown."""
    if isinstance(entry, np.ndarray) and entry.ndim == 0 and entry.dtype.kind in "iu":
        return 0 if type(entry) is StandIn else int(entry)
    return entry


def _advanced(entry: Any) -> bool:
    return is_list(entry) or isinstance(entry, (np.ndarray, bool, np.bool_))


def _mask(entry: Any) -> bool:
    return _advanced(entry) and is_mask(entry)


def _expanded(entries: list[Any], ndim: int) -> list[Any]:
    """Entries with slices for the ellipsis and for the axes that are not named."""
    used = sum(len(sizes(e)) if _mask(e) else 1 for e in entries if e is not None and e is not ...)
    if used > ndim:
        raise IndexError(f"too many indices for array: array is {ndim}-dimensional, but {used} were indexed")
    rest = [slice(None)] * (ndim - used)
    if not any(e is ... for e in entries):
        return [*entries, *rest]
    at = next(i for i, e in enumerate(entries) if e is ...)
    return [*entries[:at], *rest, *entries[at + 1 :]]


def _check_mask(mask: Any, lengths: list[int]) -> Any:
    for axis, (got, wanted) in enumerate(zip(sizes(mask), lengths, strict=True)):
        if got != wanted:
            raise IndexError(
                f"boolean index did not match indexed array along axis {axis}; size of axis is {wanted} but size of "
                f"corresponding boolean axis is {got}"
            )
    return mask


def _true(mask: Any, count: Count | None) -> int:
    if type(mask) is StandIn and count is not None:
        return count(mask)
    return int(np.count_nonzero(mask))


def _check_places(entry: Any, length: int, axis: int) -> None:
    if isinstance(entry, StandIn):
        if entry.dtype.kind not in "iu":
            raise IndexError("arrays used as indices must be of integer (or boolean) type")
        return
    if not is_list(entry) or not any(isinstance(item, np.ndarray) for item in entry):
        places = np.asarray(entry)
        if places.size == 0:
            return
        if places.dtype.kind not in "iu":
            raise IndexError("arrays used as indices must be of integer (or boolean) type")
        if places.size <= 4096 and not (-length <= places.min() and places.max() < length):
            bad = places.max() if places.max() >= length else places.min()
            raise IndexError(f"index {bad} is out of bounds for axis {axis} with size {length}")
