"""Buckets of the tail: minutes left on a resource, and its lists of setup groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from capacityplan.domain.timeline import Ints
from capacityplan.solve.insert.lanes import Changeover

Starts = tuple[tuple[int, str], ...]
"""Bucket of start and setup group of the runs to the minute, in sequence."""


@dataclass(frozen=True, slots=True)
class TailLane:
    """A resource in buckets. Not changed in place.

    Attributes
    ----------
    room, load : (buckets,) minutes
        Capacity under the plan, and what is used of it, changeovers not included.
    lists : dict of bucket to setup groups in order
    batched : dict of (operation, group, bucket) to base units
    """

    initial: str | None
    listed: bool
    counts_changeovers: bool
    room: Ints
    load: Ints
    lists: Mapping[int, tuple[str, ...]]
    batched: Mapping[tuple[str, str, int], int]

    def changes(
        self, lists: Mapping[int, tuple[str, ...]], starts: Starts, changeover: Changeover
    ) -> Ints | None:
        """Minutes of changeovers by bucket; None where the matrix lacks a pair."""
        minutes = [0] * len(self.room)
        state, begun = self.initial, 0
        for bucket in sorted(lists):
            while begun < len(starts) and starts[begun][0] <= bucket:
                state = starts[begun][1]
                begun += 1
            for group in lists[bucket]:
                change = changeover(state, group)
                if change is None:
                    return None
                minutes[bucket] += change
                state = group
        return np.array(minutes if self.counts_changeovers else [0] * len(minutes), dtype=np.int64)

    def fits(self, starts: Starts, changeover: Changeover, first: int) -> bool:
        """Whether every bucket of the tail has room, with runs to the minute as stated."""
        change = self.changes(self.lists, starts, changeover)
        if change is None:
            return False
        return bool((self.load + change <= self.room)[first:].all())

    def offer(
        self, bucket: int, group: str, starts: Starts, changeover: Changeover, first: int
    ) -> tuple[int, Mapping[int, tuple[str, ...]]]:
        """Return the minutes left in a bucket for a group, and the lists with the group in its best place."""
        best: tuple[int, Mapping[int, tuple[str, ...]]] = (0, self.lists)
        free = self.room - self.load
        if not self.listed:
            left = int(free[bucket])
            return (left, self.lists) if left > 0 else best
        for lists in self._listings(bucket, group, starts):
            change = self.changes(lists, starts, changeover)
            if change is None:
                continue
            left = int(free[bucket] - change[bucket])
            if left <= best[0]:
                continue
            # A changeover elsewhere may take what is free there, no more.
            over = (change > free) & (change > 0)
            over[bucket] = False
            if not over[first:].any():
                best = (left, lists)
        return best

    def _listings(self, bucket: int, group: str, starts: Starts) -> Iterator[Mapping[int, tuple[str, ...]]]:
        """Lists of setup groups with the group in the bucket: as they are, or with it in any place."""
        groups = self.lists.get(bucket, ())
        if not self.listed or group in groups:
            yield self.lists
            return
        # A run to the minute comes first in its bucket; it may be in the list for a load of its own.
        first = 1 if groups and any(begun <= bucket and name == groups[0] for begun, name in starts) else 0
        for place in range(len(groups), first - 1, -1):
            yield {**self.lists, bucket: (*groups[:place], group, *groups[place:])}

    def taken(self, bucket: int, minutes: int, lists: Mapping[int, tuple[str, ...]]) -> TailLane:
        """Book minutes of a bucket."""
        load = self.load.copy()
        load[bucket] += minutes
        return replace(self, load=load, lists=lists)

    def with_batch(self, key: tuple[str, str, int], quantity: int) -> TailLane:
        """Add a quantity to the batches of an operation and group in a bucket."""
        return replace(self, batched={**self.batched, key: self.batched.get(key, 0) + quantity})
