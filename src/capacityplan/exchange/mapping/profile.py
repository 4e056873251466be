"""Mapping profiles: TOML files that say how a system's tables become an instance."""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from capacityplan.errors import DataError, Finding
from capacityplan.exchange.tables import BY_NAME, SECTIONS
from capacityplan.exchange.texts import did_you_mean

PROFILES = Path(__file__).parent.parent / "profiles"
_FORMER_NAMES = {"dynamics365": "dynamics"}
_SECTION = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.-]+)\s*\]")
_KEY = re.compile(r"""\s*["']?([A-Za-z0-9_.-]+)["']?\s*=""")


def _as_source(value: Any) -> Any:
    """Take a bare number or truth value for the formula that it is."""
    if isinstance(value, bool):
        return str(value)
    return str(value) if isinstance(value, int | float) else value


def _encoding(name: str) -> str:
    try:
        return codecs.lookup(name).name if name else ""
    except LookupError:
        raise ValueError("there is no such encoding") from None


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key if name else ""
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("there is no such time zone") from None


Source = Annotated[str, BeforeValidator(_as_source)]
"""A formula as it stands in the profile."""
Name = Annotated[str, Field(min_length=1)]
Names = list[Name]


class _Part(BaseModel):
    """Part of a profile: every key must be known and of its type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Unpivot(_Part):
    """A wide table (a column per item or per day) becomes a long one."""

    keep: Names
    name: Name
    value: Name
    dates: bool = False


class Join(_Part):
    """Columns of another table come in where the columns ``on`` are equal."""

    table: Name
    on: Annotated[Names, Field(min_length=1)]
    missing: Literal["error", "drop", "empty"] = "error"


class Group(_Part):
    """One row per combination of the columns ``by``; the others are aggregated."""

    by: Names
    columns: dict[str, str] = {}


class Running(_Part):
    """Running sum of a value along a date, over the last ``days`` days or over all."""

    by: Names
    date: Name
    value: Name
    into: Name
    days: int | None = Field(default=None, ge=1)


class Forecast(_Part):
    """Mean and spread of the same weekday's history, projected forward."""

    by: Names
    date: Name
    value: Name
    start: Name = Field(alias="from")
    weeks: int = Field(ge=1, le=520)
    days: int = Field(ge=1, le=1000)


class Read(_Part):
    """A file to read, and how."""

    table: Name
    file: Name
    alternatives: Names = []
    sheet: str = ""
    records: str = ""
    skip: int = Field(default=0, ge=0)
    optional: bool = False
    unless: Names = []
    encoding: Annotated[str, AfterValidator(_encoding)] = ""
    timezone: Annotated[str, AfterValidator(_zone)] = ""
    decimal: Literal["", ".", ","] = ""
    date_order: Literal["", "iso", "compact", "dmy", "mdy", "week", "month"] = ""
    headings: dict[str, Names] = {}
    columns: Names = []
    optional_columns: Names = []
    keys: Names = []
    numbered: str = ""
    ids: dict[str, Name] = {}
    numbers: Names = []
    percentages: Names = []
    dates: Names = []
    fill_down: Names = []
    kinds: dict[str, Literal["work", "overtime", "closed"]] = {}
    unpivot: Unpivot | None = None
    rename: dict[str, Name] = {}
    where: Source = ""
    set: dict[str, Source] = {}


Scalar = str | bool | int | float | date | datetime


class Make(_Part):
    """A table made of others, or written here: its steps run in the order of the keys here."""

    table: Name
    source: str = Field(default="", alias="from")
    rows: list[dict[str, Scalar]] = []
    append: Names = []
    join: list[Join] = []
    rename: dict[str, Name] = {}
    where: Source = ""
    set: dict[str, Source] = {}
    running: Running | None = None
    group: Group | None = None
    forecast: Forecast | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Make:
        if bool(self.source) == bool(self.rows):
            raise ValueError("needs either from (another table) or rows (written here)")
        return self


