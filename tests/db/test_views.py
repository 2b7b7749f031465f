"""The views that other programs read: the record in rows, with dates that every driver takes."""

from __future__ import annotations

import datetime as dt

import psycopg

from samples import make_fund, make_printed, make_snapshot
from stockgroups.db.connection import Connection, Target
from stockgroups.model import Ref
from stockgroups.record.apply import apply
from stockgroups.store import Store
from tables import read_one

OLD, NEW = dt.date(2022, 3, 1), dt.date(2025, 3, 3)


def test_intervals_that_are_open_end_in_null(store: Store, target: Target) -> None:
    old = {Ref("AAPL", name="APPLE"): 0.6, Ref("XOM", name="EXXON"): 0.4}
    new = {Ref("AAPL", name="APPLE"): 1.0}
    fund = make_fund("FUND", make_printed(OLD, old), make_printed(NEW, new))
    apply(store, [fund])
    # A connection of another program: psycopg as it is refuses `infinity` as a date.
    with psycopg.connect(target.url) as other:
        rows = other.execute(
            "SELECT group_name, symbol, valid_from, valid_to FROM stockgroups.intervals"
            " WHERE environment = 'TEST' AND type = 'ETF' ORDER BY symbol"
        ).fetchall()
    assert rows == [("FUND", "AAPL", OLD, None), ("FUND", "XOM", OLD, NEW)]


def test_holdings_are_the_members_with_what_was_reported_of_them(
    connection: Connection, store: Store, target: Target
) -> None:
    printed = {
        Ref("META", ticker="META", name="META PLATFORMS", cusip="30303M102"): 0.7,
        Ref("XOM", ticker="XOM", name="EXXON"): 0.3,
    }
    proxy = make_snapshot({"AAPL": None}, is_proxy=True)
    apply(store, [make_fund("FUND", make_printed(NEW, printed))])
    apply(store, [make_fund("QQQ", proxy)])
    apply(Store(connection, "UAT"), [])
    with psycopg.connect(target.url) as other:
        rows = other.execute(
            "SELECT group_name, symbol, name, weight, shares, cusip, as_of, is_proxy"
            " FROM stockgroups.holdings WHERE environment = 'TEST' ORDER BY group_name, symbol"
        ).fetchall()
    assert rows == [
        ("FUND", "META", "META PLATFORMS", 0.7, None, "30303M102", NEW, False),
        ("FUND", "XOM", "EXXON", 0.3, None, None, NEW, False),
        ("QQQ", "AAPL", "AAPL CORP", None, None, None, proxy.as_of, True),
    ]
    # Two that say the same: the view, and the table that other programs know.
    assert (
        read_one(
            connection,
            "SELECT count(*) FROM stockgroups.holdings h"
            " FULL JOIN (SELECT g.name, m.symbol, m.weight FROM group_memberships m"
            "            JOIN definition_groups g ON g.id = m.group_id) t"
            " ON t.name = h.group_name AND t.symbol = h.symbol"
            " WHERE t.symbol IS NULL OR h.symbol IS NULL"
            "    OR t.weight::float8 IS DISTINCT FROM h.weight",
        )
        == 0
    )


def test_every_view_and_its_columns_are_described(connection: Connection) -> None:
    assert (
        read_one(
            connection,
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'stockgroups'::regnamespace"
            " AND relname IN ('holdings', 'intervals') AND relkind = 'v'"
            " AND obj_description(oid, 'pg_class') IS NOT NULL",
        )
        == 2
    )


def test_the_views_leave_the_public_tables_free(connection: Connection) -> None:
    connection.execute("BEGIN")
    connection.execute("DROP TABLE group_memberships, definition_groups")
    connection.execute("SELECT FROM stockgroups.holdings, stockgroups.intervals")
    connection.execute("ROLLBACK")
