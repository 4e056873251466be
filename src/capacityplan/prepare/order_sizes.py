"""What a supplier sells: the tier that a quantity reaches among the offers valid when it is ordered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from capacityplan.domain.plant import SupplierOffer
from capacityplan.units import ceil_div


def valid(tiers: Sequence[SupplierOffer], order_by: int) -> list[SupplierOffer]:
    """Offers of a supplier for an item that hold at a minute, ascending by ``from_quantity``."""
    return [
        tier
        for tier in tiers
        if (tier.valid_from is None or tier.valid_from <= order_by)
        and (tier.valid_to is None or order_by < tier.valid_to)
    ]


def least(tiers: Sequence[SupplierOffer], wanted: int) -> tuple[int, SupplierOffer] | None:
    """Smallest quantity from ``wanted`` on that valid offers sell, and the tier it reaches."""
    found = []
    for tier, below in _ranges(tiers):
        step = max(tier.order_multiple, 1)
        quantity = ceil_div(max(wanted, tier.min_order, tier.from_quantity, 1), step) * step
        if below is None or quantity < below:
            found.append((quantity, tier))
    return min(found, key=lambda one: one[0], default=None)


def most(tiers: Sequence[SupplierOffer], limit: int) -> int:
    """Largest quantity up to ``limit`` that valid offers sell; 0 where that is none."""
    found = [0]
    for tier, below in _ranges(tiers):
        step = max(tier.order_multiple, 1)
        quantity = (limit if below is None else min(limit, below - 1)) // step * step
        if quantity >= max(tier.min_order, tier.from_quantity, 1):
            found.append(quantity)
    return max(found)


def _ranges(tiers: Sequence[SupplierOffer]) -> Iterator[tuple[SupplierOffer, int | None]]:
    """Each tier with the quantity from which on the next one counts."""
    for place, tier in enumerate(tiers):
        yield tier, tiers[place + 1].from_quantity if place + 1 < len(tiers) else None
