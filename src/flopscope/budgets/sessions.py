"""The session: what all budgets of a process have charged, and the budget that is active outside any context."""

from __future__ import annotations

from time import perf_counter as clock
from typing import TYPE_CHECKING, Any

from flopscope.budgets import blocks
from flopscope.budgets.accounts import Account
from flopscope.budgets.ledger import SessionTotals, Site, flush_lock
from flopscope.budgets.scopes import Scope
from flopscope.costs.models import cost_model
from flopscope.settings import converters, listeners, settings

if TYPE_CHECKING:
    from flopscope.reports.summary import Summary


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

    def __reduce__(self) -> str:
        return "session"  # the one of the process: op logs refer to it, which may be copied and pickled

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
        from flopscope.budgets import statements

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
