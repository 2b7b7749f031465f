"""Tables in documents: finding the header, and taking the columns out of the rows under it."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from stockgroups.errors import EmptyFileError, OversizedFileError, TruncatedFileError
from stockgroups.sources.columns import start_column
from stockgroups.sources.format import Malformed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from stockgroups.sources.document import Document
    from stockgroups.sources.format import Field, Printed

MAX_ROWS = 400_000
_LONGEST_QUOTE = 200


@dataclass(frozen=True, slots=True)
class Header:
    """Where a table's header stands: its position among the document's rows, and its labels."""

    position: int
    labels: tuple[str, ...]

    def missing(self, labels: Collection[str]) -> tuple[str, ...]:
        """Return those of the labels that the header does not have."""
        return tuple(label for label in labels if label not in self.labels)


@dataclass(frozen=True, slots=True)
class Table:
    """A table's columns, in parallel with the numbers of their lines."""

    lines: Sequence[int]
    columns: Mapping[Field, Sequence[str]]
    malformed: tuple[Malformed, ...]
    unknown_columns: tuple[str, ...]


def find_header(document: Document, required: Collection[str]) -> Header | None:
    """Return the first row of the document's head that has all the labels, or None."""
    wanted = frozenset(required)
    for position, (_, cells) in enumerate(document.head):
        labels = list(map(str.strip, cells))
        if wanted.issubset(labels):
            while not labels[-1]:
                labels.pop()
            return Header(position, tuple(labels))
    return None


def by_header(
    required: Collection[str], read: Callable[[Document, Header], Printed]
) -> Callable[[Document], Callable[[], Printed] | None]:
    """Return what recognises a format by a header with these labels, to be read by `read`."""

    def recognise(document: Document) -> Callable[[], Printed] | None:
        header = find_header(document, required)
        return None if header is None else partial(read, document, header)

    return recognise


def read_preamble(document: Document, header: Header) -> dict[str, str]:
    """Return the rows above the header that hold a label and a value, by their labels."""
    return {
        cells[0].strip(): cells[1].strip()
        for _, cells in document.head[: header.position]
        if len(cells) > 1 and cells[0].strip()
    }


def read_table(
    document: Document,
    header: Header,
    fields: Mapping[str, Field],
    *,
    ignored: Collection[str] = (),
) -> Table:
    """Return the columns under the header, up to the first blank row or footer.

    `fields` gives the meaning of the labels, of several with one meaning the first counts; those
    that are neither there nor `ignored` are reported as unknown. A row of another width is
    malformed. Raise TruncatedFileError when the last one is too short or when rows of the table
    stand behind its end, EmptyFileError for a table without rows.
    """
    width = len(header.labels)
    indexes: dict[Field, int] = {}
    unknown: list[str] = []
    for index, label in enumerate(header.labels):
        if label in fields and fields[label] not in indexes:
            indexes[fields[label]] = index
        elif label and label not in ignored:
            unknown.append(label)
    gathered = {field: start_column(field) for field in indexes}
    lines = array("L")
    malformed: list[Malformed] = []
    for numbers, rows in _table_batches(document, header):
        fitting_numbers, fitting = _fit(numbers, rows, width, malformed)
        lines.extend(fitting_numbers)
        if fitting:
            cells = list(zip(*fitting, strict=True))
            for field, index in indexes.items():
                gathered[field].extend(cells[index])
        check_count(len(lines) + len(malformed), document)
    _check_end(document, lines, malformed)
    columns = {field: gathered.pop(field).cells() for field in indexes}
    return Table(lines, columns, tuple(malformed), tuple(unknown))


def check_count(rows: int, document: Document) -> None:
    """Raise OversizedFileError for more rows, malformed ones included, than any table has."""
    if rows > MAX_ROWS:
        raise OversizedFileError(f"more than {MAX_ROWS:,} rows", where=document.file_name)


def is_blank(cells: list[str]) -> bool:
    """Tell whether no cell of the row holds anything but blanks."""
    return not any(cell.strip() for cell in cells)


def _table_batches(
    document: Document, header: Header
) -> Iterator[tuple[Sequence[int], list[list[str]]]]:
    """Run over the rows under the header; the last batch is cut where the table ends."""
    skipped = header.position + 1
    batches = iter(document.batches())
    for numbers, rows in batches:
        if skipped >= len(rows):
            skipped -= len(rows)
            continue
        start, skipped = skipped, 0
        # A row of holdings has a text in its second cell: that is quick to see.
        doubtful = [at for at, row in enumerate(rows) if len(row) < 2 or not row[1]]
        end = next((at for at in doubtful if at >= start and _is_end(rows[at])), None)
        yield numbers[start:end], rows[start:end]
        if end is not None:
            _check_rest(document, header, chain([(numbers[end:], rows[end:])], batches))
            return


def _check_rest(
    document: Document,
    header: Header,
    batches: Iterable[tuple[Sequence[int], list[list[str]]]],
) -> None:
    """Refuse rows of the table behind its end: a blank line or a note cut it in two.

    The same header again begins another table, which is not looked at.
    """
    width = len(header.labels)
    for numbers, rows in batches:
        for number, row in zip(numbers, rows, strict=True):
            if len(row) < width or not row[1].strip():
                continue
            cells = [cell.strip() for cell in row]
            if tuple(cells[:width]) == header.labels:
                return
            if 2 * sum(map(bool, cells)) > width:
                raise TruncatedFileError(
                    "rows stand behind the end of the table, after a blank line or a note",
                    where=f"{document.file_name}, line {number}",
                    remedy="take that line out, or download the file again",
                )


def _is_end(row: list[str]) -> bool:
    """Tell whether a row is blank, or a footer: text in its first cell alone."""
    filled = sum(1 for cell in row if cell.strip())
    return not filled or (filled == 1 and bool(row[0].strip()))


def _fit(
    numbers: Sequence[int], rows: list[list[str]], width: int, malformed: list[Malformed]
) -> tuple[Sequence[int], list[list[str]]]:
    """Return the rows that have the header's width, or more only by blank cells at their end."""
    if set(map(len, rows)) == {width}:
        return numbers, rows
    fitting: list[list[str]] = []
    fitting_numbers: list[int] = []
    for number, row in zip(numbers, rows, strict=True):
        if len(row) < width or not is_blank(row[width:]):
            malformed.append(_malformed(number, row, width))
        else:
            fitting_numbers.append(number)
            fitting.append(row[:width])
    return fitting_numbers, fitting


def _malformed(line: int, cells: list[str], width: int) -> Malformed:
    reason = f"{len(cells)} columns where the header has {width}"
    text = " ".join(",".join(cells).split())[:_LONGEST_QUOTE]
    return Malformed(line, reason, text, cut=len(cells) < width)


def _check_end(document: Document, lines: Sequence[int], malformed: list[Malformed]) -> None:
    last = malformed[-1] if malformed else None
    if last and last.cut and (not lines or last.line > lines[-1]):
        raise TruncatedFileError(
            f"the last row is cut: {last.reason}",
            where=f"{document.file_name}, line {last.line}",
            remedy="download the file again",
        )
    if not lines:
        raise EmptyFileError(
            "the table of holdings has no rows",
            where=document.file_name,
            remedy="download it again",
        )
