"""A cause is named only where a verified plan without it serves the demand better."""

import json
from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path

import pytest
import tiny
from click.testing import CliRunner

from capacityplan.cli.explain import explain
from capacityplan.cli.prices import prices
from capacityplan.demand import net
from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.timeline import Timeline
from capacityplan.explain import causes
from capacityplan.explain.relax import both, days_until, more_of, quicker, relaxations
from capacityplan.explain.replan import arrears, replanned
from capacityplan.explain.text import Words
from capacityplan.verify import check

DAY = 1440


def two_orders() -> tuple[q.Plant, p.Plan]:
    """An hour every second day, a minute a piece: order SECOND waits for Wednesday's hour."""
    plant = tiny.plant(
        orders=(
            q.Order("FIRST", "A", 60, DAY, late_cost_per_day=F(2), lost_cost=F(50)),
            q.Order("SECOND", "A", 60, DAY, late_cost_per_day=F(1), lost_cost=F(50)),
        ),
        resources=(q.Resource("M", q.ResourceKind.MACHINE, calendar="hour", cost_per_hour=F(6)),),
        calendars=tuple(q.CalendarRow("hour", day, None, 480, 540) for day in (0, 2, 4, 6)),
        horizon=q.Horizon(daily=6, weekly=1, schedule_days=5),
    )
    lots = tiny.join(tiny.lot("L1", 480, quantity=60), tiny.lot("L2", 2 * DAY + 480, quantity=60))
    shipped = (
        p.Delivery("FIRST", "A", 60, 540, 540),
        p.Delivery("SECOND", "A", 60, 2 * DAY + 540, 2 * DAY + 540),
    )
    return plant, tiny.plan(**lots, deliveries=shipped)


def demand(plant: q.Plant, name: str):  # type: ignore[no-untyped-def]
    return next(row for row in net(plant) if row.demand == name)


def test_the_hour_that_is_missing_is_named_with_what_it_is_worth() -> None:
    plant, plan = two_orders()
    found = causes(plant, plan, demand(plant, "SECOND"))
    assert found.now.penalty == 60
    assert found.again is None
    (cause,) = found.causes
    assert (cause.relaxation.kind, cause.relaxation.object, cause.minutes) == ("resource", "M", 60)
    assert cause.on_time
    assert cause.saved == cause.penalty == 60
    assert check(cause.trial.plant, cause.trial.plan).violations == ()
    assert cause.trial.cost == check(cause.trial.plant, cause.trial.plan).cost


def test_a_material_that_comes_late_is_named_and_the_free_machine_is_not() -> None:
    plant = tiny.plant(
        items=(tiny.ITEM, q.Item("C", q.ItemKind.RAW)),
        bill_of_materials=(q.BomLine("A", "C", F(1)),),
        suppliers=(q.SupplierOffer("S", "C", 3, price=F(1)),),
        orders=(q.Order("O", "A", 10, 2 * DAY, late_cost_per_day=F(1), lost_cost=F(50)),),
        horizon=q.Horizon(daily=6, weekly=1, schedule_days=5),
    )
    plan = tiny.plan(
        **tiny.lot("L1", 3 * DAY),
        purchases=(p.Purchase("P1", "S", "C", 10, 0, 3 * DAY),),
        deliveries=(p.Delivery("O", "A", 10, 4 * DAY + 10, 4 * DAY + 10),),
    )
    assert check(plant, plan).violations == ()
    found = causes(plant, plan, demand(plant, "O"))
    assert [(row.relaxation.kind, row.relaxation.object) for row in found.causes] == [("lead_time", "C")]
    assert found.causes[0].on_time


