"""Capable to promote: the largest uplift found is a verified plan, and what stops more is proven."""

import json
from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path

import pytest
import tiny
from click.testing import CliRunner
from promise_plants import choosing, small

from capacityplan.cli.promote import promote as command
from capacityplan.demand import net
from capacityplan.demand.choice import at_uplift, fix
from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.domain.projections import Projections
from capacityplan.errors import DataError, SolverBug, VerificationError
from capacityplan.promise import Promoted, promote
from capacityplan.promise.ceiling import question_of, told
from capacityplan.promise.promote_text import Words, percent
from capacityplan.promise.trials import Ground
from capacityplan.verify import check
from capacityplan.verify.case import Case
from capacityplan.verify.ceiling import evaluate

DAY = 1440
OFFER = q.Promotion("OFFER", "A", DAY, 2 * DAY, F(1, 2), segment="shops", cost=F(10), status="proposed")


def projected(rows: dict[str, tuple[int, ...]]) -> Projections:
    """So much of items on days, all of one stream, in the shops."""
    found = [(item, 739257 + day) for item, days in rows.items() for day in days]
    names = ("", "shops", *rows)
    same = len(found)
    return Projections(
        names, item=[names.index(item) for item, _ in found], start=[day for _, day in found],
        end=[day for _, day in found], quantity=[100 if item == "A" else 50 for item, _ in found],
        segment=[1] * same, stream=[0] * same, certainty=[0] * same, author=[0] * same, dated=[0] * same,
        weight_millionths=[10**6] * same, low=[-1] * same, high=[-1] * same,
    )  # fmt: skip


def shop(**tables: object) -> tuple[q.Plant, p.Plan]:
    """100 a day from Tuesday to Thursday, a minute a piece; the machine is open 125 minutes of these days."""
    default = {
        "items": (replace(tiny.ITEM, price=F(2)),),
        "resources": (q.Resource("M", q.ResourceKind.MACHINE, calendar="short", cost_per_hour=F(6)),),
        "calendars": tuple(q.CalendarRow("short", day, None, 480, 605) for day in (1, 2, 3)),
        "customers": (q.Customer("shops", late_cost_per_day=F(1), lost_cost=F(50)),),
        "projections": projected({"A": (1, 2, 3)}),
        "promotions": (OFFER,),
        "horizon": q.Horizon(daily=4, weekly=1, schedule_days=4),
    }
    plant = tiny.plant(**(default | tables))
    lots = tiny.join(*(tiny.lot(f"L{day}", day * DAY + 480, quantity=100) for day in (1, 2, 3)))
    shipped = tuple(
        p.Delivery(f"P:A:shops:{day}", "A", 100, day * DAY + 580, day * DAY + 580) for day in (1, 2, 3)
    )
    plan = tiny.plan(**lots, deliveries=shipped)
    assert check(plant, plan).violations == ()
    return plant, plan


def holds(plant: q.Plant, plan: p.Plan, found: Promoted) -> None:
    """The plan is accepted; what is added is in time; nobody else gets less in time."""
    best = found.best
    assert best is not None
    verdict = check(best.plant, best.plan)
    assert verdict.violations == ()
    promoted = next(row for row in best.plant.promotions if row.promotion == found.promotion.promotion)
    assert (promoted.status, promoted.uplift_fraction) == ("approved", best.fraction)
    before, after = Case(plant, plan), Case(best.plant, best.plan)
    bare = replace(plant, promotions=tuple(one for one in plant.promotions if one != found.promotion))
    without = {row.demand: row.quantity for row in net(fix(bare, plan.choices))}

    def in_time(case: Case, name: str) -> int:
        rows = [row for row in case.plan.deliveries if row.demand == name]
        return sum(row.quantity for row in rows if case.in_time(case.demand[name], row))

    for name, demand in after.demand.items():
        old = before.demand[name].quantity if name in before.demand else 0
        short = demand.quantity - in_time(after, name)
        own = min(old, without.get(name, 0))
        allowed = max(0, own - (in_time(before, name) if old else 0))
        given_back = max(0, min(demand.quantity, without.get(name, 0)) - old)
        assert short <= allowed + given_back, name
        _nothing_later(before, after, name, demand.quantity)
    assert set(plan.lots) <= set(best.plan.lots)
    assert set(plan.purchases) <= set(best.plan.purchases)


