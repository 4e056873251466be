"""What energy costs at every minute: tariffs by time of use."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from capacityplan.domain.plant import CalendarKind, Plant
from capacityplan.domain.timeline import Steps, Timeline, WorkingTime

Shares = list[tuple[Fraction, Fraction]]
"""Prices per kWh, each with its share of the time."""


class EnergyPrices:
    """Prices per kWh over the horizon: of the dearest tariff whose calendar is open, else the plant's own.

    Parameters
    ----------
    plant : Plant
    timeline : Timeline
    time : WorkingTime
        Expands the calendars.
    """

    def __init__(self, plant: Plant, timeline: Timeline, time: WorkingTime) -> None:
        self._own = plant.costs.energy_cost_per_kwh
        self._whole = (0, timeline.horizon_end)
        self._levels: list[tuple[Fraction, Steps]] = []
        """By falling price: when it or a dearer one holds."""
        dearer: list[tuple[int, int, int]] = []
        for row in sorted(plant.tariffs, key=lambda row: -row.cost_per_kwh):
            dearer += time.calendar(row.calendar, CalendarKind.WORK, 1).intervals()
            self._levels.append((row.cost_per_kwh, Steps([]).union(dearer)))

    @property
    def mean(self) -> Fraction:
        """The price of the horizon's mean minute."""
        return sum((price * share for price, share in self.shares([self._whole])), Fraction(0))

    def shares(self, spans: Iterable[tuple[int, int]]) -> Shares:
        """Return the prices of some stretches of time together, with their shares of it."""
        minutes: dict[Fraction, int] = {}
        for start, end in spans:
            before = 0
            for price, steps in self._levels:
                upto = steps.open_minutes(start, end)
                minutes[price] = minutes.get(price, 0) + upto - before
                before = upto
            minutes[self._own] = minutes.get(self._own, 0) + end - start - before
        total = sum(minutes.values())
        return [(price, Fraction(count, total)) for price, count in minutes.items() if count]
