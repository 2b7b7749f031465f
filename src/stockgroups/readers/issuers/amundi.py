"""Amundi's files for a UCITS fund: a workbook ("Fund holdings"), and the JSON of its site.

Both identify stocks by ISIN; the JSON also has Bloomberg's ticker. A fund that replicates its index
with swaps lists its collateral, which is not its index. Such a file is refused, by the replication
method that it states.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from stockgroups.catalog.entries import FormatEntry
from stockgroups.errors import EmptyFileError, UnsupportedFileError
from stockgroups.readers.containers.json_text import flatten, follow, parse_json
from stockgroups.readers.declared import declare
from stockgroups.readers.format import Field

if TYPE_CHECKING:
    from collections.abc import Callable

    from stockgroups.readers.containers.document import Document
    from stockgroups.readers.format import FileColumns, Format

_METHOD = "Replication method"
_SWAPS = re.compile(r"swap|indirect|synthetic", re.IGNORECASE)
_CODE = re.compile(r"(.+) [A-Z]{2}")
_CLASSES = {
    "EQUITY": "stock",
    "EQUITY_ORDINARY": "stock",
    "EQUITY_PREFERRED": "stock",
    "EQUITY_DEPOSITORY_RECEIPT": "stock",
    "EQUITY_REIT": "stock",
    "CASH": "cash",
    "CURRENCY": "cash",
    "DEPOSIT": "cash",
    "MONEY_MARKET": "cash",
    "FUTURE": "derivative",
    "FUTURES": "derivative",
    "SWAP": "derivative",
    "FORWARD": "derivative",
    "FX_FORWARD": "derivative",
    "OPTION": "derivative",
    "RIGHT": "unlisted",
    "WARRANT": "unlisted",
    "BOND": "other",
    "FUND": "other",
}


def _refuse_collateral(method: str, document: Document) -> None:
    """Raise UnsupportedFileError for a fund that holds swaps in place of its index."""
    if _SWAPS.search(method):
        raise UnsupportedFileError(
            f"the fund replicates its index by swaps ({method}): the file lists "
            "their collateral, not its holdings",
            where=document.file_name,
            remedy="load a file of a fund on that index that holds the stocks (Direct, Physical)",
        )


_SHEET = declare(
    FormatEntry(
        name="amundi",
        issuer="Amundi",
        recognised_by=("ISIN code", "Name", "Asset class", "Weight"),
        columns={
            "ISIN code": Field.ISIN,
            "Name": Field.NAME,
            "Asset class": Field.ASSET_CLASS,
            "Currency": Field.CURRENCY,
            "Weight": Field.WEIGHT,
            "Sector": Field.SECTOR,
            "Country": Field.COUNTRY,
        },
        fund_name="Name of the fund",
        fund_id="ISIN code",
        date="Data correct as at",
        date_format="DD/MM/YYYY",
        asset_classes=_CLASSES,
        followed=True,
    ),
    containers="XLSX",
    last_seen="2026-07-08",
)


def _recognise_sheet(document: Document) -> Callable[[], FileColumns] | None:
    read = _SHEET.recognise(document)
    return None if read is None else partial(_read_sheet, document, read)


def _read_sheet(document: Document, read: Callable[[], FileColumns]) -> FileColumns:
    for _, row in document.head:
        cells = [text for cell in row if (text := cell.strip())]
        if cells[:1] == [_METHOD]:
            _refuse_collateral(" ".join(cells[1:]), document)
    return read()


FORMAT: Format = replace(_SHEET, recognise=_recognise_sheet)

_PRODUCT = "products.0"
_RESPONSE = declare(
    FormatEntry(
        name="amundi_json",
        issuer="Amundi",
        recognised_by=("products", "composition"),
        rows=f"{_PRODUCT}.composition.compositionData",
        columns={
            "compositionCharacteristics.bbg": Field.TICKER,
            "compositionCharacteristics.name": Field.NAME,
            "compositionCharacteristics.isin": Field.ISIN,
            "compositionCharacteristics.type": Field.ASSET_CLASS,
            "compositionCharacteristics.weight": Field.WEIGHT,
            "compositionCharacteristics.quantity": Field.SHARES,
            "compositionCharacteristics.sector": Field.SECTOR,
            "compositionCharacteristics.countryOfRisk": Field.COUNTRY,
            "compositionCharacteristics.date": Field.DATE,
        },
        ignored=("weight", "compositionCharacteristics.currency"),
        fund_name=f"{_PRODUCT}.characteristics.SHARE_MARKETING_NAME",
        fund_id=f"{_PRODUCT}.characteristics.ISIN",
        total=f"{_PRODUCT}.composition.totalNumberOfInstruments",
        asset_classes=_CLASSES,
    ),
    last_seen="2026-06-22",
)


def _recognise_response(document: Document) -> Callable[[], FileColumns] | None:
    read = _RESPONSE.recognise(document)
    return None if read is None else partial(_read_response, document, read)


def _read_response(document: Document, read: Callable[[], FileColumns]) -> FileColumns:
    response = parse_json(document)
    products = response.get("products") if isinstance(response, dict) else None
    if isinstance(products, list) and len(products) > 1:
        if not any(follow(one, "composition.compositionData") for one in products):
            raise UnsupportedFileError(
                f"a list of {len(products)} funds without their compositions",
                where=document.file_name,
                remedy="request one fund with its compositionFields",
            )
        raise UnsupportedFileError(
            f"it holds {len(products)} funds",
            where=document.file_name,
            remedy="request one fund at a time",
        )
    if not follow(response, f"{_PRODUCT}.composition.compositionData"):
        raise EmptyFileError(
            "the file has the fund without its composition",
            where=document.file_name,
            remedy="request it with compositionFields, or another day",
        )
    characteristics = flatten(follow(response, f"{_PRODUCT}.characteristics"))
    if isinstance(characteristics, dict):
        _refuse_collateral(str(characteristics.get("FUND_REPLICATION_METHODOLOGY")), document)
    return read()


JSON_FORMAT: Format = replace(_RESPONSE, recognise=_recognise_response)
