"""Maintenance by running hours, some time later: what has begun, and what was run since the last one."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from capacityplan.domain.plant import Downtime
from capacityplan.replan.confirmed import Confirmed
from capacityplan.units import MINUTES_PER_HOUR
from capacityplan.verify.case import Case
from capacityplan.verify.sweep import pieces


def counted_on(row: Downtime, case: Case, confirmed: Confirmed) -> list[Downtime]:
    """Return the row with its hours counted on, and maintenance under way as fixed downtime.

    Hours that the row states otherwise than the plan's plant did are taken as read off the machine.
    Runs count as planned: all of them, or those of which something is confirmed.
    """
    now = confirmed.now
    former = next((one for one in case.plant.downtime if one.downtime == row.downtime), None)
    if former is None or former.run_hours_before != row.run_hours_before:
        return [row]
    begun = [
        one
        for one in case.plan.maintenance
        if one.downtime == row.downtime and one.start < now and confirmed.as_planned
    ]
    done = confirmed.last_maintained(row.downtime)
    last = max([done or 0, *(min(one.end, now) for one in begun)])
    before = row.run_hours_before if done is None and not begun else Fraction(0)
    rows = [
        replace(row, run_hours_before=before + Fraction(_run(row, case, confirmed, last), MINUTES_PER_HOUR))
    ]
    under_way = [one for one in begun if one.end > now and done is None]
    rows += [
        Downtime(f"{row.downtime}-{one.start}", row.resource, one.start, one.end, row.reason)
        for one in under_way
    ]
    return rows


def _run(row: Downtime, case: Case, confirmed: Confirmed, since: int) -> int:
    """Minutes that a resource ran from an instant until now."""
    working, minutes = case.working(row.resource), 0
    for one in case.occupations.get(row.resource, ()):
        happened = confirmed.as_planned or any(
            confirmed.run(work.row.lot, work.row.operation) for work in one.members
        )
        begin, end = max(one.start, since), min(one.end, confirmed.now)
        if happened and begin < end:
            minutes += sum(b - a for a, b in pieces(working, begin, end))
    return minutes
