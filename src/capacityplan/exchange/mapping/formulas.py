"""The small language of a profile's formulas: columns, numbers, texts, comparisons, a few functions."""

from __future__ import annotations

import ast
import math
import warnings
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from fractions import Fraction
from math import ceil, floor
from typing import Any

from capacityplan.exchange.mapping.values import Value
from capacityplan.exchange.texts import did_you_mean, number_text
from capacityplan.units import MINUTES_PER_DAY

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


def _clock(hours: Fraction) -> str:
    """Write 13.5 hours as 13:30."""
    minutes = floor(hours * 60 + Fraction(1, 2))
    if not 0 <= minutes <= MINUTES_PER_DAY:
        raise ValueError("a time of day is between 0 and 24 hours")
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


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
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(source.strip(), mode="eval")
            called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
            for node in ast.walk(tree):
                _check(node, columns, called)
            self.names = frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))
            self._run = _compiled(tree.body)
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
            return self._run(row)
        except (TypeError, ArithmeticError, AttributeError) as error:
            raise ValueError(str(error)) from None


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


Run = Callable[[Row], Any]
_OPERATORS: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + timedelta(days=int(b)) if isinstance(a, date) else a + b,
    ast.Sub: lambda a, b: a - timedelta(days=int(b)) if isinstance(a, date) else a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}


def _compiled(node: ast.expr) -> Run:
    """Turn a checked tree into a function of a row."""
    return _COMPILERS[type(node)](node)


def _constant(node: Any) -> Run:
    value = node.value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = Fraction(str(value))
    return lambda _: value


def _name(node: Any) -> Run:
    name = node.id
    return lambda row: row[name]


def _binary(node: Any) -> Run:
    left, right, apply = _compiled(node.left), _compiled(node.right), _OPERATORS[type(node.op)]
    return lambda row: apply(left(row), right(row))


def _unary(node: Any) -> Run:
    operand, negative = _compiled(node.operand), isinstance(node.op, ast.USub)
    return lambda row: -operand(row) if negative else not operand(row)


def _logic(node: Any) -> Run:
    parts, every = [_compiled(part) for part in node.values], isinstance(node.op, ast.And)
    return lambda row: all(part(row) for part in parts) if every else any(part(row) for part in parts)


def _comparison(node: Any) -> Run:
    parts = [_compiled(part) for part in (node.left, *node.comparators)]
    tests = [_OPERATORS[type(op)] for op in node.ops]
    return lambda row: all(test(a(row), b(row)) for test, a, b in zip(tests, parts, parts[1:], strict=False))


def _choice(node: Any) -> Run:
    test, yes, no = _compiled(node.test), _compiled(node.body), _compiled(node.orelse)
    return lambda row: yes(row) if test(row) else no(row)


def _call(node: Any) -> Run:
    function, arguments = _FUNCTIONS[node.func.id], [_compiled(part) for part in node.args]
    return lambda row: function(*(argument(row) for argument in arguments))


def _several(node: Any) -> Run:
    parts = [_compiled(part) for part in node.elts]
    return lambda row: tuple(part(row) for part in parts)


_COMPILERS: dict[type[ast.AST], Callable[[Any], Run]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _logic,
    ast.Compare: _comparison,
    ast.IfExp: _choice,
    ast.Call: _call,
    ast.Tuple: _several,
    ast.List: _several,
}
