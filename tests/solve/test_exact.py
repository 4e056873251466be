"""Exact scheduling of shops: accepted by the checker, optimal by brute force and by construction."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F
from itertools import permutations, product
from random import Random

import pytest
from lot_plants import order as tiny_order
from lot_plants import plant as tiny_plant
from plain_shops import COSTS, judged, limits, order, shop

from capacityplan.domain import plant as q
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Lot, Provenance
from capacityplan.domain.timeline import Timeline
from capacityplan.prepare.lotflow import run_minutes
from capacityplan.solve.dispatch import schedule as dispatch
from capacityplan.solve.minute import exact
from capacityplan.solve.minute.estimate import Estimator
from capacityplan.solve.minute.exact_promises import Promise
from capacityplan.solve.minute.exact_twins import alike, twins
from capacityplan.solve.mrp import net_requirements
from capacityplan.solve.settle import settle_once
from capacityplan.solve.solve import Settings, solve
from capacityplan.solve.types import LotPlan, Progress, WindowSchedule
from capacityplan.verify import check

DAY = 1440


def improved(plant: q.Plant, work: float = 1.0) -> tuple[LotPlan, WindowSchedule, WindowSchedule]:
    lots = net_requirements(plant)
    assert exact.applies(plant, lots, Timeline.of(plant))
    hint = dispatch(plant, lots, limits(1))
    return lots, hint, exact.improve(plant, lots, hint, limits(work))


@pytest.mark.parametrize("block", range(2))
def test_schedules_of_random_shops_are_accepted(block: int) -> None:
    better = 0
    for seed in range(block * 12, block * 12 + 12):
        plant = shop(seed)
        lots, hint, found = improved(plant, work=0.1)
        verdict = judged(plant, lots, found)
        assert not verdict.violations, (seed, [row.text() for row in verdict.violations[:3]])
        estimate = Estimator(plant, lots).cost
        assert estimate(found) <= estimate(hint), seed
        better += estimate(found) < estimate(hint)
    assert better >= 2


def job_shop(seed: int) -> q.Plant:
    """Four jobs of two or three operations, each on its own machine of two."""
    rng = Random(seed)
    items, operations, modes, orders = [], [], [], []
    for number in range(4):
        item = f"J{number}"
        items.append(q.Item(item, q.ItemKind.FINISHED))
        for step in range(rng.choice([2, 3])):
            operations.append(q.Operation(item, f"o{step}", step, fixed_minutes=rng.randint(20, 400)))
            modes.append(q.OperationResource(item, f"o{step}", rng.choice("AB")))
        orders.append(order(f"D{number}", item, 1, rng.randrange(100, 700), price=rng.choice([144, 288])))
    return q.Plant(
        "jobs", "2025-01-06T00:00:00", "UTC", "EUR", horizon=q.Horizon(4, 0, 0, 4), costs=COSTS,
        items=tuple(items), operations=tuple(operations), operation_resources=tuple(modes),
        resources=tuple(q.Resource(name, q.ResourceKind.MACHINE) for name in "AB"), orders=tuple(orders),
    )  # fmt: skip


def cheapest(plant: q.Plant) -> F:
    """Least lateness over all orders of all operations on the machines (semi-active schedules)."""
    lookup = Lookup(plant)
    jobs = [
        [(row, lookup.modes[o.item, "", row.operation][0].resource) for row in lookup.routings[o.item, ""]]
        for o in plant.orders
    ]
    on: dict[str, list[tuple[int, int]]] = {"A": [], "B": []}
    for job, steps in enumerate(jobs):
        for place, (_, machine) in enumerate(steps):
            on[machine].append((job, place))
    best = F(10**9)
    # Each machine's sequence is one of jobs with repetition: a job's own steps keep their order.
    orders = {name: sorted(set(permutations(job for job, _ in tasks))) for name, tasks in on.items()}
    for sequence_a, sequence_b in product(orders["A"], orders["B"]):
        left = {"A": list(sequence_a), "B": list(sequence_b)}
        free, ready, at = {"A": 0, "B": 0}, [0] * len(jobs), [0] * len(jobs)
        moving = True
        while moving:
            moving = False
            for name in "AB":
                if left[name]:
                    job = left[name][0]
                    if at[job] < len(jobs[job]) and jobs[job][at[job]][1] == name:
                        row = jobs[job][at[job]][0]
                        ready[job] = free[name] = max(free[name], ready[job]) + row.fixed_minutes
                        at[job] += 1
                        left[name].pop(0)
                        moving = True
        if not any(left.values()):
            late = (o.late_cost_per_day or 0 for o in plant.orders)
            cost = sum(
                (
                    F(rate) * max(0, end - o.due) / DAY
                    for rate, end, o in zip(late, ready, plant.orders, strict=True)
                ),
                F(0),
            )
            best = min(best, cost)
    return best


@pytest.mark.parametrize("seed", range(6))
def test_small_job_shops_are_scheduled_optimally(seed: int) -> None:
    plant = job_shop(seed)
    lots, _, found = improved(plant)
    verdict = judged(plant, lots, found)
    assert not verdict.violations
    assert verdict.cost == cheapest(plant)


def flow_line(orders: int, lots: int, stations: int, minutes: int) -> q.Plant:
    """Orders of equal lots through stations that take equally long: the optimum is known."""
    names = [f"P{number}" for number in range(orders)]
    steps = range(stations)
    return q.Plant(
        "line", "2025-01-06T00:00:00", "UTC", "EUR", horizon=q.Horizon(4, 0, 0, 4), costs=COSTS,
        items=tuple(q.Item(name, q.ItemKind.FINISHED, min_lot=1, max_lot=1) for name in names),
        operations=tuple(
            q.Operation(name, f"{name}-{step}", step, fixed_minutes=minutes)
            for name in names
            for step in steps
        ),
        operation_resources=tuple(
            q.OperationResource(name, f"{name}-{step}", f"S{step}", labour="CREW")
            for name in names
            for step in steps
        ),
        resources=(
            *(q.Resource(f"S{step}", q.ResourceKind.MACHINE) for step in steps),
            q.Resource("CREW", q.ResourceKind.LABOUR, capacity=stations),
        ),
        orders=tuple(order(name, name, lots, 0, price=DAY) for name in names),
    )  # fmt: skip


def test_a_flow_line_is_never_idle_and_completes_order_by_order() -> None:
    plant = flow_line(orders=4, lots=5, stations=3, minutes=30)
    lots, _, found = improved(plant)
    verdict = judged(plant, lots, found)
    assert not verdict.violations
    assert verdict.cost == sum(30 * (3 + k) for k in range(20))
    items = {lot.lot: lot.item for lot in found.lots}
    last = [items[run.lot] for run in sorted(found.runs, key=lambda run: run.end) if run.resource == "S2"]
    assert last == sorted(last)


def test_twins_are_told_from_lots_that_differ_in_anything_that_counts() -> None:
    plant = flow_line(orders=3, lots=2, stations=2, minutes=30)
    slower = tuple(
        replace(row, fixed_minutes=31) if row.operation == "P2-1" else row for row in plant.operations
    )
    lookup = Lookup(replace(plant, operations=slower))
    rows = [Lot(f"{name}{k}", name, 1) for name in ("P0", "P1", "P2") for k in range(2)]
    dues = {"P0": 200, "P1": 100, "P2": 100}

    def groups(prices: dict[str, int]) -> list[list[str]]:
        promises = [
            Promise(row.item, ((row.lot, F(0)),), dues[row.item], 0, F(prices[row.item])) for row in rows
        ]
        return sorted([lot.lot for lot in group] for group in twins(lookup, rows, promises))

    assert groups({"P0": 1, "P1": 1, "P2": 1}) == [["P10", "P11", "P00", "P01"], ["P20", "P21"]]
    assert groups({"P0": 1, "P1": 2, "P2": 1}) == [["P00", "P01"], ["P10", "P11"], ["P20", "P21"]]


def test_twins_keep_their_order_only_until_modes_take_different_times() -> None:
    plant = flow_line(orders=1, lots=2, stations=3, minutes=30)
    fast = q.Resource("S9", q.ResourceKind.MACHINE)
    both = (*plant.operation_resources, q.OperationResource("P0", "P0-1", "S9", run_minutes=F(7)))
    lookup = Lookup(replace(plant, operation_resources=both, resources=(*plant.resources, fast)))
    lot = Lot("L", "P0", 1)
    first = lookup.routings["P0", ""][1]
    assert {run_minutes(lookup, first, mode, 1) for mode in lookup.modes["P0", "", "P0-1"]} == {30, 37}
    assert alike(lookup, lot) == 1
    assert alike(Lookup(plant), lot) == 3


def test_a_run_in_the_tail_takes_its_time_however_many_units_a_resource_has() -> None:
    plant = q.Plant(
        "pool", "2025-01-06T00:00:00", "UTC", "EUR", horizon=q.Horizon(12, 0, 0, 1), costs=COSTS,
        items=(q.Item("A", q.ItemKind.FINISHED, max_lot=1), q.Item("PART", q.ItemKind.RAW)),
        bill_of_materials=(q.BomLine("A", "PART", F(1), operation="long"),),
        operations=(q.Operation("A", "short", 1, fixed_minutes=600),
                    q.Operation("A", "long", 2, fixed_minutes=3000)),
        operation_resources=(q.OperationResource("A", "short", "ROOM"),
                             q.OperationResource("A", "long", "ROOM")),
        resources=(q.Resource("ROOM", q.ResourceKind.MACHINE, capacity=9),),
        receipts=(q.Receipt("R", q.ReceiptKind.PURCHASE, "PART", 4, 2 * DAY),),
        orders=(order("D", "A", 4, 6 * DAY),),
    )  # fmt: skip
    lots = net_requirements(plant)
    plan = settle_once(plant, dispatch(plant, lots, limits(1)), lots, Provenance(plant.name, plant.hash()))
    verdict = check(plant, plan)
    assert not verdict.violations, [row.text() for row in verdict.violations]
    assert sum(row.quantity for row in plan.deliveries) == 4
    assert plan.bucket_runs


def test_what_planned_lots_save_does_not_wait_for_the_exact_search() -> None:
    base = tiny_plant([tiny_order("A", day, 30) for day in range(3)])
    line = replace(
        base, horizon=q.Horizon(10, 0, 0, 10),
        operations=(*base.operations, q.Operation("A", "pack", 2, run_minutes=F(10))),
        operation_resources=(*base.operation_resources, q.OperationResource("A", "pack", "N")),
        resources=(*base.resources, replace(base.resources[0], resource="N")),
        orders=tuple(replace(row, due=-day * DAY) for day, row in enumerate(base.orders)),
    )  # fmt: skip
    told: list[Progress] = []
    solve(line, Settings(work=0.3, workers=1), told.append)
    searched = [row.phase for row in told].index("shop searched")
    costs = [row.cost for row in told if row.cost is not None]
    assert costs[searched - 1] < costs[0]
