"""What a verdict says of itself, and who refuses a plan for it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F

import pytest
import tiny
from tiny import DAY, lot

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.errors import VerificationError
from capacityplan.verify import check
from capacityplan.verify.api import other_data, require_verified

PLANT = tiny.plant(
    items=(replace(tiny.ITEM, holding_cost_per_day=F(1)),),
    resources=(replace(tiny.M, cost_per_hour=F(60)),),
    orders=(q.Order("O1", "A", 10, DAY, late_cost_per_day=F(2), lost_cost=F(50)),),
)
MADE = tiny.plan(**lot("L1", 0))
DELIVERED = p.Delivery("O1", "A", 10, 4 * DAY, 4 * DAY)


def test_costs_are_added_up_by_category_largest_first() -> None:
    late = check(PLANT, replace(MADE, deliveries=(DELIVERED,)))
    assert late.verified
    assert list(late.by_category.items()) == [("late", 40), ("holding", 30), ("production", 10)]
    assert late.pain == {"O1": 40}
    assert (late.late_unit_days, late.lost_units, late.on_time_share) == (20, 0, 0)
    lost = check(PLANT, replace(MADE, lost=(p.Lost("O1", 10),)))
    assert next(iter(lost.by_category)) == "lost"
    assert lost.pain == {"O1": 500}
    assert lost.lost_units == 10


def test_a_plan_that_states_wrong_costs_keeps_the_rules() -> None:
    wrong = check(PLANT, replace(MADE, certificate=p.Certificate(True, 0, F(1))))
    assert (wrong.verified, wrong.keeps_rules, wrong.charged) == (False, True, True)
    early = check(PLANT, replace(MADE, deliveries=(replace(DELIVERED, ship=0, arrive=0),)))
    assert (early.verified, early.keeps_rules, early.charged) == (False, False, True)
    nothing = check(PLANT, replace(MADE, lots=()))
    assert (nothing.verified, nothing.keeps_rules, nothing.charged) == (False, False, False)
    assert (nothing.ledger, nothing.cost, nothing.late_unit_days, nothing.lost_units) == ((), 0, 0, 0)
    assert check(replace(PLANT, orders=()), MADE).on_time_share == 1
    good = check(PLANT, MADE)
    assert (good.verified, good.keeps_rules, good.charged) == (True, True, True)


def test_a_plan_that_breaks_rules_is_refused_and_told_of_other_data() -> None:
    require_verified(PLANT, MADE, check(PLANT, MADE))
    short = replace(MADE, deliveries=(replace(DELIVERED, ship=0, arrive=0),))
    with pytest.raises(VerificationError, match="material_balance"):
        require_verified(PLANT, short, check(PLANT, short))


def test_a_plan_is_known_by_the_data_it_was_made_from() -> None:
    own = p.Provenance(PLANT.name, PLANT.hash())
    assert other_data(PLANT, replace(MADE, provenance=own)) == ""
    assert "'other'" in other_data(PLANT, replace(MADE, provenance=p.Provenance("other", "?")))
    assert "hash differs" in other_data(PLANT, replace(MADE, provenance=p.Provenance(PLANT.name, "?")))
