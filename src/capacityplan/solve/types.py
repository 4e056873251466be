"""What the engines hand to each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from capacityplan.domain.plan import InspectionRun, Lot, Maintenance, Overtime, Plan, Purchase, Run


@dataclass(frozen=True, slots=True)
class PlannedLot:
    """A lot that the bucket level wants made.

    Attributes
    ----------
    start_bucket, end_bucket : int
        Buckets in which it should start and be completed (wishes, not promises).
    need : int
        Minute by which its output is wanted (the end of the bucket it is for): its urgency.
    modes : tuple of (operation, resource)
        Preferred resources, where the bucket level chose.
    """

    lot: Lot
    start_bucket: int
    end_bucket: int
    need: int
    modes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LotPlan:
    """The bucket level's answer: lots, purchases, and overtime minutes by (resource, bucket).

    ``other`` is the same with amounts made whole in another way (in whole steps together, or rounded
    lot by lot): which of both comes to less shows when they are settled.
    """

    lots: tuple[PlannedLot, ...]
    purchases: tuple[Purchase, ...]
    overtime: Mapping[tuple[str, int], int] = field(default_factory=dict)
    method: str = ""
    other: LotPlan | None = None


@dataclass(frozen=True, slots=True)
class WindowSchedule:
    """The minute level's answer: lots that start in the window, with everything they occupy.

    ``dropped`` are lots that found no place or no material before the window's end; the bucket
    level plans them again in the tail.
    """

    lots: tuple[Lot, ...]
    runs: tuple[Run, ...]
    inspections: tuple[InspectionRun, ...]
    overtime: tuple[Overtime, ...] = ()
    maintenance: tuple[Maintenance, ...] = ()
    dropped: tuple[PlannedLot, ...] = ()
    cost_estimate: float = 0.0


@dataclass(frozen=True, slots=True)
class Start:
    """A plan to begin with: yesterday's, carried forward to today's grid and data.

    Attributes
    ----------
    plan : Plan
        The first candidate: what is found must be better than it.
    window, lots
        What it is made of, for the search to begin with.
    choices : tuple of str
        The proposals it takes up; the plan is one of the plant with these fixed.
    """

    plan: Plan
    window: WindowSchedule
    lots: LotPlan
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to search and when to stop.

    Attributes
    ----------
    deadline : float
        ``time.monotonic()`` value at which to return what there is.
    work : float or None
        Deterministic amount of work; where given, the deadline is infinite and time counts for
        nothing.
    stop : callable
        True once somebody asked to stop (Ctrl-C, SIGTERM).
    """

    deadline: float
    seed: int = 0
    workers: int = 1
    work: float | None = None
    stop: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True)
class Progress:
    """One line of progress: what is being done and how good the best plan is."""

    phase: str
    seconds: float
    cost: Fraction | None = None
    bound: Fraction | None = None
    note: str = ""
