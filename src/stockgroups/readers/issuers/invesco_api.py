"""The JSON behind a fund's page on Invesco's site (`dng-api`).

The fund is named by its CUSIP alone. Bonds carry the stock ticker of their issuer: only their class
shows that they are not stocks. There is no exchange; a line in dollars is a US listing.
"""

from __future__ import annotations

from stockgroups.catalog.entries import FormatEntry
from stockgroups.readers.declared import declare
from stockgroups.readers.format import Field

FORMAT = declare(
    FormatEntry(
        name="invesco_api",
        issuer="Invesco",
        recognised_by=("totalNumberOfHoldings", "holdings"),
        rows="holdings",
        columns={
            "ticker": Field.TICKER,
            "issuerName": Field.NAME,
            "units": Field.SHARES,
            "percentageOfTotalNetAssets": Field.WEIGHT,
            "securityTypeName": Field.ASSET_CLASS,
            "marketValueBase": Field.MARKET_VALUE,
            "cusip": Field.CUSIP,
            "isin": Field.ISIN,
            "sedol": Field.SEDOL,
            "currency": Field.CURRENCY,
        },
        ignored=(
            *("coupon", "maturityDate", "nextCallDate", "spMoodysRating", "securityTypeCode"),
            *("contractExpiryDate", "contractNumber", "fxRate", "settlementDate"),
        ),
        fund_id="cusip",
        date="effectiveDate",
        total="totalNumberOfHoldings",
        weights="percent",
        listed_on="US",
    )
)
