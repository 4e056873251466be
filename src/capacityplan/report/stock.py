"""Stock of every item by bucket, and what is available once overdue demand is served."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capacityplan.domain.timeline import Ints
from capacityplan.report.facts import Facts
from capacityplan.report.service import Served


@dataclass(frozen=True, slots=True)
class ItemStock:
    """Stock of an item: (buckets,) base units each.

    Attributes
    ----------
    opening, inflow, outflow, closing : int64
        Unrestricted stock; ``opening + inflow - outflow = closing``. Outflow includes expiry.
    hold, wip : int64
        At bucket ends: completed but not released; components in unfinished lots.
    available : int64
        Projected available balance: closing less demand that is due and not delivered.
    """

    item: str
    opening: Ints
    inflow: Ints
    outflow: Ints
    closing: Ints
    hold: Ints
    wip: Ints
    available: Ints


def stocks(facts: Facts, service: tuple[Served, ...]) -> tuple[ItemStock, ...]:
    """Return the stock of every item that is stocked, moved or demanded.

    Parameters
    ----------
    facts : Facts
    service : tuple of Served
    """
    size = len(facts.timeline)
    inflow = {item: np.zeros(size + 1, dtype=np.int64) for item in facts.lookup.items}
    initial = dict.fromkeys(facts.lookup.items, 0)
    for one in facts.case.flow.held:
        if one.release is None:
            continue
        if one.kind == "stock" and one.release.minute <= 0:
            initial[one.item] += one.accepted
        else:
            inflow[one.item][min(one.release.bucket, size)] += one.accepted
    overdue = _overdue(facts, service)
    found = []
    for item in facts.lookup.items:
        closing = facts.case.stocks.unrestricted[item]
        hold, wip = facts.case.stocks.hold[item], facts.case.stocks.wip[item]
        opening = np.concatenate([[initial[item]], closing[:-1]])
        into = inflow[item][:-1]
        row = ItemStock(
            item, opening, into, opening + into - closing, closing, hold, wip, closing - overdue[item]
        )
        if any(column.any() for column in (opening, into, closing, hold, row.available)):
            found.append(row)
    return tuple(found)


def _overdue(facts: Facts, service: tuple[Served, ...]) -> dict[str, Ints]:
    """Demand due and not delivered at bucket ends (what is given up included) by item."""
    size = len(facts.timeline)
    change = {item: np.zeros(size + 1, dtype=np.int64) for item in facts.lookup.items}
    for row in service:
        change[row.demand.item][min(row.demand.bucket, size)] += row.demand.quantity
        for delivery in row.deliveries:
            arrival = facts.timeline.bucket_of_end(delivery.arrive)
            change[row.demand.item][min(arrival, size)] -= delivery.quantity
    return {item: np.maximum(np.cumsum(row)[:-1], 0) for item, row in change.items()}
