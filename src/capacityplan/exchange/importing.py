"""What an importer hands back: the plant, and the account of every row it was given."""

from __future__ import annotations

import dataclasses
import json
import time
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from capacityplan.domain.plant import Plant
from capacityplan.exchange.incremental import Difference
from capacityplan.exchange.texts import number_text

SYSTEMS = ("sap", "odoo", "erpnext", "dynamics", "sage", "netsuite", "frepple", "tables")
"""What can be imported; ``tables`` needs a profile of its own."""
_SECONDS_PER_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file turned out to be written, decided from all of it."""

    file: str
    encoding: str
    separator: str
    decimal: str
    dates: str

    def text(self) -> str:
        """Write the dialect as one line."""
        cells = f"cells separated by {self.separator!r}, " if self.separator != "-" else ""
        return f"{self.file}: {self.encoding}, {cells}decimal mark {self.decimal!r}, dates {self.dates}"


@dataclass(frozen=True, slots=True)
class TableCount:
    """Rows of a source table: read = used + ignored."""

    table: str
    read: int
    used: int
    ignored: int


@dataclass(frozen=True, slots=True)
class Filled:
    """Rows that a table of the instance got, with the sum of their quantities (empty: it has none)."""

    table: str
    rows: int
    quantity: str

    def text(self) -> str:
        """Write the count as one line."""
        line = f"into {self.table}: {self.rows} row{'s' if self.rows != 1 else ''}"
        return f"{line}, quantity {self.quantity} in all" if self.quantity else line


@dataclass(frozen=True, slots=True)
class Note:
    """Why something of the source is not, or not exactly, in the plant.

    ``kind`` is ``ignored`` (rows left out), ``changed`` (taken over differently), ``default`` (the
    source says nothing, this was assumed) or ``unread`` (columns of a file that hold something).
    ``example`` names one of the ``rows`` concerned.
    """

    kind: str
    table: str
    reason: str
    rows: int = 1
    example: str = ""

    def text(self) -> str:
        """Write the note as one line."""
        line = f"{self.kind}: {self.table}: {self.reason}"
        if self.kind in ("ignored", "changed"):
            line += f" ({self.rows} row{'s' if self.rows != 1 else ''}"
            line += f", for example {self.example})" if self.example else ")"
        return line


@dataclass(frozen=True, slots=True)
class Age:
    """How old a file was when it was read; ``stale``: older than was allowed."""

    file: str
    days: str
    stale: bool


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The reconciliation of an import with its source."""

    source: str
    tables: tuple[TableCount, ...]
    notes: tuple[Note, ...]
    dialects: tuple[Dialect, ...] = ()
    filled: tuple[Filled, ...] = ()
    differences: tuple[Difference, ...] = ()
    ages: tuple[Age, ...] = ()

    def text(self) -> str:
        """Write the report for a person to read."""
        lines = [f"import of {self.source}"]
        lines += [dialect.text() for dialect in self.dialects]
        width = max((len(row.table) for row in self.tables), default=5)
        lines.append(f"{'table':{width}}  {'read':>8}  {'used':>8}  {'ignored':>8}")
        lines += [
            f"{row.table:{width}}  {row.read:>8}  {row.used:>8}  {row.ignored:>8}" for row in self.tables
        ]
        lines += [filled.text() for filled in self.filled]
        lines += [note.text() for note in self.notes]
        lines += [f"data age: {age.file}: {age.days} days old{', too old' * age.stale}" for age in self.ages]
        lines += [difference.text() for difference in self.differences]
        return "\n".join(lines)

    def json(self) -> str:
        """Write the report for a program to read."""
        return json.dumps(dataclasses.asdict(self), indent=1, ensure_ascii=False) + "\n"


@dataclass(frozen=True, slots=True)
class ImportResult:
    """An imported plant with its reconciliation report."""

    plant: Plant
    report: ImportReport


def with_ages(
    report: ImportReport, source: Path, oldest_days: float, now: float | None = None
) -> ImportReport:
    """Tell the age of the files that were read, by when they were last written.

    Parameters
    ----------
    oldest_days : float
        Files that are older are stale.
    now : float, optional
        Seconds since 1970; None: the clock's.
    """
    moment = time.time() if now is None else now
    files = sorted({file for dialect in report.dialects for file in _files(source, dialect.file)})
    ages = []
    for file in files:
        days = max(0.0, moment - file.stat().st_mtime) / _SECONDS_PER_DAY
        ages.append(Age(file.name, f"{days:.1f}", days > oldest_days))
    return replace(report, ages=tuple(ages))


def _files(source: Path, pattern: str) -> list[Path]:
    """Files that a name or a pattern stands for."""
    return [
        path
        for path in ([source / pattern] if "*" not in pattern else source.glob(pattern))
        if path.is_file()
    ]


@dataclass(slots=True)
class Journal:
    """Collects, while an import runs, what became of every row."""

    read: dict[str, int] = field(default_factory=dict)
    dialects: list[Dialect] = field(default_factory=list)
    _unread: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _filled: dict[str, tuple[int, Fraction | None]] = field(default_factory=dict)
    _ignored: dict[str, int] = field(default_factory=dict)
    _notes: dict[tuple[str, str, str], tuple[int, str]] = field(default_factory=dict)

    def count(self, table: str, rows: int) -> None:
        """Note how many rows a table has."""
        self.read[table] = self.read.get(table, 0) + rows

    def fill(self, table: str, rows: int, quantity: Fraction | None) -> None:
        """Note the rows that a table of the instance got, and the sum of their quantities, if any."""
        known, total = self._filled.get(table, (0, None))
        if quantity is not None:
            total = quantity + (total or Fraction(0))
        self._filled[table] = (known + rows, total)

    def ignore(self, table: str, reason: str, example: str = "", rows: int = 1) -> None:
        """Leave rows out, for a reason."""
        if not rows:
            return
        self._ignored[table] = self._ignored.get(table, 0) + rows
        self._add("ignored", table, reason, example, rows)

    def leave(self, file: str, columns: tuple[str, ...]) -> None:
        """Note columns of a file that are not read; one that is read several times has them all in common."""
        before = self._unread.get(file, columns)
        self._unread[file] = tuple(name for name in before if name in columns)

    def change(self, table: str, reason: str, example: str = "", rows: int = 1) -> None:
        """Take rows over differently from what they say."""
        self._add("changed", table, reason, example, rows)

    def default(self, table: str, reason: str) -> None:
        """Assume what the source does not say."""
        self._add("default", table, reason, "", 1)

    def _add(self, kind: str, table: str, reason: str, example: str, rows: int) -> None:
        known, first = self._notes.get((kind, table, reason), (0, example))
        self._notes[kind, table, reason] = (known + rows, first)

    def report(self, source: str) -> ImportReport:
        """Close the account."""
        tables = tuple(
            TableCount(table, rows, rows - self._ignored.get(table, 0), self._ignored.get(table, 0))
            for table, rows in self.read.items()
        )
        notes = tuple(Note(*key, rows, example) for key, (rows, example) in self._notes.items())
        notes += tuple(
            Note("unread", file, f"columns {', '.join(columns)}")
            for file, columns in self._unread.items()
            if columns
        )
        filled = tuple(
            Filled(table, rows, "" if total is None else number_text(total))
            for table, (rows, total) in self._filled.items()
            if rows
        )
        return ImportReport(source, tables, notes, tuple(self.dialects), filled)
