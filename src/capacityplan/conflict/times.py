"""Earliest and latest instants on a plant, valid for every plan of it.

In the window instants are exact. In the tail a plan only says the bucket, and all that happens in a
bucket may feed all else in it: an earliest instant there is the start of its bucket, a latest one
the end.
"""

from __future__ import annotations

from functools import cache

from capacityplan.domain.plant import Plant
from capacityplan.domain.timeline import Steps, Timeline, WorkingTime
from capacityplan.prepare.runway import Runway


class Times:
    """Working time of a plant, with all the overtime that could be opened.

    Parameters
    ----------
    plant : Plant
    """

    def __init__(self, plant: Plant) -> None:
        self.timeline = Timeline.of(plant)
        self.working = WorkingTime(plant, self.timeline)
        self.end = self.timeline.horizon_end
        self.steps = cache(self._steps)
        self._runway = cache(self._walk)

    def _steps(self, resource: str) -> Steps:
        overtime = self.working.overtime(resource)
        return self.working.regular(resource).union(overtime.intervals())

    def _walk(self, resource: str, overtime: bool) -> Runway:
        steps = self.steps(resource) if overtime else self.working.regular(resource)
        return Runway(steps, self.end + 1)

    def earliest(self, minute: int) -> int:
        """Return the instant from which on what happens at a minute may be used."""
        if minute <= self.timeline.window_end or minute > self.end:
            return minute
        return int(self.timeline.starts[self.timeline.bucket_of_end(minute)])

    def latest(self, minute: int) -> int:
        """Return the instant until which what is wanted at a minute may happen."""
        if minute < self.timeline.window_end or minute >= self.end:
            return minute
        return int(self.timeline.ends[self.timeline.bucket_of_start(minute)])

    def meets(self, earliest: int, latest: int) -> bool:
        """Whether what is there from one instant on can serve what is wanted by another."""
        return earliest < latest or (earliest == latest <= self.timeline.window_end)

    def finish(self, resource: str, start: int, minutes: int, overtime: bool = True) -> int | None:
        """Return when so many working minutes from an instant on are over; None: not within the horizon."""
        if minutes <= 0:
            return start if start <= self.end else None
        done = self._runway(resource, overtime).finish(start, minutes)
        return done if done <= self.end else None
