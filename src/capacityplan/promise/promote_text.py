"""What can be done for a promotion, in words, and as a record for machines."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import floor
from typing import Any

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Plant
from capacityplan.domain.timeline import Timeline
from capacityplan.explain.text import Words as Explaining
from capacityplan.promise.promote import Promoted
from capacityplan.promise.stops import Stop
from capacityplan.promise.text import Words as Promising
from capacityplan.promise.trials import STEPS, Uplift
from capacityplan.solve.ceiling import Ceiling, Limit
from capacityplan.units import decimal_text

_SHOWN = 6
_LIMITS = {
    "resource": "what {} has",
    "supplier_capacity": "what {} can be had in a week",
    "storage": "the room in {}",
    "lead_time": "what no order of {} brings",
    "lot": "what no new lot of {} brings",
}
_SOONER = ("lead_time", "lot")


def percent(share: Fraction) -> str:
    """Write a share in percent, to a tenth where it has one."""
    return f"{decimal_text(100 * share, 1).removesuffix('.0')} %"


class Words:
    """Writes what can be done for promotions of a plant."""

    def __init__(self, plant: Plant) -> None:
        self._currency = plant.currency
        self._scale = Lookup(plant).scale
        self._timeline = Timeline.of(plant)
        self._promising, self._explaining = Promising(plant), Explaining(plant)

    def lines(self, found: Promoted) -> Iterator[str]:
        """Yield what was found as lines for a person."""
        row, say = found.promotion, self._promising
        planned = f"planned at {percent(found.planned)}" if found.planned else "not planned"
        where = f" in {row.segment}" if row.segment else ""
        days = f"from {say.day(row.start + 1)} to {say.day(row.end)}"
        yield (
            f"{row.promotion}: {percent(row.uplift_fraction)} more of {row.item} {days}{where}, "
            f"{row.status}, {planned}."
        )
        if not found.asked:
            yield "  It raises no demand of this plan."
            return
        asked = say.units(row.item, found.asked)
        if found.best is None:
            yield f"  Not feasible: not even one unit more in full and in time ({asked} asked for)."
        else:
            yield from self._best(found, found.best, asked)
        yield from self._ceiling(found)
        if found.short is not None:
            day = say.day(found.short.due)
            yield f"  More is stopped: {found.short.item} due on {day} would be short."
            yield from (f"    {self._stop(one)}" for one in found.stops[:_SHOWN])
            if not found.stops and not found.untried:
                yield "    Nothing along its bill helps, whatever is relaxed, alone or together."
            if found.untried:
                told = "; ".join(one.text for one in found.untried)
                yield f"    Not tried for want of time, or the checker refused the plans: {told}."

    def _best(self, found: Promoted, best: Uplift, asked: str) -> Iterator[str]:
        item, money = found.promotion.item, self._currency
        head = "Feasible" if best.fraction >= found.promotion.uplift_fraction else "Feasible only"
        least = "at least " if found.tried is None else ""
        more = self._promising.units(item, best.quantity)
        yield (
            f"  {head} up to {least}{percent(best.fraction)}: {more} more, in full and in time "
            f"({asked} asked for)."
        )
        parts = ", ".join(
            f"{name} {decimal_text(one)}" for name, one in list(best.categories.items())[:_SHOWN]
        )
        cost = f"{decimal_text(best.cost)} {money}{f' ({parts})' if parts else ''}"
        yield (
            f"  Against the plan as it is: costs {cost}, campaign {decimal_text(best.campaign)}, "
            f"brings {decimal_text(best.revenue)}, margin {decimal_text(best.margin)} {money}"
        )
        yield from self._promising.made(best.lots, best.purchases)

    def _ceiling(self, found: Promoted) -> Iterator[str]:
        proven, most = found.ceiling, found.most
        if proven is None or (proven.uplift is None and not proven.is_optimal):
            yield "  There was no time to prove how much any plan can serve."
            return
        if most is None:
            yield f"  No limit below {percent(proven.looked_at)} is proven of what any plan can serve."
            return
        head = "No plan can serve more"
        if found.is_largest and found.best is not None:
            step = "" if most == found.served else f" in steps of {percent(Fraction(1, STEPS))}"
            head = f"It is the largest{step}: no plan can serve more"
        than = "" if most == found.served and most else f" than {percent(most)}"
        cost = f"{decimal_text(Fraction(floor(proven.cost)), 0)} {self._currency}"
        yield f"  {head}{than} (proven of plans that cost up to {cost})."
        if proven.limits:
            yield f"    It is set by {'; '.join(map(self._limit, proven.limits[:_SHOWN]))}."

    def _limit(self, one: Limit) -> str:
        name = _LIMITS[one.kind].format(one.object)
        if one.first is None or one.last is None:
            return name
        starts, ends = self._timeline.starts, self._timeline.ends
        if one.kind in _SOONER:
            return f"{name} by {self._promising.day(int(ends[one.last]))}"
        first, last = (
            self._promising.day(int(starts[one.first]) + 1),
            self._promising.day(int(ends[one.last])),
        )
        return f"{name} on {first}" if first == last else f"{name} from {first} to {last}"

    def _stop(self, one: Stop) -> str:
        head = self._explaining.relaxed(one.relaxation, one.minutes, one.first, one.last)
        reached = percent(one.uplift.fraction)
        margin = f"margin {decimal_text(one.uplift.margin)} {self._currency}"
        least = (
            f"{reached} or more" if one.failed is None else f"at least {reached}, not {percent(one.failed)}"
        )
        return f"{head} it is {least}; {margin}"

    def record(self, found: Promoted) -> dict[str, Any]:
        """Return what was found as JSON; quantities in the item's unit, uplifts as shares."""
        row, scale = found.promotion, self._scale[found.promotion.item]
        return {
            "promotion": row.promotion, "item": row.item, "segment": row.segment, "status": row.status,
            "asked": float(row.uplift_fraction), "planned": float(found.planned),
            "asked_quantity": found.asked / scale,
            "feasible": None if found.best is None else self._uplift(found.best, scale),
            "not_feasible": None if found.tried is None else float(found.tried),
            "ceiling": None if found.ceiling is None else self._proven(found, found.ceiling),
            "short": None if found.short is None else found.short.demand,
            "stops": [
                {"kind": one.relaxation.kind, "object": one.relaxation.object, "text": one.relaxation.text,
                 "hours": one.minutes / 60, "uplift": float(one.uplift.fraction), "or_more": one.is_enough,
                 "not_reached": None if one.failed is None else float(one.failed),
                 "margin": float(one.uplift.margin)}
                for one in found.stops
            ],
            "untried": [one.text for one in found.untried],
            "refused": list(found.refused), "processor_seconds": round(found.seconds, 3),
        }  # fmt: skip

    def _proven(self, found: Promoted, proven: Ceiling) -> dict[str, Any]:
        return {
            "uplift": None if found.most is None else float(found.most), "largest": found.is_largest,
            "looked_at": float(proven.looked_at), "plans_up_to": float(proven.cost),
            "in_time": proven.is_optimal,
            "limits": [
                {"kind": one.kind, "object": one.object, "text": self._limit(one),
                 "one_percent_more": one.gain}
                for one in proven.limits
            ],
        }  # fmt: skip

    def _uplift(self, best: Uplift, scale: int) -> dict[str, Any]:
        return {
            "uplift": float(best.fraction), "quantity": best.quantity / scale, "cost": float(best.cost),
            "categories": {name: float(one) for name, one in best.categories.items()},
            "revenue": float(best.revenue), "campaign": float(best.campaign), "margin": float(best.margin),
            "lots": [[lot.lot, lot.item, lot.quantity / self._scale[lot.item]] for lot in best.lots],
            "purchases": [
                [buy.purchase, buy.supplier, buy.item, buy.quantity / self._scale[buy.item],
                 self._promising.moment(buy.order_by)]
                for buy in best.purchases
            ],
        }  # fmt: skip
