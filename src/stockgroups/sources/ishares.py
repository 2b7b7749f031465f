"""What the files of all of iShares' sites have in common: the labels in English, and a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.errors import EmptyFileError
from stockgroups.sources.format import Field

if TYPE_CHECKING:
    from stockgroups.sources.document import Document

FIELDS = {
    "Ticker": Field.TICKER,
    "Name": Field.NAME,
    "Sector": Field.SECTOR,
    "Asset Class": Field.ASSET_CLASS,
    "Market Value": Field.MARKET_VALUE,
    "Weight (%)": Field.WEIGHT,
    "Shares": Field.SHARES,
    "ISIN": Field.ISIN,
    "Location": Field.COUNTRY,
    "Exchange": Field.EXCHANGE,
    "Market Currency": Field.CURRENCY,
}


def without_table(document: Document, fund: str) -> EmptyFileError:
    """Return the error for a file that has the lines about its fund and nothing under them."""
    return EmptyFileError(
        f"the file of an {fund} fund without a table of holdings",
        where=document.file_name,
        remedy="download it again, or that of another day",
    )
