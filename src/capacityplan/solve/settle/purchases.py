"""Purchases raised to what the tail's lots really take (lots are integers, wishes were not)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.naming import mark
from capacityplan.domain.plan import Purchase
from capacityplan.domain.plant import StockStatus
from capacityplan.domain.timeline import Ints, Timeline
from capacityplan.prepare.facts import week_of
from capacityplan.prepare.lotflow import accept, brought, comes_beside, consumption
from capacityplan.prepare.purchasing import Arrival, Tier
from capacityplan.solve.settle.facts import WindowFacts
from capacityplan.solve.settle.stock import NEVER
from capacityplan.solve.types import PlannedLot
from capacityplan.units import MINUTES_PER_DAY, ceil_div, floor_product


def topped_up(
    lookup: Lookup,
    timeline: Timeline,
    purchases: tuple[Purchase, ...],
    facts: WindowFacts,
    wishes: tuple[PlannedLot, ...],
    possible: Iterable[Arrival],
    short: Mapping[tuple[str, int], int],
) -> tuple[Purchase, ...]:
    """Raise purchases that arrive in the tail (or add some) where the tail's lots fall short.

    Only purchases that a supplier can still deliver are touched; what no supplier can deliver in
    time stays short, and the lots wait.

    Parameters
    ----------
    possible : iterable of Arrival
        When which supplier can deliver.
    short : dict of (item, bucket) to base units
        What lots lacked when the plan was last settled.
    """
    balance = _balance(lookup, timeline, purchases, facts, wishes)
    orders = Orders(lookup, timeline, possible, purchases)
    bought = {item for _, item in lookup.offers}
    for item in sorted(bought & set(balance)):
        for bucket in range(timeline.window_buckets, len(timeline)):
            missing = -int(balance[item][bucket])
            if missing > 0:
                balance[item][bucket:] += orders.cover(item, bucket, missing)
    for (item, bucket), missing in sorted(short.items(), key=lambda row: (row[0][1], row[0][0])):
        orders.cover(item, bucket, missing)
    return tuple(orders.purchases)


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
    for made in facts.lots:
        for taking in made.takings:
            change[taking.component][timeline.bucket_of_start(taking.minute)] -= taking.quantity
    for item, quantity, bucket in (
        *_given(lookup, timeline), *_bought(timeline, purchases), *_made(lookup, timeline, facts, wishes)
    ):  # fmt: skip
        change[item][min(bucket, len(timeline))] += quantity
    return {item: np.cumsum(change[item][:-1]) for item in touched}


def _given(lookup: Lookup, timeline: Timeline) -> Iterator[tuple[str, int, int]]:
    """Item, quantity and bucket of stock and scheduled receipts."""
    for stock in lookup.plant.stock:
        if stock.status is not StockStatus.BLOCKED:
            yield stock.item, stock.quantity, timeline.bucket_of_start(stock.since)
    for receipt in lookup.plant.receipts:
        if not receipt.operation:
            yield receipt.item, receipt.quantity, timeline.bucket_of_start(max(receipt.due, 0))


def _bought(timeline: Timeline, purchases: tuple[Purchase, ...]) -> Iterator[tuple[str, int, int]]:
    for row in purchases:
        yield row.item, row.quantity, timeline.bucket_of_start(row.arrives)


def _made(
    lookup: Lookup, timeline: Timeline, facts: WindowFacts, wishes: tuple[PlannedLot, ...]
) -> Iterator[tuple[str, int, int]]:
    """The same of lots: items can be made and bought."""
    for made in facts.lots:
        yield made.lot.item, made.good, timeline.bucket_of_start(made.completed)
        for component, quantity in made.beside:
            yield component, quantity, timeline.bucket_of_start(made.completed)
    for wish in wishes:
        lot = wish.lot
        if lookup.routings.get((lot.item, lot.version)):
            yield lot.item, brought(lookup, lot.item, lot.version, lot.quantity), wish.end_bucket
            for component, quantity in comes_beside(lookup, lot.item, lot.version, lot.quantity):
                yield component, quantity, wish.end_bucket


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
        quantity = floor_product(quantity, operation.yield_fraction)
    return needs


class Orders:
    """Purchase orders that can be raised or added, one by one, where they cost least."""

    def __init__(
        self,
        lookup: Lookup,
        timeline: Timeline,
        possible: Iterable[Arrival],
        purchases: tuple[Purchase, ...],
    ) -> None:
        self._lookup = lookup
        self._timeline = timeline
        self.purchases = list(purchases)
        self._possible: dict[str, list[Arrival]] = defaultdict(list)
        for arrival in possible:
            self._possible[arrival.item].append(arrival)
        self._names = {row.purchase for row in purchases}
        self._mark = mark(lookup.plant)

    def cover(self, item: str, bucket: int, short: int) -> int:
        """Order what is missing in a tail bucket as far as suppliers can; return what it brings."""
        brought = 0
        while brought < short:
            options = [
                option
                for arrival in self._possible[item]
                if arrival.released <= bucket and self._keeps(arrival, bucket)
                for option in self._options(arrival, short - brought, bucket)
            ]
            if not options:
                break
            brought += self._order(min(options, key=lambda row: row.rank))
        return brought

    def _keeps(self, arrival: Arrival, bucket: int) -> bool:
        """Whether what arrives can still be used in the bucket."""
        days = self._lookup.items[arrival.item].shelf_life_days
        start = int(self._timeline.starts[bucket])
        return days is None or arrival.minute + days * MINUTES_PER_DAY > start

    def _options(self, arrival: Arrival, short: int, bucket: int) -> Iterator[_Option]:
        """Ways to get more by an arrival: by its order if there is one, else by a new order."""
        index = self._existing(arrival)
        before = 0 if index is None else self.purchases[index].quantity
        most = before + self._week_left(arrival)
        if arrival.bucket < self._timeline.window_buckets:
            return
        scale = self._lookup.scale[arrival.item]
        held = self._lookup.holding_rate(arrival.item) * int(
            self._timeline.first_day[bucket] - self._timeline.first_day[arrival.bucket]
        )
        paid = self._price(arrival, before) if index is not None else Fraction(0)
        wanted = min(before + _gross(arrival, short), most)
        for place, tier in enumerate(arrival.tiers):
            offer = tier.offer
            step = max(offer.order_multiple, 1)
            least = max(wanted, offer.from_quantity, offer.min_order, before + 1)
            quantity = ceil_div(least, step) * step
            if quantity > most:
                quantity = most // step * step
            later = arrival.tiers[place + 1 :]
            fits = max(offer.from_quantity, offer.min_order, before + 1) <= quantity
            if not fits or any(quantity >= row.offer.from_quantity for row in later):
                continue
            more = quantity - before
            cost = self._price(arrival, quantity) - paid + held * Fraction(more, scale)
            covered = min(accept(more, arrival.inspections), short)
            if covered > 0:
                yield _Option(
                    (cost / covered, arrival.minute, arrival.supplier), arrival, tier, quantity, index
                )

    def _existing(self, arrival: Arrival) -> int | None:
        """The order that comes with an arrival already, if any."""
        for index, row in enumerate(self.purchases):
            if (row.supplier, row.item, row.arrives) == (arrival.supplier, arrival.item, arrival.minute):
                return index
        return None

    def _price(self, arrival: Arrival, quantity: int) -> Fraction:
        """Price, ordering and inspection of an order of a quantity."""
        reached = [tier.offer for tier in arrival.tiers if tier.offer.from_quantity <= quantity]
        if not reached:
            return Fraction(0)
        fees = sum((row.cost_per_lot for row in arrival.inspections), Fraction(0))
        units = Fraction(quantity, self._lookup.scale[arrival.item])
        return units * reached[-1].price + reached[-1].order_cost + fees

    def _week_left(self, arrival: Arrival) -> int:
        """What a supplier can still deliver of an item in the week of an arrival."""
        limits = [row.offer.capacity_per_week for row in arrival.tiers]
        known = [limit for limit in limits if limit is not None]
        if not known:
            return NEVER
        taken = sum(
            row.quantity
            for row in self.purchases
            if (row.supplier, row.item) == (arrival.supplier, arrival.item)
            and week_of(self._timeline, row.arrives) == arrival.week
        )
        return max(0, min(known) - taken)

    def _order(self, option: _Option) -> int:
        """Place an order or raise it; return the quantity that will be usable."""
        arrival, quantity = option.arrival, option.quantity
        if option.index is not None:
            row = self.purchases[option.index]
            order_by = min(row.order_by, option.tier.order_by)
            self.purchases[option.index] = replace(row, quantity=quantity, order_by=order_by)
            return accept(quantity - row.quantity, arrival.inspections)
        number = len(self.purchases) + 1
        while f"PO-T{self._mark}{number}" in self._names:
            number += 1
        name = f"PO-T{self._mark}{number}"
        self._names.add(name)
        self.purchases.append(
            Purchase(name, arrival.supplier, arrival.item, quantity, option.tier.order_by, arrival.minute)
        )
        return accept(quantity, arrival.inspections)


@dataclass(frozen=True, slots=True)
class _Option:
    """An order and its rank: cost per unit of what is missing, then the earlier."""

    rank: tuple[Fraction, int, str]
    arrival: Arrival
    tier: Tier
    quantity: int
    index: int | None


def _gross(arrival: Arrival, net: int) -> int:
    """Least quantity of which so much passes incoming inspection."""
    low, high = net, net
    while accept(high, arrival.inspections) < net:
        high = 2 * high + 1
    while low < high:
        middle = (low + high) // 2
        if accept(middle, arrival.inspections) < net:
            low = middle + 1
        else:
            high = middle
    return low
