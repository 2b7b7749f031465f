"""The files that a run asks for: end points with their addresses filled in. Pure."""

from __future__ import annotations

import datetime as dt
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from stockgroups.catalog.sources import LISTS, Content, FundIds
from stockgroups.errors import DownloadError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from stockgroups.catalog import Catalog
    from stockgroups.catalog.sources import Endpoint, Source

_IN_URL = re.compile(r"/products/(\d{1,10})(/|$)")
_ENTRY = re.compile(r"<entry>(.*?)</entry>", re.DOTALL)
_HREF = re.compile(r"<filing-href>[^<]*/data/(\d{1,10})/(\d{18})/")
_FILED = re.compile(r"<filing-date>\s*(\d{4}-\d{2}-\d{2})\s*<")
_TYPE = re.compile(r"<filing-type>\s*NPORT-P(/A)?\s*<")
_CUSIP, _ISIN = 9, 12
"""Characters of these identifiers."""

FAILS_AFTER = dt.timedelta(days=14)
"""The SEC publishes a half month about two weeks after its end."""

FAILS_DUE, DATASETS_DUE = dt.timedelta(days=45), dt.timedelta(days=120)
"""The time after its period from which a missing file must have moved."""

FAILS_SINCE = dt.timedelta(days=62)
"""The default range of fails-to-deliver files: four half months."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One file to ask for.

    Attributes:
        endpoint: Its end point.
        url: Its address.
        subject: Its subject: a fund's ticker, or a period.
        date: The day to ask for; None for the newest.
        stem: The name of the file without its suffix; None: the fund and its as-of date. A list of
            tickers gets its day appended.
        names: Texts that the answer must contain.
        series: The fund's series at the SEC.
        cik: The filer's number at the SEC.
        due: The day from which the file must exist; None: it may never exist.
        is_spare: Ask only if no good file of that day or a later one is here.
    """

    endpoint: Endpoint
    url: str
    subject: str | None = None
    date: dt.date | None = None
    stem: str | None = None
    names: str | None = None
    series: str | None = None
    cik: str | None = None
    due: dt.date | None = None
    is_spare: bool = False


class Filing(NamedTuple):
    """One filing of a list: the filer, the number without dashes, and the day of filing."""

    cik: str
    accession: str
    filed: dt.date

    @property
    def places(self) -> dict[str, str]:
        """The values for the placeholders of its address."""
        digits = self.accession
        number = f"{digits[:10]}-{digits[10:12]}-{digits[12:]}"
        return {"cik": self.cik, "accession": digits, "number": number}


def choose_funds(catalog: Catalog, source: Source, requested: Sequence[str]) -> list[str]:
    """Return the tickers of the funds that a source has: the chosen ones, or all."""
    return [
        ticker
        for ticker, entry in catalog.etfs.items()
        if source.issuer in (None, entry.issuer) and (not requested or ticker in requested)
    ]


def list_holdings(
    catalog: Catalog,
    source: Source,
    funds: Sequence[str],
    days: Sequence[dt.date],
    *,
    all_days: bool,
) -> Iterator[Wish | DownloadError]:
    """Yield the files to ask an issuer for: of each fund the newest, and those of past days.

    With `all_days`, every past day is asked for, else only the newest day that has a file. If an
    address needs a value that the catalogue lacks, an error says which.
    """
    for endpoint in catalog.downloads.list_endpoints(source.key, Content.HOLDINGS):
        for ticker in funds:
            page = catalog.etfs[ticker].url
            if endpoint.pages and not page.startswith(endpoint.pages):
                continue
            values = _values(catalog, ticker, page)
            lacking = sorted(endpoint.places - values.keys() - {"date"})
            if lacking:
                yield _lack(source, ticker, lacking[0])
                continue
            for wish in _list_days(endpoint, ticker, values, days):
                yield replace(wish, is_spare=wish.date is not None and not all_days)


def _lack(source: Source, ticker: str, what: str) -> DownloadError:
    remedy = (
        f"add it to the identifiers of [etfs.{ticker}] in your own etfs.toml"
        if what in ("cusip", "isin")
        else f'write `{ticker} = {{ {what} = "…" }}` under [fund_ids] in your own fetch.toml'
    )
    return DownloadError(
        f"the catalogue has no {what} of {ticker}", where=source.key, remedy=remedy
    )


def _values(catalog: Catalog, ticker: str, page: str) -> dict[str, str]:
    """Return the values that fill in the addresses of a fund."""
    ids = catalog.downloads.fund_ids.get(ticker, FundIds(ticker))
    in_url = _IN_URL.search(page)
    known = catalog.etfs[ticker].identifiers
    found = {
        "ticker": ticker,
        "ticker_lower": ticker.lower(),
        "product": ids.product or (in_url[1] if in_url else None),
        "cusip": next((one for one in known if len(one) == _CUSIP), None),
        "isin": next((one for one in known if len(one) == _ISIN), None),
        "file": ids.file,
    }
    return {name: value for name, value in found.items() if value}


def _list_days(
    endpoint: Endpoint, ticker: str, values: Mapping[str, str], days: Sequence[dt.date]
) -> Iterator[Wish]:
    names = endpoint.names.format_map(values) if endpoint.names else None
    if endpoint.url:
        yield Wish(endpoint, _fill(endpoint.url, values), ticker, names=names)
    if endpoint.dated_url:
        for day in days:
            url = _fill(endpoint.dated_url, {**values, "date": day.strftime(endpoint.date_format)})
            yield Wish(endpoint, url, ticker, day, names=names)


