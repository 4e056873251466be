"""Small random plants whose people have skills: of named labour, of any, several at once, for a time."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from capacityplan.domain import plant as q

DAY = 1440


def with_skills(plant: q.Plant, rng: Random) -> q.Plant:
    """Let most modes ask for a skill that few people have."""
    people = tuple(
        q.Resource(
            name, q.ResourceKind.LABOUR, capacity=rng.choice([1, 1, 2]), calendar="staff", cost_per_hour=6
        )
        for name in ("ann", "bob")
    )
    staff = tuple(q.CalendarRow("staff", day, None, 0, rng.choice([240, 720, DAY])) for day in range(7))
    skills = tuple(
        q.Skill(row.resource, skill, rng.choice([None, None, DAY]), rng.choice([None, None, 3 * DAY]))
        for row in people
        for skill in ("weld", "grind")
        if row.resource == "ann" or rng.random() < 0.5
    )
    modes = tuple(_ask(row, rng) if rng.random() < 0.8 else row for row in plant.operation_resources)
    return replace(
        plant, resources=(*plant.resources, *people), calendars=(*plant.calendars, *staff), skills=skills,
        operation_resources=modes,
    )  # fmt: skip


def _ask(mode: q.OperationResource, rng: Random) -> q.OperationResource:
    if rng.random() < 0.3:
        return replace(mode, labour="ann", labour_units=1, skill=rng.choice(["", "weld", "grind"]))
    return replace(mode, labour="", labour_units=1, skill=rng.choice(["weld", "grind"]))
