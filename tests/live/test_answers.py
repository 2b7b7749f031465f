"""Answers about rows that other programs write: found in any spelling, and told as theirs."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import Command
from older_groups import Sql, load, put_group, write_file


@pytest.fixture
def spelled(sql: Sql, command: Command) -> Command:
    """Two funds that spell one stock in two ways, and members without a grammar."""
    put_group(sql, "ETF", "XLF", {"BRK-B": 0.1, "BF-B": 0.2, "msft": 0.3})
    put_group(sql, "ETF", "SPY", {"BRK.B": 0.4, "KEYENCE": 0.1})
    assert command("db", "upgrade").status == 0
    return command


def test_a_stock_is_found_however_the_rows_spell_it(spelled: Command) -> None:
    for text in ("BRK-B", "BRK.B", "brk/b", "BRK B", "brkb"):
        answer = spelled("query", "--stock", text, "--json").json
        found = (answer["stock_symbol"], answer["member_of_etfs"])
        assert found == ("BRK.B", ["SPY", "XLF"]), text


def test_whatever_a_fund_lists_can_be_asked(spelled: Command) -> None:
    for text, fund in {
        "BF-B": "XLF",
        "BF.B": "XLF",
        "MSFT": "XLF",
        "KEYENCE": "SPY",
        "keyence": "SPY",
    }.items():
        answer = spelled("query", "--stock", text, "--json")
        assert answer.status == 0, answer.err
        assert answer.json["member_of_etfs"] == [fund], text


def test_every_member_leads_back_to_its_fund(spelled: Command) -> None:
    for fund in ("XLF", "SPY"):
        for symbol in spelled("query", "--etf", fund, "--json").json["holdings"]:
            assert fund in spelled("query", "--stock", symbol, "--json").json["member_of_etfs"]


def test_two_spellings_of_one_stock_are_told(spelled: Command) -> None:
    spelled("build-metadata")
    findings = spelled("validate", "--json").json["sections"][1]["findings"]
    (told,) = [f for f in findings if "other ETFs hold as" in f["message"]]
    assert (told["symbol"], told["severity"]) == ("BRK-B", "warning")


def test_an_answer_of_drifted_rows_names_no_source(
    sql: Sql, command: Command, tmp_path: Path
) -> None:
    write_file(tmp_path / "files", "QQQ", "2026-01-05", {"AAPL": 0.6, "MSFT": 0.4})
    command("db", "upgrade")
    load(command, tmp_path / "files")
    for words in (("--etf", "QQQ"), ("--stock", "AAPL")):
        assert "changed by another program" not in command("query", *words).out
    sql(
        "UPDATE group_memberships m SET weight = 0.5 FROM definition_groups g"
        " WHERE g.id = m.group_id AND g.name = 'QQQ' AND m.symbol = 'AAPL'"
    )
    fund = command("query", "--etf", "QQQ", "--json").json
    stock = command("query", "--stock", "AAPL", "--json").json
    detail = next(d for d in stock["etfs"] if d["etf_symbol"] == "QQQ")
    for told in (fund, detail):
        assert (told["is_drifted"], told["source"], told["as_of"]) == (True, None, None)
    for words in (("--etf", "QQQ"), ("--stock", "AAPL")):
        assert "changed by another program" in command("query", *words).out
    command("db", "reconcile")
    assert command("query", "--etf", "QQQ", "--json").json["source"] == "external"


def test_drift_of_a_theme_shows_too(sql: Sql, command: Command) -> None:
    command("db", "upgrade")
    command("organize-universe")
    sql("DELETE FROM group_memberships WHERE symbol = 'MARA'")
    answer = command("query", "--theme", "crypto_miners", "--json").json
    assert (answer["is_drifted"], answer["source"]) == (True, None)
    assert command("query", "--theme", "gold_miners", "--json").json["is_drifted"] is False


def test_every_answer_tells_of_rows_that_another_program_changed(
    sql: Sql, command: Command, tmp_path: Path
) -> None:
    write_file(tmp_path / "files", "QQQ", "2026-01-05", {"MARA": 0.6, "MSFT": 0.3, "MMM": 0.1})
    put_group(sql, "SECTOR", "energy", {"XOM": None})
    command("db", "upgrade")
    load(command, tmp_path / "files")
    command("organize-universe")
    sql(
        "UPDATE group_memberships m SET weight = 0.5 FROM definition_groups g"
        " WHERE g.id = m.group_id AND g.type = 'THEME' AND m.symbol = 'MARA'"
    )
    sql(
        "DELETE FROM group_memberships m USING definition_groups g"
        " WHERE g.id = m.group_id AND g.type <> 'ETF' AND m.symbol IN ('RIOT', 'MMM')"
    )
    questions = {
        "stats": command("query", "--stats"),
        "sector": command("query", "--sector", "energy"),
        "stock": command("query", "--stock", "MARA"),
    }
    drifted = [["THEME", "crypto_miners"], ["UNIVERSE", "dow30"], ["UNIVERSE", "sp500"]]
    assert command("query", "--stats", "--json").json["drifted"] == drifted
    assert "THEME crypto_miners, UNIVERSE dow30, UNIVERSE sp500" in questions["stats"].out
    assert "crypto_miners (crypto_miners: changed by another program)" in questions["stock"].out
    stock = command("query", "--stock", "MARA", "--json").json
    assert (stock["drifted_themes"], stock["removed_from"]) == (["crypto_miners"], [])
    # The rows of one stock alone: those of the others are told of by the group's own answer.
    stock = command("query", "--stock", "MSFT", "--json").json
    assert (stock["drifted_themes"], stock["drifted_universes"]) == ([], [])
    assert "changed by another program" not in command("query", "--stock", "MSFT").out
    stock = command("query", "--stock", "MMM", "--json").json
    assert stock["removed_from"] == [["UNIVERSE", "dow30"], ["UNIVERSE", "sp500"]]
    told = "removed by another program from UNIVERSE dow30, UNIVERSE sp500"
    assert told in command("query", "--stock", "MMM").out
    rows = command("query", "--theme", "crypto_miners", "--csv")
    assert "changed by another program" in rows.err
    assert "changed by another program" not in questions["sector"].out
    sql("UPDATE group_memberships SET symbol = 'XOM2' WHERE symbol = 'XOM'")
    sql("DELETE FROM group_memberships WHERE symbol = 'MSFT'")
    assert command("query", "--sector", "energy", "--json").json["is_drifted"] is True
    assert "changed by another program" in command("query", "--sector", "energy").out
    stats = command("query", "--stats", "--json").json
    (fund,) = [etf for etf in stats["etfs"] if etf["etf_symbol"] == "QQQ"]
    assert (fund["total_holdings"], fund["is_drifted"], fund["source"]) == (2, True, None)
    assert ["SECTOR", "energy"] in stats["drifted"]


def test_a_removed_stock_is_told_beside_a_group_that_was_never_recorded(
    sql: Sql, command: Command, tmp_path: Path
) -> None:
    write_file(tmp_path / "files", "QQQ", "2026-01-05", {"MARA": 0.6, "MMM": 0.4})
    command("db", "upgrade")
    load(command, tmp_path / "files")
    put_group(sql, "ETF", "THEIRS", {"MMM": 1.0})
    sql(
        "DELETE FROM group_memberships m USING definition_groups g"
        " WHERE g.id = m.group_id AND g.name = 'QQQ' AND m.symbol = 'MMM'"
    )
    stock = command("query", "--stock", "MMM", "--json").json
    assert "THEIRS" in stock["member_of_etfs"]
    assert stock["removed_from"] == [["ETF", "QQQ"]]


def test_statistics_count_no_unknown_sector(sql: Sql, command: Command) -> None:
    command("db", "upgrade")
    put_group(sql, "ETF", "SPY", {"XOM": None})
    for key, sector in (("A", "Unknown"), ("B", "energy"), ("C", None), ("D", " N/A"), ("E", "")):
        sql(
            "INSERT INTO cache_entries (type, name, key, value, environment)"
            " VALUES ('stock_metadata', %s, %s, jsonb_build_object('sector', %s::text), 'TEST')",
            key, key, sector,
        )  # fmt: skip
    stats = command("query", "--stats", "--json").json
    assert (stats["stock_metadata"], stats["stock_metadata_with_sector"]) == (5, 1)


def test_today_and_now_give_the_same_symbols_under_one_key(
    sql: Sql, command: Command, tmp_path: Path
) -> None:
    write_file(tmp_path / "files", "QQQ", "2022-01-05", {"FB": 0.6, "MSFT": 0.4})
    command("db", "upgrade")
    load(command, tmp_path / "files")
    now = command("query", "--etf", "QQQ", "--json").json
    today = command("query", "--etf", "QQQ", "--as-of", "2026-11-01", "--json").json
    assert now["holdings"] == today["holdings"] == ["META", "MSFT"]
    assert now["weights"] == today["weights"]
    assert sorted(today["reported_symbols"]) == ["FB", "MSFT"]
