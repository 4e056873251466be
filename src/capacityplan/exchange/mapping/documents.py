"""Nested exports as tables: JSON documents with child rows, and XML data files of records."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from capacityplan.errors import DataError, Finding
from capacityplan.exchange.mapping.dialect import Text


def read_documents(data: bytes, file: str, records: str = "") -> Text:
    """Read a JSON list of documents, or the rows of one of their child tables.

    Parameters
    ----------
    records : str
        Child table: a row for each of its rows, its columns as ``records.field`` beside the
        document's own. Empty: a row for each document.

    Raises
    ------
    DataError
        If the file is no list of documents.
    """
    try:
        found = json.loads(data.decode("utf-8-sig"), parse_float=str, parse_int=str, parse_constant=_refuse)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise DataError((Finding("not_json", f"this is not JSON: {error}", file),)) from None
    if isinstance(found, dict):
        found = next((value for value in found.values() if isinstance(value, list)), [found])
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        message, expected = "this is no list of documents", "a list of objects, or an object that holds one"
        raise DataError((Finding("not_a_table", message, file, expected=expected),))
    rows = []
    for number, document in enumerate(found, start=1):
        own = {name: value for name, value in document.items() if not isinstance(value, list | dict)}
        if not records:
            rows.append((number, own))
            continue
        children = document.get(records) or []
        rows += [
            (number, own | {f"{records}.{name}": value for name, value in child.items()})
            for child in children
            if isinstance(child, dict)
        ]
    return _table(file, "utf-8", rows)


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is not a number")


def _table(file: str, encoding: str, rows: list[tuple[int, dict[str, Any]]]) -> Text:
    header = tuple(dict.fromkeys(name for _, row in rows for name in row))
    cells = [[_cell(row.get(name)) for name in header] for _, row in rows]
    return Text(file, encoding, "-", header, cells, [line for line, _ in rows])


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if isinstance(value, list | dict) else str(value)


def read_records(source: Path, pattern: str, model: str, today: Any) -> Text:
    """Read the records of one model from XML data files (``record``, ``field``), nested ones too.

    A field is its text, the id that it refers to, or its expression where that is a literal, a
    reference or a day counted from today. A nested record has its parent's id as ``parent``.

    Parameters
    ----------
    pattern : str
        File name, or a pattern such as ``*.xml``.
    today : date
        Day from which expressions count.

    Raises
    ------
    DataError
        If a file is no such data file.
    """
    found: dict[str, tuple[int, dict[str, Any]]] = {}
    files: dict[str, None] = {}
    day = today if isinstance(today, date) else date.today()
    for path in sorted(source.glob(pattern)):
        for number, record in enumerate(read_xml(path).iter("record"), start=1):
            for place, (kind, row) in enumerate(_unfolded(record, day)):
                if kind == model:
                    # A record with a known id changes what that one said; one without an id stands alone.
                    key = row["id"] if record.get("id") else f"#{path.name}/{number}/{place}"
                    first = found.setdefault(key, (number, {}))
                    files[path.name] = None
                    first[1].update(row)
    named = next(iter(files)) if len(files) == 1 else pattern
    return _table(named, "xml", list(found.values()))


def read_xml(path: Path) -> ElementTree.Element:
    """Read an XML file that declares nothing by which it could blow up or read other files.

    Raises
    ------
    DataError
    """
    try:
        data = path.read_bytes()
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            message = "the file declares a document type or entities"
            raise DataError((Finding("hostile_file", message, path.name, expected="plain XML records"),))
        return ElementTree.fromstring(data)
    except OSError as error:
        message = f"the file cannot be read: {error.strerror}"
        raise DataError((Finding("unreadable_file", message, path.name),)) from None
    except ElementTree.ParseError as error:
        message = f"this is not XML: {error}"
        raise DataError((Finding("not_xml", message, path.name, row=error.position[0]),)) from None


def _unfolded(record: ElementTree.Element, today: date) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a record and what it holds as (model, fields)."""
    own: dict[str, Any] = {"id": record.get("id", "")}
    inside: list[tuple[str, dict[str, Any]]] = []
    for field in record.findall("field"):
        name = field.get("name", "")
        if field.get("ref") is not None:
            own[name] = field.get("ref")
        elif field.get("eval") is not None:
            value = _evaluated(field.get("eval", ""), today)
            if isinstance(value, list):
                inside += [(field.get("model", name), row) for row in _commands(value)]
            else:
                own[name] = value
        else:
            own[name] = (field.text or "").strip()
    yield record.get("model", ""), own
    for number, (model, row) in enumerate(inside, start=1):
        identity = f"{own['id']}/{number}"
        above = {f"parent.{name}": value for name, value in own.items()}
        yield model, {"id": identity, **above, **row, "parent": own["id"]}


def _commands(value: list[Any]) -> Iterator[dict[str, Any]]:
    """Rows that a field creates: commands (0, 0, fields)."""
    for command in value:
        if isinstance(command, tuple) and len(command) == 3 and isinstance(command[2], dict):
            yield command[2]


def _evaluated(source: str, today: date) -> Any:
    """Value of a field's expression; empty where it needs the other system."""
    try:
        return _value(ast.parse(source.strip(), mode="eval").body, today)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError, OverflowError):
        return None


def _value(node: ast.expr, today: date) -> Any:
    if isinstance(node, ast.Constant):
        value = node.value
        return value if isinstance(value, str | bool) or value is None else str(value)
    if isinstance(node, ast.List):
        return [_tried(part, today) for part in node.elts]
    if isinstance(node, ast.Tuple):
        return tuple(_tried(part, today) for part in node.elts)
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return {key.value: _tried(value, today) for key, value in pairs if isinstance(key, ast.Constant)}
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return f"-{_value(node.operand, today)}"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        left, right = _value(node.left, today), _value(node.right, today)
        return left + right if isinstance(node.op, ast.Add) else left - right
    return _called(node, today)


def _tried(node: ast.expr, today: date) -> Any:
    try:
        return _value(node, today)
    except (ValueError, TypeError):
        return None


def _called(node: ast.expr, today: date) -> Any:
    """References, rows to create, today, and lengths of time; anything else needs the other system."""
    if not isinstance(node, ast.Call):
        raise ValueError("this needs the other system")
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name == "ref" and node.args and isinstance(node.args[0], ast.Constant):
        return node.args[0].value
    if name == "create" and len(node.args) == 1:
        return 0, 0, _value(node.args[0], today)
    if name in ("today", "now"):
        return today
    if name == "strftime" and isinstance(node.func, ast.Attribute):
        return _value(node.func.value, today)
    if name in ("relativedelta", "timedelta"):
        return _length(node.keywords)
    raise ValueError("this needs the other system")


def _length(keywords: Iterable[ast.keyword]) -> timedelta:
    units = {"days": 1.0, "weeks": 7.0, "hours": 1 / 24, "minutes": 1 / 1440, "months": 30.0, "years": 365.0}
    total = 0.0
    for keyword in keywords:
        if keyword.arg not in units or not isinstance(keyword.value, ast.Constant | ast.UnaryOp):
            raise ValueError("this length of time is not known")
        total += float(ast.literal_eval(keyword.value)) * units[keyword.arg]
    return timedelta(days=int(total))
