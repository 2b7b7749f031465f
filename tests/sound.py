"""A small, consistent environment."""

from __future__ import annotations

from contents import make_once
from samples import make_fund, make_snapshot
from stockgroups.jobs.metadata import build_metadata
from stockgroups.jobs.organize import organize_sectors, organize_universe
from stockgroups.record.apply import apply
from stockgroups.store import Store

SPY = {"AAPL": 0.5, "BRK.B": 0.3, "XOM": 0.2}
XLE = {"XOM": 0.6, "CVX": 0.4}


def load_funds(store: Store) -> None:
    """Two funds, one with sector labels."""
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
    """Funds, sectors, themes, universes and metadata: a state that validation passes."""

    def make() -> None:
        load_funds(store)
        organize_sectors(store)
        organize_universe(store)
        build_metadata(store)

    make_once(store.connection, "sound", make)
