"""Tables in documents: find the header, and take the columns from the rows under it."""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from stockgroups.catalog.catalog import fold_label
from stockgroups.errors import EmptyFileError, OversizedFileError, TruncatedFileError
from stockgroups.readers.containers.document import HTML
from stockgroups.readers.containers.pages import read_page
from stockgroups.readers.format import NUMBERS, Field, FileColumns, Malformed
from stockgroups.readers.values.columns import start_column
from stockgroups.readers.values.texts import escape_text
from stockgroups.suspicions import Guard, Suspicion

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from stockgroups.readers.containers.document import Document

MAX_ROWS = 400_000

LEAST_ROWS = 40
"""People write shorter tables by hand, and write nothing after them."""

SHORTEST_TEXT = 80
"""Characters. Legal text is longer; the first cell of a row that was cut is shorter."""

_LONGEST_QUOTE = 200
_NUMBER = re.compile(r"[-(]?\$?[0-9][0-9,]*(?:\.[0-9]*)?%?\)?")


@dataclass(frozen=True, slots=True)
class Header:
    """The position of a table's header among the document's rows, and its labels.

    Case and blanks make no difference between labels; `folded` are the labels without both.
    """

    position: int
    labels: tuple[str, ...]
    folded: tuple[str, ...]

    def has(self, *labels: str) -> bool:
        """Return whether one of the labels is there."""
        return any(fold_label(label) in self.folded for label in labels)


def find_header(document: Document, required: Collection[str]) -> Header | None:
    """Return the first row of the document's head that has all the labels, or None."""
    wanted = frozenset(map(fold_label, required))
    if not wanted <= document.labels:
        return None
    for position, folded in enumerate(document.folded):
        if wanted.issubset(folded):
            width = max(at for at, label in enumerate(folded) if label) + 1
            labels = map(str.strip, document.head[position][1][:width])
            return Header(position, tuple(labels), folded[:width])
    return None


def by_header(
    read: Callable[[Document, Header], FileColumns], *headers: Collection[str]
) -> Callable[[Document], Callable[[], FileColumns] | None]:
    """Return a function that recognises a format by its first matching header, read by `read`.

    The table of a web page counts, too: spreadsheets and sites save one under the name `.xls`.
    """

    def recognise(document: Document) -> Callable[[], FileColumns] | None:
        for required in headers:
            table = read_page(document, required) if document.markup == HTML else document
            header = table and find_header(table, required)
            if table and header:
                return partial(read, table, header)
        return None

    return recognise


def read_preamble(document: Document, header: Header) -> dict[str, str]:
    """Return the values above the header, by their labels.

    Label and value may share one cell, as in `Holdings: As of 02-Jul-2026`.
    """
    found = {}
    for _, cells in document.head[: header.position]:
        label, value = (cell.strip() for cell in (*cells, "", "")[:2])
        if not value and ": " in label:
            label, _, value = label.partition(": ")
            label += ":"
        if label and (value or len(cells) > 1):
            found[label] = value
    return found


def read_table(
    document: Document,
    header: Header,
    fields: Mapping[str, Field],
    *,
    ignored: Collection[str] = (),
    is_followed: bool = False,
    has_look_through: bool = False,
) -> FileColumns:
    """Return the columns under the header, up to the first blank row or footer.

    A repeated header is suspicious; the rows under it are read as the table's. `is_followed` says
    that every whole file has a blank row or legal text after the table. `has_look_through` says
    that another table with this header may follow: the holdings of the fund's own funds, under the
    same lines about the fund. It is not read. `fields` maps labels to meanings; of several labels
    with one meaning the first is used. Labels that are neither there nor in `ignored` are reported
    as unknown. A row of another width is malformed. Raise TruncatedFileError if the last row is too
    short or if rows of the table lie above its header or after its end, EmptyFileError for a table
    without rows.
    """
    width = len(header.labels)
    indexes: dict[Field, int] = {}
    unknown: list[str] = []
    meanings = {fold_label(label): field for label, field in fields.items()}
    unused = set(map(fold_label, ignored))
    for index, label in enumerate(header.folded):
        if label in meanings and meanings[label] not in indexes:
            indexes[meanings[label]] = index
        elif label and label not in unused:
            unknown.append(header.labels[index])
    _refuse_above(document, header, indexes)
    gathered = {field: start_column(field) for field in indexes}
    lines = array("L")
    malformed: list[Malformed] = []
    ends: list[list[str]] = []
    again: list[int] = []
    for numbers, rows in _table_batches(
        document, header, ends, again, has_look_through=has_look_through
    ):
        fitting_numbers, fitting = _fit(numbers, rows, width, malformed)
        lines.extend(fitting_numbers)
        if fitting:
            cells = list(zip(*fitting, strict=True))
            for field, index in indexes.items():
                gathered[field].extend(cells[index])
        check_count(len(lines) + len(malformed), document)
    refuse_cut(document, lines, malformed)
    if not lines:
        raise EmptyFileError(
            "the table of holdings has no rows",
            where=document.file_name,
            remedy="download it again; a closed fund has none",
        )
    doubt = _doubt_end(document, ends, is_followed=is_followed)
    by_hand = len(lines) < LEAST_ROWS and not ends
    return FileColumns(
        lines=lines,
        columns={field: column.finish() for field, column in gathered.items()},
        malformed=tuple(malformed),
        unknown_columns=tuple(unknown),
        notes=(doubt,) if doubt and by_hand else (),
        suspicions=(
            *doubt_headers(again),
            *((Suspicion(Guard.TRUNCATED, doubt),) if doubt and not by_hand else ()),
        ),
    )


