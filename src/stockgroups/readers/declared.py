"""Formats that are declared by a mapping of their columns: a user's own, and most issuers'.

A declaration (`FormatEntry`) says which labels identify a table, what its columns mean, and where
to find fund and date. It works for tables in any container, including web pages, and for JSON.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.catalog.catalog import fold_label
from stockgroups.errors import CatalogError, EmptyFileError, UnrecognisedFileError
from stockgroups.model import Category
from stockgroups.readers.containers.document import HTML
from stockgroups.readers.containers.json_text import (
    flatten,
    follow,
    has_keys,
    parse_json,
    read_positions,
)
from stockgroups.readers.containers.pages import read_page
from stockgroups.readers.format import NEVER_SEEN, Field, FileColumns, Format
from stockgroups.readers.holdings.origins import HOME, list_by_incorporation, list_by_market
from stockgroups.readers.holdings.verdicts import Verdict
from stockgroups.readers.tables import find_header, read_table
from stockgroups.readers.values.identifiers import part_sedols
from stockgroups.readers.values.numbers import parse_number
from stockgroups.suspicions import Guard, Suspicion
from stockgroups.symbols.grammar import ISIN_LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from stockgroups.catalog.entries import FormatEntry
    from stockgroups.readers.containers.document import Document
    from stockgroups.readers.tables import Header

_MEANINGS = {
    field.value: field
    for field in Field
    if field not in {Field.LISTING, Field.TYPE, Field.START, Field.END}
}
_CLASSES: dict[str, Category | None] = {
    "stock": None,
    "cash": Category.CASH,
    "derivative": Category.DERIVATIVE,
    "unlisted": Category.UNLISTED,
    "other": Category.OTHER,
}
_LINE = re.compile(r"line (\d{1,2})")
_PATTERNS = {"YYYY": "%Y", "YY": "%y", "MM": "%m", "DD": "%d"}
_TOKEN = re.compile("YYYY|YY|MM|DD")


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
    fields = {label: _meaning(entry, label, word) for label, word in entry.columns.items()}
    for printed, word in entry.asset_classes.items():
        if word not in _CLASSES:
            raise _mistake(entry, f"asset_classes.{printed}", word, _CLASSES)
    reader = _Reader(entry, fields, refine)
    firsts: dict[Field, str] = {}  # of several labels with one meaning, a file has one
    for label, field in fields.items():
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


class _Line(NamedTuple):
    """How to identify lines of one kind: by the whole text of their cells in a column."""

    field: Field
    text: re.Pattern[str]
    verdict: Verdict


class _Reader:
    """Recognises and reads the files of one declaration."""

    def __init__(
        self,
        entry: FormatEntry,
        fields: Mapping[str, Field],
        refine: Refine | None,
    ) -> None:
        self._entry = entry
        self._fields = fields
        self._refine = refine
        self._pattern = _pattern(entry)
        self._lines = list(_read_lines(entry, fields))
        self._rewritings = list(_read_rewritings(entry, fields))

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
            document, header, self._fields, ignored=entry.ignored, is_followed=entry.followed
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
        for key, field in self._fields.items():
            if key in present and field not in fields.values():
                fields[key] = field
        ignored = {*entry.ignored, *self._fields}
        if not fields:
            raise UnrecognisedFileError(
                f"the positions at {entry.rows} have none of the keys {', '.join(self._fields)}",
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
        for field, pattern, text in self._rewritings:
            if field in columns:
                columns[field] = [
                    match.expand(text) if (match := pattern.fullmatch(cell)) else cell
                    for cell in columns[field]
                ]
        if self._pattern and Field.DATE in columns:
            dates = {cell: _to_iso(cell, self._pattern) for cell in set(columns[Field.DATE])}
            columns[Field.DATE] = [dates[cell] for cell in columns[Field.DATE]]
        as_of = find(entry.date)
        if as_of is not None and self._pattern:
            as_of = _to_iso(as_of, self._pattern)
        return replace(
            table,
            columns=columns,
            fund_ticker=find(entry.fund),
            fund_name=find(entry.fund_name),
            fund_id=find(entry.fund_id),
            as_of=as_of,
            percent=entry.weights == "percent",
            omits_cash=entry.omits_cash,
            stocks_have_sectors=entry.stocks_have_sectors,
            several_funds=entry.several_funds,
            asset_classes={
                " ".join(word.split()).casefold(): _CLASSES[category]
                for word, category in entry.asset_classes.items()
            },
            verdicts=_judge_lines(self._lines, columns),
            suspicions=(*table.suspicions, *_doubt_total(find(entry.total), table)),
        )


def _read_lines(entry: FormatEntry, fields: Mapping[str, Field]) -> Iterator[_Line]:
    """Yield how the declaration identifies lines of each kind.

    Raise CatalogError for an invalid kind of line or label.
    """
    for kind, columns in entry.lines.items():
        category = _CLASSES.get(kind)
        if category is None:
            known = [word for word, beside in _CLASSES.items() if beside]
            raise _mistake(entry, "a table under lines", kind, known)
        for label, texts in columns.items():
            field = _field_of(entry, f"lines.{kind}", label, fields)
            for text in texts:
                parts = [re.escape(" ".join(part.split())) for part in text.split("*")]
                pattern = re.compile(rf"\s*{'.*'.join(parts)}\s*", re.IGNORECASE | re.DOTALL)
                verdict = Verdict(category, f"{kind} according to the format: {label} is {text}")
                yield _Line(field, pattern, verdict)


def _read_rewritings(
    entry: FormatEntry, fields: Mapping[str, Field]
) -> Iterator[tuple[Field, re.Pattern[str], str]]:
    """Yield the expressions for whole cells of a column, and what takes their place.

    Raise CatalogError for an invalid label, expression or text.
    """
    for label, texts in entry.rewritten.items():
        field = _field_of(entry, "rewritten", label, fields)
        for expression, text in texts.items():
            try:
                pattern = re.compile(expression)
                pattern.sub(text, "")
            except (re.error, IndexError) as error:  # the latter for a group's unknown name
                raise CatalogError(
                    f"rewritten.{label} has {expression!r} = {text!r}, which is invalid: {error}",
                    where=entry.where,
                    remedy="write a regular expression of Python, and a text",
                ) from error
            yield field, pattern, text


def _judge_lines(
    lines: Sequence[_Line], columns: Mapping[Field, Sequence[str]]
) -> dict[int, Verdict]:
    """Return, by position, the kinds of the rows that the declaration identifies by their texts."""
    found: dict[int, Verdict] = {}
    for field, text, verdict in lines:
        for position, cell in enumerate(columns.get(field, ())):
            if text.fullmatch(" ".join(cell.split())):
                found.setdefault(position, verdict)
    return found


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


def _to_iso(text: str, pattern: str) -> str:
    """Return a date in ISO; any other text unchanged."""
    for part in (text.strip(), text.strip().partition(" ")[0]):  # a time may follow
        try:
            return dt.datetime.strptime(part.rstrip(".,;"), pattern).date().isoformat()  # noqa: DTZ007
        except ValueError:
            continue
    return text


def _pattern(entry: FormatEntry) -> str | None:
    """Return a date format in Python's notation. Raise CatalogError if it names no day."""
    if entry.date_format is None:
        return None
    tokens = _TOKEN.findall(entry.date_format)
    if sorted(token[0] for token in tokens) != ["D", "M", "Y"]:
        raise CatalogError(
            f"date_format is {entry.date_format!r}, which does not consist of a day, a month "
            "and a year",
            where=entry.where,
            remedy="write it with DD, MM and YYYY or YY, such as DD/MM/YYYY",
        )
    return _TOKEN.sub(lambda token: _PATTERNS[token[0]], entry.date_format.replace("%", "%%"))


def _field_of(entry: FormatEntry, place: str, label: str, fields: Mapping[str, Field]) -> Field:
    if label not in fields:
        raise _mistake(entry, f"a label under {place}", label, fields)
    return fields[label]


def _meaning(entry: FormatEntry, label: str, word: str) -> Field:
    field = _MEANINGS.get(word)
    if field is None:
        raise _mistake(entry, f"columns.{label}", word, _MEANINGS)
    return field


def _mistake(entry: FormatEntry, what: str, word: str, known: Iterable[str]) -> CatalogError:
    return CatalogError(
        f"{what} is {word!r}, which is not valid here",
        where=entry.where,
        remedy=f"write one of {', '.join(known)}",
    )
