"""Single machine, total weighted tardiness (OR-Library): one machine, jobs with weights and due dates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from capacityplan.bench.case import Case, Numbers, broken
from capacityplan.bench.shop import Job, Machine, Shop, plant_of

NAME = "wt"
_FILE = re.compile(r"wt(\d+)\.txt")


def read(data: Path, names: Sequence[str]) -> Iterator[Case]:
    """Read ``wtN.txt`` files (instances ``wtN_1``, ...), optima from ``wtoptN.txt`` beside them."""
    paths = (
        [data] if data.is_file() else sorted(path for path in data.glob("*") if _FILE.fullmatch(path.name))
    )
    wanted = set(names)
    for path in paths:
        for case in _file(path):
            if not names or case.instance in wanted:
                wanted.discard(case.instance)
                yield case
    if not paths or wanted:
        raise broken(data, f"there is no instance {', '.join(sorted(wanted)) or 'wtN.txt'}")


def _file(path: Path) -> Iterator[Case]:
    match = _FILE.fullmatch(path.name)
    if match is None:
        raise broken(path, "the name does not tell the number of jobs", "wtN.txt")
    count = int(match[1])
    best = path.with_name(f"wtopt{count}.txt")
    optima = Numbers(best) if best.is_file() else None
    numbers = Numbers(path)
    instance = 0
    while numbers:
        instance += 1
        minutes, weights, dues = numbers.many(count), numbers.many(count), numbers.many(count)
        optimum = float(optima.one()) if optima is not None else None
        name = f"wt{count}_{instance}"
        jobs = [
            Job(f"J{k:03d}", [{"machine": row[0]}], row[2], row[1])
            for k, row in enumerate(zip(minutes, weights, dues, strict=True), start=1)
        ]
        yield Case(name, plant_of(Shop(name, [Machine("machine")], jobs, {})), optimum, optimum)
