"""Flexible job shop with setup times by machine and pair of jobs, makespan.

Files whose setups are by pair of operations are refused: a plant's setup group belongs to the item.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from capacityplan.bench.case import Case, broken, files
from capacityplan.bench.fjsp import jobs_of, opened
from capacityplan.bench.makespan import case_of, machines_of

NAME = "fjsp_sdst"


def read(data: Path, names: Sequence[str]) -> Iterator[Case]:
    """Read ``.fjs`` files: jobs as in fjsp, then per machine a matrix from job to job."""
    for path in files(data, names, (".fjs",)):
        numbers, count, machines = opened(path)
        jobs = jobs_of(path, numbers, count, machines, "J")
        setups = {}
        for m in range(machines):
            for a in range(count):
                for b in range(count):
                    setups[f"m{m:03d}", f"J{a:04d}", f"J{b:04d}"] = numbers.one()
        if numbers:
            raise broken(path, "setups are not by pair of jobs", "a number per machine and pair of jobs")
        yield case_of(path, data, machines_of(machines, "m"), jobs, setups)
