"""How a plan is settled: what an attempt does otherwise than the lot plan says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

Place = tuple[str, int]
"""An item and a bucket."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How to settle.

    Attributes
    ----------
    pull_ahead : int
        Buckets by which tail lots may start before their wish.
    bought, made : dict of (item, bucket) to base units
        Components that lots lacked in an earlier attempt, to be ordered or made besides.
    left : dict of purchase to base units
        Purchases to be cut back.
    more_overtime : bool
        Whether lots that would be late may open more overtime than the lot plan does.
    given_up : dict of demand to base units
        What is not served at all.
    left_out : set of str
        Lots that are not made.
    handed_on : bool
        Whether what is cut off a lot for want of material and is too little for a lot goes to the next one.
    """

    pull_ahead: int = 0
    bought: Mapping[Place, int] = field(default_factory=dict)
    made: Mapping[Place, int] = field(default_factory=dict)
    left: Mapping[str, int] = field(default_factory=dict)
    more_overtime: bool = False
    given_up: Mapping[str, int] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
    handed_on: bool = True

    def without(self, objects: Iterable[str]) -> Manner:
        """Neither make lots nor buy purchases."""
        left = {**self.left, **dict.fromkeys(objects, 0)}
        return replace(self, left=left, left_out=self.left_out | frozenset(objects))

    def more(self, bought: Mapping[Place, int], made: Mapping[Place, int] | None = None) -> Manner:
        """Order and make besides what was lacking."""
        return replace(self, bought=_sum(self.bought, bought), made=_sum(self.made, made or {}))


def _sum(known: Mapping[Place, int], found: Mapping[Place, int]) -> dict[Place, int]:
    return {place: known.get(place, 0) + found.get(place, 0) for place in {**known, **found}}
