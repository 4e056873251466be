"""Finite bounds of every quantity, for plans that cost at most ``limit``.

A certified bound needs a finite range for every column. The ranges here hold for every plan whose
cost is at most ``limit``; a plan that costs more than ``limit`` is above every bound that is at
most ``limit``, and no larger bound is ever stated (`capacityplan.verify.bound`). So the ranges
take nothing away. They follow from what can be worked off in the horizon's working time, from
prices (a purchase of p units costs p times its price) and from holding (what came in and did not
leave is charged at the bucket's end), item by item from finished goods down.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from capacityplan.domain.plant import Stage
from capacityplan.verify.relaxation.chains import Chain, Step

if TYPE_CHECKING:
    from capacityplan.verify.relaxation.grid import Grid

_LEAST_LIMIT = 1000
_ZERO = Fraction(0)


class Caps:
    """Bounds by item and chain.

    Attributes
    ----------
    limit : Fraction
        Plans that cost more are left aside.
    free : set of str
        Items whose supply nothing bounds: the relaxation takes them as given in any quantity.
    bounded : bool
        Whether the value of what is left at the end is bounded; without that no bound is.
    """

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self.limit = max(self._limit(), grid.least_limit)
        self.free: set[str] = set()
        self.bounded = True
        self._outflow: dict[str, Fraction] = {}
        self._inflow: dict[str, Fraction] = {}
        self._quantity: dict[tuple[str, str], Fraction | None] = {}
        self._purchase: dict[str, Fraction | None] = {}
        self._demanded: dict[str, Fraction] = {}
        for row in grid.demands:
            units = Fraction(row.quantity, grid.lookup.scale[row.item])
            self._demanded[row.item] = self._demanded.get(row.item, _ZERO) + units
        self._fixed: dict[str, Fraction] = {}
        for one in grid.inflows:
            self._fixed[one.item] = self._fixed.get(one.item, _ZERO) + one.most
        self._routes: dict[str, list[Chain]] = {}
        for route in grid.routes:
            self._routes.setdefault(route.item, []).append(route)
        self._spend = self.limit + self._credit()
        self.parents_first = tuple(self._parents_first())
        for item in self.parents_first:
            self._settle(item)

    def quantity(self, chain: Chain) -> Fraction | None:
        """Most started units of a chain that are complete in a bucket; None where unbounded."""
        return self._quantity[chain.item, chain.version]

    def lots(self, chain: Chain) -> Fraction:
        """Most lots of a chain that are complete in a bucket."""
        return (self.quantity(chain) or _ZERO) / chain.smallest

    def purchase(self, item: str) -> Fraction:
        """Most units bought that arrive in a bucket."""
        return self._purchase.get(item) or _ZERO

    def demanded(self, item: str) -> Fraction:
        """Units demanded in all."""
        return self._demanded.get(item, _ZERO)

    def stock(self, item: str) -> Fraction:
        """Most units in stock at a bucket's end."""
        grid = self._grid
        most = self._fixed.get(item, _ZERO) + grid.size * self._inflow[item]
        rate = grid.lookup.holding_rate(item)
        if rate > 0:
            most = min(most, self._spend / (rate * min(grid.days)))
        return max(most, _ZERO)

    def turnover(self, item: str) -> Fraction:
        """Most units that can leave stock in a bucket."""
        return self.stock(item) + self._inflow[item]

    def total(self, item: str) -> Fraction:
        """Most units that can come in over the horizon."""
        return self._fixed.get(item, _ZERO) + self._grid.size * self._inflow[item]

    def _limit(self) -> Fraction:
        """Twice what it costs to make nothing and lose all demand, and a little."""
        grid = self._grid
        days = sum(grid.days)
        total = _ZERO
        for row in grid.demands:
            units = Fraction(row.quantity, grid.lookup.scale[row.item])
            total += units * (row.lost_rate + row.late_rate * days)
        for one in grid.inflows:
            total += one.most * grid.lookup.holding_rate(one.item) * days
        short = grid.plant.costs.safety_stock_rate_per_day * days
        for item, found in grid.lookup.items.items():
            most = int(grid.lookup.safety_stocks(item, grid.timeline).max())
            total += Fraction(most, grid.lookup.scale[item]) * found.unit_value * short
        return 2 * total + _LEAST_LIMIT

    def _credit(self) -> Fraction:
        """Most that salvage of produced stock can bring; bought stock must cost more than it brings."""
        credit = _ZERO
        for item, row in self._grid.lookup.items.items():
            if row.salvage_value <= 0:
                continue
            credit += row.salvage_value * self._fixed.get(item, _ZERO)
            for route in self._routes.get(item, []):
                most = self._worked(route)
                if most is None:
                    self.bounded = False
                else:
                    credit += row.salvage_value * most
            prices = [offer.price for offer in self._grid.plant.suppliers if offer.item == item]
            if prices and min(prices) <= row.salvage_value:
                self.bounded = False
            for offer in self._grid.orders:
                if offer[1].item == item:
                    credit += row.salvage_value * offer[1].smallest
                credit += row.salvage_value * _rate(self._grid, offer[1], item) * offer[1].smallest
            for route in (one for routes in self._routes.values() for one in routes):
                rate = _rate(self._grid, route, item)
                most = self._worked(route) if rate else _ZERO
                if most is None:
                    self.bounded = False
                else:
                    credit += row.salvage_value * rate * most
        return credit

    def _parents_first(self) -> list[str]:
        lookup = self._grid.lookup
        order: list[str] = []
        seen: set[str] = set()
        made_of: dict[str, list[str]] = {}
        for line in self._grid.plant.bill_of_materials:
            made_of.setdefault(line.component, []).append(line.item)

        def visit(item: str) -> None:
            if item not in seen:
                seen.add(item)
                for parent in made_of.get(item, []):
                    visit(parent)
                order.append(item)

        for item in lookup.items:
            visit(item)
        return order

    def _settle(self, item: str) -> None:
        """Bound what leaves an item, then what comes in."""
        grid = self._grid
        consumed = self._consumed(item)
        routes = self._routes.get(item, [])
        if consumed is None:
            self.free.add(item)
            consumed = _ZERO
        self._outflow[item] = self.demanded(item) + consumed
        accepted = None if item in self.free else self._held(item)
        total = self._fixed.get(item, _ZERO)
        total += sum(
            (order.out.high * order.smallest for _, order in grid.orders if order.item == item), _ZERO
        )
        for route in routes:
            most = _least(self._worked(route), _started(route, accepted), self._paid(route))
            self._quantity[item, route.version] = most
            if most is None:
                self.free.add(item)
            else:
                total += most * route.out.high
        beside = self._beside(item)
        if beside is None:
            self.free.add(item)
        total += beside or _ZERO
        bought = self._bought(item, accepted)
        self._purchase[item] = bought
        self._inflow[item] = total + (bought or _ZERO)

    def _beside(self, item: str) -> Fraction | None:
        """Most units that come as by-products in a bucket; None where what they come of is unbounded."""
        total = _ZERO
        for routes in self._routes.values() if item in self._grid.beside else ():
            for route in routes:
                rate = _rate(self._grid, route, item)
                most = self._quantity[route.item, route.version] if rate else _ZERO
                if most is None:
                    return None
                total += most * rate * route.steps[-1].enter.high
        for _, order in self._grid.orders:
            total += _rate(self._grid, order, item) * order.smallest
        return total

    def _consumed(self, item: str) -> Fraction | None:
        """Most units that production takes in a bucket; None where a parent is unbounded."""
        grid = self._grid
        base = grid.base(item)
        total = _ZERO
        for line in grid.plant.bill_of_materials:
            if line.component != item or line.by_product:
                continue
            per = grid.need(line, line.item)
            for route in self._routes.get(line.item, []):
                most = self._quantity[line.item, route.version]
                if most is None:
                    return None
                total += most * per + most / route.smallest * base
            rest = self._fixed.get(line.item, _ZERO) + (self._purchase.get(line.item) or _ZERO)
            rest += sum((order.smallest for _, order in grid.orders if order.item == line.item), _ZERO)
            total += rest * per + base
        return total

    def _held(self, item: str) -> Fraction | None:
        """Most accepted units in a bucket: what does not leave is held, and that is charged."""
        grid = self._grid
        rate = grid.lookup.holding_rate(item)
        life = grid.lookup.items[item].shelf_life_days
        if rate <= 0:
            return None
        if life is not None and any(grid.earliest_expiry(t, life) <= t for t in range(grid.size)):
            return None
        return self._spend / (rate * min(grid.days)) + self._outflow[item]

    def _worked(self, route: Chain) -> Fraction | None:
        """Most started units that the working time of the horizon is enough for."""
        bounds = [self._at(route, step) for step in route.steps]
        return _least(*bounds)

    def _at(self, route: Chain, step: Step) -> Fraction | None:
        grid = self._grid
        total = _ZERO
        for mode in step.modes:
            room = Fraction(grid.total_capacity(mode.resource))
            fixed, per = grid.work(route.item, step.operation, mode)
            per_unit = per * step.enter.low + min(fixed - per * step.enter.loss, _ZERO) / route.smallest
            if per_unit > 0:
                total += room / per_unit
            elif fixed > 0 and route.largest is not None and fixed > per * step.enter.loss:
                total += room / (fixed - per * step.enter.loss) * route.largest
            else:
                return None
        return total

    def _paid(self, route: Chain) -> Fraction | None:
        """Most started units that the limit pays the run minutes of."""
        bounds: list[Fraction | None] = []
        for step in route.steps:
            rates = []
            for mode in step.modes:
                _, per = self._grid.work(route.item, step.operation, mode)
                rate = self._grid.batch_or_mode_rate(route.item, step, mode)
                rates.append(rate * (per * (step.enter.low - step.enter.loss / route.smallest)))
            if rates and min(rates) > 0:
                bounds.append(self._spend / min(rates))
        return _least(*bounds)

    def _bought(self, item: str, accepted: Fraction | None) -> Fraction | None:
        grid = self._grid
        offers = [offer for offer in grid.plant.suppliers if offer.item == item]
        if not offers:
            return _ZERO
        lowest = min(offer.price for offer in offers)
        salvage = grid.lookup.items[item].salvage_value
        most = self._spend / (lowest - salvage) if lowest > salvage else None
        if accepted is not None and not grid.lookup.inspections(Stage.INCOMING, item):
            most = accepted if most is None else min(most, accepted)
        if most is None:
            self.free.add(item)
        return most


def _rate(grid: Grid, route: Chain, item: str) -> Fraction:
    """Units of a by-product for a unit that enters the last operation."""
    return sum((rate for component, rate in grid.by_products(route) if component == item), _ZERO)


def _least(*bounds: Fraction | None) -> Fraction | None:
    """The smallest of the bounds that there are."""
    return min((one for one in bounds if one is not None), default=None)


def _started(route: Chain, accepted: Fraction | None) -> Fraction | None:
    """Most started units if so many are accepted."""
    share = route.out.low - route.out.loss / route.smallest
    return accepted / share if accepted is not None and share > 0 else None
