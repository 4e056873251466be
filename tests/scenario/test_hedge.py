"""Hedging: scenarios from ranges, safety stocks by their formula, and a choice that other futures confirm."""

import math
from dataclasses import replace
from fractions import Fraction

import pytest
from scipy.special import ndtri

from capacityplan.demand.netting import net
from capacityplan.domain.plan import Delivery, Lost, Plan, Provenance
from capacityplan.domain.plant import (
    Customer,
    Horizon,
    Item,
    ItemKind,
    MarketEvent,
    Plant,
    Stock,
    SupplierOffer,
)
from capacityplan.domain.projections import Projections
from capacityplan.scenario import apply
from capacityplan.scenario.buffers import buffers
from capacityplan.scenario.fitted import fitted
from capacityplan.scenario.futures import Uncertainty
from capacityplan.scenario.generate import generate
from capacityplan.scenario.hedge import hedge, with_buffers
from capacityplan.scenario.stress import replayed
from capacityplan.scenario.tranches import with_tranches
from capacityplan.solve.solve import Settings
from capacityplan.verify import check

FIRST = 739985  # 2027-01-04, a Monday
DAYS = 28


def projected(low: int, quantity: int, high: int) -> Projections:
    """One row a day of item A to segment shop."""
    size, zero = DAYS, [0] * DAYS
    days = [FIRST + day for day in range(size)]
    return Projections(
        ("", "A", "shop"), item=[1] * size, start=days, end=days, quantity=[quantity] * size, stream=zero,
        segment=[2] * size, certainty=zero, weight_millionths=[10**6] * size, low=[low] * size,
        high=[high] * size, author=zero, dated=zero,
    )  # fmt: skip


@pytest.fixture
def trade() -> Plant:
    """A is bought, seven days ahead, and sold at five times its price; deliveries are often late."""
    offer = SupplierOffer(
        "S", "A", 7, price=Fraction(10), order_cost=Fraction(5), quality_rating=Fraction(7, 10)
    )
    return Plant(
        "trade", "2027-01-04T00:00", "UTC", "EUR", horizon=Horizon(DAYS, 0, 0, 7),
        items=(Item("A", ItemKind.FINISHED, unit_value=Fraction(10), price=Fraction(50),
                    holding_cost_per_day=Fraction(1, 50), salvage_value=Fraction(8)),),
        stock=(Stock("opening", "A", 800),),
        suppliers=(offer,), customers=(Customer("shop", service_target=Fraction(9, 10)),),
        projections=projected(50, 100, 150),
    )  # fmt: skip


def test_scenarios_from_ranges_and_events_have_probabilities_that_add_up(trade: Plant) -> None:
    assert [(row.name, row.probability) for row in generate(trade)] == [
        ("demand-low", Fraction(3, 10)), ("demand-middle", Fraction(2, 5)), ("demand-high", Fraction(3, 10)),
    ]  # fmt: skip
    rival = MarketEvent("rival", 0, 7 * 1440, Fraction(-1, 2), probability=Fraction(1, 4))
    more = generate(replace(trade, market_events=(rival,)))
    assert len(more) == 6
    assert sum(row.probability or 0 for row in more) == 1
    chances = [row.probability for row in more if row.name.endswith("-with-rival")]
    assert chances == [Fraction(3, 40), Fraction(1, 10), Fraction(3, 40)]


def test_a_generated_scenario_is_the_quantile_of_the_range(trade: Plant) -> None:
    low, _, high = generate(trade)
    # Triangular from 50 over 100 to 150: its tenth is 50 + sqrt(0.1 * 100 * 50), its ninetieth mirrors it.
    tenth = 50 + math.sqrt(0.1 * 100 * 50)
    assert apply(trade, low).projections.quantity[0] == round(tenth)
    assert apply(trade, high).projections.quantity[0] == round(200 - tenth)


def test_the_safety_stock_is_that_of_the_formula(trade: Plant) -> None:
    (row,) = buffers(trade, Uncertainty(correlation=0.0))
    deviation = math.sqrt((150 - 50) ** 2 / 24)  # symmetric triangular
    late = 1.4 * math.sqrt(2 * 0.3 - 0.3**2)  # exponential of mean 1.4 days in three of ten deliveries
    wanted = float(ndtri(0.9)) * math.sqrt(deviation**2 * 14 + (100 * late) ** 2)
    assert row.interval_days == 14
    assert row.quantity == round(wanted)
    (sure,) = buffers(replace(trade, projections=projected(100, 100, 100), suppliers=(
        replace(trade.suppliers[0], quality_rating=Fraction(1)),)))  # fmt: skip
    assert sure.quantity == 0
    (spoils,) = buffers(replace(trade, items=(replace(trade.items[0], shelf_life_days=4),)))
    assert spoils.quantity == 200


