"""Budgets: how much money may be spent on what in a period; what was spent; targets of key figures."""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from capacityplan.units import Id, Money, Number, Quantity

SPENDING = (
    "purchase", "ordering", "production", "subcontracting", "labour", "energy", "setup", "overtime",
    "inspection", "rework", "storage", "promotion",
)  # fmt: skip
"""Categories of the ledger for which money is paid out."""
EARNED = "revenue"
"""What is invoiced to customers, beside the categories of spending."""


class ReserveRule(StrEnum):
    """When a budget's reserve may be used."""

    OPEN = "open"
    HELD = "held"
    DATED = "dated"


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class Fund:
    """A source of money that budgets draw on; ``amount`` is all there is of it."""

    fund: Id
    amount: Money
    description: str = ""


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class Budget:
    """What may be spent from the first to the last day (both included; ordinals).

    Beyond limit and released reserve every unit of money costs ``overrun_cost``; where that is not
    stated, the budget must be kept. Category ``all`` means all that is spent. ``spent`` is what
    has been spent of it before the plan's start. Where a ``fund`` holds less than the budgets that
    draw on it ask for, the one with the largest ``priority`` is cut first.
    """

    budget: Id
    start: int
    end: int
    limit: Money
    category: str = "all"
    department: str = ""
    reserve: Money = Fraction(0)
    reserve_rule: ReserveRule = ReserveRule.OPEN
    reserve_from: int | None = None
    spent: Money = Fraction(0)
    overrun_cost: Money | None = None
    priority: int = 0
    fund: Id = ""


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class Spending:
    """Money really paid, or invoiced to a customer, on a day (ordinal).

    Attributes
    ----------
    category : str
        One of ``SPENDING``, or ``revenue``.
    object : str
        What it is for: a purchase, a demand, a resource, or ``lot/operation``.
    quantity : int
        Base units of the item that it pays for, where no confirmation says so.
    """

    category: str
    day: int
    amount: Money
    object: str = ""
    item: Id = ""
    quantity: Quantity = 0


class TargetFigure(StrEnum):
    """A key figure of a period that can have a target."""

    REVENUE = "revenue"
    SPENT = "spent"
    RESULT = "result"
    ON_TIME_IN_FULL = "on_time_in_full"
    PROMISES_KEPT = "promises_kept"
    ADHERENCE = "adherence"
    EFFECTIVENESS = "effectiveness"
    QUALITY_RATIO = "quality_ratio"
    RECEIPTS_ON_TIME = "receipts_on_time"
    LEAD_TIME = "lead_time"
    FIRST_PASS_YIELD = "first_pass_yield"
    RIGHT_FIRST_TIME = "right_first_time"
    COMPLAINT_RATE = "complaint_rate"
    RETURN_RATE = "return_rate"
    ESCAPE_COST = "escape_cost"
    MARKET_SHARE = "market_share"


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class Target:
    """What a key figure should reach in the periods that begin from one day to another (ordinals)."""

    figure: TargetFigure
    start: int
    end: int
    value: Number
