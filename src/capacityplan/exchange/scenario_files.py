"""Scenarios as files: ``scenarios/NAME.toml`` in the instance's folder (beside a workbook or document).

A file holds an optional ``description`` and ``probability`` and any number of ``[[change]]`` tables, each
with the ``table`` it changes, ``where`` (which rows) and one of ``set``, ``scale``, ``shift``, ``add`` and
``remove`` (`docs/scenarios.md`).
"""

from __future__ import annotations

import re
import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Any

from capacityplan.domain.scenario import Cells, Change, Scenario
from capacityplan.errors import DataError, Finding
from capacityplan.exchange.files_csv import as_text
from capacityplan.exchange.texts import Unreadable, did_you_mean, read_number

FOLDER = "scenarios"
_HEADER = re.compile(r"\s*\[\[\s*change\s*\]\]")
_KEYS = ("description", "probability", "change")
_PARTS = ("table", "where", "set", "scale", "shift", "add", "remove")


class _File:
    """One scenario file under reading, with everything found in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.findings: list[Finding] = []

    def refuse(self, line: int | None, column: str, value: str, problem: Unreadable, table: str = "") -> None:
        self.findings.append(
            Finding(
                problem.code,
                problem.message,
                f"{FOLDER}/{self.path.name}",
                table,
                line,
                column,
                value,
                problem.expected,
                problem.hint,
            )
        )

    def read(self) -> Scenario:
        """Read the file; what cannot be read is a finding."""
        name = self.path.stem
        try:
            text = self.path.read_bytes().decode("utf-8-sig")
            document = tomllib.loads(text, parse_float=str)
        except OSError as error:
            self.refuse(None, "", "", Unreadable("unreadable_file", f"cannot be read: {error.strerror}", ""))
            return Scenario(name)
        except UnicodeDecodeError:
            self.refuse(None, "", "", Unreadable("not_utf8", "a character is not UTF-8", "UTF-8"))
            return Scenario(name)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            line = re.search(r"at line (\d+)", str(error))
            row = int(line[1]) if line else None
            self.refuse(row, "", "", Unreadable("not_toml", f"this is not TOML: {error}", ""))
            return Scenario(name)
        for key in document:
            if key not in _KEYS:
                problem = Unreadable(
                    "unknown_key", "this key is not known", ", ".join(_KEYS), did_you_mean(key, list(_KEYS))
                )
                self.refuse(_line_of(text, key), key, "", problem)
        lines = [number for number, row in enumerate(text.splitlines(), 1) if _HEADER.match(row)]
        changes = document.get("change", [])
        if not isinstance(changes, list) or len(changes) != len(lines):
            self.refuse(
                _line_of(text, "change"),
                "change",
                "",
                Unreadable(
                    "not_a_change", "changes are written as tables", "[[change]] on a line of its own"
                ),
            )
            changes = []
        read = [self._change(row, line) for row, line in zip(changes, lines, strict=False)]
        return Scenario(
            name,
            tuple(row for row in read if row is not None),
            self._probability(document, text),
            str(document.get("description", "")),
            f"{FOLDER}/{self.path.name}",
        )

    def _probability(self, document: dict[str, Any], text: str) -> Fraction | None:
        if "probability" not in document:
            return None
        cell, line = as_text(document["probability"]), _line_of(text, "probability")
        try:
            value = read_number(cell)
        except Unreadable as problem:
            self.refuse(line, "probability", cell, problem)
            return None
        if not 0 <= value <= 1:
            self.refuse(
                line,
                "probability",
                cell,
                Unreadable("out_of_range", "a probability lies between 0 and 1", "at least 0 and at most 1"),
            )
            return None
        return value

    def _change(self, row: dict[str, Any], line: int) -> Change | None:
        found = len(self.findings)
        table = row.get("table", "")
        for key in row:
            if key not in _PARTS:
                problem = Unreadable(
                    "unknown_key", "this key is not known", ", ".join(_PARTS), did_you_mean(key, list(_PARTS))
                )
                self.refuse(line, key, "", problem, str(table))
        kinds = [key for key in _PARTS[2:] if row.get(key)]
        alone = {"add", "remove"} & set(kinds)
        if not isinstance(table, str) or not table:
            self.refuse(line, "table", "", Unreadable("missing_value", "which table?", "a table's name"))
        elif not kinds or (alone and len(kinds) > 1):
            self.refuse(
                line,
                "",
                "",
                Unreadable(
                    "not_a_change", "a change does one thing", "set, scale or shift; or add; or remove"
                ),
                table,
            )
        elif "add" in kinds and row.get("where"):
            self.refuse(
                line,
                "where",
                "",
                Unreadable("not_a_change", "rows are added without where", "add alone"),
                table,
            )
        cells = {key: self._cells(row.get(key, {}), line, key, str(table)) for key in _PARTS[2:5]}
        added = row.get("add", [])
        rows = [
            self._cells(entry, line, "add", str(table))
            for entry in (added if isinstance(added, list) else [added])
        ]
        where = self._where(row.get("where", {}), line, str(table))
        if len(self.findings) > found:
            return None
        return Change(
            table,
            where,
            cells["set"],
            cells["scale"],
            cells["shift"],
            tuple(rows),
            bool(row.get("remove")),
            line,
        )

    def _cells(self, value: Any, line: int, key: str, table: str) -> Cells:
        flat = _flat(value) if isinstance(value, dict) else None
        if flat is None or any(isinstance(cell, dict | list) for cell in flat.values()):
            self.refuse(
                line,
                key,
                as_text(value),
                Unreadable(
                    "not_a_change", "columns with their values are expected", f"{key} = {{ column = value }}"
                ),
                table,
            )
            return ()
        return tuple((column, as_text(cell)) for column, cell in flat.items())

    def _where(self, value: Any, line: int, table: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        if not isinstance(value, dict):
            self.refuse(
                line,
                "where",
                as_text(value),
                Unreadable(
                    "not_a_change", "columns with their values are expected", "where = { column = value }"
                ),
                table,
            )
            return ()
        return tuple(
            (column, tuple(as_text(cell) for cell in (cells if isinstance(cells, list) else [cells])))
            for column, cells in value.items()
        )


def _flat(value: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Join the keys of nested tables with points, as settings are named."""
    out: dict[str, Any] = {}
    for key, cell in value.items():
        out |= _flat(cell, f"{prefix}{key}.") if isinstance(cell, dict) else {f"{prefix}{key}": cell}
    return out


