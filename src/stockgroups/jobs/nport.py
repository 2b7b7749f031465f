"""Load N-PORT filings fund by fund: from XML files, or from the SEC's quarterly data sets.

One transaction records a few thousand positions. So memory stays flat and a kill loses little. A
filing is loaded whole or not at all, and a loaded filing is not read again.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from stockgroups.errors import (
    EmptyFileError,
    NotFoundError,
    SourceError,
    StockgroupsError,
    UsageError,
)
from stockgroups.jobs.folder import SUFFIXES, find_files, name_in
from stockgroups.jobs.nport_choice import Choice
from stockgroups.jobs.nport_record import Recorder, refuse
from stockgroups.jobs.nport_report import (
    FilingOutcome,
    NportOptions,
    NportReport,
    Outcome,
    Progress,
)
from stockgroups.readers.containers.files import open_file, refusing_file
from stockgroups.readers.sec.fund_register import LOAD_CLASSES
from stockgroups.readers.sec.nport_tables import TABLES, read_accounts, read_headers
from stockgroups.readers.sec.nport_xml import START_BYTES, is_filing, read_filing
from stockgroups.readers.sec.row_parts import MOST_PARTS
from stockgroups.readers.sec.tables import TableSet, refuse_start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from stockgroups.readers.sec.fund_register import Fund
    from stockgroups.readers.sec.nport import FilingHeader
    from stockgroups.readers.sec.portfolio import Account
    from stockgroups.store import Store

_Item = TypeVar("_Item")
_CONTENT, _REGISTER = "the content", "the register of funds"
_ZIP = b"PK\x03\x04"


def load_nport(
    store: Store,
    path: Path,
    options: NportOptions,
    progress: Callable[[Progress], None] = lambda _: None,
) -> NportReport:
    """Record the filings of the chosen funds from a file, a data set or a folder.

    An amendment replaces the filing that it amends, whichever is loaded first. If a filing is
    refused, its fund stays as it was; the others load.

    Raises:
        UsageError: There is no such file.
        NotFoundError: Only ETFs are asked for, and no loaded file says which funds are ETFs.
        DatabaseError: Nothing could be done at all.
    """
    if not path.exists():
        raise UsageError(
            "no such file or folder",
            where=str(path),
            remedy="name filings, data sets or folders that exist",
        )
    load = _Load(store, options, progress)
    if path.is_dir():
        with TableSet(path, TABLES) as tables:
            is_set = tables.has(*TABLES[:1]) or tables.has(*TABLES[3:4])
        if is_set:
            load.add_tables(path, path.name)
        else:
            load.add_folder(path)
    else:
        load.add(path, path.name, 0.0, 1.0)
    load.recorder.flush()
    return load.report


class _Load:
    """One load: it reads the chosen filings and hands them to the recorder."""

    def __init__(
        self, store: Store, options: NportOptions, progress: Callable[[Progress], None]
    ) -> None:
        self.report = NportReport(options.dry_run)
        self._options = options
        self._progress = progress
        self._choice = Choice(store, options)
        self.recorder = Recorder(store, options, self.report)

    def add_folder(self, folder: Path) -> None:
        """Read the filings and data sets of a folder; leave other files alone."""
        listing = find_files(folder, suffixes=SUFFIXES | {".zip"})
        self.report.errors += listing.errors
        if not listing.files:
            raise NotFoundError("no filing in the folder", where=str(folder))
        for number, path in enumerate(listing.files):
            start, share = number / len(listing.files), 1 / len(listing.files)
            self.add(path, name_in(folder, path), start, share)

    def add(self, path: Path, name: str, start: float, share: float) -> None:
        """Read a file. `start` and `share` are its place and size within the whole load."""
        try:
            with refusing_file(name), open_file(path, name) as stream:
                head = stream.read(START_BYTES)
            if head.startswith(_ZIP) or path.suffix.lower() == ".zip":
                self.add_tables(path, name, start, share)
            else:
                self._progress(Progress(start, name))
                self._add_filing(path, name)
        except SourceError as error:
            self.report.errors.append(error)

    def _add_filing(self, path: Path, name: str) -> None:
        with refusing_file(name), open_file(path, name) as stream:
            start = stream.read(START_BYTES)
            if not is_filing(start):
                refuse_start(start, name)
                raise SourceError(
                    "no N-PORT filing",
                    where=name,
                    remedy="give primary_doc.xml, a submission's text, or a data set in a zip",
                )
            stream.seek(0)
            filing = read_filing(stream, name)
        header = filing.header
        if header.filed_on is None:
            header = replace(header, filed_on=self._options.filed_on)
            filing = replace(filing, header=header)
        outcome = FilingOutcome(name, None, header.as_of, header.filed_on, rows=filing.account.rows)
        self.report.filings.append(outcome)
        try:
            fund = self._choice.name_fund(header, path.name)
            outcome.fund = fund.key
            reason = self._choice.decline(fund, header)
            if reason is not None:
                outcome.outcome, outcome.why = Outcome.NOT_ASKED, reason
                return
            if filing.sha256 in self._choice.find_known({filing.sha256: fund.key}):
                outcome.outcome = Outcome.UNCHANGED
                return
            snapshot = filing.make_snapshot(path.name, _CONTENT)
            del filing  # its columns are as large as the snapshot, which may be recorded at once
            self.recorder.add(fund.key, header, snapshot, outcome)
        except StockgroupsError as error:
            refuse(outcome, error)

    def add_tables(self, path: Path, name: str, start: float = 0.0, share: float = 1.0) -> None:
        """Read the filings of a data set."""
        if self._choice.knows_no_etf:
            raise NotFoundError(
                "no list says which funds are ETFs",
                where=name,
                remedy=f"{LOAD_CLASSES}; or take all with --funds all",
            )
        with refusing_file(name):
            opened = TableSet(path, TABLES)
        with opened as tables:
            wanted = self._choose(tables, name)
            if not wanted:
                return
            half = share / 2

            def report(done: int, total: int) -> None:
                self._progress(Progress(start + half * done / max(1, total), f"reading {name}"))

            parts = {
                number: zlib.crc32(one.fund.key.encode()) % MOST_PARTS
                for number, one in wanted.items()
            }
            net_assets = {number: one.header.net_assets for number, one in wanted.items()}
            done = 0
            for accounts in _refusing(name, read_accounts(tables, parts, net_assets, report)):
                for number in sorted(accounts):
                    self._add_account(wanted.pop(number), accounts.pop(number))
                    done += 1
                    at = start + half + half * done / len(parts)
                    self._progress(Progress(at, f"loading {name}"))
            for one in wanted.values():
                refuse(one.outcome, EmptyFileError("it has no positions", where=one.outcome.file))

    def _choose(self, tables: TableSet, name: str) -> dict[str, _Wanted]:
        """Return the filings to read, by their numbers; count the others."""
        with refusing_file(name):
            digest, headers = tables.hash(), read_headers(tables)
            if not headers:
                raise EmptyFileError("it has no filings", where=name)
        chosen: dict[str, _Wanted] = {}
        for header in headers:
            number = header.accession or ""
            fund = self._choice.fund_of(header)
            reason = self._choice.decline(fund, header)
            if reason is not None:
                self.report.not_asked[reason] += 1
                continue
            sha256 = hashlib.sha256(f"{digest} {number}".encode()).hexdigest()
            outcome = FilingOutcome(f"{name}/{number}", fund.key, header.as_of, header.filed_on)
            chosen[number] = _Wanted(fund, header, sha256, outcome)
        known = self._choice.find_known({one.sha256: one.fund.key for one in chosen.values()})
        for number, one in list(chosen.items()):
            self.report.filings.append(one.outcome)
            if one.sha256 in known:
                one.outcome.outcome = Outcome.UNCHANGED
                del chosen[number]
        return chosen

    def _add_account(self, one: _Wanted, account: Account) -> None:
        one.outcome.rows = account.rows
        try:
            snapshot = account.finish(
                one.header, file_name=one.outcome.file, sha256=one.sha256, fund_from=_REGISTER
            )
            self.recorder.add(one.fund.key, one.header, snapshot, one.outcome)
        except StockgroupsError as error:
            refuse(one.outcome, error)


def _refusing(name: str, items: Iterator[_Item]) -> Iterator[_Item]:
    """Yield the items. An error while they are produced becomes a refusal of the file."""
    with refusing_file(name):
        yield from items


@dataclass(slots=True)
class _Wanted:
    """A filing of a data set that is to be read."""

    fund: Fund
    header: FilingHeader
    sha256: str
    outcome: FilingOutcome
