"""Plants that share suppliers: what one has ordered for a week is not there for the next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.domain.timeline import Clock
from capacityplan.exchange import read_or_raise, read_plan

Load = Mapping[tuple[str, str], Mapping[date, Fraction]]
"""Units by (supplier, item) and the Monday of the week of arrival."""


def load_of(plant: Plant, plan: Plan, suppliers: Iterable[str]) -> Load:
    """Return what a plan takes of shared suppliers, by week of arrival."""
    clock, shared = Clock(plant.start, plant.timezone), set(suppliers)
    scale = {row.item: 10**row.precision for row in plant.items}
    found: dict[tuple[str, str], dict[date, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    for row in plan.purchases:
        if row.supplier in shared:
            day = clock.local(row.arrives).date()
            monday = day - timedelta(days=day.weekday())
            found[row.supplier, row.item][monday] += Fraction(row.quantity, scale[row.item])
    return found


def published_load(folder: Path, suppliers: Iterable[str]) -> Load:
    """Return what the plan published in a folder takes of shared suppliers."""
    plan = read_plan(folder / "plan.json")
    return load_of(read_or_raise(folder / "instance.json"), plan, suppliers)


def lessened(plant: Plant, loads: Iterable[Load]) -> Plant:
    """Return a plant with what others leave of weekly supplier capacities.

    An offer has one capacity for all weeks, so the busiest week of the others counts: never too
    much is promised, though in quiet weeks more could be had.
    """
    taken: dict[tuple[str, str], dict[date, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    for load in loads:
        for key, weeks in load.items():
            for week, units in weeks.items():
                taken[key][week] += units
    scale = {row.item: 10**row.precision for row in plant.items}
    rows = []
    for offer in plant.suppliers:
        busy = taken.get((offer.supplier, offer.item))
        if busy and offer.capacity_per_week is not None:
            most = max(busy.values()) * scale[offer.item]
            left = max(0, offer.capacity_per_week - -(-most.numerator // most.denominator))
            offer = replace(offer, capacity_per_week=left)
        rows.append(offer)
    return replace(plant, suppliers=tuple(rows))
