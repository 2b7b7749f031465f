"""Files as rows: decoding, line numbers, and every bound."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers.builders import ishares_csv, ishares_rows, read, receipt_of
from stockgroups.errors import (
    EmptyFileError,
    OversizedFileError,
    TruncatedFileError,
    UnrecognisedFileError,
)
from stockgroups.readers import tables
from stockgroups.readers.containers import document as documents
from stockgroups.readers.containers.csv_text import MAX_COLUMNS
from stockgroups.readers.containers.document import open_document

# Without semicolons: as many of them as commas would make another table.
cells = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters=";"),
    max_size=5,
)


def _rows(data: bytes) -> list[tuple[int, list[str]]]:
    return list(open_document(data, "f.csv").rows())


def test_line_numbers_are_those_of_the_file() -> None:
    data = b'a,b\n"c\r\nd\ne",f\n\ng,h\n'
    assert _rows(data) == [
        (1, ["a", "b"]),
        (4, ["c\r\nd\ne", "f"]),
        (5, []),
        (6, ["g", "h"]),
    ]


def test_every_kind_of_line_end() -> None:
    for end in (b"\n", b"\r", b"\r\n", b"\r\r\n"):
        assert _rows(b"a,b" + end + b"c,d" + end) == [(1, ["a", "b"]), (2, ["c", "d"])]
    assert _rows(b"a,b\r\n\rc,d\n") == [(1, ["a", "b"]), (2, []), (3, ["c", "d"])]


def test_byte_order_marks_and_code_pages() -> None:
    assert _rows("\ufeff\ufeffé,b".encode()) == [(1, ["é", "b"])]
    assert _rows("é,–".encode("cp1252")) == [(1, ["é", "–"])]


def test_formulas_of_text() -> None:
    """`="KO"` is the text KO, written by a CSV writer or by hand. Other formulas stay."""
    assert _rows(b'="KO","=""00123""" ,a\n') == [(1, ["KO", "00123", "a"])]
    assert _rows(b'"=""a""&""b""",x=""y""\n') == [(1, ['="a"&"b"', 'x=""y""'])]


def test_text_that_was_encoded_twice() -> None:
    """`Brown–Forman` has control characters else, and BF.B is no member of the list."""
    twice = "Brown–Forman,São Martinho".encode().decode("latin-1").encode()
    assert _rows(b"BF.B," + twice) == [(1, ["BF.B", "Brown–Forman", "São Martinho"])]
    assert _rows("SÃ£o,Â©".encode()) == [(1, ["SÃ£o", "Â©"])]  # nothing shows that it was
    assert _rows("a\x85b\x85\x85".encode()) == [(1, ["a\x85b\x85\x85"])]


@given(st.lists(st.lists(cells, min_size=2, max_size=4), min_size=1, max_size=9))
def test_what_a_csv_writer_writes_is_read_back(table: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows(table)
    data = text.getvalue().encode()
    # The delimiter is said, as `|,|,|` may be a table of another one.
    document = open_document(b"sep=,\nx,y\n" + data, "f.csv")
    if document.markup is None:
        read = [[cell.lstrip(" ") for cell in row] for _, row in document.rows()]
        assert read[1:] == [[cell.lstrip(" ") for cell in row] for row in table]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<!DOCTYPE html>\n<html></html>", "an HTML page"),
        (b"\n\n  <html lang='en'>", "an HTML page"),
        (b'{"response": "error"}', "JSON"),
        (b"<?xml version='1.0'?><a/>", "XML"),
        ("AAPL".encode("utf-16")[:-1], "damaged text in UTF-16"),
        (b"AAPL\x00MSFT", "binary data"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 99, "an old Excel file"),
        (b"%PDF-1.7\x00", "a PDF; download the holdings as CSV or XLSX"),
        (b"\x1f\x8b\x08\x00", "a packed file; unpack it first"),
        (b"a,b,c\n1,2,3\n", "unknown format"),
    ],
)
def test_what_is_no_table_of_holdings_is_named(data: bytes, words: str) -> None:
    with pytest.raises(UnrecognisedFileError, match=words):
        read(data)


@pytest.mark.parametrize("data", [b"", b" \r\n\xc2\xa0\n", b"\xef\xbb\xbf"])
def test_empty_files(data: bytes) -> None:
    with pytest.raises(EmptyFileError):
        read(data)


def test_the_mark_that_dos_puts_at_the_end_is_none_of_the_file() -> None:
    data = ishares_csv(ishares_rows({"AA": 1.0, "BB": 1.0}))
    assert read(data + b"\x1a").symbols == ("AA", "BB")
    with pytest.raises(UnrecognisedFileError, match="binary data"):
        read(data + b"\x00\x1a")


def test_a_file_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MAX_FILE_BYTES", 1000)
    with pytest.raises(OversizedFileError, match="more than 1,000 bytes"):
        read(b"x" * 1001)


def test_rows_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OversizedFileError, match="columns"):
        read(b"," * (MAX_COLUMNS + 1))
    monkeypatch.setattr(tables, "MAX_ROWS", 2)
    with pytest.raises(OversizedFileError, match="more than 2 rows"):
        read(ishares_csv(ishares_rows({"AA": 1.0, "BB": 1.0, "CC": 1.0})))


def test_an_endless_field_is_refused() -> None:
    with pytest.raises(TruncatedFileError, match="field larger than field limit"):
        read(b'"' + b"x\n" * 100_000 + b'"')


def test_a_long_file_is_read_to_its_end() -> None:
    values = {f"Q{a}{b}{c}": 1e6 for a in "ABCDEFGH" for b in "ABCDEFGH" for c in "ABCDEFGH"}
    snapshot = read(ishares_csv(ishares_rows(values), footer="Legal\ntext"))
    assert snapshot.symbols == tuple(values)
    assert receipt_of(snapshot).rows_read == 512


def test_rows_below_a_line_are_those_of_all_rows_that_stand_there() -> None:
    document = open_document(b'\xef\xbb\xbfa,b\r\n"one\r\ntwo",2\r\n\r\nlast,"3, 4"', "f.csv")
    every = list(document.rows())
    for below in (0, *(line for line, _ in every)):
        assert list(document.rows(below=below)) == [row for row in every if row[0] > below]
