"""Checks that an item is made between its phase-in and its phase-out."""

from __future__ import annotations

from collections.abc import Iterator

from capacityplan.errors import Violation
from capacityplan.verify.case import Case

RULE = "phase"


def check(case: Case) -> Iterator[Violation]:
    """Yield lots that start before the phase-in or from the phase-out on.

    An order in progress has started already.
    """
    for lot in case.flow.lots.values():
        first = lot.first
        if first is None or lot.receipt is not None:
            continue
        since = case.lookup.made_from(lot.lot.item, lot.lot.version)
        until = case.lookup.made_until(lot.lot.item, lot.lot.version)
        if since is not None and first.latest < since:
            yield Violation(
                RULE, (lot.lot.lot,), "starts before the phase-in", str(first.latest), f">= {since}", "minute"
            )
        if until is not None and first.begins >= until:
            yield Violation(
                RULE, (lot.lot.lot,), "starts after the phase-out", str(first.begins), f"< {until}", "minute"
            )
