"""Where files are downloaded from: publishers, their end points, and their names for funds."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from stockgroups.catalog.fields import Fields, check_spelling, locate, read_entries
from stockgroups.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stockgroups.catalog.tables import Tables

_KEY = re.compile(r"[a-z0-9][a-z0-9_]{0,39}"), "lower-case letters, digits and _"
_TICKER = re.compile(r"[A-Z0-9][A-Z0-9.-]{0,19}"), "a ticker in upper case"
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+"), "a host in lower case, such as www.sec.gov"
_SUFFIX = re.compile(r"\.[a-z]{2,5}"), "a file suffix, such as .csv"
_DIGITS = re.compile(r"[0-9]{1,10}"), "digits"
_SERIES = re.compile(r"S[0-9]{9}"), "a series of the SEC, such as S000002848"
MOST_PAUSE = 3600.0
SEC_PAUSE = 0.2
"""Seconds between requests to the SEC, which counts those of all programs of an address."""

_SEC = "sec.gov"


class Content(StrEnum):
    """The content of an end point, which decides how it is judged and stored."""

    HOLDINGS = "holdings"
    NPORT = "nport"
    FILINGS = "filings"
    FUND_TICKERS = "fund tickers"
    COMPANY_TICKERS = "company tickers"
    TICKERS = "tickers"
    FAILS = "fails"
    DATASETS = "datasets"


LISTS = (Content.FUND_TICKERS, Content.COMPANY_TICKERS, Content.TICKERS)
"""Lists of tickers, one file each, that do not state their date."""

_PLACES: Mapping[Content, frozenset[str]] = MappingProxyType(
    {
        Content.HOLDINGS: frozenset(
            {"ticker", "ticker_lower", "product", "cusip", "isin", "file", "date"}
        ),
        Content.NPORT: frozenset({"cik", "accession", "number"}),
        Content.FILINGS: frozenset({"filer"}),
        Content.FUND_TICKERS: frozenset(),
        Content.COMPANY_TICKERS: frozenset(),
        Content.TICKERS: frozenset(),
        Content.FAILS: frozenset({"year", "month", "half"}),
        Content.DATASETS: frozenset({"year", "quarter"}),
    }
)
"""The placeholders that an address of each content may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A publisher.

    Attributes:
        key: Its key, the word of `--source`.
        name: Its name.
        issuer: The issuer of funds that it is; None for a publisher of other files.
        hosts: The hosts that may be contacted for it.
        home: Its site, with its terms of use.
        pause: Seconds from the start of a request to the start of the next one.
        most_a_day: The maximum number of requests within 24 hours.
        unattended: Its terms allow programs; for others the user accepts the terms.
        contact: It demands a contact in the user agent.
    """

    key: str
    name: str
    issuer: str | None
    hosts: tuple[str, ...] = field(metadata={"least": 1})
    home: str
    pause: float = 0.0
    most_a_day: int = field(default=0, metadata={"most": 1_000_000})
    unattended: bool = False
    contact: bool = False

    @property
    def counted_as(self) -> str:
        """The publisher that counts its requests: the SEC counts those to all of its hosts."""
        of_sec = any(host == _SEC or host.endswith(f".{_SEC}") for host in self.hosts)
        return _SEC if of_sec else self.key


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address of a source, with placeholders for what differs from file to file.

    Attributes:
        key: Its key.
        source: The key of its source.
        content: Its content.
        suffix: The suffix of its files' names.
        url: The address of the newest file; None if each day has its own address.
        dated_url: The address of the file of a day; None if past days are not offered.
        date_format: The format of the day in `dated_url`, as for `strftime`.
        names: Texts that the answer must contain, with the same placeholders; None if it names the
            fund.
        pages: It has the funds whose page begins so; None: all of the issuer.
    """

    key: str
    source: str
    content: Content
    suffix: str
    url: str | None
    dated_url: str | None
    date_format: str
    names: str | None
    pages: str | None

    @property
    def places(self) -> frozenset[str]:
        """The placeholders of its address."""
        texts = (self.url, self.dated_url, self.names)
        return frozenset().union(*(_find_places(text) for text in texts if text))


@dataclass(frozen=True, slots=True)
class FundIds:
    """The identifiers of a fund in addresses; None for those that it does not have."""

    ticker: str
    product: str | None = None
    file: str | None = None
    cik: str | None = None
    series: str | None = None


