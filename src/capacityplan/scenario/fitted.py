"""A plan for more demand than the plant has, made a plan of the plant.

What was delivered beyond the plant's demand serves what was to be late or lost; the rest stays in stock.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

from capacityplan.demand.netting import Demand
from capacityplan.domain.plan import Delivery, Lost, Plan
from capacityplan.domain.plant import Plant
from capacityplan.verify.case import Case


def fitted(plant: Plant, plan: Plan) -> Plan:
    """Cut deliveries and losses back to the plant's own demand, dearest lateness served first.

    Parameters
    ----------
    plant : Plant
    plan : Plan
        Of the plant with more demand.
    """
    case = Case(plant, replace(plan, deliveries=(), lost=()))
    left = {name: row.quantity for name, row in case.demand.items()}
    kept: list[Delivery] = []
    slots: dict[str, list[_Slot]] = defaultdict(list)
    for row in sorted(plan.deliveries, key=lambda row: (row.ship, row.arrive, row.demand)):
        quantity = min(row.quantity, left.get(row.demand, 0))
        if quantity:
            left[row.demand] -= quantity
            kept.append(replace(row, quantity=quantity))
        if quantity < row.quantity:
            slots[row.item].append(_Slot(row.ship, row.quantity - quantity))
    lost = {row.demand: min(row.quantity, left.get(row.demand, 0)) for row in plan.lost}
    deliveries = _Sooner(case, slots, lost).served(kept)
    provenance = replace(plan.provenance, plant_hash=plant.hash())
    return replace(
        plan,
        deliveries=tuple(deliveries),
        lost=tuple(Lost(name, quantity) for name, quantity in lost.items() if quantity),
        provenance=provenance,
    )


@dataclass(slots=True)
class _Slot:
    """A quantity that can be shipped from a minute on."""

    ship: int
    quantity: int


class _Sooner:
    """Late and lost demand gets what nobody wants, and gives back what it would have had later."""

    def __init__(self, case: Case, slots: dict[str, list[_Slot]], lost: dict[str, int]) -> None:
        self._case, self._slots, self._lost = case, slots, lost

    def served(self, kept: list[Delivery]) -> list[Delivery]:
        rows = sorted(
            kept, key=lambda row: (-self._case.demand[row.demand].late_rate, row.arrive, row.demand)
        )
        out = [sooner for row in rows for sooner in self._moved(row)]
        for demand in sorted(
            (self._case.demand[name] for name, quantity in self._lost.items() if quantity),
            key=lambda row: (-row.lost_rate, row.due, row.demand),
        ):
            for delivery in self._taken(demand, self._lost[demand.demand], len(self._case.timeline)):
                self._lost[demand.demand] -= delivery.quantity
                out.append(delivery)
        return out

    def _moved(self, row: Delivery) -> list[Delivery]:
        """A delivery in the parts that can come sooner and the rest."""
        demand = self._case.demand[row.demand]
        bucket = self._case.timeline.bucket_of_end(row.arrive)
        if bucket <= demand.bucket:
            return [row]
        sooner = self._taken(demand, row.quantity, bucket)
        moved = sum(part.quantity for part in sooner)
        if moved:
            self._slots[row.item].append(_Slot(row.ship, moved))
        return [*sooner, *([replace(row, quantity=row.quantity - moved)] if moved < row.quantity else [])]

    def _taken(self, demand: Demand, wanted: int, before: int) -> list[Delivery]:
        """Deliveries to a demand that arrive before a bucket and cost less than losing it."""
        if demand.min_shipment or demand.ship_from:
            return []
        out = []
        late = self._case.days_late(demand.due)
        soonest = int(self._case.timeline.ends[demand.bucket]) - demand.transit
        for slot in sorted(self._slots[demand.item], key=lambda slot: slot.ship):
            ship = max(slot.ship, soonest)
            bucket = self._case.timeline.bucket_of_end(ship + demand.transit)
            if not slot.quantity or bucket >= before or not wanted:
                continue
            if sum(late[demand.bucket : bucket]) * demand.late_rate >= demand.lost_rate > 0:
                break
            quantity = min(wanted, slot.quantity)
            slot.quantity -= quantity
            wanted -= quantity
            out.append(Delivery(demand.demand, demand.item, quantity, ship, ship + demand.transit))
        return out
