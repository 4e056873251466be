"""Purchases cut back to what a settled plan uses, and lots it does not use, where the ledger gains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Purchase
from capacityplan.domain.plant import Stage, SupplierOffer
from capacityplan.domain.timeline import Timeline
from capacityplan.prepare import order_sizes
from capacityplan.prepare.lotflow import accept
from capacityplan.solve.settle.stock import Inflow, Stock
from capacityplan.units import MINUTES_PER_DAY, ceil_div


def trimmed(
    lookup: Lookup,
    timeline: Timeline,
    stock: Stock,
    purchases: tuple[Purchase, ...],
    came: Mapping[str, Inflow],
) -> tuple[Purchase, ...]:
    """Cut purchases back (or leave them out), the last to arrive first.

    Nothing that a plan consumes or delivers is touched: only what lies in stock to the end, or
    expires. Safety stock is given up where buying for it costs more than its penalty.

    Parameters
    ----------
    stock : Stock
        With everything the plan commits; changed along.
    came : dict of purchase to Inflow
        What each purchase brought into stock, and when.
    """
    kept = {row.purchase: row for row in purchases}
    trimmer = _Trimmer(lookup, timeline, stock)
    for row in sorted(purchases, key=lambda row: (-row.arrives, row.purchase)):
        inflow = came.get(row.purchase)
        rows = lookup.inspections(Stage.INCOMING, row.item)
        # Where inspections count purchases, one less changes which others are inspected.
        if inflow is None or any(one.every_lots > 1 or one.rework_operation for one in rows):
            continue
        choice = trimmer.best(row, inflow)
        if choice is None:
            continue
        stock.cut(inflow, choice.less)
        if choice.quantity:
            kept[row.purchase] = replace(row, quantity=choice.quantity)
        else:
            del kept[row.purchase]
    return tuple(kept.values())


def idle(lookup: Lookup, timeline: Timeline, stock: Stock, made: Mapping[str, Inflow]) -> frozenset[str]:
    """Find lots that nothing is taken of, the last to come first.

    Whole batches are counted item by item before it is known when they are used; what one of them
    brings may then lie in stock to the end.

    Parameters
    ----------
    stock : Stock
        With everything the plan commits; changed along.
    made : dict of lot to Inflow
        What each lot that may be left out brought into stock, and when.

    Returns
    -------
    frozenset of str
        Without all of them nothing that a plan consumes or delivers is touched, and what they are worth is
        no less than the penalty for the safety stock that they serve.
    """
    trimmer = _Trimmer(lookup, timeline, stock)
    found = set()
    for lot, inflow in sorted(made.items(), key=lambda row: (-row[1].bucket, row[0])):
        if stock.spare(inflow, inflow.quantity) == inflow.quantity and trimmer.worth(inflow) >= 0:
            stock.cut(inflow, inflow.quantity)
            found.add(lot)
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class _Choice:
    """A smaller order: its quantity, what stock then lacks of it, and what is saved."""

    saved: Fraction
    quantity: int
    less: int


class _Trimmer:
    def __init__(self, lookup: Lookup, timeline: Timeline, stock: Stock) -> None:
        self._lookup = lookup
        self._timeline = timeline
        self._stock = stock
        self._rents = {row.storage: row.cost_per_unit_day for row in lookup.plant.storages}

    def best(self, row: Purchase, inflow: Inflow) -> _Choice | None:
        """The smaller order that saves most; None where none saves anything."""
        spare = self._stock.spare(inflow, max(1, *(tier.order_multiple for tier in self._tiers(row))))
        safety = max(self._wanted(inflow))
        goals = {spare, min(spare, max(0, self._stock.lowest(inflow) - safety))}
        choices = [choice for goal in goals if goal for choice in self._choices(row, inflow, goal)]
        best = max(choices, key=lambda choice: (choice.saved, choice.less), default=None)
        return best if best is not None and best.saved > 0 else None

    def worth(self, inflow: Inflow) -> Fraction:
        """What is saved by not having an inflow at all: its value, and what keeping it costs."""
        value = self._lookup.items[inflow.item].unit_value
        amount = Fraction(inflow.quantity, self._lookup.scale[inflow.item])
        return value * amount + self._kept(inflow, inflow.quantity)

    def _choices(self, row: Purchase, inflow: Inflow, goal: int) -> Iterator[_Choice]:
        """Orders that bring at most ``goal`` less into stock."""
        rows = self._lookup.inspections(Stage.INCOMING, row.item)
        rows = tuple(one for one in rows if not one.supplier or one.supplier == row.supplier)
        tiers = self._tiers(row)
        paid = _price(tiers, row.quantity, self._lookup.scale[row.item])
        if paid is None:
            return
        if not rows and goal >= inflow.quantity:
            yield _Choice(paid + self._kept(inflow, inflow.quantity), 0, inflow.quantity)
        for tier in tiers:
            step = max(tier.order_multiple, 1)
            least = max(row.quantity - goal, tier.from_quantity, tier.min_order, 1)
            quantity = ceil_div(least, step) * step
            less = inflow.quantity - accept(quantity, rows)
            price = _price(tiers, quantity, self._lookup.scale[row.item])
            if quantity < row.quantity and price is not None and 0 <= less <= goal:
                yield _Choice(paid - price + self._kept(inflow, less), quantity, less)

    def _tiers(self, row: Purchase) -> list[SupplierOffer]:
        """Tiers that are valid when the purchase is ordered."""
        return [
            tier
            for tier in order_sizes.valid(self._lookup.offers[row.supplier, row.item], row.order_by)
            if row.order_by + tier.lead_time_days * MINUTES_PER_DAY <= row.arrives
        ]

    def _wanted(self, inflow: Inflow) -> list[int]:
        """Safety stock at bucket ends from an inflow on."""
        wanted: list[int] = self._lookup.safety_stocks(inflow.item, self._timeline)[inflow.bucket :].tolist()
        return wanted

    def _kept(self, inflow: Inflow, less: int) -> Fraction:
        """What is saved by not keeping a quantity, less the penalty for safety stock."""
        item, costs = self._lookup.items[inflow.item], self._lookup.plant.costs
        levels = self._stock.projected_of(inflow.item)[inflow.bucket :].tolist()
        days = self._timeline.days[inflow.bucket :].tolist()
        wanted = self._wanted(inflow)
        unit = Fraction(1, self._lookup.scale[inflow.item])
        penalty = item.unit_value * costs.safety_stock_rate_per_day * unit
        if self._stock.perishable(inflow.item):
            # What expires is not in the levels: nothing is saved for sure, all may be missed.
            below = sum(length * min(less, safety) for safety, length in zip(wanted, days, strict=True))
            return Fraction(-penalty * below - item.salvage_value * less * unit)
        rate = self._lookup.holding_rate(inflow.item) + self._rents.get(item.storage, Fraction(0))
        below = sum(
            length * (max(0, safety - level + less) - max(0, safety - level))
            for safety, level, length in zip(wanted, levels, days, strict=True)
        )
        return Fraction((rate * sum(days) - item.salvage_value) * less * unit - penalty * below)


def _price(tiers: list[SupplierOffer], quantity: int, scale: int) -> Fraction | None:
    """Price and ordering of a quantity; None where no tier allows it."""
    reached = [tier for tier in tiers if tier.from_quantity <= quantity]
    if not reached:
        return None
    tier = reached[-1]
    if quantity < tier.min_order or (tier.order_multiple and quantity % tier.order_multiple):
        return None
    return Fraction(quantity, scale) * tier.price + tier.order_cost
