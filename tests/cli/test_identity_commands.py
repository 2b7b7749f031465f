"""`resolve`, `related`, `alias`, and `query --stock` with a symbol of old: as text and as JSON."""

from __future__ import annotations

import datetime as dt
import io
import sys

import pytest

from commands import Command, check_refusal
from samples import make_fund, make_printed
from stockgroups.catalog import Catalog
from stockgroups.model import Ref
from stockgroups.record.apply import apply
from stockgroups.store import Store

DAY = dt.date(2022, 3, 1)
ISSUER = "02079K"


@pytest.fixture
def loaded(store: Store, catalog: Catalog) -> Store:
    prints = {
        Ref("FB", name="FACEBOOK INC"): 0.5,
        Ref("ZZAA", name="ALPHABET INC CLASS C", cusip=f"{ISSUER}107"): 0.3,
        Ref("ZZAB", name="ALPHABET INC CLASS A", cusip=f"{ISSUER}305"): 0.2,
    }
    apply(store, [make_fund("FUND", make_printed(DAY, prints))], aliases=catalog.aliases)
    return store


def test_a_stock_by_its_symbol_of_old(command: Command, loaded: Store) -> None:
    answer = command("query", "--stock", "fb")
    assert (answer.status, answer.lines[1]) == (0, "FB has been META since 2022-06-09")
    assert command("query", "--stock", "META").lines[1] == "formerly FB until 2022-06-09"
    value = command("query", "--stock", "FB", "--json").json
    assert (value["stock_symbol"], value["asked"]) == ("META", "FB")
    assert value["former_symbols"] == [{"symbol": "FB", "until": "2022-06-09"}]
    assert value["member_of_etfs"] == ["FUND"]
    value = command("query", "--stock", "ZZAA", "--json").json
    assert (value["asked"], value["former_symbols"]) == ("ZZAA", [])


def test_who_holds_the_symbol_today_comes_before_who_had_it(
    command: Command, loaded: Store, catalog: Catalog
) -> None:
    today = make_printed(dt.date(2026, 3, 2), {Ref("FB", name="BUFFER ETF"): 1.0})
    apply(loaded, [make_fund("NEWF", today)], aliases=catalog.aliases)
    value = command("query", "--stock", "FB", "--json").json
    assert (value["stock_symbol"], value["member_of_etfs"]) == ("FB", ["NEWF"])


def test_what_only_an_entry_tells_comes_last(command: Command, loaded: Store) -> None:
    loaded.connection.execute(
        "INSERT INTO cache_entries (type, name, key, value, environment)"
        """ VALUES ('stock_metadata', 'Old', 'FB', '{"member_of_etfs": ["OLD"]}', 'TEST')"""
    )
    assert command("query", "--stock", "FB", "--json").json["stock_symbol"] == "META"


