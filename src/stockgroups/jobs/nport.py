"""Load N-PORT filings: from files in XML, or from the SEC's quarterly data set, fund by fund.

What is recorded in one transaction are some thousand positions, so that the memory does not grow
and a kill loses little: a filing is loaded or it is not, and one that is loaded is not read again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import zlib
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from stockgroups.db.sql import load_statements
from stockgroups.errors import (
    EmptyFileError,
    GuardError,
    NotFoundError,
    SourceError,
    StockgroupsError,
    UnsupportedFileError,
    UsageError,
)
from stockgroups.jobs.folder import SUFFIXES, find_files, name_in
from stockgroups.jobs.fund_register import read_fund_register
from stockgroups.jobs.nport_report import (
    ALL,
    ETFS,
    FilingOutcome,
    NportOptions,
    NportReport,
    Outcome,
    Progress,
)
from stockgroups.model import Category, GroupKey, GroupType
from stockgroups.readers import reader_ids
from stockgroups.readers.containers.files import open_file, refusing_file
from stockgroups.readers.funds import find_claim, find_fund
from stockgroups.readers.sec.fund_register import LOAD_CLASSES, explain_unknown
from stockgroups.readers.sec.nport import FORMS, FilingHeader
from stockgroups.readers.sec.nport_tables import TABLES, read_accounts, read_headers
from stockgroups.readers.sec.nport_xml import START_BYTES, is_filing, read_filing
from stockgroups.readers.sec.row_parts import MOST_PARTS
from stockgroups.readers.sec.tables import TableSet, refuse_start
from stockgroups.record.apply import apply
from stockgroups.record.desired import DesiredGroup
from stockgroups.record.loads import LoadNote
from stockgroups.record.state import find_displaced
from stockgroups.suspicions import Guard, Suspicion, refuse_suspicions
from stockgroups.times import today_utc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from stockgroups.model import Snapshot
    from stockgroups.readers.sec.fund_register import Fund, FundRegister
    from stockgroups.readers.sec.portfolio import Account
    from stockgroups.store import Store

_SQL = load_statements("store")

MOST_AT_ONCE = 40_000
"""Positions of stocks that are recorded in one transaction."""

_Item = TypeVar("_Item")
_CONTENT, _REGISTER = "the content", "the register of funds"
_ZIP = b"PK\x03\x04"


def load_nport(
    store: Store,
    path: Path,
    options: NportOptions,
    progress: Callable[[Progress], None] = lambda _: None,
) -> NportReport:
    """Record the filings of a file, a data set or a folder for the funds that are asked for.

    An amendment takes the place of the filing that it amends, whichever is loaded first. A filing
    that is refused leaves its fund as it was; the others load.

    Raises:
        UsageError: There is no such file.
        NotFoundError: ETFs are asked for, and no file that tells which funds those are was loaded.
        DatabaseError: Nothing could be done at all.
    """
    if not path.exists():
        raise UsageError("no such file or folder", where=str(path), remedy="name the filings")
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
    load.flush()
    return load.report


class _Load:
    """One load: the filings that wait to be recorded, and what became of the others."""

    def __init__(
        self, store: Store, options: NportOptions, progress: Callable[[Progress], None]
    ) -> None:
        self.report = NportReport(options.dry_run)
        self._store = store
        self._options = options
        self._progress = progress
        self._register: FundRegister = read_fund_register(store)
        self._asked = (
            None
            if isinstance(options.funds, str)
            else frozenset(word.strip().upper() for word in options.funds)
        )
        self._waiting: dict[str, list[_Waiting]] = defaultdict(list)
        self._names: dict[str, str] = {}
        self._stocks = 0

    def add_folder(self, folder: Path) -> None:
        """Take the filings and data sets of a folder in, the others are left."""
        listing = find_files(folder, suffixes=SUFFIXES | {".zip"})
        self.report.errors += listing.errors
        if not listing.files:
            raise NotFoundError("no filing in the folder", where=str(folder))
        for number, path in enumerate(listing.files):
            start, share = number / len(listing.files), 1 / len(listing.files)
            self.add(path, name_in(folder, path), start, share)

    def add(self, path: Path, name: str, start: float, share: float) -> None:
        """Take a file in. `start` and `share` say which part of all work it is."""
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
        told = FilingOutcome(name, None, header.as_of, header.filed_on, rows=filing.account.rows)
        self.report.filings.append(told)
        try:
            fund = self._name_fund(header, path.name)
            told.fund = fund.key
            reason = self._decline(fund, header)
            if reason is not None:
                told.outcome, told.why = Outcome.NOT_ASKED, reason
                return
            if filing.sha256 in self._find_known({filing.sha256: fund.key}):
                told.outcome = Outcome.UNCHANGED
                return
            snapshot = filing.make_snapshot(path.name, _CONTENT)
            self._wait(fund.key, header, snapshot, told)
        except StockgroupsError as error:
            _refuse(told, error)

    def _name_fund(self, header: FilingHeader, file_name: str) -> Fund:
        """Return the fund of a filing in a file, whose name may not say another one."""
        fund = self._register.find(header)
        catalog = self._store.catalog
        claim = find_claim(file_name, catalog)
        is_told = fund.ticker or catalog.fund_named(header.name) or (claim and claim.sure)
        if not is_told and (self._asked_for(fund, header) or not self._register.is_empty):
            return fund
        if not is_told:
            raise explain_unknown(header, file_name)
        key = find_fund(
            file_name,
            catalog,
            as_of=header.as_of,
            printed_ticker=fund.ticker,
            printed_name=header.name,
        )
        return fund._replace(key=key, ticker=key, is_etf=fund.is_etf or fund.ticker is None)

    def _asked_for(self, fund: Fund, header: FilingHeader) -> bool:
        if self._asked is None:
            return self._options.funds == ALL
        keys = {fund.key, fund.ticker, header.series_id, f"CIK{header.cik:010d}", str(header.cik)}
        return not self._asked.isdisjoint(filter(None, keys))

    def _decline(self, fund: Fund, header: FilingHeader) -> str | None:
        """Return why a filing is not asked for, or None."""
        if header.form not in FORMS:
            return f"of the form {header.form}"
        if self._asked is not None or self._options.funds == ALL:
            return None if self._asked_for(fund, header) else "not among --funds"
        return None if fund.is_etf else fund.why

    def _find_known(self, hashes: Mapping[str, str]) -> set[str]:
        """Return which hashes are recorded of these funds, as they would be read today."""
        if self._options.rebuild or not hashes:
            return set()
        readers = reader_ids(self._store.catalog)
        rows = self._store.connection.execute(
            _SQL["known_files"],
            {"environment": self._store.environment, "hashes": list(hashes)},
        )
        known = {row[0] for row in rows if row[2] in readers and hashes[row[0]] == row[3]}
        return known - find_displaced(self._store, GroupType.ETF, known)

    def add_tables(self, path: Path, name: str, start: float = 0.0, share: float = 1.0) -> None:
        """Take the filings of a data set in."""
        if self._register.is_empty and self._options.funds == ETFS:
            raise NotFoundError(
                "which funds are ETFs is not known",
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

            def tell(done: int, total: int) -> None:
                self._progress(Progress(start + half * done / max(1, total), f"reading {name}"))

            parts = {
                number: zlib.crc32(one.fund.key.encode()) % MOST_PARTS
                for number, one in wanted.items()
            }
            net_assets = {number: one.header.net_assets for number, one in wanted.items()}
            done = 0
            for accounts in _refusing(name, read_accounts(tables, parts, net_assets, tell)):
                for number in sorted(accounts):
                    self._add_account(wanted.pop(number), accounts[number])
                    done += 1
                    at = start + half + half * done / len(parts)
                    self._progress(Progress(at, f"loading {name}"))
            for one in wanted.values():
                _refuse(one.told, EmptyFileError("it has no positions", where=one.told.file))

    def _choose(self, tables: TableSet, name: str) -> dict[str, _Wanted]:
        """Return the filings that are to be read, by their numbers; count the others."""
        with refusing_file(name):
            digest, headers = tables.hash(), read_headers(tables)
        chosen: dict[str, _Wanted] = {}
        for header in headers:
            number = header.accession or ""
            fund = self._register.find(header)
            if fund.ticker is None and (named := self._store.catalog.fund_named(header.name)):
                fund = fund._replace(key=named.ticker, ticker=named.ticker, is_etf=True)
            reason = self._decline(fund, header)
            if reason is not None:
                self.report.not_asked[reason] += 1
                continue
            if fund.ticker and (former := self._store.catalog.renamed_fund(fund.key, header.as_of)):
                fund = fund._replace(key=former.fund)
            sha256 = hashlib.sha256(f"{digest} {number}".encode()).hexdigest()
            told = FilingOutcome(f"{name}/{number}", fund.key, header.as_of, header.filed_on)
            chosen[number] = _Wanted(fund, header, sha256, told)
        known = self._find_known({one.sha256: one.fund.key for one in chosen.values()})
        for number, one in list(chosen.items()):
            self.report.filings.append(one.told)
            if one.sha256 in known:
                one.told.outcome = Outcome.UNCHANGED
                del chosen[number]
        return chosen

    def _add_account(self, one: _Wanted, account: Account) -> None:
        one.told.rows = account.rows
        try:
            snapshot = account.finish(
                one.header, file_name=one.told.file, sha256=one.sha256, fund_from=_REGISTER
            )
            self._wait(one.fund.key, one.header, snapshot, one.told)
        except StockgroupsError as error:
            _refuse(one.told, error)

    def _wait(
        self, key: str, header: FilingHeader, snapshot: Snapshot, told: FilingOutcome
    ) -> None:
        """Put a snapshot where it waits to be recorded; record all once they are many."""
        suspicions = [*snapshot.suspicions, *_doubt_days(header)]
        refuse_suspicions(suspicions, self._options.accept, told.file)
        told.members = snapshot.member_count
        if snapshot.receipt is not None:
            told.unresolved = snapshot.receipt.rows.get(Category.UNRESOLVED, 0)
        self._names.setdefault(key, " ".join(header.name.split()))
        self._waiting[key].append(_Waiting(header, snapshot, told))
        self._stocks += len(snapshot.refs)
        if self._stocks >= MOST_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Record what waits, in one transaction."""
        waiting, self._waiting = self._waiting, defaultdict(list)
        self._stocks = 0
        self._drop_superseded(waiting)
        several = [one for some in waiting.values() for one in some]
        if not several:
            return
        again = find_displaced(self._store, GroupType.ETF, [one.snapshot.sha256 for one in several])
        plan = apply(
            self._store,
            [self._desire(key, some, again) for key, some in sorted(waiting.items()) if some],
            dry_run=self._options.dry_run,
            accept=self._options.accept,
            note=LoadNote("load-nport", _describe(self._options, several)),
            aliases=self._store.catalog.aliases,
        )
        if plan.load_id is not None:
            self.report.loads.append(plan.load_id)
        told = {id(one.snapshot): one.told for one in several}
        for group in plan.groups:
            for incoming in group.snapshots:
                one = told.get(id(incoming.snapshot))
                if one is None:
                    continue
                if error := group.error or incoming.error:
                    _refuse(one, error)
                else:
                    one.outcome = Outcome.NEW if incoming.is_new else Outcome.UNCHANGED

    def _drop_superseded(self, waiting: Mapping[str, list[_Waiting]]) -> None:
        """Take out filings without a day of filing whose place beside others is known all the same.

        Filings of one day are ordered by their days of filing, and without them by the time of
        recording. So an original is left out where an amendment is recorded, and an amendment that
        a dated filing would come before is refused.
        """
        undated = [
            (key, one) for key, some in waiting.items() for one in some if not one.header.filed_on
        ]
        if not undated:
            return
        rows = self._store.connection.execute(
            _SQL["find_filings"],
            {
                "environment": self._store.environment,
                "names": [key for key, _ in undated],
                "dates": [one.header.as_of for _, one in undated],
            },
        )
        found = {(name, as_of): told for name, as_of, *told in rows}
        for key, one in undated:
            is_amended, filed_on = found.get((key, one.header.as_of), (False, None))
            if one.header.is_amendment and filed_on is not None:
                _refuse(
                    one.told,
                    SourceError(
                        f"an amendment without its day of filing; one of {filed_on} is recorded",
                        where=one.told.file,
                        remedy="give the day with --filed-on",
                    ),
                )
            elif is_amended and not one.header.is_amendment:
                one.told.outcome = Outcome.SUPERSEDED
            else:
                continue
            waiting[key].remove(one)

    def _desire(self, key: str, several: list[_Waiting], again: frozenset[str]) -> DesiredGroup:
        entry = self._store.catalog.etfs.get(key)
        several.sort(key=lambda one: order_of(one.header))
        return DesiredGroup(
            GroupKey(self._store.environment, GroupType.ETF, key),
            description=entry.name if entry else self._names[key],
            snapshots=tuple(one.snapshot for one in several),
            yields=True,
            again=again,
        )


