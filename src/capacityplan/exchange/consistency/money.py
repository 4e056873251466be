"""Budgets: a reserve that is released on a day has that day. Spending: a quantity has its item."""

from __future__ import annotations

from collections.abc import Iterator

from capacityplan.domain.plant import ReserveRule
from capacityplan.errors import Finding
from capacityplan.exchange.draft import Draft


def check_budgets(draft: Draft) -> Iterator[Finding]:
    """The day of a reserve stands where the rule needs one, and only there."""
    for position, row in draft.trusted("budgets"):
        dated = row.reserve_rule is ReserveRule.DATED
        if dated and row.reserve_from is None:
            yield draft.finding("budgets", position, "reserve_from", "missing_value",
                                "a dated reserve has no day from which it may be used",
                                expected="date (YYYY-MM-DD)")  # fmt: skip
        elif not dated and row.reserve_from is not None:
            yield draft.finding("budgets", position, "reserve_rule", "reserve_not_dated",
                                "the reserve has a day, but its rule does not ask for one",
                                expected="dated")  # fmt: skip


def check_spending(draft: Draft) -> Iterator[Finding]:
    """A quantity is one of an item."""
    for position, row in draft.trusted("spending"):
        if row.quantity and not row.item:
            yield draft.finding("spending", position, "item", "missing_value",
                                "there is a quantity, but no item", expected="items.item")  # fmt: skip
