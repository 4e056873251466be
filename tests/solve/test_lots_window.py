"""A settled plan begins the lots model: where its lots lie, on what, and what it orders."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from capacityplan.domain.plan import Plan, Provenance
from capacityplan.domain.plant import Plant
from capacityplan.domain.timeline import Timeline
from capacityplan.formulate.lots import formulate
from capacityplan.prepare.grid import Grid, Ground, grid_of
from capacityplan.solve.dispatch import schedule
from capacityplan.solve.lots import plan_lots
from capacityplan.solve.lots_window import begun, count_in, realised
from capacityplan.solve.mrp import net_requirements
from capacityplan.solve.settle import settle
from capacityplan.solve.types import Limits, WindowSchedule
from capacityplan.templates import NAMES, build
from capacityplan.verify import check

LIMITS = Limits(deadline=float("inf"))


def settled(plant: Plant) -> tuple[Plan, WindowSchedule]:
    lots = net_requirements(plant)
    window = schedule(plant, lots, LIMITS)
    return settle(plant, window, lots, Provenance(plant.name, "")), window


def tail_grid(plant: Plant, window: WindowSchedule) -> Grid:
    ground = Ground(plant)
    reader = ground.facts(frozenset(lot.receipt for lot in window.lots))
    count_in(reader, ground, window)
    return grid_of(ground, reader.facts, None)


@pytest.mark.parametrize("name", NAMES)
def test_the_tail_begins_with_the_lots_and_orders_of_the_settled_plan(name: str) -> None:
    plant = build(name, size=0.1)
    plan, window = settled(plant)
    grid = tail_grid(plant, window)
    model, x = formulate(grid)
    values = begun(grid, x, model, realised(plan, Timeline.of(plant), Timeline.of(plant).window_buckets))
    tail = {run.lot for run in plan.bucket_runs}
    wanted = Counter(lot.item for lot in plan.lots if lot.lot in tail)
    found: Counter[str] = Counter()
    for index, start in enumerate(grid.starts):
        if x.lots[index] >= 0:
            found[grid.processes[start.process].item] += round(values[x.lots[index]])
    # More than could be of use fits in no column.
    assert all(found[item] <= wanted[item] for item in found)
    assert sum(found.values()) > 0.95 * sum(wanted[item] for item in found) > 10
    bought: Counter[str] = Counter()
    for position, (arrival, _) in enumerate(x.tiers.tolist()):
        item = grid.arrivals[arrival].item
        bought[item] += round(values[x.bought[position]] * float(grid.unit[grid.items[item]]))
    ordered: Counter[str] = Counter()
    reachable = {(row.supplier, row.item, row.minute) for row in grid.arrivals}
    for row in plan.purchases:
        if (row.supplier, row.item, row.arrives) in reachable:
            ordered[row.item] += row.quantity
    assert +bought == +ordered
    assert np.all((model.low <= values) & (values <= model.high))


@pytest.mark.parametrize("name", NAMES)
def test_a_tail_planned_from_a_settled_plan_settles_without_violation(name: str) -> None:
    plant = build(name, size=0.1)
    plan, window = settled(plant)
    kept = tuple(row for row in plan.purchases if row.arrives < Timeline.of(plant).window_end)
    tail = plan_lots(
        plant,
        Limits(float("inf"), work=6),
        window,
        kept,
        start=realised(plan, Timeline.of(plant), Timeline.of(plant).window_buckets),
    )
    assert tail is not None
    again = settle(plant, replace(window, dropped=()), tail, Provenance(plant.name, ""))
    before, after = check(plant, plan), check(plant, again)
    assert after.violations == ()
    assert after.cost < before.cost
