"""Checks that the tail lists every setup group that a resource runs in a bucket."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from capacityplan.errors import Violation
from capacityplan.verify.case import Case

RULE = "setup_state"


def check(case: Case) -> Iterator[Violation]:
    """Yield lists that are missing, incomplete, too long, or in an impossible order."""
    loaded = _loaded(case)
    running = _running(case)
    listed = {(row.resource, row.bucket): row.groups for row in case.plan.bucket_setups}
    for place, count in Counter((row.resource, row.bucket) for row in case.plan.bucket_setups).items():
        if count > 1:
            yield Violation(RULE, (place[0],), f"bucket {place[1]} has several lists", str(count), "1")
    for resource, bucket in sorted(loaded.keys() | listed.keys()):
        if not case.lookup.resources[resource].changeover_matrix:
            continue
        groups = listed.get((resource, bucket), ())
        required = loaded.get((resource, bucket), set())
        minute_level = running.get((resource, bucket), [])
        carried = set(minute_level) - required
        if len(set(groups)) != len(groups) or set(groups) - carried != required:
            yield Violation(
                RULE, (resource,), f"setup groups of bucket {bucket}",
                ", ".join(groups), ", ".join(sorted(required)),
            )  # fmt: skip
        elif carried & set(groups[1:]):
            yield Violation(RULE, (resource,), f"in bucket {bucket} a run to the minute comes first")


def _loaded(case: Case) -> dict[tuple[str, int], set[str]]:
    """Setup groups of the loads of the tail."""
    found: dict[tuple[str, int], set[str]] = {}
    for row, work in case.bucket_works:
        for bucket, _ in row.load:
            found.setdefault((row.resource, bucket), set()).add(case.lookup.setup_group(work.item))
    return found


def _running(case: Case) -> dict[tuple[str, int], list[str]]:
    """Setup groups of the runs to the minute, in each bucket that they reach into."""
    found: dict[tuple[str, int], list[str]] = {}
    for resource, sequence in case.occupations.items():
        for one in sequence:
            first = case.timeline.bucket_of_start(one.setup_start)
            for bucket in range(first, case.timeline.bucket_of_end(one.end) + 1):
                found.setdefault((resource, bucket), []).append(one.group)
    return found
