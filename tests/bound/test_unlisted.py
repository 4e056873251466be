"""Changes in the tail that no list charges: as many as a plan can have are free in the bound, and no more."""

from __future__ import annotations

from fractions import Fraction as F
from itertools import permutations

import pytest

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.solve.bound import certify
from capacityplan.verify import check
from capacityplan.verify.relaxation import build

Days = tuple[tuple[str, int], ...]

DAY, CHANGE, LOT = 1440, 100, 10
FOUR_DAYS = 4 * DAY


def plant(days: Days, longest: int | None) -> q.Plant:
    """B is coated only, all else is mixed first; one day is planned to the minute.

    Whatever waits costs so much that it is coated on its day; what mixing takes may wait so many minutes.
    """
    items = sorted({item for item, _ in days})
    mixed = [item for item in items if item != "B"]
    return q.Plant(
        "coated", "2025-01-06T00:00:00", "UTC", "EUR",
        horizon=q.Horizon(daily=10, weekly=0, schedule_days=1),
        costs=q.Costs(late_rate_per_day=F(10**6), lost_rate=F(10**6), lateness=q.Lateness.MINUTE),
        items=tuple(
            q.Item(item, q.ItemKind.FINISHED, holding_cost_per_day=F(1000), price=F(1), setup_group=item)
            for item in items
        ),
        operations=(
            *(q.Operation(item, "mix", 10, run_minutes=F(1), max_wait_minutes=longest) for item in mixed),
            *(q.Operation(item, "coat", 20, run_minutes=F(1)) for item in items),
        ),
        operation_resources=(
            *(q.OperationResource(item, "mix", "MIX") for item in mixed),
            *(q.OperationResource(item, "coat", "COAT") for item in items),
        ),
        resources=(
            q.Resource("MIX", q.ResourceKind.MACHINE),
            q.Resource("COAT", q.ResourceKind.MACHINE, changeover_matrix="X", initial_setup_group="A"),
        ),
        changeovers=tuple(q.Changeover("X", *pair, 0, F(CHANGE)) for pair in permutations(items, 2)),
        orders=tuple(q.Order(f"O{item}{day}", item, LOT, day * DAY + DAY - 1) for item, day in days),
    )  # fmt: skip


def plan(days: Days, late: tuple[int, ...] = ()) -> p.Plan:
    """Lots of B by buckets; the others to the minute, mixed at first or, if late, before they are coated."""
    lots, runs, loads, lists = [], [], [], []
    for number, (item, day) in enumerate(days):
        name = f"L{item}{day}"
        lots.append(p.Lot(name, item, LOT))
        if item == "B":
            loads.append(p.BucketRun(name, "coat", "COAT", LOT, ((day, LOT),)))
            lists.append(p.BucketSetups("COAT", day, ("B",)))
            continue
        mix = (day * DAY if day in late else 0) + LOT * number
        # What is mixed later has been set up in the window, and nothing else is mixed until then.
        setup = DAY - 1 if day in late else mix
        coat = day * DAY + LOT * (number + 1)
        runs.append(p.Run(name, "mix", "MIX", LOT, setup, mix, mix + LOT))
        runs.append(p.Run(name, "coat", "COAT", LOT, coat, coat, coat + LOT))
    sent = tuple(
        p.Delivery(f"O{item}{day}", item, LOT, day * DAY + DAY - 1, day * DAY + DAY - 1) for item, day in days
    )
    return p.Plan(
        p.Provenance("coated", ""), lots=tuple(lots), runs=tuple(runs), bucket_runs=tuple(loads),
        bucket_setups=tuple(lists), deliveries=sent,
    )  # fmt: skip


def cost(of: q.Plant, made: p.Plan) -> F:
    """What the checker charges for a plan that it accepts but for the ledger that it lacks."""
    verdict = check(of, made)
    assert {row.rule for row in verdict.violations} <= {"ledger", "plan_integrity"}, verdict.violations
    return verdict.cost


def proven(of: q.Plant) -> F:
    found = certify(of, 30).bound
    assert found is not None
    return found


ALTERNATING = (("A", 2), ("B", 3), ("A", 4), ("B", 5), ("A", 6), ("B", 7), ("A", 8))


@pytest.mark.parametrize("longest", [None, 10 * DAY])
def test_runs_to_the_minute_between_lists_are_changed_to_for_nothing(longest: int | None) -> None:
    coated = plant(ALTERNATING, longest)
    found = cost(coated, plan(ALTERNATING))
    # Back to A is free each time: the run before it is one of A.
    assert found == 3 * CHANGE
    # What is worked on in the tail may be complete later, in the bound without a change in between.
    assert F(19, 10) * CHANGE < proven(coated) <= found


def test_late_runs_to_the_minute_are_those_that_were_being_set_up() -> None:
    coated = plant(ALTERNATING, FOUR_DAYS)
    broken = check(coated, plan(ALTERNATING)).violations
    assert "waits" in {row.rule for row in broken}
    # Until the fifth day what was mixed in the window may be coated; later the lot that was set up on MIX.
    days = tuple(one for one in ALTERNATING if one[1] <= 6)
    shorter = plant(days, FOUR_DAYS)
    found = cost(shorter, plan(days, late=(6,)))
    assert found == 2 * CHANGE
    assert proven(shorter) <= found
    late = [f"unlisted_late[{name}]" for name in ("COAT", "COAT,A", "COAT,B")]
    for longest, expected in ((FOUR_DAYS, late), (None, [])):
        names = build(plant(ALTERNATING, longest)).row_names
        assert [name for name in names if name.startswith("unlisted_late")] == expected


def test_the_second_run_of_a_bucket_is_charged() -> None:
    days = (("A", 2), ("C", 2), ("B", 3), ("C", 4), ("A", 4), ("B", 5), ("A", 6), ("C", 6))
    coated = plant(days, None)
    found = cost(coated, plan(days))
    assert found == 5 * CHANGE
    assert F(29, 10) * CHANGE < proven(coated) <= found
