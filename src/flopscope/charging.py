"""Charging: who pays for an op, where that is written down, and when it is refused.

An `Account` is what a budget is on the inside: a limit, a clock and a `Ledger`. What an op is charged to is a `Scope`:
an account, a namespace in it, and the scope of the parent budget that pays as well. Which scope is active where is the
matter of ``blocks.py``.

Charging is a read, a comparison and a store of `Account.used` without a call in between. CPython switches threads and
handles signals only at calls and backward jumps, so this needs no lock. The fast lanes of the dispatcher inline it (see
``dispatch.py``); `Scope.charge` is the same for the general case: nested budgets and deadlines. After an interrupt
(KeyboardInterrupt) at any point, an op is either charged and logged in all budgets concerned, or in none.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from time import perf_counter as clock
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from flopscope import blocks
from flopscope.costs.models import CostModel, cost_model
from flopscope.costs.recorded import Call
from flopscope.errors import BudgetExhaustedError, TimeExhaustedError
from flopscope.frames import CallStack, call_stack, user_location
from flopscope.log import Details, Ledger, Record, SessionTotals, Site, flush_lock, multiplied
from flopscope.settings import converters, listeners, settings

if TYPE_CHECKING:
    from flopscope.summary import Summary

# A multiplier as an exact fraction: numerator, denominator.
Ratio = tuple[int, int]


class Terms(NamedTuple):
    """How calls are charged and logged.

    Attributes
    ----------
    multiplier : (int, int)
        Factor on every price.
    traced : bool
        Whether source lines are told apart.
    model : CostModel or None
        What prices the calls; None for the one that is configured.
    count_bytes : bool
        Whether bytes are counted.
    """

    multiplier: Ratio = (1, 1)
    traced: bool = False
    model: CostModel | None = None
    count_bytes: bool = False


_USUAL = Terms()

SESSION_LIMIT_VARIABLE = "FLOPSCOPE_DEFAULT_BUDGET"
_NEVER = math.inf
# Pending records are folded this often while ops run, while they are still in the processor's cache, but only where
# there are enough of them: to fold takes a tenth of a millisecond besides what each record takes.
_FLUSH_EVERY_S = 0.004
_WORTH_FOLDING = 4 * 1024  # numbers, of which a record has four
_KEYS_KEPT = 1 << 16


# -- scopes ----------------------------------------------------------------------------------------------------------


class Scope:
    """An account (`budget`), a namespace, and the scope of the parent budget (`outer`) that is charged as well."""

    __slots__ = ("_everywhere", "budget", "known", "model", "namespace", "outer", "sites", "terms", "typed")

    known: dict[Any, Site]
    sites: dict[Any, Site]
    model: CostModel
    # Whether calls are told apart by dtypes as well: then the lanes, which see shapes only, find no sites.
    typed: bool

    def __init__(self, budget: Account, namespace: str, terms: Terms, outer: Scope | None) -> None:
        self.budget = budget
        self.namespace = namespace
        self.terms = terms
        self.outer = outer
        self.settle()
        # By index of a site: where its calls are logged, and under which index, in this budget and its ancestors.
        self._everywhere: dict[float, tuple[list[list[float]], list[float]]] = {}

    def settle(self) -> None:
        """Price calls by the model of now, and none by what was known before."""
        self.model = self.terms.model or cost_model(settings.cost_model)
        self.typed = self.model.reads_dtypes or self.terms.count_bytes
        self._open_caches()

    def _open_caches(self) -> None:
        # Sites by call signature: the cache that makes the second call of the same kind cheap. The fast lanes charge
        # one budget only, so they look into `sites`, which stays empty where a parent has to be charged as well.
        self.known = {}
        self.sites = self.known if self.outer is None and not self.typed else {}

    def where(self) -> CallStack | None:
        """The call stack that sites are told apart by, if they are."""
        return None

    def twin(self, namespace: str, terms: Terms | None = None) -> Scope:
        """The scope like this one with another namespace or other terms, all the way out."""
        outer = self.outer and self.outer.twin(namespace, terms)
        return self.budget.scope(namespace, terms or self.terms, outer)

    def lineage(self) -> Iterator[Scope]:
        """This scope and its ancestors, innermost first."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.outer

    def site(
        self,
        key: Any,
        op_name: str,
        price: int,
        shapes: tuple[tuple[int, ...], ...],
        subscripts: str | None = None,
        call: Call | None = None,
    ) -> Site:
        """Intern the site of a call that costs `price` FLOPs before the multiplier."""
        multiplier = self.terms.multiplier
        facts = op_name, self.namespace, shapes, subscripts, multiplied(price, multiplier)
        site = self.budget.ledger.site(*facts, self.outer is None, self.where(), Details(self.model, multiplier, call))
        if key is not None:
            known = self.known
            if len(known) >= _KEYS_KEPT:
                known.clear()
            known[key] = site
        return site

    def moving(self, site: Site, moved: tuple[int, int]) -> Site:
        """The site like this one whose calls read and write so many bytes."""
        facts = site.op_name, site.namespace, site.shapes, site.subscripts, site.cost, site.outermost, site.stack
        return self.budget.ledger.site(*facts, site.details._replace(moved=moved))

    def charge(self, site: Site, now: float) -> None:
        """Take the cost of `site` from this budget and its ancestors, or raise and take nothing."""
        budget = self.budget
        if self.outer is None:
            if now > budget.alarm:
                budget.attend(site, now)
            used = budget.used + site.cost
            if used > budget.limit:
                budget.refuse(site)
            budget.used = used
            return
        scope: Scope | None = self
        try:
            with flush_lock:  # so that no other thread meets a charge that is taken back because a parent refuses
                while scope is not None:
                    budget = scope.budget
                    if now > budget.alarm:
                        budget.attend(site, now, encloses=scope is not self)
                    used = budget.used + site.cost
                    if used > budget.limit:
                        budget.refuse(site, encloses=scope is not self)
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
            pending = self.budget.ledger.pending
            pending += times
            return
        pendings, indices = self._everywhere.get(site.index) or self._find_everywhere(site)
        records = [(index, *times[1:]) for index in indices]
        _ = [*map(_extend, pendings, records)]

    def _find_everywhere(self, site: Site) -> tuple[list[list[float]], list[float]]:
        ledgers = [scope.budget.ledger for scope in self.lineage()]
        facts = site.op_name, site.namespace, site.shapes, site.subscripts, site.cost
        twins = [ledger.site(*facts, ledger is ledgers[-1], site.stack, site.details) for ledger in ledgers]
        found = [ledger.pending for ledger in ledgers], [twin.index for twin in twins]
        self._everywhere[site.index] = found
        return found

    def release(self, site: Site, record: Record | None) -> None:
        """Undo a charge whose op did not happen; `record`, if logged before an interrupt, keeps it."""
        if record is None or not self.budget.ledger.holds(record):
            self._refund(site.cost)

    def check_deadline(self, site: Site, now: float) -> None:
        """Raise if a deadline has passed while `site` ran."""
        scope: Scope | None = self
        while scope is not None:
            if now > scope.budget.alarm:
                scope.budget.attend(site, now, ran=True, encloses=scope is not self)
            scope = scope.outer


