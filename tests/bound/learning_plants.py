"""Small random plants whose items are made slower at first: steps by date and by launch."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction as F
from random import Random

from capacityplan.domain import plant as q

FACTORS = (F(3), F(2), F(3, 2), F(5, 4), F(1), F(2, 3))


def with_learning(plant: q.Plant, rng: Random) -> q.Plant:
    """Draw the curve of every item that is made: most come down, some go up again."""
    first = date.fromisoformat(plant.start[:10]).toordinal()
    rows: list[q.LearningStep] = []
    launches = list(plant.launches)
    for row in plant.items:
        runs = {one.operation: one for one in plant.operations if one.item == row.item and not one.batch_size}
        rework = {one.rework_operation for one in plant.inspections if one.item == row.item}
        names = [name for name in runs if name not in rework]
        if not names or rng.random() < 0.2:
            continue
        operation = rng.choice(["", "", rng.choice(names)])
        days = rng.sample(range(2, 10), rng.choice([0, 1, 2]))
        days = sorted(
            (rng.choice([-2, 0]), 1, *days) if rng.random() < 0.6 else (0, rng.choice([2, 3]), *days)
        )
        factors = sorted((rng.choice(FACTORS) for _ in days), reverse=rng.random() < 0.8)
        launched = rng.random() < 0.3
        launch = first + rng.choice([-3, 0, 2])
        if launched:
            launches.append(q.Launch(f"go-{row.item}", row.item, launch))
        rows += [
            q.LearningStep(row.item, factor, operation, launch_day=first + day - launch)
            if launched else q.LearningStep(row.item, factor, operation, first + day)
            for day, factor in zip(days, factors, strict=True)
        ]  # fmt: skip
    horizon = replace(plant.horizon, schedule_days=2)
    return replace(plant, horizon=horizon, learning=tuple(rows), launches=tuple(launches))
