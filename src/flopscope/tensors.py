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
from time import perf_counter as clock
from typing import Any, cast

import numpy as np

from flopscope import array as _array
from flopscope import dispatch
from flopscope.budget import active, innermost
from flopscope.costs import groups
from flopscope.costs.table import Op
from flopscope.dispatch import FA, nd
from flopscope.errors import SymmetryError, SymmetryLossWarning
from flopscope.frames import user_stacklevel
from flopscope.registry import numpy_attribute
from flopscope.settings import settings
from flopscope.symmetry import SymmetryGroup

_IDENTITY = SymmetryGroup.identity()


class Form:
    """What price and group of a result depend on, of a tensor: one object for all tensors that agree in it."""

    __slots__ = ("group", "shape")

    def __init__(self, shape: tuple[int, ...], group: SymmetryGroup) -> None:
        self.shape = shape
        self.group = group


form_of = lru_cache(maxsize=4096)(Form)


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

    __slots__ = ("_borrows", "form")

    form: Form  # not there in what others make of a tensor (view, np.lib), which has no symmetry

    @property
    def symmetry(self) -> SymmetryGroup:
        return self.form.group if hasattr(self, "form") else _IDENTITY

    @property
    def unique_elements(self) -> int:
        return self.symmetry.unique_elements(self.shape)

    def __setattr__(self, name: str, value: Any) -> None:
        raise _refusal(f"setting {name} of")

    def __getitem__(self, index: Any) -> Any:
        result = nd.view(self, nd)[dispatch.plain(index)]
        if type(result) is not nd or not self.symmetry:
            return dispatch.wrap(result)
        parts = [(one.start, one.stop, one.step) if type(one) is slice else one for one in _several(index)]
        key = (self.form, *parts) if all(type(one) in _HASHED for one in parts) else None
        outcome = _outcomes.get(key)
        if outcome is None:
            group = groups.indexed(self.symmetry, self.shape, index)
            # What single numbers take away is no loss: there are fewer axes.
            lost = group is None or (result.ndim == self.ndim and not self.symmetry.is_subgroup(group))
            outcome = _remember(key, Outcome(group or _IDENTITY, [(None, self.symmetry)] if lost else []))
        return outcome.deliver("indexing", result)

    def __reduce__(self) -> Any:
        return _restored, (nd.view(self, nd).copy(), self.symmetry)

    def __deepcopy__(self, memo: Any) -> Any:
        return self.copy()

    def __copy__(self) -> Any:
        return self.copy()


SymmetricTensor.__module__ = "flopscope"
_set_form: Callable[[Any, Any], None] = cast("Any", SymmetricTensor).form.__set__
_set_borrows: Callable[[Any, Any], None] = cast("Any", SymmetricTensor)._borrows.__set__


def _restored(values: np.ndarray, group: SymmetryGroup) -> Any:
    return tag(values, group) if group else dispatch.wrap(values)


def tag(values: np.ndarray, group: SymmetryGroup, form: Form | None = None) -> SymmetricTensor:
    """Make a symmetric tensor of an array, which must have the symmetry and be nobody else's or write-protected."""
    owner = _owner(values)
    if owner.base is not None:  # memory of a file, or of someone else who is no array
        values = owner = np.array(values)
    borrows = not owner.flags.writeable or owner.size > values.size
    array: Any = values
    while owner.flags.writeable:
        array.setflags(write=False)
        array = array.base
    tensor = nd.view(values, SymmetricTensor)
    _set_form(tensor, form or form_of(values.shape, group))
    if borrows:
        _set_borrows(tensor, True)
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
# Symmetry rules of ops that compute the elements of an orbit alike.
_EXACT = frozenset({groups.joint, groups.pointwise, groups.clipped, groups.chosen, groups.along, groups.accumulated})
_HASHED = (int, type(None), type(...), tuple)  # in an index; tuples are slices


