"""Setup patterns: when each item is made or bought, searched without a linear program."""

from capacityplan.solve.patterns.search import Found, applies, patterned

__all__ = ["Found", "applies", "patterned"]
