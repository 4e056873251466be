"""References: every name that is used exists, and is of the right kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Lock, LockKind, ResourceKind
from capacityplan.errors import Finding
from capacityplan.exchange.draft import Draft
from capacityplan.exchange.tables import PROJECTIONS, TABLES
from capacityplan.exchange.texts import did_you_mean

_OPERATION_USERS = (
    ("bill_of_materials", "operation"),
    ("operation_resources", "operation"),
    ("operation_pools", "operation"),
    ("inspections", "operation"),
    ("learning", "operation"),
    ("inspections", "rework_operation"),
    ("receipts", "operation"),
)
_VERSION_USERS = ("bill_of_materials", "operation_resources", "operation_pools", "receipts")
_LABOUR, _TOOL, _LAB, _DOCK = (
    (kind,) for kind in (ResourceKind.LABOUR, ResourceKind.TOOL, ResourceKind.LAB, ResourceKind.DOCK)
)
_RUNS = (
    ResourceKind.MACHINE,
    ResourceKind.SUBCONTRACTOR,
    ResourceKind.LABOUR,
    ResourceKind.TOOL,
    ResourceKind.LAB,
)
_KINDS: tuple[tuple[str, str, tuple[ResourceKind, ...]], ...] = (
    ("operation_resources", "resource", _RUNS),
    ("operation_resources", "labour", _LABOUR),
    ("operation_resources", "tool", _TOOL),
    ("operation_pools", "pool", (*_LABOUR, *_TOOL)),
    ("inspections", "lab", _LAB),
    ("inspections", "labour", _LABOUR),
    ("orders", "ship_from", _DOCK),
)


def _known(draft: Draft, reference: str) -> set[str] | None:
    """Names that a reference may hold; None where that cannot be said."""
    table, _, attribute = reference.partition(".")
    names = draft.names(table, attribute)
    if table in draft.broken or (table == "customers" and not names):
        return None
    return names


def check_ids(draft: Draft) -> Iterator[Finding]:
    """Every name in a referring column exists."""
    for table in TABLES:
        for column in table.columns:
            known = _known(draft, column.refs) if column.refs and table.row is not None else None
            if known is None:
                continue
            for position, row in draft.trusted(table.name):
                name = getattr(row, column.attribute)
                if name and name not in known:
                    yield draft.finding(table.name, position, column.name, "unknown_id",
                                        f"this is not in {column.refs.partition('.')[0]}",
                                        hint=did_you_mean(name, sorted(known)))  # fmt: skip


def check_projection_ids(draft: Draft) -> Iterator[Finding]:
    """Items and segments of projections exist."""
    rows = draft.plant.projections
    doubtful = draft.suspect.get("projections")
    for column in PROJECTIONS.columns:
        known = _known(draft, column.refs) if column.refs else None
        if known is None:
            continue
        codes = getattr(rows, column.attribute)
        wrong = [code for code, name in enumerate(rows.names) if name and name not in known]
        for position in np.flatnonzero(np.isin(codes, wrong)).tolist():
            if doubtful is None or not doubtful[position]:
                hint = did_you_mean(rows.names[codes[position]], sorted(known))
                yield draft.finding("projections", position, column.name, "unknown_id",
                                    f"this is not in {column.refs.partition('.')[0]}", hint=hint)  # fmt: skip


def check_operation_names(draft: Draft) -> Iterator[Finding]:
    """An operation that is named exists for the item."""
    if "operations" in draft.broken:
        return
    operations: dict[str, set[str]] = defaultdict(set)
    for row in draft.plant.operations:
        operations[row.item].add(row.operation)
    for table, attribute in _OPERATION_USERS:
        for position, row in draft.trusted(table):
            name = getattr(row, attribute)
            if name and name not in operations[row.item]:
                hint = did_you_mean(name, sorted(operations[row.item]))
                yield draft.finding(table, position, attribute, "unknown_id",
                                    f"{row.item} has no such operation", hint=hint)  # fmt: skip


def check_versions(draft: Draft) -> Iterator[Finding]:
    """A production version that is named has operations."""
    if "operations" in draft.broken:
        return
    versions: dict[str, set[str]] = defaultdict(set)
    for row in draft.plant.operations:
        versions[row.item].add(row.version)
    chosen = _recipes(draft)
    for table in _VERSION_USERS:
        for position, row in draft.trusted(table):
            known = versions[row.item] | (chosen.get(row.item, set()) if table == "receipts" else set())
            if row.version and row.version not in known:
                hint = did_you_mean(row.version, sorted(versions[row.item]))
                yield draft.finding(table, position, "version", "unknown_id",
                                    f"{row.item} has no such production version", hint=hint)  # fmt: skip


def _recipes(draft: Draft) -> dict[str, set[str]]:
    """Recipes by item: an order in progress is made by the one that the plan it comes from has chosen."""
    mixed = {line.item for line in draft.plant.bill_of_materials if line.alternative}
    if not mixed:
        return {}
    versions = Lookup(replace(draft.plant, learning=())).versions
    return {item: set(versions.get(item, ())) for item in mixed}


def check_kinds(draft: Draft) -> Iterator[Finding]:
    """A resource that is named is of the kind that the column asks for."""
    resources = draft.by_name("resources", "resource")
    for table, attribute, kinds in _KINDS:
        for position, row in draft.trusted(table):
            resource = resources.get(getattr(row, attribute))
            if resource is not None and resource.kind not in kinds:
                yield draft.finding(table, position, attribute, "wrong_kind",
                                    f"this resource is a {resource.kind}",
                                    expected=" or ".join(kinds))  # fmt: skip


def check_roles(draft: Draft) -> Iterator[Finding]:
    """What runs operations itself attends no others and inspects nothing: each is counted by itself."""
    running = {row.resource for _, row in draft.trusted("operation_resources")}
    for table, attribute, _ in _KINDS[1:]:
        for position, row in draft.trusted(table):
            name = getattr(row, attribute)
            if name in running:
                yield draft.finding(table, position, attribute, "two_roles",
                                    f"{name} also runs operations itself; both is not planned with",
                                    expected="a resource that runs no operation itself")  # fmt: skip


def check_locks(draft: Draft) -> Iterator[Finding]:
    """What a lock holds exists."""
    known = {
        LockKind.RESOURCE: ("resources", draft.names("resources", "resource")),
        LockKind.ITEM: ("items", draft.names("items", "item")),
        LockKind.ORDER: ("orders", draft.names("orders", "order")),
        LockKind.RUN: ("operations", draft.names("operations", "operation")),
    }
    for position, lock in draft.trusted("locks"):
        table, names = known[lock.kind]
        lot, slash, operation = lock.object.rpartition("/")
        name = operation if lock.kind is LockKind.RUN else lock.object
        if lock.kind is LockKind.RUN and not (lot and slash):
            yield draft.finding("locks", position, "object", "unreadable_object",
                                "a run is named lot/operation", expected="lot/operation")  # fmt: skip
        elif name not in names and table not in draft.broken and not name.startswith("P:"):
            yield draft.finding("locks", position, "object", "unknown_id", f"this is not in {table}",
                                hint=did_you_mean(name, sorted(names)))  # fmt: skip
        yield from _bygone(draft, position, lock)


def _bygone(draft: Draft, position: int, lock: Lock) -> Iterator[Finding]:
    """A lock that still counts cannot be kept where it holds something at an instant that is over."""
    if lock.expires is not None and lock.expires <= 0:
        return
    held = {LockKind.RUN: (("from", lock.start), ("to", lock.end)), LockKind.ORDER: (("to", lock.end),)}
    for column, instant in held.get(lock.kind, ()):
        if instant is not None and instant < 0:
            yield draft.finding("locks", position, column, "lock_before_start",
                                "what is locked at this time would lie before the plan's start",
                                expected="the plan's start or later, or an empty cell")  # fmt: skip
