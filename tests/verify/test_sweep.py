"""Usage against capacity, at the minutes where one of them changes."""

from __future__ import annotations

from capacityplan.domain.timeline import Steps
from capacityplan.verify.sweep import clip, overload, pieces


def test_usage_after_the_end_of_capacity() -> None:
    shift = Steps([(0, 10, 1), (20, 30, 1)])
    assert overload(shift, [(5, 10, 1, "a"), (20, 30, 1, "b")]) is None
    assert overload(shift, [(5, 11, 1, "a")]) == (10, 1, 0, ["a"])
    assert overload(shift, [(19, 25, 1, "a")]) == (19, 1, 0, ["a"])
    assert overload(shift, [(5, 25, 1, "a")], only_open=True) is None
    assert overload(shift, []) is None
    assert overload(Steps([]), [(0, 1, 1, "a")]) == (0, 1, 0, ["a"])


def test_only_those_who_use_are_named() -> None:
    uses = [(0, 5, 1, "a"), (5, 10, 1, "b"), (5, 8, 1, "c"), (6, 9, 1, "d")]
    assert overload(Steps([(0, 10, 1)]), uses) == (5, 2, 1, ["b", "c"])


def test_pieces_and_clips() -> None:
    shift = Steps([(0, 10, 1), (20, 30, 2)])
    assert list(pieces(shift, 5, 25)) == [(5, 10), (20, 25)]
    assert list(pieces(shift, 10, 20)) == []
    assert list(clip(shift, [(8, 22), (29, 40)])) == [(8, 10, 1), (20, 22, 2), (29, 30, 2)]
