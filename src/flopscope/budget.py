"""Budgets: who pays for an op, where that is written down, and when it is refused.

A `BudgetContext` has a limit and a `Ledger`. What is active at a point of the program is a `Scope`: a budget, a
namespace in it, and the scope of the parent budget that pays as well. The active scope lives in a ``ContextVar``, so
asyncio tasks do not disturb each other; a thread that has none pays into the innermost one open in the process.

Charging is a read, a comparison and a store of `BudgetContext.used` without a call in between. CPython switches
threads and handles signals only at calls and backward jumps, so this needs no lock. The fast lanes of the dispatcher
inline it (see ``dispatch.py``); `Scope.charge` is the same for the general case: nested budgets and deadlines.

Blocks (budgets and namespaces) are entered and left so that an interrupt anywhere leaves either both or neither of
what belongs together; what was cut short on the way out is done again before the interrupt goes on. One gap remains,
as for every context manager written in Python: an interrupt at the first instruction of ``__exit__`` itself.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from time import perf_counter as clock
from typing import Any, NoReturn, Self, TypeVar

import numpy as np

from flopscope.errors import BudgetExhaustedError, TimeExhaustedError
from flopscope.frames import user_location
from flopscope.log import Ledger, OpLog, Record, SessionTotals, Site, flush_lock
from flopscope.settings import listeners, settings
from flopscope.summary import Bucket, Summary

F = TypeVar("F", bound=Callable[..., Any])
# A multiplier as an exact fraction: numerator, denominator.
Ratio = tuple[int, int]

SESSION_LIMIT = 10**15
SESSION_LIMIT_VARIABLE = "FLOPSCOPE_DEFAULT_BUDGET"
_NEVER = math.inf
# Pending records are folded at least this often while ops run, which bounds their memory to a megabyte or two.
_FLUSH_EVERY_S = 0.01
_KEYS_KEPT = 1 << 16
_CO_GENERATOR = 0x20 | 0x200  # plain and asynchronous, as in inspect


class Scope:
    """A budget, a namespace, and the scope of the parent budget (`outer`) that is charged as well."""

    __slots__ = ("_elsewhere", "budget", "known", "multiplier", "namespace", "outer", "sites")

    def __init__(self, budget: BudgetContext, namespace: str, multiplier: Ratio, outer: Scope | None) -> None:
        self.budget = budget
        self.namespace = namespace
        self.multiplier = multiplier
        self.outer = outer
        # Sites by call signature: the cache that makes the second call of the same kind cheap. The fast lanes charge
        # one budget only, so they look into `sites`, which stays empty where a parent has to be charged as well.
        self.known: dict[Any, Site] = {}
        self.sites = self.known if outer is None else {}
        # By index of a site: where a call of it is logged, and under which index, in this budget and its ancestors.
        self._elsewhere: dict[int, tuple[list[list[float]], list[int]]] = {}

    def twin(self, namespace: str, multiplier: Ratio | None = None) -> Scope:
        """The scope like this one with another namespace or multiplier, all the way out."""
        outer = self.outer and self.outer.twin(namespace, multiplier)
        return self.budget._scope(namespace, multiplier or self.multiplier, outer)

    def lineage(self) -> Iterator[Scope]:
        """This scope and its ancestors, innermost first."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.outer

    def site(
        self, key: Any, op_name: str, price: int, shapes: tuple[tuple[int, ...], ...], subscripts: str | None = None
    ) -> Site:
        """Intern the site of a call that costs `price` FLOPs before the multiplier."""
        cost = price
        numerator, denominator = self.multiplier
        if numerator != denominator and price:
            cost = max(1, (2 * price * numerator + denominator) // (2 * denominator))  # to the nearest whole FLOP
        site = self.budget._ledger.site(op_name, self.namespace, shapes, subscripts, cost, self.outer is None)
        if key is not None:
            if len(self.known) >= _KEYS_KEPT:
                self.known.clear()
            self.known[key] = site
        return site

    def charge(self, site: Site, now: float) -> None:
        """Take the cost of `site` from this budget and its ancestors, or raise and take nothing."""
        budget = self.budget
        if self.outer is None:
            if now > budget.alarm:
                budget._attend(site, now)
            used = budget.used + site.cost
            if used > budget.limit:
                budget._refuse(site)
            budget.used = used
            return
        scope: Scope | None = self
        try:
            with flush_lock:  # so that no other thread meets a charge that is taken back because a parent refuses
                while scope is not None:
                    budget = scope.budget
                    if now > budget.alarm:
                        budget._attend(site, now, encloses=scope is not self)
                    used = budget.used + site.cost
                    if used > budget.limit:
                        budget._refuse(site, encloses=scope is not self)
                    budget.used = used
                    scope = scope.outer
        except BaseException:
            self._refund(site.cost, scope)
            raise

    def _refund(self, cost: int, stop: Scope | None = None) -> None:
        scope: Scope | None = self
        while scope is not stop and scope is not None:
            scope.budget.used -= cost
            scope = scope.outer

    def commit(self, site: Site, times: Record) -> None:
        """Log a charged op in this budget and its ancestors; `times` starts with the index of `site`.

        Neither way of logging is a call, so no interrupt can arrive when it is done but its end not yet known.
        """
        if self.outer is None:
            pending = self.budget._ledger.pending
            pending += times
            return
        ledgers, indices = self._elsewhere.get(site.index) or self._everywhere(site)
        records = [(index, *times[1:]) for index in indices]
        _ = [*map(list.extend, ledgers, records)]

    def _everywhere(self, site: Site) -> tuple[list[list[float]], list[int]]:
        ledgers: list[list[float]] = []
        indices: list[int] = []
        for scope in self.lineage():
            ledger = scope.budget._ledger
            ledgers.append(ledger.pending)
            twin = ledger.site(
                site.op_name, site.namespace, site.shapes, site.subscripts, site.cost, scope.outer is None
            )
            indices.append(twin.index)
        self._elsewhere[site.index] = found = ledgers, indices
        return found

    def release(self, site: Site, record: Record | None) -> None:
        """Undo a charge whose op did not happen; `record`, if logged before an interrupt, keeps it."""
        if record is None or not self.budget._ledger.holds(record):
            self._refund(site.cost)

    def check_deadline(self, site: Site, now: float) -> None:
        """Raise if a deadline has passed while `site` ran."""
        scope: Scope | None = self
        while scope is not None:
            if now > scope.budget.alarm:
                scope.budget._attend(site, now, ran=True, encloses=scope is not self)
            scope = scope.outer


# -- blocks ----------------------------------------------------------------------------------------------------------


class _Block:
    """What is active for the length of a with statement: a budget, a namespace, a scope carried into a thread."""

    def _scope_in(self, above: Scope) -> Scope:
        """Scope of this block where `above` is the active one."""
        raise NotImplementedError

    def _entered(self) -> None:
        """Called after an entry of this block was opened; a second call does nothing."""

    def _left(self) -> None:
        """Called after an entry of this block was closed; a second call does nothing."""

    def __enter__(self) -> Self:
        _enter(self)
        return self

    def __exit__(self, *exc: object) -> None:
        entry, generator = None, False
        try:
            # What is above the block of a generator goes on when that ends. What is above another block can only be
            # the block of a generator suspended (or dropped) in it, and ends with it.
            generator = bool(sys._getframe(1).f_code.co_flags & _CO_GENERATOR)
            entry = _entry_of(self)
            _shut(entry, generator)
        except BaseException:
            _shut(entry or _entry_of(self), generator)
            raise

    def __call__(self, function: F) -> F:
        """Decorate `function`: all its calls, plain or async, run inside this block."""
        return _decorate(function, self)


class _Entry:
    """A block that is open, the entry below it, its scope, and the scope that was active before."""

    __slots__ = ("before", "below", "block", "scope")

    def __init__(self, block: _Block, below: _Entry | None, before: Scope | None) -> None:
        self.block = block
        self.below = below
        self.before = before
        self.scope = block._scope_in(before or innermost())


# Two variables, because the hot path reads one. In a new thread `active` is None; the thread that imports flopscope
# has the session's scope instead, and asyncio tasks inherit it: tasks without a budget do not pay into each other's.
active: ContextVar[Scope | None] = ContextVar("flopscope_scope", default=None)
_top: ContextVar[_Entry | None] = ContextVar("flopscope_entry", default=None)
# Entries open in the process, in whichever thread or task, the latest last.
_open: list[_Entry] = []


def innermost() -> Scope:
    """Scope that a thread without one of its own pays into: the innermost open in the process, or the session."""
    return _open[-1].scope if _open else session.scope


def active_scope() -> Scope:
    """Scope that an op called here and now is charged to."""
    return active.get() or innermost()


def _enter(block: _Block) -> None:
    entry = None
    try:
        entry = _Entry(block, _top.get(), active.get())
        _open.append(entry)
        block._entered()
        _top.set(entry)
        active.set(entry.scope)
    except BaseException:
        if entry is not None:
            _shut(entry, False)
        raise


def _entry_of(block: _Block) -> _Entry | None:
    entry = _top.get()
    while entry is not None and entry.block is not block:
        entry = entry.below
    # Not here? It was opened in another thread or task; or it was closed with the block around it, and this is late.
    return entry or next((other for other in reversed(_open) if other.block is block), None)


def _shut(entry: _Entry | None, others_go_on: bool) -> None:
    """Close an entry; to do it again does no harm."""
    if entry is None:
        return
    above: list[_Entry] = []
    here = _top.get()
    while here is not None and here is not entry:
        above.append(here)
        here = here.below
    for closed in [entry] if others_go_on or not here else [*above, entry]:
        if closed in _open:
            _open.remove(closed)
        closed.block._left()
    if not here:
        return
    before = entry.before
    if above and others_go_on:
        for other in reversed(above):
            other.before = before
            other.scope = before = other.block._scope_in(before or innermost())
        active.set(before)
        above[-1].below = entry.below
    else:
        active.set(before)
        _top.set(entry.below)


class BudgetContext(_Block):
    """A limit on FLOPs, as a context manager or a decorator.

    Parameters
    ----------
    flop_budget : int
        Limit in FLOPs; a positive integer or an integral float such as ``1e9``.
    namespace : str, optional
        Dotted path under which the ops of this context are attributed, below the namespace that is active already.
    wall_time_limit_s : float, optional
        Limit in seconds of wall-clock time from entry. Cooperative: noticed at the next op boundary.
    flop_multiplier : float, default 1.0
        Factor on every charge made in this context, rounded to a whole FLOP and at least 1.

    Raises
    ------
    BudgetExhaustedError
        By the op that would exceed the limit, before it runs.
    TimeExhaustedError
        By the op at whose start or end the time limit has passed.

    Notes
    -----
    Contexts nest: a child charges itself and every ancestor. A context can be entered again and goes on counting.
    As a decorator, all calls of the function share one budget, found as the function's ``budget`` attribute.

    Examples
    --------
    >>> import flopscope.numpy as fnp
    >>> with BudgetContext(flop_budget=1000) as budget:
    ...     total = fnp.sum(fnp.ones((4, 8)))
    >>> budget.flops_used  # 4*8
    32
    """

    def __init__(
        self,
        flop_budget: int,
        *,
        namespace: str | None = None,
        wall_time_limit_s: float | None = None,
        flop_multiplier: float = 1.0,
    ) -> None:
        self.limit = _whole_flops("flop_budget", flop_budget)
        self._namespace = None if namespace is None else valid_namespace(namespace)
        self._wall_time_limit_s = (
            None if wall_time_limit_s is None else _positive("wall_time_limit_s", wall_time_limit_s)
        )
        self._multiplier = _positive("flop_multiplier", flop_multiplier).as_integer_ratio()
        self._ledger = Ledger(session)
        self._ledger.limit = self.limit
        self._scopes: dict[tuple[str, Ratio, Scope | None], Scope] = {}
        self._parent: BudgetContext | None = None
        self._running = False
        self._elapsed = 0.0
        self._opened = 0.0
        self._deadline = _NEVER
        self._flush_at = 0.0
        # Hot state, read and written by the dispatcher. `alarm` is the clock reading after which a call must take
        # the general way: to fold the log, to check a deadline, or (-1) because every call needs attention.
        self.used = 0
        self.alarm = -1.0
        self.append: Callable[[Record], None] = self._ledger.pending.extend

    # -- facts ---------------------------------------------------------------------------------------------------

    @property
    def flop_budget(self) -> int:
        """Limit in FLOPs."""
        return self.limit

    @property
    def flops_used(self) -> int:
        """FLOPs charged so far, in this context and in those nested in it."""
        return self.used

    @property
    def flops_remaining(self) -> int:
        """FLOPs left."""
        return self.limit - self.used

    @property
    def op_log(self) -> OpLog:
        """Every counted call, in order, as a sequence of `OpRecord`."""
        return OpLog(self._ledger)

    @property
    def namespace(self) -> str | None:
        """Namespace given to this context, None if there is none."""
        return self._namespace

    @property
    def wall_time_limit_s(self) -> float | None:
        """Limit in seconds, None if there is none."""
        return self._wall_time_limit_s

    @property
    def wall_time_s(self) -> float:
        """Seconds spent inside the context so far."""
        return self._wall_ns() / 1e9

    @property
    def flopscope_backend_time_s(self) -> float:
        """Seconds spent inside NumPy by counted ops."""
        return self._summary().flopscope_backend_time_s

    @property
    def flopscope_overhead_time_s(self) -> float:
        """Seconds spent in flopscope's own code around counted ops."""
        return self._summary().flopscope_overhead_time_s

    @property
    def residual_wall_time_s(self) -> float:
        """Remaining seconds: wall - backend - overhead (negative if threads ran side by side)."""
        return self._summary().residual_wall_time_s

    def summary(self, by_namespace: bool = False) -> str:
        """Readable breakdown of FLOPs and time by op, dearest first.

        Parameters
        ----------
        by_namespace : bool, default False
            Add the breakdown by namespace.

        Returns
        -------
        str
        """
        return self._summary().to_text(by_namespace)

    def summary_dict(self, by_namespace: bool = False) -> dict[str, Any]:
        """The same breakdown as a JSON-ready dictionary (FLOPs as integers, times in seconds)."""
        return self._summary().to_dict(by_namespace)

    def __repr__(self) -> str:
        name = f", namespace={self._namespace!r}" if self._namespace else ""
        return f"<BudgetContext: {self.used:,} of {self.limit:,} FLOPs used{name}>"

    # -- use -----------------------------------------------------------------------------------------------------

    def wrap(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Carry this budget and the namespace active now into another thread.

        Parameters
        ----------
        function : callable
            What the executor is to call.

        Returns
        -------
        callable
            The same function, charging this budget wherever it is called.

        Examples
        --------
        >>> from concurrent.futures import ThreadPoolExecutor
        >>> import flopscope.numpy as fnp
        >>> with BudgetContext(100) as budget, ThreadPoolExecutor() as pool:
        ...     futures = [pool.submit(budget.wrap(fnp.add), 1, 2) for _ in range(3)]
        >>> budget.flops_used
        3
        """
        scope = active_scope()
        if all(one.budget is not self for one in scope.lineage()):
            scope = self._scope(self._namespace or "", self._multiplier, None)
        return _decorate(function, _Carried(scope))

    # -- inside --------------------------------------------------------------------------------------------------

    def _scope(self, namespace: str, multiplier: Ratio, outer: Scope | None) -> Scope:
        if outer is not None and outer.budget is not self._parent:
            # Scopes are kept under one parent at a time: a parent must not live as long as its children do.
            self._parent = outer.budget
            self._scopes = {key: scope for key, scope in self._scopes.items() if scope.outer is None}
        key = (namespace, multiplier, outer)
        scope = self._scopes.get(key)
        if scope is None:
            scope = self._scopes[key] = Scope(self, namespace, multiplier, outer)
        return scope

    def _scope_in(self, above: Scope) -> Scope:
        if any(scope.budget is self for scope in above.lineage()):
            return above  # entered again from inside itself
        path = ".".join(filter(None, (above.namespace, self._namespace)))
        if above.budget is session.budget:
            return self._scope(path, self._multiplier, None)
        multiplier = _product(self._multiplier, above.multiplier)
        return self._scope(path, multiplier, above.twin(path, multiplier))

    def _entered(self) -> None:
        with flush_lock:
            if not self._running:
                now = clock()
                self._opened = now
                self._ledger.origin = now - self._elapsed
                if self._wall_time_limit_s is not None:
                    self._deadline = self._ledger.origin + self._wall_time_limit_s
                self._running = True
                self._set_alarm(now)

    def _left(self) -> None:
        with flush_lock:
            if self._running and all(entry.block is not self for entry in _open):
                now = clock()
                self._elapsed += now - self._opened
                self._running = False
                self._deadline = _NEVER
                session.last = self
                # A stray thread may still charge this budget; with the alarm set, it will come by `_attend`.
                self.alarm = -1.0
            if not self._running:
                self._ledger.flush()

    def _set_alarm(self, now: float) -> None:
        self._flush_at = now + _FLUSH_EVERY_S
        self.alarm = -1.0 if settings.check_nan_inf else min(self._flush_at, self._deadline)

    def _attend(self, site: Site, now: float, ran: bool = False, encloses: bool = False) -> None:
        """Do what is due before or after a call of `site`: fold the log, notice a deadline."""
        if not self._running:
            session.stray.add(self)
        if now > self._flush_at:
            self._ledger.flush()
            if self._running:
                self._set_alarm(now)
        if now > self._deadline:
            self._refuse_time(site, now, ran, encloses)

    def _wall_ns(self) -> int:
        return round(1e9 * (self._elapsed + (clock() - self._opened if self._running else 0)))

    def _summary(self, title: str = "", namespace: str | None = None) -> Summary:
        with flush_lock:
            self._ledger.flush()
            return Summary(
                flop_budget=self.limit,
                wall_ns=self._wall_ns(),
                buckets=_buckets(self._ledger),
                namespace=self._namespace if namespace is None else namespace,
                wall_time_limit_s=self._wall_time_limit_s,
                title=title,
            )

    def _facts(self, site: Site) -> tuple[dict[str, Any], str]:
        self._ledger.flush()
        dearest: dict[str, tuple[int, int]] = {}
        for (name, _), total in self._ledger.totals.items():
            flops, calls = dearest.get(name, (0, 0))
            dearest[name] = (flops + total.flops, calls + total.calls)
        ranked = sorted(((name, *sums) for name, sums in dearest.items()), key=lambda item: (-item[1], item[0]))[:3]
        filename, lineno = user_location()
        facts: dict[str, Any] = {
            "op_name": site.op_name,
            "flop_cost": site.cost,
            "flops_used": self.used,
            "flop_budget": self.limit,
            "flops_remaining": self.limit - self.used,
            "namespace": site.namespace,
            "filename": filename,
            "lineno": lineno,
            "dearest": tuple(ranked),
        }
        where = f"  at {filename}:{lineno}" + (f", namespace {site.namespace!r}" if site.namespace else "")
        if ranked:
            parts = (f"{n} {f:,} ({c:,} call{'s' if c != 1 else ''})" for n, f, c in ranked)
            where += f"\n  dearest so far: {', '.join(parts)}"
        return facts, where

    def _which(self, encloses: bool = False) -> str:
        if self is session.budget:
            return "session budget"
        return f"{'enclosing ' if encloses else ''}budget{f' {self._namespace!r}' if self._namespace else ''}"

    def _refuse(self, site: Site, encloses: bool = False) -> NoReturn:
        facts, where = self._facts(site)
        needed = f"{self.used + site.cost:,}"
        if self is session.budget:
            more = f"open a BudgetContext, or set {SESSION_LIMIT_VARIABLE} to at least {needed}"
        else:
            more = f"raise flop_budget to at least {needed}"
        raise BudgetExhaustedError(
            f"{site.op_name} would cost {site.cost:,} FLOPs, but only {facts['flops_remaining']:,} of {self.limit:,} "
            f"remain in the {self._which(encloses)} ({self.used:,} used); it did not run\n{where}\n"
            f"  next step: {more}, or use smaller or cheaper operations (see budget.summary())",
            **facts,
        )

    def _refuse_time(self, site: Site, now: float, ran: bool, encloses: bool) -> NoReturn:
        facts, where = self._facts(site)
        wall = now - self._ledger.origin
        what = f"noticed after {site.op_name} ({site.cost:,} FLOPs)" if ran else f"{site.op_name} did not run"
        raise TimeExhaustedError(
            f"wall-clock limit of {self._wall_time_limit_s:g} s of the {self._which(encloses)} exceeded: {wall:.3f} s "
            f"have passed; {what}; {self.used:,} of {self.limit:,} FLOPs used, {self.limit - self.used:,} remaining\n"
            f"{where}\n  next step: raise wall_time_limit_s, or see budget.summary() for where the time went",
            wall_time_limit_s=self._wall_time_limit_s,
            wall_time_s=wall,
            **facts,
        )


def budget(
    flop_budget: int,
    *,
    namespace: str | None = None,
    wall_time_limit_s: float | None = None,
    flop_multiplier: float = 1.0,
) -> BudgetContext:
    """Give a function a budget that all its calls share; parameters as for `BudgetContext`.

    Examples
    --------
    >>> import flopscope.numpy as fnp
    >>> @budget(flop_budget=100)
    ... def step(x):
    ...     return x * 2
    >>> _ = step(fnp.ones(4)), step(fnp.ones(4))
    >>> step.budget.flops_used  # 4 + 4
    8
    """
    return BudgetContext(
        flop_budget, namespace=namespace, wall_time_limit_s=wall_time_limit_s, flop_multiplier=flop_multiplier
    )


class namespace(_Block):
    """Attribute the ops of a block, or of a function, to a name.

    Parameters
    ----------
    name : str
        Segment or dotted path, added to the namespace that is active already.

    Examples
    --------
    >>> import flopscope.numpy as fnp
    >>> with BudgetContext(100) as budget, namespace("a"), namespace("b.c"):
    ...     _ = fnp.add(1, 2)
    >>> budget.op_log[0].namespace
    'a.b.c'
    """

    def __init__(self, name: str) -> None:
        self.name = valid_namespace(name)

    def _scope_in(self, above: Scope) -> Scope:
        return above.twin(f"{above.namespace}.{self.name}" if above.namespace else self.name)

    def __repr__(self) -> str:
        return f"namespace({self.name!r})"


class _Carried(_Block):
    """A scope to be active in whatever thread (for `BudgetContext.wrap`)."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def _scope_in(self, above: Scope) -> Scope:
        return self._scope


class _Uncharged(BudgetContext):
    """Takes charges and forgets them."""

    def __init__(self) -> None:
        super().__init__(2**200)
        self._ledger = Ledger(SessionTotals())
        self.append = self._ledger.pending.extend

    def _attend(self, site: Site, now: float, ran: bool = False, encloses: bool = False) -> None:
        self._ledger.pending.clear()


def uncharged_scope() -> Scope:
    """A scope for work that has been charged as a whole already."""
    return _Uncharged()._scope("", (1, 1), None)


class Session(SessionTotals):
    """Everything charged since the program (or `budget_reset`) began, and the budget active outside any context."""

    budget: BudgetContext
    scope: Scope

    def __init__(self) -> None:
        super().__init__()
        # Closed budgets that were charged all the same, by a thread that outlived them.
        self.stray: set[BudgetContext] = set()
        self.last: BudgetContext | None = None

    def begin(self) -> None:
        """Open the session budget, which is never closed."""
        self.budget = BudgetContext(_default_budget())
        self.scope = self.budget._scope("", (1, 1), None)
        self.budget._entered()
        self.restart()
        active.set(self.scope)

    def restart(self) -> None:
        """Begin with nothing charged, to the session or to its budget."""
        budget = self.budget
        ledger, fresh, epoch, limit = budget._ledger, Ledger(self), object(), _default_budget()
        with flush_lock:
            now = clock()
            self.flush()
            # No call from here on. Calls under way remain charged, and will be logged after the restart.
            budget.used -= ledger.flops
            ledger.flops = 0
            ledger.chunks, ledger.totals = fresh.chunks, fresh.totals
            ledger.origin = budget._opened = now
            budget.limit = ledger.limit = limit
            self.totals, self.charged_limits, self.epoch = fresh.totals, 0, epoch
            self.version += 1
            self.last = None

    def open_budgets(self) -> set[BudgetContext]:
        """All budgets open in the process, the session's included."""
        return {self.budget, *(scope.budget for entry in tuple(_open) for scope in entry.scope.lineage())}

    def flush(self) -> None:
        """Have all that was charged in the totals."""
        late, self.stray = self.stray, set()
        for context in self.open_budgets() | late:
            context._ledger.flush()

    def summary(self) -> Summary:
        """All of it as one value; its limit is the sum of the limits of the budgets that were charged.

        The session budget is among them only if it was charged, that is if ops ran outside any context; if nothing was
        charged at all, its limit is the limit.
        """
        with flush_lock:
            self.flush()
            return Summary(
                flop_budget=self.charged_limits or self.budget.limit,
                wall_ns=self.budget._wall_ns(),
                buckets=_buckets(self),
                title="session",
            )


def current_budget() -> BudgetContext:
    """The budget that an op called here and now is charged to; the session budget outside any context."""
    return active_scope().budget


def budget_reset() -> None:
    """Forget the session's totals and start a fresh session budget; open contexts keep their own counts."""
    session.restart()


def budget_summary_dict(by_namespace: bool = False) -> dict[str, Any]:
    """Everything charged in this process so far, as a JSON-ready dictionary.

    Open and closed contexts and the session budget together; ``flop_budget`` is the sum of the limits of the budgets
    that were charged. Keys as for `BudgetContext.summary_dict`; FLOPs are integers, times are in seconds.

    Parameters
    ----------
    by_namespace : bool, default False
        Add ``by_namespace``, keyed by the full dotted path.

    Examples
    --------
    >>> import flopscope.numpy as fnp
    >>> budget_reset()
    >>> with BudgetContext(1000):
    ...     _ = fnp.exp(fnp.ones(5))
    >>> budget_summary_dict()["operations"]["exp"]["flop_cost"]
    5
    """
    return session.summary().to_dict(by_namespace)


def budget_summary(by_namespace: bool = False) -> None:
    """Print everything charged in this process so far: in colour on a terminal, as plain text when piped.

    Parameters
    ----------
    by_namespace : bool, default False
        Add the breakdown by namespace.
    """
    from flopscope.display import print_summary

    print_summary(session.summary(), by_namespace)


def live_summary() -> Summary:
    """What a live display shows: the innermost open budget, else the one closed last, else the session."""
    with flush_lock:
        if _open:
            scope = _open[-1].scope
            return scope.budget._summary(title=scope.budget._which(), namespace=scope.namespace)
        if session.last is not None:
            return session.last._summary(title=f"{session.last._which()}, closed")
        return session.summary()


def valid_namespace(path: str) -> str:
    """Check a dotted path: segments that are not empty and have no blanks at their ends."""
    if not isinstance(path, str):
        raise TypeError(f"a namespace is a string such as 'train' or 'train.step', got {path!r}")
    for segment in path.split("."):
        if not segment or segment != segment.strip() or not segment.isprintable():
            raise ValueError(
                f"namespace {path!r} has the invalid segment {segment!r}: segments between dots must not be empty "
                "and must not begin or end with blanks, as in 'train.step'"
            )
    return path


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def _whole_flops(name: str, value: Any) -> int:
    wanted = f"{name} must be a positive integer, or an integral float such as 1e9; got {_shown(value)}"
    if not _is_number(value):
        raise TypeError(wanted)
    if not isinstance(value, (int, np.integer)) and not (math.isfinite(value) and value == math.floor(value)):
        raise ValueError(wanted)
    if value <= 0:
        raise ValueError(wanted)
    return int(value)


def _positive(name: str, value: Any) -> float:
    wanted = f"{name} must be a positive, finite number; got {_shown(value)}"
    if not _is_number(value):
        raise TypeError(wanted)
    if not 0 < value < math.inf or not 0 < (number := float(value)) < math.inf:
        raise ValueError(wanted)
    return number


def _shown(value: Any) -> str:
    return f"{value!r:.60} ({type(value).__name__})"


def _default_budget() -> int:
    text = os.environ.get(SESSION_LIMIT_VARIABLE, "").strip()
    if not text:
        return SESSION_LIMIT
    try:
        number = int(text) if text.isdecimal() else float(text)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number > 0 and number == math.floor(number)):
        raise ValueError(
            f"environment variable {SESSION_LIMIT_VARIABLE} must be a positive whole number such as 1000000 or 1e9; "
            f"got {text!r:.60}"
        )
    return int(number)


def _product(a: Ratio, b: Ratio) -> Ratio:
    numerator, denominator = a[0] * b[0], a[1] * b[1]
    divisor = math.gcd(numerator, denominator)
    return numerator // divisor, denominator // divisor


def _buckets(holder: Any) -> tuple[Bucket, ...]:
    return tuple(Bucket(op, path, *total) for (op, path), total in holder.totals.items())


def _decorate(function: F, block: _Block) -> F:
    """Run every call of `function`, coroutine functions included, inside `block`."""
    from functools import wraps
    from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction

    if not callable(function):
        raise TypeError(f"only functions can be decorated, got {_shown(function)}")
    if isgeneratorfunction(function) or isasyncgenfunction(function):
        raise TypeError(
            f"{getattr(function, '__qualname__', function)} is a generator: its body runs between calls; "
            "use a with statement inside it"
        )

    async def run_async(*args: Any, **kwargs: Any) -> Any:
        with block:
            return await function(*args, **kwargs)

    def run(*args: Any, **kwargs: Any) -> Any:
        with block:
            return function(*args, **kwargs)

    wrapper: Any = wraps(function)(run_async if iscoroutinefunction(function) else run)
    if isinstance(block, BudgetContext):
        wrapper.budget = block
    return wrapper


def _settings_changed() -> None:
    with flush_lock:
        now = clock()
        for context in session.open_budgets():
            if context._running:
                context._set_alarm(now)


session = Session()
session.begin()
listeners.append(_settings_changed)
