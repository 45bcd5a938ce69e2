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
from types import NoneType
from typing import Any, cast

import numpy as np

from flopscope.arrays import dispatch
from flopscope.arrays.dispatch import BARE, FA, NUMBERS, SCALARS, nd
from flopscope.arrays.seals import GIVEN_UP, Seal, Share, outputs, owner_of, share_of, writing
from flopscope.budgets.blocks import active, innermost
from flopscope.costs import groups
from flopscope.costs.contractions import BY_IDENTITY
from flopscope.costs.shapes import DEEPEST
from flopscope.costs.table import Op
from flopscope.einsum import facts_of_two
from flopscope.errors import SymmetryLossWarning
from flopscope.frames import user_stacklevel
from flopscope.settings import settings
from flopscope.symmetry import SymmetryGroup
from flopscope.symmetry.settling import evened

_IDENTITY = SymmetryGroup.identity()
_plain = nd.view


class Form:
    """What price and group of a result depend on, of a tensor: one object for all tensors that agree in it.

    `found` says that nobody asked for the symmetry: it is of a product of one array with itself (``x @ x.T``, an einsum
    of `x` and `x`), or follows from that. Its loss is not told.
    """

    __slots__ = ("form", "found", "group", "shape")

    def __init__(self, shape: tuple[int, ...], group: SymmetryGroup, found: bool = False) -> None:
        self.shape = shape
        self.group = group
        self.found = found
        self.form = self  # see `SymmetricTensor._state`


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

    # Its `Form` while nothing else shares its memory, which spares most tensors a seal; from then on a `Share`. What
    # others make of a tensor (np.lib) has neither.
    __slots__ = ("_state",)

    @property
    def form(self) -> Form | None:
        try:
            return self._state.form
        except AttributeError:
            return None

    @property
    def symmetry(self) -> SymmetryGroup | None:
        try:
            form = self._state.form  # every einsum asks
        except AttributeError:
            return None
        return None if form is None else form.group

    @property
    def found(self) -> bool:
        """Whether nobody asked for the symmetry."""
        form = self.form
        return form is None or form.found

    @property
    def unique_elements(self) -> int:
        form = self.form
        return self.size if form is None else form.group.unique_elements(form.shape)

    @property
    def memory(self) -> np.ndarray:
        """The array that owns its memory, by which einsum tells that two tensors are one."""
        return owner_of(self)

    def __getitem__(self, index: Any) -> Any:
        result = _plain(self, nd)[dispatch.plain(index)]
        if type(result) is not nd:
            return dispatch.wrap(result)
        form = self.form
        if form is None:
            return view_of(result, (self,))
        if type(index) is int:
            key: Any = (form, index)
        else:
            parts = [(one.start, one.stop, one.step) if type(one) is slice else one for one in _several(index)]
            key = (form, *parts) if all(type(one) in _HASHED for one in parts) else None
        outcome = outcomes.get(key)
        if outcome is None:
            group = groups.indexed(form.group, form.shape, index)
            # What single numbers take away is no loss: there are fewer axes.
            lost = group is None or (result.ndim == self.ndim and not form.group.is_subgroup(group))
            told = [(None, form.group)] if lost and not form.found else []
            outcome = _remember(key, Outcome(group or _IDENTITY, told, found=form.found))
        return outcome.deliver("indexing", result, (self,))

    def __reduce__(self) -> Any:
        writes = Seal.over
        values, group = nd.view(self, nd).copy(), self.symmetry
        return _restored, (evened(values, group) if group and writes != Seal.begun else values, group)

    def __deepcopy__(self, memo: Any) -> Any:
        return self.copy()

    def __copy__(self) -> Any:
        return self.copy()


SymmetricTensor.__module__ = "flopscope"
# Past `__setattr__`, which looks out for attributes that are written to.
_set_state: Callable[[Any, Any], None] = cast("Any", SymmetricTensor)._state.__set__


