"""Purchases cut back where a storage would hold more than it can."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Plan, Purchase
from capacityplan.domain.plant import Plant, Storage
from capacityplan.units import ceil_fraction
from capacityplan.verify.case import Case


def overfull(plant: Plant, plan: Plan) -> dict[str, int]:
    """Find what purchases of the tail have to bring less so that nothing is stored without a place.

    Returns
    -------
    dict
        Quantity left by purchase (base units, 0: not bought), of the latest purchases before each
        bucket at whose end a storage is too full. What lots then lack makes them wait.
    """
    case = Case(plant, plan)
    left: dict[str, int] = {}
    for storage in plant.storages:
        _relieve(case, storage, left)
    return left


def _relieve(case: Case, storage: Storage, left: dict[str, int]) -> None:
    timeline, lookup = case.timeline, case.lookup
    inside = {item.item for item in case.plant.items if item.storage == storage.storage}
    orders = sorted(
        (row for row in case.plan.purchases if row.item in inside and row.arrives >= timeline.window_end),
        key=lambda row: (row.arrives, row.purchase),
    )
    taken = 0
    for bucket, units in enumerate(case.stored(storage.storage)):
        over = units - storage.capacity
        if over <= 0:
            taken = 0
            continue
        for row in reversed(orders):
            if over <= taken:
                break
            now = left.get(row.purchase, row.quantity)
            if timeline.bucket_of_start(row.arrives) <= bucket and now:
                scale = lookup.scale[row.item]
                left[row.purchase] = _less(lookup, row, now, ceil_fraction((over - taken) * scale))
                taken += (now - left[row.purchase]) // scale


def _less(lookup: Lookup, row: Purchase, now: int, over: int) -> int:
    """Largest quantity that an offer allows and that is smaller by what is too much; else 0."""
    tier = lookup.offers[row.supplier, row.item][0]
    step = max(tier.order_multiple, 1)
    quantity = max(now - over, 0) // step * step
    return quantity if quantity >= max(tier.min_order, 1) else 0


def lessened(purchases: Iterable[Purchase], left: Mapping[str, int]) -> tuple[Purchase, ...]:
    """Cut purchases back to what is left of them."""
    rows = ((row, left.get(row.purchase, row.quantity)) for row in purchases)
    return tuple(replace(row, quantity=quantity) for row, quantity in rows if quantity)
