"""Lots that yesterday's plan makes and today's storages have no room for."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.solve.types import LotPlan, PlannedLot
from capacityplan.verify.case import Case


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
    return frozenset(
        name for row in plant.storages for name in _too_many(case, row.storage, row.capacity, lots)
    )


def _too_many(case: Case, storage: str, capacity: Fraction, lots: LotPlan) -> list[str]:
    full = [(bucket, units) for bucket, units in enumerate(case.stored(storage)) if units > capacity]
    if not full:
        return []
    first = full[0][0]
    over = max(units for _, units in full) - capacity
    made = {lot.lot: lot for lot in case.plan.lots}
    inside = {row.item for row in case.plant.items if row.storage == storage}
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


def without(lots: LotPlan, names: frozenset[str]) -> LotPlan:
    """Return a lot plan without some of its lots."""
    return replace(lots, lots=tuple(wish for wish in lots.lots if wish.lot.lot not in names))
