"""Time on resources: working-minute arithmetic, machines in sequence, pools by the minute."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from capacityplan.domain.timeline import Steps


class WorkClock:
    """Working minutes of a resource, by bisection over its open intervals."""

    def __init__(self, steps: Steps) -> None:
        self._starts: list[int] = steps.starts.tolist()
        self._ends: list[int] = steps.ends.tolist()
        self._before = [0]
        for start, end in zip(self._starts, self._ends, strict=True):
            self._before.append(self._before[-1] + end - start)

    def next_open(self, minute: int) -> int | None:
        """First working minute at or after an instant."""
        k = bisect_right(self._starts, minute) - 1
        if k >= 0 and minute < self._ends[k]:
            return minute
        return self._starts[k + 1] if k + 1 < len(self._starts) else None

    def next_whole(self, minute: int, work: int) -> int | None:
        """First instant from which ``work`` minutes are open without a break."""
        start = self.next_open(minute)
        while start is not None:
            end = self.finish(start, work)
            if end is None or end - start == work:
                return start if end is not None else None
            k = bisect_right(self._starts, start) - 1
            start = self._starts[k + 1] if k + 1 < len(self._starts) else None
        return None

    def finish(self, start: int, work: int) -> int | None:
        """End of ``work`` working minutes from a working minute."""
        if not work:
            return start
        k = bisect_right(self._starts, start) - 1
        total = self._before[k] + start - self._starts[k] + work
        if total > self._before[-1]:
            return None
        j = bisect_right(self._before, total - 1) - 1
        return self._starts[j] + total - self._before[j]

    def worked(self, minute: int) -> int:
        """Working minutes before an instant."""
        k = bisect_right(self._starts, minute) - 1
        return 0 if k < 0 else self._before[k] + min(minute, self._ends[k]) - self._starts[k]

    def reached(self, worked: int) -> int:
        """First instant before which there are so many working minutes."""
        if worked <= 0:
            return 0
        k = bisect_left(self._before, worked) - 1
        return self._starts[k] + worked - self._before[k]

    def begin(self, end: int, work: int) -> int | None:
        """Latest instant from which ``work`` working minutes fit before ``end``."""
        if not work:
            return end
        k = bisect_right(self._starts, end - 1) - 1
        if k < 0:
            return None
        total = self._before[k] + min(end, self._ends[k]) - self._starts[k] - work
        if total < 0:
            return None
        j = bisect_right(self._before, total) - 1
        return self._starts[j] + total - self._before[j]


class Pool:
    """Units of labour, tools or lab places left at every minute."""

    def __init__(self, left: npt.NDArray[np.int32]) -> None:
        self.left = left

    @classmethod
    def of(cls, steps: Steps, minutes: int) -> Pool:
        """Nothing taken yet: what a calendar offers."""
        left = np.zeros(minutes, dtype=np.int32)
        for start, end, capacity in steps.intervals():
            left[start:end] = capacity
        return cls(left)

    def copy(self) -> Pool:
        """Return another pool with the same units left."""
        return Pool(self.left.copy())

    def conflict(self, start: int, end: int, units: int, worked: Iterable[tuple[int, int]]) -> int | None:
        """Last worked minute in ``start..end`` with too few units; None if all have enough."""
        if end > len(self.left):
            return end
        found: int | None = None
        for a, b in worked:
            short = (self.left[max(a, start) : min(b, end)] < units).nonzero()[0]
            if len(short):
                found = max(a, start) + int(short[-1])
        return found

    def take(self, start: int, end: int, units: int, worked: Iterable[tuple[int, int]]) -> None:
        """Occupy units in the worked minutes of ``start..end``."""
        for a, b in worked:
            self.left[max(a, start) : min(b, end)] -= units


@dataclass(slots=True)
class Batch:
    """A batch that lots can still join."""

    start: int
    end: int
    setup_start: int
    room: int

    def give_back(self, quantity: int) -> None:
        """Take a lot out of the batch."""
        self.room += quantity
