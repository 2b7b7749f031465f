"""What to ask one source for in one run, by the options and by the files that are here."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

from stockgroups.catalog.sources import Content
from stockgroups.errors import DownloadError
from stockgroups.fetch import wishes
from stockgroups.fetch.manifest import Entry, Outcome
from stockgroups.fetch.sec_judge import list_company_tickers, list_fund_tickers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stockgroups.catalog import Catalog
    from stockgroups.catalog.sources import Source
    from stockgroups.fetch.known_files import KnownFiles
    from stockgroups.fetch.report import FetchOptions, FetchReport
    from stockgroups.fetch.wishes import Wish

SETTLED = dt.timedelta(days=7)
"""The time after a day from which its missing file is taken as final."""
_FOR_FILERS = (Content.FUND_TICKERS, Content.COMPANY_TICKERS)


class Agenda:
    """The files to ask for, and which of them are not needed."""

    def __init__(
        self,
        catalog: Catalog,
        source: Source,
        options: FetchOptions,
        report: FetchReport,
        files: KnownFiles,
        today: dt.date,
    ) -> None:
        self._catalog = catalog
        self._source = source
        self._options = options
        self._report = report
        self._files = files
        self._today = today

    def list_first(self) -> Iterator[Wish | DownloadError]:
        """Yield the files to ask for that do not depend on any answer."""
        source, options, catalog = self._source, self._options, self._catalog
        contents = set(options.contents)
        if contents & {Content.NPORT, Content.TICKERS}:
            contents |= set(_FOR_FILERS)
        yield from wishes.list_reference(catalog, source, frozenset(contents))
        if Content.FAILS in contents:
            yield from wishes.list_fails(catalog, source, options.since, self._today)
        if Content.DATASETS in contents:
            yield from wishes.list_datasets(catalog, source, options.since, self._today)
        if Content.HOLDINGS in contents:
            funds = wishes.choose_funds(catalog, source, options.funds)
            endpoints = catalog.downloads.list_endpoints(source.key, Content.HOLDINGS)
            days = wishes.list_days(
                options.since, self._today, has_newest=all(one.url for one in endpoints)
            )
            yield from wishes.list_holdings(
                catalog, source, funds, days, all_days=options.since is not None
            )
        if self._options.dry_run and Content.NPORT in contents:
            yield from self.list_filers()

    def list_filers(self) -> Iterator[Wish | DownloadError]:
        """Yield the lists of filings of the funds, by the ticker files that are here."""
        if not self._catalog.downloads.list_endpoints(self._source.key, Content.FILINGS):
            return
        funds = wishes.choose_funds(self._catalog, self._source, self._options.funds)
        filers = self._read_filers()
        if not filers and self._options.dry_run:
            self._report.notes.append("the lists of filings, once the ticker files are here")
        else:
            yield from wishes.list_filers(self._catalog, self._source, funds, filers, self._today)

    def _read_filers(self) -> dict[str, tuple[str, str | None]]:
        """Return CIK and series by ticker. A fund's series comes before a company."""
        found: dict[str, tuple[str, str | None]] = {}
        for content, read in zip(
            _FOR_FILERS, (list_fund_tickers, list_company_tickers), strict=True
        ):
            for endpoint in self._catalog.downloads.list_endpoints(self._source.key, content):
                data = next((data for _, data in self._files.read_good(endpoint.key, None)), None)
                found = (read(json.loads(data)) if data else {}) | found
        return found

    def list_filings(self, listed: Wish) -> Iterator[Wish]:
        """Yield the filings of a list that has just arrived, or arrived earlier today."""
        data = next(
            (data for _, data in self._files.read_good(listed.endpoint.key, listed.subject)), None
        )
        if data is not None:
            feed = data.decode("utf-8", "replace")
            yield from wishes.list_filings(
                self._catalog, self._source, listed, feed, self._options.since
            )

    def choose(self, found: Iterable[Wish | DownloadError]) -> list[Wish]:
        """Return what to ask for; count what was asked for before, and report what cannot be."""
        wanted = []
        for wish in found:
            if isinstance(wish, DownloadError):
                self._report.failures.append(wish)
            elif (last := self._find_answer(wish)) is not None:
                self._report.asked_before += 1
                if last.outcome is Outcome.REFUSED:
                    self._report.standing.append(last)
            elif not self.is_spared(wish):
                wanted.append(wish)
        return wanted

    def _find_answer(self, wish: Wish) -> Entry | None:
        """Return the entry that makes a request unnecessary; None if it is necessary.

        The file was asked for today, or it is here and does not change, or it will never exist.
        """
        entries = self._files.list_entries(wish.url)
        if not entries:
            return None
        last = entries[-1]
        if last.outcome is not Outcome.FAILED and last.time.date() == self._today:
            return last
        if not is_fixed(wish):
            return None
        good = next((one for one in entries if self._files.is_here(one)), None)
        is_settled = wish.date is not None and last.time.date() - wish.date > SETTLED
        return good or (last if last.outcome is Outcome.ABSENT and is_settled else None)

    def is_spared(self, wish: Wish) -> bool:
        """Return whether to skip a past day, because a good file of it or a later day is here."""
        day = wish.date
        if not wish.is_spare or day is None:
            return False
        return any(one.as_of and one.as_of >= day for one in self._files.list_own(wish))


def is_fixed(wish: Wish) -> bool:
    """Return whether an address always gives the same file."""
    return wish.date is not None or wish.endpoint.content in (
        Content.NPORT,
        Content.FAILS,
        Content.DATASETS,
    )
