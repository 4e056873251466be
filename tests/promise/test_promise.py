"""A promise is a verified plan with the order in, with nothing that was planned moved."""

import random
from dataclasses import replace
from datetime import date
from fractions import Fraction as F

import pytest
import tiny
from promise_plants import choosing, odd, signed, small

from capacityplan.demand import net
from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import ItemKind, Plant
from capacityplan.domain.projections import Projections
from capacityplan.domain.timeline import Timeline
from capacityplan.errors import VerificationError
from capacityplan.promise import Answer, Desk, Request, promise
from capacityplan.templates import NAMES
from capacityplan.verify import check

DAY = 1440


def requests(plant: Plant, seed: int, count: int) -> list[Request]:
    luck = random.Random(seed)
    sold = [row for row in plant.items if row.kind is ItemKind.FINISHED]
    found = []
    for number in range(count):
        item = luck.choice(sold).item
        usual = [row.quantity for row in plant.orders if row.item == item] or [100]
        quantity = max(1, int(luck.choice(usual) * luck.choice([0.3, 1, 2, 4])))
        by = None if luck.random() < 0.4 else luck.randrange(1, 60) * DAY
        found.append(Request(item, quantity, by, order=f"NEW-{number}"))
    return found


def holds(plant: Plant, plan: Plan, request: Request, answer: Answer, before: Plan) -> None:
    verdict = check(answer.plant, answer.plan)
    assert verdict.violations == ()
    names = [row.order for row in answer.orders]
    delivered = [row for row in answer.plan.deliveries if row.demand in names]
    assert (
        sum(row.quantity for row in delivered)
        == answer.quantity
        == sum(row.quantity for row in answer.orders)
    )
    assert not [row for row in verdict.ledger if row.category in ("late", "lost") and row.object in names]
    assert all(row.arrive <= answer.promised for row in delivered)
    assert answer.cost == verdict.cost - check(plant, before).cost
    assert answer.cost == sum(answer.categories.values())
    moved = {(row.lot, row.operation, row.start, row.end) for row in plan.runs}
    assert moved <= {(row.lot, row.operation, row.start, row.end) for row in answer.plan.runs}
    for table in ("lots", "inspections", "bucket_inspections", "bucket_runs", "purchases", "overtime"):
        assert set(getattr(plan, table)) <= set(getattr(answer.plan, table)), table


@pytest.mark.parametrize("name", NAMES)
def test_promises_on_own_plants_are_verified_plans(name: str) -> None:
    plant, plan = small(name)
    desk = Desk(plant, plan)
    timeline = Timeline.of(plant)
    answered = new_lots = 0
    for request in requests(plant, 1, 6):
        found = desk.promise(request, alternatives=answered == 2)
        if found.answer is None:
            continue
        answered += 1
        new_lots += bool(found.answer.lots)
        holds(plant, plan, request, found.answer, plan)
        if request.by is not None:
            bucket_of = timeline.bucket_of_end
            in_time = bucket_of(found.answer.promised) <= bucket_of(request.by)
            assert found.in_time == in_time
        for other in found.alternatives:
            assert check(other.answer.plant, other.answer.plan).violations == ()
    assert answered >= 4
    assert new_lots >= 1


@pytest.mark.parametrize("seed", range(5))
def test_odd_plants_get_verified_promises_at_the_first_try(seed: int) -> None:
    plant, plan = odd(seed)
    if check(plant, plan).violations:
        with pytest.raises(VerificationError):
            Desk(plant, plan)
        return
    desk = Desk(plant, plan)
    for request in requests(plant, seed, 3):
        found = desk.promise(request, alternatives=False)
        assert found.refused == ()
        if found.answer is not None:
            holds(plant, plan, request, found.answer, plan)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_made_for_a_promise_is_certified_before_it_is_shipped(name: str) -> None:
    plant, plan = signed(name)
    papers = {row.item: row.inspection for row in plant.inspections if row.is_last}
    desk = Desk(plant, plan)
    certified = 0
    for request in requests(plant, 1, 6):
        found = desk.promise(request, alternatives=False)
        assert found.refused == ()
        if found.answer is None:
            continue
        holds(plant, plan, request, found.answer, plan)
        made = found.answer.plan
        rows = {(row.object, row.inspection) for row in (*made.inspections, *made.bucket_inspections)}
        for lot in found.answer.lots:
            if lot.item in papers:
                assert (lot.lot, papers[lot.item]) in rows
                certified += 1
    assert certified >= 1


