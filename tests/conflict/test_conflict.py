"""Conflicts: the rows named, none superfluous; never one where there is a plan; ways out that hold."""

import json
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path

import pytest
from click.testing import CliRunner
from promise_plants import odd, small
from whatif_plant import bakery

from capacityplan.cli.conflict import conflict as command
from capacityplan.conflict import conflict, proof
from capacityplan.conflict.elements import elements
from capacityplan.conflict.ways import tried, ways
from capacityplan.demand import net
from capacityplan.domain import plant as q
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Plan
from capacityplan.domain.timeline import Timeline, WorkingTime
from capacityplan.exchange import write
from capacityplan.explain.extra import extra_shift
from capacityplan.verify import check

DAY = 1440


def locked(plant: q.Plant, **until: int) -> q.Plant:
    rows = (q.Lock(f"L-{name}", q.LockKind.ORDER, name, end=end) for name, end in until.items())
    return replace(plant, locks=tuple(rows))


def resized(plant: q.Plant, order: str, quantity: int) -> q.Plant:
    rows = (replace(row, quantity=quantity) if row.order == order else row for row in plant.orders)
    return replace(plant, orders=tuple(rows))


def baking(plant: q.Plant, **starts: int | None) -> q.Plant:
    """Orders in progress at baking, some of them held at a minute."""
    rows = tuple(
        q.Receipt(name, q.ReceiptKind.PRODUCTION, "bread", 60, DAY, operation="bake") for name in starts
    )
    locks = tuple(
        q.Lock(f"L-{name}", q.LockKind.RUN, f"{name}/bake", "OVEN", start)
        for name, start in starts.items()
        if start is not None
    )
    return replace(plant, receipts=rows, locks=locks)


def stored(plant: q.Plant) -> q.Plant:
    bread, flour = plant.items
    return replace(
        plant, items=(replace(bread, storage="rack"), flour), storages=(q.Storage("rack", F(100)),),
        stock=(*plant.stock, q.Stock("old", "bread", 300)),
    )  # fmt: skip


def incubated(plant: q.Plant, days: int = 3) -> q.Plant:
    lab = q.Resource("LAB", q.ResourceKind.LAB)
    test = q.Inspection("T", q.Stage.FINAL, "LAB", item="bread", wait_minutes=days * DAY)
    return replace(plant, resources=(*plant.resources, lab), inspections=(test,))


def certified(plant: q.Plant) -> q.Plant:
    """Signed a day after the tests."""
    row = q.Inspection("C", q.Stage.CERTIFICATE, "LAB", item="bread", wait_minutes=DAY)
    return replace(plant, inspections=(*plant.inspections, row))


def far_mill(plant: q.Plant) -> q.Plant:
    return replace(plant, stock=(), suppliers=(replace(plant.suppliers[0], lead_time_days=4),))


def kneaded(plant: q.Plant, since: int) -> q.Plant:
    """Dough is mixed by whoever can knead, and the crew learns it."""
    mixing, baking = plant.operation_resources
    return replace(
        plant,
        operation_resources=(replace(mixing, labour="", skill="knead"), baking),
        skills=(q.Skill("crew", "knead", valid_from=since),),
    )


