"""Names of what a plan adds, different from those that an earlier plan gave."""

from __future__ import annotations

import re

from capacityplan.domain.plant import Plant

_GIVEN = re.compile(r"(L|T|PO|PT)\d{5}|PO-T\d")
"""How names of lots and purchases begin without a mark."""


def mark(plant: Plant) -> str:
    """Return what sets new names apart from those of the plant: nothing where none is like them.

    An order in progress, an open purchase and stock keep the name that an earlier plan gave, so a
    new lot may not have it. The mark is the day from which is planned, with a letter where that day
    has one already.
    """
    known = [row.order for row in plant.receipts] + [row.stock for row in plant.stock]
    if not plant.previous_runs and not any(_GIVEN.match(name) for name in known):
        return ""
    known += [row.lot for row in plant.previous_runs]
    day = plant.start[2:10].replace("-", "")
    for letter in ("", *"bcdefghijklmnopqrstuvwxyz"):
        found = f"{day}{letter}-"
        if not any(found in name for name in known):
            return found
    return f"{day}{len(known)}-"
