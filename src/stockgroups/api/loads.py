"""Everything that brings files into the database; each load is one transaction."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from stockgroups.api.door import Door
from stockgroups.api.moments import Day, read_day
from stockgroups.db.errors import translate_errors
from stockgroups.errors import UsageError
from stockgroups.text import Progress, ignore_progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stockgroups.jobs.directory import DirectoryReport
    from stockgroups.jobs.history import HistoryReport
    from stockgroups.jobs.load_report import LoadReport
    from stockgroups.jobs.nport_report import NportReport
    from stockgroups.jobs.nport_report import Progress as Share
    from stockgroups.jobs.universes import UniverseReport


def read_funds(text: str | Iterable[str]) -> str | tuple[str, ...]:
    """Return the funds that a text or a list names; the words `etf` and `all` stay as they are.

    Raises:
        UsageError: It names none.
    """
    words = text.split(",") if isinstance(text, str) else list(text)
    names = tuple(filter(None, (word.strip() for word in words)))
    if not names:
        raise UsageError("no fund given", where="--funds", remedy="use etf, all, or tickers")
    return names[0].lower() if names[0].lower() in ("etf", "all") and len(names) == 1 else names


class Loads(Door):
    """Loading of files. `dry_run` returns what would be done, and writes nothing."""

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
        plan: str | None = None,
        alone: bool = False,
        origin: str | None = None,
        progress: Progress | None = None,
    ) -> LoadReport:
        """Load the holdings files of a folder.

        Args:
            folder: The folder of the files; None: HOLDINGS_DIR, else `holdings` if it exists.
            etf: Load only this fund, by its ticker or a former one.
            as_of: The date of files that state none themselves.
            accept: Guards to override: `shrink`, `weights` ..., or `all`.
            ignore: Patterns of files to leave out.
            proxies: Whether a fund without a file may get a proxy; None: INDEX_PROXIES.
            rebuild: Read and apply files again that were read before.
            dry_run: Read and compare, write nothing.
            plan: Do exactly what a dry run with the same arguments reported under this hash
                (`plan_hash`), or nothing. A plan that was applied is not applied again.
            alone: Leave funds without a file here alone, whatever is recorded for them.
            origin: Where the files came from, for the audit, in place of the folder.
            progress: Called before each file with its number, the number of files, and its name.

        Returns:
            The outcome of every file and fund; `failures` has the refusals.

        Raises:
            StalePlanError: The load would now differ from the plan.
        """
        from stockgroups.jobs.load import load_etfs  # noqa: PLC0415 - heavy
        from stockgroups.jobs.load_options import LoadOptions  # noqa: PLC0415 - heavy
        from stockgroups.suspicions import parse_accept  # noqa: PLC0415 - as above

        ticker = etf.strip().upper() if etf else None
        former = self.catalog.renamed_fund(ticker) if ticker else None
        options = LoadOptions(
            holdings_dir=Path(folder) if folder else self.settings.find_holdings(),
            is_default_folder=not folder and self.settings.holdings_dir is None,
            ignore=tuple(ignore),
            proxies=self.settings.index_proxies if proxies is None else proxies,
            etf=former.fund if former else ticker,
            rebuild=rebuild,
            dry_run=dry_run,
            as_of=read_day(as_of),
            accept=parse_accept(accept),
            plan=plan,
            alone=alone,
            origin=origin,
        )
        return self._act(load_etfs, options, progress or ignore_progress)

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

        return self._act(
            load_universe,
            Path(path),
            universe,
            as_of=read_day(as_of),
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
        """Load a universe's whole past from one file; `end_inclusive`: its ends are last days."""
        from stockgroups.jobs.history import load_history  # noqa: PLC0415 - heavy
        from stockgroups.suspicions import parse_accept  # noqa: PLC0415 - as above

        return self._act(
            load_history,
            Path(path),
            universe,
            end_inclusive=end_inclusive,
            dry_run=dry_run,
            accept=parse_accept(accept),
        )

    def load_directories(
        self,
        paths: Iterable[str | Path],
        *,
        as_of: Day | None = None,
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> DirectoryReport:
        """Load symbol directories and registers, which all environments share.

        They affect stocks at once, in every environment: `settled` has the changes.
        """
        from stockgroups.jobs.directory import load_directories  # noqa: PLC0415 - heavy
        from stockgroups.jobs.identity import settle_identity  # noqa: PLC0415 - as above

        with translate_errors(str(self.target)):
            done = load_directories(
                self.connection,
                [Path(path) for path in paths],
                as_of=read_day(as_of),
                dry_run=dry_run,
                progress=progress or ignore_progress,
            )
            if done.changed and not dry_run:
                settled = settle_identity(self.connection, self.catalog)
                done = replace(done, settled=settled)
        return done

    def load_nport(
        self,
        path: str | Path,
        funds: str | Iterable[str] = "etf",
        *,
        filed_on: Day | None = None,
        accept: Iterable[str] = (),
        rebuild: bool = False,
        dry_run: bool = False,
        progress: Callable[[Share], None] | None = None,
    ) -> NportReport:
        """Load N-PORT filings: one in XML, a quarter's data set, or a folder of them.

        Args:
            path: The file or folder.
            funds: `etf` for the funds with a ticker that are ETFs, `all`, or tickers, numbers of
                series and of registrants.
            filed_on: The filing date of files that do not contain it.
            accept: Guards to override.
            rebuild: Read filings again that were read before.
            dry_run: Read and compare, write nothing.
            progress: Called with the share of the work that is done.

        Returns:
            The outcome of every filing; `failures` has the refusals.

        Raises:
            UsageError: There is no such file.
            NotFoundError: ETFs are asked for, and no loaded file says which funds are ETFs.
        """
        from stockgroups.jobs.nport import load_nport  # noqa: PLC0415 - heavy
        from stockgroups.jobs.nport_report import NportOptions  # noqa: PLC0415 - as above
        from stockgroups.suspicions import parse_accept  # noqa: PLC0415 - as above

        options = NportOptions(
            funds=read_funds(funds),
            filed_on=read_day(filed_on),
            accept=parse_accept(accept),
            dry_run=dry_run,
            rebuild=rebuild,
        )
        return self._act(load_nport, Path(path), options, progress or (lambda _: None))
