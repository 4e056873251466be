"""Cleaning of a campaign: at the limit, a minute beyond, and spoiled in every way."""

from dataclasses import replace
from fractions import Fraction as F

import pytest
import tiny
from benchmarks.second_checker.compare import differences
from corruptors import drops, edits
from tiny import DAY

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.verify import check

M = replace(
    tiny.M, changeover_matrix="X", initial_setup_group="A", campaign_max_hours=F(2), cleaning_minutes=10,
    campaign_hours_before=F(1),
)  # fmt: skip


def plant(**changes: object) -> q.Plant:
    """Two items of a setup group of their own; five minutes from one to the other."""
    items = (tiny.ITEM, replace(tiny.ITEM, item="B"))
    return tiny.plant(
        items=items,
        operations=tuple(replace(tiny.MAKE, item=one.item) for one in items),
        operation_resources=tuple(replace(tiny.MODE, item=one.item) for one in items),
        resources=(replace(M, **changes),),  # type: ignore[arg-type]
        changeovers=(q.Changeover("X", "A", "B", 5), q.Changeover("X", "B", "A", 5)),
    )


def made(*lots: tuple[str, int, int, int], clean: tuple[int, ...] = ()) -> p.Plan:
    """Lots of an item with minutes of setup that begin to run at a minute, and take so many."""
    return tiny.plan(
        lots=tuple(p.Lot(f"L{at}", item, minutes) for item, _, at, minutes in lots),
        runs=tuple(p.Run(f"L{at}", "make", "M", m, at - setup, at, at + m) for _, setup, at, m in lots),
        maintenance=tuple(p.Maintenance("cleaning-M", "M", at, at + 10) for at in clean),
    )


def faults(plant: q.Plant, plan: p.Plan) -> list[tuple[str, str, str]]:
    """Each once: what the window's end cuts off is too much up to the first of the tail's buckets too."""
    assert not differences(plant, plan)
    rows = check(plant, plan).violations
    return sorted({(row.rule, row.found, row.required) for row in rows if row.rule != "ledger"})


def test_a_campaign_under_way_goes_on_until_its_cleaning() -> None:
    assert faults(plant(), made(("A", 0, 0, 60))) == []
    assert faults(plant(), made(("A", 0, 0, 61))) == [("downtime", "121", "<= 120")]
    assert faults(plant(), made(("A", 0, 0, 60), ("A", 0, 70, 120), clean=(60,))) == []
    assert faults(plant(), made(("A", 0, 0, 60), ("A", 0, 70, 121), clean=(60,))) == [
        ("downtime", "121", "<= 120")
    ]
    rows = check(plant(), made(("A", 0, 0, 61))).violations
    assert {row.subjects for row in rows if row.rule == "downtime"} == {("cleaning-M",)}


def test_a_changeover_begins_a_campaign() -> None:
    assert faults(plant(), made(("B", 5, 5, 120), ("A", 5, 130, 120))) == []
    assert faults(plant(), made(("B", 5, 5, 121))) == [("downtime", "121", "<= 120")]
    assert faults(plant(), made(("B", 5, 5, 60), ("B", 0, 65, 61))) == [("downtime", "121", "<= 120")]


def test_without_a_known_group_or_a_matrix_the_campaign_goes_on() -> None:
    unknown = plant(initial_setup_group="")
    assert faults(unknown, made(("B", 0, 0, 60))) == []
    assert faults(unknown, made(("B", 0, 0, 61))) == [("downtime", "121", "<= 120")]
    plain = plant(changeover_matrix="", initial_setup_group="")
    assert faults(plain, made(("A", 0, 0, 30), ("B", 0, 30, 30))) == []
    assert faults(plain, made(("A", 0, 0, 30), ("B", 0, 30, 31))) == [("downtime", "121", "<= 120")]


def test_maintenance_is_not_ended_by_a_changeover() -> None:
    oil = q.Downtime("OIL", "M", minutes=10, every_run_hours=F(2))
    other = replace(plant(campaign_max_hours=None), downtime=(oil,))
    assert faults(other, made(("A", 0, 0, 60), ("B", 5, 65, 60))) == []
    assert faults(other, made(("A", 0, 0, 60), ("B", 5, 65, 61))) == [("downtime", "121", "<= 120")]


def test_a_cleaning_and_other_maintenance_do_not_overlap() -> None:
    oil = q.Downtime("OIL", "M", minutes=10, flexible_from=0, flexible_to=DAY)
    other = replace(plant(), downtime=(oil,))
    for at, found in ((70, []), (69, [("downtime", "69", ">= 70")])):
        plan = made(("A", 0, 0, 60), ("A", 0, 80, 10), clean=(60,))
        plan = replace(plan, maintenance=(*plan.maintenance, p.Maintenance("OIL", "M", at, at + 10)))
        assert faults(other, plan) == found


