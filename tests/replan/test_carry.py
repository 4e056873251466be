"""Yesterday's plan carried forward, and what the solve does with it."""

from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path
from typing import Any

import pytest
from yard import DAY, made, yard

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.domain.previous import previous_runs
from capacityplan.errors import DataError
from capacityplan.replan import carry, carry_forward
from capacityplan.replan.changes import change_list, reasons
from capacityplan.replan.previous import with_previous
from capacityplan.solve.settle import settle_once
from capacityplan.solve.solve import Settings, solve
from capacityplan.templates import build
from capacityplan.verify import check
from capacityplan.verify.case import Case
from capacityplan.verify.changes import changes


@pytest.fixture(scope="module")
def plan() -> p.Plan:
    return made(yard())


def following(plant: q.Plant, plan: p.Plan) -> q.Plant:
    return replace(plant, previous_runs=previous_runs(plant, plan))


def changed(plant: q.Plant, plan: p.Plan) -> list[str]:
    return [f"{change.lot}/{change.operation}" for change in changes(Case(plant, plan))]


def test_nothing_changes_where_nothing_changed(plan: p.Plan) -> None:
    plant = following(yard(), plan)
    start = carry_forward(plant, plan)
    assert start.plan.runs == plan.runs
    assert changed(plant, start.plan) == []
    outcome = solve(plant, Settings(work=1.0), start=start)
    assert outcome.plan is not None
    assert changed(plant, outcome.plan) == []
    assert outcome.plan.provenance.previous == plan.provenance.plan_id


def test_a_plan_of_another_plant_is_refused(plan: p.Plan, tmp_path: Path) -> None:
    """None of it could be carried forward; the search began with an empty plan and said nothing."""
    file = tmp_path / "plan.json"
    file.write_bytes(plan.to_json())
    other = build("dairy", 0.05, 3)
    with pytest.raises(DataError, match="the previous plan was made for plant"):
        with_previous(other, file)
    assert with_previous(yard(), file)[1] is not None


def test_a_breakdown_moves_only_what_it_touches(plan: p.Plan) -> None:
    last = max((run for run in plan.runs if run.operation == "make"), key=lambda run: run.start)
    stop = q.Downtime("d", last.resource, last.start, last.start + 50, reason="bearing")
    plant = following(yard(downtime=(stop,)), plan)
    start = carry_forward(plant, plan)
    verdict = check(plant, start.plan)
    assert verdict.violations == ()
    moved = changed(plant, start.plan)
    assert f"{last.lot}/make" in moved
    assert {name.split("/")[0] for name in moved} == {last.lot}
    rows = change_list(plant, start.plan, plan, reasons(plant, yard()))
    assert any("down (bearing)" in row.because for row in rows if row.object == f"{last.lot}/make")
    assert [row.effect for row in rows] == sorted((row.effect for row in rows), reverse=True)
    few = change_list(plant, start.plan, plan, tolerance_minutes=DAY, least_effect=F(10**6))
    assert few == ()


def test_the_outcome_is_never_dearer_than_yesterdays_plan_carried_forward(plan: p.Plan) -> None:
    more = q.Order("N", "A", 300, 2 * DAY)
    plant = following(yard(orders=(*yard().orders, more)), plan)
    start = carry_forward(plant, plan)
    carried = check(plant, start.plan)
    assert carried.violations == ()
    outcome = solve(plant, Settings(work=2.0), start=start)
    assert outcome.verdict is not None
    assert outcome.verdict.cost <= carried.cost


def test_dear_changes_are_left_and_small_savings_too(plan: p.Plan) -> None:
    more = q.Order("N", "A", 300, 2 * DAY)
    base = yard(orders=(*yard().orders, more))
    for settings in (
        {"costs": q.Costs(change_cost_open=F(10**9))},
        {"solve": q.SolveDefaults(min_saving=F(99, 100))},
    ):
        plant = following(replace(base, **settings), plan)  # type: ignore[arg-type]
        start = carry_forward(plant, plan)
        outcome = solve(plant, Settings(work=1.0), start=start)
        assert outcome.plan is not None
        assert changed(plant, outcome.plan) == changed(plant, start.plan)


