"""Why no plan exists: minimal conflicts of rules and rows of data, and the ways out of them."""

from capacityplan.conflict.find import Conflict, conflict, proof

__all__ = ["Conflict", "conflict", "proof"]
