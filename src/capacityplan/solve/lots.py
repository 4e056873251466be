"""Bucket-level lot sizing: what to make and buy, how much and when, over the whole horizon.

Slope scaling (Kim and Pardalos 1999) with setup times gives a start from a few linear programs;
then neighbourhoods of the mixed-integer model are optimized, the rest fixed (fix-and-optimize,
Helber and Sahling 2010), until the time is up.
"""

from __future__ import annotations

import time

from capacityplan.domain.plant import Plant
from capacityplan.formulate.lots import formulate
from capacityplan.prepare.grid import Feedback, Ground, grid_of
from capacityplan.solve.lots_extract import extract
from capacityplan.solve.lots_search import Budget, improve, slope_scaling
from capacityplan.solve.lots_window import count_in, supports
from capacityplan.solve.types import Limits, LotPlan, WindowSchedule


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
    found = slope_scaling(model, budget, supports(grid, x, model, start))
    if found is None:
        return None
    found = improve(model, found, budget)
    return extract(grid, x, found.values, found.method)


__all__ = ["Feedback", "plan_lots"]
