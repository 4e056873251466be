"""Operations that overlap: dispatcher and compiled decoder use it alike, and plans with it are valid."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from fractions import Fraction as F
from itertools import pairwise

import pytest
from minute_plants import mixed, shaken, streamed

from capacityplan.domain import plant as q
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Plan, Provenance
from capacityplan.prepare.overlap import transfers
from capacityplan.solve.dispatch import Ground, Turn, dispatched, schedule
from capacityplan.solve.minute.problem import Problem
from capacityplan.solve.mrp import net_requirements
from capacityplan.solve.settle import settle
from capacityplan.solve.types import Limits
from capacityplan.verify import check


def overlapping(plant: q.Plant, plan: Plan) -> int:
    """Runs that begin before the one before of their lot has ended."""
    lookup = Lookup(plant)
    runs = {(run.lot, run.operation): run for run in plan.runs}
    count = 0
    for lot in plan.lots:
        found = [runs.get((lot.lot, step.operation)) for step in lookup.routings[lot.item, lot.version]]
        pairs = pairwise(found)
        count += sum(one is not None and other is not None and other.start < one.end for one, other in pairs)
    return count


@pytest.mark.parametrize("seed", range(12))
def test_both_place_every_lot_alike_and_validly(seed: int) -> None:
    plant = streamed(shaken(seed), random.Random(seed))
    lots = net_requirements(plant)
    ground = Ground(plant, lots)
    problem = Problem(ground)
    luck = random.Random(seed)
    for _ in range(2):
        order = []
        for wish in mixed(problem.wishes, luck):
            named = (
                tuple(luck.choice(["", *row]) for row in problem.choices(wish)) if luck.random() < 0.3 else ()
            )
            order.append(Turn(wish, int(ground.timeline.starts[max(0, wish.start_bucket - 2)]), named))
        expected = dispatched(ground, order)
        assert problem.schedule(order) == expected
        plan = settle(plant, expected, lots, Provenance(plant.name, ""))
        wrong = [one.text() for one in check(plant, plan).violations if one.rule in ("waits", "run_time")]
        assert wrong == []


def line(overlap: int, lots: int = 6) -> q.Plant:
    """Three machines by shifts of their own, lots of 60 pieces that take more than a day on each."""
    hours = {"A": (360, 1320), "B": (0, 1440), "C": (480, 1200)}
    return q.Plant(
        "line", "2025-01-06T00:00:00", "UTC", "EUR", horizon=q.Horizon(21, 0, 0, 21),
        items=tuple(
            q.Item(f"P{n}", q.ItemKind.FINISHED, unit_value=F(10), min_lot=60, max_lot=60,
                   holding_cost_per_day=F(1, 100))
            for n in range(lots)
        ),
        operations=tuple(
            q.Operation(f"P{n}", name, 10 * k, run_minutes=F(minutes),
                        overlap_quantity=0 if name == "pack" else overlap)
            for n in range(lots)
            for k, (name, minutes) in enumerate((("cut", 16), ("sew", 20), ("pack", 12)), 1)
        ),
        operation_resources=tuple(
            q.OperationResource(f"P{n}", name, machine, setup_minutes=15)
            for n in range(lots)
            for name, machine in (("cut", "A"), ("sew", "B"), ("pack", "C"))
        ),
        resources=tuple(
            q.Resource(name, q.ResourceKind.MACHINE, calendar=name, cost_per_hour=F(20)) for name in hours
        ),
        calendars=tuple(
            q.CalendarRow(name, day, None, *span) for name, span in hours.items() for day in range(7)
        ),
        orders=tuple(
            q.Order(f"O{n}", f"P{n}", 60, 1440 * (2 + n), late_cost_per_day=F(3), lost_cost=F(1000))
            for n in range(lots)
        ),
    )  # fmt: skip


def planned(plant: q.Plant) -> Plan:
    lots = net_requirements(plant)
    window = schedule(plant, lots, Limits(time.monotonic() + 5))
    return settle(plant, window, lots, Provenance(plant.name, ""))


def late(plant: q.Plant, plan: Plan) -> F:
    verdict = check(plant, plan)
    assert verdict.violations == ()
    return sum((row.amount for row in verdict.ledger if row.category == "late"), F(0))


def test_lateness_falls_where_long_lots_pass_on_early() -> None:
    whole, some, single = (planned(line(size)) for size in (0, 20, 1))
    assert overlapping(line(0), whole) == 0
    assert overlapping(line(20), some) == overlapping(line(1), single) == 12
    assert late(line(1), single) <= late(line(20), some) < late(line(0), whole) / 2


def test_small_transfer_batches_are_taken_as_several() -> None:
    """At most a hundred are told apart; what is in time so is in time for all."""
    step = replace(line(1).operations[0], overlap_quantity=7)
    found = transfers(step, 10_000)
    assert found is not None
    assert len(found.done) <= 100
    assert found.done[-1] == 10_000
    assert all(units % 7 == 0 for units in found.begun)
    few = transfers(step, 20, 9)
    assert few is not None
    assert (few.done, few.begun) == ((-1, 5, 11), (0, 7, 14))