class Fill(_Part):
    """A table of the instance and the formula of each of its columns."""

    table: Name
    source: Name = Field(alias="from")
    where: Source = ""
    columns: dict[str, Source]


class Head(_Part):
    """The instance's head: texts, in which ``{name}`` stands for a constant."""

    name: Name
    start: str | date | datetime
    timezone: Name
    currency: Name


class Profile(_Part):
    """A profile as it stands in its file.

    Attributes
    ----------
    sections : mapping
        The instance's sections (horizon, costs, ...), checked when the instance is built.
    lines : mapping of str to int
        Line of every key and entry of the file (``plant.start``, ``make.0``, ``make.0.group``).
    """

    file: str
    title: str = ""
    assumptions: list[str] = []
    plant: Head
    sections: dict[str, Any] = {}
    constants: dict[str, Scalar] = {}
    read: list[Read]
    make: list[Make] = []
    fill: list[Fill]
    lines: dict[str, int] = {}

    def finding(self, code: str, message: str, key: str, value: str = "", **more: str) -> Finding:
        """Make a finding at a key of the profile (``make.0.group``)."""
        return _finding(self.file, self.lines, code, message, key, value, **more)


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
    known = sorted(path.stem for path in PROFILES.glob("*.toml"))
    name = _FORMER_NAMES.get(name, name)
    if name in known:
        return PROFILES / f"{name}.toml"
    raise DataError(
        (
            Finding(
                "missing_file",
                "there is no such profile",
                name,
                expected=f"a TOML file, or one of {', '.join(known)}",
                hint=did_you_mean(name, known),
            ),
        )
    )


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
        text = path.read_bytes().decode("utf-8-sig")
        document = tomllib.loads(text)
    except OSError as error:
        message = f"the profile cannot be read: {error.strerror}"
        raise DataError((Finding("unreadable_file", message, path.name),)) from None
    except UnicodeDecodeError:
        raise DataError((Finding("not_utf8", "a character is not UTF-8", path.name),)) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        line = re.search(r"at line (\d+)", str(error))
        row = int(line[1]) if line else None
        raise DataError((Finding("not_toml", f"this is not TOML: {error}", path.name, row=row),)) from None
    lines = _lines(text)
    names = {table.name for table in SECTIONS}
    sections = {name: document.pop(name) for name in names & set(document)}
    findings = [
        _finding(
            path.name,
            lines,
            "unknown_key",
            "this key is not known",
            name,
            name,
            expected=", ".join(_known(())),
            hint=did_you_mean(name, _known(())),
        )
        for name in ("file", "lines", "sections")
        if document.pop(name, None) is not None
    ]
    try:
        profile = Profile(**document, file=path.name, sections=sections, lines=lines)
    except ValidationError as error:
        raise DataError((*findings, *_faults(error, path.name, lines))) from None
    changed = {name: _changed(profile, name, text, findings) for name, text in constants.items()}
    findings += _unknown_columns(profile)
    if findings:
        raise DataError(tuple(findings))
    return profile.model_copy(update={"constants": {**profile.constants, **changed}})


def _changed(profile: Profile, name: str, text: str, findings: list[Finding]) -> Any:
    """Read the value that takes the place of a constant."""
    if name not in profile.constants:
        known = sorted(profile.constants)
        findings.append(
            profile.finding(
                "unknown_constant",
                "the profile has no such constant",
                "",
                name,
                expected=", ".join(known),
                hint=did_you_mean(name, known),
            )
        )
        return None
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        findings.append(
            profile.finding(
                "unreadable_constant",
                "this is no TOML value",
                f"constants.{name}",
                text,
                expected='a date such as 2027-01-31, a number, or a "text" in quotes',
            )
        )
        return None


