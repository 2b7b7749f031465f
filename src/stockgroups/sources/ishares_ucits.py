"""The CSV that iShares offers for a UCITS fund on its European sites.

The as-of line, a separator line, the table; no line names the fund. Funds of the world hold stocks
of one ticker on several exchanges: the exchange makes the symbol. Each site prints labels, dates
and numbers in its own language, and the exchanges in English.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from stockgroups.sources.dates import parse_date
from stockgroups.sources.format import Field, Format, Printed
from stockgroups.sources.ishares import FIELDS, without_table
from stockgroups.sources.tables import Header, find_header, read_preamble, read_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from stockgroups.sources.document import Document

_AS_OF = ("Fund Holdings as of", "Fondsposition per", "Al")
_ENGLISH = (
    ("Issuer Ticker", "Name", "Asset Class", "Weight (%)", "Exchange"),
    # Files without ISINs call the ticker as the US site does, but have one currency only.
    ("Ticker", "Name", "Asset Class", "Weight (%)", "Exchange", "Market Currency"),
)
_OTHERS = (
    ("Emittententicker", "Name", "Anlageklasse", "Gewichtung (%)", "Börse"),
    ("Ticker dell'emittente", "Nome", "Ponderazione (%)", "Cambio"),
    ("Ticker", "Nom", "Pondération (%)", "Bourse de valeurs"),
)
_FUND_CURRENCY = "Currency"
_FIELDS = {
    **FIELDS,
    "Issuer Ticker": Field.TICKER,
    "Nominal": Field.SHARES,
    # German
    "Emittententicker": Field.TICKER,
    "Sektor": Field.SECTOR,
    "Anlageklasse": Field.ASSET_CLASS,
    "Marktwert": Field.MARKET_VALUE,
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
    "Ponderazione (%)": Field.WEIGHT,
    "Area Geografica": Field.COUNTRY,
    "Cambio": Field.EXCHANGE,
    "Valuta di mercato": Field.CURRENCY,
    # French
    "Nom": Field.NAME,
    "Secteur": Field.SECTOR,
    "Classe d'actifs": Field.ASSET_CLASS,
    "Valeur de marché": Field.MARKET_VALUE,
    "Pondération (%)": Field.WEIGHT,
    "Actions": Field.SHARES,
    "Lieu": Field.COUNTRY,
    "Bourse de valeurs": Field.EXCHANGE,
    "Devise de marché": Field.CURRENCY,
}
_IGNORED = (
    *("Price", "Notional Value", "Kurs", "Nominalwert"),
    *("Prezzo", "Valore nozionale", "Prix", "Valeur notionnelle"),
)
_DIGITS = re.compile(r"\A(\d{1,2})/(\d{1,2})/(\d{4})\Z", re.ASCII)


def _recognise(document: Document) -> Callable[[], Printed] | None:
    header = _header(document)
    is_file = header is not None or _is_without_table(document)
    return partial(_read, document, header) if is_file else None


def _read(document: Document, header: Header | None) -> Printed:
    if header is None:
        raise without_table(document, "iShares UCITS")
    table = read_table(document, header, _FIELDS, ignored=_IGNORED)
    return Printed(
        lines=table.lines,
        columns=table.columns,
        as_of=_as_of(document, header),
        percent=True,
        malformed=table.malformed,
        unknown_columns=table.unknown_columns,
    )


def _header(document: Document) -> Header | None:
    # One look at all cells spares a search for each of the languages.
    present = {cell.strip() for _, cells in document.head for cell in cells}
    headers = (labels for labels in (*_ENGLISH, *_OTHERS) if present.issuperset(labels))
    found = (find_header(document, labels) for labels in headers)
    return next((h for h in found if h is not None and _FUND_CURRENCY not in h.labels), None)


def _is_without_table(document: Document) -> bool:
    """Tell whether the as-of line stands first, as in no US file, and no header follows."""
    begins = bool(document.head) and document.head[0][1][:1] in ([label] for label in _AS_OF)
    return begins and not any(find_header(document, (name,)) for name in ("Name", "Nome", "Nom"))


def _as_of(document: Document, header: Header) -> str | None:
    """Return the as-of date: under a label that is known, else the first date above the table.

    `05/09/2026` is the 5th of September on these sites. The English ones print months in letters:
    there it is a spreadsheet's, of which country nobody knows, and no date where both could be.
    """
    preamble = read_preamble(document, header)
    labelled = next((preamble[label] for label in _AS_OF if label in preamble), None)
    above = (cell.strip() for _, cells in document.head[: header.position] for cell in cells)
    text = labelled or next((cell for cell in above if parse_date(_dot(cell))), None)
    if text is None or not any(set(labels) <= set(header.labels) for labels in _ENGLISH):
        return text and _dot(text)
    month_first, day_first = parse_date(text), parse_date(_dot(text))
    if month_first and day_first and month_first != day_first:
        return f"{text} (day or month first)"
    return text if month_first else _dot(text)


def _dot(text: str) -> str:
    """Return a date in digits so that its day is read first, and any other text as it is."""
    return _DIGITS.sub(r"\1.\2.\3", text)


FORMAT = Format("ishares_ucits", 2, "iShares", _recognise)
