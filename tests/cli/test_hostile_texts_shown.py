"""Every command escapes stored control characters that would move the terminal's cursor."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from commands import Command
from holdings_files import write_text
from sound import make_sound
from stockgroups.db.connection import Connection
from stockgroups.store import Store

HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\r\nforged\tline\u202egnp\u2066\x7f\u2028"
# What a text must go on being, for the row to be found and read at all.
KEPT = {
    ("public", "cache_entries", "type"),
    ("stockgroups", "group_registry", "type"),
    ("stockgroups", "loads", "kind"),
    ("stockgroups", "alembic_version", "version_num"),
}
WALK: list[tuple[str, ...]] = [
    ("query", "--etf", "SPY"),
    ("query", "--etf", "SPY", "--as-of", "2026-07-01"),
    ("query", "--etf", "NONE"),
    ("query", "--stock", "XOM"),
    ("query", "--stock", "XOM", "--explain"),
    ("query", "--stock", "XOM", "--as-of", "2026-07-01"),
    ("query", "--stock", "ZZZZ"),
    ("query", "--theme", "crypto_miners"),
    ("query", "--sector", "energy"),
    ("query", "--sector", "none"),
    ("query", "--universe", "sp500"),
    ("query", "--industry", "none"),
    ("query", "--stats"),
    ("query", "--stats", "--as-of", "2026-07-01"),
    ("resolve", "XOM", "ZZZZ"),
    ("related", "XOM"),
    ("timeline", "XOM"),
    ("changes", "SPY"),
    ("changes", "--stock", "XOM"),
    ("source", "SPY"),
    ("receipt", "SPY"),
    ("loads",),
    ("loads", "1"),
    ("alias", "list"),
    ("classify", "override", "--list"),
    ("classify", "override", "--export"),
    ("classify", "--measure", "--verbose"),
    ("validate", "--verbose"),
    ("report", "--detail"),
    ("report", "--detail", "--format", "html"),
    ("migrate", "--dry-run", "--verbose"),
    ("migrate", "--validate-only", "--verbose"),
    ("shadow", "--verbose"),
    ("archive-legacy", "--dry-run"),
    ("rollback", "1", "--dry-run"),
    ("load", "--dry-run"),
    ("build-metadata", "--dry-run"),
    ("organize-sectors", "--dry-run"),
    ("organize-universe", "--dry-run", "--verbose"),
    ("db", "reconcile", "--dry-run"),
]


@pytest.fixture
def hostile(connection: Connection, store: Store) -> Connection:
    """A sound environment, with a hostile text at the end of every text that can hold one."""
    make_sound(store)
    for kind, key, value in (
        ("etf_holdings", "OLD", {"holdings": ["AAPL", HOSTILE], "name": HOSTILE}),
        ("theme_definition", HOSTILE, {"symbols": ["AAPL"], "description": HOSTILE}),
        ("sector_industry_map", "old", {"industries": [HOSTILE], "description": HOSTILE}),
    ):
        connection.execute(
            "INSERT INTO cache_entries (type, name, key, value, environment)"
            " VALUES (%s, %s, %s, %s, 'TEST')",
            (kind, key, key, json.dumps(value)),
        )
    changed = sum(_poison(connection, *column) for column in _list_columns(connection))
    assert changed > 20
    return connection


def _list_columns(connection: Connection) -> list[tuple[str, str, str, str]]:
    rows = connection.execute(
        "SELECT c.table_schema, c.table_name, c.column_name, c.data_type"
        " FROM information_schema.columns c"
        " JOIN information_schema.tables t USING (table_schema, table_name)"
        " WHERE c.table_schema IN ('public', 'stockgroups') AND t.table_type = 'BASE TABLE'"
        " AND c.data_type IN ('text', 'character varying', 'jsonb')"
    ).fetchall()
    return [row for row in rows if row[:3] not in KEPT]


def _poison(connection: Connection, schema: str, table: str, column: str, kind: str) -> int:
    """Store the hostile text in some rows of a column; return 1 where the database took it."""
    name, place = sql.Identifier(column), sql.Identifier(schema, table)
    if kind == "jsonb":
        # A hostile end of every text; a hostile key too where other programs choose the keys.
        extra = sql.SQL(" || jsonb_build_object({text}, {text})" if schema == "public" else "")
        poisoned = sql.SQL(
            "(SELECT jsonb_object_agg(k, CASE jsonb_typeof(v) WHEN 'string' THEN"
            " to_jsonb((v #>> '{{}}') || {text}) ELSE v END) FROM jsonb_each({column}) AS e (k, v))"
        ).format(text=sql.Literal(HOSTILE), column=name)
        poisoned += extra.format(text=sql.Literal(HOSTILE))
        where = sql.SQL("jsonb_typeof({}) = 'object' AND {} <> '{{}}'").format(name, name)
    else:
        poisoned = sql.SQL("left({} || {}, 45)").format(name, sql.Literal(HOSTILE))
        where = sql.SQL("{} IS NOT NULL").format(name)
        if column in ("name", "symbol", "key", "old_symbol", "new_symbol", "environment", "type"):
            # The walk asks by these: one row of each table is enough.
            where = sql.SQL("ctid = (SELECT max(ctid) FROM {})").format(place)
    statement = sql.SQL("UPDATE {} SET {} = {} WHERE {}").format(place, name, poisoned, where)
    try:
        return int(connection.execute(statement).rowcount > 0)
    except (psycopg.IntegrityError, psycopg.DataError):
        return 0  # the database itself refuses it there: an environment, a type of group


def _check(answer: Any, words: tuple[str, ...]) -> None:
    for text in (answer.out, answer.err):
        for sign in text:
            assert sign.isprintable() or sign == "\n", (words, text)
        assert not any(line.startswith("forged") for line in text.splitlines()), words
    assert answer.status != 70, (words, answer.err)


def test_no_command_shows_what_a_terminal_would_obey(
    command: Command, hostile: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "holdings"
    write_text(folder / f"SPY_2026-08-01{HOSTILE[-8:-2]}.csv", "symbol,weight\nAAPL,100\n")
    write_text(folder / "IVV.csv", f"symbol,weight,{HOSTILE[:8]}\n{HOSTILE[:8]},100,x\n")
    monkeypatch.setenv("HOLDINGS_DIR", str(folder))
    shown = 0
    for words in WALK:
        answer = command(*words)
        _check(answer, words)
        shown += "\\x1b" in answer.out + answer.err
        told = command(*words, "--json")
        _check(told, words)
        if told.out and "--export" not in words and words[:1] != ("receipt",):
            json.loads(told.out)
    assert shown >= 10  # the texts were there to be shown
