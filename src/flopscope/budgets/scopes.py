"""Scopes: what an op is charged to, and how.

A `Scope` is an account (what a budget is on the inside, see ``accounts.py``), a namespace in it, and the scope of the
parent budget that pays as well. Which scope is active where is the matter of ``blocks.py``.

Charging is a read, a comparison and a store of `Account.used` without a call in between. CPython switches threads and
handles signals only at calls and backward jumps, so this needs no lock. The fast lanes of the dispatcher inline it (see
``lanes.py``); `Scope.charge` is the same for the general case: nested budgets and deadlines. After an interrupt
(KeyboardInterrupt) at any point, an op is either charged and logged in all budgets concerned, or in none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from flopscope.budgets.ledger import Details, Record, Site, flush_lock, multiplied
from flopscope.costs.models import CostModel, cost_model
from flopscope.frames import CallStack, call_stack
from flopscope.settings import settings

if TYPE_CHECKING:
    from flopscope.budgets.accounts import Account
    from flopscope.costs.recorded import Call

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


USUAL = Terms()
# Calls that a scope remembers, at most.
_KEYS_KEPT = 1 << 16


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
