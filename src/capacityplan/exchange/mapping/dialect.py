"""How a CSV export is written: encoding, separator, header.

Everything is decided from the whole file, never from its first lines; what cannot be decided is a
finding, never a guess.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from dataclasses import dataclass, replace

from capacityplan.errors import DataError, Finding

_SEPARATORS = (",", ";", "\t", "|")
_LONGEST_CELL = 1 << 26
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
"""Byte-order marks and the encodings that they announce."""
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
"""First line by which a spreadsheet is told the separator."""


@dataclass(frozen=True, slots=True)
class Text:
    """A file as text cells.

    Attributes
    ----------
    lines : tuple of int
        Line of the file on which each row ends.
    """

    file: str
    encoding: str
    separator: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    sheet: str = ""

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


def read_text(data: bytes, file: str, stated: str = "", skip: int = 0) -> Text:
    """Find encoding and separator, and cut a file into cells.

    Parameters
    ----------
    stated : str
        Encoding that the profile names; empty: found out.
    skip : int
        Lines above the header.

    Raises
    ------
    DataError
        If the file is no table: with the row at which it fails.
    """
    content, encoding = _decoded(data, file, stated)
    if "\0" in content:
        line = content.count("\n", 0, content.index("\0")) + 1
        raise _error("control_character", "the file has a NUL character", file, line, "text")
    above = content.splitlines(keepends=True)[:skip]
    content = content[sum(map(len, above)) :]
    told = _SEPARATOR_LINE.match(content)
    if told is not None:
        above.append(told[0])
        content = content[told.end() :]
    if not content.strip():
        raise _error("empty_file", "the file is empty", file, len(above) + 1, "a header row")
    csv.field_size_limit(_LONGEST_CELL)
    cuts = [_Cut(content, separator) for separator in ((told[1],) if told else _SEPARATORS)]
    widest = max(cuts, key=lambda cut: (cut.fault is None, cut.width))
    if widest.width <= 1:
        # A table of one column has no separator; one that a separator would cut is not such a table.
        widest = max(cuts, key=lambda cut: cut.width)
    if widest.fault is not None:
        line, message, expected = widest.fault
        raise _error("ragged_row", message, file, line + len(above), expected)
    lines = tuple(line + len(above) for line in widest.lines[1:])
    return named(Text(file, encoding, widest.separator, widest.header, tuple(widest.rows[1:]), lines))


class _Cut:
    """A text cut at one separator; ``fault`` says where it is no table."""

    def __init__(self, content: str, separator: str) -> None:
        self.separator = separator
        self.rows: list[tuple[str, ...]] = []
        self.lines: list[int] = []
        self.fault: tuple[int, str, str] | None = None
        reader = csv.reader(io.StringIO(content, newline=""), delimiter=separator, strict=True)
        try:
            for row in reader:
                if any(cell.strip() for cell in row):
                    self.rows.append(tuple(row))
                    self.lines.append(reader.line_num)
        except csv.Error:
            line = (self.lines[-1] if self.lines else 0) + 1
            self.fault = (
                line,
                "a double quote is not closed or stands inside a cell",
                "quotes around the whole cell, doubled inside it",
            )
        for cells, line in zip(self.rows, self.lines, strict=True):
            if len(cells) != self.width and (self.fault is None or line < self.fault[0]):
                self.fault = (line, f"the row has {len(cells)} cell(s)", f"{self.width} as in the header")

    @property
    def width(self) -> int:
        return len(self.rows[0]) if self.rows else 0

    @property
    def header(self) -> tuple[str, ...]:
        return tuple(cell.strip() for cell in self.rows[0])


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
    header = tuple(text.header[place] for place in kept)
    rows = tuple(tuple(row[place] for place in kept) for row in text.rows)
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
