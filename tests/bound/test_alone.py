"""Where one lot in a bucket does what several would, the relaxation counts it once."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from capacityplan.bench.families import FAMILIES
from capacityplan.domain.plant import Plant
from capacityplan.verify.relaxation import build


def most_lots(plant: Plant, item: str) -> float:
    """Most lots of an item in a bucket by the relaxation."""
    model = build(plant)
    rows = [k for k, name in enumerate(model.row_names) if name.startswith(f"lot_least[{item}/")]
    columns = model.column[np.isin(model.row, rows)]
    lots = columns[model.integer[columns]]
    assert len(lots) > 0
    return float(model.high[lots].max())


@pytest.mark.parametrize(("ratio", "once"), [(Fraction(2), True), (Fraction(3, 2), False)])
def test_lots_count_once_where_components_come_in_whole_units(ratio: Fraction, once: bool) -> None:
    (case,) = FAMILIES["plant_lots"].read(Path(), ["20x10"])
    line = case.plant.bill_of_materials[0]
    # Three lots of one piece take two whole pieces each where one lot of three takes five.
    lines = (replace(line, quantity=ratio), *case.plant.bill_of_materials[1:])
    plant = replace(case.plant, bill_of_materials=lines, inspections=())
    assert (most_lots(plant, line.item) == 1) == once
