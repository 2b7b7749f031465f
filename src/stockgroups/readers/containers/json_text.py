"""JSON files as Python values: bounded, with numbers as they are printed."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from stockgroups.errors import (
    EmptyFileError,
    OversizedFileError,
    TruncatedFileError,
    UnrecognisedFileError,
)
from stockgroups.readers.containers.csv_text import MAX_COLUMNS
from stockgroups.readers.format import FileColumns, Malformed
from stockgroups.readers.tables import check_count
from stockgroups.readers.values.texts import escape_text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from stockgroups.readers.containers.document import Document
    from stockgroups.readers.format import Field

MAX_CHARACTERS = 16 * 1024 * 1024
"""About 25,000 positions; a world fund has 10,000. Small objects take 30 times their text."""

_LONGEST_QUOTE, _LONGEST_KEY = 200, 60


def parse_json(document: Document) -> Any:
    """Return the value of the document; every number is the text in the file.

    Raises:
        OversizedFileError: It is longer than any fund's holdings.
        TruncatedFileError: It is not JSON to its end, or an object has a key twice.
        UnrecognisedFileError: It is nested more deeply than Python reads.
    """
    text = document.text()
    if len(text) > MAX_CHARACTERS:
        raise OversizedFileError(
            f"{len(text):,} characters of JSON; no fund's holdings have more than "
            f"{MAX_CHARACTERS:,}",
            where=document.file_name,
        )
    try:
        return json.loads(
            text,
            parse_float=str,
            parse_int=str,
            parse_constant=lambda text: None if text == "NaN" else text,  # Python's null
            object_pairs_hook=make_object,
        )
    except ValueError as error:
        raise TruncatedFileError(
            f"the JSON cannot be read: {error}",
            where=document.file_name,
            remedy="download it again",
        ) from error
    except RecursionError as error:
        raise UnrecognisedFileError(
            "JSON nested more deeply than any holdings are", where=document.file_name
        ) from error


def has_keys(document: Document, *keys: str) -> bool:
    """Return whether a document is JSON and has all the keys in its first 4,000 characters."""
    return document.markup == "JSON" and all(f'"{key}"' in document.start for key in keys)


def by_keys(
    read: Callable[[Document], FileColumns], *keys: str
) -> Callable[[Document], Callable[[], FileColumns] | None]:
    """Return a function that recognises a format by the keys of its JSON, read by `read`."""

    def recognise(document: Document) -> Callable[[], FileColumns] | None:
        return partial(read, document) if has_keys(document, *keys) else None

    return recognise


def make_object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object from pairs. Raise ValueError for a key that occurs twice.

    Python takes the last of two values, other programs the first: such a file is damaged.
    """
    values = dict(pairs)
    if len(values) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in values if keys.count(key) > 1)
        raise ValueError(f"the key {escape_text(twice, _LONGEST_KEY)} occurs twice in an object")
    return values


def follow(value: object, path: str) -> object:
    """Return the value at a path of keys and places, `products.0.name`; None if there is none."""
    for step in path.split("."):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def flatten(position: object) -> object:
    """Return an object with the values of nested objects under paths; any other value unchanged."""
    if not isinstance(position, dict) or not any(isinstance(v, dict) for v in position.values()):
        return position
    found: dict[str, Any] = {}
    for key, value in position.items():
        if isinstance(value, dict):
            found |= {f"{key}.{inner}": text for inner, text in value.items()}
        else:
            found[key] = value
    return found


def read_positions(
    document: Document,
    positions: Sequence[object],
    fields: Mapping[str, Field],
    *,
    ignored: Collection[str] = (),
) -> FileColumns:
    """Return the positions of a fund as columns; the first one is line 1.

    `fields` maps keys to meanings; a position without a key has a blank there. Keys that are
    neither there nor in `ignored` are reported as unknown. A position that is not an object of
    texts and numbers is malformed.

    Raises:
        OversizedFileError: There are more positions, or more different keys, than any fund has.
        EmptyFileError: There is no position.
    """
    check_count(len(positions), document)
    rows: list[list[str]] = []
    lines: list[int] = []
    malformed: list[Malformed] = []
    keys: dict[str, None] = {}
    for number, position in enumerate(positions, start=1):
        cells = _cells(position, fields)
        if cells is None or not isinstance(position, dict):
            text = " ".join(str(position).split())[:_LONGEST_QUOTE]
            malformed.append(Malformed(number, "not an object of texts and numbers", text))
        else:
            lines.append(number)
            rows.append(cells)
            keys.update(dict.fromkeys(position))
    if not rows:
        raise EmptyFileError(
            "the file of a fund without holdings",
            where=document.file_name,
            remedy="download it again",
        )
    if len(keys) > MAX_COLUMNS:
        raise OversizedFileError(
            f"positions of {len(keys):,} different keys", where=document.file_name
        )
    columns = dict(zip(fields.values(), map(list, zip(*rows, strict=True)), strict=True))
    unknown = tuple(key for key in keys if key not in fields and key not in ignored)
    return FileColumns(
        lines=lines, columns=columns, malformed=tuple(malformed), unknown_columns=unknown
    )


def _cells(position: object, fields: Mapping[str, Field]) -> list[str] | None:
    """Return a position's texts in the order of the fields; None if it is not a position."""
    if not isinstance(position, dict):
        return None
    values = [position.get(key) for key in fields]
    if not all(value is None or isinstance(value, str) for value in values):
        return None
    return [(value or "").strip() for value in values]
