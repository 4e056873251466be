"""First expired first out: which quantities expire, and who finds nothing that keeps long enough."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

EVENTS = """
SELECT e.item, e.kind, e.at, e.b, e.quantity, h.expires, coalesce(i.min_remaining_life_days, 0) * 1440,
       CASE WHEN e.b < z.window THEN e.minute ELSE (SELECT begins FROM bucket x WHERE x.t = e.b) END
FROM event e JOIN items i ON i.item = e.item
LEFT JOIN held h ON h.object = e.object AND e.kind = 'release', setting z
WHERE e.item IN (SELECT item FROM held WHERE expires IS NOT NULL) AND e.b < z.buckets
  AND e.kind NOT IN ('arrival', 'own')
ORDER BY e.item, e.at, CASE e.kind WHEN 'release' THEN 0 WHEN 'consumption' THEN 1 ELSE 2 END
"""
HELD = """
SELECT h.item, h.accepted, (SELECT count(*) FROM bucket b WHERE b.ends < h.expires),
       (SELECT b FROM event e WHERE e.kind = 'release' AND e.object = h.object AND e.item = h.item)
FROM held h WHERE h.expires IS NOT NULL AND h.completed IS NOT NULL
"""


@dataclass
class Batch:
    """What is left of a released quantity."""

    expires: float
    left: int


def expire(base: sqlite3.Connection) -> None:
    """Fill the tables of expired quantities (by bucket) and of items that ran out of fresh stock."""
    base.execute("CREATE TABLE expired (item, b, quantity, free, whole)")
    base.execute("CREATE TABLE stale (item)")
    batches: dict[str, list[Batch]] = {}
    plain: dict[str, int] = {}
    for item, kind, _, b, quantity, expires, margin, minute in base.execute(EVENTS).fetchall():
        shelf = batches.setdefault(item, [])
        plain[item] = plain.get(item, 0) + quantity
        if kind == "release":
            gone = expires is not None and _bucket(base, expires) < b
            shelf.append(Batch(float("inf") if expires is None else expires, 0 if gone else quantity))
        elif _take(shelf, -quantity, minute, margin if kind == "delivery" else 0) and plain[item] >= 0:
            base.execute("INSERT INTO stale VALUES (?)", (item,))
    for item, shelf in batches.items():
        for batch in shelf:
            if batch.left and batch.expires < float("inf"):
                row = (item, _bucket(base, batch.expires), batch.left, 1, 1)
                base.execute("INSERT INTO expired VALUES (?, ?, ?, ?, ?)", row)
    for item, accepted, b, released in base.execute(HELD).fetchall():
        if released is not None and released > b:
            # It stays on hold until its decision, and leaves at once.
            base.execute("INSERT INTO expired VALUES (?, ?, ?, 1, 1)", (item, released, accepted))


def _take(shelf: list[Batch], quantity: int, minute: int, margin: int) -> int:
    """Take the earliest expiring that keep long enough; return what is missing."""
    for batch in sorted(shelf, key=lambda one: one.expires):
        if batch.expires > minute and batch.expires >= minute + margin:
            taken = min(batch.left, quantity)
            batch.left -= taken
            quantity -= taken
    return quantity


def _bucket(base: sqlite3.Connection, minute: Any) -> int:
    found: int = base.execute("SELECT count(*) FROM bucket WHERE ends < ?", (minute,)).fetchone()[0]
    return found
