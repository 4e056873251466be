"""Routings as chains of steps: how much enters each, how long it takes at least, what it costs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Inspection, Operation, OperationResource, Stage
from capacityplan.units import floor_fraction
from capacityplan.verify.facts import run_minutes
from capacityplan.verify.relaxation.envelope import Envelope

Hold = tuple[int, int]
"""Least minutes of the inspections that are made side by side, and of the certificate after them."""
AT_ONCE: Hold = (0, 0)


@dataclass(frozen=True, slots=True)
class Step:
    """An operation of a chain.

    Attributes
    ----------
    enter : Envelope
        What enters of a started unit.
    minutes : int
        Least run minutes on any mode.
    inspections : tuple of Inspection
        In-process rows after it.
    wait : int
        Minutes from its end to the release, where every lot is inspected.
    between : int
        Minutes from its end to the start of the next operation at least; where it overlaps that one: from
        start to start, and from end to end.
    """

    operation: Operation
    modes: tuple[OperationResource, ...]
    enter: Envelope
    minutes: int
    inspections: tuple[Inspection, ...]
    wait: int
    between: int

    @property
    def overlaps(self) -> bool:
        """Whether the next operation may begin before it ends."""
        return bool(self.operation.overlap_quantity)


@dataclass(frozen=True, slots=True)
class Rework:
    """Rejects of a row that every lot is subject to: at least ``low * q - loss`` units are worked again.

    Attributes
    ----------
    sure : bool
        Whether every lot has rejects.
    """

    operation: str
    low: Fraction
    loss: Fraction
    sure: bool


@dataclass(frozen=True, slots=True)
class Chain:
    """A routing (or what is left of it).

    Attributes
    ----------
    smallest, largest : Fraction, Fraction or None
        Units of a lot; no largest: None.
    out : Envelope
        Accepted units of a started one.
    hold : Hold
        Minutes from completion to release, where every lot is inspected.
    final : tuple of Inspection
        Final rows.
    reworks : tuple of Rework
        What is worked again of every lot.
    """

    item: str
    version: str
    steps: tuple[Step, ...]
    smallest: Fraction
    largest: Fraction | None
    out: Envelope
    hold: Hold
    final: tuple[Inspection, ...]
    reworks: tuple[Rework, ...]

    @property
    def name(self) -> str:
        """The chain in names of rows."""
        return f"{self.item}/{self.version}" if self.version else self.item

    def least_ends(self, starts: Sequence[int]) -> list[int]:
        """Least minute by which each operation may end, where none starts before a minute of its own.

        An operation that overlaps the next one may have begun with it, but does not end after it (what
        the first and the last transfer batch take is left out).
        """
        found: list[int] = []
        start = end = 0
        overlaps = False
        for step, earliest in zip(self.steps, starts, strict=True):
            start = max(start if overlaps else end, earliest)
            end = max(end, start + step.minutes)
            overlaps = step.overlaps
            found.append(end)
        return found

    def least_rest(self, place: int) -> int:
        """Least minutes from the start of an operation of a new lot to the lot's completion."""
        begun, ended = self.steps[-1].minutes, 0
        for step in reversed(self.steps[place:-1]):
            ended = step.between + (ended if step.overlaps else begun)
            begun = max(step.minutes + ended, step.between + begun if step.overlaps else 0)
        return begun


def chain(lookup: Lookup, item: str, version: str, first: int, smallest: int, largest: int | None) -> Chain:
    """Follow a lot of an item from an operation on.

    Parameters
    ----------
    smallest, largest : int
        Base units that enter the first operation.
    """
    scale = lookup.scale[item]
    least = Fraction(smallest, scale)
    envelope = Envelope.identity()
    steps: list[Step] = []
    reworks: list[Rework] = []
    for operation in lookup.routings[item, version][first:]:
        modes = lookup.modes.get((item, version, operation.operation), ())
        rows = tuple(
            row for row in lookup.inspections(Stage.IN_PROCESS, item) if row.operation == operation.operation
        )
        sure = [row for row in rows if row.every_lots <= 1]
        quantity = floor_fraction(max(envelope.low * least - envelope.loss, Fraction(0)) * scale)
        minutes = min(
            (
                run_minutes(operation, mode, lookup.resources[mode.resource].efficiency, quantity, scale)
                for mode in modes
            ),
            default=0,
        )
        wait = sum(waiting(sure))
        between = wait + operation.min_wait_minutes
        steps.append(Step(operation, modes, envelope, minutes, rows, wait, between))
        envelope = envelope.yielded(operation.yield_fraction, scale)
        envelope, again = _through(envelope, rows, scale, least)
        reworks += again
    final = lookup.inspections(Stage.FINAL, item)
    envelope, again = _through(envelope, final, scale, least)
    reworks += again
    for row in lookup.inspections(Stage.VALIDATION, item):
        envelope = envelope.inspected(row, scale, certain=False, least=least)
    hold = waiting([row for row in final if row.every_lots <= 1])
    most = None if largest is None else Fraction(largest, scale)
    return Chain(item, version, tuple(steps), least, most, envelope, hold, final, tuple(reworks))


def incoming_envelope(lookup: Lookup, item: str, rows: Iterable[Inspection]) -> Envelope:
    """What inspections may leave of a bought or received quantity."""
    envelope = Envelope.identity()
    for row in sorted(rows, key=lambda row: row.rank):
        envelope = envelope.inspected(row, lookup.scale[item], certain=False, least=Fraction(0))
    return envelope


def waiting(rows: Sequence[Inspection]) -> Hold:
    """Least minutes from completion to release by rows that apply to every object."""
    tests, certificate = (
        max((row.lab_minutes + row.wait_minutes for row in rows if row.is_last is last), default=0)
        for last in (False, True)
    )
    return tests, certificate


def _through(
    envelope: Envelope, rows: Sequence[Inspection], scale: int, least: Fraction
) -> tuple[Envelope, list[Rework]]:
    """What inspections leave, and rejects of rows with rework: tested less its good part, rounded down."""
    found = []
    for row in sorted(rows, key=lambda row: row.rank):
        if row.rework_operation and row.every_lots <= 1:
            sample = Fraction(row.sample_quantity, scale) if row.destructive else Fraction(0)
            low, loss = envelope.low, envelope.loss + sample
            share = row.reject_fraction
            sure = share > 0 and low * least > loss
            found.append(Rework(row.rework_operation, share * low, share * loss, sure))
        envelope = envelope.inspected(row, scale, certain=row.every_lots <= 1, least=least)
    return envelope, found