BAKERY = bakery()
CASES = {
    "capacity": (
        locked(resized(BAKERY, "O3", 900), O3=3 * DAY, O2=2 * DAY),
        {("locks", "L-O3"), ("operations", "bread"), ("resources", "OVEN")},
    ),
    "lead time": (locked(far_mill(BAKERY), O3=3 * DAY), {("locks", "L-O3"), ("suppliers", "flour")}),
    "too early": (locked(BAKERY, O5=3 * DAY), {("locks", "L-O5"), ("orders", "O5")}),
    "incubation": (locked(incubated(BAKERY), O2=2 * DAY), {("locks", "L-O2"), ("inspections", "T")}),
    "certificate": (
        locked(certified(incubated(BAKERY, 1)), O2=2 * DAY),
        {("locks", "L-O2"), ("inspections", "T"), ("inspections", "C")},
    ),
    "one oven": (
        baking(BAKERY, R1=480, R2=600),
        {("locks", "L-R1"), ("locks", "L-R2"), ("receipts", "R1"), ("receipts", "R2"),
         ("operations", "bread"), ("resources", "OVEN")},
    ),
    "at night": (baking(BAKERY, R1=300), {("locks", "L-R1"), ("receipts", "R1"), ("resources", "OVEN")}),
    "broken": (
        replace(baking(BAKERY, R1=None), downtime=(q.Downtime("D", "OVEN", 0, 60 * DAY),)),
        {("receipts", "R1"), ("downtime", "D")},
    ),
    "too long": (baking(incubated(BAKERY, 400), R1=None), {("receipts", "R1"), ("inspections", "T")}),
    "skill": (
        locked(kneaded(BAKERY, 4 * DAY), O2=2 * DAY),
        {("locks", "L-O2"), ("skills", "knead")},
    ),
    "no room": (stored(BAKERY), {("items", "bread"), ("storages", "rack")}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_conflict_is_named_and_none_of_it_is_superfluous(name: str) -> None:
    plant, rows = CASES[name]
    found = conflict(plant)
    assert found is not None
    assert {(one.table, one.row) for one in found.elements} == rows
    assert found.minimal
    for plan in found.plans:
        assert plan is not None


@pytest.mark.parametrize(
    "plant",
    [
        locked(BAKERY, O7=7 * DAY),
        locked(kneaded(BAKERY, 4 * DAY), O7=7 * DAY),
        baking(BAKERY, R1=360, R2=540),
        far_mill(BAKERY),
    ],
)
def test_what_can_be_kept_is_no_conflict(plant: q.Plant) -> None:
    assert conflict(plant) is None


def held_as_planned(plant: q.Plant, plan: Plan) -> q.Plant:
    """Orders served in full are locked at their last arrival, runs in progress where they are."""
    last: dict[str, int] = {}
    there: dict[str, int] = {}
    for row in plan.deliveries:
        last[row.demand] = max(last.get(row.demand, 0), row.arrive)
        there[row.demand] = there.get(row.demand, 0) + row.quantity
    full = [row.demand for row in net(plant) if row.is_order and there.get(row.demand) == row.quantity]
    locks = [q.Lock(f"L-{name}", q.LockKind.ORDER, name, end=last[name]) for name in full]
    under_way = {lot.lot for lot in plan.lots if lot.receipt}
    for run in plan.runs:
        if run.lot in under_way:
            name = f"{run.lot}/{run.operation}"
            locks.append(q.Lock(f"L-{name}", q.LockKind.RUN, name, run.resource, run.start, run.end))
    return replace(plant, locks=(*plant.locks, *locks))


@pytest.mark.parametrize("source", ["fitband", "dairy", "tablets", 1, 4, 5, 6, 7, 8, 9])
def test_where_there_is_a_plan_no_conflict_is_claimed(source: str | int) -> None:
    plant, plan = odd(source) if isinstance(source, int) else small(source)
    held = held_as_planned(plant, plan)
    assert len(held.locks) > len(plant.locks)
    origin = replace(plan.provenance, plant_hash=held.hash())
    assert check(held, replace(plan, provenance=origin, ledger=())).violations == ()
    assert proof(held) == ()


def test_ways_out_are_verified_and_ranked() -> None:
    plant, _ = CASES["lead time"]
    found = conflict(plant)
    assert found is not None
    rows = tried(plant, found, seconds=1, workers=1)
    assert [row.text.split()[0] for row in rows if row.status == "verified"] != []
    costs = [row.cost for row in rows if row.cost is not None]
    assert costs == sorted(costs)
    for row in rows:
        if row.plan is not None:
            verdict = check(row.plant, row.plan)
            assert verdict.violations == ()
            assert verdict.cost == row.cost
    assert {row.text.split()[0] for row in rows} == {"let", "expedite", "promise"}


def test_people_who_can_do_the_work_are_a_way_out() -> None:
    plant, _ = CASES["skill"]
    found = conflict(plant)
    assert found is not None
    (skill,) = (row for row in found.elements if row.rule == "skill")
    assert skill.text == "work with skill knead is done by crew from 2027-01-08 00:00"
    verified = [row.text for row in tried(plant, found, 2.0, 1) if row.status == "verified"]
    assert "as many people with skill knead as it takes" in verified


def test_an_extra_shift_is_open_when_the_resource_is_not() -> None:
    oven = next(row for row in BAKERY.resources if row.resource == "OVEN")
    plant = extra_shift(BAKERY, oven, F(45))
    working = WorkingTime(plant, Timeline.of(plant))
    normal, extra = (working.regular(name) for name in ("OVEN", "OVEN (extra shift)"))
    end = Timeline.of(plant).horizon_end
    assert normal.open_minutes(0, end) + extra.open_minutes(0, end) == end
    assert all(normal.open_minutes(start, stop) == 0 for start, stop, _ in extra.intervals())
    assert {row.cost_per_hour for row in plant.operation_resources if "extra" in row.resource} == {45}


def test_the_command_names_rows_and_ways(tmp_path: Path) -> None:
    write(CASES["at night"][0], tmp_path / "bakery")
    done = CliRunner().invoke(command, [str(tmp_path / "bakery"), "--time-limit", "1", "--json"])
    assert done.exit_code == 4, done.output
    found = json.loads(done.stdout)
    assert found["minimal"]
    assert {(row["table"], row["row"]) for row in found["conflict"]} == CASES["at night"][1]
    assert any(row["status"] == "verified" and row["cost"] is not None for row in found["ways"])
    done = CliRunner().invoke(command, [str(tmp_path / "bakery"), "--no-ways"])
    assert "R1/bake is held where it is on OVEN from 2027-01-04 05:00" in done.output
    write(BAKERY, tmp_path / "sound")
    done = CliRunner().invoke(command, [str(tmp_path / "sound")])
    assert done.exit_code == 0
    assert "No conflict is proven" in done.output


def dough_first(plant: q.Plant) -> q.Plant:
    """The bakery with the dough as an item of its own, which is made in no time like the bread."""
    bread, flour = plant.items
    steps = (
        q.Operation("bread", "bake", 10, fixed_minutes=1),
        q.Operation("dough", "mix", 10, fixed_minutes=1),
    )
    return replace(
        plant,
        items=(bread, q.Item("dough", q.ItemKind.INTERMEDIATE, unit_value=F(2)), flour),
        bill_of_materials=(q.BomLine("bread", "dough", F(1)), q.BomLine("dough", "flour", F(1))),
        operations=steps,
        operation_resources=(
            q.OperationResource("bread", "bake", "OVEN"), q.OperationResource("dough", "mix", "MIXER"),
        ),
    )  # fmt: skip


def test_a_large_order_of_two_levels_waits_for_its_material_only() -> None:
    plant = resized(dough_first(far_mill(BAKERY)), "O2", 5000)
    found = conflict(locked(plant, O2=2 * DAY))
    assert found is not None
    assert [(one.table, one.row) for one in found.elements] == [("locks", "L-O2"), ("suppliers", "flour")]
    assert found.minimal


def test_an_inspection_is_taken_away_with_its_rework() -> None:
    lab = q.Resource("LAB", q.ResourceKind.LAB)
    test = q.Inspection("T", q.Stage.IN_PROCESS, "LAB", lab_minutes=5, item="bread", operation="bake",
                        reject_fraction=F(1, 10), rework_operation="touch up")  # fmt: skip
    plant = replace(
        BAKERY,
        operations=(*BAKERY.operations, q.Operation("bread", "touch up", 30, yield_fraction=F(1, 2))),
        operation_resources=(*BAKERY.operation_resources, q.OperationResource("bread", "touch up", "OVEN")),
        resources=(*BAKERY.resources, lab), inspections=(test,),
    )  # fmt: skip
    plant = locked(plant, O3=3 * DAY)
    element = next(one for one in elements(plant) if one.table == "inspections")
    steps = Lookup(element.without(plant)).routings["bread", ""]
    assert [row.operation for row in steps] == ["mix", "bake"]
    assert not [row for row in element.without(plant).operation_resources if row.operation == "touch up"]


def test_a_solve_without_a_plan_says_that_there_is_none(tmp_path: Path) -> None:
    write(CASES["too early"][0], tmp_path / "bakery")
    done = subprocess.run(
        [sys.executable, "-m", "capacityplan", "solve", str(tmp_path / "bakery"), "--time-limit", "1",
         "--json", "--out", str(tmp_path / "out")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 4, done.stderr
    assert json.loads(done.stdout)["status"] == "infeasible"
    assert "capacityplan conflict" in done.stderr
    assert not (tmp_path / "out").exists()


def test_later_dates_begin_at_midnight_though_the_clocks_change() -> None:
    summer = replace(BAKERY, start="2027-03-26T00:00", timezone="Europe/Berlin")
    plant = locked(far_mill(summer), O2=2 * DAY)
    found = conflict(plant)
    assert found is not None
    texts = [text for way in ways(plant, found) for text, _ in way.steps if text.startswith("promise O2")]
    assert texts
    assert all(" 00:00, " in text for text in texts), texts
