"""Putting more into a verified plan without moving what is planned: free capacity, stock, labs."""

from capacityplan.solve.insert.assemble import assembled
from capacityplan.solve.insert.board import Board
from capacityplan.solve.insert.supply import Supply

__all__ = ["Board", "Supply", "assembled"]
