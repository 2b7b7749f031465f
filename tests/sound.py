"""A small environment in which everything is as it should be."""

from __future__ import annotations

from samples import make_fund, make_snapshot
from stockgroups.catalog import Catalog
from stockgroups.db.connection import Connection
from stockgroups.jobs.metadata import build_metadata
from stockgroups.jobs.organize import organize_sectors, organize_universe
from stockgroups.store.apply import apply

SPY = {"AAPL": 0.5, "BRK.B": 0.3, "XOM": 0.2}
XLE = {"XOM": 0.6, "CVX": 0.4}


def load_funds(connection: Connection) -> None:
    """Two funds, one of which prints sectors."""
    apply(
        connection,
        "TEST",
        [
            make_fund(
                "SPY",
                make_snapshot(SPY, sectors=("Information Technology", "Financials", "Energy")),
                description="SPDR S&P 500 ETF Trust",
            ),
            make_fund("XLE", make_snapshot(XLE), description="Energy Select Sector SPDR Fund"),
        ],
    )


def make_sound(connection: Connection, catalog: Catalog) -> None:
    """Funds, sectors, themes, universes and metadata: a state that validation passes."""
    load_funds(connection)
    organize_sectors(connection, "TEST", catalog)
    organize_universe(connection, "TEST", catalog)
    build_metadata(connection, "TEST", catalog)
