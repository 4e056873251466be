"""Net demand: orders keep their identity, projections are what orders have not consumed.

Each projection is due evenly over its dates; approved promotions raise it (and dip it after);
the consensus of a bucket is the weighted sum of all rows, rounded to a base unit; orders then
consume the consensus of their own segment (or the nearest parent that is projected; of all
segments where none is), backward and then forward in time within the plant's windows (APICS
forecast consumption).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Order, Plant
from capacityplan.domain.timeline import Ints, Timeline
from capacityplan.units import ceil_fraction

_MILLION = 1_000_000
_CHUNK = 1_000_000


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
        Money per *unit* and day late; money per unit lost.
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
    timeline = timeline or Timeline.of(plant)
    lookup = Lookup(plant)
    orders = [
        _of_order(order, lookup, timeline) for order in plant.orders if order.due <= timeline.horizon_end
    ]
    consensus = _consensus(plant, timeline)
    for order in sorted(orders, key=lambda row: (row.due, row.demand)):
        _consume(order, consensus, lookup, timeline)
    rest = []
    for (item, segment), quantities in consensus.items():
        for bucket in np.flatnonzero(quantities).tolist():
            rest.append(_of_projection(item, segment, bucket, int(quantities[bucket]), lookup, timeline))
    return (*orders, *rest)


def _consensus(plant: Plant, timeline: Timeline) -> dict[tuple[str, str], Ints]:
    """Weighted projections by item and segment: (buckets,) base units each."""
    rows = plant.projections
    if not len(rows):
        return {}
    names = rows.names
    first = int(timeline.first_day[0])
    last = int(timeline.first_day[-1] + timeline.days[-1])
    keys, group = np.unique(rows.item * len(names) + rows.segment, return_inverse=True)
    daily = np.zeros((len(keys), last - first), dtype=np.int64)
    for begin in range(0, len(rows), _CHUNK):
        part = slice(begin, begin + _CHUNK)
        _spread(daily, group[part], rows.start[part] - first, rows.end[part] - first,
                rows.quantity[part] * rows.weight_millionths[part])  # fmt: skip
    out: dict[tuple[str, str], Ints] = {}
    edges = (timeline.first_day - first).tolist()
    for index, key in enumerate(keys.tolist()):
        item, segment = names[key // len(names)], names[key % len(names)]
        promoted = _promote(daily[index], item, segment, plant, timeline, first)
        # Rounding the running total keeps the sum over the horizon true to half a base unit.
        total = np.concatenate([[0], np.cumsum(promoted)])
        rounded = (total[[*edges, last - first]] + _MILLION // 2) // _MILLION
        out[item, segment] = np.diff(rounded)
    return out


def _spread(daily: Ints, group: Ints, start: Ints, end: Ints, amount: Ints) -> None:
    """Add rows evenly over their days, exactly: day k of n gets floor shares that sum to the row."""
    length = end - start + 1
    size = daily.shape[1]
    for offset in range(int(length.max(initial=0))):
        live = offset < length
        day = start[live] + offset
        before = amount[live] // length[live] * offset + amount[live] % length[live] * offset // length[live]
        after = (
            amount[live] // length[live] * (offset + 1)
            + amount[live] % length[live] * (offset + 1) // length[live]
        )
        inside = (day >= 0) & (day < size)
        np.add.at(daily, (group[live][inside], day[inside]), (after - before)[inside])


def _promote(row: Ints, item: str, segment: str, plant: Plant, timeline: Timeline, first: int) -> Ints:
    """Apply approved promotions to a row of daily demand (millionths of a base unit)."""
    promoted = row.copy()
    for promotion in plant.promotions:
        if promotion.item != item or promotion.status != "approved":
            continue
        if promotion.segment and promotion.segment != segment:
            continue
        begin = timeline.clock.ordinal(promotion.start) - first
        stop = timeline.clock.ordinal(promotion.end - 1) - first + 1
        _scale(promoted, row, begin, stop, promotion.uplift_fraction)
        _scale(promoted, row, stop, stop + promotion.dip_days, -promotion.dip_fraction)
    return np.maximum(promoted, 0)


def _scale(promoted: Ints, row: Ints, begin: int, stop: int, share: Fraction) -> None:
    part = slice(max(begin, 0), max(min(stop, len(row)), 0))
    promoted[part] += row[part] * share.numerator // share.denominator


def _consume(
    order: Demand, consensus: dict[tuple[str, str], Ints], lookup: Lookup, timeline: Timeline
) -> None:
    """Take an order's quantity out of the projections around its due date."""
    open_quantity = order.quantity
    groups = ((order.item, group) for group in _ancestry(lookup, order.customer))
    own = next((key for key in groups if key in consensus), None)
    keys = [key for key in consensus if key[0] == order.item] if own is None else [own]
    due_day = timeline.clock.ordinal(order.due - 1)
    begins, ends = timeline.first_day, timeline.first_day + timeline.days
    near = order.bucket
    back = [t for t in range(near, -1, -1) if ends[t] > due_day - lookup.plant.consumption.backward_days]
    ahead = [
        t
        for t in range(near + 1, len(timeline))
        if begins[t] <= due_day + lookup.plant.consumption.forward_days
    ]
    for bucket in (*back, *ahead):
        for key in keys:
            taken = min(open_quantity, int(consensus[key][bucket]))
            consensus[key][bucket] -= taken
            open_quantity -= taken
        if not open_quantity:
            return


