"""What a file says of itself on every row: its fund, its date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.errors import AmbiguousFileError
from stockgroups.sources.numbers import NULLS
from stockgroups.sources.texts import escape_text

if TYPE_CHECKING:
    from stockgroups.sources.document import Document
    from stockgroups.sources.format import Field
    from stockgroups.sources.tables import Table


def only_value(table: Table, field: Field, document: Document) -> str | None:
    """Return what all rows of a column say, or None where there is no column or it is blank.

    Raise AmbiguousFileError when they differ: the file is of several funds, or of several days.
    """
    values = sorted(set(table.columns.get(field, ())) - NULLS)
    if len(values) > 1:
        shown = ", ".join(escape_text(value, 20) for value in values[:3])
        raise AmbiguousFileError(
            f"rows of more than one {field}: {shown}{', ...' if len(values) > 3 else ''}",
            where=document.file_name,
            remedy=f"split it into one file for each {field}",
        )
    return values[0] if values else None