def test_an_order_takes_over_what_was_planned_for_projections() -> None:
    plant, plan = small("fitband")
    timeline = Timeline.of(plant)
    in_time = [
        row
        for row in plan.deliveries
        if row.demand.startswith("P:")
        and int(row.demand.split(":")[3]) == timeline.bucket_of_end(row.arrive) < timeline.window_buckets
    ]
    projected = max(in_time, key=lambda row: row.quantity)
    by = int(timeline.ends[timeline.bucket_of_end(projected.arrive)])
    segment = projected.demand.split(":")[2]
    request = Request(projected.item, projected.quantity, by, segment)
    answer = promise(plant, plan, request).answer
    assert answer is not None
    assert answer.lots == ()
    assert answer.from_stock == projected.quantity


def an_hour_a_day() -> tuple[Plant, Plan]:
    """One machine, an hour every second day, a minute a piece; today's hour is for order FIRST."""
    plant = tiny.plant(
        orders=(q.Order("FIRST", "A", 60, DAY, late_cost_per_day=F(2), lost_cost=F(50)),),
        resources=(q.Resource("M", q.ResourceKind.MACHINE, calendar="hour"),),
        calendars=tuple(q.CalendarRow("hour", day, None, 480, 540) for day in (0, 2, 4, 6)),
        horizon=q.Horizon(daily=6, weekly=1, schedule_days=5),
    )
    lot = tiny.lot("L1", 480, quantity=60)
    return plant, tiny.plan(**lot, deliveries=(p.Delivery("FIRST", "A", 60, 540, 540),))


def test_the_next_free_hour_is_promised_and_a_forced_date_names_who_gives_way() -> None:
    plant, plan = an_hour_a_day()
    found = promise(plant, plan, Request("A", 60, DAY))
    assert found.answer is not None
    assert not found.in_time
    assert found.answer.promised == 3 * DAY
    (run,) = (row for row in found.answer.plan.runs if row.lot != "L1")
    assert (run.start, run.end) == (2 * DAY + 480, 2 * DAY + 540)
    (forced,) = (row.answer for row in found.alternatives if row.kind == "forced")
    assert forced.promised == DAY
    (displaced,) = forced.displaced
    assert (displaced.demand, displaced.late, displaced.lost) == ("FIRST", 60, 0)
    assert forced.cost - displaced.amount == found.answer.cost
    assert displaced.amount == 120


def test_without_a_date_the_first_day_is_offered_with_who_gives_way() -> None:
    plant, plan = an_hour_a_day()
    found = promise(plant, plan, Request("A", 60))
    assert found.answer is not None
    assert found.answer.promised == 3 * DAY
    (forced,) = (row.answer for row in found.alternatives if row.kind == "forced")
    assert forced.promised == DAY
    assert [(row.demand, row.late, row.amount) for row in forced.displaced] == [("FIRST", 60, 120)]
    assert check(forced.plant, forced.plan).violations == ()


def test_the_first_day_on_which_others_can_give_way_is_offered() -> None:
    """On Monday there are 60 in all; on Wednesday 120, which are for others."""
    plant, plan = an_hour_a_day()
    second = q.Order("SECOND", "A", 60, 3 * DAY, late_cost_per_day=F(2), lost_cost=F(50))
    plant = replace(plant, orders=(*plant.orders, second))
    plan = replace(
        plan,
        **tiny.join({"lots": plan.lots, "runs": plan.runs}, tiny.lot("L2", 2 * DAY + 480, quantity=60)),
        deliveries=(*plan.deliveries, p.Delivery("SECOND", "A", 60, 2 * DAY + 540, 2 * DAY + 540)),
    )
    assert check(plant, plan).violations == ()
    found = promise(plant, plan, Request("A", 90, DAY))
    assert found.answer is None or found.answer.promised > 3 * DAY
    (forced,) = (row.answer for row in found.alternatives if row.kind == "forced")
    assert forced.promised == 3 * DAY
    assert {row.demand for row in forced.displaced if row.amount > 0} <= {"FIRST", "SECOND"}
    assert sum(row.amount for row in forced.displaced) > 0
    assert check(forced.plant, forced.plan).violations == ()


