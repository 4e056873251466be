"""PyJobShop's own CP-SAT model of a shop. Installed on demand: ``pip install pyjobshop``."""

from __future__ import annotations

import time
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from benchmarks.peers.cp import Found, solved
from benchmarks.peers.plain_shop import PlainShop, value

if TYPE_CHECKING:
    from pyjobshop import Machine, Model, Task

_WORKERS = 2


def solve(shop: PlainShop, seconds: float) -> Found:
    """Objective and bound of PyJobShop after so many processor seconds (it counts wall time itself)."""
    from pyjobshop import Model
    from pyjobshop.solvers.ortools import CPModel

    began = time.process_time()
    model = Model()
    machines = {name: model.add_machine(name=name) for name in shop.first}
    tasks = _tasks(model, machines, shop)
    _sequences(model, machines, shop, tasks)
    if shop.makespan:
        model.set_objective(weight_makespan=1)
    else:
        model.set_objective(weight_total_tardiness=1)
    data = model.data()
    own = CPModel(data)
    solver, found = solved(own.model, _WORKERS, began + seconds)
    used = time.process_time() - began
    bound = solver.best_objective_bound
    if not found:
        return Found(None, bound, used)
    names = list(machines)
    numbers = {id(task): k for k, task in enumerate(model.tasks)}
    schedule = {}
    for key, task in tasks.items():
        k = numbers[id(task)]
        times = own.variables.task_vars[k]
        mode = next(mode for mode in data.task2modes(k) if solver.value(own.variables.mode_vars[mode]))
        (machine,) = data.modes[mode].resources
        schedule[key] = (names[machine], solver.value(times.start), solver.value(times.end))
    return Found(value(shop, schedule), bound, used)


def _tasks(model: Model, machines: dict[str, Machine], shop: PlainShop) -> dict[tuple[int, int], Task]:
    """Jobs with their tasks one after the other, by job and step."""
    tasks = {}
    for number, row in enumerate(shop.jobs):
        job = model.add_job(weight=row.weight, due_date=None if shop.makespan else row.due)
        for k, step in enumerate(row.steps):
            task = tasks[number, k] = model.add_task(job)
            for name, minutes in step.items():
                model.add_mode(task, machines[name], minutes)
        for k in range(1, len(row.steps)):
            model.add_end_before_start(tasks[number, k - 1], tasks[number, k])
    return tasks


def _sequences(
    model: Model, machines: dict[str, Machine], shop: PlainShop, tasks: dict[tuple[int, int], Task]
) -> None:
    """Setups, and one order of jobs where there is to be one."""
    able: dict[str, list[tuple[int, Task]]] = defaultdict(list)
    for (number, k), task in tasks.items():
        for name in shop.jobs[number].steps[k]:
            able[name].append((number, task))
    for name in shop.setups:
        for a, one in able[name]:
            for b, other in able[name]:
                if one is not other:
                    model.add_setup_time(machines[name], one, other, shop.setup(name, a, b))
        _first_setups(model, machines[name], [(one, shop.setup(name, None, a)) for a, one in able[name]])
    if shop.same_order:
        for one, other in pairwise(able):
            mine, its = [task for _, task in able[one]], [task for _, task in able[other]]
            model.add_same_sequence(machines[one], machines[other], mine, its)


def _first_setups(model: Model, machine: Machine, rows: list[tuple[Task, int]]) -> None:
    """Say a first run's setup by a task of no length that is there before all others."""
    if not any(minutes for _, minutes in rows):
        return
    begin = model.add_task(earliest_start=0, latest_start=0)
    model.add_mode(begin, machine, 0)
    for task, minutes in rows:
        model.add_setup_time(machine, begin, task, minutes)
