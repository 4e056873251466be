"""Deliveries that give way to an order, and what they get instead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from capacityplan.demand import Demand
from capacityplan.domain.plan import Delivery, Lost
from capacityplan.domain.plant import LockKind, Order
from capacityplan.solve.insert import Board
from capacityplan.solve.insert.levels import DELIVERY, Event


def shipped(board: Board, row: Delivery) -> Event:
    """Change of stock by a delivery."""
    return Event(row.ship, board.timeline.bucket_of_end(row.ship), DELIVERY, row.quantity)


def make_way(
    board: Board, deliveries: tuple[Delivery, ...], demands: dict[str, Demand], order: Order, latest: int
) -> tuple[list[Delivery], list[Delivery]]:
    """Take deliveries away until the order fits, or all of them; what is kept and what is displaced."""
    kept = list(deliveries)
    displaced: list[Delivery] = []
    for row in by_pain(board, deliveries, demands, order.item):
        found = board.levels[order.item].earliest(order.quantity, 1, DELIVERY)
        if found is not None and found <= latest:
            return kept, displaced
        kept.remove(row)
        displaced.append(row)
        board.event(order.item, shipped(board, row), -1)
    return kept, displaced


def by_pain(
    board: Board, deliveries: Iterable[Delivery], demands: dict[str, Demand], item: str
) -> list[Delivery]:
    """Deliveries of an item that may give way: projections first, the cheapest to disappoint first."""
    locked = {lock.object for lock in board.case.locks(LockKind.ORDER)}

    def pain(row: Delivery) -> tuple[bool, object, int]:
        demand = demands[row.demand]
        return demand.is_order, demand.late_rate + demand.lost_rate, -row.ship

    return sorted((row for row in deliveries if row.item == item and row.demand not in locked), key=pain)


def shared(
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
                board.event(row.item, shipped(board, again))
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