def _ancestry(lookup: Lookup, customer: str) -> list[str]:
    """A customer or segment and its parents, nearest first."""
    line = [customer]
    while customer in lookup.customers and lookup.customers[customer].parent not in {"", *line}:
        customer = lookup.customers[customer].parent
        line.append(customer)
    return line


def _inherited(lookup: Lookup, customer: str, field: str) -> Fraction | int | None:
    """A customer's own value, or the nearest parent's."""
    for name in _ancestry(lookup, customer):
        value: Fraction | int | None = getattr(lookup.customers.get(name), field, None)
        if value is not None:
            return value
    return None


def _rates(lookup: Lookup, item: str, customer: str, price: Fraction | None) -> tuple[Fraction, Fraction]:
    """Default late and lost rates per unit (docs/model.md, section 8)."""
    row = lookup.items[item]
    costs = lookup.plant.costs
    worth = price if price is not None else (row.price if row.price is not None else row.unit_value)
    late = _inherited(lookup, customer, "late_cost_per_day")
    lost = _inherited(lookup, customer, "lost_cost")
    return (
        Fraction(worth * costs.late_rate_per_day if late is None else late),
        Fraction(worth * costs.lost_rate if lost is None else lost),
    )


def _transit(lookup: Lookup, customer: str) -> int:
    return lookup.customers[customer].transit_days * 1440 if customer in lookup.customers else 0


def _of_order(order: Order, lookup: Lookup, timeline: Timeline) -> Demand:
    late, lost = _rates(lookup, order.item, order.customer, order.price)
    inherited = _inherited(lookup, order.customer, "priority")
    return Demand(
        order.order, order.item, order.quantity, order.due,
        timeline.bucket_of_end(max(order.due, 0)), order.customer,
        order.priority if inherited is None or order.priority != 5 else ceil_fraction(Fraction(inherited)),
        late if order.late_cost_per_day is None else order.late_cost_per_day,
        lost if order.lost_cost is None else order.lost_cost,
        _transit(lookup, order.customer), order.min_shipment, order.ship_from, True,
    )  # fmt: skip


def _of_projection(
    item: str, segment: str, bucket: int, quantity: int, lookup: Lookup, timeline: Timeline
) -> Demand:
    late, lost = _rates(lookup, item, segment, None)
    inherited = _inherited(lookup, segment, "priority")
    return Demand(
        f"P:{item}:{segment}:{bucket}", item, quantity, int(timeline.ends[bucket]), bucket, segment,
        9 if inherited is None else ceil_fraction(Fraction(inherited)), late, lost, _transit(lookup, segment),
    )  # fmt: skip
