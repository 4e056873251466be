"""The small language of a profile's formulas: columns, numbers, texts, comparisons, a few functions."""

from __future__ import annotations

import ast
import itertools
import math
import re
import warnings
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from fractions import Fraction
from math import ceil, floor
from typing import Any

from capacityplan.exchange.mapping.values import Value
from capacityplan.exchange.texts import did_you_mean, number_text
from capacityplan.units import MINUTES_PER_DAY, MINUTES_PER_HOUR

Row = Mapping[str, Value]
_MOST_PLACES = 12


def _text(value: Value) -> str:
    if value is None:
        return ""
    return number_text(value) if isinstance(value, Fraction) else str(value)


def _round(value: Fraction, places: Fraction = Fraction(0)) -> Fraction:
    if not 0 <= places <= _MOST_PLACES:
        raise ValueError(f"round keeps 0 to {_MOST_PLACES} decimals")
    scale = 10 ** int(places)
    return Fraction(floor(value * scale + Fraction(1, 2)), scale)


def _plain(value: Value) -> str:
    """Id without the leading zeros that one system writes and the next drops."""
    text = _text(value)
    return (text.lstrip("0") or "0") if text.isdigit() else text


_TIME = re.compile(r"(\d{1,2})(?::?(\d\d)(?::?(\d\d)(?:\.\d+)?)?)?(?:\s*([ap])\.?\s?m\.?)?", re.IGNORECASE)
_NOON = 12


def _clock(value: Value) -> str:
    """Write 13.5 hours, or a text like 1:30 PM, 13:30:00 or 1330, as 13:30."""
    hours = value if isinstance(value, Fraction) else _hours(_text(value))
    minutes = floor(hours * 60 + Fraction(1, 2))
    if not 0 <= minutes <= MINUTES_PER_DAY:
        raise ValueError("a time of day is between 0 and 24 hours")
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _hours(text: str) -> Fraction:
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text} is not a time of day")
    hours, minutes, seconds = (int(part or 0) for part in found.group(1, 2, 3))
    if minutes >= MINUTES_PER_HOUR or seconds >= MINUTES_PER_HOUR:
        raise ValueError(f"{text} is not a time of day")
    if found[4]:
        if not 1 <= hours <= _NOON:
            raise ValueError(f"{text} is not a time of day")
        hours = hours % _NOON + (_NOON if found[4].lower() == "p" else 0)
    # Seconds are left out, as everywhere: 23:59:59 is 23:59.
    return hours + Fraction(minutes, MINUTES_PER_HOUR)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "ceil": lambda value: Fraction(ceil(value)),
    "clock": _clock,
    "date": lambda text: date.fromisoformat(text),
    "days": lambda after, before: Fraction((after - before).days),
    "floor": lambda value: Fraction(floor(value)),
    "lower": lambda text: _text(text).lower(),
    "max": max,
    "min": min,
    "or_else": lambda value, other: other if value is None else value,
    "part": lambda text, first, length: _text(text)[int(first) - 1 : int(first - 1 + length)],
    "plain": _plain,
    "round": _round,
    "stamp": lambda moment, notation: moment.strftime(notation),
    "starts": lambda text, part: _text(text).startswith(part),
    "text": _text,
    "upper": lambda text: _text(text).upper(),
    "weekday": lambda day: Fraction(day.weekday()),
}
"""Functions of the language, by name."""
_ALLOWED = (
    ast.Expression, ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.UnaryOp, ast.USub, ast.Not,
    ast.BoolOp, ast.And, ast.Or, ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In,
    ast.NotIn, ast.IfExp, ast.Call, ast.Name, ast.Load, ast.Constant, ast.Tuple, ast.List,
)  # fmt: skip
_LONGEST = 1000
_FAILURES = (ValueError, TypeError, ArithmeticError, AttributeError)
"""What a formula can come to on values that it does not fit."""


class FailedRow(Exception):
    """A formula that does not fit a row: its number and why."""

    def __init__(self, row: int, reason: str) -> None:
        self.row, self.reason = row, reason
        super().__init__(reason)


