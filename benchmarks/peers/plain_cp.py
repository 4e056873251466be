"""Plain CP-SAT on the textbook model of a shop.

Intervals that must not overlap on a machine, an optional one for each alternative, a cumulative over
machines that stand in for each other; setups and common orders by a Boolean for each pair of jobs. Setups
hold between all pairs, not neighbours alone: where they break the triangle inequality that is stricter.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations

from benchmarks.peers.cp import Found, solved
from benchmarks.peers.plain_shop import PlainShop, value
from ortools.sat.python import cp_model

_WORKERS = 8
"""CP-SAT's strategies complement each other: eight even on fewer cores."""
Run = tuple[int, int, cp_model.IntVar, cp_model.IntVar, cp_model.IntVar | None, cp_model.IntervalVar]
"""Job, step, start, end, whether it is chosen (None: always), interval."""


def solve(shop: PlainShop, seconds: float) -> Found:
    """Objective and bound after so many processor seconds."""
    began = time.process_time()
    model = cp_model.CpModel()
    runs = _runs(model, shop)
    _sequences(model, shop, runs)
    _objective(model, shop, runs)
    solver, found = solved(model, _WORKERS, began + seconds)
    used = time.process_time() - began
    bound = solver.best_objective_bound
    if not found:
        return Found(None, bound, used)
    schedule = {
        (job, step): (machine, solver.value(start), solver.value(end))
        for machine, rows in runs.items()
        for job, step, start, end, chosen, _ in rows
        if chosen is None or solver.value(chosen)
    }
    return Found(value(shop, schedule), bound, used)


def _runs(model: cp_model.CpModel, shop: PlainShop) -> dict[str, list[Run]]:
    """Return the possible runs by machine."""
    horizon = shop.horizon()
    runs: dict[str, list[Run]] = defaultdict(list)
    pools: dict[tuple[str, ...], list[cp_model.IntervalVar]] = defaultdict(list)
    for job, row in enumerate(shop.jobs):
        ready: cp_model.IntVar | int = 0
        for number, step in enumerate(row.steps):
            start, end = model.new_int_var(0, horizon, ""), model.new_int_var(0, horizon, "")
            low, high = min(step.values()), max(step.values())
            whole = model.new_interval_var(start, model.new_int_var(low, high, ""), end, "")
            model.add(start >= ready)
            ready = end
            if len(step) == 1:
                runs[next(iter(step))].append((job, number, start, end, None, whole))
                continue
            pools[tuple(sorted(step))].append(whole)
            choices = []
            for machine, minutes in step.items():
                chosen = model.new_bool_var("")
                part = model.new_optional_interval_var(start, minutes, end, chosen, "")
                choices.append(chosen)
                runs[machine].append((job, number, start, end, chosen, part))
            model.add_exactly_one(choices)
    for machines, intervals in pools.items():
        model.add_cumulative(intervals, [1] * len(intervals), len(machines))
    return runs


def _sequences(model: cp_model.CpModel, shop: PlainShop, runs: dict[str, list[Run]]) -> None:
    """One run at a time on a machine, setups between them, one order of jobs where there is to be one."""
    common = {pair: model.new_bool_var("") for pair in combinations(range(len(shop.jobs)), 2)}
    for machine, rows in runs.items():
        model.add_no_overlap([row[5] for row in rows])
        if machine in shop.setups:
            for job, _, start, _, chosen, _ in rows:
                model.add(start >= shop.setup(machine, None, job)).only_enforce_if(_given(chosen))
        if machine not in shop.setups and not shop.same_order:
            continue
        for a, b in combinations(rows, 2):
            first = common[a[0], b[0]] if shop.same_order else model.new_bool_var("")
            given = _given(a[4], b[4])
            gap, back = shop.setup(machine, a[0], b[0]), shop.setup(machine, b[0], a[0])
            model.add(b[2] >= a[3] + gap).only_enforce_if(first, *given)
            model.add(a[2] >= b[3] + back).only_enforce_if(~first, *given)


def _given(*chosen: cp_model.IntVar | None) -> Sequence[cp_model.IntVar]:
    return [literal for literal in chosen if literal is not None]


def _objective(model: cp_model.CpModel, shop: PlainShop, runs: dict[str, list[Run]]) -> None:
    horizon = shop.horizon()
    ends = {}
    for rows in runs.values():
        for job, number, _, end, _, _ in rows:
            if number == len(shop.jobs[job].steps) - 1:
                ends[job] = end
    if shop.makespan:
        last = model.new_int_var(0, horizon, "")
        model.add_max_equality(last, list(ends.values()))
        model.minimize(last)
        return
    late = {job: model.new_int_var(0, horizon, "") for job in ends}
    for job, end in ends.items():
        model.add(late[job] >= end - shop.jobs[job].due)
    model.minimize(sum(shop.jobs[job].weight * late[job] for job in ends))
