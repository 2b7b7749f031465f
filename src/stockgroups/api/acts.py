"""Everything else that changes the database; each act is a transaction, like its command."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from stockgroups.api.door import Door
from stockgroups.api.moments import Day, read_day
from stockgroups.text import Progress, ignore_progress
from stockgroups.times import today_utc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stockgroups.jobs.daily_report import DailyReport, Event
    from stockgroups.jobs.export import ExportReport
    from stockgroups.jobs.expressions import RefreshReport
    from stockgroups.jobs.metadata import MetadataReport
    from stockgroups.jobs.organize import OrganizeReport
    from stockgroups.jobs.proxies import ProxyRemoval
    from stockgroups.jobs.rebuild import RebuildReport
    from stockgroups.jobs.reconcile import GroupDrift
    from stockgroups.jobs.restore import ImportReport
    from stockgroups.jobs.rollback import RollbackReport
    from stockgroups.model import GroupKey


class Acts(Door):
    """Organising, computing and rolling back.

    `dry_run` returns what would be done, and writes nothing.
    """

    def export(
        self,
        folder: str | Path,
        file_format: str = "csv",
        parts: Iterable[str] | None = None,
        *,
        progress: Progress | None = None,
    ) -> ExportReport:
        """Write the environment to a new folder, for other engines and for `import_export`.

        Args:
            folder: The folder to make.
            file_format: `csv` or `parquet`, of the tables for other engines.
            parts: Which of `groups`, `memberships`, `holdings`, `history`, `metadata` and `record`;
                None: all. An import needs `record`.
            progress: Called before each table with its number, the number of tables, and its name.

        Raises:
            UsageError: The folder is not empty, there is no such format or part, or pyarrow is
                missing.
        """
        from stockgroups.jobs.export import export  # noqa: PLC0415 - heavy
        from stockgroups.jobs.export_folder import PARTS  # noqa: PLC0415 - as above

        chosen = PARTS if parts is None else tuple(parts)
        return self._act(
            export,
            Path(folder),
            file_format=file_format,
            parts=chosen,
            progress=progress or ignore_progress,
        )

    def import_export(
        self, folder: str | Path, *, progress: Progress | None = None
    ) -> ImportReport:
        """Import an export into this environment, which must be empty.

        Raises:
            SourceError: The folder is no export with a record, is damaged, or has another schema.
            GuardError: The environment is not empty.
        """
        from stockgroups.jobs.restore import import_export  # noqa: PLC0415 - heavy

        return self._act(import_export, Path(folder), progress=progress or ignore_progress)

    def save(
        self, name: str, expression: str, *, replace: bool = False, dry_run: bool = False
    ) -> RefreshReport:
        """Keep the members of an expression as a CUSTOM group, which `refresh` recomputes.

        Args:
            name: The group's key, in any spelling.
            expression: As for `members`.
            replace: Replace a CUSTOM group that keeps no expression.
            dry_run: Compute and compare, write nothing.

        Returns:
            The members of the group afterwards, and which were added and removed.

        Raises:
            UsageError: The text is no expression, depends on its own result, or the name is taken.
            GuardError: Another program made the group, and `replace` is not given.
        """
        from stockgroups.jobs.expressions import save_expression  # noqa: PLC0415 - heavy

        return self._act(save_expression, name, expression, replace=replace, dry_run=dry_run)

    def refresh(
        self,
        folder: str | Path | None = None,
        *,
        sources: Iterable[str] = (),
        funds: Iterable[str] = (),
        since: Day | None = None,
        accept_terms: bool = False,
        ignore: Iterable[str] = (),
        proxies: bool | None = None,
        accept: Iterable[str] = (),
        dry_run: bool = False,
        on_event: Callable[[Event], None] | None = None,
        progress: Progress | None = None,
        run: str | None = None,
    ) -> DailyReport:
        """Do the day's work: fetch, load, sectors, lists, metadata, saved expressions; then check.

        Args:
            folder: The folder of the files, and of downloads; None: HOLDINGS_DIR, else `holdings`.
            sources: The sources to download from; none: FETCH_SOURCES. Without either nothing is
                downloaded.
            funds: The funds whose files are downloaded; none: all that the sources have.
            since: The first day of past files to download too.
            accept_terms: You have read the terms of the issuers among the sources, and accept them.
            ignore: Patterns of files to leave out.
            proxies: Whether a fund without a file may get a proxy; None: INDEX_PROXIES.
            accept: Guards to override.
            dry_run: Compute and compare; download and write nothing.
            on_event: Called with every event for a log.
            progress: Called before each file with its number, the number of files, and its name.
            run: The number of the run; None: a new one.

        Returns:
            What each step did, the checks, and the age of the sources. `passed` is true if all of
            it is in order.

        Raises:
            UsageError: A source is unknown, its terms are not accepted, or it demands a contact.
        """
        from stockgroups.fetch import FetchOptions  # noqa: PLC0415 - heavy
        from stockgroups.jobs.daily import run_day  # noqa: PLC0415 - as above
        from stockgroups.jobs.load_options import LoadOptions  # noqa: PLC0415 - as above
        from stockgroups.suspicions import parse_accept  # noqa: PLC0415 - as above

        fetched = FetchOptions.choose(self.settings, sources)
        fetches = bool(fetched.sources)
        load = LoadOptions(
            holdings_dir=Path(folder) if folder else self.settings.find_holdings(fetches=fetches),
            ignore=tuple(ignore),
            proxies=self.settings.index_proxies if proxies is None else proxies,
            dry_run=dry_run,
            accept=parse_accept(accept),
        )
        fetched = replace(
            fetched,
            funds=tuple(funds),
            since=read_day(since),
            accept_terms=accept_terms,
            dry_run=dry_run,
        )
        return self._act(
            run_day,
            load,
            fetched if fetches else None,
            today_utc(),
            run or os.urandom(6).hex(),
            on_event=on_event or (lambda _event: None),
            progress=progress or ignore_progress,
        )

    def refresh_saved(self, *names: str, dry_run: bool = False) -> RefreshReport:
        """Recompute saved expressions in one transaction, each after the groups that it names.

        Args:
            names: The keys of groups; the saved groups that they name are computed too. Empty: all.
            dry_run: Compute and compare, write nothing.

        Returns:
            The members added to and removed from each group. `failures` has the groups that cannot
            be computed now; they keep their members.
        """
        from stockgroups.jobs.expressions import refresh  # noqa: PLC0415 - heavy

        return self._act(refresh, names, dry_run=dry_run)

    def organize_sectors(self, *, dry_run: bool = False) -> OrganizeReport:
        """Make the SECTOR groups of the catalogue."""
        from stockgroups.jobs.organize import organize_sectors  # noqa: PLC0415 - heavy

        return self._act(organize_sectors, dry_run=dry_run)

    def organize_universe(
        self, *, delete: Iterable[GroupKey] = (), dry_run: bool = False
    ) -> OrganizeReport:
        """Make the THEME and UNIVERSE groups of the catalogue.

        `delete` are themes to delete first, as `strangers` returns them; none: all stay.
        """
        from stockgroups.jobs.organize import organize_universe  # noqa: PLC0415 - heavy

        return self._act(organize_universe, delete=tuple(delete), dry_run=dry_run)

    def strangers(self) -> list[GroupKey]:
        """Return the themes that are in no catalogue."""
        from stockgroups.jobs.organize import find_strangers  # noqa: PLC0415 - heavy

        return self._ask(find_strangers)

    def remove_proxies(self, etf: str | None = None, *, dry_run: bool = False) -> ProxyRemoval:
        """Remove the proxies of one fund, None: of all. Funds without a file are deleted."""
        from stockgroups.jobs.proxies import remove_proxies  # noqa: PLC0415 - heavy

        return self._act(remove_proxies, etf and etf.strip().upper(), dry_run=dry_run)

    def build_metadata(self, *, rebuild: bool = False, dry_run: bool = False) -> MetadataReport:
        """Build stock_metadata: each stock's ETFs, themes, name and sector."""
        from stockgroups.jobs.metadata import build_metadata  # noqa: PLC0415 - heavy

        return self._act(build_metadata, rebuild=rebuild, dry_run=dry_run)

    def rebuild(self) -> RebuildReport:
        """Recompute memberships, history and identity from the record; return what differed."""
        from stockgroups.jobs.rebuild import rebuild  # noqa: PLC0415 - heavy

        return self._act(rebuild)

    def rollback(self, load_id: int, *, dry_run: bool = False) -> RollbackReport:
        """Undo a load by a new load; nothing is erased."""
        from stockgroups.jobs.rollback import roll_back  # noqa: PLC0415 - heavy

        return self._act(roll_back, load_id, dry_run=dry_run)

    def reconcile(self, *, restore: bool = False, dry_run: bool = False) -> list[GroupDrift]:
        """Record what other programs changed in the tables; with `restore`, restore the record."""
        from stockgroups.jobs.reconcile import reconcile  # noqa: PLC0415 - heavy

        return self._act(reconcile, restore=restore, dry_run=dry_run)
