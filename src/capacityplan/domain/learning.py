"""Learning: versions of a routing that are run slower at first, each for the days that it holds.

The rows of an item cut time into stretches in which its run times are constant. A stretch is a version
of every routing of the item, like a recipe (`capacityplan.domain.recipes`): its run times are the stated
ones times the factors that hold, and its lots start within the stretch. The stretch at the start of the
plan carries the routing's own name; the later ones add the date on which they begin: ``V1@2027-03-08``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from capacityplan.domain.people import LearningStep
from capacityplan.domain.plant import Operation, OperationResource, Plant
from capacityplan.domain.timeline import Timeline

MOST_STRETCHES = 12
"""Stretches of an item within the horizon."""
_MARK = "@"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days in which an item's run times are constant.

    Attributes
    ----------
    since, until : int or None
        First minute, and the first one after it; None: of all before, of all after.
    mark : str
        What it adds to the name of a version.
    factors : dict of operation to Fraction
        What run minutes are multiplied by; ``""``: those of all other operations.
    """

    since: int | None
    until: int | None
    mark: str
    factors: dict[str, Fraction]

    def operation(self, row: Operation) -> Operation:
        """Return an operation with the run time of the stretch."""
        factor = self._factor(row.operation)
        return row if factor == 1 else replace(row, run_minutes=row.run_minutes * factor)

    def mode(self, row: OperationResource) -> OperationResource:
        """Return a mode with the run time of the stretch, where it states one of its own."""
        factor = self._factor(row.operation)
        if factor == 1 or row.run_minutes is None:
            return row
        return replace(row, run_minutes=row.run_minutes * factor)

    def _factor(self, operation: str) -> Fraction:
        return self.factors.get(operation, self.factors.get("", Fraction(1)))


def stretches(plant: Plant) -> dict[str, tuple[Stretch, ...]]:
    """Return the stretches of every item that learns, those of the horizon, in the order of time."""
    if not plant.learning:
        return {}
    timeline = Timeline.of(plant)
    found: dict[str, tuple[Stretch, ...]] = {}
    for item in dict.fromkeys(row.item for row in plant.learning):
        dated = _dated(plant, item)
        if dated:
            found[item] = _stretches(dated, timeline)
    return found


def without_stretch(version: str) -> str:
    """Return the name of a version as it is at the start of a plan."""
    name, mark, day = version.rpartition(_MARK)
    try:
        date.fromisoformat(day)
    except ValueError:
        return version
    return name if mark else version


def launch_dates(plant: Plant) -> dict[str, int]:
    """Date of the first approved launch of every item that has one."""
    found: dict[str, int] = {}
    for row in plant.launches:
        if row.status == "approved":
            found[row.item] = min(row.date, found.get(row.item, row.date))
    return found


def _dated(plant: Plant, item: str) -> list[tuple[int, LearningStep]]:
    """Rows of an item with their dates; those of a launch that is not approved have none."""
    launch = launch_dates(plant).get(item)
    found = []
    for row in plant.learning:
        if row.item != item:
            continue
        if row.date is not None:
            found.append((row.date, row))
        elif row.launch_day is not None and launch is not None:
            found.append((launch + row.launch_day, row))
    return sorted(found, key=lambda one: one[0])


def _stretches(dated: list[tuple[int, LearningStep]], timeline: Timeline) -> tuple[Stretch, ...]:
    """Cut time where a factor changes: before its first row the first one of an operation holds."""
    today = int(timeline.first_day[0])
    end = int(timeline.first_day[-1] + timeline.days[-1])
    factors: dict[str, Fraction] = {}
    for _, row in dated:
        factors.setdefault(row.operation, row.run_time_factor)
    cuts: dict[int, dict[str, Fraction]] = {today: factors}
    for day, row in dated:
        if day < end and factors[row.operation] != row.run_time_factor:
            factors = {**factors, row.operation: row.run_time_factor}
            cuts[max(day, today)] = factors
    days = list(cuts)
    begins = [timeline.clock.midnight(day) for day in days]
    return tuple(
        Stretch(
            begins[k] if k else None, begins[k + 1] if k + 1 < len(days) else None,
            f"{_MARK}{date.fromordinal(day).isoformat()}" if k else "", cuts[day],
        )
        for k, day in enumerate(days)
    )  # fmt: skip
