"""Plans to judge twice: the tests' plants, and the own plants in small, valid and spoiled in one place."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from capacityplan.domain.plan import Plan, Provenance
from capacityplan.domain.plant import Plant
from capacityplan.solve.dispatch import schedule
from capacityplan.solve.mrp import net_requirements
from capacityplan.solve.settle import settle
from capacityplan.solve.types import Limits
from capacityplan.templates import NAMES, build

sys.path[:0] = [str(Path(__file__).parents[2] / "tests" / folder) for folder in ("verify", "bound")]

import constructed  # noqa: E402
import corruptors  # noqa: E402
import small_plants  # noqa: E402
import streamed  # noqa: E402
import works  # noqa: E402

SECONDS = 5.0


def valid() -> Iterator[tuple[str, Plant, Plan]]:
    """The plant with every feature, and plans for it that are valid."""
    plant = works.plant()
    for number, plan in enumerate(works.variants()):
        yield f"works {number}", plant, plan
    yield "works with bills", *works.with_bills()
    yield "works with certificates", *works.with_certificates()
    yield "streamed", streamed.plant(), streamed.plan()


def spoiled() -> Iterator[tuple[str, Plant, Plan]]:
    """The plan with every feature, spoiled in one place."""
    plant = works.plant()
    for name, corrupt in corruptors.CORRUPTORS.items():
        for number, (plan, _) in enumerate(corrupt(plant, works.plan())):
            yield f"works, {name} {number}", plant, plan
    plant, plan = works.with_bills()
    for name, corrupt in corruptors.CORRUPTORS.items():
        for wrong, _ in corrupt(plant, plan):
            yield f"works with bills, {name}", plant, wrong
            break
    plant, plan = works.with_certificates()
    for name, corrupt in corruptors.CERTIFICATE_CORRUPTORS.items():
        for wrong, _ in corrupt(plant, plan):
            yield f"works with certificates, {name}", plant, wrong
    plant, plan = streamed.plant(), streamed.plan()
    for number, wrong in enumerate(streamed.spoiled(plan)):
        yield f"streamed {number}", plant, wrong


def random_plants(seed: int, count: int) -> Iterator[tuple[str, Plant, Plan]]:
    """Plans for a small random plant, half of them spoiled in a place."""
    plant, chance = small_plants.plant(seed), Random(seed)
    for number, plan in enumerate(constructed.cheapest(plant, seed, count).plans):
        yield f"plant {seed}, {number}", plant, plan
        name = chance.choice(sorted(corruptors.CORRUPTORS))
        for wrong, _ in corruptors.CORRUPTORS[name](plant, plan):
            yield f"plant {seed}, {number}, {name}", plant, wrong
            break


def own_plants(seed: int, size: float) -> Iterator[tuple[str, Plant, Plan]]:
    """The first plan of each own plant."""
    for name in NAMES:
        plant = build(name, size, seed)
        lots = net_requirements(plant)
        plan = settle(
            plant, schedule(plant, lots, Limits(time.monotonic() + SECONDS)), lots, Provenance(plant.name, "")
        )
        yield f"{name} {size} {seed}", plant, plan
