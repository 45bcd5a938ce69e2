"""Budgets: who pays for an op, where that is written down, and when it is refused.

A `BudgetContext` has a limit and a `Ledger`. What is active at a point of the program is a `Scope`: a budget, a
namespace in it, and the scope of the parent budget that pays as well. The active scope lives in a ``ContextVar``, so
asyncio tasks do not disturb each other; a thread that has none pays into the innermost one open in the process.

Charging is a read, a comparison and a store of `BudgetContext.used` without a call in between. CPython switches
threads and handles signals only at calls and backward jumps, so this needs no lock. The fast lanes of the dispatcher
inline it (see ``dispatch.py``); `Scope.charge` is the same for the general case: nested budgets and deadlines.
"""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from fractions import Fraction
from time import perf_counter as clock
from typing import Any, NoReturn, TypeVar

from flopscope.errors import BudgetExhaustedError, TimeExhaustedError
from flopscope.frames import user_location
from flopscope.log import Ledger, OpLog, Record, SessionTotals, Site, flush_lock
from flopscope.settings import listeners, settings
from flopscope.summary import Bucket, Summary

F = TypeVar("F", bound=Callable[..., Any])

SESSION_LIMIT = 10**15
_NEVER = math.inf
# Pending records are folded at least this often while ops run, which bounds their memory to a megabyte or two.
_FLUSH_EVERY_S = 0.01
_KEYS_KEPT = 1 << 16


class Scope:
    """A budget, a namespace, and the scope of the parent budget (`outer`) that is charged as well."""

    __slots__ = ("budget", "known", "multiplier", "namespace", "outer", "sites")

    def __init__(self, budget: BudgetContext, namespace: str, multiplier: Fraction, outer: Scope | None) -> None:
        self.budget = budget
        self.namespace = namespace
        self.multiplier = multiplier
        self.outer = outer
        # Sites by call signature: the cache that makes the second call of the same kind cheap. The fast lanes charge
        # one budget only, so they look into `sites`, which stays empty where a parent has to be charged as well.
        self.known: dict[Any, Site] = {}
        self.sites = self.known if outer is None else {}

    def sub(self, namespace: str) -> Scope:
        """Scope of a namespace below this one."""
        path = f"{self.namespace}.{namespace}" if self.namespace else namespace
        return self.budget._scope(path, self.multiplier, self.outer and self.outer.budget._twin(self.outer, path))

    def site(
        self, key: Any, op_name: str, price: int, shapes: tuple[tuple[int, ...], ...], subscripts: str | None = None
    ) -> Site:
        """Intern the site of a call that costs `price` FLOPs before the multiplier."""
        cost = price
        if self.multiplier != 1 and price:
            cost = max(1, round(price * self.multiplier))
        site = self.budget._ledger.site(op_name, self.namespace, shapes, subscripts, cost, self.outer is None)
        if key is not None:
            if len(self.known) >= _KEYS_KEPT:
                self.known.clear()
            self.known[key] = site
        return site

    def charge(self, site: Site, now: float) -> None:
        """Take the cost of `site` from this budget and its ancestors, or raise and take nothing."""
        cost = site.cost
        scope: Scope | None = self
        while scope is not None:
            budget = scope.budget
            if now > budget.alarm:
                budget._on_alarm(now)
                if now > budget._deadline:
                    self._refund(cost, scope)
                    budget._refuse_time(site, now)
            used = budget.used + cost
            if used > budget.limit:
                self._refund(cost, scope)
                budget._refuse(site)
            budget.used = used
            scope = scope.outer

    def _refund(self, cost: int, stop: Scope | None) -> None:
        scope: Scope | None = self
        while scope is not stop and scope is not None:
            scope.budget.used -= cost
            scope = scope.outer

    def commit(self, site: Site, times: Record) -> None:
        """Log a charged op in this budget and its ancestors; `times` starts with the index of `site`."""
        self.budget.append(times)
        scope = self.outer
        while scope is not None:
            twin = scope.budget._ledger.site(
                site.op_name, site.namespace, site.shapes, site.subscripts, site.cost, scope.outer is None
            )
            scope.budget.append((twin.index, *times[1:]))
            scope = scope.outer

    def release(self, site: Site, record: Record | None) -> None:
        """Undo a charge whose op did not happen; `record`, if logged before an interrupt, keeps it."""
        if record is None or not self.budget._ledger.holds(record):
            self._refund(site.cost, None)

    def check_deadline(self, site: Site, now: float) -> None:
        """Raise if a deadline has passed while `site` ran."""
        scope: Scope | None = self
        while scope is not None:
            if now > scope.budget._deadline:
                scope.budget._refuse_time(site, now, ran=True)
            scope = scope.outer


