"""An order forced in by its date: what is planned for other demand of the item gives way."""

from __future__ import annotations

from dataclasses import replace

from capacityplan.demand import Demand
from capacityplan.domain.plan import Delivery, Lost, Plan
from capacityplan.domain.plant import LockKind, Order, Plant
from capacityplan.promise.serve import Served, demands_of, given_way
from capacityplan.solve.insert import Board, Supply, assembled
from capacityplan.solve.insert.levels import DELIVERY, Event


def forced(
    board: Board, plant: Plant, plan: Plan, order: Order, by: int, makes: bool = True
) -> Served | None:
    """Serve an order in full by its date out of what others of the item were to get.

    The cheapest to disappoint give way first, projections before orders; what they lose is made
    or shipped again as early as it can be, or given up where that costs less.

    Parameters
    ----------
    makes : bool
        Whether more may be made for those who give way; otherwise they share what is left.
    """
    timeline = board.timeline
    bucket = timeline.bucket_of_end(max(by, 0))
    if bucket >= len(timeline):
        return None
    dated = replace(order, due=by)
    ordered = replace(plant, orders=(*plant.orders, dated))
    demands = demands_of(ordered, plan, timeline)
    trial = board.copy()
    deliveries, lost = given_way(trial, plan, demands)
    transit = demands[order.order].transit
    latest = int(timeline.ends[bucket]) - transit
    ship = max(int(timeline.starts[bucket]) + 1 - transit, 1)
    taken = _make_way(trial, deliveries, demands, order, latest)
    if taken is None:
        return None
    kept, displaced = taken
    found = trial.levels[order.item].earliest(order.quantity, ship, DELIVERY)
    if found is None or found > latest:
        return None
    delivery = Delivery(order.order, order.item, order.quantity, found, found + transit)
    trial.event(order.item, _event(trial, delivery))
    if makes:
        served, given_up = _serve_again(trial, plan, demands, displaced, f"{order.order}-")
    else:
        served, given_up = _shared(trial, demands, displaced)
    made = assembled(trial, (*kept, delivery, *served), (*lost, *given_up))
    return Served(ordered, made, trial, dated, delivery, bucket)


def _event(board: Board, row: Delivery) -> Event:
    return Event(row.ship, board.timeline.bucket_of_end(row.ship), DELIVERY, row.quantity)


def _make_way(
    board: Board, deliveries: tuple[Delivery, ...], demands: dict[str, Demand], order: Order, latest: int
) -> tuple[list[Delivery], list[Delivery]] | None:
    """Take deliveries away until the order fits; what is kept and what is displaced."""
    locked = {lock.object for lock in board.case.locks(LockKind.ORDER)}

    def pain(row: Delivery) -> tuple[bool, object, int]:
        demand = demands[row.demand]
        return demand.is_order, demand.late_rate + demand.lost_rate, -row.ship

    others = [row for row in deliveries if row.item == order.item and row.demand not in locked]
    kept = list(deliveries)
    displaced: list[Delivery] = []
    for row in sorted(others, key=pain):
        found = board.levels[order.item].earliest(order.quantity, 1, DELIVERY)
        if found is not None and found <= latest:
            return kept, displaced
        kept.remove(row)
        displaced.append(row)
        board.event(order.item, _event(board, row), -1)
    found = board.levels[order.item].earliest(order.quantity, 1, DELIVERY)
    return (kept, displaced) if found is not None and found <= latest else None


def _serve_again(
    board: Board, plan: Plan, demands: dict[str, Demand], displaced: list[Delivery], prefix: str
) -> tuple[list[Delivery], list[Lost]]:
    """Ship to the displaced again, those first whom it would hurt most."""
    timeline = board.timeline
    names = frozenset(row.lot for row in plan.lots) | {row.purchase for row in plan.purchases}
    supply = Supply(prefix, names)
    served: list[Delivery] = []
    lost: dict[str, int] = {}
    ordered = sorted(displaced, key=lambda row: (-demands[row.demand].late_rate, row.ship))
    for row in ordered:
        demand = demands[row.demand]
        trial = board.copy()
        minute = supply.obtain(trial, row.item, row.quantity, max(row.ship, 1), DELIVERY)
        arrive = None if minute is None else minute + demand.transit
        if minute is None or arrive is None or not _worth(board, demand, arrive):
            lost[row.demand] = lost.get(row.demand, 0) + row.quantity
            continue
        board.become(trial)
        again = replace(row, ship=minute, arrive=arrive)
        board.event(row.item, Event(minute, timeline.bucket_of_end(minute), DELIVERY, row.quantity))
        served.append(again)
    return served, [Lost(name, quantity) for name, quantity in lost.items()]


def _shared(
    board: Board, demands: dict[str, Demand], displaced: list[Delivery]
) -> tuple[list[Delivery], list[Lost]]:
    """Ship what is left to the displaced, those first whom it would hurt most; the rest late or never."""
    served: list[Delivery] = []
    lost: list[Lost] = []
    for row in sorted(displaced, key=lambda row: (-demands[row.demand].late_rate, row.ship)):
        demand, ship = demands[row.demand], max(row.ship, 1)
        now = min(board.levels[row.item].free(ship, DELIVERY), row.quantity)
        for quantity in (now, row.quantity - now):
            minute = board.levels[row.item].earliest(quantity, ship, DELIVERY) if quantity else None
            if minute is not None and _worth(board, demand, minute + demand.transit):
                again = replace(row, quantity=quantity, ship=minute, arrive=minute + demand.transit)
                board.event(row.item, _event(board, again))
                served.append(again)
            elif quantity:
                lost.append(Lost(row.demand, quantity))
    return served, lost


def _worth(board: Board, demand: Demand, arrive: int) -> bool:
    """Whether delivering late costs less than giving up."""
    timeline = board.timeline
    arrival = timeline.bucket_of_end(arrive)
    if arrival >= len(timeline):
        return False
    days = sum(timeline.days_late(demand.due, past) for past in range(demand.bucket, arrival))
    return demand.late_rate * days < demand.lost_rate or not days
