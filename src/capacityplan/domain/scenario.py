"""Scenarios: named deltas on a plant's tables, in the words and units of the instance format."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

Cells = tuple[tuple[str, str], ...]
"""Column names with the text of a cell."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a table.

    Attributes
    ----------
    table : str
        A table of the instance format, or ``plant`` for its settings.
    where : tuple of (column, texts)
        Rows that are meant: every column holds one of its texts; none: all rows.
    set, scale, shift : Cells
        New values; factors; days by which dates move.
    add : tuple of Cells
        New rows.
    remove : bool
    line : int
        Line of the file at which the change begins.
    """

    table: str
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    set: Cells = ()
    scale: Cells = ()
    shift: Cells = ()
    add: tuple[Cells, ...] = ()
    remove: bool = False
    line: int = 1


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named set of changes, with the probability that it comes true (None: not stated)."""

    name: str
    changes: tuple[Change, ...] = ()
    probability: Fraction | None = None
    description: str = ""
    file: str = ""
