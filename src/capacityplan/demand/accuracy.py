"""How good each stream's projections were: MAPE, WAPE, bias, and value added against a naive forecast.

With actual sales ``a`` and projections ``f`` of the same days (Hyndman and Koehler 2006; Gilliland 2010 for
the value added): MAPE is the mean of ``|f - a| / a`` over periods with sales, WAPE is ``sum |f - a| /
sum a``, bias is ``sum (f - a) / sum a``, and the forecast value added is the naive forecast's WAPE less the
stream's, over the same periods. The naive forecast of a period is what was sold in the period before it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

from capacityplan.domain.plant import History, Plant

Period = tuple[int, int]
Series = dict[Period, int]
Pair = tuple[Fraction, Fraction, Fraction | None]


@dataclass(frozen=True, slots=True)
class Accuracy:
    """A stream's record for an item and segment (all items: empty names).

    Attributes
    ----------
    periods : int
        Periods with both a projection and sales.
    mape, wape, bias : Fraction or None
        None where nothing was sold.
    value_added : Fraction or None
        Naive WAPE less the stream's WAPE, over the periods that have a period before; None without any.
    """

    stream: str
    item: str
    segment: str
    periods: int
    mape: Fraction | None
    wape: Fraction | None
    bias: Fraction | None
    value_added: Fraction | None


def accuracy(plant: Plant) -> tuple[Accuracy, ...]:
    """Judge every stream in the plant's history: by item and segment, then over all of them (per stream)."""
    sold: dict[tuple[str, str], Series] = defaultdict(dict)
    projected: dict[tuple[str, str, str], Series] = defaultdict(dict)
    for row in plant.history:
        series = projected[row.stream, row.item, row.segment] if row.stream else sold[row.item, row.segment]
        series[row.start, row.end] = row.quantity
    scale = {row.item: Fraction(1, 10**row.precision) for row in plant.items}
    out: list[Accuracy] = []
    pooled: dict[str, list[Pair]] = defaultdict(list)
    for (stream, item, segment), series in sorted(projected.items()):
        pairs = _pairs(series, sold[item, segment], scale[item])
        out.append(_judge(stream, item, segment, pairs))
        pooled[stream] += pairs
    return (*out, *(_judge(stream, "", "", pairs) for stream, pairs in pooled.items()))


def _pairs(series: Series, actual: Series, scale: Fraction) -> list[Pair]:
    """(projected, sold, sold in the period before) of every period that has both."""
    ordered = sorted(actual)
    before = dict(zip(ordered[1:], ordered, strict=False))
    return [
        (
            quantity * scale,
            actual[period] * scale,
            actual[before[period]] * scale if period in before else None,
        )
        for period, quantity in sorted(series.items())
        if period in actual
    ]


def _judge(stream: str, item: str, segment: str, pairs: list[Pair]) -> Accuracy:
    total = sum((sold for _, sold, _ in pairs), Fraction(0))
    shares = [abs(said - sold) / sold for said, sold, _ in pairs if sold]
    with_naive = [(said, sold, naive) for said, sold, naive in pairs if naive is not None]
    base = sum((sold for _, sold, _ in with_naive), Fraction(0))
    added = None
    if base:
        added = (
            sum((abs(naive - sold) - abs(said - sold) for said, sold, naive in with_naive), Fraction(0))
            / base
        )
    return Accuracy(
        stream, item, segment, len(pairs),
        sum(shares, Fraction(0)) / len(shares) if shares else None,
        sum((abs(said - sold) for said, sold, _ in pairs), Fraction(0)) / total if total else None,
        sum((said - sold for said, sold, _ in pairs), Fraction(0)) / total if total else None,
        added,
    )  # fmt: skip


def sales(plant: Plant) -> dict[tuple[str, str], list[History]]:
    """Return past sales by item and segment, by time."""
    out: dict[tuple[str, str], list[History]] = defaultdict(list)
    for row in sorted(plant.history, key=lambda row: row.start):
        if not row.stream:
            out[row.item, row.segment].append(row)
    return out