def test_higher_targets_ask_for_more(trade: Plant) -> None:
    def height(target: Fraction) -> int:
        return buffers(replace(trade, customers=(Customer("shop", service_target=target),)))[0].quantity

    assert height(Fraction(1, 2)) == 0 < height(Fraction(9, 10)) < height(Fraction(99, 100))
    stocks = buffers(trade)
    assert with_buffers(trade, stocks).items[0].safety_stock == stocks[0].quantity


def test_the_hedged_plan_is_cheaper_in_futures_that_did_not_choose(trade: Plant) -> None:
    found = hedge(trade, Settings(seconds=2, workers=1), samples=600, training=200)
    assert found is not None
    assert isinstance(found.chosen.plan, Plan)
    assert check(trade, found.chosen.plan).verified
    assert found.saving.mean - found.saving.plus_minus > 0
    assert found.service_hedged.mean > found.service_expected.mean
    again = replayed(trade, found.chosen.plan, 600, 1, Uncertainty()).cost.mean()
    assert found.hedged.mean == pytest.approx(again)


def test_tranches_are_what_quantiles_of_cumulative_demand_add_from_week_to_week(trade: Plant) -> None:
    more = with_tranches(trade, Uncertainty(correlation=1.0), 4000, 0)
    rows = [row for row in more.orders if row.order.endswith(":0")]
    assert [row.due // 1440 for row in rows] == [7, 14, 21, 28]
    # Triangular from 50 over 100 to 150: its third quartile is 150 - 50 sqrt(0.5); all days move together.
    weekly = 7 * (50 - 50 * math.sqrt(0.5))
    assert sum(row.quantity for row in rows) == pytest.approx(4 * weekly, rel=0.05)
    assert rows[0].quantity == pytest.approx(weekly, rel=0.05)
    chance = 1 - (0.5 + 0.75) / 2
    assert float(rows[0].late_cost_per_day or 0) == pytest.approx(chance * 0.5 - (1 - chance) / 50)
    assert float(rows[0].lost_cost or 0) == pytest.approx(chance * 50 - (1 - chance) / 50 * 21)
    half = with_tranches(trade, Uncertainty(correlation=1.0), 4000, 0, 0.5)
    assert sum(row.quantity for row in half.orders) == pytest.approx(
        sum(row.quantity for row in more.orders) / 2, rel=0.02
    )


def test_tranches_are_weighed_once_as_their_item_is_positioned(trade: Plant) -> None:
    heavy = replace(trade, items=(replace(trade.items[0], positioning_weight=Fraction(5, 2)),))
    more = with_tranches(heavy, Uncertainty(correlation=1.0), 200, 0)
    own = {row.order for row in more.orders}
    first = next(row for row in net(more) if row.demand in own)
    # What is held in vain costs what it costs, whatever the item weighs.
    chance = 1 - (0.5 + 0.75) / 2
    assert float(first.late_rate) == pytest.approx(chance * 0.5 * 2.5 - (1 - chance) / 50, abs=1e-5)
    assert float(first.lost_rate) == pytest.approx(chance * 50 * 2.5 - (1 - chance) / 50 * 21, abs=1e-5)


def test_tranches_consume_nothing_that_is_projected(trade: Plant) -> None:
    more = with_tranches(trade, Uncertainty(), 200, 0)
    own = {row.order for row in more.orders}
    assert own
    assert [row for row in net(more) if row.demand not in own] == list(net(trade))


def test_tranches_of_what_spoils_do_not_add_up_beyond_its_life(trade: Plant) -> None:
    def beyond(life: int | None) -> int:
        item = replace(trade.items[0], shelf_life_days=life)
        more = with_tranches(replace(trade, items=(item,)), Uncertainty(), 500, 0)
        return sum(row.quantity for row in more.orders)

    assert 0 < beyond(4) < beyond(8) < beyond(None) / 2


def test_demand_that_does_not_vary_has_no_tranches(trade: Plant) -> None:
    assert with_tranches(trade, Uncertainty(sources=("yield",)), 100, 0) is trade


def test_what_was_planned_beyond_demand_serves_what_was_late_or_lost(trade: Plant) -> None:
    """800 are there: of 100 a day, 500 are kept for a chance, and days 4 to 8 are late or lost for it."""
    plan = Plan(
        Provenance("trade", trade.hash()),
        deliveries=(
            *(Delivery(f"P:A:shop:{day}", "A", 100, (day + 1) * 1440, (day + 1) * 1440) for day in range(3)),
            Delivery("chance", "A", 500, 4 * 1440, 4 * 1440),
        ),
        lost=tuple(Lost(f"P:A:shop:{day}", 100) for day in range(3, DAYS)),
    )
    made = fitted(trade, plan)
    assert check(trade, made).verified
    assert {row.demand: row.arrive // 1440 for row in made.deliveries} == {
        f"P:A:shop:{day}": day + 1 for day in range(8)
    }
    assert sum(row.quantity for row in made.lost) == 100 * (DAYS - 8)
