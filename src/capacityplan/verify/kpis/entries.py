"""What a plan earns and spends in a period, and what was really earned and spent, line by line.

A line is a category of the ledger with, where it has one, the item and the operation. Lines of work
know output (good units), effort (minutes) and amount; purchases and revenue are their own effort;
all other categories know amounts only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

from capacityplan.demand.market import Sale
from capacityplan.demand.segments import price_at
from capacityplan.domain.budgets import EARNED, SPENDING, Spending
from capacityplan.domain.plan import LedgerRow
from capacityplan.domain.plant import Actual, ActualKind, Operation, OperationResource, Plant, ResourceKind
from capacityplan.units import MINUTES_PER_HOUR, floor_fraction, floor_product
from capacityplan.verify.budgets import days_within
from capacityplan.verify.case import Case
from capacityplan.verify.facts import Work, run_minutes, work_minutes
from capacityplan.verify.kpis.money import earned

WORK = ("production", "subcontracting", "labour", "rework")
_ZERO = Fraction(0)
_CENTS = 100


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """What money is for."""

    category: str
    item: str = ""
    operation: str = ""


@dataclass(slots=True)
class Sums:
    """Totals of a line.

    Attributes
    ----------
    output : Fraction
        Good units of work, units bought, units delivered.
    effort : Fraction
        Minutes of work; else the output.
    standard : Fraction
        Effort that the plant's data ask for at this output.
    amount : Fraction
    valued : Fraction
        The effort at the rates of the plan.
    """

    output: Fraction = _ZERO
    effort: Fraction = _ZERO
    standard: Fraction = _ZERO
    amount: Fraction = _ZERO
    valued: Fraction = _ZERO

    def add(self, other: Sums) -> None:
        """Add another's totals."""
        self.output += other.output
        self.effort += other.effort
        self.standard += other.standard
        self.amount += other.amount
        self.valued += other.valued


Lines = dict[Line, Sums]


@dataclass(frozen=True, slots=True)
class Happened:
    """What was earned and spent in a period.

    Attributes
    ----------
    recorded : frozenset of str
        Categories of which anything is recorded.
    earlier : Fraction
        Invoices for orders placed before the plan, which its ledger does not hold.
    sold : tuple of Sale
        Revenue, by delivery or invoice.
    """

    lines: Lines
    recorded: frozenset[str]
    earlier: Fraction = _ZERO
    sold: tuple[Sale, ...] = ()


@dataclass(frozen=True, slots=True)
class _Event:
    """A confirmed receipt, run or delivery: where invoices go."""

    line: Line
    object: str
    resource: str
    sums: Sums = field(default_factory=Sums)
    day: int = 0


def planned(case: Case, ledger: Iterable[LedgerRow], first: int, last: int) -> Lines:
    """Return what a plan spends and earns from the first to the last day (ordinals, both included).

    What a bucket holds that lies partly in the period counts by its days, as for budgets.
    """
    timeline = case.timeline
    days = zip(days_within(timeline, first, last), timeline.days.tolist(), strict=True)
    shares = [Fraction(inside, length) for inside, length in days]
    works = {work.name: work for work in case.flow.works}
    bought = {row.purchase: row for row in case.plan.purchases}
    found: dict[Line, Sums] = defaultdict(Sums)
    for row in ledger:
        share = shares[row.bucket] if 0 <= row.bucket < len(shares) else _ZERO
        if row.category not in SPENDING or not share:
            continue
        amount = share * row.amount
        if row.category in WORK:
            line = _line_of(row.category, works[row.object])
            found[line].add(Sums(effort=share * row.quantity, amount=amount, valued=amount))
        elif row.category == "purchase":
            units = share * row.quantity
            line = Line(row.category, bought[row.object].item)
            found[line].add(Sums(units, units, units, amount, amount))
        else:
            found[Line(row.category)].add(Sums(amount=amount))
    for work in case.flow.works:
        share = shares[work.last]
        good = Fraction(_good(work.operation, work.row.quantity), case.lookup.scale[work.item])
        for category in _categories(case, work):
            if share:
                found[_line_of(category, work)].add(Sums(output=share * good))
    for delivery, money in earned(case):
        share = shares[timeline.bucket_of_end(delivery.ship)]
        units = share * Fraction(delivery.quantity, case.lookup.scale[delivery.item])
        if units:
            found[Line(EARNED, delivery.item)].add(Sums(units, units, units, share * money, share * money))
    return _kept(found)


