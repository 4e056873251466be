"""Tables of key figures for both sides: times, margin, cash, quality, service."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from capacityplan.domain.plant import Plant
from capacityplan.report.facts import Facts
from capacityplan.report.table import Column, Kind, Row, Table
from capacityplan.units import MINUTES_PER_HOUR
from capacityplan.verify.budgets import BudgetUse, budget_uses, grants
from capacityplan.verify.kpis import (
    Account,
    accounts,
    cash_flow,
    customer_service,
    quality_costs,
    resource_times,
)

_GROUPS = {
    "material": ("purchase", "ordering"),
    "conversion": ("production", "labour", "energy", "setup", "overtime", "subcontracting"),
    "quality": ("inspection", "rework", "hold"),
    "stock": ("holding", "storage", "safety_stock", "overstock", "salvage"),
    "service": ("late", "lost"),
}


def scorecards(facts: Facts, told: Plant | None = None) -> tuple[Table, ...]:
    """Return the tables of key figures, each recomputed by the checker's side from events and ledger.

    Parameters
    ----------
    told : Plant, optional
        With what happened since; default: the plan's own plant.
    """
    items, segments = accounts(facts.case, facts.verdict.ledger)
    return (
        _times(facts),
        _margin(facts, "margin", "Margin by item", "item", items),
        _margin(facts, "segments", "Margin by customer and segment", "customer", segments),
        _cash(facts),
        _quality(facts, facts.stated if told is None else told),
        _service(facts),
        *_budgets(facts),
    )


def _times(facts: Facts) -> Table:
    hours = ("run", "setup", "idle", "down", "closed")
    columns = (
        Column("resource"), *(Column(name, Kind.HOURS, "h") for name in hours),
        Column("availability", Kind.SHARE), Column("effectiveness", Kind.SHARE),
        Column("quality ratio", Kind.SHARE), Column("OEE", Kind.SHARE),
        Column("utilisation efficiency", Kind.SHARE), Column("setup ratio", Kind.SHARE),
    )  # fmt: skip
    rows = tuple(
        (
            row.resource, *(Fraction(getattr(row, name), MINUTES_PER_HOUR) for name in hours),
            row.availability, row.effectiveness, row.quality_ratio, row.oee, row.utilisation, row.setup_ratio,
        )
        for row in resource_times(facts.case)
    )  # fmt: skip
    return Table("times", "Time of every resource in the window (ISO 22400)", columns, rows)


def _margin(facts: Facts, name: str, title: str, head: str, rows: tuple[Account, ...]) -> Table:
    money = facts.currency
    groups = [*_GROUPS, "other"]
    columns = (
        Column(head), Column("revenue", Kind.MONEY, money),
        *(Column(group, Kind.MONEY, money) for group in groups),
        Column("margin", Kind.MONEY, money), Column("ROI", Kind.SHARE),
    )  # fmt: skip
    cells = [
        (row.name or "(shared, or still in stock)", row.revenue, *_grouped(row), row.margin, row.roi)
        for row in sorted(rows, key=lambda row: (-row.margin, row.name))
    ]
    total = Account("together", sum((row.revenue for row in rows), Fraction(0)), _together(rows))
    cells.append((total.name, total.revenue, *_grouped(total), total.margin, total.roi))
    return Table(name, title, columns, tuple(cells))


def _grouped(row: Account) -> list[Fraction]:
    sums = [
        sum((row.costs.get(one, Fraction(0)) for one in names), Fraction(0)) for names in _GROUPS.values()
    ]
    return [*sums, row.cost - sum(sums, Fraction(0))]


def _together(rows: tuple[Account, ...]) -> dict[str, Fraction]:
    found: dict[str, Fraction] = {}
    for row in rows:
        for category, amount in row.costs.items():
            found[category] = found.get(category, Fraction(0)) + amount
    return found


def _cash(facts: Facts) -> Table:
    money = facts.currency
    columns = (
        Column("month"),
        *(Column(name, Kind.MONEY, money) for name in ("received", "paid", "net", "total")),
    )
    rows, total = [], Fraction(0)
    for month, received, paid in cash_flow(facts.case, facts.verdict.ledger):
        total += received - paid
        rows.append((month, received, paid, received - paid, total))
    return Table("cash", "Cash by month, at arrival and at work", columns, tuple(rows))


def _quality(facts: Facts, told: Plant) -> Table:
    columns = (
        Column("part"),
        Column("what"),
        Column("amount", Kind.MONEY, facts.currency),
        Column("in the ledger"),
    )
    found = quality_costs(facts.case, facts.verdict.ledger, told)
    rows: list[Row] = [(row.part, row.what, row.amount, "yes" if row.in_ledger else "no") for row in found]
    rows.append(("together", "", sum((row.amount for row in found), Fraction(0)), ""))
    return Table("quality", "Cost of quality", columns, tuple(rows))


def _budgets(facts: Facts) -> tuple[Table, Table]:
    """What is granted and spent of every budget, by department and priority; and of every fund."""
    money = facts.currency
    columns = (
        Column("department"), Column("fund"), Column("priority", Kind.INTEGER), Column("budget"),
        Column("category"), Column("from", Kind.DAY), Column("to", Kind.DAY),
        *(Column(name, Kind.MONEY, money) for name in (
            "limit", "reserve", "asked", "granted", "cut", "spent before", "spent",
            "of it from the reserve", "left", "overrun",
        )),
    )  # fmt: skip
    zero = Fraction(0)
    granted = grants(facts.plant.funds, facts.plant.budgets)
    uses = budget_uses(granted, facts.timeline, facts.verdict.ledger)
    rows = []
    for use in sorted(uses, key=lambda one: (one.budget.department, one.budget.priority, one.budget.budget)):
        row, grant = use.budget, use.grant
        reserve = min(max(use.spent - grant.limit, zero), grant.reserve)
        rows.append((
            row.department, row.fund, row.priority, row.budget, row.category, date.fromordinal(row.start),
            date.fromordinal(row.end), row.limit, row.reserve, grant.asked, grant.total,
            grant.asked - grant.total, row.spent, use.spent, reserve, max(grant.total - use.spent, zero),
            use.overrun,
        ))  # fmt: skip
    return Table("budgets", "Budgets, with what is spent of them", columns, tuple(rows)), _funds(facts, uses)


def _funds(facts: Facts, uses: tuple[BudgetUse, ...]) -> Table:
    """Every fund: what its budgets ask, are granted and spend of it."""
    names = ("amount", "asked", "granted", "cut", "not granted to any", "spent", "left")
    rows = []
    for row in facts.plant.funds:
        mine = [use for use in uses if use.budget.fund == row.fund]
        asked = sum((use.grant.asked for use in mine), Fraction(0))
        granted = sum((use.grant.total for use in mine), Fraction(0))
        spent = sum((use.spent for use in mine), Fraction(0))
        rows.append((row.fund, row.description, row.amount, asked, granted, asked - granted,
                     row.amount - granted, spent, row.amount - spent))  # fmt: skip
    columns = (Column("fund"), Column("description"),
               *(Column(name, Kind.MONEY, facts.currency) for name in names))  # fmt: skip
    return Table("funds", "Funds, with what budgets draw on them", columns, tuple(rows))


def _service(facts: Facts) -> Table:
    columns = (
        Column("customer"), Column("demands", Kind.INTEGER), Column("on time in full", Kind.SHARE),
        Column("fill rate", Kind.SHARE), Column("target", Kind.SHARE), Column("meets it"),
    )  # fmt: skip
    words = {None: "", True: "yes", False: "no"}
    rows = tuple(
        (row.customer or "(none)", row.demands, row.otif, row.fill_rate, row.target, words[row.meets_target])
        for row in customer_service(facts.case)
    )
    return Table("service", "Service by customer and segment", columns, rows)
