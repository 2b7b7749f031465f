"""Every page says what the answer says, and its links lead to pages."""

from __future__ import annotations

import re

import pytest

from reading import Reader
from stockgroups.errors import StockgroupsError

ADDRESSES = {
    "/": "5G Infrastructure 11 stocks",
    "/etfs": "SPDR S&P 500 ETF Trust",
    "/etf/SPY": "50.0000 %",
    "/etf/SPY?sector=energy": "Holdings, sector Energy",
    "/etf/SPY?as_of=2026-07-02": "As of 2026-07-02",
    "/etf/SPY/nearest": "20.0 %",
    "/etf/SPY/changes?since=2026-06-01": "Nothing changed",
    "/etf/SPY/source": "file.csv",
    "/stock/AAPL": "50.0000 %",
    "/stock/AAPL?known_at=2999-01-01T00:00": "known at",
    "/etf/SPY?published_by=2999-01-01&source=issuer": "published by 2999-01-01",
    "/expression?expr=SPY&published_by=2999-01-01": "3 stocks",
    "/stock/AAPL/timeline": "2026-07-01 to now",
    "/stock/AAPL/sector": "What the sources say",
    "/stock/AAPL/changes": "Nothing changed",
    "/stock/AAPL/related": "AAPL CORP",
    "/sector/energy": "Members",
    "/industry/Semiconductors%20%26%20Semiconductor%20Equipment": "Sector: Information technology",
    "/theme/crypto_miners": "Chosen by",
    "/search": "Write a ticker",
    "/search?q=energy": "Energy Select Sector SPDR Fund",
    "/search?q=nothing%20has%20this": "Nothing has",
    "/suggest?q=spy": "SPDR S&P 500 ETF Trust",
    "/compare": "Two groups or more",
    "/compare?groups=SPY,XLE&only=shared": "20.0 % 1",
    "/exposure": "Numbers are weights",
    "/exposure?positions=SPY%2060%0D%0AXLE%2040": "XLE adds least",
    "/exposure?positions=SPY%201;AAPL%20-0.5&by=stock": "AAPL",
    "/expression": "How to write one",
    "/expression?expr=SPY%20%26%20XLE": "1 stock",
    "/loads": "stockgroups rollback",
    "/quality": "All checks pass",
    "/quality/freshness": "SPY",
    "/quality/coverage": "Coverage by source",
}


def test_every_page_says_what_its_answer_says_and_its_links_lead_on(pages: Reader) -> None:
    read = {address: pages.get(address) for address in ADDRESSES}
    told = {address: one.text for address, one in read.items()}
    assert not {a: told[a] for a, words in ADDRESSES.items() if words not in told[a]}
    assert max(len(one.content) for one in read.values()) < 200_000
    titles = [one.title for address, one in read.items() if not address.startswith("/suggest")]
    assert all(title.endswith(" · stockgroups") for title in titles)
    links = {link for one in read.values() for link in one.links}
    followed = 0
    for link in sorted(links):
        if link.startswith(("/v1/", "#", "/files/")):
            continue
        assert link.startswith("/"), link
        if re.match(r"/(theme|stock)/", link) and followed > 150:
            continue
        try:
            pages.get(link)
        except StockgroupsError as error:
            pytest.fail(f"{link}: {error}")
        followed += 1
    assert followed > 60


def test_the_likeliest_is_found_first(pages: Reader) -> None:
    run = pages.db.connection.execute
    run("UPDATE stockgroups.refs SET isin = 'US0378331005' WHERE symbol = 'AAPL'")
    run("UPDATE stockgroups.refs SET name = 'THE XOM PEOPLE' WHERE symbol = 'AAPL'")

    def find(text: str) -> list[str]:
        return [one.key for one in pages.db.search(text)]

    assert find("xom")[:2] == ["XOM", "AAPL"]
    assert find("AAP")[:2] == ["AAP", "AAPL"]
    assert find("us0378331005") == ["AAPL"]
    assert find("xl")[0] == "XLE"
    assert find("100%") == []
    assert pages.get("/search?q=us0378331005").links.count("/stock/AAPL") == 1


def test_rows_are_sorted_filtered_and_cut(pages: Reader) -> None:
    def rows(address: str) -> list[str]:
        page = pages.get(address)
        return [link.rpartition("/")[2] for link in page.links if link.startswith("/stock/")]

    assert rows("/etf/SPY") == ["AAPL", "BRK.B", "XOM"]
    assert rows("/etf/SPY?sort=weight") == ["XOM", "BRK.B", "AAPL"]
    assert rows("/etf/SPY?sort=-symbol") == ["XOM", "BRK.B", "AAPL"]
    assert rows("/etf/SPY?q=brk") == ["BRK.B"]
    assert rows("/etf/SPY?sector=energy") == ["XOM"]
    assert rows("/etf/SPY?q=nothing") == []
    assert "None of the 3 has that" in pages.get("/etf/SPY?q=nothing").text
    head = [a for tag, a in pages.get("/etf/SPY?sort=weight").elements if "aria-sort" in a]
    assert [a["aria-sort"] for a in head] == ["ascending"]
    many = pages.get("/universe/sp500")
    assert len([link for link in many.links if link.startswith("/stock/")]) == 100
    assert "1–100 of 5" in many.text
    assert "/universe/sp500?page=2" in many.links
