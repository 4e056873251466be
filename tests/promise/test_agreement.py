"""What a full re-solve makes of a promise, as `benchmarks.answers` judges it."""

from dataclasses import replace
from fractions import Fraction as F

import tiny
from benchmarks.promise import Judge, waits

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.promise import Promise, Request, promise

DAY = 1440
SECONDS = 4.0


def judged(late_cost: F, by: int, wanted: int) -> tuple[Promise, Judge]:
    """An hour every second day, a minute a piece, today's for FIRST: 60 more, said to be wanted sooner."""
    plant = tiny.plant(
        orders=(q.Order("FIRST", "A", 60, DAY, late_cost_per_day=late_cost, lost_cost=F(50)),),
        resources=(q.Resource("M", q.ResourceKind.MACHINE, calendar="hour"),),
        calendars=tuple(q.CalendarRow("hour", day, None, 480, 540) for day in (0, 2, 4, 6)),
        horizon=q.Horizon(daily=6, weekly=1, schedule_days=5),
    )
    plan = tiny.plan(**tiny.lot("L1", 480, quantity=60), deliveries=(p.Delivery("FIRST", "A", 60, 540, 540),))
    found = promise(plant, plan, Request("A", 60, by))
    return replace(found, request=replace(found.request, by=wanted)), Judge(plant, plan, SECONDS, F(0))


def test_what_is_promised_on_the_day_asked_is_as_asked() -> None:
    found, judge = judged(F(2), 3 * DAY, 3 * DAY)
    assert not waits(judge.plant, found)
    assert judge.agreement(found).verdict == "as asked"


def test_no_sooner_where_the_only_sooner_hour_is_dearer_to_others() -> None:
    found, judge = judged(F(2), DAY, DAY)
    assert waits(judge.plant, found)
    agreed = judge.agreement(found)
    assert (agreed.verdict, agreed.late) == ("no sooner", 2)


def test_at_a_price_where_others_give_way_for_less_than_the_days_are_worth() -> None:
    found, judge = judged(F(1, 1000), DAY, DAY)
    assert judge.agreement(found).verdict == "at a price"


def test_a_promise_that_is_later_than_it_need_be_is_found() -> None:
    """Promised for Friday, since that was asked for; Wednesday's hour is free."""
    found, judge = judged(F(2), 5 * DAY, DAY)
    assert found.answer is not None
    agreed = judge.agreement(found)
    assert (agreed.verdict, agreed.late, agreed.days) == ("sooner", 4, 2)
    assert agreed.gain > 0