def _fill(url: str, values: Mapping[str, str]) -> str:
    return url.format_map({name: quote(value, safe="") for name, value in values.items()})


def list_days(since: dt.date | None, today: dt.date, *, has_newest: bool) -> list[dt.date]:
    """Return the days to ask for: Monday to Friday, the newest first.

    Without `since` there are none, or the last few days if no address gives the newest file:
    holidays have no file, and some publishers are a day late.
    """
    first = since or (today if has_newest else today - dt.timedelta(days=4))
    count = (today - first).days
    days = (today - dt.timedelta(days=back) for back in range(1, count + 1))
    return [day for day in days if day.weekday() < 5]


def list_reference(
    catalog: Catalog, source: Source, contents: frozenset[Content]
) -> Iterator[Wish]:
    """Yield the ticker files of a source."""
    for content in LISTS:
        if content in contents:
            for endpoint in catalog.downloads.list_endpoints(source.key, content):
                if endpoint.url:
                    name = endpoint.url.rpartition("/")[2].removesuffix(endpoint.suffix)
                    yield Wish(endpoint, endpoint.url, stem=name)


def list_fails(
    catalog: Catalog, source: Source, since: dt.date | None, today: dt.date
) -> Iterator[Wish]:
    """Yield the half months of fails that should be public by now, the oldest first."""
    first = since or today - FAILS_SINCE
    for endpoint in catalog.downloads.list_endpoints(source.key, Content.FAILS):
        month = first.replace(day=1)
        while month <= today and endpoint.url:
            following = (month + dt.timedelta(days=32)).replace(day=1)
            halves = (("a", month.replace(day=15)), ("b", following - dt.timedelta(days=1)))
            for half, last in halves:
                if first <= last and last + FAILS_AFTER <= today:
                    places = {"year": f"{month:%Y}", "month": f"{month:%m}", "half": half}
                    period = f"{month:%Y%m}{half}"
                    url = _fill(endpoint.url, places)
                    due = last + FAILS_DUE
                    yield Wish(endpoint, url, period, stem=f"cnsfails{period}", due=due)
            month = following


def list_datasets(
    catalog: Catalog, source: Source, since: dt.date | None, today: dt.date
) -> Iterator[Wish]:
    """Yield the ended quarters of N-PORT from a day on, the oldest first."""
    this = _quarter_of(today)
    first = _quarter_of(since) if since else this - 1
    for endpoint in catalog.downloads.list_endpoints(source.key, Content.DATASETS):
        for number in range(first, this):
            year, quarter = divmod(number, 4)
            period = f"{year}q{quarter + 1}"
            if endpoint.url:
                url = _fill(endpoint.url, {"year": str(year), "quarter": str(quarter + 1)})
                following = dt.date(year + quarter // 3, (3 * quarter + 3) % 12 + 1, 1)
                due = following + DATASETS_DUE
                yield Wish(endpoint, url, period, stem=f"{period}_nport", due=due)


def _quarter_of(day: dt.date) -> int:
    return 4 * day.year + (day.month - 1) // 3


def list_filers(
    catalog: Catalog,
    source: Source,
    funds: Sequence[str],
    filers: Mapping[str, tuple[str, str | None]],
    today: dt.date,
) -> Iterator[Wish | DownloadError]:
    """Yield the lists of filings of funds.

    Args:
        catalog: The catalogue; its entry on a fund comes first.
        source: The source.
        funds: The tickers.
        filers: CIK and series by ticker, from the SEC's ticker files.
        today: The day of the request.
    """
    for endpoint in catalog.downloads.list_endpoints(source.key, Content.FILINGS):
        for ticker in funds:
            ids = catalog.downloads.fund_ids.get(ticker, FundIds(ticker))
            cik, series = filers.get(ticker, (None, None))
            cik, series = ids.cik or cik, ids.series or series
            filer = series or cik
            if filer is None and not filers:
                yield DownloadError(
                    "no lists of filings without the ticker files of the SEC, and none is here",
                    where=source.key,
                    remedy="try again later",
                )
                return
            if filer is None or endpoint.url is None:
                yield DownloadError(
                    f"the SEC's ticker files do not name {ticker}",
                    where=source.key,
                    remedy=f'write `{ticker} = {{ series = "S…" }}` under [fund_ids] in '
                    "your own fetch.toml",
                )
                continue
            url = _fill(endpoint.url, {"filer": filer})
            stem = f"{ticker}_filings_{today}"
            yield Wish(endpoint, url, ticker, stem=stem, series=series, cik=cik)


def list_filings(
    catalog: Catalog, source: Source, listed: Wish, feed: str, since: dt.date | None
) -> Iterator[Wish]:
    """Yield the filings of a list that were filed from a day on; without a day, the newest one."""
    found = sorted(read_feed(feed), key=lambda one: one.filed, reverse=True)
    chosen = [one for one in found if one.filed >= since] if since else found[:1]
    for endpoint in catalog.downloads.list_endpoints(source.key, Content.NPORT):
        for one in chosen:
            if endpoint.url:
                url = _fill(endpoint.url, one.places)
                yield Wish(endpoint, url, listed.subject, series=listed.series, cik=listed.cik)


def read_feed(feed: str) -> Iterator[Filing]:
    """Yield the N-PORT filings of EDGAR's Atom feed that have an address and a day."""
    for entry in _ENTRY.findall(feed):
        href, filed = _HREF.search(entry), _FILED.search(entry)
        if href and filed and _TYPE.search(entry):
            with suppress(ValueError):  # no day of the calendar
                yield Filing(href[1], href[2], dt.date.fromisoformat(filed[1]))
