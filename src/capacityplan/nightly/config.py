"""The nightly run's configuration: one TOML file, checked before anything is touched."""

from __future__ import annotations

import os
import tomllib
from datetime import datetime, time
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

from capacityplan.errors import DataError, Finding
from capacityplan.exchange.importing import SYSTEMS as IMPORT_SYSTEMS
from capacityplan.exchange.mapping import profile_path
from capacityplan.exchange.texts import did_you_mean
from capacityplan.outbound import SYSTEMS, settled_layout

_STRICT = ConfigDict(extra="forbid", frozen=True)
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]


class Input(BaseModel):
    """Where the night's data come from.

    ``instance``: ``path`` is an instance (folder, workbook or JSON) with today's start.
    ``system``: ``path`` is a folder of another system's export, ``system`` one of ``capacityplan import``.
    ``advance``: the published instance, advanced to now; ``path`` is a folder of CSV tables (actuals,
    orders, projections, ...) that replace those of the instance.
    """

    model_config = _STRICT
    kind: Literal["instance", "system", "advance"] = "instance"
    path: Path
    system: str = ""
    profile: str = ""
    constants: dict[str, str] = {}
    decimal: Literal["", ".", ","] = ""
    date_order: Literal["", "dmy", "mdy"] = ""
    """How numbers and dates are written where a system's files do not show it."""
    as_planned: bool = False
    stable_seconds: float = Field(default=5.0, ge=0)
    """The input must not change for so long ..."""
    wait_seconds: float = Field(default=600.0, ge=0)
    """... within so long, else the night is refused."""
    max_age_hours: float = Field(default=30.0, gt=0)
    """Older input is a warning."""
    refuse_older_hours: float | None = None
    start: Path | None = None
    """Instance of the very first night (kind advance)."""

    @model_validator(mode="after")
    def _importable(self) -> Input:
        # Known now, and not after the night has waited for its input.
        if self.kind != "system":
            return self
        if self.system not in IMPORT_SYSTEMS:
            message = f"no such system: {self.system}" if self.system else "system is missing"
            raise ValueError(f"{message}; one of {', '.join(IMPORT_SYSTEMS)}")
        if self.system == "tables" and not self.profile:
            raise ValueError("tables needs a profile: how to read them")
        return self


class Solve(BaseModel):
    """How long and how it is planned."""

    model_config = _STRICT
    time_limit_seconds: float = Field(default=600.0, ge=1)
    work_limit: float | None = None
    workers: int = Field(default=2, ge=1)
    seed: int | None = None
    memory_mb: int | None = None


class Export(BaseModel):
    """One system that gets import files."""

    model_config = _STRICT
    system: Name
    settings: dict[str, str] = {}
    only_changes: bool = True

    @model_validator(mode="after")
    def _exportable(self) -> Export:
        # A night must not plan for an hour to find that its last step cannot be done.
        known = [name for name in SYSTEMS if name != "tables"]
        if self.system not in known:
            raise ValueError(f"no such system: {self.system}; one of {', '.join(known)}")
        try:
            settled_layout(self.system, self.settings)
        except DataError as error:
            raise ValueError(
                "; ".join(f"settings.{fault.column}: {fault.message}" for fault in error.findings)
            ) from error
        return self


class Mail(BaseModel):
    """E-mail by SMTP."""

    model_config = _STRICT
    kind: Literal["mail"] = "mail"
    to: list[str] = Field(min_length=1)
    sender: str
    host: str = "localhost"
    port: int = 25
    user: str = ""
    password_env: str = ""
    starttls: bool = False
    on: Literal["always", "failure"] = "always"


class Webhook(BaseModel):
    """HTTP POST of the event as JSON, signed with HMAC-SHA256."""

    model_config = _STRICT
    kind: Literal["webhook"] = "webhook"
    url: str
    secret_env: str = ""
    timeout_seconds: float = 20.0
    on: Literal["always", "failure"] = "always"

    @field_validator("url")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or value.split() != [value]:
            raise ValueError(f"{value} is not a web address such as https://erp.example.org/hooks/plan")
        return value


class Command(BaseModel):
    """A program that gets the event as JSON on its standard input."""

    model_config = _STRICT
    kind: Literal["command"] = "command"
    run: list[str] = Field(min_length=1)
    timeout_seconds: float = 60.0
    on: Literal["always", "failure"] = "always"


Channel = Annotated[Mail | Webhook | Command, Field(discriminator="kind")]


class Schedule(BaseModel):
    """When ``nightly`` without ``--once`` runs: every day at a local time."""

    model_config = _STRICT
    at: time = time(4, 15)
    timezone: str = "UTC"

    @field_validator("timezone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{value} is not an IANA time zone") from error
        return value


class Keep(BaseModel):
    """What is kept."""

    model_config = _STRICT
    plans: int = Field(default=30, ge=1)
    """Published plans; the current one always stays."""
    runs: int = Field(default=90, ge=1)
    """Working folders of runs."""
    inputs: int = Field(default=14, ge=1)


