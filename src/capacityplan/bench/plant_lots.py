"""Generated plants of any size for the bucket level.

An instance ``ITEMSxWEEKS`` or ``ITEMSxWEEKS_SEED`` needs no file. Half of the items are sold, three
tenths are made for them, the rest is bought; bills have up to three levels and more. Machines run
78 % of their regular time and set up 12 % of it when every item is made at the interval at which its
setup and holding costs balance, 1.5 to 4 weeks; overtime adds a fifth at most. Being late costs
fifteen times what holding does. Suppliers ask for minimums and multiples, some give a discount on
large orders; what all orders of an item cost in any case is left out, so that gaps are those of
decisions. Every fifth item sold is tested lot by lot in a laboratory. Nothing is planned to the
minute.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path

from capacityplan.bench.case import Case, broken
from capacityplan.domain.kinds import Stage
from capacityplan.domain.plant import (
    BomLine,
    CalendarRow,
    Costs,
    Horizon,
    Inspection,
    Item,
    ItemKind,
    Operation,
    OperationResource,
    Plant,
    Resource,
    ResourceKind,
    Stock,
    SupplierOffer,
)
from capacityplan.domain.projections import Projections

NAME = "plant_lots"
_INSTANCE = re.compile(r"(\d+)x(\d+)(?:_(\d+))?")
_SIZES = ("200x26", "500x26", "1000x52")
_FEWEST_ITEMS, _FEWEST_WEEKS = 10, 2
_FIRST = date(2027, 1, 4)
_OPEN, _CLOSE, _WORKDAYS, _SATURDAY = 360, 1320, 5, 5
_WEEK = (_CLOSE - _OPEN) * _WORKDAYS
_RUN_SHARE, _SETUP_SHARE, _LAB_SHARE = 0.78, 0.12, 0.8
_ALTERNATIVE, _SLOWER = 0.15, 1.15
_TESTED = 5
_LATE = 15
_LUMPY = 0.2
_LAB_MINUTES = 120


def read(data: Path, names: Sequence[str]) -> Iterator[Case]:
    """Make plants of the sizes that the names say; without names those of the acceptance bars."""
    for name in names or _SIZES:
        match = _INSTANCE.fullmatch(name)
        items, weeks = (int(match[1]), int(match[2])) if match is not None else (0, 0)
        if match is None or items < _FEWEST_ITEMS or weeks < _FEWEST_WEEKS:
            expected = f"ITEMSxWEEKS of at least {_FEWEST_ITEMS}x{_FEWEST_WEEKS}, like {', '.join(_SIZES)}"
            raise broken(data, f"there is no instance {name}", expected)
        yield Case(name, _Draft(name, items, weeks, int(match[3] or 0)).plant())


class _Draft:
    """A plant under construction.

    Attributes
    ----------
    made, bought : range
        Numbers of the items; those sold come first, then those made for them.
    parts : list of dict
        Units of other items in one of an item.
    use : list of float
        Units per week on average, of items sold those sold.
    cycle : list of float
        Weeks from lot to lot at which setup and holding costs balance.
    worth : list of Fraction
        What the work on an item adds to its holding cost per unit and day (echelon holding cost).
    holding : list of Fraction
        Money per unit and day: that of the components, and what the work adds.
    """

    def __init__(self, name: str, items: int, weeks: int, seed: int) -> None:
        self._name, self._items, self._weeks = name, items, weeks
        self._random = random.Random(f"{items}x{weeks}/{seed}")
        self._sold = items // 2
        self._bought = range(items - items // 5, items)
        self._made = range(self._bought.start)
        self._between = range(self._sold, self._bought.start)
        self._parts = self._bills()
        self._demand = [self._wanted() for _ in range(self._sold)]
        self._use = self._uses()
        self._cycle = [self._random.uniform(1.5, 4.0) for _ in range(items)]
        self._worth = [Fraction(self._random.randint(1, 10), 700) for _ in range(items)]
        self._holding = self._prices()
        self._machines = max(3, round(math.sqrt(2 * items)))
        self._machine = [one % self._machines for one in self._made]
        self._random.shuffle(self._machine)

    def _bills(self) -> list[dict[int, int]]:
        """One to three components from further down for each item; everything is used somewhere."""
        unused = [self._random.sample(one, len(one)) for one in (self._between, self._bought)]
        bills: list[dict[int, int]] = []
        for item in range(self._items):
            if item in self._bought:
                bills.append({})
                continue
            own = unused[0] if item < self._sold and unused[0] else unused[1]
            chosen = [own.pop()] if own else []
            deeper = range(self._sold, self._items) if item < self._sold else self._bought
            others = [one for one in deeper if one not in chosen]
            count = self._random.randint(1, 3) - len(chosen)
            chosen += self._random.sample(others, min(count, len(others)))
            bills.append({one: self._random.choice((1, 1, 1, 2)) for one in chosen})
        return bills

    def _wanted(self) -> list[int]:
        """Sales by week: with a season, and of every fifth item in few weeks."""
        mean, phase = self._random.uniform(50, 500), self._random.uniform(0, 2 * math.pi)
        lumpy = self._random.random() < _LUMPY
        sales = []
        for week in range(self._weeks):
            level = mean * (1 + 0.2 * math.sin(2 * math.pi * week / 52 + phase))
            if lumpy:
                level = level * 2.5 if self._random.random() < 1 / 2.5 else 0.0
            sales.append(round(level * self._random.uniform(0.7, 1.3)))
        return sales

    def _uses(self) -> list[float]:
        use = [sum(row) / self._weeks for row in self._demand]
        use += [0.0] * (self._items - self._sold)
        for item, parts in enumerate(self._parts):
            for component, units in parts.items():
                use[component] += units * use[item]
        return use

    def _prices(self) -> list[Fraction]:
        """Holding cost by item: what the components cost, and something for the work."""
        holding = list(self._worth)
        for item in reversed(self._made):
            holding[item] += sum((units * holding[c] for c, units in self._parts[item].items()), Fraction(0))
        return holding

    def plant(self) -> Plant:
        """Put the rows together."""
        name = self._name_of
        return Plant(
            name=f"plant_lots {self._name}", start=f"{_FIRST.isoformat()}T00:00:00", timezone="UTC",
            currency="EUR", horizon=Horizon(daily=0, weekly=self._weeks, monthly=0, schedule_days=0),
            # Lateness is a share of the price.
            costs=Costs(late_rate_per_day=Fraction(1, 100), lost_rate=Fraction(1)),
            items=tuple(self._item(one) for one in range(self._items)),
            bill_of_materials=tuple(
                BomLine(name(item), name(component), Fraction(units))
                for item, parts in enumerate(self._parts)
                for component, units in parts.items()
            ),
            operations=tuple(
                Operation(name(item), "make", 1, run_minutes=self._run_minutes(item)) for item in self._made
            ),
            operation_resources=tuple(row for item in self._made for row in self._modes(item)),
            resources=(*self._machine_rows(), self._lab()),
            calendars=(
                *(CalendarRow("shifts", day, None, _OPEN, _CLOSE) for day in range(_WORKDAYS)),
                CalendarRow("saturdays", _SATURDAY, None, _OPEN, _CLOSE),
            ),
            inspections=tuple(
                Inspection(f"test {name(one)}", Stage.FINAL, "lab", lab_minutes=_LAB_MINUTES, item=name(one),
                           cost_per_lot=Fraction(20))
                for one in self._tested()
            ),
            suppliers=tuple(row for item in self._bought for row in self._offers(item)),
            stock=tuple(
                Stock(f"S{item:05d}", name(item), math.ceil(self._use[item] * self._cover(item)))
                for item in range(self._items)
                if self._use[item]
            ),
            projections=self._projections(),
        )  # fmt: skip

    def _name_of(self, item: int) -> str:
        letter = "E" if item < self._sold else "P" if item in self._bought else "S"
        return f"{letter}{item + 1:05d}"

    def _item(self, item: int) -> Item:
        kind = (
            ItemKind.FINISHED
            if item < self._sold
            else ItemKind.RAW
            if item in self._bought
            else ItemKind.INTERMEDIATE
        )
        holding = self._holding[item]
        return Item(
            self._name_of(item), kind, holding_cost_per_day=holding, price=100 * _LATE * holding,
            unit_value=365 * 5 * holding,
        )  # fmt: skip

    def _beside(self, item: int) -> int:
        """Number of items that share a machine, as near as it matters."""
        return self._machine.count(self._machine[item])

    def _run_minutes(self, item: int) -> Fraction:
        minutes = _RUN_SHARE * _WEEK / self._beside(item) / max(self._use[item], 1.0)
        return Fraction(max(round(minutes * 1000), 1), 1000)

    def _modes(self, item: int) -> Iterator[OperationResource]:
        # Against the echelon's holding cost: what its components cost is tied up with them or in them.
        cycle, worth = self._cycle[item], float(self._worth[item] * 7)
        money = Fraction(round(cycle * cycle * worth * self._use[item] / 2))
        minutes = round(_SETUP_SHARE * _WEEK / self._beside(item) * cycle)
        machine = self._machine[item]
        yield OperationResource(
            self._name_of(item), "make", f"M{machine + 1:03d}", setup_minutes=minutes, setup_cost=money
        )
        if self._random.random() < _ALTERNATIVE:
            other = (machine + self._random.randint(1, self._machines - 1)) % self._machines
            yield OperationResource(
                self._name_of(item), "make", f"M{other + 1:03d}", setup_minutes=minutes, setup_cost=money,
                run_minutes=self._run_minutes(item) * Fraction(str(_SLOWER)), preference=1,
            )  # fmt: skip

    def _machine_rows(self) -> Iterator[Resource]:
        for one in range(self._machines):
            yield Resource(
                f"M{one + 1:03d}", ResourceKind.MACHINE, calendar="shifts", overtime_calendar="saturdays",
                overtime_cost_per_hour=Fraction(60),
            )  # fmt: skip

    def _tested(self) -> range:
        return range(0, self._sold, _TESTED)

    def _lab(self) -> Resource:
        lots = sum(1 / self._cycle[one] for one in self._tested())
        places = math.ceil(lots * _LAB_MINUTES / (_LAB_SHARE * _WEEK))
        return Resource("lab", ResourceKind.LAB, calendar="shifts", capacity=places)

    def _offers(self, item: int) -> Iterator[SupplierOffer]:
        """Minimums of one to two weeks in quarters; a third gives a discount from four weeks on."""
        use, value = max(self._use[item], 4.0), 365 * 5 * self._holding[item]
        step = max(round(use * self._random.uniform(1, 2) / 4), 1)
        order_cost = Fraction(round(self._cycle[item] ** 2 * float(self._holding[item]) * 7 * use / 2))
        tiers = [(0, Fraction(0))]
        if self._random.random() < 1 / 3:
            tiers = [(0, value / 100), (math.ceil(4 * use / step) * step, Fraction(0))]
        for least, price in tiers:
            yield SupplierOffer(
                "supplier", self._name_of(item), lead_time_days=7, price=price, from_quantity=least,
                min_order=4 * step, order_multiple=step, order_cost=order_cost,
            )  # fmt: skip

    def _cover(self, item: int) -> float:
        """Weeks of use in stock at the start: what is bought takes a week to come."""
        return self._random.uniform(1.5, 3.0) if item in self._bought else self._random.uniform(0.5, 2.5)

    def _projections(self) -> Projections:
        rows = [
            (item, week, quantity)
            for item, sales in enumerate(self._demand)
            for week, quantity in enumerate(sales)
            if quantity
        ]
        names = ["", "sales", *(self._name_of(item) for item in range(self._sold))]
        count, start = len(rows), [_FIRST.toordinal() + 7 * week for _, week, _ in rows]
        none, unknown = [0] * count, [-1] * count
        return Projections(
            names, item=[item + 2 for item, _, _ in rows], start=start, end=[day + 6 for day in start],
            quantity=[quantity for _, _, quantity in rows], stream=[1] * count, segment=none, certainty=none,
            weight_millionths=[1_000_000] * count, low=unknown, high=unknown, author=none, dated=none,
        )  # fmt: skip
