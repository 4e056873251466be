"""Tables as they stand in a file, before anything is understood: text cells with their rows."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from capacityplan.errors import Finding

Texts = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class RawTable:
    """One table of text cells.

    Attributes
    ----------
    table, file : str
    header : tuple of str
    cells : tuple of (rows,) object
        One array of str per header cell.
    rows : (rows,) int64
        Row of each record as the user counts it in the file, the header's included.
    """

    table: str
    file: str
    header: tuple[str, ...]
    cells: tuple[Texts, ...]
    rows: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Setting:
    """One value of the plant's head: dotted key, text, and the row it stands in."""

    key: str
    text: str
    row: int


@dataclass(slots=True)
class RawPlant:
    """Everything found in an instance's files.

    Attributes
    ----------
    head : str
        File that holds the plant's settings.
    broken : set of str
        Tables that are there but could not be read as tables.
    """

    head: str
    settings: list[Setting] = field(default_factory=list)
    tables: dict[str, RawTable] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)


def from_columns(table: str, file: str, columns: list[Texts]) -> RawTable:
    """Take the header off columns of cells and leave out rows without any text."""
    header = tuple(str(column[0]).strip() for column in columns)
    used = np.zeros(len(columns[0]), dtype=bool)
    for column in columns:
        used |= column != ""
    used[0] = False
    rows = np.flatnonzero(used)
    return RawTable(table, file, header, tuple(column[rows] for column in columns), rows + 1)
