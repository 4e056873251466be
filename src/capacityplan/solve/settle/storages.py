"""Purchases cut back, and lots left out, where a storage would hold more than it can."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Plan, Purchase
from capacityplan.domain.plant import Plant, Storage
from capacityplan.prepare import order_sizes
from capacityplan.solve.types import LotPlan, PlannedLot
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
    inside = _inside(case, storage)
    orders = sorted(
        (row for row in case.plan.purchases if row.item in inside and row.arrives >= timeline.window_end),
        key=lambda row: (row.arrives, row.purchase),
    )
    taken = 0
    for bucket, over in enumerate(_excess(case, storage)):
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
    tiers = order_sizes.valid(lookup.offers[row.supplier, row.item], row.order_by)
    return order_sizes.most(tiers, max(now - over, 0))


def unstorable(plant: Plant, plan: Plan, lots: LotPlan) -> frozenset[str]:
    """Find lots of the tail to leave out so that nothing is stored without a place.

    Parameters
    ----------
    plan : Plan
        What the lots came to.

    Returns
    -------
    frozenset of str
        Latest lots before the first bucket at whose end a storage is too full, those first whose
        quantity nothing takes in the rest of the horizon.
    """
    case = Case(plant, plan)
    return frozenset(name for storage in plant.storages for name in _too_many(case, storage, lots))


def _too_many(case: Case, storage: Storage, lots: LotPlan) -> list[str]:
    excess = _excess(case, storage)
    over = max(excess)
    if over <= 0:
        return []
    first = next(bucket for bucket, units in enumerate(excess) if units > 0)
    made, inside = {lot.lot for lot in case.plan.lots}, _inside(case, storage)
    chosen = [
        wish
        for wish in lots.lots
        if wish.lot.item in inside
        and wish.lot.lot in made
        and wish.start_bucket >= case.timeline.window_buckets
        and wish.end_bucket <= first
    ]
    chosen.sort(key=lambda wish: (_is_taken(case, wish), -wish.end_bucket, wish.lot.lot))
    gone = []
    for wish in chosen:
        if over <= 0:
            break
        over -= wish.lot.quantity // case.lookup.scale[wish.lot.item]
        gone.append(wish.lot.lot)
    return gone


def _is_taken(case: Case, wish: PlannedLot) -> bool:
    """Whether something would lack the lot later on."""
    return int(case.stocks.unrestricted[wish.lot.item][wish.end_bucket :].min()) < wish.lot.quantity


def _inside(case: Case, storage: Storage) -> set[str]:
    return {row.item for row in case.plant.items if row.storage == storage.storage}


def _excess(case: Case, storage: Storage) -> list[Fraction]:
    """What a storage would hold beyond its capacity at each bucket's end."""
    return [units - storage.capacity for units in case.stored(storage.storage)]


def lessened(purchases: Iterable[Purchase], left: Mapping[str, int]) -> tuple[Purchase, ...]:
    """Cut purchases back to what is left of them."""
    rows = ((row, left.get(row.purchase, row.quantity)) for row in purchases)
    return tuple(replace(row, quantity=quantity) for row, quantity in rows if quantity)
