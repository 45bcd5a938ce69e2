"""Symmetry tags: arrays that carry a group under which their elements are equal, to the last bit.

Two decisions keep a tag from ever being wrong. The memory of a tensor is sealed (see ``seals.py``): it may be read, and
whoever writes to it takes the symmetry away. And every tensor is made by `tag`, from elements that are equal by
construction: a result that NumPy computes in another order for one element of an orbit than for the next is evened out
(`settled`). What an op makes of the groups of its operands is the symmetry rule of its row.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from functools import lru_cache
from time import perf_counter as clock
from typing import Any, cast

import numpy as np

from flopscope import dispatch
from flopscope.budget import active, innermost
from flopscope.costs import groups
from flopscope.costs.shapes import DEEPEST
from flopscope.costs.table import Op
from flopscope.dispatch import FA, nd
from flopscope.errors import SymmetryLossWarning
from flopscope.frames import user_stacklevel
from flopscope.seals import Seal, outputs, owner_of, writing
from flopscope.settings import settings
from flopscope.symmetry import SymmetryGroup
from flopscope.symmetry.settling import settled

_IDENTITY = SymmetryGroup.identity()
_plain = nd.view


class Form:
    """What price and group of a result depend on, of a tensor: one object for all tensors that agree in it."""

    __slots__ = ("group", "shape")

    def __init__(self, shape: tuple[int, ...], group: SymmetryGroup) -> None:
        self.shape = shape
        self.group = group


form_of = lru_cache(maxsize=4096)(Form)


class SymmetricTensor(FA):
    """An array with a symmetry: ops on it are charged for its unique elements, and pass the symmetry on.

    Made by `as_symmetric`, `symmetrize`, ``fnp.random.symmetric`` and by ops on other symmetric tensors. It may be
    written to as any array; a write that could break the symmetry takes it from the tensor and all of its views, with a
    `SymmetryLossWarning`.

    Attributes
    ----------
    symmetry : SymmetryGroup or None
        The permutations of axes that leave the tensor as it is; None if it has been written to.
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

    # A view that has no symmetry of its own is sealed all the same. What others make of a tensor (np.lib) has neither.
    __slots__ = ("_borrows", "_form", "_seal")

    @property
    def form(self) -> Form | None:
        try:
            return self._form if self._seal.intact else None
        except AttributeError:
            return None

    @property
    def symmetry(self) -> SymmetryGroup | None:
        form = self.form
        return None if form is None else form.group

    @property
    def unique_elements(self) -> int:
        form = self.form
        return self.size if form is None else form.group.unique_elements(form.shape)

    def unseal(self) -> None:
        """Forget the seal, which is broken."""
        del self._seal

    def __getitem__(self, index: Any) -> Any:
        result = nd.view(self, nd)[dispatch.plain(index)]
        if type(result) is not nd:
            return dispatch.wrap(result)
        form = self.form
        if form is None:
            return view_of(result, (self,))
        parts = [(one.start, one.stop, one.step) if type(one) is slice else one for one in _several(index)]
        key = (form, *parts) if all(type(one) in _HASHED for one in parts) else None
        outcome = _outcomes.get(key)
        if outcome is None:
            group = groups.indexed(form.group, form.shape, index)
            # What single numbers take away is no loss: there are fewer axes.
            lost = group is None or (result.ndim == self.ndim and not form.group.is_subgroup(group))
            outcome = _remember(key, Outcome(group or _IDENTITY, [(None, form.group)] if lost else []))
        return outcome.deliver("indexing", result, (self,))

    def __reduce__(self) -> Any:
        return _restored, (nd.view(self, nd).copy(), self.symmetry)

    def __deepcopy__(self, memo: Any) -> Any:
        return self.copy()

    def __copy__(self) -> Any:
        return self.copy()


SymmetricTensor.__module__ = "flopscope"
# Past `__setattr__`, which looks out for attributes that are written to.
_set_form: Callable[[Any, Any], None] = cast("Any", SymmetricTensor)._form.__set__
_set_seal: Callable[[Any, Any], None] = cast("Any", SymmetricTensor)._seal.__set__
_set_borrows: Callable[[Any, Any], None] = cast("Any", SymmetricTensor)._borrows.__set__


def _made(values: np.ndarray, seal: Seal, form: Form | None, borrows: bool = False) -> SymmetricTensor:
    """A tensor of sealed values."""
    tensor = nd.view(values, SymmetricTensor)
    _set_seal(tensor, seal)
    _set_form(tensor, form)
    if borrows:
        _set_borrows(tensor, True)
    return tensor


def _restored(values: np.ndarray, group: SymmetryGroup | None) -> Any:
    return tag(values, group) if group else dispatch.wrap(values)


def tag(
    values: np.ndarray, group: SymmetryGroup, form: Form | None = None, among: Iterable[Any] = ()
) -> SymmetricTensor:
    """Make a symmetric tensor of an array, which must have the symmetry, and be nobody else's or a view of `among`."""
    owner = owner_of(values)
    seal = None
    if not owner.flags.writeable:
        seal = _seal_of(owner, among)
    if owner.base is not None or (seal is None and not owner.flags.writeable):
        values = owner = np.array(values)  # of memory of a file, or of someone else
    borrows = seal is not None or owner.size > values.size
    if seal is None:
        seal = Seal(owner)
        array: Any = values
        while owner.flags.writeable:
            array.setflags(write=False)
            array = array.base
    return _made(values, seal, form or form_of(values.shape, group), borrows)


def _seal_of(owner: np.ndarray, among: Iterable[Any]) -> Seal | None:
    """The seal of the memory of `owner`, if one of some tensors has it."""
    for tensor in among:
        seal: Seal | None = getattr(tensor, "_seal", None)
        if seal is not None and seal.owner is owner:
            return seal
    return None


