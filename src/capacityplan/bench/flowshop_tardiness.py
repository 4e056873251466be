"""Permutation flow shop, total tardiness: jobs, machines, due dates, then minutes per job and machine.

What counts is the least that a machine's order of jobs comes to when all machines keep to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path

from capacityplan.bench.case import Case, Numbers, best_known, files
from capacityplan.bench.makespan import machines_of
from capacityplan.bench.permutation import complete, orders_of
from capacityplan.bench.shop import Job, Shop, plant_of
from capacityplan.domain.plan import Plan

NAME = "flowshop_tardiness"


def read(data: Path, names: Sequence[str]) -> Iterator[Case]:
    """Read files of jobs that go through all machines in the same order."""
    known = best_known(data)
    for path in files(data, names, (".txt",)):
        numbers = Numbers(path)
        count, size = numbers.one(1), numbers.one(1)
        machines = machines_of(size)
        dues = numbers.many(count)
        jobs = [
            Job(f"J{k:04d}", [{machine.name: numbers.one()} for machine in machines], due, 1)
            for k, due in enumerate(dues)
        ]
        numbers.end()
        lower, upper = known.get(path.stem, (None, None))
        plant = plant_of(Shop(path.stem, machines, jobs, {}))
        yield Case(path.stem, plant, lower, upper, partial(_tardiness, jobs), solves=partial(complete, jobs))


def _tardiness(jobs: Sequence[Job], plan: Plan) -> Fraction:
    """Least total tardiness of the machines' orders of jobs, kept to on all machines."""
    return Fraction(min(_in_order(order) for order in orders_of(jobs, plan)))


def _in_order(jobs: Sequence[Job]) -> int:
    """Total tardiness where all machines take the jobs in this order, as early as they can."""
    free = [0] * len(jobs[0].steps)
    late = 0
    for job in jobs:
        end = 0
        for k, step in enumerate(job.steps):
            end = free[k] = max(end, free[k]) + sum(step.values())
        late += max(end - job.due, 0)
    return late
