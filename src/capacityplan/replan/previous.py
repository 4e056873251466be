"""The previous plan of a solve: found, read, carried forward."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.domain.previous import previous_runs
from capacityplan.errors import DataError, Finding
from capacityplan.exchange import read, read_plan
from capacityplan.exchange.read import PREVIOUS_PLAN
from capacityplan.replan.carry import carry_forward
from capacityplan.solve.types import Start


@dataclass(frozen=True, slots=True)
class Former:
    """The previous plan and what was made of it.

    Attributes
    ----------
    plant : Plant or None
        What it was made for, where that lies beside it.
    start : Start
        The plan carried forward to today's plant.
    """

    plan: Plan
    plant: Plant | None
    start: Start


def find_previous(instance: Path, named: Path | None) -> Path | None:
    """Return the file of the previous plan: the one named, else the one in the instance's folder."""
    if named is not None:
        return named / "plan.json" if named.is_dir() else named
    beside = instance / PREVIOUS_PLAN
    return beside if beside.is_file() else None


def _require_same_plant(plant: Plant, plan: Plan, file: Path) -> None:
    """Refuse a plan of which nothing can be carried forward because the plant knows none of its items."""
    known = {row.item for row in plant.items}
    items = {row.item for row in plan.lots} | {row.item for row in plan.purchases}
    if items and not items & known:
        made = plan.provenance.plant_name
        message = f"the previous plan was made for plant {made!r} and has none of this plant's items"
        hint = "name another plan, or solve without one"
        finding = Finding("other_plant", message, file.name, expected=f"a plan of {plant.name!r}", hint=hint)
        raise DataError((finding,))


def with_previous(plant: Plant, file: Path | None) -> tuple[Plant, Former | None]:
    """Return the plant with a previous plan's runs, and that plan carried forward.

    Raises
    ------
    DataError
        If the file is not a plan, or one of another plant.
    """
    if file is None:
        return plant, None
    plan = read_plan(file)
    _require_same_plant(plant, plan, file)
    former_plant = None
    beside = file.parent / "instance.json"
    if beside.is_file():
        former_plant = read(beside).plant
        if former_plant is not None and not plan.provenance.start:
            plan = replace(plan, provenance=replace(plan.provenance, start=former_plant.start))
    plant = replace(plant, previous_runs=previous_runs(plant, plan))
    return plant, Former(plan, former_plant, carry_forward(plant, plan))