def _made(values: np.ndarray, state: Form | Share) -> SymmetricTensor:
    """A tensor of sealed values."""
    tensor = nd.view(values, SymmetricTensor)
    _set_state(tensor, state)
    return tensor


def _restored(values: np.ndarray, group: SymmetryGroup | None) -> Any:
    return tag(values, group) if group else dispatch.wrap(values)


def tag(
    values: np.ndarray, group: SymmetryGroup, form: Form | None = None, share: Share | None = None
) -> SymmetricTensor:
    """Make a symmetric tensor of an array, which must have the symmetry, and be nobody else's or in shared memory."""
    form = form or form_of(values.shape, group)
    if share is not None:
        return _made(values, Share(share.seal, form, True))
    if values.base is None and values.flags.writeable:
        values.setflags(False)  # type: ignore[call-arg]  # by keyword it takes twice the time
        return _made(values, form)
    owner = owner_of(values)
    if owner.base is not None or not owner.flags.writeable:
        values = owner = np.array(values)  # of memory of a file, or of someone else
    array: Any = values
    while array is not None and array.flags.writeable:
        array.setflags(False)
        array = array.base
    return _made(values, form if owner.size == values.size else Share(Seal(owner, form.found), form, True))


def _share_with(values: np.ndarray, among: Iterable[Any]) -> Share | None:
    """The share that one of some tensors has in the memory in which `values` lie, if they are a view of one."""
    if values.base is not None:
        owner = owner_of(values)
        for tensor in among:
            if type(tensor) is SymmetricTensor and owner_of(tensor) is owner:
                return share_of(tensor) or GIVEN_UP  # by another thread
    return None


def view_of(values: np.ndarray, among: Iterable[Any]) -> Any:
    """A result without symmetry: sealed, if it is a view of one of some tensors."""
    if values.base is None:
        return values.view(FA)
    share = None if values.flags.writeable else _share_with(values, among)
    return _made(values, Share(share.seal, None, True)) if share and share is not GIVEN_UP else dispatch.wrap(values)


# -- what the dispatcher asks ----------------------------------------------------------------------------------------

