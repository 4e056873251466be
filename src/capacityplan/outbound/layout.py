"""Layouts: TOML files that say which files a system gets and what stands in their columns."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from capacityplan.errors import DataError, Finding
from capacityplan.exchange.files_json import findings_of
from capacityplan.exchange.mapping.formulas import Formula
from capacityplan.exchange.texts import did_you_mean

LAYOUTS = Path(__file__).parent / "layouts"
_ORDER = (
    "key", "id", "item", "description", "version", "unit", "quantity", "start", "end", "start_day",
    "end_day", "start_utc", "end_utc", "action", "plan", "currency", "number", "kind",
)  # fmt: skip
FIELDS: dict[str, tuple[str, ...]] = {
    "production": _ORDER,
    "progress": (*_ORDER, "created"),
    "purchases": (*_ORDER, "supplier", "price", "amount"),
    "steps": (*_ORDER, "operation", "sequence", "resource", "step", "step_quantity", "step_start",
              "step_end", "step_start_utc", "step_end_utc"),
    "components": (*_ORDER, "component", "component_quantity", "component_unit", "operation", "needed"),
    "changes": (*_ORDER, "supplier", "field", "before", "after"),
}  # fmt: skip
"""What the rows of a file can be, and the fields that formulas may use in them."""
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.{}-]+\.csv$")]
Action = Literal["create", "change", "cancel", "same", "past"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class LayoutFile(_Part):
    """A file of a layout: its rows, how it is written, and the formula of each column."""

    name: Name
    rows: Literal["production", "progress", "purchases", "steps", "components", "changes"]
    actions: list[Action] = ["create", "change"]
    where: str = ""
    separator: Literal[",", ";", "\t"] = ","
    decimal: Literal[".", ","] = "."
    dates: str = "%Y-%m-%d"
    times: str = "%Y-%m-%dT%H:%M:%S"
    line_end: Literal["lf", "crlf"] = "lf"
    columns: dict[str, str] = {}
    fields: dict[str, str] = {}
    """Instead of columns: a row of (key, field, value) for each field that is not empty."""

    @model_validator(mode="after")
    def _one_shape(self) -> LayoutFile:
        if bool(self.columns) == bool(self.fields):
            raise ValueError("needs either columns or fields")
        return self


class Layout(_Part):
    """A layout as it stands in its file."""

    title: str
    settings: dict[str, str] = {}
    """Settings and their values; an empty one must be stated by who exports."""
    optional_settings: dict[str, str] = {}
    file: list[LayoutFile]

    @model_validator(mode="after")
    def _distinct_names(self) -> Layout:
        names = [entry.name for entry in self.file]
        if len(set(names)) < len(names):
            raise ValueError("two files of the layout have the same name")
        return self


def layout_path(system: str) -> Path:
    """Path of a layout that comes along."""
    return LAYOUTS / f"{system}.toml"


def read_layout(path: Path) -> Layout:
    """Read a layout; every key and every formula in it must be known.

    Raises
    ------
    DataError
        With everything that is wrong with it.
    """
    try:
        layout = Layout(**tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except OSError as error:
        message = f"the layout cannot be read: {error.strerror}"
        raise DataError((Finding("unreadable_file", message, path.name),)) from None
    except UnicodeDecodeError:
        raise DataError((Finding("not_utf8", "a character is not UTF-8", path.name),)) from None
    except tomllib.TOMLDecodeError as error:
        raise DataError((Finding("not_toml", f"this is not TOML: {error}", path.name),)) from None
    except ValidationError as error:
        known = {"": list(Layout.model_fields), "file": list(LayoutFile.model_fields)}
        raise DataError(tuple(findings_of(error, path.name, known))) from None
    findings = [
        finding
        for entry in layout.file
        for name, source in {**entry.columns, **entry.fields, "where": entry.where or "1"}.items()
        if (finding := _fault(path.name, layout, entry, name, source)) is not None
    ]
    if findings:
        raise DataError(tuple(findings))
    return layout


def formula(layout: Layout, entry: LayoutFile, source: str) -> Formula:
    """Read a formula of a file's columns."""
    return Formula(source, frozenset((*FIELDS[entry.rows], *layout.settings, *layout.optional_settings)))


def _fault(file: str, layout: Layout, entry: LayoutFile, name: str, source: str) -> Finding | None:
    try:
        formula(layout, entry, source)
    except ValueError as error:
        message, hint = error.args
        return Finding("unreadable_formula", message, file, entry.name, None, name, source, "", hint)
    return None


def settle(layout: Layout, given: Mapping[str, str], file: str) -> dict[str, str]:
    """Values of a layout's settings.

    Raises
    ------
    DataError
        If one is unknown, or one that the layout leaves open is not stated.
    """
    known = [*layout.settings, *layout.optional_settings]
    findings = [
        Finding("unknown_setting", "the layout has no such setting", file, column=name, value=value,
                expected=", ".join(known) or "no setting", hint=did_you_mean(name, known))
        for name, value in given.items()
        if name not in known
    ]  # fmt: skip
    found = {**layout.optional_settings, **layout.settings, **given}
    findings += [
        Finding("missing_setting", "the other system needs this, the plan does not know it", file,
                column=name, hint=f"state it: --set {name}=VALUE")
        for name in layout.settings
        if not found[name]
    ]  # fmt: skip
    if findings:
        raise DataError(tuple(findings))
    return found
