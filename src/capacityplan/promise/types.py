"""What is asked of order promising, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from capacityplan.domain.plan import Lot, Plan, Purchase
from capacityplan.domain.plant import Order, Plant


@dataclass(frozen=True, slots=True)
class Request:
    """An order to promise.

    Attributes
    ----------
    quantity : int
        Base units of the item.
    by : int or None
        Minute by which it is wanted; None: as soon as possible.
    customer : str
        Customer or segment: whose projections it consumes, and how long it is under way.
    price : Fraction or None
        Agreed price per unit; None: the item's.
    """

    item: str
    quantity: int
    by: int | None = None
    customer: str = ""
    order: str = "NEW"
    price: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Shipment:
    """Part of an order: what arrives when (end of the bucket that is promised)."""

    quantity: int
    arrives: int
    promised: int


@dataclass(frozen=True, slots=True)
class Displaced:
    """A demand that gets less, or later, because an order is forced in.

    Attributes
    ----------
    late, lost : Fraction
        Further unit-days late, and units lost.
    amount : Fraction
        What that costs more.
    """

    demand: str
    item: str
    customer: str
    late: Fraction
    lost: Fraction
    amount: Fraction


@dataclass(frozen=True, slots=True)
class Moved:
    """A planned lot that is changed for an order.

    Attributes
    ----------
    before, quantity : int
        Base units before and now (0: left out).
    began, begins : int, int or None
        Minute of its first setup or run before and now (of the tail: the bucket's start; None: left out).
    """

    lot: str
    item: str
    before: int
    quantity: int
    began: int
    begins: int | None


@dataclass(frozen=True, slots=True)
class Answer:
    """A way to serve an order: a verified plan with the order in.

    Attributes
    ----------
    plant, plan : Plant, Plan
        The plant with the order, and the plan that serves it; the checker accepts it.
    cost : Fraction
        By how much the plan's cost rises.
    categories : dict of str to Fraction
        The same by ledger category, largest first.
    from_stock : int
        Base units that come from what is planned already.
    lots, purchases : tuple
        What is made and bought for it.
    moved : tuple of Moved
        Planned lots that are changed for it (other ways only).
    """

    shipments: tuple[Shipment, ...]
    plant: Plant
    plan: Plan
    cost: Fraction
    categories: dict[str, Fraction]
    from_stock: int
    lots: tuple[Lot, ...]
    purchases: tuple[Purchase, ...]
    orders: tuple[Order, ...]
    displaced: tuple[Displaced, ...] = ()
    moved: tuple[Moved, ...] = ()

    @property
    def promised(self) -> int:
        """Minute at which the last of it is promised."""
        return max(row.promised for row in self.shipments)

    @property
    def quantity(self) -> int:
        """Base units promised."""
        return sum(row.quantity for row in self.shipments)


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another way: ``sooner`` (nobody is served worse), ``forced`` (others are), ``partial`` or ``split``.

    By the promised date: ``cheaper``. In all but parts others give way and planned lots may be moved.
    """

    kind: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Promise:
    """What order promising answers.

    Attributes
    ----------
    answer : Answer or None
        The whole order at its earliest; None: not within the horizon.
    in_time : bool
        Whether that is by the date asked for.
    seconds : dict of str to float
        Processor time of the search and of the verification.
    refused : tuple of str
        What the checker found in ways that were not used.
    """

    request: Request
    answer: Answer | None
    in_time: bool
    alternatives: tuple[Alternative, ...] = ()
    refused: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
