"""Netting, dispatch and settlement make plans that the checker accepts, on all own plants."""

from dataclasses import replace
from fractions import Fraction

import pytest
from lot_plants import DAY, order, with_component, with_overtime
from lot_plants import plant as tiny

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Lot, Plan, Provenance, Purchase, Run
from capacityplan.domain.plant import Plant, Receipt, ReceiptKind, Stock, SupplierOffer
from capacityplan.domain.timeline import Timeline, WorkingTime
from capacityplan.prepare.divide import fitting
from capacityplan.solve.dispatch import schedule
from capacityplan.solve.mrp import net_requirements
from capacityplan.solve.settle import overfull, settle, settle_once
from capacityplan.solve.settle.capacity import Capacity
from capacityplan.solve.settle.storages import lessened
from capacityplan.solve.types import Limits, LotPlan, PlannedLot, WindowSchedule
from capacityplan.templates import NAMES, build
from capacityplan.verify import check

LIMITS = Limits(deadline=float("inf"))


def settled(plant: Plant, lots: LotPlan) -> Plan:
    return settle(plant, schedule(plant, lots, LIMITS), lots, Provenance(plant.name, ""))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", [0, 1])
def test_netted_plans_of_small_own_plants_are_valid(name: str, seed: int) -> None:
    plant = build(name, size=0.1, seed=seed)
    plan = settled(plant, net_requirements(plant))
    verdict = check(plant, plan)
    assert verdict.violations == ()
    assert len(plan.lots) > 10
    assert plan.deliveries


@pytest.mark.parametrize("name", NAMES)
def test_a_plan_without_wishes_loses_demand_but_keeps_orders_in_progress(name: str) -> None:
    plant = build(name, size=0.1)
    plan = settled(plant, LotPlan((), ()))
    assert check(plant, plan).violations == ()
    assert {lot.receipt for lot in plan.lots} == {row.order for row in plant.receipts if row.operation}
    assert plan.lost


def test_shorter_purchases_are_raised_to_what_tail_lots_take() -> None:
    plant = build("fitband", size=0.1)
    lots = net_requirements(plant)
    starved = replace(lots, purchases=())
    plan = settled(plant, starved)
    assert check(plant, plan).violations == ()
    assert plan.purchases
    taken = {row.item for row in plan.purchases}
    assert taken <= {row.item for row in lots.purchases}


def test_runs_side_by_side_on_a_group_of_machines_both_take_its_time() -> None:
    plant = build("fitband")
    timeline, working = Timeline.of(plant), WorkingTime(plant, Timeline.of(plant))
    mode = next(row for row in plant.operation_resources if row.operation == "functional_test")
    end = timeline.window_end
    lots = tuple(Lot(f"L{number}", mode.item, 100) for number in range(2))
    runs = tuple(
        Run(lot.lot, mode.operation, mode.resource, 100, end - 60, end - 60, end + 900) for lot in lots
    )
    left = []
    for count in (0, 1, 2):
        window = WindowSchedule(lots[:count], runs[:count], ())
        capacity = Capacity(Lookup(plant), timeline, working, window, {})
        left.append(capacity.left[mode.resource][timeline.window_buckets])
    taken = working.regular(mode.resource).open_minutes(end, end + 900)
    assert taken > 0
    assert left[0] - left[1] == left[1] - left[2] == taken


def test_material_that_has_expired_is_ordered_again_for_the_lot_that_waits_for_it() -> None:
    offer = SupplierOffer("S", "C", 0, Fraction(2), min_order=6, order_multiple=4)
    base = with_component(tiny([order("A", 5, 10)]), (offer,))
    base = replace(
        base,
        items=tuple(replace(row, shelf_life_days=2) if row.item == "C" else row for row in base.items),
        stock=(Stock("old", "C", 10, expires=2 * DAY),),
    )
    lots = LotPlan((PlannedLot(Lot("L1", "A", 10), 5, 5, 6 * DAY),), ())
    plan = settled(base, lots)
    verdict = check(base, plan)
    assert verdict.violations == ()
    assert verdict.lost_units == 0
    (bought,) = plan.purchases
    assert (bought.item, bought.quantity) == ("C", 12)
    assert Timeline.of(base).bucket_of_start(bought.arrives) in (4, 5)


