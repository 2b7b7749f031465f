"""A small environment in which everything is as it should be."""

from __future__ import annotations

from contents import Contents, read_contents
from samples import make_fund, make_snapshot
from stockgroups.jobs.metadata import build_metadata
from stockgroups.jobs.organize import organize_sectors, organize_universe
from stockgroups.record.apply import apply
from stockgroups.store import Store
from tables import read_one

SPY = {"AAPL": 0.5, "BRK.B": 0.3, "XOM": 0.2}
XLE = {"XOM": 0.6, "CVX": 0.4}

_ROWS = """
    SELECT EXISTS (SELECT FROM stockgroups.group_registry)
        OR EXISTS (SELECT FROM stockgroups.loads)
        OR EXISTS (SELECT FROM stockgroups.directories)
        OR EXISTS (SELECT FROM public.definition_groups)
        OR EXISTS (SELECT FROM public.cache_entries)
"""
_made: dict[str, Contents] = {}


def load_funds(store: Store) -> None:
    """Two funds, one of which prints sectors."""
    apply(
        store,
        [
            make_fund(
                "SPY",
                make_snapshot(SPY, sectors=("Information Technology", "Financials", "Energy")),
                description="SPDR S&P 500 ETF Trust",
            ),
            make_fund("XLE", make_snapshot(XLE), description="Energy Select Sector SPDR Fund"),
        ],
    )


def make_sound(store: Store) -> None:
    """Funds, sectors, themes, universes and metadata: a state that validation passes.

    It is made once for each server. A database that is empty gets a copy of what was made then.
    """
    connection = store.connection
    info = connection.info
    server = f"{info.host}:{info.port}"
    is_empty = not read_one(connection, _ROWS)
    if is_empty and server in _made:
        _made[server].write(connection)
        return
    load_funds(store)
    organize_sectors(store)
    organize_universe(store)
    build_metadata(store)
    if is_empty and store.environment == "TEST":
        _made[server] = read_contents(connection)
