"""An instance as a folder: ``plant.toml`` and one CSV file per table."""

from __future__ import annotations

import io
import re
import tomllib
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from capacityplan.errors import Finding
from capacityplan.exchange.raw import RawPlant, RawTable, Setting, from_columns
from capacityplan.exchange.tables import BY_NAME, UNSUPPORTED_TABLES
from capacityplan.exchange.texts import did_you_mean

HEAD_FILE = "plant.toml"
_SECTION = re.compile(r"\s*\[\s*([A-Za-z0-9_.-]+)\s*\]")
_KEY = re.compile(r"""\s*["']?([A-Za-z0-9_.-]+)["']?\s*=""")
_SPREADSHEETS = {".xlsx", ".xls", ".xlsm", ".ods", ".tsv", ".txt", ".json"}


def read_folder(folder: Path) -> RawPlant:
    """Read every file of an instance folder as it stands."""
    raw = RawPlant(HEAD_FILE)
    head = folder / HEAD_FILE
    if head.is_file():
        _read_head(head, raw)
    elif (folder / "plan.json").is_file():
        raw.broken |= {"plant", *BY_NAME}
        raw.findings.append(
            Finding("plan_folder", "this is the folder of a plan, not an instance", folder.name,
                    expected=f"a folder with {HEAD_FILE}",
                    hint=f"the instance that the plan was made from is {folder.name}/instance.json")
        )  # fmt: skip
        return raw
    else:
        raw.broken.add("plant")
        raw.findings.append(Finding("missing_file", f"{HEAD_FILE} is missing", HEAD_FILE, "plant"))
    for path in sorted(folder.iterdir()):
        _take_file(path, raw)
    return raw


def _take_file(path: Path, raw: RawPlant) -> None:
    table, suffix = path.stem, path.suffix
    if path.is_dir() and path.name == "scenarios":
        return  # named deltas, read when one is asked for
    if path.is_dir() or suffix != ".csv":
        hint = "tables are files ending in .csv" if table in BY_NAME else "leave it out"
        stands_for_table = table in BY_NAME and suffix.lower() in _SPREADSHEETS | {".csv"}
        if table in UNSUPPORTED_TABLES or stands_for_table:
            code = "unknown_file" if stands_for_table else "not_supported"
            message = "this file is not read" if stands_for_table else "this version cannot plan with it"
            raw.findings.append(Finding(code, message, path.name, table, hint=hint))
        return
    if table not in BY_NAME and table not in UNSUPPORTED_TABLES:
        hint = did_you_mean(table, [*BY_NAME, *UNSUPPORTED_TABLES])
        raw.findings.append(Finding("unknown_table", "this table is not known", path.name, table, hint=hint))
        return
    found = _read_csv(path, raw)
    if found is None:
        raw.broken.add(table)
    elif table in UNSUPPORTED_TABLES:
        refuse_rows(found, raw)
    else:
        raw.tables[table] = found


def refuse_rows(found: RawTable, raw: RawPlant) -> None:
    """Report that a table with rows cannot be planned with in this version."""
    if len(found.rows):
        raw.findings.append(
            Finding("not_supported", "this version cannot plan with this table", found.file, found.table,
                    int(found.rows[0]), expected="no rows")
        )  # fmt: skip


def _read_csv(path: Path, raw: RawPlant) -> RawTable | None:
    def refuse(code: str, message: str, row: int | None, expected: str, hint: str = "") -> None:
        raw.findings.append(Finding(code, message, path.name, path.stem, row, expected=expected, hint=hint))

    try:
        data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        refuse("unreadable_file", f"the file cannot be read: {error.strerror}", None, "a readable file")
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        refuse("not_utf8", "a character is not UTF-8", row, "UTF-8", "save the file as CSV UTF-8")
        return None
    if "\0" in text:
        row = text.count("\n", 0, text.index("\0")) + 1
        refuse("control_character", "the file has a NUL character", row, "text")
        return None
    if not text.strip():
        refuse("empty_file", "the file is empty", 1, "a header row")
        return None
    header = re.split(r"\r?\n|\r", text, maxsplit=1)[0]
    if not header:
        refuse("empty_header", "the first line is empty", 1, "a header row", "take out what is above it")
        return None
    if "," not in header and (";" in header or "\t" in header):
        hint = "save the file as CSV with commas between cells and a point as decimal mark"
        refuse("wrong_separator", "cells are not separated by commas", 1, "commas", hint)
        return None
    ragged = _ragged(data)
    for row, message, expected in ragged:
        hint = "a cell that holds a comma stands in double quotes"
        refuse("ragged_row", message, row, expected, hint)
    if ragged:
        return None
    frame = pd.read_csv(
        io.StringIO(text),
        header=None,
        dtype=str,
        keep_default_na=False,
        skip_blank_lines=False,
        index_col=False,
    )
    columns = [frame[name].to_numpy(dtype=object) for name in frame.columns]
    return from_columns(path.stem, path.name, columns)


