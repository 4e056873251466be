"""Identical parallel machines: those that differ in nothing that a plan on the level of buckets is about.

Large plants have many of them, and a model of each machine is mostly a model of which of them is taken.
Counted together as one machine with as many units, they make it smaller by that factor.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TypeVar

from capacityplan.domain.plant import (
    CalendarRow,
    OperationPool,
    OperationResource,
    Plant,
    PreviousRun,
    Receipt,
    Resource,
    ResourceKind,
)

_Placed = TypeVar("_Placed", Receipt, PreviousRun)
_LEAST = 4
"""Machines that are worth counting together: fewer make the model hardly larger."""
_OWN = frozenset({"resource", "description", "group", "initial_setup_group"})
"""Columns in which identical machines may differ."""


@dataclass(frozen=True, slots=True)
class Pooled:
    """A plant whose identical machines are one each.

    Attributes
    ----------
    plant : Plant
        Every plan of the plant it was made of is one of it at the same cost, with one exception: of machines
        with a changeover matrix each is in a state of its own, so that there are as many as machines.
        They begin in none that is stated. Downtime of single machines is left out.
    machines : mapping of id to tuple of ids
        Machines that the one of this name stands for, itself among them; only where there are several.
    """

    plant: Plant
    machines: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def count(self, resource: str) -> int:
        """How many machines a resource stands for."""
        return len(self.machines.get(resource, (resource,)))

    def pool_of(self) -> dict[str, str]:
        """Name under which every machine is counted that is counted with others."""
        return {name: one for one, names in self.machines.items() for name in names}


def pooled(plant: Plant) -> Pooled:
    """Count identical machines together.

    They are identical where resources and modes say the same of them but for name, description, group and
    first state. A machine stays alone if it is part of a lock, is cleaned or serviced by what it has run, or
    has a capacity that changes by the calendar.
    """
    alike: dict[object, list[str]] = defaultdict(list)
    modes, more = _by_resource(plant.operation_resources), _by_resource(plant.operation_pools)
    alone = _alone(plant)
    for row in plant.resources:
        if row.kind is ResourceKind.MACHINE and row.resource in modes and row.resource not in alone:
            key = _values(row), frozenset(modes[row.resource]), frozenset(more.get(row.resource, ()))
            alike[key].append(row.resource)
    machines = {names[0]: tuple(names) for names in alike.values() if len(names) >= _LEAST}
    if not machines:
        return Pooled(plant)
    return Pooled(_joined(plant, machines), machines)


def _values(row: Resource | OperationResource | OperationPool) -> tuple[object, ...]:
    return tuple(getattr(row, one.name) for one in fields(row) if one.name not in _OWN)


def _by_resource(rows: tuple[OperationResource, ...] | tuple[OperationPool, ...]) -> dict[str, list[object]]:
    found: dict[str, list[object]] = defaultdict(list)
    for row in rows:
        found[row.resource].append(_values(row))
    return found


def _alone(plant: Plant) -> set[str]:
    """Machines that are not counted with others."""
    found = {name for lock in plant.locks for name in (lock.resource, lock.object)}
    found |= {row.resource for row in plant.downtime if row.every_run_hours is not None}
    changing = {row.calendar for row in plant.calendars if _changes(row)}
    for resource in plant.resources:
        by_itself = resource.campaign_max_hours is not None
        if by_itself or resource.calendar in changing or resource.overtime_calendar in changing:
            found.add(resource.resource)
    return found


def _changes(row: CalendarRow) -> bool:
    return row.capacity is not None


def _joined(plant: Plant, machines: Mapping[str, tuple[str, ...]]) -> Plant:
    pool = Pooled(plant, machines).pool_of()

    def kept(name: str) -> bool:
        return pool.get(name, name) == name

    def told(row: _Placed) -> _Placed:
        return replace(row, resource=pool.get(row.resource, row.resource))

    return replace(
        plant,
        resources=tuple(
            _unit_of(row, len(machines[row.resource])) if row.resource in machines else row
            for row in plant.resources
            if kept(row.resource)
        ),
        operation_resources=tuple(row for row in plant.operation_resources if kept(row.resource)),
        operation_pools=tuple(row for row in plant.operation_pools if kept(row.resource)),
        downtime=tuple(row for row in plant.downtime if row.resource not in pool),
        receipts=tuple(map(told, plant.receipts)),
        previous_runs=tuple(map(told, plant.previous_runs)),
    )


def _unit_of(row: Resource, count: int) -> Resource:
    """One machine for several: a minute of its overtime is one of each of them."""
    return replace(
        row,
        capacity=row.capacity * count,
        overtime_cost_per_hour=row.overtime_cost_per_hour * count,
        initial_setup_group="",
    )
