"""The state that commands write, by names and contents, without numbers and times of rows."""

from __future__ import annotations

from typing import Any

from stockgroups.db.connection import Connection
from tables import read_one

STATE = {
    "groups": """
        SELECT type, name, description, metadata - 'last_updated', liquidity_filter
        FROM public.definition_groups ORDER BY 1, 2""",
    "memberships": """
        SELECT g.type, g.name, m.symbol, m.weight, m.metadata
        FROM public.group_memberships m JOIN public.definition_groups g ON g.id = m.group_id
        ORDER BY 1, 2, 3""",
    "entries": """
        SELECT type, name, key, value - 'last_updated', environment
        FROM public.cache_entries ORDER BY 1, 2, 3, 5""",
    "snapshots": """
        SELECT r.name, s.as_of, s.source, s.sha256, s.digest, s.member_count, s.weights, s.receipt,
               array(SELECT symbol FROM stockgroups.refs WHERE id = ANY (s.ref_ids) ORDER BY 1)
        FROM stockgroups.full_snapshots s JOIN stockgroups.group_registry r ON r.id = s.group_id
        ORDER BY 1, 2, 3, 4, 5, 6, 7, 8""",
    "registry": """
        SELECT r.type, r.name, r.member_hash, s.digest, g.id = r.id
        FROM stockgroups.group_registry r
        LEFT JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.id = r.snapshot_id
        LEFT JOIN public.definition_groups g USING (environment, type, name)
        ORDER BY 1, 2""",
    "history": """
        SELECT r.type, r.name, s.symbol, h.valid_from, h.valid_to
        FROM stockgroups.membership_history h
        JOIN stockgroups.group_registry r ON r.id = h.group_id
        JOIN stockgroups.securities s ON s.id = h.security_id
        ORDER BY 1, 2, 3, 4""",
    "refs": "SELECT fingerprint, symbol FROM stockgroups.refs ORDER BY 1",
    "securities": """
        SELECT s.symbol, y.symbol, y.valid_from, y.valid_to
        FROM stockgroups.securities s JOIN stockgroups.security_symbols y ON y.security_id = s.id
        ORDER BY 1, 2, 3""",
    "identity": "SELECT environment, identity FROM stockgroups.env_state ORDER BY 1",
    "loads": "SELECT kind, changes, undoes IS NULL FROM stockgroups.loads ORDER BY id",
    "version": "SELECT environment, version FROM stockgroups.env_state ORDER BY 1",
    "aliases": """
        SELECT environment, old_symbol, new_symbol, effective
        FROM stockgroups.aliases ORDER BY 1, 2, 4""",
    "overrides": """
        SELECT environment, symbol, sector, decided_on
        FROM stockgroups.sector_overrides ORDER BY 1, 2, 4""",
    "archive": """
        SELECT type, name, key, value FROM stockgroups.archived_entries ORDER BY 1, 2, 3""",
    "directories": "SELECT source, as_of, sha256 FROM stockgroups.directories ORDER BY 1, 2, 3",
    "listings": """
        SELECT d.source, l.symbol, l.ticker FROM stockgroups.listings l
        JOIN stockgroups.directories d ON d.id = l.directory_id ORDER BY 1, 2, 3""",
}

State = dict[str, list[tuple[Any, ...]]]


def read_state(connection: Connection) -> State:
    """Return the whole state; of a database without our schema, the older tables."""
    has_record = read_one(connection, "SELECT to_regclass('stockgroups.env_state')") is not None
    names = STATE if has_record else ("groups", "memberships", "entries")
    return {name: connection.execute(STATE[name].encode()).fetchall() for name in names}
