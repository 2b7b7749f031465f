"""What a row is: for every rule the form of line that made it necessary, and what it spares."""

from __future__ import annotations

import pytest

from readers.builders import (
    Row,
    ishares_csv,
    ishares_row,
    others_of,
    read,
    receipt_of,
    ssga_row,
    ssga_xlsx,
)
from stockgroups.model import Category
from stockgroups.readers.values.texts import escape_text

STOCKS = [
    ishares_row("AAPL", "APPLE INC", 60e6, 60),
    ishares_row("MSFT", "MICROSOFT CORP", 40e6, 40),
]

NO_MARKET = "NO MARKET (E.G. UNLISTED)"
CASH, DERIVATIVE = Category.CASH, Category.DERIVATIVE
UNLISTED, OTHER, REJECTED = Category.UNLISTED, Category.OTHER, Category.REJECTED
UNRESOLVED = Category.UNRESOLVED


def _held(ticker: str, name: str, asset_class: str = "Equity", exchange: str = "NASDAQ") -> Row:
    return ishares_row(ticker, name, 25000, 0.0, asset_class=asset_class, exchange=exchange)


def _claim(ticker: str, name: str, value: float) -> Row:
    """A line of so many dollars of a fund of a hundred million."""
    return ishares_row(ticker, name, value, value / 1e6)


@pytest.mark.parametrize(
    ("row", "category"),
    [
        # The asset class decides, whatever ticker and name look like.
        (_held("XTSLA", "BLK CSH FND TREASURY SL AGENCY", "Money Market", "-"), CASH),
        (_held("USD", "USD CASH", "Cash", "-"), CASH),
        (_held("ETD_USD", "ETD USD BALANCE", "Cash", "-"), CASH),
        (_held("JPM", "CASH COLLATERAL USD JPM", "Cash Collateral and Margins", "-"), CASH),
        (
            _held("RTYU6", "RUSSELL 2000 SEP 26", "Futures", "Chicago Mercantile Exchange"),
            DERIVATIVE,
        ),
        (_held("GBP", "GBP/USD", "Forwards", "-"), DERIVATIVE),
        (_held("EUR", "EUR/USD", "FX", "-"), DERIVATIVE),
        (_held("T", "US TREASURY", "Fixed Income"), OTHER),
        (_held("GOLD", "GOLD BULLION", "Commodity", "-"), OTHER),
        # No market.
        (_held("HOLX", "HOLOGIC INC", exchange=NO_MARKET), UNLISTED),
        (_held("ADRO", "CHINOOK THERAPEUTICS INC", exchange=NO_MARKET), UNLISTED),
        # An exchange that is not known, though it is what a currency is called.
        (_held("NYT", "NEW YORK TIMES CLASS A", exchange="USD"), REJECTED),
        # Tickers that no share has.
        (_held("2602335D", "CONTRA LINE"), UNLISTED),
        (_held("BREADUMMY", "BREA WARRANTS"), UNLISTED),
        (
            _held("DUMMYREL", "DUMMY RELIANCE", exchange="National Stock Exchange Of India"),
            UNLISTED,
        ),
        (_held("MPTI RT", "M TRON INDUSTRIES", exchange="Nyse Mkt Llc"), UNLISTED),
        (_held("MPTI/WS", "M TRON INDUSTRIES", exchange="Nyse Mkt Llc"), UNLISTED),
        (_held("BTS-W6", "BTS GROUP", exchange="Stock Exchange Of Thailand"), UNLISTED),
        (_held("JMART.W5.R", "JAY MART", exchange="Stock Exchange Of Thailand"), UNLISTED),
        (_held("MORE-W10-R", "MORE RETURN", exchange="Stock Exchange Of Thailand"), UNLISTED),
        (_held("EOSER US", "EOS ENERGY ENTERPRISES INC"), UNLISTED),
        # Words.
        (_held("AKE", "AKERO THERAPEUTICS CVR"), UNLISTED),
        (_held("GTXI", "GTXI INC - CVR"), UNLISTED),
        (
            _held("P5N994", "Petrocorp Inc Escrow", exchange="Non-Nms Quotation Service (Nnqs)"),
            UNLISTED,
        ),
        (_held("-", "ESC GCI LIBERTY INC SR"), UNLISTED),
        (_held("-", "SCILEX HOLDING Prvt"), UNLISTED),
        (_held("-", "NEXPOINT STRATEGIC CASH ACCRUAL"), UNLISTED),
        (_held("WLLBW", "CHORD ENERGY EQUITY WARRANTS SERIE"), UNLISTED),
        (_held("EQTL1", "EQUATORIAL RTS SA", exchange="XBSP"), UNLISTED),
        (_held("KNGM", "KANGMEI RIGHTS OF I", exchange="Shanghai Stock Exchange"), UNLISTED),
        (_claim("AKE", "AKERO THERAPEUTICS CVR", 50_000), UNLISTED),
        (_claim("-", "ACCRUAL OF SOMETHING", 200_000), UNLISTED),
        # No ticker.
        (_held("-", "ITC LTD", exchange="National Stock Exchange Of India"), UNLISTED),
        # A line that cannot be placed, and lines that cannot be read.
        (_held("ABC", "ABC LTD", exchange="Moon Exchange"), REJECTED),
        (_held("ABC", "ABC LTD", exchange="-"), REJECTED),
        (_held("AB;C", "ABC LTD"), REJECTED),
        (ishares_row("ABC", "ABC LTD", 25000, "lots"), REJECTED),
        (_held("ABC", "A" * 201), REJECTED),
        (_held("ABC", "ABC\u202eLTD"), REJECTED),
    ],
    ids=lambda value: f"{value['Ticker']} {value['Name'][:20]}" if isinstance(value, dict) else "",
)
def test_no_member(row: Row, category: Category) -> None:
    snapshot = read(ishares_csv([*STOCKS, row]))
    assert snapshot.symbols == ("AAPL", "MSFT")
    assert others_of(snapshot) == {escape_text(row["Name"], 200): category}


