"""How symmetric tensors behave: operators, methods and attributes. What they are is in ``tagging.py``."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from flopscope.arrays import array as _array
from flopscope.arrays import dispatch
from flopscope.arrays.dispatch import FA, nd
from flopscope.arrays.memory import apparent_flags
from flopscope.arrays.seals import Seal, SealedFlags, give_up, share_of
from flopscope.arrays.tagging import EXACT, SymmetricTensor, finisher, group_of_result, lane, outcomes, view_of
from flopscope.arrays.tagging import Outcome as Outcome
from flopscope.arrays.tagging import tag as tag
from flopscope.costs import groups
from flopscope.costs.table import Op
from flopscope.symmetry.settling import settled

dispatch.finisher = finisher
dispatch.tensor_lane = lane
dispatch.Tensor = SymmetricTensor


# -- methods ---------------------------------------------------------------------------------------------------------


def _method(name: str, rule: Callable[..., Any] | None) -> Callable[..., Any]:
    """NumPy's free method or attribute `name`, with the group that `rule` finds for the result."""
    return dispatch.free(Op(name, symmetry=rule), getattr(nd, name))


_MOVES: dict[str, Callable[..., Any] | None] = {
    "reshape": groups.reshaped,
    **{name: groups.rearranged(getattr(nd, name)) for name in ("transpose", "swapaxes", "squeeze")},
    "copy": groups.kept,
    "astype": groups.kept,
    **dict.fromkeys(("ravel", "flatten", "diagonal", "repeat", "take", "compress", "getfield")),
}
for _name, _rule in _MOVES.items():
    _array.give(_name, _method(_name, _rule), SymmetricTensor)

_ATTRIBUTES: dict[str, Callable[..., Any]] = {
    "T": groups.rearranged(np.transpose),
    "mT": groups.rearranged(np.matrix_transpose),
    "real": groups.kept,
    "imag": groups.kept,
}


def _attribute(name: str, rule: Callable[..., Any]) -> Callable[[SymmetricTensor], Any]:
    """NumPy's attribute `name`; once it is known what it makes of a tensor's group, without asking again."""
    op, get = Op(name, symmetry=rule), getattr(nd, name).__get__
    slow = dispatch.free(op, get)

    def attribute(self: SymmetricTensor) -> Any:
        outcome = outcomes.get((op, self.form))
        if outcome is None or not outcome.quick:
            return slow(self)
        return outcome.deliver(name, get(nd.view(self, nd)), (self,))

    return attribute


for _name, _rule in _ATTRIBUTES.items():
    setattr(SymmetricTensor, _name, property(_attribute(_name, _rule), doc=getattr(nd, _name).__doc__))


# -- methods and attributes that write -------------------------------------------------------------------------------


def _writer(name: str) -> Callable[..., Any]:
    """NumPy's method `name`, which writes to the tensor."""
    method = getattr(FA, name)

    def write(self: SymmetricTensor, *args: Any, **kwargs: Any) -> Any:
        give_up(self, "assigning to elements" if name == "__setitem__" else f"{name}()")
        return method(self, *args, **kwargs)

    return write


for _name in "__setitem__ __setstate__ fill put resize setfield setflags itemset".split():
    if hasattr(nd, _name):
        _array.give(_name, _writer(_name), SymmetricTensor)


def _writer_at_a_price(name: str) -> Callable[..., Any]:
    """NumPy's method `name`, which is counted, and gives the symmetry up only where it runs."""
    op, run = _array.row(name), getattr(nd, name)

    def write(self: SymmetricTensor, *args: Any, **kwargs: Any) -> Any:
        def work(array: np.ndarray, *args: Any, **kwargs: Any) -> Any:
            give_up(self, f"{name}()")
            array.setflags(write=self.flags.writeable)
            return run(array, *args, **kwargs)

        return dispatch.execute(op, work, (self, *args), kwargs, finish=lambda result: result)

    return write


for _name in ("sort", "partition"):
    _array.give(_name, _writer_at_a_price(_name), SymmetricTensor)


