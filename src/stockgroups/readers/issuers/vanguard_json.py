"""The JSON behind Vanguard's site for private investors: funds with their positions.

One fund per file, one object per position, with the as-of date in each. The fund is named by a
number. Futures are carried at their notional value; money funds have no ticker and no SEDOL, and
CUSIPs of Vanguard's own. `sector` holds sub-industries of GICS, cut after 40 characters.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from stockgroups.errors import AmbiguousFileError, UnrecognisedFileError
from stockgroups.readers.containers.json_text import by_keys, parse_json, read_positions
from stockgroups.readers.format import Field, Format
from stockgroups.readers.holdings.origins import HOME

if TYPE_CHECKING:
    from stockgroups.readers.containers.document import Document
    from stockgroups.readers.format import FileColumns

_POSITIONS = "holdingDetailItem"
_FIELDS = {
    "effectiveDate": Field.DATE,
    "bticker": Field.TICKER,
    "reportingName": Field.NAME,
    "issueTypeName": Field.ASSET_CLASS,
    "sector": Field.INDUSTRY,
    "mktValPercent": Field.WEIGHT,
    "marketVal": Field.MARKET_VALUE,
    "quantity": Field.SHARES,
    "CUSIP": Field.CUSIP,
    "sedol": Field.SEDOL,
    "countryOfRiskCode": Field.COUNTRY,
}
_IGNORED = (
    "name",  # without the class of the shares, which reportingName says
    "issueTypeCode",
    "parentIssueTypeCode",
    "parentIssueTypeName",
    "salesPosition",
    "market",  # the country of incorporation
    "icbLevel4SectorName",  # of another taxonomy than `sector`
)
_FUNDS = {"0968": "VOO", "0970": "VTI"}
"""Vanguard's numbers of its funds, as the addresses of their pages carried them."""


def _read(document: Document) -> FileColumns:
    fund = _parse(document)
    table = read_positions(document, fund[_POSITIONS], _FIELDS, ignored=_IGNORED)
    listings = [HOME if c == HOME else "" for c in table.columns[Field.COUNTRY]]
    return replace(
        table,
        columns={
            **table.columns,
            Field.SECTOR: table.columns[Field.INDUSTRY],
            Field.LISTING: listings,
        },
        fund_ticker=_FUNDS.get(str(fund.get("portId"))),
        percent=True,
    )


def _parse(document: Document) -> dict[str, Any]:
    """Return the file's only fund.

    Raises the errors of `parse_json`, UnrecognisedFileError for JSON of another shape, and
    AmbiguousFileError for several funds.
    """
    funds = parse_json(document)
    if not isinstance(funds, list) or not all(_is_fund(fund) for fund in funds):
        raise UnrecognisedFileError(
            f"JSON that is not a list of funds with their {_POSITIONS}", where=document.file_name
        )
    if len(funds) != 1:
        raise AmbiguousFileError(
            f"it holds {len(funds)} funds",
            where=document.file_name,
            remedy="split it into one file for each fund",
        )
    fund: dict[str, Any] = funds[0]
    return fund


def _is_fund(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get(_POSITIONS), list)


FORMAT = Format(
    "vanguard_json",
    2,
    "Vanguard",
    by_keys(_read, _POSITIONS),
    containers="JSON",
    fund_from="portId, or file name",
    date_from="each row",
    last_seen="2022-11-30",
)
