"""J.P. Morgan's files for a fund: the JSON behind its page, and a workbook of all holdings.

`dailyHoldings` of the JSON are only the ten largest, `dailyHoldingsAll` all of them. It has the
fund's full name, but not its ticker. The ticker of a bond may be a stock's (`T` on a Treasury
note): the type decides. Weights are of the net assets; `marketValuePercent` is of another sum. The
workbook has the same rows without identifiers, under a line with the date.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stockgroups.catalog.entries import FormatEntry
from stockgroups.readers.declared import declare
from stockgroups.readers.format import Field
from stockgroups.readers.holdings.origins import HOME, list_by_incorporation, list_by_market
from stockgroups.readers.values.numbers import NULLS

if TYPE_CHECKING:
    from stockgroups.readers.format import FileColumns

_HOMES = frozenset({"US", "USA", "UNITED STATES", "UNITED STATES OF AMERICA"})
_CLASSES = {
    "DOMESTIC COMMON STOCK": "stock",
    "FOREIGN COMMON STOCK": "stock",
    "COMMON STOCK": "stock",
    "DOMESTIC PREFERRED STOCK": "stock",
    "FOREIGN PREFERRED STOCK": "stock",
    "INTERNATIONAL COMMON STOCK": "stock",
    "PREFERRED STOCK": "stock",
    "DEPOSITORY RECEIPTS": "stock",
    "DEPOSITARY RECEIPTS": "stock",
    "ADR": "stock",
    "GDR": "stock",
    "REIT": "stock",
    "REAL ESTATE INVESTMENT TRUST": "stock",
    "LIMITED PARTNERSHIP": "stock",
    "TREASURY NOTES": "other",
    "TREASURY BONDS": "other",
    "TREASURY BILLS": "cash",
    "CORPORATE BONDS": "other",
    "EQUITY LINKED NOTES": "other",
    "EQUITY LINKED NOTE": "other",
    "MUTUAL FUNDS": "cash",
    "MONEY MARKET": "cash",
    "CASH": "cash",
    "CASH EQUIVALENT": "cash",
    "FUTURES": "derivative",
    "OPTIONS": "derivative",
    "FORWARDS": "derivative",
    "SWAPS": "derivative",
    "RIGHTS": "unlisted",
    "WARRANTS": "unlisted",
}


def _list_by_country(printed: FileColumns) -> FileColumns:
    """Return the columns with each line's market by its country, if no currency gives it.

    `ROG` is Roche in a global fund.
    """
    columns = printed.columns
    if Field.CURRENCY in columns or Field.COUNTRY not in columns:
        return printed
    countries = [
        "" if country in NULLS else HOME if country.upper() in _HOMES else country
        for country in columns[Field.COUNTRY]
    ]
    listings = list_by_market(columns, list_by_incorporation(countries))
    return replace(printed, columns={**columns, Field.LISTING: listings})


FORMAT = declare(
    FormatEntry(
        name="jpmorgan",
        issuer="J.P. Morgan",
        recognised_by=("fundData",),
        rows="fundData.dailyHoldingsAll.data",
        columns={
            "securityTicker": Field.TICKER,
            "securityDescription": Field.NAME,
            "securityId": Field.IDENTIFIER,
            "securityType": Field.ASSET_CLASS,
            "shares": Field.SHARES,
            "marketValue": Field.MARKET_VALUE,
            "netAssetValuePercent": Field.WEIGHT,
            "country": Field.COUNTRY,
            "currencyCode": Field.CURRENCY,
            "sector": Field.SECTOR,
            "industry": Field.INDUSTRY,
        },
        ignored=(
            *("securityCusip", "securityIsin", "securitySedol", "marketValuePercent", "navDate"),
            *("couponRate", "finalLegalMaturityDate", "snpRating", "moodysRating", "fitchRating"),
        ),
        fund_name="fundData.name",
        date="fundData.dailyHoldingsAll.effectiveDate",
        total="fundData.numberOfHoldings",
        weights="percent",
        listed_on="US",
        asset_classes=_CLASSES,
    )
)

WORKBOOK_FORMAT = declare(
    FormatEntry(
        name="jpmorgan_workbook",
        issuer="J.P. Morgan",
        recognised_by=("Ticker", "Security Description", "Security Type", "Shares/Par"),
        columns={
            "Ticker": Field.TICKER,
            "Security Description": Field.NAME,
            "Security Type": Field.ASSET_CLASS,
            "Shares/Par": Field.SHARES,
            "Market Value (USD)": Field.MARKET_VALUE,
            "Market Value": Field.MARKET_VALUE,
            "% of Net Assets": Field.WEIGHT,
            "Country": Field.COUNTRY,
            "Currency": Field.CURRENCY,
            "Sector": Field.SECTOR,
            "Industry": Field.INDUSTRY,
        },
        ignored=("Coupon", "Maturity Date", "Strike Price", "% of Market Value"),
        date="As of Date:",
        date_format="MM/DD/YYYY",
        weights="percent",
        listed_on="US",
        asset_classes=_CLASSES,
    ),
    adjust=_list_by_country,
    version=2,
    containers="XLSX",
)
