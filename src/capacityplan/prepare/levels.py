"""The order of items along bills of material."""

from __future__ import annotations

from capacityplan.domain.lookup import Lookup


def low_level_order(lookup: Lookup) -> list[str]:
    """Items ordered so that every item comes before its components (low-level codes)."""
    level = dict.fromkeys(lookup.items, 0)
    lines = lookup.plant.bill_of_materials
    for _ in level:
        changed = False
        for line in lines:
            if level[line.component] <= level[line.item]:
                level[line.component] = level[line.item] + 1
                changed = True
        if not changed:
            break
    return sorted(level, key=lambda item: (level[item], item))
