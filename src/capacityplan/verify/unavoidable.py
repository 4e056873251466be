"""The unavoidable cost: what any plan must pay, if time, capacity and lot sizes were no matter.

The stated linear model of design 1: all demand is served or lost at its price; opening stock and
scheduled receipts are free; what is missing is bought at the cheapest unit price or made on the
cheapest mode (run minutes and their labour); what is left brings its salvage value. No other limit.
It is a relaxation of every plan (each rule it lacks only adds cost), so its value is a bound too;
it separates the cost that planning can influence from the cost that it cannot.
"""

from __future__ import annotations

from fractions import Fraction

from capacityplan.domain.plant import OperationResource, Plant
from capacityplan.verify.relaxation.arrays import Ints
from capacityplan.verify.relaxation.builder import INFINITY, Builder, Relaxation
from capacityplan.verify.relaxation.chains import Chain, Step
from capacityplan.verify.relaxation.grid import Grid
from capacityplan.verify.relaxation.lots import epochs

_ZERO = Fraction(0)
ROW = "unavoidable"
"""What its rows are named by."""


def build(plant: Plant) -> Relaxation:
    """Build the time-free model of a plant."""
    grid = Grid(plant)
    builder = Builder()
    caps = grid.caps
    rows = {item: _supply(builder, grid, item) for item in grid.items}
    for demand in grid.demands:
        if demand.item in rows:
            lost = builder.columns(1, Fraction(demand.quantity, grid.lookup.scale[demand.item]))
            builder.post(rows[demand.item], lost, 1)
            builder.charge("lost", lost, demand.lost_rate)
    for chain in grid.chains:
        started = builder.columns(1, (caps.quantity(chain) or _ZERO) * grid.size)
        if chain.item in rows:
            builder.post(rows[chain.item], started, chain.out.high)
        for component, rate in grid.by_products(chain):
            if component in rows:
                builder.post(rows[component], started, rate * chain.steps[-1].enter.high)
        for step in chain.steps:
            builder.charge("production", started, _cheapest(grid, chain, step))
            for component, units in _needs(grid, chain, step).items():
                if component in rows:
                    builder.post(rows[component], started, -units)
    return builder.relaxation(caps.limit)


def _supply(builder: Builder, grid: Grid, item: str) -> Ints:
    """Open the row of an item with what is there, what may be bought and what is left."""
    caps, row = grid.caps, grid.lookup.items[item]
    fixed = sum((one.most for one in grid.inflows if one.item == item), _ZERO)
    fixed += sum((one.out.of(one.smallest)[0] for _, one in grid.orders if one.item == item), _ZERO)
    fixed += sum(
        (
            rate * one.steps[-1].enter.of(one.smallest)[0]
            for _, one in grid.orders
            for component, rate in grid.by_products(one)
            if component == item
        ),
        _ZERO,
    )
    supply = builder.rows(ROW, [item], caps.demanded(item) - fixed, INFINITY)
    prices = [offer.price for offer in grid.plant.suppliers if offer.item == item]
    if prices:
        bought = builder.columns(1, caps.purchase(item) * grid.size)
        builder.post(supply, bought, 1)
        builder.charge("purchase", bought, min(prices))
    if row.salvage_value:
        left = builder.columns(1, caps.stock(item))
        builder.post(supply, left, -1)
        builder.charge("salvage", left, -row.salvage_value)
    return supply


def _entering(chain: Chain, step: Step) -> Fraction:
    """Least units that enter an operation for a started unit."""
    return max(step.enter.low - step.enter.loss / chain.smallest, _ZERO)


def _needs(grid: Grid, chain: Chain, step: Step) -> dict[str, Fraction]:
    """Least units of each component for a started unit."""
    lines = grid.lookup.components.get((chain.item, chain.version, step.operation.operation), ())
    known = epochs(grid, lines)
    return {
        line.component: min(needs.get(line.component, _ZERO) for _, needs, _ in known)
        * _entering(chain, step)
        for line in lines
    }


def _cheapest(grid: Grid, chain: Chain, step: Step) -> Fraction:
    """Least cost of running an operation for a started unit."""

    def cost(mode: OperationResource) -> Fraction:
        _, per = grid.work(chain.item, step.operation, mode)
        rate = grid.batch_or_mode_rate(chain.item, step, mode)
        if not step.operation.batch_size:
            rate += grid.wage(mode)
        return per * rate * _entering(chain, step)

    return min((cost(mode) for mode in step.modes), default=_ZERO)
