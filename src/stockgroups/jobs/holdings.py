"""A folder of holdings files as people have it: found, told apart, read; bad ones drop out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stockgroups.errors import SourceError, StockgroupsError, UsageError
from stockgroups.sources import claimed_fund, read_holdings, reader_ids
from stockgroups.sources.document import MAX_FILE_BYTES
from stockgroups.sql import load_statements

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from stockgroups.catalog import Catalog
    from stockgroups.db.connection import Connection
    from stockgroups.sources import ReadResult

_SQL = load_statements("store")
SUFFIXES = frozenset({".csv", ".json", ".tsv", ".txt", ".xls", ".xlsx", ".xml"})


@dataclass(slots=True)
class HoldingsFile:
    """One file of the folder. Exactly one of `result`, `known_fund` and `error` is set.

    `sha256` is None for a file that the system does not let us read.
    """

    path: Path
    name: str
    sha256: str | None = None
    result: ReadResult | None = None
    known_fund: str | None = None
    known_as_of: dt.date | None = None
    error: StockgroupsError | None = None

    @property
    def fund(self) -> str | None:
        """The ticker of the fund, where the file could be read."""
        return self.result.fund if self.result else self.known_fund


def find_files(folder: Path) -> Iterator[Path]:
    """Yield the files that may hold holdings, by name; hidden ones and other kinds are passed by.

    Raises UsageError where there is no such folder.
    """
    if not folder.is_dir():
        raise UsageError(
            "not a folder" if folder.exists() else "no such folder",
            where=str(folder),
            remedy="set HOLDINGS_DIR or --holdings-dir to the folder with the issuers' files",
        )
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        # `~$spy.xlsx` is the lock of a spreadsheet that is open.
        hidden = any(part.startswith((".", "~$")) for part in inside)
        if path.suffix.lower() in SUFFIXES and not hidden and path.is_file():
            yield path


def read_folder(
    connection: Connection,
    environment: str,
    catalog: Catalog,
    folder: Path,
    *,
    etf: str | None,
    rebuild: bool,
    as_of: dt.date | None,
    accept: frozenset[str],
    progress: Callable[[int, int, str], None],
) -> list[HoldingsFile]:
    """Read every file of the folder, or those of one fund.

    A file that this program has read before, under the same name and with the same reader and
    catalogue, is not parsed again unless `rebuild` is set or a date is given. An error stays with
    its file. With `etf`, files of other funds are left out, and so are errors of files that do not
    claim that fund.
    """
    files = [_open(path, folder) for path in find_files(folder)]
    known = {} if rebuild or as_of else _known_files(connection, environment, catalog, files)
    for number, file in enumerate(files, 1):
        progress(number, len(files), file.name)
        if file.error:
            continue
        if (file.sha256, file.path.name) in known:
            file.known_fund, file.known_as_of = known[file.sha256, file.path.name]
            continue
        # Only a ticker of the catalogue is sure to be one: the content may say otherwise.
        claimed = claimed_fund(file.path.name, catalog)
        if etf and claimed != etf and claimed in catalog.etfs:
            continue
        try:
            file.result = read_holdings(
                file.path, file.path.name, catalog, as_of=as_of, accept=accept
            )
        except StockgroupsError as error:
            file.error = error
        except OSError as error:
            file.error = _unreadable(file, error)
    if etf is None:
        return files
    return [
        file
        for file in files
        if file.fund == etf or (file.error and claimed_fund(file.path.name, catalog) == etf)
    ]


def _open(path: Path, folder: Path) -> HoldingsFile:
    """Return the file with the hash of its content, or with the error that kept us from it."""
    file = HoldingsFile(path, path.relative_to(folder).as_posix())
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            return file  # reading it refuses it, without hashing it first
        with path.open("rb") as stream:
            file.sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        file.error = _unreadable(file, error)
    return file


def _unreadable(file: HoldingsFile, error: OSError) -> SourceError:
    return SourceError(
        f"the file cannot be read: {error.strerror or error}",
        where=file.name,
        remedy="make it readable and load again",
    )


def _known_files(
    connection: Connection, environment: str, catalog: Catalog, files: list[HoldingsFile]
) -> dict[tuple[str | None, str], tuple[str, dt.date]]:
    """Return fund and date of the files that were recorded by the readers of today.

    By hash and name: fund and date of a file that does not say them are those of its name.
    """
    readers = reader_ids(catalog)
    rows = connection.execute(
        _SQL["known_files"],
        {"environment": environment, "hashes": [f.sha256 for f in files if f.sha256]},
    )
    return {
        (sha256, name): (fund, date)
        for sha256, name, fund, reader, date in rows
        if reader in readers
    }
