"""The JSON that Vanguard's site for private investors is fed with: funds with their positions.

One fund a file, one object a position, the as-of date in each. The fund is named by a number.
Futures are carried at their notional value; money funds have no ticker and no SEDOL, and CUSIPs of
Vanguard's own. `sector` holds sub-industries of GICS, cut after 40 characters.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from stockgroups.errors import (
    AmbiguousFileError,
    EmptyFileError,
    OversizedFileError,
    TruncatedFileError,
    UnrecognisedFileError,
)
from stockgroups.sources.document import MAX_COLUMNS
from stockgroups.sources.format import Field, Format, Malformed, Printed
from stockgroups.sources.repeats import only_value
from stockgroups.sources.tables import Table, check_count
from stockgroups.sources.vanguard import HOME, check_home

if TYPE_CHECKING:
    from collections.abc import Callable

    from stockgroups.sources.document import Document

MAX_CHARACTERS = 16 * 1024 * 1024
"""Some 25,000 positions; a world fund has 10,000. Small objects take 30 times their text."""

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

_LONGEST_QUOTE = 200


def _recognise(document: Document) -> Callable[[], Printed] | None:
    is_holdings = document.markup == "JSON" and f'"{_POSITIONS}"' in document.start
    return partial(_read, document) if is_holdings else None


def _read(document: Document) -> Printed:
    fund = _parse(document)
    check_count(len(fund[_POSITIONS]), document)
    rows: list[list[str]] = []
    lines: list[int] = []
    malformed: list[Malformed] = []
    keys: dict[str, None] = {}
    for number, position in enumerate(fund[_POSITIONS], start=1):
        cells = _cells(position)
        if cells is None:
            text = " ".join(str(position).split())[:_LONGEST_QUOTE]
            malformed.append(Malformed(number, "no object of texts and numbers", text))
        else:
            lines.append(number)
            rows.append(cells)
            keys.update(dict.fromkeys(position))
    if not rows:
        raise EmptyFileError(
            "the file of a Vanguard fund without holdings",
            where=document.file_name,
            remedy="download it again",
        )
    if len(keys) > MAX_COLUMNS:
        raise OversizedFileError(
            f"positions of {len(keys):,} different keys", where=document.file_name
        )
    columns = dict(zip(_FIELDS.values(), map(list, zip(*rows, strict=True)), strict=True))
    columns[Field.SECTOR] = columns[Field.INDUSTRY]
    columns[Field.LISTING] = [HOME if c == HOME else "" for c in columns[Field.COUNTRY]]
    stocks = zip(columns[Field.LISTING], columns[Field.SEDOL], strict=True)
    check_home([code for code, sedol in stocks if sedol], document.file_name)
    unknown = tuple(key for key in keys if key not in _FIELDS and key not in _IGNORED)
    table = Table(lines, columns, tuple(malformed), unknown)
    return Printed(
        lines=lines,
        columns=columns,
        fund_ticker=_FUNDS.get(str(fund.get("portId"))),
        as_of=only_value(table, Field.DATE, document),
        percent=True,
        malformed=table.malformed,
        unknown_columns=table.unknown_columns,
    )


def _parse(document: Document) -> dict[str, Any]:
    """Return the file's only fund, its numbers as text, as they are printed.

    Raise OversizedFileError beyond the limit, TruncatedFileError for what is no JSON to its end,
    UnrecognisedFileError for JSON of another shape, AmbiguousFileError for several funds.
    """
    text = document.text()
    if len(text) > MAX_CHARACTERS:
        raise OversizedFileError(
            f"{len(text):,} characters of JSON; no fund's holdings have more than "
            f"{MAX_CHARACTERS:,}",
            where=document.file_name,
        )
    try:
        funds = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except json.JSONDecodeError as error:
        raise TruncatedFileError(
            f"no readable JSON: {error}", where=document.file_name, remedy="download it again"
        ) from error
    except RecursionError as error:
        raise UnrecognisedFileError(
            "JSON nested more deeply than any holdings are", where=document.file_name
        ) from error
    if not isinstance(funds, list) or not all(_is_fund(fund) for fund in funds):
        raise UnrecognisedFileError(
            f"JSON that is no list of funds with their {_POSITIONS}", where=document.file_name
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


def _cells(position: object) -> list[str] | None:
    """Return a position's texts in the order of the fields, or None for what is no position."""
    if not isinstance(position, dict):
        return None
    values = [position.get(key) for key in _FIELDS]
    if not all(value is None or isinstance(value, str) for value in values):
        return None
    return [(value or "").strip() for value in values]


FORMAT = Format("vanguard_json", 1, "Vanguard", _recognise)
