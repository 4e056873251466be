"""A verified plan written for another system: all of its files at once, or none."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked

from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.errors import DataError, Finding
from capacityplan.exchange import read_or_raise, read_plan
from capacityplan.exchange.atomic import write_folder
from capacityplan.outbound import b2mml, calendar
from capacityplan.outbound.changes import ACTIONS, Told, tell
from capacityplan.outbound.layout import Layout, LayoutFile, layout_path, read_layout, settle
from capacityplan.outbound.orders import Order, orders_of, plan_mark
from capacityplan.outbound.tabular import Facts, csv_bytes, sheets, workbook_bytes
from capacityplan.verify import Verdict, check, require_verified

MANIFEST = "export.json"
"""What an export tells the next one: every order with its key."""
_SUFFIXES = (".csv", ".xlsx", ".xml", ".ics")
Writer = Callable[[Plant, Plan, Sequence[Told], Mapping[str, str]], dict[str, bytes]]
_WRITERS: dict[str, tuple[Layout, Writer]] = {
    "b2mml": (b2mml.SETTINGS, b2mml.write),
    "ical": (calendar.SETTINGS, calendar.write),
}
SYSTEMS = ("sap", "odoo", "erpnext", "dynamics", "sage", "b2mml", "ical", "suppliers", "tables")
"""What a plan can be exported to; ``tables`` takes a layout of the user's own."""
_CHANGES = LayoutFile(
    name="changes.csv",
    rows="changes",
    actions=["create", "change", "cancel", "past"],
    columns={
        "action": "action", "key": "key", "kind": "kind", "item": "item", "supplier": "supplier",
        "quantity": "quantity", "unit": "unit", "start": "stamp(start, '%Y-%m-%dT%H:%M')",
        "end": "stamp(end, '%Y-%m-%dT%H:%M')", "field": "field", "before": "before", "after": "after",
    },
)  # fmt: skip
"""Every export has it: what the other system has to do, order by order."""


@checked(frozen=True)
class Manifest:
    """What was exported: the content of ``export.json``."""

    system: str
    plan: str
    files: tuple[str, ...]
    orders: tuple[Order, ...]


