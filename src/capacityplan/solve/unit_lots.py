"""Unit lots on one machine with changeover costs by sequence, solved exactly by dynamic programming.

Applies where a run of every lot takes as long as a bucket on the only machine, which never closes, and
nothing but changeovers, stock and lateness costs money (discrete lot sizing, pigment sequencing).

Validity. Runs do not overlap and each is as long as a bucket, so at most one ends in a bucket; changeovers
depend on the order of runs alone. The units of an item serve its demand first come, first served: what a
unit costs that is complete in bucket e for demand due in d is convex in e - d and the same for all its
demand, so no other assignment is cheaper. Units beyond demand are held to the end. A plan that loses a
unit costs at least the cheapest loss. Hence the least cost over all orders of completions by bucket, by
how many units of each item are made and what was made last, or the cheapest loss where that is less, is
at most the cost of every plan.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from capacityplan.demand.netting import Demand, net
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Lot, Run
from capacityplan.domain.plant import Lateness, Operation, OperationResource, Plant, Resource, ResourceKind
from capacityplan.domain.stoppages import stoppages
from capacityplan.domain.timeline import Timeline, WorkingTime
from capacityplan.prepare.lotflow import run_minutes
from capacityplan.solve.types import LotPlan, WindowSchedule
from capacityplan.units import MINUTES_PER_DAY

_MOST_CELLS = 4_000_000
"""States of one bucket, times items."""
_LARGEST = 2**60
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Exact:
    """What every plan costs at least, and the items completed by bucket in one that costs just that.

    '' where none is; nothing at all where a plan that loses demand may be cheaper.
    """

    cost: Fraction
    sequence: tuple[str, ...]


def solved(plant: Plant) -> Exact | None:
    """Solve a plant exactly; None where it is of another kind, or too large."""
    problem = _Problem.of(plant) if _is_plain(plant) else None
    return None if problem is None else problem.solve()


def scheduled(plant: Plant, plan: LotPlan) -> WindowSchedule | None:
    """Schedule an optimal order of lots, those of a plan as far as they go; None where it does not apply."""
    found = solved(plant)
    if found is None or not found.sequence:
        return None
    lookup, timeline = Lookup(plant), Timeline.of(plant)
    waiting: dict[str, list[Lot]] = defaultdict(list)
    for wish in sorted(plan.lots, key=lambda row: (-row.need, row.lot.lot)):
        waiting[wish.lot.item].append(wish.lot)
    lots, runs = [], []
    for bucket, item in enumerate(found.sequence):
        if not item:
            continue
        lot = waiting[item].pop() if waiting[item] else Lot(f"{item}-more-{bucket}", item, 1)
        operation, mode = _made(lookup, item)
        start, end = int(timeline.starts[bucket]), int(timeline.ends[bucket])
        lots.append(lot)
        runs.append(Run(lot.lot, operation.operation, mode.resource, lot.quantity, start, start, end))
    return WindowSchedule(tuple(lots), tuple(runs), ())


def _made(lookup: Lookup, item: str) -> tuple[Operation, OperationResource]:
    (operation,) = lookup.routings[item, ""]
    (mode,) = lookup.modes[item, "", operation.operation]
    return operation, mode


def _is_plain(plant: Plant) -> bool:
    """Whether only items, operations, one machine, changeovers and demand are there."""
    others = (
        plant.bill_of_materials, stoppages(plant), plant.inspections, plant.suppliers, plant.stock,
        plant.receipts, plant.promotions, plant.launches, plant.storages, plant.locks, plant.previous_runs,
    )  # fmt: skip
    horizon, costs = plant.horizon, plant.costs
    to_the_minute = horizon.schedule_days >= horizon.daily and not horizon.weekly and not horizon.monthly
    plain = len(plant.resources) == 1 and len(plant.operations) == len(plant.operation_resources)
    plain = plain and len(plant.operations) == len(plant.items) and not any(others)
    return plain and to_the_minute and not costs.makespan_cost_per_minute and not plant.fences.frozen_hours


@dataclass(frozen=True, slots=True)
class _Problem:
    """Whole costs: ``unit`` of them make one of money.

    Attributes
    ----------
    worth : list of (units + 1, buckets) int
        By item: what its next unit costs that is complete in a bucket; the last row is of units too many.
    change : (items + 1, items) int
        Cost of making an item after another; the last row is of the beginning.
    loss : Fraction
        Least cost of a plan that loses a unit.
    """

    items: tuple[str, ...]
    worth: list[Ints]
    change: Ints
    unit: int
    loss: Fraction

    @staticmethod
    def of(plant: Plant) -> _Problem | None:
        """Read a plant; None where it is of another kind or too large."""
        lookup, timeline = Lookup(plant), Timeline.of(plant)
        machine = plant.resources[0]
        demands: dict[str, list[Demand]] = defaultdict(list)
        for row in sorted(net(plant, timeline), key=lambda row: (row.bucket, row.due)):
            demands[row.item].append(row)
        if not _is_machine(plant, machine, timeline) or not all(
            _is_unit(lookup, item.item, machine) and _is_even(demands[item.item]) for item in plant.items
        ):
            return None
        items = tuple(item.item for item in plant.items)
        counts = [sum(row.quantity for row in demands[item]) for item in items]
        if math.prod(count + 1 for count in counts) * len(items) ** 2 > _MOST_CELLS:
            return None
        change = _changes(lookup, machine, items)
        if change is None:
            return None
        worth = [_worth(lookup, timeline, item, demands[item]) for item in items]
        money = [one for table in (*worth, change) for row in table for one in row]
        unit = math.lcm(*(one.denominator for one in money))
        if max(money) * unit * len(timeline) >= _LARGEST:
            return None
        loss = min((row.lost_rate for rows in demands.values() for row in rows), default=Fraction(0))
        return _Problem(items, [_whole(table, unit) for table in worth], _whole(change, unit), unit, loss)

    def solve(self) -> Exact:
        """Go through the buckets; a state is the item made last and how many units of each are made."""
        shape = tuple(len(table) for table in self.worth)
        count, buckets = len(self.items), self.worth[0].shape[1]
        cost = np.full((count + 1, *shape), _LARGEST, dtype=np.int64)
        cost[(count, *(0 for _ in shape))] = 0
        came: list[Ints] = []
        for bucket in range(buckets):
            after, trace = cost.copy(), np.full(cost.shape, -1, dtype=np.int64)
            for item in range(count):
                before = cost + self.change[:, item].reshape(-1, *(1 for _ in shape))
                best, last = (
                    np.moveaxis(one, item, 0) for one in (before.min(axis=0), before.argmin(axis=0))
                )
                total, mark = (np.moveaxis(one[item], item, 0) for one in (after, trace))
                for made, worth in enumerate(self.worth[item][:, bucket].tolist()):
                    # Two codes for each item made last: with a unit that is needed, and one too many.
                    extra = made == len(total) - 1
                    to = made if extra else made + 1
                    better = best[made] + worth < total[to]
                    total[to] = np.where(better, best[made] + worth, total[to])
                    mark[to] = np.where(better, 2 * last[made] + extra, mark[to])
            cost = after
            came.append(trace)
        done = cost.reshape(count + 1, -1)[:, -1]
        last_item = int(done.argmin())
        total_cost = Fraction(int(done[last_item]), self.unit)
        if total_cost > self.loss:
            return Exact(self.loss, ())
        return Exact(total_cost, self._sequence(came, last_item))

    def _sequence(self, came: Sequence[Ints], last: int) -> tuple[str, ...]:
        """Follow the choices back from the cheapest end."""
        state = [len(table) - 1 for table in self.worth]
        found = []
        for trace in reversed(came):
            code = int(trace[(last, *state)])
            found.append("" if code < 0 else self.items[last])
            if code >= 0:
                state[last] -= 1 - code % 2
                last = code // 2
        return tuple(reversed(found))


def _is_machine(plant: Plant, machine: Resource, timeline: Timeline) -> bool:
    """Whether the resource is one machine that works every minute of daily buckets."""
    working = WorkingTime(plant, timeline)
    regular = working.regular(machine.resource)
    starts, ends = timeline.starts.tolist(), timeline.ends.tolist()
    always = all(
        end - start == MINUTES_PER_DAY == regular.open_minutes(start, end)
        for start, end in zip(starts, ends, strict=True)
    )
    plain = machine.kind is ResourceKind.MACHINE and machine.capacity == 1
    return plain and always and not machine.setup_in_breaks


def _is_unit(lookup: Lookup, item: str, machine: Resource) -> bool:
    """Whether lots of an item are of one unit, which takes a day and costs nothing but its changeover."""
    row = lookup.items[item]
    routing = lookup.routings.get((item, ""), ())
    if len(routing) != 1 or row.max_lot != 1 or max(row.min_lot, row.lot_multiple) > 1:
        return False
    operation = routing[0]
    modes = lookup.modes.get((item, "", operation.operation), ())
    if len(modes) != 1 or operation.batch_size or operation.yield_fraction != 1:
        return False
    mode = modes[0]
    free = not (mode.setup_minutes or mode.setup_cost or lookup.pools(mode))
    free = (
        free
        and not lookup.machine_hour(machine)
        and not lookup.run_hour(mode)
        and not lookup.wants_safety(item)
    )
    whole = row.phase_in is None and row.phase_out is None and operation.artwork_approved_on is None
    whole = whole and lookup.versions[item] == ("",)
    return (
        free and whole and row.shelf_life_days is None and not row.salvage_value
        and run_minutes(lookup, operation, mode, 1) == MINUTES_PER_DAY
    )  # fmt: skip


def _is_even(demands: Sequence[Demand]) -> bool:
    """Whether all demand for an item costs the same to be late, and is delivered when it is made."""
    rates = {row.late_rate for row in demands}
    return len(rates) <= 1 and all(not row.transit and not row.ship_from for row in demands)


def _changes(lookup: Lookup, machine: Resource, items: Sequence[str]) -> list[list[Fraction]] | None:
    """Cost of making an item after another, after the beginning last; None where a change takes time."""
    groups = [lookup.setup_group(item) for item in items]
    found = []
    for before in (*groups, lookup.initial_group(machine)):
        pairs = [lookup.changeover(machine, before, after) for after in groups]
        if any(minutes for minutes, _ in pairs):
            return None
        found.append([cost for _, cost in pairs])
    return found


def _worth(lookup: Lookup, timeline: Timeline, item: str, demands: Sequence[Demand]) -> list[list[Fraction]]:
    """What each unit costs by bucket of completion, and a unit too many."""
    rate, size = lookup.holding_rate(item), len(timeline)
    units = [row for row in demands for _ in range(row.quantity)]
    found = [[_cost(lookup.plant, timeline, rate, row, bucket) for bucket in range(size)] for row in units]
    return [*found, [rate * (size - bucket) for bucket in range(size)]]


def _cost(plant: Plant, timeline: Timeline, rate: Fraction, row: Demand, bucket: int) -> Fraction:
    """Holding, or the least lateness, of a unit that is complete in a bucket."""
    if bucket <= row.bucket:
        return rate * (row.bucket - bucket)
    if plant.costs.lateness is Lateness.MINUTE:
        late = max(int(timeline.starts[bucket]) + 1 - row.due, 0)
        return row.late_rate * Fraction(late, MINUTES_PER_DAY)
    days = sum(timeline.days_late(row.due, t) for t in range(row.bucket, bucket))
    return row.late_rate * days


def _whole(table: Sequence[Sequence[Fraction]], unit: int) -> Ints:
    return np.array([[int(one * unit) for one in row] for row in table], dtype=np.int64)
