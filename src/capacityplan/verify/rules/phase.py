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
        item = case.lookup.items[lot.lot.item]
        if item.phase_in is not None and first.latest < item.phase_in:
            yield Violation(
                RULE,
                (lot.lot.lot,),
                "starts before the phase-in",
                str(first.latest),
                f">= {item.phase_in}",
                "minute",
            )
        if item.phase_out is not None and first.begins >= item.phase_out:
            yield Violation(
                RULE, (lot.lot.lot,), "starts after the phase-out",
                str(first.begins), f"< {item.phase_out}", "minute",
            )  # fmt: skip
