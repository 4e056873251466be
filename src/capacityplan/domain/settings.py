"""A plant's settings: horizon, fences, cost defaults, forecast consumption, solve defaults."""

from __future__ import annotations

from fractions import Fraction

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from capacityplan.domain.kinds import Lateness
from capacityplan.units import Id, Money, Number

_ROW = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, config=_ROW)
class Horizon:
    """Numbers of daily, weekly and monthly buckets, and the days planned to the minute.

    With ``lots_within_buckets`` an operation of a lot of the tail does not go on in the next bucket.
    """

    daily: int = 28
    weekly: int = 12
    monthly: int = 0
    schedule_days: int = 14
    lots_within_buckets: bool = False


@dataclass(frozen=True, slots=True, config=_ROW)
class Fences:
    """Zones near now: nothing new starts within ``frozen_hours``; changes cost their price by zone.

    The slushy zone follows the frozen one and ends ``slushy_days`` after the start; after it all is open.
    """

    frozen_hours: int = 0
    slushy_days: int = 0
    demand_fence_days: int = 0


@dataclass(frozen=True, slots=True, config=_ROW)
class Tariff:
    """What a kWh costs while a calendar is open; at all other times it is ``energy_cost_per_kwh``."""

    calendar: Id
    cost_per_kwh: Money


@dataclass(frozen=True, slots=True, config=_ROW)
class Costs:
    """Plant-wide cost defaults; every rate is a share of an item's price or unit value.

    ``late_rate_per_day`` and ``lost_rate`` apply to the price (unit value where there is none);
    ``safety_stock_rate_per_day`` and ``overstock_rate_per_day`` to the unit value;
    ``makespan_cost_per_minute`` is charged once on the last completion, ``energy_cost_per_kwh`` on what
    machines draw while they run and are set up. The ``change_cost`` rates are
    charged for every operation that is not where the previous plan has it, by the zone it lies in;
    a start that moves by at most ``change_tolerance_minutes`` is no change.
    """

    holding_rate_per_year: Number = Fraction(1, 5)
    late_rate_per_day: Number = Fraction(1, 100)
    lost_rate: Number = Fraction(1)
    safety_stock_rate_per_day: Number = Fraction(1, 200)
    overstock_rate_per_day: Number = Fraction(0)
    lateness: Lateness = Lateness.BUCKET
    makespan_cost_per_minute: Money = Fraction(0)
    energy_cost_per_kwh: Money = Fraction(0)
    change_cost_frozen: Money = Fraction(0)
    change_cost_slushy: Money = Fraction(0)
    change_cost_open: Money = Fraction(0)
    change_tolerance_minutes: int = 0


@dataclass(frozen=True, slots=True, config=_ROW)
class Consumption:
    """How orders consume projections: windows in days around the order's due date."""

    backward_days: int = 7
    forward_days: int = 7


@dataclass(frozen=True, slots=True, config=_ROW)
class Marketing:
    """Limits on what the plan may choose: ``choice_budget`` for the costs of all proposals it takes."""

    choice_budget: Money | None = None


@dataclass(frozen=True, slots=True, config=_ROW)
class SolveDefaults:
    """What ``capacityplan solve`` uses when the command line says nothing."""

    time_limit_seconds: int = 60
    gap: Number = Fraction(1, 1000)
    seed: int = 0
    workers: int = 2
    min_saving: Number = Fraction(0)
    """Share of its cost that yesterday's plan must be beaten by, else it stays."""
