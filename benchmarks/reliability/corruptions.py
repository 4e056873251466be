"""R5: the checker rejects spoiled plans by the right rule, and no valid plan."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from capacityplan.domain.plan import Plan, Provenance
from capacityplan.domain.plant import Plant
from capacityplan.solve.dispatch import schedule
from capacityplan.solve.mrp import net_requirements
from capacityplan.solve.settle import settle
from capacityplan.solve.types import Limits
from capacityplan.templates import NAMES, build
from capacityplan.verify import check

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "verify"))
from corruptors import CORRUPTORS, Spoiled

PLANS, VALID = 25, 1000
SIZES = (0.1, 0.15, 0.2)
MOST_ROWS = 200
"""Rows of a table among which the one to be spoiled is drawn."""
KINDS = (
    "unknown names", "wrong ledger", "lot dropped", "lot twice", "lot of nothing", "lot below zero",
    "lot beyond counting", "run dropped", "run a minute longer", "run a minute shorter", "run of one more",
    "run of one less", "run before the horizon", "run after the horizon", "run backwards",
    "bucket run dropped", "bucket run twice", "load of a minute more", "load of a minute less", "no load",
    "load out of order", "load in the window", "bucket run of one more", "setups dropped", "setups twice",
    "setups in the window", "inspection dropped", "inspection twice", "inspection too short",
    "inspection after the horizon", "bucket inspection dropped", "bucket inspection twice",
    "released before the test", "purchase twice", "maintenance dropped",
    "maintenance twice", "maintenance too short", "delivery twice", "delivery of one more",
    "delivery of nothing", "delivery too slow", "delivery after the horizon", "lost more than wanted",
    "lost twice", "lost below zero",
)  # fmt: skip
"""Kinds that spoil every plan of any plant (the others need the numbers of the checker's own tests)."""

BESIDES = {kind: {"plan_integrity"} for kind in ("delivery too slow", "run a minute longer")} | {
    kind: {"quality_hold"} for kind in ("inspection dropped", "bucket inspection dropped")
}
"""Other rules that are right: what moves something later may move it beyond the horizon; scheduled receipts
may stay uninspected on hold, and what takes of them is wrong."""


def planned(number: int) -> tuple[Plant, Plan]:
    """Plan a small own plant plainly."""
    plant = build(NAMES[number % len(NAMES)], SIZES[number % len(SIZES)], seed=number)
    lots = net_requirements(plant)
    window = schedule(plant, lots, Limits(float("inf")))
    return plant, settle(plant, window, lots, Provenance(plant.name, plant.hash()))


def spoiled(kind: str, plant: Plant, plan: Plan, chance: random.Random) -> Spoiled | None:
    """One spoiled version of a plan; None where the plan has no such rows."""
    found: Iterator[Spoiled] = CORRUPTORS[kind](plant, plan)
    versions = list(islice(found, chance.randrange(MOST_ROWS) + 1))
    return versions[-1] if versions else None


def missed(number: int) -> tuple[int, list[str]]:
    """How many spoiled versions of a plan were made, and which the checker did not catch."""
    plant, plan = planned(number)
    chance, made, escaped = random.Random(number), 0, []
    for kind in KINDS:
        version = spoiled(kind, plant, plan, chance)
        if version is None:
            continue
        made += 1
        rules = {row.rule for row in check(plant, version[0]).violations}
        if not rules & (version[1] | BESIDES.get(kind, set())):
            escaped.append(f"{plant.name} seed {number}: {kind}: found {sorted(rules)}")
    return made, escaped


def main(count: int | None) -> bool:
    """Print what was caught of the plans spoiled, and how many valid ones were rejected."""
    made, escaped = 0, []
    for number in range(count or PLANS):
        one, found = missed(number)
        made += one
        escaped += found
        print(f"plan {number}: {one} spoiled, {len(found)} not caught {found}", flush=True)
    print(f"R5: {made - len(escaped)}/{made} spoiled plans rejected by the right rule, {len(KINDS)} kinds")
    valid = VALID if count is None else count
    rejected = 0
    for number in range(valid):
        plant, plan = planned(number)
        rejected += bool(check(plant, plan).violations)
    print(f"R5: {rejected} of {valid} plans of own plants rejected")
    return not escaped and not rejected
