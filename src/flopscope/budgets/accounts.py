"""Accounts: what a budget is on the inside: a limit, a clock and a `Ledger`; it says when an op is refused, and why."""

from __future__ import annotations

import math
from time import perf_counter as clock
from typing import TYPE_CHECKING, Any, NoReturn

from flopscope.budgets.ledger import Ledger, Site, flush_lock
from flopscope.budgets.scopes import USUAL, Scope, Terms, TracedScope
from flopscope.costs.models import CostModel
from flopscope.errors import BudgetExhaustedError, TimeExhaustedError
from flopscope.frames import user_location
from flopscope.settings import settings

if TYPE_CHECKING:
    from flopscope.budgets.sessions import Session
    from flopscope.reports.summary import Summary

SESSION_LIMIT_VARIABLE = "FLOPSCOPE_DEFAULT_BUDGET"
_NEVER = math.inf
# Pending records are folded this often while ops run, while they are still in the processor's cache, but only where
# there are enough of them: to fold takes a tenth of a millisecond besides what each record takes.
_FLUSH_EVERY_S = 0.004
_WORTH_FOLDING = 5 * 1024  # numbers, of which a record has five


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

    def scope(self, namespace: str, terms: Terms = USUAL, outer: Scope | None = None) -> Scope:
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
        scopes = list(self._scopes.values()) or [self.scope("", self.context.terms if self.context else USUAL)]
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
        from flopscope.budgets import statements

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
