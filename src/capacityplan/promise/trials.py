"""Uplifts of a promotion tried on a plan, and the largest one that is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import ceil, floor

from capacityplan.demand import Demand
from capacityplan.demand.choice import at_uplift, fix, without_promotion
from capacityplan.demand.segments import price_at
from capacityplan.domain.plan import Certificate, Lot, Plan, Purchase
from capacityplan.domain.plant import Plant, Promotion
from capacityplan.errors import VerificationError
from capacityplan.explain.replan import fitted
from capacityplan.promise.desk import difference
from capacityplan.promise.serve import demands_of, names_of
from capacityplan.promise.uplift import Filling, delivered_in_time
from capacityplan.solve.insert import Board
from capacityplan.solve.insert.supply import Window
from capacityplan.verify import Verdict, check

STEPS = 1000
"""Uplifts that are tried are whole thousandths of the base."""
_DOUBLED = 2
"""How often what is asked for is doubled where all of it can be served."""
_WINDOWS = (Window(), Window(to_the_minute=False))
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Uplift:
    """An uplift that is served in full and in time: a verified plan.

    Attributes
    ----------
    fraction : Fraction
        Share of the base by which demand rises.
    quantity : int
        Base units that the promotion adds within the horizon, all delivered in time.
    plant, plan : Plant, Plan
        With the promotion approved at this uplift; the checker accepts the plan.
    cost : Fraction
        What the plan costs more than as it is, without campaign and revenue.
    revenue : Fraction
        What is delivered more than in the plan as it is, at its price, less what is delivered less of others.
    campaign : Fraction
        Cost of the promotion itself; 0 where it is spent or in the plan's cost already.
    """

    fraction: Fraction
    quantity: int
    plant: Plant
    plan: Plan
    cost: Fraction
    categories: dict[str, Fraction]
    revenue: Fraction
    campaign: Fraction
    lots: tuple[Lot, ...]
    purchases: tuple[Purchase, ...]

    @property
    def margin(self) -> Fraction:
        """What it brings beyond the plan as it is."""
        return self.revenue - self.cost - self.campaign


def tops(row: Promotion, planned: Fraction) -> list[Fraction]:
    """Uplifts to try first: what is asked for, then twice as much as often as that works."""
    asked = max(row.uplift_fraction, planned, Fraction(1, STEPS))
    return [asked * 2**times for times in range(_DOUBLED + 1)]


def searched(
    trials: Trials, steps: list[Fraction], planned: Fraction
) -> tuple[Uplift | None, Fraction | None]:
    """Return the largest uplift found and the next one that failed (None: none failed)."""
    best = trials.at(planned) if planned else None
    if planned and best is None:
        return _halved(trials, None, planned)
    return raised(trials, steps, best)


def raised(
    trials: Trials, steps: list[Fraction], best: Uplift | None, near: int = 1
) -> tuple[Uplift | None, Fraction | None]:
    """Go up from an uplift that works, step by step; between the last step and the next by halving.

    Parameters
    ----------
    steps : list of Fraction
        Uplifts, smallest first.
    near : int
        Thousandths of the base to which it is halved.

    Returns
    -------
    best : Uplift or None
    failed : Fraction or None
        The next uplift that failed; None where none did.
    """
    for step in steps:
        if best is None or step > best.fraction:
            found = trials.at(step)
            if found is None:
                return _halved(trials, best, step, near)
            best = found
    return best, None


def _halved(
    trials: Trials, best: Uplift | None, failed: Fraction, near: int = 1
) -> tuple[Uplift | None, Fraction]:
    low = 0 if best is None else floor(best.fraction * STEPS)
    high = ceil(failed * STEPS)
    while high - low > near:
        middle = (low + high) // 2
        found = trials.at(Fraction(middle, STEPS))
        if found is None:
            high, failed = middle, Fraction(middle, STEPS)
        else:
            low, best = middle, found
    return best, failed


@dataclass(frozen=True, slots=True)
class Ground:
    """The plan as it is, with the promotion as it stands in it.

    Attributes
    ----------
    cost : Fraction
        Of the plan; the promotion counts as approved, since its choice is what is asked about.
    served : dict of str to int
        What arrives in time of each demand.
    spared : dict of str to int
        What of each demand is not in time in the plan though the promotion has nothing to do with it.
    without, current : dict of str to Demand
        Demand without the promotion, and as it is planned.
    """

    plant: Plant
    plan: Plan
    promotion: Promotion
    planned: Fraction
    asked: int
    verdict: Verdict
    board: Board
    without: dict[str, Demand]
    current: dict[str, Demand]
    served: dict[str, int]
    spared: dict[str, int]
    delivered: dict[str, int]

    @classmethod
    def of(cls, plant: Plant, plan: Plan, row: Promotion) -> Ground:
        """Return what a verified plan does for a promotion; VerificationError if it breaks a rule."""
        name = row.promotion
        verdict = check(plant, plan)
        if verdict.violations:
            raise VerificationError(verdict.violations)
        chosen = next((one for one in fix(plant, plan.choices).promotions if one.promotion == name), row)
        planned = chosen.uplift_fraction if chosen.status == "approved" else Fraction(0)
        if planned:
            plant = at_uplift(plant, name, planned)
            plan = replace(
                plan, choices=tuple(one for one in plan.choices if one not in (name, f"{name}@min"))
            )
            verdict = check(plant, plan)
        board = Board(plant, plan)
        current = demands_of(plant, plan, board.timeline)
        without = demands_of(without_promotion(plant, name), plan, board.timeline)
        asked = demands_of(at_uplift(plant, name, row.uplift_fraction), plan, board.timeline)
        served = delivered_in_time(plant, plan, board, current)
        spared = {}
        for key, demand in current.items():
            own = min(demand.quantity, without[key].quantity if key in without else 0)
            spared[key] = max(0, own - served.get(key, 0))
        delivered: dict[str, int] = {}
        for one in plan.deliveries:
            delivered[one.demand] = delivered.get(one.demand, 0) + one.quantity
        return cls(
            plant, plan, row, planned, _added(asked, without), verdict, board, without, current,
            served, spared, delivered,
        )  # fmt: skip


def _added(demands: dict[str, Demand], without: dict[str, Demand]) -> int:
    """Base units that a promotion adds."""
    return sum(
        max(0, row.quantity - (without[name].quantity if name in without else 0))
        for name, row in demands.items()
    )


class Trials:
    """Uplifts tried on the plant as it is, or on one with something relaxed."""

    def __init__(self, ground: Ground, eased: Callable[[Plant], Plant] | None = None) -> None:
        self._ground = ground
        self._plant = ground.plant if eased is None else eased(ground.plant)
        self._plan = ground.plan if eased is None else fitted(self._plant, ground.plan)
        self._board = ground.board if eased is None else Board(self._plant, self._plan)
        self._failed: dict[Fraction, Demand | None] = {}
        self.short: Demand | None = None
        """The first demand that the last uplift that failed left short."""
        self.refused: list[str] = []

    @cached_property
    def _before(self) -> Verdict:
        """The plan as it is, on this plant."""
        same = self._plant is self._ground.plant
        return self._ground.verdict if same else check(self._plant, self._plan)

    def at(self, uplift: Fraction, all_ways: bool = False) -> Uplift | None:
        """Serve an uplift in the first way that the checker accepts, or in the cheapest of all."""
        if uplift in self._failed:
            self.short = self._failed[uplift]
            return None
        plant = at_uplift(self._plant, self._ground.promotion.promotion, uplift)
        demands = demands_of(plant, self._plan, self._board.timeline)
        found: list[Uplift] = []
        for window in _WINDOWS:
            refused = len(self.refused)
            for whole in (True, False):
                one = self._tried(plant, uplift, demands, window, whole)
                found += [] if one is None else [one]
                if found and not all_ways:
                    return found[0]
            if found or len(self.refused) == refused:
                break
        if not found:
            self._failed[uplift] = self.short
        return min(found, key=lambda one: one.cost, default=None)

    def _tried(
        self, plant: Plant, uplift: Fraction, demands: dict[str, Demand], window: Window, whole: bool
    ) -> Uplift | None:
        ground = self._ground
        strict, given_back = _missing(ground, demands)
        made = Filling(self._board, plant, self._plan, demands, window, whole).plan(strict, given_back)
        if isinstance(made, Demand):
            self.short = made
            return None
        verdict = check(plant, made)
        if verdict.violations:
            self.refused += [row.text() for row in verdict.violations[:_SHOWN]]
            self.short = max((demands[name] for name in strict), key=lambda row: strict[row.demand])
            return None
        return self._uplift(plant, uplift, made, verdict, demands)

    def taken(self, found: Uplift) -> Uplift | None:
        """Return an uplift of a relaxed plant as one of this plant, where its plan needs nothing relaxed."""
        plant = at_uplift(self._plant, self._ground.promotion.promotion, found.fraction)
        made = replace(found.plan, ledger=(), certificate=None)
        verdict = check(plant, made)
        if verdict.violations:
            return None
        demands = demands_of(plant, made, self._board.timeline)
        return self._uplift(plant, found.fraction, made, verdict, demands)

    def _uplift(
        self, plant: Plant, uplift: Fraction, made: Plan, verdict: Verdict, demands: dict[str, Demand]
    ) -> Uplift:
        ground = self._ground
        names = names_of(self._plan)
        certificate = Certificate(True, 0, verdict.cost, bound_method="")
        new = ground.planned == 0
        return Uplift(
            uplift, _added(demands, ground.without), plant,
            replace(made, ledger=verdict.ledger, certificate=certificate),
            verdict.cost - self._before.cost, difference(verdict, self._before),
            _revenue(ground, made, demands), ground.promotion.cost if new else Fraction(0),
            tuple(row for row in made.lots if row.lot not in names),
            tuple(row for row in made.purchases if row.purchase not in names),
        )  # fmt: skip


def _missing(ground: Ground, demands: dict[str, Demand]) -> tuple[dict[str, int], dict[str, int]]:
    """What has to come in time besides what does already; and what is given back to other items."""
    strict: dict[str, int] = {}
    given_back: dict[str, int] = {}
    for name, row in demands.items():
        missing = row.quantity - ground.spared.get(name, 0) - ground.served.get(name, 0)
        if missing <= 0:
            continue
        now = ground.current[name].quantity if name in ground.current else 0
        before = ground.without[name].quantity if name in ground.without else 0
        (given_back if now < row.quantity <= before else strict)[name] = missing
    return strict, given_back


def _revenue(ground: Ground, made: Plan, demands: dict[str, Demand]) -> Fraction:
    """What more (and less) is delivered of projections, at the price of its day and segment."""
    lookup, timeline = ground.board.lookup, ground.board.timeline
    after: dict[str, int] = {}
    for one in made.deliveries:
        after[one.demand] = after.get(one.demand, 0) + one.quantity
    total = Fraction(0)
    for name in {**after, **ground.delivered}:
        row = demands.get(name) or ground.current[name]
        more = after.get(name, 0) - ground.delivered.get(name, 0)
        if more and not row.is_order:
            price = price_at(lookup, row.item, row.customer, int(timeline.starts[row.bucket]))
            total += price * Fraction(more, lookup.scale[row.item])
    return total
