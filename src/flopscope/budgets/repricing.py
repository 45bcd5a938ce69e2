"""A run at other prices: what was recorded of its calls, priced by another cost model.

A log keeps one `Site` for all calls alike, with a `Call` that remembers what a cost rule could ask of the arguments. To
price a run again is to price each site once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flopscope.budgets.ledger import Site, Total, Totals, add_totals, multiplied
from flopscope.budgets.log import OpRecord, Recorded
from flopscope.budgets.statements import buckets, traced
from flopscope.costs.models import CostModel, cost_model
from flopscope.frames import CallStack
from flopscope.reports.tally import ModelId

if TYPE_CHECKING:
    from flopscope.reports.summary import Summary


class Books(NamedTuple):
    """Totals of the run at the new prices, as a ledger has its own."""

    totals: Totals
    places: dict[tuple[CallStack, str, str], Total]


def reprice(summary: Summary, model: CostModel | str) -> Summary:
    """Price a summary again; see `Summary.reprice`."""
    found = cost_model(model)
    recorded = summary.recorded
    if recorded is None:
        raise ValueError(
            "this summary cannot be priced again: it has totals only, not the calls with their arguments (as after "
            "from_json, load, pickle and budget_report); call reprice() on a budget or on what its report() returned"
        )
    costs = {index: _cost(site, found) for index, site in recorded.sites.items()}
    books = _books(recorded, costs)
    log = None
    if summary.log is not None:
        log = _log(summary.log, [costs[index] for index in recorded.order.tolist()])
    return summary.replace(
        buckets=buckets(books),
        trace=traced(books),
        log=log,
        cost_model=ModelId(found.name, found.version, found.hash),
    )


def _cost(site: Site, model: CostModel) -> int:
    details = site.details
    if details.model == model:
        return site.cost
    if details.call is None:
        raise ValueError(
            f"a call of {site.op_name} cannot be priced again: its arguments were not recorded, because the run has "
            "too many different calls; run the program under that model"
        )
    return multiplied(details.call.price(model), details.multiplier) * details.times


def _books(recorded: Recorded, costs: dict[float, int]) -> Books:
    totals: Totals = {}
    places: dict[tuple[CallStack, str, str], Total] = {}
    for index, (calls, backend, overhead) in recorded.sums.items():
        site = recorded.sites[index]
        part = (calls * site.details.times, calls * costs[index], backend, overhead)
        key = (site.op_name, site.namespace)
        totals[key] = add_totals(totals.get(key), part)
        if site.stack is not None:
            place = (site.stack, *key)
            places[place] = add_totals(places.get(place), part)
    return Books(totals, places)


def _log(log: tuple[OpRecord, ...], costs: list[int]) -> list[OpRecord]:
    repriced: list[OpRecord] = []
    cumulative = 0
    for record, cost in zip(log, costs, strict=True):
        cumulative += cost
        repriced.append(record._replace(flop_cost=cost, cumulative=cumulative))
    return repriced
