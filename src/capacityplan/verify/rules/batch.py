"""Checks that batches are neither too large nor too small."""

from __future__ import annotations

from collections.abc import Iterator

from capacityplan.errors import Violation
from capacityplan.verify.case import Case
from capacityplan.verify.facts import Work

RULE = "batch"


def check(case: Case) -> Iterator[Violation]:
    """Yield batches whose quantity is out of bounds."""
    for resource, sequence in case.occupations.items():
        for one in sequence:
            if one.charged.operation.batch_size:
                quantity = sum(work.row.quantity for work in one.members)
                largest = min(work.operation.batch_size for work in one.members)
                smallest = _smallest(case, one.members)
                if not smallest <= quantity <= largest:
                    yield Violation(
                        RULE, (resource, *one.names), "quantity of the batch",
                        str(quantity), f"{smallest} to {largest}", "base units",
                    )  # fmt: skip
    for batch in case.tail_batches:
        smallest = batch.batches * _smallest(case, batch.members)
        if batch.quantity < smallest:
            yield Violation(
                RULE, (batch.resource, *(work.name for work in batch.members)),
                f"quantity of {batch.batches} batches in bucket {batch.bucket}",
                str(batch.quantity), f">= {smallest}", "base units",
            )  # fmt: skip


def _smallest(case: Case, members: tuple[Work, ...]) -> int:
    """What is left of an order in progress has to be worked on, however little it is."""
    if any(case.flow.lots[work.row.lot].receipt is not None for work in members):
        return 0
    return max(work.operation.min_batch for work in members)
