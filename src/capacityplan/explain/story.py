"""What is told about an order, item, launch, resource, lot or purchase of a plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from fractions import Fraction

from capacityplan.demand import Demand
from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.domain.timeline import Timeline
from capacityplan.explain.causes import causes
from capacityplan.explain.readiness import Readiness, readiness
from capacityplan.explain.relax import days_until, more_of, quicker
from capacityplan.explain.text import Words
from capacityplan.units import decimal_text
from capacityplan.verify import Verdict
from capacityplan.verify.case import Case
from capacityplan.verify.facts import Work


class Story:
    """Explains what hurts in a plan.

    Parameters
    ----------
    why : mapping of demand to text
        The chain of what each late or lost demand waited for.
    """

    def __init__(self, plant: Plant, plan: Plan, verdict: Verdict, why: Mapping[str, str]) -> None:
        self._plant, self._plan, self._why = plant, plan, why
        self._case = Case(plant, plan)
        self._words = Words(plant)
        self._pain = verdict.pain

    def tell(self, kind: str | None, name: str, top: int) -> Iterator[str]:
        """Yield lines about one object, or about the demands that cost most.

        Raises
        ------
        KeyError
            If there is no such object.
        """
        if kind is None:
            yield from self._worst(list(self._case.demand.values()), top, "")
        elif kind == "order":
            yield from self._order(self._known(name, self._case.demand, "order or demand"))
        elif kind == "item":
            self._known(name, self._case.lookup.items, "item")
            found = [row for row in self._case.demand.values() if row.item == name]
            yield from self._worst(found, top, name)
        elif kind == "resource":
            self._known(name, self._case.lookup.resources, "resource")
            yield from self._resource(name, top)
        elif kind == "launch":
            found_launches = {one.name: one for one in readiness(self._case)}
            yield from self._launch(found_launches[self._known(name, found_launches, "launch")])
        elif kind == "lot":
            self._known(name, self._case.flow.lots, "lot")
            yield from self._lot(name)
        else:
            bought = {row.purchase: row for row in self._plan.purchases}
            self._known(name, bought, "purchase")
            yield from self._purchase(name, top)

    def _known(self, name: str, names: Mapping[str, object], kind: str) -> str:
        if name not in names:
            near = get_close_matches(name, list(names), n=1)
            raise KeyError(f"no {kind} {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
        return name

    def _worst(self, demands: list[Demand], top: int, item: str) -> Iterator[str]:
        hurt = sorted((row for row in demands if self._pain.get(row.demand)),
                      key=lambda row: -self._pain[row.demand])  # fmt: skip
        money = sum((self._pain[row.demand] for row in hurt), Fraction(0))
        of = f" of {item}" if item else ""
        free = [row for row in demands if row.demand in self._why and not self._pain.get(row.demand)]
        more = f"; {len(free)} more are late or lost at no cost" if free else ""
        yield (
            f"{len(hurt)} of {len(demands)} demands{of} are late or lost at a cost, "
            f"{decimal_text(money)} {self._plant.currency} together{more}."
        )
        for row in [*hurt, *free][:top]:
            yield ""
            yield from self._order(row.demand)

    def _order(self, name: str) -> Iterator[str]:
        demand = self._case.demand[name]
        pain = self._pain.get(name, Fraction(0))
        yield f"{name}: {self._quantity(demand)} due {self._day(demand.due)}."
        if name not in self._why:
            yield "It is served in full and in time."
            return
        yield f"{self._why[name]} That costs {decimal_text(pain)} {self._plant.currency}."
        yield from self._words.lines(causes(self._plant, self._plan, demand))

    def _launch(self, one: Readiness) -> Iterator[str]:
        """What is there for a launch, and what holds up the most of what is not."""
        item, day = one.launch.item, self._day(one.by + 1)
        if not one.is_planned:
            yield f"Launch {one.name}: only proposed, and not chosen by the plan."
            return
        wanted = self._words.quantity(item, one.wanted)
        ready = self._words.quantity(item, one.ready)
        all_there = "never" if one.ready_on is None else f"on {self._moment(one.ready_on)}"
        yield (
            f"Launch {one.name}: of {wanted} of {item} wanted in the first week {ready} are released by the "
            f"beginning of {day}, all of it {all_there}; "
            f"in time come {self._words.quantity(item, one.served)}."
        )
        late = [row for row in one.demands if row.demand in self._why]
        if not late:
            yield "Nothing holds it up: all is delivered in time."
            return
        yield from self._order(
            max(late, key=lambda row: (self._pain.get(row.demand, 0), row.quantity)).demand
        )

    def _resource(self, name: str, top: int) -> Iterator[str]:
        """What an extra of a resource would do for the demands that hurt most and need it."""
        lookup, timeline = self._case.lookup, Timeline.of(self._plant)
        hurt = sorted(self._pain, key=lambda one: -self._pain[one])
        helped = 0
        for demand in [self._case.demand[one] for one in hurt if one in self._case.demand][: 4 * top]:
            until = int(timeline.ends[demand.bucket])
            found = causes(
                self._plant, self._plan, demand, [more_of(lookup, name, days_until(timeline, until))]
            )
            if found.causes:
                helped += 1
                yield f"{demand.demand}: {self._quantity(demand)} due {self._day(demand.due)}."
                yield from self._words.lines(found)
            if helped == top:
                return
        if not helped:
            tried = min(4 * top, len(hurt))
            yield f"More of {name} alone would serve none of the {tried} dearest arrears better."

    def _lot(self, name: str) -> Iterator[str]:
        """When a lot was where, and what waited."""
        flow = self._case.flow.lots[name]
        lot = flow.lot
        yield f"Lot {name}: {self._words.quantity(lot.item, lot.quantity)} of {lot.item}."
        before: int | None = None
        for leg in flow.legs:
            for work in leg.works:
                yield (
                    f"  {work.row.operation} on {work.row.resource} from {self._moment(work.begins)} to "
                    f"{self._moment(work.ends)}{_after(work, before)}"
                )
            before = leg.ready.minute if leg.ready is not None else before
        held = next((one for one in self._case.flow.held if one.object == name), None)
        if held is not None and held.release is not None:
            hours = decimal_text(Fraction(held.release.minute - held.completion.minute, 60), 1)
            free = self._moment(held.release.minute)
            accepted = self._words.quantity(lot.item, held.accepted)
            yield f"  free on {free}, {hours} h after its completion ({accepted} accepted)"

    def _purchase(self, name: str, top: int) -> Iterator[str]:
        row = next(one for one in self._plan.purchases if one.purchase == name)
        bought = self._words.quantity(row.item, row.quantity)
        yield (
            f"Purchase {name}: {bought} of {row.item} from {row.supplier}, "
            f"ordered {self._moment(row.order_by)}, there {self._moment(row.arrives)}."
        )
        used = sorted(
            {
                out.name
                for out in self._case.stocks.outflows
                if out.item == row.item and out.moment.minute >= row.arrives
            }
        )
        yield f"  {len(used)} uses of {row.item} follow its arrival" + (f", first {used[0]}" if used else "")
        hurt = sorted(self._pain, key=lambda one: -self._pain[one])
        for demand in [self._case.demand[one] for one in hurt if one in self._case.demand][: 4 * top]:
            found = causes(self._plant, self._plan, demand, [quicker(row.item)])
            if found.causes:
                yield f"{demand.demand}: {self._quantity(demand)} due {self._day(demand.due)}."
                yield from self._words.lines(found)

    def _quantity(self, demand: Demand) -> str:
        return f"{self._words.quantity(demand.item, demand.quantity)} of {demand.item}"

    def _day(self, minute: int) -> str:
        return self._case.timeline.clock.local(minute - 1).strftime("%a %Y-%m-%d")

    def _moment(self, minute: int) -> str:
        return self._case.timeline.clock.local(minute).strftime("%a %Y-%m-%d %H:%M")


def _after(work: Work, before: int | None) -> str:
    """How long a lot waited since the step before was over, where there is one."""
    if before is None:
        return ""
    if work.begins < before:
        return ", on what the step before passes on"
    return f", {decimal_text(Fraction(work.begins - before, 60), 1)} h after the step before"