def doubt_headers(lines: Sequence[int]) -> tuple[Suspicion, ...]:
    """Return the suspicion about the lines that repeat a table's header, if any."""
    if not lines:
        return ()
    more = f", and on {len(lines) - 1} more" if len(lines) > 1 else ""
    text = f"the header is repeated on line {lines[0]}{more}: several files joined, or a page break"
    return (Suspicion(Guard.REPEATED, text),)


def check_count(rows: int, document: Document) -> None:
    """Raise OversizedFileError for more rows, including malformed ones, than any table has."""
    if rows > MAX_ROWS:
        raise OversizedFileError(f"more than {MAX_ROWS:,} rows", where=document.file_name)


def is_blank(cells: list[str]) -> bool:
    """Return whether no cell of the row holds anything but blanks."""
    return not any(cell.strip() for cell in cells)


def _table_batches(
    document: Document,
    header: Header,
    ends: list[list[str]],
    again: list[int],
    *,
    has_look_through: bool,
) -> Iterator[tuple[Sequence[int], list[list[str]]]]:
    """Yield the rows under the header, and under its repetitions.

    The row that ends the table is appended to `ends`; nothing is if the file ends with the table.
    The lines of repeated headers are appended to `again`. Rows of the table after its end are
    refused: a blank line or a note cut the table in two.
    """
    skipped = header.position + 1 + _count_blank(document, header)
    second = header.labels[1]
    is_inside = True
    above = [cells for _, cells in document.head[: header.position] if not is_blank(cells)]
    missing: list[list[str]] = []  # of those lines, behind the table's end
    for numbers, rows in document.batches():
        if not is_inside and max(map(len, rows), default=0) < len(header.labels):
            # Nothing of the table: millions of blank lines may follow one.
            missing = [cells for cells in missing if cells not in rows]
            continue
        start = min(skipped, len(rows))
        skipped -= start
        # A row of holdings has a text in its second cell, and no label: that is quick to see.
        doubtful = [
            at
            for at, row in enumerate(rows)
            if len(row) < 2 or not (text := row[1].strip()) or text == second
        ]
        for at in (*(at for at in doubtful if at >= start), len(rows)):
            is_last = at == len(rows)
            is_header = not is_last and _is_header(rows[at], header)
            if not (is_last or is_header or (is_inside and _is_end(rows[at]))):
                continue
            if is_inside:
                yield numbers[start:at], rows[start:at]
            else:
                _refuse_rest(document, numbers[start:at], rows[start:at], len(header.labels))
                missing = [cells for cells in missing if cells not in rows[start:at]]
            start = at + 1
            if is_header:
                if has_look_through and above and not missing and not is_inside:
                    return
                again.append(numbers[at])
                ends.clear()
            elif not is_last:
                ends.append(rows[at])
                missing = [cells for cells in above if cells != rows[at]]
            is_inside = is_header or (is_inside and is_last)


def _is_header(row: list[str], header: Header) -> bool:
    width = len(header.labels)
    return tuple(map(fold_label, row[:width])) == header.folded and is_blank(row[width:])


