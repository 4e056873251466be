"""The crises to be ready for, made from a plant and its plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np

from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Downtime, Order, Plant, ResourceKind
from capacityplan.domain.projections import Projections
from capacityplan.units import MINUTES_PER_DAY
from capacityplan.verify.case import Case
from capacityplan.verify.tail import loads

_SHARE = Fraction(1, 5)
"""What is taken off labour, and off or on demand."""
_DAYS_DOWN = 7
_DAYS_LATER = 28


def playbook(plant: Plant, plan: Plan) -> Iterator[tuple[str, Fraction | None, Plant]]:
    """Yield plants in a crisis: demand up and down, the busiest machine down, fewer people, a supplier late.

    Parameters
    ----------
    plan : Plan
        Of the plant as it is; its load says which machine is the busiest.

    Yields
    ------
    (name, None, plant)
        As `side_by_side` takes them: no probability is claimed for a crisis.
    """
    yield "demand +20 %", None, scaled_demand(plant, 1 + _SHARE)
    yield "demand -20 %", None, scaled_demand(plant, 1 - _SHARE)
    machine = _busiest(plant, plan)
    if machine:
        down = Downtime(f"CRISIS-{machine}", machine, 0, _DAYS_DOWN * MINUTES_PER_DAY, "crisis playbook")
        yield f"{machine} down for a week", None, replace(plant, downtime=(*plant.downtime, down))
    pools = {row.resource for row in plant.resources if row.kind is ResourceKind.LABOUR and row.capacity > 1}
    if pools:
        yield "labour -20 %", None, _fewer(plant, pools)
    supplier = _sole_supplier(plant)
    if supplier:
        yield f"{supplier} four weeks later", None, _later(plant, supplier)


def scaled_demand(plant: Plant, factor: Fraction) -> Plant:
    """Return the plant with all orders and projections so much larger."""

    def scaled(order: Order) -> Order:
        return replace(order, quantity=max(1, round(order.quantity * factor)))

    columns = plant.projections.columns()
    for name in ("quantity", "low", "high"):
        values = np.array(columns[name], dtype=np.int64)
        # What is not stated (-1) stays so.
        columns[name] = np.where(values < 0, values, values * factor.numerator // factor.denominator)
    rows = Projections.from_columns(columns)
    return replace(plant, orders=tuple(scaled(row) for row in plant.orders), projections=rows)


def _busiest(plant: Plant, plan: Plan) -> str:
    """The machine with the highest share of its working time in use; of equals the last by name."""
    case = Case(plant, plan)
    used = loads(case)
    machines = [row.resource for row in plant.resources if row.kind is ResourceKind.MACHINE]

    def share(name: str) -> Fraction:
        minutes = int(used[name].sum()) if name in used else 0
        opened = case.time.regular(name).capacity_minutes(0, case.timeline.horizon_end)
        return Fraction(minutes, max(opened, 1))

    return max(machines, key=lambda name: (share(name), name), default="")


def _fewer(plant: Plant, pools: set[str]) -> Plant:
    """Labour pools with a fifth fewer people, at least one, in every shift."""

    def less(capacity: int) -> int:
        return max(1, int(capacity * (1 - _SHARE)))

    calendars = {row.calendar for row in plant.resources if row.resource in pools and row.calendar}
    rows = (
        replace(row, calendar=f"{row.calendar} (crisis)",
                capacity=None if row.capacity is None else less(row.capacity))
        for row in plant.calendars
        if row.calendar in calendars
    )  # fmt: skip
    resources = (
        replace(row, capacity=less(row.capacity), calendar=f"{row.calendar} (crisis)" if row.calendar else "")
        if row.resource in pools
        else row
        for row in plant.resources
    )
    return replace(plant, resources=tuple(resources), calendars=(*plant.calendars, *rows))


def _sole_supplier(plant: Plant) -> str:
    """The supplier with the most items that no other offers."""
    sources: dict[str, set[str]] = {}
    for row in plant.suppliers:
        sources.setdefault(row.item, set()).add(row.supplier)
    alone: dict[str, int] = {}
    for suppliers in sources.values():
        if len(suppliers) == 1:
            name = next(iter(suppliers))
            alone[name] = alone.get(name, 0) + 1
    return max(alone, key=lambda name: (alone[name], name), default="")


def _later(plant: Plant, supplier: str) -> Plant:
    offers = tuple(
        replace(row, lead_time_days=row.lead_time_days + _DAYS_LATER) if row.supplier == supplier else row
        for row in plant.suppliers
    )
    return replace(plant, suppliers=offers)
