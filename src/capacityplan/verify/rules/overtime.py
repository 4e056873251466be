"""Checks that overtime is opened where it is offered, and not too much of it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from capacityplan.domain.plan import BucketOvertime, Overtime
from capacityplan.errors import Violation
from capacityplan.units import MINUTES_PER_HOUR
from capacityplan.verify.case import DAYS_PER_WEEK, Case, week_of

RULE = "overtime"


def check(case: Case) -> Iterator[Violation]:
    """Yield overtime that is not offered, opened twice, or beyond a bucket's or week's limit."""
    opened: dict[str, list[Overtime]] = {}
    for row in case.plan.overtime:
        opened.setdefault(row.resource, []).append(row)
    added: dict[str, list[BucketOvertime]] = {}
    for extra in case.plan.bucket_overtime:
        added.setdefault(extra.resource, []).append(extra)
    for resource in sorted(opened.keys() | added.keys()):
        rows, extras = opened.get(resource, []), added.get(resource, [])
        yield from _offered(case, resource, rows)
        yield from _buckets(case, resource, rows, extras)
        yield from _weeks(case, resource, rows, extras)


def _offered(case: Case, resource: str, rows: list[Overtime]) -> Iterator[Violation]:
    offered = case.time.overtime(resource)
    for row in rows:
        if not offered.contains(row.start, row.end):
            yield Violation(
                RULE, (resource,), "overtime outside what is offered", f"{row.start} to {row.end}"
            )
    for before, after in pairwise(sorted(rows, key=lambda row: (row.start, row.end))):
        if after.start < before.end:
            yield Violation(
                RULE, (resource,), "overtime opened twice", str(after.start), f">= {before.end}", "minute"
            )


def _buckets(
    case: Case, resource: str, rows: list[Overtime], extras: list[BucketOvertime]
) -> Iterator[Violation]:
    offered = case.time.overtime(resource)
    for bucket in sorted({extra.bucket for extra in extras}):
        begin, end = int(case.timeline.starts[bucket]), int(case.timeline.ends[bucket])
        used = sum(extra.minutes for extra in extras if extra.bucket == bucket)
        used += sum(max(0, min(row.end, end) - max(row.start, begin)) for row in rows)
        room = offered.open_minutes(begin, end)
        if used > room:
            yield Violation(
                RULE, (resource,), f"overtime of bucket {bucket}", str(used), f"<= {room}", "minutes"
            )


def _weeks(
    case: Case, resource: str, rows: list[Overtime], extras: list[BucketOvertime]
) -> Iterator[Violation]:
    """Overtime by ISO week; minutes of a bucket lie evenly over its days."""
    hours = case.lookup.resources[resource].max_overtime_hours_per_week
    if hours is None:
        return
    used: dict[int, Fraction] = {}
    clock = case.timeline.clock
    for row in rows:
        start = row.start
        while start < row.end:
            week = week_of(clock.ordinal(start))
            stop = min(row.end, clock.midnight((week + 1) * DAYS_PER_WEEK + 1))
            used[week] = used.get(week, Fraction(0)) + stop - start
            start = stop
    for extra in extras:
        first, days = int(case.timeline.first_day[extra.bucket]), int(case.timeline.days[extra.bucket])
        for day in range(first, first + days):
            used[week_of(day)] = used.get(week_of(day), Fraction(0)) + Fraction(extra.minutes, days)
    limit = hours * MINUTES_PER_HOUR
    for week, minutes in sorted(used.items()):
        if minutes > limit:
            yield Violation(
                RULE, (resource,), f"overtime of the week from {clock.midnight(week * 7 + 1)}",
                str(minutes), f"<= {limit}", "minutes",
            )  # fmt: skip
