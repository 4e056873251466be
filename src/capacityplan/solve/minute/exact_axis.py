"""The time axis of a shop whose machines all work at the same hours: working minutes in a row."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from capacityplan.domain.timeline import Steps


class Axis:
    """Counts the working minutes of a shop, closed time left out.

    On it a run that pauses in breaks is one piece, so times compare as on a clock: a run ends no
    later than another starts exactly if the working minutes before its end are no more than those
    before the other's start.

    Parameters
    ----------
    steps : Steps
        Working time that all machines share.
    """

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._before = np.concatenate([[0], np.cumsum(steps.ends - steps.starts)])

    @property
    def length(self) -> int:
        """Working minutes in all."""
        return int(self._before[-1])

    def before(self, minute: int) -> int:
        """Working minutes before an instant: the first working moment at or after it."""
        return self._steps.open_minutes(0, minute) if minute > 0 else 0

    def start(self, worked: int) -> int:
        """Instant at which the working minute after ``worked`` others begins."""
        if worked >= self.length:
            return int(self._steps.ends[-1])
        place = int(np.searchsorted(self._before, worked, side="right")) - 1
        return int(self._steps.starts[place]) + worked - int(self._before[place])

    def end(self, worked: int) -> int:
        """Instant at which the working minute that makes ``worked`` complete ends."""
        return self.start(worked - 1) + 1 if worked else self.start(0)

    def stretches(self, steps: Steps) -> list[tuple[int, int, int]]:
        """Capacity of a resource along the axis: (from, to, capacity), without gaps."""
        edges = {0, self.length}
        for start, end, _ in steps.intervals():
            edges |= {min(self.before(start), self.length), min(self.before(end), self.length)}
        borders = sorted(edges)
        return [(first, last, steps.capacity_at(self.start(first))) for first, last in pairwise(borders)]
