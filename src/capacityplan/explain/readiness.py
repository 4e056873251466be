"""Launch readiness: what of an item is there on the day its sales begin, against what is wanted then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from capacityplan.demand import Demand
from capacityplan.demand.segments import concerns
from capacityplan.domain.plant import Launch
from capacityplan.units import MINUTES_PER_DAY
from capacityplan.verify.case import Case

_FIRST_DAYS = 7
"""Days of sales whose demand is to be there at a launch (in whole buckets)."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """A launch within the horizon, with what a plan has for it.

    Attributes
    ----------
    is_planned : bool
        Approved, or chosen by the plan; of others nothing else is told.
    by : int
        Minute of the launch, less the longest transit to those who want it.
    wanted : int
        Base units due in the buckets of the first week of sales.
    ready : int
        Base units of the wanted that are released by then (what others take is not counted).
    served : int
        Base units of the wanted that are delivered in time.
    ready_on : int or None
        Minute at which all that is wanted is released; None: not within the horizon.
    demands : tuple of Demand
        What is wanted.
    """

    launch: Launch
    is_planned: bool
    by: int
    wanted: int = 0
    ready: int = 0
    served: int = 0
    ready_on: int | None = None
    demands: tuple[Demand, ...] = ()

    @property
    def name(self) -> str:
        """The launch, with its segment where it has one."""
        return self.launch.launch + (f"/{self.launch.segment}" if self.launch.segment else "")

    @property
    def spare(self) -> int | None:
        """Minutes between all being there and the launch; negative: so much too late."""
        return None if self.ready_on is None else self.by - self.ready_on

    @property
    def state(self) -> str:
        """``not planned``, ``late`` (not all is served in time), ``as it sells`` or ``ready``."""
        if not self.is_planned:
            return "not planned"
        if self.served < self.wanted:
            return "late"
        return "ready" if self.ready >= self.wanted else "as it sells"


def readiness(case: Case) -> tuple[Readiness, ...]:
    """Return the readiness of every launch within the horizon, by date.

    A launch with several dates of which one is approved or chosen is that one.

    Parameters
    ----------
    case : Case
        Of a verified plan.
    """
    planned = {(row.launch, row.segment) for row in case.plant.launches if row.status == "approved"}
    rows = [row for row in case.plant.launches if 0 <= _minute(case, row) < case.timeline.horizon_end]
    found = []
    for row in sorted(rows, key=lambda row: (row.date, row.launch, row.segment)):
        if row.status == "approved":
            found.append(_ready(case, row))
        elif (row.launch, row.segment) not in planned:
            found.append(Readiness(row, False, _minute(case, row)))
    return tuple(found)


def _minute(case: Case, row: Launch) -> int:
    return case.timeline.clock.midnight(row.date)


def launch_demands(case: Case, row: Launch) -> tuple[Demand, ...]:
    """Return what is wanted at a launch: demand due in the buckets of the first week of sales."""
    begin, timeline = _minute(case, row), case.timeline
    until = begin + _FIRST_DAYS * MINUTES_PER_DAY
    return tuple(
        one
        for one in case.demand.values()
        if one.item == row.item
        and concerns(case.lookup, row, one.customer)
        and timeline.starts[one.bucket] < until
        and timeline.ends[one.bucket] > begin
    )


def _ready(case: Case, row: Launch) -> Readiness:
    demands = launch_demands(case, row)
    wanted = sum(one.quantity for one in demands)
    by = _minute(case, row) - max((one.transit for one in demands), default=0)
    by_name = {one.demand: one for one in demands}
    served = sum(
        one.quantity
        for one in case.plan.deliveries
        if one.demand in by_name and case.in_time(by_name[one.demand], one)
    )
    free = _free(case, row.item, set(by_name))
    ready = next((quantity for minute, quantity in reversed(free) if minute <= by), 0)
    ready_on = next((max(minute, 0) for minute, quantity in free if quantity >= wanted), None)
    return Readiness(row, True, by, wanted, min(max(ready, 0), wanted), served, ready_on, demands)


def _free(case: Case, item: str, wanted: set[str]) -> list[tuple[int, int]]:
    """What is released and never taken by others, from each minute on at which that changes."""
    events = sorted(_supply(case, item, wanted))
    levels = list(accumulate(quantity for _, quantity in events))
    lowest = list(accumulate(reversed(levels), min))[::-1]
    return [(minute, low) for (minute, _), low in zip(events, lowest, strict=True)]


def _supply(case: Case, item: str, wanted: set[str]) -> Iterator[tuple[int, int]]:
    """What comes into stock (positive) and what others take (negative), with its minute."""
    for one in case.flow.held:
        if one.item == item and one.release is not None:
            yield one.release.minute, one.accepted
    for out in case.stocks.outflows:
        if out.item == item and out.name not in wanted:
            yield out.moment.minute, -out.quantity
