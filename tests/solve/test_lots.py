"""Lot sizing on plants whose best answer is known."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lot_plants import DAY, order, plant, with_component, with_overtime

from capacityplan.domain.plant import (
    Inspection,
    Plant,
    Receipt,
    ReceiptKind,
    Resource,
    ResourceKind,
    Stage,
    Stock,
)
from capacityplan.domain.plant import SupplierOffer as Offer
from capacityplan.formulate.lots import FAMILIES, formulate
from capacityplan.prepare.grid import Ground, grid_of
from capacityplan.solve.highs import Effort, solve_mixed
from capacityplan.solve.lots import plan_lots
from capacityplan.solve.lots_extract import extract, lot_sizes
from capacityplan.solve.mrp import net_requirements
from capacityplan.solve.types import Limits, LotPlan


def planned(found: Plant, work: float | None = None) -> LotPlan:
    lots = plan_lots(found, Limits(time.monotonic() + 5, work=work))
    assert lots is not None
    return lots


def made(lots: LotPlan, item: str = "A") -> dict[int, int]:
    """Quantity by start bucket."""
    total: dict[int, int] = {}
    for row in lots.lots:
        if row.lot.item == item:
            total[row.start_bucket] = total.get(row.start_bucket, 0) + row.lot.quantity
    return total


# The ledger charges lateness at bucket ends: what arrives on the day after its due date costs
# nothing yet. Lots are planned for the due day all the same, so that schedules have a margin.


def test_makes_each_order_on_its_day_when_setups_are_free():
    assert made(planned(plant([order("A", 3, 10), order("A", 5, 10)]))) == {3: 10, 5: 10}


@pytest.mark.parametrize(("setup", "lots"), [(15, 2), (25, 1)])
def test_joins_orders_when_a_setup_costs_more_than_holding(setup: int, lots: int):
    # One lot on day 3 serves both and holds 10 pieces for two days (20); a setup costs one a minute.
    assert len(made(planned(plant([order("A", 3, 10), order("A", 5, 10)], setup=setup)))) == lots


@pytest.mark.parametrize(("day", "dear"), [(12, False), (30, True)])
def test_lots_cost_by_themselves_where_minutes_are_scarce(day: int, dear: bool):
    # Eight hours a day for ten days; pieces take ten minutes, a lot two minutes and no money.
    found = plant([order("A", 9, 10 * day)], setup=2)
    machine = replace(found.resources[0], cost_per_hour=Fraction(0))
    (process,) = Ground(replace(found, resources=(machine,))).processes
    assert (process.dear, process.counted) == (dear, dear)


def test_sizes_of_lots_are_counted_where_lots_cost_nothing():
    found = plant([order("A", 9, 40)])
    item = replace(found.items[0], lot_multiple=4)
    (process,) = Ground(replace(found, items=(item,))).processes
    assert (process.dear, process.counted) == (False, True)


def test_builds_ahead_of_a_peak():
    # 48 pieces fit in a day: of 120 due on day 4, 72 are made before.
    assert made(planned(plant([order("A", 4, 120, late=2000)]))) == {2: 24, 3: 48, 4: 48}


def test_relies_on_the_day_that_the_ledger_forgives():
    # Where nothing is scheduled to the minute: made the day after, nothing is in stock for two days.
    assert made(planned(plant([order("A", 4, 60)]))) == {4: 48, 5: 12}


@pytest.mark.parametrize(("money", "minutes"), [(30, 240), (6000, 0)])
def test_opens_overtime_where_it_is_cheaper_than_being_late(money: int, minutes: int):
    # 108 due on day 0, 60 too many: all of the overtime for 24 of them, or none.
    lots = planned(with_overtime(plant([order("A", 0, 108, late=10_000)]), money))
    assert sum(lots.overtime.values()) == minutes


def test_makes_components_before_they_are_needed():
    lots = planned(with_component(plant([order("A", 5, 20)]), minutes=5))
    assert sum(made(lots, "C").values()) == sum(made(lots).values()) == 20
    assert max(made(lots, "C")) <= min(made(lots))


def offers(second_price: int) -> tuple[Offer, ...]:
    return (
        Offer("S", "C", 2, price=Fraction(10)),
        Offer("S", "C", 2, price=Fraction(second_price), from_quantity=40),
    )


@pytest.mark.parametrize(("price", "quantity"), [(9, 30), (5, 40)])
def test_takes_a_price_break_only_where_it_pays(price: int, quantity: int):
    # 30 at 10 cost 300; 40 at 9 cost 360, 40 at 5 cost 200 and the holding of ten for some days.
    lots = planned(with_component(plant([order("A", 5, 30)]), offers(price)))
    assert sum(row.quantity for row in lots.purchases) == quantity


def test_orders_the_minimum_and_no_earlier_than_the_lead_time():
    offer = Offer("S", "C", 4, price=Fraction(1), min_order=50, order_multiple=25, order_cost=Fraction(5))
    lots = planned(with_component(plant([order("A", 6, 30), order("A", 8, 30)]), (offer,)))
    assert all(row.quantity >= 50 and row.quantity % 25 == 0 for row in lots.purchases)
    assert all(row.arrives >= row.order_by + 4 * DAY and row.order_by >= 0 for row in lots.purchases)
    assert sum(row.quantity for row in lots.purchases) == 75


def test_receipts_and_orders_in_progress_are_counted():
    done = Receipt("R1", ReceiptKind.PRODUCTION, "A", 6, 2 * DAY)
    running = Receipt("R2", ReceiptKind.PRODUCTION, "A", 4, 2 * DAY, operation="make")
    base = plant([order("A", 5, 12)])
    assert sum(made(planned(replace(base, receipts=(done, running)))).values()) == 2


def test_a_lab_limits_what_is_made_per_day():
    row = Inspection("Q", Stage.FINAL, "LAB", lab_minutes=400, item="A")
    lab = Resource("LAB", ResourceKind.LAB, calendar="shift")
    base = plant([order("A", 6, 30)])
    base = replace(
        base,
        items=(replace(base.items[0], max_lot=10),),
        inspections=(row,),
        resources=(*base.resources, lab),
    )
    lots = planned(base)
    assert sum(made(lots).values()) == 30
    assert max(made(lots).values()) == 10


@pytest.mark.parametrize(("minutes", "reserved"), [(Fraction(10), 0), (Fraction(10, 3), 1)])
def test_a_minute_is_set_aside_for_each_lot_whose_minutes_are_rounded(minutes: Fraction, reserved: int):
    base = plant([order("A", 0, 5)], setup=30)
    ground = Ground(replace(base, operations=(replace(base.operations[0], run_minutes=minutes),)))
    model, x = formulate(grid_of(ground, ground.facts().facts))
    column, row = int(x.lots[0]), int(x.load_row[0, 0])
    entries = slice(int(model.begin[column]), int(model.begin[column + 1]))
    at = dict(zip(model.index[entries].tolist(), model.value[entries].tolist(), strict=True))
    assert at[row] == 30 + reserved


def test_equal_work_gives_equal_plans():
    base = with_component(plant([order("A", day, 10 + day) for day in range(2, 9)], setup=20), minutes=5)
    assert planned(base, work=6.0) == planned(base, work=6.0)


def test_order_of_families_does_not_matter():
    base = with_component(plant([order("A", 5, 30), order("A", 7, 20)], setup=20), offers(5))
    ground = Ground(base)
    grid = grid_of(ground, ground.facts().facts)
    shuffled = list(FAMILIES)
    random.Random(1).shuffle(shuffled)
    costs = []
    for families in (FAMILIES, shuffled):
        found = solve_mixed(formulate(grid, families)[0], Effort(10))
        assert found is not None
        assert found.optimal
        costs.append(found.objective)
    assert shuffled != list(FAMILIES)
    assert costs[0] == pytest.approx(costs[1], rel=1e-6)


def test_lots_and_orders_come_in_whole_steps_that_fit_each_other():
    # A comes in tens, C in sixes: 24 A take 30 with rounding, and C has to follow.
    offer = Offer("S", "C", 2, price=Fraction(10), order_multiple=7)
    base = with_component(plant([order("A", 5, 24), order("A", 7, 21)]), (offer,))
    base = replace(base, items=(replace(base.items[0], lot_multiple=10), base.items[1]))
    lots = planned(base)
    assert {row.lot.quantity % 10 for row in lots.lots} == {0}
    assert {row.quantity % 7 for row in lots.purchases} == {0}
    assert sum(made(lots).values()) == 50
    assert 50 <= sum(row.quantity for row in lots.purchases) < 57


def test_what_is_made_of_an_item_is_not_bought_besides():
    # The first ten C are there too early to be bought (lead time 4 days); what is made counts.
    offer = Offer("S", "C", 4, price=Fraction(1), order_multiple=10)
    base = with_component(plant([order("A", 2, 10), order("A", 8, 10)]), (offer,), minutes=5)
    lots = planned(base)
    assert sum(made(lots, "C").values()) + sum(row.quantity for row in lots.purchases) == 20


def test_what_is_bought_expires_by_the_minute_it_arrives():
    # One delivery a week: what keeps three days from Monday on is gone in the next week.
    offer = Offer("S", "C", 2, price=Fraction(1))
    base = with_component(plant([order("A", 13, 10), order("A", 27, 10)]), (offer,))
    base = replace(
        base, horizon=replace(base.horizon, daily=7, weekly=4),
        items=(base.items[0], replace(base.items[1], shelf_life_days=3)),
    )  # fmt: skip
    ground = Ground(base)
    grid = grid_of(ground, ground.facts().facts)
    model, x = formulate(grid)
    for position, (arrival, _) in enumerate(x.tiers.tolist()):
        row = grid.arrivals[arrival]
        if row.bucket >= 7:
            stocks = set(x.stock[grid.items["C"]].tolist())
            entries = slice(int(model.begin[x.bought[position]]), int(model.begin[x.bought[position] + 1]))
            shared = [
                r for r in model.index[entries].tolist()
                if {c for c in stocks if r in model.index[model.begin[c] : model.begin[c + 1]]}
            ]  # fmt: skip
            # Only the balance of its own bucket: no row lets it lie in stock at the week's end.
            assert shared == [int(x.stock_row[grid.items["C"], row.released])]


@pytest.mark.parametrize(("date", "wanted"), [(4 * DAY, 10), (None, 6)])
def test_stock_that_is_dated_serves_nothing_after_its_date(date: int | None, wanted: int):
    # Its item has no shelf life: what is made anew keeps.
    base = plant([order("A", 5, 10)])
    base = replace(base, stock=(Stock("old", "A", 4, expires=date),))
    assert sum(made(planned(base)).values()) == wanted
    assert sum(made(net_requirements(base)).values()) == wanted


def test_dated_stock_serves_first_what_is_due_before_its_date():
    base = plant([order("A", 2, 3), order("A", 5, 10)])
    base = replace(base, stock=(Stock("old", "A", 4, expires=4 * DAY), Stock("new", "A", 2)))
    assert sum(made(planned(base)).values()) == 8
    assert sum(made(net_requirements(base)).values()) == 8


def test_a_lot_pays_the_whole_setup_of_the_machine_it_is_made_on():
    """Shared out over two machines, each part would pay for a part of its setup only."""
    base = plant([order("A", 5, 60)], setup=120)
    second = replace(base.operation_resources[0], resource="N", preference=1)
    both = replace(
        base,
        operation_resources=(*base.operation_resources, second),
        resources=(*base.resources, replace(base.resources[0], resource="N")),
    )
    ground = Ground(both)
    assert [process.chosen for process in ground.processes] == [(("make", "M"),), (("make", "N"),)]
    grid = grid_of(ground, ground.facts().facts)
    model, x = formulate(grid)
    found = solve_mixed(model, Effort(5.0))
    assert found is not None
    lots = sum(round(found.values[column]) for column in x.lots)
    # 600 minutes of work and 120 to set up need two of its days on either machine.
    assert lots == 2
    assert float(model.cost[x.lots] @ found.values[x.lots]) == pytest.approx(120 * lots)
    assert all(len(lot.modes) == 1 for lot in planned(both).lots)


def test_tells_of_a_plan_before_branch_and_bound() -> None:
    told: list[LotPlan] = []
    found = plant([order("A", 3, 10), order("A", 5, 10)])
    last = plan_lots(found, Limits(time.monotonic() + 5), told=told.append)
    assert last is not None
    assert {3: 10, 5: 10} in [made(one) for one in told]


@pytest.mark.parametrize(("pieces", "sizes"), [(12, [4, 4, 4]), (10, [4, 3, 3]), (9_001, [4] * 2_000)])
def test_many_lots_are_cut_and_none_is_larger_than_the_largest(pieces: int, sizes: list[int]):
    item = replace(plant([]).items[0], max_lot=4)
    assert lot_sizes(item, pieces, 1) == sizes


@given(st.integers(1, 9), st.integers(0, 30), st.integers(0, 30), st.integers(1, 400), st.integers(1, 5))
def test_sizes_of_lots_keep_the_rules_and_come_as_near_as_they_can(
    multiple: int, least: int, most: int, wanted: int, count: int
):
    step, low = multiple, max(-(-least // multiple), 1) * multiple
    high = max(most, low) // multiple * multiple if most else 10**6
    item = replace(plant([]).items[0], lot_multiple=multiple, min_lot=least, max_lot=high if most else 0)
    sizes = lot_sizes(item, wanted, count)
    assert all(low <= size <= high and size % step == 0 for size in sizes)
    rounded = max(-(-wanted // step) * step, low)
    # What a number of lots can make: anything between so many smallest and so many largest ones.
    away = [max(low * n - rounded, rounded - high * n, 0) for n in range(1, rounded // low + 2)]
    assert abs(sum(sizes) - rounded) == min(away)


def test_netting_makes_as_many_lots_as_the_demand_takes():
    base = plant([order("A", 4, 1_000)], minutes=1)
    small = replace(base, items=(replace(base.items[0], max_lot=3),))
    assert sum(row.lot.quantity for row in net_requirements(small).lots) >= 1_000


def test_a_lot_is_cut_for_each_machine_that_has_a_share() -> None:
    # 150 pieces take 1,500 minutes in two days: one machine has 960 of them, two have 1,920.
    base = plant([order("A", 1, 150)])
    base = replace(base, horizon=replace(base.horizon, daily=2))
    second = replace(base.operation_resources[0], resource="N", preference=1)
    both = replace(
        base,
        operation_resources=(*base.operation_resources, second),
        resources=(*base.resources, replace(base.resources[0], resource="N")),
    )
    lots = planned(both).lots
    assert {resource for row in lots for _, resource in row.modes} == {"M", "N"}
    assert [row.lot.quantity for row in lots] == [75, 75]


@pytest.mark.parametrize(("multiple", "cut"), [(1, 10), (10, 10), (50, 50)])
def test_lots_of_a_component_make_what_the_lots_above_them_take(multiple: int, cut: int) -> None:
    base = with_component(plant([order("A", 5, 9)]), minutes=5)
    first, component = base.items
    items = (replace(first, lot_multiple=10), replace(component, lot_multiple=multiple))
    base = replace(base, items=items)
    ground = Ground(base)
    grid = grid_of(ground, ground.facts().facts)
    model, x = formulate(grid)
    values = np.zeros(len(model.cost))
    for index, start in enumerate(grid.starts):
        item = grid.processes[start.process].item
        if start.flow.start == (5 if item == "A" else 4):
            values[x.made[index]] = 9 / float(grid.unit[start.item])
            values[x.lots[index]] = x.lots[index] >= 0
    lots = extract(grid, x, values, "by hand")
    # Nine A become ten, which take ten C.
    assert made(lots) == {5: 10}
    assert made(lots, "C") == {4: cut}


def test_a_component_is_not_raised_by_a_whole_batch_for_a_few_pieces() -> None:
    base = with_component(plant([order("A", 5, 99)], minutes=1), minutes=1)
    first, component = base.items
    base = replace(base, items=(replace(first, lot_multiple=10), replace(component, lot_multiple=99)))
    ground = Ground(base)
    grid = grid_of(ground, ground.facts().facts)
    model, x = formulate(grid)
    values = np.zeros(len(model.cost))
    for index, start in enumerate(grid.starts):
        if start.flow.start == (5 if grid.processes[start.process].item == "A" else 4):
            values[x.made[index]] = 99 / float(grid.unit[start.item])
            values[x.lots[index]] = 1
    lots = extract(grid, x, values, "by hand")
    assert made(lots) == {5: 100}
    assert made(lots, "C") == {4: 99}


def test_branch_and_bound_decides_in_whole_steps() -> None:
    # Five C over would cost 50 a day; two orders of A in one lot of 20 hold ten A for two days only.
    base = plant([order("A", 5, 8, late=2000), order("A", 7, 8, late=2000)], holding=1)
    base = replace(base, items=(replace(base.items[0], lot_multiple=16),))
    lots = planned(base)
    assert lots.method == "branch and bound"
    assert made(lots) == {5: 16}


@pytest.mark.parametrize(("capacity", "setup", "sizes"), [(1, 0, [12]), (4, 0, [3, 3, 3, 3]), (4, 10, [12])])
def test_machines_of_a_group_make_long_lots_side_by_side(capacity: int, setup: int, sizes: list[int]) -> None:
    # Twelve pieces of four hours are six days' work of one machine, and less than two of four.
    base = plant([order("A", 8, 12)], minutes=240, setup=setup)
    base = replace(base, resources=(replace(base.resources[0], capacity=capacity),))
    assert [row.lot.quantity for row in net_requirements(base).lots] == sizes


def test_lots_that_have_to_lie_within_a_bucket_are_counted_in_it():
    # What is held is cheap and a lot dear: a typical lot takes longer than a day.
    base = plant([order("A", day, 40) for day in range(4, 9)], setup=240)
    base = replace(base, horizon=replace(base.horizon, lots_within_buckets=True))
    ground = Ground(base)
    grid = grid_of(ground, ground.facts(frozenset()).facts, None)
    assert max(process.lot for process in grid.processes) * 10 > 480
    assert {load.bucket - grid.starts[load.start].flow.start for load in grid.tables.loads} == {0}
    assert {row.bucket - grid.starts[row.start].flow.start for row in grid.tables.given} == {0}
