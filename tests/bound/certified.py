"""Small random plants some of whose items need a certificate, written in an office that is seldom open."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F
from random import Random

from capacityplan.domain import plant as q

DAY = 1440


def with_certificates(plant: q.Plant, rng: Random) -> q.Plant:
    """Draw an office, whom it takes and for how long; for what is made and for what is bought."""
    validated = {row.item for row in plant.inspections if row.stage is q.Stage.VALIDATION}
    beside = {line.component for line in plant.bill_of_materials if line.by_product}
    calendar = rng.choice(["", "office", "office", "mornings"])
    hours = {"office": (range(7), 480, 960), "mornings": (range(0, 7, 2), 540, 720)}
    rows = tuple(
        q.CalendarRow(calendar, day, None, hours[calendar][1], hours[calendar][2])
        for day in (hours[calendar][0] if calendar else ())
    )
    own = rng.random() < 0.8
    office = q.Resource("OFFICE", q.ResourceKind.LAB, calendar=calendar, cost_per_hour=F(rng.choice([0, 30])))
    crew = any(row.resource == "CREW" for row in plant.resources)
    certificates = tuple(
        q.Inspection(
            f"A-{row.item}", q.Stage.CERTIFICATE, "OFFICE" if own else "LAB", item=row.item,
            lab_minutes=rng.choice([0, 30, 150]), wait_minutes=rng.choice([0, 0, 300, DAY, 2 * DAY]),
            analysts=int(crew and rng.random() < 0.3), labour="CREW" if crew else "",
            cost_per_lot=F(rng.choice([0, 9])),
        )
        for row in plant.items
        if row.item not in validated | beside and rng.random() < 0.6
    )  # fmt: skip
    return replace(
        plant, calendars=(*plant.calendars, *rows), resources=(*plant.resources, office),
        inspections=(*plant.inspections, *certificates),
    )  # fmt: skip
