"""How a CSV export is written: encoding, separator, header.

Everything is decided from the whole file, never from its first lines; what cannot be decided is a
finding, never a guess.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from capacityplan.errors import DataError, Finding

_SEPARATORS = (",", ";", "\t", "|")
_LONGEST_CELL = 1 << 26
_MOST_TITLES = 50
_FRAME, _SHORTEST_FRAME = "-+=|_", 10
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
"""Byte-order marks and the encodings that they announce."""
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
"""First line by which a spreadsheet is told the separator."""


@dataclass(frozen=True, slots=True)
class Text:
    """A file as text cells.

    Attributes
    ----------
    lines : sequence of int
        Line of the file on which each row ends.
    titles : int
        Rows above the header.
    numbers : mapping of str to set of int
        Lines on which a column of a workbook holds a number, and not a text that looks like one.
    """

    file: str
    encoding: str
    separator: str
    header: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    lines: Sequence[int]
    sheet: str = ""
    titles: int = 0
    numbers: Mapping[str, frozenset[int]] = field(default_factory=dict)

    def column(self, name: str) -> list[str]:
        """All cells below a name."""
        place = self.header.index(name)
        return [row[place].strip() for row in self.rows]

    def finding(
        self, code: str, message: str, column: str = "", place: int | None = None, **more: str
    ) -> Finding:
        """Make a finding at a cell of the file."""
        line = None if place is None else self.lines[place]
        return Finding(code, message, self.file, self.sheet, line, column, **more)

    def problem(
        self, code: str, message: str, column: str = "", place: int | None = None, **more: str
    ) -> DataError:
        """Return the error for a cell of the file."""
        return DataError((self.finding(code, message, column, place, **more),))


Finder = Callable[[Sequence[str]], bool]
"""Whether a row is the header that is looked for."""


def read_text(data: bytes, file: str, stated: str = "", skip: int = 0, finder: Finder | None = None) -> Text:
    """Find encoding, separator and header, and cut a file into cells.

    Parameters
    ----------
    stated : str
        Encoding that the profile names; empty: found out.
    skip : int
        Lines above the header.
    finder : callable, optional
        Tells the header; rows above it are titles. Where no row is one, the first is taken for it.

    Raises
    ------
    DataError
        If the file is no table: with the row at which it fails.
    """
    content, encoding = _decoded(data, file, stated)
    if "\0" in content:
        line = content.count("\n", 0, content.index("\0")) + 1
        raise _error("control_character", "the file has a NUL character", file, line, "text")
    above = content.splitlines(keepends=True)[:skip] if skip else []
    content = content[sum(map(len, above)) :]
    told = _SEPARATOR_LINE.match(content)
    if told is not None:
        above.append(told[0])
        content = content[told.end() :]
    if not content.strip():
        raise _error("empty_file", "the file is empty", file, len(above) + 1, "a header row")
    csv.field_size_limit(_LONGEST_CELL)
    cut = _cut(content, (told[1],) if told else _SEPARATORS, finder)
    if cut.fault is not None:
        line, message, expected = cut.fault
        raise _error("ragged_row", message, file, line + len(above), expected)
    lines = [line + len(above) for line in cut.lines]
    return named(Text(file, encoding, cut.separator, cut.header, cut.rows, lines, titles=cut.titles))


def _cut(content: str, separators: Sequence[str], finder: Finder | None) -> _Cut:
    """Cut at the separator that makes a table: with the header looked for, else the most columns."""
    heads = [(separator, _head(content, separator, finder)) for separator in separators]
    found = [pair for pair in heads if pair[1].found] or heads
    best: _Cut | None = None
    for separator, head in sorted(found, key=lambda pair: -pair[1].width):
        cut = _Cut(content, separator, head)
        # A table of one column has no separator; one that a separator would cut is not such a table.
        if cut.fault is None and (cut.width > 1 or best is None):
            return cut
        best = best or cut
    assert best is not None, "there is a separator"
    return best


@dataclass(frozen=True, slots=True)
class _Head:
    """Where the header stands among a file's rows, whether it was found, and its width."""

    place: int
    found: bool
    width: int


