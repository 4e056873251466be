"""What became of lots: time they took, what passed the first time, what customers said; from events alone.

First pass yield, right first time and score count by lot, on the day on which its last operation was
finished. A unit that was rejected by a run or by the first decision of an inspection did not pass the
first time, whatever was made of it later.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from capacityplan.demand.segments import inherited
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Actual, ActualKind, Complaint, ComplaintKind, Plant
from capacityplan.units import MINUTES_PER_DAY, floor_product
from capacityplan.verify.case import Case

_ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class LotOutcome:
    """A lot that was made.

    Attributes
    ----------
    day : int
        On which its last operation was finished (ordinal).
    minutes : int
        From the beginning of its first run to the end of its last.
    made, rejected : int
        Base units that entered, and those of them that did not pass the first time.
    reworked : bool
        Whether anything of it was worked on again.
    complaints, came_back : int
        Complaints and returns that name it; base units they are about (a complaint and the return that
        follows it are about the same units: the larger of both).
    """

    lot: str
    item: str
    day: int
    minutes: int
    made: int
    rejected: int
    reworked: bool
    complaints: int = 0
    came_back: int = 0

    @property
    def right_first_time(self) -> bool:
        """Whether all of it passed, and nothing was worked on again."""
        return not self.rejected and not self.reworked

    @property
    def first_pass_yield(self) -> Fraction | None:
        """Share of the units that passed the first time."""
        return Fraction(max(self.made - self.rejected, 0), self.made) if self.made else None

    @property
    def score(self) -> Fraction | None:
        """Share of the units that passed the first time and did not come back."""
        good = max(self.made - self.rejected - self.came_back, 0)
        return Fraction(good, self.made) if self.made else None


def lot_outcomes(case: Case, plant: Plant, first: int, last: int) -> tuple[LotOutcome, ...]:
    """Return what became of the lots that were finished from the first to the last day (ordinals).

    Parameters
    ----------
    case : Case
        The plan, with the plant it was made from.
    plant : Plant
        With ``actuals`` and ``complaints``.
    """
    runs: dict[str, list[Actual]] = defaultdict(list)
    decisions: dict[str, list[Actual]] = defaultdict(list)
    told: dict[str, list[Complaint]] = defaultdict(list)
    for row in sorted(plant.actuals, key=lambda row: row.at):
        if row.kind is ActualKind.RUN:
            runs[row.object].append(row)
        elif row.kind is ActualKind.DECISION:
            decisions[row.object].append(row)
    for complaint in plant.complaints:
        told[complaint.lot].append(complaint)
    versions = {row.order: row.version for row in plant.receipts}
    versions |= {row.lot: row.version for row in case.plan.lots}
    found = (
        _outcome(case, versions.get(name), rows, decisions[name], told[name])
        for name, rows in sorted(runs.items())
    )
    return tuple(one for one in found if one is not None and first <= one.day <= last)


def _outcome(
    case: Case, version: str | None, runs: list[Actual], decisions: list[Actual], told: list[Complaint]
) -> LotOutcome | None:
    """What became of a lot; None where its last operation is not finished."""
    item, lookup = runs[0].item, case.lookup
    again = {operation for one, _, operation in lookup.rework if one == item}
    stated = () if version is None or (item, version) not in lookup.routings else (version,)
    versions = stated or lookup.versions.get(item, ())
    ends = {lookup.routings[item, one][-1].operation for one in versions}
    over = [row for row in runs if row.finished and row.operation in ends]
    if not over:
        return None
    entered: dict[str, int] = defaultdict(int)
    rejected = 0
    for row in runs:
        if row.operation not in again:
            entered[row.operation] += row.quantity + row.rejected
            rejected += row.rejected
    judged: set[str] = set()
    for row in decisions:
        if row.operation not in judged:
            judged.add(row.operation)
            rejected += row.rejected
    end = over[-1]
    day = case.timeline.clock.ordinal(end.at - (end.start is not None))
    begins = min(row.at - row.minutes if row.start is None else row.start for row in runs)
    units = {
        kind: sum(row.quantity for row in told if row.kind is kind) for kind in ComplaintKind
    }  # fmt: skip
    return LotOutcome(
        end.object, item, day, max(end.at - begins, 0), max(entered.values(), default=0), rejected,
        any(row.operation in again for row in runs), len(told), max(units.values()),
    )  # fmt: skip


def planned_outcomes(case: Case, first: int, last: int) -> tuple[LotOutcome, ...]:
    """Return what a plan makes of the lots that it finishes in these days; it assumes no complaints."""
    found = []
    for held in case.flow.held:
        flow = case.flow.lots.get(held.object)
        if flow is None or held.kind != "lot" or held.completion is None or flow.first is None:
            continue
        day = case.timeline.clock.ordinal(held.completion.minute - 1)
        if not first <= day <= last:
            continue
        rejected = 0
        for one in (*held.occasions, *(one for leg in flow.legs for one in leg.occasions)):
            sample = min(one.row.sample_quantity, one.before) if one.row.destructive else 0
            tested = one.before - sample
            rejected += tested - floor_product(tested, 1 - one.row.reject_fraction)
        minutes = held.completion.minute - flow.first.begins
        found.append(
            LotOutcome(held.object, held.item, day, minutes, flow.legs[0].entering, rejected, rejected > 0)
        )
    return tuple(found)


def lot_figures(case: Case, lots: Iterable[LotOutcome]) -> dict[str, Fraction | None]:
    """Lead time in days, first pass yield by units, share of lots that were right the first time."""
    rows = list(lots)
    made = passed = _ZERO
    for row in rows:
        scale = case.lookup.scale[row.item]
        made += Fraction(row.made, scale)
        passed += Fraction(max(row.made - row.rejected, 0), scale)
    if not rows:
        return {}
    return {
        "lead_time": Fraction(sum(row.minutes for row in rows), len(rows) * MINUTES_PER_DAY),
        "first_pass_yield": passed / made if made else None,
        "right_first_time": Fraction(sum(row.right_first_time for row in rows), len(rows)),
    }


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a customer got of an item in a period, complained of and sent back.

    Attributes
    ----------
    deliveries, complaints : int
        Confirmed deliveries; complaints (returns not counted).
    delivered, returned : Fraction
        Units.
    cost : Fraction
        Of complaints and returns.
    rows : int
        Number of complaints and returns.
    """

    item: str
    customer: str
    deliveries: int
    delivered: Fraction
    complaints: int
    returned: Fraction
    cost: Fraction
    rows: int

    @property
    def complaint_rate(self) -> Fraction | None:
        """Complaints per delivery; None where nothing was delivered."""
        return Fraction(self.complaints, self.deliveries) if self.deliveries else None

    @property
    def return_rate(self) -> Fraction | None:
        """Units sent back per unit delivered."""
        return self.returned / self.delivered if self.delivered else None


