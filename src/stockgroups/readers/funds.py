"""Find the fund of a file: by its content if that names it, else by the file's name."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.errors import AmbiguousFileError, WrongFundError
from stockgroups.readers.values.dates import strip_dates

if TYPE_CHECKING:
    import datetime as dt

    from stockgroups.catalog import Catalog

_WORDS = re.compile(r"[A-Za-z0-9]+")
# Of letters, or of four capitals and digits, as in London (CSP1) and Frankfurt (IS3N).
_TICKER = re.compile(r"[A-Za-z]{1,6}|(?=.*[A-Z].*[A-Z])[A-Z0-9]{4}")
_PRINTED = re.compile(r"[A-Z][A-Z0-9]{0,9}")
# The form that the remedy names: nothing but a ticker and a date, whatever word the ticker is.
_PLAIN_NAME = re.compile(r"([A-Z0-9]{1,8})[ _-]+")
# Words of file names that are no tickers, from issuers' sites, browsers and spreadsheets.
_NOISE_WORDS = """
a all and ark as basket blackrock bonds cache class clean complete component components copy
core csv cut daily data date details download downloaded en equity etf etfs excel export
file final for foreign from full fund funds global hedged holding holdings html index invesco
ishares json latest list market members msci my new no of old on only original page
portfolio preamble raw resaved sample saved schwab screener shares sheet small spdr ssga
state stock stocks street temp test the tmp total trimmed trust ucits us usa vanguard weight
weights with xls xlsx
"""
_NOISE = frozenset(_NOISE_WORDS.split())
_LANGUAGE = "(?:da|de|en|es|fi|fr|it|ja|nl|no|pl|pt|sv|zh)"
_LOCALE = re.compile(
    rf"(?<![A-Za-z])(?:{_LANGUAGE}[-_](?:[a-z]{{2}}|[A-Z]{{2}})|[a-z]{{2}}[-_]{_LANGUAGE})(?![A-Za-z])"
)
"""A site's language and country: `us-en`, `en-gb`, `de_CH`. The country is no ticker."""


class Claim(NamedTuple):
    """The fund's ticker that a file's name claims.

    It is `sure` if it is a ticker of the catalogue, or written in capitals.
    """

    ticker: str
    sure: bool


def claimed_fund(file_name: str, catalog: Catalog) -> str | None:
    """Return the ticker of the fund that a file's name claims, or None.

    A ticker of the catalogue among the name's words comes first. If there is none, it is the only
    word of at most six letters that remains without dates and words such as "holdings"; of several,
    the only one in capitals. A word in small letters has to be the first that remains. A name of
    nothing but a word in capitals and a date always claims that fund. A ticker that a fund of the
    catalogue had before means that fund.
    """
    claim = find_claim(file_name, catalog)
    if claim is None:
        return None
    former = catalog.renamed_fund(claim.ticker)
    return former.fund if former else claim.ticker


