"""Sources of downloads: the shipped ones are complete; mistakes in a user's file are reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from stockgroups.catalog import load_catalog
from stockgroups.catalog.sources import Content
from stockgroups.errors import CatalogError

SHIPPED = load_catalog()


def test_what_ships_is_polite_and_whole() -> None:
    downloads = SHIPPED.downloads
    assert {key for key, one in downloads.sources.items() if one.unattended} == {"sec"}
    assert downloads.sources["sec"].contact
    assert downloads.sources["sec"].pause >= 0.2
    assert all(one.pause >= 1 for key, one in downloads.sources.items() if key != "sec")
    assert {one.source for one in downloads.endpoints.values()} == downloads.sources.keys()
    contents = {one.content for one in downloads.list_endpoints("sec", Content.NPORT)}
    assert contents == {Content.NPORT}
    issuers = {one.issuer for one in downloads.sources.values()}
    assert {etf.issuer for etf in SHIPPED.etfs.values()} - issuers == {"Schwab"}
    assert downloads.fund_ids.keys() <= SHIPPED.etfs.keys()


OWN = """
[sources.mine]
name = "Mine"
issuer = "Nobody"
hosts = ["files.example.org"]
home = "https://example.org"
pause = 5
most_a_day = 10
[endpoints.mine]
source = "mine"
content = "holdings"
suffix = ".csv"
url = "https://files.example.org/{ticker}.csv"
"""

MISTAKES = {
    "https://files.example.org": "http://files.example.org",
    "https://files.example.org/": "https://other.example.org/",
    "https://files.example.org/{ticker}": "https://{ticker}.example.org/x",
    "{ticker}": "{tocker}",
    "{ticker}.csv": "{ticker!r}.csv",
    "{ticker}.": "{.",
    "pause = 5": "pause = 99999",
    "most_a_day = 10": "most_a_day = 0",
    '"holdings"': '"weights"',
    'source = "mine"': 'source = "his"',
    '".csv"\n': '"csv"\n',
    'url = "https://files.example.org/{ticker}.csv"': "",
    "files.example.org": "FILES",
    "url =": "dated_url =",
    'hosts = ["files.example.org"]': 'hosts = ["files.example.org", "www.sec.gov"]',
    "[sources.mine]": "[sources.sec]\npause = 0.1\n[sources.mine]",
    "[endpoints.mine]": "[fund_ids.X]\nseries = '1'\n[endpoints.mine]",
}


def test_a_source_of_ones_own_and_an_address_that_has_moved(tmp_path: Path) -> None:
    path = tmp_path / "fetch.toml"
    path.write_text(OWN + '[endpoints.ssga_holdings]\nurl = "https://www.ssga.com/{ticker}"\n')
    downloads = load_catalog(tmp_path).downloads
    assert downloads.endpoints["mine"].places == {"ticker"}
    moved = downloads.endpoints["ssga_holdings"]
    assert (moved.url, moved.suffix) == ("https://www.ssga.com/{ticker}", ".xlsx")


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_told(tmp_path: Path, mistake: str) -> None:
    assert mistake in OWN
    (tmp_path / "fetch.toml").write_text(OWN.replace(mistake, MISTAKES[mistake]))
    with pytest.raises(CatalogError, match=r"fetch\.toml \["):
        load_catalog(tmp_path)
