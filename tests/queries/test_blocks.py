"""What an answer reads takes no more with each report, nor with each fund."""

from __future__ import annotations

from blocks import count_blocks
from samples import later, make_fund, make_snapshot
from stockgroups.db.connection import Connection
from stockgroups.db.sql import load_statements
from stockgroups.record.apply import apply
from stockgroups.store import Store
from tables import read_one


def test_only_newer_reports_are_asked_when_they_were_public(
    connection: Connection, store: Store
) -> None:
    found = []
    for first, last in ((0, 4), (4, 200)):
        reports = [
            make_snapshot({"AAPL": 0.5 + n / 1000}, later(n), published_on=later(n + 1))
            for n in range(first, last)
        ]
        apply(store, [make_fund("SPY", *reports)])
        connection.execute("VACUUM ANALYZE stockgroups.snapshots")
        asked = {
            "registry_ids": [read_one(connection, "SELECT id FROM stockgroups.group_registry")],
            "snapshot_ids": [
                read_one(connection, "SELECT max(id) - 1 FROM stockgroups.snapshots")
            ],
            "dates": [later(last - 2)], "on": later(last), "known_at": "infinity",
            "published_by": later(last - 1), "of_kind": None,
        }  # fmt: skip
        statement = load_statements("past")["count_left_out"]
        row = connection.execute(statement, asked).fetchone()
        assert row == (1, 1, 0, later(last - 1), later(last))
        found.append(count_blocks(connection, statement, asked))
    few, many = found
    assert many <= few + 10
