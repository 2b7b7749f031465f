"""The server's plans for statements that unfold whole snapshots or look for refs."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from samples import make_fund, make_snapshot
from stockgroups.db.connection import Connection
from stockgroups.db.sql import load_statements, spread
from stockgroups.db.transactions import joining_by_hash, reading
from stockgroups.record.apply import apply
from stockgroups.store import Store


def test_a_large_group_is_compared_without_a_loop_in_a_loop(
    connection: Connection, store: Store
) -> None:
    """One group is planned for ten members: a loop over all securities for each looks cheap."""
    members = {
        f"A{chr(65 + n % 26)}{chr(65 + n // 26 % 26)}{chr(65 + n // 676)}": 0.001
        for n in range(3000)
    }
    apply(store, [make_fund("BIG", make_snapshot(members))])
    explained = b"EXPLAIN " + load_statements("checks")["record_differences"]
    asked = {"environment": "TEST", "group_ids": list_groups(connection)}
    with connection.transaction(), joining_by_hash(connection):
        rows = connection.execute(explained, asked).fetchall()
    plan = "\n".join(row[0] for row in rows)
    assert "Nested Loop Left Join" not in plan


def test_all_refs_are_read_once_for_many_snapshots(connection: Connection, store: Store) -> None:
    symbols = ["".join(letters) for letters in itertools.product("ABCDEFGHIJKL", repeat=3)]
    funds = [
        make_fund(f"F{n}", make_snapshot(dict.fromkeys(symbols[n::10], 0.005))) for n in range(10)
    ]
    apply(store, funds)
    explained = b"EXPLAIN (FORMAT JSON) " + load_statements("checks")["record_differences"]
    asked = {"environment": "TEST", "group_ids": list_groups(connection)}
    with connection.transaction(), joining_by_hash(connection):
        row = connection.execute(explained, asked).fetchone()
    assert row is not None
    assert _find_scans(row[0][0]["Plan"], "refs") == [False]


def test_one_group_after_the_other_is_compared(connection: Connection, store: Store) -> None:
    """All memberships at once would be sorted or hashed, with ten million on disk."""
    apply(store, [make_fund(f"F{n}", make_snapshot({"AAA": 0.5, "BBB": 0.5})) for n in range(200)])
    connection.execute("ANALYZE public.group_memberships, stockgroups.snapshots")
    explained = b"EXPLAIN (FORMAT JSON) " + load_statements("checks")["hash_memberships"]
    row = connection.execute(explained, {"environment": "TEST"}).fetchone()
    assert row is not None
    assert _find_scans(row[0][0]["Plan"], "group_memberships") == [True]


def list_groups(connection: Connection) -> list[int]:
    return [row[0] for row in connection.execute("SELECT id FROM public.definition_groups")]


def test_a_load_asks_for_the_members_of_its_own_groups_alone(connection: Connection) -> None:
    """As a join they were sought among all memberships, in each batch of a large load anew."""
    asked = {"environment": "TEST", "groups": Jsonb([{"type": "ETF", "name": "SPY"}])}
    explained = b"EXPLAIN " + load_statements("drift")["find_drifted"]
    with connection.transaction():
        connection.execute("SET LOCAL enable_seqscan = off")
        connection.execute("SET LOCAL enable_nestloop = off")
        plan = "\n".join(row[0] for row in connection.execute(explained, asked))
    scans = re.findall(r"Scan .*on group_memberships.*\n +(\S+ Cond: .*)?", plan)
    assert scans
    assert all("group_id = " in scan for scan in scans), plan


def _find_scans(plan: dict[str, Any], table: str, *, is_repeated: bool = False) -> list[bool]:
    """Return for each scan of a table whether a loop repeats it. A hash is made once."""
    found = [is_repeated] if plan.get("Relation Name") == table else []
    for part in plan.get("Plans", ()):
        loops = plan["Node Type"] == "Nested Loop" and part["Parent Relationship"] == "Inner"
        once = plan["Node Type"] == "Hash"
        found += _find_scans(part, table, is_repeated=(is_repeated or loops) and not once)
    return found


@pytest.mark.parametrize(
    ("topic", "statement"),
    [("resolve", "find_identified"), ("resolve", "find_nameless"), ("identity", "find_refs")],
)
def test_a_stock_is_looked_up_without_going_through_all_refs(
    connection: Connection, topic: str, statement: str
) -> None:
    asked = {"environment": "TEST", "cusips": ["037833100"], "isins": [], "sedols": [], "figis": []}
    asked |= {"symbols": ["AAPL"]}
    explained = b"EXPLAIN " + load_statements(topic)[statement]
    with connection.transaction():
        # Of a table that is empty nothing else would be looked at.
        connection.execute("SET LOCAL enable_seqscan = off")
        rows = connection.execute(explained, asked).fetchall()
    assert "Seq Scan on refs" not in "\n".join(row[0] for row in rows)


def test_refs_are_found_in_snapshots_by_a_hash(connection: Connection) -> None:
    """In an array each position of the record would go through all refs that are asked for."""
    asked = {"environment": "TEST", "ref_ids": [1, 2, 3]}
    explained = b"EXPLAIN " + load_statements("checks")["ref_sources"]
    rows = connection.execute(explained, asked).fetchall()
    assert "hashed SubPlan" in "\n".join(row[0] for row in rows)


def test_groups_without_a_stock_are_found_by_a_hash(connection: Connection) -> None:
    """In an array each group of the record would go through all groups that hold the stock."""
    statement, spelled = spread(load_statements("queries")["find_stock"], "spellings", ["AAPL"])
    asked = {"environment": "TEST", "symbol": "AAPL"} | spelled
    rows = connection.execute(b"EXPLAIN " + statement, asked).fetchall()
    assert "hashed SubPlan" in "\n".join(row[0] for row in rows)


def test_a_look_up_by_index_holds_in_its_transaction_alone(connection: Connection) -> None:
    asked = "SELECT current_setting('random_page_cost')"
    before = connection.execute(asked).fetchone()
    with reading(connection, by_index=True):
        assert connection.execute(asked).fetchone() == ("1.1",)
    assert before != ("1.1",)
    assert connection.execute(asked).fetchone() == before