def _head(content: str, separator: str, finder: Finder | None) -> _Head:
    rows = []
    try:
        for row in csv.reader(io.StringIO(content, newline=""), delimiter=separator, strict=True):
            if _says_something(row):
                rows.append(row)
            if len(rows) > _MOST_TITLES or (rows and finder is None):
                break
    except csv.Error:
        pass
    for place, row in enumerate(rows):
        if finder is not None and finder(row):
            return _Head(place, True, len(row))
    return _Head(0, False, len(rows[0]) if rows else 0)


def _says_something(row: Sequence[str]) -> bool:
    """Whether a row is more than blanks or the frame of a printed list."""
    text = "".join(row)
    if not text or text.isspace():
        return False
    return text[0] not in _FRAME or len(text) < _SHORTEST_FRAME or bool(text.strip(_FRAME))


class _Cut:
    """A text cut at one separator; ``fault`` says where it is no table."""

    def __init__(self, content: str, separator: str, head: _Head) -> None:
        self.separator, self.titles = separator, head.place if head.found else 0
        self.header: tuple[str, ...] = ()
        self.rows: list[list[str]] = []
        self.lines: list[int] = []
        self.fault: tuple[int, str, str] | None = None
        self._last = 0
        try:
            self._read(content, head)
        except csv.Error:
            self.fault = self.fault or (
                self._last + 1,
                "a double quote is not closed or stands inside a cell",
                "quotes around the whole cell, doubled inside it",
            )

    def _read(self, content: str, head: _Head) -> None:
        reader = csv.reader(io.StringIO(content, newline=""), delimiter=self.separator, strict=True)
        place = 0
        for row in reader:
            if not _says_something(row):
                continue
            place, self._last = place + 1, reader.line_num
            if place <= self.titles:
                continue
            if not self.header:
                self.header = tuple(cell.strip() for cell in row)
                width = len(row)
                continue
            if len(row) != width and self.fault is None:
                self.fault = (reader.line_num, f"the row has {len(row)} cell(s)", f"{width} as in the header")
            self.rows.append(row)
            self.lines.append(reader.line_num)

    @property
    def width(self) -> int:
        return len(self.header)


def named(text: Text) -> Text:
    """Check the names of the columns; columns without name and content are left out.

    Raises
    ------
    DataError
        If a name stands twice, or cells stand below no name.
    """
    repeated = {name for name in text.header if name and text.header.count(name) > 1}
    if repeated:
        raise text.problem("repeated_column", "the header has a name twice", min(repeated))
    kept = [place for place, name in enumerate(text.header) if name]
    for place, name in enumerate(text.header):
        full = None if name else next((n for n, row in enumerate(text.rows) if row[place].strip()), None)
        if full is not None:
            raise text.problem(
                "unnamed_column",
                f"column {place + 1} has no name in the header",
                "",
                full,
                value=text.rows[full][place].strip(),
                expected="a name in the header row",
            )
    if len(kept) == len(text.header):
        return text
    header = tuple(text.header[place] for place in kept)
    rows = [[row[place] for place in kept] for row in text.rows]
    return replace(text, header=header, rows=rows)


def _decoded(data: bytes, file: str, stated: str) -> tuple[str, str]:
    if stated:
        return _read_as(data, stated, file).removeprefix("\ufeff"), stated
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _read_as(data[len(mark) :], encoding, file), f"{encoding} with a byte-order mark"
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _read_as(data, "cp1252", file), "windows-1252"


def _read_as(data: bytes, encoding: str, file: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _error(
            "wrong_encoding",
            f"a character is not {encoding}",
            file,
            line,
            f"text in {encoding}",
            'state encoding = "..." for this file in the profile',
        ) from None


def _error(code: str, message: str, file: str, line: int, expected: str, hint: str = "") -> DataError:
    return DataError((Finding(code, message, file, row=line, expected=expected, hint=hint),))
