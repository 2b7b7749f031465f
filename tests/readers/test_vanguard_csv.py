"""Vanguard's CSV: three sections, weights too small to print, no exchange."""

from __future__ import annotations

import csv
import datetime as dt
import re
from pathlib import Path

import pytest

from readers.builders import CATALOG, others_of, read, receipt_of, to_csv, weights_of
from stockgroups.errors import (
    EmptyFileError,
    GuardError,
    NoDateError,
    OversizedFileError,
    SourceError,
    TruncatedFileError,
    UnsupportedFileError,
    WrongFundError,
)
from stockgroups.model import Category
from stockgroups.readers import read_holdings, tables

LABELS = [
    "",
    "SEDOL",
    "HOLDINGS",
    "TICKER",
    "% OF FUNDS*",
    "SUB-INDUSTRY",
    "COUNTRY",
    "SECURITYDEPOSITORYRECEIPTTYPE",
    "MARKET VALUE*",
    "SHARES",
]
BONDS = [*LABELS[:5], "MARKET VALUE*", "FACEAMOUNT", "COUPONYIELD", "MATURITY DATE"]
RESERVES = [*LABELS[:5], "MARKET VALUE*"]


def _stock(
    ticker: str,
    name: str,
    value: float,
    weight: str,
    *,
    shares: str = "1,000",
    country: str = "US",
    receipt: str = "---",
    sedol: str = "2000000",
    industry: str = "Diversified Banks",
) -> list[str]:
    money = f"${value:,.2f}"
    return ["", sedol, name, ticker, weight, industry, country, receipt, money, shares]


STOCKS = [
    _stock("BRK/B", "Berkshire Hathaway Inc", 500_000, "50.00%", industry="Multi-Sector Holdings"),
    _stock("ACN", "Accenture PLC", 300_000, "30.00%", sedol="B4BNMY3"),
    _stock("TSM", "Taiwan Semiconductor", 100_000, "10.00%", country="TW", receipt="ADR"),
    _stock("WDFC", "WD-40", 50_000, "5.00%", industry="---"),
    _stock("HSBA", "HSBC Holdings PLC", 20_000, "2.00%", country="GB"),
    _stock("TINY", "Small Company Inc", 50, "<0.01%"),
    _stock("---", "KORRO BIO INC - CVR (NOV 2023)", 20, "<0.01%"),
    _stock("---", "NEW YORK REIT IN", 10, "<0.01%", sedol="---", industry="---"),
    _stock("1843576D", "MIRAGEN THERAPEUTICS", 10, "<0.01%"),
    _stock("SQFTW", "PRESIDIO PROPERTY TRST -CW27", 10, "<0.01%", shares="10"),
    _stock("ASPSZ", "ALTISOURCE PORTFOLIO - 29C", 10, "<0.01%", shares="10"),
    _stock("LGL/WS", "LGL GROUP INC/THE", 10, "<0.01%", shares="10"),
    _stock("HYZN", "Hyzon Motors Inc", 0.53, "<0.01%", shares="52,830"),
]
BOND = ["", "---", "United States Treasury Bill", "---", "0.50%", "$5,000.00", "$5,000", "4%", "x"]
CASH = [
    ["", "---", "MKTLIQ", "---", "2.49%", "$24,894.00"],
    ["", "---", "US Dollar", "USD", "<0.01%", "$20.00"],
    ["", "---", "Synthetic Cash - QML USD", "---", "<0.01%", "-$34.53"],
]


def _rows(
    stocks: list[list[str]] = STOCKS, labels: list[str] = LABELS, name: str = "Value ETF (VTV)"
) -> list[list[str]]:
    return [
        ["Holdings details"],
        [],
        [name],
        [],
        [],
        ["Equity", "as of 02/29/2024"],
        [],
        labels,
        *stocks,
        [],
        [],
        ["Fixed income", "as of 02/29/2024"],
        [],
        BONDS,
        BOND,
        [],
        ["Short-term reserves", "as of 02/29/2024"],
        [],
        RESERVES,
        *CASH,
        [],
        ["** There may be deviations."],
    ]


def _csv(rows: list[list[str]]) -> bytes:
    """The rows as the site writes them, with both kinds of line ends."""
    lines = [",".join(f'"{cell}"' if "," in cell else cell for cell in row) for row in rows]
    return "".join(line + ("\r\n" if len(line) % 2 else "\n") for line in lines).encode("utf-8-sig")


WEIGHTS = {"BRK.B": 0.5, "ACN": 0.3, "TSM": 0.1, "WDFC": 0.05, "TINY": 0.00005, "HYZN": 5.3e-7}