# An entry: the scope that became active, who opened it, the entry below it, and the scope that was active before.
_Entry = tuple[Scope, object, Any, Any]
# Two variables, because the hot path reads one. In a new thread `active` is None; the thread that imports flopscope
# has the session's scope instead, and asyncio tasks inherit it: tasks without a budget do not pay into each other's.
active: ContextVar[Scope | None] = ContextVar("flopscope_scope", default=None)
_top: ContextVar[_Entry | None] = ContextVar("flopscope_entry", default=None)
# Entries open in the process, in whichever thread or task, the latest last.
_open: list[_Entry] = []


def innermost() -> Scope:
    """Scope that a thread without one of its own pays into: the innermost open in the process, or the session."""
    return _open[-1][0] if _open else session.scope


def active_scope() -> Scope:
    """Scope that an op called here and now is charged to."""
    return active.get() or innermost()


def _enter(scope: Scope, owner: object) -> None:
    with flush_lock:
        entry = (scope, owner, _top.get(), active.get())
        _open.append(entry)
        _top.set(entry)
        active.set(scope)


def _leave(owner: object) -> None:
    """Close the innermost entry of `owner`, and what was left open inside it (by a dropped generator, say)."""
    with flush_lock:
        closing: list[_Entry] = []
        entry = _top.get()
        while entry is not None:
            closing.append(entry)
            if entry[1] is owner:
                _top.set(entry[2])
                active.set(entry[3])
                break
            entry = entry[2]
        else:  # closed in another context than it was opened in
            closing = [entry for entry in _open if entry[1] is owner][-1:]
        for entry in closing:
            for i in range(len(_open) - 1, -1, -1):
                if _open[i] is entry:
                    del _open[i]
                    break


