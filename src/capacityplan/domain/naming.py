"""Names of what a plan adds, different from those that an earlier plan gave."""

from __future__ import annotations

from capacityplan.domain.plant import Plant


def mark(plant: Plant) -> str:
    """Return what sets new names apart from those of the previous plan: nothing where there is none.

    An order in progress keeps the name that its lot had in an earlier plan, so a new lot may not
    have it. The mark is the day from which is planned, with a letter where that day has one already.
    """
    if not plant.previous_runs:
        return ""
    known = [row.lot for row in plant.previous_runs] + [row.order for row in plant.receipts]
    day = plant.start[2:10].replace("-", "")
    for letter in ("", *"bcdefghijklmnopqrstuvwxyz"):
        found = f"{day}{letter}-"
        if not any(found in name for name in known):
            return found
    return f"{day}{len(known)}-"
