"""Setup patterns: when each item is made or bought, searched without a linear program."""

from capacityplan.solve.patterns.search import Patterned, applies, patterned

__all__ = ["Patterned", "applies", "patterned"]
