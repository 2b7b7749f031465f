"""A universe's members on one date, from lists as people and index providers publish them.

`Symbol,Name`; `Symbol,Security,GICS Sector,GICS Sub-Industry,…`; the lists of the National Stock
Exchange of India and of China Securities Index; JSON with an object for each stock; symbols alone.
The list is read like a holdings file, so that every row is accounted for; its sectors, industries,
identifiers and weights are kept.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from stockgroups.errors import (
    SourceError,
    UnrecognisedFileError,
    UnsupportedFileError,
)
from stockgroups.model import Category, Snapshot
from stockgroups.readers.containers.document import read_document
from stockgroups.readers.containers.files import LONGEST_FILE_NAME, refusing_file
from stockgroups.readers.format import Field, FileColumns
from stockgroups.readers.funds import find_claim
from stockgroups.readers.holdings.assemble import assemble
from stockgroups.readers.holdings.verdicts import Verdict
from stockgroups.readers.likenesses import explain_unknown
from stockgroups.readers.lists.homes import find_market_abroad
from stockgroups.readers.lists.labels import fold_label
from stockgroups.readers.lists.records import read_records
from stockgroups.readers.lists.tables import find_list_header, read_list
from stockgroups.readers.read import PIPELINE_VERSION, find_as_of
from stockgroups.readers.values.dates import parse_date, strip_dates
from stockgroups.readers.values.texts import escape_text
from stockgroups.suspicions import Guard, refuse_suspicions
from stockgroups.symbols.identifiers import valid_isin

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Mapping, Sequence

    from stockgroups.catalog import Catalog, Exchange
    from stockgroups.readers.containers.document import Document
    from stockgroups.readers.lists.tables import ListHeader
    from stockgroups.receipts import Receipt

SOURCE = "list"
VERSION = 1
MOST_LATER = 0.05
"""Of the rows: a list whose stocks joined after its date is not of that date."""

MOST_UNITS = 0.01
MOST_REJECTED = 0.05
"""Of the rows."""

_WORDS = re.compile(r"[A-Za-z0-9&]+")
_OF_INDEX = frozenset({"index code", "index name", "index name eng", "index"})
_TORONTO_UNIT = ".UN"
# Labels that state where all stocks of a list are listed.
_MARKETS = {"asx code": "XASX", "series": "XNSE"}
_HOME = "US"


def read_constituents(
    source: Path | bytes,
    file_name: str,
    catalog: Catalog,
    *,
    as_of: dt.date | None = None,
    exchange: Exchange | None = None,
    accept: Collection[str] = (),
    universe: str = "",
) -> Snapshot:
    """Return the members that a list names, given by its path or its bytes.

    The date is the content's; else `as_of`; else the one in `file_name`. `exchange` is where the
    stocks are listed, for lists that do not say so; the name of the file or the `universe` may show
    that it is needed. `accept` holds the guards that the caller overrides (see `Guard`). Raise the
    SourceError that fits, and GuardError for a list that looks damaged. Nothing of a refused file
    is kept.
    """
    file_name = escape_text(file_name, LONGEST_FILE_NAME)
    with refusing_file(file_name):
        document, data = read_document(source, file_name)
        if document.markup == "JSON":
            document = read_records(document)
        header = find_list_header(document)
        if header is None:
            raise _explain(document)
        printed = read_list(document, header)
        day, as_of_from = find_as_of(printed, as_of, file_name)
        printed = _place(printed, header, catalog, exchange)
        printed = _choose_period(printed, day, file_name)
        if printed.typed:
            _check_home(printed, f"{PurePath(file_name).stem} {universe}", catalog, file_name)
        snapshot = assemble(
            printed,
            catalog,
            file_name,
            as_of=day,
            as_of_from=as_of_from,
            source=SOURCE,
            reader=f"constituents/{VERSION}.{PIPELINE_VERSION}+{catalog.reading_digest}",
            sha256=hashlib.sha256(data).hexdigest(),
        )
        if printed.typed and snapshot.receipt and Guard.REJECTED not in accept:
            _check_spellings(snapshot.receipt, file_name)
        refuse_suspicions(snapshot.suspicions, accept, file_name)
    return replace(snapshot, net_assets=None)  # an index has none


def find_universe(source: Path | bytes, file_name: str, catalog: Catalog) -> str | None:
    """Return the key of the catalogue's universe that a list names, or None.

    Columns with the index's code or name give it, as China Securities Index prints them; else the
    file's name does if it contains the key or name of exactly one universe. A file name that claims
    a fund gives none. Raises a SourceError for a file that is not a list.
    """
    file_name = escape_text(file_name, LONGEST_FILE_NAME)
    with refusing_file(file_name):
        document, _ = read_document(source, file_name)
        header = None if document.markup else find_list_header(document)
        names = _index_names(document, header) if header else []
        found = next(filter(None, map(catalog.universe_named, names)), None)
    if found is not None:
        return found.key
    claim = find_claim(file_name, catalog)
    if claim is not None and claim.sure:
        return None
    stem = strip_dates(PurePath(file_name).stem)
    words = {*map(_squeeze, _WORDS.findall(stem)), _squeeze(stem)}
    named = [
        key
        for key, entry in catalog.universes.items()
        if not words.isdisjoint(map(_squeeze, (key, entry.name, *entry.other_names)))
    ]
    return named[0] if len(named) == 1 else None


def _index_names(document: Document, header: ListHeader) -> list[str]:
    """Return the common values of the columns with the index's code and name."""
    places = [at for at, label in enumerate(header.labels) if fold_label(label) in _OF_INDEX]
    if not places:
        return []
    rows = [cells for _, cells in document.rows()][header.position + 1 :]
    cells = ({row[at].strip() for row in rows if len(row) > at} - {""} for at in places)
    return [texts.pop() for texts in cells if len(texts) == 1]


