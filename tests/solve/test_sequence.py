"""Orders of setup groups in the tail, against all orders there are."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Changeover, Plant, Resource, ResourceKind
from capacityplan.solve.settle.sequence import Changeovers, cheapest_orders

GROUPS = "abcdef"


def lookup(draw: random.Random) -> Lookup:
    """A press with a random changeover matrix, some of whose changeovers are short but dear."""
    pairs = itertools.permutations(GROUPS, 2)
    rows = [Changeover("m", a, b, draw.randint(1, 60), Fraction(draw.randint(0, 90))) for a, b in pairs]
    press = Resource("press", ResourceKind.MACHINE, cost_per_hour=Fraction(60), changeover_matrix="m")
    return Lookup(Plant("p", "2027-01-04T00:00", "UTC", "EUR", resources=(press,), changeovers=tuple(rows)))


def cost(costs: Changeovers, before: str | None, orders: list[tuple[str, ...]]) -> float:
    path = [before, *itertools.chain.from_iterable(orders)]
    return sum(costs.of(a, b)[0] for a, b in itertools.pairwise(path) if b is not None)


def test_no_order_is_cheaper_where_there_is_time():
    draw = random.Random(7)
    for _ in range(30):
        costs = Changeovers(lookup(draw), "press")
        given = {t: tuple(draw.sample(GROUPS, draw.randint(1, 3))) for t in (4, 5, 7)}
        state = draw.choice([None, *GROUPS])
        found = cheapest_orders(costs, state, given, lambda bucket: 10_000)
        assert {t: set(order) for t, order in found.items()} == {t: set(row) for t, row in given.items()}
        ways = itertools.product(*(itertools.permutations(given[t]) for t in (4, 5, 7)))
        best = min(cost(costs, state, list(orders)) for orders in ways)
        assert abs(cost(costs, state, [found[t] for t in (4, 5, 7)]) - best) < 1e-6


def test_no_bucket_takes_more_minutes_than_it_has():
    draw = random.Random(8)
    better = 0
    for _ in range(40):
        costs = Changeovers(lookup(draw), "press")
        given = {t: tuple(draw.sample(GROUPS, draw.randint(2, 4))) for t in range(5)}
        room = {t: draw.randint(0, 20) for t in given}
        found = cheapest_orders(costs, "a", given, room.__getitem__)
        before = after = "a"
        for t in given:
            assert costs.minutes(after, found[t]) <= costs.minutes(before, given[t]) + room[t]
            before, after = given[t][-1], found[t][-1]
        assert list(found) == list(given)
        assert cost(costs, "a", list(found.values())) <= cost(costs, "a", list(given.values())) + 1e-6
        better += found != given
    assert better > 20
