"""The one door to everything: `connect()` opens it, `Database` asks and acts.

Each method answers as the command of the same name does. An answer is a value: it needs no
connection any more.
"""

from __future__ import annotations

import datetime as dt
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Self, TypeVar

from stockgroups.db.connection import connect as open_connection
from stockgroups.db.connection import find_target
from stockgroups.db.errors import translate_errors
from stockgroups.errors import UsageError
from stockgroups.model import GroupType, read_kind
from stockgroups.settings import check_environment, read_settings
from stockgroups.store import Store
from stockgroups.times import read_date, read_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType

    from stockgroups.analytics.align import Aligned
    from stockgroups.analytics.ever import EverMembers
    from stockgroups.analytics.exposure_answers import ExposureAnswer
    from stockgroups.analytics.expressions.members import Members
    from stockgroups.analytics.follower import Follower
    from stockgroups.analytics.index import Index
    from stockgroups.analytics.nearest import NearestAnswer
    from stockgroups.analytics.overlap_answers import OverlapAnswer
    from stockgroups.analytics.overlap_matrix import OverlapMatrix
    from stockgroups.analytics.panel import Panel
    from stockgroups.checks import Validation
    from stockgroups.db.connection import Target
    from stockgroups.jobs.directory import DirectoryReport
    from stockgroups.jobs.export import ExportReport
    from stockgroups.jobs.expressions import RefreshReport
    from stockgroups.jobs.history import HistoryReport
    from stockgroups.jobs.load import LoadReport
    from stockgroups.jobs.measure import MeasureReport
    from stockgroups.jobs.metadata import MetadataReport
    from stockgroups.jobs.organize import OrganizeReport
    from stockgroups.jobs.reconcile import GroupDrift
    from stockgroups.jobs.restore import ImportReport
    from stockgroups.jobs.rollback import RollbackReport
    from stockgroups.jobs.universes import UniverseReport
    from stockgroups.queries import GroupAnswer, IndustryAnswer, Statistics, StockAnswer
    from stockgroups.queries.change_answers import GroupChanges, StockChanges
    from stockgroups.queries.explanation import Explanation
    from stockgroups.queries.freshness import FreshnessReport
    from stockgroups.queries.moments import Moment
    from stockgroups.queries.provenance import LoadEntries, SourceAnswer
    from stockgroups.queries.related import RelatedAnswer
    from stockgroups.queries.resolutions import Resolutions
    from stockgroups.queries.timelines import StockTimeline
    from stockgroups.settings import Settings

Day = dt.date | str
"""A date: Python's, `2026-07-02`, or an age as `30d`."""
Time = dt.datetime | str
_T = TypeVar("_T")
_P = ParamSpec("_P")


def connect(
    url: str | None = None,
    environment: str | None = None,
    *,
    catalog_dir: str | Path | None = None,
) -> Database:
    """Open the database that the arguments choose, else the environment or a `.env` file.

    Args:
        url: `postgresql://user@host/database`, or `embedded`; None: DATABASE_URL, else the embedded
            server where one was made.
        environment: DEFAULT, TEST, UAT or PROD; None: ENVIRONMENT, else DEFAULT.
        catalog_dir: A folder with catalogues of your own; None: CATALOG_DIR.

    Returns:
        The database, to be used in a `with` block or closed.

    Raises:
        UsageError: There is no such environment.
        DatabaseNotChosenError: Nothing says which database.
        DatabaseUnreachableError: It does not answer.
        SchemaError: Its tables are missing or of another version.
    """
    settings = read_settings()
    return Database(
        replace(
            settings,
            database_url=url or settings.database_url,
            environment=check_environment(environment) if environment else settings.environment,
            catalog_dir=Path(catalog_dir) if catalog_dir else settings.catalog_dir,
        )
    )