def feedback(case: Case, plant: Plant, first: int, last: int) -> tuple[Feedback, ...]:
    """Return deliveries, complaints and returns of a period by item and customer.

    Parameters
    ----------
    plant : Plant
        With ``actuals`` and ``complaints``.
    """
    shipped: dict[tuple[str, str], list[Fraction]] = defaultdict(list)
    for row in plant.actuals:
        if row.kind is ActualKind.DELIVERY and first <= case.timeline.clock.ordinal(row.at) <= last:
            demand = case.demand.get(row.object)
            customer = "" if demand is None else demand.customer
            shipped[row.item, customer].append(Fraction(row.quantity, case.lookup.scale[row.item]))
    told: dict[tuple[str, str], list[Complaint]] = defaultdict(list)
    for complaint in plant.complaints:
        if first <= complaint.day <= last:
            told[complaint.item, complaint.customer].append(complaint)
    prices = Lookup(plant)
    found = []
    for item, customer in sorted({*shipped, *told}):
        came, units = told[item, customer], shipped[item, customer]
        back = sum(row.quantity for row in came if row.kind is ComplaintKind.RETURN)
        found.append(Feedback(
            item, customer, len(units), sum(units, _ZERO),
            sum(row.kind is ComplaintKind.COMPLAINT for row in came), Fraction(back, prices.scale[item]),
            sum((escape_cost(prices, row) for row in came), _ZERO), len(came),
        ))  # fmt: skip
    return tuple(found)


def together(rows: Iterable[Feedback]) -> Feedback:
    """Add up rows."""
    found = list(rows)
    return Feedback(
        "", "", sum(row.deliveries for row in found), sum((row.delivered for row in found), _ZERO),
        sum(row.complaints for row in found), sum((row.returned for row in found), _ZERO),
        sum((row.cost for row in found), _ZERO), sum(row.rows for row in found),
    )  # fmt: skip


def escape_cost(lookup: Lookup, row: Complaint) -> Fraction:
    """What a complaint or return cost: as stated, else by the prices of its item and its customer."""
    if row.cost is not None:
        return row.cost
    each = Fraction(inherited(lookup, row.customer, "complaint_cost") or 0)
    return each + Fraction(row.quantity, lookup.scale[row.item]) * lookup.items[row.item].escape_cost
