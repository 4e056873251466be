"""Least money for a quantity bought in whole orders: smallest orders, multiples, price tiers, order costs.

Let an offer's orders have q accepted units at most, ``least`` or a whole number of ``pack`` more (without
a pack: any more), less ``sure`` for each order; each costs ``cost``, each unit ``price`` (all >= 0).
Take orders of exactly the offers of a set S. One order of each costs ``base``, and brings `brought`.
More orders of an offer bring no more than their units, which beyond ``base`` are a whole number of
`step` (the greatest common divisor of the packs; 0: any quantity), each at the least price of S or more.
So need units cost at least, by S, ``base + price * (need - brought rounded up to steps)``, and `least_cost`,
the least over all S, is what they cost at least. It never falls with the need.

`slope` is a price per unit at which less may be needed: least_cost(need - u) >= least_cost(need) - slope * u
for every u >= 0. For u >= need the left side is at least 0 and slope >= least_cost(need) / need. Else
let S be the cheapest set at need - u; its base is at most least_cost(need), and what S costs more at need
than at need - u is 0, or its price for every step in between: m steps lie at least part + (m - 1) * step
apart, part being how far need is above the last; m * step / (part + (m - 1) * step) is at most step / part.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

_ZERO = Fraction(0)
MOST_OFFERS = 6


@dataclass(frozen=True, slots=True)
class Offer:
    """A price tier in accepted units, and its columns.

    Attributes
    ----------
    columns : tuple of (bucket of release, units, orders)
    share : Fraction
        Accepted units of one that is bought, at most.
    price, cost : Fraction
        Money of an accepted unit and of an order.
    """

    columns: tuple[tuple[int, int, int], ...]
    share: Fraction
    price: Fraction
    cost: Fraction
    least: Fraction
    sure: Fraction
    pack: Fraction


@dataclass(frozen=True, slots=True)
class Basket:
    """A set of offers, at least one order of each."""

    base: Fraction
    brought: Fraction
    price: Fraction
    step: Fraction

    def cost(self, need: Fraction) -> Fraction:
        """Least money for accepted units."""
        more = max(need - self.brought, _ZERO)
        if self.step:
            more = -(-more // self.step) * self.step
        return self.base + self.price * more


def baskets(offers: Sequence[Offer]) -> tuple[Basket, ...]:
    """Every set of offers."""
    return tuple(_baskets(offers))


def _baskets(offers: Sequence[Offer]) -> Iterator[Basket]:
    for size in range(1, len(offers) + 1):
        for chosen in combinations(offers, size):
            yield Basket(
                sum((one.cost + one.price * one.least for one in chosen), _ZERO),
                sum((one.least - one.sure for one in chosen), _ZERO),
                min(one.price for one in chosen),
                _common([one.pack for one in chosen]),
            )


def least_cost(sets: Sequence[Basket], need: Fraction) -> Fraction:
    """Least money for so many accepted units."""
    return min(one.cost(need) for one in sets) if need > 0 else _ZERO


def slope(sets: Sequence[Basket], need: Fraction) -> Fraction:
    """Money per unit by which less may be spent where less is needed."""
    spent = least_cost(sets, need)
    found = spent / need
    for one in sets:
        more = need - one.brought
        if more <= 0 or one.base > spent:
            continue
        part = more - (-(-more // one.step) - 1) * one.step if one.step else _ZERO
        found = max(found, one.price * one.step / part if one.step else one.price)
    return found


def _common(packs: list[Fraction]) -> Fraction:
    """Greatest common divisor; 0 where an offer has no pack."""
    if not all(packs):
        return _ZERO
    below = math.lcm(*(one.denominator for one in packs))
    return Fraction(math.gcd(*(int(one * below) for one in packs)), below)