class BudgetContext:
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
        self.limit = _whole_flops(flop_budget)
        self._namespace = None if namespace is None else valid_namespace(namespace)
        self._wall_time_limit_s = None if wall_time_limit_s is None else _positive("wall_time_limit_s", wall_time_limit_s)
        self._multiplier = Fraction(_positive("flop_multiplier", flop_multiplier))
        self._ledger = Ledger(session)
        self._ledger.limit = self.limit
        self._scopes: dict[tuple[str, Fraction, Scope | None], Scope] = {}
        self._entries = 0
        self._elapsed = 0.0
        self._opened = 0.0
        self._deadline = _NEVER
        self._flush_at = 0.0
        # Hot state, read and written by the dispatcher. `alarm` is the clock reading after which a call must take
        # the general way: to fold the log, to check a deadline, or (-1) because every call needs attention.
        self.used = 0
        self.alarm = -1.0
        self.append = self._ledger.pending.append

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

    def __enter__(self) -> BudgetContext:
        with flush_lock:
            above = active_scope()
            if any(scope.budget is self for scope in _lineage(above)):
                scope = above  # entered again from inside itself
            else:
                outer = None if above.budget is session.budget else above
                path = ".".join(filter(None, (above.namespace, self._namespace)))
                multiplier = self._multiplier * (outer.multiplier if outer else 1)
                scope = self._scope(path, multiplier, outer and outer.budget._twin(outer, path, multiplier))
            if not self._entries:
                self._open()
            self._entries += 1
            _enter(scope, self)
        return self

    def __exit__(self, *exc: object) -> None:
        with flush_lock:
            _leave(self)
            self._entries -= 1
            if not self._entries:
                self._close()

    def __call__(self, function: F) -> F:
        """Decorate `function`: all its calls, plain or async, run inside this budget."""
        return _decorate(function, self)

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
        if all(one.budget is not self for one in _lineage(scope)):
            scope = self._scope(self._namespace or "", self._multiplier, None)
        return _decorate(function, _Carried(scope))

    # -- inside --------------------------------------------------------------------------------------------------

    def _scope(self, namespace: str, multiplier: Fraction, outer: Scope | None) -> Scope:
        key = (namespace, multiplier, outer)
        scope = self._scopes.get(key)
        if scope is None:
            scope = self._scopes[key] = Scope(self, namespace, multiplier, outer)
        return scope

    def _twin(self, scope: Scope, namespace: str, multiplier: Fraction | None = None) -> Scope:
        """The scope like `scope` with another namespace or multiplier, all the way out."""
        outer = scope.outer and scope.outer.budget._twin(scope.outer, namespace, multiplier)
        return self._scope(namespace, scope.multiplier if multiplier is None else multiplier, outer)

    def _restart(self, limit: int) -> None:
        self._ledger.restart()
        self.limit = self._ledger.limit = limit
        self.used = 0
        self._opened = self._ledger.origin = clock()

    def _open(self) -> None:
        self._opened = now = clock()
        self._ledger.origin = now - self._elapsed
        if self._wall_time_limit_s is not None:
            self._deadline = now - self._elapsed + self._wall_time_limit_s
        session.opened.append(self)
        self._set_alarm(now)

    def _close(self) -> None:
        self._ledger.flush()
        self._elapsed += clock() - self._opened
        self._deadline = _NEVER
        # A stray thread may still charge this budget; with the alarm set, it comes by _on_alarm and is folded there.
        self.alarm = -1.0
        session.opened.remove(self)
        session.last = self

    def _set_alarm(self, now: float) -> None:
        self._flush_at = now + _FLUSH_EVERY_S
        self.alarm = -1.0 if settings.check_nan_inf else min(self._flush_at, self._deadline)

    def _on_alarm(self, now: float) -> None:
        if now > self._flush_at:
            self._ledger.flush()
            if self._entries:
                self._set_alarm(now)
        if not self._entries:
            session.stray[id(self)] = self

    def _wall_ns(self) -> int:
        return round(1e9 * (self._elapsed + (clock() - self._opened if self._entries else 0)))

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

    def _which(self) -> str:
        return "session budget" if self is session.budget else f"budget{f' {self._namespace!r}' if self._namespace else ''}"

    def _refuse(self, site: Site) -> NoReturn:
        facts, where = self._facts(site)
        raise BudgetExhaustedError(
            f"{site.op_name} would cost {site.cost:,} FLOPs, but only {facts['flops_remaining']:,} of {self.limit:,} "
            f"remain in the {self._which()} ({self.used:,} used); it did not run\n{where}\n"
            f"  next step: raise flop_budget to at least {self.used + site.cost:,}, or use smaller or cheaper "
            "operations (see budget.summary())",
            **facts,
        )

    def _refuse_time(self, site: Site, now: float, ran: bool = False) -> NoReturn:
        facts, where = self._facts(site)
        wall = now - self._ledger.origin
        what = f"noticed after {site.op_name} ({site.cost:,} FLOPs)" if ran else f"{site.op_name} did not run"
        raise TimeExhaustedError(
            f"wall-clock limit of {self._wall_time_limit_s:g} s of the {self._which()} exceeded: {wall:.3f} s have passed; "
            f"{what}; {self.used:,} of {self.limit:,} FLOPs used, {self.limit - self.used:,} remaining\n{where}\n"
            "  next step: raise wall_time_limit_s, or see budget.summary() for where the time went",
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


class namespace:
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

    def __enter__(self) -> namespace:
        _enter(active_scope().sub(self.name), self)
        return self

    def __exit__(self, *exc: object) -> None:
        _leave(self)

    def __call__(self, function: F) -> F:
        """Decorate `function`."""
        return _decorate(function, self)

    def __repr__(self) -> str:
        return f"namespace({self.name!r})"


class _Carried:
    """Enter a given scope, in whatever thread (for `BudgetContext.wrap`)."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def __enter__(self) -> None:
        _enter(self._scope, self)

    def __exit__(self, *exc: object) -> None:
        _leave(self)


class _Uncharged(BudgetContext):
    """Takes charges and forgets them."""

    def _on_alarm(self, now: float) -> None:
        self._ledger.pending.clear()


def uncharged_scope() -> Scope:
    """A scope for work that has been charged as a whole already."""
    return _Uncharged(2**200)._scope("", Fraction(1), None)


class Session(SessionTotals):
    """Everything charged since the program (or `budget_reset`) began, and the budget active outside any context."""

    budget: BudgetContext
    scope: Scope

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[BudgetContext] = []
        # Closed budgets that were charged all the same, by a thread that outlived them.
        self.stray: dict[int, BudgetContext] = {}
        self.last: BudgetContext | None = None
    def begin(self) -> None:
        """Open the session budget, which is never closed."""
        self.budget = BudgetContext(SESSION_LIMIT)
        self.scope = self.budget._scope("", Fraction(1), None)
        self.budget._entries = 1
        self.budget._open()
        self.start()
        active.set(self.scope)

    def start(self) -> None:
        """Begin with nothing charged, to the session or to its budget."""
        with flush_lock:
            self.flush()
            self.totals, self.charged_limits, self.epoch = {}, 0, object()
            self.last = None
            self.budget._restart(_default_budget())

    def flush(self) -> None:
        for context in (*self.opened, *self.stray.values()):
            context._ledger.flush()
        self.stray.clear()

    def summary(self) -> Summary:
        """All of it as one value; its limit is the sum of the limits of the budgets that were charged."""
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
    session.start()


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
            scope = _open[-1][0]
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


def _whole_flops(value: Any) -> int:
    allowed = "give a positive integer, or an integral float such as 1e9"
    number: Any = value
    if isinstance(number, (bool, str, bytes)) or not (hasattr(number, "__index__") or hasattr(number, "is_integer")):
        raise TypeError(f"flop_budget is a number of FLOPs, got {value!r} ({type(value).__name__}); {allowed}")
    if type(number).__name__ == "bool":  # NumPy's
        raise TypeError(f"flop_budget is a number of FLOPs, got {value!r}; {allowed}")
    if not hasattr(number, "__index__"):
        if not math.isfinite(number) or not number.is_integer():
            raise ValueError(f"flop_budget must be finite and whole, got {value!r}; {allowed}")
    limit = int(number)
    if limit <= 0:
        raise ValueError(f"flop_budget must be positive, got {value!r}; {allowed}")
    return limit


def _positive(name: str, value: Any) -> float:
    if isinstance(value, (bool, str, bytes)) or not hasattr(value, "__float__"):
        raise TypeError(f"{name} is a number, got {value!r} ({type(value).__name__})")
    if not math.isfinite(value) or value <= 0:
        raise ValueError(f"{name} must be positive and finite, got {value!r}")
    return float(value)


def _default_budget() -> int:
    text = os.environ.get("FLOPSCOPE_DEFAULT_BUDGET", "")
    if not text:
        return SESSION_LIMIT
    try:
        return _whole_flops(int(text) if text.strip().isdigit() else float(text))
    except (TypeError, ValueError) as error:
        raise ValueError(f"environment variable FLOPSCOPE_DEFAULT_BUDGET={text!r}: {error}") from None


def _lineage(scope: Scope | None) -> Iterator[Scope]:
    while scope is not None:
        yield scope
        scope = scope.outer


def _buckets(holder: Any) -> tuple[Bucket, ...]:
    return tuple(Bucket(op, path, *total) for (op, path), total in holder.totals.items())


def _decorate(function: F, context: Any) -> F:
    """Run every call of `function`, coroutine functions included, inside `context`."""
    from functools import wraps
    from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction

    if isgeneratorfunction(function) or isasyncgenfunction(function):
        raise TypeError(
            f"{function.__qualname__} is a generator: its body runs between calls; use a with statement inside it"
        )

    async def run_async(*args: Any, **kwargs: Any) -> Any:
        with context:
            return await function(*args, **kwargs)

    def run(*args: Any, **kwargs: Any) -> Any:
        with context:
            return function(*args, **kwargs)

    wrapper: Any = wraps(function)(run_async if iscoroutinefunction(function) else run)
    if isinstance(context, BudgetContext):
        wrapper.budget = context
    return wrapper


def _settings_changed() -> None:
    now = clock()
    for context in session.opened:
        context._set_alarm(now)


session = Session()
session.begin()
listeners.append(_settings_changed)
