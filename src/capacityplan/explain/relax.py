"""Plants with one constraint relaxed: what a cause is proven with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial

from capacityplan.demand import Demand
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import (
    CalendarKind,
    CalendarRow,
    OperationResource,
    Plant,
    Resource,
    ResourceKind,
)
from capacityplan.domain.skills import PREFIX
from capacityplan.domain.timeline import Timeline

CUMULATIVE = (ResourceKind.LABOUR, ResourceKind.TOOL, ResourceKind.LAB)
"""Resources that are pools: what is there is counted, not which of it."""


_MOST_KINDS = 3
"""Kinds of constraints that are told in one line, each as what it is."""
_OF_ALL = "with all of this easier: {}"
_OF_KIND = {
    "resource": "with more of all of {}",
    "lead_time": "if all of {} came the day after they are ordered",
    "order_size": "if any quantity of {} could be ordered",
    "lot_size": "without the smallest lots of {}",
}


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A plant in which one thing is easier.

    Attributes
    ----------
    kind : str
        ``resource``, ``skill``, ``lead_time``, ``supplier_capacity``, ``storage``, ``lot_size``,
        ``incubation``, ``frozen_zone``; of what the schedule shows: ``changeover``, ``cleaning``,
        ``downtime``, ``order_size``, ``overlap``, ``phase``, ``artwork``, ``lock``; or ``together``.
    object : str
        The resource, item, supplier's item or storage.
    extra : tuple of str
        Twin resources, whose use tells how many hours were needed.
    wider : tuple of str
        Pools and labs that have more units; what is used of them beyond the plant's own tells the hours.
    reprices : bool
        Whether the plan as it is costs less on that plant.
    """

    kind: str
    object: str
    text: str
    apply: Callable[[Plant], Plant]
    extra: tuple[str, ...] = ()
    wider: tuple[str, ...] = ()
    reprices: bool = False


def relaxations(plant: Plant, demand: Demand) -> Iterator[Relaxation]:
    """Yield everything that may hold a demand up, along the bill of material.

    Parameters
    ----------
    demand : Demand
        Late or lost.
    """
    lookup, timeline = Lookup(plant), Timeline.of(plant)
    made, bought, resources, labs = upstream(lookup, demand.item)
    last = timeline.bucket_of_end(max(demand.due, 1))
    until = int(timeline.ends[min(last, len(timeline) - 1)])
    days = days_until(timeline, until)
    for name in (*resources, *labs):
        yield without_skill(lookup, name) if name.startswith(PREFIX) else more_of(lookup, name, days)
    for item in bought:
        yield from bought_sooner(lookup, item)
    stored = {lookup.items[item].storage for item in (*made, *bought)}
    for storage in plant.storages:
        if storage.storage in stored:
            text = f"with more room in {storage.storage}"
            yield Relaxation("storage", storage.storage, text, _more_room(storage.storage))
    yield from _of_made(plant, lookup, made)
    if plant.fences.frozen_hours:
        yield no_fence()


def bought_sooner(lookup: Lookup, item: str) -> Iterator[Relaxation]:
    """Yield the relaxations with an item that comes sooner, or of which more comes in a week."""
    yield quicker(item)
    if any(row.item == item and row.capacity_per_week is not None for row in lookup.plant.suppliers):
        text = f"if any quantity of {item} could be had in a week"
        yield Relaxation("supplier_capacity", item, text, _any_week(item))


def _of_made(plant: Plant, lookup: Lookup, made: list[str]) -> Iterator[Relaxation]:
    for item in made:
        yield from any_lot(lookup, item)
        if any(one.wait_minutes for one in plant.inspections if one.item == item):
            yield no_incubation(item)


def quicker(item: str) -> Relaxation:
    """Return the relaxation with an item that comes the day after it is ordered."""
    return Relaxation(
        "lead_time", item, f"if {item} came the day after it is ordered", lambda plant: sooner(plant, item, 1)
    )


def both(chosen: Iterable[Relaxation]) -> Relaxation:
    """Return several relaxations as one."""
    rows = list(chosen)
    names = _names(rows)
    kinds = dict.fromkeys(one.kind for one in rows)
    told = [_of_kind([one for one in rows if one.kind == kind]) for kind in kinds]
    text = " and ".join(told) if len(told) <= _MOST_KINDS else _OF_ALL.format(names)
    return Relaxation(
        "together", names, text, partial(_all, rows),
        tuple(name for one in rows for name in one.extra), tuple(name for one in rows for name in one.wider),
        any(one.reprices for one in rows),
    )  # fmt: skip


