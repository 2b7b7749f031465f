"""One fund on one day by its issuer's file and by its N-PORT filing: both answer alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import Command
from data_sets import fund_list
from directory_files import make_fails
from readers.nport_files import filing, position

NET = 100_000_000
STOCKS = (
    ("AAPL", "APPLE INC", "Apple Inc", "037833100", "US0378331005", 30.0),
    ("MSFT", "MICROSOFT CORP", "Microsoft Corp", "594918104", "US5949181045", 20.0),
    ("GOOGL", "ALPHABET INC CLASS A", "Alphabet Inc", "02079K305", "US02079K3059", 10.0),
    ("GOOG", "ALPHABET INC CLASS C", "Alphabet Inc", "02079K107", "US02079K1079", 8.0),
    ("BRKB", "BERKSHIRE HATHAWAY INC CLASS B", "Berkshire Hathaway", "084670702", "N/A", 7.0),
    ("LIN", "LINDE PLC", "Linde PLC", "G54950103", "IE000S9YS762", 5.0),
    ("CB", "CHUBB LTD", "Chubb Ltd", "H1467J104", "CH0044328745", 4.0),
    ("CCL", "CARNIVAL CORP", "Carnival Corp", "143658300", "PA1436583006", 2.0),
    ("MMC", "MARSH & MCLENNAN INC", "Marsh & McLennan Cos", "571748102", "US5717481023", 3.0),
    ("PLD", "PROLOGIS REIT INC", "Prologis Inc", "74340W103", "US74340W1036", 2.0),
)
FUTURE = (
    '<futrDeriv derivCat="FUT"><payOffProf>Long</payOffProf><expDate>2024-03-15</expDate>'
    "<notionalAmt>2000000</notionalAmt><curCd>USD</curCd><unrealizedAppr>12000</unrealizedAppr>"
    "</futrDeriv>"
)
BESIDE = (
    '"XTSLA","BLK CSH FND TREASURY SL AGENCY","Cash and/or Derivatives","Money Market",'
    '"11,000,000.00","11.00","11,000,000.00","11,000,000.00","1.00","United States","-","USD",'
    '"1.00","USD","-"\n'
    '"USD","USD CASH","Cash and/or Derivatives","Cash","1,900,000.00","1.90","1,900,000.00",'
    '"1,900,000.00","100.00","United States","-","USD","1.00","USD","-"\n'
    '"ESH4","S&P500 EMINI MAR 24","Cash and/or Derivatives","Futures","0.00","0.00",'
    '"2,000,000.00","8.00","5,000.00","-","Index And Options Market","USD","1.00","USD","-"\n'
)
TOP = (
    'iShares Core S&P 500 ETF\nFund Holdings as of,"Jan 31, 2024"\n'
    'Inception Date,"May 15, 2000"\nShares Outstanding,"1,000,000.00"\nStock,"-"\nBond,"-"\n'
    'Cash,"-"\nOther,"-"\n\xa0\nTicker,Name,Sector,Asset Class,Market Value,Weight (%),'
    "Notional Value,Quantity,Price,Location,Exchange,Currency,FX Rate,Market Currency,"
    "Accrual Date\n"
)


def make_issuers() -> str:
    """The issuer's file: tickers, money-market funds and lent shares' collateral in one line."""
    rows = ""
    for ticker, name, _, _, _, percent in STOCKS:
        value = f"{percent * NET / 100:,.2f}"
        rows += (
            f'"{ticker}","{name}","Information Technology","Equity","{value}","{percent:.2f}",'
            f'"{value}","{percent * NET / 10_000:,.2f}","100.00","United States","NASDAQ","USD",'
            '"1.00","USD","-"\n'
        )
    return TOP + rows + BESIDE


def make_filing() -> bytes:
    """The filing: identifiers; collateral of lent shares beside the fund's own cash; a future."""
    lines = [
        position(
            name=name,
            cusip=cusip,
            balance=f"{percent * NET / 10_000:.8f}",
            valUSD=f"{percent * NET / 100:.2f}",
            pctVal=f"{percent:.12f}",
            **({} if isin == "N/A" else {"isin": isin}),
        )
        for _, _, name, cusip, isin, percent in STOCKS
    ]
    for cusip, percent in (("066922519", 7), ("066922477", 4)):
        lines.append(
            position(
                name="BlackRock Cash Funds",
                cusip=cusip,
                valUSD=f"{percent * NET / 100}",
                pctVal=str(percent),
                assetCat="STIV",
                issuerCat="RF",
            )
        )
    lines.append(
        position(
            name="Chicago Mercantile Exchange",
            title="S&P500 EMINI MAR 24",
            ticker="ESH4",
            units="NC",
            valUSD="12000",
            pctVal="0.012",
            payoffProfile="N/A",
            assetCat="DE",
            inside=FUTURE,
        )
    )
    header = {"name": "iShares Core S&P 500 ETF", "series": "S000004310", "cash": "2000000"}
    return filing(lines, net=f"{NET}", total=f"{NET * 1.05}", **header)


def test_an_issuers_file_and_a_filing_of_one_day_agree(command: Command, tmp_path: Path) -> None:
    classes = tmp_path / "company_tickers_mf_2024-04-01.json"
    classes.write_bytes(fund_list((1234, "S000004310", "C000012040", "IVV")))
    fails = tmp_path / "cnsfails202401b.txt"
    listed = [("20240122", cusip, ticker, name) for ticker, name, _, cusip, _, _ in STOCKS]
    fails.write_bytes(make_fails(*sorted(listed)))
    folder = tmp_path / "holdings"
    folder.mkdir()
    (folder / "IVV_2024-01-31.csv").write_text(make_issuers(), encoding="utf-8")
    filed = tmp_path / "primary_doc.xml"
    filed.write_bytes(make_filing())
    assert command("load-directory", str(classes), str(fails)).status == 0
    assert command("load", "--holdings-dir", str(folder), "--etf", "IVV").status == 0
    assert command("load-nport", str(filed), "--filed-on", "2024-03-28").status == 0
    day = ("query", "--etf", "IVV", "--as-of", "2024-01-31", "--json")
    answers = {kind: command(*day, "--source", kind).json for kind in ("issuer", "nport")}
    held = {
        kind: {one["reported_symbol"]: one for one in answer["members"]}
        for kind, answer in answers.items()
    }
    # Tickers of the day, although the filing has none; today's are another matter.
    assert held["nport"].keys() == held["issuer"].keys()
    assert held["nport"].keys() >= {"GOOG", "GOOGL", "BRK.B", "LIN", "CCL", "MMC"}
    for field in ("symbol", "weight", "shares"):
        assert {key: one[field] for key, one in held["nport"].items()} == {
            key: pytest.approx(one[field]) if field != "symbol" else one[field]
            for key, one in held["issuer"].items()
        }
    assert sum(one["weight"] for one in held["nport"].values()) == pytest.approx(0.91)
    assert command(*day).json["source"] == "ishares_us"
    # The rest of each file is accounted for: at its value, and a future not at its notional.
    shares = [
        command("receipt", str(path), "--json").json["receipt"]["weights"]
        for path in (folder / "IVV_2024-01-31.csv", filed)
    ]
    kinds = ("members", "unresolved", "cash", "derivatives")
    assert [[one[kind] for kind in kinds] for one in shares] == [
        pytest.approx([0.91, 0, 0.129, 0]),
        pytest.approx([0.84, 0.07, 0.11, 0.00012]),  # one has only a CUSIP, before the registers
    ]
