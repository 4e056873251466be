"""Stock of one item as a plan leaves it: what is free from which moment on, for good.

Outflows that are already planned keep what they need: a quantity is free from a moment on only if
it could be taken then and every later level would still be at least zero. The conventions are the
checker's (docs/model.md, section 6): to the minute in the window, by bucket everywhere.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass

import numpy as np

from capacityplan.domain.timeline import Ints, Timeline
from capacityplan.solve.settle.batches import Batches
from capacityplan.units import MINUTES_PER_DAY

INFLOW, CONSUMPTION, DELIVERY = 0, 1, 2
NEVER = 1 << 60
_PHASES = 4


@dataclass(frozen=True, slots=True)
class Event:
    """A change of stock: at a minute of the window, or in a bucket of the tail.

    Attributes
    ----------
    expires : int
        Of an inflow: minute at which it may no longer be used.
    """

    minute: int
    bucket: int
    kind: int
    quantity: int
    expires: int = NEVER


class Level:
    """Committed flows of an item. Not changed in place: `with_event` returns another."""

    __slots__ = ("_batches", "_buckets", "_events", "_life", "_suffix", "_tail", "_timeline")

    def __init__(
        self, timeline: Timeline, events: list[Event], perishable: bool, remaining_life_days: int
    ) -> None:
        self._timeline = timeline
        self._life = max(remaining_life_days * MINUTES_PER_DAY, 1)
        self._buckets: Ints = np.zeros(len(timeline) + 1, dtype=np.int64)
        self._events: list[tuple[int, int, int]] = []
        self._batches = Batches() if perishable else None
        for event in events:
            self._add(event, 1)
        self._events.sort()
        self._refresh()

    def with_event(self, event: Event, sign: int = 1) -> Level:
        """Return the level with one more event (or, with sign -1, without it)."""
        twin = Level.__new__(Level)
        twin._timeline, twin._life = self._timeline, self._life
        twin._buckets = self._buckets.copy()
        twin._events = self._events.copy()
        twin._batches = None if self._batches is None else self._batches.copy()
        twin._add(event, sign)
        twin._refresh()
        return twin

    def _add(self, event: Event, sign: int) -> None:
        change = event.quantity if event.kind == INFLOW else -event.quantity
        self._buckets[min(event.bucket, len(self._timeline))] += change * sign
        if event.bucket < self._timeline.window_buckets:
            entry = (event.minute, event.kind, change)
            if sign > 0:
                insort(self._events, entry)
            else:
                del self._events[bisect_left(self._events, entry)]
        if self._batches is not None and event.bucket < len(self._timeline):
            flow = self._flow(event)
            if event.kind == INFLOW:
                (self._batches.put if sign > 0 else self._batches.take_out)(flow)
            else:
                (self._batches.take if sign > 0 else self._batches.put_back)(flow)

    def _refresh(self) -> None:
        """Lowest levels from each event and each bucket on."""
        levels = np.cumsum(np.array([row[2] for row in self._events], dtype=np.int64))
        self._suffix: Ints = np.minimum.accumulate(levels[::-1])[::-1]
        ends = np.cumsum(self._buckets)[:-1]
        self._tail: Ints = np.minimum.accumulate(ends[::-1])[::-1]

    def _flow(self, event: Event) -> tuple[int, int, int]:
        window = event.bucket < self._timeline.window_buckets
        at = event.minute if window else int(self._timeline.starts[event.bucket])
        key = (at if window else at + 1) * _PHASES + event.kind
        if event.kind == INFLOW:
            return key, event.quantity, event.expires
        return key, event.quantity, at + (self._life if event.kind == DELIVERY else 1)

    def free(self, minute: int, kind: int) -> int:
        """Base units that may be taken at a minute."""
        bucket = self._bucket(minute, kind)
        if bucket >= len(self._timeline):
            return 0
        most = int(self._tail[bucket])
        if bucket < self._timeline.window_buckets:
            place = bisect_left(self._events, (minute, kind + 1)) - 1
            most = min(most, int(self._suffix[place]) if place >= 0 else 0)
        if most <= 0 or self._batches is None:
            return max(0, most)
        return self._batches.most(self._flow(Event(minute, bucket, kind, most)))

    def lowest(self) -> int:
        """Lowest level of all (base units), below zero where a planned outflow is not covered."""
        found = int(self._tail[0])
        if len(self._suffix):
            found = min(found, int(self._suffix[0]))
        return found if self._batches is None else min(found, -self._batches.shortage())

    def below(self, quantity: int, minute: int) -> int | None:
        """First minute at or after one at which less than a quantity is left; None where there is none.

        Of a bucket it is the last minute.
        """
        levels = np.cumsum(np.array([row[2] for row in self._events], dtype=np.int64))
        start = bisect_left(self._events, (minute, 0))
        if start and levels[start - 1] < quantity:
            return minute
        found = [self._events[start + int(i)][0] for i in np.flatnonzero(levels[start:] < quantity)[:1]]
        bucket = self._timeline.bucket_of_start(minute)
        ends = np.cumsum(self._buckets)[bucket:-1]
        found += [int(self._timeline.ends[bucket + int(i)]) - 1 for i in np.flatnonzero(ends < quantity)[:1]]
        return min(found, default=None)

    def earliest(self, quantity: int, minute: int, kind: int) -> int | None:
        """First minute from which a quantity may be taken; None where there is none.

        In the tail it is the first minute of the bucket (of a delivery: the one after it).
        """
        if quantity <= 0:
            return minute
        found = self._level_time(quantity, minute, kind)
        if found is None or self._batches is None or self._covers(found, quantity, kind):
            return found
        for start in self._moments(found):
            found = self._level_time(quantity, start, kind)
            if found is not None and self._covers(found, quantity, kind):
                return found
        return None

    def _moments(self, minute: int) -> list[int]:
        """When more is there: inflows, and the buckets of the tail."""
        assert self._batches is not None
        inflows = {flow[0] // _PHASES for flow in self._batches.inflows}
        return sorted(row for row in inflows if row > minute)

    def _covers(self, minute: int, quantity: int, kind: int) -> bool:
        assert self._batches is not None
        return self._batches.covers(self._flow(Event(minute, self._bucket(minute, kind), kind, quantity)))

    def _level_time(self, quantity: int, minute: int, kind: int) -> int | None:
        timeline = self._timeline
        enough = np.flatnonzero(self._tail >= quantity)
        if not len(enough):
            return None
        first = int(enough[0])
        if self._bucket(minute, kind) < first:
            minute = int(timeline.starts[first]) + (1 if kind == DELIVERY else 0)
        if self._bucket(minute, kind) >= len(timeline):
            return None
        if self._bucket(minute, kind) >= timeline.window_buckets:
            return minute
        short = int(self._suffix.searchsorted(quantity, side="left"))
        if short == len(self._events):
            border = timeline.window_end + (1 if kind == DELIVERY else 0)
            return border if timeline.window_buckets < len(timeline) else None
        at, phase, _ = self._events[short]
        return max(minute, at if phase <= kind else at + 1)

    def _bucket(self, minute: int, kind: int) -> int:
        """Bucket of an outflow at a minute."""
        timeline = self._timeline
        return timeline.bucket_of_end(minute) if kind == DELIVERY else timeline.bucket_of_start(minute)
