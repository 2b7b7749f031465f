"""Formats that are declared by a mapping of their columns: a user's own, and most issuers'.

A declaration (`FormatEntry`) says which labels identify a table, what its columns mean, and where
to find fund and date. It works for tables in any container, including web pages, and for JSON.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from stockgroups.catalog.catalog import fold_label
from stockgroups.errors import EmptyFileError, UnrecognisedFileError
from stockgroups.readers.containers.document import HTML
from stockgroups.readers.containers.json_text import (
    flatten,
    follow,
    has_keys,
    parse_json,
    read_positions,
)
from stockgroups.readers.containers.pages import read_page
from stockgroups.readers.declared_cells import DeclaredCells
from stockgroups.readers.format import NEVER_SEEN, Field, FileColumns, Format
from stockgroups.readers.holdings.origins import HOME, list_by_incorporation, list_by_market
from stockgroups.readers.tables import find_header, read_table
from stockgroups.readers.values.identifiers import part_sedols
from stockgroups.readers.values.numbers import parse_number
from stockgroups.suspicions import Guard, Suspicion
from stockgroups.symbols.grammar import ISIN_LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stockgroups.catalog.entries import FormatEntry
    from stockgroups.readers.containers.document import Document
    from stockgroups.readers.tables import Header

_LINE = re.compile(r"line (\d{1,2})")


Refine = Callable[["Document", Callable[[], FileColumns]], FileColumns]
"""A function that calls a document's reader. It may refuse the document, or change the columns."""


def declare(entry: FormatEntry, refine: Refine | None = None) -> Format:
    """Return the format of a declaration.

    Args:
        entry: The declaration.
        refine: A function of an issuer's module that reads the columns, before the markets of their
            lines are determined; None if the declaration is all.

    Raises:
        CatalogError: A meaning, an asset class, a date format or a regular expression is invalid.
    """
    cells = DeclaredCells(entry)
    reader = _Reader(entry, cells, refine)
    firsts: dict[Field, str] = {}  # of several labels with one meaning, a file has one
    for label, field in cells.fields.items():
        firsts.setdefault(field, label)
    fund = entry.fund or entry.fund_id or entry.fund_name
    return Format(
        entry.name,
        entry.version,
        entry.issuer,
        reader.recognise,
        labels=(
            tuple(label.rpartition(".")[2] if entry.rows else label for label in firsts.values()),
        ),
        containers=entry.containers or ("JSON" if entry.rows else "CSV, XLSX"),
        fund_from="each row" if Field.FUND in firsts else fund or "file name",
        date_from="each row" if Field.DATE in firsts else entry.date or "file name",
        last_seen=entry.last_seen or NEVER_SEEN,
        several_funds=entry.several_funds,
    )


class _Reader:
    """Recognises and reads the files of one declaration."""

    def __init__(self, entry: FormatEntry, cells: DeclaredCells, refine: Refine | None) -> None:
        self._entry = entry
        self._cells = cells
        self._refine = refine

    def recognise(self, document: Document) -> Callable[[], FileColumns] | None:
        """Return the reader of the document; None if it lacks the labels."""
        signs = self._entry.recognised_by
        if self._entry.rows is not None:
            if not has_keys(document, *signs):
                return None
            return self._read(document, partial(self._read_json, document))
        if document.markup == HTML:
            page = read_page(document, signs)
            return self.recognise(page) if page else None
        if document.markup:
            return None
        header = find_header(document, signs)
        if header is None:
            return None
        return self._read(document, partial(self._read_table, document, header))

    def _read(
        self, document: Document, read: Callable[[], FileColumns]
    ) -> Callable[[], FileColumns]:
        refined = partial(self._refine, document, read) if self._refine else read
        return lambda: _place(refined(), self._entry.listed_on)

    def _read_table(self, document: Document, header: Header) -> FileColumns:
        entry = self._entry
        table = read_table(
            document, header, self._cells.fields, ignored=entry.ignored, is_followed=entry.followed
        )
        above = [[cell.strip() for cell in row] for _, row in document.head[: header.position]]

        def find(label: str | None) -> str | None:
            text = _find_value(label, above)
            if text is None and label and not _LINE.fullmatch(label):
                last = table.lines[-1]
                text = _find_value(label, (row for _, row in document.rows(below=last)))
            return text

        return self._complete(table, find)

    def _read_json(self, document: Document) -> FileColumns:
        entry = self._entry
        value = parse_json(document)
        found = follow(value, entry.rows or "")
        if found is None:
            raise EmptyFileError(
                f"its {entry.rows} is null: the issuer has no holdings to report",
                where=document.file_name,
                remedy="check the fund's identifier in the address, or request another day",
            )
        if not isinstance(found, list):
            raise UnrecognisedFileError(
                f"JSON without a list of positions at {entry.rows}", where=document.file_name
            )
        rows = [flatten(row) for row in found]
        present = {key for row in rows if isinstance(row, dict) for key in row}
        fields: dict[str, Field] = {}
        for key, field in self._cells.fields.items():
            if key in present and field not in fields.values():
                fields[key] = field
        ignored = {*entry.ignored, *self._cells.fields}
        if not fields:
            raise UnrecognisedFileError(
                f"the positions at {entry.rows} have none of the keys "
                f"{', '.join(self._cells.fields)}",
                where=document.file_name,
            )
        table = read_positions(document, rows, fields, ignored=ignored)

        def find(path: str | None) -> str | None:
            text = follow(value, path) if path else None
            return text if isinstance(text, str) else None

        return self._complete(table, find)

    def _complete(
        self, table: FileColumns, find: Callable[[str | None], str | None]
    ) -> FileColumns:
        """Return the table with the values beside it, and dates in ISO."""
        entry = self._entry
        columns = dict(table.columns)
        columns.setdefault(Field.TICKER, ["-"] * len(table.lines))
        self._cells.rewrite(columns)
        as_of = find(entry.date)
        return replace(
            table,
            columns=columns,
            fund_ticker=find(entry.fund),
            fund_name=find(entry.fund_name),
            fund_id=find(entry.fund_id),
            as_of=None if as_of is None else self._cells.read_date(as_of),
            percent=entry.weights == "percent",
            omits_cash=entry.omits_cash,
            stocks_have_sectors=entry.stocks_have_sectors,
            several_funds=entry.several_funds,
            asset_classes=self._cells.asset_classes,
            verdicts=self._cells.judge(columns),
            suspicions=(*table.suspicions, *_doubt_total(find(entry.total), table)),
        )


