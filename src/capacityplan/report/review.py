"""A period looked back on: plan against actual and budget, key figures beside baseline and target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from capacityplan.domain.budgets import EARNED
from capacityplan.domain.plant import ActualKind, Plant
from capacityplan.report.facts import Facts
from capacityplan.report.money import CATEGORY_TEXT
from capacityplan.report.table import Column, Kind, Row, Table
from capacityplan.units import MINUTES_PER_HOUR
from capacityplan.verify.kpis import (
    Comparison,
    Feedback,
    LotOutcome,
    Nearness,
    PeriodFigure,
    Variance,
    compared,
    feedback,
    lot_outcomes,
    nearest,
    nearness,
    period_figures,
    together,
)
from capacityplan.verify.kpis.entries import cents
from capacityplan.verify.kpis.period import LOWER_IS_BETTER, MONEY, SHARES
from capacityplan.verify.kpis.variance import PARTS

REVIEW = ("period", "variance", "variance_lines", "variance_budgets", "complaints", "lot_scores")
"""Tables of a period."""
_ZERO = Fraction(0)
_PLAN = "the plan"
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
    scenarios : tuple of Nearness
        How far the plan (first) and plans of scenarios were off; empty where none are asked about.
    later : int
        Complaints and returns of days after the period.
    """

    comparison: Comparison
    figures: tuple[PeriodFigure, ...]
    currency: str
    feedback: tuple[Feedback, ...] = ()
    lots: tuple[LotOutcome, ...] = ()
    scale: Mapping[str, int] = field(default_factory=dict)
    baseline: Facts | None = None
    scenarios: tuple[Nearness, ...] = ()
    later: int = 0

    @property
    def period(self) -> str:
        """The days of the period."""
        first, last = self.comparison.first, self.comparison.last
        return f"{date.fromordinal(first)} to {date.fromordinal(last)}"


def is_recorded(plant: Plant) -> bool:
    """Whether a plant holds anything to compare its plan with."""
    return bool(plant.actuals or plant.spending or plant.complaints)


def review(
    facts: Facts, plant: Plant | None = None, first: int | None = None, last: int | None = None,
    baseline: Facts | None = None, scenarios: Mapping[str, Facts] | None = None,
) -> Review:  # fmt: skip
    """Look back on a period.

    Parameters
    ----------
    facts : Facts
        The plan, with the plant it was made from.
    plant : Plant, optional
        With ``actuals``, ``complaints``, ``spending``, ``budgets`` and ``targets``; default: the plan's own.
    first, last : int, optional
        Days (ordinals); default: from the plan's first day to the last one of the actuals (without any, of
        spending and complaints, which come later than what they are about).
    baseline : Facts, optional
        A former plan that covers the same days.
    scenarios : mapping of str to Facts, optional
        Plans of scenarios by name, to find the one that was nearest to what happened.
    """
    told = facts.stated if plant is None else plant
    begin = int(facts.timeline.first_day[0]) if first is None else first
    end = _last_day(facts, told, begin) if last is None else last
    ledger = facts.verdict.ledger
    former = None if baseline is None else (baseline.case, baseline.verdict.ledger)
    found = period_figures(facts.case, told, ledger, begin, end, former)
    off = (
        nearness(name, facts.case, told, one.case, begin, end)
        for name, one in ({_PLAN: facts} | dict(scenarios or {})).items()
    )
    return Review(
        compared(facts.case, told, ledger, begin, end), found, facts.currency,
        feedback(facts.case, told, begin, end), lot_outcomes(facts.case, told, begin, end),
        facts.lookup.scale, baseline, tuple(off) if scenarios else (),
        sum(row.day > end for row in told.complaints),
    )  # fmt: skip


def _last_day(facts: Facts, plant: Plant, begin: int) -> int:
    """Last day on which anything happened; what is only expected has not."""
    clock = facts.timeline.clock
    days = [
        clock.ordinal(row.at - (row.kind is ActualKind.RUN))
        for row in plant.actuals if row.kind is not ActualKind.EXPECTED
    ]  # fmt: skip
    told = [*(row.day for row in plant.spending), *(row.day for row in plant.complaints)]
    return max([begin, *(days or told)])


