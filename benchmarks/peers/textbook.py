"""Plain HiGHS on the textbook model.

Variables are made, set up, in stock and owed for every product and period. Seconds are processor seconds of
this process: HiGHS itself counts wall time, so it is interrupted when they are used up.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import highspy
import numpy as np

from capacityplan.bench import mlclsp, trigeiro
from capacityplan.bench.periods import Works

INFINITY = highspy.kHighsInf
Columns = dict[tuple[str, int, int], int]
Add = Callable[[float, float, dict[int, float]], None]


def model_of(works: Works) -> highspy.Highs:
    """Build the textbook model."""
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    columns: Columns = {}
    for k, row in enumerate(works.products):
        for t in range(works.periods):
            owed = 0.0 if row.backlog is None or not any(row.demand) else INFINITY
            for kind, cost, high in (
                ("made", 0.0, INFINITY), ("setup", float(row.setup_cost), 1.0),
                ("stock", float(row.holding), INFINITY), ("owed", float(row.backlog or 0), owed),
            ):  # fmt: skip
                columns[kind, k, t] = highs.getNumCol()
                highs.addCol(cost, 0.0, high, 0, np.array([], dtype=np.int32), np.array([]))
                if kind == "setup":
                    highs.changeColIntegrality(columns[kind, k, t], highspy.HighsVarType.kInteger)

    def add(low: float, high: float, terms: dict[int, float]) -> None:
        highs.addRow(
            low, high, len(terms), np.array(list(terms), dtype=np.int32), np.array(list(terms.values()))
        )

    _balances(works, columns, add)
    _capacities(works, columns, add)
    return highs


def _balances(works: Works, columns: Columns, add: Add) -> None:
    """Stock balances, and quantities only with a setup."""
    index = {row.name: k for k, row in enumerate(works.products)}
    users = [
        (index[c], k, float(q)) for k, row in enumerate(works.products) for c, q in row.components.items()
    ]
    total = _needs(works)
    for k, row in enumerate(works.products):
        for t in range(works.periods):
            terms = {columns["made", k, t]: 1.0, columns["stock", k, t]: -1.0, columns["owed", k, t]: 1.0}
            if t:
                terms |= {columns["stock", k, t - 1]: 1.0, columns["owed", k, t - 1]: -1.0}
            terms |= {columns["made", user, t]: -quantity for c, user, quantity in users if c == k}
            add(float(row.demand[t]), float(row.demand[t]), terms)
            single = row.backlog is None and any(row.demand) and not any(c == k for c, _, _ in users)
            most = sum(map(float, row.demand[t:])) if single else total[k]
            if row.resource and row.unit_time:
                room = float(works.capacity[row.resource][t] - row.setup_time)
                most = min(most, max(room, 0.0) / float(row.unit_time))
            add(-INFINITY, 0.0, {columns["made", k, t]: 1.0, columns["setup", k, t]: -most})


def _capacities(works: Works, columns: Columns, add: Add) -> None:
    """Run and setup time within capacity."""
    for name, units in works.capacity.items():
        for t in range(works.periods):
            terms = {}
            for k, row in enumerate(works.products):
                if row.resource == name:
                    terms[columns["made", k, t]] = float(row.unit_time)
                    terms[columns["setup", k, t]] = float(row.setup_time)
            add(-INFINITY, float(units[t]), terms)


def _needs(works: Works) -> list[float]:
    """Units of every product needed in all, through the bills."""
    own = {row.name: float(sum(row.demand)) for row in works.products}
    done: dict[str, float] = {}

    def need(name: str) -> float:
        if name not in done:
            users = (
                (row.name, float(row.components[name])) for row in works.products if name in row.components
            )
            done[name] = own[name] + sum(quantity * need(user) for user, quantity in users)
        return done[name]

    return [need(row.name) for row in works.products]


def solve(works: Works, seconds: float) -> tuple[float, float, float]:
    """Cost, bound and processor seconds of plain HiGHS."""
    highs = model_of(works)
    began = time.process_time()
    highs.setOptionValue("mip_rel_gap", 1e-4)

    def over(event: highspy.HighsCallbackEvent) -> None:
        if time.process_time() - began > seconds:
            event.interrupt()

    highs.cbMipInterrupt += over
    highs.setOptionValue("time_limit", seconds * 20)
    highs.run()
    info = highs.getInfo()
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    cost = info.objective_function_value if found else float("inf")
    return cost, info.mip_dual_bound, time.process_time() - began


def read(family: str, data: Path, name: str) -> Works:
    """Read an instance of a family's folder."""
    if family == mlclsp.NAME:
        return mlclsp.works_of(data / f"{name}.txt", name)
    return trigeiro.works_of(next(data.glob(f"{name}.*"), data / name))
