"""What working rejects again must cost is part of the bound, and no more than it does cost."""

from fractions import Fraction as F

from constructed import cheapest
from small_plants import RICHER
from small_plants import plant as draw

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.verify import check
from capacityplan.verify.relaxation.chains import Rework
from capacityplan.verify.relaxation.grid import Grid


def _charged(grid: Grid, plan: p.Plan) -> F:
    """Rework of a plan's lots at the rates of the relaxation."""
    total = F(0)
    for lot in plan.lots:
        for chain in grid.chains:
            if chain.item == lot.item and not lot.receipt:
                total += sum((_least(grid, chain.item, one, F(lot.quantity)) for one in chain.reworks), F(0))
    return total


def _least(grid: Grid, item: str, one: Rework, quantity: F) -> F:
    operation = grid.lookup.rework[item, "", one.operation]
    (mode,) = grid.lookup.modes[item, "", one.operation]
    units = one.low * quantity - one.loss
    minutes = operation.run_minutes * units + (operation.fixed_minutes if one.sure else 0)
    return minutes * grid.mode_rate(mode)


def _paid(plant: q.Plant, plan: p.Plan) -> F:
    return sum((row.amount for row in check(plant, plan).ledger if row.category == "rework"), F(0))


def test_every_accepted_plan_pays_at_least_the_rework_charged() -> None:
    compared = 0
    for seed in range(RICHER, RICHER + 40):
        plant = draw(seed)
        grid = Grid(plant)
        if not any(chain.reworks for chain in grid.chains):
            continue
        for plan in cheapest(plant, seed, 30).plans[:8]:
            if any(lot.receipt for lot in plan.lots):
                continue
            charged = _charged(grid, plan)
            assert charged <= _paid(plant, plan)
            compared += charged > 0
    assert compared > 20
