"""Blocks: what is active where.

A `Block` is a budget or a namespace; a with statement over it makes a scope (see ``scopes.py``) active. That lives in
a ``ContextVar``, so asyncio tasks do not disturb each other. New threads begin with an empty context, and Python does
not say who started them. Ops in such a thread pay into the innermost block open in the main thread, or else in any
other; blocks it opens itself are nested in the main thread's, never in those of a thread that may be its brother.

An interrupt (KeyboardInterrupt) at any point leaves a block either open or closed: what was cut short is taken back on
the way in, and done again on the way out. At the first instruction of ``__exit__``, where no try statement helps, it is
the with statement letting go of it that closes the block.
"""

from __future__ import annotations

import sys
from _thread import get_ident
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast
from weakref import ref

from flopscope.checks import shown

if TYPE_CHECKING:
    from flopscope.budgets.scopes import Scope

F = TypeVar("F", bound=Callable[..., Any])

_CO_GENERATOR = 0x20 | 0x200  # plain and asynchronous, as in inspect

# Two variables, because the hot path reads one. In a new thread `active` is None; the thread that imports flopscope
# has the session's scope instead, and asyncio tasks inherit it: tasks without a budget do not pay into each other's.
active: ContextVar[Scope | None] = ContextVar("flopscope_scope", default=None)
_top: ContextVar[_Entry | None] = ContextVar("flopscope_entry", default=None)
# Entries open in the process, the latest last: those of the main thread (or whichever imports this), and the others.
_open_in_main: list[_Entry] = []
_open_elsewhere: list[_Entry] = []
_main = get_ident()
# What is active where nothing is: the session's scope.
_bottom: Scope


def set_bottom(scope: Scope) -> None:
    """Say what is active outside any block."""
    global _bottom
    _bottom = scope
    active.set(scope)


def innermost() -> Scope:
    """Scope that an op in a thread without one of its own pays into."""
    return _open_in_main[-1].scope if _open_in_main else _open_elsewhere[-1].scope if _open_elsewhere else _bottom


def _innermost_of_main() -> Scope:
    """Scope that a block opened in a thread without one of its own is nested in."""
    return _open_in_main[-1].scope if _open_in_main else _bottom


def active_scope() -> Scope:
    """Scope that an op called here and now is charged to."""
    return active.get() or innermost()


def _open_entries() -> list[_Entry]:
    return _open_elsewhere + _open_in_main


def open_scopes() -> list[Scope]:
    """Scopes of all entries open in the process."""
    return [entry.scope for entry in _open_entries()]


def is_open(block: Block) -> bool:
    """Whether the block is open in any thread or task."""
    return any(entry.block is block for entry in _open_entries())


class _Exit:
    """Descriptor that gives with statements a ``__exit__`` to hold on to until they are done.

    The entry has a weak reference to it. If an interrupt comes at the first instruction of ``__exit__``, before
    anything there can be made sure of, the entry is closed when the statement lets go.
    """

    def __init__(self, function: Callable[..., None]) -> None:
        self._function = function

    def __get__(self, block: Block | None, kind: type[Block] | None = None) -> Callable[..., None]:
        if block is None:
            return self._function
        held = partial(self._function, block)
        _held.set(ref(held))
        return held


def _held_on_to(function: F) -> F:
    return cast("F", _Exit(function))


# What `__enter__` is to find, which with statements call last.
_held: ContextVar[Callable[[], partial[None] | None]] = ContextVar("flopscope_held", default=lambda: None)


def _leaves_a_generator() -> bool:
    """Whether a generator's with statement is what called the caller.

    What is above the block of a generator goes on when that ends. What is above another block can only be the block of
    a generator suspended (or dropped) in it, and ends with it.
    """
    return sys._getframe(2).f_code.co_flags & _CO_GENERATOR != 0