@pytest.mark.parametrize("seed", [0, 5])
def test_purchases_are_cut_back_to_what_storages_hold(seed: int) -> None:
    plant = build("dairy", size=0.5, seed=seed)
    lots = net_requirements(plant)
    plan = settle_once(plant, schedule(plant, lots, LIMITS), lots, Provenance(plant.name, ""))
    assert check(plant, plan).violations == ()
    bought = sum(row.quantity for row in plan.purchases)
    plan = replace(plan, purchases=tuple(replace(row, quantity=5 * row.quantity) for row in plan.purchases))
    assert "storage" in {row.rule for row in check(plant, plan).violations}
    for _ in range(3):
        plan = replace(plan, purchases=lessened(plan.purchases, overfull(plant, plan)))
    assert "storage" not in {row.rule for row in check(plant, plan).violations}
    assert overfull(plant, plan) == {}
    assert 0.5 * bought < sum(row.quantity for row in plan.purchases) < 5 * bought


def test_the_rest_of_a_lot_cut_to_its_material_is_made_when_more_arrives() -> None:
    base = with_component(tiny([order("A", 5, 10)]), (SupplierOffer("S", "C", 5, Fraction(2)),))
    base = replace(base, stock=(Stock("some", "C", 9),))
    late = Purchase("PO1", "S", "C", 1, 0, 5 * DAY)
    lots = LotPlan((PlannedLot(Lot("L1", "A", 10), 4, 5, 5 * DAY),), (late,))
    plan = settled(base, lots)
    verdict = check(base, plan)
    assert verdict.violations == ()
    assert {lot.lot: lot.quantity for lot in plan.lots} == {"L1": 9, "L1+": 1}
    assert verdict.lost_units == 0


def test_the_rest_of_a_cut_lot_takes_no_name_that_another_lot_has() -> None:
    base = with_component(
        tiny([order("A", 5, 10), order("A", 6, 2)]), (SupplierOffer("S", "C", 5, Fraction(2)),)
    )
    base = replace(base, stock=(Stock("some", "C", 9),))
    more = (Purchase("PO1", "S", "C", 1, 0, 5 * DAY), Purchase("PO2", "S", "C", 2, 0, 6 * DAY))
    # "L1+" is what was left of a lot cut in an earlier plan.
    lots = LotPlan(
        (PlannedLot(Lot("L1", "A", 10), 4, 5, 5 * DAY), PlannedLot(Lot("L1+", "A", 2), 6, 6, 6 * DAY)), more
    )
    plan = settled(base, lots)
    assert check(base, plan).violations == ()
    assert {lot.lot: lot.quantity for lot in plan.lots} == {"L1": 9, "L1++": 1, "L1+": 2}


@pytest.mark.parametrize(
    ("there", "later", "sizes"),
    [
        # One piece less than a lot of ten, and enough of it for a larger lot later.
        ((9, 6), (10, 5), {"L1": 9, "L2": 6}),
        # What is missing never comes: a larger lot would wait for it to the end.
        ((18, 5), (20, 5), {"L1": 18, "L2": 5}),
    ],
)
def test_what_is_too_little_for_a_lot_goes_to_the_next_one_where_that_serves_more(
    there: tuple[int, int], later: tuple[int, int], sizes: dict[str, int]
) -> None:
    base = with_component(tiny([order("A", 5, later[0]), order("A", 7, later[1])]))
    base = replace(
        base,
        items=tuple(replace(row, min_lot=5) if row.item == "A" else row for row in base.items),
        stock=(Stock("some", "C", there[0]),),
        receipts=(Receipt("R1", ReceiptKind.PURCHASE, "C", there[1], 6 * DAY),),
    )
    wishes = (
        PlannedLot(Lot("L1", "A", later[0]), 4, 5, 6 * DAY),
        PlannedLot(Lot("L2", "A", later[1]), 6, 7, 8 * DAY),
    )
    plan = settled(base, LotPlan(wishes, ()))
    verdict = check(base, plan)
    assert verdict.violations == ()
    assert {lot.lot: lot.quantity for lot in plan.lots} == sizes
    assert verdict.lost_units == sum(later) - sum(there)


def test_what_is_cut_off_a_lot_is_not_handed_to_one_that_waits_itself() -> None:
    """Lots that wait for one component would hand on to each other without end."""
    base = with_component(tiny([order("A", 5, 20), order("A", 7, 5)]))
    base = replace(
        base,
        items=tuple(replace(row, min_lot=5) if row.item == "A" else row for row in base.items),
        stock=(Stock("some", "C", 9),),
        receipts=(Receipt("R1", ReceiptKind.PURCHASE, "C", 16, 6 * DAY),),
    )
    wishes = (
        PlannedLot(Lot("L1", "A", 10), 4, 5, 6 * DAY),
        PlannedLot(Lot("L2", "A", 10), 4, 5, 7 * DAY),
        PlannedLot(Lot("L3", "A", 5), 6, 7, 8 * DAY),
    )
    plan = settled(base, LotPlan(wishes, ()))
    assert check(base, plan).violations == ()
    assert {lot.lot: lot.quantity for lot in plan.lots} == {"L1": 9, "L2": 10, "L3": 6}


