"""Read people's sector lists (`symbol,sector`), to compare the classification with."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stockgroups.errors import (
    OversizedFileError,
    SourceError,
    SymbolError,
    UnrecognisedFileError,
)
from stockgroups.readers.containers.files import read_file
from stockgroups.symbols import read_symbol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from stockgroups.catalog import Catalog

MAX_FILE_BYTES = 16 * 1024 * 1024
MAX_ROWS = 200_000
_SYMBOLS = ("symbol", "ticker")
_SECTORS = ("sector", "gics sector")


@dataclass(frozen=True, slots=True)
class SectorList:
    """A list: sectors by canonical symbol, and the rows that were not understood."""

    file_name: str
    sectors: dict[str, str]
    not_understood: list[str]


def read_sector_list(path: Path, catalog: Catalog) -> SectorList:
    """Read a CSV of symbols and sectors, in any spelling that the catalogue knows.

    The columns are found by their headings (`Symbol` or `Ticker`, `Sector` or `GICS Sector`);
    without headings they are the first two. Raises SourceError for a file that cannot be read, that
    gives one stock two sectors, or in which no row is understood.
    """
    rows = _read_rows(path)
    symbol_at, sector_at, begin = _find_columns(rows)
    sectors: dict[str, str] = {}
    not_understood = []
    for line, row in enumerate(rows[begin:], begin + 1):
        if not any(cell.strip() for cell in row):
            continue
        pair = _read_pair(row, symbol_at, sector_at, catalog)
        if pair is None:
            not_understood.append(f"row {line}: {','.join(row)[:80]}")
        elif sectors.setdefault(*pair) != pair[1]:
            raise SourceError(
                f"{pair[0]} is in two sectors", where=f"{path}, row {line}", remedy="keep one"
            )
    if not sectors:
        raise UnrecognisedFileError(
            "no row holds a symbol and a sector",
            where=str(path),
            remedy="write symbol,sector on each line",
        )
    return SectorList(path.name, sectors, not_understood)


def _read_rows(path: Path) -> list[list[str]]:
    data = read_file(path, MAX_FILE_BYTES, str(path))
    if len(data) > MAX_FILE_BYTES:
        raise OversizedFileError(f"more than {MAX_FILE_BYTES:,} bytes", where=str(path))
    try:
        text = data.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnrecognisedFileError(
            f"not CSV in UTF-8 ({error})", where=str(path), remedy="save it as CSV UTF-8"
        ) from error
    if len(rows) > MAX_ROWS:
        raise SourceError(
            f"more than {MAX_ROWS:,} rows", where=str(path), remedy="split it into parts"
        )
    return rows


def _find_columns(rows: Sequence[Sequence[str]]) -> tuple[int, int, int]:
    """Return the columns of symbol and sector, and the first row of the list."""
    heads = [cell.strip().casefold() for cell in rows[0]] if rows else []
    symbol_at = next((heads.index(name) for name in _SYMBOLS if name in heads), None)
    sector_at = next((heads.index(name) for name in _SECTORS if name in heads), None)
    if symbol_at is not None and sector_at is not None:
        return symbol_at, sector_at, 1
    return 0, 1, 0


def _read_pair(
    row: Sequence[str], symbol_at: int, sector_at: int, catalog: Catalog
) -> tuple[str, str] | None:
    if len(row) <= max(symbol_at, sector_at):
        return None
    sector = catalog.sector_of_label(row[sector_at])
    if sector is None:
        return None
    try:
        return read_symbol(row[symbol_at], catalog), sector
    except SymbolError:
        return None
