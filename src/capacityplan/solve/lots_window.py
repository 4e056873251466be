"""A schedule of the window, or an earlier plan, in the terms of the lots model."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict

import numpy as np

from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Stage
from capacityplan.domain.timeline import Timeline
from capacityplan.formulate.builder import Floats, Model
from capacityplan.formulate.lots.variables import Variables
from capacityplan.prepare.facts import FactReader
from capacityplan.prepare.grid import Grid, Ground
from capacityplan.prepare.lotflow import given
from capacityplan.solve.settle.facts import Made, WindowFacts, after_inspection
from capacityplan.solve.types import LotPlan, PlannedLot, WindowSchedule
from capacityplan.units import MINUTES_PER_DAY

_Modes = tuple[tuple[str, str], ...]


def count_in(reader: FactReader, ground: Ground, window: WindowSchedule) -> None:
    """Make the lots of a window schedule facts: what they take, give and occupy in the tail."""
    timeline = ground.timeline
    facts = reader.facts
    facts.first = timeline.window_buckets
    known = WindowFacts(ground.lookup, window)
    for made in known.lots:
        for taking in made.takings:
            bucket = min(timeline.bucket_of_start(taking.minute), len(timeline) - 1)
            facts.taken[taking.component, bucket] += taking.quantity
        _release(reader, ground, known, made, window)
    items = _items(ground, window)
    for run in window.runs:
        reader.occupy(run.resource, run.setup_start, run.end)
        _occupy_pools(reader, ground, items[run.lot], run.operation, run.resource, run.setup_start, run.end)
    own = {lot.lot for lot in window.lots}
    for inspection in window.inspections:
        if inspection.object not in own:
            continue
        row = ground.lookup.inspection_rows[inspection.inspection]
        reader.occupy(inspection.lab, inspection.start, inspection.end, row.slots)
    _groups(reader, ground, window)


def _release(
    reader: FactReader, ground: Ground, known: WindowFacts, made: Made, window: WindowSchedule
) -> None:
    """Count a window lot in: at its scheduled release, or after a typical final inspection."""
    item, version = made.lot.item, made.lot.version
    rows = sorted(ground.lookup.inspections(Stage.FINAL, item), key=lambda row: row.rank)
    done = [row for row in rows if (made.lot.lot, row.inspection) in known.inspected]
    quantity, minute = made.good, made.completed
    for row in done:
        quantity = after_inspection(ground.lookup, item, version, row.inspection, quantity)
        end = max(
            run.end
            for run in window.inspections
            if run.object == made.lot.lot and run.inspection == row.inspection
        )
        minute = max(minute, end + row.wait_minutes)
    if done or not rows:
        days = ground.lookup.items[item].shelf_life_days
        expires = None if days is None else made.completed + days * MINUTES_PER_DAY
        reader.inflow(item, quantity, max(minute, made.rework_end if done else minute), expires)
    else:
        reader.arrive(item, quantity, made.completed, rows)


def _occupy_pools(
    reader: FactReader, ground: Ground, item: str, operation: str, resource: str, start: int, end: int
) -> None:
    for mode in ground.plant.operation_resources:
        if (mode.item, mode.operation, mode.resource) == (item, operation, resource):
            for pool, units in ground.lookup.pools(mode):
                reader.occupy(pool, start, end, units)
            return


def _groups(reader: FactReader, ground: Ground, window: WindowSchedule) -> None:
    """State of every resource with a matrix after its last run of the window."""
    items = _items(ground, window)
    last: dict[str, tuple[int, int, str]] = {}
    for run in window.runs:
        if ground.lookup.resources[run.resource].changeover_matrix:
            key = (run.start, run.end, run.lot)
            if key > last.get(run.resource, (-1, -1, "")):
                last[run.resource] = key
    for resource, (_, _, lot) in last.items():
        reader.facts.groups[resource] = ground.lookup.setup_group(items[lot])


def _items(ground: Ground, window: WindowSchedule) -> dict[str, str]:
    """Items of what is run in a window: lots, and what was there before and is worked on again."""
    found = {name: item for name, (item, _) in given(ground.plant, ground.lookup).items()}
    return found | {lot.lot: lot.item for lot in window.lots}


def realised(plan: Plan, timeline: Timeline, first: int = 0) -> LotPlan:
    """Lots where a settled plan has put them, and its purchases: wishes that came true.

    Parameters
    ----------
    first : int
        Bucket from which on lots are wanted: what starts before it is left out. Orders in progress
        are facts and left out too.
    """
    spans: dict[str, list[int]] = defaultdict(list)
    modes: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for run in plan.runs:
        spans[run.lot] += [timeline.bucket_of_start(run.start), timeline.bucket_of_end(run.end)]
        modes[run.lot].append((run.operation, run.resource))
    for later in plan.bucket_runs:
        spans[later.lot] += [bucket for bucket, _ in later.load]
        modes[later.lot].append((later.operation, later.resource))
    lots = [
        PlannedLot(lot, min(spans[lot.lot]), max(spans[lot.lot]), 0, tuple(modes[lot.lot]))
        for lot in plan.lots
        if lot.lot in spans and not lot.receipt and min(spans[lot.lot]) >= first
    ]
    return LotPlan(tuple(lots), plan.purchases)


def begun(grid: Grid, x: Variables, model: Model, start: LotPlan) -> Floats:
    """Lots, splits and orders of an earlier plan in the model's columns; all else is 0.

    What starts before the first bucket decided here is taken to start in it, what starts after the
    last bucket from which a typical lot still is of use in that.
    """
    values = np.zeros(len(model.cost))
    places = _places(grid)
    position = _choices(grid)
    for lot in start.lots:
        ways = places.get((lot.lot.item, lot.lot.version), {})
        if not ways:
            continue
        buckets = next(
            (found for chosen, found in ways.items() if set(chosen) <= set(lot.modes)),
            next(iter(ways.values())),
        )
        later = bisect_left(buckets, (max(lot.start_bucket, grid.facts.first), -1))
        index = buckets[min(later, len(buckets) - 1)][1]
        quantity = lot.lot.quantity / float(grid.unit[grid.starts[index].item])
        values[x.made[index]] += quantity
        if x.lots[index] >= 0:
            values[x.lots[index]] += 1
        for operation, resource in lot.modes:
            choice = position.get((index, operation, resource))
            if choice is not None:
                values[x.split[choice]] += quantity
    _order(grid, x, start, values)
    return np.clip(values, model.low, model.high)


def _places(grid: Grid) -> dict[tuple[str, str], dict[_Modes, list[tuple[int, int]]]]:
    """Buckets and numbers of the starts of every version by its modes, in order of time."""
    places: dict[tuple[str, str], dict[_Modes, list[tuple[int, int]]]] = defaultdict(dict)
    for index, row in enumerate(grid.starts):
        process = grid.processes[row.process]
        places[process.item, process.version].setdefault(process.chosen, []).append((row.flow.start, index))
    return {
        version: {modes: sorted(found) for modes, found in ways.items()} for version, ways in places.items()
    }


def _choices(grid: Grid) -> dict[tuple[int, str, str], int]:
    """Numbers of the choices by start, operation and resource."""
    found = {}
    for number, choice in enumerate(grid.tables.choices):
        process = grid.processes[grid.starts[choice.start].process]
        operation = process.phases[choice.phase].operation.operation
        found[choice.start, operation, choice.rates.mode.resource] = number
    return found


def _order(grid: Grid, x: Variables, start: LotPlan, values: Floats) -> None:
    """Put order lines into the tiers that they reach."""
    tiers: dict[tuple[str, str, int], list[tuple[int, int]]] = defaultdict(list)
    for position, (arrival, tier) in enumerate(x.tiers.tolist()):
        row = grid.arrivals[arrival]
        least = row.tiers[tier].offer.from_quantity
        tiers[row.supplier, row.item, row.minute].append((least, position))
    for line in start.purchases:
        offered = tiers.get((line.supplier, line.item, line.arrives), [])
        reached = [position for least, position in sorted(offered) if least <= line.quantity]
        if reached:
            values[x.bought[reached[-1]]] += line.quantity / float(grid.unit[grid.items[line.item]])
            if x.ordered[reached[-1]] >= 0:
                values[x.ordered[reached[-1]]] = 1.0
