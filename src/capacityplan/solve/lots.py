"""Bucket-level lot sizing: what to make and buy, how much and when, over the whole horizon.

Slope scaling (Kim and Pardalos 1999) with setup times gives a start from a few linear programs, a
dive in time makes lots and orders whole, and moves that reduced costs promise improve them;
small models then go to branch and bound.
"""

from __future__ import annotations

import time
from dataclasses import replace

from capacityplan.domain.plan import Purchase
from capacityplan.domain.plant import Plant
from capacityplan.formulate.builder import Bools, Floats, Model
from capacityplan.formulate.lots import formulate
from capacityplan.prepare.grid import Feedback, Ground, grid_of
from capacityplan.solve.highs import solve_mixed
from capacityplan.solve.lots_budget import Budget
from capacityplan.solve.lots_extract import extract
from capacityplan.solve.lots_moves import improve
from capacityplan.solve.lots_search import Sloped, dive, slope_scaling
from capacityplan.solve.lots_window import count_in, supports
from capacityplan.solve.types import Limits, LotPlan, WindowSchedule

_SLOPE_SHARE, _DIVE_SHARE = 0.35, 0.8


def plan_lots(
    plant: Plant,
    limits: Limits,
    window: WindowSchedule | None = None,
    kept: tuple[Purchase, ...] = (),
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
        A schedule of the window: its lots are facts, only what starts and arrives after it is
        decided.
    kept : tuple of Purchase
        With a window, what arrives in it; part of the answer.
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
        for purchase in kept:
            reader.purchased(purchase)
    grid = grid_of(ground, reader.facts, feedback)
    model, x = formulate(grid)
    found = _search(model, Budget(limits, began), supports(grid, x, model, start))
    if found is None:
        return None
    lots = extract(grid, x, *found)
    return replace(lots, purchases=(*kept, *lots.purchases))


def _search(model: Model, budget: Budget, used: Bools | None) -> tuple[Floats, str] | None:
    """Values of the model's columns, whole numbers rounded up, and how they were found."""
    sloped = Sloped.of(model, used)
    links = sloped.links
    scaled = slope_scaling(sloped, budget, budget.share(_SLOPE_SHARE))
    if scaled is None:
        return None
    dived = dive(sloped, scaled, budget, budget.share(_DIVE_SHARE))
    if dived is None:
        return links.rounded(scaled.values), "slope scaling"
    values = links.rounded(improve(sloped, *dived, budget).values)
    if not budget.branches(int(model.integer.sum())):
        return values, "dive and moves"
    exact = solve_mixed(model, budget.effort(budget.left()), values)
    if exact is None or exact.objective > float(model.cost @ values):
        return values, "dive and moves"
    return exact.values, "branch and bound"


__all__ = ["Feedback", "plan_lots"]
