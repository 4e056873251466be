"""What is a change of the previous plan, in which zone, at what price; both checkers say the same."""

from dataclasses import replace
from fractions import Fraction as F

import pytest
from benchmarks.second_checker.compare import differences
from tiny import DAY, join, lot, plan, plant

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.verify import check
from capacityplan.verify.case import Case
from capacityplan.verify.changes import changes

COSTS = q.Costs(
    change_cost_frozen=F(100), change_cost_slushy=F(10), change_cost_open=F(1), change_tolerance_minutes=5
)
FENCES = q.Fences(frozen_hours=2, slushy_days=1)


def was(
    name: str, start: int, until: int | None = None, quantity: int = 10, resource: str = "M"
) -> q.PreviousRun:
    return q.PreviousRun(name, "make", "A", resource, quantity, start, start if until is None else until)


def charged(previous: tuple[q.PreviousRun, ...], **rows: object) -> list[tuple[str, int, F]]:
    yard = plant(costs=COSTS, fences=FENCES, previous_runs=previous, customers=())
    made = plan(**rows)
    assert differences(yard, made) == []
    rows = [row for row in check(yard, made).ledger if row.category == "change"]
    assert all((row.quantity, row.rate) == (1, row.amount) for row in rows)
    return [(row.object, row.bucket, row.amount) for row in rows]


def test_a_run_that_stays_or_moves_a_little_costs_nothing() -> None:
    assert charged((was("L", 300),), **lot("L", 300)) == []
    assert charged((was("L", 300),), **lot("L", 305)) == []
    assert charged((was("L", 300),), **lot("L", 295)) == []


@pytest.mark.parametrize(
    ("before", "after", "bucket", "price"),
    [(300, 306, 0, 10), (300, 294, 0, 10), (119, 1500, 0, 100), (1500, 120, 0, 10), (1500, 1440, 1, 1)],
)
def test_a_moved_run_costs_by_the_zone_of_the_earlier_start(
    before: int, after: int, bucket: int, price: int
) -> None:
    assert charged((was("L", before),), **lot("L", after)) == [("L/make", bucket, F(price))]


def test_other_quantity_new_and_dropped_runs_are_changes() -> None:
    assert charged((was("L", 300, quantity=9),), **lot("L", 300)) == [("L/make", 0, F(10))]
    assert charged((was("K", 1500),), **lot("L", 300)) == [("K/make", 1, F(1)), ("L/make", 0, F(10))]
    assert charged((was("L", 300, resource="N"),), **lot("L", 300)) == [("L/make", 0, F(10))]


def test_a_run_of_the_tail_may_begin_anywhere_in_its_bucket() -> None:
    assert charged((was("L", DAY, 2 * DAY),), **lot("L", DAY + 700, quantity=20)) == []
    assert charged((was("L", DAY, 2 * DAY),), **lot("L", DAY - 6)) == [("L/make", 0, F(10))]


def test_new_lots_of_the_tail_are_no_changes() -> None:
    tail = {
        "lots": (p.Lot("T", "A", 10),),
        "bucket_runs": (p.BucketRun("T", "make", "M", 10, ((3, 10),)),),
    }
    assert charged((was("L", 300),), **join(lot("L", 300), tail)) == []
    # A lot of the window that goes to the tail is one.
    assert charged((was("T", 1500),), **tail) == [("T/make", 1, F(1))]


def test_an_order_in_progress_changes_where_it_stands_for_nothing() -> None:
    receipt = q.Receipt("L", q.ReceiptKind.PRODUCTION, "A", 10, 900, operation="make", done_quantity=4)
    yard = plant(costs=COSTS, fences=FENCES, receipts=(receipt,), previous_runs=(was("K", 300),))
    run = p.Run("L", "make", "M", 6, 0, 0, 6)
    made = plan(**join({"lots": (p.Lot("L", "A", 10, receipt="L"),), "runs": (run,)}, lot("K", 300)))
    assert list(changes(Case(yard, made))) == []
    assert differences(yard, made) == []


def test_only_the_quantity_of_an_order_in_progress_may_be_another() -> None:
    receipt = q.Receipt("L", q.ReceiptKind.PRODUCTION, "A", 10, 900, operation="make", done_quantity=4)
    before = (was("L", 0), was("K", 300, quantity=9))
    yard = plant(costs=COSTS, fences=FENCES, receipts=(receipt,), previous_runs=before)
    run = p.Run("L", "make", "M", 6, 0, 0, 6)
    made = plan(**join({"lots": (p.Lot("L", "A", 10, receipt="L"),), "runs": (run,)}, lot("K", 300)))
    assert [change.lot for change in changes(Case(yard, made))] == ["K"]
    assert differences(yard, made) == []


def test_what_is_dropped_before_the_start_or_after_the_end_counts_there() -> None:
    assert charged((was("K", -30), was("Z", 12 * DAY))) == [("K/make", 0, F(100)), ("Z/make", 4, F(1))]
    yard = plant(previous_runs=(was("K", -30),))
    assert [change.at for change in changes(Case(yard, plan()))] == [0]


def test_changes_cost_nothing_by_default_and_without_previous_plan() -> None:
    yard = plant(previous_runs=(was("L", 300),))
    made = plan(**lot("L", 900))
    assert [change.zone for change in changes(Case(yard, made))] == ["open"]
    assert all(row.category != "change" for row in check(yard, made).ledger)
    assert list(changes(Case(replace(yard, previous_runs=()), made))) == []
