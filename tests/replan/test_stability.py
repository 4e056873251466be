"""What changes of the previous plan cost is seen wherever it is decided: names, sizes, lots, minutes."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from fractions import Fraction as F

import numpy as np
import pytest
from yard import DAY, made, yard

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.domain.previous import previous_runs
from capacityplan.domain.replanning import PreviousRun
from capacityplan.formulate.lots import formulate
from capacityplan.formulate.lots.stability import applies
from capacityplan.prepare.grid import Ground, grid_of
from capacityplan.prepare.stability import Stability
from capacityplan.replan import carry_forward
from capacityplan.solve import identity
from capacityplan.solve.dispatch import Ground as Floor
from capacityplan.solve.dispatch import Turn
from capacityplan.solve.highs import Linear
from capacityplan.solve.identity import kept_names
from capacityplan.solve.lots_extract import extract, lot_sizes
from capacityplan.solve.lots_keep import PreviousSizes
from capacityplan.solve.minute import exact, schedule, shop
from capacityplan.solve.minute.problem import Problem
from capacityplan.solve.settle import settle
from capacityplan.solve.solve import Settings, solve
from capacityplan.solve.types import Limits, LotPlan, PlannedLot
from capacityplan.verify import check

COSTS = q.Costs(
    change_cost_frozen=F(900), change_cost_slushy=F(70), change_cost_open=F(5), change_tolerance_minutes=20
)
FENCES = q.Fences(slushy_days=2)


def was(lot: str, start: int, quantity: int = 100, until: int | None = None) -> list[PreviousRun]:
    """A lot of the yard's item as the previous plan has it."""
    until = start if until is None else until
    rows = (("make", "M", 0), ("pack", "P", 100 if start == until else 0))
    return [
        PreviousRun(lot, name, "A", where, quantity, start + late, until + late) for name, where, late in rows
    ]


def replanned(*rows: list[PreviousRun], **tables: object) -> q.Plant:
    runs = tuple(sorted((row for found in rows for row in found), key=lambda row: row.start))
    return replace(yard(**tables), costs=COSTS, fences=FENCES, previous_runs=runs)


def wish(name: str, bucket: int, quantity: int = 100) -> PlannedLot:
    return PlannedLot(p.Lot(name, "A", quantity), bucket, bucket, 0)


def names(plant: q.Plant, *wishes: PlannedLot, taken: tuple[str, ...] = ()) -> list[str]:
    return [one.lot.lot for one in kept_names(plant, LotPlan(wishes, ()), taken).lots]


def test_a_lot_takes_the_name_of_the_one_that_is_where_it_is() -> None:
    plant = replanned(was("X", 100), was("Y", DAY + 100), was("Z", DAY + 300, 250))
    assert names(plant, wish("n1", 1, 250), wish("n2", 1), wish("n3", 0)) == ["Z", "Y", "X"]


def test_new_lots_keep_their_names_where_no_other_is_left() -> None:
    plant = replanned(was("X", 100))
    assert names(plant, wish("n1", 2), wish("n2", 0)) == ["n1", "X"]
    assert names(plant, wish("n1", 2), taken=("X",)) == ["n1"]
    assert names(yard(), wish("n1", 0)) == ["n1"]


def test_what_is_dear_to_change_keeps_its_name_first() -> None:
    # One lot must go: the one in the slushy zone costs more to move than the one in the open zone.
    plant = replanned(was("near", DAY), was("far", 3 * DAY))
    assert names(plant, wish("n1", 1), wish("n2", 1)) in (["near", "far"], ["far", "near"])
    assert names(plant, wish("n1", 1)) == ["near"]


def test_many_lots_are_named_by_stretches_of_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "_MOST", 2)
    plant = replanned(*(was(f"X{day}{k}", day * DAY + k) for day in range(4) for k in range(2)))
    found = names(plant, *(wish(f"n{day}{k}", day) for day in range(4) for k in range(2)))
    assert len(set(found)) == 8
    assert [name[:2] for name in found] == ["X0", "X0", "X1", "X1", "X2", "X2", "X3", "X3"]


