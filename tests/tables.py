"""Read tables in tests with plain SQL, without the code under test."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import psycopg

from stockgroups.db.connection import Connection
from stockgroups.db.migrations import FUNCTIONS

WRITTEN = {
    "public.definition_groups": "id",
    "public.group_memberships": "group_id, symbol",
    "public.cache_entries": "id",
    "stockgroups.group_registry": "id",
    "stockgroups.refs": "id",
    "stockgroups.snapshots": "group_id, id",
    "stockgroups.loads": "id",
    "stockgroups.securities": "id",
    "stockgroups.security_symbols": "environment, symbol, valid_from",
    "stockgroups.security_refs": "ref_id, valid_from",
    "stockgroups.membership_history": "group_id, security_id, valid_from",
    "stockgroups.ref_runs": "group_id, kind, valid_from, valid_to",
    "stockgroups.aliases": "environment, old_symbol, effective",
    "stockgroups.sector_overrides": "environment, symbol, decided_on",
    "stockgroups.archived_entries": "id",
    "stockgroups.replaced_entries": "load_id, entry_id",
    "stockgroups.env_state": "environment",
    "stockgroups.directories": "id",
    "stockgroups.listings": "directory_id, symbol, ticker",
    "stockgroups.fund_classes": "directory_id, series_id, class_id",
}

_VERSIONS = files("stockgroups.db.migrations").joinpath("versions")
_MADE = _VERSIONS.joinpath("0009_runs.sql").read_text()
_KINDS = _VERSIONS.joinpath("0017_published.sql").read_text()
FILL_RUNS = (
    "DROP FUNCTION stockgroups.is_reported CASCADE;"  # reads the column, and came later
    "ALTER TABLE stockgroups.ref_runs DROP CONSTRAINT ref_runs_kind_check;"
    "ALTER TABLE stockgroups.ref_runs ALTER COLUMN kind TYPE boolean USING kind = 'proxy';"
    "ALTER TABLE stockgroups.ref_runs RENAME COLUMN kind TO is_proxy;"
    + _MADE[_MADE.index("INSERT INTO") :]
    + _KINDS[
        _KINDS.index("ALTER TABLE stockgroups.ref_runs") : _KINDS.index(
            "COMMENT ON COLUMN stockgroups.ref_runs"
        )
    ]
    + _VERSIONS.joinpath("0021_kinds.sql").read_text()
    + FUNCTIONS.read_text()
)
"""The statements by which upgrades make the runs of refs from the snapshots."""


def dump(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all tables that this program writes and the schema has."""
    return {
        table: connection.execute(f"SELECT * FROM {table} ORDER BY {order}".encode()).fetchall()
        for table, order in WRITTEN.items()
        if read_one(connection, "SELECT to_regclass(%s)", table) is not None
    }


def read_members(connection: Connection, name: str, kind: str = "ETF") -> dict[str, Any]:
    """Return the weights of one group by symbol, as another program reads them."""
    rows = connection.execute(
        "SELECT gm.symbol, gm.weight::float8 FROM public.definition_groups dg"
        " JOIN public.group_memberships gm ON dg.id = gm.group_id"
        " WHERE dg.name = %s AND dg.type = %s ORDER BY gm.symbol",
        (name, kind),
    )
    return dict(rows.fetchall())


def read_one(connection: psycopg.Connection[Any], statement: str, *values: Any) -> Any:
    """The first column of the first row."""
    row = connection.execute(statement.encode(), values).fetchone()
    return None if row is None else row[0]
