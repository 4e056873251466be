"""A plain dispatcher to the minute: lots placed one after another, exactly."""

from capacityplan.solve.dispatch.dispatch import Turn, dispatched, in_progress, schedule, window_wishes
from capacityplan.solve.dispatch.ground import Ground, used_overtime

__all__ = ["Ground", "Turn", "dispatched", "in_progress", "schedule", "used_overtime", "window_wishes"]