def _kept(lines: Lines) -> Lines:
    """Lines with anything in them; amounts in whole cents, so that all that is made of them adds up."""
    for sums in lines.values():
        sums.amount = cents(sums.amount)
    return {line: sums for line, sums in lines.items() if sums.amount or sums.output}


def cents(value: Fraction) -> Fraction:
    """Round an amount to the cent."""
    return Fraction(round(value * _CENTS), _CENTS)


def _line_of(category: str, work: Work) -> Line:
    return Line(category, work.item, work.row.operation)


def _good(operation: Operation, quantity: int) -> int:
    return floor_product(quantity, operation.yield_fraction)


def _machine(case: Case, resource: str) -> str:
    outside = case.lookup.resources[resource].kind is ResourceKind.SUBCONTRACTOR
    return "subcontracting" if outside else "production"


def _categories(case: Case, work: Work) -> tuple[str, ...]:
    """Categories in which the ledger books a run."""
    if work.rework:
        return ("rework",)
    machine = _machine(case, work.row.resource)
    return (machine, "labour") if work.mode is not None and case.lookup.labour(work.mode) else (machine,)


def happened(case: Case, plant: Plant, ledger: Iterable[LedgerRow], first: int, last: int) -> Happened:
    """Return what was really spent and earned from the first to the last day (ordinals).

    Parameters
    ----------
    case : Case
        The plan, with the plant it was made from.
    plant : Plant
        With ``actuals`` and ``spending``.
    ledger : iterable of LedgerRow
        Of the plan: its prices hold where no invoice is there yet.
    """
    return _Books(case, plant, list(ledger), first, last).close()


