"""Securities in the database: the same in any order of loading, and memberships that follow."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import random
from pathlib import Path
from typing import Any

import pytest

from identity.stories import make_cusip, make_sedol
from samples import later, make_fund
from stockgroups.db.connection import Connection
from stockgroups.jobs.directory import load_directories
from stockgroups.model import Alias, GroupKey, GroupType, Ref, Snapshot, Tenure
from stockgroups.record.apply import apply
from stockgroups.record.evidence import Inputs
from stockgroups.record.ref_securities import RefSecurities
from stockgroups.store import Store
from tables import read_members, read_one

BK = {"cusip": make_cusip("06405810"), "sedol": make_sedol("B1Z77F")}
GE = {"cusip": make_cusip("36960430"), "sedol": make_sedol("BL59CR")}
DAY = dt.date(2024, 1, 2)
FB = Alias("FB", dt.date(2022, 6, 9), "META", "the company")


def say(as_of: dt.date, weights: dict[Ref, float], **changes: Any) -> Snapshot:
    """A snapshot with the refs as they are given."""
    words = f"{as_of} {weights} {changes}"
    return Snapshot(
        as_of=as_of,
        source="plain",
        sha256=words.encode().hex()[-64:].rjust(64, "0"),
        reader="plain/1",
        refs=tuple(weights),
        weights=tuple(weights.values()),
        file_name=f"{as_of}.csv",
        **changes,
    )


def ref(symbol: str, **values: str) -> Ref:
    return Ref(symbol, ticker=symbol, **values)


def read_identity(connection: Connection) -> list[Any]:
    """All that the tables say of securities, without numbers."""
    spans = """
        SELECT array_agg((y.symbol, y.valid_from, y.valid_to)::text ORDER BY y.valid_from), s.symbol
        FROM stockgroups.security_symbols y JOIN stockgroups.securities s ON s.id = y.security_id
        GROUP BY s.id, s.symbol ORDER BY 1"""
    exceptions = """
        SELECT r.symbol, r.name, r.cusip, r.sedol, x.valid_from, x.valid_to, s.symbol
        FROM stockgroups.security_refs x
        JOIN stockgroups.refs r ON r.id = x.ref_id
        JOIN stockgroups.securities s ON s.id = x.security_id
        ORDER BY 1, 2, 3, 4, 5"""
    members = """
        SELECT g.environment, g.type, g.name, m.symbol, m.weight
        FROM group_memberships m JOIN definition_groups g ON g.id = m.group_id
        ORDER BY 1, 2, 3, 4"""
    return [connection.execute(s.encode()).fetchall() for s in (spans, exceptions, members)]


def test_a_first_load_is_planned_again_where_it_renames_the_stock_of_another_program(
    connection: Connection, store: Store
) -> None:
    connection.execute(
        b"""WITH made AS (
            INSERT INTO definition_groups (name, type, environment)
            VALUES ('THEIRS', 'CUSTOM', 'TEST') RETURNING id
        )
        INSERT INTO group_memberships (group_id, symbol) SELECT id, 'BK' FROM made"""
    )
    wanted = [
        make_fund("OLD", say(DAY, {ref("BK", **BK): 1.0})),
        make_fund("NEW", say(later(30), {ref("BNY", **BK): 1.0})),
        make_fund("OTHER", say(later(60), {ref("BK", **GE): 1.0})),
        make_fund("LATE", say(later(90), {ref("BK", name="LATE", **BK): 1.0})),
    ]
    plan = apply(store, wanted)
    assert "THEIRS" in {group.key.name for group in plan.groups}
    assert all(read_members(connection, group.key.name) == {"BNY": 1.0} for group in wanted)
    assert read_one(connection, "SELECT count(*) FROM stockgroups.refs") == len(wanted)
    found = read_identity(connection)
    assert not apply(store, wanted).changes_anything
    apply(store, [], aliases=[FB])  # all of it anew
    assert read_identity(connection) == found


def test_a_file_that_shows_a_rename_changes_the_groups_that_hold_the_old_symbol(
    connection: Connection, store: Store
) -> None:
    apply(store, [make_fund("OLD", say(DAY, {ref("BK", **BK): 0.4, ref("GE"): 0.6}))])
    number = read_one(connection, "SELECT id FROM stockgroups.securities WHERE symbol = 'BK'")
    new = [make_fund("NEW", say(later(90), {ref("BNY", **BK): 1.0}))]
    planned = apply(store, new, dry_run=True)
    plan = apply(store, new)
    for seen in (planned, plan):
        told = {group.key.name: (group.added, group.removed) for group in seen.groups}
        assert told == {"NEW": ({"BNY": 1.0}, []), "OLD": ({"BNY": 0.4}, ["BK"])}
    assert read_members(connection, "OLD") == {"BNY": 0.4, "GE": 0.6}
    assert not apply(store, new).changes_anything
    # The security goes on under its number, and the record says what was reported.
    assert number == read_one(
        connection, "SELECT id FROM stockgroups.securities WHERE symbol = %s", "BNY"
    )
    assert read_one(connection, "SELECT count(*) FROM stockgroups.refs WHERE symbol = 'BK'") == 1


def test_a_stock_that_a_file_holds_under_two_symbols_is_one_member(
    connection: Connection, store: Store
) -> None:
    snapshot = say(DAY, {ref("BRKB", **GE): 0.1, ref("BRK.B", **GE): 0.2, ref("X"): 0.7})
    apply(store, [make_fund("SPY", snapshot)])
    assert read_members(connection, "SPY") == {"BRK.B": 0.3, "X": 0.7}
    total = "SELECT metadata ->> 'total_holdings' FROM definition_groups"
    assert read_one(connection, total) == "2"
    assert not apply(store, [make_fund("SPY", snapshot)]).changes_anything
    assert not apply(store, [make_fund("SPY")]).changes_anything


def test_a_rename_in_one_environment_renames_nothing_in_another(
    connection: Connection, store: Store
) -> None:
    old = make_fund("OLD", say(DAY, {ref("BK", **BK): 1.0}))
    elsewhere = GroupKey("PROD", GroupType.ETF, "OLD")
    apply(Store(connection, "PROD"), [dataclasses.replace(old, key=elsewhere)])
    apply(store, [old])
    apply(store, [make_fund("NEW", say(later(90), {ref("BNY", **BK): 1.0}))])
    symbols = """
        SELECT g.environment, m.symbol FROM group_memberships m
        JOIN definition_groups g ON g.id = m.group_id WHERE g.name = 'OLD' ORDER BY 1"""
    assert connection.execute(symbols.encode()).fetchall() == [("PROD", "BK"), ("TEST", "BNY")]


def test_aliases_of_the_catalogue_come_and_go_with_what_they_say(
    connection: Connection, store: Store
) -> None:
    old = make_fund("OLD", say(dt.date(2022, 1, 3), {ref("FB"): 1.0}))
    apply(store, [old])
    assert read_members(connection, "OLD") == {"FB": 1.0}
    number = "SELECT min(id) FROM stockgroups.securities"
    first = read_one(connection, number)
    plan = apply(store, [], aliases=[FB])
    assert plan.changes_anything
    assert read_members(connection, "OLD") == {"META": 1.0}
    assert not apply(store, [], aliases=[FB]).changes_anything
    assert not apply(store, []).changes_anything
    apply(store, [], aliases=[])
    assert read_members(connection, "OLD") == {"FB": 1.0}
    assert read_one(connection, number) == first


def test_tenures_of_the_catalogue_come_and_go_with_what_they_say(
    connection: Connection, store: Store
) -> None:
    days = DAY, later(100), later(900)
    apply(store, [make_fund("OLD", say(days[0], {ref("QQ"): 0.5, ref("GE", **GE): 0.5}))])
    apply(store, [make_fund("OLD", say(days[1], {ref("GE", **GE): 1.0}))])
    apply(store, [make_fund("NEW", say(days[2], {ref("QQ", name="Qq Inc"): 1.0}))])
    count = "SELECT count(*) FROM stockgroups.securities"
    assert read_one(connection, count) == 3
    tenure = Tenure("QQ", days[0], later(1000), "Qq Inc")
    told = dataclasses.replace(store.catalog, tenures={"QQ": (tenure,)})
    knowing = Store(connection, store.environment, catalog=told)
    assert apply(knowing, []).changes_anything
    assert read_one(connection, count) == 2
    assert not apply(knowing, []).changes_anything
    apply(store, [])
    assert read_one(connection, count) == 3


def test_a_list_of_tickers_means_the_stocks_of_its_day(
    connection: Connection, store: Store
) -> None:
    apply(
        store,
        [
            make_fund("THEN", say(dt.date(2020, 1, 3), {ref("FB"): 1.0})),
            make_fund("NOW", say(dt.date(2026, 1, 2), {ref("FB"): 1.0})),
        ],
        aliases=[FB],
    )
    assert read_members(connection, "THEN") == {"META": 1.0}
    assert read_members(connection, "NOW") == {"FB": 1.0}


def test_a_late_file_is_ended_by_the_reports_after_it(connection: Connection, store: Store) -> None:
    """The fund is known to have held the ticker never since: two stocks, in whatever order."""
    stay = ref("AAA")
    known = [say(dt.date(year, 1, 3), {stay: 1.0}) for year in (2018, 2020, 2022)]
    apply(store, [make_fund("OLD", *known)])
    apply(store, [make_fund("NEW", say(dt.date(2023, 6, 1), {stay: 0.5, ref("TTT"): 0.5}))])
    apply(store, [make_fund("OLD", say(dt.date(2019, 6, 3), {stay: 0.5, ref("TTT"): 0.5}))])
    labels = "SELECT array_agg(symbol ORDER BY symbol) FROM stockgroups.securities"
    assert read_one(connection, labels) == ["AAA", "TTT", "TTT-201906"]


def test_a_file_that_is_corrected_takes_its_evidence_along(
    connection: Connection, store: Store
) -> None:
    apply(store, [make_fund("OLD", say(DAY, {ref("BK", **BK): 1.0}))])
    wrong = {ref("BNY", **BK): 1.0}
    apply(store, [make_fund("NEW", say(later(90), wrong))])
    assert read_members(connection, "OLD") == {"BNY": 1.0}
    apply(store, [make_fund("NEW", say(later(90), {ref("BNY", **GE): 1.0}))])
    assert read_members(connection, "OLD") == {"BK": 1.0}


FILES = [
    ("A", say(DAY, {ref("BK", **BK): 0.5, ref("GE", **GE): 0.5})),
    ("A", say(later(200), {ref("BNY", sedol=BK["sedol"]): 0.5, ref("GE"): 0.5})),
    ("B", say(later(40), {ref("BK"): 0.7, ref("FB", name="Facebook"): 0.3})),
    ("B", say(later(210), {ref("BK"): 0.7, ref("FB", name="ProShares Buffer"): 0.3})),
    ("C", say(later(190), {ref("BNY", cusip=BK["cusip"]): 1.0})),
    ("C", say(later(10), {ref("GEC", **GE): 0.4, ref("META", name="Meta Platforms"): 0.6})),
    ("C", say(later(300), {ref("GE", **GE): 0.4, ref("META", name="Meta Platforms"): 0.6})),
]
ALIASES = [Alias("FB", later(100), "META", "the company")]


@pytest.mark.parametrize("seed", range(6))
def test_the_order_of_loading_makes_no_difference(
    connection: Connection, store: Store, seed: int
) -> None:
    """One by one in a random order, all at once, and computed anew: the same tables."""
    order = random.Random(seed).sample(FILES, len(FILES))
    for name, snapshot in order:
        apply(store, [make_fund(name, snapshot)], aliases=ALIASES)
    one_by_one = read_identity(connection)
    connection.execute("UPDATE stockgroups.env_state SET identity = NULL")
    assert not apply(store, []).changes_anything
    assert read_identity(connection) == one_by_one
    groups = [
        make_fund(fund, *(s for name, s in FILES if name == fund)) for fund in ("A", "B", "C")
    ]
    tables = "snapshots", "ref_runs", "refs", "securities", "security_symbols", "security_refs"
    for table in tables:
        connection.execute(f"TRUNCATE stockgroups.{table}".encode())
    connection.execute("TRUNCATE definition_groups CASCADE")
    apply(store, groups, aliases=ALIASES)
    assert read_identity(connection) == one_by_one


def test_a_load_reads_what_is_stored_of_its_own_stocks_alone(store: Store) -> None:
    """However many others were renamed, and however many refs are not their symbol's stock."""
    before = [say(day, {ref("FB"): 0.5, ref("GE"): 0.5}) for day in (dt.date(2022, 1, 3), DAY)]
    apply(store, [make_fund("ONE", *before)], aliases=[FB])

    def read(fund: str, symbol: str) -> RefSecurities:
        wanted = [make_fund(fund, say(later(9), {ref(symbol): 1.0}))]
        return apply(store, wanted, aliases=[FB], dry_run=True).identity.ref_securities

    assert not read("TWO", "ABCD").symbols
    assert not read("TWO", "GE").symbols
    assert read("TWO", "FB").symbols


def test_the_lists_of_registrants_are_read_for_the_stocks_of_a_load_alone(
    connection: Connection, store: Store, tmp_path: Path
) -> None:
    lists = {"2025-01-02": ("AAAA", "BBBB"), "2025-01-03": ("AAAA", "BBBX"), "2025-01-06": "AB"}
    for day, symbols in lists.items():
        rows = [[number, f"Company {number}", one, "NYSE"] for number, one in enumerate(symbols, 1)]
        path = tmp_path / f"company_tickers_exchange_{day}.json"
        path.write_text(json.dumps({"fields": ["cik", "name", "ticker", "exchange"], "data": rows}))
        assert not load_directories(connection, [path]).refused
    found = [
        sorted(one[:2] for one in Inputs(store, None).successions(symbols))
        for symbols in ({"A"}, {"BBBB"}, {"AAAA", "B"}, {"GE"})
    ]
    renamed = [("BBBB", "BBBX"), ("BBBX", "B")]
    assert found == [[("AAAA", "A")], renamed, [("AAAA", "A"), *renamed], []]
