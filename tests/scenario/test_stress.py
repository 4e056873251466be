"""The stress test: nothing varies, nothing changes; each source hurts where it should."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from capacityplan.cli.stress import stress as command
from capacityplan.demand import net
from capacityplan.demand.choice import fix
from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant, Promotion
from capacityplan.exchange import write_plan
from capacityplan.scenario.futures import Uncertainty, streams_of, triangular
from capacityplan.scenario.replay import replay
from capacityplan.scenario.served import Served
from capacityplan.scenario.stress import stress
from capacityplan.solve.solve import Settings, solve
from capacityplan.templates import build
from capacityplan.verify import check
from capacityplan.verify.case import Case

CALM = Uncertainty(sources=())


@pytest.fixture(scope="module")
def planned() -> tuple[Plant, Plan]:
    # By work: of plans that the clock ends, some have slack enough for breakdowns to cost nothing.
    plant = build("dairy", 0.15)
    outcome = solve(plant, Settings(seconds=8, workers=1, work=2))
    assert outcome.plan is not None
    return plant, outcome.plan


def only(*sources: str) -> Uncertainty:
    return Uncertainty(sources=sources)


def test_without_uncertainty_the_replay_costs_what_the_plan_costs(planned: tuple[Plant, Plan]) -> None:
    plant, plan = planned
    cost = float(check(plant, plan).cost)
    found = replay(plant, plan, 3, 1, CALM)
    assert np.ptp(found.cost) == 0
    assert found.cost[0] == pytest.approx(cost, rel=0.005)


def test_what_is_never_served_is_late_once_in_every_bucket(planned: tuple[Plant, Plan]) -> None:
    plant, plan = planned
    case = Case(plant, replace(plan, lost=()))
    served = Served(case, {}, {}, 1)
    for bucket in range(len(case.timeline)):
        served.serve(bucket)
    for item in {row.item for row in case.demand.values()}:
        days = sum(
            row.late_rate * row.quantity * case.timeline.days_late(row.due, bucket)
            for row in case.demand.values()
            if row.item == item
            for bucket in range(len(case.timeline))
        )
        assert served.late[item][0] == pytest.approx(float(days / case.lookup.scale[item]))


def test_equal_seeds_give_equal_futures(planned: tuple[Plant, Plan]) -> None:
    plant, plan = planned
    first, second, other = (replay(plant, plan, 20, seed, Uncertainty()) for seed in (5, 5, 6))
    assert (first.cost == second.cost).all()
    assert (first.cost != other.cost).any()


@pytest.mark.parametrize("source", ["demand", "lead_time", "breakdown"])
def test_what_varies_costs_money_and_service(planned: tuple[Plant, Plan], source: str) -> None:
    plant, plan = planned
    calm, found = replay(plant, plan, 1, 2, CALM), replay(plant, plan, 100, 2, only(source))
    assert found.cost.mean() > calm.cost[0]
    assert found.cost.std() > 0
    if source != "demand":
        assert found.service.mean() < calm.service[0]


def test_yields_and_rejects_change_what_comes_out_but_not_on_average(planned: tuple[Plant, Plan]) -> None:
    plant, plan = planned
    inspections = tuple(
        replace(row, reject_fraction=Fraction(1, 20), rework_operation="") for row in plant.inspections
    )
    risky = replace(plant, inspections=inspections)
    found = replay(risky, plan, 200, 3, only("reject"))
    assert found.cost.std() > 0


def test_a_wider_range_is_dearer(planned: tuple[Plant, Plan]) -> None:
    plant, plan = planned
    rows = plant.projections
    columns = rows.columns()
    columns["low"] = [quantity // 3 for quantity in columns["quantity"]]
    columns["high"] = [quantity * 2 for quantity in columns["quantity"]]
    wide = replace(plant, projections=type(rows).from_columns(columns))
    narrow_cost, wide_cost = (replay(one, plan, 100, 4, only("demand")).cost for one in (plant, wide))
    assert wide_cost.mean() > narrow_cost.mean()
    assert wide_cost.std() > narrow_cost.std()


def test_the_triangular_distribution_has_its_mean_and_ends() -> None:
    share = np.linspace(0, 1, 100_001)
    drawn = triangular(share, np.float64(8), np.float64(10), np.float64(18))
    assert drawn.min() == 8
    assert drawn.max() == 18
    assert drawn.mean() == pytest.approx((8 + 10 + 18) / 3, abs=1e-3)
    assert triangular(share, np.float64(5), np.float64(5), np.float64(5)).std() == 0


def test_switching_a_source_off_leaves_the_others_random_numbers() -> None:
    first, second = streams_of(7), streams_of(7)
    first["demand"].random(1000)
    assert (first["reject"].random(5) == second["reject"].random(5)).all()


def test_the_report_ranks_sources_and_links(planned: tuple[Plant, Plan], tmp_path: Path) -> None:
    plant, plan = planned
    result = stress(plant, plan, 60, 1)
    effects = [amount for _, amount in result.sources]
    assert effects == sorted(effects, reverse=True)
    assert {name for name, _ in result.sources} == {"demand", "yield", "reject", "lead_time", "breakdown"}
    assert result.cost.low <= result.cost.median <= result.cost.high
    assert result.links
    costs = [row.cost for row in result.links]
    assert costs == sorted(costs, reverse=True)
    (tmp_path / "dairy.json").write_bytes(plant.to_json())
    write_plan(plan, tmp_path / "plan.json")
    call = [str(tmp_path / "dairy.json"), str(tmp_path / "plan.json"), "--samples", "20"]
    done = CliRunner().invoke(command, [*call, "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["samples"] == 20
    assert "weakest links" in CliRunner().invoke(command, call).output


def test_what_choices_bring_counts_in_every_future() -> None:
    plant = build("dairy", 0.1)
    item = next(row.item for row in net(plant) if not row.is_order)
    offer = Promotion("extra", item, 0, 60 * 1440, Fraction(1, 2), cost=Fraction(10), status="proposed")
    plant = replace(plant, promotions=(*plant.promotions, offer))
    outcome = solve(fix(plant, ("extra",)), Settings(seconds=5, workers=1))
    assert outcome.plan is not None
    plan = replace(outcome.plan, choices=("extra",))
    verdict = check(plant, plan)
    brought = -sum(row.amount for row in verdict.ledger if row.category == "revenue")
    assert brought > 0
    found = replay(plant, replace(plan, ledger=verdict.ledger), 2, 1, CALM)
    assert found.cost[0] == pytest.approx(float(verdict.cost), abs=float(brought) / 20)
