"""The independent checker: reads a plan, believes nothing, imports no solver."""

from capacityplan.verify.api import (
    CHECKS,
    Release,
    StockCurve,
    Verdict,
    check,
    other_data,
    releases,
    require_verified,
    stock_curves,
)

__all__ = [
    "CHECKS",
    "Release",
    "StockCurve",
    "Verdict",
    "check",
    "other_data",
    "releases",
    "require_verified",
    "stock_curves",
]
