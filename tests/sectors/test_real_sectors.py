"""The sectors of real holdings files: how many, how sure, and against an independent list."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from contents import make_once
from stockgroups.catalog import Catalog
from stockgroups.db.connection import Connection
from stockgroups.jobs.directory import load_directories
from stockgroups.jobs.load import load_etfs
from stockgroups.jobs.load_options import LoadOptions
from stockgroups.jobs.measure import MeasureReport, measure_sectors
from stockgroups.jobs.organize import organize_universe
from stockgroups.jobs.sector_lists import read_sector_list
from stockgroups.sectors import Kind, find_unknown_labels
from stockgroups.store import Store

TRACKED = ("IWV", "IWM", "IWB", "VTI", "VOO", "SPY", "MDY", "VTV", "QQQ", "DIA", "ARKK", "XLK")
PLANT = """
UPDATE stockgroups.snapshots s
SET sector_codes[array_position(s.ref_ids, r.id)] = array_position(s.sector_labels, 'Energy')
FROM stockgroups.group_registry g, stockgroups.refs r
WHERE g.id = s.group_id AND g.name = 'IWB' AND r.ticker = 'AAPL' AND r.id = ANY (s.ref_ids)
"""


@pytest.fixture
def loaded(connection: Connection, store: Store, holdings: Path) -> Store:
    """A database that holds everything of the folder."""

    def make() -> None:
        load_etfs(store, LoadOptions(holdings_dir=holdings))
        organize_universe(store)
        screeners = sorted((holdings / "nasdaq_screener").glob("*.json"))
        load_directories(connection, screeners, as_of=dt.date(2026, 8, 22))

    make_once(connection, "real sectors", make)
    return store


def check_sources(report: MeasureReport) -> None:
    """Every issuer that labels a hundred stocks or more is predicted by the others."""
    measured = [m for m in report.sources if m.kind is Kind.ISSUER and m.stocks >= 100]
    assert len(measured) >= 2
    for measure in measured:
        assert measure.agreement >= 0.97, measure.name


def test_coverage_agreement_and_a_planted_label(
    loaded: Store, catalog: Catalog, holdings: Path
) -> None:
    theirs = read_sector_list(holdings / "pit" / "sp500_wikipedia_gics_2025-11.csv", catalog)
    report = measure_sectors(loaded, etfs=TRACKED, against=theirs)
    for fund in report.funds:
        assert fund.with_sector >= 0.99 * fund.stocks, fund.etf
        assert fund.weight_share is None or fund.weight_share >= 0.999, fund.etf
    assert report.against is not None
    assert report.against.coverage >= 0.99
    assert report.against.agreement >= 0.98
    for etf in ("IWM", "MDY"):
        check_sources(measure_sectors(loaded, etfs=[etf]))
    assert "AAPL" not in report.disputes
    loaded.connection.execute(PLANT.encode())
    report = measure_sectors(loaded, etfs=["IWB"])
    assert report.disputes["AAPL"].sector == "information_technology"
    assert [h.vote.source for h in report.disputes["AAPL"].dissent] == ["iShares"]


def test_no_label_is_unknown(loaded: Store) -> None:
    assert find_unknown_labels(loaded) == []
