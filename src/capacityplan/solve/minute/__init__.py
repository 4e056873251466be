"""The minute engine: exact search where it applies, else local search over the dispatcher."""

from capacityplan.solve.minute.engine import schedule

__all__ = ["schedule"]