@pytest.mark.parametrize(
    ("row", "symbol"),
    [
        (_held("CVI", "CVR ENERGY INC"), "CVI"),
        (_held("CVRX", "CVRX INC"), "CVRX"),
        (_held("DG", "DOLLAR GENERAL CORP"), "DG"),
        (_held("NFLX", "NETFLIX INC"), "NFLX"),
        (_held("WDFC", "WD-40 CO"), "WDFC"),
        (_held("ESCA", "ESCALADE INC"), "ESCA"),
        (_held("BSIG", "BRIGHTSPHERE INVESTMENT GROUP"), "BSIG"),
        (_held("FCFS", "FIRSTCASH HOLDINGS INC"), "FCFS"),
        (_held("JPM", "JPMORGAN CHASE & CO"), "JPM"),
        (_held("EHTH US", "EHEALTH INC"), "EHTH"),
        (_held("CLSKW", "CLEANSPARK INC"), "CLSK"),
        (_held("TSEOF", "TRINSEO PLC", exchange="Non-Nms Quotation Service (Nnqs)"), "TSEOF"),
        (_held("ABEV3", "AMBEV SA", exchange="XBSP"), "ABEV3.BVMF"),
        (_held("BRKB", "BERKSHIRE HATHAWAY INC CLASS B", exchange="NYSE"), "BRK.B"),
        (_held("JWB", "JOHN WILEY AND SONS INC CLASS B", exchange="NYSE"), "JW.B"),
        (_held("BWLA", "BOWL AMERICA INC CLASS A", exchange="Nyse Mkt Llc"), "BWL.A"),
        (_held("FCEA", "FOREST CITY REALTY TRUST CLASS A", exchange="NYSE"), "FCE.A"),
        (_held("JMART.R", "JAY MART NVDR", exchange="Stock Exchange Of Thailand"), "JMART-R.XBKK"),
        # ARK's word for a currency is no other issuer's.
        (_held("CCTJPY", "CCT JPY", exchange="Indonesia Stock Exchange"), "CCTJPY.XIDX"),
        (_held("ROP", "ROCHE PS PAR AG", exchange="SIX Swiss Exchange"), "ROP.XSWX"),
        # Words that overrule neither an exchange on which the line is listed, nor its size.
        (_held("ESC", "ESC TECHNOLOGIES INC"), "ESC"),
        (_held("ACRU", "ACCRUAL SYSTEMS INC"), "ACRU"),
        (_held("AREA", "STUDIO - 54"), "AREA"),
        (_claim("RGTS", "HUMAN RIGHTS PUBLISHING INC", 200_000), "RGTS"),
        (_claim("WTSX", "WTS GROUP PLC", 200_000), "WTSX"),
        # 50 rupiah a share, the floor of Jakarta's prices.
        (
            ishares_row("GOTO", "GOTO", 3100, 0, quantity=1e6, exchange="Indonesia Stock Exchange"),
            "GOTO.XIDX",
        ),
    ],
    ids=lambda value: value["Ticker"] if isinstance(value, dict) else "",
)
def test_a_member_although_it_looks_like_none(row: Row, symbol: str) -> None:
    snapshot = read(ishares_csv([*STOCKS, row]))
    assert snapshot.symbols == ("AAPL", "MSFT", symbol)
    assert receipt_of(snapshot).lines == ()


