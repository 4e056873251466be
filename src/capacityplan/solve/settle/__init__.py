"""Settle: a window schedule and a lot plan become one exact plan.

The window's lots are facts. Tail lots are dispatched into buckets by the rules of the tail,
demand is delivered from what is really free, and every quantity is an integer that can be had.
"""

from capacityplan.solve.settle.settle import settle, settle_once
from capacityplan.solve.settle.storages import overfull, unstorable

__all__ = ["overfull", "settle", "settle_once", "unstorable"]