def _ragged(data: bytes) -> list[tuple[int, str, str]]:
    """Find records that are not what they seem, without a loop over rows: (row, fault, expected)."""
    buffer = np.frombuffer(data, dtype=np.uint8)
    quotes = buffer == ord('"')
    outside = ~np.logical_xor.accumulate(quotes) if quotes.any() else np.ones(len(buffer), dtype=bool)
    feed, carriage = buffer == ord("\n"), buffer == ord("\r")
    carriage[:-1] &= ~feed[1:]
    ends = np.flatnonzero((feed | carriage) & outside)
    if not outside[-1]:
        return [(len(ends) + 1, "a double quote is never closed", "closed quotes")]
    stray = _stray_quotes(buffer, quotes, outside)
    if len(stray):
        rows = np.unique(np.searchsorted(ends, stray) + 1).tolist()
        return [(row, "a double quote stands inside a cell", "quotes around the whole cell") for row in rows]
    begins = np.concatenate([[0], ends + 1])
    ends = np.concatenate([ends, [len(buffer)]])
    commas = np.concatenate([[0], np.cumsum((buffer == ord(",")) & outside, dtype=np.int64)])
    cells = commas[ends] - commas[begins] + 1
    length = ends - begins
    blank = (length == 0) | ((length == 1) & (buffer[np.minimum(begins, len(buffer) - 1)] == ord("\r")))
    wrong = np.flatnonzero((cells != cells[0]) & ~blank)
    header = f"{cells[0]} as in the header"
    return [(position + 1, f"the row has {cells[position]} cell(s)", header) for position in wrong.tolist()]


def _stray_quotes(
    buffer: npt.NDArray[np.uint8], quotes: npt.NDArray[np.bool_], outside: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int64]:
    """Positions of quotes that neither begin nor end a cell, nor are doubled inside one."""
    borders = np.isin(np.concatenate([[ord("\n")], buffer, [ord("\n")]]), [ord(sign) for sign in ',\n\r"'])
    opening, closing = quotes & ~outside, quotes & outside
    return np.flatnonzero((opening & ~borders[:-2]) | (closing & ~borders[2:]))


def _read_head(path: Path, raw: RawPlant) -> None:
    try:
        text = path.read_bytes().decode("utf-8-sig")
        document = tomllib.loads(text, parse_float=str)
    except UnicodeDecodeError:
        raw.broken.add("plant")
        raw.findings.append(Finding("not_utf8", "a character is not UTF-8", path.name, "plant"))
        return
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raw.broken.add("plant")
        line = re.search(r"at line (\d+)", str(error))
        row = int(line[1]) if line else None
        raw.findings.append(Finding("not_toml", f"this is not TOML: {error}", path.name, "plant", row))
        return
    lines = _lines(text)
    for key, value in _flat(document):
        raw.settings.append(Setting(key, as_text(value), lines.get(key, 1)))


def _flat(document: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    out: list[tuple[str, Any]] = []
    for key, value in document.items():
        name = f"{prefix}{key}"
        out += _flat(value, f"{name}.") if isinstance(value, dict) and value else [(name, value)]
    return out


def as_text(value: Any) -> str:
    """Write a TOML value as the text of a cell."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)


def _lines(text: str) -> dict[str, int]:
    """Line of each dotted key of a TOML text."""
    found: dict[str, int] = {}
    section = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _SECTION.match(line):
            section = f"{header[1]}."
        elif key := _KEY.match(line):
            found.setdefault(f"{section}{key[1]}", number)
    return found
