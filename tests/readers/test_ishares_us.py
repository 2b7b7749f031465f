"""iShares' US CSV: as downloaded, saved again, cut, and the layouts that are something else."""

from __future__ import annotations

import csv
import datetime as dt

import pytest

from readers.builders import (
    CATALOG,
    IJH,
    ISHARES_LABELS,
    IWV,
    ishares_csv,
    ishares_row,
    ishares_rows,
    read,
    receipt_of,
    to_csv,
    weights_of,
    workbook,
)
from stockgroups.errors import (
    AmbiguousFileError,
    EmptyFileError,
    GuardError,
    NoDateError,
    TruncatedFileError,
    UnsupportedFileError,
    WrongFundError,
)
from stockgroups.model import Category, Ref
from stockgroups.readers import read_holdings, reader_ids

ROWS = ishares_rows({"AAPL": 60.0e6, "BRKB": 30.0e6, "MSFT": 10.0e6})
FILE = ishares_csv(ROWS, footer="The values may change at any time. " * 3)


def test_a_file_as_downloaded() -> None:
    result = read_holdings(FILE, "IWV_holdings.csv", CATALOG)
    snapshot = result.snapshot
    assert (result.fund, result.fund_name, result.format) == ("IWV", IWV, "ishares_us")
    assert snapshot.as_of == dt.date(2026, 7, 2)
    assert snapshot.symbols == ("AAPL", "BRK.B", "MSFT")
    assert weights_of(snapshot) == {"AAPL": 0.6, "BRK.B": 0.3, "MSFT": 0.1}
    assert snapshot.shares == (6e6, 3e6, 1e6)
    assert snapshot.sectors == ("Information Technology",) * 3
    assert snapshot.net_assets == 100e6
    assert snapshot.issuer == "iShares"
    assert snapshot.reader in reader_ids(CATALOG)
    assert snapshot.refs[1] == Ref(
        symbol="BRK.B",
        ticker="BRKB",
        name="BRKB CORP",
        exchange="NASDAQ",
        country="United States",
        currency="USD",
    )
    receipt = receipt_of(snapshot)
    assert receipt.as_of_from == "the content"
    assert receipt.unknown_columns == ()
    assert receipt.notes == ()


def _saved_again(data: bytes) -> bytes:
    """As a spreadsheet saves it: quotes where needed, padded rows, its own dates, two BOMs."""
    rows = list(csv.reader(data.decode().splitlines()))
    rows[1][1] = "2-Jul-26"
    return b"\xef\xbb\xbf" + to_csv([*rows, ["\xa0"]])


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + FILE,
        FILE.replace("\xa0\n".encode(), b"\n"),
        FILE.replace(b"\n", b"\r\n"),
        FILE.replace(b"\n", b"\r\n", 12),
        FILE.decode().encode("cp1252"),
        ishares_csv(ROWS, footer='The content\nis "" owned.\nAll rights reserved.'),
        _saved_again(FILE),
    ],
    ids=["bom", "empty separator", "crlf", "mixed ends", "cp1252", "footer", "saved again"],
)
def test_the_same_content_in_other_clothes(data: bytes) -> None:
    snapshot, original = read(data), read(FILE)
    assert snapshot.refs == original.refs
    assert snapshot.weights == original.weights
    assert snapshot.shares == original.shares
    assert snapshot.as_of == original.as_of


def test_a_workbook_that_somebody_saved_is_of_the_same_format() -> None:
    sheet = [[IWV], ["Fund Holdings as of", "Jul 02, 2026"], *[["x", "-"]] * 6, []]
    rows = [list(row.values()) for row in ROWS]
    snapshot = read(workbook([[*sheet, ISHARES_LABELS, *rows]]))
    assert snapshot.refs == read(FILE).refs
    assert snapshot.weights == read(FILE).weights


def test_the_layout_of_2020_has_identifiers_and_shares() -> None:
    labels = [*ISHARES_LABELS[:7], "Shares", "CUSIP", "ISIN", "SEDOL", *ISHARES_LABELS[8:]]
    ids = {"Shares": "600.00", "CUSIP": "037833100", "ISIN": "US0378331005", "SEDOL": "2046251"}
    rows = [ishares_row("AAPL", "APPLE INC", 1e6, 100.0) | ids]
    (ref,) = read(ishares_csv(rows, labels=labels)).refs
    assert (ref.cusip, ref.isin, ref.sedol) == ("037833100", "US0378331005", "2046251")
    assert read(ishares_csv(rows, labels=labels)).shares == (600.0,)


def test_the_look_through_table_is_not_the_funds() -> None:
    own = ishares_csv([ishares_row("EWU", "UNITED KINGDOM ETF", 1e6, 100.0, exchange="NYSE Arca")])
    through = ishares_csv([ishares_row("SHEL", "SHELL", 1e6, 0.25)] * 400)
    snapshot = read(own + "\xa0\n".encode() + through)
    assert snapshot.symbols == ("EWU",)
    assert receipt_of(snapshot).rows_read == 1


