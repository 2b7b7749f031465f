"""The CSV in which ProShares publishes all of its funds, and the one of each fund.

`AS OF` and the date are above the table, the fund is on every row. There are no weights: they are
market values over their sum, which is the fund's net assets because of the row `NET OTHER ASSETS
(LIABILITIES)`. Swaps and futures have their exposure and no market value.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stockgroups.catalog.entries import FormatEntry
from stockgroups.readers.declared import declare
from stockgroups.readers.format import Field
from stockgroups.readers.values.numbers import NULLS

if TYPE_CHECKING:
    from stockgroups.readers.format import FileColumns

_CONTRACT = "Swap or future"


def _adjust(printed: FileColumns) -> FileColumns:
    """Return the columns with rows that have an exposure and no market value as derivatives."""
    columns = dict(printed.columns)
    values = columns[Field.MARKET_VALUE]
    pairs = zip(columns.get(Field.NOTIONAL) or [""] * len(values), values, strict=True)
    columns[Field.ASSET_CLASS] = [
        _CONTRACT if exposure not in NULLS and value in NULLS else "" for exposure, value in pairs
    ]
    return replace(printed, columns=columns, balance="NET OTHER ASSETS")


FORMAT = declare(
    FormatEntry(
        name="proshares",
        issuer="ProShares",
        recognised_by=("Fund Ticker", "Security Ticker", "Market Value"),
        columns={
            "Fund Ticker": Field.FUND,
            "Fund Name": Field.FUND_NAME,
            "Security Ticker": Field.TICKER,
            "Security Sedol": Field.SEDOL,
            "Sedol": Field.SEDOL,
            "Security Description": Field.NAME,
            "Description": Field.NAME,
            "Shares/Contracts": Field.SHARES,
            "Shares": Field.SHARES,
            "Market Value": Field.MARKET_VALUE,
            "Exposure Value (Notional + G/L)": Field.NOTIONAL,
            "Exposure Value": Field.NOTIONAL,
        },
        ignored=("Coupon", "Maturity Date", "Maturity"),
        date="AS OF",
        date_format="MM/DD/YYYY",
        listed_on="US",
        several_funds=True,
        asset_classes={_CONTRACT: "derivative"},
    ),
    adjust=_adjust,
    version=5,
    containers="CSV",
)
