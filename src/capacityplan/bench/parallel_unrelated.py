"""Unrelated parallel machines, makespan: jobs, machines, then minutes per job and machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from capacityplan.bench.case import Case, Numbers, files
from capacityplan.bench.makespan import case_of, machines_of
from capacityplan.bench.shop import Job

NAME = "parallel_unrelated"


def read(data: Path, names: Sequence[str]) -> Iterator[Case]:
    """Read files of jobs that can run on every machine."""
    for path in files(data, names, (".txt",)):
        numbers = Numbers(path)
        count, machines = numbers.one(1), numbers.one(1)
        jobs = [
            Job(f"J{k:04d}", [{f"M{m:03d}": numbers.one() for m in range(machines)}]) for k in range(count)
        ]
        numbers.end()
        yield case_of(path, data, machines_of(machines), jobs)
