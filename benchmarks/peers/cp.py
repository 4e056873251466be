"""Solving a CP-SAT model for so many processor seconds of this process."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from benchmarks.peers.plain_shop import Schedule
from ortools.sat.python import cp_model

_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Found:
    """What a peer came to: its schedule's objective, its bound (None: none), processor seconds."""

    objective: int | None
    bound: float | None
    seconds: float


def solved(model: cp_model.CpModel, workers: int, until: float) -> tuple[cp_model.CpSolver, bool]:
    """Solve until this process has used so many processor seconds; say whether a solution was found."""
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = workers
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_POLL_SECONDS):
            if time.process_time() >= until:
                solver.stop_search()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        status = solver.solve(model)
    finally:
        over.set()
        watcher.join()
    if status == cp_model.MODEL_INVALID:
        raise ValueError(model.validate())
    return solver, status in (cp_model.OPTIMAL, cp_model.FEASIBLE)


__all__ = ["Found", "Schedule", "solved"]
