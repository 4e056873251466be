"""Replay a plan against sampled futures, all samples at once, bucket by bucket.

The plan's lots, purchases and overtime are committed. In each bucket: what arrives is stocked, lots that are
due take their components (a lot whose components fall short is made in the part that can be, the rest
waits), then demand is served, dearest lateness first. What expires leaves. Deliveries to demand are
decided again in every future; that is the recourse.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from zlib import crc32

import numpy as np

from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant, ResourceKind, Stage
from capacityplan.scenario.futures import Floats, Uncertainty, sample_demand, streams_of
from capacityplan.scenario.served import Served, Shelf
from capacityplan.units import MINUTES_PER_DAY
from capacityplan.verify.case import Case
from capacityplan.verify.facts import Held

_REPLAYED = frozenset(
    {"holding", "storage", "safety_stock", "overstock", "late", "lost", "salvage", "revenue"}
)
"""Ledger categories that depend on the future; all others are committed with the plan."""
_TINY = 1e-6


@dataclass(slots=True)
class _Pending:
    """A lot that waits for its components: the share of it that is not begun yet."""

    object: str
    needs: list[tuple[str, float]]
    share: Floats


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of a plan in each future.

    Attributes
    ----------
    cost, service : (samples,) float64
        Total cost; share of the demanded quantity that was served in time.
    late, lost : dict of item to (samples,) float64
        Money.
    delays : dict of resource or supplier to (samples,) float64
        Days by which its lots (deliveries) came later, on average.
    expired : dict of item to (samples,) float64
        Base units.
    launches : dict of launch to (samples,) float64
        1 where all that is wanted in its first week was served in time, else 0.
    """

    cost: Floats
    service: Floats
    late: dict[str, Floats] = field(default_factory=dict)
    lost: dict[str, Floats] = field(default_factory=dict)
    delays: dict[str, Floats] = field(default_factory=dict)
    expired: dict[str, Floats] = field(default_factory=dict)
    launches: dict[str, Floats] = field(default_factory=dict)


def replay(plant: Plant, plan: Plan, samples: int, seed: int, uncertainty: Uncertainty) -> Replay:
    """Replay a plan in sampled futures; equal seeds give equal futures, whatever the plan.

    Parameters
    ----------
    plant : Plant
    plan : Plan
        With references in order and its ledger.
    """
    return _Replay(plant, plan, samples, seed, uncertainty).run()


