"""Return whether a file that no reader understands may still be a holdings file.

A folder holds other things too: notes, lists of passwords, the source of a web page. A file without
any sign of holdings may be passed over. In doubt a file counts as a holdings file, because losing a
fund is worse than refusing a file needlessly.
"""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING

from stockgroups.errors import SourceError
from stockgroups.readers.containers.document import open_document
from stockgroups.readers.containers.workbook import is_zip
from stockgroups.readers.funds import find_claim
from stockgroups.readers.values.dates import strip_dates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stockgroups.catalog import Catalog

_NAMED = re.compile(r"holding|constituent|portfolio|basket|ishares|spdr|vanguard|invesco|n-?port")
# Labels of a table of holdings, letters only. One of the first kind is enough, of the second two.
_OF_IDENTIFIERS = re.compile(
    r"ticker|symbol|tickersymbol|holdingticker|holdingsticker|fundticker|cusip|isin|sedol|"
    r"figi|securityidentifier|securityid|ric|bloombergticker|emittententicker"
)
_OF_POSITIONS = re.compile(
    r"holding|holdings|holdingname|security|securityname|name|company|companyname|issuer|"
    r"identifier|constituent|constituents|weight|weights|weighting|ofnetassets|offund|"
    r"ofnav|ofportfolio|portfolioweight|shares|sharesheld|quantity|par|parvalue|"
    r"marketvalue|notionalvalue|assetclass|sector|gewichtung|anteile|kurswert"
)
_IN_MARKUP = re.compile(r"ticker|\bsymbols?\b|cusip|\bisin\b|sedol|holding|constituent|invstorsec")
_NOTES = frozenset({".txt", ".htm", ".html"})
"""Endings of files that people keep beside others for other reasons."""

_NOT_LETTERS = re.compile(r"[^a-z]+")
_CELLS = re.compile(r"[,;|\t]")
_PRINTED_TICKER = re.compile(r"[A-Z]{1,5}([./ -][A-Z]{1,2})?")


def may_hold_holdings(data: bytes, file_name: str, catalog: Catalog) -> bool:
    """Return whether the name or the content of a file has a sign of holdings.

    Signs are: a fund of the catalogue in the name, or another ticker in capitals; words that
    issuers use in file names; labels of a table of holdings; a column of tickers. Content that is
    cut, empty, a web page, or named as a workbook without being one, is the result of a failed
    download and is a sign too, except in plain text and in a saved page (`.txt`, `.html`).
    """
    if _name_has_signs(file_name, catalog):
        return True
    suffix = PurePath(file_name).suffix.lower()
    if suffix.startswith(".xls") and not is_zip(data):
        return True
    is_note = suffix in _NOTES
    try:
        document = open_document(data, file_name)
    except SourceError:
        return not is_note
    if document.markup:
        if "HTML" in document.markup:
            return not is_note
        return _IN_MARKUP.search(document.text().casefold()) is not None
    rows = [[cell.strip() for cell in cells] for _, cells in document.head]
    if rows and max(map(len, rows)) == 1:
        rows = [[cell.strip() for cell in _CELLS.split("".join(cells))] for cells in rows]
    return any(map(_is_header, rows)) or _lists_tickers(rows)


def _name_has_signs(file_name: str, catalog: Catalog) -> bool:
    stem = PurePath(file_name).stem
    is_note = PurePath(file_name).suffix.lower() in _NOTES
    claim = find_claim(file_name, catalog)
    # README.txt is written like a ticker too, so that a note needs a date beside it.
    is_sure = claim is not None and claim.sure and not (is_note and strip_dates(stem) == stem)
    if claim and (claim.ticker in catalog.etfs or is_sure):
        return True
    return _NAMED.search(stem.casefold()) is not None


def _is_header(cells: Sequence[str]) -> bool:
    if len(cells) < 2:
        return False
    labels = {_NOT_LETTERS.sub("", cell.casefold()) for cell in cells}
    of_positions = sum(_OF_POSITIONS.fullmatch(label) is not None for label in labels)
    return of_positions > 1 or any(map(_OF_IDENTIFIERS.fullmatch, labels))


def _lists_tickers(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether most rows begin with a ticker in upper case, as in a list without a header."""
    first = [cells[0] for cells in rows if cells and cells[0]]
    return 2 * sum(_PRINTED_TICKER.fullmatch(cell) is not None for cell in first) > len(first)
