"""Identical machines are counted together, and no plan is below what that proves."""

from __future__ import annotations

import pytest
from small_plants import IDENTICAL, WIDER
from small_plants import plant as draw
from trial import trial

from capacityplan.domain.identical import pooled
from capacityplan.solve.bound import certify
from capacityplan.verify import relaxation


@pytest.mark.parametrize("first", [IDENTICAL, IDENTICAL + WIDER])
def test_no_plan_is_below_the_bound(first: int) -> None:
    accepted = together = 0
    for seed in range(first, first + 5):
        together += len(pooled(draw(seed)).machines)
        found = trial(seed, 60, 1, 2.0)
        assert not found.wrong
        accepted += found.accepted
    assert accepted > 50
    assert together >= 4


def test_machines_one_by_one_prove_no_less(monkeypatch: pytest.MonkeyPatch) -> None:
    plants = [draw(IDENTICAL + seed) for seed in range(6)]
    joined = [certify(plant, 5.0, search=False).bound for plant in plants]
    monkeypatch.setattr(relaxation, "pooled", lambda plant: plant)
    apart = [certify(plant, 5.0, search=False).bound for plant in plants]
    near = 0
    for one, other in zip(joined, apart, strict=True):
        assert one is not None
        assert other is not None
        assert one <= other + abs(other) / 10**6
        near += one >= other - abs(other) / 100
    # Little is lost: states that machines begin in, and downtime of single ones.
    assert near >= 4
