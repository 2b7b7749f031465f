"""Choose the columns of an answer, and write a value as a cell of a text file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from stockgroups.errors import UsageError
from stockgroups.queries.frames import Tabular
from stockgroups.text import advise_nearest

if TYPE_CHECKING:
    from collections.abc import Iterator


def choose_columns(
    table: Tabular | list[dict[str, Any]] | Any, columns: str | None, where: str
) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    """Return the names of the columns and the rows.

    Args:
        table: An answer, or rows; any other value has no columns.
        columns: The chosen names, separated by commas; None: all.
        where: The name of the argument, for the error.

    Raises:
        UsageError: There is no such column; the error names the nearest.
    """
    rows: Iterator[tuple[Any, ...]]
    if isinstance(table, Tabular):
        known, rows = list(table.kinds()), table.iterate()
    else:
        records = table if isinstance(table, list) else []
        known = list(dict.fromkeys(name for row in records for name in row))
        rows = (tuple(row.get(name) for name in known) for row in records)
    if columns is None:
        return known, rows
    names = [name.strip() for name in columns.split(",") if name.strip()]
    for name in names if known else ():
        if name not in known:
            raise UsageError(
                f"unknown column {name!r}",
                where=where,
                remedy=advise_nearest(name, known, f"the columns are {', '.join(known)}", most=1),
            )
    places = [known.index(name) for name in names] if known else []
    return names, (tuple(row[place] for place in places) for row in rows)


def make_cell(value: Any) -> str:
    """Return a value as a cell of CSV: None as an empty text, a list or mapping as JSON."""
    if value is None:
        return ""
    if isinstance(value, bool | list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