def _of_kind(rows: list[Relaxation]) -> str:
    return rows[0].text if len(rows) == 1 else _OF_KIND.get(rows[0].kind, _OF_ALL).format(_names(rows))


def _names(rows: list[Relaxation]) -> str:
    return ", ".join(dict.fromkeys(one.object for one in rows))


def _all(chosen: list[Relaxation], plant: Plant) -> Plant:
    for one in chosen:
        plant = one.apply(plant)
    return plant


def upstream(lookup: Lookup, *items: str) -> tuple[list[str], list[str], list[str], list[str]]:
    """Return made items, bought items, resources and labs behind items, nearest first."""
    made: dict[str, None] = {}
    bought: dict[str, None] = {}
    resources: dict[str, None] = {}
    queue = list(items)
    while queue:
        name = queue.pop(0)
        if name in made or name in bought:
            continue
        versions = lookup.versions.get(name, ())
        (made if versions else bought)[name] = None
        for version in versions:
            for operation in lookup.routings.get((name, version), ()):
                key = (name, version, operation.operation)
                for mode in lookup.modes.get(key, ()):
                    for used in (mode.resource, *(pool for pool, _ in lookup.pools(mode))):
                        resources[used] = None
                queue += [line.component for line in lookup.components.get(key, ())]
    seen = {*made, *bought}
    labs = {row.lab: None for row in lookup.plant.inspections if row.item in seen}
    labs |= {row.labour: None for row in lookup.plant.inspections if row.item in seen and row.labour}
    return list(made), list(bought), list(resources), [name for name in labs if name not in resources]


def days_until(timeline: Timeline, until: int) -> range:
    """Return the days from the start to an instant."""
    return range(timeline.clock.ordinal(0), timeline.clock.ordinal(max(until - 1, 0)) + 1)


def more_of(lookup: Lookup, name: str, days: Collection[int]) -> Relaxation:
    """Return the relaxation with more of a resource on some days (ordinals of dates).

    Machines get a twin that is open all day; pools and labs twice as many at all hours, labs that need
    analysts when these are there.
    """
    row = lookup.resources[name]
    if row.kind in CUMULATIVE or row.capacity > 1:
        text = f"with more {'room on' if row.kind is ResourceKind.LAB else 'hours of'} {name}"
        return Relaxation("resource", name, text, lambda plant: _wider(plant, row, days), wider=(name,))
    more = f"{name} (more)"
    extra = replace(row, resource=more, calendar=more, overtime_calendar="", initial_setup_group="",
                    campaign_hours_before=Fraction(0))  # fmt: skip
    opened = tuple(CalendarRow(more, None, day, 0, 1440) for day in sorted(days))

    def apply(plant: Plant) -> Plant:
        return replace(twin(plant, row, extra), calendars=(*plant.calendars, *opened))

    return Relaxation("resource", name, f"with more hours on {name}", apply, (more,))


def without_skill(lookup: Lookup, name: str) -> Relaxation:
    """Return the relaxation in which people with the skills of a derived pool are always at hand."""
    pool = next(one for one in lookup.skill_pools if one.name == name)
    skills = " or ".join(sorted(pool.skills))

    def eased(row: OperationResource) -> OperationResource:
        return replace(row, skill="") if row.skill in pool.skills and row.labour == pool.labour else row

    def apply(plant: Plant) -> Plant:
        return replace(plant, operation_resources=tuple(map(eased, plant.operation_resources)))

    text = f"if all of {pool.labour} had" if pool.labour else "if there were always people with"
    return Relaxation("skill", skills, f"{text} skill {skills}", apply)


def _wider(plant: Plant, row: Resource, days: Collection[int]) -> Plant:
    """A pool of double size, open all day, on some days."""
    return replace(
        plant,
        resources=tuple(
            replace(one, calendar=f"{one.calendar} (more)" if one.calendar else "",
                    capacity=one.capacity if one.calendar else 2 * one.capacity)
            if one.resource == row.resource
            else one
            for one in plant.resources
        ),
        calendars=(*plant.calendars, *_extended(plant, row, days)),
    )  # fmt: skip


def _extended(plant: Plant, row: Resource, days: Collection[int]) -> Iterator[CalendarRow]:
    if not row.calendar:
        return
    name = f"{row.calendar} (more)"
    for one in plant.calendars:
        if one.calendar == row.calendar and one.date not in days:
            yield replace(one, calendar=name)
    most = max(
        [row.capacity, *(one.capacity or 0 for one in plant.calendars if one.calendar == row.calendar)]
    )
    for day in days:
        for begin, end in _stretches(plant, row, day):
            yield CalendarRow(name, None, day, begin, end, 2 * most)


