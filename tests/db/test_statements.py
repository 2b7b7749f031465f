"""Rules for the texts of statements, which the server at hand does not hold.

Tables that are parted, views in their place and adopted tables have no key of their number, and
servers that share tables out run parts of a statement elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib.resources import files

from stockgroups.db.sql import load_statements

TOPICS = sorted(
    file.name.removesuffix(".sql")
    for file in files("stockgroups.db.sql").iterdir()
    if file.name.endswith(".sql")
)
STATEMENTS = {
    f"{topic}.{name}": re.sub(r"--.*", "", text.decode())
    for topic in TOPICS
    for name, text in load_statements(topic).items()
}
COLUMN = r"\b[a-z]\w*\.[a-z]\w*\b"
AGGREGATE = re.compile(
    r"\b(?:count|sum|min|max|mode|array_agg|jsonb?_agg|jsonb?_object_agg|string_agg|bool_and|bool_or"
    r"|bit_xor|FILTER|WITHIN GROUP)\s*\("
)
SUBQUERY = re.compile(r"\(\s*SELECT\b")
NOW = r"\b(?:now|clock_timestamp|transaction_timestamp|gen_random_uuid|nextval)\s*\("


def find(breaks: Callable[[str], object]) -> list[str]:
    """The names of the statements whose text breaks a rule."""
    return [name for name, text in STATEMENTS.items() if breaks(text)]


def take_out(what: re.Pattern[str], text: str) -> str:
    """The text without these parentheses and all that is in them."""
    while found := what.search(text):
        text = text[: found.start()] + text[skip_parentheses(text, found.end()) + 1 :]
    return text


def skip_parentheses(text: str, begin: int) -> int:
    """Where the parenthesis ends that opens before `begin`; the end of the text without one."""
    depth = 1
    for place in range(begin, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return place
    return len(text)


def list_groupings(text: str) -> Iterator[tuple[set[str], set[str]]]:
    """Yield the columns of each GROUP BY, and those that its SELECT shows outside of aggregates."""
    for select in re.finditer(r"\bSELECT\b", text):
        level = text[select.end() : skip_parentheses(text, select.end())]
        level = re.split(r"\bUNION\b", take_out(SUBQUERY, take_out(AGGREGATE, level)))[0]
        grouped = re.search(rf"\bGROUP BY ((?:{COLUMN}(?:, )?)+)", level)
        if grouped:
            shown = re.split(r"\bFROM\b", level)[0]
            yield set(re.findall(COLUMN, grouped[1])), set(re.findall(COLUMN, shown))


def test_a_column_that_is_not_grouped_is_found() -> None:
    one = "SELECT g.id, max(m.at), least(g.last, max(m.at)) FROM g JOIN m USING (id) GROUP BY g.id"
    assert list(list_groupings(one)) == [({"g.id"}, {"g.id", "g.last"})]


def test_all_that_is_shown_is_grouped() -> None:
    assert not find(lambda text: any(shown - by for by, shown in list_groupings(text)))


def test_what_a_conflict_writes_comes_from_the_row() -> None:
    assert not find(lambda text: re.search(rf"DO UPDATE.*{NOW}", text, re.DOTALL))


def test_an_update_compares_in_each_case() -> None:
    assert not find(lambda text: re.search(r"\bUPDATE [a-z].*\bCASE\s(?!WHEN\b)", text, re.DOTALL))


def test_those_who_listen_are_told_by_a_statement_that_reads_nothing() -> None:
    assert not find(lambda text: "pg_notify" in text and "FROM" in text)


def test_what_is_added_from_parameters_looks_for_no_row_one_by_one() -> None:
    added = re.compile(
        r"INSERT INTO(?:(?!\bON CONFLICT\b).)*(?:recordset|unnest)(?:(?!\bON CONFLICT\b).)*EXISTS",
        re.DOTALL,
    )
    assert not find(added.search)


def test_a_table_with_partitions_is_a_table() -> None:
    assert not find(lambda text: "relkind = 'r'" in text)
