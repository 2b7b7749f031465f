"""`stockgroups query` and `validate`: every question, as text and as JSON."""

from __future__ import annotations

import datetime as dt
import json
import sys
from typing import Any

import pytest

from commands import Command, check_refusal
from samples import DAY, make_fund, make_snapshot
from sound import SPY, load_funds, make_sound
from stockgroups.catalog import Catalog
from stockgroups.cli.flags import read_day
from stockgroups.db.connection import Connection
from stockgroups.record.apply import apply
from stockgroups.store import Store
from tables import dump


@pytest.fixture
def sound(connection: Connection, store: Store) -> Connection:
    make_sound(store)
    return connection


def ask(command: Command, *words: str) -> list[str]:
    """The lines of an answer."""
    answer = command("query", *words)
    assert (answer.status, answer.err) == (0, "")
    return answer.lines


def test_a_fund(command: Command, sound: Connection) -> None:
    title, origin, header, _, *rows = ask(command, "--etf", "spy")
    assert title == "SPY · SPDR S&P 500 ETF Trust"
    assert origin.startswith(f"3 holdings · as of {DAY} (")
    assert origin.endswith(" days old), from hand")
    assert header.split() == ["symbol", "weight"]
    assert [row.split() for row in rows] == [
        ["AAPL", "50.0000", "%"],
        ["BRK.B", "30.0000", "%"],
        ["XOM", "20.0000", "%"],
    ]
    value = command("query", "--etf", "SPY", "--json").json
    assert {key: value[key] for key in ("etf_symbol", "name", "holdings", "total_holdings")} == {
        "etf_symbol": "SPY",
        "name": "SPDR S&P 500 ETF Trust",
        "holdings": ["AAPL", "BRK.B", "XOM"],
        "total_holdings": 3,
    }
    assert value["weights"] == SPY
    assert value["liquidity_filter"] == {"market_cap_threshold": 5e9, "applied": False}
    assert (value["as_of"], value["is_proxy"], value["source"]) == (str(DAY), False, "hand")
    assert value["age_days"] >= 0
    assert value["metadata"]["data_source"] == "hand"


def test_a_fund_without_weights_is_marked_a_proxy(command: Command, store: Store) -> None:
    proxy = make_snapshot({"KO": None, "AAPL": None}, is_proxy=True)
    apply(store, [make_fund("QQQ", proxy)])
    lines = ask(command, "--etf", "QQQ")
    assert lines[1].endswith("from hand, a proxy")
    assert lines[2:] == ["AAPL KO"]
    assert command("query", "--etf", "QQQ", "--json").json["is_proxy"] is True


def test_a_stock(command: Command, sound: Connection) -> None:
    lines = ask(command, "--stock", "xom")
    assert lines[:5] == [
        "XOM · XOM CORP",
        "sector: energy",
        "themes: none",
        "universes: sp500",
        "in 2 ETFs: SPY XLE",
    ]
    assert [line.split()[:3] for line in lines[7:]] == [
        ["SPY", "20.0000", "%"],
        ["XLE", "60.0000", "%"],
    ]
    value = command("query", "--stock", "XOM", "--json").json
    assert (value["stock_symbol"], value["member_of_etfs"]) == ("XOM", ["SPY", "XLE"])
    assert [detail["weight"] for detail in value["etfs"]] == [0.2, 0.6]
    assert {"as_of", "age_days", "source", "is_proxy"} <= value["etfs"][0].keys()


def test_a_stock_that_only_the_cache_knows(command: Command, connection: Connection) -> None:
    connection.execute(
        "INSERT INTO cache_entries (type, name, key, value, environment)"
        " VALUES ('stock_metadata', 'Gone Inc', 'GONE', %s, 'TEST')",
        ('{"member_of_etfs": "[\\"XYZ\\", \\"ABC\\"]", "sector": "energy"}',),
    )
    assert ask(command, "--stock", "GONE")[-1].startswith("(from stock_metadata: ")
    assert command("query", "--stock", "GONE", "--json").json == {
        "stock_symbol": "GONE",
        "name": "Gone Inc",
        "member_of_etfs": ["ABC", "XYZ"],
        "sector": "energy",
        "industry": None,
    }


