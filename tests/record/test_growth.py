"""What a load or a build asks the record takes no more with each report, nor with each fund."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from blocks import count_blocks, read_plan, record_parameters
from samples import DAY, later, make_fund, make_printed, make_snapshot
from stockgroups.db.arrays import pack_ints
from stockgroups.db.behind import Behind
from stockgroups.db.connection import Connection
from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import joining_by_hash, searching_by_index
from stockgroups.jobs.metadata import build_metadata
from stockgroups.jobs.organize import organize_sectors
from stockgroups.model import Ref
from stockgroups.record.apply import apply
from stockgroups.record.effective import CONCLUDED
from stockgroups.sectors import read_evidence
from stockgroups.store import Store
from tables import read_one

REPORTS = (4, 80)
FUNDS = 40


def test_the_last_report_is_found_without_reading_all(connection: Connection, store: Store) -> None:
    found = []
    for first, last in ((0, REPORTS[0]), REPORTS):
        reports = [
            make_snapshot({"AAPL": 0.5, "MSFT": 0.4 + n / 1000}, later(n), sectors=("Tech", "Tech"))
            for n in range(first, last)
        ]
        apply(store, [make_fund("SPY", *reports)])
        connection.execute("VACUUM ANALYZE stockgroups.snapshots")
        asked = {
            "group_ids": pack_ints([read_one(connection, "SELECT id FROM definition_groups")]),
            "ends": [later(last)], "are_lists": [False], "are_labelled": [True],
        }  # fmt: skip
        statement = load_statements("evidence")["find_last_reports"]
        row = connection.execute(statement, asked).fetchone()
        assert row is not None
        assert row[2] == later(last - 1)
        found.append(count_blocks(connection, statement, asked))
    few, many = found
    assert many <= few + 10


def test_runs_are_not_compared_with_every_fund(connection: Connection, store: Store) -> None:
    symbols = [f"{a}{b}Q" for a in "ABCDEFGHIJ" for b in "ABCDEFGHIJ"]
    members = dict.fromkeys(symbols, 0.01)
    apply(store, [make_fund(f"F{n}", make_snapshot(members, DAY)) for n in range(FUNDS)])
    connection.execute("ANALYZE stockgroups.ref_runs, stockgroups.group_registry, stockgroups.refs")
    for count in (1, len(symbols)):
        asked = {
            "environment": "TEST", "concluded": list(CONCLUDED),
            "ref_ids": pack_ints(range(1, count + 1)),
        }  # fmt: skip
        statement = load_statements("history")["find_runs"]
        with connection.transaction(), searching_by_index(connection):
            assert len(connection.execute(statement, asked).fetchall()) == FUNDS
            assert _count_compared(read_plan(connection, statement, asked)) == 0


def test_the_group_of_many_runs_is_looked_up_once(connection: Connection, store: Store) -> None:
    statement = load_statements("history")["find_runs"]
    found = []
    for first, last in ((0, 8), (8, 160)):
        for n in range(first, last):  # AAPL leaves and returns with each report
            members = {"MSFT": 0.4 + n / 1000} | ({"AAPL": 0.5} if n % 2 else {"KO": 0.5})
            apply(store, [make_fund("SPY", make_snapshot(members, later(n)))])
        connection.execute("VACUUM ANALYZE stockgroups.ref_runs, stockgroups.group_registry")
        ref_id = read_one(connection, "SELECT id FROM stockgroups.refs WHERE symbol = 'AAPL'")
        asked = {
            "environment": "TEST", "concluded": list(CONCLUDED), "ref_ids": pack_ints([ref_id]),
        }  # fmt: skip
        with connection.transaction(), searching_by_index(connection):
            assert len(connection.execute(statement, asked).fetchall()) == last // 2
            found.append(count_blocks(connection, statement, asked))
    few, many = found
    assert many <= few + 20


def _count_compared(plan: dict[str, Any]) -> int:
    """Return how many pairs of rows joins compared in vain."""
    here = plan.get("Rows Removed by Join Filter", 0) * plan["Actual Loops"]
    return int(here) + sum(map(_count_compared, plan.get("Plans", ())))


def test_the_last_day_on_which_a_stock_came_is_one_look_up(
    connection: Connection, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    statement = load_statements("identity")["find_breaks"]
    asked = record_parameters(monkeypatch, statement)
    apply(store, [make_fund("SPY", make_snapshot({"AAPL": 0.5, "MSFT": 0.4}))])
    found = []
    for first, last in ((0, 4), (4, 400)):
        funds = [make_fund(f"F{n}", make_snapshot({"AAPL": 0.5})) for n in range(first, last)]
        apply(store, funds)
        connection.execute(
            "VACUUM ANALYZE stockgroups.membership_history, stockgroups.security_symbols,"
            " stockgroups.group_registry"
        )
        apply(store, [make_fund("SPY", make_snapshot({"MSFT": 0.5}, later(last)))], dry_run=True)
        assert asked[-1]["kinds"] == ["goes"] or "goes" in asked[-1]["ref_kinds"]
        found.append(count_blocks(connection, statement, asked[-1]))
    few, many = found
    assert many <= few + 10


def test_a_stock_that_comes_is_looked_for_in_one_fund_of_many(
    connection: Connection, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    statement = load_statements("identity")["find_breaks"]
    asked = record_parameters(monkeypatch, statement)
    apply(store, [make_fund(f"F{n}", make_snapshot({"AAPL": 0.5})) for n in range(400)])
    apply(store, [make_fund("SPY", make_snapshot({"MSFT": 0.5}))])
    connection.execute(
        "VACUUM ANALYZE stockgroups.membership_history, stockgroups.security_symbols"
    )
    apply(store, [make_fund("SPY", make_snapshot({"AAPL": 0.5}, later(1)))], dry_run=True)
    assert (asked[-1]["symbols"], asked[-1]["kinds"]) == (["AAPL"], ["comes"])
    plan = read_plan(connection, statement, asked[-1])
    assert count_read(plan, "membership_history") <= 2


def test_a_stock_with_a_ticker_that_returns_by_its_isin_is_not_settled_again(
    connection: Connection, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    statement = load_statements("identity")["find_breaks"]
    asked = record_parameters(monkeypatch, statement)
    apple = Ref("US0378331005", isin="US0378331005", name="Apple")
    listed = Ref("AAPL", ticker="AAPL", isin="US0378331005", name="Apple")
    by_isin = [make_printed(later(n), {apple: 1.0}) for n in (0, 2)]
    apply(store, [make_fund("SPY", make_printed(DAY, {listed: 1.0}))])
    for snapshot in (by_isin[0], make_snapshot({"MSFT": 1}, later(1)), by_isin[1]):
        apply(store, [make_fund("VOO", snapshot)])
    assert (asked[-1]["symbols"], asked[-1]["kinds"]) == (["US0378331005"], ["comes"])
    assert connection.execute(statement, asked[-1]).fetchall() == []
    before = {**asked[-1], "days": [later(-9)]}  # no fund held it then
    assert connection.execute(statement, before).fetchall() == [("US0378331005",)]


def test_weights_are_changed_without_reading_all_memberships(
    connection: Connection, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    statement = load_statements("store")["reweight_members"]
    asked: list[Mapping[str, Any]] = []
    execute = Behind.execute

    def record(self: Behind, query: bytes, values: Mapping[str, Any]) -> None:
        if query == statement:
            asked.append(values)
        execute(self, query, values)

    monkeypatch.setattr(Behind, "execute", record)
    symbols = [f"S{n}" for n in range(200)]

    def weigh(changed: int) -> dict[str, float]:
        return {s: 0.005 if n < changed else 0.004 for n, s in enumerate(symbols)}

    apply(store, [make_fund(f"F{n}", make_snapshot(weigh(0))) for n in range(FUNDS)])
    connection.execute("VACUUM ANALYZE public.group_memberships")
    changed = {"F1": len(symbols), "F2": len(symbols), "F3": 1}
    apply(store, [make_fund(f, make_snapshot(weigh(n), later(1))) for f, n in changed.items()])
    read = [
        count_read(read_plan(connection, statement, values), "group_memberships")
        for values in asked
    ]
    assert read == [2 * len(symbols), 1]


def count_read(plan: dict[str, Any], table: str) -> int:
    """Return how many rows of a table a plan read."""
    here = 0
    if plan.get("Relation Name") == table and plan["Node Type"] != "ModifyTable":
        rows = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
        here = round(plan["Actual Loops"] * rows)
    return here + sum(count_read(part, table) for part in plan.get("Plans", ()))


def test_a_load_of_one_fund_asks_for_no_other(connection: Connection, store: Store) -> None:
    statement = load_statements("store")["list_recorded"]
    asked = {"environment": "TEST", "no_files": [], "names": ["F1"]}
    found = []
    for first, last in ((0, 4), (4, FUNDS)):
        apply(store, [make_fund(f"F{n}", make_snapshot({"AAPL": 0.5})) for n in range(first, last)])
        connection.execute("VACUUM ANALYZE stockgroups.snapshots, stockgroups.group_registry")
        rows = connection.execute(statement, asked).fetchall()
        assert rows == [("F1", True, True, False, True)]
        found.append(count_blocks(connection, statement, asked))
    few, many = found
    assert many <= few + 5


def test_the_votes_on_a_stock_are_those_of_the_groups_that_held_it(
    connection: Connection, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    statement = load_statements("evidence")["find_reports"]
    asked = record_parameters(monkeypatch, statement)
    apply(store, [make_fund("OLD", make_snapshot({"KO": 0.5}, sectors=("Staples",)))])
    apply(store, [make_fund("OLD", make_snapshot({"V": 0.5}, later(1), sectors=("Financials",)))])
    found = []
    for first, last in ((0, 4), (4, FUNDS)):
        funds = [
            make_fund(f"F{n}", make_snapshot({"AAPL": 0.5}, sectors=("Tech",)))
            for n in range(first, last)
        ]
        apply(store, funds)
        connection.execute("VACUUM ANALYZE stockgroups.snapshots, stockgroups.group_registry")
        ((_, votes),) = read_evidence(store, symbols=["KO"]).alike
        assert [vote.label for vote in votes] == ["Staples"]
        found.append(count_blocks(connection, statement, asked[-1]))
    few, many = found
    assert many <= few + 40


def test_the_newest_snapshots_are_found_without_reading_all(
    connection: Connection, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements = load_statements("metadata")
    asked = record_parameters(monkeypatch, statements["list_newest"])
    found = []
    for first, last in ((0, 4), (4, 400)):
        reports = [make_snapshot({"AAPL": 0.5 + n / 2000}, later(n)) for n in range(first, last)]
        apply(store, [make_fund("SPY", *reports)])
        connection.execute("VACUUM ANALYZE stockgroups.snapshots")
        build_metadata(store)
        found.append(count_blocks(connection, statements["list_newest"], asked[-1]))
    few, many = found
    assert many <= few + 30


def test_the_newest_classification_is_found_without_reading_all(
    connection: Connection, store: Store
) -> None:
    organize_sectors(store)
    apply(store, [make_fund("IWV", make_snapshot({"XOM": 0.5}, sectors=("Energy",)))])
    build_metadata(store)
    statement = load_statements("evidence")["read_kept_sectors"]
    found = []
    for first, last in ((1, 4), (5, 400)):
        connection.execute(
            """
            INSERT INTO stockgroups.snapshots (
                group_id, as_of, recorded_at, source, file_name, sha256, reader, is_proxy, receipt,
                digest, member_count, ref_ids, load_id
            )
            SELECT group_id, as_of - n, recorded_at, source, file_name, sha256, reader, is_proxy,
                   receipt, digest, member_count, ref_ids, load_id
            FROM stockgroups.snapshots s
            CROSS JOIN generate_series(%(first)s::int, %(last)s::int) AS n
            WHERE source = 'classification' AND id = (
                SELECT r.snapshot_id FROM stockgroups.group_registry r WHERE r.id = s.group_id
            )
            """,
            {"first": first, "last": last},
        )
        connection.execute("VACUUM ANALYZE stockgroups.snapshots")
        with connection.transaction(), joining_by_hash(connection):
            found.append(count_blocks(connection, statement, {"environment": "TEST"}))
    few, many = found
    assert many <= few + 40


def test_a_filing_is_compared_with_those_of_its_date(connection: Connection, store: Store) -> None:
    statement = load_statements("store")["find_filings"]
    found = []
    for first, last in ((0, REPORTS[0]), REPORTS):
        filings = [
            make_snapshot(
                {"AAPL": 0.5 + n / 1000}, later(n), source="nport", published_on=later(n + 60)
            )
            for n in range(first, last)
        ]
        apply(store, [make_fund("SPY", *filings)])
        connection.execute("VACUUM ANALYZE stockgroups.snapshots")
        day = later(last - 2)
        asked = {
            "environment": "TEST",
            "names": ["SPY"],
            "dates": [day],
            "filed": [later(last + 60)],
        }
        rows = connection.execute(statement, asked).fetchall()
        assert [row[:4] for row in rows] == [("SPY", day, later(last + 60), later(last + 58))]
        found.append(count_blocks(connection, statement, asked))
    few, many = found
    assert many <= few + 40


def test_what_a_load_recorded_is_found_without_reading_all(
    connection: Connection, store: Store
) -> None:
    apply(store, [make_fund("SPY", make_snapshot({"AAPL": 0.5}))])
    statement = load_statements("loads")["find_recorded_by"]
    found = []
    for first, last in ((1, 300), (301, 6_000)):
        connection.execute(
            """
            INSERT INTO stockgroups.snapshots (
                group_id, as_of, recorded_at, source, file_name, sha256, reader, is_proxy, receipt,
                digest, member_count, ref_ids, weights, load_id
            )
            SELECT group_id, as_of + n, recorded_at, source, file_name, sha256, reader, is_proxy,
                   receipt, digest, member_count, ref_ids, weights, 1000 + n
            FROM stockgroups.snapshots
            CROSS JOIN generate_series(%(first)s::int, %(last)s::int) AS n
            WHERE load_id < 1000
            """,
            {"first": first, "last": last},
        )
        connection.execute("VACUUM ANALYZE stockgroups.snapshots, stockgroups.group_registry")
        asked = {"environment": "TEST", "load_id": 1000 + last // 2}
        assert len(connection.execute(statement, asked).fetchall()) == 1
        found.append(count_blocks(connection, statement, asked))
    few, many = found
    assert many <= few + 40