def test_every_section_is_in_the_account() -> None:
    result = read_holdings(_csv(_rows()), "VTV_Holdings_details.csv", CATALOG)
    snapshot, receipt = result.snapshot, receipt_of(result.snapshot)
    assert (result.fund, result.fund_name) == ("VTV", "Value ETF (VTV)")
    assert (snapshot.as_of, snapshot.source) == (dt.date(2024, 2, 29), "vanguard_csv")
    assert receipt.as_of_from == "the content"
    assert snapshot.net_assets == pytest.approx(1_000_000)
    assert weights_of(snapshot) == pytest.approx(WEIGHTS)
    assert others_of(snapshot) == {
        "HSBC Holdings PLC": Category.REJECTED,
        "KORRO BIO INC - CVR (NOV 2023)": Category.UNLISTED,
        "NEW YORK REIT IN": Category.UNLISTED,
        "MIRAGEN THERAPEUTICS": Category.UNLISTED,
        "PRESIDIO PROPERTY TRST -CW27": Category.UNLISTED,
        "ALTISOURCE PORTFOLIO - 29C": Category.UNLISTED,
        "LGL GROUP INC/THE": Category.UNLISTED,
        "United States Treasury Bill": Category.OTHER,
        "MKTLIQ": Category.CASH,
        "US Dollar": Category.CASH,
        "Synthetic Cash - QML USD": Category.CASH,
    }
    assert receipt.rows_read == len(STOCKS) + 1 + len(CASH)
    assert receipt.weights is not None
    assert sum(receipt.weights.values()) == pytest.approx(1, abs=1e-9)
    assert receipt.printed_weight == pytest.approx(0.9999)
    assert receipt.basis == "market value"
    assert receipt.unknown_columns == ()


def test_what_stands_beside_a_member() -> None:
    snapshot = read(_csv(_rows()), "VTV.csv")
    assert snapshot.refs[0].ticker == "BRK/B"
    assert (snapshot.refs[1].sedol, snapshot.refs[1].country) == ("B4BNMY3", "US")
    assert snapshot.refs[2].exchange is None
    assert snapshot.shares == (*(1000,) * 5, 52830)
    assert snapshot.industries == (
        "Multi-Sector Holdings",
        "Diversified Banks",
        "Diversified Banks",
        None,
        "Diversified Banks",
        "Diversified Banks",
    )
    assert snapshot.sectors == snapshot.industries


def test_line_numbers_are_those_of_the_file() -> None:
    lines = receipt_of(read(_csv(_rows()), "VTV.csv")).lines
    assert {line.name: line.line for line in lines}["MKTLIQ"] == 8 + len(STOCKS) + 11


def test_the_column_sector_holds_industries_too() -> None:
    labels = ["SECTOR" if label == "SUB-INDUSTRY" else label for label in LABELS]
    snapshot = read(_csv(_rows(labels=labels)), "VTV.csv")
    assert snapshot.industries is not None
    assert snapshot.industries[0] == "Multi-Sector Holdings"


def test_saved_by_a_spreadsheet() -> None:
    assert weights_of(read(to_csv(_rows()), "VTV.csv")) == pytest.approx(WEIGHTS)
    packed = [row for row in _rows() if row]
    snapshot = read(to_csv(packed), "VTV.csv")
    assert weights_of(snapshot) == pytest.approx(WEIGHTS)
    assert receipt_of(snapshot).rows_read == len(STOCKS) + 1 + len(CASH)


def test_without_its_preamble() -> None:
    snapshot = read(_csv(_rows()[7:]), "VTV.csv")  # the later sections have their date
    assert snapshot.as_of == dt.date(2024, 2, 29)
    assert weights_of(snapshot) == pytest.approx(WEIGHTS)
    table = _csv(_rows()[7 : 8 + len(STOCKS)])
    assert read(table, "VTV_2024-02.csv").symbols == snapshot.symbols
    with pytest.raises(NoDateError):
        read(table, "VTV.csv")


@pytest.mark.parametrize("line", [[], ["A note inside the table"]])
def test_a_line_that_cuts_a_table_in_two_is_refused(line: list[str]) -> None:
    rows = _rows([*STOCKS[:3], line, *STOCKS[3:]])
    with pytest.raises(TruncatedFileError, match="rows follow the end of a table"):
        read(_csv(rows), "VTV.csv")


def test_an_unknown_column_and_a_row_that_does_not_fit() -> None:
    odd = [*STOCKS[0], "surplus"]
    rows = _rows([*([*row, ""] for row in STOCKS), odd], [*LABELS, "LEI"])
    rows[8:9] = [[*STOCKS[0], "one", "two"], rows[8]]
    receipt = receipt_of(read(_csv(rows), "VTV.csv", accept={"weights", "repeated"}))
    assert receipt.unknown_columns == ("LEI",)
    malformed = [line for line in receipt.lines if line.line == 9]
    assert [line.reason for line in malformed] == ["12 columns where the header has 11"]


def test_a_fund_that_its_name_does_not_say() -> None:
    with pytest.raises(WrongFundError, match="VUG"):
        read(_csv(_rows()), "VUG_Holdings_details.csv")


