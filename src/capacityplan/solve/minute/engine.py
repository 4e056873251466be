"""The minute engine: several dispatch rules, then compiled annealing while time lasts.

The dispatcher's own schedule is always among the starts, so that the answer is never worse than it
by the estimate; lots are placed by the compiled decoder, the single source of truth for times.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from capacityplan.domain.plan import Run
from capacityplan.domain.plant import Plant
from capacityplan.solve.dispatch import Ground, Turn
from capacityplan.solve.dispatch import schedule as dispatch
from capacityplan.solve.minute import exact, project, shop, warm
from capacityplan.solve.minute.cooling import Pace, cooled
from capacityplan.solve.minute.estimate import Estimator
from capacityplan.solve.minute.problem import Problem
from capacityplan.solve.types import Limits, LotPlan, PlannedLot, WindowSchedule
from capacityplan.solve.unit_lots import scheduled

_SLACKS = (0, 1, 2)
"""Days before its planned bucket at which a start rule lets a lot begin."""
_HOT, _COLD = 0.001, 0.00001
"""Annealing temperatures as shares of the first schedule's cost."""
_HOT_FORMER = 0.0002
"""The first of them where there is an earlier schedule to begin with: it is not to be lost at once."""
_SEARCH_SHARE = 0.7
"""Share of the time for searching a shop that is then scheduled exactly."""
_PACE = Pace(work=100, first=20, growth=10.0)


def schedule(
    plant: Plant, plan: LotPlan, limits: Limits, dispatched: WindowSchedule | None = None,
    former: WindowSchedule | None = None,
) -> WindowSchedule:  # fmt: skip
    """Schedule the window's lots to the minute, at the lowest cost found in time.

    Parameters
    ----------
    plant : Plant
    plan : LotPlan
        Lots with ``start_bucket`` in the window are placed, orders in progress always.
    limits : Limits
        ``work`` counts hundreds of candidates (CP-SAT's deterministic seconds for small job shops).
    dispatched : WindowSchedule, optional
        The dispatcher's schedule, where it is known; it comes back where nothing better is found in time.
    former : WindowSchedule, optional
        Yesterday's, carried forward: lots of its names may stay where they are in it, or go back there.

    Returns
    -------
    WindowSchedule
        Satisfies docs/model.md, sections 1 to 4 and 6; at least the dispatch schedule, whatever
        the deadline.
    """
    if (known := scheduled(plant, plan)) is not None:
        return known
    ground = Ground(plant, plan)
    small = exact.applies(plant, plan, ground.timeline)
    if shop.applies(ground):
        return _shop(ground, limits, small, dispatched)
    if small:
        return _project(ground, limits, dispatched)
    if not ground.timeline.window_buckets or not warm.wait(limits):
        return dispatch(plant, plan, limits)
    problem = Problem(ground)
    if not problem.wishes:
        return dispatch(plant, plan, limits)
    search = problem.search(limits.seed)
    rules = _rules(problem)
    if former is not None:
        kept = _kept(problem, former)
        search.return_to([turn for turn in kept if turn.resources])
        rules.append(kept)
    cost, turns = min(((search.cost(turns), turns) for turns in rules), key=lambda row: row[0])
    best = replace(problem.schedule(turns), cost_estimate=cost)
    if turns:
        scale = max(abs(search.begin(turns)), 1.0)
        hot = _HOT if former is None else _HOT_FORMER
        cooled(search.anneal, limits, (scale * hot, scale * _COLD), _PACE)
        best = replace(problem.schedule(search.turns()), cost_estimate=search.best)
    return best


def _shop(ground: Ground, limits: Limits, small: bool, dispatched: WindowSchedule | None) -> WindowSchedule:
    """Search a plain shop, then exactly where it is small enough; at least dispatch."""
    plant, plan = ground.plant, ground.plan
    first, rest = _parts(limits, _SEARCH_SHARE if small else 1.0)
    found = shop.search(ground, first) if warm.wait_for_shop(first) else None
    best = found or dispatched or dispatch(plant, plan, limits)
    return exact.improve(plant, plan, best, rest) if small and not limits.stop() else best


def _parts(limits: Limits, share: float) -> tuple[Limits, Limits]:
    """A share of the time or the work, and what then is left."""
    if limits.work is not None:
        first = replace(limits, work=limits.work * share)
        return first, replace(limits, work=limits.work * (1 - share))
    now = time.monotonic()
    return replace(limits, deadline=now + (limits.deadline - now) * share), limits


def _project(ground: Ground, limits: Limits, dispatched: WindowSchedule | None) -> WindowSchedule:
    """Search a small shop of plain rules by lists, where no changeovers decide, then exactly."""
    plant, plan = ground.plant, ground.plan
    best = dispatched or dispatch(plant, plan, limits)
    first, rest = _parts(limits, _SEARCH_SHARE)
    build = project.build(plant, plan) if len(plan.lots) > 1 else None
    if build is None:
        return exact.improve(plant, plan, best, limits)
    if warm.wait_for_project(first):
        found = project.search(build, best, first)
        estimate = Estimator(plant, plan).cost
        if found is not None and estimate(found) < estimate(best):
            best = found
    return best if limits.stop() else exact.improve(plant, plan, best, rest)


def is_plain_shop(plant: Plant, plan: LotPlan) -> bool:
    """Whether nothing but machines, changeovers, calendars and due dates decides a plan."""
    return shop.applies(Ground(plant, plan))


def _rules(problem: Problem) -> list[list[Turn]]:
    """Planned buckets with little slack, by urgency or grouped by setup."""
    ground, rules = problem.ground, []
    for slack in _SLACKS:
        early = [(max(0, wish.start_bucket - slack), wish) for wish in problem.wishes]
        rules.append(_turns(ground, sorted(early, key=lambda row: (row[0], row[1].need, row[1].lot.lot))))
        rules.append(_turns(ground, sorted(early, key=lambda row: _grouped(ground, row))))
    return rules


def _kept(problem: Problem, former: WindowSchedule) -> list[Turn]:
    """Lots in the order of an earlier schedule, on its resources; other lots in their buckets."""
    runs: dict[str, dict[str, Run]] = defaultdict(dict)
    for run in former.runs:
        known = runs[run.lot].get(run.operation)
        if known is None or run.start < known.start:
            runs[run.lot][run.operation] = run
    ground, turns = problem.ground, []
    for wish in problem.wishes:
        routing = ground.lookup.routings.get((wish.lot.item, wish.lot.version), ())
        found = runs.get(wish.lot.lot, {})
        if not routing or any(row.operation not in found for row in routing):
            turns.append(Turn(wish, int(ground.timeline.starts[wish.start_bucket])))
            continue
        here = [found[row.operation].resource for row in routing]
        named = [
            name if name in names else "" for name, names in zip(here, problem.choices(wish), strict=True)
        ]
        turns.append(Turn(wish, max(found[routing[0].operation].setup_start, 0), tuple(named)))
    return sorted(turns, key=lambda turn: (turn.earliest, turn.wish.need, turn.wish.lot.lot))


def _grouped(ground: Ground, row: tuple[int, PlannedLot]) -> tuple[int, str, int, str]:
    bucket, wish = row
    return bucket, ground.lookup.setup_group(wish.lot.item), wish.need, wish.lot.lot


def _turns(ground: Ground, rows: Sequence[tuple[int, PlannedLot]]) -> list[Turn]:
    starts = ground.timeline.starts
    return [Turn(wish, int(starts[bucket])) for bucket, wish in rows]