_extend = list[float].extend


class TracedScope(Scope):
    """A scope in which calls are told apart by where they are made: each call stack has caches of its own."""

    __slots__ = ("_by_place",)

    def _open_caches(self) -> None:
        self._by_place: dict[CallStack, dict[Any, Site]] = {}

    def where(self) -> CallStack | None:
        return call_stack()

    @property
    def known(self) -> dict[Any, Site]:  # type: ignore[override]
        by_place, stack = self._by_place, call_stack()
        known = by_place.get(stack)
        if known is None:
            if len(by_place) >= _KEYS_KEPT:
                by_place.clear()
            known = by_place[stack] = {}
        return known

    @property
    def sites(self) -> dict[Any, Site]:  # type: ignore[override]
        return self.known if self.outer is None and not self.typed else {}


# -- accounts --------------------------------------------------------------------------------------------------------


class Account:
    """What a budget is on the inside.

    Parameters
    ----------
    session : Session
        Whose totals receive what no parent budget receives.
    limit : int
        FLOPs.
    name : str, optional
        Namespace given to the budget, for messages and summaries.
    wall_time_limit_s : float, optional
        Limit in seconds of wall-clock time while open.
    context : BudgetContext, optional
        Whose account this is.
    """

    def __init__(
        self,
        session: Session,
        limit: int,
        name: str | None = None,
        wall_time_limit_s: float | None = None,
        context: Any = None,
    ) -> None:
        self.name = name
        self.wall_time_limit_s = wall_time_limit_s
        self.context = context
        self.ledger = Ledger(session)
        self.ledger.limit = limit
        # While a function is planned, what computes in NumPy's place (see planning/).
        self.planner = session.planner
        self.running = False
        self._session = session
        self._scopes: dict[tuple[str, Terms, Scope | None], Scope] = {}
        # The configured model that its scopes have taken into account.
        self._model = settings.cost_model
        self._parent: Account | None = None
        self._elapsed = 0.0
        self._opened = 0.0
        self._deadline = _NEVER
        self._flush_at = 0.0
        # Hot state, read and written by the dispatcher. `alarm` is the clock reading after which a call must take
        # the general way: to fold the log, to check a deadline, or (-1) because every call needs attention.
        self.limit = limit
        self.used = 0
        self.alarm = -1.0
        self.pending = self.ledger.pending

    def scope(self, namespace: str, terms: Terms = _USUAL, outer: Scope | None = None) -> Scope:
        """The one scope with these facts."""
        if outer is not None and outer.budget is not self._parent:
            # Scopes are kept under one parent at a time: a parent must not live as long as its children do.
            self._parent = outer.budget
            self._scopes = {key: scope for key, scope in self._scopes.items() if scope.outer is None}
        key = (namespace, terms, outer)
        scope = self._scopes.get(key)
        if scope is None:
            scope = self._scopes[key] = (TracedScope if terms.traced else Scope)(self, namespace, terms, outer)
        return scope

    def open(self) -> None:
        """Let the clock run."""
        with flush_lock:
            if not self.running:
                self.settle()
                now = clock()
                self._opened = now
                self.ledger.origin = now - self._elapsed
                if self.wall_time_limit_s is not None and self.planner is None:
                    self._deadline = self.ledger.origin + self.wall_time_limit_s
                self.running = True
                self.set_alarm(now)

    def _default_model(self) -> CostModel:
        """What prices calls while there are none: what did so where the budget was opened last."""
        scopes = list(self._scopes.values()) or [self.scope("", self.context.terms if self.context else _USUAL)]
        return scopes[-1].model

    def settle(self) -> None:
        """Price calls by the model that is configured now."""
        if self._model is not settings.cost_model:
            self._model = settings.cost_model
            for scope in self._scopes.values():
                scope.settle()

    def close(self) -> None:
        """Stop the clock; doing it again only folds what came late."""
        with flush_lock:
            if self.running:
                now = clock()
                self._elapsed += now - self._opened
                self.running = False
                self._deadline = _NEVER
                # A stray thread may still charge this budget; with the alarm set, it will come by `attend`.
                self.alarm = -1.0
                self._session.last = self
            self.ledger.flush()

    def restart(self, limit: int) -> None:
        """Begin with nothing charged. Calls under way remain charged, and will be logged after the restart."""
        with flush_lock:
            now, fresh = clock(), Ledger(self._session)
            self.ledger.flush()
            # No call from here on.
            self.used -= self.ledger.flops
            self.ledger.flops = 0
            self.ledger.chunks = fresh.chunks
            self.ledger.totals = fresh.totals
            self.ledger.places = fresh.places
            self.ledger.moved = fresh.moved
            self.ledger.models = fresh.models
            self.ledger.escapes = fresh.escapes
            self.ledger.origin = self._opened = now
            self.limit = self.ledger.limit = limit

    def set_alarm(self, now: float) -> None:
        """Say when the next call is to come by `attend`."""
        self._flush_at = now + _FLUSH_EVERY_S
        self.alarm = -1.0 if settings.check_nan_inf else min(self._flush_at, self._deadline)

    def attend(self, site: Site, now: float, ran: bool = False, encloses: bool = False) -> None:
        """Do what is due before or (`ran`) after a call of `site`: fold the log, notice a deadline."""
        if not self.running:
            self._session.stray.add(self)
        if now > self._flush_at:
            if len(self.pending) >= _WORTH_FOLDING:
                self.ledger.flush()
            if self.running:
                self.set_alarm(now)
        if now > self._deadline:
            self._refuse_time(site, now, ran, encloses)

    def wall_ns(self) -> int:
        """Nanoseconds it has been open."""
        return round(1e9 * (self._elapsed + (clock() - self._opened if self.running else 0)))

    def summary(self, title: str = "", namespace: str | None = None) -> Summary:
        """What was charged, as a value."""
        from flopscope import statements

        with flush_lock:
            self.ledger.flush()
            return statements.Summary(
                flop_budget=self.limit,
                wall_ns=self.wall_ns(),
                buckets=statements.buckets(self.ledger),
                trace=statements.traced(self.ledger),
                cost_model=statements.model_id(self.ledger.models or {self._default_model()}),
                moved=statements.moved(self.ledger),
                namespace=self.name if namespace is None else namespace,
                wall_time_limit_s=self.wall_time_limit_s,
                title=title,
                escapes=self.ledger.escapes.values(),
            )

    def which(self, encloses: bool = False) -> str:
        """What messages call this budget."""
        if self is self._session.budget:
            return "session budget"
        return f"{'enclosing ' if encloses else ''}budget{f' {self.name!r}' if self.name else ''}"

    def refuse(self, site: Site, encloses: bool = False) -> NoReturn:
        """Raise the error that says that a call of `site` does not fit."""
        facts, where = self._facts(site)
        needed = f"{self.used + site.cost:,}"
        if self is self._session.budget:
            more = f"open a BudgetContext, or set {SESSION_LIMIT_VARIABLE} to at least {needed}"
        else:
            more = f"raise flop_budget to at least {needed}"
        raise BudgetExhaustedError(
            f"{site.op_name} would cost {site.cost:,} FLOPs, but only {facts['flops_remaining']:,} of {self.limit:,} "
            f"remain in the {self.which(encloses)} ({self.used:,} used); it did not run\n{where}\n"
            f"  next step: {more}, or use smaller or cheaper operations (see budget.summary())",
            **facts,
        )

    def _refuse_time(self, site: Site, now: float, ran: bool, encloses: bool) -> NoReturn:
        facts, where = self._facts(site)
        wall = now - self.ledger.origin
        what = f"noticed after {site.op_name} ({site.cost:,} FLOPs)" if ran else f"{site.op_name} did not run"
        raise TimeExhaustedError(
            f"wall-clock limit of {self.wall_time_limit_s:g} s of the {self.which(encloses)} exceeded: {wall:.3f} s "
            f"have passed; {what}; {self.used:,} of {self.limit:,} FLOPs used, {self.limit - self.used:,} remaining\n"
            f"{where}\n  next step: raise wall_time_limit_s, or see budget.summary() for where the time went",
            wall_time_limit_s=self.wall_time_limit_s,
            wall_time_s=wall,
            **facts,
        )

    def _facts(self, site: Site) -> tuple[dict[str, Any], str]:
        dearest = self.summary().operations()[:3]
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
            "dearest": tuple((op.op, op.flops, op.calls) for op in dearest),
        }
        where = f"  at {filename}:{lineno}" + (f", namespace {site.namespace!r}" if site.namespace else "")
        if dearest:
            parts = (f"{op.op} {op.flops:,} ({op.calls:,} call{'s' if op.calls != 1 else ''})" for op in dearest)
            where += f"\n  dearest so far: {', '.join(parts)}"
        return facts, where


