"""Purchases raised to what the tail's lots really take (lots are integers, wishes were not)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from fractions import Fraction

import numpy as np

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Purchase
from capacityplan.domain.plant import CalendarKind, ReceiptKind, StockStatus, SupplierOffer
from capacityplan.domain.timeline import Ints, Timeline, WorkingTime
from capacityplan.prepare.lotflow import consumption
from capacityplan.solve.settle.facts import WindowFacts
from capacityplan.solve.settle.stock import NEVER
from capacityplan.solve.types import PlannedLot
from capacityplan.units import MINUTES_PER_DAY, ceil_div, floor_fraction


def topped_up(
    lookup: Lookup,
    timeline: Timeline,
    purchases: tuple[Purchase, ...],
    facts: WindowFacts,
    wishes: tuple[PlannedLot, ...],
) -> tuple[Purchase, ...]:
    """Raise purchases that arrive in the tail (or add some) where the tail's lots fall short.

    Only purchases that a supplier can still deliver are touched; what no supplier can deliver in
    time stays short, and the lots wait.
    """
    balance = _balance(lookup, timeline, purchases, facts, wishes)
    bought = {item for _, item in lookup.offers}
    result = list(purchases)
    working = WorkingTime(lookup.plant, timeline)
    for item in sorted(bought & set(balance)):
        _cover(lookup, working, timeline, item, balance[item], result)
    return tuple(result)


def _balance(
    lookup: Lookup,
    timeline: Timeline,
    purchases: tuple[Purchase, ...],
    facts: WindowFacts,
    wishes: tuple[PlannedLot, ...],
) -> dict[str, Ints]:
    """Projected stock of every item taken by tail lots, deliveries left out: (buckets,) each."""
    change: dict[str, Ints] = defaultdict(lambda: np.zeros(len(timeline) + 1, dtype=np.int64))
    touched: set[str] = set()
    for wish in wishes:
        for component, quantity in _needs(lookup, wish):
            change[component][wish.start_bucket] -= quantity
            touched.add(component)
    for stock in lookup.plant.stock:
        if stock.status is not StockStatus.BLOCKED:
            change[stock.item][timeline.bucket_of_start(max(stock.available or 0, 0))] += stock.quantity
    for receipt in lookup.plant.receipts:
        if receipt.kind is ReceiptKind.PURCHASE:
            change[receipt.item][timeline.bucket_of_start(max(receipt.due, 0))] += receipt.quantity
    for purchase in purchases:
        change[purchase.item][timeline.bucket_of_start(purchase.arrives)] += purchase.quantity
    for made in facts.lots:
        for taking in made.takings:
            change[taking.component][timeline.bucket_of_start(taking.minute)] -= taking.quantity
    return {item: np.cumsum(change[item][:-1]) for item in touched}


def _needs(lookup: Lookup, wish: PlannedLot) -> list[tuple[str, int]]:
    lot = wish.lot
    item = lookup.items[lot.item]
    quantity, needs = lot.quantity, []
    for operation in lookup.routings.get((lot.item, lot.version), ()):
        for line in lookup.components.get((lot.item, lot.version, operation.operation), ()):
            per = line.quantity / line.per_quantity
            needs.append(
                (
                    line.component,
                    consumption(lookup, item, quantity, per, line.scrap_fraction, line.component),
                )
            )
        quantity = floor_fraction(quantity * operation.yield_fraction)
    return needs


def _cover(
    lookup: Lookup,
    working: WorkingTime,
    timeline: Timeline,
    item: str,
    balance: Ints,
    purchases: list[Purchase],
) -> None:
    for bucket in range(timeline.window_buckets, len(timeline)):
        short = -int(balance[bucket])
        if short <= 0:
            continue
        added = _raise_last(lookup, timeline, item, bucket, short, purchases)
        if not added:
            added = _add(lookup, working, timeline, item, bucket, short, purchases)
        balance[bucket:] += added


def _raise_last(
    lookup: Lookup, timeline: Timeline, item: str, bucket: int, short: int, purchases: list[Purchase]
) -> int:
    """Raise the last order that arrives in the tail by the bucket; return what it brings more."""
    candidates = [
        index
        for index, row in enumerate(purchases)
        if row.item == item and timeline.window_buckets <= timeline.bucket_of_start(row.arrives) <= bucket
    ]
    if not candidates:
        return 0
    index = max(candidates, key=lambda k: purchases[k].arrives)
    row = purchases[index]
    tier = lookup.offers[row.supplier, item][0]
    step = max(tier.order_multiple, 1)
    more = (
        min(ceil_div(short, step), _week_left(lookup, timeline, tier, row.arrives, purchases) // step) * step
    )
    purchases[index] = replace(row, quantity=row.quantity + more)
    return more


def _week(timeline: Timeline, minute: int) -> int:
    """Number of the week (Monday to Sunday) in which a minute lies."""
    return (timeline.clock.ordinal(minute) - 1) // 7


def _week_left(
    lookup: Lookup, timeline: Timeline, tier: SupplierOffer, arrives: int, purchases: list[Purchase]
) -> int:
    """What a supplier can still deliver of an item in the week of an arrival."""
    if tier.capacity_per_week is None:
        return NEVER
    week = _week(timeline, arrives)
    taken = sum(
        row.quantity
        for row in purchases
        if (row.supplier, row.item) == (tier.supplier, tier.item) and _week(timeline, row.arrives) == week
    )
    return max(0, tier.capacity_per_week - taken)


def delivers(working: WorkingTime, timeline: Timeline, tier: SupplierOffer, minute: int) -> bool:
    """Whether a supplier delivers on the day of a minute."""
    if not tier.calendar:
        return True
    clock = timeline.clock
    day = clock.ordinal(minute)
    opened = working.calendar(tier.calendar, CalendarKind.WORK, 1)
    return opened.open_minutes(clock.midnight(day), clock.midnight(day + 1)) > 0


def _open_day(lookup: Lookup, working: WorkingTime, timeline: Timeline, item: str, minute: int) -> int:
    """Start of the last day up to a minute on which some supplier of the item delivers."""
    offers = [tiers[0] for (_, name), tiers in lookup.offers.items() if name == item]
    clock = timeline.clock
    for back in range(7):
        day = clock.midnight(clock.ordinal(minute) - back)
        if day >= timeline.window_end and any(delivers(working, timeline, tier, day) for tier in offers):
            return day
    return minute


def _add(
    lookup: Lookup,
    working: WorkingTime,
    timeline: Timeline,
    item: str,
    bucket: int,
    short: int,
    purchases: list[Purchase],
) -> int:
    arrives = _open_day(lookup, working, timeline, item, int(timeline.starts[bucket]))
    options: list[tuple[Fraction, str, SupplierOffer, int]] = []
    for (supplier, name), tiers in lookup.offers.items():
        tier = tiers[0]
        order_by = arrives - tier.lead_time_days * MINUTES_PER_DAY
        late = tier.valid_from is not None and order_by < tier.valid_from
        over = tier.valid_to is not None and order_by >= tier.valid_to
        if name != item or order_by < 0 or late or over or not delivers(working, timeline, tier, arrives):
            continue
        step = max(tier.order_multiple, 1)
        quantity = ceil_div(max(short, tier.min_order, 1), step) * step
        quantity = min(quantity, _week_left(lookup, timeline, tier, arrives, purchases) // step * step)
        if quantity < max(tier.min_order, 1):
            continue
        options.append((quantity * tier.price + tier.order_cost, supplier, tier, quantity))
    if not options:
        return 0
    _, supplier, tier, quantity = min(options, key=lambda row: (row[0], row[1]))
    order_by = arrives - tier.lead_time_days * MINUTES_PER_DAY
    name = f"PO-T{len(purchases) + 1}"
    purchases.append(Purchase(name, supplier, item, quantity, order_by, arrives))
    return quantity