class Database(Store):
    """One environment of one database, with its catalogue.

    Questions raise `NotFoundError` (a LookupError) with the nearest names for what is not there,
    and `SymbolError` (a ValueError) for what is no symbol. Each act is one transaction. It stands
    in the audit (`loads`) and can be rolled back.

    Attributes:
        settings: What was chosen.
        target: Where it reads and writes, for people.
        connection: The open connection, for statements of your own.
        environment: The environment that is read and written.
    """

    def __init__(self, settings: Settings, *, check: bool = True) -> None:
        """Open the database of the settings; with `check`, refuse a schema of another version."""
        self.settings = settings
        self.target: Target = find_target(settings)
        self._open = ExitStack()
        super().__init__(
            self._open.enter_context(open_connection(self.target, check=check)),
            settings.environment,
            catalog_dir=settings.catalog_dir,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open.__exit__(kind, error, traceback)

    def __repr__(self) -> str:
        return f"<stockgroups.Database {self.target}>"

    def close(self) -> None:
        """Close the connection."""
        self._open.close()

    # Questions

    def group(
        self,
        kind: GroupType | str,
        name: str,
        as_of: Day | None = None,
        *,
        known_at: Time | None = None,
        max_age: int | None = None,
        details: bool = True,
    ) -> GroupAnswer:
        """Return what is in a group, now or on a day.

        Args:
            kind: ETF, THEME, UNIVERSE, SECTOR, SEGMENT or CUSTOM.
            name: A fund's ticker, or a key in any spelling.
            as_of: The day that is asked about, None: now. The answer is the newest report that is
                not after the day.
            known_at: Only what was recorded by then counts.
            max_age: How many days older than the day the report may be.
            details: Whether to read names, shares, identifiers and sectors too.
        """
        from stockgroups.queries import find_group  # noqa: PLC0415 - not for other questions

        moment = _read_moment(as_of, known_at, max_age)
        answer = self._ask(find_group, read_kind(kind), name, moment, details=details)
        if answer.kind is not GroupType.CUSTOM or moment is not None:
            return answer
        from stockgroups.analytics.expressions.saved import find_warnings  # noqa: PLC0415 - as above

        return replace(answer, warnings=self._ask(find_warnings, answer.key))

    def etf(self, ticker: str, as_of: Day | None = None, **how: Any) -> GroupAnswer:
        """Return what is in an ETF, by its ticker or a former one; see `group`."""
        return self.group(GroupType.ETF, ticker, as_of, **how)

    def theme(self, key: str, as_of: Day | None = None, **how: Any) -> GroupAnswer:
        """Return what belongs to a theme; see `group`."""
        return self.group(GroupType.THEME, key, as_of, **how)

    def universe(self, key: str, as_of: Day | None = None, **how: Any) -> GroupAnswer:
        """Return what belongs to a universe; see `group`."""
        return self.group(GroupType.UNIVERSE, key, as_of, **how)

    def sector(self, key: str, as_of: Day | None = None, **how: Any) -> GroupAnswer:
        """Return the stocks of a sector; see `group`."""
        return self.group(GroupType.SECTOR, key, as_of, **how)

    def industry(self, name: str) -> IndustryAnswer:
        """Return an industry, its sector and its stocks."""
        from stockgroups.queries import find_industry  # noqa: PLC0415 - as above

        return self._ask(find_industry, name)

    def stock(
        self,
        text: str,
        as_of: Day | None = None,
        *,
        known_at: Time | None = None,
        max_age: int | None = None,
    ) -> StockAnswer:
        """Return the groups that hold a stock, with its weights, now or on a day.

        Args:
            text: A symbol in any spelling, a former symbol, or an ISIN, CUSIP, SEDOL or FIGI.
            as_of: The day that is asked about, None: now.
            known_at: Only what was recorded by then counts.
            max_age: How many days older than the day a report may be.
        """
        from stockgroups.queries import find_stock  # noqa: PLC0415 - as above

        moment = _read_moment(as_of, known_at, max_age)
        return self._ask(find_stock, text, moment)

    def members(
        self,
        expression: str,
        as_of: Day | None = None,
        *,
        known_at: Time | None = None,
        max_age: int | None = None,
    ) -> Members:
        """Return the stocks that an expression means: `(SPY & QQQ) - sector:energy`.

        Args:
            expression: Groups and stocks with `|`, `&`, `-`, `^`, filters in brackets, dates.
            as_of: The day of names that have no date of their own, None: now.
            known_at: Only what was recorded by then counts.
            max_age: How many days older than the day a group's report may be.

        Raises:
            UsageError: The text is no expression; `column` says where.
            NotFoundError: Nothing has one of the names, or nothing is recorded of it by its day.
        """
        from stockgroups.analytics.expressions.ask import find_members  # noqa: PLC0415 - as above

        moment = _read_moment(as_of, known_at, max_age)
        return self._ask(find_members, expression, moment)

    def panel(
        self,
        expression: str,
        since: Day | None = None,
        until: Day | None = None,
        freq: str = "ME",
        *,
        dates: Iterable[Day] | None = None,
        known_at: Time | None = None,
        max_age: int | None = None,
    ) -> Panel:
        """Return the stocks that an expression meant on each of many dates.

        On each date the answer is that of `members`. Dates for which nothing answers are its gaps.

        Args:
            expression: As for `members`.
            since: The first day.
            until: The last day, None: today.
            freq: Which days between: `D`, `B`, `W-FRI`, `ME`, `BME`, `QE` ... as in pandas.
            dates: The dates themselves, such as an exchange's trading days, in place of the three.
            known_at: Only what was recorded by then counts.
            max_age: How many days older than the date a group's report may be.
        """
        from stockgroups.analytics.calendar import list_dates, read_dates  # noqa: PLC0415 - as above
        from stockgroups.analytics.panels import find_panel  # noqa: PLC0415 - as above

        if (since is None) == (dates is None) or (dates is not None and until is not None):
            raise UsageError(
                "a panel needs its first day or its dates", where="panel", remedy="give one of them"
            )
        days = (
            read_dates(dates) if dates is not None else list_dates(*_read_range(since, until), freq)
        )
        known = _read_known_at(known_at)
        return self._ask(find_panel, expression, days, known_at=known, max_age=max_age)

    def ever(
        self,
        expression: str,
        since: Day,
        until: Day | None = None,
        *,
        known_at: Time | None = None,
        max_age: int | None = None,
    ) -> EverMembers:
        """Return every stock that an expression meant on any day of a range; see `panel`."""
        from stockgroups.analytics.panels import find_ever  # noqa: PLC0415 - as above

        first, last = _read_range(since, until)
        known = _read_known_at(known_at)
        return self._ask(find_ever, expression, first, last, known_at=known, max_age=max_age)

    def align(
        self,
        frame: Any,
        *,
        date: str = "date",
        symbol: str = "symbol",
        symbols_of: str = "then",
        beyond_record: bool = False,
    ) -> Aligned:
        """Join the rows of a data frame, such as prices, with the securities that they mean.

        Args:
            frame: A DataFrame of pandas or polars.
            date: The name of its column of dates.
            symbol: The name of its column of symbols in any spelling, or identifiers.
            symbols_of: `then`: each symbol is one of its row's date; `today`: of today.
            beyond_record: Whether a symbol also means its stock on days before any group held it,
                and after the last did: `unsure` lists them.
        """
        from stockgroups.analytics.align import align  # noqa: PLC0415 - as above

        return self._ask(
            align,
            frame,
            date=date,
            symbol=symbol,
            symbols_of=symbols_of,
            beyond_record=beyond_record,
        )

    def explain(self, text: str) -> Explanation:
        """Return a stock with all that sources say of its sector, and how that was decided."""
        from stockgroups.queries.explanation import explain_stock  # noqa: PLC0415 - as above

        return self._ask(explain_stock, text)

    def measure_sectors(
        self, etfs: Iterable[str] | None = None, as_of: Day | None = None
    ) -> MeasureReport:
        """Return how many stocks of the ETFs have a sector, and how well the sources agree.

        Args:
            etfs: Only the stocks of these, None: of all.
            as_of: The day by which labels count, None: now.
        """
        from stockgroups.jobs.measure import measure_sectors  # noqa: PLC0415 - as above

        return self._ask(
            measure_sectors,
            etfs=None if etfs is None else list(etfs),
            on=read_date(as_of, "as_of") if as_of is not None else None,
        )

    def statistics(self, as_of: Day | None = None, *, known_at: Time | None = None) -> Statistics:
        """Count groups, memberships and stocks, now or on a day."""
        from stockgroups.queries import read_statistics  # noqa: PLC0415 - as above

        return self._ask(read_statistics, _read_moment(as_of, known_at, None))

    def changes(
        self,
        name: str,
        since: Day | None = None,
        until: Day | None = None,
        *,
        kind: GroupType | str | None = None,
        threshold: float | None = None,
    ) -> GroupChanges:
        """Return what came, went and moved in a group.

        Args:
            name: A fund's ticker or a key.
            since: Changes after that day, None: since the snapshot before the newest.
            until: Changes up to that day, None: today.
            kind: The type of the group, where several have the name.
            threshold: The least change of a weight that is told, a fraction of the fund.
        """
        from stockgroups.queries.changes import find_group_changes  # noqa: PLC0415 - as above

        period = _read_period(since, until, threshold)
        return self._ask(find_group_changes, name, period, read_kind(kind) if kind else None)

    def stock_changes(
        self,
        text: str,
        since: Day = "1y",
        until: Day | None = None,
        *,
        threshold: float | None = None,
    ) -> StockChanges:
        """Return what changed of a stock in every group that has ever held it; see `changes`."""
        from stockgroups.queries.changes import find_stock_changes  # noqa: PLC0415 - as above

        period = _read_period(since, until, threshold)
        return self._ask(find_stock_changes, text, period)

    def timeline(self, text: str, as_of: Day | None = None) -> StockTimeline:
        """Return every interval of a stock in a group, across its names.

        The text is read as the symbol of the day `as_of`, None: of today.
        """
        from stockgroups.queries.timelines import find_timeline  # noqa: PLC0415 - as above

        on = read_date(as_of, "as_of") if as_of is not None else None
        return self._ask(find_timeline, text, on)

    def resolve(self, texts: str | Iterable[str], as_of: Day | None = None) -> Resolutions:
        """Return which stock each text means on a day, how that is known, and how sure it is."""
        from stockgroups.queries.resolve import resolve  # noqa: PLC0415 - as above

        asked = [texts] if isinstance(texts, str) else texts
        on = read_date(as_of, "as_of") if as_of is not None else None
        return self._ask(resolve, asked, on)

    def related(self, text: str) -> RelatedAnswer:
        """Return a stock's other share classes, listings, ADR and home share."""
        from stockgroups.queries.related import find_related  # noqa: PLC0415 - as above

        return self._ask(find_related, text)

    def overlap(
        self,
        *names: str,
        as_of: Day | None = None,
        known_at: Time | None = None,
        max_age: int | None = None,
    ) -> OverlapAnswer:
        """Return what two or more groups share, by names and by weight.

        Args:
            names: Funds' tickers, or other groups with their type (`universe:sp500`).
            as_of: The day that is asked about, None: now; each group answers by its newest report.
            known_at: Only what was recorded by then counts.
            max_age: How many days older than the day a report may be.
        """
        from stockgroups.analytics.overlap import find_overlap  # noqa: PLC0415 - as above

        return self._ask(find_overlap, names, _read_moment(as_of, known_at, max_age))

    def overlap_matrix(
        self,
        names: Iterable[str] | None = None,
        as_of: Day | None = None,
        *,
        known_at: Time | None = None,
        max_age: int | None = None,
    ) -> OverlapMatrix:
        """Return the overlap of every two of some groups (None: all ETFs); see `overlap`."""
        from stockgroups.analytics.overlap_matrix import find_overlap_matrix  # noqa: PLC0415 - as above

        moment = _read_moment(as_of, known_at, max_age)
        return self._ask(find_overlap_matrix, None if names is None else list(names), moment)

    def nearest(
        self,
        name: str,
        as_of: Day | None = None,
        *,
        limit: int = 10,
        known_at: Time | None = None,
        max_age: int | None = None,
    ) -> NearestAnswer:
        """Return the funds that share most with a group; see `overlap`."""
        from stockgroups.analytics.nearest import find_nearest_funds  # noqa: PLC0415 - as above

        moment = _read_moment(as_of, known_at, max_age)
        return self._ask(find_nearest_funds, name, moment, limit=limit)

    def exposure(
        self,
        portfolio: Mapping[str, float] | str | Path,
        by: str = "stock",
        as_of: Day | None = None,
        *,
        known_at: Time | None = None,
        max_age: int | None = None,
    ) -> ExposureAnswer:
        """Return what a portfolio holds through its funds, and through the funds in these.

        Args:
            portfolio: Weights or values by fund or stock (`{"VTI": 40, "AAPL": 10}`; each is its
                part of their sum, negative for a short position), or the path of a file of them.
            by: stock, sector, industry, theme, country or currency.
            as_of: The day that is asked about, None: now; each fund answers by its newest report.
            known_at: Only what was recorded by then counts.
            max_age: How many days older than the day a report may be.
        """
        from stockgroups.analytics.exposure import find_exposure  # noqa: PLC0415 - as above
        from stockgroups.readers.lists.portfolios import (  # noqa: PLC0415 - as above
            read_amounts,
            read_portfolio,
        )

        if isinstance(portfolio, str | Path):
            positions = read_portfolio(Path(portfolio), self.catalog)
        else:
            positions = read_amounts(portfolio, self.catalog)
        return self._ask(find_exposure, positions, by, _read_moment(as_of, known_at, max_age))

    def source(
        self,
        name: str,
        as_of: Day | None = None,
        *,
        known_at: Time | None = None,
        kind: GroupType | str | None = None,
    ) -> SourceAnswer:
        """Return which file a group's answer rests on, and all that is recorded of the group."""
        from stockgroups.queries.moments import Moment  # noqa: PLC0415 - as above
        from stockgroups.queries.provenance import find_source  # noqa: PLC0415 - as above

        moment = _read_moment(as_of, known_at, None) or Moment(_today())
        return self._ask(find_source, name, moment, read_kind(kind) if kind else None)

    def loads(self, limit: int = 20) -> LoadEntries:
        """Return the newest loads: who changed what, when, with which program."""
        from stockgroups.queries.provenance import list_loads  # noqa: PLC0415 - as above

        return self._ask(list_loads, limit=limit)

    def freshness(self) -> FreshnessReport:
        """Return how old the source of each fund is, by the limits of the catalogue."""
        from stockgroups.queries.freshness import read_freshness  # noqa: PLC0415 - as above

        return self._ask(read_freshness, self.catalog.freshness, _today())

    def version(self) -> int:
        """Return the version of the environment, which goes up with each load."""
        from stockgroups.analytics.index_build import read_version  # noqa: PLC0415 - as above

        with translate_errors(str(self.target)):
            return read_version(self)

    def index(self) -> Index:
        """Return all memberships of the environment in memory, for look-ups in microseconds."""
        from stockgroups.analytics.index_build import read_index  # noqa: PLC0415 - as above

        return self._ask(read_index, lambda: self.catalog)

    def follow(self) -> Follower:
        """Return an index that stays as the database is, to be used in a `with` block or closed.

        It has a connection and a thread of its own, and needs this object no more.
        """
        from stockgroups.analytics.follower import Follower  # noqa: PLC0415 - as above

        return Follower(self.target, lambda: self.catalog)

    def validate(self) -> Validation:
        """Check everything against everything."""
        from stockgroups.checks import validate  # noqa: PLC0415 - as above

        return self._ask(validate)

    def export(
        self,
        folder: str | Path,
        file_format: str = "csv",
        parts: Iterable[str] | None = None,
        *,
        progress: Callable[[int, int, str], None] | None = None,
    ) -> ExportReport:
        """Write the environment to a new folder, for other engines and for `import_export`.

        Args:
            folder: The folder to make.
            file_format: `csv` or `parquet`, of the tables for other engines.
            parts: Which of `groups`, `memberships`, `holdings`, `history`, `metadata` and `record`;
                None: all. An import needs `record`.
            progress: Called before each table with its number, how many there are, and its name.

        Raises:
            UsageError: The folder holds something, there is no such format or part, or pyarrow is
                missing.
        """
        from stockgroups.jobs.export import export  # noqa: PLC0415 - heavy
        from stockgroups.jobs.export_folder import PARTS  # noqa: PLC0415 - as above

        more = {} if progress is None else {"progress": progress}
        chosen = PARTS if parts is None else tuple(parts)
        return self._ask(export, Path(folder), file_format=file_format, parts=chosen, **more)

    # Acts

    def import_export(
        self, folder: str | Path, *, progress: Callable[[int, int, str], None] | None = None
    ) -> ImportReport:
        """Bring an export into this environment, which must be empty.

        Raises:
            SourceError: The folder is no export with a record, is damaged, or is of another schema.
            GuardError: The environment holds something.
        """
        from stockgroups.jobs.restore import import_export  # noqa: PLC0415 - heavy

        more = {} if progress is None else {"progress": progress}
        return self._ask(import_export, Path(folder), **more)

    def load(
        self,
        folder: str | Path | None = None,
        *,
        etf: str | None = None,
        as_of: Day | None = None,
        accept: Iterable[str] = (),
        ignore: Iterable[str] = (),
        proxies: bool | None = None,
        rebuild: bool = False,
        dry_run: bool = False,
        progress: Callable[[int, int, str], None] | None = None,
    ) -> LoadReport:
        """Load the holdings files of a folder.

        Args:
            folder: Where the files are, None: HOLDINGS_DIR.
            etf: Load this fund alone.
            as_of: The date of files that say none themselves.
            accept: Guards to override: `shrink`, `weights` ..., or `all`.
            ignore: Patterns of files to leave out.
            proxies: Whether an index may stand in for a fund without a file; None: INDEX_PROXIES.
            rebuild: Read and apply files again that were read before.
            dry_run: Read and compare, write nothing.
            progress: Called before each file with its number, how many there are, and its name.

        Returns:
            What became of every file and fund; `failures` has the refusals.
        """
        from stockgroups.jobs.load import LoadOptions, load_etfs  # noqa: PLC0415 - heavy
        from stockgroups.suspicions import parse_accept  # noqa: PLC0415 - as above

        options = LoadOptions(
            holdings_dir=Path(folder) if folder else self.settings.holdings_dir,
            ignore=tuple(ignore),
            proxies=self.settings.index_proxies if proxies is None else proxies,
            etf=etf.strip().upper() if etf else None,
            rebuild=rebuild,
            dry_run=dry_run,
            as_of=read_date(as_of, "as_of") if as_of is not None else None,
            accept=parse_accept(accept),
        )
        more = {} if progress is None else {"progress": progress}
        return self._ask(load_etfs, options, **more)

    def load_universe(
        self,
        path: str | Path,
        universe: str,
        *,
        as_of: Day | None = None,
        exchange: str | None = None,
        accept: Iterable[str] = (),
        dry_run: bool = False,
    ) -> UniverseReport:
        """Load a universe's members on one date from a list of constituents.

        `exchange` is the MIC of the market for lists that do not say where their stocks are listed.
        """
        from stockgroups.jobs.universes import load_universe  # noqa: PLC0415 - heavy
        from stockgroups.suspicions import parse_accept  # noqa: PLC0415 - as above

        return self._ask(
            load_universe,
            Path(path),
            universe,
            as_of=read_date(as_of, "as_of") if as_of is not None else None,
            exchange=exchange,
            dry_run=dry_run,
            accept=parse_accept(accept),
        )

    def load_history(
        self,
        path: str | Path,
        universe: str,
        *,
        end_inclusive: bool = False,
        accept: Iterable[str] = (),
        dry_run: bool = False,
    ) -> HistoryReport:
        """Load a universe's whole past from one file; its ends may be the last days inside."""
        from stockgroups.jobs.history import load_history  # noqa: PLC0415 - heavy
        from stockgroups.suspicions import parse_accept  # noqa: PLC0415 - as above

        return self._ask(
            load_history,
            Path(path),
            universe,
            end_inclusive=end_inclusive,
            dry_run=dry_run,
            accept=parse_accept(accept),
        )

    def load_directories(
        self, paths: Iterable[str | Path], *, as_of: Day | None = None, dry_run: bool = False
    ) -> DirectoryReport:
        """Load symbol directories and registers, which all environments share."""
        from stockgroups.jobs.directory import load_directories  # noqa: PLC0415 - heavy

        with translate_errors(str(self.target)):
            return load_directories(
                self.connection,
                [Path(path) for path in paths],
                as_of=read_date(as_of, "as_of") if as_of is not None else None,
                dry_run=dry_run,
            )

    def save(
        self, name: str, expression: str, *, replace: bool = False, dry_run: bool = False
    ) -> RefreshReport:
        """Keep the members of an expression as a CUSTOM group, which `refresh` computes anew.

        Args:
            name: The group's key, in any spelling.
            expression: As for `members`.
            replace: Take the place of a CUSTOM group that keeps no expression.
            dry_run: Compute and compare, write nothing.

        Returns:
            What the group holds then, and what came and went.

        Raises:
            UsageError: The text is no expression, needs its own result, or the name is taken.
            GuardError: Another program made the group, and `replace` is not given.
        """
        from stockgroups.jobs.expressions import save_expression  # noqa: PLC0415 - heavy

        return self._ask(save_expression, name, expression, replace=replace, dry_run=dry_run)

    def refresh(self, *names: str, dry_run: bool = False) -> RefreshReport:
        """Compute saved expressions anew, each after those that it names, in one transaction.

        Args:
            names: The keys of groups; what they name is computed too. Without any: all.
            dry_run: Compute and compare, write nothing.

        Returns:
            What came and went in each group. `failures` has those that cannot be computed now:
            they keep their members.
        """
        from stockgroups.jobs.expressions import refresh  # noqa: PLC0415 - heavy

        return self._ask(refresh, names, dry_run=dry_run)

    def organize_sectors(self, *, dry_run: bool = False) -> OrganizeReport:
        """Make the SECTOR groups of the catalogue."""
        from stockgroups.jobs.organize import organize_sectors  # noqa: PLC0415 - heavy

        return self._ask(organize_sectors, dry_run=dry_run)

    def organize_universe(self, *, dry_run: bool = False) -> OrganizeReport:
        """Make the THEME and UNIVERSE groups of the catalogue."""
        from stockgroups.jobs.organize import organize_universe  # noqa: PLC0415 - heavy

        return self._ask(organize_universe, dry_run=dry_run)

    def build_metadata(self, *, rebuild: bool = False, dry_run: bool = False) -> MetadataReport:
        """Build stock_metadata: each stock's ETFs, themes, name and sector."""
        from stockgroups.jobs.metadata import build_metadata  # noqa: PLC0415 - heavy

        return self._ask(build_metadata, rebuild=rebuild, dry_run=dry_run)

    def rollback(self, load_id: int, *, dry_run: bool = False) -> RollbackReport:
        """Take a load back, as a new load; nothing is erased."""
        from stockgroups.jobs.rollback import roll_back  # noqa: PLC0415 - heavy

        return self._ask(roll_back, load_id, dry_run=dry_run)

    def reconcile(self, *, restore: bool = False, dry_run: bool = False) -> list[GroupDrift]:
        """Record what other programs changed in the tables; with `restore`, put the record back."""
        from stockgroups.jobs.reconcile import reconcile  # noqa: PLC0415 - heavy

        return self._ask(reconcile, restore=restore, dry_run=dry_run)

    def _ask(
        self,
        function: Callable[Concatenate[Store, _P], _T],
        *arguments: _P.args,
        **named: _P.kwargs,
    ) -> _T:
        """Call a question or an act on this environment; the driver's errors come out as ours."""
        with translate_errors(str(self.target)):
            return function(self, *arguments, **named)


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


def _read_range(since: Day | None, until: Day | None) -> tuple[dt.date, dt.date]:
    """Return the first and the last day; without an end it is today."""
    last = read_date(until, "until") if until is not None else _today()
    return read_date(since, "since") if since is not None else last, last


def _read_known_at(known_at: Time | None) -> dt.datetime | None:
    return read_time(known_at, "known_at") if known_at is not None else None


def _read_moment(as_of: Day | None, known_at: Time | None, max_age: int | None) -> Moment | None:
    """Return the moment that is asked about, None for now."""
    if as_of is None and known_at is None and max_age is None:
        return None
    from stockgroups.queries.moments import Moment  # noqa: PLC0415 - not for questions about now

    return Moment(
        read_date(as_of, "as_of") if as_of is not None else _today(),
        _read_known_at(known_at),
        max_age,
    )


def _read_period(since: Day | None, until: Day | None, threshold: float | None) -> Any:
    from stockgroups.queries.changes import Period  # noqa: PLC0415 - as above
    from stockgroups.queries.steps import DEFAULT_THRESHOLD  # noqa: PLC0415 - as above

    return Period(
        read_date(since, "since") if since is not None else None,
        read_date(until, "until") if until is not None else _today(),
        DEFAULT_THRESHOLD if threshold is None else threshold,
    )
