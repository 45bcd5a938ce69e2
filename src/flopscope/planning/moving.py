"""Result rules of what views, joins, selects and rearranges arrays; see ``standins.py``."""

from __future__ import annotations

from typing import Any

import numpy as np

from flopscope.costs.shapes import normalize_axis
from flopscope.planning.abstract import AbstractArray
from flopscope.planning.indexing import indexed
from flopscope.planning.standins import (
    BY_VALUE,
    WRITERS,
    Shape,
    StandIn,
    is_list,
    is_mask,
    operand,
    planner,
    result,
    rule,
    sizes,
    stand_in,
    together,
    type_of,
)

# -- views, and facts about arrays: NumPy itself, on stand-ins -------------------------------------------------------


@rule("reshape transpose matrix_transpose swapaxes moveaxis rollaxis squeeze expand_dims atleast_1d atleast_2d "
      "atleast_3d broadcast_to split array_split hsplit vsplit dsplit unstack flip fliplr flipud "
      "rot90 diagonal real linalg.diagonal linalg.matrix_transpose lib.stride_tricks.sliding_window_view "
      "shape ndim size can_cast promote_types result_type common_type typename broadcast_shapes isdtype issubdtype "
      "isscalar isfortran iterable iscomplexobj isrealobj may_share_memory shares_memory mintypecode "
      "diag_indices_from tril_indices_from triu_indices_from")  # fmt: skip
def as_numpy(function: Any, *args: Any, **kwargs: Any) -> Any:
    if kwargs.get("copy") is None:
        kwargs.pop("copy", None)
    return function(*[operand(a) if _holds_arrays(a) else a for a in args], **kwargs)


@rule("broadcast_arrays")
def broadcast_arrays(function: Any, *args: Any, **kwargs: Any) -> Any:
    """Arrays of the shape already come back themselves, with what is known of them."""
    made = function(*args, **kwargs)
    same = [isinstance(a, np.ndarray) and a.shape == one.shape for a, one in zip(args, made, strict=True)]
    return tuple(a if kept else one for a, one, kept in zip(args, made, same, strict=True))


def _holds_arrays(value: Any) -> bool:
    return is_list(value) and any(isinstance(item, np.ndarray) for item in value)


