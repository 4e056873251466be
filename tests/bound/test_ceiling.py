"""No plan that the checker accepts serves an uplift above what is proven to be the largest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction as F
from random import Random

import pytest
from constructed import cheapest
from small_plants import BILLS, RICHER, WIDER
from small_plants import plant as draw

from capacityplan.demand import net
from capacityplan.demand.choice import at_uplift
from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.domain.marketing import PlanningShare
from capacityplan.domain.projections import Projections
from capacityplan.solve.ceiling import ceiling
from capacityplan.verify.case import Case
from capacityplan.verify.ceiling import Question, evaluate
from capacityplan.verify.relaxation.lifted import Cell, Line, lifted

DAY = 1440
MONDAY = 739257
MOST = F(40)


def promoted(seed: int) -> q.Plant:
    """A drawn plant with projections by the day, and a promotion of one of them."""
    plant, rng = draw(seed), Random(seed)
    items = sorted({row.item for row in plant.orders})
    keys = [(item, segment) for item in items for segment in rng.sample(["near", "far"], rng.choice([1, 2]))]
    item, segment = rng.choice(keys)
    others = [one for one, _ in keys if one != item]
    start = rng.choice([0, 0, DAY, 2 * DAY])
    offer = q.Promotion(
        "OFFER", item, start, start + rng.choice([DAY, 3 * DAY, 7 * DAY]), F(1, 2),
        segment=rng.choice(["", segment]), dip_fraction=rng.choice([F(0), F(1, 5)]),
        dip_days=rng.choice([0, 2]), status="proposed",
        cannibalises=rng.choice(others) if others and rng.random() < 0.7 else "",
        cannibal_fraction=F(rng.choice([1, 2]), 3),
    )  # fmt: skip
    return replace(plant, projections=_projected(keys, rng), promotions=(offer,))


def _projected(keys: list[tuple[str, str]], rng: Random) -> Projections:
    """A few rows of each item and segment, over some days of the first ten."""
    rows = [(*key, rng.randrange(0, 4)) for key in keys for _ in range(rng.choice([1, 2]))]
    names = ("", *dict.fromkeys(name for key in keys for name in key))
    same = len(rows)
    begin = [MONDAY + first for _, _, first in rows]
    return Projections(
        names, item=[names.index(row[0]) for row in rows], segment=[names.index(row[1]) for row in rows],
        start=begin, end=[day + rng.randrange(0, 6) for day in begin],
        quantity=[rng.choice([3, 7, 10, 25]) for _ in rows],
        stream=[0] * same, certainty=[0] * same, author=[0] * same, dated=[0] * same,
        weight_millionths=[rng.choice([10**6, 333_333]) for _ in rows], low=[-1] * same, high=[-1] * same,
    )  # fmt: skip


def asks_for(plant: q.Plant, plan: p.Plan, cost: F) -> Question:
    """What a plan at an uplift serves of each demand, and when: it is a plan that the question is about."""
    case = Case(plant, plan)
    spared = {name: row.quantity for name, row in case.demand.items()}
    arrivals: dict[str, list[tuple[int, int]]] = {}
    for row in sorted(plan.deliveries, key=lambda one: one.arrive):
        if case.in_time(case.demand[row.demand], row):
            spared[row.demand] -= row.quantity
        bucket = case.timeline.bucket_of_end(row.arrive)
        arrivals.setdefault(row.demand, []).append((bucket, row.quantity))
    return Question(plant, plan.choices, "OFFER", MOST, spared, {}, arrivals, cost)


@dataclass
class Tally:
    """Plans tried, and those of which a ceiling below the most that is looked at is proven."""

    tried: int = 0
    proven: int = 0


def compare(seed: int, count: int, tally: Tally) -> None:
    plant, rng = promoted(seed), Random(seed)
    uplift = F(rng.randrange(0, 3000), 1000)
    lifting = at_uplift(plant, "OFFER", uplift)
    found = cheapest(lifting, seed, count)
    for plan in rng.sample(found.plans, min(len(found.plans), 6)):
        question = asks_for(lifting, plan, F(10**6))
        proven = ceiling(question, 20)
        tally.tried += 1
        if proven.uplift is not None:
            tally.proven += 1
            assert proven.uplift >= uplift, seed
            assert evaluate(question, dict(proven.multipliers)) == proven.uplift


@pytest.mark.parametrize("first", [0, RICHER, WIDER, WIDER + 300, BILLS + RICHER])
def test_no_accepted_plan_serves_more_than_the_ceiling(first: int) -> None:
    tally = Tally()
    for seed in range(first, first + 8):
        compare(seed, 30, tally)
    assert tally.tried >= 10
    assert tally.proven >= 5


def _at(line: Line, uplift: F) -> F:
    return line[0] + line[1] * uplift


def billed(plant: q.Plant, rng: Random) -> q.Plant:
    """What is projected is a planning item now: its demand falls to items that nothing is projected of."""
    projected = sorted({row.item for row in net(plant) if not row.is_order})
    options = [row.item for row in plant.items if row.item not in projected][:2]
    lines: list[PlanningShare] = []
    for item in projected if options else []:
        share = F(rng.choice([1, 2, 5]), 7)
        lines += [PlanningShare(item, options[0], share), PlanningShare(item, options[-1], 1 - share)]
    return replace(plant, planning_bills=tuple(lines))


@pytest.mark.parametrize("bills", [False, True])
@pytest.mark.parametrize("first", [0, WIDER])
def test_what_an_uplift_makes_of_demand_lies_within_its_lines(first: int, bills: bool) -> None:
    cells = changed = 0
    for seed in range(first, first + 25):
        rng = Random(seed)
        plant = billed(promoted(seed), rng) if bills else promoted(seed)
        found = lifted(plant, "OFFER", MOST)
        fixed = {row.demand: row for row in found.fixed}
        for uplift in [F(0), MOST, *(F(rng.randrange(0, 40_001), 1000) for _ in range(10)), F(1, 7)]:
            demand = {row.demand: row for row in net(at_uplift(plant, "OFFER", uplift))}
            for row in found.rows:
                _within(row, {name: one.quantity for name, one in demand.items()}, uplift)
                cells += len(row)
            names = {cell.demand.demand for row in found.rows for cell in row}
            assert {name: row for name, row in demand.items() if name not in names} == fixed
        changed += bool(found.rows)
    assert changed >= 5
    assert cells > 100


def _within(row: tuple[Cell, ...], quantities: dict[str, int], uplift: F) -> None:
    total = 0
    for cell in row:
        quantity = quantities.get(cell.demand.demand, 0)
        total += quantity
        assert cell.low <= quantity <= cell.demand.quantity
        assert _at(cell.least, uplift) <= quantity <= _at(cell.most, uplift)
        assert _at(cell.total_least, uplift) <= total
