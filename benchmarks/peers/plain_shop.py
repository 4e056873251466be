"""The bare problem of a plain shop, which other solvers are given, and what a schedule of it comes to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from capacityplan.domain.plant import Plant
from capacityplan.units import MINUTES_PER_DAY

Schedule = Mapping[tuple[int, int], tuple[str, int, int]]
"""Machine, start and end by job and step."""


@dataclass(frozen=True, slots=True)
class PlainJob:
    """A job: minutes of each step by machine, due date, price of a minute late, setup group."""

    steps: Sequence[Mapping[str, int]]
    due: int
    weight: int
    group: str


@dataclass(frozen=True, slots=True)
class PlainShop:
    """Jobs, setup minutes by machine and pair of groups, first groups; whether the last end counts.

    With ``same_order``, all machines take the jobs in one order.
    """

    jobs: Sequence[PlainJob]
    setups: Mapping[str, Mapping[tuple[str, str], int]]
    first: Mapping[str, str]
    makespan: bool
    same_order: bool

    def setup(self, machine: str, before: int | None, job: int) -> int:
        """Setup minutes of a job on a machine behind another (None: the first)."""
        group = self.first[machine] if before is None else self.jobs[before].group
        return self.setups.get(machine, {}).get((group, self.jobs[job].group), 0)

    def horizon(self) -> int:
        """Minutes within which everything fits one after the other."""
        longest = max((minutes for row in self.setups.values() for minutes in row.values()), default=0)
        return sum(max(step.values()) + longest for job in self.jobs for step in job.steps)


def shop_of(plant: Plant, same_order: bool) -> PlainShop:
    """Read the bare problem off a benchmark's plant (one order and one lot per job, no breaks)."""
    steps: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for row in plant.operation_resources:
        steps[row.item][row.operation][row.resource] = int(row.run_minutes)
    pairs: dict[str, dict[tuple[str, str], int]] = defaultdict(dict)
    for change in plant.changeovers:
        pairs[change.matrix][change.from_group, change.to_group] = change.minutes
    groups = {item.item: item.setup_group for item in plant.items}
    jobs = [
        PlainJob(
            list(steps[order.item].values()),
            order.due,
            int((order.late_cost_per_day or 0) / MINUTES_PER_DAY),
            groups[order.item],
        )
        for order in plant.orders
    ]
    setups = {row.resource: pairs[row.changeover_matrix] for row in plant.resources if row.changeover_matrix}
    first = {row.resource: row.initial_setup_group for row in plant.resources}
    return PlainShop(jobs, setups, first, plant.costs.makespan_cost_per_minute > 0, same_order)


def value(shop: PlainShop, schedule: Schedule) -> int:
    """Objective of a schedule.

    Raises
    ------
    ValueError
        If it breaks a rule of the shop.
    """
    rows: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for job, row in enumerate(shop.jobs):
        ready = 0
        for number, step in enumerate(row.steps):
            machine, start, end = schedule[job, number]
            if start < ready or end != start + step[machine]:
                raise ValueError(f"job {job}, step {number} from {start} to {end}")
            ready = end
            rows[machine].append((start, end, job))
    for machine, runs in rows.items():
        runs.sort()
        setups = [shop.setup(machine, None, runs[0][2])]
        setups += [shop.setup(machine, a[2], b[2]) for a, b in pairwise(runs)]
        ends = [0] + [end for _, end, _ in runs]
        if any(start < end + setup for (start, _, _), end, setup in zip(runs, ends, setups, strict=False)):
            raise ValueError(f"machine {machine} has runs too close to each other")
    if shop.same_order and len({tuple(job for _, _, job in runs) for runs in rows.values()}) > 1:
        raise ValueError("machines take the jobs in different orders")
    ends = [schedule[job, len(row.steps) - 1][2] for job, row in enumerate(shop.jobs)]
    if shop.makespan:
        return max(ends)
    return sum(row.weight * max(end - row.due, 0) for row, end in zip(shop.jobs, ends, strict=True))
