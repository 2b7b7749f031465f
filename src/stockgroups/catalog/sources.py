"""Where files are downloaded from: publishers, their end points, and their names for funds."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from stockgroups.catalog.fields import Fields, check_spelling
from stockgroups.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stockgroups.catalog.tables import Tables

_KEY = re.compile(r"[a-z0-9][a-z0-9_]{0,39}"), "lower-case letters, digits and _"
_TICKER = re.compile(r"[A-Z0-9][A-Z0-9.-]{0,19}"), "a ticker in upper case"
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+"), "a host in lower case, such as www.sec.gov"
_SUFFIX = re.compile(r"\.[a-z]{2,5}"), "an ending of file names, such as .csv"
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


@dataclass(frozen=True, slots=True)
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
    hosts: tuple[str, ...]
    home: str
    pause: float
    most_a_day: int
    unattended: bool
    contact: bool

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
    sources = {}
    for key, value in tables["sources"].items():
        fields = Fields("sources", key, value)
        check_spelling(key, *_KEY, fields.where)
        sources[key] = _read_source(key, fields)
    endpoints = {}
    for key, value in tables["endpoints"].items():
        fields = Fields("endpoints", key, value)
        check_spelling(key, *_KEY, fields.where)
        endpoints[key] = _read_endpoint(key, fields, sources)
    fund_ids = {}
    for key, value in tables["fund_ids"].items():
        fields = Fields("fund_ids", key, value)
        check_spelling(key, *_TICKER, fields.where)
        fund_ids[key] = _read_ids(fields)
    return Downloads(
        MappingProxyType(sources), MappingProxyType(endpoints), MappingProxyType(fund_ids)
    )


def _read_source(key: str, fields: Fields) -> Source:
    source = Source(
        key,
        fields.text("name"),
        fields.optional_text("issuer"),
        fields.texts("hosts", least=1),
        fields.text("home"),
        fields.optional_amount("pause") or 0.0,
        fields.whole_number("most_a_day", default=0, most=1_000_000),
        fields.flag("unattended", default=False),
        fields.flag("contact", default=False),
    )
    fields.close()
    for host in source.hosts:
        check_spelling(host, *_HOST, fields.where)
    if not 0 < source.pause <= MOST_PAUSE or not source.most_a_day:
        raise CatalogError(
            "a source needs a pause and a number of requests a day",
            where=fields.where,
            remedy=f"write pause in seconds, up to {MOST_PAUSE:.0f}, and most_a_day",
        )
    if source.counted_as == _SEC and not (source.pause >= SEC_PAUSE and source.contact):
        raise CatalogError(
            "requests to the SEC need a pause and a contact",
            where=fields.where,
            remedy=f"write a pause of {SEC_PAUSE} or more, and contact = true",
        )
    return source


def _read_endpoint(key: str, fields: Fields, sources: Mapping[str, Source]) -> Endpoint:
    words = {content.value: content for content in Content}
    endpoint = Endpoint(
        key,
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
    check_spelling(endpoint.suffix, *_SUFFIX, fields.where)
    addresses = [url for url in (endpoint.url, endpoint.dated_url) if url]
    if not addresses:
        raise CatalogError("it has no address", where=fields.where, remedy="give it a url")
    for url in addresses:
        _check_address(url, sources[endpoint.source], fields.where)
    if unknown := endpoint.places - _PLACES[endpoint.content]:
        known = ", ".join(sorted(_PLACES[endpoint.content])) or "no place"
        raise CatalogError(
            f"nothing is known to replace {{{min(unknown)}}}",
            where=fields.where,
            remedy=f"an endpoint for {endpoint.content} may use {known}",
        )
    if endpoint.dated_url and "date" not in _find_places(endpoint.dated_url):
        raise CatalogError(
            "dated_url has no {date}", where=fields.where, remedy="write {date} where the date goes"
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


def _read_ids(fields: Fields) -> FundIds:
    spellings = {
        "product": _DIGITS,
        "cik": _DIGITS,
        "series": _SERIES,
    }
    found = {name: fields.optional_text(name) for name in (*spellings, "file")}
    fields.close()
    for name, spelling in spellings.items():
        if (text := found[name]) is not None:
            check_spelling(text, *spelling, fields.where)
    return FundIds(**found)
