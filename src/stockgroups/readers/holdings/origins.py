"""Where lines are listed, for files that print no exchange, as far as other fields say.

A ticker alone says nothing: `ROP` is Roper in New York and Roche in Zurich.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stockgroups.errors import UnsupportedFileError
from stockgroups.readers.format import Field
from stockgroups.readers.values.numbers import NULLS
from stockgroups.symbols import strip_key
from stockgroups.symbols.identifiers import complete_sedols, is_sedol_abroad, valid_sedol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FEWEST_AT_HOME = 0.9
"""The share of companies incorporated in the United States in the narrowest US fund is 0.92: many
insurers and makers of medical devices are at home in Bermuda and in Ireland. Funds of the whole
world have 0.25."""

HOME = "US"
"""Bloomberg's code of the US market. It is the country of risk too that Vanguard prints for every
stock of US indexes, wherever its company is at home: Accenture (Ireland), Chubb (Switzerland),
Carnival (Panama)."""

_CODED = re.compile(r".* ([A-Z][A-Z0-9])")
_HOME_CURRENCY = "USD"


def list_by_market(columns: Mapping[Field, Sequence[str]], at_home: Sequence[str]) -> list[str]:
    """Return the code of every line's market; blank if the file shows that it is elsewhere.

    Args:
        columns: The file's columns.
        at_home: The market of each line about which nothing else is stated.

    A code after a ticker counts (`6861 JP`). A line in another currency than the dollar, or with
    the SEDOL of another continent, is not a US listing. Nor is a line with an invalid SEDOL,
    because nothing else gives its market.
    """
    tickers = columns[Field.TICKER]
    blank = [""] * len(tickers)
    listings = []
    for ticker, currency, sedol, code in zip(
        tickers,
        columns.get(Field.CURRENCY, blank),
        complete_sedols(columns.get(Field.SEDOL, blank)),
        at_home,
        strict=True,
    ):
        coded = _CODED.fullmatch(strip_key(ticker))
        is_abroad = code == HOME and (
            (currency not in NULLS and currency != _HOME_CURRENCY)
            or (sedol not in NULLS and (is_sedol_abroad(sedol) or valid_sedol(sedol) is None))
        )
        listings.append(coded[1] if coded else "" if is_abroad else code)
    return listings


def list_by_incorporation(countries: Sequence[str]) -> list[str]:
    """Return the code of every stock's market from the country of incorporation.

    A fund nearly all of whose companies are incorporated in the United States holds US listings:
    Accenture is Irish and trades in New York. In any other fund only the US companies are known to
    trade there. A blank country is unknown and counts for neither.
    """
    known = [country for country in countries if country]
    if sum(country == HOME for country in known) >= FEWEST_AT_HOME * len(known) > 0:
        return [HOME] * len(countries)
    return [HOME if country == HOME else "" for country in countries]


def check_home(listings: Sequence[str], where: str) -> None:
    """Raise UnsupportedFileError if most of the stocks cannot be shown to be US listings.

    For files without any identifier: a foreign stock is printed under its local ticker, which may
    be a US stock's. Among US stocks such a line is rejected. Of a fund of such lines, only a few
    depositary receipts would remain as members.
    """
    foreign = sum(1 for listing in listings if listing != HOME)
    if 2 * foreign > len(listings):
        raise UnsupportedFileError(
            f"{foreign:,} of its {len(listings):,} stocks are not from the United States, and the "
            "file does not give their exchanges",
            where=where,
            remedy="load a similar fund of an issuer that prints exchanges",
        )
