"""The consensus as a planning cycle sees it: who contributed what, and whether it is what was signed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from capacityplan.demand.daily import MILLION, first_day, stream_rows
from capacityplan.demand.netting import consensus
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Plant, Signature
from capacityplan.domain.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Contribution:
    """What the streams say about an item in a segment over the horizon, in base units.

    Attributes
    ----------
    streams : tuple of (stream, stated, weighted)
        What each stream projects within the horizon, and its weighted part of the consensus.
    effects : Fraction
        What marketing's tables (launches, promotions, prices, ...) add or take.
    consensus : int
    """

    item: str
    segment: str
    streams: tuple[tuple[str, Fraction, Fraction], ...]
    effects: Fraction
    consensus: int


def contributions(plant: Plant) -> tuple[Contribution, ...]:
    """Take the consensus apart: the weighted streams and the effects add up to it (to rounding)."""
    timeline, lookup = Timeline.of(plant), Lookup(plant)
    names = [plant.projections.names[code] for code in np.unique(plant.projections.stream).tolist()]
    weighted = {name: stream_rows(plant, timeline, name) for name in names}
    stated = _stated(plant, timeline)
    out = []
    for (item, segment), row in consensus(plant, timeline, lookup).items():
        lines = []
        for name in names:
            part = weighted[name].get((item, segment))
            if part is not None:
                total = Fraction(int(part.sum()), MILLION)
                lines.append((name, stated[name, item, segment], total))
        agreed = int(row.sum())
        rest = agreed - sum((line[2] for line in lines), Fraction(0))
        out.append(Contribution(item, segment, tuple(lines), rest, agreed))
    return tuple(out)


def _stated(plant: Plant, timeline: Timeline) -> dict[tuple[str, str, str], Fraction]:
    """Quantity within the horizon by stream, item and segment, without weights."""
    rows, first = plant.projections, first_day(timeline)
    last = int(timeline.first_day[-1] + timeline.days[-1]) - 1
    inside = np.maximum(np.minimum(rows.end, last) - np.maximum(rows.start, first) + 1, 0)
    out: dict[tuple[str, str, str], Fraction] = {}
    columns = (rows.stream, rows.item, rows.segment, rows.quantity, inside, rows.end - rows.start + 1)
    for stream, item, segment, quantity, days, length in zip(
        *(column.tolist() for column in columns), strict=True
    ):
        key = (rows.names[stream], rows.names[item], rows.names[segment])
        out[key] = out.get(key, Fraction(0)) + Fraction(quantity * days, length)
    return out


def demand_hash(plant: Plant) -> str:
    """Return the SHA-256 of the consensus: what a signature agrees to.

    Orders, stock and capacity are no part of it; the quantities by item, segment and bucket are.
    """
    timeline = Timeline.of(plant)
    digest = hashlib.sha256(f"{plant.start} {plant.timezone}".encode())
    for (item, segment), row in consensus(plant, timeline, Lookup(plant)).items():
        digest.update(f"\n{item}\t{segment}\t{','.join(map(str, row.tolist()))}".encode())
    return digest.hexdigest()


def signed(plant: Plant) -> tuple[tuple[Signature, bool], ...]:
    """Return the signatures of the last cycle, each with whether it is for the consensus as it stands."""
    if not plant.signatures:
        return ()
    last = max(plant.signatures, key=lambda row: (row.signed, row.cycle)).cycle
    current = demand_hash(plant)
    return tuple((row, row.demand_hash == current) for row in plant.signatures if row.cycle == last)
