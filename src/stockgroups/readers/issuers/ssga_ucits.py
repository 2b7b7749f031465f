"""State Street's XLSX for a UCITS fund on its European sites.

Lines about the fund, a blank one, the table, a blank one and legal text. It identifies stocks by
ISIN and SEDOL, and prints no tickers. Its funds share names with US ones and are often saved under
their tickers: the lines above the table name the fund, so a file without them is refused.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stockgroups.errors import UnsupportedFileError
from stockgroups.readers.format import Field, Format
from stockgroups.readers.holdings.verdicts import names_delivery
from stockgroups.readers.tables import by_header, read_preamble, read_table

if TYPE_CHECKING:
    from stockgroups.readers.containers.document import Document
    from stockgroups.readers.format import FileColumns
    from stockgroups.readers.tables import Header

_REQUIRED = ("ISIN", "Security Name", "Percent of Fund")
_FIELDS = {
    "ISIN": Field.ISIN,
    "SEDOL": Field.SEDOL,
    "Security Name": Field.NAME,
    "Currency": Field.CURRENCY,
    "Number of Shares": Field.SHARES,
    "Percent of Fund": Field.WEIGHT,
    "Trade Country Name": Field.COUNTRY,
    "Sector Classification": Field.SECTOR,
    "Industry Classification": Field.INDUSTRY,
    "Base Market Value": Field.MARKET_VALUE,
    "Market Value": Field.MARKET_VALUE,
}
_NONE = "Unassigned"
"""The content of a text cell without a value."""


def _read(document: Document, header: Header) -> FileColumns:
    preamble = read_preamble(document, header)
    ticker = preamble.get("Ticker Symbol:", "").partition(" ")[0]  # `ZPDT GY`: in Frankfurt
    if not ticker:
        raise UnsupportedFileError(
            "holdings of a State Street UCITS fund without the lines that name the fund",
            where=document.file_name,
            remedy="load the workbook as downloaded from State Street's site",
        )
    table = read_table(document, header, _FIELDS, ignored=("Local Price",), is_followed=True)
    columns = {
        field: ["-" if cell == _NONE else cell for cell in cells]
        for field, cells in table.columns.items()
    }
    if Field.MARKET_VALUE in columns:
        columns[Field.MARKET_VALUE] = [
            # A future's identifier is that of its underlying, which is not an asset of the fund.
            "-" if isin == "-" and names_delivery(name) else value
            for isin, name, value in zip(
                columns[Field.ISIN], columns[Field.NAME], columns[Field.MARKET_VALUE], strict=True
            )
        ]
    return replace(
        table,
        columns={Field.TICKER: ["-"] * len(table.lines), **columns},
        fund_ticker=ticker,
        fund_name=preamble.get("Fund Name:") or None,
        as_of=preamble.get("Holdings As Of:"),
        percent=True,
    )


FORMAT = Format(
    "ssga_ucits",
    2,
    "State Street",
    by_header(_read, _REQUIRED),
    labels=(tuple(_FIELDS),),
    containers="XLSX",
    fund_from="Ticker Symbol:",
    date_from="Holdings As Of:",
    last_seen="2026-07-16",
)
