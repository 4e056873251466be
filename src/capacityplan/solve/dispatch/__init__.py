"""A plain dispatcher to the minute: lots placed one after another, exactly."""

from capacityplan.solve.dispatch.dispatch import Turn, dispatched, schedule, window_wishes
from capacityplan.solve.dispatch.ground import Ground, used_overtime
from capacityplan.solve.dispatch.replay import Journey, replayed

__all__ = [
    "Ground", "Journey", "Turn", "dispatched", "replayed", "schedule", "used_overtime",
    "window_wishes",
]  # fmt: skip
