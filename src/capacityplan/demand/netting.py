"""Net demand: orders keep their identity, projections are what orders have not consumed.

Each projection is due evenly over its dates; marketing's tables act on it (`demand.effects`); the
consensus of a bucket is the weighted sum of all rows, rounded to a base unit; orders then
consume the consensus of their own segment (or the nearest parent that is projected; of all
segments where none is), backward and then forward in time within the plant's windows (APICS
forecast consumption).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain

import numpy as np

from capacityplan.demand.daily import by_bucket, stream_rows
from capacityplan.demand.effects import with_effects
from capacityplan.demand.segments import ancestry, inherited, price_at
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Order, Plant
from capacityplan.domain.timeline import Ints, Timeline
from capacityplan.units import ceil_fraction

Key = tuple[str, str]
"""Item and segment."""


@dataclass(frozen=True, slots=True)
class Demand:
    """Something to deliver.

    Attributes
    ----------
    demand : str
        The order's id, or ``P:item:segment:bucket``.
    quantity : int
        Base units of the item.
    due : int
        Minutes since the start (may be negative for an order that is late already).
    bucket : int
        Bucket of the due instant; no delivery arrives in an earlier one.
    late_rate, lost_rate : Fraction
        Money per *unit* and day late; money per unit lost, weighted as the item is positioned.
    transit : int
        Minutes from shipping to arrival.
    """

    demand: str
    item: str
    quantity: int
    due: int
    bucket: int
    customer: str
    priority: int
    late_rate: Fraction
    lost_rate: Fraction
    transit: int
    min_shipment: int = 0
    ship_from: str = ""
    is_order: bool = False


def net(plant: Plant, timeline: Timeline | None = None) -> tuple[Demand, ...]:
    """Net a plant's projections against its orders.

    Parameters
    ----------
    plant : Plant
    timeline : Timeline, optional
        The plant's own, if already built.

    Returns
    -------
    tuple of Demand
        Orders in the order of the table (those due after the horizon are left out), then what is
        left of the projections by item, segment and bucket.
    """
    return Netting(plant, timeline or Timeline.of(plant)).demands


class Netting:
    """A plant's demand, ready to be netted again with one order more.

    Parameters
    ----------
    plant : Plant
    timeline : Timeline
        The plant's own.

    Attributes
    ----------
    demands : tuple of Demand
        As `net` returns them.
    """

    def __init__(self, plant: Plant, timeline: Timeline) -> None:
        self._lookup, self._timeline = Lookup(plant), timeline
        self._consensus = consensus(plant, timeline, self._lookup)
        self._orders = self._due(plant.orders)
        self._rest = self._left(self._orders, self._consensus)
        self.demands = (*self._orders, *chain.from_iterable(self._rest.values()))

    def with_order(self, order: Order) -> tuple[Demand, ...]:
        """Return the demand of the plant with another order, the last one of its table.

        Orders consume projections of their own item only, so that all other demand stays as it is.
        """
        orders = [*self._orders, *self._due([order])]
        own = [row for row in orders if row.item == order.item]
        rest = self._left(own, {key: row for key, row in self._consensus.items() if key[0] == order.item})
        return (*orders, *chain.from_iterable({**self._rest, **rest}.values()))

    def rest(self, agreed: Mapping[Key, Ints]) -> dict[Key, Ints]:
        """Return what the orders leave of a consensus of items: (buckets,) base units by key.

        With all keys of each item; none of it falls where the consensus rises, and none rises by more than
        the consensus does in all.
        """
        items = {item for item, _ in agreed}
        return self._consumed([row for row in self._orders if row.item in items], agreed)

    def _due(self, orders: Iterable[Order]) -> list[Demand]:
        """Orders of the horizon."""
        last = self._timeline.horizon_end
        return [_of_order(row, self._lookup, self._timeline) for row in orders if row.due <= last]

    def _left(self, orders: list[Demand], agreed: Mapping[Key, Ints]) -> dict[Key, list[Demand]]:
        """What orders leave of the consensus."""
        return {
            key: of_projection(*key, quantities, self._lookup, self._timeline)
            for key, quantities in self._consumed(orders, agreed).items()
        }

    def _consumed(self, orders: list[Demand], agreed: Mapping[Key, Ints]) -> dict[Key, Ints]:
        projected = {key: row.copy() for key, row in agreed.items()}
        for order in sorted(orders, key=lambda row: (row.due, row.demand)):
            _consume(order, projected, self._lookup, self._timeline)
        return projected


def consensus(plant: Plant, timeline: Timeline, lookup: Lookup) -> dict[Key, Ints]:
    """Return the consensus by item and segment, before orders consume it: (buckets,) base units each."""
    rows = with_effects(stream_rows(plant, timeline), plant, timeline, lookup)
    return {key: by_bucket(row, timeline) for key, row in sorted(rows.items())}


def _consume(order: Demand, projected: dict[Key, Ints], lookup: Lookup, timeline: Timeline) -> None:
    """Take an order's quantity out of the projections around its due date."""
    open_quantity = order.quantity
    groups = ((order.item, group) for group in ancestry(lookup, order.customer))
    own = next((key for key in groups if key in projected), None)
    keys = [key for key in projected if key[0] == order.item] if own is None else [own]
    due_day = timeline.clock.ordinal(order.due - 1)
    backward, forward = windows(lookup, order.customer)
    begins, ends = timeline.first_day, timeline.first_day + timeline.days
    near = order.bucket
    back = [t for t in range(near, -1, -1) if ends[t] > due_day - backward]
    ahead = [t for t in range(near + 1, len(timeline)) if begins[t] <= due_day + forward]
    for bucket in (*back, *ahead):
        for key in keys:
            taken = min(open_quantity, int(projected[key][bucket]))
            projected[key][bucket] -= taken
            open_quantity -= taken
        if not open_quantity:
            return


