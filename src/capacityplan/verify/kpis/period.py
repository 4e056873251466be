"""Key figures of a period: of a former plan (baseline), of the plan, and of what really happened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from capacityplan.demand.market import Sale, market_share
from capacityplan.domain.budgets import EARNED, SPENDING, TargetFigure
from capacityplan.domain.plan import Delivery, LedgerRow
from capacityplan.domain.plant import Actual, ActualKind, Plant, ReceiptKind
from capacityplan.units import MINUTES_PER_HOUR
from capacityplan.verify.case import Case
from capacityplan.verify.kpis.entries import WORK, Lines, happened, planned
from capacityplan.verify.kpis.money import earned
from capacityplan.verify.kpis.outcomes import (
    Feedback,
    feedback,
    lot_figures,
    lot_outcomes,
    planned_outcomes,
    together,
)

Values = dict[str, Fraction | None]
"""Key figures by name; None where there is nothing to compute one from."""
MONEY = ("revenue", "spent", "result", "escape_cost")
COUNTS = ("units_delivered", "operations_finished", "run_hours", "lead_time")
SHARES = (
    "on_time_in_full", "promises_kept", "adherence", "effectiveness", "quality_ratio", "receipts_on_time",
    "first_pass_yield", "right_first_time", "complaint_rate", "return_rate", "market_share",
)  # fmt: skip
FIGURES = (*MONEY, *COUNTS, *SHARES)
LOWER_IS_BETTER = ("spent", "escape_cost", "lead_time", "complaint_rate", "return_rate")
_OF_CUSTOMERS = ("complaint_rate", "return_rate", "escape_cost")
_ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class PeriodFigure:
    """A key figure side by side.

    Attributes
    ----------
    baseline : Fraction or None
        Of a former plan for the same days.
    target : Fraction or None
        The last target that counts for a period that begins on the first day.
    """

    name: str
    baseline: Fraction | None
    plan: Fraction | None
    actual: Fraction | None
    target: Fraction | None

    @property
    def meets_target(self) -> bool | None:
        """Whether the actual figure reaches the target; None where one of them is missing."""
        if self.actual is None or self.target is None:
            return None
        return self.actual <= self.target if self.name in LOWER_IS_BETTER else self.actual >= self.target


def period_figures(
    case: Case, plant: Plant, ledger: Iterable[LedgerRow], first: int, last: int,
    baseline: tuple[Case, Iterable[LedgerRow]] | None = None,
) -> tuple[PeriodFigure, ...]:  # fmt: skip
    """Compute the key figures of the days from first to last (ordinals, both included).

    Money counts the categories of which anything is recorded in the period, in all columns.

    Parameters
    ----------
    case : Case
        The plan, with the plant it was made from.
    plant : Plant
        With ``actuals``, ``complaints``, ``market``, ``spending`` and ``targets``.
    baseline : tuple of Case and ledger, optional
        A former plan.
    """
    rows = list(ledger)
    came = happened(case, plant, rows, first, last)
    now = _of_plan(case, planned(case, rows, first, last), came.recorded, first, last)
    before: Values = {}
    if baseline is not None:
        former, charged = baseline
        before = _of_plan(former, planned(former, charged, first, last), came.recorded, first, last)
    real = _of_actuals(case, plant, came.lines, came.recorded, first, last)
    if plant.complaints:
        # A plan assumes that nothing comes back.
        now |= dict.fromkeys(_OF_CUSTOMERS, _ZERO)
        real |= _of_customers(together(feedback(case, plant, first, last)))
    now["market_share"] = market_share(case.lookup, plant.market, planned_sales(case), first, last).share
    if EARNED in came.recorded:
        real["market_share"] = market_share(case.lookup, plant.market, came.sold, first, last).share
    goals = {row.figure: row.value for row in plant.targets if row.start <= first <= row.end}
    return tuple(
        PeriodFigure(name, before.get(name), now.get(name), real.get(name), _goal(goals, name))
        for name in FIGURES
    )


def _goal(goals: Mapping[TargetFigure, Fraction], name: str) -> Fraction | None:
    return goals.get(TargetFigure(name)) if name in set(TargetFigure) else None


def _money(lines: Lines, recorded: Iterable[str]) -> Values:
    names = set(recorded)
    revenue = sum((sums.amount for line, sums in lines.items() if line.category == EARNED), _ZERO)
    spent = sum(
        (sums.amount for line, sums in lines.items() if line.category in names - {EARNED}), _ZERO
    )  # fmt: skip
    found: Values = {"revenue": revenue if EARNED in names else None, "spent": spent if names else None}
    found["result"] = revenue - spent if EARNED in names else None
    return found


def _delivered(lines: Lines) -> Fraction:
    return sum((sums.output for line, sums in lines.items() if line.category == EARNED), _ZERO)


def planned_sales(case: Case) -> list[Sale]:
    """Return what a plan delivers, at its price, spread over the days of the bucket it ships in."""
    timeline, found = case.timeline, []
    for row, amount in earned(case):
        bucket = timeline.bucket_of_end(row.ship)
        day = int(timeline.first_day[bucket])
        buyer = case.demand[row.demand].customer
        found.append(Sale(row.item, buyer, day, day + int(timeline.days[bucket]) - 1, amount))
    return found


def plan_figures(case: Case, ledger: Iterable[LedgerRow], first: int, last: int) -> Values:
    """Compute the key figures of a plan alone, with all that it spends and earns."""
    found = _of_plan(case, planned(case, ledger, first, last), (*SPENDING, EARNED), first, last)
    market = market_share(case.lookup, case.plant.market, planned_sales(case), first, last)
    return found | {"market_share": market.share}


def _of_plan(case: Case, lines: Lines, recorded: Iterable[str], first: int, last: int) -> Values:
    """Figures of a plan; it keeps to itself, so adherence, effectiveness and receipts are whole."""
    ended = [work for work in case.flow.works if first <= case.timeline.clock.ordinal(work.ends - 1) <= last]
    good = whole = _ZERO
    for work in ended:
        units = Fraction(work.row.quantity, case.lookup.scale[work.item])
        whole += units
        good += units * work.operation.yield_fraction
    minutes = sum(
        (sums.effort for line, sums in lines.items() if line.category in WORK and line.category != "labour"),
        _ZERO,
    )
    return _money(lines, recorded) | {
        "units_delivered": _delivered(lines), "operations_finished": Fraction(len(ended)),
        "run_hours": minutes / MINUTES_PER_HOUR,
        **_served(case, case.plan.deliveries, first, last),
        "adherence": Fraction(1) if ended else None, "effectiveness": Fraction(1) if ended else None,
        "quality_ratio": good / whole if whole else None,
        "receipts_on_time": Fraction(1) if _expected(case, first, last) else None,
    } | {
        # What a plan expects to be rejected is a share of every lot: it says nothing of single lots.
        name: value for name, value in lot_figures(case, planned_outcomes(case, first, last)).items()
        if name != "right_first_time"
    }  # fmt: skip


def _share(rows: list[bool]) -> Fraction | None:
    return Fraction(sum(rows), len(rows)) if rows else None


def _served(case: Case, deliveries: Iterable[Delivery], first: int, last: int) -> Values:
    """Share of what is due in the period that is served in time and in full: of all, and of orders."""
    timely: dict[str, int] = defaultdict(int)
    for row in deliveries:
        demand = case.demand.get(row.demand)
        if demand is not None and case.in_time(demand, row):
            timely[row.demand] += row.quantity
    clock = case.timeline.clock
    found = [
        (timely[name] >= demand.quantity, demand.is_order)
        for name, demand in case.demand.items()
        if demand.quantity and first <= clock.ordinal(demand.due - 1) <= last
    ]
    return {
        "on_time_in_full": _share([kept for kept, _ in found]),
        "promises_kept": _share([kept for kept, is_order in found if is_order]),
    }


def _expected(case: Case, first: int, last: int) -> dict[str, tuple[int, int]]:
    """Quantity and day of what is to be received in the period: purchases and open orders."""
    rows = [(row.purchase, row.quantity, row.arrives) for row in case.plan.purchases]
    rows += [
        (row.order, row.quantity, row.due) for row in case.plant.receipts if row.kind is ReceiptKind.PURCHASE
    ]
    days = {name: (quantity, case.timeline.clock.ordinal(at)) for name, quantity, at in rows}
    return {name: found for name, found in days.items() if first <= found[1] <= last}


def _of_actuals(
    case: Case, plant: Plant, lines: Lines, recorded: Iterable[str], first: int, last: int
) -> Values:
    by_kind: dict[ActualKind, list[Actual]] = defaultdict(list)
    for row in plant.actuals:
        by_kind[row.kind].append(row)
    found = _money(lines, recorded)
    if by_kind[ActualKind.DELIVERY]:
        found["units_delivered"] = _delivered(lines)
        shipped = [_shipped(case, row) for row in by_kind[ActualKind.DELIVERY]]
        found |= _served(case, shipped, first, last)
    if by_kind[ActualKind.RECEIPT]:
        found["receipts_on_time"] = _receipts(case, by_kind[ActualKind.RECEIPT], first, last)
    found |= lot_figures(case, lot_outcomes(case, plant, first, last))
    return found | _of_runs(case, by_kind[ActualKind.RUN], lines, first, last)


def _of_customers(told: Feedback) -> Values:
    return {
        "complaint_rate": told.complaint_rate, "return_rate": told.return_rate, "escape_cost": told.cost,
    }  # fmt: skip


def _shipped(case: Case, row: Actual) -> Delivery:
    """A confirmed delivery; it travels as long as the plan's to that demand, or to that customer."""
    travel = next(
        (one.arrive - one.ship for one in case.plan.deliveries if one.demand == row.object), 0
    )  # fmt: skip
    return Delivery(row.object, row.item, row.quantity, row.at, row.at + travel)