def _squeeze(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


def _explain(document: Document) -> SourceError:
    """Return the refusal of a file without a column of symbols."""
    refusal = explain_unknown(document)
    if isinstance(refusal, UnsupportedFileError):
        return refusal
    return UnrecognisedFileError(
        refusal.what,
        where=document.file_name,
        remedy="a list of constituents has a column `symbol` or `ticker`",
    )


def _place(
    printed: FileColumns,
    header: ListHeader,
    catalog: Catalog,
    given: Exchange | None,
) -> FileColumns:
    """Return the list with the market of each stock, if the list or the caller gives it."""
    columns = {field: cells for field, cells in printed.columns.items() if field not in _UNUSED}
    notes = printed.notes
    market = given
    if market is None and Field.EXCHANGE not in columns:
        market = _find_labelled_market(header, columns, catalog)
    if market is not None:
        columns[Field.EXCHANGE] = [market.mic] * len(printed.lines)
        notes = (*notes, f"all symbols are those of {market.name}")
    typed = Field.EXCHANGE not in columns
    return replace(printed, columns=columns, typed=typed, notes=notes)


_UNUSED = frozenset({Field.DATE, Field.FUND, Field.CURRENCY})


def _find_labelled_market(
    header: ListHeader, columns: Mapping[Field, Sequence[str]], catalog: Catalog
) -> Exchange | None:
    for label in header.labels:
        market = catalog.exchanges.get(_MARKETS.get(fold_label(label), ""))
        if market is not None:
            country = _foreign_country(columns.get(Field.ISIN, ()))
            return market if country in (None, market.country) else None
    return None


def _foreign_country(isins: Sequence[str]) -> str | None:
    """Return the country of more than half of the valid ISINs, if it is not the US."""
    countries = [isin[:2] for isin in isins if valid_isin(isin)]
    most = max(set(countries), key=countries.count, default=_HOME)
    return most if most != _HOME and 2 * countries.count(most) > len(countries) else None


def _check_home(printed: FileColumns, names: str, catalog: Catalog, file_name: str) -> None:
    """Raise UnsupportedFileError for local foreign tickers that would pass for US ones.

    Signs are a foreign market or index among the words of the names, and Toronto's spelling of
    units.
    """
    market = find_market_abroad(names, catalog)
    tickers = printed.columns[Field.TICKER]
    units = [ticker for ticker in tickers if ticker.endswith(_TORONTO_UNIT)]
    if market is None and len(units) > MOST_UNITS * len(tickers):
        market = catalog.exchanges.get("XTSE")
        reason = f"{len(units)} symbols are spelled as in Toronto ({units[0]})"
    elif market is not None:
        reason = f"its name says {market.name}"
    if market is not None:
        raise UnsupportedFileError(
            f"it does not say where its stocks are listed, and {reason}",
            where=file_name,
            remedy=f"give --exchange {market.mic}, or --exchange XNYS for US listings",
        )


def _check_spellings(receipt: Receipt, file_name: str) -> None:
    """Raise UnsupportedFileError if many symbols of a list are not US symbols."""
    rejected = [line for line in receipt.lines if line.category is Category.REJECTED]
    if len(rejected) > MOST_REJECTED * receipt.rows_read:
        raise UnsupportedFileError(
            f"{len(rejected)} of its {receipt.rows_read} rows are not US listings; the first: "
            f"{rejected[0].reason}",
            where=file_name,
            remedy="give the exchange of its stocks with --exchange MIC (XTSE is Toronto), or "
            "accept "
            f"the others with --accept {Guard.REJECTED}",
        )


def _choose_period(printed: FileColumns, day: dt.date, file_name: str) -> FileColumns:
    """Mark the rows as left out whose stock came after the day, or left by it.

    Raise UnsupportedFileError if more came later than a notice of changes explains.
    """
    starts, ends = (_dates(printed, field) for field in (Field.START, Field.END))
    later = [row for row, start in enumerate(starts) if start and start > day]
    former = [row for row, end in enumerate(ends) if end and end <= day]
    if not any(ends) and len(later) > MOST_LATER * len(printed.lines):
        raise UnsupportedFileError(
            f"{len(later)} of its {len(printed.lines)} stocks joined after {day}: it is a list of "
            "a later date",
            where=file_name,
            remedy="give the date of the list with --as-of",
        )
    excluded = (
        (later, f"rows are of stocks that joined after {day}"),
        (former, f"had left by {day}"),
    )
    return replace(
        printed,
        verdicts={row: Verdict(Category.OTHER, f"left on {ends[row]}") for row in former}
        | {row: Verdict(Category.OTHER, f"joined on {starts[row]}") for row in later},
        notes=(*printed.notes, *(f"{len(rows)} {words}" for rows, words in excluded if rows)),
    )


def _dates(printed: FileColumns, field: Field) -> list[dt.date | None]:
    return [parse_date(cell) for cell in printed.columns.get(field, ())]
