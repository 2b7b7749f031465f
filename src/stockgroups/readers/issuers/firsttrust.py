"""First Trust's page with a fund's holdings: a table in HTML, without a file.

The date is in the heading; nothing near the table names the fund. `Identifier` is the ticker,
abroad with its market's code after a dot (`VWS.DC`), and `$USD` for money. `Classification` is
First Trust's own, not GICS.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from stockgroups.catalog.entries import FormatEntry
from stockgroups.readers.declared import declare
from stockgroups.readers.format import Field

if TYPE_CHECKING:
    from stockgroups.readers.format import FileColumns

_ABROAD = re.compile(r"(.+)\.([A-Z]{2})")
_CURRENCY = re.compile(r"\$([A-Z]{3})")


def _read_tickers(printed: FileColumns) -> FileColumns:
    """Return the columns with tickers as other issuers print them: `VWS DC`, `CASH_USD`."""
    tickers = [
        _CURRENCY.sub(r"CASH_\1", _ABROAD.sub(r"\1 \2", cell))
        for cell in printed.columns[Field.TICKER]
    ]
    return replace(printed, columns={**printed.columns, Field.TICKER: tickers})


FORMAT = declare(
    FormatEntry(
        name="firsttrust",
        issuer="First Trust",
        recognised_by=("Security Name", "Identifier", "CUSIP", "Weighting"),
        columns={
            "Security Name": Field.NAME,
            "Identifier": Field.TICKER,
            "CUSIP": Field.CUSIP,
            "Shares / Quantity": Field.SHARES,
            "Market Value": Field.MARKET_VALUE,
            "Market Value / Notional Value": Field.MARKET_VALUE,
            "Weighting": Field.WEIGHT,
        },
        ignored=("Classification", "Coupon", "Maturity Date", "Credit Rating"),
        date="Holdings of the Fund as of",
        date_format="MM/DD/YYYY",
        total="Total Number of Holdings (excluding cash)",
        weights="percent",
        listed_on="US",
    ),
    adjust=_read_tickers,
    containers="HTML",
)