def test_foreign_stocks_are_known_by_their_sedols() -> None:
    foreign = [
        _stock("ROP", "Roche Holding AG", 600_000, "60.00%", country="CH", sedol="7110388"),
        _stock("7203", "Toyota Motor Corp", 300_000, "30.00%", country="JP", sedol="6900643"),
        _stock("TSM", "Taiwan Semiconductor", 100_000, "9.00%", country="TW", receipt="ADR"),
    ]
    name = "FTSE Developed Markets ETF (VEA)"
    result = read(_csv(_rows(foreign, name=name)), "VEA.csv", accept={"weights"})
    assert [(ref.symbol, ref.ticker) for ref in result.refs] == [
        ("TSM", "TSM"),
        (None, "ROP"),
        (None, "7203"),
    ]


def test_funds_of_bonds_are_refused() -> None:
    with pytest.raises(UnsupportedFileError, match="4 rows, none of them a stock"):
        read(_csv(_rows([])), "VTV.csv", accept={"weights"})


@pytest.mark.parametrize("rows", [_rows()[:3], _rows()[:8], _rows()[:8] + _rows()[-2:]])
def test_files_without_holdings(rows: list[list[str]]) -> None:
    error = TruncatedFileError if rows[-1] == LABELS else EmptyFileError
    with pytest.raises(error):
        read(_csv(rows), "VTV.csv")


@pytest.mark.parametrize(
    ("rows", "cut"),
    [
        (8 + len(STOCKS), 0),  # after a row of the stocks
        (8 + len(STOCKS), 30),  # inside one
        (len(_rows()) - 2, 12),  # inside a row of the reserves
    ],
)
def test_files_that_are_cut(rows: int, cut: int) -> None:
    data = _csv(_rows()[:rows])
    with pytest.raises(TruncatedFileError):
        read(data[: len(data) - cut], "VTV.csv")


def test_a_cut_file_is_refused_or_has_all_stocks() -> None:
    whole = _csv(_rows())
    symbols = read(whole, "VTV.csv").symbols
    outcomes: set[bool] = set()
    for end in range(0, len(whole), 13):
        try:
            assert read(whole[:end], "VTV.csv").symbols == symbols
        except (SourceError, GuardError):
            outcomes.add(False)
        else:
            outcomes.add(True)
    assert outcomes == {True, False}


def test_the_bound_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_ROWS", 32)
    with pytest.raises(OversizedFileError):
        read(_csv(_rows()), "VTV.csv")


@pytest.mark.parametrize(
    ("name", "as_of", "members"),
    [
        ("VTI_2025-09-30_Holdings_details.csv", dt.date(2025, 9, 30), 3481),
        ("VOO_2025-09-30_Holdings_details.csv", dt.date(2025, 9, 30), 503),
        ("VTV_2024-02-29_Holdings_details.csv", dt.date(2024, 2, 29), 350),
    ],
)
def test_the_real_files(holdings: Path, name: str, as_of: dt.date, members: int) -> None:
    path = holdings / "vanguard" / name
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file) if len(row) > 5 and row[1] != "SEDOL"]
    values = [float(re.sub("[$,]", "", row[8 if len(row) == 10 else 5])) for row in rows]
    stocks = {
        row[3].replace("/", "."): (value, row[4])
        for row, value in zip(rows, values, strict=True)
        if len(row) == 10
        and re.fullmatch(r"[A-Z]{1,5}(/[A-Z])?", row[3])
        and not re.search(r"-CW\d\d$|- \d\d[A-Z]?$", row[2])
    }
    result = read_holdings(path, path.name, CATALOG)
    snapshot, receipt = result.snapshot, receipt_of(result.snapshot)
    assert (result.fund, snapshot.as_of, snapshot.member_count) == (name[:3], as_of, members)
    weights = weights_of(snapshot)
    net_assets = snapshot.net_assets or 0.0
    assert weights == pytest.approx({s: value / net_assets for s, (value, _) in stocks.items()})
    assert 1.0005 < net_assets / sum(values) < 1.002  # cash that has no row
    printed = {s: weight for s, (_, weight) in stocks.items() if "<" not in weight}
    assert {s: f"{weights[s]:.2%}" for s in printed} == printed
    assert receipt.rows_read == len(rows)
    assert receipt.rows[Category.REJECTED] == 0
    assert receipt.unknown_columns == ()


def test_a_table_of_stocks_with_another_header_is_told_with_its_columns() -> None:
    labels = ["SYMBOL" if label == "TICKER" else label for label in LABELS]
    with pytest.raises(UnsupportedFileError, match=r"unknown columns: SEDOL, .*SYMBOL"):
        read_holdings(_csv(_rows(labels=labels)), "VTV_Holdings_details.csv", CATALOG)
