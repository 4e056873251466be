"""Small own plants, shaken, with plans made by the plainest way that gives one."""

from dataclasses import replace
from fractions import Fraction
from functools import cache
from random import Random

from minute_plants import certified, shaken

from capacityplan.demand import net
from capacityplan.demand.choice import fix
from capacityplan.domain.plan import Plan, Provenance
from capacityplan.domain.plant import Plant, Promotion
from capacityplan.solve.dispatch import schedule
from capacityplan.solve.mrp import net_requirements
from capacityplan.solve.settle import settle_once
from capacityplan.solve.types import Limits
from capacityplan.templates import build


def planned(plant: Plant) -> Plan:
    lots = net_requirements(plant)
    window = schedule(plant, lots, Limits(deadline=float("inf")))
    return settle_once(plant, window, lots, Provenance(plant.name, plant.hash(), "plan"))


@cache
def small(name: str, size: float = 0.1, seed: int = 0) -> tuple[Plant, Plan]:
    plant = build(name, size=size, seed=seed)
    return plant, planned(plant)


@cache
def odd(seed: int) -> tuple[Plant, Plan]:
    """With counted inspections, maximum waits, batches of other sizes, groups of machines, locks."""
    plant = shaken(seed)
    return plant, planned(plant)


@cache
def signed(name: str) -> tuple[Plant, Plan]:
    """With certificates for most of what is made or bought."""
    plant = certified(build(name, size=0.1), Random(3))
    return plant, planned(plant)


def choosing() -> tuple[Plant, Plan]:
    """The small dairy with a promotion that its plan has taken up."""
    plant, _ = small("dairy")
    sold = net(plant)
    item = next(row.item for row in sold if not row.is_order)
    offer = Promotion("extra", item, 0, 60 * 1440, Fraction(1, 2), cost=Fraction(10), status="proposed")
    plant = replace(plant, promotions=(*plant.promotions, offer))
    return plant, replace(planned(fix(plant, ("extra",))), choices=("extra",))
