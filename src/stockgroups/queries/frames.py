"""Answers as tables: rows for programs, data frames for analysts, HTML for notebooks."""

from __future__ import annotations

import datetime as dt
import json
from enum import Enum
from importlib import import_module
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeVar

from stockgroups.errors import UsageError
from stockgroups.json_values import Fields, to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pandas as pd
    import polars as pl
    import pyarrow as pa

MOST_SHOWN = 20
"""Rows of a table in a notebook."""
_T = TypeVar("_T")


class Kind(Enum):
    """What a column holds. Any value may be missing.

    `TEXTS` are lists of texts. `JSON` is a nested value; in frames it is a text of JSON.
    """

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    FLAG = "flag"
    DATE = "date"
    TIME = "time"
    TEXTS = "texts"
    JSON = "json"


_KINDS = {
    "str": Kind.TEXT,
    "int": Kind.INTEGER,
    "float": Kind.NUMBER,
    "bool": Kind.FLAG,
    "dt.date": Kind.DATE,
    "dt.datetime": Kind.TIME,
    "tuple[str, ...]": Kind.TEXTS,
    "Sequence[str]": Kind.TEXTS,
}


def kinds_of(row: type, **parts: type) -> dict[str, Kind]:
    """Return the columns of a class's JSON form, by the annotations of fields and properties.

    `parts` are the classes of attributes whose own attributes are among the keys.
    """
    found = _read_annotations(row)
    kinds: dict[str, Kind] = {}
    for key in getattr(row, "KEYS", "").split() or row.__annotations__:
        if key.startswith("*"):
            kinds |= kinds_of(parts[key[1:]])
            continue
        name, _, path = key.partition("=")
        attribute, _, rest = (path or name).partition(".")
        kinds[name] = _kind_of(
            _read_annotations(parts[attribute])[rest] if rest else found[attribute]
        )
    return kinds


def _read_annotations(row: type) -> dict[str, Any]:
    properties = {name: one.fget for name, one in vars(row).items() if isinstance(one, property)}
    found = {name: read.__annotations__["return"] for name, read in properties.items() if read}
    return found | row.__annotations__


def _kind_of(annotation: Any) -> Kind:
    # A named tuple keeps its annotations in another form.
    name = str(getattr(annotation, "__forward_arg__", annotation)).removesuffix(" | None")
    return _KINDS.get(name, Kind.JSON if "[" in name else Kind.TEXT)


class Column(NamedTuple):
    """A column of an answer: a list of Python values (dates as dates), or a numpy array."""

    name: str
    kind: Kind
    values: Any