def windows(lookup: Lookup, customer: str) -> tuple[int, int]:
    """Days backward and forward in which a customer's orders consume projections."""
    rules = lookup.plant.consumption
    backward = inherited(lookup, customer, "backward_days")
    forward = inherited(lookup, customer, "forward_days")
    return (
        rules.backward_days if backward is None else int(backward),
        rules.forward_days if forward is None else int(forward),
    )


def _rates(
    lookup: Lookup, item: str, customer: str, worth: Fraction, order: Order | None = None
) -> tuple[Fraction, Fraction]:
    """Late and lost rates per unit that is sold at a price (docs/model.md, section 8).

    The item's weight multiplies what an order states as well: else an item sold by orders alone would not
    answer to it.
    """
    costs, weight = lookup.plant.costs, lookup.items[item].positioning_weight
    late: Fraction | int | None = None if order is None else order.late_cost_per_day
    lost: Fraction | int | None = None if order is None else order.lost_cost
    late = inherited(lookup, customer, "late_cost_per_day") if late is None else late
    lost = inherited(lookup, customer, "lost_cost") if lost is None else lost
    rates = (
        Fraction(worth * costs.late_rate_per_day if late is None else late),
        Fraction(worth * costs.lost_rate if lost is None else lost),
    )
    return weight * rates[0], weight * rates[1]


def _transit(lookup: Lookup, customer: str) -> int:
    return lookup.customers[customer].transit_days * 1440 if customer in lookup.customers else 0


def _of_order(order: Order, lookup: Lookup, timeline: Timeline) -> Demand:
    price = price_at(lookup, order.item, order.customer, order.due) if order.price is None else order.price
    late, lost = _rates(lookup, order.item, order.customer, price, order)
    priority = inherited(lookup, order.customer, "priority")
    return Demand(
        order.order, order.item, order.quantity, order.due,
        timeline.bucket_of_end(max(order.due, 0)), order.customer,
        order.priority if priority is None or order.priority != 5 else ceil_fraction(Fraction(priority)),
        late, lost, _transit(lookup, order.customer), order.min_shipment, order.ship_from, True,
    )  # fmt: skip


def of_projection(
    item: str, segment: str, quantities: Ints, lookup: Lookup, timeline: Timeline
) -> list[Demand]:
    """Return what is projected of an item as something to deliver: (buckets,) base units, those above 0."""
    priority, transit = inherited(lookup, segment, "priority"), _transit(lookup, segment)
    urgency = 9 if priority is None else ceil_fraction(Fraction(priority))
    starts, ends, units = (table.tolist() for table in (timeline.starts, timeline.ends, quantities))
    worth, rates, found = None, (Fraction(0), Fraction(0)), []
    for bucket in np.flatnonzero(quantities).tolist():
        # Prices hold for months: rates are worked out where one begins.
        price = price_at(lookup, item, segment, starts[bucket])
        if price is not worth:
            worth, rates = price, _rates(lookup, item, segment, price)
        found.append(
            Demand(
                f"P:{item}:{segment}:{bucket}", item, units[bucket], ends[bucket], bucket, segment,
                urgency, *rates, transit,
            )
        )  # fmt: skip
    return found
