"""The nights of several plants, one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from capacityplan.nightly.config import Nightly
from capacityplan.nightly.pipeline import run_night
from capacityplan.nightly.publish import current
from capacityplan.nightly.sharing import published_load


def run_fleet(plants: Sequence[Nightly], stop_on_failure: bool = False) -> dict[str, int]:
    """Run every plant's night; return the exit code by plant.

    A plant that fails keeps its last plan, and what that takes of shared suppliers.
    """
    codes: dict[str, int] = {}
    for number, config in enumerate(plants):
        loads = []
        for other in plants[:number]:
            shared = set(config.shared_suppliers) & set(other.shared_suppliers)
            published = current(other.folder)
            if shared and published is not None:
                loads.append(published_load(published, shared))
        codes[config.plant] = run_night(config, tuple(loads))
        if codes[config.plant] and stop_on_failure:
            break
    return codes
