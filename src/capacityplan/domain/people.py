"""People: what the labour of a plant can do."""

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
