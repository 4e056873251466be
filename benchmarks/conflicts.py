"""Conflicts of seeded infeasible instances: what they are made of, and whether each part is needed.

``python -m benchmarks.conflicts [--instances 30] [--size 0.1] [--ways 3]`` damages own plants of that size in
eight ways (a locked order too large, too early or before its day, a long incubation, a machine that is
broken, a run locked at night, two runs locked at once, a storage too small), asks for the minimal
conflict and prints a Markdown table. An element counts as needed only if the checker accepts a plan of the
plant without it.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from capacityplan.conflict import conflict, proof
from capacityplan.conflict.ways import tried
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import (
    Downtime,
    Lock,
    LockKind,
    Plant,
    Receipt,
    ReceiptKind,
    Stage,
    Storage,
)
from capacityplan.domain.timeline import Timeline, WorkingTime
from capacityplan.templates import NAMES, build
from capacityplan.units import MINUTES_PER_DAY

Luck = random.Random


def _order(plant: Plant, luck: Luck, days: int, times: int) -> Plant:
    row = luck.choice([row for row in plant.orders if row.due > 0])
    end = max(MINUTES_PER_DAY, row.due + days * MINUTES_PER_DAY)
    orders = (replace(one, quantity=one.quantity * times) if one is row else one for one in plant.orders)
    lock = Lock(f"LOCK-{row.order}", LockKind.ORDER, row.order, end=end)
    return replace(plant, orders=tuple(orders), locks=(*plant.locks, lock))


def too_large(plant: Plant, luck: Luck) -> Plant:
    return _order(plant, luck, 0, luck.choice([20, 50, 100]))


def too_early(plant: Plant, luck: Luck) -> Plant:
    plant = replace(plant, stock=(), receipts=(), locks=())
    late = tuple(replace(row, lead_time_days=row.lead_time_days + 60) for row in plant.suppliers)
    return _order(replace(plant, suppliers=late), luck, 0, 1)


def before_its_day(plant: Plant, luck: Luck) -> Plant:
    return _order(plant, luck, -luck.randrange(2, 5), 1)


def incubation(plant: Plant, luck: Luck) -> Plant:
    tests = tuple(
        replace(row, wait_minutes=90 * MINUTES_PER_DAY) if row.stage is Stage.FINAL else row
        for row in plant.inspections
    )
    return _order(replace(plant, inspections=tests, stock=()), luck, 0, 1)


def _in_progress(plant: Plant, luck: Luck, count: int) -> tuple[Plant, list[str], str, str]:
    """So many orders in progress at a machine that alone can do the operation."""
    lookup = Lookup(plant)
    places = [
        (key, modes[0].resource)
        for key, modes in lookup.modes.items()
        if len(modes) == 1 and lookup.resources[modes[0].resource].capacity == 1
        and any(row.operation == key[2] and not row.batch_size for row in lookup.routings.get(key[:2], ()))
    ]  # fmt: skip
    (item, version, operation), resource = luck.choice(places)
    names = [f"WIP-{number}" for number in range(count)]
    size = max(lookup.items[item].min_lot, 10 * lookup.scale[item])
    rows = (
        Receipt(
            name, ReceiptKind.PRODUCTION, item, size, MINUTES_PER_DAY, version=version, operation=operation
        )
        for name in names
    )
    return replace(plant, receipts=tuple(rows), locks=()), names, operation, resource


def broken(plant: Plant, luck: Luck) -> Plant:
    plant, _, _, resource = _in_progress(plant, luck, 1)
    down = Downtime("BROKEN", resource, 0, Timeline.of(plant).horizon_end)
    return replace(plant, downtime=(*plant.downtime, down))


def at_night(plant: Plant, luck: Luck) -> Plant:
    plant, (name,), operation, resource = _in_progress(plant, luck, 1)
    steps = WorkingTime(plant, Timeline.of(plant)).regular(resource)
    minute = next((end for _, end, _ in steps.intervals()), 0)
    lock = Lock("LOCK-RUN", LockKind.RUN, f"{name}/{operation}", resource, minute)
    return replace(plant, locks=(lock,))


def at_once(plant: Plant, luck: Luck) -> Plant:
    plant, names, operation, resource = _in_progress(plant, luck, 2)
    steps = WorkingTime(plant, Timeline.of(plant)).regular(resource)
    minute = next((start for start, _, _ in steps.intervals()), 0)
    locks = (Lock(f"LOCK-{name}", LockKind.RUN, f"{name}/{operation}", resource, minute) for name in names)
    return replace(plant, locks=tuple(locks))


def no_room(plant: Plant, luck: Luck) -> Plant:
    used = {row.component for row in plant.bill_of_materials}
    stocked = [row.item for row in plant.stock if row.item not in used and row.expires is None]
    lasting = {row.item for row in plant.items if row.shelf_life_days is None}
    kept = {item for item in stocked if item in lasting}
    items = tuple(replace(row, storage="SMALL" if row.item in kept else row.storage) for row in plant.items)
    room = Storage("SMALL", Fraction(luck.randrange(1, 5)))
    return replace(plant, items=items, storages=(*plant.storages, room))


DAMAGES: tuple[Callable[[Plant, Luck], Plant], ...] = (
    too_large, too_early, before_its_day, incubation, broken, at_night, at_once, no_room,
)  # fmt: skip


def infeasible(number: int, size: float) -> tuple[str, Plant]:
    """Return an infeasible instance by its number: the next damage of the next plant that leaves no plan."""
    for attempt in range(100):
        name = NAMES[number % len(NAMES)]
        damage = DAMAGES[(number + attempt) % len(DAMAGES)]
        luck = random.Random(1000 * number + attempt)
        plant = build(name, size=size, seed=number)
        if plant.orders:
            plant = damage(plant, luck)
            if proof(plant):
                return f"{name} {number}, {damage.__name__.replace('_', ' ')}", plant
    raise RuntimeError(f"no infeasible instance of number {number}")


def row(number: int, size: float, ways: bool) -> tuple[bool, str]:
    text, plant = infeasible(number, size)
    began = time.process_time()
    found = conflict(plant)
    spent = time.process_time() - began
    assert found is not None
    told = ""
    if ways:
        rows = tried(plant, found, seconds=5.0, workers=1)
        verified = sum(one.status == "verified" for one in rows)
        told = f"{verified} of {len(rows)}"
    parts = ", ".join(f"{one.table} {one.row}" for one in found.elements)
    needed = sum(plan is not None for plan in found.plans)
    cells = (text, parts, f"{needed} of {len(found.elements)}", f"{spent:.1f}", told)
    return found.minimal, f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--instances", type=int, default=30)
    parser.add_argument("--size", type=float, default=0.1)
    parser.add_argument("--ways", type=int, default=0, help="Of how many instances to try the ways out.")
    given = parser.parse_args()
    heads = ("instance", "conflict", "proven to be needed", "CPU s", "ways out verified")
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}", flush=True)
    minimal = 0
    for number in range(given.instances):
        proven, line = row(number, given.size, number < given.ways)
        minimal += proven
        print(line, flush=True)
    print(f"\n{minimal} of {given.instances} conflicts are minimal, each part proven.")


if __name__ == "__main__":
    main()
