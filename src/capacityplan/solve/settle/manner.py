"""How a plan is settled: what an attempt does otherwise than the lot plan says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
    """

    pull_ahead: int = 0
    bought: Mapping[Place, int] = field(default_factory=dict)
    made: Mapping[Place, int] = field(default_factory=dict)
    left: Mapping[str, int] = field(default_factory=dict)
    more_overtime: bool = False
    given_up: Mapping[str, int] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