def test_materials_that_come_late_together_are_named_together() -> None:
    """Either of C and D alone is no cause: the other one comes on Thursday all the same."""
    plant = tiny.plant(
        items=(tiny.ITEM, q.Item("C", q.ItemKind.RAW), q.Item("D", q.ItemKind.RAW)),
        bill_of_materials=(q.BomLine("A", "C", F(1)), q.BomLine("A", "D", F(1))),
        suppliers=(q.SupplierOffer("S", "C", 3, price=F(1)), q.SupplierOffer("S", "D", 3, price=F(1))),
        orders=(q.Order("O", "A", 10, 2 * DAY, late_cost_per_day=F(1), lost_cost=F(50)),),
        horizon=q.Horizon(daily=6, weekly=1, schedule_days=5),
    )
    plan = tiny.plan(
        **tiny.lot("L1", 3 * DAY),
        purchases=(
            p.Purchase("P1", "S", "C", 10, 0, 3 * DAY),
            p.Purchase("P2", "S", "D", 10, 0, 3 * DAY),
        ),
        deliveries=(p.Delivery("O", "A", 10, 4 * DAY + 10, 4 * DAY + 10),),
    )
    assert check(plant, plan).violations == ()
    (cause,) = causes(plant, plan, demand(plant, "O")).causes
    assert (cause.relaxation.kind, cause.relaxation.object) == ("together", "D, C")
    assert cause.relaxation.text == "if all of D, C came the day after they are ordered"
    assert cause.on_time
    assert check(cause.trial.plant, cause.trial.plan).violations == ()


def test_constraints_of_several_kinds_are_told_as_what_they_are() -> None:
    plant, _ = two_orders()
    machine = more_of(Lookup(plant), "M", [0])
    assert both([machine, quicker("C"), quicker("D")]).text == (
        "with more hours on M and if all of C, D came the day after they are ordered"
    )
    many = [replace(machine, kind=kind, object=kind) for kind in ("a", "b", "c", "d")]
    assert both(many).text == "with all of this easier: a, b, c, d"


def test_what_changes_nothing_is_not_verified_again() -> None:
    plant, plan = two_orders()
    taken = arrears(plant, plan, demand(plant, "SECOND"))
    first = replanned(plant, plan, taken)
    assert first is not None
    assert replanned(plant, plan, taken, first.plan) is None
    more = more_of(Lookup(plant), "M", days_until(Timeline.of(plant), DAY)).apply(plant)
    other = replanned(more, plan, taken, first.plan)
    assert other is not None
    assert other.penalty < first.penalty


def test_a_lab_that_is_closed_is_named_though_other_inspections_pause_in_its_breaks() -> None:
    plant = tiny.plant(
        items=(replace(tiny.ITEM, phase_in=890),),
        resources=(tiny.M, q.Resource("LAB", q.ResourceKind.LAB, calendar="day")),
        calendars=tuple(q.CalendarRow("day", day, None, 480, 960) for day in (0, 3)),
        inspections=(q.Inspection("T", q.Stage.FINAL, "LAB", lab_minutes=60, item="A"),),
        orders=(
            q.Order("FIRST", "A", 10, DAY, late_cost_per_day=F(2), lost_cost=F(50)),
            q.Order("SECOND", "A", 10, DAY, late_cost_per_day=F(1), lost_cost=F(50)),
        ),
        horizon=q.Horizon(daily=6, weekly=1, schedule_days=5),
    )
    plan = tiny.plan(
        **tiny.join(tiny.lot("L1", 890), tiny.lot("L2", 900)),
        inspections=(
            p.InspectionRun("L1", "T", "LAB", 930, 3 * DAY + 510),
            p.InspectionRun("L2", "T", "LAB", 3 * DAY + 510, 3 * DAY + 570),
        ),
        deliveries=(
            p.Delivery("FIRST", "A", 10, 3 * DAY + 510, 3 * DAY + 510),
            p.Delivery("SECOND", "A", 10, 3 * DAY + 570, 3 * DAY + 570),
        ),
    )
    assert check(plant, plan).violations == ()
    found = {row.relaxation.kind: row for row in causes(plant, plan, demand(plant, "SECOND")).causes}
    assert set(found) == {"resource", "phase"}
    cause = found["resource"]
    assert cause.relaxation.object == "LAB"
    assert cause.on_time
    assert check(cause.trial.plant, cause.trial.plan).violations == ()