def _byteswap(self: SymmetricTensor, inplace: bool = False) -> Any:
    if inplace:
        give_up(self, "byteswap()")
        return nd.byteswap(self, True)
    return dispatch.wrap(nd.view(self, nd).byteswap())


def _look(self: SymmetricTensor, *args: Any, **kwargs: Any) -> Any:
    result = nd.view(self, *args, **kwargs)
    if type(result) is nd:
        return result
    return view_of(nd.view(result, nd), (self,)) if type(result) is SymmetricTensor else result


_array.give("byteswap", _byteswap, SymmetricTensor)
_array.give("view", _look, SymmetricTensor)


def _setattr(self: SymmetricTensor, name: str, value: Any) -> None:
    if name in ("shape", "dtype", "strides", "real", "imag", "flat"):
        give_up(self, f"setting {name}")
        if name in ("real", "imag", "flat"):  # of which ours are read-only properties
            getattr(nd, name).__set__(self, value)
            return
    object.__setattr__(self, name, value)  # the lanes do not rely on the base of a tensor


def _get_flags(self: SymmetricTensor) -> Any:
    return SealedFlags(self) if getattr(self, "_state", None) else apparent_flags(self)


def _writable(name: str) -> property:
    """NumPy's attribute `name`, through which elements may be written to."""

    def get(self: SymmetricTensor) -> Any:
        give_up(self, name)
        return getattr(super(SymmetricTensor, self), name)

    return property(get, doc=getattr(nd, name).__doc__)


SymmetricTensor.__setattr__ = _setattr  # type: ignore[method-assign]
SymmetricTensor.flags = property(_get_flags, doc=nd.flags.__doc__)  # type: ignore[assignment]
SymmetricTensor.flat, SymmetricTensor.ctypes = _writable("flat"), _writable("ctypes")  # type: ignore[assignment]


# -- operators -------------------------------------------------------------------------------------------------------


def _operator(op: Op, run: Callable[..., Any], name: str, reflected: bool = False) -> Callable[..., Any]:
    """The operator on its lane, without asking whether the other operand has a say: arrays and numbers have none."""
    general = getattr(FA, name)

    def method(self: SymmetricTensor, *other: Any) -> Any:
        result = lane(op, run, (*other, self) if reflected else (self, *other))
        return general(self, *other) if result is NotImplemented else result

    return method


for _short, _row in {**_array.BINARY, **_array.COMPARISONS, **_array.UNARY}.items():
    _op, _run = _array.row(_row), getattr(operator, f"__{_short}__")
    for _name in (f"__{_short}__", f"__r{_short}__"):
        if hasattr(nd, _name):
            _array.give(_name, _operator(_op, _run, _name, _name != f"__{_short}__"), SymmetricTensor)


# -- in-place operators ----------------------------------------------------------------------------------------------


def _in_place(op: Op, run: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """In-place operator: computed apart, with NumPy's checks, and moved into the tensor's memory at once.

    All that shares the memory of the tensor has its symmetry from it, so that it stays true if the tensor's own does.
    """
    general = getattr(FA, f"__{run.__name__}__")

    def method(self: SymmetricTensor, other: Any) -> Any:
        share = None if _array.has_a_say(other) else share_of(self)
        if share is None:
            return general(self, other)
        writes = Seal.over
        had, group = self.symmetry, group_of_result(op, (self, other), {})
        kept = had if share.form and not share.borrows and had and had.is_subgroup(group) else None

        def work(x: Any, y: Any) -> Any:
            result = run(x.copy(), y)
            if kept and not (op.symmetry in EXACT and result.dtype.kind != "c" and writes == Seal.begun):
                result = settled(result, kept)
            if not (kept and share.seal.rewrite(x, result)):
                give_up(self, f"{op.name} in place")
                x.setflags(write=True)
                x[...] = result
            return result

        dispatch.execute(op, work, (self, other), {}, finish=lambda result: result)
        return self

    return method


for _short, _row in _array.BINARY.items():
    _array.give(f"__i{_short}__", _in_place(_array.row(_row), getattr(operator, f"i{_short}")), SymmetricTensor)
