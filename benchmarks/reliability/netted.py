"""The first plan of plants with many features: netted, dispatched, settled at once, accepted.

Quick: the plants of `mixed` without their searches, so that hundreds show what none of the first plans
may break. A rejected first plan is no missing plan yet: others follow in a solve.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from capacityplan.domain.plan import Plan, Provenance
from capacityplan.domain.plant import Plant
from capacityplan.exchange import read, write
from capacityplan.solve.dispatch import schedule
from capacityplan.solve.mrp import net_requirements
from capacityplan.solve.settle import overfull, settle, settle_once
from capacityplan.solve.types import Limits
from capacityplan.verify import check

from .mixed import plant

_CUTS = 4
"""How often purchases are cut back to what storages hold."""


def first_plan(plant: Plant) -> Plan:
    """Make the plan that a solve begins with: at once, else with all that settlement tries."""
    lots = net_requirements(plant)
    window = schedule(plant, lots, Limits(deadline=float("inf")))
    left: dict[str, int] = {}
    for _ in range(_CUTS):
        plan = settle_once(plant, window, lots, Provenance(plant.name, ""), dict(left))
        if not check(plant, plan).violations:
            return plan
        left.update(overfull(plant, plan))
    return settle(plant, window, lots, Provenance(plant.name, ""))


def rejected(folder: Path, seed: int) -> list[str] | None:
    """What the checker says against the first plan of a plant; None where the plant is refused."""
    path = folder / f"netted-{seed}.json"
    write(plant(seed), path)
    found = read(path).plant
    return None if found is None else [row.text() for row in check(found, first_plan(found)).violations]


def main(folder: Path, count: int | None, first: int = 0) -> bool:
    """Judge first plans; true where all are accepted."""
    came: Counter[str] = Counter()
    for seed in range(first, first + (count or 400)):
        wrong = rejected(folder, seed)
        came["refused" if wrong is None else "rejected" if wrong else "accepted"] += 1
        if wrong:
            print(f"mixed-{seed}: {'; '.join(wrong[:3])}", flush=True)
    print(f"{came.total()} plants: {dict(came)}")
    return not came["rejected"]
