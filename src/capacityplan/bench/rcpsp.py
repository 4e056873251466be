"""Resource-constrained project scheduling (Patterson format), makespan.

Numbers of activities and of resources, units of each; then per activity its minutes, units it takes of each
resource, and its successors (from 1). An activity is a lot of as many units as it has successors, each of
which takes one; it takes people of pools while it runs. Activities of no minutes that take nothing and come
before all others or after all others are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from capacityplan.bench.case import Case, Numbers, best_known, broken, files
from capacityplan.bench.shop import START
from capacityplan.domain.plant import (
    BomLine,
    Costs,
    Horizon,
    Item,
    ItemKind,
    Lateness,
    Operation,
    OperationPool,
    OperationResource,
    Order,
    Plant,
    Resource,
    ResourceKind,
)
from capacityplan.units import MINUTES_PER_DAY, ceil_div

NAME = "rcpsp"
_FLOOR, _PROJECT, _STEP = "floor", "project", "work"


@dataclass(frozen=True, slots=True)
class _Activity:
    name: str
    minutes: int
    units: Sequence[int]
    successors: Sequence[int]


def read(data: Path, names: Sequence[str]) -> Iterator[Case]:
    """Read ``.rcp`` files."""
    known = best_known(data)
    for path in files(data, names, (".rcp",)):
        numbers = Numbers(path)
        count, pools = numbers.one(1), numbers.one(1)
        capacity = numbers.many(pools)
        activities = []
        for k in range(count):
            minutes, units = numbers.one(), numbers.many(pools)
            successors = [number - 1 for number in numbers.many(numbers.one(), 1)]
            if any(not k < number < count for number in successors):
                raise broken(path, f"activity {k + 1} has a successor out of order", f"{k + 2} to {count}")
            activities.append(_Activity(f"A{k + 1:04d}", minutes, units, successors))
        numbers.end()
        lower, upper = known.get(path.stem, (None, None))
        yield Case(path.stem, _plant(path.stem, capacity, activities), lower, upper)


def _plant(name: str, capacity: Sequence[int], activities: Sequence[_Activity]) -> Plant:
    """Make a plant of lots that wait for each other and share pools."""
    taken = [row for row in activities if row.minutes or any(row.units)]
    real = {row.name for row in taken}
    days = ceil_div(sum(row.minutes for row in taken), MINUTES_PER_DAY) + 1
    follows = {row.name: _real_successors(activities, row, real) for row in taken}
    before: dict[str, list[str]] = {item: [] for item in (*follows, _PROJECT)}
    for one, others in follows.items():
        for other in others or [_PROJECT]:
            before[other].append(one)
    size = {row.name: max(len(follows[row.name]), 1) for row in taken} | {_PROJECT: 1}
    minutes = {row.name: row.minutes for row in taken} | {_PROJECT: 0}
    return Plant(
        name=name, start=START, timezone="UTC", currency="XXX",
        horizon=Horizon(daily=days, weekly=0, monthly=0, schedule_days=days),
        costs=Costs(
            holding_rate_per_year=Fraction(0), lateness=Lateness.MINUTE,
            makespan_cost_per_minute=Fraction(1),
        ),
        items=tuple(
            Item(
                item, ItemKind.FINISHED if item == _PROJECT else ItemKind.INTERMEDIATE,
                min_lot=units, lot_multiple=units, max_lot=units,
            )
            for item, units in size.items()
        ),
        bill_of_materials=tuple(
            BomLine(item, component, Fraction(1), operation=_STEP, per_quantity=Fraction(size[item]))
            for item, components in before.items()
            for component in components
        ),
        operations=tuple(
            Operation(item, _STEP, 1, fixed_minutes=length, run_minutes=Fraction(0))
            for item, length in minutes.items()
        ),
        operation_resources=tuple(OperationResource(item, _STEP, _FLOOR) for item in size),
        operation_pools=tuple(
            OperationPool(row.name, _STEP, _FLOOR, f"R{k + 1}", units=units)
            for row in taken
            for k, units in enumerate(row.units)
            if units
        ),
        resources=(
            Resource(_FLOOR, ResourceKind.MACHINE, capacity=len(size)),
            *(
                Resource(f"R{k + 1}", ResourceKind.LABOUR, capacity=units)
                for k, units in enumerate(capacity)
            ),
        ),
        orders=(Order(_PROJECT, _PROJECT, 1, 0, lost_cost=Fraction(2 * days * MINUTES_PER_DAY)),),
    )  # fmt: skip


def _real_successors(activities: Sequence[_Activity], row: _Activity, real: set[str]) -> list[str]:
    """Activities that take time or units behind one, through those that take neither."""
    found: dict[str, None] = {}
    for number in row.successors:
        follower = activities[number]
        names = [follower.name] if follower.name in real else _real_successors(activities, follower, real)
        found.update(dict.fromkeys(names))
    return list(found)
