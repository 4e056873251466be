"""Sales projections and orders to net demand (pure functions, exact integers)."""

from capacityplan.demand.netting import Demand, net

__all__ = ["Demand", "net"]
