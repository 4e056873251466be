"""What is known of the market: complaints and returns of customers, and how much it bought of all."""

from __future__ import annotations

from enum import StrEnum

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from capacityplan.units import Id, Money, Quantity

_ROW = ConfigDict(extra="forbid")


class ComplaintKind(StrEnum):
    """What a customer did."""

    COMPLAINT = "complaint"
    RETURN = "return"


@dataclass(frozen=True, slots=True, config=_ROW)
class Complaint:
    """A customer's complaint about a delivery, or what a customer sent back.

    Attributes
    ----------
    day : int
        When it came in (ordinal).
    quantity : int
        Base units complained of, or sent back.
    lot : str
        The lot they are from, where it is known.
    cost : Fraction or None
        What it cost in fact; None: at the prices of item and customer.
    """

    complaint: Id
    kind: ComplaintKind
    day: int
    item: Id
    quantity: Quantity = 0
    customer: Id = ""
    lot: Id = ""
    reason: str = ""
    cost: Money | None = None


@dataclass(frozen=True, slots=True, config=_ROW)
class Market:
    """What a market bought of all suppliers from the first to the last day (ordinals, both included).

    Attributes
    ----------
    family, segment : str
        What it is the market of: items of a family, customers of a segment; empty: all.
    sales : Fraction
        Money.
    """

    start: int
    end: int
    sales: Money
    family: str = ""
    segment: Id = ""