def test_state_street_lines_without_asset_classes() -> None:
    none = {"sedol": "-"}
    snapshot = read(
        ssga_xlsx(
            [
                ssga_row("AAPL", "APPLE INC", 60.0),
                ssga_row("DG", "DOLLAR GENERAL CORP", 39.0, identifier="256677105"),
                ssga_row("-", "US DOLLAR", 0.5, identifier="999USDZ92", **none),
                ssga_row("-", "POUND STERLING", 0.1, identifier="999GBPZ94", **none),
                ssga_row("-", "SSI US GOV MONEY MARKET CLASS", 0.1, identifier="924QSGII3", **none),
                ssga_row(
                    "-", "STATE STREET INSTITUTIONAL LIQ", 0.1, identifier="964WKM905", **none
                ),
                ssga_row("IXDH6", "XAB MATERIALS     MAR26", 0.1, identifier="ADI30KP47", **none),
                ssga_row("-", "ABIOMED INC CVR", 0.05, identifier="003CVR016", **none),
                ssga_row("-", "SOMETHING ELSE", 0.05, identifier="123456789", **none),
                ssga_row("SHEL", "SHELL PLC", 0.0, currency="GBP"),
            ]
        )
    )
    assert snapshot.symbols == ("AAPL", "DG")
    assert others_of(snapshot) == {
        "US DOLLAR": CASH,
        "POUND STERLING": CASH,
        "SSI US GOV MONEY MARKET CLASS": CASH,
        "STATE STREET INSTITUTIONAL LIQ": CASH,
        "XAB MATERIALS     MAR26": DERIVATIVE,
        "ABIOMED INC CVR": UNLISTED,
        "SOMETHING ELSE": OTHER,
        "SHELL PLC": UNRESOLVED,
    }


@pytest.mark.parametrize(("currency", "category"), [("USD", OTHER), ("EUR", UNRESOLVED)])
def test_the_currency_tells_a_mutual_fund_from_a_share_abroad(
    currency: str, category: Category
) -> None:
    rows = [ssga_row("AAPL", "APPLE INC", 99.0), ssga_row("ALMEX", "SOME", 1.0, currency=currency)]
    assert others_of(read(ssga_xlsx(rows))) == {"SOME": category}