@rule("view")
def view(function: Any, a: Any, dtype: Any) -> Any:
    kind = np.dtype(dtype)
    if kind.itemsize == a.dtype.itemsize:
        return stand_in(a.shape, kind)
    length = a.shape[-1] * a.dtype.itemsize if a.ndim else 1  # of the last axis, in bytes
    if not a.ndim or length % kind.itemsize:
        return np.empty(a.shape[-1:], a.dtype).view(kind)  # NumPy's error
    return stand_in((*a.shape[:-1], length // kind.itemsize), kind)


@rule("ravel")
def ravel(function: Any, a: Any, order: Any = "C") -> Any:
    return operand(a).reshape(-1)


@rule("imag")
def imag(function: Any, val: Any) -> Any:
    a = operand(val)
    return a.imag if a.dtype.kind == "c" else stand_in(a.shape, a.dtype)


@rule("min_scalar_type")
def min_scalar_type(function: Any, a: Any) -> Any:
    if sizes(a) == ():
        planner().ask("the magnitude of", a)
    return np.dtype(a.dtype)


# -- joining and repeating -------------------------------------------------------------------------------------------


def joined(arrays: Any, axis: Any, dtype: Any = None, out: Any = None) -> Any:
    """Result of concatenate."""
    given = [operand(a) if is_list(a) else np.asanyarray(a) for a in arrays]
    np.concatenate([np.empty([0] * a.ndim, a.dtype) for a in given], axis, dtype=dtype)  # NumPy's checks
    if axis is None:
        shape: Shape = (sum(a.size for a in given),)
    else:
        place = normalize_axis(axis, given[0].ndim)
        rests = {a.shape[:place] + a.shape[place + 1 :] for a in given}
        if len(rests) > 1:
            raise ValueError(
                "all the input array dimensions except for the concatenation axis must match exactly: shapes "
                + ", ".join(str(a.shape) for a in given)
            )
        shape = (*given[0].shape[:place], sum(a.shape[place] for a in given), *given[0].shape[place + 1 :])
    if out is not None:
        return out
    kind = np.concatenate([np.empty([0] * a.ndim, a.dtype) for a in given], axis, dtype=dtype).dtype
    return stand_in(shape, kind)


def _members(arrays: Any) -> list[Any]:
    """The arrays to join: of a sequence, or the slices of one array."""
    return [operand(a) if is_list(a) else np.asanyarray(a) for a in arrays]


@rule("concatenate")
def concatenate(
    function: Any, arrays: Any, axis: Any = 0, out: Any = None, *, dtype: Any = None, casting: Any = None
) -> Any:
    return joined(arrays, axis, dtype, out)


@rule("stack")
def stack(function: Any, arrays: Any, axis: int = 0, out: Any = None, *, dtype: Any = None, casting: Any = None) -> Any:
    given = _members(arrays)
    if len({a.shape for a in given}) > 1:
        raise ValueError("all input arrays must have the same shape")
    place = normalize_axis(axis, given[0].ndim + 1)
    return joined([np.expand_dims(a, place) for a in given], place, dtype, out)


@rule("vstack row_stack")
def vstack(function: Any, tup: Any, *, dtype: Any = None, casting: Any = None) -> Any:
    return joined([np.atleast_2d(a) for a in _members(tup)], 0, dtype)


@rule("hstack")
def hstack(function: Any, tup: Any, *, dtype: Any = None, casting: Any = None) -> Any:
    given = [np.atleast_1d(a) for a in _members(tup)]
    return joined(given, 0 if given[0].ndim == 1 else 1, dtype)


@rule("dstack")
def dstack(function: Any, tup: Any) -> Any:
    return joined([np.atleast_3d(a) for a in _members(tup)], 2)


@rule("column_stack")
def column_stack(function: Any, tup: Any) -> Any:
    return joined([a if a.ndim > 1 else a.reshape(-1, 1) for a in _members(tup)], 1)


@rule("block")
def block(function: Any, arrays: Any) -> Any:
    def depth(value: Any) -> int:
        return 1 + max(map(depth, value)) if isinstance(value, list) else 0

    def leaves(value: Any) -> Any:
        for item in value if isinstance(value, list) else [value]:
            yield from leaves(item) if isinstance(item, list) else [item]

    def build(value: Any, level: int) -> Any:
        if isinstance(value, list):
            return joined([build(item, level + 1) for item in value], level - ndim)
        a = np.asanyarray(value)
        return a.reshape((1,) * (ndim - a.ndim) + a.shape)

    levels = depth(arrays)
    ndim = max(levels, *(np.ndim(leaf) for leaf in leaves(arrays)))
    return _blocked(arrays, levels, ndim, build)


def _blocked(arrays: Any, levels: int, ndim: int, build: Any) -> Any:
    def go(value: Any, level: int) -> Any:
        if isinstance(value, list):
            return joined([go(item, level + 1) for item in value], level - levels)
        return build(value, level)

    return go(arrays, 0)


@rule("append")
def append(function: Any, arr: Any, values: Any, axis: Any = None) -> Any:
    return joined([arr, values], axis)


def _lines(arr: Any, axis: Any) -> tuple[Any, int]:
    a = operand(arr)
    return (a.reshape(-1), 0) if axis is None else (a, normalize_axis(axis, a.ndim))


def _with_length(a: Any, axis: int, n: int) -> Any:
    return stand_in((*a.shape[:axis], n, *a.shape[axis + 1 :]), a.dtype)


@rule("insert")
def insert(function: Any, arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    a, place = _lines(arr, axis)
    if isinstance(obj, slice):
        n = len(range(*obj.indices(a.shape[place])))
    elif sizes(obj) in ((), (1,)):
        shape = sizes(values)
        n = shape[0] if axis is None and shape else shape[place] if len(shape) == a.ndim and sizes(obj) == (1,) else 1
        n = n if axis is None or sizes(obj) else (shape[0] if len(shape) == a.ndim else 1)
    else:
        n = sizes(obj)[0]
    return _with_length(a, place, a.shape[place] + n)


@rule("delete")
def delete(function: Any, arr: Any, obj: Any, axis: Any = None) -> Any:
    a, place = _lines(arr, axis)
    length = a.shape[place]
    if isinstance(obj, slice):
        n = len(range(*obj.indices(length)))
    elif sizes(obj) == ():
        n = 1
    elif type(obj) is StandIn:
        n = planner().ask("the number of different places in", obj) if obj.size > 1 else obj.size
    else:
        n = len({int(place) % length for place in obj}) if not is_mask(obj) else int(np.count_nonzero(obj))
    return _with_length(a, place, length - int(n))


@rule("tile")
def tile(function: Any, A: Any, reps: Any) -> Any:
    a, times = operand(A), (reps,) if hasattr(reps, "__index__") else tuple(int(r) for r in reps)
    n = max(np.ndim(a), len(times))
    shape = (1,) * (n - np.ndim(a)) + sizes(a)
    times = (1,) * (n - len(times)) + times
    return stand_in([x * int(y) for x, y in zip(shape, times, strict=True)], type_of(a))


@rule("repeat")
def repeat(function: Any, a: Any, repeats: Any, axis: Any = None) -> Any:
    a, place = _lines(a, axis)
    if sizes(repeats) in ((), (1,)) and type(repeats) is not StandIn:
        return _with_length(a, place, a.shape[place] * int(np.reshape(repeats, ())))
    if type(repeats) is StandIn:
        return _with_length(a, place, int(planner().ask("the sum of", repeats)))
    if len(repeats) != a.shape[place]:
        raise ValueError(f"operands could not be broadcast together with shape ({a.shape[place]},) ({len(repeats)},)")
    return _with_length(a, place, int(sum(repeats)))


@rule("roll fft.fftshift fft.ifftshift")
def roll(function: Any, a: Any, *args: Any, **kwargs: Any) -> Any:
    a = operand(a)
    axis = kwargs.get("axis", kwargs.get("axes", args[-1] if args and function is not np.roll else None))
    if axis is not None:
        for one in (axis,) if hasattr(axis, "__index__") else axis:
            normalize_axis(one, a.ndim)
    return stand_in(a.shape, a.dtype)


@rule("resize")
def resize(function: Any, a: Any, new_shape: Any) -> Any:
    return stand_in(new_shape, type_of(a))


@rule("pad")
def pad(function: Any, array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Any:
    a = operand(array)
    if not callable(mode):
        function(np.empty((1,) * a.ndim, a.dtype), 0, mode, **{k: v for k, v in kwargs.items() if k == "reflect_type"})
    if isinstance(pad_width, dict):
        widths = [(0, 0)] * a.ndim
        for axis, width in pad_width.items():
            widths[axis] = tuple(np.broadcast_to(width, 2))
    else:
        widths = np.broadcast_to(pad_width, (a.ndim, 2)).tolist()
    padded = stand_in([n + int(x) + int(y) for n, (x, y) in zip(a.shape, widths, strict=True)], a.dtype)
    if callable(mode):  # it is called for each line along each axis
        for axis, n in enumerate(padded.shape):
            with planner().times(padded.size // max(n, 1)):
                mode(AbstractArray(stand_in(n, a.dtype), [False], True), tuple(widths[axis]), axis, kwargs)
    return padded


# -- selecting -------------------------------------------------------------------------------------------------------


def count(mask: Any) -> int:
    """How many elements of an unknown mask are true: the plan is asked."""
    return int(planner().ask("the number of true elements of", mask))


@rule("getitem")
def getitem(function: Any, a: Any, index: Any) -> Any:
    return indexed(a, index, count)


@rule("setitem")
def setitem(function: Any, a: Any, index: Any, value: Any) -> None:
    def any_number(mask: Any) -> int:
        return -1

    entries = index if isinstance(index, tuple) else (index,)
    if any(type(entry) is StandIn and entry.dtype == bool for entry in entries):
        if len(sizes(value)) > a.ndim:
            raise ValueError("more dimensions than the place that is assigned to")
        return  # how many elements the mask selects is a matter of values
    selected = sizes(indexed(a, index, any_number))
    shape = sizes(value)
    while len(shape) > len(selected) and shape[0] == 1:
        shape = shape[1:]
    if len(shape) > len(selected) or together(selected, shape) != selected:
        raise ValueError(f"could not broadcast input array from shape {shape} into shape {selected}")


@rule("take")
def take(function: Any, a: Any, indices: Any, axis: Any = None, out: Any = None, mode: str = "raise") -> Any:
    a, place = _lines(a, axis)
    if out is not None:
        return out
    shape = a.shape[:place] + sizes(indices) + a.shape[place + 1 :]
    return result(shape, a.dtype)


@rule("take_along_axis")
def take_along_axis(function: Any, arr: Any, indices: Any, axis: Any = -1) -> Any:
    a, place = _lines(arr, axis)
    shape, chosen = [*a.shape], [*sizes(indices)]
    if len(shape) != len(chosen):
        raise ValueError("`indices` and `arr` must have the same number of dimensions")
    length = chosen[place]
    shape[place] = chosen[place] = 1
    found = [*together(tuple(shape), tuple(chosen))]
    found[place] = length
    return stand_in(found, a.dtype)


@rule("compress extract")
def compress(function: Any, condition: Any, a: Any, axis: Any = None, out: Any = None) -> Any:
    a, place = _lines(a, axis)
    n = count(condition) if type(condition) is StandIn else int(np.count_nonzero(condition))
    return out if out is not None else _with_length(a, place, n)


def _nothing(function: Any, *args: Any, **kwargs: Any) -> None:
    return None


rule("put put_along_axis putmask place copyto fill_diagonal")(_nothing)
WRITERS.update("put put_along_axis putmask place copyto fill_diagonal setitem".split())


@rule("ix_")
def ix_(function: Any, *args: Any) -> Any:
    n = len(args)
    found = []
    for place, a in enumerate(args):
        length = count(a) if is_mask(a) and type(a) is StandIn else sizes(a)[0]
        found.append(stand_in((1,) * place + (length,) + (1,) * (n - place - 1), int if is_mask(a) else type_of(a)))
    return tuple(found)


@rule("unravel_index")
def unravel_index(function: Any, indices: Any, shape: Any, order: Any = "C") -> Any:
    dimensions = (shape,) if hasattr(shape, "__index__") else shape
    return tuple(result(sizes(indices), np.intp) for _ in dimensions)


@rule("ravel_multi_index")
def ravel_multi_index(function: Any, multi_index: Any, dims: Any, mode: Any = "raise", order: Any = "C") -> Any:
    return result(together(*map(sizes, multi_index)), np.intp)


@rule("diag_indices")
def diag_indices(function: Any, n: int, ndim: int = 2) -> Any:
    return (stand_in(n, int),) * ndim


@rule("tril_indices triu_indices")
def triangle_indices(function: Any, n: int, k: int = 0, m: int | None = None) -> Any:
    m = n if m is None else m
    number = sum(min(max(i + k + 1, 0), m) for i in range(n))
    if function is np.triu_indices:
        number = n * m - sum(min(max(i + k, 0), m) for i in range(n))
    return (stand_in(number, int),) * 2


@rule("packbits")
def packbits(function: Any, a: Any, axis: Any = None, bitorder: str = "big") -> Any:
    a, place = _lines(a, axis)
    return stand_in(_with_length(a, place, -(-a.shape[place] // 8)).shape, np.uint8)


@rule("unpackbits")
def unpackbits(function: Any, a: Any, axis: Any = None, count: Any = None, bitorder: str = "big") -> Any:
    a, place = _lines(a, axis)
    n = 8 * a.shape[place]
    n = n if count is None else count if count >= 0 else n + count
    return _with_length(a, place, n)


@rule("fft.fftfreq fft.rfftfreq")
def frequencies(function: Any, n: int, d: Any = 1.0, device: Any = None) -> Any:
    return stand_in(n if function is np.fft.fftfreq else n // 2 + 1, float)


@rule("array2string array_repr array_str")
def text(function: Any, a: Any, *_: Any, **__: Any) -> str:
    return f"<abstract {type_of(a)}{list(sizes(a))}>"


# -- what depends on values ------------------------------------------------------------------------------------------


def _found(a: Any) -> int:
    a = operand(a)
    return (
        int(planner().ask("the number of nonzero elements of", a)) if type(a) is StandIn else int(np.count_nonzero(a))
    )


@rule("nonzero where_nonzero")
def nonzero(function: Any, a: Any) -> Any:
    n = _found(a)
    return tuple(stand_in(n, np.intp) for _ in sizes(a))


@rule("flatnonzero")
def flatnonzero(function: Any, a: Any) -> Any:
    return stand_in(_found(a), np.intp)


@rule("argwhere")
def argwhere(function: Any, a: Any) -> Any:
    return stand_in((_found(a), len(sizes(a))), np.intp)


@rule("trim_zeros")
def trim_zeros(function: Any, filt: Any, trim: str = "fb", axis: Any = None) -> Any:
    return stand_in(int(planner().ask("the length without zeros of", operand(filt))), type_of(filt))


BY_VALUE.update("nonzero where_nonzero flatnonzero argwhere trim_zeros compress extract delete repeat".split())
