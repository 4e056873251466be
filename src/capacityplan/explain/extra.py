"""Plants with more capacity that could be had: extra shifts, more people, a second machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from capacityplan.domain.plant import CalendarRow, Plant, Resource
from capacityplan.domain.timeline import Steps, Timeline, WorkingTime
from capacityplan.explain.relax import twin
from capacityplan.units import MINUTES_PER_DAY


def extra_shift(plant: Plant, row: Resource, rate: Fraction) -> Plant:
    """Return the plant with a resource open whenever it is closed, at a price, as a resource of its own."""
    name = f"{row.resource} (extra shift)"
    extra = replace(row, resource=name, calendar=name, overtime_calendar="", cost_per_hour=rate,
                    initial_setup_group="", campaign_hours_before=Fraction(0))  # fmt: skip
    plant = twin(plant, row, extra, rate)
    return replace(plant, calendars=(*plant.calendars, *_closed(plant, row.resource, name)))


def second_machine(plant: Plant, row: Resource, rate: Fraction | None) -> Plant:
    """Return the plant with a second resource of a kind, day and night (None: at the rate of the first)."""
    extra = replace(row, resource=f"{row.resource} (second)", calendar="", overtime_calendar="",
                    initial_setup_group="", campaign_hours_before=Fraction(0))  # fmt: skip
    return twin(plant, row, extra, rate)


def more_in_pool(plant: Plant, row: Resource, count: int) -> Plant:
    """Return the plant with more people, tools or places of a pool in every shift."""
    name = f"{row.calendar} (and {count} more)" if row.calendar else ""
    extra = tuple(
        replace(one, calendar=name, capacity=None if one.capacity is None else one.capacity + count)
        for one in plant.calendars
        if row.calendar and one.calendar == row.calendar
    )
    more = replace(row, capacity=row.capacity + count, calendar=name)
    rows = tuple(more if one.resource == row.resource else one for one in plant.resources)
    return replace(plant, resources=rows, calendars=(*plant.calendars, *extra))


def _closed(plant: Plant, resource: str, name: str) -> Iterator[CalendarRow]:
    """The hours in which a resource does not work, as rows of dates."""
    timeline = Timeline.of(plant)
    clock, free = timeline.clock, Steps([(0, timeline.horizon_end, 1)])
    opened = [(start, end) for start, end, _ in WorkingTime(plant, timeline).regular(resource).intervals()]
    for start, end, _ in free.without(opened).intervals():
        while start < end:
            day = clock.ordinal(start)
            stop = min(end, clock.midnight(day + 1))
            begin, until = clock.local(start), clock.local(stop)
            last = MINUTES_PER_DAY if stop == clock.midnight(day + 1) else until.hour * 60 + until.minute
            first = begin.hour * 60 + begin.minute
            if first < last:
                yield CalendarRow(name, None, day, first, last)
            start = stop
