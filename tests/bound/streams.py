"""Small random plants whose operations overlap, and when what they pass on comes, unit by unit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction as F
from itertools import pairwise
from random import Random

from capacityplan.domain import plant as q
from capacityplan.domain.timeline import Steps
from capacityplan.units import floor_fraction
from capacityplan.verify.facts import run_minutes

Placed = tuple[int, int, int]


def with_streams(plant: q.Plant, rng: Random) -> q.Plant:
    """Let lots pass on in transfer batches; where there is one operation only, others follow it."""
    return _streamed(_soon(plant, rng) if rng.random() < 0.7 else plant, rng)


def line(rng: Random) -> q.Plant:
    """A line of machines on which a lot is on time if its operations overlap, and late if they do not."""
    count, quantity = rng.choice([2, 3]), rng.choice([6, 10, 12])
    daily = rng.choice([4, 5])
    names, machines = ("make", "wash", "press")[:count], ("M1", "M2", "M3")
    longest = rng.choice([1000, 1400, 1900])
    hours = rng.choice(["", "", "two"])
    operations = tuple(
        q.Operation(
            "A", name, 10 * number, run_minutes=F(longest * rng.choice([2, 3, 4]), 4 * quantity),
            fixed_minutes=rng.choice([0, 0, 30]),
            overlap_quantity=0 if name == names[-1] else rng.choice([1, 1, 2, quantity // 2]),
        )
        for number, name in enumerate(names, 1)
    )  # fmt: skip
    begun = rng.random() < 0.4
    receipts = (
        q.Receipt("WIP", q.ReceiptKind.PRODUCTION, "A", quantity, 0, operation=rng.choice(names[:-1]),
                  done_quantity=rng.choice([0, quantity // 2])),
    )  # fmt: skip
    return q.Plant(
        "line", "2025-01-06T00:00:00", "UTC", "EUR",
        horizon=q.Horizon(daily, rng.choice([0, 1]), 0, rng.choice([1, 1, daily])),
        items=(
            q.Item("A", q.ItemKind.FINISHED, unit_value=F(9), min_lot=quantity,
                   max_lot=rng.choice([0, quantity]), holding_cost_per_day=F(rng.choice([0, 1, 3]))),
            q.Item("R", q.ItemKind.RAW, unit_value=F(2), holding_cost_per_day=F(rng.choice([0, 2, 5]))),
        ),
        bill_of_materials=(q.BomLine("A", "R", F(1), operation=rng.choice(names)),),
        operations=operations,
        operation_resources=tuple(
            q.OperationResource("A", name, machine) for name, machine in zip(names, machines, strict=False)
        ),
        resources=tuple(
            q.Resource(name, q.ResourceKind.MACHINE, calendar=hours, cost_per_hour=F(1)) for name in machines
        ),
        calendars=tuple(q.CalendarRow("two", day, None, 360, 1320) for day in range(7)) if hours else (),
        suppliers=(q.SupplierOffer("S", "R", lead_time_days=rng.choice([0, 0, 1]), price=F(2),
                                   order_cost=F(rng.choice([0, 30]))),),
        orders=tuple(
            q.Order(f"O{number}", "A", quantity, 1440 * rng.choice([2, 2, 3, 4]),
                    late_cost_per_day=F(rng.choice([5, 50])), lost_cost=F(500))
            for number in range(rng.choice([1, 1, 2]))
        ),
        receipts=receipts if begun else (),
    )  # fmt: skip


def _soon(plant: q.Plant, rng: Random) -> q.Plant:
    """Longer windows of days, material at once, demand that is due soon and dear when late."""
    daily = rng.choice([3, 4])
    horizon = replace(plant.horizon, daily=daily, schedule_days=rng.choice([1, daily, daily]))
    orders = tuple(
        replace(row, due=rng.choice([720, 1440, 1440, 2880]), late_cost_per_day=F(rng.choice([5, 20])),
                lost_cost=F(rng.choice([100, 400])))
        for row in plant.orders
    )  # fmt: skip
    suppliers = tuple(
        replace(row, lead_time_days=0, capacity_per_week=None, min_order=0, order_multiple=0, calendar="")
        for row in plant.suppliers
    )
    resources = tuple(
        replace(row, calendar="", capacity=1, overtime_calendar="")
        if row.kind is q.ResourceKind.MACHINE and rng.random() < 0.4
        else row
        for row in plant.resources
    )
    fences = replace(plant.fences, frozen_hours=0)
    return replace(
        plant, horizon=horizon, orders=orders, suppliers=suppliers, resources=resources, fences=fences
    )


def _streamed(plant: q.Plant, rng: Random) -> q.Plant:
    operations, modes = list(plant.operations), list(plant.operation_resources)
    rework = {(row.item, row.rework_operation) for row in plant.inspections if row.rework_operation}
    for item in {row.item for row in operations}:
        versions = {row.version for row in operations if row.item == item}
        for version in sorted(versions):
            steps = [
                row
                for row in operations
                if row.item == item and row.version == version and (item, row.operation) not in rework
            ]
            steps.sort(key=lambda row: row.sequence)
            for name in ["wash", "press"][
                : 0 if len(steps) > 1 and rng.random() < 0.6 else rng.choice([1, 2])
            ]:
                step = q.Operation(
                    item, name, steps[-1].sequence + 5, version, F(rng.choice([5, 30, 90, 180])),
                    fixed_minutes=rng.choice([0, 0, 100]), yield_fraction=rng.choice([F(1), F(1), F(3, 4)]),
                    pausable=rng.random() < 0.8,
                )  # fmt: skip
                steps.append(step)
                operations.append(step)
                where = rng.choice(["M1", "M2", "M2"])
                modes.append(q.OperationResource(item, name, where, version, rng.choice([0, 20])))
            for one, other in pairwise(steps):
                if rng.random() < 0.8 and not one.batch_size and not other.batch_size:
                    operations[operations.index(one)] = replace(
                        one, overlap_quantity=rng.choice([1, 1, 2, 4]), max_wait_minutes=None,
                        min_wait_minutes=rng.choice([0, 0, one.min_wait_minutes, 300]),
                    )  # fmt: skip
            names = {row.operation: number for number, row in enumerate(steps)}
            if rng.random() < 0.8:
                modes = _in_line(modes, item, version, names)
    streamed = {(row.item, row.operation) for row in operations if row.overlap_quantity}
    return replace(
        plant,
        operations=tuple(operations),
        operation_resources=tuple(modes),
        resources=(*plant.resources, q.Resource("M3", q.ResourceKind.MACHINE, cost_per_hour=F(10))),
        receipts=tuple(replace(row, resource="") for row in plant.receipts),
        inspections=tuple(
            row
            for row in plant.inspections
            if row.stage is not q.Stage.IN_PROCESS or (row.item, row.operation) not in streamed
        ),
    )


def _in_line(
    modes: list[q.OperationResource], item: str, version: str, names: dict[str, int]
) -> list[q.OperationResource]:
    """Each operation of a routing on a machine of its own."""
    found: dict[tuple[str, ...], q.OperationResource] = {}
    for row in modes:
        if row.item == item and row.version == version and row.operation in names:
            row = replace(row, resource=("M1", "M2", "M3")[names[row.operation] % 3])
        found[row.item, row.version, row.operation, row.resource] = row
    return list(found.values())


@dataclass(frozen=True)
class Passing:
    """A run that passes on what it does: minutes per unit matter only through `run_minutes`."""

    step: q.Operation
    mode: q.OperationResource
    efficiency: F
    scale: int
    entering: int
    done: int
    steps: Steps
    start: int
    end: int
    load: tuple[tuple[int, int], ...] = ()

    def comes(self, units: int) -> int | None:
        """When so many units are there; None: before the plan."""
        if units <= self.done:
            return None
        minutes = run_minutes(self.step, self.mode, self.efficiency, units - self.done, self.scale)
        return _after(self.steps, self.start, minutes) + self.step.min_wait_minutes

    def through(self, bucket: int) -> F:
        """Share of the lot that is done by the end of a bucket of the tail."""
        total = sum(minutes for _, minutes in self.load)
        worked = sum(minutes for at, minutes in self.load if at <= bucket)
        share = F(worked, total) if total else F(self.load[-1][0] <= bucket)
        rest = F(self.entering - self.done, max(self.entering, 1))
        return 1 - rest + rest * share


def _after(steps: Steps, start: int, minutes: int) -> int:
    """Instant by which so many working minutes have passed."""
    if not minutes:
        return start
    for a, b, _ in steps.intervals():
        begin = max(a, start)
        if b > begin and minutes <= b - begin:
            return begin + minutes
        minutes -= max(b - begin, 0)
    raise ValueError("beyond the working time")


def stream(
    passing: Passing | None, step: q.Operation, mode: q.OperationResource, efficiency: F, steps: Steps,
    place: Callable[[int], Placed | None],
) -> Placed | None:  # fmt: skip
    """The first of the places from later and later instants on at which every unit has come in time."""
    if passing is None:
        return place(0)
    size, n = passing.step.overlap_quantity, passing.entering
    begun: list[tuple[int, int]] = []
    for first in range(0, n, size):
        comes = passing.comes(min(first + size, n))
        passed = floor_fraction(first * passing.step.yield_fraction)
        work = run_minutes(replace(step, fixed_minutes=0), mode, efficiency, passed, passing.scale)
        exact = passed * (step.run_minutes if mode.run_minutes is None else mode.run_minutes)
        whole = exact / (step.per_quantity * passing.scale * efficiency)
        if comes is not None:
            begun.append(
                (comes, 0 if not first else step.fixed_minutes + (work if whole == work else work - 1))
            )
    start = 0
    for _ in range(200):
        placed = place(start)
        if placed is None:
            return None
        lack = _lack(placed, passing, steps, begun)
        if lack <= 0:
            return placed
        start = max(start, placed[1]) + lack
    return None


def _lack(placed: Placed, passing: Passing, steps: Steps, begun: Iterable[tuple[int, int]]) -> int:
    """Minutes by which a run starts too early."""
    _, start, end = placed
    lack = passing.end + passing.step.min_wait_minutes - end
    for number, (comes, minutes) in enumerate(begun):
        if not number and not minutes:
            lack = max(lack, comes - start)
        lack = max(lack, steps.open_minutes(start, max(comes, start)) - minutes)
    return lack
