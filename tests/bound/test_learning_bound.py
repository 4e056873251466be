"""No accepted plan of a plant whose run times come down is below its bound, and the curve counts in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from constructed import cheapest
from small_plants import LEARNING, WIDER
from small_plants import plant as draw
from trial import trial

from capacityplan.domain import plant as q
from capacityplan.solve.bound import certify


@pytest.mark.parametrize("first", [LEARNING, LEARNING + WIDER])
def test_no_plan_is_below_the_bound(first: int) -> None:
    accepted = 0
    for seed in range(first, first + 4):
        found = trial(seed, 60, 1, 2.0)
        assert not found.wrong
        accepted += found.accepted
    assert accepted > 50


def test_plans_have_lots_of_several_stretches() -> None:
    seen: Counter[str] = Counter()
    for seed in (*range(LEARNING, LEARNING + 20), *range(LEARNING + WIDER, LEARNING + WIDER + 16)):
        plant = draw(seed)
        seen["of one operation"] += any(row.operation for row in plant.learning)
        seen["by launch"] += any(row.launch_day is not None for row in plant.learning)
        for plan in cheapest(plant, seed, 45).plans:
            later = {lot.lot for lot in plan.lots if "@" in lot.version}
            seen["later in the window"] += any(run.lot in later for run in plan.runs)
            seen["later in the tail"] += any(run.lot in later for run in plan.bucket_runs)
            items = Counter(item for item, _ in {(lot.item, lot.version) for lot in plan.lots})
            seen["of two stretches"] += max(items.values(), default=0) > 1
    missing = {name for name in seen if seen[name] < 5}
    assert not missing, seen


def test_what_is_slower_at_first_costs_in_the_bound() -> None:
    plant = draw(LEARNING + 1)
    slow = tuple(q.LearningStep(row.item, row.run_time_factor * 3, date=1) for row in plant.learning)
    bounds = [certify(replace(plant, learning=rows), 5.0).bound_certified for rows in ((), slow)]
    plain, slower = bounds
    assert plain is not None
    assert slower is not None
    assert plain < slower