class Tabular(Fields):
    """An answer that is a table.

    A class that inherits it has `rows()`, or in `ROWS` the attribute that holds the rows. It states
    in `KINDS` what their keys hold, in the order of the columns, or in `kinds()` if that depends on
    the answer. A class with very many rows has `columns()` in place of `rows()`.
    """

    __slots__ = ()
    ROWS: ClassVar[str] = ""
    KINDS: ClassVar[Mapping[str, Kind]] = {}

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows as JSON values, each with the same keys."""
        if self.ROWS:
            rows: list[dict[str, Any]] = to_json(attrgetter(self.ROWS)(self))
            return rows
        columns = self.columns()
        names = [column.name for column in columns]
        return [
            dict(zip(names, row, strict=True)) for row in zip(*map(_write, columns), strict=True)
        ]

    def count_rows(self) -> int:
        """Return the number of rows."""
        return len(self.rows())

    def iterate(self) -> Iterator[tuple[Any, ...]]:
        """Yield the rows as JSON values in the order of the columns."""
        if type(self).columns is Tabular.columns:
            names = list(self.kinds())
            return (tuple(row[name] for name in names) for row in self.rows())
        return zip(*map(_write, self.columns()), strict=True)

    def sources(self) -> list[dict[str, Any]]:
        """Return the group and the origin of each report that was used, as JSON values.

        Empty where each row names its own source, or where no report of a group was used.
        """
        return []

    def kinds(self) -> Mapping[str, Kind]:
        """Return the names of the columns and what they hold."""
        return self.KINDS

    def columns(self) -> list[Column]:
        """Return the columns; all frames are made from them."""
        rows = self.rows()
        return [
            Column(name, kind, [_read(kind, row[name]) for row in rows])
            for name, kind in self.kinds().items()
        ]

    def to_pandas(self) -> pd.DataFrame:
        """Return the rows as a pandas DataFrame. Raises UsageError if pandas is missing."""
        pandas = import_package("pandas")
        types = {
            Kind.INTEGER: "Int64",
            Kind.NUMBER: "float64",
            Kind.FLAG: "boolean",
            # What pandas takes texts and dates for differs from version to version. A column of
            # another unit than a user's own dates cannot be joined with them by `merge_asof`.
            Kind.DATE: pandas.to_datetime(["2000-01-01"]).dtype,
            Kind.TIME: pandas.to_datetime(["2000-01-01"], utc=True).dtype,
            Kind.TEXTS: object,
        }
        texts = pandas.Series([""]).dtype
        frame: pd.DataFrame = pandas.DataFrame(
            {
                column.name: pandas.Series(column.values, dtype=types.get(column.kind, texts))
                for column in self.columns()
            }
        )
        return frame

    def to_polars(self) -> pl.DataFrame:
        """Return the rows as a polars DataFrame. Raises UsageError if polars is missing."""
        polars = import_package("polars")
        types = {
            Kind.INTEGER: polars.Int64,
            Kind.NUMBER: polars.Float64,
            Kind.FLAG: polars.Boolean,
            Kind.DATE: polars.Date,
            Kind.TIME: polars.Datetime("us", "UTC"),
            Kind.TEXTS: polars.List(polars.String),
        }
        frame: pl.DataFrame = polars.DataFrame(
            [
                polars.Series(
                    column.name, column.values, dtype=types.get(column.kind, polars.String)
                )
                for column in self.columns()
            ]
        )
        return frame

    def to_arrow(self) -> pa.Table:
        """Return the rows as an Arrow table. Raises UsageError if pyarrow is missing."""
        arrow = import_package("pyarrow")
        types = {
            Kind.INTEGER: arrow.int64(),
            Kind.NUMBER: arrow.float64(),
            Kind.FLAG: arrow.bool_(),
            Kind.DATE: arrow.date32(),
            Kind.TIME: arrow.timestamp("us", "UTC"),
            Kind.TEXTS: arrow.list_(arrow.string()),
        }
        table: pa.Table = arrow.table(
            {
                column.name: arrow.array(column.values, types.get(column.kind, arrow.string()))
                for column in self.columns()
            }
        )
        return table

    def _repr_html_(self) -> str:
        """Return the first rows as HTML, as notebooks show a table."""
        from html import escape  # noqa: PLC0415 - for notebooks alone

        def show(value: Any) -> str:
            return "" if value is None else escape(str(value))

        rows = self.rows()
        shown = rows[:MOST_SHOWN]
        names = [name for name in (rows[0] if rows else ()) if any(row[name] for row in shown)]
        head = "".join(f"<th>{escape(name)}</th>" for name in names)
        body = "".join(
            "<tr>" + "".join(f"<td>{show(row[name])}</td>" for name in names) + "</tr>"
            for row in shown
        )
        rest = f"<p>{len(rows)} rows</p>" if len(rows) > len(shown) else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}"


class Answers(Tabular, tuple[_T, ...]):
    """Several answers, one per row: a sequence that is also a table.

    A subclass has `KINDS`, and its items have `to_dict()`.
    """

    __slots__ = ()

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each answer."""
        return self.to_dict()

    def to_dict(self) -> list[dict[str, Any]]:  # type: ignore[override]  # of several answers
        """Return the answers as JSON values, in a list."""
        return [one.to_dict() for one in self]  # type: ignore[attr-defined]


def _read(kind: Kind, value: Any) -> Any:
    """Return a JSON value as the value of a column."""
    if value is None:
        return None
    if kind is Kind.DATE:
        return dt.date.fromisoformat(value)
    if kind is Kind.TIME:
        return dt.datetime.fromisoformat(value)
    if kind is Kind.JSON:
        return json.dumps(value, ensure_ascii=False)
    return value


def _write(column: Column) -> Iterable[Any]:
    """Return the values of a column as JSON values; a numpy array becomes Python values."""
    values = column.values
    items: list[Any] = values.tolist() if hasattr(values, "tolist") else values
    if column.kind in (Kind.DATE, Kind.TIME):
        return (None if value is None else value.isoformat() for value in items)
    if column.kind is Kind.JSON:
        return (None if value is None else json.loads(value) for value in items)
    return items


def import_package(package: str, install: str | None = None) -> Any:
    """Return a package that only some answers need. Raises UsageError if it is missing.

    `install` is the command that installs it; None: pip with its name.
    """
    try:
        return import_module(package)
    except ImportError as error:
        remedy = f"run `{install}`" if install else f"run `pip install {package}`, or use rows()"
        raise UsageError(f"{package} is not installed", remedy=remedy) from error