def test_a_theme_and_a_universe(command: Command, sound: Connection, catalog: Catalog) -> None:
    theme = catalog.themes["crypto_miners"]
    lines = ask(command, "--theme", "Crypto Miners")
    assert lines[:2] == ["crypto_miners · Crypto Miners", theme.description]
    assert lines[3] == f"criteria: {theme.selection_criteria}"
    assert lines[4] == "related: ai_machine_learning, cloud_computing"
    assert lines[5].split() == sorted(theme.symbols)
    value = command("query", "--theme", "crypto_miners", "--json").json
    assert (value["theme_key"], value["symbols"]) == ("crypto_miners", sorted(theme.symbols))
    assert value["metadata"]["related_themes"] == list(theme.related_themes)
    assert ask(command, "--universe", "dow30")[2].startswith("30 symbols · as of ")
    value = command("query", "--universe", "dow30", "--json").json
    assert (value["universe_key"], value["total_symbols"]) == ("dow30", 30)


def test_a_sector_and_an_industry(command: Command, sound: Connection, catalog: Catalog) -> None:
    energy = catalog.sectors["energy"]
    lines = ask(command, "--sector", "Energy")
    assert lines[:2] == ["energy · Energy", energy.description]
    assert lines[2].startswith("2 symbols · as of ")
    assert lines[3] == f"industries: {', '.join(energy.industries)}"
    assert lines[5:] == ["CVX XOM"]
    assert command("query", "--sector", "energy", "--json").json["symbols"] == ["CVX", "XOM"]
    assert ask(command, "--industry", "banks")[0] == "Banks · sector financials"
    value = command("query", "--industry", "Banks", "--json").json
    assert value == {"industry": "Banks", "sector": "financials", "symbols": [], "total_symbols": 0}


def test_statistics(command: Command, sound: Connection) -> None:
    lines = ask(command, "--stats")
    assert lines[0] == "Environment TEST"
    assert lines[3].split()[:3] == ["ETF", "2", "5"]
    rows = {line.split()[0]: line.split()[1:] for line in lines if line}
    assert rows["SECTOR"][:2] == ["11", "4"]
    assert rows["THEME"][0] == "20"
    assert rows["SPY"][:2] == ["3", str(DAY)]
    assert "stocks in ETFs: 4; in any group: " in "\n".join(lines)
    value = command("query", "--stats", "--json").json
    assert (value["environment"], value["etf_stocks"]) == ("TEST", 4)
    assert value["types"]["ETF"]["memberships"] == 5


STYLES = {
    "canonical": "BRK.B",
    "yahoo": "BRK-B",
    "slash": "BRK/B",
    "compact": "BRKB",
    "space": "BRK B",
}


def test_symbols_in_every_spelling_in_and_out(command: Command, store: Store) -> None:
    load_funds(store)
    for style, spelled in STYLES.items():
        value = command("query", "--etf", "SPY", "--symbols", style, "--json").json
        assert value["holdings"] == sorted(["AAPL", "XOM", spelled])
        for asked in (spelled, spelled.lower()):
            value = command("query", "--stock", asked, "--symbols", style, "--json").json
            assert value["stock_symbol"] == spelled
        assert ask(command, "--stock", "BRK.B", "--symbols", style)[0].startswith(f"{spelled} · ")


def test_a_symbol_without_a_vendors_spelling_is_named_once(command: Command, store: Store) -> None:
    apply(store, [make_fund("SPY", make_snapshot({"7203.XQQQ": 0.6, "BRK.B": 0.4}))])
    answer = command("query", "--etf", "SPY", "--symbols", "yahoo", "--json")
    assert "! 7203.XQQQ: Yahoo's suffix for XQQQ is unknown; it is shown as it is" in answer.err
    assert answer.err.count("XQQQ is unknown") == 1
    assert answer.json["holdings"] == ["7203.XQQQ", "BRK-B"]


UNKNOWN = {
    ("--etf", "XLQ"): ("no ETF 'XLQ' in environment TEST", "nearest: XLE"),
    ("--stock", "XOMM"): ("no stock 'XOMM' in environment TEST", "nearest: XOM"),
    ("--theme", "gold"): ("no theme 'gold' in environment TEST", "nearest: gold_miners"),
    ("--sector", "energie"): ("no sector 'energie' in environment TEST", "nearest: energy"),
    ("--industry", "bank"): ("no industry 'bank' in environment TEST", "Banks"),
    ("--universe", "dow"): ("no universe 'dow' in environment TEST", "nearest: dow30"),
    ("--stock", "!!"): ("'!!' is not a symbol",),
    # What it is, where it is something else; nothing that is not near.
    ("--etf", "XOM"): ("no ETF 'XOM'", "XOM is a stock: ask `stockgroups query --stock XOM`"),
    ("--etf", "gold miners"): ("no ETF", "ask `stockgroups query --theme gold_miners`"),
    ("--stock", "SPY"): ("no stock 'SPY'", "SPY is an ETF: ask `stockgroups query --etf SPY`"),
    ("--stock", "energy"): ("not a symbol", "energy is a sector: ask `stockgroups query --sector"),
    ("--theme", "energy"): ("no theme", "ask `stockgroups query --sector energy`"),
    ("--theme", "AI"): ("no theme 'ai'", "nearest: ai_machine_learning"),
    ("--sector", "tech"): ("no sector 'tech'", "nearest: information_technology"),
    ("--etf", "S&P 500"): ("no ETF", "nearest: SPY"),
    ("--etf", "ZZZZ"): ("no ETF 'ZZZZ'", "known: SPY, XLE"),
    ("--stock", "ZZZZ"): ("no stock 'ZZZZ'", "no loaded group holds it"),
    # A word that may be a company's name.
    ("--stock", "exxon"): ("no stock 'EXXON'", "`stockgroups search TEXT` finds names"),
    ("--stock", "Exxon Mobil"): ("is not a symbol", "`stockgroups search TEXT` finds names"),
    # A fund that the catalogue knows.
    ("--etf", "ARKK"): ("ARKK (ARK Innovation ETF) is not loaded", "load --etf ARKK"),
}