@dataclass(frozen=True, slots=True)
class Downloads:
    """All sources, end points and identifiers of funds, by key and by ticker."""

    sources: Mapping[str, Source]
    endpoints: Mapping[str, Endpoint]
    fund_ids: Mapping[str, FundIds]

    def list_endpoints(self, source: str, content: Content) -> list[Endpoint]:
        """Return the end points of a source with such a content."""
        found = self.endpoints.values()
        return [one for one in found if one.source == source and one.content is content]


def read_downloads(tables: Tables) -> Downloads:
    """Return the downloads of the tables. Raise CatalogError for the first mistake."""
    sources = read_entries(Source, "sources", _KEY, tables)
    for key, source in sources.items():
        _check_source(source, locate(tables["sources"][key].file, "sources", key))
    endpoints = {
        key: _read_endpoint(Fields("endpoints", key, value, _KEY), sources)
        for key, value in tables["endpoints"].items()
    }
    fund_ids = read_entries(FundIds, "fund_ids", _TICKER, tables)
    for key, ids in fund_ids.items():
        where = locate(tables["fund_ids"][key].file, "fund_ids", key)
        for text, spelling in ((ids.product, _DIGITS), (ids.cik, _DIGITS), (ids.series, _SERIES)):
            if text is not None:
                check_spelling(text, *spelling, where)
    return Downloads(
        MappingProxyType(sources), MappingProxyType(endpoints), MappingProxyType(fund_ids)
    )


def _check_source(source: Source, where: str) -> None:
    for host in source.hosts:
        check_spelling(host, *_HOST, where)
    if not 0 < source.pause <= MOST_PAUSE or not source.most_a_day:
        raise CatalogError(
            "a source needs a pause and a number of requests a day",
            where=where,
            remedy=f"write pause in seconds, up to {MOST_PAUSE:.0f}, and most_a_day",
        )
    if source.counted_as == _SEC and not (source.pause >= SEC_PAUSE and source.contact):
        raise CatalogError(
            "requests to the SEC need a pause and a contact",
            where=where,
            remedy=f"write a pause of {SEC_PAUSE} or more, and contact = true",
        )


def _read_endpoint(fields: Fields, sources: Mapping[str, Source]) -> Endpoint:
    words = {content.value: content for content in Content}
    endpoint = Endpoint(
        fields.key,
        fields.choice("source", sources),
        words[fields.choice("content", words)],
        fields.text("suffix"),
        fields.optional_text("url"),
        fields.optional_text("dated_url"),
        fields.optional_text("date_format") or "%Y-%m-%d",
        fields.optional_text("names"),
        fields.optional_text("pages"),
    )
    fields.close()
    where = fields.where
    check_spelling(endpoint.suffix, *_SUFFIX, where)
    addresses = [url for url in (endpoint.url, endpoint.dated_url) if url]
    if not addresses:
        raise CatalogError("it has no address", where=where, remedy="give it a url")
    for url in addresses:
        _check_address(url, sources[endpoint.source], where)
    places = _PLACES[endpoint.content]
    if unknown := endpoint.places - places:
        raise CatalogError(
            f"{{{min(unknown)}}} is not a known placeholder",
            where=where,
            remedy=f"an endpoint for {endpoint.content} may use "
            f"{', '.join(sorted(places)) or 'no place'}",
        )
    if endpoint.dated_url and "date" not in _find_places(endpoint.dated_url):
        raise CatalogError(
            "dated_url has no {date}", where=where, remedy="write {date} where the date goes"
        )
    return endpoint


def _check_address(url: str, source: Source, where: str) -> None:
    try:
        places = _find_places(url)
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError as error:
        raise CatalogError(
            f"{url!r} is not an address: {error}", where=where, remedy="correct it"
        ) from error
    fixed = url[: url.find("{")] if places else url
    if (
        parts.scheme != "https"
        or host not in source.hosts
        or not fixed.startswith(f"https://{host}/")
    ):
        raise CatalogError(
            f"{url!r} is not an https:// address on a host of {source.key}",
            where=where,
            remedy=f"begin it with https:// and one of {', '.join(source.hosts)}, or add its host "
            f"to the hosts of [sources.{source.key}]",
        )


def _find_places(text: str) -> frozenset[str]:
    """Return the names in braces. Raise ValueError for any other content of braces."""
    parts = list(string.Formatter().parse(text))
    if any(form or kind for _, name, form, kind in parts if name is not None):
        raise ValueError("a placeholder is a name in braces and nothing else")
    return frozenset(name for _, name, _, _ in parts if name is not None)
