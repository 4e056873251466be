"""A statistical baseline where a stream is missing: exponential smoothing chosen by information criterion.

Candidates are simple smoothing, damped trend and (with two full seasons of history) additive seasons, fitted
by ``statsmodels`` (`ExponentialSmoothing`); the lowest corrected Akaike criterion wins (Hyndman and
Athanasopoulos 2021, chapter 8). The range widens with ``1 + h a^2`` of the variance, ``a`` the smoothing
of the level and ``h`` the periods ahead (exact for simple smoothing, near it for the others). With fewer
than eight periods the mean of what there is counts.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from capacityplan.demand.accuracy import sales
from capacityplan.domain.plant import History, Plant
from capacityplan.domain.timeline import Timeline

_FEWEST = 8
_NORMAL_90 = 1.645


@dataclass(frozen=True, slots=True)
class Baseline:
    """A forecast of one period after the history, in base units.

    ``low`` and ``high`` hold nine of ten outcomes if errors are normal; ``method`` is what was fitted.
    """

    item: str
    segment: str
    start: int
    end: int
    quantity: int
    low: int
    high: int
    method: str


def baseline(plant: Plant, season: int = 0) -> tuple[Baseline, ...]:
    """Forecast every series of sales from the history's end to the horizon's end.

    Parameters
    ----------
    season : int
        Periods of a season (52 for a year of weeks); 0: none.

    Returns
    -------
    tuple of Baseline
        For series of equally long periods without gaps; a series that has gaps is closed up with zeros.
    """
    timeline = Timeline.of(plant)
    last = int(timeline.first_day[-1] + timeline.days[-1]) - 1
    out: list[Baseline] = []
    for (item, segment), rows in sales(plant).items():
        length = rows[-1].end - rows[-1].start + 1
        steps = max(0, -(-(last - rows[-1].end) // length))
        values = _series(rows, length)
        forecast, spread, level, method = _fit(values, steps, season)
        for step in range(steps):
            start = rows[-1].end + 1 + step * length
            middle = max(0.0, float(forecast[step]))
            wide = _NORMAL_90 * spread * math.sqrt(1 + step * level**2)
            low, high = max(0, round(middle - wide)), round(middle + wide)
            out.append(Baseline(item, segment, start, start + length - 1, round(middle), low, high, method))
    return tuple(out)


def _series(rows: list[History], length: int) -> npt.NDArray[np.float64]:
    first = rows[0].start
    values = np.zeros((rows[-1].start - first) // length + 1)
    for row in rows:
        values[(row.start - first) // length] += row.quantity
    return values


def _fit(
    values: npt.NDArray[np.float64], steps: int, season: int
) -> tuple[npt.NDArray[np.float64], float, float, str]:
    """Forecast, standard error of one step, smoothing of the level, and the method's name."""
    if len(values) < _FEWEST or not values.any():
        spread = float(values.std(ddof=1)) if len(values) > 1 else 0.0
        return np.full(steps, values.mean()), spread, 0.0, "mean"
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    shapes: list[tuple[str, dict[str, Any]]] = [
        ("simple smoothing", {}),
        ("damped trend", {"trend": "add", "damped_trend": True}),
    ]
    if season > 1 and len(values) >= 2 * season:
        shapes.append(("seasons", {"seasonal": "add", "seasonal_periods": season}))
    best: tuple[float, Any, str] | None = None
    for name, shape in shapes:
        with warnings.catch_warnings():
            # A fit that stops early is judged by its criterion like any other.
            warnings.simplefilter("ignore")
            fitted = ExponentialSmoothing(values, initialization_method="estimated", **shape).fit()
        if best is None or float(fitted.aicc) < best[0]:
            best = (float(fitted.aicc), fitted, name)
    assert best is not None, "simple smoothing always fits"
    residuals = values - best[1].fittedvalues
    level = float(best[1].params["smoothing_level"])
    return np.asarray(best[1].forecast(steps)), float(residuals.std(ddof=1)), level, best[2]
