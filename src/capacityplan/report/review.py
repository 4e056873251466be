"""A period looked back on: plan against actual and budget, key figures beside baseline and target."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from capacityplan.domain.budgets import EARNED
from capacityplan.domain.plant import ActualKind, Plant
from capacityplan.report.facts import Facts
from capacityplan.report.money import CATEGORY_TEXT
from capacityplan.report.table import Column, Kind, Row, Table
from capacityplan.verify.kpis import Comparison, PeriodFigure, Variance, compared, period_figures
from capacityplan.verify.kpis.entries import cents
from capacityplan.verify.kpis.period import MONEY, SHARES
from capacityplan.verify.kpis.variance import PARTS

REVIEW = ("period", "variance", "variance_lines", "variance_budgets")
"""Tables of a period."""
_ZERO = Fraction(0)
_WORDS = {None: "", True: "yes", False: "no"}


@dataclass(frozen=True, slots=True)
class Review:
    """What is told of a period.

    Attributes
    ----------
    first, last : int
        Days (ordinals), both included.
    baseline : Facts or None
        A former plan.
    """

    comparison: Comparison
    figures: tuple[PeriodFigure, ...]
    currency: str
    baseline: Facts | None = None

    @property
    def period(self) -> str:
        """The days of the period."""
        first, last = self.comparison.first, self.comparison.last
        return f"{date.fromordinal(first)} to {date.fromordinal(last)}"


def is_recorded(plant: Plant) -> bool:
    """Whether a plant holds anything to compare its plan with."""
    return bool(plant.actuals or plant.spending)


def review(
    facts: Facts, plant: Plant | None = None, first: int | None = None, last: int | None = None,
    baseline: Facts | None = None,
) -> Review:  # fmt: skip
    """Look back on a period.

    Parameters
    ----------
    facts : Facts
        The plan, with the plant it was made from.
    plant : Plant, optional
        With ``actuals``, ``spending``, ``budgets`` and ``targets``; default: the plan's own.
    first, last : int, optional
        Days (ordinals); default: from the plan's first day to the last one that anything is known of.
    baseline : Facts, optional
        A former plan that covers the same days.
    """
    told = facts.stated if plant is None else plant
    begin = int(facts.timeline.first_day[0]) if first is None else first
    end = _last_day(facts, told, begin) if last is None else last
    ledger = facts.verdict.ledger
    former = None if baseline is None else (baseline.case, baseline.verdict.ledger)
    found = period_figures(facts.case, told, ledger, begin, end, former)
    return Review(compared(facts.case, told, ledger, begin, end), found, facts.currency, baseline)


def _last_day(facts: Facts, plant: Plant, begin: int) -> int:
    """Last day on which anything happened; what is only expected has not."""
    clock = facts.timeline.clock
    days = [
        clock.ordinal(row.at - (row.kind is ActualKind.RUN))
        for row in plant.actuals if row.kind is not ActualKind.EXPECTED
    ]  # fmt: skip
    return max([begin, *days, *(row.day for row in plant.spending)])


def review_tables(found: Review) -> tuple[Table, ...]:
    """Return the tables of a period; every row and column of money adds up to the cent."""
    return (_figures_table(found), _categories_table(found), _lines_table(found), _budgets_table(found))


def _figures_table(found: Review) -> Table:
    columns = (
        Column("figure"), Column("unit"), 
        *(Column(name, Kind.HOURS) for name in ("baseline", "plan", "actual", "actual less plan", "target")),
        Column("meets it"),
    )  # fmt: skip
    rows = tuple(
        (
            row.name.replace("_", " "), figure_unit(row.name, found.currency), *(
                _shown(row.name, value) for value in (
                    row.baseline, row.plan, row.actual,
                    None if row.plan is None or row.actual is None else row.actual - row.plan, row.target,
                )
            ), _WORDS[row.meets_target],
        )
        for row in found.figures
    )  # fmt: skip
    return Table("period", f"Key figures, {found.period}", columns, rows)


def figure_unit(name: str, currency: str) -> str:
    """Unit of a key figure of a period."""
    if name in MONEY:
        return currency
    return "%" if name in SHARES else "h" if name == "run_hours" else ""


def _shown(name: str, value: Fraction | None) -> Fraction | None:
    """Shares in percent, everything with at most two decimals."""
    if value is None:
        return None
    return cents(value * 100 if name in SHARES else value)


def _money_columns(currency: str, *names: str) -> tuple[Column, ...]:
    return tuple(Column(name, Kind.MONEY, currency) for name in names)


_MONEY = ("planned", "actual", *PARTS, "difference", "effect on the result")


def _cells(rows: Iterable[Variance]) -> tuple[Fraction, ...]:
    """Planned, actual, parts, difference and effect of lines together."""
    members = list(rows)
    names = ("planned", "actual", *PARTS, "total", "effect")
    return tuple(sum((getattr(row, name) for row in members), _ZERO) for name in names)


def _categories_table(found: Review) -> Table:
    columns = (Column("category"), *_money_columns(found.currency, *_MONEY))
    names = sorted(
        {row.line.category for row in found.comparison.lines}, key=lambda name: (name == EARNED, name)
    )
    rows: list[Row] = [
        (_text(name), *_cells(row for row in found.comparison.lines if row.line.category == name))
        for name in names
    ]
    spent = [row for row in found.comparison.lines if row.line.category != EARNED]
    rows.append(("All that is spent", *_cells(spent)))
    rows += [
        (f"{_text(name)}: planned, nothing recorded, not compared", amount, *(None,) * (len(_MONEY) - 1))
        for name, amount in found.comparison.unrecorded.items()
    ]
    if found.comparison.earlier:
        text = "Invoices for orders placed before the plan, not compared"
        rows.append((text, None, found.comparison.earlier, *(None,) * (len(_MONEY) - 2)))
    return Table("variance", f"Plan against actual, {found.period}", columns, tuple(rows))


def _text(category: str) -> str:
    return "Revenue" if category == EARNED else CATEGORY_TEXT[category]


def _lines_table(found: Review) -> Table:
    columns = (
        Column("category"), Column("item"), Column("operation"), Column("planned output", Kind.HOURS),
        Column("actual output", Kind.HOURS), *_money_columns(found.currency, *_MONEY),
    )  # fmt: skip
    rows: tuple[Row, ...] = tuple(
        (
            row.line.category, row.line.item, row.line.operation,
            row.planned_output, row.actual_output, *_cells([row]),
        )
        for row in sorted(found.comparison.lines, key=lambda row: -abs(row.total))
    )  # fmt: skip
    return Table("variance_lines", "Plan against actual, line by line", columns, rows)


def _budgets_table(found: Review) -> Table:
    columns = (
        Column("department"), Column("budget"), Column("category"),
        *_money_columns(found.currency, "limit", "plan", "plan to date", "actual to date", *PARTS,
                        "difference", "expected", "left"),
    )  # fmt: skip
    rows: list[Row] = []
    for row in found.comparison.budgets:
        budget = row.budget
        rows.append((
            budget.department, budget.budget, budget.category, row.limit, row.whole, row.to_date,
            row.actual, *(row.parts[name] for name in PARTS), row.actual - row.to_date,
            row.expected, row.left,
        ))  # fmt: skip
    return Table("variance_budgets", "Budget, plan and actual", columns, tuple(rows))
