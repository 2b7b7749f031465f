"""Universes and proxies from the index package that is installed."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from importlib.metadata import version

import pytest

from readers.builders import CATALOG, receipt_of
from stockgroups.errors import NoDateError, NotFoundError
from stockgroups.model import Category
from stockgroups.readers.lists.index_package import PACKAGE, read_proxy, read_universe
from stockgroups.symbols import is_canonical

INSTALLED = version(PACKAGE)


@pytest.mark.parametrize(
    ("key", "low", "high"), [("sp500", 500, 506), ("nasdaq100", 100, 103), ("dow30", 30, 30)]
)
def test_universes(key: str, low: int, high: int) -> None:
    snapshot = read_universe(CATALOG.universes[key], CATALOG)
    assert low <= len(snapshot.refs) <= high
    assert all(is_canonical(symbol) for symbol in snapshot.symbols)
    assert snapshot.is_proxy
    assert snapshot.weights is None
    assert snapshot.net_assets is None
    receipt = receipt_of(snapshot)
    assert receipt.rows[Category.MEMBER] == len(snapshot.refs)
    assert receipt.basis == "none"


def test_share_classes_stand_side_by_side() -> None:
    symbols = read_universe(CATALOG.universes["sp500"], CATALOG).symbols
    assert {"BRK.B", "BF.B", "GOOG", "GOOGL"} <= set(symbols)


def test_every_constituent_has_one_sector_of_the_catalogue() -> None:
    snapshot = read_universe(CATALOG.universes["sp500"], CATALOG)
    assert snapshot.sectors is not None
    labels = dict(zip(snapshot.symbols, snapshot.sectors, strict=True))
    assert all(label and CATALOG.sector_of_label(label) for label in labels.values())
    # The package gives these several sectors.
    assert labels["GRMN"] == "Consumer Discretionary"
    assert labels["DUK"] == "Utilities"
    assert labels["PSA"] == "Real Estate"
    assert labels["GOOGL"] == "Communication Services"


def test_the_sector_of_other_indices_is_that_of_the_large_one() -> None:
    snapshot = read_universe(CATALOG.universes["dow30"], CATALOG)
    assert snapshot.sectors is not None
    labels = dict(zip(snapshot.symbols, snapshot.sectors, strict=True))
    assert CATALOG.sector_of_label(labels["AMZN"] or "") == "consumer_discretionary"


def test_a_proxy_is_marked_and_dated_by_the_release() -> None:
    snapshot = read_proxy(CATALOG.etfs["SPY"], CATALOG)
    assert snapshot.is_proxy
    assert snapshot.symbols == read_universe(CATALOG.universes["sp500"], CATALOG).symbols
    assert snapshot.source == f"{PACKAGE} {INSTALLED}"
    assert snapshot.as_of in CATALOG.index_releases.values()
    assert PACKAGE in receipt_of(snapshot).as_of_from


def test_a_sector_funds_proxy_is_the_indexs_members_of_that_sector() -> None:
    snapshot = read_proxy(CATALOG.etfs["XLRE"], CATALOG)
    assert 25 < len(snapshot.refs) < 40
    assert snapshot.sectors is not None
    assert {CATALOG.sector_of_label(label or "") for label in snapshot.sectors} == {"real_estate"}
    assert {"PSA", "EQIX"} <= set(snapshot.symbols)


def test_a_fund_without_an_index_has_no_proxy() -> None:
    with pytest.raises(NotFoundError, match="no index for a proxy of ARKK"):
        read_proxy(CATALOG.etfs["ARKK"], CATALOG)
    entry = replace(CATALOG.universes["sp500"], index="NO SUCH INDEX")
    with pytest.raises(NotFoundError, match="has no index 'NO SUCH INDEX'"):
        read_universe(entry, CATALOG)


def test_the_release_is_the_newest_that_is_not_after_the_installed_one() -> None:
    releases = {
        "0.0.9": dt.date(2020, 1, 1),
        "0.0.10": dt.date(2020, 2, 1),
        "999.0.0": dt.date(2030, 1, 1),
    }
    catalog = replace(CATALOG, index_releases=releases)
    assert read_universe(CATALOG.universes["dow30"], catalog).as_of == dt.date(2020, 2, 1)
    with pytest.raises(NoDateError, match=r"index_releases\.toml"):
        read_universe(CATALOG.universes["dow30"], replace(CATALOG, index_releases={}))


def test_the_same_content_has_the_same_hash() -> None:
    one = read_universe(CATALOG.universes["dow30"], CATALOG)
    later = replace(CATALOG, index_releases={INSTALLED: dt.date(2099, 1, 1)})
    assert read_universe(CATALOG.universes["dow30"], later).sha256 == one.sha256
    assert read_proxy(CATALOG.etfs["XLK"], CATALOG).sha256 != one.sha256
