"""The formats that are known. A new one is a module with a FORMAT, and its line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.errors import AmbiguousFileError
from stockgroups.readers.issuers import (
    ark,
    invesco,
    ishares_ucits,
    ishares_us,
    plain,
    schwab,
    select_sector,
    ssga_ucits,
    ssga_us,
    ubs,
    vanguard_advisors,
    vanguard_csv,
    vanguard_json,
    vanguard_portfolio,
)
from stockgroups.readers.likenesses import explain_unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stockgroups.readers.containers.document import Document
    from stockgroups.readers.format import FileColumns, Format

FORMATS: tuple[Format, ...] = (
    ark.FORMAT,
    invesco.FORMAT,
    ishares_ucits.FORMAT,
    ishares_us.FORMAT,
    plain.FORMAT,
    schwab.FORMAT,
    select_sector.FORMAT,
    ssga_ucits.FORMAT,
    ssga_us.FORMAT,
    ubs.FORMAT,
    vanguard_advisors.FORMAT,
    vanguard_csv.FORMAT,
    vanguard_json.FORMAT,
    vanguard_portfolio.FORMAT,
)


def recognise(
    document: Document, formats: Sequence[Format] = FORMATS
) -> tuple[Format, Callable[[], FileColumns]]:
    """Return the one format that the document is of, and what reads it.

    Raise UnrecognisedFileError when none matches, saying what it looks like where that is plain,
    UnsupportedFileError for a list of stocks that is no fund's, and AmbiguousFileError when several
    match.
    """
    found = _find(document, [known for known in formats if not known.is_fallback])
    found = found or _find(document, [known for known in formats if known.is_fallback])
    if not found:
        raise explain_unknown(document, formats)
    if len(found) > 1:
        raise AmbiguousFileError(
            f"it matches several formats: {', '.join(known.name for known, _ in found)}",
            where=document.file_name,
            remedy="report the file; see docs/formats.md",
        )
    return found[0]


def _find(
    document: Document, formats: Sequence[Format]
) -> list[tuple[Format, Callable[[], FileColumns]]]:
    return [(known, read) for known in formats if (read := known.recognise(document))]
