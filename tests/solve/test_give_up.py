"""The demand to give up costs least: against all ways on small cases."""

import itertools
import random

import numpy as np

from capacityplan.solve.settle.give_up import Wanted, given_up
from capacityplan.solve.settle.stock import NEVER, Inflow

BUCKETS = 4


def wanted(name: str, quantity: int, due: int, late: float, lost: float, keep: int = 0) -> Wanted:
    buckets = np.arange(BUCKETS)
    cost = np.where(buckets >= due, late * (buckets - due), np.inf)
    return Wanted(name, "A", quantity, lost, buckets, buckets + keep, cost)


def came(quantity: int, bucket: int, expiry: int = NEVER) -> Inflow:
    return Inflow("A", quantity, bucket, bucket, expiry)


def cost_without(rows: list[Wanted], supply: list[Inflow], given: tuple[int, ...]) -> float:
    """Least cost of serving unit demands: the ones given up are lost, all others in the best order."""
    units = [bucket for inflow in supply for bucket in [inflow.bucket] * inflow.quantity]
    served = [row for row, up in zip(rows, given, strict=True) if not up]
    lost = sum(row.lost for row, up in zip(rows, given, strict=True) if up)
    if len(served) > len(units):
        return float("inf")
    ways = itertools.permutations(units, len(served))
    return min(
        lost
        + sum(
            float(row.late[max(b, int(np.argmax(np.isfinite(row.late))))])
            for row, b in zip(served, way, strict=True)
        )
        for way in ways
    )


def test_a_shortage_is_given_up_where_it_begins() -> None:
    rows = [wanted(f"D{due}", 10, due, late=1.0, lost=2.5) for due in range(4)]
    supply = {"A": [came(6, 0), came(10, 1), came(10, 2), came(10, 3)]}
    assert given_up(rows, supply) == {"D0": 4}


def test_late_is_better_than_lost_where_it_is_cheaper() -> None:
    rows = [wanted("D0", 10, 0, late=1.0, lost=2.5), wanted("D1", 10, 1, late=1.0, lost=2.5)]
    assert given_up(rows, {"A": [came(6, 0), came(14, 1)]}) == {}


def test_what_expires_serves_nothing_after_it() -> None:
    rows = [wanted("D2", 5, 2, late=1.0, lost=9.0)]
    assert given_up(rows, {"A": [came(5, 0, expiry=1)]}) == {"D2": 5}
    assert given_up(rows, {"A": [came(5, 0, expiry=2)]}) == {}


def test_nothing_in_stock_loses_all() -> None:
    assert given_up([wanted("D0", 3, 0, late=1.0, lost=2.0)], {}) == {"D0": 3}


def test_no_other_choice_costs_less() -> None:
    chance = random.Random(7)
    for _ in range(60):
        rows = [
            wanted(
                f"D{k}", 1, chance.randrange(BUCKETS), chance.choice([1.0, 2.0]), chance.choice([1.5, 4.0])
            )
            for k in range(5)
        ]
        supply = [came(chance.randrange(1, 3), chance.randrange(BUCKETS)) for _ in range(2)]
        found = given_up(rows, {"A": supply})
        chosen = tuple(found.get(row.demand, 0) for row in rows)
        best = min(cost_without(rows, supply, given) for given in itertools.product((0, 1), repeat=len(rows)))
        assert cost_without(rows, supply, chosen) == best
