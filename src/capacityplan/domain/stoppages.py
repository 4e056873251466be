"""What a resource stands still for: downtime as stated, and the cleaning of its campaigns."""

from __future__ import annotations

from dataclasses import dataclass

from capacityplan.domain.plant import Downtime, Plant, Resource


@dataclass(frozen=True, slots=True)
class Cleaning(Downtime):
    """Downtime by running hours of a campaign: a changeover to another setup group begins a new one."""


def cleaning_of(row: Resource) -> Cleaning | None:
    """Return the cleaning of a resource as a row of downtime; None without a longest campaign."""
    if row.campaign_max_hours is None:
        return None
    return Cleaning(
        f"cleaning-{row.resource}", row.resource, reason="cleaning", minutes=row.cleaning_minutes,
        every_run_hours=row.campaign_max_hours, run_hours_before=row.campaign_hours_before,
    )  # fmt: skip


def stoppages(plant: Plant) -> tuple[Downtime, ...]:
    """Return the downtime of a plant, and the cleaning of its resources with campaigns."""
    cleanings = (cleaning_of(row) for row in plant.resources)
    return (*plant.downtime, *(row for row in cleanings if row is not None))
