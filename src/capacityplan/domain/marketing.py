"""What marketing brings to a plant: promotions, launches, prices, events, history, signatures."""

from __future__ import annotations

from fractions import Fraction

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from capacityplan.units import Id, Instant, Money, Number, Quantity

_ROW = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, config=_ROW)
class Promotion:
    """A promotion on an item's projections between two instants.

    What it takes from ``cannibalises`` is ``cannibal_fraction`` of its own uplift. A proposed promotion is
    chosen by the plan or left out; ``min_uplift`` is the smallest uplift that is worth doing.
    """

    promotion: Id
    item: Id
    start: Instant
    end: Instant
    uplift_fraction: Number
    segment: Id = ""
    cost: Money = Fraction(0)
    dip_fraction: Number = Fraction(0)
    dip_days: int = 0
    status: str = "approved"
    cannibalises: Id = ""
    cannibal_fraction: Number = Fraction(0)
    min_uplift: Number | None = None


@dataclass(frozen=True, slots=True, config=_ROW)
class Launch:
    """An item's first day of sales; rows of one launch with different dates are options.

    Demand before it is none; it ramps up over ``ramp_days``; ``like_item`` lends its projections.
    Dates are proleptic ordinals.
    """

    launch: Id
    item: Id
    date: int
    segment: Id = ""
    gate: int | None = None
    ramp_days: int = 0
    like_item: Id = ""
    like_fraction: Number = Fraction(1)
    cost: Money = Fraction(0)
    status: str = "approved"


@dataclass(frozen=True, slots=True, config=_ROW)
class LifePhase:
    """From a date on, until its next row: what projections of an item are multiplied by, and what is kept.

    ``safety_stock`` takes the place of the item's own from the bucket on whose last day the phase has begun.
    """

    item: Id
    date: int
    phase: str
    factor: Number = Fraction(1)
    safety_stock: Quantity | None = None


@dataclass(frozen=True, slots=True, config=_ROW)
class Price:
    """A sales price from an instant on; with an elasticity it moves demand."""

    item: Id
    start: Instant
    price: Money
    segment: Id = ""
    elasticity: Number = Fraction(0)


@dataclass(frozen=True, slots=True, config=_ROW)
class MarketEvent:
    """What others may do (a competitor's launch, a law), with its probability."""

    event: Id
    start: Instant
    end: Instant
    effect_fraction: Number
    item: Id = ""
    family: str = ""
    segment: Id = ""
    probability: Number = Fraction(1)


@dataclass(frozen=True, slots=True, config=_ROW)
class Signal:
    """A short-lived correction of demand (demand sensing), spread evenly over its days."""

    signal: Id
    item: Id
    start: int
    end: int
    quantity: Quantity
    segment: Id = ""
    expires: int | None = None
    author: str = ""
    dated: str = ""


@dataclass(frozen=True, slots=True, config=_ROW)
class PlanningShare:
    """A line of a planning bill: the share of a planning item's demand that falls to an option."""

    item: Id
    option: Id
    fraction: Number
    valid_from: int | None = None
    valid_to: int | None = None


@dataclass(frozen=True, slots=True, config=_ROW)
class History:
    """What was sold from one date to another, or what a stream had projected for these days."""

    item: Id
    start: int
    end: int
    quantity: Quantity
    segment: Id = ""
    stream: str = ""


@dataclass(frozen=True, slots=True, config=_ROW)
class Signature:
    """Who agreed to the consensus of a planning cycle, when, and the hash of what was agreed."""

    cycle: str
    author: str
    signed: Instant
    demand_hash: str
    comment: str = ""
