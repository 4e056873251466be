"""HiGHS: linear and mixed-integer models from arrays, with limits and a start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import highspy
import numpy as np
import numpy.typing as npt

from capacityplan.errors import SolverBug
from capacityplan.formulate.builder import Floats, Ints, Model

Bools = npt.NDArray[np.bool_]
_THREADS = 1
"""One value in the whole process: the scheduler keeps the first (docs of HiGHS, threads)."""
_NO_VERDICT = (
    highspy.HighsModelStatus.kNotset,
    highspy.HighsModelStatus.kSolveError,
    highspy.HighsModelStatus.kUnknown,
)


@dataclass(frozen=True, slots=True)
class Solution:
    """What HiGHS found: columns, objective, and whether it is proven optimal."""

    values: Floats
    objective: float
    optimal: bool
    bound: float
    reduced: Floats
    """Reduced costs of the columns (of a linear program)."""


@dataclass(frozen=True, slots=True)
class Effort:
    """Limits of one mixed-integer solve: seconds always guard; nodes make it deterministic."""

    seconds: float
    nodes: int | None = None
    gap: float = 1e-4


class Linear:
    """The linear relaxation of a model, kept in the solver between changes."""

    def __init__(self, model: Model) -> None:
        self._highs = _engine()
        _pass(self._highs, model, np.zeros(len(model.cost), dtype=bool))

    def bound(self, columns: Ints, low: Floats, high: Floats) -> None:
        """Change bounds of columns."""
        self._highs.changeColsBounds(len(columns), columns.astype(np.int32), low, high)

    def scale(self, rows: Ints, columns: Ints, values: Floats) -> None:
        """Change coefficients."""
        for row, column, value in zip(rows.tolist(), columns.tolist(), values.tolist(), strict=True):
            self._highs.changeCoeff(row, column, value)

    def solve(self, seconds: float, fresh: bool = False) -> Solution | None:
        """Solve; None where there is no solution or the time came first.

        Parameters
        ----------
        fresh : bool
            Forget the last basis: after many changes presolve is worth more than it.
        """
        # The solver's clock runs on between its runs.
        self._highs.setOptionValue("time_limit", self._highs.getRunTime() + max(seconds, 0.01))
        if fresh:
            self._highs.clearSolver()
        self._highs.run()
        if self._highs.getModelStatus() in _NO_VERDICT and not fresh:
            # A warm start can fail on a basis that changed coefficients made singular.
            return self.solve(seconds, fresh=True)
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return _solution(self._highs, optimal=True)


def solve_mixed(
    model: Model,
    effort: Effort,
    start: Floats | None = None,
    improved: Callable[[Floats], None] | None = None,
) -> Solution | None:  # fmt: skip
    """Solve the mixed-integer model as far as the effort goes; None where nothing was found.

    Parameters
    ----------
    start : (k,) float, optional
        A solution to begin with, of the first k columns at least; the rest follows from their
        whole numbers.
    improved : callable, optional
        Told of every better solution.
    """
    highs = _engine()
    highs.setOptionValue("time_limit", max(effort.seconds, 0.01))
    highs.setOptionValue("mip_rel_gap", effort.gap)
    highs.setOptionValue("mip_heuristic_effort", 0.1)
    if effort.nodes is not None:
        highs.setOptionValue("mip_max_nodes", effort.nodes)
        highs.setOptionValue("mip_max_stall_nodes", effort.nodes)
    _pass(highs, model, model.integer)
    if start is not None:
        whole = np.flatnonzero(model.integer) if len(start) < len(model.cost) else np.arange(len(start))
        highs.setSolution(len(whole), whole.astype(np.int32), start[whole])
    if improved is not None:
        tell = improved
        highs.cbMipImprovingSolution += lambda event: tell(np.array(event.data_out.mip_solution))
    highs.run()
    status = highs.getModelStatus()
    if highs.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return None
    return _solution(highs, optimal=status == highspy.HighsModelStatus.kOptimal)


def _engine() -> highspy.Highs:
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", _THREADS)
    highs.setOptionValue("parallel", "off")
    highs.setOptionValue("random_seed", 0)
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
    solution = highs.getSolution()
    values = np.array(solution.col_value, dtype=np.float64)
    reduced = np.array(solution.col_dual, dtype=np.float64)
    return Solution(
        values, float(info.objective_function_value), optimal, float(info.mip_dual_bound), reduced
    )
