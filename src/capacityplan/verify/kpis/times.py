"""How the time of every resource is spent in the window, with the figures of ISO 22400-2."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from capacityplan.domain.plant import CalendarKind, Resource, ResourceKind
from capacityplan.units import floor_product
from capacityplan.verify.case import Case
from capacityplan.verify.facts import Work, work_minutes

_KINDS = (ResourceKind.MACHINE, ResourceKind.SUBCONTRACTOR)


@dataclass(frozen=True, slots=True)
class ResourceTimes:
    """Minutes of a resource in the window; those of a group of machines add up.

    Attributes
    ----------
    run, setup, idle : int
        Working time, opened overtime included (ISO 22400: planned busy time).
    down : int
        Downtime, locks and maintenance in the hours of the calendar.
    closed : int
        All other time.
    nominal : Fraction
        Minutes that the finished runs take at an efficiency of 1.
    finished : int
        Minutes of the runs that end in the window.
    produced, good : Fraction
        Units that these runs work on, and units that their yields leave.
    """

    resource: str
    run: int
    setup: int
    idle: int
    down: int
    closed: int
    nominal: Fraction
    finished: int
    produced: Fraction
    good: Fraction

    @property
    def calendar(self) -> int:
        """All minutes of the window: the sum of the five parts."""
        return self.run + self.setup + self.idle + self.down + self.closed

    @property
    def planned_busy(self) -> int:
        """Planned busy time: run, setup and idle."""
        return self.run + self.setup + self.idle

    @property
    def availability(self) -> Fraction | None:
        """Production time over planned busy time."""
        return Fraction(self.run, self.planned_busy) if self.planned_busy else None

    @property
    def effectiveness(self) -> Fraction | None:
        """Planned runtime of what was produced over the time it took."""
        return self.nominal / self.finished if self.finished else None

    @property
    def quality_ratio(self) -> Fraction | None:
        """Good over produced quantity."""
        return self.good / self.produced if self.produced else None

    @property
    def oee(self) -> Fraction | None:
        """Overall equipment effectiveness: availability x effectiveness x quality ratio."""
        parts = (self.availability, self.effectiveness, self.quality_ratio)
        if parts[0] is None or parts[1] is None or parts[2] is None:
            return None
        return parts[0] * parts[1] * parts[2]

    @property
    def setup_ratio(self) -> Fraction | None:
        """Setup time over run time."""
        return Fraction(self.setup, self.run) if self.run else None

    @property
    def utilisation(self) -> Fraction | None:
        """Utilisation efficiency: run time over busy time."""
        busy = self.run + self.setup
        return Fraction(self.run, busy) if busy else None


def resource_times(case: Case) -> tuple[ResourceTimes, ...]:
    """Return the times of every machine and subcontractor in the window."""
    rows = (row for row in case.plant.resources if row.kind in _KINDS)
    return tuple(_times(case, row) for row in rows)


def _times(case: Case, row: Resource) -> ResourceTimes:
    end, name = case.timeline.window_end, row.resource
    scheduled = case.time.calendar(row.calendar, CalendarKind.WORK, row.capacity)
    machines = max([row.capacity, *(capacity for _, _, capacity in scheduled.intervals())])
    opened = case.working(name).capacity_minutes(0, end)
    cuts = [(one.start, one.end) for one in case.plan.maintenance if one.resource == name]
    regular = case.time.regular(name).without(cuts).capacity_minutes(0, end)
    planned = scheduled.capacity_minutes(0, end)
    setup = run = 0
    for one in case.occupations.get(name, ()):
        setup += _inside(case, name, one.setup_start, one.start)
        run += _inside(case, name, one.start, one.end)
    works = list(_finished(case, name))
    return ResourceTimes(
        name, run, setup, opened - run - setup, planned - regular,
        machines * end - planned - (opened - regular),
        sum((_nominal(case, work) for work in works), Fraction(0)), sum(work.minutes for work in works),
        sum((_units(case, work, work.row.quantity) for work in works), Fraction(0)),
        sum((_units(case, work, _good(work)) for work in works), Fraction(0)),
    )  # fmt: skip


def _inside(case: Case, resource: str, start: int, end: int) -> int:
    """Working minutes between two instants, as far as they lie in the window."""
    window = case.timeline.window_buckets
    return sum(minutes for bucket, minutes in case.by_bucket(resource, start, end) if bucket < window)


def _finished(case: Case, resource: str) -> Iterator[Work]:
    """Runs that end in the window; a batch by the lot that it is booked on."""
    for one in case.occupations.get(resource, ()):
        if one.end <= case.timeline.window_end:
            yield one.charged


def _nominal(case: Case, work: Work) -> Fraction:
    scale = case.lookup.scale[work.item]
    return work_minutes(work.operation, work.mode, Fraction(1), work.row.quantity, scale)


def _good(work: Work) -> int:
    return floor_product(work.row.quantity, work.operation.yield_fraction)


def _units(case: Case, work: Work, quantity: int) -> Fraction:
    return Fraction(quantity, case.lookup.scale[work.item])
