"""iShares' files for a fund: the CSV and the workbook of its US, Canadian and European sites.

The sites differ in their columns. A UCITS table has each line's market currency and no other; a US
table has the fund's currency (`Currency`), or in early 2020 none at all.

On the US site ("Detailed Holdings and Analytics") there are eight lines about the fund, a separator
line, the table. Funds that hold other funds carry a second table, the look-through, after a
repetition of the eight lines; its rows are not the fund's own positions. If a spreadsheet saved the
file again, or a script cut it, the lines above the table may be missing. The site's workbook (.xls)
has the same table in its second worksheet, under other lines and with weights of five digits. The
Canadian site has the table under an as-of line alone.

On the European sites, for UCITS funds, there are the as-of line, a separator line, the table; no
line names the fund. Global funds hold stocks with one ticker on several exchanges: the exchange
makes the symbol. Each site prints labels, dates and numbers in its own language, and the exchanges
in English.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.errors import EmptyFileError, UnsupportedFileError
from stockgroups.readers.format import Field, FileColumns, Format
from stockgroups.readers.holdings.asset_classes import category_of
from stockgroups.readers.tables import Header, find_header, read_table
from stockgroups.readers.values.dates import parse_date
from stockgroups.readers.values.numbers import NULLS
from stockgroups.readers.values.texts import escape_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from stockgroups.readers.containers.document import Document, Row

_AS_OF = "Fund Holdings as of"
_AS_OF_UCITS = (_AS_OF, "Fondsposition per", "Al")
_TYPE = "Type"
_FIELDS = {
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
    _TYPE: Field.TYPE,
    # German
    "Emittententicker": Field.TICKER,
    "Sektor": Field.SECTOR,
    "Anlageklasse": Field.ASSET_CLASS,
    "Marktwert": Field.MARKET_VALUE,
    "Nominalwert": Field.NOTIONAL,
    "Gewichtung (%)": Field.WEIGHT,
    "Nominale": Field.SHARES,
    "Standort": Field.COUNTRY,
    "Börse": Field.EXCHANGE,
    "Marktwährung": Field.CURRENCY,
    # Italian; the word for the exchange is the one for exchanging money
    "Ticker dell'emittente": Field.TICKER,
    "Nome": Field.NAME,
    "Settore": Field.SECTOR,
    "Valore di mercato": Field.MARKET_VALUE,
    "Valore nozionale": Field.NOTIONAL,
    "Ponderazione (%)": Field.WEIGHT,
    "Area Geografica": Field.COUNTRY,
    "Cambio": Field.EXCHANGE,
    "Valuta di mercato": Field.CURRENCY,
    # French
    "Nom": Field.NAME,
    "Secteur": Field.SECTOR,
    "Classe d'actifs": Field.ASSET_CLASS,
    "Valeur de marché": Field.MARKET_VALUE,
    "Valeur notionnelle": Field.NOTIONAL,
    "Pondération (%)": Field.WEIGHT,
    "Actions": Field.SHARES,
    "Lieu": Field.COUNTRY,
    "Bourse de valeurs": Field.EXCHANGE,
    "Devise de marché": Field.CURRENCY,
}
_IGNORED = (
    *("Notional Weight", "Price", "Currency", "FX Rate", "Accrual Date", "Maturity"),
    *("Kurs", "Prezzo", "Prix"),
)

_TABLE = ("Name", "Asset Class", "Market Value")
"""What the header of every table has in English, of bonds and of commodities too."""

_CANADIAN = ("Ticker", "Name", "Market Value", "Weight (%)", "Exchange", "Market Currency")
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
_ENGLISH = tuple(
    (ticker, *_TABLE, "Weight (%)", "Exchange", "Market Currency") for ticker in _TICKERS
)
_OTHERS = (
    ("Emittententicker", "Name", "Anlageklasse", "Marktwert", "Gewichtung (%)", "Börse"),
    ("Ticker dell'emittente", "Nome", "Valore di mercato", "Ponderazione (%)", "Cambio"),
    ("Ticker", "Nom", "Valeur de marché", "Pondération (%)", "Bourse de valeurs"),
)
_DIGITS = re.compile(r"\A(\d{1,2})/(\d{1,2})/(\d{4})\Z", re.ASCII)


def _recognise_us(document: Document) -> Callable[[], FileColumns] | None:
    header = _find_table(document)
    if header is not None:
        return None if _is_ucits(header) else partial(_read_us, document, header)
    about = _read_about(document, None)
    is_file = about.name is not None and _AS_OF in about.values and not _has_table(document.head)
    return partial(_refuse_empty, document, "iShares") if is_file else None


def _recognise_ucits(document: Document) -> Callable[[], FileColumns] | None:
    if english := _find_table(document):
        header = english if _is_ucits(english) else None
    else:
        others = (find_header(document, labels) for labels in _OTHERS)
        header = _first_table(document, next(filter(None, others), None))
    if header is not None:
        return partial(_read_ucits, document, header, is_english=header is english)
    # The as-of line comes first, as in no US file, and no table follows.
    begins = bool(document.head) and document.head[0][1][:1] in ([label] for label in _AS_OF_UCITS)
    is_file = begins and not _has_table(document.head)
    return partial(_refuse_empty, document, "iShares UCITS") if is_file else None


def _refuse_empty(document: Document, fund: str) -> FileColumns:
    """Raise EmptyFileError for a file with the lines about its fund and nothing under them."""
    raise EmptyFileError(
        f"the file of an {fund} fund without a table of holdings",
        where=document.file_name,
        remedy="download it again, or that of another day",
    )


def _read_us(document: Document, header: Header) -> FileColumns:
    about = _read_about(document, header)
    printed = _read(document, header, about, is_english=True)
    return replace(printed, as_of=about.values.get(_AS_OF))


def _read_ucits(document: Document, header: Header, *, is_english: bool) -> FileColumns:
    about = _read_about(document, header)
    printed = _read(document, header, about, is_english=is_english)
    return replace(printed, as_of=_find_as_of(document, header, about, is_english=is_english))


def _read(document: Document, header: Header, about: _About, *, is_english: bool) -> FileColumns:
    _check_date(about, document)
    if is_english:
        _check_columns(header, document)
    followed = _is_followed(document, header)
    table = read_table(
        document, header, _FIELDS, ignored=_IGNORED, is_followed=followed, has_look_through=True
    )
    return replace(table, columns=merge_types(table), fund_name=about.name, percent=True)


class _About(NamedTuple):
    """The lines above a table about the fund: its name, and labels with their values."""

    name: str | None
    values: Mapping[str, str]


def _find_table(document: Document) -> Header | None:
    """Return the header of the fund's own table in English, or None."""
    header = find_header(document, _TABLE)
    if header is not None and not header.has(*_OWN):
        return None
    return _first_table(document, header or find_header(document, _CANADIAN))


