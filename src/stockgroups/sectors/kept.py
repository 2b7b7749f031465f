"""Memberships of SECTOR groups that other programs wrote: they stay until a user decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.catalog import SectorOverride
from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import joining_by_hash
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    import datetime as dt


_SQL = load_statements("evidence")
REASON = "another program made it a member of the SECTOR group"


def read_kept(store: Store, on: dt.date | None = None) -> dict[str, list[SectorOverride]]:
    """Return, by symbol, the sectors in which other programs have put stocks by a day (None: now).

    Of several for one stock the last written comes last. Sectors that the catalogue does not define
    are left out: nothing is decided about their members here.
    """
    kept: dict[str, list[SectorOverride]] = {}
    with store.connection.transaction(), joining_by_hash(store.connection):
        rows = execute(store, _SQL["read_kept_sectors"]).fetchall()
    for symbol, sector, industry, day in rows:
        if sector in store.catalog.sectors and (on is None or day <= on):
            word = SectorOverride(symbol, day, sector, industry, REASON)
            kept.setdefault(symbol, []).append(word)
    return kept
