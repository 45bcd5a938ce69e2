"""Symmetric tensors: arrays that carry a group under which their elements are equal, to the last bit.

Two decisions keep a tag from ever being wrong. A tensor owns its memory, which is write-protected: whatever shares it
may be read, and what would write is refused. And every tensor is made by `tag`, from elements that are equal by
construction: a result that NumPy computes in another order for one element of an orbit than for the next is evened out
(`settled`). What an op makes of the groups of its operands is the symmetry rule of its row.
"""

from __future__ import annotations

import operator
import warnings
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, cast

import numpy as np

from flopscope import array as _array
from flopscope import dispatch
from flopscope.costs import groups
from flopscope.costs.table import Op
from flopscope.dispatch import FA, nd
from flopscope.errors import SymmetryError, SymmetryLossWarning
from flopscope.frames import user_stacklevel
from flopscope.settings import settings
from flopscope.symmetry import SymmetryGroup

_IDENTITY = SymmetryGroup.identity()


class SymmetricTensor(FA):
    """An array with a symmetry: ops on it are charged for its unique elements, and pass the symmetry on.

    Made by `as_symmetric`, `symmetrize`, ``fnp.random.symmetric`` and by ops on other symmetric tensors. It is
    read-only, so that its symmetry stays true; ``fnp.array(t)`` makes a writable copy without symmetry. In-place
    operators work where the other operand is as symmetric.

    Attributes
    ----------
    symmetry : SymmetryGroup
        The permutations of axes that leave the tensor as it is.
    unique_elements : int
        How many of its elements can differ.

    Examples
    --------
    >>> import flopscope as flops, flopscope.numpy as fnp
    >>> s = flops.as_symmetric(fnp.ones((4, 4)), symmetric_axes=(0, 1))
    >>> with flops.BudgetContext(100) as budget:
    ...     e = fnp.exp(s)
    >>> e.symmetry, e.unique_elements, budget.flops_used  # 4*5/2
    (S2{0,1}, 10, 10)
    """

    __slots__ = ("_group", "_owner")

    @property
    def symmetry(self) -> SymmetryGroup:
        return getattr(self, "_group", _IDENTITY)  # what others make of it (view, np.lib) has none

    @property
    def unique_elements(self) -> int:
        return self.symmetry.unique_elements(self.shape)

    def __setattr__(self, name: str, value: Any) -> None:
        raise _refusal(f"setting {name} of")

    def __getitem__(self, index: Any) -> Any:
        result = self.view(nd)[dispatch.plain(index)]
        if type(result) is not nd or not self.symmetry:
            return dispatch.wrap(result)
        group = groups.indexed(self.symmetry, self.shape, index)
        # What single numbers take away is no loss: there are fewer axes.
        lost = group is None or (result.ndim == self.ndim and not self.symmetry.is_subgroup(group))
        _warn_of_loss("indexing", self, group, result, lost)
        return tag(result, group) if group else dispatch.wrap(result)

    def __reduce__(self) -> Any:
        return _restored, (self.view(nd).copy(), self.symmetry)

    def __deepcopy__(self, memo: Any) -> Any:
        return self.copy()

    def __copy__(self) -> Any:
        return self.copy()


SymmetricTensor.__module__ = "flopscope"
_set_group: Callable[[Any, Any], None] = cast("Any", SymmetricTensor)._group.__set__
_set_owner: Callable[[Any, Any], None] = cast("Any", SymmetricTensor)._owner.__set__


def _restored(values: np.ndarray, group: SymmetryGroup) -> Any:
    return tag(values, group) if group else dispatch.wrap(values)


def tag(values: np.ndarray, group: SymmetryGroup) -> SymmetricTensor:
    """Make a symmetric tensor of an array, which must have the symmetry and be nobody else's or write-protected."""
    owner = _owner(values)
    if owner.base is not None:  # memory of a file, or of someone else who is no array
        values = owner = np.array(values)
    fresh = owner.flags.writeable
    array: Any = values
    while fresh and isinstance(array, nd):
        array.flags.writeable = False
        array = array.base
    tensor = nd.view(values, SymmetricTensor)
    _set_group(tensor, group)
    _set_owner(tensor, fresh and tensor.size == owner.size)
    return tensor


def _owner(array: np.ndarray) -> np.ndarray:
    """The array that owns the memory of `array`."""
    while isinstance(array.base, nd):
        array = array.base
    return array


