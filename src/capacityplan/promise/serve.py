"""One order put into a plan: projections it consumes give way, the rest comes from free capacity."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from capacityplan.demand import Demand, net
from capacityplan.demand.choice import fix
from capacityplan.domain.plan import Delivery, Lost, Plan
from capacityplan.domain.plant import Order, Plant
from capacityplan.domain.timeline import Timeline
from capacityplan.solve.insert import Board, Supply, assembled
from capacityplan.solve.insert.levels import DELIVERY, Event
from capacityplan.solve.insert.supply import Window

_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Served:
    """An order in a plan that is not verified yet.

    Attributes
    ----------
    deliveries : tuple of Delivery
        To the order.
    """

    plant: Plant
    plan: Plan
    board: Board
    order: Order
    delivery: Delivery
    bucket: int


def serve(
    board: Board, plant: Plant, plan: Plan, order: Order, by: int | None, window: Window, prefix: str
) -> Served | None:
    """Serve a whole order in one shipment, as early as it can be but not before it is wanted.

    Parameters
    ----------
    board : Board
        Of plant and plan; not changed.
    order : Order
        Its due date is set to what is found where it cannot be served by ``by``.
    """
    timeline = board.timeline
    if by is not None and by > timeline.horizon_end:
        return None
    wanted = 0 if by is None else timeline.bucket_of_end(max(by, 0))
    for _ in range(_ROUNDS):
        in_time = by is not None and timeline.bucket_of_end(max(by, 0)) == wanted
        due = by if by is not None and in_time else int(timeline.ends[wanted])
        dated = replace(order, due=due)
        ordered = replace(plant, orders=(*plant.orders, dated))
        demands = demands_of(ordered, plan, timeline)
        demand = demands[order.order]
        trial = board.copy()
        deliveries, lost = given_way(trial, plan, demands)
        names = frozenset(row.lot for row in plan.lots) | {row.purchase for row in plan.purchases}
        supply = Supply(prefix, names, window)
        minute = supply.obtain(trial, order.item, order.quantity, 1, DELIVERY)
        if minute is None:
            return None
        found = _shipped(trial, order, demand, minute, wanted)
        if found is None:
            return None
        delivery, bucket = found
        if bucket > wanted:
            wanted = bucket
            continue
        trial.event(order.item, Event(delivery.ship, timeline.bucket_of_end(delivery.ship), DELIVERY,
                                      delivery.quantity))  # fmt: skip
        made = assembled(trial, (*deliveries, delivery), lost)
        return Served(ordered, made, trial, dated, delivery, bucket)
    return None


def demands_of(plant: Plant, plan: Plan, timeline: Timeline) -> dict[str, Demand]:
    """Demand of a plant as the plan's choices of proposals make it."""
    return {row.demand: row for row in net(fix(plant, plan.choices), timeline)}


def _shipped(
    board: Board, order: Order, demand: Demand, minute: int, wanted: int
) -> tuple[Delivery, int] | None:
    """Ship what is free from a minute on, so that it arrives in the wanted bucket or later."""
    timeline = board.timeline
    ship = max(minute, int(timeline.starts[wanted]) + 1 - demand.transit, 1)
    if ship > minute:
        later = board.levels[order.item].earliest(order.quantity, ship, DELIVERY)
        if later is None:
            return None
        ship = later
    bucket = timeline.bucket_of_end(ship + demand.transit)
    if bucket >= len(timeline):
        return None
    delivery = Delivery(order.order, order.item, order.quantity, ship, ship + demand.transit)
    return delivery, bucket


def given_way(
    board: Board, plan: Plan, demands: dict[str, Demand]
) -> tuple[tuple[Delivery, ...], tuple[Lost, ...]]:
    """Cut what was meant for projections down to what orders leave of them; the stock is free again.

    What was given up goes first, then the latest deliveries.
    """
    total: dict[str, int] = {}
    for row in plan.deliveries:
        total[row.demand] = total.get(row.demand, 0) + row.quantity
    for gone in plan.lost:
        total[gone.demand] = total.get(gone.demand, 0) + gone.quantity
    excess = {
        name: quantity - (demands[name].quantity if name in demands else 0)
        for name, quantity in total.items()
    }
    excess = {name: more for name, more in excess.items() if more > 0}
    lost = tuple(_less(plan.lost, excess))
    kept = []
    for row in sorted(plan.deliveries, key=lambda row: -row.ship):
        cut = min(excess.get(row.demand, 0), row.quantity)
        if cut:
            excess[row.demand] -= cut
            bucket = board.timeline.bucket_of_end(row.ship)
            board.event(row.item, Event(row.ship, bucket, DELIVERY, row.quantity), -1)
            if cut < row.quantity:
                board.event(row.item, Event(row.ship, bucket, DELIVERY, row.quantity - cut))
        if cut < row.quantity:
            kept.append(replace(row, quantity=row.quantity - cut))
    return tuple(reversed(kept)), lost


def _less(rows: Iterable[Lost], excess: dict[str, int]) -> Iterable[Lost]:
    for row in rows:
        cut = min(excess.get(row.demand, 0), row.quantity)
        if cut:
            excess[row.demand] -= cut
        if cut < row.quantity:
            yield replace(row, quantity=row.quantity - cut)