def test_a_receipt_line_says_where_and_why() -> None:
    snapshot = read(ishares_csv([*STOCKS, _held("HOLX", "HOLOGIC INC", exchange=NO_MARKET)]))
    (line,) = receipt_of(snapshot).lines
    assert (line.line, line.ticker, line.name) == (13, "HOLX", "HOLOGIC INC")
    assert line.reason == "exchange 'NO MARKET (E.G. UNLISTED)'"
    assert line.weight == pytest.approx(25000 / 100025000)


def test_a_line_at_no_value_is_a_member_and_is_told() -> None:
    worthless = ishares_row("PDLI", "PDL BIOPHARMA INC", 0.12, 0, quantity=11853)
    snapshot = read(ishares_csv([*STOCKS, worthless]))
    assert snapshot.symbols == ("AAPL", "MSFT", "PDLI")
    assert snapshot.receipt is not None
    told = "1 member is carried at no value, and hardly trades: PDLI"
    assert told in snapshot.receipt.notes


def test_the_size_of_a_line_without_an_exchange_overrules_words() -> None:
    small, large = {"identifier": "44919F104"}, {"identifier": "80004C101"}
    snapshot = read(
        ssga_xlsx(
            [
                ssga_row("AAPL", "APPLE INC", 98.0),
                ssga_row("SNDW", "SANDS WARRANTS HOLDING", 1.9, **large),
                ssga_row("ASPSZ", "ALTISOURCE PORTFOLIO - 29C", 0.0001, **small),
                ssga_row("HYMCL", "HYCROFT MINING HOLDING -CW25", 0.09, **small),
                ssga_row("ESCX", "ESC GCI LIBERTY INC SR", 0.0099, **small),
            ]
        )
    )
    assert snapshot.symbols == ("AAPL", "SNDW")
    assert set(others_of(snapshot).values()) == {UNLISTED}


BOND, BILL = "00206RGQ9", "912797LX3"


@pytest.mark.parametrize(
    ("ticker", "name", "cusip", "category"),
    [
        ("T", "AT&T Inc", BOND, OTHER),
        ("-", "US TREASURY NTS", "912810TM0", OTHER),
        ("912810TM0", "UNITED STATES TREASURY NOTE/BOND", "912810TM0", OTHER),
        ("-", "FORD MOTOR CREDIT 4.125% 08/17/2027", "-", OTHER),
        ("T 4.5 11/15/33", "US TREASURY N/B", "-", OTHER),
        ("T 4 1/2 11/15/33 GOVT", "US TREASURY", "-", OTHER),
        ("-", "UNITED STATES TREASURY BILL 09/15/2026", BILL, CASH),
        (BILL, "UNITED STATES TREASURY BILL 0% 09/15/2026", BILL, CASH),
        ("B 09/15/26", "TREASURY BILL", "-", CASH),
        # A money fund's own CUSIP may look like a bond's.
        ("-", "SSI US GOV MONEY MARKET CLASS", "924QSGII3", CASH),
    ],
)
def test_bonds_and_bills_without_asset_classes(
    ticker: str, name: str, cusip: str, category: Category
) -> None:
    rows = [
        ssga_row("AAPL", "APPLE INC", 90.0),
        ssga_row(ticker, name, 10.0, identifier=cusip, sedol="-"),
    ]
    snapshot = read(ssga_xlsx(rows))
    assert snapshot.symbols == ("AAPL",)
    assert others_of(snapshot) == {name: category}


@pytest.mark.parametrize(
    ("ticker", "name", "cusip"),
    [
        ("IBDS", "ISHARES TR IBONDS DEC 2027 TER", "46435UAA9"),  # a fund with a bond's CUSIP
        ("TBIL", "BILL HOLDINGS INC", "090043100"),
        ("NTST", "NETSTREIT BONDS & NOTES", "64119V303"),
        ("AA-B", "ALCOA 4% 01/01/2030 CORP", "037833100"),
    ],
)
def test_no_bond_although_it_looks_like_one(ticker: str, name: str, cusip: str) -> None:
    rows = [ssga_row("MSFT", "MICROSOFT CORP", 90.0, identifier="594918104", sedol="2588173")]
    rows.append(ssga_row(ticker, name, 10.0, identifier=cusip, sedol="-"))
    assert len(read(ssga_xlsx(rows)).symbols) == 2


