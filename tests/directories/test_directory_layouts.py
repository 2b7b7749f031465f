"""Each directory's own notation, made canonical."""

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory_files import (
    make_companies,
    make_listed,
    make_other,
    make_screener,
    make_tickers,
    make_traded,
)
from stockgroups.readers.directories import Directory, Listing, read_directory
from stockgroups.symbols import is_canonical

DAY = dt.date(2026, 5, 12)
NAMED = "listing_2026-08-22.json"


def read(data: bytes, name: str = NAMED) -> Directory:
    return read_directory(data, name)


def find(directory: Directory, symbol: str) -> Listing:
    return next(listing for listing in directory.listings if listing.symbol == symbol)


# (symbol, that of the tape, that of Nasdaq) → canonical; None: no issue in regular trading
NASDAQ_TRADER = {
    ("AGM", "AGM", "AGM"): "AGM",
    ("BRK.B", "BRK.B", "BRK.B"): "BRK.B",
    ("MKC.V", "MKC.V", "MKC.V"): "MKC.V",
    ("ABR$D", "ABRpD", "ABR-D"): "ABR.PRD",
    ("DCOM$", "DCOMp", "DCOM-"): "DCOM.PR",
    ("USB$R", "USBpR", "USB-R"): "USB.PRR",
    ("BFLY.W", "BFLY.WS", "BFLY+"): "BFLY.WS",
    ("NE.A", "NE.WS.A", "NE+A"): "NE.WSA",
    ("SOUL.U", "SOUL.U", "SOUL="): "SOUL.U",
    ("SOUL.R", "SOULr", "SOUL^"): "SOUL.RT",
    ("NXG.V", "NXGrw", "NXG^#"): None,
    ("FOO.V", "FOOw", "FOO#"): None,
    ("FOO$A", "FOOpAw", "FOO-A#"): None,
}


@pytest.mark.parametrize(("printed", "symbol"), NASDAQ_TRADER.items())
def test_three_symbols_that_disagree_mean_one(
    printed: tuple[str, str, str], symbol: str | None
) -> None:
    own, tape, nasdaq = printed
    other = read(make_other(rows=[f"{own}|Name|N|{tape}|N|100|N|{nasdaq}"]))
    traded = read(make_traded(rows=[f"Y|{own}|Name|N| |N|100|N||{tape}|{nasdaq}|N"]))
    for directory in (other, traded):
        assert [listing.symbol for listing in directory.listings] == ([symbol] if symbol else [])
        rejected = [(entry.ticker, tape in entry.reason) for entry in directory.rejected]
        assert rejected == ([] if symbol else [(own, True)])


def test_a_fifth_letter_of_a_nasdaq_symbol_is_not_split_off() -> None:
    directory = read(make_traded(rows=["Y|AACBU|Artius - Units|Q|G|N|100|N|N||AACBU|N"]))
    (listing,) = directory.listings
    assert (listing.symbol, listing.entry.mic) == ("AACBU", "XNAS")


def test_fields_of_the_three_directories() -> None:
    traded = read(
        make_traded(
            rows=[
                "Y|AAA|First  Priority ETF |P| |Y|100|N||AAA|AAA|N",
                "Y|ZVV|NYSE ARCA test stock|Z| |N|100|Y||ZVV|ZVV|N",
                "N|QQZ| |?| | |100| ||QQZ|QQZ|N",
            ]
        ),
        "any.txt",
    )
    assert (traded.source, traded.as_of, traded.as_of_from) == ("nasdaqtraded", DAY, "the content")
    fund, test, blank = (listing.entry for listing in traded.listings)
    assert (fund.name, fund.exchange, fund.mic) == ("First Priority ETF", "P", "ARCX")
    assert (fund.is_etf, fund.is_test) == (True, False)
    assert (test.mic, test.is_etf, test.is_test) == ("BATS", False, True)
    assert (blank.name, blank.mic, blank.is_etf, blank.is_test) == (None, None, None, False)
    assert traded.notes == ("unknown exchange codes: ?",)
    assert traded.account() == {"read": 3, "listed": 2, "test_issues": 1, "rejected": 0}
    listed = read(make_listed(["AAPL"]), "any.txt")
    assert (listed.source, listed.as_of) == ("nasdaqlisted", DAY)
    assert (listed.listings[0].entry.exchange, listed.listings[0].entry.mic) == (None, "XNAS")
    other = read(make_other(["IBM"]), "any.txt")
    assert (other.source, other.as_of) == ("otherlisted", DAY)


def test_a_row_of_another_width_is_rejected_with_its_line() -> None:
    directory = read(make_other(["IBM"], rows=["F|Ford|N", "", "|No symbol|N| |N|100|N| "]))
    assert [listing.symbol for listing in directory.listings] == ["IBM"]
    assert [(e.line, e.reason) for e in directory.rejected] == [
        (2, "3 fields where the header has 8"),
        (3, "1 fields where the header has 8"),
        (4, "no symbol"),
    ]


def test_a_column_that_is_new_is_a_finding() -> None:
    data = (
        make_listed(["AAPL"]).replace(b"NextShares", b"NextShares|Moon").replace(b"|N\n", b"|N|\n")
    )
    assert read(data).unknown_columns == ("Moon",)