def _stretches(plant: Plant, row: Resource, day: int) -> set[tuple[int, int]]:
    """When there is more of a pool or lab on a day: always.

    A lab in which nothing is done without analysts is open when it was and when they are there: open all
    day it would have inspections that pause in its breaks run on without them.
    """
    staff = {one.labour if one.analysts else "" for one in plant.inspections if one.lab == row.resource}
    if row.kind is not ResourceKind.LAB or not staff or "" in staff:
        return {(0, 1440)}
    calendars = {one.calendar for one in plant.resources if one.resource in (row.resource, *staff)}
    if "" in calendars:
        return {(0, 1440)}
    return {span for calendar in calendars for span in _worked(plant, calendar, day)}


def _worked(plant: Plant, calendar: str, day: int) -> list[tuple[int, int]]:
    """Working stretches that a calendar states for a date, in minutes from its midnight."""
    rows = [one for one in plant.calendars if one.calendar == calendar]
    dated = [one for one in rows if one.date == day]
    weekly = [
        one
        for one in rows
        if one.weekday == (day - 1) % 7
        and (one.valid_from is None or one.valid_from <= day)
        and (one.valid_to is None or day <= one.valid_to)
    ]
    return [(one.from_minute, one.to_minute) for one in dated or weekly if one.kind is CalendarKind.WORK]


def twin(plant: Plant, row: Resource, extra: Resource, rate: Fraction | None = None) -> Plant:
    """Return the plant with another resource that can do all that one does.

    Parameters
    ----------
    rate : Fraction or None
        What its hours cost; None: as those of the first.
    """
    modes = tuple(
        replace(one, resource=extra.resource, cost_per_hour=one.cost_per_hour if rate is None else rate)
        for one in plant.operation_resources
        if one.resource == row.resource
    )
    pools = tuple(
        replace(one, resource=extra.resource) for one in plant.operation_pools if one.resource == row.resource
    )
    return replace(
        plant,
        resources=(*plant.resources, extra),
        operation_resources=(*plant.operation_resources, *modes),
        operation_pools=(*plant.operation_pools, *pools),
    )


def sooner(plant: Plant, item: str, days: int) -> Plant:
    """Return the plant with an item that comes so many days after its order at the latest."""
    offers = tuple(
        replace(row, lead_time_days=min(row.lead_time_days, days)) if row.item == item else row
        for row in plant.suppliers
    )
    return replace(plant, suppliers=offers)


def _any_week(item: str) -> Callable[[Plant], Plant]:
    def apply(plant: Plant) -> Plant:
        offers = (
            replace(row, capacity_per_week=None) if row.item == item else row for row in plant.suppliers
        )
        return replace(plant, suppliers=tuple(offers))

    return apply


def _more_room(storage: str) -> Callable[[Plant], Plant]:
    def apply(plant: Plant) -> Plant:
        rows = (
            replace(row, capacity=2 * row.capacity) if row.storage == storage else row
            for row in plant.storages
        )
        return replace(plant, storages=tuple(rows))

    return apply


def any_lot(lookup: Lookup, item: str) -> Iterator[Relaxation]:
    """Yield the relaxation without the smallest lot and batch of an item, where it has one."""
    row = lookup.items[item]
    smallest = any(one.min_batch for one in lookup.plant.operations if one.item == item)
    if row.min_lot > 1 or row.lot_multiple > 1 or smallest:
        yield Relaxation("lot_size", item, f"without the smallest lot of {item}", partial(_any_lot, item))


def _any_lot(item: str, plant: Plant) -> Plant:
    items = tuple(replace(row, min_lot=0, lot_multiple=0) if row.item == item else row for row in plant.items)
    operations = (replace(row, min_batch=0) if row.item == item else row for row in plant.operations)
    return replace(plant, items=items, operations=tuple(operations))


def no_incubation(item: str) -> Relaxation:
    """Return the relaxation without the incubation of an item's inspections."""
    return Relaxation("incubation", item, f"without the incubation of {item}", partial(_no_wait, item))


def _no_wait(item: str, plant: Plant) -> Plant:
    rows = tuple(replace(row, wait_minutes=0) if row.item == item else row for row in plant.inspections)
    return replace(plant, inspections=rows)


def no_fence() -> Relaxation:
    """Return the relaxation without a frozen zone."""
    return Relaxation("frozen_zone", "plant", "without the frozen zone", unfrozen)


def unfrozen(plant: Plant) -> Plant:
    """Return the plant without a frozen zone."""
    return replace(plant, fences=replace(plant.fences, frozen_hours=0))
