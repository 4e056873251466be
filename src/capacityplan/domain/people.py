"""People: what the labour of a plant can do, and how it learns."""

from __future__ import annotations

from fractions import Fraction

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from capacityplan.units import Id, Instant, Number

_ROW = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, config=_ROW)
class Skill:
    """A skill that all people of a labour resource have, for a time or for good."""

    resource: Id
    skill: str
    valid_from: Instant | None = None
    valid_to: Instant | None = None
    efficiency: Number = Fraction(1)


@dataclass(frozen=True, slots=True, config=_ROW)
class LearningStep:
    """From a day on, run times of an item's operations are ``run_time_factor`` times what they are stated.

    The day is a ``date`` (proleptic ordinal) or so many days after the item's first approved launch.
    """

    item: Id
    run_time_factor: Number
    operation: str = ""
    date: int | None = None
    launch_day: int | None = None
