"""Why a plan is as it is: causes, each proven by planning again without it."""

from capacityplan.explain.causes import Cause, Explained, causes
from capacityplan.explain.relax import Relaxation, relaxations
from capacityplan.explain.replan import Arrears, Trial, arrears, replanned

__all__ = [
    "Arrears", "Cause", "Explained", "Relaxation", "Trial", "arrears", "causes", "relaxations", "replanned",
]  # fmt: skip
