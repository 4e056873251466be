"""Statistical forecasts from history, by a library that is loaded only when it is needed."""

from capacityplan.forecast.baseline import Baseline, baseline

__all__ = ["Baseline", "baseline"]