_MANIFEST: TypeAdapter[Manifest] = TypeAdapter(Manifest)


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote, and how many orders it creates, changes, cancels or leaves alone."""

    folder: Path
    files: tuple[str, ...]
    counts: Mapping[str, int]
    told: tuple[Told, ...]

    def text(self) -> str:
        """Write the counts as one line."""
        return f"{self.folder}: " + ", ".join(f"{self.counts[action]} {action}" for action in ACTIONS)


def export(
    system: str,
    plant: Plant,
    plan: Plan,
    out: Path,
    settings: Mapping[str, str] | None = None,
    published: Path | None = None,
    layout: Path | None = None,
    workbook: bool = False,
    verdict: Verdict | None = None,
) -> Exported:
    """Write a verified plan's orders as another system's import files into a folder.

    Parameters
    ----------
    system : str
        One of `SYSTEMS`.
    out : Path
        Folder; a former export that stands there is replaced in one step.
    settings : mapping of str to str, optional
        What the other system needs and no plan knows (plant, company, warehouse).
    published : Path, optional
        What the other system has: the folder of a former export, or a plan with its instance
        beside it. Orders keep their keys; new, changed and dropped ones are told apart.
    layout : Path, optional
        Layout to use instead of the system's own (for ``tables``: needed).
    workbook : bool
        Write tables as workbooks instead of CSV.
    verdict : Verdict, optional
        The checker's verdict on this plan; None: check it now.

    Raises
    ------
    VerificationError
        If the plan breaks a rule; then nothing is written.
    DataError
        If a setting is missing, or the layout or what was published cannot be read.
    OutputError
        If the folder cannot be written.
    """
    found = verdict or check(plant, plan)
    require_verified(plant, plan, found)
    former = None if published is None else published_orders(system, published)
    told = tell(orders_of(plant, plan), former, datetime.fromisoformat(plant.start), _known(plant))
    files = _contents(system, plant, plan, told, settings or {}, layout, workbook)
    kept = tuple(row.order for row in told if row.action not in ("cancel", "past"))
    names = (*sorted(files), MANIFEST)
    manifest = Manifest(system, plan.provenance.plan_id or plan_mark(plan), names, kept)
    files[MANIFEST] = _MANIFEST.dump_json(manifest, indent=1) + b"\n"
    write_folder(out, lambda folder: _fill(folder, files), _ours(out))
    counts = {action: sum(row.action == action for row in told) for action in ACTIONS}
    return Exported(out, names, counts, told)


def _known(plant: Plant) -> set[str]:
    """Names of what has begun or come; lines of the other system's orders go by the order's own name too."""
    names = {row.order for row in plant.receipts} | {row.stock for row in plant.stock}
    return names | {re.split(r"[ /]", name, maxsplit=1)[0] for name in names}


def published_orders(system: str, path: Path) -> tuple[Order, ...]:
    """Orders that a system has, from a former export's folder or a published plan.

    Raises
    ------
    DataError
        If there is neither, a plan without the instance that its minutes count from, or the former
        export of another system: this one has none of its orders.
    """
    folder = path if path.is_dir() else path.parent
    manifest = folder / MANIFEST
    if manifest.is_file() and path.name != "plan.json":
        former = _manifest(manifest)
        if former.system != system:
            raise DataError(
                (
                    Finding("other_system", "this is the former export of another system", str(manifest),
                            value=former.system, expected=system,
                            hint="leave --published away the first time"),
                )
            )  # fmt: skip
        return former.orders
    plan = folder / "plan.json" if path.is_dir() else path
    instance = folder / "instance.json"
    for file, what in ((plan, "plan"), (instance, "instance of the published plan")):
        if not file.is_file():
            message = f"there is no {what}"
            expected = f"a folder with {MANIFEST} (a former export), or with plan.json and instance.json"
            raise DataError((Finding("missing_file", message, str(file), expected=expected),))
    return orders_of(read_or_raise(instance), read_plan(plan))


def _manifest(path: Path) -> Manifest:
    try:
        return _MANIFEST.validate_json(path.read_bytes())
    except OSError as error:
        message = f"the former export cannot be read: {error.strerror}"
        raise DataError((Finding("unreadable_file", message, path.name),)) from None
    except ValidationError:
        raise DataError((Finding("not_a_manifest", "this is no former export", path.name),)) from None


def settled_layout(
    system: str, given: Mapping[str, str], own: Path | None = None
) -> tuple[Layout, dict[str, str], str]:
    """Layout of a system's files, its settings with their values, and the name of its file.

    Parameters
    ----------
    system : str
        One of ``SYSTEMS``.
    given : Mapping[str, str]
        Settings that are stated.
    own : Path, optional
        A layout instead of the system's.

    Raises
    ------
    DataError
        If the layout is not readable, a setting is unknown or one that must be stated is not.
    """
    if system in _WRITERS:
        layout, file = _WRITERS[system][0], system
    else:
        path = own or layout_path(system)
        layout, file = read_layout(path), path.name
    return layout, settle(layout, given, file), file


def _contents(
    system: str,
    plant: Plant,
    plan: Plan,
    told: Sequence[Told],
    given: Mapping[str, str],
    own: Path | None,
    workbook: bool,
) -> dict[str, bytes]:
    changes = Layout(title="changes", file=[_CHANGES])
    layout, settings, file = settled_layout(system, given, own)
    if system in _WRITERS:
        files, tables = _WRITERS[system][1](plant, plan, told, settings), []
    else:
        files, tables = {}, sheets(layout, told, _facts(plant, plan, settings), file)
    tables += sheets(changes, told, _facts(plant, plan, {}), "changes.csv")
    for sheet in tables:
        if workbook:
            files[f"{Path(sheet.name).stem}.xlsx"] = workbook_bytes(sheet)
        else:
            files[sheet.name] = csv_bytes(sheet)
    return files


def _facts(plant: Plant, plan: Plan, settings: Mapping[str, str]) -> Facts:
    return Facts(plan.provenance.plan_id or plan_mark(plan), plant.currency, plant.timezone, settings)


def _fill(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).write_bytes(content)


def _ours(out: Path) -> Callable[[str], bool]:
    """Whether a file of the folder is one that its former export wrote."""
    manifest = out / MANIFEST
    former = set(_manifest(manifest).files) if manifest.is_file() else set()
    return lambda name: name in former and (name == MANIFEST or name.endswith(_SUFFIXES))