@pytest.mark.parametrize("people", ["day", "through lunch"])
def test_a_lab_that_is_full_is_named_though_its_analysts_have_breaks(people: str) -> None:
    hours = [("day", 480, 720), ("day", 780, 960), ("through lunch", 480, 960)]
    plant = tiny.plant(
        items=(replace(tiny.ITEM, phase_in=640),),
        resources=(
            tiny.M, q.Resource("LAB", q.ResourceKind.LAB, calendar="day"),
            q.Resource("people", q.ResourceKind.LABOUR, calendar=people, capacity=2),
        ),
        calendars=tuple(
            q.CalendarRow(name, day, None, begin, end) for day in (0, 3) for name, begin, end in hours
        ),
        inspections=(
            q.Inspection("T", q.Stage.FINAL, "LAB", lab_minutes=120, item="A", analysts=1, labour="people"),
        ),
        orders=tuple(
            q.Order(f"O{number}", "A", 10, DAY, late_cost_per_day=F(9 - number), lost_cost=F(50))
            for number in range(3)
        ),
        horizon=q.Horizon(daily=6, weekly=1, schedule_days=5),
    )  # fmt: skip
    spans = [(670, 850), (850, 3 * DAY + 490), (3 * DAY + 490, 3 * DAY + 610)]
    plan = tiny.plan(
        **tiny.join(*(tiny.lot(f"L{number}", 640 + 10 * number) for number in range(3))),
        inspections=tuple(p.InspectionRun(f"L{n}", "T", "LAB", *span) for n, span in enumerate(spans)),
        deliveries=tuple(p.Delivery(f"O{n}", "A", 10, end, end) for n, (_, end) in enumerate(spans)),
    )
    assert check(plant, plan).violations == ()
    found = [row.relaxation.object for row in causes(plant, plan, demand(plant, "O2")).causes]
    assert "LAB" in found


def test_a_supplier_that_brings_too_little_in_a_week_is_named() -> None:
    plant = tiny.plant(
        items=(tiny.ITEM, q.Item("C", q.ItemKind.RAW)),
        bill_of_materials=(q.BomLine("A", "C", F(1)),),
        suppliers=(q.SupplierOffer("S", "C", 0, price=F(1), capacity_per_week=10),),
        orders=(
            q.Order("FIRST", "A", 10, DAY, late_cost_per_day=F(2), lost_cost=F(50)),
            q.Order("SECOND", "A", 10, DAY, late_cost_per_day=F(1), lost_cost=F(50)),
        ),
        horizon=q.Horizon(daily=9, weekly=1, schedule_days=8),
    )
    plan = tiny.plan(
        **tiny.join(tiny.lot("L1", 0), tiny.lot("L2", 7 * DAY)),
        purchases=(p.Purchase("P1", "S", "C", 10, 0, 0), p.Purchase("P2", "S", "C", 10, 7 * DAY, 7 * DAY)),
        deliveries=(
            p.Delivery("FIRST", "A", 10, 10, 10),
            p.Delivery("SECOND", "A", 10, 7 * DAY + 10, 7 * DAY + 10),
        ),
    )
    assert check(plant, plan).violations == ()
    (cause,) = causes(plant, plan, demand(plant, "SECOND")).causes
    assert (cause.relaxation.kind, cause.relaxation.object) == ("supplier_capacity", "C")
    assert cause.on_time


def test_the_smallest_batch_is_relaxed_with_the_smallest_lot() -> None:
    plant, _ = two_orders()
    kiln = replace(plant.operations[0], batch_size=100, min_batch=50)
    plant = replace(plant, operations=(kiln,))
    rows = {row.kind: row for row in relaxations(plant, demand(plant, "SECOND"))}
    (freed,) = rows["lot_size"].apply(plant).operations
    assert freed == replace(kiln, min_batch=0)


def test_what_was_only_planned_badly_is_told_to_be_planned_again() -> None:
    plant, plan = two_orders()
    open_all_day = replace(plant, resources=(tiny.M,), calendars=())
    found = causes(open_all_day, plan, demand(open_all_day, "SECOND"))
    assert found.again is not None
    assert found.again.penalty == 0
    assert found.again.cost < found.now.cost
    assert found.causes == ()
    (told,) = Words(open_all_day).lines(found)
    assert told.startswith("Nothing held it up but the search: planned again it is in time, the plan ")


