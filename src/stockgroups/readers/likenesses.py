"""Explain why a document has unknown format, and what to do with it instead.

Lists of stocks that are not a fund's holdings lie in the same folders under similar names. For any
other table the refusal shows the columns, so that a person can see what the file is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.catalog.catalog import fold_label
from stockgroups.errors import (
    ConstituentsError,
    SourceError,
    UnrecognisedFileError,
    UnsupportedFileError,
)
from stockgroups.readers.containers.document import HTML
from stockgroups.readers.format import Field
from stockgroups.readers.lists.tables import find_list_header
from stockgroups.readers.tables import is_blank
from stockgroups.readers.values.dates import parse_date
from stockgroups.readers.values.texts import escape_text
from stockgroups.text import list_some

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stockgroups.readers.containers.document import Document
    from stockgroups.readers.format import Format
    from stockgroups.readers.lists.tables import ListHeader


class Likeness(NamedTuple):
    """What a file seems to be, in words, and what to do with it."""

    words: str
    remedy: str


_MOST_SHOWN = 12
_MOST_UNKNOWN = 4
_LONGEST_LABEL = 30
_LONG = 40
_LEAST_ALIKE = 0.5
"""The part of a format's labels from which a table counts as similar to that format's."""

_DIRECTORY = Likeness(
    "a symbol directory, not holdings", "load it with `stockgroups load-directory FILE`"
)
_AS_UNIVERSE = (
    "load it with `stockgroups load-universe FILE --universe KEY`, and with --exchange MIC if its "
    "stocks are listed outside the United States"
)
_CONSTITUENTS = Likeness("index constituents without a fund", _AS_UNIVERSE)
_PAST_MEMBERS = Likeness(
    "an index's members by date, without a fund",
    "load it with `stockgroups load-history FILE --universe KEY`",
)
_YEARLY = Likeness(
    "an index's members by date, without a fund",
    "write them as a table date,tickers and load it with "
    "`stockgroups load-history FILE --universe KEY`",
)
_CHANGES = Likeness(
    "a list of an index's changes, not holdings",
    "load it with `stockgroups load-history FILE --universe KEY`",
)

_PRODUCTS = Likeness(
    "a list of an issuer's funds, not the holdings of one", "load the holdings file of each fund"
)
_PRICES = Likeness(
    "a history of prices, not holdings", "load the holdings file that the fund's issuer offers"
)

_MATRIX = Likeness(
    "a table of dates by stocks, not the holdings of one date",
    "load the holdings file that the fund's issuer offers for each day",
)
_FACTS = Likeness(
    "facts of a fund (assets, price, number of holdings) without its holdings",
    "request holdings/fund from the same address",
)
_BLOCKED = Likeness(
    "the SEC's refusal of a program without a contact, or with too many requests",
    "put your contact into the user agent (Name mail@host), send at most ten requests a second, "
    "and try again later",
)
_MANAGER = Likeness(
    "a manager's report of its positions (13F), which names no fund",
    "load the fund's N-PORT filing, or the holdings file that its issuer offers",
)
_FEED = Likeness(
    "the SEC's list of filings (Atom), without the filings", "download the filings that it links to"
)
_METAL = Likeness(
    "an iShares workbook without a worksheet of holdings: the fund holds no stocks",
    "load funds of stocks",
)
_SITE_ERROR = Likeness(
    "a site's error in place of the answer: JSON around an HTML page", "download it again later"
)
_POINTER = Likeness(
    "a Git LFS pointer in place of the file", "fetch the file itself with `git lfs pull`"
)
_REGISTER = Likeness(
    "a register of the SEC, not holdings", "load it with `stockgroups load-directory FILE`"
)
_DATA_SET = Likeness(
    "a table of the SEC's N-PORT data set, not the holdings of one fund",
    "load the whole data set with `stockgroups load-nport FILE`",
)
_POINTER_START = "version https://git-lfs"

# Labels of headers that are recognised before any list. The first match wins.
_LABELS: tuple[tuple[frozenset[str], Likeness], ...] = (
    (frozenset({"date", "tickers"}), _PAST_MEMBERS),
    (frozenset({"date", "symbols"}), _PAST_MEMBERS),
    (frozenset({"date", "add", "remove"}), _CHANGES),
    (frozenset({"ticker", "name", "incept. date"}), _PRODUCTS),
    (frozenset({"date", "open", "high", "low", "close"}), _PRICES),
    (frozenset({"accession_number"}), _DATA_SET),
)
_OF_DIRECTORIES = (
    frozenset({"security name", "test issue"}),  # Nasdaq Trader
    frozenset({"settlement date", "cusip", "symbol"}),  # the SEC's fails-to-deliver
)
_BY_YEAR = "tickers_on_"
# Keys by which JSON is recognised: the SEC's lists, Nasdaq's screener.
_KEYS = (
    (('"fields"', '"cik"', '"ticker"', '"exchange"'), _DIRECTORY),
    (('"symbol"', '"lastsale"', '"marketCap"'), _DIRECTORY),
    (('"cik_str"', '"ticker"', '"title"'), _REGISTER),
    (('"fields"', '"seriesId"', '"classId"', '"symbol"'), _REGISTER),
    (('"totalNoOfHoldings"', '"sharesOutstanding"'), _FACTS),
    (('"values"', '"column_0"', '"AssetClass"'), _PRODUCTS),
)
_IN_PAGES = ("undeclared automated tool", "request rate threshold exceeded")
_IN_XML = (
    ("<informationtable", _MANAGER),
    ("http://www.w3.org/2005/atom", _FEED),
    ("conformed submission type:\tn-cen", _REGISTER),
)
_FORM = re.compile(r"<submissionType>\s*([A-Z0-9/-]{1,20})\s*</")
_LINES_OF_METAL = frozenset({"net assets of fund", "asset class", "product structure"})
_KEY = re.compile(r'"([A-Za-z_][^"\\]{0,40})"\s*:')
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}[-/ ][A-Za-z]{3}[-/ ]\d{2}", re.ASCII)
_ELEMENT = re.compile(r"<([A-Za-z_][\w:.-]{0,40})")
_OF_FUNDS = frozenset({Field.WEIGHT, Field.MARKET_VALUE, Field.SHARES, Field.FUND})
_OF_COMPANIES = frozenset({Field.NAME, Field.ISIN})


def explain_unknown(document: Document, formats: Sequence[Format] = ()) -> SourceError:
    """Return the refusal of a document that has none of the formats.

    UnsupportedFileError for a list of stocks that is not a fund's, UnrecognisedFileError otherwise.
    """
    listed = _likeness_of(document)
    if listed:
        refusal = ConstituentsError if listed is _CONSTITUENTS else UnsupportedFileError
        return refusal(listed.words, where=document.file_name, remedy=listed.remedy)
    remedy = (
        "`stockgroups formats` lists the known formats; docs/add-a-format.md describes how to add "
        "one by a mapping of columns in your catalogue"
    )
    if document.markup == HTML:
        remedy = "download the file itself, not the web page"
    kind, labels = _columns_of(document)
    what = f"{document.markup}, not a known format" if document.markup else "unknown format"
    if labels:
        what += f"; its {kind} {_show(labels)}"
    elif not document.markup:
        what = "no table of holdings, only text, or figures without labels"
        if len(words := [cell for _, row in document.head for cell in row if cell.strip()]) == 1:
            what = f"only the word {_show(words)}, as sites answer, not a list"
            remedy = (
                "download it again; for a list of one stock, write its symbol in capitals "
                "under a label `symbol`"
            )
    header = None if document.markup else find_list_header(document)
    if near := _nearest(document, labels, formats) or _of_issuer(document, formats):
        what += f"; {near}"
    elif header and header.unknown and labels:
        what += f"; a list of a fund has no columns {_show(header.unknown, _MOST_UNKNOWN)}"
        # The remedy is never to remove columns, which may show where the stocks are listed.
        if header.columns.keys().isdisjoint(_OF_FUNDS) and header.columns.keys() & _OF_COMPANIES:
            remedy = f"if it lists an index's constituents, {_AS_UNIVERSE}; {remedy}"
    elif header and labels and header.position > 0:
        line = document.head[header.position][0]
        what += f"; a list of a fund has nothing above its labels, which are on line {line}"
        remedy = f"if the list is your own, remove the lines above line {line}; else {remedy}"
    return UnrecognisedFileError(what, where=document.file_name, remedy=remedy)


def _nearest(document: Document, keys: Sequence[str], formats: Sequence[Format]) -> str | None:
    """Return the format most similar to a row or to the keys, and what the document lacks."""
    rows = [frozenset(map(fold_label, keys))] if document.markup else document.folded
    found = [
        (len(lacking) / len(labels), known.name, lacking)
        for known in formats
        for labels in known.labels
        for folded in rows
        if (lacking := [label for label in labels if fold_label(label) not in folded])
        and len(lacking) <= (1 - _LEAST_ALIKE) * len(labels)
    ]
    if not found:
        return None
    _, name, lacking = min(found)
    return f"most like the format {name}, which also has {_show(lacking, _MOST_UNKNOWN)}"


def _of_issuer(document: Document, formats: Sequence[Format]) -> str | None:
    """Return the formats of an issuer that a table names, though under other labels."""
    if document.markup:
        return None
    cells = [document.file_name, *(cell for _, row in document.head for cell in row)]
    text = " ".join(cells).casefold()
    issuers = {known.issuer for known in formats if known.issuer}
    named = {one for one in issuers if re.search(rf"\b{re.escape(one.casefold())}\b", text)}
    if len(named) != 1:
        return None
    (issuer,) = named
    names = [known.name for known in formats if known.issuer == issuer]
    return f"it names {issuer}, whose formats ({', '.join(names)}) have other labels"


def _likeness_of(document: Document) -> Likeness | None:
    folded = document.start.casefold()
    if document.markup == HTML:
        return _BLOCKED if any(map(document.text().casefold().count, _IN_PAGES)) else None
    if document.markup == "XML":
        form = _FORM.search(document.start)
        if "<edgarsubmission" in folded and form:
            return Likeness(
                f"a filing at the SEC, form {form[1]}, which lists no holdings of a fund",
                "load the fund's N-PORT filing",
            )
        return next((is_ for sign, is_ in _IN_XML if sign in folded), None)
    if document.markup and document.markup != "JSON":
        return _SITE_ERROR
    if document.markup == "JSON":
        return next((is_ for keys, is_ in _KEYS if all(k in document.start for k in keys)), None)
    if document.start.startswith(_POINTER_START):
        return _POINTER
    rows = [cells for _, cells in document.head if not is_blank(cells)]
    if not rows:
        return None
    labels = frozenset(_folded(rows[0]))
    if any(map(labels.issuperset, _OF_DIRECTORIES)):
        return _DIRECTORY
    if any(cells[0].startswith(_BY_YEAR) for cells in rows):
        return _YEARLY
    if {row[0].strip().casefold() for row in rows if row} >= _LINES_OF_METAL:
        return _METAL
    if _is_matrix(rows):
        return _MATRIX
    for signs, likeness in _LABELS:
        if signs <= labels:
            return likeness
    header = find_list_header(document)
    return _list_likeness(header) if header and header.position >= 0 else None


def _is_matrix(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether every row under the header has a date and otherwise only figures."""
    if len(rows) < 2 or rows[0][0].strip() or len(rows[0]) < 3:
        return False
    return all(
        parse_date(row[0], month_first=True)
        and not any(map(str.isalpha, "".join(row[1:]).replace("e", "").replace("nan", "")))
        for row in rows[1:]
    )