def _line_of(text: str, key: str) -> int | None:
    pattern = re.compile(rf"\s*\[*\s*{re.escape(key)}\b")
    return next((number for number, row in enumerate(text.splitlines(), 1) if pattern.match(row)), None)


def scenario_folder(instance: Path) -> Path:
    """Folder of an instance's scenarios: in its folder, or beside its file."""
    return (instance if instance.is_dir() else instance.parent) / FOLDER


def scenario_names(instance: Path) -> list[str]:
    """Names of an instance's scenarios, in order."""
    folder = scenario_folder(instance)
    return sorted(path.stem for path in folder.glob("*.toml")) if folder.is_dir() else []


def read_scenario(instance: str | Path, name: str) -> Scenario:
    """Read one scenario of an instance, by its name or as the path of a ``.toml`` file.

    Raises
    ------
    DataError
        If there is no such scenario or something in it cannot be read.
    """
    instance = Path(instance)
    path = Path(name) if name.endswith(".toml") else scenario_folder(instance) / f"{name}.toml"
    if not path.is_file():
        known = scenario_names(instance)
        expected = f"one of {', '.join(known)}" if known else f"a file {FOLDER}/{name}.toml"
        raise DataError(
            (
                Finding(
                    "unknown_scenario",
                    "there is no such scenario",
                    FOLDER,
                    value=name,
                    expected=expected,
                    hint=did_you_mean(name, known),
                ),
            )
        )
    file = _File(path)
    scenario = file.read()
    if file.findings:
        raise DataError(tuple(file.findings))
    return scenario


def read_scenarios(instance: str | Path) -> tuple[tuple[Scenario, ...], tuple[Finding, ...]]:
    """Read all scenarios of an instance, with everything found in them.

    Returns
    -------
    tuple of Scenario, tuple of Finding
        The scenarios without a finding; probabilities that add up to more than one are a finding.
    """
    folder = scenario_folder(Path(instance))
    found: list[Finding] = []
    scenarios = []
    for name in scenario_names(Path(instance)):
        file = _File(folder / f"{name}.toml")
        scenario = file.read()
        found += file.findings
        if not file.findings:
            scenarios.append(scenario)
    total = sum((row.probability or Fraction(0) for row in scenarios), Fraction(0))
    if total > 1:
        last = scenarios[-1]
        found.append(
            Finding(
                "probabilities_over_one",
                "the scenarios' probabilities add up to more than one",
                last.file,
                column="probability",
                value=str(float(total)),
                expected="at most 1 in all",
            )
        )
    return tuple(scenarios), tuple(found)