def test_a_lot_of_the_tail_stays_in_its_bucket_whatever_its_quantity() -> None:
    plant = replanned(was("T", 4 * DAY, 100, 5 * DAY), was("U", 5 * DAY, 300, 6 * DAY))
    assert names(plant, wish("n1", 5, 170), wish("n2", 4, 300)) == ["U", "T"]


def test_an_order_in_progress_is_no_lot_to_plan() -> None:
    order = q.Receipt("X", q.ReceiptKind.PRODUCTION, "A", 100, DAY, operation="pack")
    plant = replanned(was("X", 100), receipts=(order,))
    assert Stability(plant).lots == ()
    assert names(plant, wish("n1", 0)) == ["n1"]


def test_rates_change_where_the_zones_end() -> None:
    stability = Stability(replace(replanned(), fences=q.Fences(frozen_hours=3, slushy_days=2)))
    minutes = (0, 179, 180, 2 * DAY - 1, 2 * DAY)
    assert [stability.rate(minute) for minute in minutes] == [900, 900, 70, 70, 5]


def test_previous_sizes_are_cut_where_little_speaks_against_them() -> None:
    plant = replanned(was("X", 100, 100), was("Y", 400, 140), was("big", 500, 900))
    plant = replace(plant, items=(replace(plant.items[0], max_lot=500, min_lot=40), plant.items[1]))
    grid, x = _model(plant)[1:]
    index = next(k for k, start in enumerate(grid.starts) if start.flow.start == 0)
    sizes = PreviousSizes(grid, x, np.ones(5000))
    item = grid.lookup.items["A"]

    def cut(wanted: float) -> list[int] | None:
        return sizes.cut(index, item, wanted, lambda quantity, count: lot_sizes(item, quantity, count))

    # The lot of 900 is too large today. A tenth of a lot (12 here) is too little to change one.
    assert cut(240) == cut(229) == cut(251) == [100, 140]
    assert cut(100) == cut(111) == [100]
    assert cut(300) == [100, 140, 60]
    assert cut(265) == [100, 165]
    assert cut(60) is None
    assert PreviousSizes(*_model(yard())[1:], np.ones(5000)).cut(index, item, 240, lot_sizes) is None  # type: ignore[arg-type]


def _model(plant: q.Plant):  # type: ignore[no-untyped-def]
    ground = Ground(plant)
    grid = grid_of(ground, ground.facts().facts)
    return formulate(grid)[0], grid, formulate(grid)[1]


def _cost(plant: q.Plant, lots: dict[int, float]) -> float:
    """What the lots model charges where so much starts in each bucket, and nothing else."""
    model, grid, x = _model(plant)
    linear = Linear(model)
    unit = float(grid.unit[grid.items["A"]])
    for index, start in enumerate(grid.starts):
        made = lots.get(start.flow.start, 0.0) / unit
        linear.bound(np.array([x.made[index]]), np.array([made]), np.array([made]))
    found = linear.solve(10)
    assert found is not None
    return float(found.objective)


@pytest.mark.parametrize(
    ("lots", "changed"),
    [
        ({0: 100, 3: 100}, 0),
        ({0: 100, 2: 100}, 2 * 5),
        ({0: 100}, 2 * 5),
        ({0: 100, 2: 50, 3: 100}, 5),
        ({0: 200, 3: 100}, 2 * 70),
        ({1: 100, 3: 100}, 2 * 70),
    ],
)
def test_the_lots_model_pays_for_lots_that_are_moved_once(lots: dict[int, float], changed: float) -> None:
    plant = replanned(was("X", 100), was("Y", 3 * DAY + 100))
    free = replace(plant, costs=q.Costs())
    assert applies(_model(plant)[1])
    assert not applies(_model(free)[1])
    assert _cost(plant, lots) - _cost(free, lots) == pytest.approx(changed, abs=1e-6)


