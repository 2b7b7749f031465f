"""The SEC's quarterly data sets: tables of tab-separated text in a zip, or in a folder.

They are read in place, line by line: one table has 850 MB. The first line names the columns, an
empty cell is a null, nothing is quoted. People keep partial copies: fewer columns, CRLF, quoted
cells, several parts of a table, pointers of Git LFS, and, as `.zip`, the page with which the SEC
refuses a robot.
"""

from __future__ import annotations

import csv
import hashlib
import re
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple, Self

from stockgroups.errors import (
    EmptyFileError,
    OversizedFileError,
    SourceError,
    TruncatedFileError,
    UnrecognisedFileError,
)
from stockgroups.readers.sec.forms import AGAIN
from stockgroups.readers.values.texts import escape_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from typing import IO

MAX_TABLE_BYTES = 16 << 30
"""Of a table, unpacked: twenty times the largest one."""

LONGEST_LINE = 1 << 20
_CHUNK = 1 << 20
_MOST_MEMBERS = 200
_LONGEST_NAME = 255
_REFUSED = (
    "the SEC refuses programs without a contact, and too many requests: wait ten minutes, "
    "and download it again with a User-Agent of your name and email address"
)
_LFS = b"version https://git-lfs"
_BEGINNINGS = {
    "ACCESSION_NUMBER": re.compile(rb'"?\d{10}-\d{2}-\d{6}"?\t'),
    "HOLDING_ID": re.compile(rb'"?\d+"?\t'),
}
"""How a record begins, by the first column of its table."""
_ANY = re.compile(b"")


class Part(NamedTuple):
    """One file that holds a table or a part of it."""

    name: str
    open: Callable[[], IO[bytes]]
    size: int


class TableSet:
    """The tables of a data set, by their names without `.tsv`."""

    def __init__(self, path: Path, tables: Sequence[str]) -> None:
        """Find the tables. Raises as `open_tables` does."""
        self.name = escape_text(path.name, _LONGEST_NAME)
        self._path = path
        self._zip: zipfile.ZipFile | None = None
        if path.is_dir():
            parts = [
                Part(file.name, lambda file=file: file.open("rb"), file.stat().st_size)  # type: ignore[misc]
                for file in sorted(path.iterdir())
                if file.is_file() and not file.name.startswith(".")
            ]
        else:
            self._zip = open_zip(path, self.name)
            parts = [
                Part(one.filename, lambda one=one: self._open_member(one), one.file_size)  # type: ignore[misc]
                for one in self._zip.infolist()[:_MOST_MEMBERS]
            ]
        self._parts: dict[str, list[Part]] = {}
        for part in parts:
            table = _find_table(part.name, tables)
            if table is not None:
                self._parts.setdefault(table, []).append(part)

    def __enter__(self) -> Self:
        """Return the tables."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close the zip."""
        if self._zip is not None:
            self._zip.close()

    def has(self, *tables: str) -> bool:
        """Return whether all these tables are there."""
        return all(table in self._parts for table in tables)

    def require(self, *tables: str) -> None:
        """Raise SourceError if one of the tables is missing."""
        missing = [table for table in tables if table not in self._parts]
        if missing:
            raise SourceError(
                f"it lacks the table{'s' if len(missing) > 1 else ''} {', '.join(missing)}",
                where=self.name,
                remedy="load the whole data set as the SEC publishes it",
            )

    def hash(self) -> str:
        """Return the SHA-256 of the zip, or of the tables in the folder, in hex."""
        digest = hashlib.sha256()
        if self._zip is not None:
            with self._path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        for table in sorted(self._parts):
            for part in self._parts[table]:
                digest.update(f"{table}\n{part.size}\n".encode())
                with part.open() as file:
                    while piece := file.read(_CHUNK):
                        digest.update(piece)
        return digest.hexdigest()

    def count_bytes(self, table: str) -> int:
        """Return the size of a table, unpacked."""
        return sum(part.size for part in self._parts.get(table, ()))

    def lines(self, table: str, required: Sequence[str]) -> Iterator[TableLines]:
        """Yield each part of a table: its columns, and its lines as they are read.

        Raises:
            UnrecognisedFileError: A part is not a table, or lacks one of the columns.
            EmptyFileError: A part is empty.
            TruncatedFileError: The zip is damaged.
            OversizedFileError: It is beyond the limits.
        """
        for part in self._parts.get(table, ()):
            where = f"{self.name}/{escape_text(part.name, _LONGEST_NAME)}"
            with refusing_damage(where), part.open() as file:
                yield TableLines(file, required, where)

    def rows(
        self, table: str, columns: Sequence[str], optional: Sequence[str] = ()
    ) -> Iterator[tuple[str, ...]]:
        """Yield the cells of the columns, then of the optional ones, blank if these are missing.

        A row of another width than the header is refused. Raises as `lines` does.
        """
        for part in self.lines(table, columns):
            wanted = [part.columns.index(name) for name in columns]
            extra = [part.columns.index(n) if n in part.columns else None for n in optional]
            width = len(part.columns)
            for number, line in enumerate(part, 2):
                cells = line.decode("utf-8", "replace").split("\t")
                if len(cells) != width:
                    raise TruncatedFileError(
                        f"{len(cells)} cells where the header has {width}",
                        where=f"{part.where}, line {number}",
                        remedy=AGAIN,
                    )
                yield (
                    *(cells[at] for at in wanted),
                    *("" if at is None else cells[at] for at in extra),
                )

    def _open_member(self, member: zipfile.ZipInfo) -> IO[bytes]:
        assert self._zip is not None  # noqa: S101 - a member is a zip's
        if member.flag_bits & 1:
            raise SourceError("the zip is encrypted", where=self.name, remedy=AGAIN)
        return self._zip.open(member)


