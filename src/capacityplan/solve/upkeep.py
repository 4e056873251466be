"""Maintenance in a plan: by running hours as much as any work could need, then as much as it needs."""

from __future__ import annotations

from dataclasses import replace

from capacityplan.domain.plan import Maintenance, Plan
from capacityplan.domain.plant import Plant
from capacityplan.domain.stoppages import stoppages
from capacityplan.domain.timeline import Timeline, WorkingTime
from capacityplan.prepare.upkeep import busy_of, by_hours, by_running_hours
from capacityplan.solve.types import WindowSchedule
from capacityplan.verify.case import Case
from capacityplan.verify.rules.downtime import Counter


def with_upkeep(plant: Plant, plan: Plan) -> Plan:
    """Add maintenance until any work put into the plan's gaps leaves it in time (`spared` undoes it)."""
    if not (hourly := by_hours(plant)):
        return plan
    timeline = Timeline.of(plant)
    working = WorkingTime(plant, timeline)
    placed = by_running_hours(plant, timeline, working, plan.maintenance, busy_of(plan.runs))
    others = (one for one in plan.maintenance if one.downtime not in hourly)
    return replace(plan, maintenance=(*others, *placed))


def spared(plant: Plant, plan: Plan) -> Plan:
    """Leave out maintenance by running hours that the plan's work does not call for.

    One that lies within a run or its setup stays, as the run pauses for it.
    """
    if not by_hours(plant):
        return plan
    case = Case(plant, plan)
    kept = list(plan.maintenance)
    for row in stoppages(plant):
        if row.every_run_hours is None:
            continue
        counter = Counter(case, row)
        busy = [(one.setup_start, one.end) for one in case.occupations.get(row.resource, ())]
        own = sorted((one for one in kept if one.downtime == row.downtime), key=lambda one: one.start)
        for one in list(own):
            rest = [other for other in own if other is not one]
            if all(one.end <= a or b <= one.start for a, b in busy) and counter.within(rest):
                own = rest
        kept = [one for one in kept if one.downtime != row.downtime] + own
    return replace(plan, maintenance=tuple(sorted(kept, key=_order)))


def around(
    plant: Plant, timeline: Timeline, working: WorkingTime, window: WindowSchedule
) -> tuple[Maintenance, ...]:
    """Keep a window's maintenance; place flexible downtime it left out between its runs."""
    placed = list(window.maintenance)
    done = {stop.downtime for stop in placed}
    for row in plant.downtime:
        if row.flexible_from is None or row.flexible_to is None or row.downtime in done:
            continue
        latest = min(row.flexible_to, timeline.horizon_end) - row.minutes
        busy = [(run.setup_start, run.end) for run in window.runs if run.resource == row.resource]
        busy += [(stop.start, stop.end) for stop in placed if stop.resource == row.resource]
        for start in sorted({max(row.flexible_from, 0), *(b for _, b in busy if b >= row.flexible_from)}):
            if start <= latest and all(start + row.minutes <= a or b <= start for a, b in busy):
                placed.append(Maintenance(row.downtime, row.resource, start, start + row.minutes))
                break
    hourly = by_hours(plant)
    rest = [stop for stop in placed if stop.downtime not in hourly]
    return (*rest, *by_running_hours(plant, timeline, working, placed, busy_of(window.runs)))


def _order(one: Maintenance) -> tuple[int, str]:
    return one.start, one.downtime