class Nightly(BaseModel):
    """All of a nightly run.

    Attributes
    ----------
    folder : Path
        Where plans are published (``plans/``, ``current``) and runs work (``runs/``).
    store : str
        SQLAlchemy URL of the run store; empty: ``store.db`` in the folder.
    """

    model_config = _STRICT
    plant: Name
    folder: Path
    input: Input
    store: str = ""
    store_env: str = ""
    solve: Solve = Solve()
    exports: list[Export] = []
    notify: list[Channel] = []
    schedule: Schedule = Schedule()
    keep: Keep = Keep()
    metrics: Path | None = None
    """Prometheus text file, for the node exporter's textfile collector."""
    alert_after_hours: float = Field(default=26.0, gt=0)
    """Age of the published plan at which the health check fails."""
    resume_hours: float = Field(default=12.0, ge=0)
    """A run that was interrupted longer ago is not resumed."""
    shared_suppliers: list[str] = []

    @field_validator("exports")
    @classmethod
    def _one_folder_each(cls, value: list[Export]) -> list[Export]:
        systems = [export.system for export in value]
        twice = sorted({name for name in systems if systems.count(name) > 1})
        if twice:
            raise ValueError(f"one export for each system: {', '.join(twice)} would replace its own files")
        return value

    @property
    def url(self) -> str:
        """URL of the run store."""
        named = os.environ.get(self.store_env, "") if self.store_env else ""
        return named or self.store or f"sqlite:///{self.folder / 'store.db'}"


class Share(BaseModel):
    """What of a plant's configuration other plants have to know, whatever else is wrong in it."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    plant: str
    folder: Path
    shared_suppliers: list[str] = []


class Fleet(BaseModel):
    """Several plants in one run: their configuration files, in the order in which they are planned."""

    model_config = _STRICT
    plants: list[Path] = Field(min_length=1)
    stop_on_failure: bool = False


def read_config(path: Path) -> Nightly:
    """Read a nightly run's configuration; paths in it are relative to the file.

    Raises
    ------
    DataError
        With everything that is wrong in it.
    """
    found = _read(path, Nightly)
    assert isinstance(found, Nightly)
    base = path.parent.absolute()
    source = found.input.model_copy(
        update={
            "path": base / found.input.path,
            "start": None if found.input.start is None else base / found.input.start,
            "profile": _profile(found.input.profile, base),
        }
    )
    changes = {"folder": base / found.folder, "input": source}
    return found.model_copy(
        update={**changes, "metrics": None if found.metrics is None else base / found.metrics}
    )


def _profile(name: str, base: Path) -> str:
    """Path of a profile beside the configuration; else the name of one that comes along.

    Raises
    ------
    DataError
        If there is neither.
    """
    if not name:
        return ""
    return str(profile_path(str(base / name) if (base / name).is_file() else name).absolute())


def read_share(path: Path) -> Share | None:
    """Read where a plant publishes and what suppliers it shares; None where its file does not say."""
    try:
        found = _read(path, Share)
    except DataError:
        return None
    assert isinstance(found, Share)
    return found.model_copy(update={"folder": path.parent.absolute() / found.folder})


def read_fleet(path: Path) -> Fleet:
    """Read a fleet's configuration; paths in it are relative to the file.

    Raises
    ------
    DataError
    """
    found = _read(path, Fleet)
    assert isinstance(found, Fleet)
    return found.model_copy(update={"plants": [path.parent.absolute() / one for one in found.plants]})


def _read(path: Path, model: type[BaseModel]) -> BaseModel:
    try:
        return model.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise DataError(
            (Finding("unreadable_file", f"cannot be read: {error.strerror}", path.name),)
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError((Finding("not_toml", f"this is not TOML: {error}", path.name),)) from error
    except ValidationError as error:
        raise DataError(tuple(_finding(path.name, fault, model) for fault in error.errors())) from error


def _finding(file: str, fault: ErrorDetails, model: type[BaseModel]) -> Finding:
    message, hint = fault["msg"].removeprefix("Value error, "), ""
    if fault["type"] == "extra_forbidden":
        schema = model.model_json_schema()
        parts = [schema, *schema.get("$defs", {}).values()]
        known = sorted({name for part in parts for name in part.get("properties", {})})
        message, hint = "there is no such setting", did_you_mean(str(fault["loc"][-1]), known)
    column = ".".join(map(str, fault["loc"]))
    return Finding("bad_setting", message, file, column=column, value=str(fault["input"])[:80], hint=hint)


def next_night(schedule: Schedule, now: datetime) -> datetime:
    """Return the next moment to run at: every local day once, also when the clocks change.

    Parameters
    ----------
    schedule : Schedule
    now : datetime
        With time zone.

    Returns
    -------
    datetime
        In UTC, later than ``now``. A local time that is skipped runs as soon as the clocks have
        jumped; one that comes twice runs the first time.
    """
    zone, utc = ZoneInfo(schedule.timezone), ZoneInfo("UTC")
    day = now.astimezone(zone).date()
    while True:
        # fold=0: of a repeated time the first; a skipped time counts on from before the jump.
        moment = datetime.combine(day, schedule.at, zone).astimezone(utc)
        if moment > now:
            return moment
        day = day.fromordinal(day.toordinal() + 1)