def settled(values: np.ndarray, group: SymmetryGroup) -> np.ndarray:
    """A copy in which all elements of an orbit are equal to the one whose indices ascend (or come first)."""
    values = np.array(values)
    for factor in group.factors:
        if not factor.generators:
            # A sorting network over the indices: each step exchanges two that do not ascend.
            for last in range(len(factor.axes) - 1, 0, -1):
                for i, j in zip(factor.axes[:last], factor.axes[1 : last + 1], strict=True):
                    n = values.shape[i]
                    ascending = _ascending(n).reshape([n if k in (i, j) else 1 for k in range(values.ndim)])
                    values = np.where(ascending, values, values.swapaxes(i, j))
        else:
            sizes = tuple(values.shape[axis] for axis in factor.axes)
            front = np.moveaxis(values, factor.axes, range(len(sizes)))
            first = _first_of_orbit(factor.axes, SymmetryGroup.of_factors([factor]), sizes)
            even = front.reshape(-1, *front.shape[len(sizes) :])[first]
            values = np.ascontiguousarray(np.moveaxis(even, range(len(sizes)), factor.axes))
    return values


@lru_cache(maxsize=16)
def _ascending(n: int) -> np.ndarray:
    """Where in an n x n matrix the column is not before the row."""
    return np.tri(n, dtype=bool).T


@lru_cache(maxsize=16)
def _first_of_orbit(axes: tuple[int, ...], group: SymmetryGroup, sizes: tuple[int, ...]) -> np.ndarray:
    """For every index tuple the number of the first one in its orbit."""
    places = {axis: place for place, axis in enumerate(axes)}
    numbers = np.arange(np.prod(sizes, dtype=int)).reshape(sizes)
    first = numbers
    for element in group.elements():
        first = np.minimum(first, numbers.transpose([places[element[axis]] for axis in axes]))
    return first


# -- what the dispatcher asks ----------------------------------------------------------------------------------------

# Ops that write into their first argument.
_WRITE = frozenset("put put_along_axis putmask place copyto fill_diagonal".split())
_EXACT = (groups.joint, groups.pointwise, groups.clipped, groups.chosen, groups.along, groups.accumulated)
_results: dict[Any, Any] = {}


def _tensors(values: Iterable[Any]) -> list[SymmetricTensor]:
    found: list[SymmetricTensor] = []
    for value in values:
        kind = type(value)
        if kind is SymmetricTensor:
            found.append(value)
        elif kind is tuple or kind is list:
            found += _tensors(value)
    return found


def finisher(op: Op, key: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[Any], Any] | None:
    """What makes symmetric tensors of the results of a call, if there are any among its arguments."""
    among = _tensors((*args, *kwargs.values())) if kwargs else _tensors(args)
    if not among:
        return None
    name, last = op.name, op.name.rpartition(".")[2]
    if _tensors((kwargs.get("out"),)) or (
        type(args[0] if args else None) is SymmetricTensor and (name in _WRITE or last in ("at", "shuffle"))
    ):
        raise _refusal(f"{name} into")
    run = getattr(np, name, None)
    if isinstance(run, np.ufunc) and _tensors(args[run.nin :]):
        raise _refusal(f"{name} into")
    if op.symmetry is None:
        group = _IDENTITY
    elif key is not None and key in _results:
        group = _results[key]
    else:
        group = _group(op, args, kwargs)
        if key is not None:
            if len(_results) >= 4096:
                _results.clear()
            _results[key] = group

    def finish(result: Any) -> Any:
        if type(result) is tuple or type(result) is list:
            return type(result)(map(finish, result))
        if type(result) is not FA or any(result is given for given in (*args, *kwargs.values())):
            return result
        kind = result.dtype.kind
        tensor: Any = result
        if group and kind in "biufc":
            values = result.view(nd)
            if op.cost is not None and (op.symmetry not in _EXACT or kind == "c"):
                values = settled(values, group)
            tensor = tag(values, group)
        if op.symmetry in _EXACT or op.symmetry is groups.reshaped:
            for one in among:
                lost = (
                    not group
                    if op.symmetry is groups.reshaped
                    else (one.shape == result.shape and not one.symmetry.is_subgroup(group))
                )
                _warn_of_loss(op.name, one, group, result, lost)
        return tensor

    return finish


