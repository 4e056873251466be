"""One trial of the bound: a small plant, many plans, and no accepted plan below what is proven."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction as F
from random import Random

from constructed import cheapest
from small_plants import plant as draw
from small_plants import repriced

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.solve.bound import BoundResult, certify
from capacityplan.verify import check

SECONDS = 10.0


@dataclass
class Trial:
    """What came of one plant: plans accepted, cheapest and bound at its own prices, bounds that fail."""

    seed: int
    accepted: int
    cost: F | None
    bound: BoundResult
    wrong: list[str]


def trial(seed: int, count: int, prices: int, seconds: float = SECONDS) -> Trial:
    """Build plans of a plant and compare them with its bound, at its own and at other prices."""
    plant, rng = draw(seed), Random(seed)
    found = cheapest(plant, seed, count)
    bound = certify(plant, seconds)
    wrong = _compare(f"plant {seed}", found.cost, bound)
    if found.cost is not None:
        # Below a dearer plan than the best: what is proven must not exceed the best one's cost.
        dearer = found.cost + abs(found.cost) / 10 + 1
        below = certify(plant, seconds, ceiling=lambda: dearer)
        wrong += _compare(f"plant {seed}, branched on", found.cost, below)
    plans = rng.sample(found.plans, min(len(found.plans), 40))
    for number in range(prices if plans else 0):
        other = repriced(plant, rng)
        wrong += _compare(f"plant {seed} at prices {number}", _least(other, plans), certify(other, seconds))
    return Trial(seed, found.accepted, found.cost, bound, wrong)


def _least(plant: q.Plant, plans: list[p.Plan]) -> F:
    return min(check(plant, plan).cost for plan in plans)


def _compare(name: str, cost: F | None, bound: BoundResult) -> list[str]:
    if cost is None:
        return []
    assert bound.bound is not None
    assert bound.bound_certified is not None
    wrong = []
    if bound.infeasible:
        wrong.append(f"{name}: said to have no plan, but one costs {float(cost)}")
    if cost < bound.bound_certified:
        wrong.append(f"{name}: a plan costs {float(cost)}, certified are {float(bound.bound_certified)}")
    if cost < bound.bound:
        wrong.append(f"{name}: a plan costs {float(cost)}, proven are {float(bound.bound)}")
    return wrong
