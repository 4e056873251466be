"""The cost of quality in its four parts (prevention, appraisal, internal and external failure)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from capacityplan.domain.plan import LedgerRow
from capacityplan.domain.plant import Plant, Stage
from capacityplan.units import floor_product
from capacityplan.verify.budgets import LAST_DAY
from capacityplan.verify.case import Case
from capacityplan.verify.facts import Occasion
from capacityplan.verify.kpis.outcomes import feedback


@dataclass(frozen=True, slots=True)
class QualityCost:
    """An amount of a part.

    Attributes
    ----------
    in_ledger : bool
        Whether it is an amount of the ledger; the others are the value of what is lost, paid for as
        material and work already.
    """

    part: str
    what: str
    amount: Fraction
    in_ledger: bool


def quality_costs(
    case: Case, ledger: Iterable[LedgerRow], plant: Plant | None = None
) -> tuple[QualityCost, ...]:
    """Return the four parts.

    A plan assumes that nothing defective reaches a customer: external failure is what was recorded of it
    from the plan's first day on, by item and customer.

    Parameters
    ----------
    plant : Plant, optional
        With ``complaints``; default: the plan's own.
    """
    rows = list(ledger)
    validations = {row.inspection for row in case.plant.inspections if row.stage is Stage.VALIDATION}
    inspected = [row for row in rows if row.category == "inspection"]
    first = _sum(row for row in inspected if row.object.rsplit("/", 1)[-1] in validations)
    loss, rejects = _losses(case)
    return (
        QualityCost("prevention", "validation of new items", first, True),
        QualityCost("appraisal", "inspections", _sum(inspected) - first, True),
        QualityCost("appraisal", "stock that waits for its release", _sum(_of(rows, "hold")), True),
        QualityCost("internal failure", "rework", _sum(_of(rows, "rework")), True),
        QualityCost("internal failure", "value lost in operations (yield)", loss, False),
        QualityCost("internal failure", "value of samples and rejects", rejects, False),
        *_escapes(case, case.plant if plant is None else plant),
    )


def _escapes(case: Case, plant: Plant) -> list[QualityCost]:
    first = int(case.timeline.first_day[0])
    told = [row for row in feedback(case, plant, first, LAST_DAY) if row.rows]
    if not told:
        return [QualityCost("external failure", "returns and complaints: none recorded", Fraction(0), False)]
    return [
        QualityCost(
            "external failure",
            f"returns and complaints of {row.item}, {row.customer or 'nobody named'}", row.cost, False,
        )
        for row in told
    ]  # fmt: skip


def _of(rows: list[LedgerRow], category: str) -> Iterator[LedgerRow]:
    return (row for row in rows if row.category == category)


def _sum(rows: Iterable[LedgerRow]) -> Fraction:
    return sum((row.amount for row in rows), Fraction(0))


def _losses(case: Case) -> tuple[Fraction, Fraction]:
    """Value at the item's unit value of what operations lose, and of what inspections take."""
    lost: dict[str, int] = defaultdict(int)
    taken: dict[str, int] = defaultdict(int)
    for flow in case.flow.lots.values():
        for leg in flow.legs:
            if leg.ended is not None:
                good = floor_product(leg.entering, leg.operation.yield_fraction)
                lost[flow.lot.item] += leg.entering - good
    for one in case.flow.occasions:
        taken[one.item] += _taken(one)
    return _worth(case, lost), _worth(case, taken)


def _worth(case: Case, quantities: Mapping[str, int]) -> Fraction:
    items, scale = case.lookup.items, case.lookup.scale
    worth = (quantity * items[item].unit_value / scale[item] for item, quantity in quantities.items())
    return sum(worth, Fraction(0))


def _taken(one: Occasion) -> int:
    """What an inspection that took place takes for good."""
    return one.before - one.after if one.decided is not None else 0
