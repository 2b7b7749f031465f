"""Decisions of people and other programs on sectors: overrides, and SECTOR memberships.

Overrides in the database are for one environment, those in a catalogue for all of them.
"""

from __future__ import annotations

import datetime as dt

from stockgroups.catalog import SectorOverride
from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import joining_by_hash
from stockgroups.store import Store, execute

_SQL = load_statements("evidence")
KEPT = "another program made it a member of the SECTOR group"
"""The reason that is given for a membership of another program."""


def read_overrides(store: Store, on: dt.date | None = None) -> dict[str, list[SectorOverride]]:
    """Return each stock's overrides by a day (None: now), by today's symbol, the oldest first.

    Of two overrides of one day, the database's comes after the catalogue's.
    """
    found: dict[str, list[SectorOverride]] = {}
    for override in store.catalog.sector_overrides.values():
        if on is None or override.decided_on <= on:
            found.setdefault(override.symbol, []).append(override)
    rows = execute(store, _SQL["read_overrides"], on=on or dt.date.max)
    for symbol, decided_on, sector, industry, reason in rows:
        override = SectorOverride(symbol, decided_on, sector, industry, reason)
        found.setdefault(symbol, []).append(override)
    for overrides in found.values():
        overrides.sort(key=lambda override: override.decided_on)
    return found


def write_override(store: Store, override: SectorOverride) -> None:
    """Write an override in the open transaction; it replaces an earlier one of the same day."""
    execute(
        store,
        _SQL["decide"],
        symbol=override.symbol,
        decided_on=override.decided_on,
        sector=override.sector,
        industry=override.industry,
        reason=override.reason,
    )


def read_kept(store: Store, on: dt.date | None = None) -> dict[str, list[SectorOverride]]:
    """Return, by symbol, the sectors that other programs wrote for stocks by a day (None: now).

    Of several for one stock, the last written comes last. Sectors that the catalogue does not
    define are left out: their members are not decided here.
    """
    kept: dict[str, list[SectorOverride]] = {}
    with store.connection.transaction(), joining_by_hash(store.connection):
        rows = execute(store, _SQL["read_kept_sectors"]).fetchall()
    for symbol, sector, industry, day in rows:
        if sector in store.catalog.sectors and (on is None or day <= on):
            decision = SectorOverride(symbol, day, sector, industry, KEPT)
            kept.setdefault(symbol, []).append(decision)
    return kept
