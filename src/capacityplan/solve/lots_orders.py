"""Order lines from the model's purchases: as much as is used until the next one, in what suppliers sell."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from capacityplan.domain.naming import mark
from capacityplan.domain.plan import Purchase
from capacityplan.domain.plant import SupplierOffer
from capacityplan.formulate.builder import Floats
from capacityplan.formulate.lots.variables import Variables
from capacityplan.prepare.grid import Grid
from capacityplan.units import MINUTES_PER_DAY, ceil_div

_NEGLIGIBLE = 1e-5
"""Model units below which nothing is bought."""
_SLACK = 1e-4
_TRIFLE = 0.1
"""Share of a step that lots do without: they get so much smaller (`lots_fit`)."""


def order_lines(
    grid: Grid, x: Variables, values: Floats, used: Mapping[str, Floats], rounded: Mapping[str, Floats]
) -> list[Purchase]:
    """Order what cut lots and demand use, when the model orders it.

    Parameters
    ----------
    values : (columns,) float
        A solution of the model.
    used : dict of item to (buckets,) float
        Base units that lots and facts take less what lots bring, by bucket.
    rounded : dict of item to (buckets,) float
        What of it rounding lots to whole units may have added: no step more is bought for that.
    """
    wanted, tier = _wanted(grid, x, values)
    by_item: dict[str, list[int]] = defaultdict(list)
    for arrival in sorted(wanted, key=lambda a: (grid.arrivals[a].minute, a)):
        by_item[grid.arrivals[arrival].item].append(arrival)
    shipped = _shipped(grid, x, values)
    lines: list[Purchase] = []
    for item in sorted(by_item):
        index = grid.items[item]
        less = used.get(item, np.zeros(grid.buckets)) - grid.inflow[index] * float(grid.unit[index])
        trifles = np.cumsum(rounded.get(item, np.zeros(grid.buckets)))
        orders = _Orders(grid, item, np.cumsum(less + shipped[index]), trifles)
        for arrival, following in zip(by_item[item], [*by_item[item][1:], None], strict=True):
            orders.add(arrival, following, wanted[arrival], tier[arrival])
        lines += orders.lines(len(lines))
    return lines


def _wanted(grid: Grid, x: Variables, values: Floats) -> tuple[dict[int, float], dict[int, SupplierOffer]]:
    """Base units that the model buys by arrival, and the offer of the tier of most of it."""
    wanted: dict[int, float] = defaultdict(float)
    most: dict[int, tuple[float, SupplierOffer]] = {}
    for position, (arrival, tier) in enumerate(x.tiers.tolist()):
        bought = float(values[x.bought[position]])
        if bought > _NEGLIGIBLE:
            row = grid.arrivals[arrival]
            wanted[arrival] += bought * float(grid.unit[grid.items[row.item]])
            if arrival not in most or bought > most[arrival][0]:
                most[arrival] = bought, row.tiers[tier].offer
    return wanted, {arrival: offer for arrival, (_, offer) in most.items()}


def _shipped(grid: Grid, x: Variables, values: Floats) -> Floats:
    """Base units of every item that the model delivers, by bucket of shipping."""
    shipped = np.zeros((len(grid.items), grid.buckets))
    served, ships, columns = x.delivered[:, 0], x.delivered[:, 2], x.delivered[:, 3]
    item = grid.classes.item[served]
    np.add.at(shipped, (item, ships), values[columns] * np.asarray(grid.unit, dtype=float)[item])
    return shipped


class _Orders:
    """The order lines of one item, in the order of arrival.

    Rounded up one by one they would bring more and more that nobody takes, and what is carried over
    could bring a line below the quantity of its price.
    """

    def __init__(self, grid: Grid, item: str, used: Floats, trifles: Floats) -> None:
        self._grid, self._item, self._mark = grid, item, mark(grid.lookup.plant)
        self._used, self._trifles = used, trifles
        self._quantity: dict[int, int] = {}
        self._planned, self._ordered = 0.0, 0
        self._weekly: dict[tuple[str, int], int] = defaultdict(int)
        for (supplier, bought, week), quantity in grid.facts.bought.items():
            if bought == item:
                self._weekly[supplier, week] += quantity

    def add(self, arrival: int, following: int | None, wanted: float, offer: SupplierOffer) -> None:
        """Order what is used until the next line is free, or (but for a step) what the model has by then.

        Parameters
        ----------
        wanted : float
            Base units that the model buys.
        offer : SupplierOffer
            The tier at which it does.
        """
        rows, step = self._grid.arrivals, max(offer.order_multiple, 1)
        self._planned += wanted
        until = self._grid.buckets if following is None else rows[following].released
        lacking = float(self._used[rows[arrival].released : until].max(initial=0.0)) - self._ordered
        planned = self._planned - self._ordered
        if planned < lacking <= planned + min(float(self._trifles[until - 1]), step * _TRIFLE):
            lacking = planned
        need = max(lacking, planned - (step - 1))
        if need <= _SLACK:
            return
        quantity = self._sold(arrival, max(need, offer.from_quantity))
        self._quantity[arrival] = quantity
        self._ordered += quantity
        self._weekly[rows[arrival].supplier, rows[arrival].week] += quantity

    def _offer(self, arrival: int, quantity: float) -> SupplierOffer:
        """Tier of the largest break that a quantity reaches (the smallest where it reaches none)."""
        tiers = [tier.offer for tier in self._grid.arrivals[arrival].tiers]
        reached = [offer for offer in tiers if offer.from_quantity <= quantity]
        return max(reached, key=lambda offer: offer.from_quantity) if reached else tiers[0]

    def _sold(self, arrival: int, need: float) -> int:
        """Smallest quantity that the supplier sells and that covers a need."""
        quantity = max(1, math.ceil(need - _SLACK))
        for _ in range(3):
            offer = self._offer(arrival, quantity)
            step = max(offer.order_multiple, 1)
            rounded = ceil_div(max(quantity, offer.min_order, offer.from_quantity), step) * step
            if rounded == quantity:
                break
            quantity = rounded
        capacity = offer.capacity_per_week
        row = self._grid.arrivals[arrival]
        if capacity is not None:
            left = capacity - self._weekly[row.supplier, row.week]
            quantity = min(quantity, left // step * step)
        return quantity

    def lines(self, before: int) -> list[Purchase]:
        """The order lines as purchases."""
        found: list[Purchase] = []
        letters = "PT" if self._grid.facts.first else "PO"
        for arrival, quantity in self._quantity.items():
            offer, row = self._offer(arrival, quantity), self._grid.arrivals[arrival]
            if quantity < max(offer.min_order, offer.from_quantity, 1):
                continue
            order_by = row.minute - offer.lead_time_days * MINUTES_PER_DAY
            name = f"{letters}{self._mark}{before + len(found) + 1:05d}"
            found.append(Purchase(name, row.supplier, row.item, quantity, order_by, row.minute))
        return found