class _Uncharged(Account):
    """Takes charges and forgets them."""

    def __init__(self) -> None:
        super().__init__(Session(), 2**200)
        self.context = session.budget.context

    def attend(self, site: Site, now: float, ran: bool = False, encloses: bool = False) -> None:
        self.ledger.pending.clear()


def uncharged_scope() -> Scope:
    """A scope for work that has been charged as a whole already; in a plan, one that plans."""
    account = _Uncharged()
    account.planner = blocks.active_scope().budget.planner
    return account.scope("")


class Session(SessionTotals):
    """Everything charged since the program (or `budget_reset`) began, and the budget active outside any context."""

    budget: Account
    scope: Scope
    planner: Any = None

    def __init__(self) -> None:
        super().__init__()
        # Closed budgets that were charged all the same, by a thread that outlived them.
        self.stray: set[Account] = set()
        self.last: Account | None = None

    def begin(self, budget: Account) -> None:
        """Make `budget` the session budget, which is never closed."""
        self.budget = budget
        self.scope = budget.scope("")
        budget.open()
        blocks.set_bottom(self.scope)

    def restart(self, limit: int) -> None:
        """Begin with nothing charged, to the session or to its budget."""
        with flush_lock:
            epoch, fresh = object(), SessionTotals()
            totals, moved, models = fresh.totals, fresh.moved, fresh.models
            self.budget.restart(limit)
            self.flush()
            # No call from here on.
            self.totals, self.charged_limits, self.epoch = totals, 0, epoch
            self.moved, self.models = moved, models
            self.escapes = fresh.escapes
            self.version += 1
            self.last = None

    def open_budgets(self) -> set[Account]:
        """All budgets open in the process, the session's included."""
        return {self.budget, *(scope.budget for innermost in blocks.open_scopes() for scope in innermost.lineage())}

    def flush(self) -> None:
        """Have all that was charged in the totals."""
        late, self.stray = self.stray, set()
        for account in self.open_budgets() | late:
            account.ledger.flush()

    def summary(self) -> Summary:
        """All of it as one value; its limit is the sum of the limits of the budgets that were charged.

        The session budget is among them only if it was charged, that is if ops ran outside any context. If nothing was
        charged at all, its limit is the limit.
        """
        from flopscope import statements

        with flush_lock:
            self.flush()
            return statements.Summary(
                flop_budget=self.charged_limits or self.budget.limit,
                wall_ns=self.budget.wall_ns(),
                buckets=statements.buckets(self),
                title="session",
                cost_model=statements.model_id(self.models or {cost_model(settings.cost_model)}),
                moved=statements.moved(self),
                escapes=self.escapes.values(),
            )


session = Session()


def live_summary() -> Summary:
    """What a live display shows: the innermost open budget, else the one closed last, else the session."""
    with flush_lock:
        scope = blocks.innermost()
        if scope is not session.scope:
            return scope.budget.summary(title=scope.budget.which(), namespace=scope.namespace)
        if session.last is not None:
            return session.last.summary(title=f"{session.last.which()}, closed")
        return session.summary()


def _settings_changed() -> None:
    with flush_lock:
        now = clock()
        for account in session.open_budgets():
            if account.running:
                account.set_alarm(now)
                account.settle()


converters["cost_model"] = cost_model
listeners.append(_settings_changed)
