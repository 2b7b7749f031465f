"""The JSON of the page of Xtrackers (DWS) for a UCITS fund.

It has the names of its columns apart from the rows, and each cell has a display text beside
the sort value, which alone is exact (`1.26 B USD`). Stocks are identified by ISIN. It has neither
the fund nor the date: the file's name has to.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stockgroups.errors import UnrecognisedFileError
from stockgroups.model import Category
from stockgroups.readers.containers.json_text import by_keys, follow, parse_json, read_positions
from stockgroups.readers.format import Field, Format

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stockgroups.readers.containers.document import Document
    from stockgroups.readers.format import FileColumns

_CLASSES: Mapping[str, Category | None] = {"cash and/or derivatives": Category.CASH}
_LABELS = {
    "ISIN": Field.ISIN,
    "Name": Field.NAME,
    "% Weight": Field.WEIGHT,
    "Market value": Field.MARKET_VALUE,
    "Country": Field.COUNTRY,
    "Industry": Field.SECTOR,
    "Asset class": Field.ASSET_CLASS,
    # German
    "% Gewichtung": Field.WEIGHT,
    "Gewichtung": Field.WEIGHT,
    "Marktwert": Field.MARKET_VALUE,
    "Land": Field.COUNTRY,
    "Branche": Field.SECTOR,
    "Anlageklasse": Field.ASSET_CLASS,
}


def _read(document: Document) -> FileColumns:
    response = parse_json(document)
    columns, rows = follow(response, "tables.0.columns"), follow(response, "tables.0.values")
    labels = {
        str(column.get("key")): str(column.get("value"))
        for column in (columns if isinstance(columns, list) else [])
        if isinstance(column, dict)
    }
    fields = {key: _LABELS[label] for key, label in labels.items() if label in _LABELS}
    if not isinstance(rows, list) or not {Field.ISIN, Field.WEIGHT} <= set(fields.values()):
        raise UnrecognisedFileError(
            f"JSON of a table without ISINs and weights; its columns are {list(labels.values())}",
            where=document.file_name,
        )
    positions = [
        {key: _value(cell) for key, cell in row.items()} if isinstance(row, dict) else row
        for row in rows
    ]
    table = read_positions(document, positions, fields, ignored=labels)
    return replace(
        table,
        columns={**table.columns, Field.TICKER: ["-"] * len(table.lines)},
        percent=True,
        asset_classes=_CLASSES,
    )


def _value(cell: object) -> object:
    """Return a cell's sort value, which is exact, else its text."""
    if not isinstance(cell, dict):
        return cell
    value = cell.get("sortValue")
    return cell.get("value") if value is None else value


FORMAT = Format(
    "xtrackers",
    1,
    "Xtrackers",
    by_keys(_read, "tables", "columns", "header"),
    containers="JSON",
    last_seen="2026-05-01, an excerpt",
)
