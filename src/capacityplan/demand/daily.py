"""Projections as daily rows: (days of the horizon,) millionths of a base unit, exact integers."""

from __future__ import annotations

import numpy as np

from capacityplan.domain.plant import Plant
from capacityplan.domain.timeline import Ints, Timeline

MILLION = 1_000_000
_CHUNK = 1_000_000

DailyRows = dict[tuple[str, str], Ints]
"""Daily rows by item and segment."""


def first_day(timeline: Timeline) -> int:
    """Ordinal of the horizon's first date."""
    return int(timeline.first_day[0])


def days_of(timeline: Timeline) -> int:
    """Days of the horizon."""
    return int(timeline.first_day[-1] + timeline.days[-1]) - first_day(timeline)


def stream_rows(plant: Plant, timeline: Timeline, stream: str | None = None) -> DailyRows:
    """Spread projections over their days and add them up with their weights.

    Parameters
    ----------
    stream : str, optional
        Only this stream's rows.
    """
    rows = plant.projections
    if not len(rows):
        return {}
    names = rows.names
    chosen = np.ones(len(rows), dtype=bool)
    if stream is not None:
        chosen = rows.stream == (names.index(stream) if stream in names else -1)
    first = first_day(timeline)
    keys, group = np.unique(rows.item[chosen] * len(names) + rows.segment[chosen], return_inverse=True)
    daily = np.zeros((len(keys), days_of(timeline)), dtype=np.int64)
    start, end = rows.start[chosen] - first, rows.end[chosen] - first
    amount = rows.quantity[chosen] * rows.weight_millionths[chosen]
    for begin in range(0, len(start), _CHUNK):
        part = slice(begin, begin + _CHUNK)
        spread(daily, group[part], start[part], end[part], amount[part])
    return {
        (names[key // len(names)], names[key % len(names)]): daily[index]
        for index, key in enumerate(keys.tolist())
    }


def spread(daily: Ints, group: Ints, start: Ints, end: Ints, amount: Ints) -> None:
    """Add rows evenly over their days, exactly: day k of n gets floor shares that sum to the row."""
    length = end - start + 1
    size = daily.shape[1]
    for offset in range(int(length.max(initial=0))):
        live = offset < length
        day = start[live] + offset
        before = _share(amount[live], length[live], offset)
        after = _share(amount[live], length[live], offset + 1)
        inside = (day >= 0) & (day < size)
        np.add.at(daily, (group[live][inside], day[inside]), (after - before)[inside])


def _share(amount: Ints, length: Ints, days: int) -> Ints:
    """``floor(amount * days / length)`` without overflow."""
    return amount // length * days + amount % length * days // length


def by_bucket(row: Ints, timeline: Timeline) -> Ints:
    """Round a daily row to base units per bucket.

    Rounding the running total keeps the sum over the horizon true to half a base unit.
    """
    edges = (timeline.first_day - first_day(timeline)).tolist()
    total = np.concatenate([[0], np.cumsum(row)])
    rounded = (total[[*edges, len(row)]] + MILLION // 2) // MILLION
    return np.diff(rounded)
