"""The CSV that iShares offers for a UCITS fund on its European sites.

The as-of line, a separator line, the table; no line names the fund. Funds of the world hold stocks
of one ticker on several exchanges: the exchange makes the symbol. The sites in German print labels,
dates and numbers in German, and the exchanges in English.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stockgroups.sources.columns import pack
from stockgroups.sources.format import Field, Format, Printed
from stockgroups.sources.ishares import FIELDS, without_table
from stockgroups.sources.tables import Header, find_header, read_preamble, read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from stockgroups.sources.document import Document

_AS_OF = ("Fund Holdings as of", "Fondsposition per")
_GERMAN = "Emittententicker"
# Files without ISINs call the ticker as the US site does, but have one currency only.
_HEADERS = (
    ("Issuer Ticker", "Name", "Asset Class", "Weight (%)", "Exchange"),
    ("Ticker", "Name", "Asset Class", "Weight (%)", "Exchange", "Market Currency"),
    (_GERMAN, "Name", "Anlageklasse", "Gewichtung (%)", "Börse"),
)
_FUND_CURRENCY = "Currency"
_FIELDS = {
    **FIELDS,
    "Issuer Ticker": Field.TICKER,
    "Nominal": Field.SHARES,
    _GERMAN: Field.TICKER,
    "Sektor": Field.SECTOR,
    "Anlageklasse": Field.ASSET_CLASS,
    "Marktwert": Field.MARKET_VALUE,
    "Gewichtung (%)": Field.WEIGHT,
    "Nominale": Field.SHARES,
    "Standort": Field.COUNTRY,
    "Börse": Field.EXCHANGE,
    "Marktwährung": Field.CURRENCY,
}
_IGNORED = ("Price", "Notional Value", "Kurs", "Nominalwert")
_NUMBERS = (Field.WEIGHT, Field.MARKET_VALUE, Field.SHARES)
_DECIMAL_COMMA = str.maketrans({".": None, "’": None, ",": "."})
_DECIMAL_POINT = str.maketrans({"’": None})


def _recognise(document: Document) -> Callable[[], Printed] | None:
    header = _header(document)
    is_file = header is not None or _is_without_table(document)
    return partial(_read, document, header) if is_file else None


def _read(document: Document, header: Header | None) -> Printed:
    if header is None:
        raise without_table(document, "iShares UCITS")
    preamble = read_preamble(document, header)
    table = read_table(document, header, _FIELDS, ignored=_IGNORED)
    return Printed(
        lines=table.lines,
        columns=_in_english(table.columns) if _GERMAN in header.labels else table.columns,
        as_of=next((preamble[label] for label in _AS_OF if label in preamble), None),
        percent=True,
        malformed=table.malformed,
        unknown_columns=table.unknown_columns,
    )


def _header(document: Document) -> Header | None:
    found = (find_header(document, labels) for labels in _HEADERS)
    return next((h for h in found if h is not None and _FUND_CURRENCY not in h.labels), None)


def _is_without_table(document: Document) -> bool:
    """Tell whether the as-of line stands first, as in no US file, and no header follows."""
    begins = bool(document.head) and document.head[0][1][:1] in ([label] for label in _AS_OF)
    return begins and find_header(document, ("Name",)) is None


def _in_english(columns: Mapping[Field, Sequence[str]]) -> dict[Field, Sequence[str]]:
    """Return the columns with numbers as they are written in English.

    Germany and Austria print `70.123.456,00`, Switzerland `70’123’456.00`. The weights tell which
    it is: they have decimals on every row and no thousands.
    """
    comma = any("," in cell for cell in columns[Field.WEIGHT])
    signs = _DECIMAL_COMMA if comma else _DECIMAL_POINT
    return {
        field: pack([cell.translate(signs) for cell in cells]) if field in _NUMBERS else cells
        for field, cells in columns.items()
    }


FORMAT = Format("ishares_ucits", 1, "iShares", _recognise)
