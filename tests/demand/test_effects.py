"""What marketing's tables do to projections, day by day, to the unit."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from test_netting import DAY, MONDAY, projections, quantities

from capacityplan.demand import net
from capacityplan.domain.plant import (
    Customer,
    Fences,
    Horizon,
    Item,
    ItemKind,
    Launch,
    LifePhase,
    MarketEvent,
    Order,
    PlanningShare,
    Plant,
    Price,
    Promotion,
    Signal,
)

START = -360  # Monday's midnight, six hours before the plant's start


def at(day: int) -> int:
    return START + day * DAY


@pytest.fixture
def plant() -> Plant:
    items = [Item(name, ItemKind.FINISHED, unit_value=Fraction(10), price=Fraction(20)) for name in "AB"]
    return Plant(
        name="p", start="2027-01-04T06:00", timezone="Europe/Berlin", currency="EUR",
        horizon=Horizon(daily=7, weekly=1, schedule_days=7), items=tuple(items),
        projections=projections(*((item, day, day, 100, "", 1) for item in "AB" for day in range(7))),
    )  # fmt: skip


def week(plant: Plant, item: str = "A", segment: str = "") -> list[int]:
    found = quantities(plant)
    return [found.get(f"P:{item}:{segment}:{t}", 0) for t in range(7)]


def test_a_promotion_takes_from_the_item_it_cannibalises_only_in_its_window(plant: Plant) -> None:
    promotion = Promotion("X", "A", at(2), at(4), Fraction(1, 2), cannibalises="B",
                          cannibal_fraction=Fraction(2, 5))  # fmt: skip
    plant = replace(plant, promotions=(promotion,))
    assert week(plant) == [100, 100, 150, 150, 100, 100, 100]
    assert week(plant, "B") == [100, 100, 80, 80, 100, 100, 100]


def test_a_segments_promotion_reaches_the_customers_in_it(plant: Plant) -> None:
    rows = projections(("A", 0, 0, 100, "shop", 1), ("A", 0, 0, 100, "web", 1))
    promotion = Promotion("X", "A", at(0), at(1), Fraction(1, 4), segment="retail")
    plant = replace(plant, projections=rows, promotions=(promotion,),
                    customers=(Customer("retail"), Customer("shop", "retail"), Customer("web")))  # fmt: skip
    assert week(plant, segment="shop")[0] == 125
    assert week(plant, segment="web")[0] == 100


def test_a_launch_starts_sales_and_ramps_up(plant: Plant) -> None:
    launch = Launch("L", "A", MONDAY + 2, ramp_days=4)
    assert week(replace(plant, launches=(launch,))) == [0, 0, 25, 50, 75, 100, 100]
    proposed = replace(launch, status="proposed")
    assert week(replace(plant, launches=(proposed,))) == [0] * 7


def test_a_new_item_is_planned_from_one_row_like_another(plant: Plant) -> None:
    new = replace(plant.items[0], item="N")
    launch = Launch("L", "N", MONDAY + 3, like_item="A", like_fraction=Fraction(1, 4))
    plant = replace(plant, items=(*plant.items, new), launches=(launch,))
    assert week(plant, "N") == [0, 0, 0, 25, 25, 25, 25]
    assert week(plant) == [100] * 7


def test_phases_of_life_scale_demand_from_their_dates(plant: Plant) -> None:
    phases = (
        LifePhase("A", MONDAY + 1, "growth", Fraction(3, 2)),
        LifePhase("A", MONDAY + 3, "decline", Fraction(1, 2)),
        LifePhase("A", MONDAY + 5, "service", Fraction(1, 20)),
    )
    assert week(replace(plant, life_cycle=phases)) == [100, 150, 150, 50, 50, 5, 5]


def test_a_lower_price_moves_demand_and_the_worth_of_a_late_unit(plant: Plant) -> None:
    price = Price("A", at(3), Fraction(15), elasticity=Fraction(-2))
    plant = replace(plant, prices=(price,))
    assert week(plant) == [100, 100, 100, 150, 150, 150, 150]
    rates = {row.bucket: row.lost_rate for row in net(plant) if row.item == "A"}
    assert (rates[2], rates[3]) == (20, 15)
    unmoved = replace(price, elasticity=Fraction(0))
    assert week(replace(plant, prices=(unmoved,))) == [100] * 7


def test_the_nearest_segments_prices_count(plant: Plant) -> None:
    rows = projections(("A", 0, 0, 100, "shop", 1), ("A", 0, 0, 100, "web", 1))
    prices = (Price("A", at(0), Fraction(10), "retail"), Price("A", at(0), Fraction(30)))
    plant = replace(plant, projections=rows, prices=prices,
                    customers=(Customer("retail"), Customer("shop", "retail"), Customer("web")))  # fmt: skip
    rates = {row.customer: row.lost_rate for row in net(plant)}
    assert rates == {"shop": 10, "web": 30}


def test_a_market_event_counts_with_its_probability(plant: Plant) -> None:
    event = MarketEvent("rival", at(1), at(3), Fraction(-1, 2), item="A", probability=Fraction(2, 5))
    plant = replace(plant, market_events=(event,))
    assert week(plant) == [100, 80, 80, 100, 100, 100, 100]
    assert week(plant, "B") == [100] * 7


def test_effects_on_the_same_day_are_shares_of_the_same_base(plant: Plant) -> None:
    phase = LifePhase("A", MONDAY, "growth", Fraction(2))
    promotion = Promotion("X", "A", at(0), at(1), Fraction(1, 2))
    event = MarketEvent("rival", at(0), at(1), Fraction(-1, 4))
    plant = replace(plant, life_cycle=(phase,), promotions=(promotion,), market_events=(event,))
    assert week(plant)[0] == 200 + 100 - 50


def test_a_signal_counts_until_it_expires(plant: Plant) -> None:
    signal = Signal("S", "A", MONDAY + 1, MONDAY + 2, -60, expires=MONDAY)
    assert week(replace(plant, signals=(signal,))) == [100, 70, 70, 100, 100, 100, 100]
    expired = replace(signal, expires=MONDAY - 1)
    assert week(replace(plant, signals=(expired,))) == [100] * 7
    drastic = replace(signal, quantity=-999)
    assert week(replace(plant, signals=(drastic,))) == [100, 0, 0, 100, 100, 100, 100]


def test_a_planning_bill_gives_every_unit_to_an_option(plant: Plant) -> None:
    family = replace(plant.items[0], item="F")
    shares = (PlanningShare("F", "A", Fraction(1, 3)), PlanningShare("F", "B", Fraction(2, 3)))
    rows = projections(*(("F", day, day, 100, "", 1) for day in range(7)))
    plant = replace(plant, items=(*plant.items, family), planning_bills=shares, projections=rows)
    assert sum(week(plant)) + sum(week(plant, "B")) == 700
    assert sum(week(plant)) == 233
    assert week(plant, "F") == [0] * 7
    order = Order("O", "A", 30, at(1))
    assert sum(week(replace(plant, orders=(order,)))) == 203


def test_within_the_demand_fence_only_orders_count(plant: Plant) -> None:
    plant = replace(plant, fences=Fences(demand_fence_days=2), orders=(Order("O", "A", 40, at(2)),))
    found = quantities(plant)
    assert found["O"] == 40
    assert week(plant)[:2] == [0, 0]
    # The order's forward window takes what is projected behind the fence.
    assert week(plant)[2] == 60


@pytest.mark.parametrize(
    ("own", "backward", "forward", "left"),
    [
        # Orders: 35 due on day 3. Windows as in the APICS case: back first, nearest day first, then forward.
        (None, 2, 0, [10, 0, 0, 0, 10, 10, 10]),
        (None, 0, 2, [10, 10, 10, 0, 0, 0, 10]),
        (None, 1, 1, [10, 10, 0, 0, 0, 10, 10]),
        ((3, 0), 0, 0, [5, 0, 0, 0, 10, 10, 10]),
        ((0, 0), 9, 9, [10, 10, 10, 0, 10, 10, 10]),
    ],
)
def test_windows_of_consumption_are_the_segments_own(
    plant: Plant, own: tuple[int, int] | None, backward: int, forward: int, left: list[int]
) -> None:
    from capacityplan.domain.plant import Consumption

    rows = projections(*(("A", day, day, 10, "retail", 1) for day in range(7)))
    days = {} if own is None else {"backward_days": own[0], "forward_days": own[1]}
    plant = replace(
        plant, projections=rows, consumption=Consumption(backward, forward),
        customers=(Customer("retail", **days), Customer("shop", "retail")),
        orders=(Order("O", "A", 35, at(4), customer="shop"),),
    )  # fmt: skip
    assert week(plant, segment="retail") == left


def test_segments_add_up_to_the_item(plant: Plant) -> None:
    rows = projections(*(("A", 0, 13, 77 + k, segment, 1) for k, segment in enumerate(("x", "y", "z"))))
    assert sum(quantities(replace(plant, projections=rows)).values()) == 77 + 78 + 79


def test_nothing_changes_without_marketings_tables(plant: Plant) -> None:
    assert date.fromordinal(MONDAY).weekday() == 0
    assert week(plant) == [100] * 7
