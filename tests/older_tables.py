"""The tables as an earlier SQL file created them, with rows."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import psycopg

GROUPS = """
CREATE TABLE definition_groups (
    id SERIAL PRIMARY KEY,
    name VARCHAR(100) NOT NULL,
    type VARCHAR(50) NOT NULL CHECK (type IN ('ETF', 'THEME', 'SECTOR', 'SEGMENT', 'CUSTOM')),
    description TEXT,
    metadata JSONB,
    liquidity_filter JSONB,
    environment VARCHAR(10) NOT NULL CHECK (environment IN ('DEFAULT', 'TEST', 'UAT', 'PROD')),
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    last_update TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (name, type, environment)
);
CREATE TABLE group_memberships (
    id SERIAL PRIMARY KEY,
    group_id INTEGER NOT NULL REFERENCES definition_groups (id) ON DELETE CASCADE,
    symbol VARCHAR(50) NOT NULL,
    weight NUMERIC(5,4),
    metadata JSONB,
    added_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (group_id, symbol)
);
CREATE INDEX idx_definition_groups_type ON definition_groups (type);
CREATE INDEX idx_definition_groups_name ON definition_groups (name);
CREATE INDEX idx_definition_groups_environment ON definition_groups (environment);
CREATE INDEX idx_definition_groups_type_environment ON definition_groups (type, environment);
CREATE INDEX idx_group_memberships_group ON group_memberships (group_id);
CREATE INDEX idx_group_memberships_symbol ON group_memberships (symbol);
CREATE INDEX idx_group_memberships_symbol_group ON group_memberships (symbol, group_id);
"""

ENTRIES = """
CREATE TABLE cache_entries (
    id SERIAL PRIMARY KEY,
    type VARCHAR(50) NOT NULL,
    name VARCHAR(100) NOT NULL,
    key VARCHAR(255) NOT NULL,
    value JSONB,
    environment VARCHAR(20),
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (type, name, key, environment)
);
"""

# 24 funds of 500 members, and a table of somebody else's that refers to memberships.
LIVE = """
INSERT INTO definition_groups (name, type, environment, description, metadata, updated_at,
                               last_update)
SELECT 'F' || chr(64 + n), 'ETF', 'TEST', 'Fund ' || n,
       '{"total_holdings": 500, "data_source": "theirs"}', '2025-12-01', '2025-12-01'
FROM generate_series(1, 24) AS n;
INSERT INTO group_memberships (group_id, symbol, weight, added_at, updated_at)
SELECT g.id, 'S' || chr(65 + n / 26) || chr(65 + n % 26), 0.0020, '2025-12-01', '2025-12-01'
FROM definition_groups g CROSS JOIN generate_series(0, 499) AS n
ORDER BY g.id, n;
CREATE TABLE watchlist (
    id SERIAL PRIMARY KEY,
    membership_id INTEGER NOT NULL REFERENCES group_memberships (id)
);
INSERT INTO watchlist (membership_id) SELECT id FROM group_memberships WHERE id % 100 = 1;
"""


def run(url: str, *scripts: str) -> None:
    """Run SQL as another program would."""
    with psycopg.connect(url) as theirs:
        for script in scripts:
            theirs.execute(script.encode())


def put_entry(
    connection: psycopg.Connection[Any],
    kind: str,
    key: str,
    value: Any,
    environment: str | None = "TEST",
    name: str | None = None,
    updated_at: str = "2026-01-02",
) -> int:
    """Write an entry as the old store's program did; return its number."""
    row = connection.execute(
        b"INSERT INTO public.cache_entries (type, name, key, value, environment, created_at,"
        b" updated_at)"
        b" VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id",
        (kind, name or key.strip(), key, json.dumps(value), environment, updated_at, updated_at),
    ).fetchone()
    assert row is not None
    return int(row[0])


def put_funds(connection: psycopg.Connection[Any], funds: Iterable[str] = ("SPY", "QQQ")) -> None:
    """Fill a small, consistent old store: funds, a theme, a sector, universes, stocks."""
    for fund in funds:
        holdings = [{"symbol": "AAPL", "weight": 0.6}, {"symbol": fund[::-1], "weight": 0.4}]
        value = {
            "holdings": holdings,
            "total_holdings": 2,
            "market_cap_threshold": 5e9,
            "data_source": "issuer",
            "last_updated": "2025-12-05T06:30:00",
        }
        put_entry(connection, "etf_holdings", fund, value, name=f"{fund} Fund")
    theme = {"symbols": ["MARA", "RIOT"], "description": "Miners.", "related_themes": ["gold"]}
    put_entry(connection, "theme_definition", "crypto_miners", theme)
    sector = {"industries": ["Oil", "Gas"], "representative_stocks": ["XOM"], "description": "E."}
    put_entry(connection, "sector_industry_map", "energy", sector)
    put_entry(connection, "stock_universe", "sp500", {"symbols": ["AAPL", "MSFT"]})
    put_entry(connection, "etf_universe", "core", {"etfs": ["SPY", "QQQ"]})
    etfs = json.dumps(sorted(funds))
    put_entry(connection, "stock_metadata", "AAPL", {"member_of_etfs": etfs, "pe": 31})
