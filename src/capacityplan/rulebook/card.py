"""What a card says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Relation(StrEnum):
    """How the rule bears on a region of the plan, and how the certified bound takes it.

    EXACT: the rule holds there as stated. RELAXED: it holds in a weaker form. OMITTED: it says
    nothing there. The bound never demands more than the rule (docs/bound.md).
    """

    EXACT = "exact"
    RELAXED = "relaxed"
    OMITTED = "omitted"


@dataclass(frozen=True, slots=True)
class Card:
    """A rule of the plant.

    Attributes
    ----------
    id : str
        Name of the rule on every floor: card, check, family, violation, docs anchor.
    statement : str
        What a valid plan satisfies, in plant language.
    equation : str
        The same, as the checker computes it.
    fields : str
        Fields of the plant that it reads.
    given : tuple of str
        Rules that it takes as satisfied.
    window, tail : Relation
        Where it holds: to the minute, and in buckets.
    remark : str
        Why it is relaxed or omitted, or what the bound makes of it.
    sources : str
    """

    id: str
    statement: str
    equation: str
    fields: str
    given: tuple[str, ...]
    window: Relation
    tail: Relation
    remark: str = ""
    sources: str = ""