def _first_table(document: Document, header: Header | None) -> Header | None:
    """Return the header if no other table is above it, else None.

    The look-through after the fund's own table has the same header. If the first table has other
    labels, the second must not be mistaken for it.
    """
    return None if header is None or _has_table(document.head[: header.position]) else header


def _has_table(rows: Sequence[Row]) -> bool:
    """Return whether a row has more cells than the lines about a fund have."""
    return any(sum(1 for cell in cells if cell.strip()) > _MOST_ABOVE for _, cells in rows)


def _is_ucits(header: Header) -> bool:
    """Return whether an English header is from a UCITS site."""
    return header.has("Issuer Ticker") or (
        header.has("Market Currency") and not header.has("Currency")
    )


def _read_about(document: Document, header: Header | None) -> _About:
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
    return _About(name if values else None, values)


def _check_date(about: _About, document: Document) -> None:
    """Raise EmptyFileError if the as-of line has a null: the answer for a day without data."""
    if about.values.get(_AS_OF) in NULLS:
        raise EmptyFileError(
            f'{_AS_OF} "-": no date, as the issuer has no holdings for that day',
            where=document.file_name,
            remedy="download the file of another day",
        )


def _check_columns(header: Header, document: Document) -> None:
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


def _is_followed(document: Document, header: Header) -> bool:
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


def _find_as_of(
    document: Document, header: Header, about: _About, *, is_english: bool
) -> str | None:
    """Return the as-of date: under a known label, else the first date above the table.

    `05/09/2026` is the 5th of September on these sites. The English sites print months in letters,
    so there it comes from a spreadsheet of an unknown country, and is read as such.
    """
    labelled = next((about.values[label] for label in _AS_OF_UCITS if label in about.values), None)
    above = (cell.strip() for _, cells in document.head[: header.position] for cell in cells)
    text = labelled or next((cell for cell in above if parse_date(_dot(cell))), None)
    return text if is_english else text and _dot(text)


def _dot(text: str) -> str:
    """Return a numeric date so that its day is read first; any other text unchanged."""
    return _DIGITS.sub(r"\1.\2.\3", text)


US_FORMAT = Format(
    "ishares_us",
    3,
    "iShares",
    _recognise_us,
    labels=(
        ("Ticker", *_TABLE, "Weight (%)", "Exchange", "Currency", "Market Currency"),
        _CANADIAN,
    ),
    containers="CSV, SpreadsheetML",
    fund_from="line 1",
    date_from=_AS_OF,
    last_seen="2026-10-08",
)

UCITS_FORMAT = Format(
    "ishares_ucits",
    5,
    "iShares",
    _recognise_ucits,
    labels=(*_ENGLISH, *_OTHERS),
    containers="CSV, SpreadsheetML",
    fund_from="file name, or line 2",
    date_from=_AS_OF,
    last_seen="2026-07-09",
)