class Block:
    """What is active for the length of a with statement: a budget, a namespace, a scope carried into a thread."""

    def _scope_in(self, above: Scope) -> Scope:
        """Scope of this block where `above` is the active one."""
        raise NotImplementedError

    def _entered(self) -> None:
        """Called after an entry of this block was opened."""

    def _left(self) -> None:
        """Called after an entry of this block was closed; a second time after an interrupt."""

    def __call__(self, function: F) -> F:
        """Decorate `function`: all its calls, plain or async, run inside this block."""
        from functools import wraps
        from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction

        if isinstance(function, (staticmethod, classmethod, property)):
            raise TypeError(f"a method is decorated first: put this decorator below @{type(function).__name__}")
        if not callable(function):
            raise TypeError(f"only functions can be decorated, got {shown(function)}")
        calls = function, type(function).__call__  # what runs is the one or, of an object, the other
        if any(map(isgeneratorfunction, calls)) or any(map(isasyncgenfunction, calls)):
            raise TypeError(
                f"{getattr(function, '__qualname__', function)} is a generator: its body runs between calls; "
                "use a with statement inside it"
            )

        async def run_async(*args: Any, **kwargs: Any) -> Any:
            with self:
                return await function(*args, **kwargs)

        def run(*args: Any, **kwargs: Any) -> Any:
            with self:
                return function(*args, **kwargs)

        return cast("F", wraps(function)(run_async if any(map(iscoroutinefunction, calls)) else run))

    def __enter__(self) -> Self:
        entry = None
        try:
            before = active.get()
            entry = _Entry(self, self._scope_in(before or _innermost_of_main()), before)
            entry.shelf.append(entry)
            self._entered()
            _top.set(entry)
            active.set(entry.scope)
            held = _held.get()()
            if held is not None and held.args[0] is self:
                entry.held = ref(held, entry.let_go)
        except BaseException:
            self._shut(entry, False)
            raise
        return self

    @_held_on_to
    def __exit__(self, *exc: object) -> None:
        entry, generator = None, False
        try:
            generator = _leaves_a_generator()
            entry = self._entry()
            self._shut(entry, generator)
        except BaseException:
            self._shut(entry or self._entry(), generator)
            raise

    def _entry(self) -> _Entry | None:
        """The latest open entry of this block."""
        entry = _top.get()
        while entry is not None and entry.block is not self:
            entry = entry.below
        # Not here? It was opened in another thread or task; or it was closed with the block around it: this is late.
        return entry or next((other for other in reversed(_open_entries()) if other.block is self), None)

    def _shut(self, entry: _Entry | None, others_go_on: bool) -> None:
        """Close an entry; to do it again does no harm."""
        if entry is None:
            return
        above: list[_Entry] = []
        here = _top.get()
        while here is not None and here is not entry:
            above.append(here)
            here = here.below
        for closed in [entry] if others_go_on or not here else [*above, entry]:
            closed.held = None
            if closed in closed.shelf:
                closed.shelf.remove(closed)
            closed.block._left()
        if not here:
            return
        before = entry.before
        if above and others_go_on:
            for other in reversed(above):
                other.before = before
                other.scope = before = other.block._scope_in(before or _innermost_of_main())
            active.set(before)
            above[-1].below = entry.below
        else:
            active.set(before)
            _top.set(entry.below)


class _Entry:
    """A block that is open, its scope, the scope that was active before, the entry below, and the list it is in."""

    __slots__ = ("before", "below", "block", "held", "scope", "shelf")

    def __init__(self, block: Block, scope: Scope, before: Scope | None) -> None:
        self.block = block
        self.scope = scope
        self.before = before
        self.below = _top.get()
        self.held: Any = None
        if scope.budget.planner is not None:  # a plan is nobody else's
            self.shelf = list[_Entry]()
        elif get_ident() == _main:
            self.shelf = _open_in_main
        else:  # a namespace in the session is nobody else's
            self.shelf = _open_elsewhere if scope.budget is not _bottom.budget else list[_Entry]()

    def let_go(self, _: object) -> None:
        """Close it: the with statement is done, and has not."""
        self.block._shut(self, _leaves_a_generator())