def _nothing_later(before: Case, after: Case, name: str, demanded: int) -> None:
    """By no bucket is less of a demand there, as far as so much is demanded: ceilings ask for it."""

    def arrived(case: Case, bucket: int) -> int:
        rows = [row for row in case.plan.deliveries if row.demand == name]
        return sum(row.quantity for row in rows if case.timeline.bucket_of_end(row.arrive) <= bucket)

    for bucket in range(len(before.timeline)):
        assert arrived(after, bucket) >= min(arrived(before, bucket), demanded), (name, bucket)


def test_the_machine_s_free_minutes_are_the_largest_uplift() -> None:
    plant, plan = shop()
    found = promote(plant, plan, "OFFER")
    assert (found.planned, found.asked) == (0, 50)
    assert found.best is not None
    # 25.4 of a hundred are 25 pieces, 25.5 would be 26.
    assert (found.best.fraction, found.tried, found.best.quantity) == (F(254, 1000), F(255, 1000), 25)
    # 25 minutes at 6 an hour; 25 pieces at 2 each; the campaign costs 10.
    assert (found.best.cost, found.best.revenue, found.best.campaign) == (F(5, 2), 50, 10)
    assert found.best.margin == F(75, 2)
    assert found.best.categories == {"production": F(5, 2)}
    assert found.short is not None
    assert found.short.demand == "P:A:shops:1"
    (stop,) = found.stops
    assert (stop.relaxation.kind, stop.relaxation.object, stop.uplift.fraction) == ("resource", "M", F(1, 2))
    assert stop.is_enough
    assert stop.minutes >= 25
    holds(plant, plan, found)


def limits(found: Promoted) -> set[tuple[str, str]]:
    assert found.ceiling is not None
    return {(one.kind, one.object) for one in found.ceiling.limits}


def test_no_plan_serves_more_than_the_machine_s_minutes() -> None:
    plant, plan = shop()
    found = promote(plant, plan, "OFFER")
    # 25 pieces are 25.5 % less the least that makes 26 of them: 25.4 % is served, and no plan serves 25.6 %.
    assert (found.served, found.most, found.is_largest) == (F(254, 1000), F(255, 1000), True)
    assert limits(found) == {("resource", "M")}
    (line,) = [line for line in Words(plant).lines(found) if "No plan" in line or "no plan" in line]
    assert line.startswith(
        "  It is the largest in steps of 0.1 %: no plan can serve more than 25.5 % (proven of plans that cost"
    )
    # Whatever multipliers are taken, what they prove holds.
    assert found.ceiling is not None
    question = question_of(Ground.of(plant, plan, OFFER))
    assert evaluate(question, dict(found.ceiling.multipliers)) == found.ceiling.uplift
    assert evaluate(question, {"nonsense": 1.0}) == question.most


def test_what_planned_lots_stand_in_the_way_of_is_below_what_is_proven() -> None:
    # Tuesday's lot leaves 10 minutes before it and 15 after it.
    plant, plan = shop()
    moved = [tiny.lot(f"L{day}", day * DAY + 490, quantity=100) for day in (1, 2, 3)]
    later = tuple(replace(row, ship=row.ship + 25, arrive=row.arrive + 25) for row in plan.deliveries)
    plan = tiny.plan(**tiny.join(*moved), deliveries=later)
    assert check(plant, plan).violations == ()
    found = promote(plant, plan, "OFFER")
    assert (found.served, found.most, found.is_largest) == (F(154, 1000), F(255, 1000), False)
    assert any("  No plan can serve more than 25.5 %" in line for line in Words(plant).lines(found))


def test_a_plan_that_serves_more_than_is_proven_is_a_bug() -> None:
    plant, plan = shop()
    found = promote(plant, plan, "OFFER")
    assert found.ceiling is not None
    with pytest.raises(SolverBug):
        told(replace(found.ceiling, uplift=F(253, 1000)), found.served)


def test_without_time_nothing_is_said_of_other_plans() -> None:
    plant, plan = shop()
    found = promote(plant, plan, "OFFER", seconds=0)
    assert (found.ceiling, found.most, found.is_largest) == (None, None, False)
    assert any("no time to prove" in line for line in Words(plant).lines(found))


