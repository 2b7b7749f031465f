"""Loading ETFs: files and stand-ins in, desired groups out, planned and applied in one go."""

from __future__ import annotations

import difflib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stockgroups.errors import NotFoundError, StockgroupsError
from stockgroups.jobs.holdings import HoldingsFile, read_folder
from stockgroups.model import GroupKey, GroupType
from stockgroups.sources import index_package
from stockgroups.sql import load_statements
from stockgroups.store.apply import carry_out
from stockgroups.store.desired import DesiredGroup
from stockgroups.store.loads import LoadNote
from stockgroups.store.statements import Outcome

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from pathlib import Path

    from stockgroups.catalog import Catalog
    from stockgroups.db.connection import Connection
    from stockgroups.model import Snapshot
    from stockgroups.store.plan import GroupPlan, Plan
    from stockgroups.store.statements import Statement

_SQL = load_statements("store")


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """What a load is asked to do. `etf` None: all; `rebuild`: parse and apply again."""

    holdings_dir: Path | None = None
    etf: str | None = None
    rebuild: bool = False
    dry_run: bool = False
    as_of: dt.date | None = None
    accept: frozenset[str] = frozenset()

    def as_dict(self) -> dict[str, Any]:
        """Return what was asked for, without what was left at its default, as JSON values."""
        asked = {
            "holdings_dir": str(self.holdings_dir) if self.holdings_dir else None,
            "etf": self.etf,
            "rebuild": self.rebuild or None,
            "as_of": self.as_of.isoformat() if self.as_of else None,
        }
        return {name: value for name, value in asked.items() if value is not None}


@dataclass(slots=True)
class LoadReport:
    """What became of every file and of every fund.

    `proxies` are the funds for which an index stands in, `absent` those of the catalogue of which
    there is neither a file nor a stand-in; `others` counts the folder's files of other kinds.
    """

    files: list[HoldingsFile]
    plan: Plan
    dry_run: bool
    proxies: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)

    @property
    def failures(self) -> list[StockgroupsError]:
        """Everything that was refused: files, guards, groups that the database did not take."""
        found = [file.error for file in self.files if file.error]
        for group in self.plan.groups:
            found += [s.error for s in group.statements if s.error]
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

    def _find(self, file: HoldingsFile) -> tuple[GroupPlan, Statement] | None:
        for group in self.plan.groups:
            for statement in group.statements:
                if file.result and statement.snapshot is file.result.snapshot:
                    return group, statement
        return None


def load_etfs(
    connection: Connection,
    environment: str,
    catalog: Catalog,
    options: LoadOptions,
    progress: Callable[[int, int, str], None] = lambda _number, _total, _name: None,
) -> LoadReport:
    """Record what the files say, and make each ETF's memberships those of its newest file.

    A file that cannot be read, a guard, or a refusal of the database leaves its ETF as it was and
    is reported; the others load. Funds that track a known index and have never had a file get
    that index's members as a marked proxy. Raises NotFoundError when `options.etf` names a fund
    of which nothing is known, and DatabaseError when nothing could be done at all.
    """
    files: list[HoldingsFile] = []
    others: Counter[str] = Counter()
    if options.holdings_dir is not None:
        files, others = read_folder(
            connection,
            environment,
            catalog,
            options.holdings_dir,
            etf=options.etf,
            rebuild=options.rebuild,
            as_of=options.as_of,
            accept=options.accept,
            progress=progress,
        )
    statements: dict[str, list[Snapshot]] = {}
    printed_names: dict[str, str] = {}
    for file in files:
        if file.fund is not None:
            statements.setdefault(file.fund, [])
        if file.result is not None:
            statements[file.result.fund].append(file.result.snapshot)
            if file.result.fund_name:
                printed_names[file.result.fund] = file.result.fund_name
    rows = connection.execute(_SQL["list_recorded"], {"environment": environment})
    recorded: dict[str, bool] = {}
    for ticker, has_file, exists in rows:
        recorded[ticker] = has_file
        # What is recorded is compared with the memberships even when no file says it again.
        if exists and options.etf in (None, ticker):
            statements.setdefault(ticker, [])
    proxies = [
        ticker
        for ticker, entry in catalog.etfs.items()
        if entry.proxy_universe
        and options.etf in (None, ticker)
        and not statements.get(ticker)
        and not recorded.get(ticker)
    ]
    for ticker in proxies:
        statements[ticker] = [index_package.read_proxy(catalog.etfs[ticker], catalog)]
    if options.etf is not None and options.etf not in statements and not files:
        exists = _exists(connection, environment, options.etf)
        raise _explain_unknown(options.etf, catalog, options.holdings_dir, exists=exists)
    desired = [
        _fund(environment, ticker, statements[ticker], catalog, printed_names.get(ticker))
        for ticker in sorted(statements)
    ]
    plan = carry_out(
        connection,
        environment,
        desired,
        dry_run=options.dry_run,
        accept=options.accept,
        note=LoadNote("load", options.as_dict()),
        aliases=catalog.aliases,
    )
    absent = [] if options.etf else sorted(catalog.etfs.keys() - statements.keys())
    return LoadReport(files, plan, options.dry_run, proxies, absent, others)


def _fund(
    environment: str,
    ticker: str,
    snapshots: list[Snapshot],
    catalog: Catalog,
    printed_name: str | None,
) -> DesiredGroup:
    entry = catalog.etfs.get(ticker)
    threshold = entry.market_cap_threshold if entry else None
    return DesiredGroup(
        GroupKey(environment, GroupType.ETF, ticker),
        description=entry.name if entry else printed_name,
        liquidity_filter=None
        if threshold is None
        else {"market_cap_threshold": threshold, "applied": False},
        snapshots=tuple(snapshots),
        guarded=True,
    )


def _exists(connection: Connection, environment: str, ticker: str) -> bool:
    parameters = {"environment": environment, "type": GroupType.ETF.value}
    return (ticker,) in connection.execute(_SQL["list_groups"], parameters).fetchall()


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
    nearest = difflib.get_close_matches(ticker, list(catalog.etfs), n=3, cutoff=0.0)
    return NotFoundError(
        f"unknown ETF {ticker!r}: no file {place}, not in the catalogue, not in the database",
        remedy=f"name its file {ticker}_YYYY-MM-DD.csv; nearest: {', '.join(nearest)}",
    )
