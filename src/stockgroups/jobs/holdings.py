"""A folder of holdings files as people have it: found, told apart, read; bad ones drop out."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from stockgroups.errors import SourceError, StockgroupsError, UsageError
from stockgroups.model import Category
from stockgroups.sources import claimed_fund, read_holdings, reader_ids, reads_the_same
from stockgroups.sources.document import MAX_FILE_BYTES
from stockgroups.sources.texts import escape_text
from stockgroups.sql import load_statements

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from stockgroups.catalog import Catalog
    from stockgroups.db.connection import Connection
    from stockgroups.sources import ReadResult

_SQL = load_statements("store")
LONGEST_NAME = 255
SUFFIXES = frozenset({".csv", ".json", ".tsv", ".txt", ".xls", ".xlsm", ".xlsx", ".xml"})


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a file that could be read holds; weights are fractions of the fund.

    `rejected` counts the rows that could not be placed.
    """

    fund: str
    as_of: dt.date | None
    format: str
    rows: int
    members: int
    rejected: int = 0
    rejected_weight: float = 0.0
    other_weight: float = 0.0
    unknown_columns: tuple[str, ...] = ()
    unknown_classes: tuple[str, ...] = ()


@dataclass(slots=True)
class HoldingsFile:
    """One file of the folder: read now (`result`), known from before, or refused (`error`).

    `facts` tell of the first two. `sha256` is None for a file that the system does not let us read.
    """

    path: Path
    name: str
    sha256: str | None = None
    result: ReadResult | None = None
    facts: FileFacts | None = None
    error: StockgroupsError | None = None

    @property
    def fund(self) -> str | None:
        """The ticker of the fund, where the file could be read."""
        return self.facts.fund if self.facts else None


def find_files(folder: Path) -> tuple[list[Path], Counter[str]]:
    """Return the files that may hold holdings, by name, and how many others there are of each kind.

    Hidden files are passed by without a word. Raises UsageError where there is no such folder.
    """
    if not folder.is_dir():
        raise UsageError(
            "not a folder" if folder.exists() else "no such folder",
            where=str(folder),
            remedy="set HOLDINGS_DIR or --holdings-dir to the folder with the issuers' files",
        )
    files: list[Path] = []
    others: Counter[str] = Counter()
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        # `~$spy.xlsx` is the lock of a spreadsheet that is open.
        if path.is_dir() or any(part.startswith((".", "~$")) for part in inside):
            continue
        if not path.is_file():
            others["no regular file"] += 1
        elif path.suffix.lower() in SUFFIXES:
            files.append(path)
        else:
            others[path.suffix.lower() or "without a suffix"] += 1
    return files, others


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
) -> tuple[list[HoldingsFile], Counter[str]]:
    """Read every file of the folder, or those of one fund; count the files of other kinds.

    A file that this program has read before with the same reader and catalogue, under the same
    name or one that says nothing else, is not parsed again unless `rebuild` is set or a date is
    given. An error stays with its file. With `etf`, files of other funds are left out, and so are
    errors of files that do not claim that fund.
    """
    paths, others = find_files(folder)
    files = [_open(path, folder) for path in paths]
    known = {} if rebuild or as_of else _find_known(connection, environment, catalog, files)
    for number, file in enumerate(files, 1):
        progress(number, len(files), file.name)
        if file.error:
            continue
        file.facts = _recall(file, known, catalog)
        if file.facts:
            continue
        # Only a ticker of the catalogue is sure to be one: the content may say otherwise.
        claimed = claimed_fund(file.path.name, catalog)
        if etf and claimed != etf and claimed in catalog.etfs:
            continue
        try:
            file.result = read_holdings(
                file.path, file.path.name, catalog, as_of=as_of, accept=accept
            )
            file.facts = _facts_of(file.result)
        except StockgroupsError as error:
            file.error = error
        except OSError as error:
            file.error = _unreadable(file, error)
    if etf is None:
        return files, others
    of_fund = [
        file
        for file in files
        if file.fund == etf or (file.error and claimed_fund(file.path.name, catalog) == etf)
    ]
    return of_fund, others


def _open(path: Path, folder: Path) -> HoldingsFile:
    """Return the file with the hash of its content, or with the error that kept us from it."""
    name = escape_text(path.relative_to(folder).as_posix(), LONGEST_NAME)
    file = HoldingsFile(path, name)
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


def _facts_of(result: ReadResult) -> FileFacts:
    snapshot = result.snapshot
    receipt = {} if snapshot.receipt is None else snapshot.receipt.as_dict()
    return _make_facts(result.fund, snapshot.as_of, result.format, len(snapshot.refs), receipt)


def _make_facts(
    fund: str, as_of: dt.date | None, format_: str, members: int, receipt: Mapping[str, Any]
) -> FileFacts:
    rows = receipt.get("rows") or {}
    weights = receipt.get("weights") or {}
    return FileFacts(
        fund,
        as_of,
        format_,
        receipt.get("rows_read", members),
        members,
        rows.get(Category.REJECTED, 0),
        weights.get(Category.REJECTED, 0.0),
        weights.get(Category.OTHER, 0.0),
        tuple(receipt.get("unknown_columns", ())),
        tuple(receipt.get("unknown_classes", ())),
    )


class _Known(NamedTuple):
    """A file that was read before: its name then, where fund and date come from, what it holds."""

    name: str
    fund_from: str | None
    as_of_from: str | None
    facts: FileFacts


def _find_known(
    connection: Connection, environment: str, catalog: Catalog, files: list[HoldingsFile]
) -> dict[str, list[_Known]]:
    """Return by hash what is recorded of the files that the readers of today have read."""
    readers = reader_ids(catalog)
    rows = connection.execute(
        _SQL["known_files"],
        {"environment": environment, "hashes": [f.sha256 for f in files if f.sha256]},
    )
    known: dict[str, list[_Known]] = {}
    for sha256, name, reader, fund, as_of, source, members, stored in rows:
        if reader in readers:
            receipt = stored or {}
            facts = _make_facts(fund, as_of, source, members, receipt)
            known.setdefault(sha256, []).append(
                _Known(name, receipt.get("fund_from"), receipt.get("as_of_from"), facts)
            )
    return known


def _recall(
    file: HoldingsFile, known: Mapping[str, list[_Known]], catalog: Catalog
) -> FileFacts | None:
    """Return what is known of a file of this content, if its name makes no difference, or None."""
    recorded = known.get(file.sha256 or "", [])
    named = (past.facts for past in recorded if past.name == file.path.name)
    copied = (
        past.facts
        for past in recorded
        if reads_the_same(
            file.path.name,
            catalog,
            fund=past.facts.fund,
            as_of=past.facts.as_of,
            fund_from=past.fund_from,
            as_of_from=past.as_of_from,
        )
    )
    return next(named, None) or next(copied, None)
