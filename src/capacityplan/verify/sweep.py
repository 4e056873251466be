"""Usage of a capacity over time: pieces of working time and where usage exceeds capacity."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from capacityplan.domain.timeline import Ints, Steps

Use = tuple[int, int, int, str]
"""A stretch of usage: start, end, units, and who uses."""


def pieces(steps: Steps, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Stretches of positive capacity between two instants."""
    low = int(np.searchsorted(steps.ends, start, side="right"))
    high = int(np.searchsorted(steps.starts, end, side="left"))
    for index in range(low, high):
        yield max(start, int(steps.starts[index])), min(end, int(steps.ends[index]))


def clip(steps: Steps, spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """Cut a capacity profile down to given spans."""
    for start, end in spans:
        for a, b in pieces(steps, start, end):
            yield a, b, steps.capacity_at(a)


def split(steps: Steps, starts: Ints, ends: Ints, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Working minutes between two instants by bucket: (bucket, minutes) where there are any."""
    low = int(np.searchsorted(ends, start, side="right"))
    high = int(np.searchsorted(starts, end, side="left"))
    for bucket in range(low, high):
        minutes = steps.open_minutes(max(start, int(starts[bucket])), min(end, int(ends[bucket])))
        if minutes:
            yield bucket, minutes


def overload(
    profile: Steps, uses: list[Use], only_open: bool = False
) -> tuple[int, int, int, list[str]] | None:
    """Find the first minute at which usage exceeds capacity.

    Parameters
    ----------
    uses : list of (start, end, units, name)
    only_open : bool
        Look only at minutes with positive capacity.

    Returns
    -------
    (minute, used, capacity, names) or None
    """
    begin = np.array([use[0] for use in uses], dtype=np.int64)
    end = np.array([use[1] for use in uses], dtype=np.int64)
    units = np.array([use[2] for use in uses], dtype=np.int64)
    times = np.unique(np.concatenate([begin, end, profile.starts, profile.ends]))
    change = np.zeros(len(times), dtype=np.int64)
    np.add.at(change, np.searchsorted(times, begin), units)
    np.add.at(change, np.searchsorted(times, end), -units)
    used = np.cumsum(change)
    room = np.zeros(len(times), dtype=np.int64)
    last = np.searchsorted(profile.starts, times, side="right") - 1
    inside = last >= 0
    inside[inside] = times[inside] < profile.ends[last[inside]]
    room[inside] = profile.capacity[last[inside]]
    over = (used > room) & inside if only_open else used > room
    if not over.any():
        return None
    index = int(np.argmax(over))
    minute = int(times[index])
    names = [name for a, b, _, name in uses if a <= minute < b]
    return minute, int(used[index]), int(room[index]), names
