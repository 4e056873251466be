"""Measure what settling makes of lot plans, on own plants of any size and seed.

    python -m benchmarks.settle dairy:1:0 fitband:0.4:3 ... [--seconds 12]

Prints a line per plant and way to settle: seconds, cost, and the ledger's categories in which
settling can lose money.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from fractions import Fraction

from capacityplan.domain.plan import Plan, Provenance
from capacityplan.domain.plant import Plant
from capacityplan.solve.dispatch import schedule
from capacityplan.solve.lots import plan_lots
from capacityplan.solve.mrp import net_requirements
from capacityplan.solve.settle import settle, settle_once
from capacityplan.solve.types import Limits, LotPlan, WindowSchedule
from capacityplan.templates import build
from capacityplan.verify import check

CATEGORIES = ("late", "lost", "purchase", "ordering", "overtime", "holding", "setup", "safety_stock")


def main() -> None:
    """Plan lots for every plant named, then settle them in every way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("plants", nargs="+", metavar="NAME:SIZE:SEED")
    parser.add_argument("--seconds", type=float, default=12.0, help="time for the lots of each plant")
    given = parser.parse_args()
    for text in given.plants:
        name, size, seed = text.split(":")
        plant = build(name, size=float(size), seed=int(seed))
        for method, lots in _lot_plans(plant, given.seconds).items():
            window = schedule(plant, lots, Limits(time.monotonic() + given.seconds))
            _measure(f"{text} {method}", plant, window, lots)


def _lot_plans(plant: Plant, seconds: float) -> dict[str, LotPlan]:
    """The plain lot plan and the searched one, where the time is enough for it."""
    plans = {"netting": net_requirements(plant)}
    searched = plan_lots(plant, Limits(time.monotonic() + seconds))
    if searched is not None:
        plans["searched"] = searched
    return plans


def _measure(title: str, plant: Plant, window: WindowSchedule, lots: LotPlan) -> None:
    made = Provenance(plant.name, "")
    ways = {
        "at once": lambda: settle_once(plant, window, lots, made),
        "as planned": lambda: settle(plant, window, lots, made),
    }
    for way, work in ways.items():
        began = time.monotonic()
        plan = work()
        spent = time.monotonic() - began
        print(f"{title}, {way}: {spent:.2f} s, {_costs(plant, plan)}", flush=True)


def _costs(plant: Plant, plan: Plan) -> str:
    """Violations, cost and categories of a plan."""
    verdict = check(plant, plan)
    sums: dict[str, Fraction] = defaultdict(Fraction)
    for row in verdict.ledger:
        sums[row.category] += row.amount
    parts = ", ".join(f"{name} {float(sums[name]):,.0f}" for name in CATEGORIES if sums[name])
    return f"{len(verdict.violations)} violations, cost {float(verdict.cost):,.0f} ({parts})"


if __name__ == "__main__":
    main()
