"""Which fund a file is of: by its content where that says so, else by the file's name."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.errors import AmbiguousFileError, WrongFundError
from stockgroups.sources.dates import strip_dates

if TYPE_CHECKING:
    from stockgroups.catalog import Catalog

_WORDS = re.compile(r"[A-Za-z0-9]+")
_TICKER = re.compile(r"[A-Za-z]{1,6}")
_PRINTED = re.compile(r"[A-Z][A-Z0-9]{0,9}")
# The form that the remedy names: nothing but a ticker and a date, whatever word the ticker is.
_PLAIN_NAME = re.compile(r"([A-Z0-9]{1,8})[ _-]+")
# Words of file names that are no tickers, from issuers' sites, browsers and spreadsheets.
_NOISE = frozenset(
    {
        "a",
        "all",
        "and",
        "ark",
        "as",
        "basket",
        "blackrock",
        "bonds",
        "cache",
        "class",
        "clean",
        "complete",
        "component",
        "components",
        "copy",
        "core",
        "csv",
        "cut",
        "daily",
        "data",
        "date",
        "details",
        "download",
        "downloaded",
        "en",
        "equity",
        "etf",
        "etfs",
        "excel",
        "export",
        "file",
        "final",
        "for",
        "foreign",
        "from",
        "fund",
        "funds",
        "global",
        "hedged",
        "holding",
        "holdings",
        "html",
        "index",
        "invesco",
        "ishares",
        "json",
        "latest",
        "list",
        "market",
        "members",
        "msci",
        "my",
        "new",
        "no",
        "of",
        "old",
        "on",
        "only",
        "original",
        "page",
        "portfolio",
        "preamble",
        "raw",
        "resaved",
        "sample",
        "saved",
        "schwab",
        "screener",
        "shares",
        "sheet",
        "small",
        "spdr",
        "ssga",
        "state",
        "stock",
        "stocks",
        "street",
        "temp",
        "test",
        "the",
        "tmp",
        "total",
        "trimmed",
        "trust",
        "ucits",
        "us",
        "usa",
        "vanguard",
        "weight",
        "weights",
        "with",
        "xls",
        "xlsx",
    }
)


class Claim(NamedTuple):
    """A fund's ticker as a file's name claims it.

    It is `sure` when it is a ticker of the catalogue, or printed in capitals.
    """

    ticker: str
    sure: bool


def claimed_fund(file_name: str, catalog: Catalog) -> str | None:
    """Return the ticker of the fund that a file's name claims to be of, or None.

    A ticker of the catalogue among the name's words counts; if there is none, the only word of at
    most six letters that is left without dates and such words as "holdings". Several are none. A
    name of nothing but a word in capitals and a date is always of that fund.
    """
    claim = find_claim(file_name, catalog)
    return claim.ticker if claim else None


def find_fund(
    file_name: str, catalog: Catalog, *, printed_ticker: str | None, printed_name: str | None
) -> str:
    """Return the ticker of the fund that a file is of.

    A fund that the content names and the catalogue does not know takes the ticker in the file's
    name. Raise WrongFundError when content and name disagree, AmbiguousFileError when neither
    says which fund it is, or the content something that is no ticker.
    """
    if printed_ticker and not _PRINTED.fullmatch(printed_ticker):
        raise AmbiguousFileError(f"{printed_ticker[:40]!r} is no fund's ticker", where=file_name)
    claim = find_claim(file_name, catalog)
    named = catalog.fund_named(printed_name) if printed_name else None
    content = printed_ticker or (named.ticker if named else None)
    if content is not None:
        if claim and claim.sure and claim.ticker != content:
            raise _wrong_fund(file_name, claim.ticker, printed_name or content, content)
        return content
    if claim is None:
        told = f"it is of {printed_name!r}, which is" if printed_name else "its fund is"
        raise AmbiguousFileError(
            f"{told} not in the catalogue, and the file's name holds no ticker",
            where=file_name,
            remedy="name the file TICKER_DATE, such as IVV_2026-07-02.csv",
        )
    if printed_name and claim.ticker in catalog.etfs:
        raise _wrong_fund(file_name, claim.ticker, printed_name, None)
    return claim.ticker


def _wrong_fund(file_name: str, claimed: str, printed: str, content: str | None) -> WrongFundError:
    told = f" ({content})" if content and content != printed else ""
    return WrongFundError(
        f"the file's name says {claimed}, its content {printed}{told}",
        where=file_name,
        remedy="rename the file"
        if content
        else f"rename the file, or add that name to {claimed}'s other_names in etfs.toml",
    )


def find_claim(file_name: str, catalog: Catalog) -> Claim | None:
    """Return which fund a file's name claims to be of; the rules are those of `claimed_fund`."""
    stem = PurePath(file_name).stem
    plain = _PLAIN_NAME.fullmatch(strip_dates(stem)) if strip_dates(stem) != stem else None
    if plain and any(letter.isalpha() for letter in plain[1]):
        return Claim(plain[1], sure=True)
    words = _WORDS.findall(strip_dates(stem))
    tickers = {word.upper() for word in words} & catalog.etfs.keys()
    if tickers:
        return Claim(tickers.pop(), sure=True) if len(tickers) == 1 else None
    left = {word for word in words if _TICKER.fullmatch(word) and word.casefold() not in _NOISE}
    if len(left) != 1:
        return None
    word = left.pop()
    return Claim(word.upper(), sure=word.isupper())