class Formula:
    """A formula, checked once and evaluated for every row.

    Raises
    ------
    ValueError
        With message and hint, if it is none or uses what there is not.
    """

    def __init__(self, source: str, columns: frozenset[str]) -> None:
        if len(source) > _LONGEST:
            raise ValueError(f"a formula has at most {_LONGEST} characters", "")
        self._plain = source.strip()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(source.strip(), mode="eval")
            called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
            for node in ast.walk(tree):
                _check(node, columns, called)
            self.names = frozenset(
                node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called
            )
            self._arguments = sorted(self.names)
            self._run = _compiled(tree.body, self._arguments)
        except (SyntaxError, RecursionError, MemoryError):
            raise ValueError("this is not a formula", "") from None

    def __call__(self, row: Row) -> Any:
        """Evaluate the formula for a row.

        Raises
        ------
        ValueError
            If it does not fit the row's values.
        """
        try:
            return self._run(*(row[name] for name in self._arguments))
        except (TypeError, ArithmeticError, AttributeError) as error:
            raise ValueError(str(error)) from None

    def over(self, columns: Mapping[str, list[Any]], constants: Mapping[str, Any], rows: int) -> list[Any]:
        """Evaluate the formula for every row of some columns.

        Raises
        ------
        FailedRow
            At the first row whose values it does not fit.
        """
        if self._plain in columns:
            return columns[self._plain]
        if not any(name in columns for name in self._arguments):
            return [self._at(columns, constants, 0)] * rows if rows else []
        values = [
            columns[name] if name in columns else itertools.repeat(constants[name], rows)
            for name in self._arguments
        ]
        try:
            return list(map(self._run, *values))
        except _FAILURES:
            found = [self._at(columns, constants, row) for row in range(rows)]
            raise AssertionError(f"the formula failed once and then did not: {found[:1]}") from None

    def _at(self, columns: Mapping[str, list[Any]], constants: Mapping[str, Any], row: int) -> Any:
        try:
            return self._run(
                *(columns[name][row] if name in columns else constants[name] for name in self._arguments)
            )
        except _FAILURES as error:
            reason = str(error)
            if isinstance(error, TypeError) and "NoneType" in reason:
                reason = "a cell that it needs is empty"
            raise FailedRow(row, reason) from None


def _check(node: ast.AST, columns: frozenset[str], called: set[int]) -> None:
    """Refuse what has no place in a formula."""
    if not isinstance(node, _ALLOWED):
        raise ValueError(f"{type(node).__name__} has no place in a formula", "")
    if isinstance(node, ast.Call):
        if not isinstance(node.func, ast.Name) or node.func.id not in _FUNCTIONS or node.keywords:
            raise ValueError("there is no such function", f"there are {', '.join(_FUNCTIONS)}")
    elif isinstance(node, ast.Name) and id(node) not in called and node.id not in columns:
        near = did_you_mean(node.id, sorted(columns))
        raise ValueError(f"there is no column {node.id}", near or f"there are {', '.join(sorted(columns))}")
    elif isinstance(node, ast.Constant):
        if not isinstance(node.value, str | int | float | None):
            raise ValueError(f"{node.value!r} has no place in a formula", "")
        if isinstance(node.value, float) and not math.isfinite(node.value):
            raise ValueError("the number is too large", "")


def _added(left: Any, right: Any) -> Any:
    return left + timedelta(days=int(right)) if isinstance(left, date) else left + right


def _less(left: Any, right: Any) -> Any:
    return left - timedelta(days=int(right)) if isinstance(left, date) else left - right


_BUILT = {"_add": _added, "_less": _less, "_truth": bool}


class _Builder(ast.NodeTransformer):
    """Turns a checked tree into Python: exact numbers, dates that take days, names that cannot clash."""

    def __init__(self) -> None:
        self.known: dict[str, Any] = {"__builtins__": {}, **_BUILT}

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        value = node.value
        if not isinstance(value, int | float) or isinstance(value, bool):
            return node
        name = f"_n{len(self.known)}"
        self.known[name] = Fraction(str(value))
        return ast.Name(name, ast.Load())

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Name(f"c_{node.id}", ast.Load())

    def visit_Call(self, node: ast.Call) -> ast.expr:
        assert isinstance(node.func, ast.Name), "checked before"
        name = f"f_{node.func.id}"
        self.known[name] = _FUNCTIONS[node.func.id]
        return ast.Call(ast.Name(name, ast.Load()), [self.visit(part) for part in node.args], [])

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        left, right = self.visit(node.left), self.visit(node.right)
        if isinstance(node.op, ast.Add | ast.Sub):
            name = "_add" if isinstance(node.op, ast.Add) else "_less"
            return ast.Call(ast.Name(name, ast.Load()), [left, right], [])
        return ast.BinOp(left, node.op, right)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        parts = ast.BoolOp(node.op, [self.visit(part) for part in node.values])
        return ast.Call(ast.Name("_truth", ast.Load()), [parts], [])


def _compiled(body: ast.expr, arguments: list[str]) -> Callable[..., Any]:
    """Turn a checked tree into a function of its columns."""
    builder = _Builder()
    parameters = ast.arguments([], [ast.arg(f"c_{name}") for name in arguments], None, [], [], None, [])
    tree = ast.Expression(ast.Lambda(parameters, builder.visit(body)))
    run: Callable[..., Any] = eval(compile(ast.fix_missing_locations(tree), "formula", "eval"), builder.known)
    return run
