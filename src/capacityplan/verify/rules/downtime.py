"""Checks that flexible maintenance is placed: once in its time, or after so many hours of work."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

import numpy as np

from capacityplan.domain.plan import Maintenance, Run
from capacityplan.domain.plant import Downtime
from capacityplan.domain.timeline import Ints
from capacityplan.errors import Violation
from capacityplan.units import MINUTES_PER_HOUR
from capacityplan.verify.case import Case

RULE = "downtime"


def check(case: Case) -> Iterator[Violation]:
    """Yield maintenance that is missing, misplaced, of a wrong length, or due earlier."""
    placed: dict[str, list[Maintenance]] = {}
    for one in case.plan.maintenance:
        placed.setdefault(one.downtime, []).append(one)
    for row in case.plant.downtime:
        if row.start is None:
            found = sorted(placed.get(row.downtime, []), key=lambda one: one.start)
            for one in found:
                yield from _place(case, row, one)
            if row.every_run_hours is None:
                yield from _once(case, row, found)
            else:
                limit = row.every_run_hours * MINUTES_PER_HOUR
                yield from _intervals(case, row, found, limit)
                yield from _by_bucket(case, row, found, limit)
    yield from _overlaps(case)


def _place(case: Case, row: Downtime, one: Maintenance) -> Iterator[Violation]:
    name = (row.downtime,)
    if one.resource != row.resource:
        yield Violation(RULE, name, "maintenance of another resource", one.resource, row.resource)
    if one.end - one.start != row.minutes:
        yield Violation(
            RULE, name, "length of the maintenance", str(one.end - one.start), str(row.minutes), "minutes"
        )
    begin = row.flexible_from or 0
    end = case.timeline.horizon_end if row.flexible_to is None else row.flexible_to
    if one.start < begin or one.end > end:
        yield Violation(
            RULE,
            name,
            "maintenance outside its time",
            f"{one.start} to {one.end}",
            f"{begin} to {end}",
            "minute",
        )


def _once(case: Case, row: Downtime, found: list[Maintenance]) -> Iterator[Violation]:
    """Exactly once; at most once where its time reaches beyond the horizon."""
    within = row.flexible_to is None or row.flexible_to <= case.timeline.horizon_end
    if len(found) > 1 or (within and not found):
        yield Violation(RULE, (row.downtime,), "placements of the maintenance", str(len(found)), "1", "times")


def _intervals(case: Case, row: Downtime, found: list[Maintenance], limit: Fraction) -> Iterator[Violation]:
    """Run minutes of the window between one placement and the next."""
    working = case.working(row.resource)
    runs = [(one.start, one.end) for one in case.occupations.get(row.resource, ())]
    window = case.timeline.window_end
    stops = [0, *(min(one.start, window) for one in found), window]
    for begin, end in pairwise(stops):
        minutes = sum(working.open_minutes(max(a, begin), max(a, begin, min(b, end))) for a, b in runs)
        if minutes > limit:
            yield Violation(
                RULE, (row.downtime,), f"run minutes on {row.resource} from {begin} to {end}",
                str(minutes), f"<= {limit}", "minutes",
            )  # fmt: skip


def _by_bucket(case: Case, row: Downtime, found: list[Maintenance], limit: Fraction) -> Iterator[Violation]:
    """Run minutes up to the end of each bucket of the tail, against the placements until then."""
    done = np.cumsum(_run_minutes(case, row.resource))
    for bucket in range(case.timeline.window_buckets, len(case.timeline)):
        placed = sum(1 for one in found if one.start < case.timeline.ends[bucket])
        if done[bucket] > limit * (placed + 1):
            yield Violation(
                RULE, (row.downtime,), f"run minutes on {row.resource} up to bucket {bucket}",
                str(int(done[bucket])), f"<= {limit * (placed + 1)}", "minutes",
            )  # fmt: skip
            return


def _run_minutes(case: Case, resource: str) -> Ints:
    """Run minutes of a resource by bucket, setups left out where they are known apart."""
    table = np.zeros(len(case.timeline), dtype=np.int64)
    for one in case.occupations.get(resource, ()):
        for bucket, minutes in case.by_bucket(resource, one.start, one.end):
            table[bucket] += minutes
    for work in case.flow.works:
        if not isinstance(work.row, Run) and work.row.resource == resource and not work.operation.batch_size:
            for bucket, minutes in work.row.load:
                table[bucket] += minutes
            table[work.first] -= work.setup_minutes
    for batch in case.tail_batches:
        if batch.resource == resource:
            table[batch.bucket] += batch.minutes
    return table


def _overlaps(case: Case) -> Iterator[Violation]:
    rows = sorted(case.plan.maintenance, key=lambda one: (one.resource, one.start, one.end))
    for before, after in pairwise(rows):
        if before.resource == after.resource and after.start < before.end:
            yield Violation(
                RULE, (before.downtime, after.downtime), "maintenance overlaps",
                str(after.start), f">= {before.end}", "minute",
            )  # fmt: skip
