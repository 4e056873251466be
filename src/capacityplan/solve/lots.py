"""Bucket-level lot sizing: what to make and buy, how much and when, over the whole horizon.

Slope scaling (Kim and Pardalos 1999) with setup times gives a start from a few linear programs, a
dive in time makes lots and orders whole, and moves that reduced costs promise improve them;
small models then go to branch and bound.
"""

from __future__ import annotations

import time

from capacityplan.domain.plant import Plant
from capacityplan.formulate.lots import formulate
from capacityplan.prepare.grid import Feedback, Ground, grid_of
from capacityplan.solve.highs import solve_mixed
from capacityplan.solve.lots_budget import Budget
from capacityplan.solve.lots_extract import extract
from capacityplan.solve.lots_moves import improve
from capacityplan.solve.lots_search import Sloped, dive, slope_scaling
from capacityplan.solve.lots_window import count_in, supports
from capacityplan.solve.types import Limits, LotPlan, WindowSchedule

_SLOPE_SHARE = 0.35
_SMALL = 1500
"""Whole numbers up to which branch and bound has the last word."""
_NODES = 2000


def plan_lots(
    plant: Plant,
    limits: Limits,
    window: WindowSchedule | None = None,
    feedback: Feedback | None = None,
    start: LotPlan | None = None,
) -> LotPlan | None:
    """Decide lots, purchases and overtime over the horizon at the lowest cost.

    Parameters
    ----------
    plant : Plant
    limits : Limits
        With ``work``, the numbers of solves and branch-and-bound nodes are fixed instead of time.
    window : WindowSchedule, optional
        A schedule of the window: its lots are facts, only what starts after it is decided (and
        purchases).
    feedback : Feedback, optional
        What a schedule taught about capacities and changeovers.
    start : LotPlan, optional
        A plan to begin with.

    Returns
    -------
    LotPlan or None
        None where no plan was found in the time.
    """
    began = time.monotonic()
    ground = Ground(plant)
    scheduled = frozenset(lot.receipt for lot in window.lots) if window is not None else frozenset()
    reader = ground.facts(scheduled)
    if window is not None:
        count_in(reader, ground, window)
    grid = grid_of(ground, reader.facts, feedback)
    model, x = formulate(grid)
    budget = Budget(limits, began)
    sloped = Sloped.of(model, supports(grid, x, model, start))
    scaled = slope_scaling(sloped, budget, budget.share(_SLOPE_SHARE))
    if scaled is None:
        return None
    dived = dive(sloped, scaled, budget)
    if dived is None:
        return extract(grid, x, sloped.links.rounded(scaled.values), "slope scaling")
    values = sloped.links.rounded(improve(sloped, *dived, budget).values)
    if model.integer.sum() > _SMALL:
        return extract(grid, x, values, "dive and moves")
    exact = solve_mixed(model, budget.effort(budget.left(), _NODES), values)
    if exact is None or exact.objective > float(model.cost @ values):
        return extract(grid, x, values, "dive and moves")
    return extract(grid, x, exact.values, "branch and bound")


__all__ = ["Feedback", "plan_lots"]
