"""Storages that are too full on the first day, whatever a plan does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from fractions import Fraction

from capacityplan.conflict.flow import Must
from capacityplan.conflict.times import Times
from capacityplan.demand import Demand
from capacityplan.demand.choice import options
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Plant, ReceiptKind, Stage, StockStatus


def overflows(plant: Plant, lookup: Lookup, times: Times, demands: Iterable[Demand]) -> Iterator[Must]:
    """Yield what cannot be: more in a storage at the end of the first bucket than it holds.

    Counted is what comes by itself (stock, open purchases) and can leave only by a delivery.
    """
    if not plant.storages or options(plant):
        return
    used = {line.component for line in plant.bill_of_materials}
    first = int(times.timeline.ends[0])
    wanted: dict[str, int] = defaultdict(int)
    for row in demands:
        if int(times.timeline.starts[row.bucket]) - row.transit < first:
            wanted[row.item] += row.quantity
    for storage in plant.storages:
        least = Fraction(0)
        for item in plant.items:
            if item.storage == storage.storage and item.item not in used and item.shelf_life_days is None:
                there = sum(quantity for at, quantity in _settled(plant, lookup, item.item) if at < first)
                least += Fraction(max(0, there - wanted[item.item]), lookup.scale[item.item])
        if least > storage.capacity:
            yield Must(
                f"storage {storage.storage}: {float(least):g} units at the end of the first day", 1, ()
            )


def _settled(plant: Plant, lookup: Lookup, item: str) -> Iterator[tuple[int, int]]:
    """Stock and open purchase orders, with the minute from which they are there for certain."""
    for row in plant.stock:
        if row.item == item and row.status is not StockStatus.BLOCKED and row.expires is None:
            yield row.available or 0, row.quantity
    if not lookup.inspections(Stage.INCOMING, item):
        for receipt in plant.receipts:
            if receipt.item == item and receipt.kind is ReceiptKind.PURCHASE:
                yield max(receipt.due, 0), receipt.quantity