def _unknown_columns(profile: Profile) -> list[Finding]:
    """Findings at the fills of tables and columns that the instance does not have."""
    findings = []
    for place, fill in enumerate(profile.fill):
        key = f"fill.{place}"
        if fill.table not in BY_NAME:
            known = sorted(BY_NAME)
            findings.append(
                profile.finding(
                    "unknown_table",
                    "the instance has no such table",
                    f"{key}.table",
                    fill.table,
                    expected=", ".join(known),
                    hint=did_you_mean(fill.table, known),
                )
            )
            continue
        columns = [column.name for column in BY_NAME[fill.table].columns]
        findings += [
            profile.finding(
                "unknown_column",
                f"the table {fill.table} has no such column",
                f"{key}.columns",
                name,
                expected=", ".join(columns),
                hint=did_you_mean(name, columns),
            )
            for name in fill.columns
            if name not in columns
        ]
    return findings


def _faults(error: ValidationError, file: str, lines: Mapping[str, int]) -> list[Finding]:
    """Turn what pydantic found into findings; a value of several types is one fault."""
    found: dict[str, Finding] = {}
    for problem in error.errors(include_url=False):
        parts = problem["loc"]
        key = ".".join(str(part) for part in parts)
        if parts[0] in ("constants", "plant"):
            key = ".".join(str(part) for part in parts[:2])
        last = str(parts[-1])
        value = "" if isinstance(problem["input"], dict | list) else str(problem["input"])[:80]
        if problem["type"] == "extra_forbidden":
            known = _known(parts[:-1])
            found.setdefault(
                key,
                _finding(
                    file,
                    lines,
                    "unknown_key",
                    "this key is not known",
                    key,
                    last,
                    expected=", ".join(known),
                    hint=did_you_mean(last, known),
                ),
            )
        elif problem["type"] == "missing":
            found.setdefault(
                key, _finding(file, lines, "missing_value", "the profile does not say this", key)
            )
        else:
            message = (
                problem["msg"].removeprefix("Value error, ").replace("Input should be", "this should be")
            )
            found.setdefault(key, _finding(file, lines, "wrong_value", message, key, value))
    return list(found.values())


_PARTS: dict[str, type[BaseModel]] = {
    "": Profile,
    "plant": Head,
    "read": Read,
    "make": Make,
    "fill": Fill,
    "join": Join,
    "group": Group,
    "running": Running,
    "forecast": Forecast,
    "unpivot": Unpivot,
}


def _known(place: tuple[int | str, ...]) -> list[str]:
    """Keys that a part of the profile may have."""
    words = [part for part in place if isinstance(part, str)]
    part = _PARTS[words[-1] if words else ""]
    names = [field.alias or name for name, field in part.model_fields.items()]
    if part is not Profile:
        return names
    own = [name for name in names if name not in ("file", "lines", "sections")]
    return own + [table.name for table in SECTIONS]


def _finding(
    file: str, lines: Mapping[str, int], code: str, message: str, key: str, value: str = "", **more: str
) -> Finding:
    """Make a finding at a key, with the nearest line that is known."""
    parts = key.split(".")
    row = next(
        (lines[".".join(parts[:n])] for n in range(len(parts), 0, -1) if ".".join(parts[:n]) in lines), None
    )
    shown = re.sub(r"^(read|make|fill)\.(\d+)", lambda m: f"[[{m[1]}]] {int(m[2]) + 1}", key)
    return Finding(code, message, file, "", row, shown, value, **more)


def _lines(text: str) -> dict[str, int]:
    """Line of each key and entry of a TOML text."""
    found: dict[str, int] = {}
    counts: dict[str, int] = {}
    section = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _SECTION.match(line):
            name = header[2]
            if header[1] == "[[":
                counts[name] = counts.get(name, -1) + 1
                name = f"{name}.{counts[name]}"
            elif name.partition(".")[0] in counts:
                entry, _, rest = name.partition(".")
                name = f"{entry}.{counts[entry]}.{rest}"
            section = f"{name}."
            found.setdefault(name, number)
        elif key := _KEY.match(line):
            found.setdefault(f"{section}{key[1]}", number)
    return found
