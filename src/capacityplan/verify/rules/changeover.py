"""Checks that every run is set up for as long as its mode and the changeover ask."""

from __future__ import annotations

from collections.abc import Iterator

from capacityplan.errors import Violation
from capacityplan.verify.case import Case

RULE = "changeover"


def check(case: Case) -> Iterator[Violation]:
    """Yield setups that are too short and changeovers that the matrix does not have."""
    for resource, sequence in case.occupations.items():
        in_breaks = case.lookup.resources[resource].setup_in_breaks
        for one in sequence:
            if one.changeover is None:
                yield Violation(
                    RULE, (resource, *one.names), f"no changeover from {one.before!r} to {one.group!r}"
                )
            if in_breaks:
                found = one.start - one.setup_start
            else:
                found = case.working(resource).open_minutes(one.setup_start, one.start)
            if found < one.setup_minutes:
                yield Violation(
                    RULE, (resource, *one.names), f"setup after {one.before!r}",
                    str(found), f">= {one.setup_minutes}", "minutes",
                )  # fmt: skip
    for change in case.tail_changeovers:
        if change.cost is None:
            yield Violation(
                RULE, (change.resource,),
                f"no changeover from {change.before!r} to {change.after!r} in bucket {change.bucket}",
            )  # fmt: skip
