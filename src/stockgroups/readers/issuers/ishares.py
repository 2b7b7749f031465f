"""The common parts of the files of all iShares sites: English labels, lines above the table.

The sites differ in their columns. A UCITS table has each line's market currency and no other; a US
table has the fund's currency (`Currency`), or in early 2020 none at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stockgroups.errors import EmptyFileError, UnsupportedFileError
from stockgroups.readers.format import Field, FileColumns
from stockgroups.readers.holdings.asset_classes import category_of
from stockgroups.readers.tables import Header, find_header
from stockgroups.readers.values.dates import parse_date
from stockgroups.readers.values.numbers import NULLS
from stockgroups.readers.values.texts import escape_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stockgroups.readers.containers.document import Document, Row

AS_OF = "Fund Holdings as of"
TYPE = "Type"
FIELDS = {
    "Ticker": Field.TICKER,
    "Issuer Ticker": Field.TICKER,
    "Name": Field.NAME,
    "Sector": Field.SECTOR,
    "Asset Class": Field.ASSET_CLASS,
    "Market Value": Field.MARKET_VALUE,
    "Notional Value": Field.NOTIONAL,
    "Weight (%)": Field.WEIGHT,
    "Market Weight": Field.WEIGHT,
    "Quantity": Field.SHARES,
    "Shares": Field.SHARES,
    "Nominal": Field.SHARES,
    "CUSIP": Field.CUSIP,
    "ISIN": Field.ISIN,
    "SEDOL": Field.SEDOL,
    "Location": Field.COUNTRY,
    "Location of Risk": Field.COUNTRY,
    "Exchange": Field.EXCHANGE,
    "Market Currency": Field.CURRENCY,
    TYPE: Field.TYPE,
}
IGNORED = (
    *("Notional Weight", "Price", "Currency", "FX Rate", "Accrual Date"),
    "Maturity",
)

TABLE = ("Name", "Asset Class", "Market Value")
"""What the header of every table has in English, of bonds and of commodities too."""

CANADIAN = ("Ticker", "Name", "Market Value", "Weight (%)", "Exchange", "Market Currency")
"""What the Canadian site's has, which prints no asset classes."""

_OWN = ("Exchange", "Notional Value", "Location", "Accrual Date", "Maturity", "Market Currency")
"""One of these is in every table of iShares, and seldom in a list that a person keeps."""
_HOUSES = ("ishares", "blackrock")  # in the funds' names
_OF_BONDS = ("Par Value", "Coupon (%)", "Maturity")
_TICKERS = ("Ticker", "Issuer Ticker")
_WEIGHTS = ("Weight (%)", "Market Weight")
_MOST_SHOWN = 20
_MOST_ABOVE = 4
"""Cells in a line about a fund: a label and a date, which has commas of its own."""


class About(NamedTuple):
    """The lines above a table about the fund: its name, and labels with their values."""

    name: str | None
    values: Mapping[str, str]


def find_table(document: Document) -> Header | None:
    """Return the header of the fund's own table in English, or None."""
    header = find_header(document, TABLE)
    if header is not None and not header.has(*_OWN):
        return None
    return first_table(document, header or find_header(document, CANADIAN))


def first_table(document: Document, header: Header | None) -> Header | None:
    """Return the header if no other table is above it, else None.

    The look-through after the fund's own table has the same header. If the first table has other
    labels, the second must not be mistaken for it.
    """
    return None if header is None or has_table(document.head[: header.position]) else header


def has_table(rows: Sequence[Row]) -> bool:
    """Return whether a row has more cells than the lines about a fund have."""
    return any(sum(1 for cell in cells if cell.strip()) > _MOST_ABOVE for _, cells in rows)


def is_ucits(header: Header) -> bool:
    """Return whether an English header is from a UCITS site."""
    return header.has("Issuer Ticker") or (
        header.has("Market Currency") and not header.has("Currency")
    )


def read_about(document: Document, header: Header | None) -> About:
    """Return the lines above the table, or at the document's beginning if there is no table.

    The name is alone on its line before all labels with their values. In the workbook the date is
    alone before it, and people add titles there: of several lines, the one with the issuer's name
    is the fund's, else the last. The order of the labels changed over the years.
    """
    alone: list[str] = []
    values: dict[str, str] = {}
    for _, cells in document.head[: header.position if header else None]:
        filled = [text for cell in cells if (text := cell.strip())]
        if len(filled) == 2:
            values.setdefault(*filled)
        elif len(filled) == 1 and not values and parse_date(filled[0]) is None:
            alone.append(" ".join(filled[0].split()))
    named = (text for text in reversed(alone) if any(map(text.casefold().count, _HOUSES)))
    name = next(named, alone[-1] if alone else None)
    return About(name if values else None, values)


def check_date(about: About, document: Document) -> None:
    """Raise EmptyFileError if the as-of line has a null: the answer for a day without data."""
    if about.values.get(AS_OF) in NULLS:
        raise EmptyFileError(
            f'{AS_OF} "-": no date, as the issuer has no holdings for that day',
            where=document.file_name,
            remedy="download the file of another day",
        )


def check_columns(header: Header, document: Document) -> None:
    """Raise UnsupportedFileError, with the true reason, for a table without listed stocks."""
    if not header.has(*_TICKERS) and header.has(*_OF_BONDS):
        raise UnsupportedFileError(
            "no Ticker column: bonds, which have no stock symbols",
            where=document.file_name,
            remedy="load funds of stocks",
        )
    needed = (_TICKERS, ("Exchange",), _WEIGHTS)
    missing = [labels[0] for labels in needed if not header.has(*labels)]
    if missing:
        shown = ", ".join(filter(None, header.labels[:_MOST_SHOWN]))
        raise UnsupportedFileError(
            f"its table has no column {' and no column '.join(missing)}; it has "
            f"{escape_text(shown, 300)}",
            where=document.file_name,
            remedy="load funds of stocks; docs/formats.md describes how to report another layout",
        )


def is_followed(document: Document, header: Header) -> bool:
    """Return whether every whole file like this has a blank line or legal text after the table.

    It has if the lines about the fund are above the table. In the workbook, which begins with the
    date, and in spreadsheets' copies of it, other tables or nothing may follow.
    """
    above = [
        [cell for cell in cells if cell.strip()] for _, cells in document.head[: header.position]
    ]
    first = next(filter(None, above), [""])[0].strip()
    return document.is_text and any(len(row) > 1 for row in above) and parse_date(first) is None


def merge_types(table: FileColumns) -> dict[Field, Sequence[str]]:
    """Return the columns with a line's type as its asset class if the type is more specific.

    A swap on a stock has that stock's ticker and identifiers, and the asset class `Equity`. Only
    its type shows that it is a swap.
    """
    columns = dict(table.columns)
    types = columns.pop(Field.TYPE, None)
    if types is not None:
        columns[Field.ASSET_CLASS] = [
            asset_class if kind in NULLS or category_of(asset_class) else kind
            for asset_class, kind in zip(columns[Field.ASSET_CLASS], types, strict=True)
        ]
    return columns


def without_table(document: Document, fund: str) -> EmptyFileError:
    """Return the error for a file with the lines about its fund and nothing under them."""
    return EmptyFileError(
        f"the file of an {fund} fund without a table of holdings",
        where=document.file_name,
        remedy="download it again, or that of another day",
    )
