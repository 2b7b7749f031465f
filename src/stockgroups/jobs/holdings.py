"""Read a folder of holdings files. A bad file is left out and keeps its error."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.db.sql import load_statements
from stockgroups.errors import (
    ConstituentsError,
    EmptyFileError,
    NoDateError,
    SourceError,
    StockgroupsError,
    UnrecognisedFileError,
    UnsupportedFileError,
)
from stockgroups.jobs.folder import Listing, PassedOver, find_files, name_in
from stockgroups.jobs.fund_register import read_fund_register
from stockgroups.model import Category, GroupType, Ref, Snapshot
from stockgroups.readers import (
    ReadResult,
    claimed_fund,
    read_funds,
    reader_ids,
    reads_the_same,
)
from stockgroups.readers.containers.document import MAX_FILE_BYTES
from stockgroups.readers.containers.files import open_file, read_file, refusing_file
from stockgroups.readers.lists.constituents import find_universe, read_constituents
from stockgroups.readers.signs import may_hold_holdings
from stockgroups.receipts import Receipt
from stockgroups.record.state import find_displaced
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from stockgroups.catalog import Catalog
    from stockgroups.jobs.load_options import LoadOptions
    from stockgroups.readers import FundReading
    from stockgroups.text import Progress

_SQL = load_statements("store")


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a readable file holds: its fund, date, format, members and receipt."""

    fund: str
    as_of: dt.date | None
    format: str
    members: int
    receipt: Receipt


@dataclass(slots=True)
class HoldingsFile:
    """One file of the folder: read now (`result`), known from before, or refused (`error`).

    `facts` describe the first two. `sha256` is None for a file that cannot be opened.
    `counts_again`: the file is recorded, and shall supersede the suspicious file of its date.
    `claims` is the fund of a file of several, of which this is one. `universe` is the key of the
    universe where the file is a list of its members: `result` and `facts` are of that then.
    """

    path: Path
    name: str
    sha256: str | None = None
    result: ReadResult | None = None
    facts: FileFacts | None = None
    error: StockgroupsError | None = None
    counts_again: bool = False
    claims: str | None = None
    universe: str | None = None

    @property
    def fund(self) -> str | None:
        """The ticker of the fund, where the file could be read and is of one."""
        return self.facts.fund if self.facts and not self.universe else None


def read_folder(
    store: Store, folder: Path, options: LoadOptions, progress: Progress
) -> tuple[list[HoldingsFile], Listing]:
    """Read the files of the folder, or those of one fund; return what else the folder holds.

    A file that no reader understands, and that shows no sign of holdings, is passed over. An
    unchanged file is not parsed again if the same reader and catalogue have read it, under this
    name or an equivalent one, unless all are to be read again or a date is given. An error belongs
    to its file. With a fund in the options, files of other funds are left out, and so are the
    errors of files that do not claim to be of that fund.
    """
    catalog, etf = store.catalog, options.etf
    register = cache(partial(read_fund_register, store))  # for a folder that has filings
    listing = find_files(folder, options.ignore)
    files = [_open(path, folder) for path in listing.files]
    known = {} if options.rebuild or options.as_of else _find_known(store, files)
    hashes = [file.sha256 for file in files if file.sha256]
    again = find_displaced(store, GroupType.ETF, hashes)
    again_lists = find_displaced(store, GroupType.UNIVERSE, hashes)
    shared: dict[Ref, Ref] = {}
    strays: set[str] = set()
    more: list[HoldingsFile] = []
    for number, file in enumerate(files, 1):
        progress(number, len(files), file.name)
        if file.error:
            continue
        file.counts_again = file.sha256 in again
        file.facts = None if file.counts_again else _recall(file, known, catalog)
        if file.facts:
            continue
        # Only a ticker of the catalogue is sure to be one: the content may say otherwise.
        claimed = claimed_fund(file.path.name, catalog)
        if etf and claimed != etf and claimed in catalog.etfs:
            continue
        try:
            readings = read_funds(
                file.path,
                file.path.name,
                catalog,
                as_of=options.as_of,
                accept=options.accept,
                find_ticker=lambda header: register().find(header).ticker,
            )
        except ConstituentsError as error:
            file.error = error.without_frames()
            _take_list(file, catalog, options, again_lists, shared)
        except StockgroupsError as error:
            file.error = error.without_frames()
        else:
            more += _take(file, readings, listing, shared)
        if file.error and _is_stray(file, catalog):
            listing.passed_over.append(
                PassedOver(file.name, f"{file.error.what}, and nothing in it looks like holdings")
            )
            strays.add(file.name)
    files = [file for file in [*files, *more] if file.name not in strays]
    if etf is None:
        return files, listing
    of_fund = [
        file
        for file in files
        if file.fund == etf
        or (file.error and (file.claims or claimed_fund(file.path.name, catalog)) == etf)
    ]
    return of_fund, listing


