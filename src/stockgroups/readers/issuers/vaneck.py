"""VanEck's files for a fund: a workbook ("Daily Holdings"), and the JSON behind its page.

Stocks are identified by the FIGI of their listing. A ticker abroad is followed by its market's code
(`NST AU`). Neither names the fund, except copies of the table that data services make.
"""

from __future__ import annotations

from stockgroups.catalog.entries import FormatEntry
from stockgroups.readers.declared import declare
from stockgroups.readers.format import Field

_CLASSES = {
    "Stock": "stock",
    "Cash Bal": "cash",
    "Cash": "cash",
    "Bond": "other",
    "Money Market": "cash",
    "Future": "derivative",
    "Option": "derivative",
}

FORMAT = declare(
    FormatEntry(
        name="vaneck",
        issuer="VanEck",
        recognised_by=("Ticker", "Holding Name", "Identifier (FIGI)", "% of Net Assets"),
        columns={
            "Ticker": Field.TICKER,
            "Holding Name": Field.NAME,
            "Identifier (FIGI)": Field.FIGI,
            "Shares": Field.SHARES,
            "Asset Class": Field.ASSET_CLASS,
            "Market Value (US$)": Field.MARKET_VALUE,
            "Market Value": Field.MARKET_VALUE,
            "Notional Value": Field.NOTIONAL,
            "% of Net Assets": Field.WEIGHT,
        },
        ignored=("Number",),
        date="Daily Holdings (%)",
        date_format="MM/DD/YYYY",
        weights="percent",
        listed_on="US",
        asset_classes=_CLASSES,
        followed=True,
    ),
    version=2,
    containers="XLSX",
)

JSON_FORMAT = declare(
    FormatEntry(
        name="vaneck_json",
        issuer="VanEck",
        recognised_by=("AsOfDate", "Holdings"),
        rows="Holdings",
        columns={
            "Label": Field.TICKER,
            "HoldingTicker": Field.TICKER,
            "HoldingName": Field.NAME,
            "ISIN": Field.ISIN,
            "CUSIP": Field.CUSIP,
            "FIGI": Field.FIGI,
            "Shares": Field.SHARES,
            "MV": Field.MARKET_VALUE,
            "NotionalValue": Field.NOTIONAL,
            "Weight": Field.WEIGHT,
            "AssetClass": Field.ASSET_CLASS,
            "Sector": Field.SECTOR,
            "Country": Field.COUNTRY,
            "CurrencyCode": Field.CURRENCY,
        },
        ignored=("AsOfDate",),
        date="AsOfDate",
        date_format="MM/DD/YYYY",
        weights="percent",
        listed_on="US",
        asset_classes=_CLASSES,
    ),
    version=2,
)

COPY_FORMAT = declare(
    FormatEntry(
        name="vaneck_table",
        issuer="VanEck",
        recognised_by=("totalRows", "headers", "rows", "Asset Category"),
        rows="rows",
        columns={
            "Name": Field.NAME,
            "Ticker": Field.TICKER,
            "Identifier": Field.FIGI,
            "Shares Held": Field.SHARES,
            "Asset Category": Field.ASSET_CLASS,
            "Market Value": Field.MARKET_VALUE,
            "Notional Value": Field.NOTIONAL,
            "Weight": Field.WEIGHT,
        },
        fund="ticker",
        total="totalRows",
        weights="percent",
        listed_on="US",
        asset_classes=_CLASSES,
    ),
    version=2,
)
