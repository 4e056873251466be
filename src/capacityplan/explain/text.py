"""Explanations in words."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from capacityplan.demand import Demand
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Plant
from capacityplan.domain.timeline import Clock
from capacityplan.explain.causes import Cause, Explained
from capacityplan.explain.relax import Relaxation
from capacityplan.explain.replan import Trial
from capacityplan.units import decimal_text

_SHOWN = 8


def _cheaper(found: Explained) -> bool:
    """Whether planning again alone, with nothing relaxed, gives a cheaper plan."""
    return found.again is not None and found.again.cost < found.now.cost


def _reference(found: Explained) -> Fraction:
    """Cost of the plan that a cause's plan is compared with."""
    return found.again.cost if found.again is not None and _cheaper(found) else found.now.cost


class Words:
    """Writes explanations on a plant."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._clock = Clock(plant.start, plant.timezone)
        self._lookup = Lookup(plant)

    def lines(self, found: Explained) -> Iterator[str]:
        """Yield what would have served a demand better, each line proven by a verified plan."""
        if found.again is not None:
            yield self._economics(found, found.again)
        if not found.causes:
            if found.again is None:
                yield "No plan was found that serves it better, whatever is relaxed along its bill."
            return
        yield (
            "Planned again and verified with one constraint relaxed:"
            if not _cheaper(found)
            else ("Planned again and verified with one constraint relaxed, compared with that plan:")
        )
        for cause in found.causes[:_SHOWN]:
            yield f"  {self._cause(found, cause)}"

    def _economics(self, found: Explained, again: Trial) -> str:
        more = again.cost - found.now.cost
        money = f"{decimal_text(abs(more))} {self._plant.currency}"
        served = self._served(again, found.demand)
        if more > 0:
            head = (
                f"Nothing forbids serving it better ({served}); the plan as a whole would cost {money} more"
            )
            return f"{head}." if found.causes else f"{head}: it is a matter of price."
        return f"Nothing held it up but the search: planned again it is {served}, the plan {money} cheaper."

    def _cause(self, found: Explained, cause: Cause) -> str:
        currency = self._plant.currency
        head = self.relaxed(cause.relaxation, cause.minutes, cause.first, cause.last)
        saved = cause.saved - (found.now.cost - _reference(found))
        money = f"{decimal_text(abs(saved))} {currency} {'cheaper' if saved >= 0 else 'dearer'}"
        return f"{head} it is {self._served(cause.trial, found.demand)}; the plan as a whole is {money}"

    def relaxed(self, relaxation: Relaxation, minutes: int, first: int | None, last: int | None) -> str:
        """Return what was relaxed, with the hours that were used of it and their days."""
        if not minutes:
            return relaxation.text
        hours = f"{decimal_text(Fraction(minutes, 60), 1)} h more"
        head = relaxation.text.replace("more hours", hours, 1).replace("more room", f"{hours} room", 1)
        return head + self._days(first, last)

    def _days(self, start: int | None, end: int | None) -> str:
        first = self._day(None if start is None else start + 1)
        last = self._day(end)
        return f" on {first}" if first == last else f" between {first} and {last}"

    def _served(self, trial: Trial, demand: Demand) -> str:
        if not trial.late:
            return "in time"
        if trial.lost:
            return f"short by {self.quantity(demand.item, trial.lost)}"
        return f"there by {self._day(trial.arrives)}"

    def quantity(self, item: str, quantity: int) -> str:
        """Return base units of an item in its own unit."""
        row = self._lookup.items[item]
        return f"{decimal_text(Fraction(quantity, self._lookup.scale[item]), row.precision)} {row.unit}"

    def _day(self, minute: int | None) -> str:
        return "-" if minute is None else self._clock.local(max(minute - 1, 0)).strftime("%a %Y-%m-%d")
