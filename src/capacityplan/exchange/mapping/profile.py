"""Mapping profiles: TOML files that say how a system's tables become an instance."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from capacityplan.errors import DataError, Finding
from capacityplan.exchange.tables import BY_NAME, SECTIONS
from capacityplan.exchange.texts import did_you_mean

_READ = frozenset(
    ["table", "file", "decimal", "date_order", "numbers", "dates", "unpivot", "rename", "where", "set"]
)
_MAKE = frozenset(["table", "from", "join", "where", "set", "group", "running", "forecast", "rename"])
_FILL = frozenset(["from", "where", "columns"])
_TOP = frozenset(["title", "plant", "constants", "read", "make", "fill", "assumptions"])
_HEAD = frozenset(["name", "start", "timezone", "currency"])
PROFILES = Path(__file__).parent.parent / "profiles"


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile as it stands in its file.

    Attributes
    ----------
    plant, sections : mapping
        The instance's head and its sections (horizon, costs, ...).
    reads, makes, fills : tuple of mapping
        Files to read, tables to make of them, and the instance's tables to fill.
    assumptions : tuple of str
        What the profile assumes where the source says nothing; shown in the report.
    """

    name: str
    plant: Mapping[str, Any]
    sections: Mapping[str, Mapping[str, Any]]
    constants: Mapping[str, Any]
    reads: tuple[Mapping[str, Any], ...]
    makes: tuple[Mapping[str, Any], ...]
    fills: tuple[Mapping[str, Any], ...]
    assumptions: tuple[str, ...]


def profile_path(name: str) -> Path:
    """Path of a profile: a file, or one of the profiles that come along, by its name.

    Raises
    ------
    DataError
        If there is neither.
    """
    own = Path(name)
    if own.is_file():
        return own
    shipped = PROFILES / f"{name}.toml"
    if shipped.is_file():
        return shipped
    known = sorted(path.stem for path in PROFILES.glob("*.toml"))
    raise DataError((Finding("missing_file", "there is no such profile", name,
                             expected=f"a TOML file, or {', '.join(known)}"),))  # fmt: skip


def read_profile(path: Path, constants: Mapping[str, str]) -> Profile:
    """Read a profile; every key in it must be known.

    Parameters
    ----------
    path : Path
    constants : mapping of str to str
        Values that take the place of the profile's constants, as TOML would write them.

    Raises
    ------
    DataError
        With everything that is wrong with it.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(
            (Finding("unreadable_file", f"the profile cannot be read: {error}", path.name),)
        ) from None
    sections = {table.name for table in SECTIONS}
    findings = _unknown(document, _TOP | sections, path.name, "the profile")
    for key, known in (("read", _READ), ("make", _MAKE), ("fill", _FILL | {"table"})):
        for entry in document.get(key, []):
            findings += _unknown(entry, known, path.name, f"[[{key}]] {entry.get('table', '')}")
            findings += _required(entry, key, path.name)
    for entry in document.get("fill", []):
        findings += _fill_faults(entry, path.name)
    findings += [
        Finding("missing_value", "the profile does not say this", path.name, "plant", column=name)
        for name in sorted(_HEAD - set(document.get("plant", {})))
    ]
    changed = {name: _changed(name, text, document, findings, path.name) for name, text in constants.items()}
    if findings:
        raise DataError(tuple(findings))
    return Profile(
        path.stem, document["plant"], {name: document[name] for name in sections if name in document},
        {**document.get("constants", {}), **changed}, tuple(document.get("read", ())),
        tuple(document.get("make", ())), tuple(document.get("fill", ())),
        tuple(document.get("assumptions", ())),
    )  # fmt: skip


def _changed(name: str, text: str, document: Mapping[str, Any], findings: list[Finding], file: str) -> Any:
    """Read the value that takes the place of a constant."""
    known = document.get("constants", {})
    if name not in known:
        hint = did_you_mean(name, sorted(known))
        findings.append(
            Finding("unknown_constant", "the profile has no such constant", file, value=name, hint=hint)
        )
        return None
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        expected = "a date such as 2027-01-31, a number, or a text in quotes"
        findings.append(
            Finding("unreadable_constant", "this is no TOML value", file, "", None, name, text, expected)
        )
        return None


def _unknown(
    entry: Mapping[str, Any], known: frozenset[str] | set[str], file: str, where: str
) -> list[Finding]:
    return [
        Finding("unknown_key", f"{where}: this key is not known", file, value=key,
                expected=", ".join(sorted(known)), hint=did_you_mean(key, sorted(known)))
        for key in entry if key not in known
    ]  # fmt: skip


def _required(entry: Mapping[str, Any], kind: str, file: str) -> list[Finding]:
    needed = ("table", "file") if kind == "read" else ("table", "from")
    return [
        Finding("missing_value", f"[[{kind}]] {entry.get('table', '')} needs this", file, column=key)
        for key in needed if key not in entry
    ]  # fmt: skip


def _fill_faults(entry: Mapping[str, Any], file: str) -> list[Finding]:
    name = entry.get("table", "")
    if name not in BY_NAME:
        return [Finding("unknown_table", "the instance has no such table", file, value=name,
                        hint=did_you_mean(name, sorted(BY_NAME)))]  # fmt: skip
    columns = {column.name for column in BY_NAME[name].columns}
    return _unknown(entry.get("columns", {}), columns, file, f"[[fill]] {name}")
