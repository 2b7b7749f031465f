"""What formats of `formats.toml` need beside their mappings: a function that reads the columns.

Each gets the document and the reader of its mapping, and returns the columns before the markets of
their lines are determined.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from stockgroups.readers.format import Field, FileColumns
from stockgroups.readers.holdings.origins import (
    HOME,
    check_home,
    list_by_incorporation,
    list_by_market,
)
from stockgroups.readers.issuers import amundi
from stockgroups.readers.values.columns import find_words
from stockgroups.readers.values.identifiers import is_cusip
from stockgroups.readers.values.numbers import NULLS

if TYPE_CHECKING:
    from stockgroups.readers.containers.document import Document

_HOMES = frozenset({"US", "USA", "UNITED STATES", "UNITED STATES OF AMERICA"})
_US_DAY = re.compile(r"\b\d{1,2}/\d{1,2}/\d{4}\b")
_SECTOR_FUND = re.compile(r"\bXL[A-Z]{1,2}\b")
_INDEX_NOTE = "the index's list as the fund's site prints it: index weights, no cash"
_MONEY = "_CURRENCY"
"""How Xtrackers' ISINs of currency balances begin."""

Read = Callable[[], FileColumns]


def _read_ark(_: Document, read: Read) -> FileColumns:
    """Place each line: a code after the ticker's blank counts (`RKLB UQ`), else a CUSIP is home."""
    printed = read()
    tickers, identifiers = printed.columns[Field.TICKER], printed.columns[Field.IDENTIFIER]
    listings = [HOME if is_cusip(identifier) else "" for identifier in identifiers]
    for at in find_words(tickers, " "):
        listings[at] = tickers[at].rpartition(" ")[2]
    return _add(replace(printed, month_first=True), Field.LISTING, listings)


def _read_jpmorgan_workbook(_: Document, read: Read) -> FileColumns:
    """Place each line by its country if no currency does: `ROG` is Roche in a global fund."""
    printed = read()
    columns = printed.columns
    if Field.CURRENCY in columns or Field.COUNTRY not in columns:
        return printed
    countries = [
        "" if country in NULLS else HOME if country.upper() in _HOMES else country
        for country in columns[Field.COUNTRY]
    ]
    listings = list_by_market(columns, list_by_incorporation(countries))
    return _add(printed, Field.LISTING, listings)


def _read_proshares(_: Document, read: Read) -> FileColumns:
    """Mark swaps and futures, which have their exposure and no market value.

    There are no weights: they are market values over their sum, which is the fund's net assets
    because of the row `NET OTHER ASSETS (LIABILITIES)`.
    """
    printed = replace(read(), balance="NET OTHER ASSETS")
    values = printed.columns[Field.MARKET_VALUE]
    exposures = printed.columns.get(Field.NOTIONAL) or [""] * len(values)
    classes = [
        "Swap or future" if exposure not in NULLS and value in NULLS else ""
        for exposure, value in zip(exposures, values, strict=True)
    ]
    return _add(printed, Field.ASSET_CLASS, classes)


def _read_select_sector(document: Document, read: Read) -> FileColumns:
    """Take the date or the fund from the sentence above the table."""
    printed = read()
    above = (cells for line, cells in document.head if line < printed.lines[0])
    sentence = " ".join(cell for cells in above for cell in cells if cell.strip())
    day, fund = _US_DAY.search(sentence), _SECTOR_FUND.search(sentence)
    return replace(
        printed,
        fund_ticker=fund[0] if fund else None,
        as_of=day[0] if day else None,
        month_first=True,
        percent=any("%" in weight for weight in printed.columns[Field.WEIGHT]),
        notes=(_INDEX_NOTE,),
    )


def _read_vanguard_advisors(_: Document, read: Read) -> FileColumns:
    """Place the lines by country, and take sub-industries of GICS for sectors too."""
    printed = read()
    printed = _add(printed, Field.LISTING, list_by_incorporation(_name_countries(printed)))
    industries = printed.columns.get(Field.INDUSTRY)
    return _add(printed, Field.SECTOR, industries) if industries is not None else printed


def _read_vanguard_uk(document: Document, read: Read) -> FileColumns:
    """Place the lines by country. Raise UnsupportedFileError if most of them are not at home."""
    printed = read()
    countries = _name_countries(printed)
    listings = list_by_incorporation(countries)
    stocks = zip(listings, countries, strict=True)
    check_home([code for code, country in stocks if country], document.file_name)
    return _add(printed, Field.LISTING, listings)


def _read_xtrackers_csv(_: Document, read: Read) -> FileColumns:
    """Mark currency balances, which the CSV shows by its ISINs."""
    printed = read()
    isins = printed.columns[Field.ISIN]
    classes = ["Cash" if isin.startswith(_MONEY) else "" for isin in isins]
    return _add(printed, Field.ASSET_CLASS, classes)


def _add(printed: FileColumns, field: Field, cells: Sequence[str]) -> FileColumns:
    return replace(printed, columns={**printed.columns, field: cells})


def _name_countries(printed: FileColumns) -> list[str]:
    return ["" if country in NULLS else country for country in printed.columns[Field.COUNTRY]]


REFINEMENTS: Mapping[str, Callable[[Document, Read], FileColumns]] = {
    "amundi": amundi.read_workbook,
    "amundi_json": amundi.read_response,
    "ark": _read_ark,
    "jpmorgan_workbook": _read_jpmorgan_workbook,
    "proshares": _read_proshares,
    "select_sector": _read_select_sector,
    "vanguard_advisors": _read_vanguard_advisors,
    "vanguard_uk": _read_vanguard_uk,
    "xtrackers_csv": _read_xtrackers_csv,
}
