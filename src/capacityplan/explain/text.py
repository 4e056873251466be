"""Explanations in words."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Plant
from capacityplan.domain.timeline import Clock
from capacityplan.explain.causes import Cause, Explained
from capacityplan.explain.replan import Trial
from capacityplan.units import decimal_text

_SHOWN = 8


class Words:
    """Writes explanations on a plant."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._clock = Clock(plant.start, plant.timezone)
        self._lookup = Lookup(plant)

    def lines(self, found: Explained) -> Iterator[str]:
        """Yield what would have served a demand better, each line proven by a verified plan."""
        if found.again is not None:
            yield self._economics(found.now, found.again)
        if not found.causes:
            if found.again is None:
                yield "No plan was found that serves it better, whatever is relaxed along its bill."
            return
        yield "Planned again and verified with one constraint relaxed:"
        for cause in found.causes[:_SHOWN]:
            yield f"  {self._cause(found, cause)}"

    def _economics(self, now: Trial, again: Trial) -> str:
        more = again.cost - now.cost
        money = f"{decimal_text(abs(more))} {self._plant.currency}"
        if more > 0:
            return (
                f"Nothing forbids serving it better ({self._served(again)}); the plan as a whole would cost "
                f"{money} more: it is a matter of price."
            )
        return (
            f"Planned again by itself it is {self._served(again)}; the plan costs {money} less: plan again."
        )

    def _cause(self, found: Explained, cause: Cause) -> str:
        currency = self._plant.currency
        head = cause.relaxation.text
        if cause.minutes:
            head = head.replace("more hours", f"{decimal_text(Fraction(cause.minutes, 60), 1)} h more", 1)
            head += f" between {self._day(cause.first)} and {self._day(cause.last)}"
        money = f"{decimal_text(abs(cause.saved))} {currency} {'cheaper' if cause.saved >= 0 else 'dearer'}"
        return f"{head} it is {self._served(cause.trial)}; the plan as a whole is {money}"

    def _served(self, trial: Trial) -> str:
        if trial.penalty == 0 and trial.lost == 0:
            return "in time"
        if trial.lost:
            return f"short by {trial.lost} base units"
        return f"there by {self._day(trial.arrives)}"

    def _day(self, minute: int | None) -> str:
        return "-" if minute is None else self._clock.local(max(minute - 1, 0)).strftime("%a %Y-%m-%d")