def test_others_give_way_where_making_more_costs_more() -> None:
    """Five pieces more are a lot of a hundred; five of the projection are worth less than that."""
    plant = tiny.plant(
        items=(replace(tiny.ITEM, min_lot=100, price=F(10)),),
        operation_resources=(replace(tiny.MODE, cost_per_hour=F(120)),),
        stock=(q.Stock("S", "A", 60),),
        projections=projected("A", 3, 60),
        consumption=q.Consumption(backward_days=0, forward_days=0),
        costs=q.Costs(lost_rate=F(1, 2)),
        horizon=q.Horizon(daily=7, weekly=0, schedule_days=7),
    )
    (demand,) = net(plant)
    plan = tiny.plan(deliveries=(p.Delivery(demand.demand, "A", 60, 3 * DAY + 1, 3 * DAY + 1),))
    assert check(plant, plan).violations == ()
    found = promise(plant, plan, Request("A", 5, DAY))
    assert found.answer is not None
    assert (found.in_time, found.answer.cost) == (True, 200)
    assert [lot.quantity for lot in found.answer.lots] == [100]
    (cheaper,) = (row.answer for row in found.alternatives if row.kind == "cheaper")
    assert (cheaper.promised, cheaper.lots, cheaper.cost) == (DAY, (), 25)
    assert [(row.demand, row.lost, row.amount) for row in cheaper.displaced] == [(demand.demand, 5, 25)]
    assert check(cheaper.plant, cheaper.plan).violations == ()


def test_what_fits_in_parts_is_offered_in_parts() -> None:
    plant, plan = an_hour_a_day()
    found = promise(plant, plan, Request("A", 120, 3 * DAY))
    assert found.answer is not None
    assert found.answer.promised == 5 * DAY
    kinds = {row.kind: row.answer for row in found.alternatives}
    assert (kinds["partial"].quantity, kinds["partial"].promised) == (60, 3 * DAY)
    assert [(row.quantity, row.promised) for row in kinds["split"].shipments] == [
        (60, 3 * DAY),
        (60, 5 * DAY),
    ]
    for answer in kinds.values():
        assert check(answer.plant, answer.plan).violations == ()


def projected(item: str, due: int, quantity: int) -> Projections:
    """A projection for one day, a number of days after Monday 2025-01-06."""
    day = date(2025, 1, 6).toordinal() + due
    return Projections(
        ("", item), item=[1], start=[day], end=[day], quantity=[quantity], stream=[0], segment=[0],
        certainty=[0], weight_millionths=[10**6], low=[-1], high=[-1], author=[0], dated=[0],
    )  # fmt: skip


def test_a_date_is_found_on_which_projections_give_way_before_more_can_be_made() -> None:
    """The stock is for a projection on Thursday, and the machine works on Saturday; an order for Wednesday
    consumes Thursday's projection. Promised was Saturday, with another lot."""
    plant = tiny.plant(
        resources=(q.Resource("M", q.ResourceKind.MACHINE, calendar="sat"),),
        calendars=(q.CalendarRow("sat", 5, None, 0, 1440),),
        stock=(q.Stock("S", "A", 60),),
        projections=projected("A", 3, 60),
        consumption=q.Consumption(backward_days=1, forward_days=1),
        horizon=q.Horizon(daily=7, weekly=0, schedule_days=7),
    )
    (demand,) = net(plant)
    assert (demand.bucket, demand.quantity) == (3, 60)
    plan = tiny.plan(deliveries=(p.Delivery(demand.demand, "A", 60, 3 * DAY + 1, 3 * DAY + 1),))
    assert check(plant, plan).violations == ()
    answer = promise(plant, plan, Request("A", 60)).answer
    assert answer is not None
    assert (answer.promised, answer.lots) == (3 * DAY, ())
    assert check(answer.plant, answer.plan).violations == ()


def test_a_date_is_found_on_which_projections_leave_less_to_be_made() -> None:
    """The stock is for a projection of 60 on Thursday; the machine has 20 minutes on Tuesday and Wednesday,
    and Saturday. An order of 80 for Wednesday consumes the projection, and 20 are made. Promised was
    Saturday, when all of the order can be made.
    """
    plant = tiny.plant(
        resources=(q.Resource("M", q.ResourceKind.MACHINE, calendar="bits"),),
        calendars=(*(q.CalendarRow("bits", day, None, 480, 500) for day in (1, 2)),
                   q.CalendarRow("bits", 5, None, 0, 1440)),
        stock=(q.Stock("S", "A", 60),),
        projections=projected("A", 3, 60),
        consumption=q.Consumption(backward_days=1, forward_days=1),
        horizon=q.Horizon(daily=7, weekly=0, schedule_days=7),
    )  # fmt: skip
    (demand,) = net(plant)
    plan = tiny.plan(deliveries=(p.Delivery(demand.demand, "A", 60, 3 * DAY + 1, 3 * DAY + 1),))
    assert check(plant, plan).violations == ()
    answer = promise(plant, plan, Request("A", 80)).answer
    assert answer is not None
    assert answer.promised == 3 * DAY
    (lot,) = answer.lots
    assert (lot.quantity, answer.from_stock) == (20, 60)
    assert check(answer.plant, answer.plan).violations == ()


