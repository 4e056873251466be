"""Values and prices that an export leaves out: without them nothing would be worth making."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cache

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Item, Plant
from capacityplan.exchange.importing import Journal

_MARKUP = Fraction(3, 2)
"""Price of a demanded item without one, as a share of its value. At its value alone, losing it would cost
no more than what it is made of."""


def with_worth(plant: Plant, journal: Journal) -> Plant:
    """Return the plant with the values and prices that its source does not say, and note them.

    A made item without value is worth its components, by its cheapest version; a demanded item without
    any is worth 1 per unit, and one without price is sold above its value.
    """
    lookup = Lookup(plant)
    demanded = {row.item for row in plant.orders} | set(plant.projections.columns()["item"])

    @cache
    def worth(name: str) -> Fraction:
        own = lookup.items[name].unit_value
        versions = lookup.versions.get(name, ())
        return own or min((components(name, version) for version in versions), default=Fraction(0))

    def components(name: str, version: str) -> Fraction:
        lines = (
            line
            for step in lookup.routings.get((name, version), ())
            for line in lookup.components.get((name, version, step.operation), ())
        )
        return sum((worth(line.component) * line.quantity / line.per_quantity for line in lines), Fraction(0))

    items = tuple(_priced(row, worth(row.item), row.item in demanded, journal) for row in plant.items)
    for row in items:
        if not row.unit_value:
            journal.change("items", "warning: the item has no value", row.item)
    return replace(plant, items=items)


def _priced(row: Item, worth: Fraction, demanded: bool, journal: Journal) -> Item:
    if worth != row.unit_value:
        journal.change("items", "no value: taken from the components", row.item)
    if not demanded or row.price:
        return replace(row, unit_value=worth)
    if not worth:
        worth = Fraction(1)
        journal.change("items", "demanded, but without value and price: valued at 1 per unit", row.item)
    reason = f"demanded, but without price: sold at {float(_MARKUP):g} times its value"
    journal.change("items", reason, row.item)
    return replace(row, unit_value=worth, price=worth * _MARKUP)