class TableLines:
    """One part of a table: the columns, and the lines under them without their ends."""

    def __init__(self, file: IO[bytes], required: Sequence[str], where: str) -> None:
        """Read the header."""
        self.where = where
        self.read = 0
        self._file = file
        header = self._file.readline(LONGEST_LINE)
        refuse_start(header, where)
        if b"\t" not in header:
            raise UnrecognisedFileError(
                "not a table of tab-separated text", where=where, remedy=AGAIN
            )
        text = header.removeprefix(b"\xef\xbb\xbf").rstrip(b"\r\n").decode("utf-8", "replace")
        self.columns = [label.strip().strip('"').upper() for label in text.split("\t")]
        self._tabs = len(self.columns) - 1
        self._beginning = _BEGINNINGS.get(self.columns[0], _ANY)
        self._begun = b""
        missing = [name for name in required if name not in self.columns]
        if missing:
            raise UnrecognisedFileError(
                f"it lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}",
                where=where,
                remedy="use the table as the SEC publishes it, with all its columns",
            )

    def __iter__(self) -> Iterator[bytes]:
        """Yield the records, each as one line of bare cells; blank lines are left out."""
        rest = b""
        while piece := self._file.read(_CHUNK):
            self.read += len(piece)
            if self.read > MAX_TABLE_BYTES:
                raise OversizedFileError(f"more than {MAX_TABLE_BYTES >> 30} GB", where=self.where)
            text, _, rest = (rest + piece).rpartition(b"\n")
            if len(rest) > LONGEST_LINE:
                raise OversizedFileError(
                    f"a line of more than {LONGEST_LINE:,} bytes", where=self.where
                )
            yield from self._split(text)
        yield from self._split(rest if rest.strip() else b"")
        if self._begun:
            yield self._begun

    def _split(self, text: bytes) -> Iterator[bytes]:
        lines = text.split(b"\n")
        if b"\r" in text:
            lines = [line.rstrip(b"\r") for line in lines]
        lines = list(filter(None, lines))
        is_plain = b'"' not in text and text.count(b"\t") == self._tabs * len(lines)
        if is_plain and not self._begun:  # nearly always
            yield from lines
        else:
            for line in lines:
                yield from self._mend(line)

    def _mend(self, line: bytes) -> Iterator[bytes]:
        """Yield the records that a line ends: a text in a cell may have several lines."""
        if self._begun and self._beginning.match(line):
            yield self._begun
            self._begun = b""
        record = b"%b %b" % (self._begun, line) if self._begun else line
        bare = _unquote(record, self._tabs) if b'"' in record else record
        if bare.count(b"\t") < self._tabs and len(record) <= LONGEST_LINE:
            self._begun = record
        else:
            self._begun = b""
            yield bare


def _unquote(record: bytes, tabs: int) -> bytes:
    """Return a record without the quotes around its cells, if it has as many cells as its table."""
    try:
        [cells] = csv.reader([record.decode("latin-1")], delimiter="\t", strict=True)
    except (csv.Error, ValueError):
        return record
    if len(cells) != tabs + 1:
        return record
    return "\t".join(cell.replace("\t", " ") for cell in cells).encode("latin-1")


def refuse_start(start: bytes, where: str) -> None:
    """Raise for a file that is not the SEC's, by its start: empty, a pointer, a web page."""
    bare = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not start:
        raise EmptyFileError("the file is empty", where=where, remedy=AGAIN)
    if bare.startswith(_LFS):
        raise UnrecognisedFileError(
            "a Git LFS pointer, not the file itself",
            where=where,
            remedy="fetch the file itself (`git lfs pull`), or download it from the SEC",
        )
    if bare.startswith(b"<") and b"<html" in bare:
        raise UnrecognisedFileError("an HTML page", where=where, remedy=_REFUSED)


def _find_table(name: str, tables: Sequence[str]) -> str | None:
    """Return the table that a file is, or is a part of, by its name."""
    path = PurePath(name)
    if path.suffix.lower() != ".tsv":
        return None
    stem = path.stem.upper()
    found = [
        table
        for table in tables
        if re.search(rf"(?:\A|[^A-Z]){table}(?:\Z|[_-]PART|[^A-Z_])", stem)
    ]
    return max(found, key=len, default=None)


def open_zip(path: Path, name: str) -> zipfile.ZipFile:
    """Open a zip. Raise UnrecognisedFileError for none, TruncatedFileError for a damaged one."""
    with path.open("rb") as file:
        start = file.read(4096)
    if not start.startswith(b"PK"):
        refuse_start(start, name)
        raise UnrecognisedFileError("no zip", where=name, remedy=AGAIN)
    with refusing_damage(name):
        return zipfile.ZipFile(path)


@contextmanager
def refusing_damage(where: str) -> Iterator[None]:
    """Turn the errors of a damaged zip into a refusal."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise TruncatedFileError(
            f"the zip is damaged: {error}", where=where, remedy=AGAIN
        ) from error
