"""Ways out of a conflict: changes that a plant can decide on, each solved anew, verified and priced."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction

from capacityplan.conflict.elements import Element
from capacityplan.conflict.find import Conflict, proof
from capacityplan.conflict.plans import found_plan, searched
from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Lock, LockKind, Plant
from capacityplan.domain.timeline import Clock, Timeline
from capacityplan.explain.extra import extra_shift, more_in_pool, second_machine
from capacityplan.explain.relax import CUMULATIVE, sooner
from capacityplan.units import MINUTES_PER_DAY
from capacityplan.verify import Verdict

_MORE = (0, 1, 3, 7)
"""How much larger than the least a change is tried."""
_MOST_TENTHS = 1000
_DEARER = Fraction(3, 2)
"""What an hour outside the calendar costs where no overtime price is stated, against a normal hour."""


@dataclass(frozen=True, slots=True)
class Way:
    """A change that may resolve a conflict, larger and larger.

    Attributes
    ----------
    steps : tuple of (text, plant)
        The change in the sizes to try, the smallest first.
    note : str
        What its cost does not contain.
    """

    steps: tuple[tuple[str, Plant], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """A way with what came of it.

    Attributes
    ----------
    status : str
        ``verified`` (there is a plan), ``another conflict`` (it is proven not to suffice), ``no plan`` (none
        was found).
    cost : Fraction or None
        Of the whole verified plan.
    """

    text: str
    note: str
    status: str
    plant: Plant
    plan: Plan | None
    verdict: Verdict | None

    @property
    def cost(self) -> Fraction | None:
        """Cost of the plan found."""
        return None if self.verdict is None else self.verdict.cost


def tried(plant: Plant, found: Conflict, seconds: float, workers: int = 2) -> tuple[Tried, ...]:
    """Try every way out of a conflict; those with a plan first, the cheapest first.

    Parameters
    ----------
    seconds : float
        For each way.
    """
    rows = [_try(way, seconds, workers) for way in ways(plant, found)]
    return tuple(sorted(rows, key=lambda row: (row.cost is None, row.cost or 0, row.text)))


def _try(way: Way, seconds: float, workers: int) -> Tried:
    """Take the smallest size for which a plan is found quickly, then search for a better plan of it."""
    status, (text, plant) = "another conflict", way.steps[-1]
    for text, plant in way.steps:
        if proof(plant):
            continue
        status = "no plan"
        quick = found_plan(plant, seconds / len(way.steps), workers)
        if quick is not None:
            better = searched(plant, seconds, workers)
            found = min((one for one in (quick, better) if one is not None), key=lambda pair: pair[1].cost)
            return Tried(text, way.note, "verified", plant, *found)
    return Tried(text, way.note, status, plant, None, None)


def ways(plant: Plant, found: Conflict) -> Iterator[Way]:
    """Yield changes that take one row out of the conflict."""
    makers = {
        "locks": _lock, "suppliers": _purchasing, "resources": _hours, "storages": _room,
    }  # fmt: skip
    plain = {
        "receipts": ("give up order in progress {row}", "what it contains"),
        "downtime": ("at another time: {text}", ""),
        "customers": ("ship to {row} on the day", "the freight"),
        "skills": ("as many people with skill {row} as it takes", "training or hiring them"),
    }
    for element in found.elements:
        if element.table in makers:
            yield from makers[element.table](plant, element)
        elif element.table in plain:
            text, note = plain[element.table]
            step = text.format(row=element.row, text=element.text), element.without(plant)
            yield Way((step,), note)
        elif element.rule in ("lot_size", "frozen_zone"):
            yield Way(((f"for once without: {element.text}", element.without(plant)),))


def _lock(plant: Plant, element: Element) -> Iterator[Way]:
    row = next(lock for lock in plant.locks if lock.lock == element.row)
    if row.kind is not LockKind.ORDER or row.end is None:
        yield Way(((f"lift lock {row.lock} ({element.text})", element.without(plant)),))
        return
    clock, end = Clock(plant.start, plant.timezone), row.end
    steps = []
    for days in _sizes(lambda days: _moved(plant, row, days), _days_left(plant, end)):
        when = clock.local(_later(plant, end, days))
        text = f"promise {row.object} for {when:%Y-%m-%d %H:%M}, {days} day{'s' if days > 1 else ''} later"
        steps.append((text, _moved(plant, row, days)))
    if steps:
        yield Way(tuple(steps))
    yield Way(((f"let {row.object} be late or lost in part", element.without(plant)),))


def _moved(plant: Plant, row: Lock, days: int) -> Plant:
    end = _later(plant, row.end or 0, days)
    return replace(plant, locks=tuple(replace(one, end=end) if one is row else one for one in plant.locks))


def _later(plant: Plant, minute: int, days: int) -> int:
    """Return the same time of the local day, so many days later (the clocks may change between)."""
    clock = Clock(plant.start, plant.timezone)
    return clock.minute(clock.local(minute) + timedelta(days=days))


def _days_left(plant: Plant, minute: int) -> int:
    return max(0, (Timeline.of(plant).horizon_end - minute) // MINUTES_PER_DAY)


def _sizes(changed: Callable[[int], Plant], most: int) -> list[int]:
    """Sizes of a change to try: the least that is not proven to leave a conflict, then larger ones."""
    if most < 1 or proof(changed(most)):
        return []
    low, high = 1, most
    while low < high:
        middle = (low + high) // 2
        if proof(changed(middle)):
            low = middle + 1
        else:
            high = middle
    return sorted({min(low + more, most) for more in _MORE})


def _purchasing(plant: Plant, element: Element) -> Iterator[Way]:
    days = min((row.lead_time_days for row in plant.suppliers if row.item == element.row), default=0)
    steps = []
    for saved in _sizes(lambda less: sooner(plant, element.row, days - less), days):
        text = f"expedite {element.row}: there {days - saved} days after the order instead of {days}"
        steps.append((text, sooner(plant, element.row, days - saved)))
    if steps:
        yield Way(tuple(steps), "the supplier's surcharge")


def _hours(plant: Plant, element: Element) -> Iterator[Way]:
    row = next(one for one in plant.resources if one.resource == element.row)
    if row.kind in CUMULATIVE:
        yield Way(
            ((f"one more of {row.resource} in every shift", more_in_pool(plant, row, 1)),),
            "hiring or buying it",
        )
        return
    if row.calendar:
        rate = row.overtime_cost_per_hour or row.cost_per_hour * _DEARER
        text = f"extra shifts on {row.resource} at {float(rate):,.2f} {plant.currency} an hour"
        yield Way(((text, extra_shift(plant, row, rate)),))
    if row.capacity == 1:
        yield Way(
            ((f"a second {row.resource}, day and night", second_machine(plant, row, None)),),
            "hiring or buying it",
        )


def _room(plant: Plant, element: Element) -> Iterator[Way]:
    row = next(one for one in plant.storages if one.storage == element.row)

    def larger(tenths: int) -> Plant:
        rows = (replace(one, capacity=room(tenths)) if one is row else one for one in plant.storages)
        return replace(plant, storages=tuple(rows))

    def room(tenths: int) -> Fraction:
        return max(row.capacity, Fraction(1)) * (1 + Fraction(tenths, 10))

    steps = [
        (f"rent room: {row.storage} for {float(room(tenths)):g} units", larger(tenths))
        for tenths in _sizes(larger, _MOST_TENTHS)
    ]
    if steps:
        yield Way(tuple(steps), "the rent")
