"""Setup cuts to begin with, and demand that may wait for nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import numpy as np

from capacityplan.bench import FAMILIES
from capacityplan.domain.plant import (
    CalendarRow,
    Costs,
    Horizon,
    Item,
    ItemKind,
    Operation,
    OperationResource,
    Plant,
    Resource,
    ResourceKind,
)
from capacityplan.domain.projections import Projections
from capacityplan.solve.bound import certify
from capacityplan.solve.cutting import Cutting
from capacityplan.solve.relaxed import engine
from capacityplan.solve.seeding import seeds, whole_lots
from capacityplan.verify.bound import evaluate, safe_value
from capacityplan.verify.relaxation import build
from capacityplan.verify.relaxation.builder import Relaxation
from capacityplan.verify.relaxation.rounding import Cut, rebuild

WEEKS = 12
FIRST = date(2027, 2, 1)


def weekly(setup_cost: int, holding: int) -> Plant:
    """Ten pieces are sold in each week; lateness and loss are dear."""
    start = [FIRST.toordinal() + 7 * week for week in range(WEEKS)]
    none, unknown = [0] * WEEKS, [-1] * WEEKS
    return Plant(
        "weekly", "2027-02-01T00:00:00", "UTC", "EUR",
        horizon=Horizon(daily=0, weekly=WEEKS, monthly=0, schedule_days=0),
        costs=Costs(late_rate_per_day=Fraction(1), lost_rate=Fraction(10)),
        items=(Item("A", ItemKind.FINISHED, holding_cost_per_day=Fraction(holding), price=Fraction(1000)),),
        operations=(Operation("A", "make", 1, run_minutes=Fraction(1)),),
        operation_resources=(OperationResource("A", "make", "M", setup_cost=Fraction(setup_cost)),),
        resources=(Resource("M", ResourceKind.MACHINE, calendar="shift"),),
        calendars=tuple(CalendarRow("shift", day, None, 480, 960) for day in range(7)),
        projections=Projections(
            ["", "sales", "A"], item=[2] * WEEKS, start=start, end=[day + 6 for day in start],
            quantity=[10] * WEEKS, stream=[1] * WEEKS, segment=none, certainty=none,
            weight_millionths=[1_000_000] * WEEKS, low=unknown, high=unknown, author=none, dated=none,
        ),
    )  # fmt: skip


def test_demand_that_may_wait_a_week_needs_its_setups_all_the_same() -> None:
    # What is due by a Sunday may come in the week after for nothing: six lots, each for two weeks, and
    # nothing held. With all that may wait counted as owed, three quarters of four were proven.
    found = certify(weekly(setup_cost=100, holding=100), 10)
    assert found.bound_certified is not None
    assert 440 < found.bound_certified <= 600


def proven(model: Relaxation, cuts: list[Cut]) -> float:
    """What a relaxation proves with some cuts."""
    cutting = Cutting(model, engine(model, 30))
    cutting.place(cuts)
    cutting.engine.run()
    return float(safe_value(cutting.extended, np.array(cutting.engine.getSolution().row_dual)))


def test_lots_are_whole_over_the_horizon() -> None:
    # 120 pieces in lots of 50: a third lot, where 2.4 do for a relaxation. A piece less costs more.
    plant = weekly(setup_cost=100, holding=0)
    lots = replace(plant.items[0], min_lot=50, lot_multiple=50, max_lot=50)
    model = build(replace(plant, items=(lots,)))
    cuts = list(whole_lots(model))
    assert all(rebuild({one.item: one for one in model.echelons}, cut.name) == cut for cut in cuts)
    assert proven(model, []) < 245
    assert 295 < proven(model, cuts) <= 300


def generated() -> Plant:
    (case,) = FAMILIES["plant_lots"].read(Path(), ["20x10"])
    return case.plant


def test_cuts_to_begin_with_are_rebuilt_from_their_names() -> None:
    plant = generated()
    model = build(plant)
    echelons = {one.item: one for one in model.echelons}
    cuts = list(seeds(plant, model))
    assert len({cut.name for cut in cuts}) == len(cuts) > 100
    assert all(rebuild(echelons, cut.name) == cut for cut in cuts)


def test_cuts_to_begin_with_prove_nearly_what_many_rounds_do() -> None:
    plant = generated()
    model = build(plant)
    begun = proven(model, list(seeds(plant, model)))
    ended = certify(plant, 3)
    assert ended.bound_certified is not None
    assert begun > 0.8 * float(ended.bound_certified)
    assert evaluate(plant, dict(ended.multipliers)) >= ended.bound_certified