class Outcome:
    """What a call makes of the symmetry of its operands: the group, and who lost some of its own.

    Parameters
    ----------
    group : SymmetryGroup
        Group of the result.
    lost : list of (shape or None, SymmetryGroup)
        Groups of operands that are not in it. A loss is one where the result has the shape given, or any.
    settle : bool
        Whether NumPy may compute the elements of an orbit in different order.
    """

    __slots__ = ("form", "group", "last", "lost", "settle")

    def __init__(self, group: SymmetryGroup, lost: list[Any], settle: bool = False) -> None:
        self.group = group
        self.lost = lost
        self.settle = settle
        self.form: Form | None = None
        self.last: tuple[Any, Any] = (None, None)  # a scope's cache, and the site it gave

    def deliver(self, name: str, values: np.ndarray) -> Any:
        """The plain array that the op `name` made, as a tensor or counted array."""
        kind = values.dtype.kind
        if not self.group or kind not in "biufc":
            result = dispatch.wrap(values)
        else:
            if self.settle or kind == "c":  # NumPy may multiply complex numbers otherwise at the end of a row
                values = settled(values, self.group)
            if self.form is None or self.form.shape != values.shape:
                self.form = form_of(values.shape, self.group)
            result = tag(values, self.group, self.form)
        if self.lost and values.ndim > 1 and settings.symmetry_loss_warnings:
            for shape, group in self.lost:
                if shape is None or shape == values.shape:
                    _warn_of_loss(name, group, self.group)
        return result


_outcomes: dict[Any, Outcome] = {}


def _remember(key: Any, outcome: Outcome) -> Outcome:
    if key is not None:
        if len(_outcomes) >= 4096:
            _outcomes.clear()
        _outcomes[key] = outcome
    return outcome


