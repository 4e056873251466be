"""Projects: operations that wait for each other share machines and pools of several units.

Where no changeover depends on the order, a list of operations says everything: each is scheduled in its
turn as early as pools and what it waits for allow. Lists are crossed, changed and justified.
"""

from capacityplan.solve.minute.project.build import build
from capacityplan.solve.minute.project.run import search

__all__ = ["build", "search"]
