"""The JSON behind a fund's page on iShares' sites ("product-data", version 2), by columns.

Each data point holds a list, all of equal length; `value` is exact, `formattedValue` rounded. It
has the CUSIPs, ISINs and SEDOLs that the CSV lost. The answer for a day without data keeps the
wished day and `hasData`, and has nulls for the lists.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from stockgroups.errors import EmptyFileError, TruncatedFileError, UnrecognisedFileError
from stockgroups.readers.containers.json_text import by_keys, follow, parse_json, read_positions
from stockgroups.readers.format import Field, Format
from stockgroups.readers.issuers.ishares import merge_types

if TYPE_CHECKING:
    from stockgroups.readers.containers.document import Document
    from stockgroups.readers.format import FileColumns

_POINTS = "componentsByNameMap.holdings.containersByNameMap.all.dataPointsByNameMap"
_FIELDS = {
    "ticker": Field.TICKER,
    "issueName": Field.NAME,
    "sectorName": Field.SECTOR,
    "assetClass": Field.ASSET_CLASS,
    "type": Field.TYPE,
    "marketValue": Field.MARKET_VALUE,
    "notionalValue": Field.NOTIONAL,
    "holdingPercent": Field.WEIGHT,
    "unitsHeld": Field.SHARES,
    "cusip": Field.CUSIP,
    "isin": Field.ISIN,
    "sedol": Field.SEDOL,
    "countryOfRisk": Field.COUNTRY,
    "exchange": Field.EXCHANGE,
    "currencyCode": Field.CURRENCY,
}
_IGNORED = frozenset(
    {
        *("accrualDate", "localFxRate", "unitPrice", "notionalPercent"),
        *("couponRate", "maturityDate", "duration", "modifiedDuration", "yieldToMaturity"),
        *("marketCurrencyCode", "fxRate", "effectiveDate", "yieldToWorst", "yieldToCall"),
    }
)
_NAME = "fundName"
_DEPTH = 8


def _read(document: Document) -> FileColumns:
    response = parse_json(document)
    points = follow(response, _POINTS)
    if not isinstance(points, dict):
        raise UnrecognisedFileError(
            "iShares' JSON without the component holdings",
            where=document.file_name,
            remedy="request component=holdings",
        )
    values = {name: point.get("value") for name, point in points.items() if isinstance(point, dict)}
    lists = {name: value for name, value in values.items() if isinstance(value, list)}
    lists.pop("dateList", None)  # the days that are on offer
    _check_lists(lists, document)
    positions: list[Any] = [
        dict(zip(lists, cells, strict=True)) for cells in zip(*lists.values(), strict=True)
    ]
    present = {name: field for name, field in _FIELDS.items() if name in lists}
    table = read_positions(document, positions, present, ignored=_IGNORED)
    columns = dict(merge_types(table)) if Field.ASSET_CLASS in table.columns else table.columns
    as_of = values.get("asOfDate")
    return replace(
        table,
        columns=columns,
        as_of=as_of if isinstance(as_of, str) else None,
        fund_name=_find_name(response, _DEPTH),
        percent=True,
    )


def _find_name(value: object, depth: int) -> str | None:
    """Return the fund's name, at the top or in the component of facts."""
    if not isinstance(value, dict) or not depth:
        return None
    name = value.get(_NAME)
    if isinstance(name, dict):
        name = name.get("value")
    if isinstance(name, str):
        return name
    return next(filter(None, (_find_name(inner, depth - 1) for inner in value.values())), None)


def _check_lists(lists: dict[str, list[Any]], document: Document) -> None:
    """Raise EmptyFileError for an answer without data, and TruncatedFileError for torn columns."""
    missing = [name for name in ("ticker", "assetClass", "holdingPercent") if name not in lists]
    if missing and not lists.keys() & {"ticker", "isin", "issueName"}:
        raise EmptyFileError(
            "its columns are null: the issuer has no holdings for that day",
            where=document.file_name,
            remedy="request another day: dateList has those on offer",
        )
    if missing:
        raise UnrecognisedFileError(
            f"iShares' JSON without {' and '.join(missing)}",
            where=document.file_name,
            remedy="load funds of stocks, and request component=holdings",
        )
    lengths = {len(cells) for cells in lists.values()}
    if len(lengths) > 1:
        raise TruncatedFileError(
            f"its columns are of different lengths, from {min(lengths):,} to {max(lengths):,}",
            where=document.file_name,
            remedy="download it again",
        )


FORMAT = Format(
    "ishares_json",
    2,
    "iShares",
    by_keys(_read, "componentsByNameMap"),
    containers="JSON",
    fund_from="fundName, or file name",
    date_from="asOfDate",
)
