"""The CSV that ARK offers for a fund ("Full holdings").

Date and fund stand on every row, legal text under the table. There is no exchange: a line is listed
in the United States if it has a CUSIP; a SEDOL in the place of the CUSIP marks a foreign line, and
some tickers are followed by Bloomberg's code of their market.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from stockgroups.readers.format import Field, Format
from stockgroups.readers.tables import by_header, read_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stockgroups.readers.containers.document import Document
    from stockgroups.readers.format import FileColumns
    from stockgroups.readers.tables import Header

_REQUIRED = ("date", "fund", "company", "ticker", "cusip", "shares")
_FIELDS = {
    "date": Field.DATE,
    "fund": Field.FUND,
    "company": Field.NAME,
    "ticker": Field.TICKER,
    "cusip": Field.IDENTIFIER,
    "shares": Field.SHARES,
    "market value ($)": Field.MARKET_VALUE,
    "market value($)": Field.MARKET_VALUE,
    "weight (%)": Field.WEIGHT,
    "weight(%)": Field.WEIGHT,
}
_CUSIP_LENGTH = 9
_SEDOL_LENGTH = 7
_DIGITS = re.compile(r"[0-9]+")
_SEDOL = re.compile(r"[0-9]{1,7}|[0-9B-DF-HJ-NP-TV-Z]{6}[0-9]")
"""With the zeros at its start, or without them. A SEDOL has no vowels and ends in a digit."""


def _read(document: Document, header: Header) -> FileColumns:
    table = read_table(document, header, _FIELDS)
    identifiers = table.columns[Field.IDENTIFIER]
    columns = {
        **table.columns,
        Field.IDENTIFIER: ["" if _is_sedol(cell) else cell for cell in identifiers],
        Field.SEDOL: [cell if _is_sedol(cell) else "" for cell in identifiers],
        Field.LISTING: _listings(table.columns[Field.TICKER], identifiers),
    }
    return replace(table, columns=columns, month_first=True, percent=True)


def _listings(tickers: Sequence[str], identifiers: Sequence[str]) -> list[str]:
    """Return what stands behind each ticker's blank (`RKLB UQ`), else `US` for a CUSIP."""
    return [
        ticker.rpartition(" ")[2] if " " in ticker else "US" if _is_cusip(identifier) else ""
        for ticker, identifier in zip(tickers, identifiers, strict=True)
    ]


def _is_cusip(identifier: str) -> bool:
    """Tell whether the text is a CUSIP, which may lack its check digit or the zeros at its start.

    Spreadsheets drop these zeros, of a SEDOL too: `7903107` is AMD's CUSIP 007903107. Then the
    check digits decide, and it is no CUSIP where both fit or neither does.
    """
    if len(identifier) > _SEDOL_LENGTH:
        return len(identifier) <= _CUSIP_LENGTH
    if not _DIGITS.fullmatch(identifier):
        return False
    # Its check digits take 30 ms to import, and only files that were saved again need them.
    from stockgroups.symbols.identifiers import valid_cusip, valid_sedol  # noqa: PLC0415

    checks_as_sedol = valid_sedol(identifier.zfill(_SEDOL_LENGTH)) is not None
    return not checks_as_sedol and valid_cusip(identifier.zfill(_CUSIP_LENGTH)) is not None


def _is_sedol(identifier: str) -> bool:
    """Tell whether the text is a SEDOL. `CCTJPY` is ARK's own word for the yen."""
    return _SEDOL.fullmatch(identifier) is not None and not _is_cusip(identifier)


FORMAT = Format(
    "ark",
    2,
    "ARK",
    by_header(_read, _REQUIRED),
    labels=(_REQUIRED,),
    containers="CSV",
    fund_from="each row",
    date_from="each row",
    last_seen="2026-08-18",
)