def _several(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _tensors(values: Iterable[Any]) -> list[SymmetricTensor]:
    found: list[SymmetricTensor] = []
    for value in values:
        kind = type(value)
        if kind is SymmetricTensor:
            found.append(value)
        elif kind is tuple or kind is list:
            found += _tensors(value)
    return found


def _group(op: Op, args: tuple[Any, ...], kwargs: dict[str, Any]) -> SymmetryGroup:
    try:
        return (op.symmetry and op.symmetry(*args, **kwargs)) or _IDENTITY
    except (TypeError, ValueError, LookupError, AttributeError):
        return _IDENTITY  # NumPy will say what is wrong with the arguments


def finisher(op: Op, key: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[Any], Any] | None:
    """What makes symmetric tensors of the results of a call, if there are any among its arguments."""
    among = _tensors((*args, *kwargs.values())) if kwargs else _tensors(args)
    if not among:
        return None
    outcome = _outcomes.get(key) or _outcome(op, key, args, kwargs, among)

    def finish(result: Any) -> Any:
        if type(result) is tuple or type(result) is list:
            return type(result)(map(finish, result))
        if type(result) is not FA or any(result is given for given in (*args, *kwargs.values())):
            return result
        return outcome.deliver(op.name, nd.view(result, nd))

    return finish


def _outcome(op: Op, key: Any, args: tuple[Any, ...], kwargs: dict[str, Any], among: list[Any]) -> Outcome:
    run = numpy_attribute(op.name)
    outputs = (kwargs.get("out"), *(args[run.nin :] if isinstance(run, np.ufunc) else ()))
    if op.name in _WRITE or op.name.endswith((".at", ".shuffle")):
        outputs += args[:1]
    if _tensors(outputs):
        raise _refusal(f"{op.name} into")
    group = _group(op, args, kwargs)
    reshaped = op.symmetry is groups.reshaped
    lost: list[Any] = []
    if op.symmetry in _EXACT or (reshaped and not group):
        lost = [(None if reshaped else one.shape, one.symmetry) for one in among if not one.symmetry.is_subgroup(group)]
    return _remember(key, Outcome(group, lost, op.cost is not None and op.symmetry not in _EXACT))


def lane(op: Op, run: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """As those of ``lanes``: an elementwise op on tensors, arrays and numbers, whose price and outcome are known."""
    t0 = clock()
    if op.symmetry is not groups.joint or len(args) > getattr(run, "nin", 2):
        return NotImplemented
    key: tuple[Any, ...] = (op,)
    given: list[Any] = []
    for x in args:
        kind = type(x)
        if kind is SymmetricTensor and hasattr(x, "form"):
            key += (x.form,)
            given.append(nd.view(x, nd))
        elif kind in dispatch.NUMBERS:
            key += ((),)
            given.append(x)
        elif kind is FA or kind is nd:
            key += (x.shape,)
            given.append(nd.view(x, nd))
        else:
            return NotImplemented
    scope = active.get() or innermost()
    sites, outcome = scope.sites, _outcomes.get(key)
    last, site = outcome.last if outcome is not None else (None, None)
    if last is not sites:
        site = sites.get(key)
        if outcome is not None and site is not None:
            outcome.last = sites, site
    budget = scope.budget
    if site is None or outcome is None or budget.used + site.cost > budget.limit or t0 > budget.alarm:
        finish = finisher(op, key, args, {})
        return dispatch.execute(op, run, args, {}, key, finish=finish) if finish else NotImplemented
    pending = budget.pending
    budget.used = budget.used + site.cost
    record = None
    try:
        t1 = clock()
        r = run(*given)
        t2 = clock()
        if type(r) is nd and outcome.form is not None and not outcome.lost and r.dtype.kind in "fbiu":
            r.setflags(write=False)  # a new array; as in `tag`
            r = r.view(SymmetricTensor)
            _set_form(r, outcome.form)
        elif type(r) is nd:
            r = outcome.deliver(op.name, r)
        elif type(r) is tuple:
            r = tuple([outcome.deliver(op.name, one) if type(one) is nd else one for one in r])
        t3 = clock()
        record = (site.index, t0, t1, t2, t3)
        pending += record
    except BaseException:
        scope.release(site, record)
        raise
    if t3 > budget.alarm:
        scope.check_deadline(site, t3)
    return r


dispatch.finisher = finisher
dispatch.tensor_lane = lane
dispatch.Tensor = SymmetricTensor


# -- warnings and refusals -------------------------------------------------------------------------------------------


def _refusal(what: str) -> SymmetryError:
    return SymmetryError(
        f"{what} a symmetric tensor is refused: it is read-only, so that its symmetry stays true; "
        "fnp.array(t) makes a writable copy without symmetry, flops.as_symmetric(...) a tensor of it again"
    )


def _warn_of_loss(name: str, had: SymmetryGroup, keeps: SymmetryGroup) -> None:
    warnings.warn(
        f"{name}: of the symmetry {had!r} of an operand, the result keeps {repr(keeps) if keeps else 'nothing'}; "
        "what follows is charged accordingly (flops.configure(symmetry_loss_warnings=False) silences this)",
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


def _operator(op: Op, run: Callable[..., Any], name: str, reflected: bool = False) -> Callable[..., Any]:
    """The operator on its lane, without asking whether the other operand has a say: arrays and numbers have none."""
    general = getattr(FA, name)

    def method(self: SymmetricTensor, *other: Any) -> Any:
        result = lane(op, run, (*other, self) if reflected else (self, *other))
        return general(self, *other) if result is NotImplemented else result

    return method


for _short, _row in {**_array.BINARY, **_array.UNARY}.items():
    _op, _run = _array.row(_row), getattr(operator, f"__{_short}__")
    for _name in (f"__{_short}__", f"__r{_short}__"):
        if hasattr(nd, _name):
            _array.give(_name, _operator(_op, _run, _name, _name != f"__{_short}__"), SymmetricTensor)


# -- in-place operators ----------------------------------------------------------------------------------------------


def _in_place(op: Op, run: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """In-place operator: computed apart, with NumPy's checks, and moved into the tensor's memory at once.

    All that shares the memory of the tensor has its symmetry from it, so that it stays true if the tensor's own does.
    """

    def work(x: Any, y: Any) -> Any:
        return run(x.copy(), y)

    def method(self: SymmetricTensor, other: Any) -> Any:
        group = None if _array.has_a_say(other) else _group(op, (self, other), {})
        if not (group and self.symmetry.is_subgroup(group) and not hasattr(self, "_borrows")):
            raise _refusal(f"{op.name} in place with a less symmetric operand, or through a view, of")
        result = dispatch.execute(op, work, (self, other), {})
        owner = _owner(self)
        owner.flags.writeable = True
        try:
            values = nd.view(self, nd)
            values.flags.writeable = True
            values[...] = result
        finally:
            owner.flags.writeable = False
        return self

    return method


for _short, _row in _array.BINARY.items():
    _array.give(f"__i{_short}__", _in_place(_array.row(_row), getattr(operator, f"i{_short}")), SymmetricTensor)
