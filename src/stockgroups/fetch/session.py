"""The requests to one source in one run, and what to do with the answers."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from stockgroups.catalog.sources import LISTS, Content
from stockgroups.errors import DownloadError
from stockgroups.fetch.agenda import Agenda, is_fixed
from stockgroups.fetch.client import Answer, Client, make_agent
from stockgroups.fetch.clock import Pace, read_day
from stockgroups.fetch.judge import judge, judge_archive
from stockgroups.fetch.known_files import KnownFiles
from stockgroups.fetch.manifest import Entry, Outcome
from stockgroups.fetch.refusals import Bounds
from stockgroups.fetch.verdicts import Expected, Verdict
from stockgroups.fetch.wishes import Wish

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from stockgroups.catalog import Catalog
    from stockgroups.catalog.sources import Source
    from stockgroups.fetch.clock import Clock
    from stockgroups.fetch.folder import Folder
    from stockgroups.fetch.manifest import Manifest
    from stockgroups.fetch.report import FetchOptions, FetchReport

BOUNDS: Mapping[Content, Bounds] = {
    Content.HOLDINGS: Bounds(64 << 20, 300.0),
    Content.NPORT: Bounds(256 << 20, 900.0),
    Content.FILINGS: Bounds(4 << 20, 120.0),
    Content.FUND_TICKERS: Bounds(32 << 20, 300.0),
    Content.COMPANY_TICKERS: Bounds(32 << 20, 300.0),
    Content.TICKERS: Bounds(16 << 20, 300.0),
    Content.FAILS: Bounds(16 << 20, 300.0),
    Content.DATASETS: Bounds(2 << 30, 7_200.0),
}
ONE_DAY = dt.timedelta(days=1)

_MOST_IN_A_ROW = 3
"""The number of consecutive faults after which a source gets no more requests."""


class Session:
    """The requests to one source in one run."""

    def __init__(
        self,
        catalog: Catalog,
        folder: Folder,
        manifest: Manifest,
        options: FetchOptions,
        report: FetchReport,
        source: Source,
        clock: Clock,
        progress: Callable[[int, int, str], None],
    ) -> None:
        self._catalog = catalog
        self._folder = folder
        self._manifest = manifest
        self._options = options
        self._report = report
        self._source = source
        self._clock = clock
        self._progress = progress
        self._today = clock.now().date()
        self._client: Client | None = None
        self._stopped: str | None = None
        self._faults = 0
        self._files = KnownFiles(catalog, folder, manifest)
        self._agenda = Agenda(catalog, source, options, report, self._files, self._today)

    def list_wishes(self) -> None:
        """Add what would be asked for to the report, as far as that is known without asking."""
        for wish in self._agenda.choose(self._agenda.list_first()):
            self._report.wishes.append(wish)

    def run(self) -> None:
        """Ask for the files, one after the other."""
        source, options = self._source, self._options
        agent = make_agent(options.contact if source.contact else None)
        pace = Pace(self._clock, source.pause, self._folder.find_pace(source.counted_as))
        with Client(source, self._clock, pace, agent, options.replay) as client:
            self._client = client
            self._ask_all(self._agenda.list_first())
            if Content.NPORT in options.contents:
                feeds = self._ask_all(self._agenda.list_filers())
                self._ask_all(one for listed in feeds for one in self._agenda.list_filings(listed))

    def _ask_all(self, found: Iterable[Wish | DownloadError]) -> Sequence[Wish]:
        """Ask for the necessary files, and return all wishes."""
        listed = list(found)
        wanted = self._agenda.choose(listed)
        for number, wish in enumerate(wanted, 1):
            if self._agenda.is_spared(wish):  # one that came in this run
                continue
            self._stopped = self._stopped or self._find_limit()
            if self._stopped:
                self._report.left[self._source.key] = (
                    self._report.left.get(self._source.key, (0, ""))[0] + len(wanted) - number + 1,
                    self._stopped,
                )
                break
            name = " ".join(str(part) for part in (wish.subject or wish.stem, wish.date) if part)
            self._progress(number, len(wanted), f"{self._source.key} {name}")
            entry = self._ask(wish)
            self._manifest.append(entry)  # before the move: a noted file is not requested twice
            if entry.file is not None:
                self._folder.settle(entry.file)
            self._files.add(entry)
            self._report.entries.append(entry)
        return [wish for wish in listed if isinstance(wish, Wish)]

    def _find_limit(self) -> str | None:
        """Return why the source is not asked now: it said so, or the daily limit is reached."""
        source, now = self._source, self._clock.now()
        until = self._manifest.closed_until(source.key)
        if until is not None and now < until:
            return f"no requests until {until:%Y-%m-%d %H:%M} UTC, because of its last answer"
        if self._manifest.count_requests(source.key, now - ONE_DAY) >= source.most_a_day:
            return f"{source.most_a_day:,} requests within 24 hours: run fetch again tomorrow"
        return None

    def _ask(self, wish: Wish) -> Entry:
        """Ask for one file, judge it, and keep it or put it aside."""
        assert self._client is not None  # noqa: S101 - `run` has opened it
        folder, content = self._folder, wish.endpoint.content
        try:
            answer = self._client.ask(
                wish.url, folder.partial, BOUNDS[content], self._files.find_conditions(wish)
            )
        except DownloadError as error:
            self._note_fault(error)
            verdict = Verdict(Outcome.FAILED, error.what, error.remedy, is_wall=error.stops)
            return self._make_entry(wish, verdict, error)
        self._faults = 0
        file = None
        if answer.status == 304:
            verdict = Verdict(Outcome.UNCHANGED, "the publisher has nothing newer (status 304)")
        elif answer.status != 200:
            verdict = self._explain_absence(wish, answer.status)
        else:
            modified = read_day(answer.headers.get("last-modified"))
            changed = modified and min(modified, self._today)
            if wish.endpoint.content in LISTS:
                wish = replace(wish, stem=f"{wish.stem}_{changed or self._today}")
            verdict = self._judge(wish, answer.sha256 or "", changed)
            file = self._choose_place(wish, verdict)
            if verdict.is_wall:
                self._stopped = verdict.reason
        return self._make_entry(wish, verdict, answer, file)

    def _make_entry(
        self, wish: Wish, verdict: Verdict, came: Answer | DownloadError, file: str | None = None
    ) -> Entry:
        return Entry(
            run=self._report.run,
            time=self._clock.now(),
            source=self._source.key,
            endpoint=wish.endpoint.key,
            content=wish.endpoint.content,
            subject=wish.subject,
            date=wish.date,
            url=wish.url,
            requests=came.requests,
            status=came.status,
            headers=came.headers,
            size=came.size if isinstance(came, Answer) else None,
            sha256=came.sha256 if isinstance(came, Answer) else None,
            outcome=verdict.outcome,
            reason=verdict.reason,
            remedy=verdict.remedy,
            file=file,
            as_of=verdict.as_of,
            rows=verdict.rows,
            is_wall=verdict.is_wall,
        )

    def _note_fault(self, error: DownloadError) -> None:
        """Stop asking the source if it demands that, or after several faults in a row."""
        self._faults += 1
        if error.stops:
            self._stopped = error.what
        elif self._faults >= _MOST_IN_A_ROW:
            self._stopped = f"{self._faults} failures in a row, the last: {error.what}"

    def _explain_absence(self, wish: Wish, status: int) -> Verdict:
        if is_fixed(wish) and not (wish.due and wish.due <= self._today):
            return Verdict(Outcome.ABSENT, f"the publisher has no such file (status {status})")
        return Verdict(
            Outcome.FAILED,
            f"the publisher has no file there (status {status})",
            "the address has changed, or the fund no longer exists: correct it in your own "
            "fetch.toml",
        )

    def _judge(self, wish: Wish, sha256: str, changed: dt.date | None) -> Verdict:
        endpoint = wish.endpoint
        stem = wish.stem or f"{wish.subject}{f'_{wish.date}' if wish.date else ''}"
        expected = Expected(
            endpoint.content,
            f"{stem}{endpoint.suffix}",
            wish.subject,
            wish.date,
            self._today,
            wish.names,
            wish.series,
            wish.cik,
            changed,
        )
        if endpoint.content is Content.DATASETS:
            return judge_archive(self._folder.partial, expected)
        data = self._folder.partial.read_bytes()
        own = self._files.list_own(wish)
        others = self._files.list_others(wish) if endpoint.content is Content.HOLDINGS else []
        verdict = judge(data, sha256, expected, self._catalog, own, others)
        if verdict.known is not None:
            own.append(verdict.known)
        return verdict

    def _choose_place(self, wish: Wish, verdict: Verdict) -> str | None:
        """Return the path of the body in the folder; None if it is not kept."""
        endpoint = wish.endpoint
        if verdict.outcome is Outcome.ACCEPTED:
            is_holdings = endpoint.content in (Content.HOLDINGS, Content.NPORT)
            stem = wish.stem or f"{wish.subject}_{verdict.as_of}"
            return self._folder.choose_place(
                endpoint.source, stem, endpoint.suffix, is_holdings=is_holdings
            )
        if verdict.outcome is Outcome.REFUSED:
            time = f"{self._clock.now():%Y-%m-%dT%H%M%S}"
            stem = f"{wish.stem or wish.subject}_asked_{time}"
            return self._folder.choose_aside(endpoint.source, stem, endpoint.suffix)
        return None