# Ops whose results are read-only views whatever they are given, as NumPy's.
_READ_ONLY = frozenset("diagonal diag broadcast_to broadcast_arrays lib.stride_tricks.sliding_window_view".split())
# Symmetry rules of ops that compute the elements of an orbit alike.
EXACT = frozenset({groups.joint, groups.pointwise, groups.clipped, groups.chosen, groups.along, groups.accumulated})
# And of those whose losses are told; so are those of what an index could do, and of reshaping.
_TOLD = EXACT | {groups.joint_by_value}
_SELECTING = frozenset("flip fliplr flipud rot90 roll take compress repeat delete tril triu".split())
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
    found : bool
        As of a `Form`.

    Attributes
    ----------
    quick : bool
        Whether the call may go by the lane: it writes to nothing that it is given, and returns one array or scalar.
    form, fresh : Form or None
        Form of the last result; and where new arrays of real numbers take no more than that.
    texts : list of str or None
        What is said of each loss; made for the first one, because it takes longer than the op.
    """

    __slots__ = ("form", "found", "fresh", "group", "last", "lost", "quick", "settle", "texts")

    def __init__(self, group: SymmetryGroup, lost: list[Any], settle: bool = False, found: bool = False) -> None:
        self.group = group
        self.lost = lost
        self.settle = settle
        self.found = found
        self.quick = False
        self.form: Form | None = None
        self.fresh: Form | None = None
        self.texts: list[str] | None = None
        self.last: tuple[Any, Any] = (None, None)  # a scope's cache, and the site it gave

    def deliver(self, name: str, values: np.ndarray, among: Iterable[Any] = (), writes: int = -1) -> Any:
        """The plain array that the op `name` made of tensors and others, as a tensor or counted array.

        `writes` is what `Seal.over` was before they were looked at; where there are new ones, elements may differ.
        """
        kind = values.dtype.kind
        if not self.group or kind not in "biufc":
            result = dispatch.wrap(values) if name in _READ_ONLY else view_of(values, among)
        else:
            share = _share_with(values, among)
            # NumPy may multiply complex numbers otherwise at the end of a row.
            if share is None and (self.settle or kind == "c" or writes != Seal.begun):
                values = evened(values, self.group)
            if self.form is None or self.form.shape != values.shape:
                self.form = form_of(values.shape, self.group, self.found)
                self.fresh = None if self.settle or self.lost else self.form
            result = tag(values, self.group, self.form, share)
        if self.lost and values.ndim > 1 and settings.symmetry_loss_warnings:
            if self.texts is None:
                self.texts = [_text_of_loss(name, group, self.group) for _, group in self.lost]
            for (shape, _), text in zip(self.lost, self.texts, strict=True):
                if shape is None or shape == values.shape:
                    warnings.warn(text, SymmetryLossWarning, stacklevel=user_stacklevel())
        return result


outcomes: dict[Any, Outcome] = {}


def _remember(key: Any, outcome: Outcome) -> Outcome:
    if key is not None:
        if len(outcomes) >= 4096:
            outcomes.clear()
        outcomes[key] = outcome
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
    if not among and not dispatch.is_square(op, args, kwargs):
        return run, None
    writes = Seal.over
    if not all(one.form for one in among):
        writes = -1  # perhaps it was given up after the key was made
    outcome = outcomes.get(key) or _outcome(op, key, args, kwargs, among)
    written = list(outputs(op, args, kwargs))

    def finish(result: Any) -> Any:
        several = type(result) is tuple or type(result) is list
        outcome.quick = not (several or written)
        return type(result)(map(finish_one, result)) if several else finish_one(result)

    def finish_one(result: Any) -> Any:
        if type(result) is tuple or type(result) is list:
            return type(result)(map(finish_one, result))
        if type(result) is not FA or any(result is given for given in (*args, *kwargs.values())):
            return result
        return outcome.deliver(op.name, nd.view(result, nd), among, writes)

    given_up = _tensors(written)
    return writing(op, run, given_up) if given_up else run, finish


def _outcome(op: Op, key: Any, args: tuple[Any, ...], kwargs: dict[str, Any], among: list[Any]) -> Outcome:
    group = group_of_result(op, args, kwargs)
    reshaped = op.symmetry is groups.reshaped
    lost: list[Any] = []
    if op.symmetry in _TOLD or op.name in _SELECTING or (reshaped and not group):
        lost = [
            (one.shape if op.symmetry in _TOLD else None, one.symmetry)
            for one in among
            if one.form and not one.form.found and not one.symmetry.is_subgroup(group)
        ]
    found = all(one.form.found for one in among if one.form)
    return _remember(key, Outcome(group, lost, op.cost is not None and op.symmetry not in EXACT, found))


def lane(op: Op, run: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """As those of ``lanes``: a call whose price and outcome are known, on one or two operands with a tensor among them.

    Operands are tensors and arrays; of an elementwise op, numbers as well. The second one may be an axis.
    """
    t0 = clock()
    writes = Seal.over
    key: Any
    given: Any
    try:
        if len(args) == 1:
            x = args[0]
            if type(x) is not SymmetricTensor:
                return NotImplemented
            form, p = x._state.form, x._base
            key, given = (op, form), (p if type(p) is nd else _plain(x, nd),)
        elif len(args) == 2:
            x, y = args
            kind, other = type(x), type(y)
            if kind is not SymmetricTensor and other is not SymmetricTensor:
                return NotImplemented
            if op.symmetry is not groups.joint:
                form, key, given = _others(op, x, y)
            else:
                if kind is SymmetricTensor:
                    form, p = x._state.form, x._base
                    if type(p) is not nd:
                        p = _plain(x, nd)
                elif kind is FA or kind is nd:
                    form, p = x.shape, _plain(x, nd)
                elif kind in NUMBERS or kind in BARE:
                    form, p = (), dispatch.plain(x)
                else:
                    return NotImplemented
                if y is x:
                    b, q = form, p
                elif other is SymmetricTensor:
                    b, q = y._state.form, y._base
                    if type(q) is not nd:
                        q = _plain(y, nd)
                elif other is FA or other is nd:
                    b, q = y.shape, _plain(y, nd)
                elif other in NUMBERS or other in BARE:
                    b, q = (), dispatch.plain(y)
                else:
                    return NotImplemented
                key, given = (op, form, b), (p, q)
                if b is None:
                    form = None
        else:
            return NotImplemented
    except AttributeError:  # what others have made of a tensor
        return NotImplemented
    if form is None:  # what has been written to goes the general way
        return NotImplemented
    outcome = outcomes.get(key)
    scope = active.get() or innermost()
    sites = scope.sites
    last, site = outcome.last if outcome is not None else (None, None)
    if last is not sites:
        site = sites.get(key)
        if outcome is not None and site is not None:
            outcome.last = sites, site
    budget = scope.budget
    if (
        outcome is None or not outcome.quick or site is None
        or budget.used + site.cost > budget.limit or t0 > budget.alarm
    ):  # fmt: skip
        work, finish = finisher(op, run, key, args, {})
        known = work is run and finish is not None
        return dispatch.execute(op, run, args, {}, key, finish=finish) if known else NotImplemented
    pending = budget.pending
    budget.used = budget.used + site.cost
    record = None
    try:
        t1 = clock()
        r = run(*given)
        t2 = clock()
        if type(r) is nd:
            form = outcome.fresh
            if form is not None and r.flags.writeable and writes == Seal.begun and r.dtype.kind in "fbiu":
                r.setflags(False)  # a new array; as in `tag`
                r = r.view(SymmetricTensor)
                _set_state(r, form)
            else:
                r = outcome.deliver(op.name, r, args, writes)
        elif type(r) in SCALARS:
            r = SCALARS[type(r)](r)
        t3 = clock()
        record = (site.index, t0, t1, t2, t3)
        pending += record
    except BaseException:
        scope.release(site, record)
        raise
    if t3 > budget.alarm:
        scope.check_deadline(site, t3)
    return r


def _others(op: Op, x: Any, y: Any) -> tuple[Any, Any, Any]:
    """Form of a result, key and plain operands of a product of two operands, or of a function and its axis.

    The form is None where the lane does not know the call.
    """
    kind, other = type(x), type(y)
    if op.name in BY_IDENTITY and kind in _ARRAYS and other in _ARRAYS:
        a, b = (one.form if type(one) is SymmetricTensor else one.shape for one in (x, y))
        if a is not None and kind is other and (x is y or _share_memory(x, y)):
            b = b and (facts_of_two(x, y), y.dtype.kind == "c")
        return a and b, (op, a, b), (_plain(x, nd), _plain(y, nd))
    if kind is SymmetricTensor and (other is int or other is NoneType):
        return x.form, (op, x.form, (other, y)), (_plain(x, nd), y)
    return None, None, None


_ARRAYS = frozenset({SymmetricTensor, FA, nd})


def _share_memory(x: SymmetricTensor, y: SymmetricTensor) -> bool:
    a, b = x._state, y._state
    return type(a) is Share and type(b) is Share and a.seal is b.seal


# -- warnings ------------------------------------------------------------------------------------------------------


def _text_of_loss(name: str, had: SymmetryGroup, keeps: SymmetryGroup) -> str:
    return (
        f"{name}: of the symmetry {had!r} of an operand, the result keeps {repr(keeps) if keeps else 'nothing'}; "
        "what follows is charged accordingly (flops.configure(symmetry_loss_warnings=False) silences this)"
    )
