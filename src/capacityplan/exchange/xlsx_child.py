"""Reads a workbook in a process of its own: run as a script; readers take only its words for kinds of cells.

Workbook libraries abort the process or fill the memory on hostile files, so this limits
itself and the parent reads its answer (JSON on standard output). Every cell comes back as text, as its
kind says: nothing is inferred from other cells. Standard library and python-calamine only, so
that it starts at once.
"""

from __future__ import annotations

import json
import posixpath
import re
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from xml.etree import ElementTree

MOST_MEMBERS = 2_000
MOST_BYTES = 200_000_000
MOST_RATIO = 100
MEMORY_BYTES = 2 * 1024**3
CPU_SECONDS = 60
SMALL_MEMBER = 1_000_000
"""Members below this size may be packed as densely as they like."""
SMALL_SHEET = 500_000
"""Sheets of fewer cells, the empty ones between counted, may be as empty as they like."""
NUMBER, PERCENT, OTHER = "n", "%", "-"
"""Kinds of cells: a number, one that is shown as a percentage, anything else."""
_EXACT_FLOAT = 1e15
_PERCENT_FORMATS = {"9", "10"}
"""Number formats that every workbook has: 0% and 0.00%."""
_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
"""What a number format only writes, or says of colours."""
_SUSPECT = re.compile(rb"""t=["']e["']|<(?:[A-Za-z0-9_]+:)?f[ >/]""")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class Refused(Exception):
    """A workbook that is not read: code and message."""


def limit() -> None:
    """Limit this process's memory and time, where the system can."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def precheck(path: str) -> None:
    """Refuse a workbook by its zip directory, before anything is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise Refused("not_xlsx", "this is not an Excel workbook (.xlsx)") from error
    if len(members) > MOST_MEMBERS:
        raise Refused("hostile_file", f"the workbook has more than {MOST_MEMBERS} parts")
    if sum(member.file_size for member in members) > MOST_BYTES:
        raise Refused("too_large", f"the workbook unpacks to more than {MOST_BYTES // 10**6} MB")
    for member in members:
        ratio = member.file_size / max(member.compress_size, 1)
        if member.file_size > SMALL_MEMBER and ratio > MOST_RATIO:
            raise Refused("hostile_file", "a part of the workbook is packed more than 100 times")
        if member.filename.startswith("/") or ".." in member.filename.split("/"):
            raise Refused("hostile_file", "a part of the workbook points outside it")
        if member.filename.lower().endswith("vbaproject.bin"):
            raise Refused("hostile_file", "the workbook has macros")


def sized(sheet: Any, name: str, written: int) -> None:
    """Refuse a sheet that is nearly all empty: a cell far away makes every row as long as a table.

    Parameters
    ----------
    written : int
        Bytes of the sheet: a cell takes ten or more, so with fewer bytes than cells nearly none is filled.
    """
    height, width = (last + 1 for last in sheet.end or (-1, -1))
    if height * width > max(SMALL_SHEET, written):
        message = (
            f"the sheet {name} is nearly empty and reaches to row {height}, column {width}: "
            "delete the cell that stands far away"
        )
        raise Refused("hostile_file", message)


def text_of(value: Any) -> str:
    """Write a cell as text, by its own kind."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _EXACT_FLOAT else repr(value)
    if isinstance(value, datetime):
        return _rounded(value).isoformat(timespec="seconds")
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}" + (f":{seconds:02d}" if seconds else "")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return _rounded(datetime.combine(date(2000, 1, 1), value)).time().isoformat(timespec="minutes")
    return str(value)


def _rounded(moment: datetime) -> datetime:
    """Round to the second: spreadsheets keep times as fractions of a day."""
    return (moment + timedelta(microseconds=500_000)).replace(microsecond=0)


def sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Zip member of every sheet, by name."""
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    parts = {}
    for sheet in book.iter():
        if sheet.tag.endswith("}sheet"):
            target = targets.get(sheet.get(_RELATION), "")
            parts[sheet.get("name", "")] = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
    return parts


