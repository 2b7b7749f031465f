"""The CSV of iShares' European sites for a UCITS fund.

The as-of line, a separator line, the table; no line names the fund. Global funds hold stocks with
one ticker on several exchanges: the exchange makes the symbol. Each site prints labels, dates and
numbers in its own language, and the exchanges in English.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from stockgroups.readers.format import Field, FileColumns, Format
from stockgroups.readers.issuers.ishares import (
    AS_OF,
    FIELDS,
    IGNORED,
    TABLE,
    About,
    check_columns,
    check_date,
    find_table,
    first_table,
    has_table,
    is_followed,
    is_ucits,
    merge_types,
    read_about,
    without_table,
)
from stockgroups.readers.tables import Header, find_header, read_table
from stockgroups.readers.values.dates import parse_date

if TYPE_CHECKING:
    from collections.abc import Callable

    from stockgroups.readers.containers.document import Document

_AS_OF = (AS_OF, "Fondsposition per", "Al")
_ENGLISH = tuple(
    (ticker, *TABLE, "Weight (%)", "Exchange", "Market Currency")
    for ticker in ("Ticker", "Issuer Ticker")
)
_OTHERS = (
    ("Emittententicker", "Name", "Anlageklasse", "Marktwert", "Gewichtung (%)", "Börse"),
    ("Ticker dell'emittente", "Nome", "Valore di mercato", "Ponderazione (%)", "Cambio"),
    ("Ticker", "Nom", "Valeur de marché", "Pondération (%)", "Bourse de valeurs"),
)
_FIELDS = {
    **FIELDS,
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
    *IGNORED,
    *("Kurs", "Prezzo", "Prix"),
)
_DIGITS = re.compile(r"\A(\d{1,2})/(\d{1,2})/(\d{4})\Z", re.ASCII)


def _recognise(document: Document) -> Callable[[], FileColumns] | None:
    header = _header(document)
    is_file = header is not None or _is_without_table(document)
    return partial(_read, document, header) if is_file else None


def _read(document: Document, header: Header | None) -> FileColumns:
    if header is None:
        raise without_table(document, "iShares UCITS")
    about = read_about(document, header)
    check_date(about, document)
    is_english = find_table(document) == header
    if is_english:
        check_columns(header, document)
    followed = is_followed(document, header)
    table = read_table(
        document, header, _FIELDS, ignored=_IGNORED, is_followed=followed, has_look_through=True
    )
    return replace(
        table,
        columns=merge_types(table),
        fund_name=about.name,
        as_of=_as_of(document, header, about, is_english=is_english),
        percent=True,
    )


def _header(document: Document) -> Header | None:
    english = find_table(document)
    if english is not None:
        return english if is_ucits(english) else None
    found = (find_header(document, labels) for labels in _OTHERS)
    return first_table(document, next(filter(None, found), None))


def _is_without_table(document: Document) -> bool:
    """Return whether the as-of line comes first, as in no US file, and no table follows."""
    begins = bool(document.head) and document.head[0][1][:1] in ([label] for label in _AS_OF)
    return begins and not has_table(document.head)


def _as_of(document: Document, header: Header, about: About, *, is_english: bool) -> str | None:
    """Return the as-of date: under a known label, else the first date above the table.

    `05/09/2026` is the 5th of September on these sites. The English sites print months in letters,
    so there it comes from a spreadsheet of an unknown country, and is read as such.
    """
    labelled = next((about.values[label] for label in _AS_OF if label in about.values), None)
    above = (cell.strip() for _, cells in document.head[: header.position] for cell in cells)
    text = labelled or next((cell for cell in above if parse_date(_dot(cell))), None)
    return text if is_english else text and _dot(text)


def _dot(text: str) -> str:
    """Return a numeric date so that its day is read first; any other text unchanged."""
    return _DIGITS.sub(r"\1.\2.\3", text)


FORMAT = Format(
    "ishares_ucits",
    5,
    "iShares",
    _recognise,
    labels=(*_ENGLISH, *_OTHERS),
    containers="CSV, SpreadsheetML",
    fund_from="file name, or line 2",
    date_from=AS_OF,
    last_seen="2026-07-09",
)