def test_what_is_there_on_the_date_is_not_made_again() -> None:
    """Wednesday's lot is free for Friday; another one was made on Tuesday, since that is sooner."""
    plant, plan = an_hour_a_day()
    hours = tuple(q.CalendarRow("hour", day, None, 480, 540) for day in range(7))
    plant = replace(plant, calendars=hours)
    plan = replace(
        plan, **tiny.join({"lots": plan.lots, "runs": plan.runs}, tiny.lot("L2", 2 * DAY + 480, 60))
    )
    assert check(plant, plan).violations == ()
    answer = promise(plant, plan, Request("A", 60, 5 * DAY)).answer
    assert answer is not None
    assert (answer.promised, answer.lots, answer.from_stock) == (5 * DAY, (), 60)


def test_who_can_be_shipped_to_later_in_time_gives_way() -> None:
    """Monday's lot is for an order of Thursday, which Thursday's hour serves as well, later that day."""
    plant = tiny.plant(
        orders=(q.Order("FIRST", "A", 60, 4 * DAY, late_cost_per_day=F(2), lost_cost=F(50)),),
        resources=(q.Resource("M", q.ResourceKind.MACHINE, calendar="hour"),),
        calendars=tuple(q.CalendarRow("hour", day, None, 480, 540) for day in (0, 3)),
        horizon=q.Horizon(daily=6, weekly=1, schedule_days=5),
    )
    shipped = p.Delivery("FIRST", "A", 60, 3 * DAY + 1, 3 * DAY + 1)
    plan = tiny.plan(**tiny.lot("L1", 480, quantity=60), deliveries=(shipped,))
    assert check(plant, plan).violations == ()
    found = promise(plant, plan, Request("A", 60))
    assert found.answer is not None
    assert found.answer.promised == 4 * DAY
    (sooner,) = (row.answer for row in found.alternatives if row.kind == "sooner")
    assert sooner.promised == DAY
    verdict = check(sooner.plant, sooner.plan)
    assert verdict.violations == ()
    assert verdict.pain == {}
    (again,) = (row for row in sooner.plan.deliveries if row.demand == "FIRST")
    assert again.ship == 3 * DAY + 540


def test_more_than_the_horizon_can_make_is_not_promised() -> None:
    plant, plan = an_hour_a_day()
    found = promise(plant, plan, Request("A", 60 * 20))
    assert found.answer is None


def test_a_promised_order_counts_in_the_next_promise() -> None:
    plant, plan = small("tablets")
    item = next(row.item for row in plant.items if row.kind is ItemKind.FINISHED)
    quantity = max(row.quantity for row in plant.orders if row.item == item)
    first = Request(item, quantity, None, order="A")
    alone = promise(plant, plan, first).answer
    assert alone is not None
    kept = replace(first, by=alone.promised)
    desk = Desk(plant, plan, [kept])
    assert desk.unkept == []
    assert "A" in {row.order for row in desk.plant.orders}
    second = desk.promise(replace(first, order="B")).answer
    assert second is not None
    assert check(second.plant, second.plan).violations == ()
    assert {"A", "B"} <= {row.demand for row in second.plan.deliveries}
    served = [row for row in second.plan.deliveries if row.demand == "A"]
    assert sum(row.quantity for row in served) == quantity
    assert max(row.arrive for row in served) <= alone.promised


def test_nothing_is_promised_on_a_plan_that_breaks_a_rule() -> None:
    plant, plan = small("fitband")
    broken = replace(plan, inspections=())
    with pytest.raises(VerificationError):
        Desk(plant, broken)


def test_what_a_plan_chose_stays_chosen() -> None:
    plant, plan = choosing()
    before = check(plant, plan)
    assert before.violations == ()
    assert any(row.category == "revenue" for row in before.ledger)
    promoted = plant.promotions[-1].item
    other = next(row.item for row in net(plant) if row.item != promoted and row.is_order)
    answer = promise(plant, plan, Request(other, 1)).answer
    assert answer is not None
    holds(plant, plan, Request(other, 1), answer, plan)
    assert answer.plan.choices == ("extra",)
    assert "revenue" not in answer.categories
    assert abs(answer.cost) < 100
