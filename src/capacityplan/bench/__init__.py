"""Public benchmarks run through the product's own pipeline: read, plan, verify, compare."""

from capacityplan.bench.families import FAMILIES
from capacityplan.bench.run import Row, run

__all__ = ["FAMILIES", "Row", "run"]
