"""Learning: its steps have days, and operations whose run times they change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from capacityplan.domain.learning import MOST_STRETCHES, stretches, without_stretch
from capacityplan.errors import Finding
from capacityplan.exchange.draft import Draft


def check_learning(draft: Draft) -> Iterator[Finding]:
    """A step has one day, and run minutes that it changes."""
    launched = {row.item for row in draft.plant.launches}
    batches: dict[str, dict[str, bool]] = defaultdict(dict)
    for operation in draft.plant.operations:
        batches[operation.item][operation.operation] = bool(operation.batch_size)
    again = {(row.item, row.rework_operation) for row in draft.plant.inspections if row.rework_operation}
    for position, row in draft.trusted("learning"):
        if (row.date is None) == (row.launch_day is None):
            yield draft.finding("learning", position, "date", "unreadable_step",
                                "a step begins on a date or on a day after the launch",
                                expected="a date or a launch_day, not both")  # fmt: skip
        elif row.launch_day is not None and row.item not in launched and draft.whole("launches"):
            yield draft.finding("learning", position, "item", "step_without_launch",
                                f"{row.item} has no launch", expected="a row of the item in launches",
                                hint="give a date")  # fmt: skip
        if not draft.whole("operations", "inspections"):
            continue
        if row.item not in batches:
            yield draft.finding("learning", position, "item", "nothing_to_learn",
                                f"{row.item} is not made", expected="an item with operations")  # fmt: skip
        elif batches[row.item].get(row.operation) or (row.item, row.operation) in again:
            yield draft.finding("learning", position, "operation", "nothing_to_learn",
                                "batches and rework take the time that they are stated with",
                                expected="another operation of the routing")  # fmt: skip


def check_stretches(draft: Draft) -> Iterator[Finding]:
    """An item has no more steps than are planned with, and no version is called like one."""
    if not draft.timed or not draft.whole("learning", "launches"):
        return
    learning = {row.item for row in draft.plant.learning}
    for position, operation in draft.trusted("operations"):
        if operation.item in learning and without_stretch(operation.version) != operation.version:
            yield draft.finding("operations", position, "version", "reserved_name",
                                "names that end so are those of a version as it is learnt later",
                                expected="a name that does not end in @ and a date")  # fmt: skip
    many = {item for item, found in stretches(draft.plant).items() if len(found) > MOST_STRETCHES}
    told: set[str] = set()
    for position, row in draft.trusted("learning"):
        if row.item in many - told:
            told.add(row.item)
            yield draft.finding("learning", position, "item", "too_many_steps",
                                f"{row.item} has more steps in the horizon than are planned with",
                                expected=f"at most {MOST_STRETCHES} stretches of equal times")  # fmt: skip