def test_changeovers_of_the_tail_count_in_their_bucket() -> None:
    def later(minutes: int, *groups: str, clean: tuple[int, ...] = ()) -> p.Plan:
        lots = tuple(p.Lot(f"T{group}", group, minutes) for group in groups)
        loads = tuple(p.BucketRun(f"T{g}", "make", "M", minutes, ((2, minutes),)) for g in groups)
        setups = (p.BucketSetups("M", 2, groups),)
        return replace(made(clean=clean), lots=lots, bucket_runs=loads, bucket_setups=setups)

    assert faults(plant(), later(60, "A")) == []
    assert faults(plant(), later(61, "A")) == [("downtime", "121", "<= 120")]
    assert faults(plant(), later(180, "A", clean=(2 * DAY,))) == []
    assert faults(plant(), later(90, "A", "B")) == []
    assert faults(plant(), later(91, "A", "B")) == [("downtime", "122", "<= 120")]


def test_a_changeover_of_a_run_beyond_the_window_counts_in_its_bucket() -> None:
    """The second operation of a lot is set up in the tail: B ends the campaign of A under way."""
    steps = (
        q.Operation("B", "make", 10, run_minutes=F(1)), q.Operation("B", "more", 20, run_minutes=F(1)),
        q.Operation("A", "make", 10, run_minutes=F(1)),
    )  # fmt: skip
    modes = (
        q.OperationResource("B", "make", "N"), q.OperationResource("B", "more", "M"),
        q.OperationResource("A", "make", "M"),
    )  # fmt: skip
    machines = (M, q.Resource("N", q.ResourceKind.MACHINE))
    line = replace(plant(), operations=steps, operation_resources=modes, resources=machines)

    def later(group_run: bool, minutes: int, day: int = 3, first: int = 60) -> p.Plan:
        at = day * DAY
        lots = [p.Lot("A0", "A", first), p.Lot("T", "A", minutes)]
        runs = [p.Run("A0", "make", "M", first, 0, 0, first)]
        if group_run:
            lots.append(p.Lot("B0", "B", 1))
            runs += [
                p.Run("B0", "make", "N", 1, 0, 0, 1),
                p.Run("B0", "more", "M", 1, at, at + 5, at + 6),
            ]
        load = p.BucketRun("T", "make", "M", minutes, ((day, minutes),))
        setups = (p.BucketSetups("M", day, ("A",)),)
        return tiny.plan(lots=tuple(lots), runs=tuple(runs), bucket_runs=(load,), bucket_setups=setups)

    assert faults(line, later(False, 1)) == [("downtime", "121", "<= 120")]
    # From A to B and back to A are two changeovers in the bucket.
    assert faults(line, later(True, 239)) == []
    assert faults(line, later(True, 240)) == [("downtime", "121", "<= 120")]
    # The window's end is the first minute of the tail: what is left of a campaign there may be used up.
    assert faults(line, later(True, 269, day=2, first=30)) == []
    assert faults(line, later(True, 270, day=2, first=30)) == [("downtime", "121", "<= 120")]


def test_batches_of_the_tail_count_with_all_their_minutes() -> None:
    """Two batches of 60 minutes on M, an hour before; those of another machine are none of M's."""
    steps = tuple(q.Operation(one, "make", 10, fixed_minutes=60, batch_size=10) for one in "AB")
    modes = (*(replace(tiny.MODE, item=one) for one in "AB"), q.OperationResource("A", "make", "N"))
    machines = (replace(M, campaign_hours_before=F(0)), q.Resource("N", q.ResourceKind.MACHINE))
    ovens = replace(plant(), operations=steps, operation_resources=modes, resources=machines)

    def later(quantity: int, beside: int) -> p.Plan:
        names = (("M", quantity), ("N", beside))
        lots = tuple(p.Lot(f"T{name}", "A", units) for name, units in names)
        loads = tuple(p.BucketRun(f"T{name}", "make", name, units, ((2, 0),)) for name, units in names)
        return tiny.plan(lots=lots, bucket_runs=loads, bucket_setups=(p.BucketSetups("M", 2, ("A",)),))

    assert faults(ovens, later(20, 30)) == []
    assert faults(ovens, later(21, 30)) == [("downtime", "180", "<= 120")]


@pytest.mark.parametrize(
    "corruptor",
    [
        drops("maintenance", "downtime"),
        edits("maintenance", "downtime", end=lambda row: row.end - 1),
        edits("maintenance", "downtime", start=lambda row: row.start + 15, end=lambda row: row.end + 15),
        edits("maintenance", "plan_integrity", downtime=lambda row: "cleaning-N"),
    ],
)
def test_spoiled_plans_are_rejected(corruptor) -> None:  # type: ignore[no-untyped-def]
    plan = made(("A", 0, 0, 60), ("A", 0, 70, 120), ("A", 0, 200, 120), clean=(60, 190))
    assert faults(plant(), plan) == []
    spoiled = list(corruptor(plant(), plan))
    assert spoiled
    for other, rules in spoiled:
        assert {row[0] for row in faults(plant(), other)} & rules
