"""The SEC's forms in XML, parsed as a stream: the largest filings have 143 MB.

A line feed may come before `<?xml`, if the XML was cut out of a submission's text. A document type,
which can make XML unpack without end, is refused; depth and the length of a tag are bounded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol
from xml.parsers import expat

from stockgroups.errors import OversizedFileError, TruncatedFileError, UnrecognisedFileError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stockgroups.readers.sec.submission import Readable

MAX_BYTES = 1024 * 1024 * 1024
"""Seven times the largest filing that is known."""
CHUNK = 256 * 1024
AGAIN = "download it again from the SEC"
_MAX_DEPTH = 40
_ENCODINGS = frozenset({"utf-8", "utf-16", "us-ascii", "ascii", "iso-8859-1", "windows-1252"})
"""What expat knows by itself, and what Windows calls Latin; another one is damage."""


class FormReader(Protocol):
    """Collects the content of a form. Tags come as `NAMESPACE NAME`; the root has depth 1."""

    def start(self, tag: str, attributes: dict[str, str], depth: int, /) -> None:
        """Handle the start of an element."""

    def end(self, tag: str, depth: int, /) -> None:
        """Handle the end of an element, with the depth of its start."""

    def add_text(self, text: str, /) -> None:
        """Handle a text, or a part of it."""


def parse_form(
    reader: FormReader, start: bytes, stream: Readable, where: str, *, text_follows: bool
) -> None:
    """Parse a form.

    Args:
        reader: Receives its content.
        start: Its first bytes, which were read from the stream already.
        stream: The rest.
        where: The file, for errors.
        text_follows: Whether other text follows the XML, as in a submission.

    Raises:
        TruncatedFileError: It ends in the middle, or is not XML.
        OversizedFileError: It is beyond the limits.
        UnrecognisedFileError: It has a document type.
    """
    depth = 0
    is_done = False

    def open_element(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _MAX_DEPTH:
            raise OversizedFileError("XML nested deeper than any form", where=where, remedy=AGAIN)
        reader.start(tag, attributes, depth)

    def close_element(tag: str) -> None:
        nonlocal depth, is_done
        reader.end(tag, depth)
        depth -= 1
        is_done = depth == 0

    def refuse_document_type(*_: Any) -> None:
        raise UnrecognisedFileError(
            "XML with a document type, which no form has", where=where, remedy=AGAIN
        )

    def check_encoding(_: str, encoding: str | None, __: int) -> None:
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            raise UnrecognisedFileError(
                f"XML in the encoding {encoding!r}, which no form has", where=where, remedy=AGAIN
            )

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.XmlDeclHandler = check_encoding
    parser.StartDoctypeDeclHandler = refuse_document_type
    parser.StartElementHandler = open_element
    parser.EndElementHandler = close_element
    parser.CharacterDataHandler = reader.add_text
    try:
        for piece in _pieces(start, stream, where):
            parser.Parse(piece, False)
            if is_done and text_follows:
                return
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        if is_done and text_follows:
            return
        raise TruncatedFileError(
            f"the XML cannot be read: {expat.ErrorString(error.code)}",
            where=f"{where}, line {error.lineno}",
            remedy=AGAIN,
        ) from error


def _pieces(start: bytes, stream: Readable, where: str) -> Iterator[bytes]:
    """Yield the XML piece by piece, without the blanks before it."""
    total = 0
    piece = start.removeprefix(b"\xef\xbb\xbf").lstrip() or stream.read(CHUNK)
    while piece:
        total += len(piece)
        if total > MAX_BYTES:
            raise OversizedFileError(
                f"more than {MAX_BYTES:,} bytes, more than any form has", where=where
            )
        if len(piece) == CHUNK and b">" not in piece:
            # One tag would be held in memory as a whole, whatever its length.
            raise OversizedFileError(
                f"a tag or a text of more than {CHUNK:,} bytes, which no form has", where=where
            )
        yield piece
        piece = stream.read(CHUNK)