def view_of(values: np.ndarray, among: Iterable[Any]) -> Any:
    """A result without symmetry: sealed, if it is a view of one of some tensors."""
    seal = _seal_of(owner_of(values), among) if values.base is not None else None
    return dispatch.wrap(values) if seal is None or values.flags.writeable else _made(values, seal, None, True)


# -- what the dispatcher asks ----------------------------------------------------------------------------------------

# Ops whose results are read-only views whatever they are given, as NumPy's.
_READ_ONLY = frozenset("diagonal diag broadcast_to broadcast_arrays lib.stride_tricks.sliding_window_view".split())
# Symmetry rules of ops that compute the elements of an orbit alike.
EXACT = frozenset({groups.joint, groups.pointwise, groups.clipped, groups.chosen, groups.along, groups.accumulated})
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

    def deliver(self, name: str, values: np.ndarray, among: Iterable[Any] = ()) -> Any:
        """The plain array that the op `name` made of tensors and others, as a tensor or counted array."""
        kind = values.dtype.kind
        if not self.group or kind not in "biufc":
            result = dispatch.wrap(values) if name in _READ_ONLY else view_of(values, among)
        else:
            if self.settle or kind == "c":  # NumPy may multiply complex numbers otherwise at the end of a row
                values = settled(values, self.group)
            if self.form is None or self.form.shape != values.shape:
                self.form = form_of(values.shape, self.group)
            result = tag(values, self.group, self.form, among)
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


def _tensors(values: Iterable[Any], depth: int = 0) -> list[SymmetricTensor]:
    found: list[SymmetricTensor] = []
    for value in values:
        kind = type(value)
        if kind is SymmetricTensor:
            found.append(value)
        elif (kind is tuple or kind is list) and depth <= DEEPEST:
            found += _tensors(value, depth + 1)
    return found


def group_of_result(op: Op, args: tuple[Any, ...], kwargs: dict[str, Any]) -> SymmetryGroup:
    try:
        return (op.symmetry and op.symmetry(*args, **kwargs)) or _IDENTITY
    except (TypeError, ValueError, LookupError, AttributeError):
        return _IDENTITY  # NumPy will say what is wrong with the arguments


def finisher(
    op: Op, run: Callable[..., Any], key: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Callable[..., Any], Callable[[Any], Any] | None]:
    """What runs a call, and what makes tensors of its results, where tensors are among its arguments."""
    among = _tensors((*args, *kwargs.values())) if kwargs else _tensors(args)
    if not among:
        return run, None
    outcome = _outcomes.get(key) or _outcome(op, key, args, kwargs, among)

    def finish(result: Any) -> Any:
        if type(result) is tuple or type(result) is list:
            return type(result)(map(finish, result))
        if type(result) is not FA or any(result is given for given in (*args, *kwargs.values())):
            return result
        return outcome.deliver(op.name, nd.view(result, nd), among)

    written = _tensors(outputs(op, args, kwargs))
    return writing(op, run, written) if written else run, finish


def _outcome(op: Op, key: Any, args: tuple[Any, ...], kwargs: dict[str, Any], among: list[Any]) -> Outcome:
    group = group_of_result(op, args, kwargs)
    reshaped = op.symmetry is groups.reshaped
    lost: list[Any] = []
    if op.symmetry in EXACT or (reshaped and not group):
        lost = [
            (None if reshaped else one.shape, one.symmetry)
            for one in among
            if one.symmetry and not one.symmetry.is_subgroup(group)
        ]
    return _remember(key, Outcome(group, lost, op.cost is not None and op.symmetry not in EXACT))


def lane(op: Op, run: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """As those of ``lanes``: an elementwise op on tensors, arrays and numbers, whose price and outcome are known."""
    t0 = clock()
    if op.symmetry is not groups.joint or len(args) > getattr(run, "nin", 2):
        return NotImplemented
    key: tuple[Any, ...] = (op,)
    given: list[Any] = []
    for x in args:
        kind = type(x)
        if kind is SymmetricTensor:
            key += (x.form or x.shape,)
            given.append(_plain(x, nd))
        elif kind in dispatch.NUMBERS or kind in dispatch.BARE:
            key += ((),)
            given.append(dispatch.plain(x))
        elif kind is FA or kind is nd:
            key += (x.shape,)
            given.append(_plain(x, nd))
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
        _, finish = finisher(op, run, key, args, {})
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
            seal = Seal(r)
            r = r.view(SymmetricTensor)
            _set_seal(r, seal)
            _set_form(r, outcome.form)
        elif type(r) is nd:
            r = outcome.deliver(op.name, r)
        elif type(r) is tuple:
            r = tuple([outcome.deliver(op.name, one) if type(one) is nd else one for one in r])
        t3 = clock()
        record = (site.index, t0, t1 + (t3 - t2), t3)  # as in dispatch.execute
        pending += record
    except BaseException:
        scope.release(site, record)
        raise
    if t3 > budget.alarm:
        scope.check_deadline(site, t3)
    return r


# -- warnings ------------------------------------------------------------------------------------------------------


def _warn_of_loss(name: str, had: SymmetryGroup, keeps: SymmetryGroup) -> None:
    warnings.warn(
        f"{name}: of the symmetry {had!r} of an operand, the result keeps {repr(keeps) if keeps else 'nothing'}; "
        "what follows is charged accordingly (flops.configure(symmetry_loss_warnings=False) silences this)",
        SymmetryLossWarning,
        stacklevel=user_stacklevel(),
    )
