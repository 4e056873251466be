"""The bucket-level lot-sizing model: one module per rule family, in one list.

Families meet only in the shared blocks of `variables`; their order does not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from capacityplan.formulate.builder import Builder, Model
from capacityplan.formulate.lots import (
    batches,
    budgets,
    capacity,
    demand_fulfilment,
    inspection_slots,
    lot_size,
    material_balance,
    production,
    purchasing,
    safety_stock,
    setup_state,
    shelf_life,
    stability,
    storage,
)
from capacityplan.formulate.lots.variables import Variables, shared
from capacityplan.prepare.grid import Grid

FAMILIES: tuple[ModuleType, ...] = (
    material_balance,
    production,
    lot_size,
    capacity,
    batches,
    setup_state,
    inspection_slots,
    purchasing,
    demand_fulfilment,
    safety_stock,
    storage,
    shelf_life,
    budgets,
    stability,
)


def formulate(grid: Grid, families: Sequence[ModuleType] = FAMILIES) -> tuple[Model, Variables]:
    """Build the lots model of a grid.

    Parameters
    ----------
    grid : Grid
    families : sequence of module
        In any order; those that do not apply add nothing.

    Returns
    -------
    model : Model
    x : Variables
        Where its shared columns are.
    """
    builder = Builder()
    x = shared(builder, grid)
    for family in families:
        if family.applies(grid):
            family.build(builder, grid, x)
    return builder.model(), x
