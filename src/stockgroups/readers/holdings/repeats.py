"""Values that a file repeats on every row: its fund, its date."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stockgroups.errors import AmbiguousFileError
from stockgroups.readers.format import Field
from stockgroups.readers.values.numbers import NULLS
from stockgroups.readers.values.texts import escape_text
from stockgroups.suspicions import Guard

if TYPE_CHECKING:
    from stockgroups.readers.format import FileColumns

SUMS = re.compile(
    r"(?:(?:grand |sub)?totals?|sum|total (?:net assets|holdings|portfolio|investments|fund)"
    r"|(?:gesamt|end|zwischen)?summe|(?:ins)?gesamt|totale?|total g[ée]n[ée]ral|somme|suma):?",
    re.IGNORECASE,
)
"""The words for a row of sums."""


def only_value(printed: FileColumns, field: Field, where: str) -> str | None:
    """Return the common value of a column's rows; None if there is no column or it is blank.

    Raise AmbiguousFileError if they differ: the file has several funds or several days.
    """
    cells = printed.columns.get(field, ())
    values = sorted(set(cells) - NULLS)
    if len(values) > 1:
        rows = zip(cells, printed.columns.get(Field.TICKER, ()), strict=False)
        sums = {cell for cell, ticker in rows if ticker in NULLS and SUMS.fullmatch(cell.strip())}
        values = [value for value in values if value not in sums]
    if len(values) > 1:
        shown = ", ".join(escape_text(value, 20) for value in values[:3])
        message = f"rows of more than one {field}: {shown}{', ...' if len(values) > 3 else ''}"
        again = [sign.message for sign in printed.suspicions if sign.guard is Guard.REPEATED]
        raise AmbiguousFileError(
            "; ".join([message, *again]),
            where=where,
            remedy=f"split it into one file for each {field}",
        )
    return values[0] if values else None