def faulty_cells(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[str, str]]:
    """Yield error cells and formulas without a stored value, which the library reads as blanks."""
    if not _SUSPECT.search(archive.read(part)):
        return
    with archive.open(part) as stream:
        for _, cell in ElementTree.iterparse(stream):
            kind = cell.tag.rpartition("}")[2]
            if kind == "c":
                inside = {child.tag.rpartition("}")[2]: child.text for child in cell}
                if cell.get("t") == "e":
                    yield cell.get("r", ""), inside.get("v") or "#ERROR"
                elif "f" in inside and inside.get("v") is None:
                    yield cell.get("r", ""), "#FORMULA"
            if kind in ("c", "row"):
                cell.clear()


def percent_styles(archive: zipfile.ZipFile) -> frozenset[str]:
    """Numbers of the cell styles that show a number as a percentage."""
    try:
        sheet = ElementTree.fromstring(archive.read("xl/styles.xml"))
    except KeyError:
        return frozenset()
    own = {}
    styles: list[str] = []
    for part in sheet:
        kind = part.tag.rpartition("}")[2]
        if kind == "numFmts":
            own = {one.get("numFmtId"): one.get("formatCode", "") for one in part}
        elif kind == "cellXfs":
            styles = [one.get("numFmtId", "0") for one in part]
    shown = {name for name, code in own.items() if "%" in _LITERAL.sub("", code)} | _PERCENT_FORMATS
    return frozenset(str(number) for number, name in enumerate(styles) if name in shown)


def percent_cells(archive: zipfile.ZipFile, part: str, styles: frozenset[str]) -> set[tuple[int, int]]:
    """Rows and columns (from 0) of a sheet's cells in some styles."""
    suspects = "|".join(styles).encode()
    if not styles or not re.search(rb"""\ss=["'](?:%s)["']""" % suspects, archive.read(part)):
        return set()
    found = set()
    with archive.open(part) as stream:
        for _, cell in ElementTree.iterparse(stream):
            kind = cell.tag.rpartition("}")[2]
            if kind == "c" and cell.get("s") in styles:
                found.add(position(cell.get("r", "")))
            if kind in ("c", "row"):
                cell.clear()
    return found


def kind_of(value: Any, shown_as_percent: bool) -> str:
    """Say whether a cell is a number, or one that is shown as a percentage, or neither."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return OTHER
    return PERCENT if shown_as_percent else NUMBER


def position(reference: str) -> tuple[int, int]:
    """Row and column (from 0) of a cell reference like B3."""
    letters = reference.rstrip("0123456789")
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(reference[len(letters) :] or 1) - 1, column - 1


def read_book(path: str) -> dict[str, Any]:
    """Read all sheets: columns of text, and the kinds of their cells, by name in the workbook's order."""
    from python_calamine import CalamineWorkbook

    precheck(path)
    sheets: list[dict[str, Any]] = []
    with zipfile.ZipFile(path) as archive:
        parts, styles = sheet_parts(archive), percent_styles(archive)
        book = CalamineWorkbook.from_path(path)
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            sized(sheet, name, archive.getinfo(parts[name]).file_size)
            rows = sheet.to_python(skip_empty_area=False)
            texts = [[text_of(value) for value in row] for row in rows]
            for reference, fault in faulty_cells(archive, parts[name]):
                row, column = position(reference)
                if row < len(texts) and column < len(texts[row]):
                    texts[row][column] = fault
            shown = percent_cells(archive, parts[name], styles)
            kinds = [
                [kind_of(value, (line, place) in shown) for place, value in enumerate(row)]
                for line, row in enumerate(rows)
            ]
            sheets.append(
                {
                    "name": name,
                    "columns": [list(column) for column in zip(*texts, strict=True)],
                    "kinds": ["".join(column) for column in zip(*kinds, strict=True)],
                }
            )
    return {"sheets": sheets}


def main(path: str) -> None:
    """Answer with the sheets, or with the reason why not."""
    limit()
    try:
        answer = read_book(path)
    except Refused as refused:
        answer = {"refused": list(refused.args)}
    except MemoryError:
        answer = {"refused": ["too_large", "the workbook needs too much memory"]}
    except BaseException as error:
        # The library also panics with exceptions outside Exception; the parent needs one answer.
        answer = {"refused": ["not_xlsx", f"the workbook cannot be read ({type(error).__name__})"]}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
