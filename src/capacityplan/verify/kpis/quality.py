"""The cost of quality in its four parts (prevention, appraisal, internal and external failure)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from capacityplan.domain.plan import LedgerRow
from capacityplan.domain.plant import Stage
from capacityplan.verify.case import Case
from capacityplan.verify.facts import Occasion

PARTS = ("prevention", "appraisal", "internal failure", "external failure")


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


def quality_costs(case: Case, ledger: Iterable[LedgerRow]) -> tuple[QualityCost, ...]:
    """Return the four parts. A plan assumes that nothing defective reaches a customer: external is nil."""
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
        QualityCost("external failure", "returns and complaints", Fraction(0), False),
    )


def _of(rows: list[LedgerRow], category: str) -> Iterator[LedgerRow]:
    return (row for row in rows if row.category == category)


def _sum(rows: Iterable[LedgerRow]) -> Fraction:
    return sum((row.amount for row in rows), Fraction(0))


def _losses(case: Case) -> tuple[Fraction, Fraction]:
    """Value at the item's unit value of what operations lose, and of what inspections take."""
    loss = rejects = Fraction(0)
    for flow in case.flow.lots.values():
        worth = case.lookup.items[flow.lot.item].unit_value / case.lookup.scale[flow.lot.item]
        for leg in flow.legs:
            if leg.ended is not None:
                loss += (leg.entering - int(leg.entering * leg.operation.yield_fraction)) * worth
            rejects += sum((_taken(one) for one in leg.occasions), 0) * worth
    for held in case.flow.held:
        worth = case.lookup.items[held.item].unit_value / case.lookup.scale[held.item]
        rejects += sum((_taken(one) for one in held.occasions), 0) * worth
    return loss, rejects


def _taken(one: Occasion) -> int:
    """What an inspection that took place takes for good."""
    return one.before - one.after if one.decided is not None else 0
