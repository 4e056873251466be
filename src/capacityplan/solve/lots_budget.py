"""What is left of the time or work of a search."""

from __future__ import annotations

import time
from dataclasses import replace

from capacityplan.solve.highs import Effort
from capacityplan.solve.types import Limits

_WORK_PER_MOVE = 2.0
_SMALL, _SMALL_LEVELS = 1500, 300
"""Whole numbers up to which branch and bound has the last word: of one level, of several."""
_WHOLE_PER_WORK = 20.0
"""Whole numbers for which a unit of work pays (the root alone can take a minute for a thousand)."""


class Budget:
    """What is left of time or work."""

    def __init__(self, limits: Limits, began: float) -> None:
        self._limits = limits
        self._began = began
        self.work = limits.work

    def share(self, share: float) -> float:
        """Instant at which a share of the time is used up."""
        return self._began + (self._limits.deadline - self._began) * share

    def left(self, until: float | None = None) -> float:
        """Seconds left until an instant (the deadline); 0 once somebody asked to stop."""
        if self._limits.stop():
            return 0.0
        end = self._limits.deadline if until is None else until
        return max(0.0, end - time.monotonic())

    def part(self, until: float, share: float) -> Limits:
        """Limits of a part of the search: an instant, or a share of the work."""
        work = None if self.work is None else self.work * share
        return replace(self._limits, deadline=min(until, self._limits.deadline), work=work)

    def effort(self, seconds: float, gap: float = 1e-4) -> Effort:
        """Limits of one solve: by nodes where work is counted, else by seconds."""
        if self.work is None:
            return Effort(min(seconds, self.left()), gap=gap)
        return Effort(self.left(), nodes=max(1, round(self.work)), gap=gap)

    def branches(self, whole: int, levels: bool) -> bool:
        """Whether branch and bound is worth its work on a model with so many whole numbers.

        Parameters
        ----------
        levels : bool
            Whether items are made of others, which branch and bound is slow with.
        """
        return whole <= (_SMALL_LEVELS if levels else _SMALL) and (
            self.work is None or whole <= self.work * _WHOLE_PER_WORK
        )

    def moves(self) -> int | None:
        """Number of neighbourhoods to search where work is counted."""
        return None if self.work is None else max(1, round(self.work / _WORK_PER_MOVE))

    @property
    def seed(self) -> int:
        """Seed of the order of neighbourhoods."""
        return self._limits.seed
