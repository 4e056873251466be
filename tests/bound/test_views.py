"""Setups of operations before the last, and changes between families of setup groups."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction as F
from itertools import product
from random import Random

import pytest

from capacityplan.domain.plant import (
    BomLine,
    CalendarRow,
    Changeover,
    Costs,
    Horizon,
    Item,
    ItemKind,
    Operation,
    OperationResource,
    Plant,
    Resource,
    ResourceKind,
    SupplierOffer,
)
from capacityplan.domain.projections import Projections
from capacityplan.solve.bound import certify
from capacityplan.verify.bound import evaluate
from capacityplan.verify.relaxation import build, views
from capacityplan.verify.relaxation.families import cheapest, families
from capacityplan.verify.relaxation.grid import Grid
from capacityplan.verify.relaxation.rounding import rebuild

WEEKS = 8
FIRST = date(2027, 2, 1)
WITHIN, ACROSS = 20, 200


def milled(items: tuple[str, ...], changes: dict[tuple[str, str], int], minutes: int = 0) -> Plant:
    """Items are milled, each in a setup group of its own, then packed without setups; sold every week.

    What they are made of is bought, and costs something as long as it waits.
    """
    start = [FIRST.toordinal() + 7 * week for _ in items for week in range(WEEKS)]
    count = len(start)
    none, unknown = [0] * count, [-1] * count
    return Plant(
        "milled", "2027-02-01T00:00:00", "UTC", "EUR",
        horizon=Horizon(daily=0, weekly=WEEKS, monthly=0, schedule_days=0),
        costs=Costs(late_rate_per_day=F(1), lost_rate=F(10)),
        items=(
            Item("R", ItemKind.RAW, holding_cost_per_day=F(1)),
            *(
                Item(item, ItemKind.FINISHED, holding_cost_per_day=F(1), price=F(1000), setup_group=item)
                for item in items
            ),
        ),
        bill_of_materials=tuple(BomLine(item, "R", F(1), operation="mill") for item in items),
        suppliers=(SupplierOffer("S", "R", 0, F(0)),),
        operations=tuple(
            Operation(item, name, place, run_minutes=F(1))
            for item in items
            for place, name in enumerate(("mill", "pack"))
        ),
        operation_resources=tuple(
            OperationResource(item, name, name.upper()) for item in items for name in ("mill", "pack")
        ),
        resources=(
            Resource("MILL", ResourceKind.MACHINE, calendar="shift", changeover_matrix="mill"),
            Resource("PACK", ResourceKind.MACHINE, calendar="shift"),
        ),
        changeovers=tuple(
            Changeover("mill", one, other, minutes, F(cost)) for (one, other), cost in changes.items()
        ),
        calendars=tuple(CalendarRow("shift", day, None, 480, 960) for day in range(7)),
        projections=Projections(
            ["", "sales", *items], item=[2 + place for place in range(len(items)) for _ in range(WEEKS)],
            start=start, end=[day + 6 for day in start], quantity=[10] * count, stream=[1] * count,
            segment=none, certainty=none, weight_millionths=[1_000_000] * count, low=unknown,
            high=unknown, author=none, dated=none,
        ),
    )  # fmt: skip


def pairs() -> Plant:
    """Build two pairs of groups: changes within a pair are cheap."""
    items = ("A1", "A2", "B1", "B2")
    changes = {
        (one, other): WITHIN if one[0] == other[0] else ACROSS
        for one, other in product(items, repeat=2)
        if one != other
    }
    return milled(items, changes)


def test_setups_of_an_operation_before_the_last_are_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    # Every second week all four are milled: three changes of 20, 20 and 200, and one to begin with.
    plant = pairs()
    cut = certify(plant, 60).bound_certified
    assert cut is not None
    assert 3 * (ACROSS + 2 * WITHIN) < cut <= 4 * (ACROSS + 2 * WITHIN)
    # Without views nothing asks for setups: a part of each state is held for all the time.
    monkeypatch.setattr(views, "build", lambda *_: None)
    without = certify(plant, 60).bound_certified
    assert without is not None
    assert without < 1


def test_what_views_prove_is_derived_again_from_the_names_of_their_cuts() -> None:
    plant = pairs()
    found = certify(plant, 60)
    used = [name for name, _ in found.multipliers if "@" in name and "cut[" in name]
    assert {name.partition("@")[2].partition(",")[0] for name in used} == {"0.0", "0.1"}
    assert evaluate(plant, dict(found.multipliers)) == found.bound_certified
    echelons = {one.name: one for one in build(plant).views}
    cuts = [rebuild(echelons, name) for name in used]
    assert all(cut is not None and cut.name == name for cut, name in zip(cuts, used, strict=True))
    assert rebuild(echelons, "count_cut[A1@0.0,0,3,1,0000]") is None


def test_families_share_out_what_a_change_costs() -> None:
    plant = pairs()
    grid, known = Grid(plant), [row.item for row in plant.items[1:]]
    found = families(grid, plant.resources[0], known)
    assert [one.groups for one in found] == [("A1", "A2"), ("B1", "B2")]
    assert {one.least.money for one in found} == {ACROSS - WITHIN}
    assert cheapest(grid, plant.resources[0], "A1").money == WITHIN


def test_shares_of_what_a_change_enters_never_exceed_it() -> None:
    rng, shared = Random(3), 0
    for _ in range(150):
        items = tuple(f"G{number}" for number in range(rng.choice([3, 4, 5, 6])))
        changes = {
            (one, other): rng.choice([0, 5, 30, 31, 200, 260])
            for one in items
            for other in items
            if one != other
        }
        plant = milled(items, changes)
        # Minutes of their own, and an hour that costs money; of some groups nothing is made.
        rows = tuple(replace(row, minutes=rng.choice([0, 10, 60, 200])) for row in plant.changeovers)
        machine = replace(plant.resources[0], cost_per_hour=F(rng.choice([0, 6, 60])))
        plant = replace(plant, changeovers=rows, resources=(machine, plant.resources[1]))
        grid, known = Grid(plant), list(items[: rng.choice([2, len(items)])])
        found = families(grid, machine, known)
        shared += len(found)
        for row in rows:
            if row.to_group not in known:
                continue
            entered = [
                one.least for one in found if row.to_group in one.groups and row.from_group not in one.groups
            ]
            entered.append(cheapest(grid, machine, row.to_group))
            assert sum(one.money for one in entered) <= row.cost + row.minutes * grid.rate("MILL")
            assert sum(one.minutes for one in entered) <= row.minutes
        for one, other in product(found, repeat=2):
            both = set(one.groups) & set(other.groups)
            assert both in (set(), set(one.groups), set(other.groups))
    assert shared > 20