@pytest.mark.parametrize(("price", "opened", "lost"), [(10, True, 0), (100_000, False, 12)])
def test_overtime_is_opened_for_lots_that_would_be_late_where_that_is_cheaper(
    price: int, opened: bool, lost: int
) -> None:
    base = with_overtime(tiny([order("A", 9, 60)]), price)
    # Nothing can be made a day before.
    base = replace(base, items=(replace(base.items[0], phase_in=9 * DAY),))
    lots = LotPlan(
        (PlannedLot(Lot("L1", "A", 48), 9, 9, 9 * DAY), PlannedLot(Lot("L2", "A", 12), 9, 9, 9 * DAY)), ()
    )
    plan = settled(base, lots)
    verdict = check(base, plan)
    assert verdict.violations == ()
    assert bool(plan.bucket_overtime) is opened
    assert verdict.lost_units == lost


def test_a_purchase_is_cut_back_to_what_is_used_and_left_out_where_nothing_is() -> None:
    offer = SupplierOffer("S", "C", 0, Fraction(2), min_order=4, order_multiple=4, order_cost=Fraction(3))
    base = with_component(tiny([order("A", 5, 10)]), (offer,))
    surplus = tuple(
        Purchase(name, "S", "C", quantity, day * DAY, day * DAY)
        for name, quantity, day in (("PO1", 40, 1), ("PO2", 20, 2), ("PO3", 8, 7))
    )
    lots = LotPlan((PlannedLot(Lot("L1", "A", 10), 4, 5, 5 * DAY),), surplus)
    plan = settled(base, lots)
    verdict = check(base, plan)
    assert verdict.violations == ()
    assert {row.purchase: row.quantity for row in plan.purchases} == {"PO1": 12}
    whole = check(base, replace(plan, purchases=surplus))
    assert whole.violations == ()
    assert verdict.cost < whole.cost


def test_safety_stock_is_bought_only_where_its_penalty_is_dearer() -> None:
    left = []
    for value in (1, 1000):
        base = with_component(tiny([order("A", 5, 10)]), (SupplierOffer("S", "C", 0, Fraction(2)),))
        items = tuple(
            replace(row, safety_stock=5, unit_value=Fraction(value)) if row.item == "C" else row
            for row in base.items
        )
        base = replace(
            base, items=items, costs=replace(base.costs, safety_stock_rate_per_day=Fraction(1, 10))
        )
        lots = LotPlan(
            (PlannedLot(Lot("L1", "A", 10), 4, 5, 5 * DAY),), (Purchase("PO1", "S", "C", 30, DAY, DAY),)
        )
        plan = settled(base, lots)
        assert check(base, plan).violations == ()
        left.append(sum(row.quantity for row in plan.purchases) - 10)
    assert left == [0, 5]


@pytest.mark.parametrize(("largest", "sizes"), [(0, [4, 8]), (12, [12]), (10, [2, 10])])
def test_more_of_a_component_is_made_for_the_lot_that_waits_for_it(largest: int, sizes: list[int]) -> None:
    base = with_component(tiny([order("A", 5, 12)]), minutes=1)
    items = tuple(
        replace(row, max_lot=largest, lot_multiple=2) if row.item == "C" else row for row in base.items
    )
    base = replace(base, items=items)
    parts = PlannedLot(Lot("L1", "C", 8), 3, 3, 4 * DAY)
    lots = LotPlan((parts, PlannedLot(Lot("L2", "A", 12), 5, 5, 6 * DAY)), ())
    plan = settled(base, lots)
    verdict = check(base, plan)
    assert verdict.violations == ()
    assert verdict.lost_units == 0
    assert sorted(lot.quantity for lot in plan.lots if lot.item == "C") == sizes


def test_a_lot_that_nothing_is_taken_of_is_left_out_and_what_only_it_takes() -> None:
    base = with_component(tiny([order("A", 5, 10)]), minutes=1)
    wishes = (
        ("C1", "C", 10, 2),
        ("A1", "A", 10, 3),
        ("C2", "C", 10, 5),
        ("A2", "A", 10, 6),
        ("C3", "C", 3, 7),
    )
    lots = LotPlan(
        tuple(PlannedLot(Lot(name, item, n), at, at, at * DAY) for name, item, n, at in wishes), ()
    )
    plan = settled(base, lots)
    assert check(base, plan).violations == ()
    assert {lot.lot for lot in plan.lots} == {"C1", "A1"}