def test_what_is_far_above_what_is_asked_for_is_not_told() -> None:
    plant, plan = shop(promotions=(replace(OFFER, uplift_fraction=F(1, 200)),))
    found = promote(plant, plan, "OFFER")
    assert found.ceiling is not None
    assert (found.ceiling.uplift, found.ceiling.looked_at, found.ceiling.limits) == (None, F(1, 5), ())
    assert any("No limit below 20 % is proven" in line for line in Words(plant).lines(found))


def test_each_day_is_served_from_its_own_free_minutes_where_no_lot_for_all_fits() -> None:
    plant, plan = shop(promotions=(replace(OFFER, end=3 * DAY),))
    found = promote(plant, plan, "OFFER", seconds=0)
    assert found.best is not None
    assert (found.asked, found.best.quantity) == (100, 50)
    assert len(found.best.lots) == 2
    holds(plant, plan, found)
    told = promote(plant, plan, "OFFER")
    assert (found.tried, found.short) == (told.tried, told.short)
    assert found.short is not None


def test_what_there_is_no_time_to_try_is_told() -> None:
    plant, plan = shop()
    found = promote(plant, plan, "OFFER", seconds=0)
    assert found.best is not None
    assert (found.best.quantity, found.stops) == (25, ())
    assert [(one.kind, one.object) for one in found.untried] == [("resource", "M")]
    assert any("Not tried" in line and "more hours on M" in line for line in Words(plant).lines(found))
    assert promote(plant, plan, "OFFER").untried == ()


def test_what_is_reached_without_a_constraint_is_told_with_what_is_not() -> None:
    # The machine leaves 25 of them, the material 40.
    plant, plan = shop(
        items=(replace(tiny.ITEM, price=F(2)), q.Item("C", q.ItemKind.RAW)),
        bill_of_materials=(q.BomLine("A", "C", F(1)),),
        suppliers=(q.SupplierOffer("S", "C", 5, price=F(1)),),
        stock=(q.Stock("IN", "C", 340),),
    )
    found = promote(plant, plan, "OFFER")
    assert found.best is not None
    assert found.best.quantity == 25
    (stop,) = found.stops
    # Sought to a twentieth of the half that is asked for.
    assert (stop.relaxation.object, stop.uplift.quantity, stop.is_enough) == ("M", 39, False)
    assert stop.failed is not None
    assert F(40, 100) < stop.failed <= stop.uplift.fraction + F(25, 1000)
    assert any(f"%, not {percent(stop.failed)}; margin" in line for line in Words(plant).lines(found))


def test_more_than_is_asked_for_is_told_too() -> None:
    plant, plan = shop(promotions=(replace(OFFER, uplift_fraction=F(1, 10)),))
    found = promote(plant, plan, "OFFER")
    assert found.best is not None
    assert (found.asked, found.best.quantity) == (10, 25)


def test_where_all_that_is_tried_works_nothing_stops_it() -> None:
    plant, plan = shop(promotions=(replace(OFFER, uplift_fraction=F(1, 20)),))
    found = promote(plant, plan, "OFFER")
    assert found.best is not None
    assert found.best.fraction == F(1, 5)
    assert (found.tried, found.short, found.stops) == (None, None, ())


def bought(lead_time: int = 5, **offer: object) -> tuple[q.Plant, p.Plan]:
    """As the shop, open day and night; of each A a piece of C, 330 in stock."""
    return shop(
        items=(replace(tiny.ITEM, price=F(2)), q.Item("C", q.ItemKind.RAW)),
        bill_of_materials=(q.BomLine("A", "C", F(1)),),
        suppliers=(q.SupplierOffer("S", "C", lead_time, price=F(1), **offer),),  # type: ignore[arg-type]
        stock=(q.Stock("IN", "C", 330),),
        resources=(q.Resource("M", q.ResourceKind.MACHINE, cost_per_hour=F(6)),),
    )


def test_a_material_that_comes_too_late_is_named() -> None:
    plant, plan = bought()
    found = promote(plant, plan, "OFFER")
    assert found.best is not None
    assert found.best.quantity == 30
    assert [(one.relaxation.kind, one.relaxation.object) for one in found.stops] == [("lead_time", "C")]
    assert found.stops[0].uplift.quantity == 50
    assert found.most == F(305, 1000)
    assert limits(found) == {("lead_time", "C")}
    assert any("what no order of C brings by Thu 2025-01-09" in line for line in Words(plant).lines(found))


