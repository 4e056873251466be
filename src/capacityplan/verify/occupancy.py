"""What runs occupy: batches, the sequence on every resource, load by bucket of the tail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import BucketRun, Run
from capacityplan.units import ceil_div
from capacityplan.verify.facts import Work


@dataclass(frozen=True, slots=True)
class Occupation:
    """A run, or the runs that form one batch, on its resource to the minute.

    Attributes
    ----------
    members : tuple of Work
        The runs, by lot; the first one is charged.
    before : str or None
        Setup group the resource stands at; None where it is not known.
    changeover : (minutes, cost) or None
        None where the matrix lacks the pair.
    """

    resource: str
    members: tuple[Work, ...]
    setup_start: int
    start: int
    end: int
    group: str
    before: str | None
    changeover: tuple[int, Fraction] | None

    @property
    def charged(self) -> Work:
        """The run that the costs are booked on: of the lot with the smallest id."""
        return self.members[0]

    @property
    def setup_minutes(self) -> int:
        """Minutes of setup required: of the mode and of the changeover."""
        return self.charged.setup_minutes + (self.changeover[0] if self.changeover is not None else 0)

    @property
    def names(self) -> tuple[str, ...]:
        """The runs as violations name them."""
        return tuple(work.name for work in self.members)


@dataclass(frozen=True, slots=True)
class TailBatch:
    """The batches of an operation and setup group on a resource in a bucket of the tail."""

    resource: str
    bucket: int
    members: tuple[Work, ...]

    @property
    def quantity(self) -> int:
        """Base units in all batches together."""
        return sum(work.row.quantity for work in self.members)

    @property
    def batches(self) -> int:
        """How many batches the quantity takes."""
        return ceil_div(self.quantity, min(work.operation.batch_size for work in self.members))

    @property
    def minutes(self) -> int:
        """Minutes that the batches occupy the resource."""
        return self.batches * max(work.operation.fixed_minutes for work in self.members)


@dataclass(frozen=True, slots=True)
class TailChangeover:
    """A changeover charged along the list of setup groups of a bucket."""

    resource: str
    bucket: int
    before: str | None
    after: str
    cost: tuple[int, Fraction] | None
    """Minutes and money; None where the matrix lacks the pair."""


def change(lookup: Lookup, resource: str, before: str | None, after: str) -> tuple[int, Fraction] | None:
    """Minutes and cost of a changeover; None where the matrix lacks the pair."""
    try:
        return lookup.changeover(lookup.resources[resource], before, after)
    except KeyError:
        return None


def occupations(lookup: Lookup, works: tuple[Work, ...]) -> dict[str, tuple[Occupation, ...]]:
    """Sequence of every resource to the minute, batches joined."""
    by_resource: dict[str, list[tuple[Run, Work]]] = {}
    for work in works:
        if isinstance(work.row, Run):
            by_resource.setdefault(work.row.resource, []).append((work.row, work))
    return {name: tuple(_sequence(lookup, name, runs)) for name, runs in by_resource.items()}


def _sequence(lookup: Lookup, resource: str, runs: list[tuple[Run, Work]]) -> Iterator[Occupation]:
    batches: dict[tuple[object, ...], list[tuple[Run, Work]]] = {}
    for number, (run, work) in enumerate(runs):
        alone: object = None if work.operation.batch_size else number
        key = (run.start, run.end, run.operation, lookup.setup_group(work.item), alone)
        batches.setdefault(key, []).append((run, work))
    groups = [sorted(members, key=lambda pair: pair[0].lot) for members in batches.values()]
    groups.sort(key=lambda members: _order(members[0][0]))
    before = lookup.initial_group(lookup.resources[resource])
    for members in groups:
        run, work = members[0]
        after = lookup.setup_group(work.item)
        yield Occupation(
            resource, tuple(work for _, work in members), min(run.setup_start for run, _ in members),
            run.start, run.end, after, before, change(lookup, resource, before, after),
        )  # fmt: skip
        before = after


def _order(run: Run) -> tuple[int, int, str, str]:
    return run.start, run.end, run.lot, run.operation


def tail_batches(lookup: Lookup, works: tuple[Work, ...]) -> tuple[TailBatch, ...]:
    """Batches of the tail by resource, bucket, operation and setup group."""

    def key(work: Work) -> tuple[str, int, str, str]:
        return work.row.resource, work.first, work.row.operation, lookup.setup_group(work.item)

    found = [work for work in works if isinstance(work.row, BucketRun) and work.operation.batch_size]
    found.sort(key=lambda work: (*key(work), work.row.lot))
    return tuple(TailBatch(place[0], place[1], tuple(members)) for place, members in groupby(found, key=key))