class _Replay:
    def __init__(self, plant: Plant, plan: Plan, samples: int, seed: int, uncertainty: Uncertainty) -> None:
        self._case = Case(plant, plan)
        self._plan, self._samples, self._uncertainty = plan, samples, uncertainty
        self._timeline, self._lookup = self._case.timeline, self._case.lookup
        self._seed, streams = seed, streams_of(seed)
        self._delays: dict[str, list[Floats]] = defaultdict(list)
        self._size = len(self._timeline)
        self._safety = {name: self._lookup.safety_stocks(name, self._timeline) for name in self._lookup.items}
        # Demand first: its futures do not depend on the plan.
        self._moved = sample_demand(
            self._case.plant, self._timeline, self._lookup, samples, uncertainty, streams["demand"]
        )
        self._stops = self._stopped(streams["breakdown"])
        self._shelves: dict[str, Shelf] = {}
        self._arrivals: dict[int, list[tuple[str, int, Floats, Floats]]] = defaultdict(list)
        self._lots: dict[str, list[tuple[Held, int, Floats, Floats]]] = {}
        self._place()

    def run(self) -> Replay:
        """Go through the buckets."""
        waiting: list[_Pending] = []
        begins = self._begins()
        demand = Served(self._case, self._shelves, self._moved, self._samples)
        holding = np.zeros(self._samples)
        expired: dict[str, Floats] = defaultdict(lambda: np.zeros(self._samples))
        for bucket in range(self._size):
            self._arrive(bucket)
            for item, shelf in self._shelves.items():
                gone = shelf.expire(float(self._timeline.starts[bucket]))
                if gone.any():
                    expired[item] = expired[item] + gone
            waiting = [row for row in (*waiting, *begins[bucket]) if not self._begin(row, bucket)]
            demand.serve(bucket)
            holding += self._held(bucket)
        fixed = float(sum(row.amount for row in self._plan.ledger if row.category not in _REPLAYED))
        cost = fixed + holding + demand.close() - self._salvage()
        return Replay(
            cost, demand.share(), demand.late, demand.lost, self._mean_delays(), dict(expired),
            demand.launches(),
        )  # fmt: skip

    def _draw(self, source: str, name: str) -> np.random.Generator:
        """Return random numbers of an object's own: what else is in the plan does not change them."""
        return np.random.default_rng((self._seed, crc32(f"{source} {name}".encode())))

    def _place(self) -> None:
        """Give every quantity that comes into stock its batch, its arrival and its yield."""
        held = [one for one in self._case.flow.held if one.own is not None or one.release is not None]
        by_item: dict[str, list[Held]] = defaultdict(list)
        for one in held:
            by_item[one.item].append(one)
        for item, found in by_item.items():
            found.sort(key=lambda one: np.inf if one.expires is None else one.expires)
            expires = np.array([np.inf if one.expires is None else one.expires for one in found], dtype=float)
            if np.isinf(expires).all():
                self._shelves[item] = Shelf(np.array([np.inf]), np.zeros((self._samples, 1)))
                columns = [0] * len(found)
            else:
                self._shelves[item] = Shelf(expires, np.zeros((self._samples, len(found))))
                columns = list(range(len(found)))
            for one, column in zip(found, columns, strict=True):
                self._schedule(one, column)

    def _schedule(self, one: Held, column: int) -> None:
        released = one.release or one.own
        assert released is not None, "only what is released is placed"
        passed = self._passed(one)
        late = self._late(one)
        minute = released.minute + late * MINUTES_PER_DAY
        if released.bucket >= self._timeline.window_buckets:
            # In the tail the moment within the bucket is open: a delay crosses its end in proportion.
            length = float(self._timeline.ends[released.bucket] - self._timeline.starts[released.bucket])
            earlier = self._draw("moment", one.object).random(self._samples) * length
            minute = np.maximum(released.minute, minute - earlier)
        lot = _lot_of(one)
        if one.kind in ("lot", "by-product") and lot in self._case.flow.lots:
            self._lots.setdefault(lot, []).append((one, column, passed, minute))
            return
        self._post(one.item, column, passed, minute)

    def _post(self, item: str, column: int, quantity: Floats, minute: Floats) -> None:
        """Let a quantity arrive at a minute of its own in every sample."""
        bucket = np.searchsorted(self._timeline.ends, minute, side="left")
        for t in np.unique(bucket).tolist():
            if t < self._size:
                self._arrivals[t].append((item, column, quantity, bucket == t))

    def _arrive(self, bucket: int) -> None:
        for item, column, quantity, here in self._arrivals.pop(bucket, ()):
            self._shelves[item].batches[:, column] += np.where(here, quantity, 0.0)

    def _passed(self, one: Held) -> Floats:
        """Draw what of a lot (delivery) passes: yields vary, inspections accept or reject the lot."""
        quantity = np.full(self._samples, float(one.accepted))
        lots = self._case.flow.lots.get(one.object)
        if lots is not None:
            for leg in lots.legs:
                good = float(leg.operation.yield_fraction)
                if good < 1:
                    random = self._draw("yield", f"{one.object}/{leg.operation.operation}")
                    noise = random.standard_normal(self._samples)
                    loss = (1 - good) * np.maximum(0, 1 + self._uncertainty.loss_variation * noise)
                    if self._uncertainty.varies("yield"):
                        quantity *= np.clip(1 - loss, 0, 1) / good
        for occasion in one.occasions:
            share = float(occasion.row.reject_fraction)
            if (
                0 < share < 1
                and not occasion.row.rework_operation
                and occasion.row.stage is not Stage.VALIDATION
            ):
                lucky = self._draw("reject", f"{one.object}/{occasion.row.inspection}")
                good_lot = lucky.random(self._samples) >= share
                if self._uncertainty.varies("reject"):
                    quantity = np.where(good_lot, quantity / (1 - share), 0.0)
        return quantity

    def _late(self, one: Held) -> Floats:
        """Draw by how many days a lot or delivery comes late."""
        if one.kind == "purchase":
            return self._late_delivery(one)
        lots = self._case.flow.lots.get(_lot_of(one))
        days = np.zeros(self._samples)
        if lots is not None:
            for leg in lots.legs:
                for work in leg.works:
                    stopped = self._stops.get(work.row.resource)
                    if stopped is not None:
                        late = stopped[:, min(work.last, self._size - 1)]
                        self._delays[work.row.resource].append(late)
                        days = np.maximum(days, late)
        return days

    def _late_delivery(self, one: Held) -> Floats:
        order = next(row for row in self._plan.purchases if row.purchase == one.object)
        offers = self._lookup.offers[order.supplier, order.item]
        rating = offers[0].quality_rating
        share = self._uncertainty.late_share if rating is None else 1 - float(rating)
        length = max(1.0, self._uncertainty.late_length * offers[0].lead_time_days)
        random = self._draw("lead_time", one.object)
        late = np.where(random.random(self._samples) < share, random.exponential(length, self._samples), 0.0)
        if not self._uncertainty.varies("lead_time"):
            late = np.zeros(self._samples)
        self._delays[order.supplier].append(late)
        return late

    def _stopped(self, random: np.random.Generator) -> dict[str, Floats]:
        """Days of delay by machine: (samples, buckets); lost minutes are made up in free time."""
        loads: dict[str, Floats] = defaultdict(lambda: np.zeros(self._size))
        for work in self._case.flow.works:
            loads[work.row.resource][min(work.last, self._size - 1)] += work.minutes
        out: dict[str, Floats] = {}
        days = self._timeline.days
        for row in self._case.plant.resources:
            if row.kind is not ResourceKind.MACHINE:
                continue
            rate = self._uncertainty.stops_per_week / 7 * days
            count = random.poisson(rate, (self._samples, self._size))
            minutes = random.gamma(np.maximum(count, _TINY), self._uncertainty.stop_hours * 60)
            minutes = np.where(count > 0, minutes, 0.0)
            if not self._uncertainty.varies("breakdown"):
                continue
            regular = self._case.time.regular(row.resource)
            open_minutes = np.array([
                regular.capacity_minutes(int(a), int(b))
                for a, b in zip(self._timeline.starts, self._timeline.ends, strict=True)
            ], dtype=float)  # fmt: skip
            free = np.maximum(open_minutes - loads[row.resource], 0)
            behind = np.zeros((self._samples, self._size))
            carried = np.zeros(self._samples)
            for bucket in range(self._size):
                carried = np.maximum(carried + minutes[:, bucket] - free[bucket], 0)
                per_day = max(open_minutes[bucket] / days[bucket], 1.0)
                behind[:, bucket] = carried / per_day
            out[row.resource] = behind
        return out

    def _begins(self) -> dict[int, list[_Pending]]:
        """Lots by the bucket in which they take their first components."""
        needs: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        first: dict[str, int] = {}
        for out in self._case.stocks.outflows:
            lot = out.name.partition("/")[0]
            if lot in self._case.flow.lots:
                needs[lot][out.item] += out.quantity
                first[lot] = min(first.get(lot, out.moment.bucket), out.moment.bucket)
        rows: dict[int, list[_Pending]] = defaultdict(list)
        for lot in self._lots:
            rows[first.get(lot, 0)].append(_Pending(lot, list(needs[lot].items()), np.ones(self._samples)))
        return rows

    def _begin(self, row: _Pending, bucket: int) -> bool:
        """Begin what of a lot its components allow; return whether nothing of it waits any more."""
        start = float(self._timeline.starts[bucket])
        share = row.share
        for item, quantity in row.needs:
            shelf = self._shelves.get(item)
            there = np.zeros(self._samples) if shelf is None else shelf.free(start)
            share = np.minimum(share, there / quantity)
        if (share > _TINY).any():
            for item, quantity in row.needs:
                self._shelves[item].take(share * quantity, start)
            planned = self._planned_start(row.object)
            for one, column, passed, minute in self._lots[row.object]:
                self._post(one.item, column, passed * share, minute + max(0.0, start - planned))
            if bucket in self._arrivals:
                self._arrive(bucket)
            row.share = row.share - share
        return bool((row.share <= _TINY).all())

    def _planned_start(self, lot: str) -> float:
        """Start of the bucket in which a lot was to begin."""
        first = self._case.flow.lots[lot].first
        return float(self._timeline.starts[first.first]) if first is not None else 0.0

    def _held(self, bucket: int) -> Floats:
        """Charge stock at a bucket's end: holding, storage, safety stock and overstock."""
        costs, days = self._case.plant.costs, float(self._timeline.days[bucket])
        total = np.zeros(self._samples)
        stored: dict[str, Floats] = defaultdict(lambda: np.zeros(self._samples))
        for item, row in self._lookup.items.items():
            shelf = self._shelves.get(item)
            units = np.zeros(self._samples)
            if shelf is not None:
                units = shelf.batches.sum(axis=1) / self._lookup.scale[item]
            total += units * float(self._lookup.holding_rate(item)) * days
            wanted = self._safety[item][bucket] / self._lookup.scale[item]
            short = float(row.unit_value * costs.safety_stock_rate_per_day)
            total += np.maximum(wanted - units, 0) * short * days
            if row.max_stock is not None:
                over = float(row.unit_value * costs.overstock_rate_per_day)
                total += np.maximum(units - row.max_stock / self._lookup.scale[item], 0) * over * days
            stored[row.storage] = stored[row.storage] + units
        for area in self._case.plant.storages:
            total += stored[area.storage] * float(area.cost_per_unit_day) * days
        return total

    def _salvage(self) -> Floats:
        total = np.zeros(self._samples)
        for item, shelf in self._shelves.items():
            worth = float(self._lookup.items[item].salvage_value) / self._lookup.scale[item]
            total += shelf.batches.sum(axis=1) * worth
        return total

    def _mean_delays(self) -> dict[str, Floats]:
        return {name: np.mean(rows, axis=0) for name, rows in self._delays.items()}


def _lot_of(one: Held) -> str:
    """Lot that a quantity comes of, where it is made."""
    return one.object.rpartition("/")[0] if one.kind == "by-product" else one.object
