"""Least money for whole orders: no choice of orders costs less, and its cuts hold at every choice."""

from fractions import Fraction as F
from itertools import product
from random import Random

import numpy as np
from small_plants import plant as draw

from capacityplan.solve.separation import Point, Separator
from capacityplan.verify.relaxation import build
from capacityplan.verify.relaxation.rounding import Cut, Echelon, rebuild, spend_cut
from capacityplan.verify.relaxation.spending import Offer, baskets, least_cost, slope

BUCKETS = 3
Order = tuple[int, F]
"""Number of an offer, accepted units before what an inspection takes."""


class Drawn:
    """An item that is bought by two or three offers, and its points."""

    def __init__(self, rng: Random) -> None:
        self.rng, self.count = rng, 0
        net, total = [], F(-rng.randrange(3))
        for _ in range(BUCKETS):
            total += rng.choice([F(0), F(1), F(2), F(7, 2), F(-1)])
            net.append(total)
        offers = []
        for _ in range(rng.choice([1, 2, 3])):
            pack = F(rng.choice([0, 1, 2, 3]), rng.choice([1, 2]))
            least = pack * rng.choice([1, 2, 3]) if pack else F(rng.choice([1, 2, 3]))
            units, orders = self._columns(BUCKETS), self._columns(BUCKETS)
            columns = tuple(zip(range(BUCKETS), units, orders, strict=True))
            sure, share = rng.choice([F(0), F(1, 4)]), rng.choice([F(1), F(1, 2)])
            price = F(rng.randrange(5), rng.choice([1, 2]))
            offers.append(Offer(columns, share, price, F(rng.randrange(6)), least, sure, pack))
        supplied, short, forgone = (np.array(self._columns(BUCKETS)) for _ in range(3))
        self.stock = self._columns(BUCKETS)
        drawn = tuple(units + rng.choice([F(-1), F(0), F(1), F(2)]) for units in net)
        stock = (np.array(self.stock),)
        self.echelon = Echelon(
            "I", tuple(net), (supplied,), short, forgone, (), tuple(offers), stock, drawn
        )  # fmt: skip

    def _columns(self, size: int) -> list[int]:
        self.count += size
        return list(range(self.count - size, self.count))

    def order(self) -> Order:
        rng = self.rng
        number = rng.randrange(len(self.echelon.offers))
        offer = self.echelon.offers[number]
        return number, offer.least + (offer.pack or F(1, 3)) * rng.choice([0, 0, 1, 2])

    def spent(self, orders: list[Order]) -> F:
        offers = self.echelon.offers
        return sum((offers[k].cost + offers[k].price * units for k, units in orders), F(0))

    def brought(self, orders: list[Order]) -> F:
        return sum((max(units - self.echelon.offers[k].sure, F(0)) for k, units in orders), F(0))

    def point(self) -> list[F]:
        """A plan: orders in every bucket, the rest given up or owed."""
        rng, x, one = self.rng, [F(0)] * self.count, self.echelon
        supply, lost = F(0), F(0)
        for t in range(BUCKETS):
            orders = [self.order() for _ in range(rng.choice([0, 0, 1, 1, 2]))]
            for number, units in orders:
                _, bought, ordered = one.offers[number].columns[t]
                x[bought] += units / one.offers[number].share
                x[ordered] += 1
            supply += self.brought(orders)
            missing = max(one.net[t] - supply - lost, F(0))
            lost += missing * rng.choice([F(0), F(0), F(1), F(1, 2)])
            x[int(one.supplied[0][t])], x[int(one.forgone[t])] = supply, lost
            x[int(one.short[t])] = max(one.net[t] - supply - lost, F(0))
            x[self.stock[t]] = max(supply - one.drawn[t], F(0)) + rng.choice([F(0), F(0), F(1)])
        return x


def _slack(cut: Cut, point: list[F]) -> F:
    return sum((value * point[c] for c, value in zip(cut.columns, cut.values, strict=True)), -cut.low)


def test_no_orders_that_bring_a_need_cost_less() -> None:
    rng, equal = Random(2), 0
    for _ in range(60):
        drawn = Drawn(rng)
        sets = baskets(drawn.echelon.offers)
        for _ in range(40):
            orders = [drawn.order() for _ in range(rng.choice([1, 1, 2, 3]))]
            brought = drawn.brought(orders)
            need = brought * rng.choice([F(1), F(1), F(3, 4)])
            assert least_cost(sets, need) <= drawn.spent(orders)
            equal += least_cost(sets, need) == drawn.spent(orders) > 0
    assert equal > 200


def test_less_need_saves_at_most_the_slope() -> None:
    rng, tight = Random(3), 0
    for _ in range(80):
        sets = baskets(Drawn(rng).echelon.offers)
        need = F(rng.randrange(1, 30), rng.choice([1, 2, 3]))
        saved = [
            least_cost(sets, need) - least_cost(sets, need - less) - slope(sets, need) * less
            for less in (need * k / 60 for k in range(1, 70))
        ]
        assert max(saved) <= 0
        tight += max(saved) == 0
    assert tight > 20


def test_spend_cuts_hold_at_every_point_and_some_tightly() -> None:
    rng, tight = Random(5), 0
    for _ in range(120):
        drawn = Drawn(rng)
        points = [drawn.point() for _ in range(80)]
        for first, last, stocked in product(range(BUCKETS), range(BUCKETS), (False, True)):
            cut = spend_cut(drawn.echelon, first, last, stocked)
            if cut is None:
                continue
            assert rebuild({"I": drawn.echelon}, cut.name) == cut
            slacks = [_slack(cut, point) for point in points]
            assert min(slacks) >= 0, cut.name
            tight += min(slacks) == 0 and cut.low > 0
    assert tight > 40


def test_separation_finds_spend_cuts_that_a_point_breaks() -> None:
    rng, found = Random(8), 0
    for _ in range(40):
        drawn = Drawn(rng)
        point = drawn.point()
        for offer in drawn.echelon.offers:
            for _, units, orders in offer.columns:
                point[orders] /= 3
                point[units] *= F(3, 4)
        seen = Point(Separator(drawn.echelon), np.array([float(one) for one in point]))
        lacks = seen.lacking()
        assert all(_slack(one.cut, point) < 0 for one in [*lacks, *seen.deepest(20)])
        broken = [one for one in lacks if one.cut.name.startswith("spend_cut")]
        # The money lacking of the cut as it is built, not of a nearer guess, says which are found.
        size = len(drawn.echelon.net)
        cuts = [spend_cut(drawn.echelon, 0, last) for last in range(size)]
        lacking = max([F(0), *(-_slack(cut, point) for cut in cuts if cut is not None)])
        most = max((one.broken for one in broken), default=0.0)
        assert most >= float(lacking) * (1 - 1e-6) or lacking <= F(1, 10)
        found += len(broken)
    assert found > 10


def test_bought_items_of_a_plant_have_offers_with_what_they_are_charged() -> None:
    seen = 0
    for seed in range(12):
        plant = draw(seed)
        for echelon in build(plant).echelons:
            prices = {offer.price * offer.share for offer in echelon.offers}
            assert prices <= {offer.price for offer in plant.suppliers if offer.item == echelon.item}
            seen += bool(prices)
    assert seen


def test_a_window_that_needs_nothing_has_no_spend_cut() -> None:
    echelon = Drawn(Random(1)).echelon
    assert spend_cut(echelon, 2, 1) is None
    assert spend_cut(echelon, 0, BUCKETS) is None
    assert rebuild({"I": echelon}, "spend_cut[I,0,x]") is None
