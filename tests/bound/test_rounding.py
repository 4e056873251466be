"""Cuts hold at every whole point of an echelon, some of them tightly, and come back from their names."""

from fractions import Fraction as F
from itertools import product
from random import Random

import numpy as np
import pytest
from small_plants import plant as draw

from capacityplan.solve.bound import certify
from capacityplan.solve.separation import Point, Separator
from capacityplan.verify.bound import evaluate, safe_bound
from capacityplan.verify.relaxation import build
from capacityplan.verify.relaxation.rounding import (
    Count,
    Cut,
    Echelon,
    Source,
    count_cut,
    rebuild,
    setup_cut,
    stock_cut,
)

BUCKETS = 4


class Drawn:
    """A small echelon with two supplies: lots in setup states, and orders in packs; and its points."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        net, total = [], F(-rng.randrange(3))
        for _ in range(BUCKETS):
            total += rng.choice([F(0), F(1), F(2), F(5, 2), F(-1)])
            net.append(total)
        self.lot, self.pack = F(rng.choice([1, 2, 3])), F(rng.choice([1, 2]))
        self.hold = rng.choice([0, 1])
        self.count = 0
        supplied, short, forgone = (self._columns(BUCKETS) for _ in range(3))
        self.stock, self.gone = self._columns(BUCKETS), self._columns(BUCKETS)
        # What may have been drawn: more than is needed, or less where none of it may leave yet.
        self.drawn = tuple(units + rng.choice([F(-1), F(0), F(1), F(2)]) for units in net)
        self.state, self.change = self._columns(BUCKETS + 1), self._columns(BUCKETS)
        self.units, self.lots = self._columns(BUCKETS), self._columns(BUCKETS)
        self.bought, self.orders, self.packs = (self._columns(BUCKETS) for _ in range(3))
        sources: list[Source] = []
        follows = None
        for t in range(BUCKETS):
            if t + self.hold < BUCKETS:
                counts = (Count((self.lots[t],), self.lot),)
                states = ((self.state[t],), (self.change[t],))
                terms = ((self.units[t], F(1)),)
                sources.append(Source(t + self.hold, terms, counts, *states, follows))
                follows = len(sources) - 1
        for t in range(BUCKETS):
            counts = (Count((self.orders[t],), None), Count((self.packs[t],), self.pack))
            sources.append(Source(t, ((self.bought[t], F(1)),), counts))
        self.echelon = Echelon(
            "I", tuple(net), (np.array(supplied),), np.array(short), np.array(forgone), tuple(sources), (),
            (np.array(self.stock), np.array(self.gone)), self.drawn,
        )  # fmt: skip

    def _columns(self, size: int) -> list[int]:
        self.count += size
        return list(range(self.count - size, self.count))

    def point(self) -> list[F]:
        """A plan: lots where the state is held or changed to, orders of whole packs, the rest owed."""
        rng, x = self.rng, [F(0)] * self.count
        x[self.state[0]] = F(rng.randrange(2))
        supply, lost = F(0), F(0)
        for t in range(BUCKETS):
            x[self.change[t]] = F(rng.random() < 0.3)
            able = x[self.state[t]] + x[self.change[t]] >= 1
            x[self.lots[t]] = F(rng.choice([0, 1, 1, 2])) if able else F(0)
            x[self.units[t]] = x[self.lots[t]] * self.lot * rng.choice([F(1), F(1), F(1, 2)])
            # What was held may be left, and nothing is held that was not changed to.
            x[self.state[t + 1]] = F(able and rng.random() < 0.7)
            x[self.packs[t]] = F(rng.choice([0, 0, 1, 2]))
            x[self.orders[t]] = F(x[self.packs[t]] > 0)
            x[self.bought[t]] = x[self.packs[t]] * self.pack
        for t in range(BUCKETS):
            supply += x[self.bought[t]] + (x[self.units[t - self.hold]] if t >= self.hold else 0)
            missing = max(self.echelon.net[t] - supply - lost, F(0))
            lost += missing * rng.choice([F(0), F(0), F(1), F(1, 2)])
            x[self.echelon.supplied[0][t]], x[self.echelon.forgone[t]] = supply, lost
            x[self.echelon.short[t]] = max(self.echelon.net[t] - supply - lost, F(0))
            x[self.gone[t]] = rng.choice([F(0), F(0), F(1, 2)])
            held = supply - self.drawn[t] - x[self.gone[t]]
            x[self.stock[t]] = max(held, F(0)) + rng.choice([F(0), F(0), F(1)])
        return x

    def setup_choice(self, last: int, first: int = 0) -> str:
        letters: dict[int, str] = {}
        rng = self.rng
        for number, source in enumerate(self.echelon.sources):
            if not first <= source.bucket <= last:
                continue
            follows = source.follows is not None and letters.get(source.follows, "0") in "sc"
            found = ["0", *(str(k + 1) for k in range(len(source.counts)))]
            found += ["s"] * bool(source.changes) + ["c", "c"] * follows
            letters[number] = rng.choice(found)
        return "".join(letters.values())

    def count_choice(self, first: int, last: int) -> str:
        inside = [one for one in self.echelon.sources if first <= one.bucket <= last]
        return "".join(self.rng.choice("0123"[: len(one.counts) + 1]) for one in inside)


def _slack(cut: Cut, point: list[F]) -> F:
    return sum((value * point[c] for c, value in zip(cut.columns, cut.values, strict=True)), -cut.low)


def test_cuts_hold_at_every_whole_point_and_some_tightly() -> None:
    rng = Random(7)
    tight = {"setup_cut": 0, "stock_cut": 0, "count_cut": 0, "stock_count_cut": 0}
    for _ in range(150):
        drawn = Drawn(rng)
        last = rng.randrange(BUCKETS)
        first = rng.randrange(last + 1)
        unit = rng.choice([drawn.lot, drawn.pack, F(3, 2), F(9)])
        cuts = [setup_cut(drawn.echelon, last, drawn.setup_choice(last)) for _ in range(6)]
        cuts += [
            count_cut(drawn.echelon, first, last, unit, drawn.count_choice(first, last), stocked)
            for stocked in (False, True)
            for _ in range(6)
        ]
        cuts += [stock_cut(drawn.echelon, first, last, drawn.setup_choice(last, first)) for _ in range(6)]
        points = [drawn.point() for _ in range(60)]
        for cut in cuts:
            if cut is None:
                continue
            assert rebuild({"I": drawn.echelon}, cut.name) == cut
            slacks = [_slack(cut, point) for point in points]
            assert min(slacks) >= 0, cut.name
            tight[cut.name.partition("[")[0]] += min(slacks) == 0 and cut.low > 0
    assert min(tight.values()) > 30


def test_a_block_that_does_not_continue_another_is_no_cut() -> None:
    echelon = Drawn(Random(1)).echelon
    inside = [source for source in echelon.sources if source.bucket <= 3]
    letters = ["0"] * len(inside)
    letters[1] = "c"
    assert setup_cut(echelon, 3, "".join(letters)) is None


@pytest.mark.parametrize(
    "name",
    [
        "stock_cut[I,0,3,00000000]", "stock_cut[I,3,1,0]", "stock_cut[I,1]", "stock_cut[I,9,9,0]",
        "setup_cut[I,3,0000]", "setup_cut[J,0,0]", "setup_cut[I,9,0]", "setup_cut[I,x,0]", "other[I]",
        "count_cut[I]",
        "count_cut[I,0,3,0/1,00000000]", "count_cut[I,3,1,1,0]", "count_cut[I,0,0,1,z9]", "setup_cut[I,0,99]",
    ],
)  # fmt: skip
def test_a_name_that_is_none_of_a_cut_counts_for_nothing(name: str) -> None:
    assert rebuild({"I": Drawn(Random(3)).echelon}, name) is None


def test_separation_finds_only_what_a_point_breaks() -> None:
    rng = Random(5)
    found = 0
    for _ in range(30):
        drawn = Drawn(rng)
        point = drawn.point()
        for column in (*drawn.lots, *drawn.orders, *drawn.packs, *drawn.state, *drawn.change):
            point[column] /= 4
        for one in Point(Separator(drawn.echelon), np.array([float(one) for one in point])).deepest(20):
            assert _slack(one.cut, point) < 0
            found += 1
    assert found


def test_whole_lots_of_the_horizon_are_asked_for_whatever_the_norm() -> None:
    rng, found = Random(6), 0
    for _ in range(30):
        drawn = Drawn(rng)
        point = drawn.point()
        for column in (*drawn.lots, *drawn.orders, *drawn.packs):
            point[column] /= 4
        separator = Separator(drawn.echelon)
        told = {one.cut.name for one in Point(separator, np.array([float(one) for one in point])).lacking()}
        # Lots count as the first, packs as the second of their source.
        lots = [("0", str(len(source.counts))) for source in drawn.echelon.sources]
        for unit in separator.units:
            cuts = [count_cut(drawn.echelon, 0, BUCKETS - 1, unit, "".join(one)) for one in product(*lots)]
            deepest = min(
                (cut for cut in cuts if cut is not None), key=lambda cut: _slack(cut, point), default=None
            )
            if deepest is not None and _slack(deepest, point) < -F(1, 10):
                like = [cut for cut in cuts if cut is not None and cut.name in told]
                assert min(_slack(cut, point) for cut in like) == _slack(deepest, point)
                found += 1
    assert found > 10


def test_cuts_raise_what_is_certified_and_are_rederived_from_their_names() -> None:
    raised = 0
    for seed in range(12):
        plant = draw(seed)
        plain, found = certify(plant, 10, search=False), certify(plant, 10)
        assert plain.bound_certified is not None
        assert found.bound_certified is not None
        assert found.bound_certified >= plain.bound_certified
        assert evaluate(plant, dict(found.multipliers)) >= found.bound_certified
        raised += found.bound_certified > plain.bound_certified
    assert raised >= 6


def test_a_multiplier_of_an_unknown_cut_changes_nothing() -> None:
    model = build(draw(0))
    names = {model.row_names[0]: 1.0}
    assert safe_bound(model, names) == safe_bound(model, {**names, "setup_cut[nothing,0,0]": 5.0})


@pytest.mark.parametrize("size", [1e300, 1e308])
def test_multipliers_too_large_to_add_up_prove_nothing_and_stop_nothing(size: float) -> None:
    model = build(draw(0))
    for sign in (-1.0, 1.0):
        assert safe_bound(model, dict.fromkeys(model.row_names, sign * size)) <= 0