def test_foreign_lines() -> None:
    def row(ticker: str, exchange: str, currency: str) -> dict[str, str]:
        return ishares_row(
            ticker, ticker, 25e6, 25.0, exchange=exchange, currency=currency, location="X"
        )

    snapshot = read(
        ishares_csv(
            [
                row("2330", "Taiwan Stock Exchange", "TWD"),
                row("700", "Hong Kong Exchanges And Clearing Ltd", "HKD"),
                row("WALMEX*", "Bolsa Mexicana De Valores", "MXN"),
                row("BIMAS.E", "Istanbul Stock Exchange", "TRY"),
            ],
            name=None,
        ),
        "EEM_2025-01_no-preamble.csv",
    )
    assert snapshot.symbols == ("2330.XTAI", "0700.XHKG", "WALMEX.XMEX", "BIMAS.XIST")
    assert snapshot.as_of == dt.date(2025, 1, 31)
    assert snapshot.refs[0].ticker == "2330"
    assert snapshot.refs[0].currency == "TWD"
    assert "last day" in receipt_of(snapshot).as_of_from


def test_the_date_comes_from_the_content_then_the_caller_then_the_name() -> None:
    bare, day = ishares_csv(ROWS, name=None), dt.date(2020, 2, 3)
    assert read(FILE, "IWV_2025-01-01.csv", as_of=day).as_of == dt.date(2026, 7, 2)
    assert read(bare, "IWV.csv", as_of=day).as_of == day
    with pytest.raises(AmbiguousFileError, match="2025-01-01 by the file's name, but 2020-02-03"):
        read(bare, "IWV_2025-01-01.csv", as_of=day)
    assert read(bare, "IWV_2025-01-01.csv").as_of == dt.date(2025, 1, 1)
    with pytest.raises(NoDateError, match="--as-of"):
        read(bare, "IWV.csv")
    with pytest.raises(NoDateError, match="'gestern' is not understood"):
        read(ishares_csv(ROWS, as_of="gestern"), "IWV_2025-01-01.csv")


def test_columns_that_nobody_knows_are_told() -> None:
    data = ishares_csv(ROWS, labels=[*ISHARES_LABELS, "Carbon", "Duration"])
    assert receipt_of(read(data)).unknown_columns == ("Carbon", "Duration")


def test_of_two_columns_with_one_meaning_the_first_counts() -> None:
    data = ishares_csv([row | {"Shares": "1"} for row in ROWS], labels=[*ISHARES_LABELS, "Shares"])
    snapshot = read(data)
    assert snapshot.shares == (6e6, 3e6, 1e6)
    assert receipt_of(snapshot).unknown_columns == ("Shares",)