def _take_list(
    file: HoldingsFile,
    catalog: Catalog,
    options: LoadOptions,
    again: frozenset[str],
    shared: dict[Ref, Ref],
) -> None:
    """Set the members of a universe on a file that is a list of them and names the universe.

    Any other list stays refused; its error names the command that loads it.
    """
    try:
        key = find_universe(file.path, file.path.name, catalog)
        if key is None:
            return
        snapshot = read_constituents(
            file.path,
            file.path.name,
            catalog,
            as_of=options.as_of,
            accept=options.accept,
            universe=key,
        )
    except StockgroupsError as error:
        file.error = error.without_frames()
        return
    file.error, file.universe = None, key
    file.result = ReadResult(key, None, _share(snapshot, shared))
    file.facts = _facts_of(file.result)
    file.counts_again = file.sha256 in again


def _take(
    file: HoldingsFile,
    readings: Sequence[FundReading],
    listing: Listing,
    shared: dict[Ref, Ref],
) -> list[HoldingsFile]:
    """Set the first fund of a file on it, and return one more file for each other fund.

    If there are several, a fund that holds no stocks is passed over without an error.
    """
    if len(readings) > 1:
        empty = [r for r in readings if isinstance(r.error, UnsupportedFileError)]
        for reading in empty:
            what = reading.error.what if reading.error else ""
            listing.passed_over.append(PassedOver(f"{file.name} ({reading.fund})", what))
        readings = [reading for reading in readings if reading not in empty] or empty[:1]
    name = file.name
    parts = [file, *(replace(file) for _ in readings[1:])]
    for part, reading in zip(parts, readings, strict=True):
        part.error = reading.error
        if reading.result:
            snapshot = _share(reading.result.snapshot, shared)
            part.result = replace(reading.result, snapshot=snapshot)
            part.facts = _facts_of(part.result)
        if len(readings) > 1:
            part.claims, part.name = reading.fund, f"{name} ({reading.fund})"
    return parts[1:]


def _share(snapshot: Snapshot, shared: dict[Ref, Ref]) -> Snapshot:
    """Return the snapshot with the refs that other files have too, as one object each.

    Years of daily files report mostly the same refs. Apart, they would take four fifths of the
    memory of a load.
    """
    return replace(snapshot, refs=tuple(map(shared.setdefault, snapshot.refs, snapshot.refs)))


def _open(path: Path, folder: Path) -> HoldingsFile:
    """Return the file with the hash of its content, or with the error of opening it."""
    file = HoldingsFile(path, name_in(folder, path))
    try:
        with refusing_file(file.name), open_file(path, file.name) as stream:
            # The reader refuses a longer file as too long, without a hash of it.
            if os.fstat(stream.fileno()).st_size <= MAX_FILE_BYTES:
                file.sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    except StockgroupsError as error:
        file.error = error
    return file


def _is_stray(file: HoldingsFile, catalog: Catalog) -> bool:
    """Return whether a refused file shows no sign of being a holdings file."""
    if not isinstance(file.error, UnrecognisedFileError | EmptyFileError | NoDateError):
        return False
    try:
        with refusing_file(file.name):
            data = read_file(file.path, MAX_FILE_BYTES, file.name)
            return not may_hold_holdings(data, file.path.name, catalog)
    except SourceError:
        return False  # it was readable a moment ago, so its first error stays


def _facts_of(result: ReadResult) -> FileFacts:
    snapshot, count = result.snapshot, result.snapshot.member_count
    receipt = snapshot.receipt or Receipt({Category.MEMBER: count})
    return FileFacts(result.fund, snapshot.as_of, result.format, count, receipt)


class _Known(NamedTuple):
    """A file that was read before."""

    name: str
    facts: FileFacts


def _find_known(store: Store, files: list[HoldingsFile]) -> dict[str, list[_Known]]:
    """Return, by hash, the recorded files that the current readers have read."""
    readers = reader_ids(store.catalog)
    rows = execute(store, _SQL["known_files"], hashes=[f.sha256 for f in files if f.sha256])
    known: dict[str, list[_Known]] = {}
    for sha256, name, reader, fund, as_of, source, members, stored in rows:
        if reader in readers and not store.catalog.renamed_fund(fund, as_of):
            receipt = Receipt.from_dict(stored) if stored else Receipt({Category.MEMBER: members})
            facts = FileFacts(fund, as_of, source, members, receipt)
            known.setdefault(sha256, []).append(_Known(name, facts))
    return known


def _recall(
    file: HoldingsFile, known: Mapping[str, list[_Known]], catalog: Catalog
) -> FileFacts | None:
    """Return the known file with this content if its name makes no difference, else None."""
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
            fund_from=past.facts.receipt.fund_from,
            as_of_from=past.facts.receipt.as_of_from,
        )
    )
    return next(named, None) or next(copied, None)
