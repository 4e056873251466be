"""Hybrid flow shop, makespan: jobs, stages, machines of each stage, then minutes per job and stage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from capacityplan.bench.case import Case, Numbers, files
from capacityplan.bench.makespan import case_of
from capacityplan.bench.shop import Job, Machine

NAME = "hfsp"


def read(data: Path, names: Sequence[str]) -> Iterator[Case]:
    """Read files of jobs through stages of equal machines."""
    for path in files(data, names, (".txt",)):
        numbers = Numbers(path)
        count, stages = numbers.one(1), numbers.one(1)
        sizes = numbers.many(stages, 1)
        names_of = [[f"S{stage:02d}M{m:02d}" for m in range(size)] for stage, size in enumerate(sizes)]
        jobs = [
            Job(f"J{k:04d}", [dict.fromkeys(row, numbers.one()) for row in names_of]) for k in range(count)
        ]
        numbers.end()
        yield case_of(path, data, [Machine(name) for row in names_of for name in row], jobs)
