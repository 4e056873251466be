"""Generated plants for the bucket level: sound, of the size asked for, and planned."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from capacityplan.bench import FAMILIES, run
from capacityplan.cli.main import main
from capacityplan.domain.plant import Plant
from capacityplan.errors import DataError
from capacityplan.exchange.read import read_or_raise
from capacityplan.exchange.write import write
from capacityplan.solve.bound import certify
from capacityplan.solve.solve import Settings

HERE = Path()


def made(name: str) -> Plant:
    (case,) = FAMILIES["plant_lots"].read(HERE, [name])
    return case.plant


def test_a_name_says_size_and_seed() -> None:
    small, other = made("40x8"), made("40x8_1")
    assert len(small.items) == 40
    assert (small.horizon.weekly, small.horizon.schedule_days) == (8, 0)
    assert small.suppliers == made("40x8_0").suppliers
    assert small.suppliers != other.suppliers


def test_a_plant_is_sound_and_has_every_feature(tmp_path: Path) -> None:
    plant = made("60x8")
    # Files have a day to the minute at least.
    write(replace(plant, horizon=replace(plant.horizon, daily=1)), tmp_path / "plant")
    assert len(read_or_raise(tmp_path / "plant").items) == 60  # held against every rule of the format
    parents = {row.item for row in plant.bill_of_materials}
    assert any(row.component in parents for row in plant.bill_of_materials)  # three levels
    assert any(row.preference for row in plant.operation_resources)  # an alternative machine
    assert any(row.from_quantity for row in plant.suppliers)  # a discount
    assert all(row.min_order > row.order_multiple for row in plant.suppliers)
    assert plant.inspections
    assert all(row.setup_minutes and row.setup_cost for row in plant.operation_resources)


def test_machines_run_and_set_up_as_much_as_stated() -> None:
    plant = made("200x26")
    units, bill = dict.fromkeys((row.item for row in plant.items), 0.0), plant.bill_of_materials
    for item, quantity in zip(plant.projections.item, plant.projections.quantity, strict=True):
        units[plant.projections.names[item]] += float(quantity)
    for row in bill:  # parents come before their components
        units[row.component] += float(row.quantity) * units[row.item]
    minutes = sum(float(row.run_minutes) * units[row.item] for row in plant.operations)
    machines = [row for row in plant.resources if row.calendar == "shifts" and row.overtime_calendar]
    assert minutes / (26 * 4800 * len(machines)) == pytest.approx(0.78, abs=0.01)


def test_a_small_plant_is_planned_and_bounded() -> None:
    (case,) = FAMILIES["plant_lots"].read(HERE, ["12x3"])
    row = run("plant_lots", case, Settings(work=4.0, workers=1))
    assert row.verified
    assert row.objective is not None
    assert row.bound is not None
    assert 0 <= row.bound <= row.objective < math.inf


def test_safe_arithmetic_proves_what_the_linear_relaxation_costs() -> None:
    found = certify(made("60x12"), 60.0, search=False)
    value = float(sum(amount for _, amount in found.parts))
    # A reduced cost of -1e-8 counts at its column's bound of 1e10.
    assert found.bound is not None
    assert float(found.bound) == pytest.approx(value, rel=1e-5)


def test_other_names_are_findings() -> None:
    for name in ("big", "4x8", "40x1"):
        with pytest.raises(DataError, match="no instance"):
            made(name)


def test_the_command_takes_items_and_periods(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["bench", "plant_lots", "--items", "12", "--periods", "2", "--time-limit", "2"])
    assert ended.value.code == 0
    assert "12x2" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        main(["bench", "plant_lots", "--items", "12"])
    assert ended.value.code == 2
