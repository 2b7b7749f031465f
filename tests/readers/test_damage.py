"""Damaged files: cut, torn, doubled, a figure in another scale. Whole ones are not suspicious."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest

from readers.builders import CATALOG, Row, ishares_csv, ishares_row, read, receipt_of, to_csv
from readers.layouts import LAYOUTS
from readers.positions import POSITIONS
from readers.printing import JSON, Layout
from stockgroups.errors import AmbiguousFileError, GuardError, SourceError
from stockgroups.readers.lists.constituents import read_constituents
from stockgroups.suspicions import Guard

COUNT = 60
LEGAL = "The values are those of the fund's holdings on the date above and may change at any time."


def ishares(rows: list[Row]) -> bytes:
    return ishares_csv(rows, footer=LEGAL)


def rows() -> list[Row]:
    """Sixty stocks, from 2.6 % of the fund down to 0.7 %, and some cash."""
    weights = [2.65 - 0.0325 * n for n in range(COUNT)]
    letters = "ABCDEFGHIJ"
    made = [
        ishares_row(f"Q{letters[n // 10]}{letters[n % 10]}", f"NUMBER {n} CORP", w * 1e6, w)
        for n, w in enumerate(weights)
    ]
    cash = 100 - sum(weights)
    return [*made, ishares_row("USD", "USD CASH", cash * 1e6, cash, asset_class="Cash")]


def sector(count: int = COUNT) -> bytes:
    """The same as a Select Sector list, in which the last line has no line end."""
    lines = ["XLV Index Holdings as of 07/02/2026,,", "Symbol,Company Name,Index Weight"]
    whole = [(row["Ticker"], row["Name"], float(row["Weight (%)"])) for row in rows()[:COUNT]]
    total = sum(weight for _, _, weight in whole)
    lines += [f"{t},{name},{100 * weight / total:.2f}%" for t, name, weight in whole]
    return "\n".join(lines[: 2 + count]).encode()


def cut(share: float) -> bytes:
    """The file without its last rows, and without what stands behind them."""
    data = ishares_csv(rows()[: int(share * COUNT)])
    return data.rstrip(b"\n") + b"\n"


def scaled(label: str, row: int, factor: float) -> bytes:
    made = rows()
    figure = float(made[row][label].replace(",", ""))
    made[row][label] = f"{factor * figure:,.2f}"
    return ishares(made)


def test_the_whole_files_are_not_suspicious() -> None:
    for data, name in ((ishares(rows()), "IWV.csv"), (sector(), "XLV.csv")):
        receipt = receipt_of(read(data, name))
        assert receipt.suspicions == ()
        assert not any("missing" in note for note in receipt.notes)


@pytest.mark.parametrize(
    ("damage", "guard"),
    [
        *((lambda share=share: cut(share), Guard.TRUNCATED) for share in (0.8, 0.95, 0.99, 1.0)),
        (lambda: ishares(rows()[:20] + rows()[26:]), Guard.WEIGHTS),
        (lambda: ishares(rows()[:26] + rows()[20:]), Guard.REPEATED),
        (lambda: ishares(rows()[1:]), Guard.WEIGHTS),
        *(
            (lambda row=row, f=factor, label=label: scaled(label, row, f), Guard.WEIGHTS)
            for row in (0, 30, 59)
            for factor in (10.0, 100.0, 0.01)
            for label in ("Market Value", "Weight (%)")
        ),
    ],
)
def test_what_is_damaged_is_refused_and_can_be_accepted(
    damage: Callable[[], bytes], guard: Guard
) -> None:
    with pytest.raises(GuardError, match=f"--accept {guard}|--accept .*--accept {guard}"):
        read(damage(), "IWV.csv")
    receipt = receipt_of(read(damage(), "IWV.csv", accept=frozenset(Guard)))
    assert guard in {suspicion.guard for suspicion in receipt.suspicions}


def test_a_file_cut_anywhere_in_its_table_is_refused() -> None:
    whole = ishares(rows())
    first, last = whole.index(b'"QAB"'), whole.index(b'"USD","USD CASH"')
    for end in range(first, last, 97):
        with pytest.raises((GuardError, SourceError)):
            read(whole[:end], "IWV.csv")


def test_a_torn_last_row_of_one_cell_is_no_footer() -> None:
    torn = sector(40) + b"\nQEA"
    with pytest.raises(GuardError, match=r"ends inside a row, after 'QEA'.*--accept truncated"):
        read(torn, "XLV.csv")
    assert receipt_of(read(sector() + b"\n# as of today", "XLV.csv")).suspicions == ()
    assert receipt_of(read(sector() + f"\n{LEGAL}".encode(), "XLV.csv")).suspicions == ()


def test_a_list_without_market_values_shows_what_is_missing_by_its_sum() -> None:
    with pytest.raises(GuardError, match=r"the printed weights sum to 9.*--accept weights"):
        read(sector(57), "XLV.csv")


def test_cash_cannot_be_the_whole_fund_beside_the_whole_fund() -> None:
    made = rows()
    made[-1] = ishares_row("USD", "USD CASH", 100e6, 100.0, asset_class="Cash")
    with pytest.raises(GuardError, match=r"sum to 20\d\.\d+ instead of 100"):
        read(ishares(made), "IWV.csv")


def test_half_a_fund_in_a_layout_without_an_end_is_told_by_its_receipt() -> None:
    """Advisers' files of Vanguard have no footer and no cash: 3 % may be missing in a whole one."""
    labels = ("SEDOL", "Ticker", "Holdings name", "Market value*", "% of fund*", "Market")
    weights = [99.2 * 0.98**n * 0.02 for n in range(400)]
    made = [
        ["2046251", f"Q{a}{b}{c}", "A CORP", f"${weight * 1e7:,.2f} ", f"{weight:.9f}", "US"]
        for weight, (a, b, c) in zip(weights, product("ABCDEFGH", repeat=3), strict=False)
    ]
    whole, half = (to_csv([labels, *made[:end]]) for end in (400, 200))
    assert receipt_of(read(whole, "VTI_2023-08-31.csv")).suspicions == ()
    receipt = receipt_of(read(half, "VTI_2023-08-31.csv"))
    assert receipt.suspicions == ()
    assert any("market values are 97.46% of the net assets" in note for note in receipt.notes)
    with pytest.raises(GuardError, match=r"rows are missing: .*--accept weights"):
        read(to_csv([labels, *made[:180]]), "VTI_2023-08-31.csv")