def review_tables(found: Review) -> tuple[Table, ...]:
    """Return the tables of a period; every row and column of money adds up to the cent."""
    tables = (
        _figures_table(found), _categories_table(found), _lines_table(found), _budgets_table(found),
        _complaints_table(found), _lots_table(found),
    )  # fmt: skip
    return (*tables, _scenarios_table(found)) if found.scenarios else tables


def _scenarios_table(found: Review) -> Table:
    columns = (
        Column("scenario"), *(Column(name, Kind.SHARE) for name in ("demand off", "supply off", "off")),
        Column("nearest"),
    )  # fmt: skip
    best = nearest(found.scenarios)
    rows = tuple(
        (row.name, row.demand, row.supply, row.off, "yes" if row is best else "") for row in found.scenarios
    )
    return Table("scenarios", f"Which scenario came nearest, {found.period}", columns, rows)


def _figures_table(found: Review) -> Table:
    columns = (
        Column("figure"), Column("unit"), 
        *(Column(name, Kind.HOURS) for name in ("baseline", "plan", "actual", "actual less plan", "target")),
        Column("meets it"),
    )  # fmt: skip
    rows = tuple(
        (
            row.name.replace("_", " "), figure_unit(row.name, found.currency), *(
                figure_value(row.name, value) for value in (
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
    return "%" if name in SHARES else {"run_hours": "h", "lead_time": "days"}.get(name, "")


def trend_word(name: str, change: Fraction | None) -> str:
    """Whether a change of a key figure is for the better; empty where it is not known."""
    if not change:
        return "" if change is None else "same"
    return "better" if (change < 0) == (name in LOWER_IS_BETTER) else "worse"


def figure_value(name: str, value: Fraction | None) -> Fraction | None:
    """Write a key figure in its unit: shares in percent, everything with at most two decimals."""
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


def _complaints_table(found: Review) -> Table:
    """By item and customer, then together."""
    columns = (
        Column("item"), Column("customer"), Column("deliveries", Kind.INTEGER),
        Column("delivered", Kind.HOURS), Column("complaints", Kind.INTEGER),
        Column("complaint rate", Kind.SHARE), Column("returned", Kind.HOURS),
        Column("return rate", Kind.SHARE), Column("cost", Kind.MONEY, found.currency),
    )  # fmt: skip
    rows: list[Row] = []
    if found.later or any(row.rows for row in found.feedback):
        rows = [_feedback_cells(row.item, row.customer, row) for row in found.feedback]
        rows.append(_feedback_cells("together", "", together(found.feedback)))
    left_out = f" ({found.later} of later days left out)" if found.later else ""
    return Table("complaints", f"Complaints and returns, {found.period}{left_out}", columns, tuple(rows))


def _feedback_cells(item: str, customer: str, row: Feedback) -> Row:
    return (
        item, customer, row.deliveries, row.delivered, row.complaints, row.complaint_rate, row.returned,
        row.return_rate, row.cost,
    )  # fmt: skip


def _lots_table(found: Review) -> Table:
    """The lots that were finished, the lowest score first."""
    columns = (
        Column("lot"), Column("item"), Column("finished", Kind.DAY), Column("lead time", Kind.HOURS, "h"),
        Column("made", Kind.HOURS), Column("rejected", Kind.HOURS), Column("worked on again"),
        Column("first pass yield", Kind.SHARE), Column("complaints", Kind.INTEGER),
        Column("came back", Kind.HOURS), Column("score", Kind.SHARE),
    )  # fmt: skip
    rows: list[Row] = [
        (
            row.lot, row.item, date.fromordinal(row.day), Fraction(row.minutes, MINUTES_PER_HOUR),
            *(Fraction(value, found.scale[row.item]) for value in (row.made, row.rejected)),
            _WORDS[row.reworked], row.first_pass_yield, row.complaints,
            Fraction(row.came_back, found.scale[row.item]), row.score,
        )
        for row in sorted(found.lots, key=lambda row: (row.score is None, row.score or 0, row.lot))
    ]  # fmt: skip
    return Table("lot_scores", f"Lots finished, {found.period}", columns, tuple(rows))