def test_the_next_day_keeps_runs_where_they_were(plan: p.Plan) -> None:
    started = {run.lot for run in plan.runs if run.start < DAY}
    orders = tuple(replace(row, due=row.due - DAY) for row in yard().orders if row.order != "O1")
    plant = following(
        yard("2025-01-07T00:00:00", orders=orders, stock=(q.Stock("s", "R", 1900), q.Stock("a", "A", 0))),
        plan,
    )
    later = {(run.lot, run.operation): run for run in plan.runs if run.lot not in started}
    start = carry_forward(plant, plan)
    assert check(plant, start.plan).violations == ()
    for run in start.plan.runs:
        if (run.lot, run.operation) in later:
            before = later[run.lot, run.operation]
            assert (run.resource, run.start) == (before.resource, before.start - DAY)


def test_the_next_plan_of_an_own_plant_is_valid_when_carried_forward() -> None:
    plant = build("dairy", 0.05, 1)
    plan = made(plant, 0.5)
    tomorrow = following(
        replace(plant, start=f"{plant.start[:8]}{int(plant.start[8:10]) + 1:02d}T06:00:00"), plan
    )
    start = carry_forward(tomorrow, plan)
    assert check(tomorrow, start.plan).violations == ()
    kept = {(run.lot, run.operation) for run in start.plan.runs}
    assert len(kept & {(row.lot, row.operation) for row in tomorrow.previous_runs}) > len(kept) / 2


def small_store(orders: tuple[q.Order, ...], capacity: int) -> q.Plant:
    items = tuple(replace(item, storage="store") if item.item == "A" else item for item in yard().items)
    return yard(items=items, orders=orders, storages=(q.Storage("store", capacity),))


def test_lots_that_the_store_has_no_room_for_any_more_are_left_out() -> None:
    orders = (*(q.Order(f"O{day}", "A", 100, day * DAY) for day in (1, 2)), q.Order("L", "A", 300, 13 * DAY))
    plan = made(small_store(orders, 1000))
    late = {run.lot for run in plan.bucket_runs}
    assert late
    # L is cancelled: what was planned for it would stand in the store.
    plant = following(small_store(orders[:2], 50), plan)
    start = carry_forward(plant, plan)
    assert check(plant, start.plan).violations == ()
    assert {run.lot for run in start.plan.runs} == {run.lot for run in plan.runs}
    assert not late & {lot.lot for lot in start.plan.lots}


def test_a_store_that_is_too_full_whatever_is_left_out_is_settled_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    orders = (q.Order("O1", "A", 100, DAY),)
    plan = made(small_store(orders, 1000))
    plant = replace(following(small_store(orders, 50), plan), stock=(*yard().stock, q.Stock("a", "A", 900)))
    settled: list[p.Plan] = []

    def counted(*given: Any) -> p.Plan:
        settled.append(settle_once(*given))
        return settled[-1]

    monkeypatch.setattr(carry, "settle_once", counted)
    start = carry_forward(plant, plan)
    assert {row.rule for row in check(plant, start.plan).violations} == {"storage"}
    assert len(settled) == 1


def test_a_plan_that_does_not_hold_any_more_is_followed_by_a_plain_one_at_once(plan: p.Plan) -> None:
    plant = following(yard(), plan)
    start = carry_forward(plant, plan)
    spoiled = replace(start, plan=replace(start.plan, purchases=(), runs=start.plan.runs[1:]))
    told: list[str] = []
    outcome = solve(plant, Settings(work=0.2), lambda progress: told.append(progress.phase), start=spoiled)
    assert outcome.plan is not None
    assert outcome.carried_cost is None
    said = list(dict.fromkeys(told))
    assert said[:2] == ["carried forward", "netting, at once"]
