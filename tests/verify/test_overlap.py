"""Operations that overlap: at the limit a plan is valid, a minute or a unit less it is not."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F
from math import ceil
from random import Random

import pytest
import streamed
import tiny
from benchmarks.second_checker.compare import differences
from hypothesis import given
from hypothesis import strategies as st
from streamed import CORRUPTORS, DAY, loaded, moved
from tiny import broken

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.domain.lookup import Lookup
from capacityplan.verify import check
from capacityplan.verify.facts import Leg, Work
from capacityplan.verify.overlap import Transfer

PLANT, PLAN = streamed.plant(), streamed.plan()


def in_progress(runs: tuple[p.Run, ...]) -> p.Plan:
    """A plan of the order in progress alone."""
    return replace(PLAN, lots=PLAN.lots[2:], runs=runs, bucket_runs=())


def test_the_plan_is_valid_and_pays_every_run_once() -> None:
    assert broken(PLANT, PLAN) == []
    cut = {row.object: row.amount for row in check(PLANT, PLAN).ledger if row.category == "production"}
    assert (cut["L/cut"], cut["L/sew"]) == (380, 120)


def test_no_batch_is_begun_before_it_has_come() -> None:
    # Over night nothing is cut: the sewing may not get to the last batch before 2040.
    assert broken(PLANT, moved(PLAN, "L", "sew", -1)) == [("waits", ("L/sew",), "201", "<= 200")]


def test_a_batch_starts_once_the_first_has_come() -> None:
    slow = replace(PLANT, operations=(streamed.CUT, replace(streamed.SEW, run_minutes=F(50)), streamed.PACK))
    sewn = tuple(
        replace(run, setup_start=at, start=at, end=at + 2400)
        if run.operation == "sew" and run.lot == "L"
        else run
        for run in PLAN.runs
        for at in (780,)
    )
    kept = tuple(run for run in sewn if run.lot == "L" and run.operation != "pack")
    pack = (streamed.run("L", "pack", "P", 60, 3187, 3247),)
    plan = replace(PLAN, lots=PLAN.lots[:1], runs=kept + pack, bucket_runs=())
    slow = replace(slow, receipts=())
    assert broken(slow, plan) == []
    early = moved(plan, "L", "sew", -1)
    assert broken(slow, early) == [("waits", ("L/sew",), "779", ">= 780")]


def test_waits_count_from_the_batch() -> None:
    # 40 of 60 are sewn after 160 minutes, at 2000; the last 20 at 2080, 7 before they may be packed.
    assert broken(PLANT, moved(PLAN, "L", "pack", -1)) == [("waits", ("L/pack",), "41", "<= 40")]
    whole = replace(
        PLANT, operations=(streamed.CUT, replace(streamed.SEW, overlap_quantity=0), streamed.PACK)
    )
    assert broken(whole, PLAN)[0] == ("waits", ("L/pack",), "2047", ">= 2087")


def test_of_an_order_in_progress_what_is_done_has_come() -> None:
    assert broken(PLANT, moved(PLAN, "W", "sew", -1)) == [("waits", ("W/sew",), "121", "<= 120")]
    none = replace(PLANT, receipts=(replace(PLANT.receipts[0], done_quantity=0),))
    assert ("waits", ("W/sew",), "470", ">= 560") in broken(none, PLAN)


def test_the_end_waits_for_all_of_it() -> None:
    """What takes no time at all still waits for the last unit."""
    at_once = replace(
        PLANT, operations=(streamed.CUT, replace(streamed.SEW, run_minutes=F(0)), streamed.PACK)
    )
    runs = tuple(
        replace(run, setup_start=at, start=at, end=at) if run.operation == "sew" else run
        for run in PLAN.runs
        for at in ({"W": 590, "L": 2040}[run.lot],)
    )
    tail = loaded(PLAN, "sew", (3, 0))
    plan = replace(PLAN, runs=runs, bucket_runs=tail.bucket_runs)
    assert broken(at_once, plan) == []
    assert broken(at_once, moved(plan, "L", "sew", -1)) == [("waits", ("L/sew",), "2039", ">= 2040")]


def test_yields_and_rounding_in_whole_minutes() -> None:
    """Units done are rounded up to a minute, units begun down."""
    cut = replace(streamed.CUT, run_minutes=F(1, 3), fixed_minutes=0, yield_fraction=F(9, 10))
    sew = replace(streamed.SEW, run_minutes=F(1, 4), fixed_minutes=2, overlap_quantity=0, min_wait_minutes=0)
    plant = replace(PLANT, operations=(cut, sew, replace(streamed.PACK, run_minutes=F(0))), receipts=())
    # 40 units: 10 are done after 4 minutes (3 1/3), 20 after 7, 30 after 10, 40 after 14; 9, 18, 27 pass on;
    # batch 2 is begun after 2 + floor(9/5) = 3, batch 3 after 5, batch 4 after 2 + floor(27/5) = 7.
    # So 480 + 14 - 7 = 487 is the earliest start; 36 take 2 + ceil(36/5) = 10 minutes.
    runs = (
        streamed.run("L", "cut", "M", 40, 480, 494),
        streamed.run("L", "sew", "N", 36, 487, 497),
        streamed.run("L", "pack", "P", 36, 497, 497),
    )
    plan = replace(PLAN, lots=(p.Lot("L", "A", 40),), runs=runs, bucket_runs=())
    assert broken(plant, plan) == []
    assert broken(plant, moved(plan, "L", "sew", -1)) == [("waits", ("L/sew",), "8", "<= 7")]


def test_many_small_batches_are_judged_as_one_by_one() -> None:
    """Batches of one unit: the check that skips those of the same minute finds the same limit."""
    fine = replace(streamed.CUT, run_minutes=F(1, 40), fixed_minutes=0, overlap_quantity=1)
    sew = replace(streamed.SEW, run_minutes=F(1, 80), overlap_quantity=0, min_wait_minutes=0)
    plant = replace(PLANT, operations=(fine, sew, streamed.PACK), receipts=())
    # 4,000 units: 100 minutes, 40 a minute; sewn at 100 a minute in 40 minutes.
    # Of minute m the first unit, 40 (m - 1) + 1, is begun after floor(40 (m - 1) / 100) minutes: 100 - 39.
    runs = (
        streamed.run("L", "cut", "M", 4000, 480, 580),
        streamed.run("L", "sew", "N", 4000, 541, 581),
        streamed.run("L", "pack", "P", 4000, 581, 4581),
    )
    plan = replace(PLAN, lots=(p.Lot("L", "A", 4000),), runs=runs, bucket_runs=())
    assert broken(plant, plan) == []
    assert broken(plant, moved(plan, "L", "sew", -1)) == [("waits", ("L/sew",), "40", "<= 39")]


def test_shares_of_the_tail() -> None:
    assert broken(PLANT, loaded(PLAN, "sew", (2, 241), (3, 239))) == [
        ("throughput_time", ("T/sew",), "241/480", "<= 1/2")
    ]
    assert broken(PLANT, loaded(PLAN, "sew", (3, 480))) == []
    found = broken(PLANT, loaded(PLAN, "cut", (3, 370), (4, 370)))
    assert ("throughput_time", ("T/sew",), "1/2", "<= 0") in found


def test_a_lot_that_is_ahead_in_several_buckets_is_told_once() -> None:
    plan = loaded(loaded(PLAN, "cut", (2, 100), (3, 100), (4, 540)), "sew", (2, 200), (3, 200), (4, 80))
    assert broken(PLANT, loaded(plan, "pack", (4, 120))) == [
        ("throughput_time", ("T/sew",), "5/12", "<= 5/37")
    ]


def test_a_lot_of_one_piece_is_passed_on_whole() -> None:
    rows = tuple(replace(row, quantity=1) for row in PLAN.bucket_runs)
    plan = replace(PLAN, lots=(replace(PLAN.lots[1], quantity=1),), runs=(), bucket_runs=rows)
    plan = loaded(loaded(loaded(plan, "cut", (3, 26)), "sew", (2, 2), (3, 2)), "pack", (3, 1))
    assert broken(replace(PLANT, receipts=()), plan) == [("throughput_time", ("T/sew",), "1/2", "<= 0")]


def test_a_batch_that_came_before_the_plan_is_not_waited_for_in_the_tail() -> None:
    """Sewing takes all day, 36 minutes a piece: with 25 cut it begins at once, with 5 after 50 minutes."""
    sew = replace(streamed.SEW, run_minutes=F(45), overlap_quantity=0)
    plant = replace(PLANT, operations=(streamed.CUT, sew), operation_resources=PLANT.operation_resources[:2])
    for done, found in ((25, []), (5, [("throughput_time", ("W/cut", "W/sew"), "1440", ">= 1490")])):
        cut = p.BucketRun("W", "cut", "M", 40 - done, ((2, 20 + 6 * (40 - done)),))
        rows = (cut, p.BucketRun("W", "sew", "N", 40, ((2, DAY),)))
        receipts = (replace(PLANT.receipts[0], done_quantity=done),)
        plan = replace(PLAN, lots=PLAN.lots[2:], runs=(), bucket_runs=rows)
        assert broken(replace(plant, receipts=receipts), plan) == found


def test_overlap_shortens_the_time_that_a_lot_takes_in_the_tail() -> None:
    """All in one day: 740 minutes of cutting, 480 of sewing, 120 of packing and 7 between."""
    around = tuple(replace(row, calendar="") for row in PLANT.resources)
    plant = replace(PLANT, resources=around, receipts=())
    plan = replace(PLAN, lots=PLAN.lots[1:2], runs=())
    day = loaded(loaded(loaded(plan, "cut", (2, 740)), "sew", (2, 480)), "pack", (2, 120))
    # Sewing ends at 740 + 40 (the last 10), packing at 780 + 7 + 40 (the last 40).
    long = replace(streamed.SEW, min_wait_minutes=1440 - 820)
    assert broken(replace(plant, operations=(streamed.CUT, long, streamed.PACK)), day) == []
    longer = replace(streamed.SEW, min_wait_minutes=1440 - 819)
    assert broken(replace(plant, operations=(streamed.CUT, longer, streamed.PACK)), day) == [
        ("throughput_time", ("T/cut", "T/pack"), "1440", ">= 1441")
    ]
    whole = replace(streamed.CUT, overlap_quantity=0)
    assert broken(
        replace(plant, operations=(whole, replace(long, overlap_quantity=0), streamed.PACK)), day
    ) == [("throughput_time", ("T/cut", "T/pack"), "1440", ">= 1960")]


@pytest.mark.parametrize("corrupt", CORRUPTORS)
def test_spoiled_plans_are_rejected_for_the_right_reason(corrupt: object) -> None:
    assert callable(corrupt)
    for plan in corrupt(PLAN):
        rules = {violation.rule for violation in check(PLANT, plan).violations}
        assert rules & {"waits", "throughput_time"}, plan


def least_start(cut: q.Operation, sew: q.Operation, quantity: int) -> int:
    """Earliest start of the sewing, unit by unit, on machines that never stop."""
    latest = 0
    for unit in range(1, quantity + 1):
        batch = -(-unit // cut.overlap_quantity)
        done = cut.fixed_minutes + -(-min(batch * cut.overlap_quantity, quantity) * cut.run_minutes // 1)
        before = (batch - 1) * cut.overlap_quantity
        begun = 0 if batch == 1 else sew.fixed_minutes + before * sew.run_minutes // 1
        latest = max(latest, int(done - begun))
    return latest


@pytest.mark.parametrize("seed", range(40))
def test_random_lots_against_every_unit_in_turn(seed: int) -> None:
    rng = Random(seed)
    quantity, size = rng.randint(1, 90), rng.randint(1, 40)
    cut = replace(
        streamed.CUT, run_minutes=F(rng.randint(0, 9), rng.randint(1, 9)), fixed_minutes=rng.choice([0, 5]),
        overlap_quantity=size,
    )  # fmt: skip
    sew = replace(
        streamed.SEW, run_minutes=F(rng.randint(1, 9), rng.randint(1, 9)), fixed_minutes=rng.choice([0, 5]),
        overlap_quantity=0, min_wait_minutes=0,
    )  # fmt: skip
    around = tuple(replace(row, calendar="", efficiency=F(1)) for row in PLANT.resources)
    plant = replace(
        PLANT, operations=(cut, sew), receipts=(), resources=around,
        operation_resources=PLANT.operation_resources[:2],
    )  # fmt: skip
    takes = [int(one.fixed_minutes + -(-quantity * one.run_minutes // 1)) for one in (cut, sew)]
    at = max(least_start(cut, sew, quantity), takes[0] - takes[1])
    runs = (
        streamed.run("L", "cut", "M", quantity, DAY, DAY + takes[0]),
        streamed.run("L", "sew", "N", quantity, DAY + at, DAY + at + takes[1]),
    )
    plan = replace(PLAN, lots=(p.Lot("L", "A", quantity),), runs=runs, bucket_runs=())
    assert broken(plant, plan) == []
    assert [one[0] for one in broken(plant, moved(plan, "L", "sew", -1))][:1] == ["waits"]


def test_a_single_batch_waits_as_a_whole_lot_does() -> None:
    """The 40 of W are one transfer batch of sewing: packed 7 minutes after the last."""
    assert broken(PLANT, moved(PLAN, "W", "pack", -1)) == [("waits", ("W/pack",), "636", ">= 637")]


def test_the_end_waits_too() -> None:
    """Packed in no time: not before the last piece has waited."""
    pack = replace(streamed.PACK, run_minutes=F(0))
    plant = replace(PLANT, operations=(streamed.CUT, streamed.SEW, pack))
    runs = tuple(
        replace(run, setup_start=at, start=at, end=at) if run.operation == "pack" else run
        for run in PLAN.runs
        for at in ({"W": 637, "L": 2087}[run.lot],)
    )
    plan = replace(PLAN, runs=runs, bucket_runs=loaded(PLAN, "pack", (3, 0)).bucket_runs)
    assert broken(plant, plan) == []
    assert broken(plant, moved(plan, "L", "pack", -1)) == [("waits", ("L/pack",), "2086", ">= 2087")]


def test_a_batch_done_when_the_shift_ends_is_there_at_once() -> None:
    """40 of 60 are cut at 16:00 sharp (960); sewing takes 30 minutes each and goes on over night."""
    cut = replace(streamed.CUT, overlap_quantity=40)
    sew = replace(streamed.SEW, run_minutes=F(75, 2), overlap_quantity=0)
    plant = replace(PLANT, operations=(cut, sew, streamed.PACK), receipts=())
    runs = (
        streamed.run("L", "cut", "M", 60, 700, 2040),
        streamed.run("L", "sew", "N", 60, 960, 2760),
        streamed.run("L", "pack", "P", 60, 2767, 2827),
    )
    plan = replace(PLAN, lots=PLAN.lots[:1], runs=runs, bucket_runs=())
    assert broken(plant, plan) == []
    assert broken(plant, moved(plan, "L", "sew", -1)) == [("waits", ("L/sew",), "959", ">= 960")]


def test_a_batch_that_was_just_done_before_the_plan_has_come() -> None:
    """Of W 20 are done, two batches: batch 3 is done after 20 + 60, the fourth after 20 + 120 minutes."""
    plant = replace(PLANT, receipts=(replace(PLANT.receipts[0], done_quantity=20),))
    runs = (
        streamed.run("W", "cut", "M", 20, 480, 620),
        # Batch 3 comes at 560 and is begun after 80 minutes, batch 4 at 620 after 120: from 500 on.
        streamed.run("W", "sew", "N", 40, 500, 660),
        streamed.run("W", "pack", "P", 40, 667, 707),
    )
    plan = in_progress(runs)
    assert broken(plant, plan) == []
    assert broken(plant, moved(plan, "W", "sew", -1)) == [("waits", ("W/sew",), "121", "<= 120")]
    # With an operation that takes far longer it may begin at once: nothing is waited for.
    slow = replace(plant, operations=(streamed.CUT, replace(streamed.SEW, run_minutes=F(25)), streamed.PACK))
    begun = (
        runs[0],
        streamed.run("W", "sew", "N", 40, 160, 960),
        streamed.run("W", "pack", "P", 40, 967, 1007),
    )
    assert broken(slow, replace(plan, runs=begun)) == []
    assert broken(slow, moved(replace(plan, runs=begun), "W", "sew", -1)) == [
        ("waits", ("W/sew",), "401", "<= 400")
    ]


def test_a_first_batch_that_was_just_done_has_come() -> None:
    """Of W 20 are done, one batch of 20: sewing may begin with it, before the rest is even begun."""
    cut, sew = replace(streamed.CUT, overlap_quantity=20), replace(streamed.SEW, run_minutes=F(25))
    plant = replace(PLANT, operations=(cut, sew, streamed.PACK),
                    receipts=(replace(PLANT.receipts[0], done_quantity=20),))  # fmt: skip
    # The rest comes at 620 and is begun after 20 pieces, 400 minutes: from 220 on.
    runs = (
        streamed.run("W", "cut", "M", 20, 480, 620),
        streamed.run("W", "sew", "N", 40, 220, 1020),
        streamed.run("W", "pack", "P", 40, 1027, 1067),
    )
    plan = in_progress(runs)
    assert broken(plant, plan) == []
    assert broken(plant, moved(plan, "W", "sew", -1)) == [("waits", ("W/sew",), "401", "<= 400")]


def test_a_single_batch_is_waited_for_with_all_that_is_set_up_after_it() -> None:
    """An order in progress of the tail, all of it cut: 20 minutes of setting up, then 30 and the sewing."""
    cut = replace(streamed.CUT, overlap_quantity=200)
    sew = replace(streamed.SEW, fixed_minutes=30, overlap_quantity=0, min_wait_minutes=0)
    around = tuple(replace(row, calendar="") for row in PLANT.resources)
    receipts = (replace(PLANT.receipts[0], done_quantity=40),)
    loads = (
        p.BucketRun("W", "cut", "M", 0, ((2, 20),)),
        p.BucketRun("W", "sew", "N", 40, ((2, 190),)),
    )
    plan = replace(PLAN, lots=PLAN.lots[2:], runs=(), bucket_runs=loads)
    modes = PLANT.operation_resources[:2]
    for wait, found in (
        (DAY - 210, []),
        (DAY - 209, [("throughput_time", ("W/cut", "W/sew"), "1440", ">= 1441")]),
    ):
        steps = (replace(cut, min_wait_minutes=wait), sew)
        plant = replace(
            PLANT, operations=steps, operation_resources=modes, resources=around, receipts=receipts
        )
        assert broken(plant, plan) == found
        assert not differences(plant, plan)


def test_a_run_that_is_short_of_several_batches_is_told_once() -> None:
    """Half an hour early it gets to the fifth batch (1980) and to the sixth (2040) before they have come."""
    assert broken(PLANT, moved(PLAN, "L", "sew", -30)) == [("waits", ("L/sew",), "170", "<= 160")]


def test_a_run_that_ends_too_soon_passes_on_the_rest_at_its_end() -> None:
    short = tuple(
        replace(run, end=2039) if (run.lot, run.operation) == ("L", "cut") else run for run in PLAN.runs
    )
    assert broken(PLANT, replace(PLAN, runs=short)) == [("run_time", ("L/cut",), "379", "380")]


def test_what_takes_no_time_passes_on_when_it_is_done() -> None:
    cut = replace(streamed.CUT, run_minutes=F(0), fixed_minutes=0)
    plant = replace(PLANT, operations=(cut, streamed.SEW, streamed.PACK), receipts=())
    runs = (
        streamed.run("L", "cut", "M", 60, 480, 480),
        streamed.run("L", "sew", "N", 60, 480, 720),
        streamed.run("L", "pack", "P", 60, 687, 747),
    )
    plan = replace(PLAN, lots=PLAN.lots[:1], runs=runs, bucket_runs=())
    assert broken(plant, plan) == []
    assert broken(plant, moved(plan, "L", "sew", -1)) == [("waits", ("L/sew",), "479", ">= 480")]


def test_batches_that_take_no_time_come_together() -> None:
    """Cutting is all setting up, 20 minutes: of W the 10 that are done are sewn meanwhile."""
    cut = replace(streamed.CUT, run_minutes=F(0))
    plant = replace(PLANT, operations=(cut, streamed.SEW, streamed.PACK),
                    receipts=(replace(PLANT.receipts[0], done_quantity=10),))  # fmt: skip
    # The other 30 come at 500 and are begun after 10 pieces, 40 minutes: from 460 on.
    runs = (
        streamed.run("W", "cut", "M", 30, 480, 500),
        streamed.run("W", "sew", "N", 40, 460, 620),
        streamed.run("W", "pack", "P", 40, 627, 667),
    )
    plan = in_progress(runs)
    assert broken(plant, plan) == []
    assert broken(plant, moved(plan, "W", "sew", -1)) == [("waits", ("W/sew",), "41", "<= 40")]


def test_the_first_batch_and_a_single_one_in_the_tail() -> None:
    """All in one day, sewing slower than cutting: the first batch of 10 (80 minutes), then all sewing."""
    around = tuple(replace(row, calendar="") for row in PLANT.resources)
    plant = replace(PLANT, resources=around, receipts=())
    plan = replace(PLAN, lots=PLAN.lots[1:2], runs=())
    sew = replace(streamed.SEW, run_minutes=F(10), overlap_quantity=0, min_wait_minutes=0)
    day = loaded(loaded(loaded(plan, "cut", (2, 740)), "sew", (2, 960)), "pack", (2, 120))
    for wait, short in ((1440 - 1160, False), (1440 - 1159, True)):
        cut = replace(streamed.CUT, min_wait_minutes=wait)
        found = broken(replace(plant, operations=(cut, sew, streamed.PACK)), day)
        ends = [("throughput_time", ("T/cut", "T/pack"), "1440", ">= 1441")]
        assert found == (ends if short else [])
    # One batch of 200: the whole lot, fixed minutes of sewing included.
    fixed = replace(streamed.SEW, run_minutes=F(5), fixed_minutes=30, overlap_quantity=0, min_wait_minutes=0)
    day = loaded(loaded(loaded(plan, "cut", (2, 740)), "sew", (2, 510)), "pack", (2, 120))
    for wait, short in ((1440 - 1370, False), (1440 - 1369, True)):
        cut = replace(streamed.CUT, min_wait_minutes=wait, overlap_quantity=200)
        found = broken(replace(plant, operations=(cut, fixed, streamed.PACK)), day)
        ends = [("throughput_time", ("T/cut", "T/pack"), "1440", ">= 1441")]
        assert found == (ends if short else [])


@given(
    st.integers(1, 7), st.integers(1, 60), st.integers(0, 60), st.fractions(0, 4, max_denominator=9),
    st.integers(0, 9),
)  # fmt: skip
def test_no_batch_is_left_out_but_for_one_of_the_same_minute(
    size: int, entering: int, done: int, per: F, fixed: int
) -> None:
    cut = q.Operation("A", "cut", 10, run_minutes=per, fixed_minutes=fixed, overlap_quantity=size)
    sew = q.Operation("A", "sew", 20, run_minutes=F(3))
    lookup = Lookup(replace(tiny.plant(), operations=(cut, sew)))
    rows = (p.Run("L", step.operation, "M", entering, 0, 0, 0) for step in (cut, sew))
    first, later = (
        Work(row, "A", step, None, False, 0, 0, 0, 0, 0, 0)
        for row, step in zip(rows, (cut, sew), strict=True)
    )
    to_run = max(entering - done, 0)
    before = Leg(cut, entering, to_run, to_run < entering, (first,), (), None, None)
    ready, units = entering - to_run, range(size, entering + size, size)
    minutes = [
        None if min(unit, entering) <= ready else fixed + ceil((min(unit, entering) - ready) * per)
        for unit in units
    ]
    firsts = [minute for number, minute in enumerate(minutes) if minute not in minutes[:number]]
    found = [batch.done for batch in Transfer(lookup, before, later).batches()]
    assert list(dict.fromkeys(found)) == firsts