def test_what_is_not_there_is_one_line_with_the_nearest_names(
    command: Command, sound: Connection
) -> None:
    for asked, words in UNKNOWN.items():
        answer = command("query", *asked)
        check_refusal(answer, 1, *words)
        assert answer.out == ""
        told = command("query", *asked, "--json")
        assert (told.status, told.out) == (1, "")
        error = json.loads(told.err)["error"]
        assert f"stockgroups: {error['what']}; {error['remedy']}" == answer.err.rstrip()
        assert error["exit_status"] == 1


def test_data_in_another_environment_is_named(
    command: Command, sound: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENVIRONMENT", "UAT")
    for asked in (("--etf", "SPY"), ("--stock", "XOM"), ("--theme", "gold_miners")):
        check_refusal(command("query", *asked), 1, "environment UAT", "environment TEST", "ENVIRON")
    check_refusal(command("query", "--stats"), 1, "the data is in environment TEST")


def test_nothing_loaded_says_what_to_run(command: Command) -> None:
    check_refusal(command("query", "--etf", "SPY"), 1, "run `stockgroups load`")


def test_only_an_empty_environment_is_said_to_have_nothing_loaded(
    command: Command, store: Store
) -> None:
    load_funds(store)
    answer = command("query", "--theme", "gold_miners")
    check_refusal(answer, 1, "has 2 ETFs only", "run `stockgroups organize-universe`")
    answer = command("query", "--sector", "energy")
    check_refusal(answer, 1, "has 2 ETFs only", "run `stockgroups organize-sectors`")


def test_questions_write_nothing(command: Command, sound: Connection) -> None:
    before = dump(sound)
    for asked in (["--etf", "SPY"], ["--stock", "XOM"], ["--theme", "gold_miners"], ["--stats"]):
        ask(command, *asked)
    command("validate")
    assert dump(sound) == before


def read_facts(lines: list[str]) -> dict[str, str]:
    facts = (line.strip().split(": ", 1) for line in lines if ": " in line)
    return {fact[0]: fact[1] for fact in facts}


def test_validation_passes_what_is_sound(command: Command, sound: Connection) -> None:
    answer = command("validate")
    assert (answer.status, answer.err) == (0, "")
    titles = [line for line in answer.lines if line.startswith("[")]
    assert titles == [
        "[1/5] Validating ETF holdings...",
        "[2/5] Validating stock metadata...",
        "[3/5] Validating bidirectional relationships...",
        "[4/5] Validating sectors...",
        "[5/5] Validating themes...",
        "[+] Validating identity...",
        "[+] Validating saved expressions...",
    ]
    facts = read_facts(answer.lines)
    assert facts["Total ETFs"] == "2"
    assert facts["Empty holdings"] == "0 (✓ PASS)"
    assert facts["Forward errors"] == facts["Reverse errors"] == "0"
    assert facts["Integrity"] == "100.00% (✓ PASS)"
    assert answer.lines[-1] == "Overall Status: ✓ ALL PASSED"
    value = command("validate", "--json").json
    assert value["passed"] is True


def test_validation_fails_what_is_broken(command: Command, sound: Connection) -> None:
    sound.execute(
        "DELETE FROM group_memberships USING definition_groups g"
        " WHERE g.id = group_id AND g.name = 'XLE'"
    )
    answer = command("validate")
    assert answer.status == 1
    facts = read_facts(answer.lines)
    assert facts["Empty holdings"] == "1 (✗ FAIL)"
    assert "  Empty ETFs: ['XLE']" in answer.lines
    assert facts["Reverse errors"] != "0" or facts["Forward errors"] != "0"
    assert facts["Integrity"].endswith("(✗ FAIL)")
    assert answer.lines[-1].startswith("Overall Status: ✗ FAILED: ETF holdings, ")
    value: dict[str, Any] = command("validate", "--json").json
    assert value["passed"] is False


def test_ten_findings_are_shown_and_all_when_asked(
    command: Command, sound: Connection, catalog: Catalog
) -> None:
    sound.execute("DELETE FROM definition_groups WHERE type = 'THEME'")
    short, full = command("validate"), command("validate", "--verbose")
    assert "    … and 10 more; --verbose prints all" in short.lines
    for key in catalog.themes:
        assert f"✗ {key}: " in full.out
    assert "more; --verbose" not in full.out


def test_a_timeline_of_a_group_names_the_group(command: Command, sound: Connection) -> None:
    told = "crypto_miners is a theme: ask `stockgroups query --theme crypto_miners`"
    check_refusal(command("timeline", "crypto miners"), 1, "is not a symbol", told)


def test_a_name_is_asked_for_whatever_has_it(command: Command, sound: Connection) -> None:
    for name, flag in (
        ("spy", "--etf"),
        ("brk/b", "--stock"),
        ("crypto miners", "--theme"),
        ("energy", "--sector"),
    ):
        assert ask(command, name) == ask(command, flag, name)
        assert command("query", name, "--json").out == command("query", flag, name, "--json").out
    check_refusal(command("query", "crypto"), 1, "no group 'crypto'", "nearest: crypto_miners")
    check_refusal(command("query", "ZZZZ"), 1, "no stock 'ZZZZ'")
    check_refusal(command("query", "IWM"), 1, "`stockgroups load --etf IWM`")
    check_refusal(command("query", "SPY", "--stats"), 2, "cannot be combined")
    sound.execute(
        "INSERT INTO definition_groups (environment, type, name) VALUES ('TEST', 'THEME', 'energy')"
    )
    check_refusal(
        command("query", "energy"), 2, "several groups", "--sector energy, --theme energy"
    )


def test_what_there_is_can_be_listed_and_searched(command: Command, sound: Connection) -> None:
    funds = command("list", "etfs", "--json").json
    assert {fund["key"]: fund["members"] for fund in funds}["SPY"] == len(SPY)
    assert {"name", "as_of", "source", "is_proxy"} <= funds[0].keys()
    assert "dow30" in command("list", "universes").out
    assert any(line.startswith("crypto_miners ") for line in command("list", "themes").lines)
    assert len(command("list", "sectors", "--csv").lines) == 12
    industries = command("list", "industries", "--json").json
    assert {one["sector"] for one in industries if one["industry"] == "Banks"} == {"financials"}
    for one in industries:
        told = command("query", "--industry", one["industry"], "--json").json
        assert (told["sector"], told["total_symbols"]) == (one["sector"], one["stocks"])
    check_refusal(command("list", "theme"), 2, "nearest: themes")
    assert [one["key"] for one in command("search", "s&p", "500", "--json").json] == [
        "SPY",
        "sp500",
    ]
    found = command("search", "crypto miners", "--json").json
    assert {"type": "THEME", "key": "crypto_miners"}.items() <= found[0].items()
    assert command("search", "brk.b").lines[-1].split()[:2] == ["STOCK", "BRK.B"]
    assert command("search", "100%").status == 1
    sound.execute("DELETE FROM definition_groups WHERE type = 'UNIVERSE'")
    none = command("list", "universes", "--limit", "1")
    assert (none.status, none.lines) == (0, ["no rows"])
    assert "run `stockgroups organize-universe`" in none.err


def test_a_day_can_be_told_by_its_age(command: Command, sound: Connection) -> None:
    today = dt.datetime.now(dt.UTC).date()
    for age, days in (("30d", 30), ("2w", 14), ("1y", 365)):
        assert read_day("--as-of")(age) in {
            today - dt.timedelta(days=days - late) for late in (0, 1)
        }
    assert command("changes", "SPY", "--since", "30d").status == 0
    for wrong in ("d", "-3d", "3x", "9999999y"):
        check_refusal(command("changes", "SPY", f"--since={wrong}"), 2, "is not a date", "30d")


def test_a_shell_can_complete_commands(bare: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("shtab")
    script = bare("completion", "bash").out
    assert "organize-universe" in script
    assert "reconcile" in script
    monkeypatch.setitem(sys.modules, "shtab", None)
    check_refusal(bare("completion", "bash"), 2, "pip install 'stockgroups[completion]'")