@pytest.mark.parametrize(("penalty", "kept"), [(0, {"A1"}), (1000, {"A1", "A2"})])
def test_a_lot_for_safety_stock_stays_where_its_penalty_is_dearer(penalty: int, kept: set[str]) -> None:
    base = tiny([order("A", 5, 10)])
    base = replace(
        base,
        items=tuple(replace(row, safety_stock=10, unit_value=Fraction(1)) for row in base.items),
        costs=replace(base.costs, safety_stock_rate_per_day=Fraction(penalty)),
    )
    wishes = (("A1", 3), ("A2", 6))
    lots = LotPlan(tuple(PlannedLot(Lot(name, "A", 10), at, at, at * DAY) for name, at in wishes), ())
    plan = settled(base, lots)
    assert check(base, plan).violations == ()
    assert {lot.lot for lot in plan.lots} == kept


def test_demand_is_given_up_where_serving_it_would_make_all_after_it_late() -> None:
    # 30 are wanted every day, 20 can be made: oldest first, each day is later than the last one.
    orders = [order("A", day, 30, f"O{day}") for day in range(1, 9)]
    base = tiny(orders, minutes=24)
    dear = tuple(replace(row, late_cost_per_day=Fraction(50), lost_cost=Fraction(90)) for row in orders)
    base = replace(base, orders=dear)
    lots = LotPlan(
        tuple(PlannedLot(Lot(f"L{day}", "A", 20), day, day, (day + 1) * DAY) for day in range(10)), ()
    )
    verdict = check(base, settled(base, lots))
    at_once = check(base, settle_once(base, schedule(base, lots, LIMITS), lots, Provenance(base.name, "")))
    assert verdict.violations == at_once.violations == ()
    assert verdict.cost < at_once.cost
    assert verdict.late_unit_days < at_once.late_unit_days


def test_what_is_made_is_not_bought_besides() -> None:
    # C can be made and bought: its own lot covers A's, so nothing is ordered on top.
    base = with_component(tiny([order("A", 5, 12)]), (SupplierOffer("S", "C", 0, Fraction(9)),), minutes=1)
    parts = PlannedLot(Lot("L1", "C", 12), 3, 3, 4 * DAY)
    lots = LotPlan((parts, PlannedLot(Lot("L2", "A", 12), 5, 5, 6 * DAY)), ())
    plan = settled(base, lots)
    verdict = check(base, plan)
    assert verdict.violations == ()
    assert verdict.lost_units == 0
    assert plan.purchases == ()


@pytest.mark.parametrize(("setup", "sizes"), [(0, [12, 48]), (10, [60])])
def test_a_lot_ends_with_the_bucket_that_has_no_more_room_where_two_lots_cost_the_same(
    setup: int, sizes: list[int]
) -> None:
    # 48 pieces of ten minutes fill a day of eight hours; twelve more would let all 60 wait for them.
    base = tiny([order("A", 3, 48), order("A", 4, 12)], setup=setup)
    plan = settled(base, LotPlan((PlannedLot(Lot("L1", "A", 60), 3, 3, 4 * DAY),), ()))
    verdict = check(base, plan)
    assert verdict.violations == ()
    assert sorted(lot.quantity for lot in plan.lots) == sizes
    assert verdict.late_unit_days == 0 or setup


def test_the_parts_of_a_divided_lot_keep_the_lot_rules() -> None:
    item = replace(tiny([]).items[0], min_lot=20, lot_multiple=5)
    assert fitting(item, 60, 600, 480) == 40
    assert fitting(item, 60, 600, 190) == 0
    assert fitting(replace(item, min_lot=0), 60, 600, 190) == 15
    assert fitting(replace(item, min_lot=0), 60, 600, 40) == 0


@pytest.mark.parametrize("longest", [None, 600])
def test_nothing_waits_for_a_last_operation_that_names_a_longest_wait(longest: int | None) -> None:
    # Ten hours of work fit no day, but a week; two days do.
    base = tiny([order("A", 3, 60)], setup=10)
    step = replace(base.operations[0], max_wait_minutes=longest)
    base = replace(base, operations=(step,), horizon=replace(base.horizon, daily=7, weekly=1))
    plan = settled(base, LotPlan((PlannedLot(Lot("L1", "A", 60), 2, 3, 4 * DAY),), ()))
    verdict = check(base, plan)
    assert verdict.violations == ()
    assert [bucket for bucket, _ in plan.bucket_runs[0].load] == [2, 3]
    assert verdict.late_unit_days == 0
