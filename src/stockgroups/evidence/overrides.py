"""What users have decided: in the database for one environment, in a catalogue for all of them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from stockgroups.catalog import SectorOverride
from stockgroups.sql import load_statements

if TYPE_CHECKING:
    from stockgroups.catalog import Catalog
    from stockgroups.db.connection import Connection

_SQL = load_statements("evidence")


def read_overrides(
    connection: Connection, environment: str, catalog: Catalog, on: dt.date | None = None
) -> dict[str, list[SectorOverride]]:
    """Return all words by a day (None: now) on each stock by today's symbol, the oldest first.

    Of a word of the catalogue and one of the database of the same day, the latter comes last.
    """
    found: dict[str, list[SectorOverride]] = {}
    for override in catalog.sector_overrides.values():
        if on is None or override.decided_on <= on:
            found.setdefault(override.symbol, []).append(override)
    rows = connection.execute(
        _SQL["read_overrides"], {"environment": environment, "on": on or dt.date.max}
    )
    for symbol, decided_on, sector, industry, reason in rows:
        override = SectorOverride(symbol, decided_on, sector, industry, reason)
        found.setdefault(symbol, []).append(override)
    for overrides in found.values():
        overrides.sort(key=lambda override: override.decided_on)
    return found


def write_override(connection: Connection, environment: str, override: SectorOverride) -> None:
    """Write a user's word in the open transaction; an earlier one of the same day gives way."""
    connection.execute(
        _SQL["decide"],
        {
            "environment": environment,
            "symbol": override.symbol,
            "decided_on": override.decided_on,
            "sector": override.sector,
            "industry": override.industry,
            "reason": override.reason,
        },
    )
