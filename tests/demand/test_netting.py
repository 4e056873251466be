from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from capacityplan.demand import net
from capacityplan.domain.plant import (
    Consumption,
    Customer,
    Horizon,
    Item,
    ItemKind,
    Order,
    Plant,
    Promotion,
)
from capacityplan.domain.projections import Projections

MONDAY = date(2027, 1, 4).toordinal()
DAY = 1440


def projections(*rows: tuple[str, int, int, int, str, float]) -> Projections:
    """Rows of (item, first day, last day, quantity, segment, weight), days counted from the start."""
    names = ["", *sorted({name for row in rows for name in (row[0], row[4])} - {""})]
    zero = [0] * len(rows)
    return Projections(
        names,
        item=[names.index(row[0]) for row in rows],
        start=[MONDAY + row[1] for row in rows],
        end=[MONDAY + row[2] for row in rows],
        quantity=[row[3] for row in rows],
        stream=zero,
        segment=[names.index(row[4]) for row in rows],
        certainty=zero,
        weight_millionths=[round(row[5] * 1_000_000) for row in rows],
        low=[-1] * len(rows),
        high=[-1] * len(rows),
        author=zero,
        dated=zero,
    )


@pytest.fixture
def plant() -> Plant:
    return Plant(
        name="p",
        start="2027-01-04T06:00",
        timezone="Europe/Berlin",
        currency="EUR",
        horizon=Horizon(daily=7, weekly=2, schedule_days=7),
        items=(Item("A", ItemKind.FINISHED, unit_value=Fraction(10), price=Fraction(20)),),
    )


def quantities(plant: Plant) -> dict[str, int]:
    return {demand.demand: demand.quantity for demand in net(plant)}


def test_a_weekly_projection_is_due_evenly_over_its_days(plant: Plant) -> None:
    plant = replace(plant, projections=projections(("A", 0, 6, 10, "", 1)))
    found = quantities(plant)
    assert sum(found.values()) == 10
    assert set(found.values()) == {1, 2}
    assert found["P:A::0"] in {1, 2}


def test_streams_add_up_with_their_weights(plant: Plant) -> None:
    rows = projections(("A", 0, 0, 100, "", 0.7), ("A", 0, 0, 50, "", 0.3))
    assert quantities(replace(plant, projections=rows)) == {"P:A::0": 85}


def test_demand_outside_the_horizon_is_left_out_in_proportion(plant: Plant) -> None:
    # 21 days of horizon; the projection covers days 14..27, half of it inside.
    rows = projections(("A", 14, 27, 140, "", 1))
    assert quantities(replace(plant, projections=rows)) == {"P:A::8": 70}


def test_orders_consume_backward_then_forward_within_the_windows(plant: Plant) -> None:
    rows = projections(*(("A", day, day, 10, "", 1) for day in range(7)))
    order = Order("O1", "A", 35, due=4 * DAY - 360)  # end of day 3
    found = quantities(replace(plant, projections=rows, orders=(order,), consumption=Consumption(2, 1)))
    # day 3, 2 and 1 backward (window 2), then day 4 forward takes the last 5
    assert found == {"O1": 35, "P:A::0": 10, "P:A::4": 5, "P:A::5": 10, "P:A::6": 10}


def test_orders_consume_only_their_own_segment_where_it_is_projected(plant: Plant) -> None:
    rows = projections(("A", 0, 0, 10, "retail", 1), ("A", 0, 0, 10, "online", 1))
    own = Order("O1", "A", 4, due=600, customer="online")
    assert quantities(replace(plant, projections=rows, orders=(own,))) == {
        "O1": 4,
        "P:A:retail:0": 10,
        "P:A:online:0": 6,
    }
    shop = Customer("shop", parent="retail")
    nearest = replace(own, customer="shop")
    found = quantities(replace(plant, projections=rows, orders=(nearest,), customers=(shop,)))
    assert (found["P:A:retail:0"], found["P:A:online:0"]) == (6, 10)
    foreign = replace(own, customer="walk-in", quantity=15)
    found = quantities(replace(plant, projections=rows, orders=(foreign,)))
    assert found["O1"] == 15
    assert sum(found.values()) == 20


def test_an_approved_promotion_lifts_its_window_and_dips_after(plant: Plant) -> None:
    rows = projections(*(("A", day, day, 100, "", 1) for day in range(5)))
    promotion = Promotion("X", "A", start=DAY - 360, end=3 * DAY - 360, uplift_fraction=Fraction(1, 2),
                          dip_fraction=Fraction(1, 5), dip_days=1)  # fmt: skip
    found = quantities(replace(plant, projections=rows, promotions=(promotion,)))
    assert [found[f"P:A::{t}"] for t in range(5)] == [100, 150, 150, 80, 100]
    proposed = replace(promotion, status="proposed")
    found = quantities(replace(plant, projections=rows, promotions=(proposed,)))
    assert set(found.values()) == {100}


def test_rates_come_from_order_then_customer_then_parent_then_defaults(plant: Plant) -> None:
    customers = (
        Customer("big", late_cost_per_day=Fraction(3), lost_cost=Fraction(30)),
        Customer("shop", parent="big", lost_cost=Fraction(50), transit_days=2),
    )
    orders = (
        Order("own", "A", 1, 600, late_cost_per_day=Fraction(9)),
        Order("inherits", "A", 1, 600, customer="shop"),
        Order("default", "A", 1, 600),
    )
    found = {row.demand: row for row in net(replace(plant, customers=customers, orders=orders))}
    assert (found["own"].late_rate, found["own"].lost_rate) == (9, 20)
    assert (found["inherits"].late_rate, found["inherits"].lost_rate) == (3, 50)
    assert found["inherits"].transit == 2 * DAY
    assert (found["default"].late_rate, found["default"].lost_rate) == (Fraction(1, 5), 20)


def test_the_weight_of_an_item_multiplies_what_its_orders_customers_and_the_defaults_say(
    plant: Plant,
) -> None:
    rows = projections(("A", 0, 0, 10, "shop", 1))
    orders = (
        Order("own", "A", 1, 600, late_cost_per_day=Fraction(9), lost_cost=Fraction(60)),
        Order("default", "A", 1, 600),
        Order("other", "B", 1, 600),
    )
    items = (
        replace(plant.items[0], positioning_weight=Fraction(3, 2)),
        replace(plant.items[0], item="B"),
    )
    shop = Customer("shop", late_cost_per_day=Fraction(3))
    weighed = replace(plant, items=items, orders=orders, projections=rows, customers=(shop,))
    rates = {row.demand: (row.late_rate, row.lost_rate) for row in net(weighed)}
    assert rates == {
        "own": (Fraction(27, 2), 90), "default": (Fraction(3, 10), 30), "other": (Fraction(1, 5), 20),
        "P:A:shop:0": (Fraction(9, 2), 30),
    }  # fmt: skip


def test_orders_keep_their_due_bucket_and_those_after_the_horizon_are_left_out(plant: Plant) -> None:
    orders = (Order("past", "A", 1, -600), Order("today", "A", 1, 1080), Order("far", "A", 1, 99 * DAY))
    found = {row.demand: row.bucket for row in net(replace(plant, orders=orders))}
    assert found == {"past": 0, "today": 0}


def test_consensus_never_loses_a_unit(plant: Plant) -> None:
    rows = projections(*(("A", day % 21, min(day % 21 + 4, 20), 7 + day, "", 1) for day in range(60)))
    total = sum(7 + day for day in range(60))
    assert sum(quantities(replace(plant, projections=rows)).values()) == total