def find_fund(
    file_name: str,
    catalog: Catalog,
    *,
    as_of: dt.date,
    printed_ticker: str | None,
    printed_name: str | None,
    printed_id: str | None = None,
) -> str:
    """Return today's ticker of the file's fund.

    A fund that the content names and the catalogue does not know takes the ticker in the file's
    name. Raise WrongFundError if content and name disagree, AmbiguousFileError if neither names the
    fund, if the content has something that is not a ticker, and for a ticker that no fund of the
    catalogue had on the file's date any more. `printed_id` is the fund's CUSIP or ISIN: it names
    the fund of the catalogue that has it, and no fund with another one.
    """
    if printed_ticker and not _PRINTED.fullmatch(printed_ticker):
        raise AmbiguousFileError(f"{printed_ticker[:40]!r} is not a fund's ticker", where=file_name)
    claim = find_claim(file_name, catalog)
    named = catalog.fund_named(printed_name) if printed_name else None
    named = named or (catalog.fund_identified(printed_id) if printed_id else None)
    printed_name = printed_name or (printed_id if named else None)
    own = named.ticker if named else None
    content = _ticker_today(printed_ticker, as_of, own, catalog, file_name) or own
    if claim and (content is None or claim.sure):
        today = _ticker_today(claim.ticker, as_of, own, catalog, file_name)
        claim = claim._replace(ticker=today or claim.ticker)
    if content is not None:
        if claim and claim.sure and claim.ticker != content:
            raise _wrong_fund(file_name, claim.ticker, printed_name or content, content)
        return content
    if claim is None:
        shown = printed_name or printed_id
        what = f"its fund is {shown!r}, which is" if shown else "its fund is"
        known_by = "name" if printed_name else "identifiers"
        add = f", or add the fund with its {known_by} to etfs.toml" if shown else ""
        raise AmbiguousFileError(
            f"{what} not in the catalogue, and the file's name holds no ticker",
            where=file_name,
            remedy=f"name the file TICKER_DATE, such as IVV_2026-07-02.csv{add}",
        )
    if printed_name and claim.ticker in catalog.etfs:
        raise _wrong_fund(file_name, claim.ticker, printed_name, None)
    claimed = catalog.etfs.get(claim.ticker)
    if printed_id and claimed and claimed.identifiers:
        raise _wrong_fund(file_name, claim.ticker, printed_id, None)
    return claim.ticker


def _ticker_today(
    ticker: str | None, as_of: dt.date, named: str | None, catalog: Catalog, file_name: str
) -> str | None:
    """Return today's ticker of the fund that had the ticker on a day.

    `named` is the fund whose full name the content has. Raise AmbiguousFileError for a ticker that
    a fund gave up before that day, if nothing says whose it has been since.
    """
    former = catalog.former_tickers.get(ticker or "")
    if former is None:
        return ticker
    if as_of < former.effective or named == former.fund:
        return former.fund
    if ticker in catalog.etfs:
        return ticker
    raise AmbiguousFileError(
        f"{ticker} has been called {former.fund} since {former.effective}, and the file is of "
        f"{as_of}",
        where=file_name,
        remedy=f"name the file {former.fund}_{as_of}, or add {ticker} to etfs.toml if it is"
        " another fund now",
    )


def _wrong_fund(file_name: str, claimed: str, printed: str, content: str | None) -> WrongFundError:
    shown = f"{printed} ({content})" if content and content != printed else printed
    return WrongFundError(
        f"the file's name says {claimed}, its content {shown}",
        where=file_name,
        remedy="rename the file"
        if content
        else f"rename the file, or add that name to {claimed}'s other_names in etfs.toml; if it is "
        "not the name of a fund, remove the line",
        printed=shown,
    )


def find_claim(file_name: str, catalog: Catalog) -> Claim | None:
    """Return the fund that a file's name claims, by the rules of `claimed_fund`."""
    stem = PurePath(file_name).stem
    plain = _PLAIN_NAME.fullmatch(strip_dates(stem)) if strip_dates(stem) != stem else None
    if plain and any(letter.isalpha() for letter in plain[1]):
        return Claim(plain[1], sure=True)
    words = _WORDS.findall(_LOCALE.sub(" ", strip_dates(stem)))
    identified = {fund.ticker for word in words if (fund := catalog.fund_identified(word))}
    if len(identified) == 1:
        return Claim(identified.pop(), sure=True)
    known = catalog.etfs.keys() | catalog.former_tickers.keys()
    tickers = {word.upper() for word in words} & known
    if tickers:
        return Claim(tickers.pop(), sure=True) if len(tickers) == 1 else None
    telling = [word for word in words if word.casefold() not in _NOISE]
    left = {word for word in telling if _TICKER.fullmatch(word)}
    if len(left) > 1:
        left = {word for word in left if word.isupper()}
    if len(left) != 1:
        return None
    word = left.pop()
    if not word.isupper() and word != telling[0]:
        return None  # text after a number or another word is a remark
    return Claim(word.upper(), sure=word.isupper())
