"""The previous plan of a solve: found, read, carried forward."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.domain.previous import previous_runs
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


def with_previous(plant: Plant, file: Path | None) -> tuple[Plant, Former | None]:
    """Return the plant with a previous plan's runs, and that plan carried forward.

    Raises
    ------
    DataError
        If the file is not a plan.
    """
    if file is None:
        return plant, None
    plan = read_plan(file)
    former_plant = None
    beside = file.parent / "instance.json"
    if beside.is_file():
        former_plant = read(beside).plant
        if former_plant is not None and not plan.provenance.start:
            plan = replace(plan, provenance=replace(plan.provenance, start=former_plant.start))
    plant = replace(plant, previous_runs=previous_runs(plant, plan))
    return plant, Former(plan, former_plant, carry_forward(plant, plan))