def test_in_the_tail_only_lots_that_are_gone_are_charged() -> None:
    plant = replanned(was("T", 4 * DAY, 100, 5 * DAY))
    free = replace(plant, costs=q.Costs())
    for lots, changed in (({4: 100}, 0), ({4: 100, 5: 100}, 0), ({4: 200}, 0), ({5: 100}, 10)):
        assert _cost(plant, lots) - _cost(free, lots) == pytest.approx(changed, abs=1e-6), lots


def test_lots_that_stay_are_cut_as_they_were() -> None:
    plant = replanned(was("X", 100, 130), was("Y", 3 * DAY + 100, 170))
    model, grid, x = _model(plant)
    values = np.zeros(len(model.cost))
    unit = float(grid.unit[grid.items["A"]])
    for index, start in enumerate(grid.starts):
        values[x.made[index]] = {0: 130, 3: 170}.get(start.flow.start, 0) / unit
    lots = kept_names(plant, extract(grid, x, values, "")).lots
    assert [(one.lot.lot, one.lot.quantity) for one in lots] == [("X", 130), ("Y", 170)]


@pytest.fixture(scope="module")
def monday() -> tuple[q.Plant, p.Plan]:
    plant = replace(yard(), costs=COSTS, fences=FENCES)
    plan = made(plant)
    return replace(plant, previous_runs=previous_runs(plant, plan)), plan


def _lots(plan: p.Plan, plant: q.Plant) -> LotPlan:
    start = carry_forward(plant, plan)
    return start.lots


@pytest.mark.parametrize("seed", range(5))
def test_the_minute_search_charges_changes_as_the_ledger_does(
    monday: tuple[q.Plant, p.Plan], seed: int
) -> None:
    plant, plan = monday
    lots = _lots(plan, plant)
    problem, plain = (Problem(Floor(one, lots)) for one in (plant, replace(plant, previous_runs=())))
    luck = random.Random(seed)
    turns = [Turn(wish, luck.choice((0, wish.start_bucket * DAY))) for wish in problem.wishes]
    luck.shuffle(turns)
    paid = problem.search(0).cost(turns) - plain.search(0).cost(turns)
    window = problem.schedule(turns)
    assert not window.dropped
    verdict = check(plant, settle(plant, window, lots, p.Provenance("yard", "")))
    charged = sum(row.amount for row in verdict.ledger if row.category == "change")
    assert charged > 0
    assert math.isclose(paid, float(charged), abs_tol=1e-6)


def test_lots_of_a_former_schedule_stay_where_they_are(
    monday: tuple[q.Plant, p.Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    # So small a shop is scheduled exactly otherwise, and that does not know what changes cost.
    for engine in (exact, shop):
        monkeypatch.setattr(engine, "applies", lambda *_: False)
    plant, plan = monday
    dear = F(10**6)
    costs = q.Costs(change_cost_frozen=dear, change_cost_slushy=dear, change_cost_open=dear)
    plant = replace(plant, costs=costs)
    start = carry_forward(plant, plan)
    window = schedule(plant, start.lots, Limits(math.inf, work=5), former=start.window)
    found = {(run.lot, run.operation): (run.resource, run.start) for run in window.runs}
    assert found == {(run.lot, run.operation): (run.resource, run.start) for run in plan.runs}


def test_one_more_order_changes_little_else(monday: tuple[q.Plant, p.Plan]) -> None:
    plant, plan = monday
    more = replace(plant, orders=(*plant.orders, q.Order("N", "A", 60, 4 * DAY)))
    start = carry_forward(more, plan)
    outcome = solve(more, Settings(work=2.0), start=start)
    assert outcome.plan is not None
    assert outcome.verdict is not None
    assert outcome.verdict.cost < check(more, start.plan).cost
    kept = {(run.lot, run.operation, run.start) for run in plan.runs}
    assert len(kept & {(run.lot, run.operation, run.start) for run in outcome.plan.runs}) >= len(kept) - 2


def test_the_grid_of_a_plant_without_a_previous_plan_is_as_before() -> None:
    model = _model(yard())[0]
    priced = _model(replace(yard(), costs=COSTS))[0]
    assert len(model.cost) == len(priced.cost)
