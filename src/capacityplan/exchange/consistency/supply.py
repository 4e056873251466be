"""Supply: lot sizes, stock levels, price breaks, and worth that would make a plan unbounded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import OperationResource, SupplierOffer
from capacityplan.errors import Finding
from capacityplan.exchange.consistency.process import find_cycle
from capacityplan.exchange.draft import Draft

_FOREVER = 10**12


def check_lot_sizes(draft: Draft) -> Iterator[Finding]:
    """Some lot keeps minimum, multiple and maximum."""
    for position, row in draft.trusted("items"):
        if not row.max_lot:
            continue
        if row.min_lot > row.max_lot:
            yield draft.finding("items", position, "max_lot", "sizes_out_of_order",
                                "the largest lot is smaller than the smallest")  # fmt: skip
        elif row.lot_multiple and row.max_lot // row.lot_multiple * row.lot_multiple < max(row.min_lot, 1):
            yield draft.finding("items", position, "max_lot", "no_lot_size",
                                "no multiple of lot_multiple lies between min_lot and max_lot")  # fmt: skip


def check_stock_levels(draft: Draft) -> Iterator[Finding]:
    """Stock levels and shelf life leave room."""
    most: dict[str, int] = {}
    for position, row in draft.trusted("items"):
        if row.max_stock is not None and row.max_stock < row.safety_stock:
            yield draft.finding("items", position, "max_stock", "sizes_out_of_order",
                                "the maximum stock is below the safety stock")  # fmt: skip
        elif row.max_stock is not None:
            most[row.item] = row.max_stock
        if row.shelf_life_days is not None and row.min_remaining_life_days >= row.shelf_life_days:
            yield draft.finding("items", position, "min_remaining_life_days", "sizes_out_of_order",
                                "customers ask for more life than the item has",
                                expected=f"less than {row.shelf_life_days}")  # fmt: skip
    for position, row in draft.trusted("life_cycle"):
        if row.safety_stock is not None and row.safety_stock > most.get(row.item, row.safety_stock):
            yield draft.finding("life_cycle", position, "safety_stock", "sizes_out_of_order",
                                "the safety stock of this phase is above the maximum stock")  # fmt: skip


def check_price_tiers(draft: Draft) -> Iterator[Finding]:
    """At any time a supplier has one price for a quantity of an item."""
    tiers: dict[tuple[str, str, int], list[tuple[int, int]]] = defaultdict(list)
    for position, row in draft.trusted("suppliers"):
        begin, end = _validity(row)
        for other, (first, last) in enumerate(tiers[row.supplier, row.item, row.from_quantity]):
            if begin < last and first < end:
                yield draft.finding("suppliers", position, "from_quantity", "overlapping_tiers",
                                    "another row has a price for the same quantity at the same time",
                                    expected="one price at a time",
                                    hint=f"it is tier {other + 1} of this supplier and item")  # fmt: skip
                break
        tiers[row.supplier, row.item, row.from_quantity].append((begin, end))


def _validity(row: SupplierOffer) -> tuple[int, int]:
    begin = -_FOREVER if row.valid_from is None else row.valid_from
    return begin, _FOREVER if row.valid_to is None else row.valid_to


def check_salvage(draft: Draft) -> Iterator[Finding]:
    """Nothing left over is worth more than it costs to get, or the more the cheaper."""
    plant = draft.plant
    sound = draft.whole("items", "bill_of_materials", "operations", "operation_resources", "suppliers")
    sound = sound and draft.timed and draft.whole("learning", "launches")
    if not sound or not any(row.salvage_value > 0 for row in plant.items):
        return
    edges: dict[str, list[str]] = defaultdict(list)
    for line in plant.bill_of_materials:
        edges[line.item].append(line.component)
    if find_cycle(edges) or any(not 0 <= row.precision <= 9 for row in plant.items):
        return
    costs = _Cheapest(Lookup(plant))
    giving = {line.item for line in plant.bill_of_materials if line.by_product}
    for position, row in draft.trusted("items"):
        cost = costs.of(row.item) if row.salvage_value > 0 or row.item in giving else None
        if cost is not None and row.salvage_value > cost:
            yield draft.finding("items", position, "salvage_value", "unbounded",
                                "what is left over is worth more than it costs to get",
                                expected=f"at most {float(cost):.4f}")  # fmt: skip


class _Cheapest:
    """Cheapest cost of a unit: bought, or made of its components' cheapest costs."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._known: dict[str, Fraction | None] = {}
        self._prices: dict[str, Fraction] = {}
        for offer in lookup.plant.suppliers:
            known = self._prices.get(offer.item)
            self._prices[offer.item] = offer.price if known is None else min(known, offer.price)

    def of(self, item: str) -> Fraction | None:
        """Cheapest cost of a unit; None if it cannot be had."""
        if item not in self._known:
            made = [self._made(item, version) for version in self._lookup.versions.get(item, ())]
            ways = [cost for cost in (self._prices.get(item), *made) if cost is not None]
            self._known[item] = min(ways) if ways else None
        return self._known[item]

    def _made(self, item: str, version: str) -> Fraction | None:
        total = Fraction(0)
        for operation in self._lookup.routings.get((item, version), ()):
            key = (item, version, operation.operation)
            modes = self._lookup.modes.get(key, ())
            if not modes or not operation.yield_fraction or not operation.per_quantity:
                return None
            for line in self._lookup.components.get(key, ()):
                part = self.of(line.component)
                if part is None:
                    return None
                total += part * line.quantity / line.per_quantity / (1 - line.scrap_fraction)
            total += (
                min(self._running(mode, operation.run_minutes) for mode in modes) / operation.per_quantity
            )
            if operation == self._lookup.routings[item, version][-1]:
                total -= self._beside(item, version)
            total /= operation.yield_fraction
        return total

    def _beside(self, item: str, version: str) -> Fraction:
        """Worth of what comes out beside a unit that enters the last operation."""
        lines = self._lookup.by_products.get((item, version), ())
        total = Fraction(0)
        for line in lines:
            worth = self._lookup.items[line.component].salvage_value
            total += worth * line.quantity / line.per_quantity * (1 - line.scrap_fraction)
        return total

    def _running(self, mode: OperationResource, minutes: Fraction) -> Fraction:
        resource = self._lookup.resources.get(mode.resource)
        if resource is None or not resource.efficiency:
            return Fraction(0)
        run = minutes if mode.run_minutes is None else mode.run_minutes
        return Fraction(run * self._lookup.run_hour(mode, lowest=True) / 60 / resource.efficiency)