def _count_blank(document: Document, header: Header) -> int:
    """Return the number of blank rows between the header and the table's first row."""
    under = document.head[header.position + 1 :]
    first = next((at for at, (_, cells) in enumerate(under) if not is_blank(cells)), 0)
    return first if first and len(under[first][1]) >= len(header.labels) else 0


def _refuse_above(document: Document, header: Header, indexes: Mapping[Field, int]) -> None:
    """Raise TruncatedFileError for a row of the table above its header.

    Such a row is as wide as the table, with a text in the column of names or tickers and a number
    in a column of numbers. Lines about the fund are narrower, or have no such cells there.
    """
    texts = [indexes[field] for field in (Field.NAME, Field.TICKER) if field in indexes]
    numbers = [indexes[field] for field in NUMBERS if field in indexes]
    for number, row in document.head[: header.position]:
        if len(row) < len(header.labels) or not any(row[at].strip() for at in texts):
            continue
        if any(_NUMBER.fullmatch(row[at].strip()) for at in numbers):
            raise TruncatedFileError(
                "a row of a table is above its header",
                where=f"{document.file_name}, line {number}",
                remedy="download the file again",
            )


def _refuse_rest(
    document: Document, numbers: Sequence[int], rows: list[list[str]], width: int
) -> None:
    """Raise TruncatedFileError for a row after the table's end that looks like its own."""
    for number, row in zip(numbers, rows, strict=True):
        if len(row) < width or not row[1].strip():
            continue
        if 2 * sum(1 for cell in row if cell.strip()) > width:
            raise TruncatedFileError(
                "rows follow the end of the table, after a blank line or a note",
                where=f"{document.file_name}, line {number}",
                remedy="remove that line, or download the file again",
            )


def _doubt_end(document: Document, ends: Sequence[list[str]], *, is_followed: bool) -> str | None:
    """Return what is odd about the end of the table, if anything."""
    if not ends:
        message = (
            "the blank line or legal text that the issuer prints after the last row is missing"
        )
        return f"{message}: rows may be missing" if is_followed else None
    footer = " ".join(ends[0]).strip()
    is_torn = 0 < len(footer) < SHORTEST_TEXT and not footer.startswith("#")
    if is_torn and document.ends_inside_a_line and document.last_row() == ends[0]:
        return f"the file ends inside a row, after {escape_text(footer, 20)!r}: rows are missing"
    return None


def _is_end(row: list[str]) -> bool:
    """Return whether a row is blank, or a footer: text only in its first cell."""
    filled = sum(1 for cell in row if cell.strip())
    return not filled or (filled == 1 and bool(row[0].strip()))


def _fit(
    numbers: Sequence[int], rows: list[list[str]], width: int, malformed: list[Malformed]
) -> tuple[Sequence[int], list[list[str]]]:
    """Return the rows of the header's width; extra cells at the end must be blank."""
    if set(map(len, rows)) == {width}:
        return numbers, rows
    fitting: list[list[str]] = []
    fitting_numbers: list[int] = []
    for number, row in zip(numbers, rows, strict=True):
        if len(row) < width or not is_blank(row[width:]):
            malformed.append(make_malformed(number, row, width))
        else:
            fitting_numbers.append(number)
            fitting.append(row[:width])
    return fitting_numbers, fitting


def make_malformed(line: int, cells: list[str], width: int) -> Malformed:
    """Return the account of a row of another width than its table has."""
    reason = f"{len(cells)} columns where the header has {width}"
    text = " ".join(",".join(cells).split())[:_LONGEST_QUOTE]
    return Malformed(line, reason, text, cut=len(cells) < width)


def find_cut(lines: Sequence[int], malformed: Sequence[Malformed]) -> Malformed | None:
    """Return the last row of a table if it is too short, else None."""
    last = malformed[-1] if malformed else None
    return last if last and last.cut and (not lines or last.line > lines[-1]) else None


def refuse_cut(document: Document, lines: Sequence[int], malformed: Sequence[Malformed]) -> None:
    """Raise TruncatedFileError if the last row is too short."""
    if last := find_cut(lines, malformed):
        raise TruncatedFileError(
            f"the last row is cut off: {last.reason}",
            where=f"{document.file_name}, line {last.line}",
            remedy="download the file again",
        )