def test_a_cause_is_worth_what_it_saves_beyond_planning_again() -> None:
    plant, plan = two_orders()
    plant = replace(plant, suppliers=(q.SupplierOffer("S", "A", 1, price=F(1, 5)),))
    found = causes(
        plant,
        plan,
        demand(plant, "SECOND"),
        [more_of(Lookup(plant), "M", days_until(Timeline.of(plant), DAY))],
    )
    assert found.again is not None
    assert found.again.cost < found.now.cost
    (cause,) = found.causes
    alone = found.again.cost - cause.trial.cost
    assert 0 < alone < cause.saved
    told = list(Words(plant).lines(found))
    assert told[1] == "Planned again and verified with one constraint relaxed, compared with that plan:"
    assert f"{float(alone):.2f} EUR cheaper" in told[2]


def test_planning_again_without_relaxing_gives_a_verified_plan() -> None:
    plant, plan = two_orders()
    again = replanned(plant, plan, arrears(plant, plan, demand(plant, "SECOND")))
    assert again is not None
    assert check(plant, again.plan).violations == ()


def test_the_command_tells_the_chain_and_the_proof(tmp_path: Path) -> None:
    plant, plan = two_orders()
    (tmp_path / "instance.json").write_bytes(plant.to_json())
    (tmp_path / "plan.json").write_bytes(plan.to_json())
    start = [str(tmp_path / "instance.json"), str(tmp_path)]
    for kind, name, said in (
        ("order", "SECOND", "with 1.0 h more on M"),
        ("order", "FIRST", "in full and in time"),
        ("item", "A", "1 of 2 demands of A are late"),
        ("resource", "M", "the plan as a whole is 60.00 EUR cheaper"),
        ("lot", "L2", "make on M from Wed 2025-01-08 08:00"),
    ):
        done = CliRunner().invoke(explain, [*start, kind, name])
        assert done.exit_code == 0, done.output
        assert said in done.output
    done = CliRunner().invoke(explain, [*start, "order", "SECND"])
    assert done.exit_code == 2
    assert "did you mean 'SECOND'?" in done.output
    assert json.loads((tmp_path / "plan.json").read_text())


def test_what_is_late_at_no_cost_is_told_and_explained(tmp_path: Path) -> None:
    """A plan that was 95.6 % on time was said to have 0 of 7 demands late."""
    plant, plan = two_orders()
    plant = replace(plant, calendars=tuple(q.CalendarRow("hour", day, None, 480, 540) for day in (0, 1)))
    second = tiny.lot("L2", DAY + 480, quantity=60)
    plan = replace(
        plan,
        lots=(plan.lots[0], *second["lots"]),
        runs=(plan.runs[0], *second["runs"]),
        deliveries=(plan.deliveries[0], p.Delivery("SECOND", "A", 60, DAY + 540, DAY + 540)),
    )
    verdict = check(plant, plan)
    assert verdict.violations == ()
    assert verdict.pain == {}
    assert verdict.on_time_share == F(1, 2)
    (cause,) = causes(plant, plan, demand(plant, "SECOND")).causes
    assert (cause.relaxation.kind, cause.relaxation.object, cause.on_time) == ("resource", "M", True)
    (tmp_path / "instance.json").write_bytes(plant.to_json())
    (tmp_path / "plan.json").write_bytes(plan.to_json())
    done = CliRunner().invoke(explain, [str(tmp_path / "instance.json"), str(tmp_path)])
    assert "0 of 2 demands are late or lost at a cost, 0.00 EUR together; 1 more" in done.output
    assert "with 1.0 h more on M on Mon 2025-01-06 it is in time" in done.output


def test_a_plan_with_choices_is_explained_like_any_other(tmp_path: Path) -> None:
    plant, plan = two_orders()
    offer = q.Promotion("extra", "A", 0, DAY, F(1), status="proposed")
    plant, plan = replace(plant, promotions=(offer,)), replace(plan, choices=("extra",))
    (tmp_path / "instance.json").write_bytes(plant.to_json())
    (tmp_path / "plan.json").write_bytes(plan.to_json())
    start = [str(tmp_path / "instance.json"), str(tmp_path)]
    told = CliRunner().invoke(explain, [*start, "order", "SECOND"])
    assert "with 1.0 h more on M" in told.output
    priced = CliRunner().invoke(prices, [*start, "--json"])
    assert json.loads(priced.stdout)["reached"] != []