def _refusing(name: str, items: Iterator[_Item]) -> Iterator[_Item]:
    """Yield the items; what fails in making them is a refusal of the file, and nothing else is."""
    with refusing_file(name):
        yield from items


class _Waiting(NamedTuple):
    """A filing that waits to be recorded."""

    header: FilingHeader
    snapshot: Snapshot
    told: FilingOutcome


def order_of(header: FilingHeader) -> tuple[dt.date, dt.date, bool, str]:
    """Return by what filings of one fund are ordered: amendments stand behind the amended."""
    filed_on = header.filed_on or dt.date.min
    return header.as_of, filed_on, header.is_amendment, header.accession or ""


@dataclass(slots=True)
class _Wanted:
    """A filing of a data set that is to be read."""

    fund: Fund
    header: FilingHeader
    sha256: str
    told: FilingOutcome


def _doubt_days(header: FilingHeader) -> Iterator[Suspicion]:
    """Yield what is odd about a filing's days."""
    tomorrow = today_utc() + dt.timedelta(days=1)
    for what, day in (("day", header.as_of), ("day of filing", header.filed_on)):
        if day is not None and day > tomorrow:
            yield Suspicion(Guard.FUTURE, f"its {what} {day} lies in the future")
    if header.filed_on is not None and header.filed_on < header.as_of:
        told = f"it was filed on {header.filed_on}, before its day {header.as_of}"
        yield Suspicion(Guard.FUTURE, told)


def _refuse(told: FilingOutcome, error: StockgroupsError) -> None:
    """Note why a filing is not loaded: for want of stocks, or as it is refused."""
    told.why = error.what
    if isinstance(error, UnsupportedFileError | EmptyFileError) and not isinstance(
        error, GuardError
    ):
        told.outcome = Outcome.WITHOUT_STOCKS
    else:
        told.outcome, told.error = Outcome.REFUSED, error


def _describe(options: NportOptions, several: Iterable[_Waiting]) -> dict[str, object]:
    """Return what the audit tells of one transaction of the load."""
    files = sorted({one.told.file.partition("/")[0] for one in several})
    funds = options.funds if isinstance(options.funds, str) else ",".join(options.funds)
    return {"files": files[:20], "funds": funds}
