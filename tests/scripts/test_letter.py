"""What was asked for, key by key and line by line, on tables that an earlier SQL file made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands import Command
from holdings_files import write_list
from older_tables import ENTRIES, GROUPS, put_entry, run
from stockgroups.db.connection import Target, connect
from stockgroups.model import GroupType
from stockgroups.queries.lookups import get_group, get_stock
from stockgroups.store import Store
from tables import read_one

LOOKED_FOR = {
    "load --etf AAAA": ("✓ Inserted AAAA: 2 holdings",),
    "load --etf BBBB": ("✓ Inserted BBBB: 1 holdings",),
    "build-metadata": (
        "Collected 2 unique stocks from ETFs",
        "Built membership map for 2 stocks",
    ),
    "organize-sectors": (
        "Creating 11 sector entries...",
        "✓ Created sector: energy",
        "Created 11 sector entries",
    ),
    "organize-universe": (
        "Creating 20 theme entries...",
        "✓ Created theme: crypto_miners (9 symbols)",
        "Created 20 theme entries",
    ),
}


@pytest.fixture
def command(empty_target: Target, bare: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    """A function that runs commands on older tables, with two files of funds beside them."""
    run(empty_target.url, GROUPS, ENTRIES)
    monkeypatch.setenv("DATABASE_URL", empty_target.url)
    monkeypatch.setenv("ENVIRONMENT", "TEST")
    assert bare("db", "upgrade").status == 0
    return bare


@pytest.fixture
def opened(
    empty_target: Target, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Store]:
    """The same after the scripts, in the order that was asked for."""
    write_list(tmp_path / "files" / "AAAA_2026-07-01.csv", {"IBM": 0.5, "GE": 0.5})
    write_list(tmp_path / "files" / "BBBB_2026-07-01.csv", {"GE": 1.0})
    monkeypatch.setenv("HOLDINGS_DIR", str(tmp_path / "files"))
    for name, lines in LOOKED_FOR.items():
        done = command(*name.split())
        assert done.status == 0, done.err
        told = [line.strip() for line in done.lines]
        for line in lines:
            assert any(one.startswith(line) for one in told), (name, line, told)
    with connect(empty_target) as connection:
        yield Store(connection, "TEST")


def test_the_answers_have_the_keys_that_were_asked_for(command: Command, opened: Store) -> None:
    fund = command("query", "--etf", "aaaa", "--json").json
    assert fund.keys() >= {"etf_symbol", "name", "holdings", "total_holdings", "metadata"}
    assert (fund["etf_symbol"], fund["name"], fund["holdings"]) == ("AAAA", "AAAA", ["GE", "IBM"])
    assert fund["total_holdings"] == 2
    assert fund["liquidity_filter"] == {}
    assert fund["metadata"].keys() >= {"total_holdings", "data_source", "last_updated"}
    stock = command("query", "--stock", "ge", "--json").json
    assert (stock["stock_symbol"], stock["member_of_etfs"]) == ("GE", ["AAAA", "BBBB"])
    assert stock["etf_details"] == [["AAAA", "AAAA"], ["BBBB", "BBBB"]]
    assert [etf["weight"] for etf in stock["etfs"]] == [0.5, 1.0]
    theme = command("query", "--theme", "CRYPTO_MINERS", "--json").json
    assert theme.keys() >= {"theme_key", "name", "description", "symbols", "metadata"}
    assert (theme["theme_key"], theme["name"]) == ("crypto_miners", "crypto_miners")
    assert theme["display_name"] != theme["name"]
    assert theme["metadata"].keys() >= {"selection_criteria", "related_themes"}
    entry = "SELECT value FROM public.cache_entries WHERE type = 'stock_metadata' AND key = 'GE'"
    assert read_one(opened.connection, entry)["member_of_etfs"] == ["AAAA", "BBBB"]
    sector = (
        "SELECT metadata FROM public.definition_groups WHERE type = 'SECTOR' AND name = 'energy'"
    )
    assert read_one(opened.connection, sector).keys() >= {"industries", "representative_stocks"}


def test_a_stock_in_no_etf_is_answered_from_its_entry(command: Command, opened: Store) -> None:
    value = {"member_of_etfs": json.dumps(["QQQ", "ARKK"]), "sector": "energy", "industry": "Oil"}
    put_entry(opened.connection, "stock_metadata", "ZZZZ", value, name="Zed")
    stock = command("query", "--stock", "zzzz", "--json").json
    assert stock == {
        "stock_symbol": "ZZZZ",
        "name": "Zed",
        "member_of_etfs": ["ARKK", "QQQ"],
        "sector": "energy",
        "industry": "Oil",
    }
    put_entry(opened.connection, "stock_metadata", "RIOT", {"member_of_etfs": ["QQQ"]}, name="Riot")
    riot = command("query", "--stock", "RIOT", "--json").json
    assert (riot["member_of_etfs"], riot["themes"]) == (["QQQ"], ["crypto_miners"])


def test_unknown_names_are_none_to_programs(opened: Store) -> None:
    assert get_group(opened, GroupType.ETF, "NOPE") is None
    assert get_group(opened, GroupType.THEME, "nope") is None
    assert get_group(opened, GroupType.UNIVERSE, "nope") is None
    assert get_group(opened, GroupType.SECTOR, "nope") is None
    assert get_stock(opened, "NOPE") is None
    assert get_stock(opened, "no symbol!") is None
    fund = get_group(opened, GroupType.ETF, "aaaa")
    assert fund is not None
    assert fund.symbols == ["GE", "IBM"]


def test_validation_prints_the_headings_and_names_empty_etfs(
    command: Command, opened: Store
) -> None:
    opened.connection.execute(
        "INSERT INTO public.definition_groups (name, type, environment)"
        " VALUES ('EMPT', 'ETF', 'TEST')"
    )
    lines = [line.strip() for line in command("validate").lines]
    headings = [line for line in lines if line.startswith("[") and "/5]" in line]
    assert headings == [
        "[1/5] Validating ETF holdings...",
        "[2/5] Validating stock metadata...",
        "[3/5] Validating bidirectional relationships...",
        "[4/5] Validating sectors...",
        "[5/5] Validating themes...",
    ]
    assert "Total ETFs: 3" in lines
    assert "Empty holdings: 1 (✗ FAIL)" in lines
    assert "Empty ETFs: ['EMPT']" in lines
    assert any(line.startswith("Total relationships: ") for line in lines)
    assert "Forward errors: 0" in lines
    assert "Reverse errors: 0" in lines


def test_a_dry_run_writes_nothing_and_says_what_it_would_do(
    command: Command, empty_target: Target
) -> None:
    sectors = command("organize-sectors", "--dry-run")
    assert "[DRY-RUN] Would create sector: energy" in sectors.lines
    themes = command("organize-universe", "--dry-run")
    assert "[DRY-RUN] Would create theme: crypto_miners (9 symbols)" in themes.out
    with connect(empty_target) as connection:
        assert read_one(connection, "SELECT count(*) FROM public.definition_groups") == 0
