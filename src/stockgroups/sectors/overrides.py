"""Users' overrides: in the database for one environment, in a catalogue for all of them."""

from __future__ import annotations

import datetime as dt

from stockgroups.catalog import SectorOverride
from stockgroups.db.sql import load_statements
from stockgroups.store import Store, execute

_SQL = load_statements("evidence")


def read_overrides(store: Store, on: dt.date | None = None) -> dict[str, list[SectorOverride]]:
    """Return the overrides by a day (None: now) of each stock, by today's symbol, the oldest first.

    Of two overrides of one day, the one of the database comes after that of the catalogue.
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