def test_what_a_supplier_makes_in_a_week_is_the_largest_uplift() -> None:
    # Of C 300 are there, and 20 a week can come in time.
    plant, plan = bought(1, capacity_per_week=20)
    plant = replace(plant, stock=(q.Stock("IN", "C", 300),))
    found = promote(plant, plan, "OFFER")
    assert found.best is not None
    assert (found.best.quantity, found.most) == (20, F(205, 1000))
    assert ("supplier_capacity", "S/C") in limits(found)
    assert any("what S/C can be had in a week" in line for line in Words(plant).lines(found))


def test_a_lab_that_is_full_is_named() -> None:
    plant, plan = shop(resources=(q.Resource("M", q.ResourceKind.MACHINE),), calendars=())
    final = q.Inspection("check", q.Stage.FINAL, "LAB", lab_minutes=60, item="A")
    rows = tuple(
        p.InspectionRun(f"L{day}", "check", "LAB", day * DAY + 580, day * DAY + 640) for day in (1, 2, 3)
    )
    later = tuple(replace(row, ship=row.ship + 60, arrive=row.arrive + 60) for row in plan.deliveries)
    plan = replace(plan, inspections=rows, deliveries=later)
    lab = q.Resource("LAB", q.ResourceKind.LAB, calendar="lab")
    hours = tuple(q.CalendarRow("lab", day, None, 580, 640) for day in (1, 2, 3))
    plant = replace(plant, inspections=(final,), resources=(plant.resources[0], lab), calendars=hours)
    assert check(plant, plan).violations == ()
    found = promote(plant, plan, "OFFER")
    assert found.best is None
    assert found.tried == F(5, 1000)
    assert [(one.relaxation.kind, one.relaxation.object) for one in found.stops] == [("resource", "LAB")]
    assert found.stops[0].uplift.quantity == 50
    # Each lot could be larger; of at most 110 pieces, one is inspected a day.
    largest = replace(plant, items=(replace(plant.items[0], max_lot=110),))
    found = promote(largest, plan, "OFFER")
    assert (found.best, found.most) == (None, F(105, 1000))
    assert limits(found) == {("resource", "LAB")}


def test_what_helps_only_together_is_named_together() -> None:
    plant, plan = shop(
        items=(replace(tiny.ITEM, price=F(2)), q.Item("C", q.ItemKind.RAW)),
        bill_of_materials=(q.BomLine("A", "C", F(1)),),
        suppliers=(q.SupplierOffer("S", "C", 5, price=F(1)),),
        stock=(q.Stock("IN", "C", 325),),
    )
    found = promote(plant, plan, "OFFER")
    assert found.best is not None
    assert found.best.quantity == 25
    assert [one.relaxation.kind for one in found.stops] == ["together"]


def test_an_approved_promotion_is_judged_from_what_is_planned_for_it() -> None:
    plant, plan = shop()
    approved = replace(plant, promotions=(replace(OFFER, status="approved"),))
    found = promote(approved, plan, "OFFER", seconds=0)
    assert (found.planned, found.asked) == (F(1, 2), 50)
    assert found.best is not None
    assert (found.best.quantity, found.best.campaign) == (25, 0)
    holds(approved, plan, found)


def test_a_chosen_promotion_is_judged_like_an_approved_one() -> None:
    plant, plan = shop()
    found = promote(plant, replace(plan, choices=("OFFER",)), "OFFER", seconds=0)
    assert found.planned == F(1, 2)
    assert found.best is not None
    assert (found.best.quantity, found.best.plan.choices) == (25, ())


def test_what_a_smaller_uplift_gives_back_to_another_item_is_no_condition() -> None:
    other = q.Item("B", q.ItemKind.FINISHED, price=F(2))
    taken = replace(OFFER, status="approved", cannibalises="B", cannibal_fraction=F(1))
    plant, plan = shop(
        items=(replace(tiny.ITEM, price=F(2)), other),
        operations=(tiny.MAKE, replace(tiny.MAKE, item="B")),
        operation_resources=(tiny.MODE, replace(tiny.MODE, item="B")),
        projections=projected({"A": (1, 2, 3), "B": (1,)}),
        promotions=(taken,),
    )
    found = promote(plant, plan, "OFFER", seconds=0)
    assert found.best is not None
    assert found.best.quantity == 25
    assert [(row.demand, row.quantity) for row in found.best.plan.lost] == [("P:B:shops:1", 25)]
    # Planned were 50 lost of A at 50 each; now it is 25 of B.
    assert found.best.categories["lost"] == -1250


