"""How every demand is served: what arrives in time, late, or never."""

from __future__ import annotations

from dataclasses import dataclass

from capacityplan.demand.netting import Demand
from capacityplan.domain.plan import Delivery
from capacityplan.report.facts import Facts


@dataclass(frozen=True, slots=True)
class Served:
    """A demand and what became of it, in base units.

    Attributes
    ----------
    lost : int
        Given up at the due date, or not delivered by the horizon's end.
    days_late : int
        Calendar days from the due date to the last delivery.
    """

    demand: Demand
    deliveries: tuple[Delivery, ...]
    on_time: int
    late: int
    lost: int
    days_late: int

    @property
    def status(self) -> str:
        """Worst thing that happens to it: ``lost``, ``late`` or ``on time``."""
        if self.lost:
            return "lost"
        return "late" if self.late else "on time"


def served(facts: Facts) -> tuple[Served, ...]:
    """Return how every demand is served, by due date.

    Parameters
    ----------
    facts : Facts

    Returns
    -------
    tuple of Served
    """
    deliveries: dict[str, list[Delivery]] = {}
    for row in facts.plan.deliveries:
        deliveries.setdefault(row.demand, []).append(row)
    found = [_served(facts, one, deliveries.get(name, [])) for name, one in facts.case.demand.items()]
    return tuple(sorted(found, key=lambda row: (row.demand.due, row.demand.demand)))


def _served(facts: Facts, demand: Demand, deliveries: list[Delivery]) -> Served:
    rows = tuple(sorted(deliveries, key=lambda row: row.arrive))
    in_time = [row for row in rows if facts.case.in_time(demand, row)]
    on_time = sum(row.quantity for row in in_time)
    total = sum(row.quantity for row in rows)
    late = total - on_time
    days = facts.calendar_days(demand.due, rows[-1].arrive) if late else 0
    return Served(demand, rows, on_time, late, max(0, demand.quantity - total), days)
