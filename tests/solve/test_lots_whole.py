"""The model's quantities as whole units: order lines and lots that fit each other."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from lot_plants import order, plant, with_component

from capacityplan.domain.plan import Lot, Purchase
from capacityplan.domain.plant import Plant, Stock, SupplierOffer
from capacityplan.formulate.lots import formulate
from capacityplan.prepare.grid import Grid, Ground, grid_of
from capacityplan.solve.lots_fit import fitted
from capacityplan.solve.lots_orders import order_lines
from capacityplan.solve.types import PlannedLot

DEAR, CHEAP = (
    SupplierOffer("S", "C", 1, price=Fraction(10), order_multiple=10),
    SupplierOffer("S", "C", 1, price=Fraction(9), order_multiple=10, from_quantity=40),
)


def grid(found: Plant) -> Grid:
    ground = Ground(found)
    return grid_of(ground, ground.facts(frozenset()).facts)


def bought(orders: dict[int, tuple[float, int]], used: dict[int, int], rounded: float = 0.0) -> list[int]:
    """Quantities of the lines for what a model buys (by bucket: quantity and tier) and lots use.

    Parameters
    ----------
    rounded : float
        What of the use in every bucket rounding lots may have added.
    """
    here = grid(with_component(plant([order("A", 8, 10)]), (DEAR, CHEAP)))
    model, x = formulate(here)
    values, taken = np.zeros(len(model.cost)), np.zeros(here.buckets)
    for position, (arrival, tier) in enumerate(x.tiers.tolist()):
        quantity, wanted = orders.get(here.arrivals[arrival].bucket, (0.0, 0))
        if tier == wanted:
            values[x.bought[position]] = quantity / float(here.unit[here.items["C"]])
    for bucket, quantity in used.items():
        taken[bucket] = quantity
    added = np.where(taken > 0, rounded, 0.0)
    return [row.quantity for row in order_lines(here, x, values, {"C": taken}, {"C": added})]


@pytest.mark.parametrize(
    ("orders", "used", "expected"),
    [
        # As much as is used until the next line, in whole multiples: nothing adds up that nobody takes.
        ({2: (13.0, 0), 5: (13.0, 0)}, {3: 13, 6: 13}, [20, 10]),
        ({2: (12.0, 0), 4: (12.0, 0), 6: (12.0, 0)}, {2: 10, 4: 10, 6: 10}, [10, 10, 10]),
        # Rounded, lots take one piece more than the model thought.
        ({2: (10.0, 0), 5: (10.0, 0)}, {3: 11, 6: 9}, [20]),
        # What an earlier line brings too much does not bring a later one below the quantity of its price.
        ({2: (42.0, 1), 5: (40.0, 1)}, {3: 42, 6: 36}, [50, 40]),
        # Bought ahead of its use, as the model wants it, but for less than a multiple.
        ({2: (39.0, 0), 5: (10.0, 0)}, {3: 5, 8: 44}, [30, 20]),
    ],
)
def test_lines_bring_what_is_used(
    orders: dict[int, tuple[float, int]], used: dict[int, int], expected: list[int]
) -> None:
    assert bought(orders, used) == expected


@pytest.mark.parametrize(
    ("first", "rounded", "expected"),
    [(11, 2.0, [10, 10]), (11, 0.5, [20]), (12, 2.0, [20]), (10, 2.0, [10, 10])],
)
def test_no_step_more_is_bought_for_what_rounding_added(
    first: int, rounded: float, expected: list[int]
) -> None:
    """Lots of 11 pieces do without one that rounding added (a tenth of a step), not without two."""
    assert bought({2: (10.0, 0), 5: (10.0, 0)}, {3: first, 6: 20 - first}, rounded) == expected


def lot(name: str, quantity: int, bucket: int) -> PlannedLot:
    return PlannedLot(Lot(name, "A", quantity, ""), bucket, bucket, (bucket + 1) * 1440, ())


def sizes(lots: list[PlannedLot], arrives: int = 3, least: int = 0) -> list[int]:
    """Sizes of lots of A, each piece of one C, where 20 C lie in stock and 50 come later."""
    base = with_component(plant([order("A", 8, 10)]), (DEAR,))
    item = replace(base.items[0], min_lot=least)
    stocked = replace(base, items=(item, *base.items[1:]), stock=(Stock("s", "C", 20),))
    line = Purchase("P", "S", "C", 50, 0, arrives * 1440)
    found = fitted(grid(stocked), lots, [line], lambda one: [("C", one.lot.quantity)])
    return [one.lot.quantity for one in found]


def test_a_piece_that_lacks_a_component_is_left_to_the_next_lot() -> None:
    assert sizes([lot("1", 21, 1), lot("2", 5, 4)]) == [20, 6]
    assert sizes([lot("1", 10, 0), lot("2", 11, 1), lot("3", 5, 4)]) == [10, 10, 6]
    assert sizes([lot("1", 21, 1)]) == [20]


def test_lots_stay_where_there_are_enough_or_far_too_few() -> None:
    assert sizes([lot("1", 20, 1), lot("2", 5, 4)]) == [20, 5]
    assert sizes([lot("1", 30, 1), lot("2", 5, 4)]) == [30, 5]  # not by rounding: something else is wrong
    assert sizes([lot("1", 21, 1), lot("2", 5, 4)], least=21) == [21, 5]
