"""The CSV that ARK offers for a fund ("Full holdings").

Date and fund stand on every row, legal text under the table. There is no exchange: a line is listed
in the United States if it has a CUSIP; a SEDOL in the place of the CUSIP marks a foreign line, and
some tickers are followed by Bloomberg's code of their market.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stockgroups.sources.format import Field, Format, Printed
from stockgroups.sources.repeats import only_value
from stockgroups.sources.tables import by_header, read_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stockgroups.sources.document import Document
    from stockgroups.sources.tables import Header

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


def _read(document: Document, header: Header) -> Printed:
    table = read_table(document, header, _FIELDS)
    identifiers = table.columns[Field.IDENTIFIER]
    columns = {
        **table.columns,
        Field.IDENTIFIER: ["" if _is_sedol(cell) else cell for cell in identifiers],
        Field.SEDOL: [cell if _is_sedol(cell) else "" for cell in identifiers],
        Field.LISTING: _listings(table.columns[Field.TICKER], identifiers),
    }
    return Printed(
        lines=table.lines,
        columns=columns,
        fund_ticker=only_value(table, Field.FUND, document),
        as_of=only_value(table, Field.DATE, document),
        percent=True,
        malformed=table.malformed,
        unknown_columns=table.unknown_columns,
    )


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
    from stockgroups.identifiers import valid_cusip, valid_sedol  # noqa: PLC0415

    checks_as_sedol = valid_sedol(identifier.zfill(_SEDOL_LENGTH)) is not None
    return not checks_as_sedol and valid_cusip(identifier.zfill(_CUSIP_LENGTH)) is not None


def _is_sedol(identifier: str) -> bool:
    """Tell whether the text is a SEDOL, which may lack the zeros at its start."""
    return 0 < len(identifier) <= _SEDOL_LENGTH and not _is_cusip(identifier)


FORMAT = Format("ark", 1, "ARK", by_header(_REQUIRED, _read))
