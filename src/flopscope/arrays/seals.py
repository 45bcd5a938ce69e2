"""Seals: what keeps the symmetry of tensors true, and how it is given up when a program writes.

All tensors that share one memory share a seal. While it is intact the memory is write-protected by NumPy itself, so
that no write can pass unseen. What writes through our own doors (item assignment, in-place operators, ``out=``, methods
that work in place, NumPy's functions) breaks the seal first: the memory becomes writable, and every tensor that shares
it loses its symmetry at once. So programs that know nothing of symmetry run as they are, and no tag outlives a write.

Threads may write and compute at once. Seals are made, broken and written under by one thread at a time; an op that
reads tensors meanwhile is not held up, but notices that elements may have changed under its hands: the number of writes
that were over when it began is not the number of those that have begun when it ends.
"""

from __future__ import annotations

import warnings
from _thread import RLock  # importing threading takes a millisecond
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from flopscope.arrays.memory import Flags, base_of
from flopscope.arrays.registry import numpy_attribute
from flopscope.costs.table import Op
from flopscope.errors import SymmetryLossWarning
from flopscope.frames import user_stacklevel
from flopscope.settings import settings

nd = np.ndarray


class Seal:
    """The write protection of a piece of memory: `intact` until something writes to it.

    Parameters
    ----------
    owner : ndarray
        The array that owns the memory.
    quiet : bool
        Whether nobody asked for the symmetry that it protects, so that its loss is not told.

    Attributes
    ----------
    begun, over : int
        Of the class: how many writes to sealed memory have begun, and how many of them are over, or need no watching.
    """

    __slots__ = ("intact", "owner", "quiet")
    begun = over = 0

    def __init__(self, owner: nd, quiet: bool = False) -> None:
        self.owner = owner
        self.quiet = quiet
        self.intact = True

    def give_up(self) -> None:
        """Let the memory be written to: what was symmetric in it is so no longer."""
        with _one_thread:
            if self.intact:
                self.intact = False
                Seal.begun += 1
                Seal.over += 1  # from here on it is seen that there is no symmetry
                self.owner.flags.writeable = True

    def rewrite(self, values: nd, new: nd) -> bool:
        """Put new values, of the symmetry that the old ones have, into memory; False if there is no seal any more."""
        with _one_thread:
            if not self.intact:
                return False
            Seal.begun += 1
            self.owner.flags.writeable = True
            try:
                values.flags.writeable = True
                values[...] = new
            finally:
                self.owner.flags.writeable = False
                Seal.over += 1
        return True


class Share:
    """What a tensor has of memory in which others lie, too: the seal of it, and what it would be while that is intact.

    Parameters
    ----------
    seal : Seal
        Of the memory.
    own : object
        Form of the tensor; None for a view that has no symmetry of its own, but is sealed all the same.
    borrows : bool
        Whether it is a view of another tensor, or of a part of the memory.
    """

    __slots__ = ("borrows", "own", "seal")

    def __init__(self, seal: Seal, own: Any, borrows: bool) -> None:
        self.seal = seal
        self.own = own
        self.borrows = borrows

    @property
    def form(self) -> Any:
        return self.own if self.seal.intact else None


#: The share of a tensor that has been given up in memory that others may still see.
GIVEN_UP = Share(Seal(nd(0)), None, True)
GIVEN_UP.seal.intact = False
# For seals, in every thread. A signal's handler, or what collects garbage, may come again.
_one_thread = RLock()


def share_of(array: Any) -> Share | None:
    """The share of a tensor in its memory, for another one to share it; None for what is not sealed."""
    with _one_thread:  # two views that are made at once have one seal
        state = getattr(array, "_state", None)
        if state is None or type(state) is Share:
            return state
        share = Share(Seal(owner_of(array), state.found), state, False)
        object.__setattr__(array, "_state", share)
        return share


def owner_of(array: nd) -> nd:
    """The array that owns the memory of `array`."""
    while isinstance(base := base_of(array), nd):
        array = base
    return array


def give_up(array: Any, name: str) -> None:
    """Make a tensor writable for `name`; all that share its memory lose their symmetry."""
    share = share_of(array)
    if share is None:
        return
    seal = share.seal
    if seal.intact and settings.symmetry_loss_warnings and not seal.quiet:
        warnings.warn(
            f"{name} writes to a symmetric tensor, which is an ordinary array from here on, as is every view of "
            "it; flops.as_symmetric(...) makes it symmetric again, writing to fnp.array(t) leaves it as it is "
            "(flops.configure(symmetry_loss_warnings=False) silences this)",
            SymmetryLossWarning,
            stacklevel=user_stacklevel(),
        )
    seal.give_up()
    nd.setflags(array, write=True)
    object.__setattr__(array, "_state", None)


# -- calls that write to their arguments -----------------------------------------------------------------------------

# Ops that write into their first argument.
_WRITERS = frozenset("put put_along_axis putmask place copyto fill_diagonal".split())
# Compiled functions with their place of ``out``, which NumPy tells from 2.4 on.
_COMPILED = {"dot": 2, "concatenate": 2}


def outputs(op: Op, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[Any]:
    """The arrays among the arguments of a call that it writes to."""
    first, others = _places(op)
    if args and (first or (kwargs and (kwargs.get("copy") is False or kwargs.get("overwrite_input")))):
        yield args[0]
    if len(args) > 1:
        yield from _arrays(args[others])
    if kwargs:
        yield from _arrays((kwargs.get("out"),))


def _arrays(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, nd):
            yield value
        elif isinstance(value, tuple):
            yield from _arrays(value)  # type: ignore[arg-type]


@lru_cache(maxsize=1024)
def _places(op: Op) -> tuple[bool, slice]:
    """Whether an op writes to its first argument, and which of the others are outputs where they are given."""
    from inspect import signature

    first = op.name in _WRITERS or op.name.endswith((".at", ".shuffle"))
    run = numpy_attribute(op.name)
    if isinstance(run, np.ufunc):
        return first, slice(run.nin, None)
    try:
        parameters = signature(run).parameters
    except (TypeError, ValueError):  # compiled, and before NumPy 2.4
        place = _COMPILED.get(op.name)
    else:
        given = "out" in parameters and parameters["out"].kind.name != "KEYWORD_ONLY"
        place = list(parameters).index("out") if given else None
    return first, slice(0) if place is None else slice(place, place + 1)


def writing(op: Op, run: Callable[..., Any], written: list[Any]) -> Callable[..., Any]:
    """`run`, on plain arguments, after the tensors that it writes to have been given up."""

    def work(*args: Any, **kwargs: Any) -> Any:
        for tensor in written:
            give_up(tensor, op.name)
        for array in outputs(op, args, kwargs):
            if any(owner_of(array) is owner_of(tensor) for tensor in written):
                array.setflags(write=True)  # a view made before
        return run(*args, **kwargs)

    return work


class SealedFlags(Flags):
    """Flags of a sealed tensor; setting one gives the symmetry up."""

    __slots__ = ()

    def __setattr__(self, name: str, value: Any) -> None:
        give_up(self._array, f"setting flags.{name}")
        super().__setattr__(name, value)

    def __setitem__(self, name: str, value: Any) -> None:
        give_up(self._array, f"setting flags[{name!r}]")
        super().__setitem__(name, value)