def _receipts(case: Case, rows: list[Actual], first: int, last: int) -> Fraction | None:
    expected = _expected(case, first, last)
    came: dict[str, int] = defaultdict(int)
    for row in rows:
        if row.object in expected and case.timeline.clock.ordinal(row.at) <= expected[row.object][1]:
            came[row.object] += row.quantity
    return _share([came[name] >= quantity for name, (quantity, _) in expected.items()])


def _of_runs(case: Case, rows: list[Actual], lines: Lines, first: int, last: int) -> Values:
    """What the confirmations of runs tell: adherence, effectiveness, quality, hours."""
    clock = case.timeline.clock
    if not rows:
        return {}
    done = {
        (row.object, row.operation): clock.ordinal(row.at - (row.start is not None))
        for row in rows if row.finished
    }  # fmt: skip
    wanted = {
        (work.row.lot, work.row.operation): clock.ordinal(work.ends - 1)
        for work in sorted(case.flow.works, key=lambda one: one.ends)
    }
    kept = [done.get(key, last + 1) <= day for key, day in wanted.items() if first <= day <= last]
    good = whole = _ZERO
    for row in rows:
        if first <= clock.ordinal(row.at - (row.start is not None)) <= last:
            scale = case.lookup.scale[row.item]
            good += Fraction(row.quantity, scale)
            whole += Fraction(row.quantity + row.rejected, scale)
    machine = [sums for line, sums in lines.items() if line.category in WORK and line.category != "labour"]
    minutes = sum((sums.effort for sums in machine), _ZERO)
    asked = sum((sums.standard for sums in machine), _ZERO)
    return {
        "operations_finished": Fraction(sum(first <= day <= last for day in done.values())),
        "adherence": _share(kept), "effectiveness": asked / minutes if minutes else None,
        "quality_ratio": good / whole if whole else None, "run_hours": minutes / MINUTES_PER_HOUR,
    }  # fmt: skip