def test_a_row_with_a_comma_too_many_is_rejected_where_it_stands() -> None:
    data = ishares_csv(ROWS).replace(b'"30,000,000.00","30.00"', b'30,000,000.00,"30.00"')
    with pytest.raises(GuardError, match="rows are missing"):
        read(data)
    snapshot = read(data, accept={"weights"})
    assert receipt_of(snapshot).rows[Category.REJECTED] == 1
    assert receipt_of(snapshot).rows_read == 3
    (line,) = receipt_of(snapshot).lines
    assert (line.line, line.category) == (12, Category.REJECTED)
    assert line.reason == "17 columns where the header has 15"
    assert snapshot.symbols == ("AAPL", "MSFT")


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (ishares_csv([], footer="Legal."), EmptyFileError, "no rows"),
        (ishares_csv(ROWS, as_of="-"), EmptyFileError, "no date"),
        (ishares_csv(ROWS)[: FILE.index(b"Ticker")], EmptyFileError, "without a table"),
        (
            ishares_csv(ROWS)[: -len(',"USD","-"\n')],
            TruncatedFileError,
            "line 13: the last row is cut off: 13 col",
        ),
        (ishares_csv(ROWS)[:-8], TruncatedFileError, "inside a quoted field"),
        (ishares_csv(ROWS)[: FILE.index(b'"BRKB')], GuardError, "1 row sum to 60 instead of 100"),
        (
            ishares_csv([ishares_row("USD", "USD CASH", 1e6, 100.0, asset_class="Cash")]),
            UnsupportedFileError,
            "it has 1 row, none of them a stock",
        ),
    ],
    ids=["footer only", "dash", "preamble only", "cut row", "cut cell", "cut table", "cash only"],
)
def test_what_is_refused(data: bytes, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        read(data)


def test_bonds_have_no_tickers() -> None:
    labels = [label for label in ISHARES_LABELS if label != "Ticker"]
    labels[labels.index("Quantity")] = "Par Value"
    with pytest.raises(UnsupportedFileError, match="no Ticker column: bonds"):
        read(ishares_csv(ROWS, labels=labels))
    with pytest.raises(UnsupportedFileError, match="no Ticker column: bonds"):
        read(to_csv([labels, ["TREASURY NOTE", *["-"] * 13]]))
    labels = ["Symbol" if label == "Ticker" else label for label in ISHARES_LABELS]
    with pytest.raises(UnsupportedFileError, match=r"no column Ticker; it has Symbol, .*layout"):
        read(ishares_csv(ROWS, labels=labels))


LINES_OF_2017 = [
    "iShares Core S&P Small-Cap ETF",
    'Inception Date,"May 22, 2000"',
    'Fund Holdings as of,"Feb 28, 2017"',
    'Total Net Assets,"1,000.00"',
    'Shares Outstanding,"10.00"',
    'Stock,"-"',
    'Bond,"-"',
    'Cash,"-"',
    'Other,"-"',
    "\xa0",
    "Ticker,Name,Asset Class,Weight (%),Price,Shares,Market Value,Notional Value,Sector,SEDOL,ISIN,"
    "Exchange",
    '"TTWO","TAKE-TWO","Equity","60.00","60.00","10.00","600.00","600.00","Information Technology",'
    '"2122117","US8740541094","NASDAQ"',
    '"SAIA","SAIA INC","Equity","40.00","40.00","10.00","400.00","400.00","Industrials","2982399",'
    '"US78709Y1055","NASDAQ"',
]


@pytest.mark.parametrize("order", [(1, 2), (2, 1)], ids=["inception first", "as-of first"])
def test_the_name_on_the_first_line_is_the_funds_whatever_follows(order: tuple[int, int]) -> None:
    lines = list(LINES_OF_2017)
    lines[1], lines[2] = (LINES_OF_2017[at] for at in order)
    for ends in ("\n", "\r\n"):
        data = "\ufeff".encode() + ends.join([*lines, ""]).encode()
        result = read_holdings(data, "download.csv", CATALOG)
        assert (result.fund, result.fund_name) == ("IJR", lines[0])
        assert result.snapshot.as_of == dt.date(2017, 2, 28)
        assert read_holdings(data, "IJR_2018.csv", CATALOG).fund == "IJR"
        with pytest.raises(WrongFundError, match="says IWM, its content iShares Core S&P Small"):
            read(data, "IWM_holdings.csv")
    saved = to_csv(
        [row.split(",", 1) if at == 0 else next(csv.reader([row])) for at, row in enumerate(lines)]
    )
    assert read_holdings(saved, "download.csv", CATALOG).fund == "IJR"


def test_a_title_and_blank_lines_that_a_person_added() -> None:
    above, rows = FILE.split(b"Ticker,Name", 1)
    header, body = rows.split(b"\n", 1)
    data = b"My downloads\n\n" + above + b"Ticker,Name" + header + b"\n , \n" + body
    assert weights_of(read(data, "IWV_holdings.csv")) == weights_of(read(FILE, "IWV_holdings.csv"))


def test_a_persons_list_with_labels_of_ishares_is_theirs() -> None:
    data = b"Ticker,Name,Asset Class,Market Value,Weight\nAAPL,Apple,Equity,60,60\n"
    data += b"MSFT,Microsoft,Equity,40,40\n"
    snapshot = read(data, "MINE_2026-07-02.csv")
    assert (snapshot.source, weights_of(snapshot)) == ("plain", {"AAPL": 0.6, "MSFT": 0.4})


def test_a_workbook_saved_as_csv_ends_with_its_table() -> None:
    rows = ishares_rows({f"AB{chr(65 + n // 26)}{chr(65 + n % 26)}": 1e6 for n in range(50)})
    data = ishares_csv(rows, footer="").rstrip()
    with pytest.raises(GuardError, match="after the last row is missing"):
        read(data, "IWV_holdings.csv")
    assert len(read(b"02-Jul-2026\n" + data, "IWV_holdings.csv").refs) == 50


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (
            "Ticker,Name,Sector,Asset Class,Market Value,Weight (%),Notional Value,Quantity,"
            "Market Currency,Accrual Date",
            "no column Exchange; it has Ticker, Name, Sector, Asset Class, Market Value",
        ),
        (
            "Ticker,Name,Asset Class,Market Value,Exchange,Currency",
            r"no column Weight \(%\); it has Ticker, Name, Asset Class, Market Value, Exchange",
        ),
    ],
    ids=["a commodity trust", "no weights"],
)
def test_a_table_of_other_columns_is_refused_with_the_reason(header: str, words: str) -> None:
    lines = ["iShares Bitcoin Trust ETF", 'Fund Holdings as of,"Sep 25, 2026"', "", header]
    with pytest.raises(UnsupportedFileError, match=words):
        read(
            "\n".join([*lines, *["BTC,BITCOIN,-,Alternative,1,1,1,1,BTC,-"] * 2]).encode(),
            "IBIT.csv",
        )


def test_signs_that_a_web_page_has_escaped() -> None:
    rows = [ishares_row(s, name, 1, 50) for s, name in (("T", "AT&T INC"), ("WDFC", "O'Z; &CO"))]
    plain = ishares_csv(rows, name=IJH)
    escaped = (
        plain.replace(b"&", b"&amp;").replace(b"'", b"&#39;").replace(b"AT&amp;T", b"AT&#x26;T")
    )
    assert [ref.name for ref in read(escaped, "IJH.csv").refs] == ["AT&T INC", "O'Z; &CO"]
