"""Load ETFs: files and proxies become desired groups, which are planned and applied."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from stockgroups.db.sql import load_statements
from stockgroups.errors import NotFoundError, StockgroupsError
from stockgroups.jobs.folder import Listing
from stockgroups.jobs.holdings import HoldingsFile, read_folder
from stockgroups.jobs.renamed import rename_funds
from stockgroups.model import GroupKey, GroupType
from stockgroups.readers.lists import index_package
from stockgroups.record.apply import apply
from stockgroups.record.desired import DesiredGroup
from stockgroups.record.effective import OTHER_PROGRAMS
from stockgroups.record.incoming import NO_FILES, Outcome
from stockgroups.record.loads import LoadNote
from stockgroups.text import count_of, find_nearest

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from stockgroups.catalog import Catalog
    from stockgroups.model import Snapshot
    from stockgroups.record.incoming import IncomingSnapshot
    from stockgroups.record.plan import GroupPlan, Plan
    from stockgroups.store import Store
    from stockgroups.suspicions import Suspicion

_SQL = load_statements("store")
_NAME_FOLDER = "set HOLDINGS_DIR or --holdings-dir to the folder with the issuers' files"


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """The options of a load.

    Attributes:
        holdings_dir: The folder, None for no files.
        is_default_folder: Nobody named the folder: an empty one is the same as none.
        ignore: Patterns of files to leave out.
        proxies: Whether a fund without a file may get a proxy.
        etf: The fund, None for all.
        rebuild: Parse and apply everything again.
        dry_run: Write nothing.
        as_of: The date of the files, None for their own.
        accept: The guards that are accepted.
    """

    holdings_dir: Path | None = None
    is_default_folder: bool = False
    ignore: tuple[str, ...] = ()
    proxies: bool = True
    etf: str | None = None
    rebuild: bool = False
    dry_run: bool = False
    as_of: dt.date | None = None
    accept: frozenset[str] = frozenset()

    def to_dict(self) -> dict[str, Any]:
        """Return what was asked for, without what was left at its default, as JSON values."""
        asked = {
            "holdings_dir": str(self.holdings_dir) if self.holdings_dir else None,
            "ignore": list(self.ignore) or None,
            "proxies": None if self.proxies else False,
            "etf": self.etf,
            "rebuild": self.rebuild or None,
            "as_of": self.as_of.isoformat() if self.as_of else None,
        }
        return {name: value for name, value in asked.items() if value is not None}


@dataclass(slots=True)
class LoadReport:
    """What became of every file and of every fund.

    Attributes:
        files: The files.
        plan: The plan of all funds.
        dry_run: Nothing was written.
        proxies: The funds that have a proxy.
        absent: The funds of the catalogue with neither a file nor a proxy.
        listing: What else is in the folder.
        gap: Why no file was found where one was expected.
        renamed: Recorded tickers, with the tickers that their funds have today.
        lack: Why funds with a known index have no proxy.
    """

    files: list[HoldingsFile]
    plan: Plan
    dry_run: bool
    proxies: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    listing: Listing = field(default_factory=Listing)
    gap: StockgroupsError | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)
    lack: StockgroupsError | None = None

    @property
    def failures(self) -> list[StockgroupsError]:
        """Everything that went wrong: folders that could not be entered, files, guards, groups."""
        found = [*self.listing.errors, *(file.error for file in self.files if file.error)]
        found += [self.gap] if self.gap else []
        for group in self.plan.groups:
            found += [s.error for s in group.snapshots if s.error]
            if group.error:
                found.append(group.error)
        return found

    def outcome(self, file: HoldingsFile) -> Outcome:
        """Return what became of one file."""
        if self.reason(file):
            return Outcome.REFUSED
        found = self._find(file)
        return found[1].outcome if found else Outcome.UNCHANGED

    def reason(self, file: HoldingsFile) -> StockgroupsError | None:
        """Return why one file was refused: by its reader, by a guard, or by the database."""
        found = self._find(file)
        return file.error or (found and (found[0].error or found[1].error)) or None

    def suspicions(self, file: HoldingsFile) -> tuple[Suspicion, ...]:
        """Return what is suspicious about one file and was accepted, now or when it was read."""
        if file.facts is None or self.reason(file):
            return ()
        found = self._find(file)
        return file.facts.suspicions + (found[1].accepted if found else ())

    def _find(self, file: HoldingsFile) -> tuple[GroupPlan, IncomingSnapshot] | None:
        for group in self.plan.groups:
            for incoming in group.snapshots:
                if file.result and incoming.snapshot is file.result.snapshot:
                    return group, incoming
        return None


def load_etfs(
    store: Store,
    options: LoadOptions,
    progress: Callable[[int, int, str], None] = lambda _number, _total, _name: None,
) -> LoadReport:
    """Record the files, and make the memberships of each ETF those of its effective snapshot.

    A file that cannot be read, a guard, or a refusal of the database leaves its ETF as it was and
    is reported; the others load. A fund that tracks a known index and has never had a file gets a
    proxy from that index.

    Raises:
        NotFoundError: `options.etf` names a fund of which nothing is known.
        DatabaseError: Nothing could be done at all.
    """
    files: list[HoldingsFile] = []
    listing = Listing()
    if options.holdings_dir is not None:
        files, listing = read_folder(
            store,
            options.holdings_dir,
            etf=options.etf,
            rebuild=options.rebuild,
            as_of=options.as_of,
            accept=options.accept,
            ignore=options.ignore,
            progress=progress,
        )
    snapshots: dict[str, list[Snapshot]] = {}
    printed_names: dict[str, str] = {}
    for file in files:
        if file.fund is not None:
            snapshots.setdefault(file.fund, [])
        if file.result is not None:
            snapshots[file.result.fund].append(file.result.snapshot)
            if file.result.fund_name:
                printed_names[file.result.fund] = file.result.fund_name
    renamed = rename_funds(store, dry_run=options.dry_run)
    where = {"environment": store.environment, "no_files": sorted(NO_FILES | OTHER_PROGRAMS)}
    rows = store.connection.execute(_SQL["list_recorded"], where)
    recorded: dict[str, bool] = {}
    on_file: list[str] = []
    gone: set[str] = set()
    for ticker, has_source, exists, was_deleted, has_file in rows:
        recorded[ticker] = has_source
        if has_file:
            on_file.append(ticker)
        if was_deleted:
            gone.add(ticker)
        # What is recorded is compared with the memberships even when no file says it again.
        if exists and options.etf in (None, ticker):
            snapshots.setdefault(ticker, [])
    lack = index_package.find_lack() if options.proxies else None
    gap = None if files else _explain_gap(options, recorded, on_file, lack)
    proxies = [
        ticker
        for ticker, entry in store.catalog.etfs.items()
        if entry.proxy_universe
        and options.proxies
        and not (gap and options.etf is None)
        and options.etf in (None, ticker)
        and not snapshots.get(ticker)
        and not recorded.get(ticker)
        and ticker not in gone
    ]
    if proxies and lack:
        if options.etf is not None:
            raise lack
        proxies = []
    else:
        lack = None
    for ticker in proxies:
        snapshots[ticker] = [index_package.read_proxy(store.catalog.etfs[ticker], store.catalog)]
    if options.etf is not None and options.etf not in snapshots and not files:
        if options.etf in gone:
            raise NotFoundError(
                f"{options.etf} has no file here, and its proxy was removed",
                remedy="load a file of it, or roll back the load that removed the proxy: "
                "`stockgroups loads`",
            )
        exists = _exists(store, options.etf)
        raise _explain_unknown(options.etf, store.catalog, options.holdings_dir, exists=exists)
    again = frozenset(file.sha256 for file in files if file.counts_again and file.sha256)
    desired = [
        replace(
            _fund(store, ticker, snapshots[ticker], printed_names.get(ticker)),
            again=again,
        )
        for ticker in sorted(snapshots)
    ]
    plan = apply(
        store,
        desired,
        dry_run=options.dry_run,
        accept=options.accept,
        note=LoadNote("load", options.to_dict()),
        aliases=store.catalog.aliases,
    )
    absent = [] if options.etf else sorted(store.catalog.etfs.keys() - snapshots.keys())
    if options.rebuild and options.holdings_dir is None and plan.changes_anything:
        gap = None  # what is recorded was applied again, and that was asked for
    return LoadReport(files, plan, options.dry_run, proxies, absent, listing, gap, renamed, lack)


def _explain_gap(
    options: LoadOptions,
    recorded: Mapping[str, bool],
    on_file: Sequence[str],
    lack: StockgroupsError | None,
) -> StockgroupsError | None:
    """Return why it is a fault that no file was found, or None where none was to be expected.

    `recorded` tells of each fund on record whether anything but a proxy is, `on_file` names those
    that had a holdings file.
    """
    folder = options.holdings_dir
    if options.etf is not None:
        if not recorded.get(options.etf):
            return None  # a proxy stands in, or the fund is unknown
        what = f"no holdings file of {options.etf}"
    elif folder is not None and not options.is_default_folder:
        return NotFoundError(f"no holdings file in {folder}", remedy=_NAME_FOLDER)
    elif not on_file and options.proxies and not lack:
        return None  # index members stand in, as long as no fund has ever had a file
    else:
        what = "no holdings file"
    place = f"in {folder}" if folder else "(HOLDINGS_DIR is not set, and there is no ./holdings)"
    known = f"; {count_of(len(on_file), 'fund')} on record had one" if on_file else ""
    if options.etf is not None and options.etf not in on_file:
        known = "; its members are another program's, and stay"
    return NotFoundError(f"{what} {place}{known}", remedy=_NAME_FOLDER)


def _fund(
    store: Store, ticker: str, snapshots: list[Snapshot], printed_name: str | None
) -> DesiredGroup:
    entry = store.catalog.etfs.get(ticker)
    threshold = entry.market_cap_threshold if entry else None
    return DesiredGroup(
        GroupKey(store.environment, GroupType.ETF, ticker),
        description=entry.name if entry else printed_name,
        liquidity_filter=None
        if threshold is None
        else {"market_cap_threshold": threshold, "applied": False},
        snapshots=tuple(snapshots),
        guarded=True,
        yields=True,
    )


def _exists(store: Store, ticker: str) -> bool:
    parameters = {"environment": store.environment, "type": GroupType.ETF.value}
    return (ticker,) in store.connection.execute(_SQL["list_groups"], parameters).fetchall()


def _explain_unknown(
    ticker: str, catalog: Catalog, folder: Path | None, *, exists: bool
) -> NotFoundError:
    place = f"in {folder}" if folder else "(no holdings folder was named)"
    entry = catalog.etfs.get(ticker)
    if entry is not None:
        return NotFoundError(
            f"no holdings file of {ticker} {place}, and no index stands in for it",
            remedy=f"download it from {entry.url} and set HOLDINGS_DIR",
        )
    if exists:
        return NotFoundError(
            f"no holdings file of {ticker} {place}; its memberships are another program's",
            remedy=f"name its file {ticker}_YYYY-MM-DD.csv to load it, or leave it as it is",
        )
    names = {key: (known.name,) for key, known in catalog.etfs.items()}
    near = find_nearest(ticker, names, names)
    return NotFoundError(
        f"unknown ETF {ticker!r}: no file {place}, not in the catalogue, not in the database",
        remedy=f"name its file {ticker}_YYYY-MM-DD.csv"
        + (f"; nearest: {', '.join(near)}" if near else ""),
    )
