"""The formats that are known. A new one is a module with a FORMAT, and its line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.errors import AmbiguousFileError, UnrecognisedFileError, UnsupportedFileError
from stockgroups.sources import (
    ark,
    invesco,
    ishares_ucits,
    ishares_us,
    nport,
    plain,
    schwab,
    select_sector,
    ssga_ucits,
    ssga_us,
    vanguard_csv,
    vanguard_json,
)
from stockgroups.sources.likenesses import likeness_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stockgroups.sources.document import Document
    from stockgroups.sources.format import Format, Printed

FORMATS: tuple[Format, ...] = (
    ark.FORMAT,
    invesco.FORMAT,
    ishares_ucits.FORMAT,
    ishares_us.FORMAT,
    nport.FORMAT,
    plain.FORMAT,
    schwab.FORMAT,
    select_sector.FORMAT,
    ssga_ucits.FORMAT,
    ssga_us.FORMAT,
    vanguard_csv.FORMAT,
    vanguard_json.FORMAT,
)


def recognise(
    document: Document, formats: Sequence[Format] = FORMATS
) -> tuple[Format, Callable[[], Printed]]:
    """Return the one format that the document is of, and what reads it.

    Raise UnrecognisedFileError when none matches, saying what it looks like where that is plain,
    UnsupportedFileError for a list of stocks that is no fund's, and AmbiguousFileError when several
    match.
    """
    found = [(known, read) for known in formats if (read := known.recognise(document))]
    if not found:
        listed = likeness_of(document)
        if listed:
            raise UnsupportedFileError(listed.words, where=document.file_name, remedy=listed.remedy)
        likeness = document.markup
        raise UnrecognisedFileError(
            f"{likeness}, not a known format" if likeness else "no known format",
            where=document.file_name,
            remedy="docs/formats.md lists the known ones, and how to report another",
        )
    if len(found) > 1:
        raise AmbiguousFileError(
            f"it matches several formats: {', '.join(known.name for known, _ in found)}",
            where=document.file_name,
            remedy="report the file; see docs/formats.md",
        )
    return found[0]
