"""`resolve`, `related`, `alias`, and `query --stock` with a symbol of old: as text and as JSON."""

from __future__ import annotations

import datetime as dt
import io

import pytest

from commands import Command, check_refusal
from samples import make_fund, make_printed
from stockgroups.catalog import Catalog
from stockgroups.db.connection import Connection
from stockgroups.model import Ref
from stockgroups.store.apply import apply

DAY = dt.date(2022, 3, 1)
ISSUER = "02079K"


@pytest.fixture
def loaded(connection: Connection, catalog: Catalog) -> Connection:
    prints = {
        Ref("FB", name="FACEBOOK INC"): 0.5,
        Ref("GOOG", name="ALPHABET INC CLASS C", cusip=f"{ISSUER}107"): 0.3,
        Ref("GOOGL", name="ALPHABET INC CLASS A", cusip=f"{ISSUER}305"): 0.2,
    }
    apply(
        connection, "TEST", [make_fund("FUND", make_printed(DAY, prints))], aliases=catalog.aliases
    )
    return connection


def test_a_stock_by_its_symbol_of_old(command: Command, loaded: Connection) -> None:
    answer = command("query", "--stock", "fb")
    assert (answer.status, answer.lines[1]) == (0, "FB is META since 2022-06-09")
    assert command("query", "--stock", "META").lines[1] == "formerly FB until 2022-06-09"
    value = command("query", "--stock", "FB", "--json").json
    assert (value["stock_symbol"], value["asked"]) == ("META", "FB")
    assert value["former_symbols"] == [{"symbol": "FB", "until": "2022-06-09"}]
    assert value["member_of_etfs"] == ["FUND"]
    value = command("query", "--stock", "GOOG", "--json").json
    assert (value["asked"], value["former_symbols"]) == ("GOOG", [])


def test_who_holds_the_symbol_today_comes_before_who_had_it(
    command: Command, loaded: Connection, catalog: Catalog
) -> None:
    today = make_printed(dt.date(2026, 3, 2), {Ref("FB", name="BUFFER ETF"): 1.0})
    apply(loaded, "TEST", [make_fund("NEWF", today)], aliases=catalog.aliases)
    value = command("query", "--stock", "FB", "--json").json
    assert (value["stock_symbol"], value["member_of_etfs"]) == ("FB", ["NEWF"])


def test_what_only_an_entry_tells_comes_last(command: Command, loaded: Connection) -> None:
    loaded.execute(
        "INSERT INTO cache_entries (type, name, key, value, environment)"
        """ VALUES ('stock_metadata', 'Old', 'FB', '{"member_of_etfs": ["OLD"]}', 'TEST')"""
    )
    assert command("query", "--stock", "FB", "--json").json["stock_symbol"] == "META"


def test_resolve(command: Command, loaded: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = command("resolve", "FB", "goog")
    assert answer.status == 0
    header, _, first, second = answer.lines
    assert header.split() == ["text", "symbol", "current", "symbol", "security", "by", "confidence"]
    assert first.split()[:3] + first.split()[-3:] == [
        "FB", "META", "META", "former", "symbol", "medium",
    ]  # fmt: skip
    assert second.split()[-2:] == ["spelling", "high"]
    monkeypatch.setattr("sys.stdin", io.StringIO(f"FB\n\n{ISSUER}107\n"))
    value = command("resolve", "-", "--as-of", "2022-03-01", "--json").json
    assert [(one["text"], one["symbol"], one["current_symbol"]) for one in value] == [
        ("FB", "FB", "META"),
        (f"{ISSUER}107", "GOOG", "GOOG"),
    ]
    assert value[0].keys() == {
        "text", "symbol", "current_symbol", "security_id", "method", "confidence", "candidates",
    }  # fmt: skip


def test_resolve_finds_nothing(command: Command, loaded: Connection) -> None:
    answer = command("resolve", "what?", "--json")
    assert (answer.status, answer.json[0]["confidence"]) == (1, "none")
    check_refusal(command("resolve", "A" * 201), 2, "too long")
    check_refusal(command("resolve", "FB", "--as-of", "yesterday"), 2, "--as-of")


def test_related(command: Command, loaded: Connection) -> None:
    answer = command("related", "goog")
    assert (answer.status, answer.lines[0]) == (0, "GOOG · ALPHABET INC CLASS C")
    assert answer.lines[-1].split() == [
        "GOOGL", "share", "class", "one", "issuer", "in", "the", "CUSIP:", ISSUER,
    ]  # fmt: skip
    value = command("related", "GOOGL", "--json").json
    assert [one["symbol"] for one in value["related"]] == ["GOOG"]
    assert command("related", "FB").lines[-1] == "nothing is known to belong to it"
    check_refusal(command("related", "NVDA"), 1, "NVDA", "stockgroups resolve")


def test_alias(command: Command, loaded: Connection) -> None:
    assert any(line.split()[:3] == ["FB", "META", "2022-06-09"] for line in
               command("alias", "list").lines)  # fmt: skip
    words = ("alias", "add", "goog", "ABCD", "--effective", "2025-01-02", "--source", "me")
    lines = command(*words).lines
    assert lines[0].startswith("✓ Added in ")
    assert lines[1] == "  ETF FUND: − GOOG + ABCD"
    assert command(*words).lines == [
        "✓ Unchanged: GOOG is ABCD since 2025-01-02; it was there already"
    ]
    mine = [one for one in command("alias", "list", "--json").json if one["origin"] == "user"]
    assert mine == [
        {"old": "GOOG", "new": "ABCD", "effective": "2025-01-02", "source": "me", "origin": "user"}
    ]
    value = command("alias", "remove", "GOOG", "--effective", "2025-01-02", "--json").json
    assert value["outcome"] == "removed"
    assert value["groups"] == [
        {"type": "ETF", "name": "FUND", "added": ["GOOG"], "removed": ["ABCD"]}
    ]
    reuse = command("alias", "add", "ZZ", "--reused", "--effective", "2025-01-02", "--source", "x")
    assert "ZZ is another stock since 2025-01-02" in reuse.lines[0]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add", "A"), "--effective is missing"),
        (("add", "A", "--effective", "2025-01-02", "--source", "x"), "--reused"),
        (("add", "A", "B", "--reused", "--effective", "2025-01-02", "--source", "x"), "--reused"),
        (("add", "A", "B", "--effective", "2025-01-02"), "--source is missing"),
        (("add", "A", "B", "--effective", "soon", "--source", "x"), "--effective"),
        (("list", "A"), "old means nothing here"),
        (("remove", "A", "B", "--effective", "2025-01-02"), "new means nothing here"),
    ],
)
def test_alias_refuses(
    command: Command, loaded: Connection, words: tuple[str, ...], told: str
) -> None:
    check_refusal(command("alias", *words), 2, told)