class _Books:
    def __init__(self, case: Case, plant: Plant, ledger: list[LedgerRow], first: int, last: int) -> None:
        self._case, self._plant = case, plant
        self._first, self._last = first, last
        self._events: list[_Event] = []
        self._loose: list[Spending] = []
        self._earlier = _ZERO
        self._origin = {row.order: (row.item, row.version) for row in plant.receipts}
        self._origin |= {row.lot: (row.item, row.version) for row in case.plan.lots}
        self._bought = {row.purchase: row for row in case.plan.purchases}
        self._prices = {row.object: row.rate for row in ledger if row.category == "purchase"}
        self._minutes: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
        for row in ledger:
            if row.category in WORK:
                kind = "labour" if row.category == "labour" else "machine"
                self._minutes[kind, row.object] += row.quantity
        self._orders = {row.order: row.price for row in case.plant.orders}

    def close(self) -> Happened:
        """Put receipts, runs, deliveries and invoices together."""
        self._moved("purchase", ActualKind.RECEIPT)
        self._moved(EARNED, ActualKind.DELIVERY)
        self._worked()
        lines: dict[Line, Sums] = defaultdict(Sums)
        self._invoiced_work()
        for event in self._events:
            lines[event.line].add(event.sums)
        for row in self._loose:
            lines[self._loose_line(row)].add(self._loose_sums(row))
        recorded = {line.category for line in lines} | {row.category for row in self._inside()}
        return Happened(_kept(lines), frozenset(recorded), self._earlier, tuple(self._sold()))

    def _sold(self) -> Iterator[Sale]:
        for event in self._events:
            if event.line.category == EARNED:
                buyer = self._buyer(event.object)
                yield Sale(event.line.item, buyer, event.day, event.day, event.sums.amount)
        for row in self._loose:
            if row.category == EARNED:
                yield Sale(row.item, self._buyer(row.object), row.day, row.day, row.amount)

    def _buyer(self, name: str) -> str:
        demand = self._case.demand.get(name)
        return "" if demand is None else demand.customer

    def _inside(self) -> Iterator[Spending]:
        return (row for row in self._plant.spending if self._first <= row.day <= self._last)

    def _day(self, row: Actual) -> int:
        # Midnight belongs to the day that a run ends; what is confirmed by date alone keeps its date.
        at = row.at - 1 if row.kind is ActualKind.RUN and row.start is not None else row.at
        return self._case.timeline.clock.ordinal(at)

    def _units(self, item: str, quantity: int) -> Fraction:
        return Fraction(quantity, self._case.lookup.scale[item])

    def _moved(self, category: str, kind: ActualKind) -> None:
        """Receipts or deliveries of the period; an invoice up to its end counts by what has come."""
        bills: dict[str, list[Spending]] = defaultdict(list)
        for row in self._plant.spending:
            if row.category == category and row.day <= self._last:
                if row.object:
                    bills[row.object].append(row)
                elif row.day >= self._first:
                    self._loose.append(row)
        came: dict[str, list[Actual]] = defaultdict(list)
        for actual in self._plant.actuals:
            if actual.kind is kind and self._day(actual) <= self._last:
                came[actual.object].append(actual)
        known = {row.order for row in self._plant.receipts} if kind is ActualKind.RECEIPT else set()
        for name in dict.fromkeys((*came, *bills)):
            if name in known:
                inside = (row.amount for row in bills[name] if row.day >= self._first)
                self._earlier += sum(inside, _ZERO)
            elif name in came:
                self._came(category, came[name], bills[name])
            else:
                self._loose += [self._as_ordered(row) for row in bills[name] if row.day >= self._first]

    def _came(self, category: str, rows: list[Actual], bills: list[Spending]) -> None:
        whole = sum(row.quantity for row in rows)
        billed = sum((row.amount for row in bills), _ZERO) if bills else None
        for row in rows:
            if self._day(row) < self._first:
                continue
            units = self._units(row.item, row.quantity)
            valued = units * self._price(category, row)
            amount = valued if billed is None or not whole else billed * Fraction(row.quantity, whole)
            sums = Sums(units, units, units, amount, valued)
            self._events.append(
                _Event(Line(category, row.item), row.object, row.resource, sums, self._day(row))
            )

    def _price(self, category: str, row: Actual) -> Fraction:
        """Price of the plan for a unit that came or went."""
        if category == "purchase":
            return self._prices.get(row.object, self._offered(row.item))
        own = self._orders.get(row.object)
        return price_at(self._case.lookup, row.item, self._buyer(row.object), row.at) if own is None else own

    def _offered(self, item: str) -> Fraction:
        offers = [row.price for row in self._plant.suppliers if row.item == item]
        return min(offers, default=_ZERO)

    def _as_ordered(self, row: Spending) -> Spending:
        """An invoice for what nobody confirmed: for the item of what it names."""
        purchase = self._bought.get(row.object)
        demand = self._case.demand.get(row.object)
        item = row.item or (purchase.item if purchase else demand.item if demand else "")
        return replace(row, item=item)

    def _worked(self) -> None:
        batches: set[tuple[str, int | None, int]] = set()
        for row in self._plant.actuals:
            if row.kind is not ActualKind.RUN or not self._first <= self._day(row) <= self._last:
                continue
            item, version = self._origin.get(row.object, (row.item, ""))
            step = self._step(item, version, row.operation)
            if step is None:
                continue
            modes = self._case.lookup.modes.get((item, step[1], row.operation), ())
            mode = next((one for one in modes if one.resource == row.resource or len(modes) == 1), None)
            if mode is None:
                continue
            batch = (mode.resource, row.start, row.at)
            again = bool(step[0].batch_size) and batch in batches
            batches.add(batch)
            self._run_events(row, step[0], mode, (item, version, row.operation), booked=not again)

    def _step(self, item: str, version: str, name: str) -> tuple[Operation, str] | None:
        lookup = self._case.lookup
        for one in (version, *lookup.versions.get(item, ())):
            for operation in lookup.routings.get((item, one), ()):
                if operation.operation == name:
                    return operation, one
            if (item, one, name) in lookup.rework:
                return lookup.rework[item, one, name], one
        return None

    def _run_events(
        self, row: Actual, step: Operation, mode: OperationResource, place: tuple[str, str, str], booked: bool
    ) -> None:
        """Machine and labour of a run; of a batch only the first lot is booked with minutes."""
        lookup = self._case.lookup
        item, version, operation = place
        resource, scale = lookup.resources[mode.resource], lookup.scale[item]
        standard = run_minutes(step, mode, resource.efficiency, row.quantity + row.rejected, scale)
        entering = floor_fraction(row.quantity / step.yield_fraction)
        wanted = work_minutes(step, mode, resource.efficiency, entering, scale)
        minutes = Fraction(row.minutes or standard) if booked else _ZERO
        hourly = resource.cost_per_hour if mode.cost_per_hour is None else mode.cost_per_hour
        rate = hourly / MINUTES_PER_HOUR
        good = self._units(item, row.quantity)
        rework = (item, version, operation) in lookup.rework
        name = f"{row.object}/{operation}"
        line = Line("rework" if rework else _machine(self._case, mode.resource), item, operation)
        wanted = wanted if booked else _ZERO
        sums = Sums(good, minutes, wanted, minutes * rate, minutes * rate)
        self._events.append(_Event(line, name, mode.resource, sums))
        pools = lookup.labour(mode)
        heads = sum(units for _, units in pools)
        setup = self._setup_labour(name, heads) if row.finished and booked and not rework else _ZERO
        for n, (pool, units) in enumerate(pools):
            worked = (minutes + setup) * units
            cost = worked * lookup.resources[pool].cost_per_hour / MINUTES_PER_HOUR
            output = good if not rework and not n else _ZERO
            labour = Line("rework" if rework else "labour", item, operation)
            asked = (wanted + setup) * units
            self._events.append(_Event(labour, name, pool, Sums(output, worked, asked, cost, cost)))

    def _setup_labour(self, name: str, heads: int) -> Fraction:
        """Minutes of setup that labour attends, as planned: confirmations do not tell them."""
        labour, machine = self._minutes["labour", name], self._minutes["machine", name]
        return max(labour / heads - machine, _ZERO) if heads and labour else _ZERO

    def _invoiced_work(self) -> None:
        """Spread what is invoiced for a run, or for a resource, over the work it is for."""
        by_object: dict[tuple[str, str], list[_Event]] = defaultdict(list)
        by_resource: dict[tuple[str, str], list[_Event]] = defaultdict(list)
        for event in self._events:
            if event.line.category in WORK:
                by_object[event.line.category, event.object].append(event)
                by_resource[event.line.category, event.resource].append(event)
        bills: dict[tuple[str, str], list[Spending]] = defaultdict(list)
        for row in self._inside():
            if row.category not in ("purchase", EARNED):
                bills[row.category, row.object].append(row)
        named = [key for key in bills if key in by_object]
        paid = {id(event) for key in named for event in by_object[key]}
        for key, rows in bills.items():
            events = by_object.get(key) or [e for e in by_resource.get(key, ()) if id(e) not in paid]
            valued = sum((event.sums.valued for event in events), _ZERO)
            if not valued:
                self._loose += rows
                continue
            amount = sum((row.amount for row in rows), _ZERO)
            for event in events:
                event.sums.amount = amount * event.sums.valued / valued

    def _loose_line(self, row: Spending) -> Line:
        """Return the line of an invoice that no confirmation belongs to."""
        return Line(row.category, row.item) if row.category in ("purchase", EARNED) else Line(row.category)

    def _loose_sums(self, row: Spending) -> Sums:
        if row.category not in ("purchase", EARNED) or not row.item:
            return Sums(amount=row.amount)
        purchase, demand = self._bought.get(row.object), self._case.demand.get(row.object)
        asked = purchase.quantity if purchase else demand.quantity if demand else 0
        units = self._units(row.item, row.quantity or asked)
        if row.category == "purchase":
            price = self._prices.get(row.object, self._offered(row.item))
        else:
            price = price_at(self._case.lookup, row.item, demand.customer if demand else "", 0)
        return Sums(units, units, units, row.amount, units * price)