def _place(printed: FileColumns, listed_on: str | None) -> FileColumns:
    """Return the columns with the market of each line, as far as anything determines it.

    Without an exchange and a market of the format's own, the ISINs determine it. Without these, the
    lines are US listings if the catalogue knows the fund as one of US stocks. A line with a SEDOL
    in place of its CUSIP is not a US listing.
    """
    columns, abroad = part_sedols(printed.columns)
    isins = printed.isins
    printed = replace(printed, columns=columns)
    if Field.EXCHANGE in columns or Field.LISTING in columns:
        return printed
    if listed_on is not None:
        at_home = [listed_on] * len(printed.lines)
    elif isins is not None and any(len(isin) == ISIN_LENGTH for isin in isins):
        countries = [isin[:2] if len(isin) == ISIN_LENGTH else "" for isin in isins]
        at_home = list_by_incorporation(countries)
    else:
        printed = replace(printed, listed_by_fund=True)
        if not abroad:
            return printed
        at_home = [HOME] * len(printed.lines)
    at_home = ["" if at in abroad else code for at, code in enumerate(at_home)]
    return replace(printed, columns={**columns, Field.LISTING: list_by_market(columns, at_home)})


def _find_value(label: str | None, rows: Iterable[Sequence[str]]) -> str | None:
    """Return the value of a label: from the next cell of its row, or from its own cell.

    `line 2` is the first cell of the second line that is not blank. A label of several words may be
    part of a sentence.
    """
    if label is None:
        return None
    if number := _LINE.fullmatch(label):
        filled = [texts for row in rows if (texts := [c.strip() for c in row if c.strip()])]
        at = int(number[1]) - 1
        return filled[at][0] if 0 <= at < len(filled) else None
    wanted = fold_label(label.rstrip(": "))
    for row in rows:
        cells = [text for cell in row if (text := cell.strip())]
        for at, cell in enumerate(cells):
            folded = fold_label(cell)
            if folded.rstrip(": ") == wanted:
                return cells[at + 1] if at + 1 < len(cells) else None
            start = folded.find(wanted) if " " in wanted else -(not folded.startswith(wanted))
            end = start + len(wanted)
            if start >= 0 and not folded[end : end + 1].isalpha():
                return " ".join(cell.split())[end:].strip(" :,")
    return None


def _doubt_total(text: str | None, table: FileColumns) -> tuple[Suspicion, ...]:
    """Return the suspicion that a table has fewer positions than the file states."""
    try:
        total = parse_number(text or "")
    except ValueError:
        return ()
    rows = len(table.lines) + len(table.malformed)
    if total is None or rows >= total:
        return ()
    return (Suspicion(Guard.TRUNCATED, f"it holds {rows:,} of {total:,.0f} positions"),)
