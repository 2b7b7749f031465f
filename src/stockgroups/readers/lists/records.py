"""JSON lists of stocks from data services: an object for each stock, or its symbol alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from stockgroups.errors import OversizedFileError, UnrecognisedFileError
from stockgroups.readers.containers.csv_text import MAX_COLUMNS
from stockgroups.readers.containers.document import sheet_document
from stockgroups.readers.containers.json_text import parse_json
from stockgroups.readers.tables import check_count

if TYPE_CHECKING:
    from stockgroups.readers.containers.document import Document

_SYMBOL = "symbol"


def read_records(document: Document) -> Document:
    """Return the records as a document with a header of their keys and a row for each.

    The list may be the whole file or the only list in an object. Raise UnrecognisedFileError for
    other JSON, and the errors of `parse_json`.
    """
    value = parse_json(document)
    lists = [value] if isinstance(value, list) else _lists_in(value)
    records = lists[0] if len(lists) == 1 else []
    if not records or not all(isinstance(record, dict | str) for record in records):
        raise UnrecognisedFileError(
            "JSON without a list of stocks",
            where=document.file_name,
            remedy='it is read as [{"symbol": "AAPL", "name": "Apple Inc."}, …] or ["AAPL", …]',
        )
    check_count(len(records), document)
    rows = [{_SYMBOL: record} if isinstance(record, str) else record for record in records]
    keys = list(dict.fromkeys(key for row in rows for key in row))
    if len(keys) > MAX_COLUMNS:
        raise OversizedFileError(f"records of {len(keys):,} keys", where=document.file_name)
    cells = [keys, *([_text(row.get(key)) for key in keys] for row in rows)]
    return replace(sheet_document(cells, document.file_name), start=document.start)


def _lists_in(value: object) -> list[list[Any]]:
    return (
        [item for item in value.values() if isinstance(item, list)]
        if isinstance(value, dict)
        else []
    )


def _text(value: object) -> str:
    """Return a text or number as it is printed, `TRUE` for true, and nothing for all else.

    Programs that convert texts to values turn TrueCar's ticker into a truth value.
    """
    if isinstance(value, bool):
        return str(value).upper()
    return value if isinstance(value, str) else ""