def test_a_short_table_without_anything_behind_it_may_be_a_persons() -> None:
    few = [ishares_row(t, f"{t} CORP", 25e6, 25.0) for t in ("AA", "BB", "CC", "DD")]
    receipt = receipt_of(read(ishares_csv(few).rstrip(b"\n") + b"\n", "IWV.csv"))
    assert receipt.suspicions == ()
    assert any("after the last row is missing" in note for note in receipt.notes)


@pytest.mark.parametrize("factor", [0.96, 0.98, 1.015, 1.04])
def test_a_price_of_another_hour_contradicts_nothing(factor: float) -> None:
    for row in (0, 30):
        receipt = receipt_of(read(scaled("Market Value", row, factor), "IWV.csv"))
        assert receipt.suspicions == ()


TABULAR = [layout for layout in LAYOUTS if layout.writers[0] not in JSON]


def print_rows(layout: Layout) -> list[list[str]]:
    """Two stocks that are the whole fund."""
    stocks = (replace(position, weight="50.00") for position in POSITIONS[:2])
    return [[column(stock) for column in layout.columns.values()] for stock in stocks]


@pytest.mark.parametrize("layout", TABULAR, ids=lambda layout: layout.source)
def test_a_header_that_stands_again_is_told_with_its_line(layout: Layout) -> None:
    above, below, header = layout.above[0], layout.below[0], list(layout.columns)
    one, other = print_rows(layout)
    line = len(above) + 3
    page_break = layout.writers[0]([*above, header, one, header, other, *below])
    told = f"the header is repeated on line {line}: several files joined.*--accept repeated"
    day = dt.date(2026, 7, 2)
    with pytest.raises(GuardError, match=told):
        read(page_break, layout.file_name, as_of=day)
    snapshot = read(page_break, layout.file_name, as_of=day, accept=set(Guard))
    assert snapshot.member_count == 2
    assert Guard.REPEATED in {sign.guard for sign in receipt_of(snapshot).suspicions}


@pytest.mark.parametrize("layout", TABULAR, ids=lambda layout: layout.source)
def test_a_row_above_the_header_is_no_line_about_the_fund(layout: Layout) -> None:
    above, below, header = layout.above[0], layout.below[0], list(layout.columns)
    one, other = print_rows(layout)
    moved = layout.writers[0]([*above, one, header, other, *below])
    # Where what is right above the header tells the format, the file is of none that is known.
    told = r"line \d+: a row of a table is above its header|unknown format"
    with pytest.raises(SourceError, match=told):
        read(moved, layout.file_name, as_of=dt.date(2026, 7, 2), accept=set(Guard))


@pytest.mark.parametrize("blanks", ["", "\n"])
def test_two_files_in_one_are_told_as_such(blanks: str) -> None:
    header = "date,fund,company,ticker,cusip,shares,weight (%)\n"
    one = '07/02/2026,{},"APPLE INC",AAPL,037833100,10,100.00%\n'
    text = header + one.format("ARKK") + blanks + header + one.format("{}")
    with pytest.raises(AmbiguousFileError, match=r"more than one fund: ARKK, ARKW; .* repeated on"):
        read(text.format("ARKW").encode())
    with pytest.raises(GuardError, match=r"header is repeated .* 1 row appears twice"):
        read(text.format("ARKK").encode())


def test_two_files_of_ishares_are_no_look_through() -> None:
    whole = ishares(rows())
    assert read(whole + whole, "IWV.csv").weights == read(whole, "IWV.csv").weights
    other = ishares_csv(rows(), name="iShares Core S&P 500 ETF", footer=LEGAL)
    with pytest.raises(GuardError, match="the header is repeated on line"):
        read(whole + other, "IWV.csv")


def test_a_header_that_stands_again_in_the_first_of_two_tables() -> None:
    own = ishares(rows())
    lines = own.splitlines(keepends=True)
    (header,) = (line for line in lines if line.startswith(b"Ticker"))
    torn = b"".join([*lines[:40], header, *lines[40:]])
    through = ishares([ishares_row("SHEL", "SHELL", 1e6, 0.25)] * 40)
    with pytest.raises(GuardError, match=r"header is repeated on line 41.*--accept repeated"):
        read(torn + through, "IWV.csv")
    accepted = read(torn + through, "IWV.csv", accept={"repeated"})
    assert accepted.weights == read(own, "IWV.csv").weights
    assert "SHEL" not in accepted.symbols


def test_a_header_that_stands_again_in_a_list() -> None:
    data = b"symbol,name\nAAPL,Apple\nsymbol,name\nMSFT,Microsoft\n"
    with pytest.raises(GuardError, match="the header is repeated on line 3"):
        read_constituents(data, "sp500_2026-07-02.csv", CATALOG)
