"""The JSON behind Vanguard's site for private investors since 2022.

One object for a fund, one for each position, in pages of some hundred. Nothing names the fund: the
file's name has to. There is no exchange, no country and no sector; the ISIN gives the country of
incorporation. Copies that people keep have only the ticker, the name and the weight.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from stockgroups.errors import TruncatedFileError, UnrecognisedFileError
from stockgroups.model import Category
from stockgroups.readers.containers.json_text import parse_json, read_positions
from stockgroups.readers.format import Field, Format
from stockgroups.readers.holdings.asset_classes import category_of
from stockgroups.readers.holdings.origins import list_by_incorporation
from stockgroups.readers.holdings.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stockgroups.readers.containers.document import Document
    from stockgroups.readers.format import FileColumns

_FIELDS = {
    "asOfDate": Field.DATE,
    "ticker": Field.TICKER,
    "longName": Field.NAME,
    "secMainType": Field.ASSET_CLASS,
    "percentWeight": Field.WEIGHT,
    "marketValue": Field.MARKET_VALUE,
    "sharesHeld": Field.SHARES,
    "isin": Field.ISIN,
    "cusip": Field.CUSIP,
    "sedol": Field.SEDOL,
}
_IGNORED = (
    *("type", "shortName", "notionalValue", "secSubType", "holdingType"),
    *("couponRate", "maturityDate", "faceAmount"),
)
_NOTE = "the file does not say where its stocks are listed: every ticker was read as a US listing"
_MONEY = re.compile(r"CMT\d{6}")
_START = re.compile(r'"fund"\s*:\s*\{\s*"entity"\s*:')


def _recognise(document: Document) -> Callable[[], FileColumns] | None:
    is_holdings = document.markup == "JSON" and _START.search(document.start)
    return partial(_read, document) if is_holdings else None


def _read(document: Document) -> FileColumns:
    response, positions = _parse(document)
    table = read_positions(document, positions, _FIELDS, ignored=_IGNORED)
    classes = [
        asset_class or ("bond" if _is_bond(positions[line - 1]) else "")
        for asset_class, line in zip(table.columns[Field.ASSET_CLASS], table.lines, strict=True)
    ]
    isins = table.columns[Field.ISIN]
    columns = {**table.columns, Field.ASSET_CLASS: classes}
    date = response.get("asOfDate")
    # A fund of bonds needs no market: it is refused as one.
    listed_by_fund = not any(isins) and any(category_of(one) is None for one in classes)
    money = {
        at: Verdict(Category.CASH, "a money fund by Vanguard's own identifier")
        for at, cusip in enumerate(table.columns[Field.CUSIP])
        if _MONEY.fullmatch(cusip)
    }
    if any(isins):
        columns[Field.LISTING] = list_by_incorporation([isin[:2] for isin in isins])
    return replace(
        table,
        columns=columns,
        as_of=date if isinstance(date, str) else None,
        percent=True,
        verdicts=money,
        listed_by_fund=listed_by_fund,
        notes=(_NOTE,) if listed_by_fund else (),
    )


def _parse(document: Document) -> tuple[dict[str, Any], Sequence[object]]:
    """Return the response and its positions.

    Raises the errors of `parse_json`, UnrecognisedFileError for JSON of another shape, and
    TruncatedFileError for one page of several.
    """
    response = parse_json(document)
    fund = response.get("fund") if isinstance(response, dict) else None
    positions = fund.get("entity") if isinstance(fund, dict) else None
    if not isinstance(positions, list):
        raise UnrecognisedFileError(
            "JSON that is not a fund with its positions", where=document.file_name
        )
    size = response.get("size")
    if isinstance(size, str) and size != str(len(positions)):
        raise TruncatedFileError(
            f"it holds {len(positions):,} of {size[:20]} positions",
            where=document.file_name,
            remedy="download all pages, and join their positions in one file",
        )
    return response, positions


def _is_bond(position: object) -> bool:
    return isinstance(position, dict) and bool(position.get("maturityDate"))


FORMAT = Format(
    "vanguard_portfolio",
    2,
    "Vanguard",
    _recognise,
    containers="JSON",
    date_from="asOfDate",
    last_seen="2026-06-30",
)
