"""A plain dispatcher to the minute: lots placed one after another, exactly."""

from capacityplan.solve.dispatch.dispatch import schedule

__all__ = ["schedule"]
