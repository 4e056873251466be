"""Projections of two plants side by side: what is projected more or less, by item, segment and stream."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import lcm

import numpy as np
import pandas as pd

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Plant
from capacityplan.exchange.texts import number_text

_KEY = ["item", "segment", "stream"]
_QUANTITIES = ["quantity", "low", "high"]
_DUE = [*_KEY, "start", "end", "quantity"]
_ROW = [*_DUE, "low", "high", "certainty", "weight_millionths", "author", "dated"]


def projection_changes(before: Plant, after: Plant) -> Iterator[tuple[str, str]]:
    """Yield what is projected otherwise, the largest change of quantity first.

    Yields
    ------
    name, text : str
        ``item/segment/stream``, and the quantity of all its rows before and after, in units; where it is the
        same, what else differs.
    """
    names = sorted({*before.projections.names, *after.projections.names})
    scales = [Lookup(plant).scale for plant in (before, after)]
    common = {name: lcm(*(scale.get(name, 1) for scale in scales)) for name in scales[0] | scales[1]}
    old, new = (
        _rows(plant, names, {name: common[name] // scale[name] for name in scale})
        for plant, scale in zip((before, after), scales, strict=True)
    )
    sides = pd.concat([old.assign(more=-1), new.assign(more=1)])
    changed, due = (_changed(sides, columns) for columns in (_ROW, _DUE))
    sums = [side.groupby(_KEY)["quantity"].sum() for side in (old, new)]
    table = pd.DataFrame({"was": sums[0], "now": sums[1]}).reindex(changed)
    table["change"] = (table["now"].fillna(0) - table["was"].fillna(0)).abs()
    table = table.sort_values("change", ascending=False, kind="stable")
    for key, *both in zip(table.index.tolist(), table["was"].tolist(), table["now"].tolist(), strict=True):
        scale = common[names[key[0]]]
        was, now = (None if np.isnan(value) else number_text(Fraction(int(value), scale)) for value in both)
        yield "/".join(names[code] for code in key if names[code]), _text(was, now, key in due)


def _text(was: str | None, now: str | None, due: bool) -> str:
    if was is None or now is None:
        return f"new, quantity {now}" if was is None else f"removed, quantity {was}"
    if was != now:
        return f"quantity {was} to {now}"
    return f"quantity {now} on other days" if due else "other weights, ranges, certainty or authors"


def _rows(plant: Plant, names: list[str], times: dict[str, int]) -> pd.DataFrame:
    """Rows of projections with texts as places in ``names``, and quantities that many times as large."""
    rows = plant.projections
    place = {name: code for code, name in enumerate(names)}
    codes = np.array([place[name] for name in rows.names], dtype=np.int64)
    found = {name: getattr(rows, name) for name in _ROW}
    for name in (*_KEY, "certainty", "author", "dated"):
        found[name] = codes[found[name]]
    factor = np.array([times.get(name, 1) for name in names], dtype=np.int64)[found["item"]]
    for name in _QUANTITIES:
        found[name] = np.where(found[name] < 0, found[name], found[name] * factor)
    return pd.DataFrame(found)


def _changed(sides: pd.DataFrame, columns: list[str]) -> pd.MultiIndex:
    """Keys of which one side has rows, told by some columns, that the other has not."""
    more = sides.groupby(columns)["more"].sum()
    return pd.MultiIndex.from_frame(more[more != 0].reset_index()[_KEY].drop_duplicates().sort_values(_KEY))
