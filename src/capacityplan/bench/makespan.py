"""What the families that minimise the makespan share: a price of one per minute of the last end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from capacityplan.bench.case import Case, best_known
from capacityplan.bench.shop import Job, Machine, Shop, plant_of


def case_of(
    path: Path,
    data: Path,
    machines: Sequence[Machine],
    jobs: Sequence[Job],
    setups: Mapping[tuple[str, str, str], int] | None = None,
) -> Case:
    """Make a case of jobs whose last end counts."""
    lower, upper = best_known(data).get(path.stem, (None, None))
    shop = Shop(path.stem, machines, jobs, setups or {}, makespan_cost=1)
    return Case(path.stem, plant_of(shop), lower, upper)


def machines_of(count: int, matrix: str = "") -> list[Machine]:
    """Machines M000, M001, ... with a changeover matrix each, where one is named."""
    return [Machine(f"M{m:03d}", f"{matrix}{m:03d}" if matrix else "") for m in range(count)]
