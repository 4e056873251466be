"""Budgets: a dated reserve has its day, funds are shared by rank. Spending: a quantity has its item."""

from __future__ import annotations

from collections.abc import Iterator

from capacityplan.domain.plant import Budget, ReserveRule
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


def check_funds(draft: Draft) -> Iterator[Finding]:
    """Who draws on a fund has a rank in it, and no two of its budgets count the same money."""
    sharing: dict[str, list[Budget]] = {}
    for position, row in draft.trusted("budgets"):
        if not row.fund:
            continue
        if not row.priority:
            yield draft.finding("budgets", position, "priority", "missing_value",
                                "a budget that draws on a fund has no rank in it",
                                expected="1 (most important) or more")  # fmt: skip
        for other in sharing.setdefault(row.fund, []):
            same = row.category == other.category or "all" in (row.category, other.category)
            if same and row.start <= other.end and other.start <= row.end:
                yield draft.finding("budgets", position, "category", "counted_twice",
                                    f"the same spending counts in budget {other.budget} of this fund too",
                                    expected="budgets of a fund with other categories or days")  # fmt: skip
                break
        sharing[row.fund].append(row)


def check_spending(draft: Draft) -> Iterator[Finding]:
    """A quantity is one of an item."""
    for position, row in draft.trusted("spending"):
        if row.quantity and not row.item:
            yield draft.finding("spending", position, "item", "missing_value",
                                "there is a quantity, but no item", expected="items.item")  # fmt: skip
