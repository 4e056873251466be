"""Free stock against a plain replay of every moment."""

import random

import pytest
from promise_plants import small

from capacityplan.domain.timeline import Timeline
from capacityplan.solve.insert.levels import CONSUMPTION, DELIVERY, INFLOW, Event, Level


def levels(timeline: Timeline, events: list[Event]) -> list[tuple[tuple[int, int, int], int]]:
    """Level after every event to the minute, and at the end of every bucket."""
    found = []
    level = 0
    for event in sorted(events, key=lambda row: (row.minute, row.kind)):
        if event.bucket < timeline.window_buckets:
            level += event.quantity if event.kind == INFLOW else -event.quantity
            found.append(((0, event.minute, event.kind), level))
    for bucket in range(len(timeline)):
        level = sum(
            row.quantity if row.kind == INFLOW else -row.quantity for row in events if row.bucket <= bucket
        )
        found.append(((1, bucket, 0), level))
    return found


@pytest.mark.parametrize("seed", range(20))
def test_the_earliest_moment_leaves_every_later_level_at_least_zero(seed: int) -> None:
    luck = random.Random(seed)
    timeline = Timeline.of(small("fitband")[0])
    events: list[Event] = []
    for _ in range(12):
        kind = luck.choice([INFLOW, INFLOW, CONSUMPTION, DELIVERY])
        minute = luck.randrange(0, timeline.horizon_end, 360)
        find = timeline.bucket_of_start if kind == CONSUMPTION else timeline.bucket_of_end
        trial = Event(minute, find(minute), kind, luck.randrange(1, 50))
        if min(level for _, level in levels(timeline, [*events, trial])) >= 0:
            events.append(trial)
    level = Level(timeline, events, False, 0)
    quantity = luck.randrange(1, 60)
    for kind in (CONSUMPTION, DELIVERY):
        find = timeline.bucket_of_start if kind == CONSUMPTION else timeline.bucket_of_end
        first = 0 if kind == CONSUMPTION else 1

        def fits(minute: int, kind: int = kind, find=find) -> bool:  # type: ignore[no-untyped-def]
            if find(minute) >= len(timeline):
                return False
            taken = Event(minute, find(minute), kind, quantity)
            return min(level for _, level in levels(timeline, [*events, taken])) >= 0

        minutes = [first, *(row.minute for row in events), *(row.minute + 1 for row in events)]
        minutes += [int(row) + first for row in timeline.starts]
        expected = min((row for row in minutes if row >= first and fits(row)), default=None)
        found = level.earliest(quantity, first, kind)
        assert found == expected
        if found is not None:
            assert level.free(found, kind) >= quantity
    again = level.with_event(Event(5, 0, INFLOW, 7)).with_event(Event(5, 0, INFLOW, 7), -1)
    assert again.earliest(quantity, 0, CONSUMPTION) == level.earliest(quantity, 0, CONSUMPTION)
