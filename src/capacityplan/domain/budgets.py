"""Budgets: how much money may be spent on what in a period, with a reserve."""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from capacityplan.units import Id, Money

SPENDING = (
    "purchase", "ordering", "production", "subcontracting", "labour", "setup", "overtime", "inspection",
    "rework", "storage", "promotion",
)  # fmt: skip
"""Categories of the ledger for which money is paid out."""


class ReserveRule(StrEnum):
    """When a budget's reserve may be used."""

    OPEN = "open"
    HELD = "held"
    DATED = "dated"


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class Budget:
    """What may be spent from the first to the last day (both included; ordinals).

    Beyond limit and released reserve every unit of money costs ``overrun_cost``; where that is not
    stated, the budget must be kept. Category ``all`` means all that is spent. ``spent`` is what
    has been spent of it before the plan's start.
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
