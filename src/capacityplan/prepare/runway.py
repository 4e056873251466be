"""Walking along a resource's working time: when work that starts here ends."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from capacityplan.domain.timeline import Steps


class Runway:
    """Working time of a resource, prepared for many look-ups.

    Minutes after the last working minute are answered with ``never``.
    """

    __slots__ = ("_before", "_ends", "_starts", "never", "total")

    def __init__(self, steps: Steps, never: int) -> None:
        self._starts: list[int] = steps.starts.tolist()
        self._ends: list[int] = steps.ends.tolist()
        self.never = never
        self._before = [0]
        for start, end in zip(self._starts, self._ends, strict=True):
            self._before.append(self._before[-1] + end - start)
        self.total = self._before[-1]

    def worked(self, minute: int) -> int:
        """Working minutes before an instant."""
        index = bisect_right(self._starts, minute) - 1
        if index < 0:
            return 0
        return self._before[index] + min(minute, self._ends[index]) - self._starts[index]

    def begin(self, minute: int) -> int:
        """First working minute at or after an instant."""
        index = bisect_right(self._ends, minute)
        return max(minute, self._starts[index]) if index < len(self._starts) else self.never

    def finish(self, minute: int, work: int) -> int:
        """Instant at which ``work`` minutes begun at or after an instant are done."""
        if work <= 0:
            return self.begin(minute)
        wanted = self.worked(minute) + work
        index = bisect_left(self._before, wanted) - 1
        if wanted > self.total:
            return self.never
        return self._starts[index] + wanted - self._before[index]

    def reached(self, worked: int) -> int:
        """First instant before which there are so many working minutes."""
        return self.finish(0, worked) if worked > 0 else 0

    def back(self, minute: int, work: int) -> int | None:
        """Latest instant from which ``work`` minutes are done by an instant; None: there is none."""
        if work <= 0:
            return minute
        wanted = self.worked(minute) - work
        if wanted < 0:
            return None
        index = bisect_right(self._before, wanted) - 1
        return self._starts[index] + wanted - self._before[index]

    def pieces(self, start: int, end: int) -> list[tuple[int, int]]:
        """Stretches of working time between two instants."""
        index = bisect_right(self._ends, start)
        found = []
        while index < len(self._starts) and self._starts[index] < end:
            found.append((max(start, self._starts[index]), min(end, self._ends[index])))
            index += 1
        return found

    def unbroken(self, minute: int, work: int) -> int:
        """First instant at or after one from which ``work`` minutes pass without a break."""
        index = bisect_right(self._ends, minute)
        while index < len(self._starts):
            begin = max(minute, self._starts[index])
            stop = self._ends[index]
            follower = index + 1
            while follower < len(self._starts) and self._starts[follower] == stop:
                stop = self._ends[follower]
                follower += 1
            if stop - begin >= work:
                return begin
            index += 1
        return self.never
