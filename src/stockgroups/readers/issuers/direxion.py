"""Direxion's CSV for a fund: stocks, money funds, and swaps without a ticker.

The fund's name, its ticker and its shares outstanding are above the table; every row has date and
fund too. One file may hold several funds.
"""

from __future__ import annotations

from stockgroups.catalog.entries import FormatEntry
from stockgroups.readers.declared import declare
from stockgroups.readers.format import Field

FORMAT = declare(
    FormatEntry(
        name="direxion",
        issuer="Direxion",
        recognised_by=("TradeDate", "AccountTicker", "StockTicker", "HoldingsPercent"),
        columns={
            "TradeDate": Field.DATE,
            "AccountTicker": Field.FUND,
            "StockTicker": Field.TICKER,
            "SecurityDescription": Field.NAME,
            "Shares": Field.SHARES,
            "MarketValue": Field.MARKET_VALUE,
            "Cusip": Field.IDENTIFIER,
            "HoldingsPercent": Field.WEIGHT,
        },
        ignored=("Price",),
        date_format="MM/DD/YYYY",
        weights="percent",
        listed_on="US",
        several_funds=True,
    ),
    containers="CSV",
)
