"""HiGHS: linear and mixed-integer models from arrays, with limits and a start."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
import numpy.typing as npt

from capacityplan.errors import SolverBug
from capacityplan.formulate.builder import Floats, Model

Bools = npt.NDArray[np.bool_]
_THREADS = 1
"""One value in the whole process: the scheduler keeps the first (docs of HiGHS, threads)."""


@dataclass(frozen=True, slots=True)
class Solution:
    """What HiGHS found: columns, objective, and whether it is proven optimal."""

    values: Floats
    objective: float
    optimal: bool
    bound: float


@dataclass(frozen=True, slots=True)
class Effort:
    """Limits of one solve: seconds always guard; nodes (or iterations) make it deterministic."""

    seconds: float
    nodes: int | None = None
    iterations: int | None = None
    gap: float = 1e-4


def solve_linear(model: Model, effort: Effort, interior: bool = False) -> Solution | None:
    """Solve the linear relaxation; None where it has no solution or the limit came first."""
    highs = _engine(effort)
    highs.setOptionValue("solver", "ipm" if interior else "choose")
    if effort.iterations is not None:
        highs.setOptionValue("simplex_iteration_limit", effort.iterations)
    _pass(highs, model, np.zeros(len(model.cost), dtype=bool))
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return _solution(highs, optimal=True)


def solve_mixed(model: Model, effort: Effort, start: Floats | None = None) -> Solution | None:
    """Solve the mixed-integer model as far as the effort goes; None where nothing was found.

    Parameters
    ----------
    start : (columns,) float, optional
        A solution to begin with.
    """
    highs = _engine(effort)
    highs.setOptionValue("mip_rel_gap", effort.gap)
    highs.setOptionValue("mip_heuristic_effort", 0.1)
    if effort.nodes is not None:
        highs.setOptionValue("mip_max_nodes", effort.nodes)
        highs.setOptionValue("mip_max_stall_nodes", effort.nodes)
    _pass(highs, model, model.integer)
    if start is not None:
        given = highspy.HighsSolution()
        given.col_value = start.tolist()
        highs.setSolution(given)
    highs.run()
    status = highs.getModelStatus()
    if highs.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return None
    return _solution(highs, optimal=status == highspy.HighsModelStatus.kOptimal)


def _engine(effort: Effort) -> highspy.Highs:
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", _THREADS)
    highs.setOptionValue("parallel", "off")
    highs.setOptionValue("random_seed", 0)
    highs.setOptionValue("time_limit", max(effort.seconds, 0.01))
    return highs


def _pass(highs: highspy.Highs, model: Model, integer: Bools) -> None:
    status = highs.passModel(
        len(model.cost), len(model.row_low), len(model.value),
        int(highspy.MatrixFormat.kColwise), int(highspy.ObjSense.kMinimize), model.offset,
        model.cost, model.low, model.high, model.row_low, model.row_high,
        model.begin[:-1].astype(np.int32), model.index.astype(np.int32), model.value,
        integer.astype(np.int32),
    )  # fmt: skip
    if status == highspy.HighsStatus.kError:
        raise SolverBug("HiGHS refused a model")


def _solution(highs: highspy.Highs, optimal: bool) -> Solution:
    info = highs.getInfo()
    values = np.array(highs.getSolution().col_value, dtype=np.float64)
    return Solution(values, float(info.objective_function_value), optimal, float(info.mip_dual_bound))