def _list_likeness(header: ListHeader) -> Likeness | None:
    """Return what a list of companies or periods without weights is; None for other documents."""
    fields = header.columns.keys()
    if not fields.isdisjoint(_OF_FUNDS):
        return None
    if {Field.START, Field.END} <= fields:
        return _PAST_MEMBERS
    described = fields & {Field.NAME, Field.SECTOR, Field.INDUSTRY, Field.START}
    if header.unknown:
        described -= {Field.NAME}  # `Symbol,Name,Price` may be anything
    return _CONSTITUENTS if described else None


def _columns_of(document: Document) -> tuple[str, list[str]]:
    """Return what a document seems to consist of, in words, and its labels.

    For a table these are the widest row of labels, for JSON the first keys, for XML the first
    elements.
    """
    if document.markup:
        is_json = document.markup == "JSON"
        found = (_KEY if is_json else _ELEMENT).findall(document.start)
        has_names = is_json or document.markup == "XML"
        return "keys are" if is_json else "elements are", list(dict.fromkeys(found)) * has_names
    rows = [cells for _, cells in document.head if not is_blank(cells)]
    # Prose has commas too, but seldom as many in a line as in the next.
    headers = [
        row
        for row, under in zip(rows, [*rows[1:], *rows[:1]], strict=True)
        if len(row) == len(under)
    ]
    filled = ([cell.strip() for cell in row if cell.strip()] for row in headers)
    return "columns are", max(filter(_are_labels, filled), key=len, default=[])


def _are_labels(row: Sequence[str]) -> bool:
    """Return whether a row may be a header: distinct words, few of them figures or dates.

    Sentences are long up to their first comma, and mostly after it.
    """
    if len(row) < 2 or len(set(row)) < len(row) or len(row[0]) > _LONG:
        return False
    if 4 * sum(1 for cell in row if len(cell) > _LONG) > len(row):
        return False
    figures = sum(1 for cell in row if not any(map(str.isalpha, cell)) or _DATED.match(cell))
    return 4 * figures <= len(row)


def _show(labels: Sequence[str], most: int = _MOST_SHOWN) -> str:
    return list_some([escape_text(label, _LONGEST_LABEL) for label in labels], most)


def _folded(cells: list[str]) -> list[str]:
    folded = [cell.strip().casefold() for cell in cells]
    while folded and not folded[-1]:
        folded.pop()
    return folded
