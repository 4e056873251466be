"""Plans take the run times that hold when a lot begins: in buckets, to the minute, and left to the launch."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from fractions import Fraction as F

import pytest
from lot_plants import DAY, order
from lot_plants import plant as draw

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Lot, Provenance
from capacityplan.domain.projections import Projections
from capacityplan.solve.choose import solve_choosing
from capacityplan.solve.dispatch import schedule as dispatch
from capacityplan.solve.minute import schedule as compiled
from capacityplan.solve.settle import settle
from capacityplan.solve.solve import Settings, solve
from capacityplan.solve.types import Limits, LotPlan, PlannedLot, WindowSchedule
from capacityplan.verify import check
from capacityplan.verify.bound import evaluate

FIRST = date(2026, 1, 5).toordinal()
CURVE = tuple(q.LearningStep("A", factor, date=FIRST + day) for day, factor in ((0, F(2)), (4, F(1))))
FRIDAY = "@2026-01-09"


def plant(schedule_days: int, *orders: q.Order) -> q.Plant:
    """20 minutes a piece in the first four days, 10 from the fifth on: 24 or 48 pieces a day."""
    found = draw(orders)
    return replace(found, learning=CURVE, horizon=replace(found.horizon, schedule_days=schedule_days))


def minutes(plan: p.Plan) -> dict[str, set[F]]:
    """Minutes a piece by version."""
    version = {row.lot: row.version for row in plan.lots}
    found: dict[str, set[F]] = {}
    for run in plan.runs:
        days = (run.end - 1) // DAY - run.start // DAY
        worked = run.end - run.start - days * (DAY - 480)
        found.setdefault(version[run.lot], set()).add(F(worked, run.quantity))
    for row in plan.bucket_runs:
        load = sum(spent for _, spent in row.load)
        found.setdefault(version[row.lot], set()).add(F(load, row.quantity))
    return found


@pytest.mark.parametrize("schedule_days", [0, 3, 10])
def test_lots_take_longer_at_first(schedule_days: int) -> None:
    learning = plant(schedule_days, *(order("A", day, 20) for day in (1, 2, 3, 6, 7, 8)))
    outcome = solve(learning, Settings(work=0.05))
    assert outcome.plan is not None
    assert outcome.verdict is not None
    assert outcome.verdict.violations == ()
    assert minutes(outcome.plan) == {"": {F(20)}, FRIDAY: {F(10)}}
    # 120 pieces at 1 a minute: those of the first two orders cannot wait for the fifth day, while a delivery
    # on the day after it is due costs nothing.
    production = sum(row.amount for row in outcome.plan.ledger if row.category == "production")
    assert production == 40 * 20 + 80 * 10
    certificate = outcome.plan.certificate
    assert certificate is not None
    assert certificate.bound_certified is not None
    assert 40 * 20 + 80 * 10 - 1 <= certificate.bound_certified <= outcome.verdict.cost
    assert evaluate(learning, dict(certificate.multipliers)) >= certificate.bound_certified


def test_what_is_needed_later_waits_until_it_is_learnt() -> None:
    """Holding a piece costs 1 a day: made ahead it would cost 10 more, and holding on top."""
    outcome = solve(plant(0, order("A", 5, 90)), Settings(work=0.05))
    assert outcome.plan is not None
    assert minutes(outcome.plan) == {FRIDAY: {F(10)}}


Engine = Callable[[q.Plant, LotPlan, Limits], WindowSchedule]


def crowded(plant: q.Plant, version: str, count: int, bucket: int) -> LotPlan:
    """Lots of a day's work each that all are to begin in one bucket."""
    lots = (Lot(f"L{number}", "A", 24, version) for number in range(count))
    return LotPlan(tuple(PlannedLot(lot, bucket, bucket, DAY) for lot in lots), ())


@pytest.mark.parametrize("engine", [dispatch, compiled])
def test_to_the_minute_a_lot_without_room_is_made_as_it_is_learnt_later(engine: Engine) -> None:
    learning = plant(10, *(order("A", day, 24) for day in range(9)))
    lots = crowded(learning, "", 7, 0)
    window = engine(learning, lots, Limits(deadline=float("inf"), work=0.05))
    plan = settle(learning, window, lots, Provenance("tiny", ""))
    assert check(learning, plan).violations == ()
    assert len(plan.lots) == 7
    # Four days of one lot each; then two a day.
    assert sorted(row.version for row in plan.lots) == ["", "", "", "", FRIDAY, FRIDAY, FRIDAY]
    assert minutes(plan) == {"": {F(20)}, FRIDAY: {F(10)}}


def test_in_the_tail_a_lot_without_room_is_made_as_it_is_learnt_later() -> None:
    learning = plant(0, *(order("A", day, 24) for day in range(9)))
    plan = settle(learning, WindowSchedule((), (), ()), crowded(learning, "", 7, 0), Provenance("tiny", ""))
    assert check(learning, plan).violations == ()
    assert sorted(row.version for row in plan.lots) == ["", "", "", "", FRIDAY, FRIDAY, FRIDAY]
    assert minutes(plan) == {"": {F(20)}, FRIDAY: {F(10)}}


def test_the_launch_that_the_plan_chooses_moves_the_curve() -> None:
    """A sells 20 a day from its launch on; two days after it is made in half the time."""
    names, days = ("", "A"), list(range(FIRST, FIRST + 10))
    zero = [0] * len(days)
    projections = Projections(
        names, item=[1] * len(days), start=days, end=days, quantity=[20] * len(days), stream=zero,
        segment=zero, certainty=zero, weight_millionths=[10**6] * len(days), low=[-1] * len(days),
        high=[-1] * len(days), author=zero, dated=zero,
    )  # fmt: skip
    curve = tuple(q.LearningStep("A", factor, launch_day=day) for day, factor in ((-9, F(2)), (2, F(1))))
    base = draw(())
    plain = replace(
        base, items=(replace(base.items[0], price=F(100)),), projections=projections, learning=curve
    )
    for one in (3, 5):
        proposed = replace(plain, launches=(q.Launch("go", "A", FIRST + one, status="proposed"),))
        outcome = solve_choosing(proposed, Settings(work=0.05))
        assert outcome.plan is not None
        assert outcome.plan.choices == (f"go@{date.fromordinal(FIRST + one).isoformat()}",)
        assert check(proposed, outcome.plan).violations == ()
        found = minutes(outcome.plan)
        learnt = f"@{date.fromordinal(FIRST + one + 2).isoformat()}"
        assert found[learnt] == {F(10)}
        assert found.keys() <= {"", learnt}
    assert Lookup(plain).versions["A"] == ("",)
