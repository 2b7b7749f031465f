"""Separates CUSIPs and SEDOLs that share one column."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stockgroups.readers.format import Field
from stockgroups.readers.values.numbers import NULLS
from stockgroups.symbols.identifiers import (
    CUSIP_LENGTH,
    SEDOL_LENGTH,
    valid_cusip,
    valid_sedol,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SHORTEST_SEDOL = 5  # `0045614` without its zeros; fewer characters are an issuer's own number
_DIGITS = re.compile(r"[0-9]+")
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?E\+(\d{1,3})")
_SEDOL = re.compile(r"[0-9]{1,7}|[0-9B-DF-HJ-NP-TV-Z]{6}[0-9]")
"""With the zeros at its start, or without them. A SEDOL has no vowels and ends in a digit."""


def is_cusip(identifier: str) -> bool:
    """Return whether the text is a CUSIP, which may lack its check digit or leading zeros.

    Spreadsheets drop these zeros, from a SEDOL too: `7903107` is AMD's CUSIP 007903107. Then the
    check digits decide, and it is not a CUSIP if both fit or neither does. They also make
    `3.7833E+07` of Apple's 037833100: a number of eight digits or more is no SEDOL.
    """
    if number := _SCIENTIFIC.fullmatch(identifier):
        return int(number[1]) >= SEDOL_LENGTH
    if len(identifier) > SEDOL_LENGTH:
        return len(identifier) <= CUSIP_LENGTH
    if not _DIGITS.fullmatch(identifier):
        return False
    checks_as_sedol = valid_sedol(identifier.zfill(SEDOL_LENGTH)) is not None
    return not checks_as_sedol and valid_cusip(identifier.zfill(CUSIP_LENGTH)) is not None


def is_sedol(identifier: str) -> bool:
    """Return whether the text is a SEDOL. Issuers' own words are none: `CCTJPY` is ARK's yen.

    `7.11E+06` of Roche's 7110388 was one, and still marks its line as a foreign one.
    """
    if number := _SCIENTIFIC.fullmatch(identifier):
        return int(number[1]) < SEDOL_LENGTH
    return _SEDOL.fullmatch(identifier) is not None and not is_cusip(identifier)


def part_sedols(
    columns: Mapping[Field, Sequence[str]],
) -> tuple[dict[Field, Sequence[str]], frozenset[int]]:
    """Return the columns with the SEDOLs among the CUSIPs in a column of their own, and where.

    Issuers print the SEDOL of a line that has no CUSIP in the CUSIP's place: `ROG | 7110388` is
    Roche in Zurich, and not Rogers in New York. The positions are those of such rows.
    """
    parted = dict(columns)
    found: dict[int, str] = {}
    for field in (Field.IDENTIFIER, Field.CUSIP):
        cells = columns.get(field, ())
        moved = {
            at: cell
            for at, cell in enumerate(cells)
            if len(cell) >= _SHORTEST_SEDOL and is_sedol(cell)
        }
        if moved:
            parted[field] = ["" if at in moved else cell for at, cell in enumerate(cells)]
            found |= moved
    if found:
        column = columns.get(Field.SEDOL) or [""] * len(columns[Field.TICKER])
        parted[Field.SEDOL] = [
            found.get(at, "") if cell in NULLS else cell for at, cell in enumerate(column)
        ]
    return parted, frozenset(found)
