"""Plants without what the schedule shows a demand to have waited for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import pairwise

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import LockKind, Plant, Stage
from capacityplan.domain.skills import PREFIX
from capacityplan.domain.timeline import Timeline
from capacityplan.explain.relax import (
    Relaxation,
    any_lot,
    bought_sooner,
    more_of,
    no_fence,
    no_incubation,
    without_skill,
)
from capacityplan.explain.waits import Wait
from capacityplan.units import MINUTES_PER_HOUR, decimal_text

_PARTS = 4
"""Parts in which a lot passes on where it is tried whether that would help."""
Apply = Callable[[Plant], Plant]


def of_waits(plant: Plant, found: Iterable[Wait]) -> Iterator[Relaxation]:
    """Yield what would spare each wait, in their order; several waits for one thing are one.

    Parameters
    ----------
    found : iterable of Wait
    """
    lookup, timeline = Lookup(plant), Timeline.of(plant)
    stretches: dict[tuple[str, str], list[Wait]] = {}
    for one in found:
        stretches.setdefault((one.kind, one.object), []).append(one)
    for (kind, name), rows in stretches.items():
        if kind == "resource":
            yield _more(lookup, timeline, name, rows)
        else:
            yield from _EASED[kind](lookup, name, rows)
    frozen = plant.fences.frozen_hours * MINUTES_PER_HOUR
    if frozen and any(one.start <= frozen < one.end for one in found):
        yield no_fence()


def _more(lookup: Lookup, timeline: Timeline, name: str, rows: list[Wait]) -> Relaxation:
    """More of a resource on the days on which something waited for it."""
    if name.startswith(PREFIX):
        return without_skill(lookup, name)
    clock = timeline.clock
    days = {
        day
        for row in rows
        for day in range(clock.ordinal(row.start), clock.ordinal(max(row.end - 1, row.start)) + 1)
    }
    return more_of(lookup, name, days)


def _changeover(lookup: Lookup, resource: str, rows: list[Wait]) -> Iterator[Relaxation]:
    for group in dict.fromkeys(lookup.setup_group(row.item) for row in rows):
        yield _no_changeover(lookup, resource, group)


def _no_changeover(lookup: Lookup, resource: str, group: str) -> Relaxation:
    """Return the relaxation in which a resource changes to and from a group in no time."""
    row = lookup.resources[resource]
    matrix = f"{row.changeover_matrix} (none of {group})"

    def apply(plant: Plant) -> Plant:
        rows = tuple(
            replace(one, matrix=matrix, minutes=0 if group in (one.from_group, one.to_group) else one.minutes)
            for one in plant.changeovers
            if one.matrix == row.changeover_matrix
        )
        resources = tuple(
            replace(one, changeover_matrix=matrix) if one.resource == resource else one
            for one in plant.resources
        )
        return replace(plant, changeovers=(*plant.changeovers, *rows), resources=resources)

    text = f"without the time of changeovers to and from {group} on {resource}"
    return Relaxation("changeover", resource, text, apply, reprices=True)


def _cleaning(lookup: Lookup, resource: str, _: list[Wait]) -> Iterator[Relaxation]:
    row = lookup.resources[resource]
    hours = decimal_text(row.campaign_max_hours, 1) if row.campaign_max_hours is not None else "0"

    def apply(plant: Plant) -> Plant:
        rows = (
            replace(one, campaign_max_hours=None) if one.resource == resource else one
            for one in plant.resources
        )
        return replace(plant, resources=tuple(rows))

    text = f"without cleaning {resource} for {row.cleaning_minutes} min after {hours} h of a campaign"
    yield Relaxation("cleaning", resource, text, apply)


def _downtime(lookup: Lookup, name: str, _: list[Wait]) -> Iterator[Relaxation]:
    row = next(one for one in lookup.plant.downtime if one.downtime == name)

    def apply(given: Plant) -> Plant:
        return replace(given, downtime=tuple(one for one in given.downtime if one.downtime != name))

    what = row.reason or "the downtime"
    yield Relaxation("downtime", name, f"without {what} {name} of {row.resource}", apply)


def _gate(lookup: Lookup, item: str, _: list[Wait]) -> Iterator[Relaxation]:
    """What forbids an item to be made before an instant: its artwork, its first day, its locks."""

    def at_once(plant: Plant) -> Plant:
        rows = (replace(one, phase_in=None) if one.item == item else one for one in plant.items)
        return replace(plant, items=tuple(rows))

    def approved(plant: Plant) -> Plant:
        rows = (
            replace(one, artwork_approved_on=None) if one.item == item else one for one in plant.operations
        )
        return replace(plant, operations=tuple(rows))

    def unlocked(plant: Plant) -> Plant:
        rows = (one for one in plant.locks if (one.kind, one.object) != (LockKind.ITEM, item))
        return replace(plant, locks=tuple(rows))

    if lookup.items[item].phase_in is not None:
        yield Relaxation("phase", item, f"if {item} might be made at once", at_once)
    if any(one.artwork_approved_on for one in lookup.plant.operations if one.item == item):
        yield Relaxation("artwork", item, f"if the artwork of {item} were approved", approved)
    if any((one.kind, one.object) == (LockKind.ITEM, item) for one in lookup.plant.locks):
        yield Relaxation("lock", item, f"without the lock on {item}", unlocked)


def _order_size(lookup: Lookup, item: str, _: list[Wait]) -> Iterator[Relaxation]:
    offers = [row for row in lookup.plant.suppliers if row.item == item]
    if any(row.min_order > 1 or row.order_multiple > 1 for row in offers):

        def apply(plant: Plant) -> Plant:
            rows = (
                replace(row, min_order=0, order_multiple=0) if row.item == item else row
                for row in plant.suppliers
            )
            return replace(plant, suppliers=tuple(rows))

        yield Relaxation("order_size", item, f"if any quantity of {item} could be ordered", apply)


def _overlap(lookup: Lookup, name: str, rows: list[Wait]) -> Iterator[Relaxation]:
    """A lot that passes on in parts while the rest is run, where nothing forbids that."""
    quantity = max(row.quantity for row in rows)
    item, _, operation = name.rpartition("/")
    inspected = any(row.operation == operation for row in lookup.inspections(Stage.IN_PROCESS, item))
    pairs = [
        pair
        for version in lookup.versions.get(item, ())
        for pair in pairwise(lookup.routings[item, version])
        if pair[0].operation == operation
    ]
    whole = any(
        one.batch_size or after.batch_size or one.max_wait_minutes is not None for one, after in pairs
    )
    if inspected or whole or not pairs or quantity < _PARTS:
        return
    text = f"if a quarter of a lot of {item} at a time passed on from {operation}"
    yield Relaxation("overlap", name, text, partial(_passing, item, operation, quantity // _PARTS))


def _passing(item: str, operation: str, quantity: int, plant: Plant) -> Plant:
    rows = (
        replace(one, overlap_quantity=quantity) if (one.item, one.operation) == (item, operation) else one
        for one in plant.operations
    )
    return replace(plant, operations=tuple(rows))


_EASED: dict[str, Callable[[Lookup, str, list[Wait]], Iterator[Relaxation]]] = {
    "changeover": _changeover,
    "cleaning": _cleaning,
    "downtime": _downtime,
    "order": _order_size,
    "overlap": _overlap,
    "gate": _gate,
    "arrival": lambda lookup, name, _: bought_sooner(lookup, name),
    "incubation": lambda _, name, rows: iter((no_incubation(name),)),
    "item": lambda lookup, name, _: any_lot(lookup, name),
}
