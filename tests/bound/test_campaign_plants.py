"""No accepted plan of a plant with campaigns is below its bound, and plans have all that ends one."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from constructed import cheapest
from small_plants import CAMPAIGNS, WIDER
from small_plants import plant as draw
from trial import trial

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q


@pytest.mark.parametrize("first", [CAMPAIGNS, CAMPAIGNS + WIDER])
def test_no_plan_is_below_the_bound(first: int) -> None:
    accepted = 0
    for seed in range(first, first + 4):
        found = trial(seed, 60, 1, 2.0)
        assert not found.wrong
        accepted += found.accepted
    assert accepted > 50


def test_plans_have_what_ends_campaigns() -> None:
    seen: Counter[str] = Counter()
    for seed in (*range(CAMPAIGNS, CAMPAIGNS + 12), *range(CAMPAIGNS + WIDER, CAMPAIGNS + WIDER + 16)):
        plant = draw(seed)
        for plan in cheapest(plant, seed, 45).plans:
            seen.update(_events(plant, plan))
    named = (
        "cleaning",
        "oil",
        "within a run",
        "over midnight",
        "in the tail",
        "changeover",
        "tail changeover",
    )
    missing = {name for name in named if seen[name] < 5}
    assert not missing, seen


def _events(plant: q.Plant, plan: p.Plan) -> set[str]:
    """Ways in which a plan's resources are kept up."""
    found = set()
    window = plant.horizon.schedule_days * 1440
    for one in plan.maintenance:
        found.add("cleaning" if one.downtime.startswith("cleaning-") else "oil")
        found |= {"in the tail"} if one.start >= window else set()
        runs = [run for run in plan.runs if run.resource == one.resource]
        found |= {"within a run" for run in runs if run.start < one.start < run.end}
        found |= {"over midnight"} if one.start // 1440 < (one.end - 1) // 1440 else set()
    items = {lot.lot: lot.item for lot in plan.lots}
    groups = {row.item: row.setup_group for row in plant.items}
    limited = {row.resource for row in plant.resources if row.campaign_max_hours and row.changeover_matrix}
    for name in limited:
        runs = sorted((run for run in plan.runs if run.resource == name), key=lambda run: run.start)
        if any(groups[items[a.lot]] != groups[items[b.lot]] for a, b in pairwise(runs)):
            found.add("changeover")
        if any(row.resource == name and len(row.groups) > 1 for row in plan.bucket_setups):
            found.add("tail changeover")
    return found
