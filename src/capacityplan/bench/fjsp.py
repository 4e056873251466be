"""Flexible job shop, makespan: per operation a number of alternatives, then pairs of machine and minutes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from capacityplan.bench.case import Case, Numbers, broken, files, text_of
from capacityplan.bench.makespan import case_of, machines_of
from capacityplan.bench.shop import Job

NAME = "fjsp"


def read(data: Path, names: Sequence[str]) -> Iterator[Case]:
    """Read files in the classical format (an average of alternatives may follow the sizes)."""
    for path in files(data, names, (".txt",)):
        numbers, count, machines = opened(path)
        jobs = jobs_of(path, numbers, count, machines)
        numbers.end()
        yield case_of(path, data, machines_of(machines), jobs)


def opened(path: Path) -> tuple[Numbers, int, int]:
    """Numbers of a file behind its sizes, and the numbers of jobs and machines."""
    head, _, body = text_of(path).partition("\n")
    numbers = Numbers(path, " ".join(head.split()[:2]) + "\n" + body)
    return numbers, numbers.one(1), numbers.one(1)


def jobs_of(path: Path, numbers: Numbers, count: int, machines: int, group: str = "") -> list[Job]:
    """Read jobs; with ``group``, each has a setup group of its own."""
    jobs = []
    for k in range(count):
        steps = []
        for _ in range(numbers.one(1)):
            step: dict[str, int] = {}
            for _ in range(numbers.one(1)):
                machine, minutes = numbers.one(1), numbers.one()
                if machine > machines:
                    raise broken(path, f"there is no machine {machine}", f"1 to {machines}")
                name = f"M{machine - 1:03d}"
                step[name] = min(minutes, step.get(name, minutes))
            steps.append(step)
        jobs.append(Job(f"J{k:04d}", steps, group=f"{group}{k:04d}" if group else ""))
    return jobs
