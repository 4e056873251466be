"""Job shop, makespan: per job pairs of machine (from 0) and minutes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from capacityplan.bench.case import Case, Numbers, broken, files
from capacityplan.bench.makespan import case_of, machines_of
from capacityplan.bench.shop import Job

NAME = "jsp"


def read(data: Path, names: Sequence[str]) -> Iterator[Case]:
    """Read files in the classical format."""
    for path in files(data, names, (".txt",)):
        numbers = Numbers(path)
        count, machines = numbers.one(1), numbers.one(1)
        jobs = []
        for k in range(count):
            steps = []
            for _ in range(machines):
                machine, minutes = numbers.one(), numbers.one()
                if machine >= machines:
                    raise broken(path, f"there is no machine {machine}", f"0 to {machines - 1}")
                steps.append({f"M{machine:03d}": minutes})
            jobs.append(Job(f"J{k:04d}", steps))
        numbers.end()
        yield case_of(path, data, machines_of(machines), jobs)
