"""The hierarchy of customers and segments: who belongs to whom, and what is inherited."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from capacityplan.domain.lookup import Lookup


def ancestry(lookup: Lookup, customer: str) -> list[str]:
    """Return a customer or segment and its parents, nearest first."""
    line = [customer]
    while customer in lookup.customers and lookup.customers[customer].parent not in {"", *line}:
        customer = lookup.customers[customer].parent
        line.append(customer)
    return line


def inherited(lookup: Lookup, customer: str, field: str) -> Fraction | int | None:
    """Return a customer's own value, or the nearest parent's."""
    for name in ancestry(lookup, customer):
        value: Fraction | int | None = getattr(lookup.customers.get(name), field, None)
        if value is not None:
            return value
    return None


def concerns(lookup: Lookup, row: Any, segment: str) -> bool:
    """Whether a row of marketing's (with a ``segment``) means a segment: its own, or one below it."""
    return not row.segment or row.segment in ancestry(lookup, segment)


def price_at(lookup: Lookup, item: str, segment: str, instant: int) -> Fraction:
    """Return the price per unit at an instant: of the nearest segment's price rows, else the item's own.

    An item without any price is worth its unit value.
    """
    rows = [row for row in lookup.plant.prices if row.item == item and row.start <= instant]
    for name in dict.fromkeys((*ancestry(lookup, segment), "")):
        found = max((row for row in rows if row.segment == name), key=lambda row: row.start, default=None)
        if found is not None:
            return found.price
    own = lookup.items[item]
    return own.unit_value if own.price is None else own.price
