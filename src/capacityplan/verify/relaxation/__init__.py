"""The certified relaxation: rows whose optimum is a proven lower bound on every plan's cost.

One module per rule family; each family's docstring proves that every plan that satisfies
docs/model.md maps to a point of the relaxation that costs no more (docs/bound.md collects them).
Identical machines are one resource with as many units (`domain.identical`): a plan maps to the sums
of their columns.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

from capacityplan.domain.identical import pooled
from capacityplan.domain.plant import Plant
from capacityplan.verify.relaxation import (
    capacity,
    changeover,
    demand,
    echelon,
    hold,
    lots,
    material,
    purchasing,
    receipts,
    stock_costs,
    views,
    within,
)
from capacityplan.verify.relaxation.builder import Builder, Relaxation
from capacityplan.verify.relaxation.columns import Columns
from capacityplan.verify.relaxation.grid import Grid

Family = Callable[[Builder, Grid, Columns], None]

FAMILIES: tuple[ModuleType, ...] = (
    demand,
    lots,
    receipts,
    purchasing,
    material,
    hold,
    stock_costs,
    capacity,
    within,
    changeover,
    echelon,
    views,
)
"""Every family, those that make shared columns before those that only use them."""


def build(plant: Plant) -> Relaxation:
    """Build the relaxation of a plant.

    Parameters
    ----------
    plant : Plant

    Returns
    -------
    Relaxation
        Its optimum (and that of its linear relaxation) is at most the cost of every plan that
        satisfies the rules.
    """
    grid = Grid(pooled(plant))
    builder = Builder()
    shared = Columns(builder, grid)
    for family in FAMILIES:
        family.build(builder, grid, shared)
    return builder.relaxation(grid.caps.limit, tuple(shared.echelons), tuple(shared.views))