def _group(op: Op, args: tuple[Any, ...], kwargs: dict[str, Any]) -> SymmetryGroup:
    try:
        return (op.symmetry and op.symmetry(*args, **kwargs)) or _IDENTITY
    except (TypeError, ValueError, LookupError, AttributeError):
        return _IDENTITY  # NumPy will say what is wrong with the arguments


dispatch.finisher = finisher
dispatch.Tensor = SymmetricTensor


# -- warnings and refusals -------------------------------------------------------------------------------------------


def _refusal(what: str) -> SymmetryError:
    return SymmetryError(
        f"{what} a symmetric tensor is refused: it is read-only, so that its symmetry stays true; "
        "fnp.array(t) makes a writable copy without symmetry, flops.as_symmetric(...) a tensor of it again"
    )


def _warn_of_loss(
    name: str, tensor: SymmetricTensor, group: SymmetryGroup | None, result: np.ndarray, lost: bool
) -> None:
    if lost and result.ndim > 1 and settings.symmetry_loss_warnings:
        warnings.warn(
            f"{name}: of the symmetry {tensor.symmetry!r} of an operand, the result keeps "
            f"{repr(group) if group else 'nothing'}; what follows is charged accordingly "
            "(flops.configure(symmetry_loss_warnings=False) silences this)",
            SymmetryLossWarning,
            stacklevel=user_stacklevel(),
        )


# -- methods ---------------------------------------------------------------------------------------------------------


def _method(name: str, rule: Callable[..., Any] | None) -> Callable[..., Any]:
    """NumPy's free method or attribute `name`, with the group that `rule` finds for the result."""
    return dispatch.free(Op(name, symmetry=rule), getattr(nd, name))


_MOVES: dict[str, Callable[..., Any] | None] = {
    "reshape": groups.reshaped,
    **{name: groups.rearranged(getattr(nd, name)) for name in ("transpose", "swapaxes", "squeeze")},
    "copy": groups.kept,
    "astype": groups.kept,
    **dict.fromkeys(("ravel", "flatten", "diagonal", "repeat", "take", "compress", "byteswap", "getfield")),
}
for _name, _rule in _MOVES.items():
    _array.give(_name, _method(_name, _rule), SymmetricTensor)

_ATTRIBUTES: dict[str, Callable[..., Any]] = {
    "T": groups.rearranged(np.transpose),
    "mT": groups.rearranged(np.matrix_transpose),
    "real": groups.kept,
    "imag": groups.kept,
}
for _name, _rule in _ATTRIBUTES.items():
    _get = dispatch.free(Op(_name, symmetry=_rule), getattr(nd, _name).__get__)
    setattr(SymmetricTensor, _name, property(_get, doc=getattr(nd, _name).__doc__))


def _refused(name: str) -> Callable[..., Any]:
    def method(self: SymmetricTensor, *args: Any, **kwargs: Any) -> Any:
        raise _refusal("assigning to elements of" if name == "__setitem__" else f"{name}() of")

    return method


for _name in "__setitem__ __setstate__ fill put sort partition resize setfield itemset".split():
    if hasattr(nd, _name):
        _array.give(_name, _refused(_name), SymmetricTensor)


# -- in-place operators ----------------------------------------------------------------------------------------------


def _in_place(op: Op, run: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """In-place operator: computed apart, with NumPy's checks, and moved into the tensor's memory at once.

    All that shares the memory of the tensor has its symmetry from it, so that it stays true if the tensor's own does.
    """

    def work(x: Any, y: Any) -> Any:
        return run(x.copy(), y)

    def method(self: SymmetricTensor, other: Any) -> Any:
        group = None if _array.has_a_say(other) else _group(op, (self, other), {})
        if not (group and self.symmetry.is_subgroup(group) and getattr(self, "_owner", False)):
            raise _refusal(f"{op.name} in place with a less symmetric operand, or through a view, of")
        result = dispatch.execute(op, work, (self, other), {})
        owner = _owner(self)
        owner.flags.writeable = True
        try:
            values = self.view(nd)
            values.flags.writeable = True
            values[...] = result
        finally:
            owner.flags.writeable = False
        return self

    return method


for _short, _row in _array.BINARY.items():
    _array.give(f"__i{_short}__", _in_place(_array.row(_row), getattr(operator, f"i{_short}")), SymmetricTensor)
