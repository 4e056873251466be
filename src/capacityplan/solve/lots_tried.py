"""Lots that somebody else came upon, as a plan: what is not said of them a linear program decides."""

from __future__ import annotations

import time
from collections.abc import Iterable

import numpy as np

from capacityplan.domain.plant import Plant
from capacityplan.formulate.lots import formulate
from capacityplan.prepare.grid import Ground, grid_of
from capacityplan.solve.lots_extract import extract
from capacityplan.solve.lots_fix import polished
from capacityplan.solve.lots_search import Sloped
from capacityplan.solve.types import LotPlan


def tried(plant: Plant, lots: Iterable[tuple[str, int]], deadline: float) -> LotPlan | None:
    """Plan lots that are released in given buckets; None where there is no time for it.

    Only where lots by item and bucket say all that matters: one level, nothing bought, nothing scheduled.

    Parameters
    ----------
    lots : iterable of (item, bucket of release)
        Of several ways to make an item the first is taken.
    deadline : float
        Monotonic instant at which the linear program has to be solved.
    """
    if plant.bill_of_materials or plant.suppliers or plant.horizon.schedule_days:
        return None
    ground = Ground(plant)
    grid = grid_of(ground, ground.facts().facts)
    model, x = formulate(grid)
    wanted, values = set(lots), np.zeros(len(model.cost))
    for index, start in enumerate(grid.starts):
        place = grid.processes[start.process].item, start.flow.released
        if place in wanted and x.lots[index] >= 0:
            wanted.remove(place)
            values[x.lots[index]] = 1.0
    settled = Sloped.of(model)
    seconds = max(deadline - time.monotonic(), 0.0)
    found = polished(settled.settled(grid.timeline.window_buckets), values, seconds)
    return None if found is None else extract(grid, x, settled.links.rounded(found), "lots of the bound")
