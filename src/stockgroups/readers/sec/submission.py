"""The header of a submission text from the SEC's archive: `0001410368-26-010918.txt`.

Lines of `LABEL:` and a text, then `<SERIES-ID>` and similar tags for the series and classes of the
submission, then documents, the first of them the form in XML. The header has what the XML leaves
out: the filing's number and day, and the tickers of the classes.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from stockgroups.errors import OversizedFileError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_HEADER_BYTES = 8 * 1024 * 1024
"""A thousand classes, at 200 bytes each, are a fortieth of it."""

_STARTS = (b"<SEC-DOCUMENT>", b"<SEC-HEADER>", b"-----BEGIN PRIVACY-ENHANCED MESSAGE-----")
_LINE = re.compile(r"^\s*([A-Z][A-Z -]+):[ \t]*(\S.*?)\s*$", re.MULTILINE)
_TAG = re.compile(r"^<([A-Z-]+)>[ \t]*(.*?)\s*$", re.MULTILINE)
_XML = re.compile(rb"<XML>\s*", re.IGNORECASE)
_ACCESSION = re.compile(r"\d{10}-\d{2}-\d{6}")
_DAY = re.compile(r"\d{8}")
_PIECE = 64 * 1024


class Readable(Protocol):
    """A stream of bytes."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes; none at the end."""


@dataclass(frozen=True, slots=True)
class Submission:
    """The content of the header; None for anything that it leaves out.

    `tickers` are those of the classes, each with its series.
    """

    accession: str | None
    filed_on: dt.date | None
    period: dt.date | None
    tickers: tuple[tuple[str, str], ...]


def is_submission(start: bytes) -> bool:
    """Return whether a file is a whole submission text, by its start."""
    return start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_STARTS)


def read_header(stream: Readable, where: str) -> tuple[Submission, bytes]:
    """Read up to the first XML; return the header, and the bytes of the XML read so far.

    Raise OversizedFileError if no XML begins within the first megabytes.
    """
    head = b""
    while True:
        piece = stream.read(_PIECE)
        head += piece
        found = _XML.search(head)
        if found:
            return _parse(head[: found.start()].decode("utf-8", "replace")), head[found.end() :]
        if not piece or len(head) > MAX_HEADER_BYTES:
            raise OversizedFileError(
                "a submission's text without an XML form",
                where=where,
                remedy="download the filing's primary_doc.xml",
            )


def _parse(text: str) -> Submission:
    values: dict[str, str] = {}
    for label, value in _LINE.findall(text):
        values.setdefault(label, value)
    accession = values.get("ACCESSION NUMBER", "")
    return Submission(
        accession if _ACCESSION.fullmatch(accession) else None,
        _read_day(values.get("FILED AS OF DATE", "")),
        _read_day(values.get("CONFORMED PERIOD OF REPORT", "")),
        tuple(_find_tickers(text)),
    )


def _read_day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def _find_tickers(text: str) -> Iterator[tuple[str, str]]:
    series = ""
    for tag, value in _TAG.findall(text):
        if tag == "SERIES-ID":
            series = value
        elif tag == "CLASS-CONTRACT-TICKER-SYMBOL" and value:
            yield series, value
