"""What a shop's model minimises: the longest lateness, or what its schedule costs."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction

from ortools.sat.python import cp_model

from capacityplan.domain.plant import OperationResource
from capacityplan.solve.minute.exact_model import Shop, output
from capacityplan.solve.minute.exact_promises import WHOLE_SHARE, Promise
from capacityplan.solve.minute.plain import mode_price
from capacityplan.units import MINUTES_PER_DAY, MINUTES_PER_HOUR, ceil_fraction

_LARGEST_PRICE = 1_000_000
_LARGEST_SUM = 1 << 56
Price = tuple[cp_model.LinearExprT, Fraction, int]
"""An expression, the price of one of it, and its largest value."""


def least_latest(shop: Shop, promises: Sequence[Promise]) -> None:
    """Minimise the longest lateness: an objective along which the machines' limits propagate."""
    prices = _Prices(shop, promises, Fraction(1))
    lates = [
        prices.late([lot for lot, _ in promise.lots], promise.due)
        for promise in promises
        if promise.late_price
    ]
    worst = shop.model.new_int_var(0, shop.axis.length, "latest")
    shop.model.add_max_equality(worst, lates)
    shop.model.minimize(worst)


def least_cost(shop: Shop, promises: Sequence[Promise], clock_per_work: Fraction) -> None:
    """Minimise lateness, holding, machine time and makespan; where nothing costs, complete early.

    Parameters
    ----------
    shop : Shop
    promises : sequence of Promise
    clock_per_work : Fraction
        Elapsed minutes for every minute of the axis: what a late minute there really costs.
    """
    prices = _Prices(shop, promises, clock_per_work).all()
    if not prices:
        shop.model.minimize(sum(shop.end(lot.lot) for lot in shop.lots))
        return
    scale = _scale(prices)
    shop.model.minimize(sum(ceil_fraction(price * scale) * what for what, price, _ in prices))


def _scale(prices: Sequence[Price]) -> Fraction:
    """A factor that makes prices whole numbers, small ones where they have a common measure."""
    measure = math.lcm(*(price.denominator for _, price, _ in prices))
    scale = Fraction(measure, math.gcd(*(int(price * measure) for _, price, _ in prices)))
    scale = min(scale, Fraction(_LARGEST_PRICE) / max(abs(price) for _, price, _ in prices))
    return min(scale, _LARGEST_SUM / sum((abs(price) * reach for _, price, reach in prices), Fraction(0)))


class _Prices:
    def __init__(self, shop: Shop, promises: Sequence[Promise], clock_per_work: Fraction) -> None:
        self._shop, self._promises = shop, promises
        self._model, self._axis, self._lookup = shop.model, shop.axis, shop.lookup
        self._clock = clock_per_work

    def all(self) -> list[Price]:
        """Everything that has a price."""
        rows = [row for promise in self._promises for row in self._delivery(promise)]
        rows += self._wholes() + self._work() + self._held()
        makespan = self._lookup.plant.costs.makespan_cost_per_minute
        if makespan:
            span = self._model.new_int_var(0, self._axis.length, "makespan")
            self._model.add_max_equality(span, [self._shop.end(lot.lot) for lot in self._shop.lots])
            rows.append((span, makespan * self._clock, self._axis.length))
        return [row for row in rows if row[1]]

    def _delivery(self, promise: Promise) -> list[Price]:
        """Being late with a delivery, and holding its parts until it leaves."""
        length, earliest = self._axis.length, self._axis.before(promise.earliest)
        lots = [lot for lot, _ in promise.lots]
        late = self.late(lots, promise.due)
        rows: list[Price] = [(late, promise.late_price * self._clock, length)]
        if not any(held for _, held in promise.lots):
            return rows
        leaves = self._model.new_int_var(earliest, length, "leaves")
        done = self._hinted(lots)
        if done is not None:
            self._model.add_hint(leaves, max(earliest, done))
        for lot, held in promise.lots:
            self._model.add(leaves >= self._shop.end(lot))
            rows.append((leaves - self._shop.end(lot), held * self._clock, length))
        return rows

    def _wholes(self) -> list[Price]:
        """Demands of several deliveries: the share of their price that guides to completing them."""
        parts: dict[str, list[Promise]] = defaultdict(list)
        for promise in self._promises:
            parts[promise.demand].append(promise)
        rows: list[Price] = []
        for pieces in parts.values():
            if len(pieces) > 1:
                late = self.late([lot for piece in pieces for lot, _ in piece.lots], pieces[0].due)
                price = sum((piece.late_price for piece in pieces), Fraction(0)) * WHOLE_SHARE
                rows.append((late, price * self._clock, self._axis.length))
        return rows

    def late(self, lots: Sequence[str], due: int) -> cp_model.IntVar:
        """How long after an instant the last of some lots is complete."""
        late = self._model.new_int_var(0, self._axis.length, "late")
        limit = self._axis.before(due)
        for lot in lots:
            self._model.add(late >= self._shop.end(lot) - limit)
        done = self._hinted(lots)
        if done is not None:
            self._model.add_hint(late, max(0, done - limit))
        return late

    def _hinted(self, lots: Sequence[str]) -> int | None:
        """When the hint has completed lots; None where it has not all of them."""
        hints = [self._shop.chains[lot][-1].hint for lot in lots]
        known = [hint[2] for hint in hints if hint]
        return max(known) if len(known) == len(hints) else None

    def _work(self) -> list[Price]:
        """Machine, labour and setup cost, where modes or sequence make a difference."""
        rows: list[Price] = []
        for chain in self._shop.chains.values():
            for task in chain:
                if len(task.options) > 1:
                    rows += [
                        (option.chosen, mode_price(self._lookup, option.mode, option.minutes), 1)
                        for option in task.options
                    ]
        for arc in self._shop.arcs:
            rate = self._lookup.machine_hour(self._lookup.resources[arc.machine]) / MINUTES_PER_HOUR
            wages = max((self._wage(option.mode) for option in arc.after.options), default=Fraction(0))
            rows.append((arc.taken, arc.price + arc.minutes * (rate + wages), 1))
        return rows

    def _wage(self, mode: OperationResource) -> Fraction:
        return self._lookup.wage(mode) / MINUTES_PER_HOUR

    def _held(self) -> list[Price]:
        """Holding components: from when they are there to the completion of the lot that takes them."""
        rows: list[Price] = []
        taken: set[str] = set()
        for lot, chain in self._shop.chains.items():
            price = Fraction(0)
            for task in chain:
                for component, amount in self._shop.components(task):
                    price += self._holding(component) * amount
                    taken.add(component)
            rows.append((self._shop.end(lot), price * self._clock, self._axis.length))
        for lot, chain in self._shop.chains.items():
            item = chain[-1].lot.item
            if item in taken:
                price = self._holding(item) * output(chain)
                rows.append((-1 * self._shop.end(lot), price * self._clock, self._axis.length))
        return rows

    def _holding(self, item: str) -> Fraction:
        """Money for holding a base unit for a minute."""
        return self._lookup.holding_rate(item) / self._lookup.scale[item] / MINUTES_PER_DAY
