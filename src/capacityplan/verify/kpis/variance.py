"""Plan against actual, split into volume, mix, efficiency and price; and both against the budgets.

Each part is a step between two amounts: the plan, the plan at the real volume, at the real mix, at
the real effort, at real prices. So the parts of a line add up to its difference; they are rounded to
the cent with what rounding leaves in the largest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from capacityplan.domain.budgets import EARNED, SPENDING, Budget
from capacityplan.domain.plan import LedgerRow
from capacityplan.domain.plant import Plant
from capacityplan.verify.budgets import Grant, budget_uses, grants
from capacityplan.verify.case import Case
from capacityplan.verify.kpis.entries import Happened, Line, Lines, Sums, cents, happened, planned

PARTS = ("volume", "mix", "efficiency", "price", "other")
_ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Variance:
    """A line of plan against actual.

    Attributes
    ----------
    volume : Fraction
        More or less in all, of what is counted in the same unit.
    mix : Fraction
        More of the dear and less of the cheap, at that volume.
    efficiency : Fraction
        More or fewer minutes for what was made.
    price : Fraction
        Dearer or cheaper minutes and units.
    other : Fraction
        Differences of what has no quantity to split them by.
    """

    line: Line
    planned_output: Fraction
    actual_output: Fraction
    planned: Fraction
    actual: Fraction
    volume: Fraction = _ZERO
    mix: Fraction = _ZERO
    efficiency: Fraction = _ZERO
    price: Fraction = _ZERO
    other: Fraction = _ZERO

    @property
    def total(self) -> Fraction:
        """Actual less plan: the sum of the parts."""
        return self.actual - self.planned

    @property
    def effect(self) -> Fraction:
        """What it does to the result: more revenue raises it, more spending lowers it."""
        return self.total if self.line.category == EARNED else -self.total


@dataclass(frozen=True, slots=True)
class BudgetVariance:
    """A budget against plan and actual.

    Attributes
    ----------
    limit : Fraction
        What is granted of its limit.
    whole : Fraction
        What the plan spends of it in all, with what was spent before.
    to_date, actual : Fraction
        Planned, and really spent, up to the day of the comparison (what was spent before included).
    parts : dict of str to Fraction
        The difference, in the parts of `PARTS`.
    """

    budget: Budget
    limit: Fraction
    whole: Fraction
    to_date: Fraction
    actual: Fraction
    parts: Mapping[str, Fraction]

    @property
    def expected(self) -> Fraction:
        """What will be spent of it if the rest goes as planned."""
        return self.whole + self.actual - self.to_date

    @property
    def left(self) -> Fraction:
        """Limit less what is expected (the reserve not counted)."""
        return self.limit - self.expected


@dataclass(frozen=True, slots=True)
class Comparison:
    """Plan, budget and actual of a period.

    Attributes
    ----------
    lines : tuple of Variance
        Of all categories of which anything is recorded.
    unrecorded : dict of str to Fraction
        Planned amounts of the other categories, which are not compared.
    earlier : Fraction
        Invoices for orders placed before the plan, not compared either.
    """

    first: int
    last: int
    lines: tuple[Variance, ...]
    unrecorded: Mapping[str, Fraction]
    earlier: Fraction
    budgets: tuple[BudgetVariance, ...]


def compared(case: Case, plant: Plant, ledger: Iterable[LedgerRow], first: int, last: int) -> Comparison:
    """Compare a period (ordinals, both days included).

    Parameters
    ----------
    case : Case
        The plan, with the plant it was made from.
    plant : Plant
        With ``actuals``, ``spending``, ``funds`` and ``budgets``.
    ledger : iterable of LedgerRow
        Of the plan.
    """
    rows = list(ledger)
    wanted = planned(case, rows, first, last)
    came = happened(case, plant, rows, first, last)
    return Comparison(
        first, last, variances(case, wanted, came), unrecorded(wanted, came), came.earlier,
        tuple(
            _budget(case, plant, rows, row, first, last) for row in grants(plant.funds, plant.budgets)
        ),
    )  # fmt: skip


def unrecorded(wanted: Lines, came: Happened) -> dict[str, Fraction]:
    """Return planned amounts of categories of which nothing is recorded."""
    found: dict[str, Fraction] = defaultdict(Fraction)
    for line, sums in wanted.items():
        if line.category not in came.recorded:
            found[line.category] += sums.amount
    return {category: amount for category, amount in sorted(found.items()) if amount}


def variances(case: Case, wanted: Lines, came: Happened) -> tuple[Variance, ...]:
    """Return the lines of the categories that are recorded, each with its parts."""
    lines = sorted(line for line in {*wanted, *came.lines} if line.category in came.recorded)
    pairs = {line: (wanted.get(line, Sums()), came.lines.get(line, Sums())) for line in lines}
    groups: dict[tuple[str, str, str], list[Line]] = defaultdict(list)
    for line, (plan, _) in pairs.items():
        if line.item and (plan.output or not plan.amount):
            unit = case.lookup.items[line.item].unit
            groups[line.category, unit, line.operation].append(line)
    ratios: dict[Line, Fraction | None] = {}
    for members in groups.values():
        before = sum((pairs[line][0].output for line in members), _ZERO)
        after = sum((pairs[line][1].output for line in members), _ZERO)
        ratios |= dict.fromkeys(members, after / before if before else None)
    found = (
        _split(line, *pairs[line], ratios[line]) if line in ratios else _whole(line, *pairs[line])
        for line in lines
    )
    return tuple(row for row in found if row.planned or row.actual)


def _whole(line: Line, plan: Sums, real: Sums) -> Variance:
    """A line without quantities."""
    other = real.amount - plan.amount
    return Variance(line, plan.output, real.output, plan.amount, real.amount, other=other)


def _fitted(exact: tuple[Fraction, ...], total: Fraction) -> tuple[Fraction, ...]:
    parts = [cents(part) for part in exact]
    largest = max(range(len(parts)), key=lambda n: abs(parts[n]))
    parts[largest] += total - sum(parts, _ZERO)
    return tuple(parts)


def _split(line: Line, plan: Sums, real: Sums, ratio: Fraction | None) -> Variance:
    """Split a line at its planned effort per unit and rate; unplanned work at those of the plant's data."""
    per_unit = _over(plan.effort, plan.output, _over(real.standard, real.output, _ZERO))
    rate = _over(plan.valued, plan.effort, _over(real.valued, real.effort, _ZERO))
    flexed = real.output * per_unit * rate
    at_effort = real.effort * rate
    volume = flexed - plan.valued if ratio is None else plan.valued * (ratio - 1)
    exact = (volume, flexed - plan.valued - volume, at_effort - flexed, real.amount - at_effort)
    parts = _fitted(exact, real.amount - plan.amount)
    return Variance(line, plan.output, real.output, plan.amount, real.amount, *parts)


def _over(amount: Fraction, count: Fraction, otherwise: Fraction) -> Fraction:
    return amount / count if count else otherwise


def _budget(
    case: Case, plant: Plant, rows: list[LedgerRow], grant: Grant, first: int, last: int
) -> BudgetVariance:
    """Of a budget only the days count that lie in its period and in the comparison's."""
    budget = grant.budget
    begin, end = max(first, budget.start), min(last, budget.end)
    wanted, came = planned(case, rows, begin, end), happened(case, plant, rows, begin, end)
    names = SPENDING if budget.category == "all" else (budget.category,)
    lines = [row for row in variances(case, wanted, came) if row.line.category in names]
    (use,) = budget_uses([grant], case.timeline, rows)
    to_date = budget.spent + sum((row.planned for row in lines), _ZERO)
    actual = budget.spent + sum((row.actual for row in lines), _ZERO)
    parts = {name: sum((getattr(row, name) for row in lines), _ZERO) for name in PARTS}
    return BudgetVariance(budget, grant.limit, use.spent, to_date, actual, parts)
