"""Where the checker and the second checker do not agree on a plan."""

from __future__ import annotations

from fractions import Fraction

from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.verify import check

from .judge import judge

INTEGRITY = "plan_integrity"


def differences(plant: Plant, plan: Plan) -> list[str] | None:
    """What the two say differently: rules broken, costs by category. None: references are broken.

    Tables can be joined only where all names exist: plans that break `plan_integrity` are judged once.
    """
    first = check(plant, plan)
    rules = {violation.rule for violation in first.violations}
    if INTEGRITY in rules:
        return None
    second = judge(plant, plan)
    found = [f"only the checker: {rule}" for rule in sorted(rules - second.broken)]
    found += [f"only SQL: {rule}" for rule in sorted(second.broken - rules)]
    costs: dict[str, Fraction] = {}
    for row in first.ledger:
        costs[row.category] = costs.get(row.category, Fraction(0)) + row.amount
    for category in sorted({*costs, *second.costs}):
        one, two = costs.get(category, Fraction(0)), second.costs.get(category, Fraction(0))
        if one != two:
            found.append(f"{category}: checker {float(one):.4f}, SQL {float(two):.4f}")
    return found