def test_resolve(command: Command, loaded: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = command("resolve", "FB", "zzaa")
    assert answer.status == 0
    header, _, first, second = answer.lines
    assert header.split() == ["text", "symbol", "current", "symbol", "security", "by", "confidence"]
    assert first.split()[:3] + first.split()[-3:] == [
        "FB", "META", "META", "former", "symbol", "medium",
    ]  # fmt: skip
    assert second.split()[-2:] == ["spelling", "high"]
    monkeypatch.setattr("sys.stdin", None)  # closed before the start: `<&-`
    assert command("resolve", "-", "--json").json == []
    sys.stdin.close()
    monkeypatch.setattr("sys.stdin", io.StringIO(f"\ufeffFB\n\n{ISSUER}107\n"))
    value = command("resolve", "-", "--as-of", "2022-03-01", "--json").json
    assert [(one["text"], one["symbol"], one["current_symbol"]) for one in value] == [
        ("FB", "FB", "META"),
        (f"{ISSUER}107", "ZZAA", "ZZAA"),
    ]
    assert value[0].keys() == {
        "text", "symbol", "current_symbol", "security_id", "method", "confidence", "candidates",
        "why",
    }  # fmt: skip


def test_resolve_finds_nothing(command: Command, loaded: Store) -> None:
    answer = command("resolve", "what?", "--json")
    assert (answer.status, answer.json[0]["confidence"]) == (1, "none")
    check_refusal(command("resolve", "A" * 201), 2, "too long")
    check_refusal(command("resolve", "FB", "--as-of", "yesterday"), 2, "--as-of")


def test_related(command: Command, loaded: Store) -> None:
    answer = command("related", "zzaa")
    assert (answer.status, answer.lines[0]) == (0, "ZZAA · ALPHABET INC CLASS C")
    assert answer.lines[-1].split() == [
        "ZZAB", "share", "class", "one", "issuer", "in", "the", "CUSIP:", ISSUER,
    ]  # fmt: skip
    value = command("related", "ZZAB", "--json").json
    assert [one["symbol"] for one in value["related"]] == ["ZZAA"]
    assert command("related", "FB").lines[-1] == "no related stocks are known"
    check_refusal(command("related", "NVDA"), 1, "no stock 'NVDA'", "no loaded group holds")


def test_alias(command: Command, loaded: Store) -> None:
    assert any(line.split()[:3] == ["FB", "META", "2022-06-09"] for line in
               command("alias", "list").lines)  # fmt: skip
    words = ("alias", "add", "zzaa", "ABCD", "--effective", "2025-01-02", "--source", "me")
    lines = command(*words).lines
    assert lines[0].startswith("✓ Added in ")
    assert lines[1] == "  ETF FUND: − ZZAA + ABCD"
    assert command(*words).lines == [
        "✓ Unchanged: ZZAA has been ABCD since 2025-01-02; already recorded"
    ]
    mine = [one for one in command("alias", "list", "--json").json if one["origin"] == "user"]
    assert mine == [
        {"old": "ZZAA", "new": "ABCD", "effective": "2025-01-02", "source": "me", "origin": "user"}
    ]
    value = command("alias", "remove", "ZZAA", "--effective", "2025-01-02", "--json").json
    assert value["outcome"] == "removed"
    assert value["groups"] == [
        {"type": "ETF", "name": "FUND", "added": ["ZZAA"], "removed": ["ABCD"]}
    ]
    reuse = command("alias", "add", "ZZ", "--reused", "--effective", "2025-01-02", "--source", "x")
    assert "ZZ has been another stock since 2025-01-02" in reuse.lines[0]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add", "A"), "missing: --effective, --source"),
        (("add", "A", "--effective", "2025-01-02", "--source", "x"), "--reused"),
        (("add", "A", "B", "--reused", "--effective", "2025-01-02", "--source", "x"), "--reused"),
        (("add", "A", "B", "--effective", "2025-01-02"), "missing: --source"),
        (("add", "A", "B", "--effective", "soon", "--source", "x"), "--effective"),
        (("list", "A"), "unknown argument: A"),
        (("remove", "A", "B", "--effective", "2025-01-02"), "unknown argument: B"),
    ],
)
def test_alias_refuses(command: Command, loaded: Store, words: tuple[str, ...], told: str) -> None:
    check_refusal(command("alias", *words), 2, told)


def test_an_identifier_is_understood_by_every_question_about_a_stock(
    command: Command, loaded: Store
) -> None:
    cusip = f"{ISSUER}107"
    for spelt in (cusip, cusip[:8], f"{cusip[:3]} {cusip[3:]}", f"cusip {cusip}"):
        assert command("query", "--stock", spelt).lines[0].startswith("ZZAA · ")
        for words in (
            ("query", "--stock", spelt, "--as-of", "2026-01-01"),
            ("query", "--stock", spelt, "--explain"),
            ("timeline", spelt),
            ("related", spelt),
            ("changes", "--stock", spelt),
        ):
            answer = command(*words)
            assert (answer.status, answer.lines[0][:7]) == (0, "ZZAA · "), words
    wrong = f"{cusip[:8]}{(int(cusip[8]) + 1) % 10}"
    why = f"the check digit of the CUSIP {wrong} is wrong: it should be {cusip[8]}"
    for question in ("query --stock", "timeline", "related", "changes --stock"):
        check_refusal(command(*question.split(), wrong), 1, why)


def test_an_unknown_text_is_no_answer(command: Command, loaded: Store) -> None:
    answer = command("resolve", "zzzz")
    assert answer.status == 1
    assert answer.lines[-1].endswith(
        "no source in environment TEST holds it, and no symbol directory lists it"
    )
