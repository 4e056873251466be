"""Permutation flow shop with setups by machine and pair of jobs, makespan.

Jobs and machines, minutes per job and machine, then per machine a matrix from job to job. A machine can
be set up before its job arrives; its first job needs no setup.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path

from capacityplan.bench.case import Case, Numbers, files
from capacityplan.bench.makespan import case_of, machines_of
from capacityplan.bench.permutation import complete, orders_of
from capacityplan.bench.shop import Job
from capacityplan.domain.plan import Plan

NAME = "flowshop_sdst"
_MATRIX = "m"
Setups = Mapping[tuple[str, str, str], int]


def read(data: Path, names: Sequence[str]) -> Iterator[Case]:
    """Read files of jobs that go through all machines in the same order, with setups."""
    for path in files(data, names, (".txt",)):
        numbers = Numbers(path)
        count, size = numbers.one(1), numbers.one(1)
        machines = machines_of(size, _MATRIX)
        jobs = []
        for k in range(count):
            steps = [{machine.name: numbers.one()} for machine in machines]
            jobs.append(Job(f"J{k:04d}", steps, group=f"J{k:04d}"))
        setups = {
            (machine.matrix, a.group, b.group): numbers.one()
            for machine in machines
            for a in jobs
            for b in jobs
        }
        numbers.end()
        case = case_of(path, data, machines, jobs, setups)
        matrices = [machine.matrix for machine in machines]
        yield replace(
            case, objective=partial(_makespan, jobs, matrices, setups), solves=partial(complete, jobs)
        )


def _makespan(jobs: Sequence[Job], matrices: Sequence[str], setups: Setups, plan: Plan) -> Fraction:
    """Least makespan of the machines' orders of jobs, kept to on all machines."""
    return Fraction(min(_in_order(order, matrices, setups) for order in orders_of(jobs, plan)))


def _in_order(jobs: Sequence[Job], matrices: Sequence[str], setups: Setups) -> int:
    """Makespan where all machines take the jobs in this order, as early as they can."""
    free = [0] * len(matrices)
    before = None
    for job in jobs:
        end = 0
        for k, (step, matrix) in enumerate(zip(job.steps, matrices, strict=True)):
            setup = setups[matrix, before.group, job.group] if before else 0
            end = free[k] = max(end, free[k] + setup) + sum(step.values())
        before = job
    return max(free)
