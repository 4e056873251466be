"""Putting more into a verified plan: free capacity, stock, labs; and, where asked for, planned lots moved."""

from capacityplan.solve.insert.assemble import assembled
from capacityplan.solve.insert.board import Board
from capacityplan.solve.insert.supply import Supply

__all__ = ["Board", "Supply", "assembled"]
