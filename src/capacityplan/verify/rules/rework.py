"""Checks that rejects are worked on again, after the inspection, before the release."""

from __future__ import annotations

from collections.abc import Iterator

from capacityplan.domain.plan import Run
from capacityplan.errors import Violation
from capacityplan.verify.case import Case
from capacityplan.verify.facts import Moment, Occasion, Work

RULE = "rework"


def check(case: Case) -> Iterator[Violation]:
    """Yield rework that is missing, of a wrong quantity, too early, or not called for."""
    called: set[int] = set()
    for occasion in case.flow.occasions:
        if occasion.needs_rework and occasion.decided is not None:
            name = f"{occasion.object}/{occasion.row.rework_operation}"
            if occasion.rework is None:
                yield Violation(RULE, (name,), "rejects are not reworked", "0", "1", "runs")
            else:
                called.add(id(occasion.rework))
                yield from _run(name, occasion, occasion.rework, occasion.decided)
    for work in case.flow.works:
        if work.rework and id(work) not in called:
            yield Violation(RULE, (work.name,), "no inspection calls for this rework")


def _run(name: str, occasion: Occasion, work: Work, decided: Moment) -> Iterator[Violation]:
    if work.row.quantity != occasion.rejects:
        yield Violation(
            RULE, (name,), "rework of a wrong quantity",
            str(work.row.quantity), str(occasion.rejects), "base units",
        )  # fmt: skip
    if work.mode is None:
        yield Violation(RULE, (name,), f"resource {work.row.resource!r} cannot do the rework")
    if isinstance(work.row, Run):
        found, earliest, unit = work.row.start, decided.minute, "minute"
    else:
        found, earliest, unit = work.first, decided.bucket, "bucket"
    if found < earliest:
        yield Violation(RULE, (name,), "rework before the usage decision", str(found), str(earliest), unit)
