"""The certified bound is below every plan that the checker accepts, and needs no solver to check."""

import pytest

from capacityplan.domain.plan import Provenance
from capacityplan.solve.bound import certify
from capacityplan.solve.dispatch import schedule
from capacityplan.solve.mrp import net_requirements
from capacityplan.solve.settle import settle
from capacityplan.solve.types import Limits, LotPlan
from capacityplan.templates import NAMES, build
from capacityplan.verify import check
from capacityplan.verify.bound import evaluate

LIMITS = Limits(deadline=float("inf"))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", [0, 1])
def test_accepted_plans_cost_at_least_the_bound(name: str, seed: int) -> None:
    plant = build(name, size=0.1, seed=seed)
    found = certify(plant, 30, search=False)
    assert found.bound_certified is not None
    assert found.bound_certified > 0
    assert evaluate(plant, dict(found.multipliers)) >= found.bound_certified
    for lots in (net_requirements(plant), LotPlan((), ())):
        plan = settle(plant, schedule(plant, lots, LIMITS), lots, Provenance(name, ""))
        verdict = check(plant, plan)
        assert not verdict.violations
        assert verdict.cost >= found.bound_certified
        assert found.unavoidable is None or verdict.cost >= found.unavoidable