SEC = {
    "AAPL": "AAPL",
    "BRK-B": "BRK.B",
    "BALY-T": "BALY.T",
    "ABR-PD": "ABR.PRD",
    "TFC-PR": "TFC.PRR",
    "ETI-P": "ETI.PR",
    "OXY-WT": "OXY.WS",
    "NE-WTA": "NE.WSA",
    "JACS-UN": "JACS.U",
    "CELG-RI": "CELG.RT",
    "DAIC ": "DAIC",
    "NONE.": None,
    "GFR-RW": None,
    "": None,
    None: None,
    7: None,
}


@pytest.mark.parametrize(("printed", "symbol"), SEC.items())
def test_tickers_of_the_sec(printed: object, symbol: str | None) -> None:
    directory = read(make_tickers([320193, "Some Corp", printed, "NYSE"]))
    assert [listing.symbol for listing in directory.listings] == ([symbol] if symbol else [])
    assert len(directory.rejected) == (symbol is None)


def test_fields_of_the_sec_also_saved_again_by_others() -> None:
    directory = read(
        make_tickers(
            [320193, "Apple Inc.", "AAPL", "Nasdaq"],
            ["0001067983", "BERKSHIRE HATHAWAY INC", "BRK-B", "NYSE"],
            [5, "Gone Corp", "GONE", None],
            ["five", "Odd Corp", "ODD", "OTC"],
            [True, "Odder Corp", "ODDER", "OTC"],
            ["short"],
        )
    )
    apple, berkshire, gone = (listing.entry for listing in directory.listings)
    assert (apple.cik, apple.name, apple.exchange, apple.mic) == (
        320193, "Apple Inc.", "Nasdaq", "XNAS",
    )  # fmt: skip
    # The SEC's NYSE is three markets.
    assert (berkshire.cik, berkshire.exchange, berkshire.mic) == (1067983, "NYSE", None)
    assert (gone.exchange, gone.mic) == (None, None)
    assert [(e.line, e.ticker) for e in directory.rejected] == [(4, "ODD"), (5, "ODDER"), (6, None)]
    assert (directory.source, directory.as_of_from) == ("sec_tickers", "the file's name")


def test_the_list_of_companies_of_the_sec_names_no_exchange() -> None:
    directory = read(
        make_companies(
            (320193, "AAPL", "Apple Inc."),
            ("0001067983", "BRK-B", "BERKSHIRE HATHAWAY INC"),
            ("five", "ODD", "Odd Corp"),
        )
    )
    apple, berkshire = (listing.entry for listing in directory.listings)
    assert (apple.cik, apple.name, apple.exchange, apple.mic) == (320193, "Apple Inc.", None, None)
    assert (berkshire.cik, directory.listings[1].symbol) == (1067983, "BRK.B")
    assert [(e.line, e.ticker) for e in directory.rejected] == [(3, "ODD")]
    assert directory.source == "sec_companies"


SCREENER = {
    "AAPL": "AAPL",
    "ECC           ": "ECC",
    "BRK/B": "BRK.B",
    "ABR^D": "ABR.PRD",
    "BRK^B": "BRK.PRB",
    "DCOM^": "DCOM.PR",
    "RAC/WS": "RAC.WS",
    "RAC/U": "RAC.U",
    "12": None,
}


@pytest.mark.parametrize(("printed", "symbol"), SCREENER.items())
def test_symbols_of_the_screener(printed: str, symbol: str | None) -> None:
    directory = read(make_screener({"symbol": printed}))
    assert [listing.symbol for listing in directory.listings] == ([symbol] if symbol else [])


def test_fields_of_the_screener_alone_and_as_the_site_answers() -> None:
    row = {
        "symbol": "BRK/B",
        "name": "Berkshire Hathaway Inc.",
        "sector": "",
        "industry": "Property-Casualty Insurers",
        "country": "United States",
        "ipoyear": "1988",
        "moon": "full",
    }
    data = make_screener(row, {"symbol": "ODD", "ipoyear": "soon"})
    answer = json.dumps({"data": {"asOf": None, "rows": json.loads(data)}}).encode()
    for directory in (read(data), read(answer)):
        entry = find(directory, "BRK.B").entry
        assert (entry.sector, entry.industry) == (None, "Property-Casualty Insurers")
        assert (entry.country, entry.ipo_year) == ("United States", 1988)
        assert directory.unknown_columns == ("moon",)
        assert [(e.line, e.ticker) for e in directory.rejected] == [(2, "ODD")]


_TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="|\n\r"), max_size=12)


@given(st.lists(st.tuples(_TEXTS, _TEXTS, st.sampled_from(["Y", "N", " "])), min_size=1))
def test_every_row_is_accounted_for_whatever_is_in_it(rows: list[tuple[str, str, str]]) -> None:
    lines = [f"{ticker}|Name|N|{tape}|N|100|{test}|" for ticker, tape, test in rows]
    directory = read(make_other(rows=lines))
    account = directory.account()
    assert account["read"] == len(rows)
    assert account["read"] == account["listed"] + account["test_issues"] + account["rejected"]
    symbols = [listing.symbol for listing in directory.listings]
    assert len(set(symbols)) == len(symbols)
    assert all(map(is_canonical, symbols))
