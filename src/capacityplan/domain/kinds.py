"""The kinds of things a plant knows, as they are written in its tables."""

from __future__ import annotations

from enum import StrEnum


class ItemKind(StrEnum):
    """What an item is to the plant."""

    FINISHED = "finished"
    INTERMEDIATE = "intermediate"
    RAW = "raw"
    PACKAGING = "packaging"
    SERVICE = "service"


class ResourceKind(StrEnum):
    """What a resource is."""

    MACHINE = "machine"
    LABOUR = "labour"
    TOOL = "tool"
    LAB = "lab"
    STORAGE = "storage"
    SUBCONTRACTOR = "subcontractor"
    DOCK = "dock"


class CalendarKind(StrEnum):
    """What a calendar row opens or closes."""

    WORK = "work"
    OVERTIME = "overtime"
    CLOSED = "closed"


class Stage(StrEnum):
    """When an inspection takes place."""

    INCOMING = "incoming"
    IN_PROCESS = "in_process"
    FINAL = "final"
    VALIDATION = "validation"
    CERTIFICATE = "certificate"


class StockStatus(StrEnum):
    """What may be done with stock."""

    UNRESTRICTED = "unrestricted"
    IN_INSPECTION = "in_inspection"
    TESTED = "tested"
    BLOCKED = "blocked"


class ReceiptKind(StrEnum):
    """Where a scheduled receipt comes from."""

    PURCHASE = "purchase"
    PRODUCTION = "production"


class LockKind(StrEnum):
    """What a lock holds fast (docs/model.md, locks)."""

    RUN = "run"
    RESOURCE = "resource"
    ITEM = "item"
    ORDER = "order"


class Lateness(StrEnum):
    """Whether lateness is charged at bucket ends or to the minute."""

    BUCKET = "bucket"
    MINUTE = "minute"