def _listed(ticker: str, name: str, sedol: str = "", held: int = 100) -> str:
    return f'9.00,{ticker},{name},{sedol},1.00,{held},"9,000.00"'


def _global_x(*lines: str) -> bytes:
    """A file of Global X, which has neither asset classes nor CUSIPs."""
    return "\n".join(
        [
            "Global X Something ETF",
            "Fund Holdings Data as of 07/08/2026",
            "% of Net Assets,Ticker,Name,SEDOL,Market Price ($),Shares Held,Market Value ($)",
            '91.00,AAPL,APPLE INC,2046251,91.00,"1,000","91,000.00"',
            *lines,
            "",
            '"Holdings are subject to change at any time, and should not be taken as advice."',
        ]
    ).encode()


@pytest.mark.parametrize(
    ("ticker", "name", "category"),
    [
        # Bloomberg's tickers of other things than stocks.
        ("ESU6 INDEX", "S&P500 EMINI", DERIVATIVE),
        ("NQU6 Index", "NASDAQ 100 E-MINI SEP26", DERIVATIVE),
        ("TYZ6 COMDTY", "US 10YR NOTE", DERIVATIVE),
        ("EUR CURNCY", "EURO SPOT", CASH),
        ("T 4 PERP Corp", "AT&T", OTHER),
        # Currencies sold forward, and swaps.
        ("", "EUR FORWARD CONTRACT", DERIVATIVE),
        ("", "BOUGHT EUR SOLD USD 9/16/2026", DERIVATIVE),
        ("", "TRS ON NVIDIA", DERIVATIVE),
        # Money.
        ("XTSLA", "BLK CSH FND", CASH),
        ("CASH", "Cash", CASH),
        ("USD CASH", "USD BALANCE", CASH),
        ("", "FOREIGN CURRENCY", CASH),
        ("", "ACCRUED INCOME", CASH),
        ("", "VARIATION MARGIN", CASH),
        ("", "STATE STREET NAVIGATOR SECURITIES LENDING", CASH),
    ],
)
def test_lines_of_funds_without_asset_classes(ticker: str, name: str, category: Category) -> None:
    snapshot = read(_global_x(_listed(ticker, name)), "zzq_full-holdings_20260708.csv")
    assert snapshot.symbols == ("AAPL",)
    assert others_of(snapshot) == {name: category}


@pytest.mark.parametrize(
    ("ticker", "name", "symbol"),
    [
        ("6758 JT Equity", "SONY", "6758.XTKS"),
        ("MSFT US Equity", "MICROSOFT", "MSFT"),
        ("FWRD", "FORWARD AIR CORP", "FWRD"),
        ("CASH", "PATHWARD FINANCIAL INC", "CASH"),
        ("TRS", "TRIMAS CORP", "TRS"),
    ],
)
def test_stocks_of_funds_without_asset_classes(ticker: str, name: str, symbol: str) -> None:
    snapshot = read(_global_x(_listed(ticker, name)), "zzq_full-holdings_20260708.csv")
    assert snapshot.symbols == ("AAPL", symbol)


@pytest.mark.parametrize("word", ["Total", "Gesamt", "Summe", "Total général", "Totale:"])
def test_a_row_of_sums_in_any_language_counts_nothing_twice(word: str) -> None:
    total = ishares_row("", word, 100e6, 100, asset_class="", exchange="")
    snapshot = read(ishares_csv([*STOCKS, total]))
    assert receipt_of(snapshot).suspicions == ()
    assert snapshot.weights == (0.6, 0.4)
    assert others_of(snapshot) == {word: OTHER}
