"""Maintenance and cleaning by running hours, some time later: what has begun, what was run since."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from capacityplan.domain.plant import Downtime, Plant
from capacityplan.domain.stoppages import Cleaning, cleaning_of, stoppages
from capacityplan.replan.confirmed import Confirmed
from capacityplan.units import MINUTES_PER_HOUR
from capacityplan.verify.case import Case
from capacityplan.verify.occupancy import Occupation
from capacityplan.verify.sweep import pieces


def counted_on(row: Downtime, case: Case, confirmed: Confirmed) -> list[Downtime]:
    """Return the row with its hours counted on, and maintenance under way as fixed downtime.

    Hours that the row states otherwise than the plan's plant did are taken as read off the machine.
    Runs count as planned: all of them, or those of which something is confirmed.
    """
    now = confirmed.now
    former = next((one for one in stoppages(case.plant) if one.downtime == row.downtime), None)
    if former is None or former.run_hours_before != row.run_hours_before:
        return [row]
    begun = [
        one
        for one in case.plan.maintenance
        if one.downtime == row.downtime and one.start < now and confirmed.as_planned
    ]
    done = confirmed.last_maintained(row.downtime)
    resets = [*([] if done is None else [done]), *(min(one.end, now) for one in begun)]
    resets += _changeovers(row, case, confirmed)
    last = max(resets, default=0)
    before = Fraction(0) if resets else row.run_hours_before
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
        begin, end = max(one.start, since), min(one.end, confirmed.now)
        if begin < end and _happened(one, confirmed):
            minutes += sum(b - a for a, b in pieces(working, begin, end))
    return minutes


def _changeovers(row: Downtime, case: Case, confirmed: Confirmed) -> list[int]:
    """Begins of the runs so far that began a campaign of another setup group."""
    if not isinstance(row, Cleaning) or not case.lookup.resources[row.resource].changeover_matrix:
        return []
    return [
        one.start
        for one in case.occupations.get(row.resource, ())
        if one.before not in (None, one.group) and one.start < confirmed.now and _happened(one, confirmed)
    ]


def _happened(one: Occupation, confirmed: Confirmed) -> bool:
    return confirmed.as_planned or any(
        confirmed.run(work.row.lot, work.row.operation) for work in one.members
    )


def cleanings(
    told: Plant, case: Case, confirmed: Confirmed
) -> tuple[dict[str, Fraction], tuple[Downtime, ...]]:
    """Return the hours of the campaign under way by resource, and cleaning under way as fixed downtime."""
    hours: dict[str, Fraction] = {}
    under_way: list[Downtime] = []
    for resource in told.resources:
        if (cleaning := cleaning_of(resource)) is not None:
            counted, *stops = counted_on(cleaning, case, confirmed)
            hours[resource.resource] = counted.run_hours_before
            under_way += stops
    return hours, tuple(under_way)
