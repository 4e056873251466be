"""A first lot plan in no time: netting level by level, lots to cover natural order cycles.

Material requirements planning (Orlicky 1975) at bucket level with the plant's lot rules, lead
times estimated from run, wait and inspection minutes, and order cycles from the square-root
formula (Harris 1913). It knows no capacity: the schedule that follows does.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from capacityplan.demand import Demand, net
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.naming import mark
from capacityplan.domain.plan import Lot, Purchase
from capacityplan.domain.plant import (
    CalendarKind,
    Inspection,
    Item,
    Plant,
    ReceiptKind,
    Stage,
    StockStatus,
    SupplierOffer,
)
from capacityplan.domain.timeline import Ints, Timeline, WorkingTime
from capacityplan.prepare import order_sizes
from capacityplan.prepare.divide import side_by_side
from capacityplan.prepare.levels import low_level_order
from capacityplan.prepare.lotflow import comes_beside, components_taken, in_process, run_minutes, usual_hold
from capacityplan.solve.types import LotPlan, PlannedLot
from capacityplan.units import MINUTES_PER_DAY, MINUTES_PER_HOUR, ceil_div, ceil_fraction

_LONGEST_COVER_DAYS = 28
_MOST_LOTS_AT_ONCE = 2_000
_STORAGE_SHARE = 0.25
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Make:
    """How an item is made by its first version: output per unit started, minutes of lead time."""

    version: str
    output: Fraction
    lead_minutes: int
    setup_cost: float


def net_requirements(plant: Plant) -> LotPlan:
    """Plan lots and purchases by netting demand against stock, level by level.

    Parameters
    ----------
    plant : Plant

    Returns
    -------
    LotPlan
        Lots whose components are also planned; overtime is not used.
    """
    return _Netting(plant).plan()


class _Netting:
    def __init__(self, plant: Plant) -> None:
        self._plant, self._mark = plant, mark(plant)
        self._lookup = Lookup(plant)
        self._timeline = Timeline.of(plant)
        self._working = WorkingTime(plant, self._timeline)
        self._gross: dict[str, Ints] = defaultdict(lambda: np.zeros(len(self._timeline), dtype=np.int64))
        self._lots: list[PlannedLot] = []
        self._purchases: list[Purchase] = []
        demands: tuple[Demand, ...] = net(plant, self._timeline)
        for demand in demands:
            ship = max(0, int(self._timeline.ends[demand.bucket]) - demand.transit)
            bucket = max(0, min(self._timeline.bucket_of_end(ship), len(self._timeline) - 1))
            self._gross[demand.item][bucket] += demand.quantity
        self._supply = self._scheduled()

    def plan(self) -> LotPlan:
        for item in low_level_order(self._lookup):
            made = item in self._lookup.versions
            requirement = self._net(item)
            if not requirement.any():
                continue
            if made:
                self._make(item, requirement)
            else:
                self._buy(item, requirement)
        return LotPlan(tuple(self._lots), tuple(self._purchases), {}, "netting")

    def _scheduled(self) -> dict[str, Ints]:
        """Stock and scheduled receipts by bucket (what is held counts from its release)."""
        supply: dict[str, Ints] = defaultdict(lambda: np.zeros(len(self._timeline), dtype=np.int64))
        last = len(self._timeline) - 1
        for row in self._plant.stock:
            if row.status is not StockStatus.BLOCKED:
                supply[row.item][min(last, self._timeline.bucket_of_start(row.since))] += row.quantity
        for receipt in self._plant.receipts:
            stage = Stage.INCOMING if receipt.kind is ReceiptKind.PURCHASE else Stage.FINAL
            lag = usual_hold(self._lookup.inspections(stage, receipt.item))
            bucket = self._timeline.bucket_of_start(max(receipt.due, 0) + lag)
            if bucket <= last:
                supply[receipt.item][bucket] += receipt.quantity
            version = receipt.version or self._lookup.versions.get(receipt.item, ("",))[0]
            routing = [row.operation for row in self._lookup.routings.get((receipt.item, version), ())]
            if receipt.operation in routing and bucket <= last:
                first = routing.index(receipt.operation)
                for component, amount in comes_beside(
                    self._lookup, receipt.item, version, receipt.quantity, first
                ):
                    supply[component][bucket] += amount
        return supply

    def _net(self, item: str) -> Ints:
        """Quantity that must become free in each bucket to keep stock at its safety level."""
        flow = np.cumsum(self._supply[item] - self._gross[item] - self._wasted(item))
        short = np.maximum(self._lookup.safety_stocks(item, self._timeline) - flow, 0)
        return np.diff(np.maximum.accumulate(short), prepend=0)

    def _wasted(self, item: str) -> Ints:
        """Stock that expires before anything asks for it, by the bucket from which it may not be used."""
        size, row = len(self._timeline), self._lookup.items[item]
        wasted = np.zeros(size + 1, dtype=np.int64)
        if item not in self._lookup.perishable:
            return wasted[:-1]
        window = np.arange(size) < self._timeline.window_buckets
        latest = np.where(window, self._timeline.ends, self._timeline.starts)
        shelf = []
        for lot in self._plant.stock:
            life = None if row.shelf_life_days is None else row.shelf_life_days * MINUTES_PER_DAY
            expires = life if lot.expires is None else lot.expires
            if lot.item == item and lot.status is not StockStatus.BLOCKED and expires is not None:
                until = int(np.searchsorted(latest, expires - row.min_remaining_life_days * MINUTES_PER_DAY))
                shelf.append([until, self._timeline.bucket_of_start(lot.since), lot.quantity])
        shelf.sort()
        for bucket, wanted in enumerate(self._gross[item].tolist()):
            for place, (until, since, left) in enumerate(shelf):
                if since <= bucket < until:
                    taken = min(wanted, left)
                    shelf[place][2] -= taken
                    wanted -= taken
        for until, since, left in shelf:
            wasted[max(until, min(since, size))] += left
        return wasted[:-1]

    def _make(self, item: str, requirement: Ints) -> None:
        make = self._how(item)
        if make is None:
            return
        cover = self._cover_days(item, make.setup_cost, requirement)
        for bucket, wanted in self._grouped(requirement, cover):
            started = ceil_fraction(Fraction(wanted) / make.output)
            for lot in _lots(self._lookup.items[item], started):
                for quantity in side_by_side(self._lookup, item, make.version, lot):
                    self._plan_lot(item, make, quantity, bucket)

    def _plan_lot(self, item: str, make: _Make, quantity: int, bucket: int) -> None:
        row = self._lookup.items[item]
        need = int(self._timeline.ends[bucket])
        begin = max(need - make.lead_minutes, row.phase_in or 0, 0)
        if row.phase_out is not None and begin >= row.phase_out:
            begin = max(0, row.phase_out - MINUTES_PER_DAY)
        start = min(self._timeline.bucket_of_start(begin), bucket)
        ways = [(one, self._taken(item, one, quantity, start)) for one in self._recipes(item, make, start)]
        version, taken = ways[0]
        if len(ways) > 1:
            version, taken = min(ways, key=lambda way: self._short_of(way[1], start))
        lot = Lot(f"L{self._mark}{len(self._lots) + 1:05d}", item, quantity, version)
        self._lots.append(PlannedLot(lot, start, bucket, need))
        for component, amount in taken.items():
            self._gross[component][start] += amount
        for component, amount in comes_beside(self._lookup, item, version, quantity):
            self._supply[component][bucket] += amount

    def _recipes(self, item: str, make: _Make, start: int) -> list[str]:
        """Recipes of a version that a lot that starts in a bucket may have."""
        begin, end = int(self._timeline.starts[start]), int(self._timeline.ends[start])
        known = self._lookup.recipes_of(item, make.version)
        return [one for one in known if self._lookup.may_start(item, one, begin, end)] or [make.version]

    def _taken(self, item: str, version: str, quantity: int, start: int) -> dict[str, int]:
        """Components of a lot that starts in a bucket."""
        minute = int(self._timeline.starts[start])
        taken: dict[str, int] = defaultdict(int)
        for operation in self._lookup.routings[item, version]:
            for component, amount in components_taken(
                self._lookup, item, version, operation.operation, quantity, minute
            ):
                taken[component] += amount
        return taken

    def _short_of(self, taken: dict[str, int], start: int) -> tuple[bool, float]:
        """What is not in stock of a recipe's components: whether it comes too late, what it costs."""
        late, cost = False, 0.0
        for component, amount in taken.items():
            row, offers = self._lookup.items[component], self._offers(component)
            flow = np.cumsum(self._supply[component] - self._gross[component])
            spare = (flow - self._lookup.safety_stocks(component, self._timeline))[start:].min()
            missing = amount - min(amount, max(int(spare), 0))
            if missing and component not in self._lookup.versions:
                soon = min((rows[0].lead_time_days for rows in offers), default=None)
                late |= soon is None or soon * MINUTES_PER_DAY > self._timeline.starts[start]
            price = min((rows[0].price for rows in offers), default=row.unit_value)
            cost += missing / self._lookup.scale[component] * float(price)
        return late, cost

    def _offers(self, item: str) -> list[tuple[SupplierOffer, ...]]:
        return [tiers for (_, name), tiers in self._lookup.offers.items() if name == item]

    def _how(self, item: str) -> _Make | None:
        """Output, lead time and setup cost of the item's first version that has resources."""
        for version in self._lookup.versions[item]:
            routing = self._lookup.routings.get((item, version), ())
            modes = [self._lookup.modes.get((item, version, row.operation), ()) for row in routing]
            if routing and all(modes):
                return self._estimate(item, version)
        return None

    def _estimate(self, item: str, version: str) -> _Make:
        output, minutes, cost = Fraction(1), 0.0, 0.0
        row = self._lookup.items[item]
        typical = row.max_lot or max(row.min_lot, int(self._gross[item].mean()) * 3, 1)
        for operation in self._lookup.routings[item, version]:
            mode = self._lookup.modes[item, version, operation.operation][0]
            resource = self._lookup.resources[mode.resource]
            share = self._open_share(mode.resource)
            quantity = min(typical, operation.batch_size) if operation.batch_size else typical
            changeover = self._typical_changeover(resource.changeover_matrix)
            run = run_minutes(self._lookup, operation, mode, quantity)
            minutes += (run + mode.setup_minutes + changeover[0]) / share + operation.min_wait_minutes
            hourly = float(self._lookup.machine_hour(resource)) / MINUTES_PER_HOUR
            cost += changeover[1] + (mode.setup_minutes + changeover[0]) * hourly + float(mode.setup_cost)
            rows = in_process(self._lookup, item, operation.operation)
            minutes += usual_hold(rows)
            output *= operation.yield_fraction
            output *= _kept(rows)
        final = self._lookup.inspections(Stage.FINAL, item)
        minutes += usual_hold(final)
        cost += float(sum((row.cost_per_lot for row in final), Fraction(0)))
        slack = MINUTES_PER_DAY
        return _Make(version, max(output * _kept(final), Fraction(1, 100)), int(minutes) + slack, cost)

    def _open_share(self, resource: str) -> float:
        """Share of the calendar's time in which a resource works."""
        end = self._timeline.horizon_end
        return max(0.05, self._working.regular(resource).open_minutes(0, end) / end)

    def _typical_changeover(self, matrix: str) -> tuple[float, float]:
        rows = [
            row for row in self._plant.changeovers if row.matrix == matrix and row.from_group != row.to_group
        ]
        if not matrix or not rows:
            return 0.0, 0.0
        count = len(rows)
        return sum(row.minutes for row in rows) / count, float(
            sum((row.cost for row in rows), Fraction(0))
        ) / count

    def _cover_days(self, item: str, order_cost: float, requirement: Ints) -> float:
        """Days of demand an order should cover (square-root formula), within shelf life."""
        row = self._lookup.items[item]
        days = float(self._timeline.days.sum())
        per_day = float(requirement.sum()) / self._lookup.scale[item] / days
        rate = float(self._lookup.holding_rate(item))
        cover = math.sqrt(2 * order_cost / (rate * per_day)) if rate > 0 and per_day > 0 else 7.0
        if row.shelf_life_days is not None:
            cover = min(cover, max(1.0, (row.shelf_life_days - row.min_remaining_life_days) / 3))
        if row.storage and per_day > 0:
            capacity = next(area.capacity for area in self._plant.storages if area.storage == row.storage)
            cover = min(cover, float(capacity) * _STORAGE_SHARE / per_day)
        return min(max(cover, 1.0), _LONGEST_COVER_DAYS)

    def _grouped(self, requirement: Ints, cover: float) -> list[tuple[int, int]]:
        """Requirements grouped so that each group covers at most ``cover`` days: (bucket, quantity)."""
        groups: list[list[int]] = []
        first_day = self._timeline.first_day
        for bucket in np.flatnonzero(requirement).tolist():
            if groups and int(first_day[bucket] - first_day[groups[-1][0]]) < cover:
                groups[-1][1] += int(requirement[bucket])
            else:
                groups.append([bucket, int(requirement[bucket])])
        return [(bucket, quantity) for bucket, quantity in groups]

    def _buy(self, item: str, requirement: Ints) -> None:
        offers = self._offers(item)
        if not offers:
            return
        tiers = min(offers, key=lambda rows: (rows[0].price, rows[0].lead_time_days))
        order_cost = float(tiers[0].order_cost)
        cover = self._cover_days(item, order_cost, requirement)
        carried = 0
        hold = usual_hold(self._lookup.inspections(Stage.INCOMING, item))
        good = _kept(self._lookup.inspections(Stage.INCOMING, item))
        for bucket, wanted in self._grouped(requirement, cover):
            wanted = ceil_fraction(wanted / good)
            if carried >= wanted:
                carried -= wanted
                continue
            ordered = self._order(item, tiers, wanted - carried, bucket, hold)
            carried = max(0, carried + ordered - wanted)

    def _order(self, item: str, tiers: tuple[SupplierOffer, ...], wanted: int, bucket: int, hold: int) -> int:
        """Order what is wanted in a bucket, to arrive then or as soon as it can; return how much."""
        wish = int(self._timeline.starts[bucket]) - hold
        first = max(0, int(np.searchsorted(self._timeline.starts, wish, side="right")) - 1)
        for arrival in range(first, len(self._timeline)):
            arrives = int(self._timeline.starts[arrival])
            for lead in sorted({row.lead_time_days for row in tiers}):
                order_by = arrives - lead * MINUTES_PER_DAY
                sold = order_sizes.least(order_sizes.valid(tiers, order_by), wanted)
                if order_by < 0 or sold is None:
                    continue
                quantity, tier = sold
                weekly = tier.capacity_per_week
                fits = weekly is None or self._week_total(tier, item, arrival) + quantity <= weekly
                if fits and tier.lead_time_days <= lead and self._delivers(tier, arrives):
                    name = f"PO{self._mark}{len(self._purchases) + 1:05d}"
                    row = Purchase(name, tier.supplier, item, quantity, order_by, arrives)
                    self._purchases.append(row)
                    return quantity
        return 0

    def _delivers(self, tier: SupplierOffer, minute: int) -> bool:
        """Whether the supplier delivers on the day of a minute."""
        if not tier.calendar:
            return True
        clock = self._timeline.clock
        day = clock.ordinal(minute)
        opened = self._working.calendar(tier.calendar, CalendarKind.WORK, 1)
        return opened.open_minutes(clock.midnight(day), clock.midnight(day + 1)) > 0

    def _week_total(self, tier: SupplierOffer, item: str, bucket: int) -> int:
        week = self._week(int(self._timeline.starts[bucket]))
        return sum(
            row.quantity
            for row in self._purchases
            if row.item == item and row.supplier == tier.supplier and self._week(row.arrives) == week
        )

    def _week(self, minute: int) -> int:
        return (self._timeline.clock.ordinal(minute) - 1) // 7


def _kept(rows: tuple[Inspection, ...]) -> Fraction:
    """Share of a lot that inspections leave (every lot inspected; rework counts as kept)."""
    kept = Fraction(1)
    for row in rows:
        if row.every_lots == 1 and not row.rework_operation:
            kept *= 1 - row.reject_fraction
    return kept


def _lots(item: Item, quantity: int) -> list[int]:
    """Split a quantity into lots that obey minimum, multiple and maximum."""
    step = max(item.lot_multiple, 1)
    quantity = max(ceil_div(quantity, step) * step, ceil_div(item.min_lot, step) * step)
    if not item.max_lot or quantity <= item.max_lot:
        return [quantity]
    largest = item.max_lot // step * step
    count = min(ceil_div(quantity, largest), _MOST_LOTS_AT_ONCE)
    even = ceil_div(ceil_div(quantity, count), step) * step
    even = max(min(even, largest), ceil_div(item.min_lot, step) * step)
    return [even] * count
