"""The verdict on a row, and what its name and identifiers show."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.readers.format import Field
from stockgroups.readers.values.numbers import NULLS
from stockgroups.symbols.identifiers import (
    CUSIP_LENGTH,
    cusip_of_isin,
    valid_cusip,
    valid_figi,
    valid_isin,
    valid_sedol,
)

if TYPE_CHECKING:
    from stockgroups.model import Category
    from stockgroups.readers.format import FileColumns

_DELIVERY = re.compile(
    r"\b(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC) ?\d{2}\Z", re.ASCII | re.IGNORECASE
)

_ISSUE = slice(6, 8)


class Verdict(NamedTuple):
    """The category of a row, and the reason if it is not a member."""

    category: Category
    reason: str


def find_isin(rows: FileColumns, position: int) -> str | None:
    """Return the ISIN in a row's cell, which identifies a stock without a ticker, else None."""
    cell = rows.isins[position] if rows.isins else None
    return cell if cell and valid_isin(cell) == cell else None


def names_delivery(name: str) -> bool:
    """Return whether the name of a line without a ticker ends in a month, like that of a future."""
    return _DELIVERY.search(name) is not None


def names_stock(sedol: str) -> bool:
    """Return whether a text is the SEDOL of a stock; codes that begin with 9 are a fund's own.

    The London Stock Exchange leaves those codes for private use.
    """
    return valid_sedol(sedol) is not None and not sedol.startswith("9")


def names_share(cusip: str) -> bool:
    """Return whether a text is the CUSIP of a share; the issue of a bond or bill has a letter."""
    return valid_cusip(cusip) is not None and cusip[_ISSUE].isdecimal()


def names_debt(text: str) -> bool:
    """Return whether a text is the CUSIP of a bond or bill, or a US or Canadian ISIN with it."""
    cusip = text if len(text) == CUSIP_LENGTH else cusip_of_isin(text) or ""
    return not cusip[_ISSUE].isdecimal() and valid_cusip(cusip) is not None


def has_class(rows: FileColumns, position: int) -> bool:
    """Return whether the issuer prints an asset class for a row."""
    return Field.ASSET_CLASS in rows.columns and bool(rows.columns[Field.ASSET_CLASS][position])


def name_identifier(rows: FileColumns, position: int) -> str | None:
    """Return a row's first valid identifier except its ISIN: `SEDOL 5076705`; or None.

    It identifies a stock that has no symbol.
    """
    checks = (
        ("SEDOL", names_stock, (Field.SEDOL,)),
        ("CUSIP", names_share, (Field.CUSIP, Field.IDENTIFIER)),
        ("FIGI", valid_figi, (Field.FIGI,)),
    )
    for kind, is_named, fields in checks:
        for field in fields:
            cells = rows.columns.get(field)
            if cells is not None and is_named(cells[position]):
                return f"{kind} {cells[position]}"
    return None


def find_misprint(rows: FileColumns, position: int) -> str:
    """Return, after a comma, that an identifier has a wrong check digit or form; else "".

    CUSIPs often lack their check digit or zeros, so that is not a misprint.
    """
    checks = (
        ("ISIN", valid_isin, Field.ISIN),
        ("SEDOL", valid_sedol, Field.SEDOL),
        ("FIGI", valid_figi, Field.FIGI),
    )
    for kind, read, field in checks:
        cells = rows.columns.get(field)
        if cells is not None and cells[position] not in NULLS and read(cells[position]) is None:
            return f", and its {kind} {cells[position]} is invalid"
    return ""
