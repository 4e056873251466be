"""Marketing's sales projections as columns: a million rows without a million objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

IntColumn = npt.NDArray[np.int64]

_INT_COLUMNS = (
    "item", "start", "end", "quantity", "stream", "segment", "certainty",
    "weight_millionths", "low", "high",
)  # fmt: skip
_TEXT_COLUMNS = ("author", "dated")
_ENCODED = ("item", "stream", "segment", "certainty", "author", "dated")


class Projections:
    """Projection rows, dictionary-encoded and read-only.

    Attributes
    ----------
    names : tuple of str
        The texts that the encoded columns (item, stream, segment, certainty, author, dated)
        point into: ``names[0]`` is the empty text, then the used texts in sorted order (the
        constructor renumbers whatever order it is given).
    item, stream, segment, certainty, author, dated : (rows,) int64
        Indexes into ``names``.
    start, end : (rows,) int64
        First and last *local date* (proleptic ordinal) of the projection, both included; the
        quantity is due evenly over these days.
    quantity, low, high : (rows,) int64
        Base units of the item; -1 in low or high: not stated.
    weight_millionths : (rows,) int64
        Weight of the row in the consensus, times 10**6 (probability is multiplied in).
    """

    __slots__ = ("names", *_INT_COLUMNS, *_TEXT_COLUMNS)

    names: tuple[str, ...]
    item: IntColumn
    start: IntColumn
    end: IntColumn
    quantity: IntColumn
    stream: IntColumn
    segment: IntColumn
    certainty: IntColumn
    weight_millionths: IntColumn
    low: IntColumn
    high: IntColumn
    author: IntColumn
    dated: IntColumn

    def __init__(self, names: Sequence[str], **columns: npt.ArrayLike) -> None:
        expected = {*_INT_COLUMNS, *_TEXT_COLUMNS}
        if set(columns) != expected:
            raise ValueError(f"projections need the columns {sorted(expected)}, got {sorted(columns)}")
        try:
            arrays = {column: np.array(values, dtype=np.int64) for column, values in columns.items()}
        except OverflowError as error:
            raise ValueError("projections hold a number that is too large") from error
        if len({array.shape for array in arrays.values()}) > 1:
            raise ValueError("projection columns differ in length")
        names = _canonical(names, arrays)
        object.__setattr__(self, "names", names)
        for column, array in arrays.items():
            array.setflags(write=False)
            object.__setattr__(self, column, array)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("projections are frozen")

    @classmethod
    def empty(cls) -> Self:
        """Return a table of no rows."""
        return cls(("",), **dict.fromkeys((*_INT_COLUMNS, *_TEXT_COLUMNS), ()))

    def __len__(self) -> int:
        return len(self.item)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Projections) and self.columns() == other.columns()

    def __hash__(self) -> int:
        return hash((self.names, self.item.tobytes(), self.quantity.tobytes()))

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (self.columns(),)

    def columns(self) -> dict[str, Any]:
        """Return the table as plain lists, the form in JSON."""
        out: dict[str, Any] = {"names": list(self.names)}
        for column in (*_INT_COLUMNS, *_TEXT_COLUMNS):
            out[column] = getattr(self, column).tolist()
        return out

    @classmethod
    def from_columns(cls, columns: Mapping[str, Any]) -> Self:
        """Build the table from what `columns` returns."""
        rest = dict(columns)
        return cls(rest.pop("names"), **rest)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        shape = {"names": core_schema.typed_dict_field(core_schema.list_schema(core_schema.str_schema()))}
        for column in (*_INT_COLUMNS, *_TEXT_COLUMNS):
            shape[column] = core_schema.typed_dict_field(core_schema.list_schema(core_schema.int_schema()))
        from_dict = core_schema.no_info_after_validator_function(
            cls.from_columns, core_schema.typed_dict_schema(shape)
        )
        return core_schema.json_or_python_schema(
            json_schema=from_dict,
            python_schema=core_schema.union_schema([core_schema.is_instance_schema(cls), from_dict]),
            serialization=core_schema.plain_serializer_function_ser_schema(cls.columns),
        )


def _canonical(names: Sequence[str], columns: dict[str, IntColumn]) -> tuple[str, ...]:
    """Renumber the encoded columns by sorted used names: equal tables then compare and hash equal."""
    used = np.zeros(len(names), dtype=bool)
    for column in _ENCODED:
        codes = columns[column]
        if len(codes) and not 0 <= int(codes.min()) <= int(codes.max()) < len(names):
            raise ValueError(f"projection column {column} points outside names")
        used[codes] = True
    kept = ("", *sorted({names[code] for code in np.flatnonzero(used).tolist()} - {""}))
    place = {name: code for code, name in enumerate(kept)}
    renumbered = np.array([place.get(name, 0) for name in names], dtype=np.int64)
    for column in _ENCODED:
        columns[column] = renumbered[columns[column]]
    return kept


def _rebuild(columns: Mapping[str, Any]) -> Projections:
    return Projections.from_columns(columns)
