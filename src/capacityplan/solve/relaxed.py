"""The certified relaxation in HiGHS."""

from __future__ import annotations

import highspy
import numpy as np
import numpy.typing as npt

from capacityplan.errors import SolverBug
from capacityplan.verify.relaxation.arrays import Floats
from capacityplan.verify.relaxation.builder import Relaxation

Indexes = npt.NDArray[np.int32]
PARALLEL = 1 << 13
"""Rule of HiGHS' presolve (a bit of ``presolve_rule_off``) that has led it astray.

With it, for parallel rows and columns, HiGHS 1.14 called a model infeasible that has a point, and gave
interior points multipliers that do not go with their reduced costs.
"""
_THREADS = 1
_TOLERANCE = 1e-9
"""Of reduced costs: safe arithmetic charges each at its column's bounds, which are far for large plants."""


def engine(model: Relaxation, seconds: float, into: highspy.Highs | None = None) -> highspy.Highs:
    """Give the linear relaxation to a solver (a new one, or ``into``), with a limit of its time."""
    highs = highspy.Highs() if into is None else into
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", _THREADS)
    highs.setOptionValue("parallel", "off")
    highs.setOptionValue("random_seed", 0)
    highs.setOptionValue("dual_feasibility_tolerance", _TOLERANCE)
    highs.setOptionValue("time_limit", max(seconds, 0.01))
    begin, index, value = _by_column(model)
    status = highs.passModel(
        len(model.cost), len(model.row_low), len(value),
        int(highspy.MatrixFormat.kColwise), int(highspy.ObjSense.kMinimize), 0.0,
        model.cost, model.low, model.high, model.row_low, model.row_high,
        begin, index, value, np.zeros(len(model.cost), dtype=np.int32),
    )  # fmt: skip
    if status == highspy.HighsStatus.kError:
        raise SolverBug("HiGHS refused the relaxation")
    return highs


def _by_column(model: Relaxation) -> tuple[Indexes, Indexes, Floats]:
    """Compressed columns, equal places added up."""
    rows = max(len(model.row_low), 1)
    place, inverse = np.unique(model.column * rows + model.row, return_inverse=True)
    total = np.bincount(inverse, weights=model.value, minlength=len(place)).astype(np.float64)
    begin = np.searchsorted(place // rows, np.arange(len(model.cost)))
    return begin.astype(np.int32), (place % rows).astype(np.int32), total
