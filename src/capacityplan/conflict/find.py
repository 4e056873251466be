"""A minimal conflict: the fewest rows, none superfluous, that no plan can satisfy together."""

from __future__ import annotations

from dataclasses import dataclass

from capacityplan.conflict.elements import Element, elements
from capacityplan.conflict.flow import Must, misfits
from capacityplan.conflict.musts import Musts
from capacityplan.conflict.plans import bare, found_plan
from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant


@dataclass(frozen=True, slots=True)
class Conflict:
    """Rows that cannot all be kept.

    Attributes
    ----------
    elements : tuple of Element
        Together they are proven to leave no plan.
    musts : tuple of Must
        The work that finds no room with them alone.
    plans : tuple of (Plan or None)
        For each element: a plan, accepted by the checker, of the plant in which this element alone is
        missing from the conflict; None where none was found, so that it may be superfluous.
    """

    elements: tuple[Element, ...]
    musts: tuple[Must, ...]
    plans: tuple[Plan | None, ...]

    @property
    def minimal(self) -> bool:
        """Whether each element is proven to be needed."""
        return all(plan is not None for plan in self.plans)


def proof(plant: Plant) -> tuple[Must, ...]:
    """Return work that fits in no plan of a plant; none if nothing is proven."""
    musts = Musts(plant)
    return misfits(musts.times, musts.all())


def conflict(plant: Plant, seconds: float = 2.0) -> Conflict | None:
    """Find a minimal conflict of a plant.

    Parameters
    ----------
    seconds : float
        Time for each of the plans that show that an element is needed, where a quick way finds none.

    Returns
    -------
    Conflict or None
        None where the plant is not proven to be infeasible.
    """
    # Storages are emptied by demand, so it stays where there are any.
    core = plant if plant.storages else bare(plant)
    last = proof(core)
    if not last:
        return None
    kept = []
    for element in elements(plant):
        easier = element.without(core)
        if musts := proof(easier):
            core, last = easier, musts
        else:
            kept.append(element)
    found = [found_plan(element.without(core), seconds) for element in kept]
    plans = tuple(None if one is None else one[0] for one in found)
    return Conflict(tuple(kept), last, plans)
