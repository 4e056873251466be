"""Replanning: yesterday's plan in today's plant, what changes and why, what actuals teach."""

from capacityplan.replan.carry import carry_forward

__all__ = ["carry_forward"]
