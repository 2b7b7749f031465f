"""Rows of texts arrive unchanged, with any characters."""

from __future__ import annotations

import pytest

from stockgroups.db.connection import Connection
from stockgroups.db.lines import make_lines


@pytest.mark.parametrize("odd", ["", "a\tb", "a\nb", "a\r", "\\N", "\\.", "é \\t", "\t\n"])
def test_texts(connection: Connection, odd: str) -> None:
    rows = [(str(number), "plain") for number in range(1500)] + [("1500", odd)]
    connection.execute("CREATE TABLE public.texts (number int, text text)")
    connection.behind.copy(b"COPY public.texts (number, text) FROM STDIN", make_lines(iter(rows)))
    found = connection.execute("SELECT number::text, text FROM public.texts")
    assert sorted(found, key=lambda row: int(row[0])) == rows


def test_an_empty_text_is_nothing_where_the_statement_says_so(connection: Connection) -> None:
    connection.execute("CREATE TABLE public.texts (text text, other text)")
    lines = make_lines([("a", ""), ("\\", "b")])
    connection.behind.copy(b"COPY public.texts FROM STDIN (NULL '')", lines)
    assert connection.execute("TABLE public.texts").fetchall() == [("a", None), ("\\", "b")]