def test_a_promotion_that_concerns_nothing_planned_says_so() -> None:
    plant, plan = shop(promotions=(replace(OFFER, start=0, end=DAY),))
    found = promote(plant, plan, "OFFER")
    assert (found.asked, found.best, found.stops) == (0, None, ())


def test_nothing_is_promoted_on_a_plan_that_breaks_a_rule() -> None:
    plant, plan = shop()
    with pytest.raises(VerificationError):
        promote(plant, replace(plan, lots=plan.lots[:2]), "OFFER")
    with pytest.raises(KeyError):
        promote(plant, plan, "OFFERS")


@pytest.mark.parametrize("name", ["dairy", "fitband"])
def test_promotions_of_own_plants_are_verified_plans(name: str) -> None:
    plant, plan = small(name, size=0.2)
    found = promote(plant, plan, plant.promotions[0].promotion, seconds=60 if name == "dairy" else 0)
    holds(plant, plan, found)
    for stop in found.stops:
        assert check(stop.uplift.plant, stop.uplift.plan).violations == ()
        assert found.tried is not None
        assert stop.uplift.fraction >= found.tried
        # What is named is needed: on the plant as it is the plan breaks a rule.
        bare = at_uplift(plant, plant.promotions[0].promotion, stop.uplift.fraction)
        assert check(bare, replace(stop.uplift.plan, ledger=(), certificate=None)).violations


def test_choices_of_a_plan_of_an_own_plant_count() -> None:
    plant, plan = choosing()
    found = promote(plant, plan, "extra", seconds=0)
    assert found.planned == F(1, 2)
    holds(plant, plan, found)


def test_the_command_tells_it_and_writes_the_plan(tmp_path: Path) -> None:
    plant, plan = shop()
    (tmp_path / "instance.json").write_bytes(plant.to_json())
    (tmp_path / "plan.json").write_bytes(plan.to_json())
    start = [str(tmp_path / "instance.json"), str(tmp_path)]
    done = CliRunner().invoke(command, [*start, "OFFER", "--out", str(tmp_path / "out")])
    assert done.exit_code == 5, done.output
    assert "Feasible only up to 25.4 %: 25 pcs more" in done.output
    assert "margin 37.50 EUR" in done.output
    assert "more on M on" in done.output
    written = q.Plant.from_json((tmp_path / "out" / "instance.json").read_bytes())
    assert written.promotions[0].uplift_fraction == F(254, 1000)
    done = CliRunner().invoke(command, [*start, "--json"])
    (record,) = json.loads(done.output)
    assert (record["feasible"]["uplift"], record["asked_quantity"]) == (0.254, 50)
    assert (record["ceiling"]["uplift"], record["ceiling"]["largest"]) == (0.255, True)
    assert [(row["kind"], row["object"]) for row in record["ceiling"]["limits"]] == [("resource", "M")]
    assert [(row["kind"], row["object"], row["uplift"]) for row in record["stops"]] == [
        ("resource", "M", 0.5)
    ]
    done = CliRunner().invoke(command, [*start, "OFER"])
    assert isinstance(done.exception, DataError)
    assert done.exception.findings[0].hint
    assert CliRunner().invoke(command, [*start, "--out", str(tmp_path)]).exit_code == 2


def test_the_command_exits_well_where_all_that_is_asked_for_is_feasible(tmp_path: Path) -> None:
    plant, plan = shop(promotions=(replace(OFFER, uplift_fraction=F(1, 10)),))
    (tmp_path / "instance.json").write_bytes(plant.to_json())
    (tmp_path / "plan.json").write_bytes(plan.to_json())
    done = CliRunner().invoke(command, [str(tmp_path / "instance.json"), str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "Feasible up to 20 %" not in done.output
    assert "Feasible up to 25.4 %" in done.output
