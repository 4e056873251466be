"""Order promising: the earliest date and the price of a new order on the current plan."""

from __future__ import annotations

from collections.abc import Iterable

from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.promise.desk import Desk
from capacityplan.promise.promote import Promoted, promote
from capacityplan.promise.reservations import Reservation, Reservations
from capacityplan.promise.stops import Stop
from capacityplan.promise.trials import Uplift
from capacityplan.promise.types import Alternative, Answer, Displaced, Moved, Promise, Request, Shipment

__all__ = [
    "Alternative", "Answer", "Desk", "Displaced", "Moved", "Promise", "Promoted", "Request",
    "Reservation", "Reservations", "Shipment", "Stop", "Uplift", "promise", "promote",
]  # fmt: skip


def promise(plant: Plant, plan: Plan, request: Request, reserved: Iterable[Request] = ()) -> Promise:
    """Promise one order; keep a `Desk` where there are more.

    Parameters
    ----------
    plant : Plant
    plan : Plan
        Verified.
    request : Request
    reserved : iterable of Request
        Orders promised before.

    Returns
    -------
    Promise
    """
    return Desk(plant, plan, reserved).promise(request)
