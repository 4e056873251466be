"""Other ways to serve an order by a date: others give way, or planned lots are moved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice

from capacityplan.domain.plant import Order
from capacityplan.promise.rearrange import Manner, rearranged
from capacityplan.promise.regret import Regret
from capacityplan.promise.serve import Basis, Entered, Served, entered
from capacityplan.promise.types import Answer
from capacityplan.solve.insert.removal import Movable

_MANNERS = (
    Manner(gives_way=True, larger_first=True, makes=False),
    Manner(gives_way=True, larger_first=True, makes=True),
    Manner(gives_way=False, larger_first=True, makes=True),
    Manner(gives_way=False, larger_first=False, makes=True),
)
_PROBES = 3
"""Dates after the one asked for that are tried."""
_CHECKED = 2
"""Plans of a date that are verified, those first that seem cheapest."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A plan that is not verified yet: what it does to others, and about what it costs more."""

    served: Served
    harm: Fraction
    cost: Fraction


class Ways:
    """Ways to serve one order in full, each looked for once.

    Parameters
    ----------
    basis : Basis
    asked : int
        Minute by which it is wanted.
    verified : callable
        The answer that a plan is; None where the checker refuses it.
    """

    def __init__(
        self, basis: Basis, order: Order, asked: int, movable: Movable,
        verified: Callable[[Served], Answer | None],
    ) -> None:  # fmt: skip
        self._basis, self._order = basis, order
        self._movable, self._verify, self._asked = movable, verified, asked
        self._first = basis.board.timeline.bucket_of_end(asked)
        self._found: dict[tuple[int, Manner], Candidate | None] = {}
        self._starts: dict[int, Entered] = {}
        self._regret = Regret(basis.board, basis.plan)
        self._answers: dict[int, Answer | None] = {}

    def sooner(self, before: int) -> Answer | None:
        """Return the first way before a bucket in which nobody is served worse."""
        for bucket in _earliest(lambda bucket: bool(self._unharmed(bucket, 1)), self._first, before):
            for one in self._unharmed(bucket, len(_MANNERS)):
                found = self._answer(one)
                if found is not None and all(row.amount <= 0 for row in found.displaced):
                    return found
        return None

    def forced(self, before: int) -> Answer | None:
        """Return the cheapest way of the first date before a bucket on which there is one."""
        possible = _earliest(lambda bucket: self._way(bucket, _MANNERS[0]) is not None, self._first, before)
        return next((found for bucket in possible if (found := self.cheapest(bucket)) is not None), None)

    def cheapest(self, bucket: int) -> Answer | None:
        """Return the cheapest way by the end of a bucket."""
        some = [one for manner in _MANNERS if (one := self._way(bucket, manner)) is not None]
        best = sorted(some, key=lambda one: one.cost)[:_CHECKED]
        answers = [found for one in best if (found := self._answer(one)) is not None]
        return min(answers, key=lambda answer: answer.cost, default=None)

    def _unharmed(self, bucket: int, most: int) -> list[Candidate]:
        """Some ways in which nobody is served worse, those first that seem cheapest."""
        found = (self._way(bucket, manner) for manner in _MANNERS)
        some = islice((one for one in found if one is not None and one.harm <= 0), most)
        return sorted(some, key=lambda one: one.cost)

    def _way(self, bucket: int, manner: Manner) -> Candidate | None:
        if (bucket, manner) not in self._found:
            served = None
            # Where it cannot be with others giving way, it hardly can in another manner: none is tried.
            if manner == _MANNERS[0] or self._way(bucket, _MANNERS[0]) is not None:
                served = rearranged(self._start(bucket), self._basis.plan, self._movable, manner)
            self._found[bucket, manner] = (
                None if served is None else Candidate(served, *self._regret.of(served))
            )
        return self._found[bucket, manner]

    def _start(self, bucket: int) -> Entered:
        if bucket not in self._starts:
            by = self._asked if bucket == self._first else int(self._basis.board.timeline.ends[bucket])
            self._starts[bucket] = entered(self._basis, replace(self._order, due=by))
        return self._starts[bucket]

    def _answer(self, one: Candidate) -> Answer | None:
        if id(one) not in self._answers:
            self._answers[id(one)] = self._verify(one.served)
        return self._answers[id(one)]


def _earliest(works: Callable[[int], bool], first: int, before: int) -> list[int]:
    """Buckets that work: the first, else what halving finds in `_PROBES` steps, earliest first."""
    if first < before and works(first):
        return [first]
    found: list[int] = []
    low, high = first + 1, before
    for _ in range(_PROBES):
        if low >= high:
            break
        middle = (low + high) // 2
        if works(middle):
            found.insert(0, middle)
            high = middle
        else:
            low = middle + 1
    return found
