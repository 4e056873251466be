"""Scenarios: named deltas applied to a plant, and what is made of them."""

from capacityplan.scenario.delta import apply, apply_all, read_with_scenarios

__all__ = ["apply", "apply_all", "read_with_scenarios"]
