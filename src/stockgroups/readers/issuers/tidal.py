"""The CSV of Tidal and Filepoint for funds of many houses: Roundhill, Pacer, YieldMax.

Every row has date and fund, and one file may hold all funds of a house. There are no asset classes
except a mark on money funds. Tickers and names identify options and swaps; a line without a ticker
of its own has its CUSIP there. A ticker abroad is followed by its market's code (`2408 TT`), and
its CUSIP is a SEDOL.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stockgroups.catalog.entries import FormatEntry
from stockgroups.readers.declared import declare
from stockgroups.readers.format import Field

if TYPE_CHECKING:
    from stockgroups.readers.format import FileColumns

_FLAGS = {"Y": "Money Market", "N": ""}
_LONGEST = 12
"""Characters of an ISIN."""


def _mark_money_funds(printed: FileColumns) -> FileColumns:
    """Return the columns with money funds marked, and without identifiers as tickers."""
    columns = dict(printed.columns)
    flags = columns.pop(Field.ASSET_CLASS, None)
    if flags is not None:
        columns[Field.ASSET_CLASS] = [_FLAGS.get(flag, flag) for flag in flags]
    # A row with neither CUSIP nor ISIN repeats its ticker there.
    identifiers = columns[Field.IDENTIFIER]
    columns[Field.IDENTIFIER] = [cell if len(cell) <= _LONGEST else "" for cell in identifiers]
    return replace(printed, columns=columns)


FORMAT = declare(
    FormatEntry(
        name="tidal",
        issuer="Tidal",
        recognised_by=("Date", "Account", "StockTicker", "CUSIP", "SecurityName", "Weightings"),
        columns={
            "Date": Field.DATE,
            "Account": Field.FUND,
            "StockTicker": Field.TICKER,
            "CUSIP": Field.IDENTIFIER,
            "SecurityName": Field.NAME,
            "Shares": Field.SHARES,
            "MarketValue": Field.MARKET_VALUE,
            "Weightings": Field.WEIGHT,
            "MoneyMarketFlag": Field.ASSET_CLASS,
        },
        ignored=("Price", "NetAssets", "SharesOutstanding", "CreationUnits"),
        date_format="MM/DD/YYYY",
        weights="percent",
        listed_on="US",
        several_funds=True,
    ),
    adjust=_mark_money_funds,
    containers="CSV",
)
