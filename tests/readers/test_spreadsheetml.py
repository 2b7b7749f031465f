"""SpreadsheetML: the container, what is refused of it, and the iShares workbook in it."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers.builders import (
    CATALOG,
    ISHARES_LABELS,
    SPREADSHEETML,
    others_of,
    read,
    receipt_of,
    spreadsheetml_rows,
    spreadsheetml_workbook,
    weights_of,
)
from stockgroups.errors import (
    EmptyFileError,
    OversizedFileError,
    SourceError,
    TruncatedFileError,
    UnrecognisedFileError,
    WrongFundError,
)
from stockgroups.model import Category
from stockgroups.readers import read_holdings
from stockgroups.readers.containers.spreadsheetml import read_spreadsheetml

LABELS = [
    "Shares" if label == "Quantity" else label
    for label in ISHARES_LABELS
    if label != "Market Currency"
]


def _holding(ticker: str, name: str, value: str, weight: str, asset_class: str) -> list[str]:
    is_stock = asset_class == "Equity"
    return [
        ticker,
        name,
        "Communication" if is_stock else "Cash and/or Derivatives",
        asset_class,
        value,
        weight,
        value,
        "1000",
        "5.5",
        "United States",
        "New York Stock Exchange Inc." if is_stock else "--",
        "USD",
        "1",
        "--",
    ]


HOLDINGS = spreadsheetml_rows(
    [
        ["11-May-2022"],
        ["iShares Core S&P 500 ETF"],  # a bare ampersand, as the issuer writes it
        ["Inception Date", "May 15, 2000"],
        ["Fund Holdings as of", "May 11, 2022"],
        ["Number of Securities", "2.00"],
        ["Shares Outstanding", "1,000.00"],
        [""],
        LABELS,
        _holding("T", "AT&amp;T INC", "6000000", "59.99999", "Equity"),
        _holding("BRKB", "BERKSHIRE HATHAWAY INC CLASS B", "3999000", "39.99001", "Equity"),
        _holding("USD", "USD CASH", "1000", "0.01", "Cash"),
        _holding("ESM2", "S&amp;P500 EMINI JUN 22", "0", "0", "Futures"),
    ]
)
LEGAL = spreadsheetml_rows([["Do not copy <br /> or <b>sell</b> this."], [""]])
HISTORY = spreadsheetml_rows([["As Of", "NAV per Share"], ["May 11, 2022", "394.28"]])
WORKBOOK = spreadsheetml_workbook(LEGAL, HOLDINGS, HISTORY)


def test_the_ishares_workbook_is_read_as_the_us_format() -> None:
    result = read_holdings(
        b"\xef\xbb\xbf\xef\xbb\xbf" + WORKBOOK.encode(), "some_fund.xls", CATALOG
    )
    snapshot = result.snapshot
    assert (result.fund, result.fund_name, result.format) == (
        "IVV",
        "iShares Core S&P 500 ETF",
        "ishares_us",
    )
    assert snapshot.as_of == dt.date(2022, 5, 11)
    assert receipt_of(snapshot).as_of_from == "the content"
    assert weights_of(snapshot) == {"T": 0.6, "BRK.B": 0.3999}
    assert [ref.name for ref in snapshot.refs] == ["AT&T INC", "BERKSHIRE HATHAWAY INC CLASS B"]
    assert snapshot.shares == (1000.0, 1000.0)
    assert others_of(snapshot) == {
        "USD CASH": Category.CASH,
        "S&P500 EMINI JUN 22": Category.DERIVATIVE,
    }
    assert receipt_of(snapshot).unknown_columns == ()
    assert [line.line for line in receipt_of(snapshot).lines] == [11, 12]


def test_the_fund_of_a_workbook_is_checked_against_the_name() -> None:
    with pytest.raises(WrongFundError, match="IWM"):
        read(WORKBOOK.encode(), "IWM_2022-05-11.xls")


def test_what_follows_the_table_is_not_read() -> None:
    broken = WORKBOOK.replace("394.28", "<br>")
    assert read_spreadsheetml(broken, "f.xls") == read_spreadsheetml(WORKBOOK, "f.xls")


def test_a_table_of_something_else_is_passed_over() -> None:
    for sheets in ((HISTORY, HOLDINGS), (LEGAL, HISTORY, HOLDINGS, HISTORY)):
        data = spreadsheetml_workbook(*sheets).encode()
        assert read(data).symbols == read(WORKBOOK.encode()).symbols


@pytest.mark.parametrize("excels", [True, False])
def test_a_hidden_worksheet_counts_where_no_other_has_a_table(*, excels: bool) -> None:
    sheets = [spreadsheetml_rows([["a", word], ["b", word]]) for word in ("old", "new")]
    text = spreadsheetml_workbook(*sheets)
    if excels:
        told = '<WorksheetOptions xmlns="urn:schemas-microsoft-com:office:excel"><Visible>'
        end = "</ss:Table>"
        text = text.replace(end, f"{end}{told}SheetHidden</Visible></WorksheetOptions>", 1)
    else:
        text = text.replace('ss:Name="s"', 'ss:Name="s" ss:Visible="SheetVeryHidden"', 1)
    assert read_spreadsheetml(text, "f.xls") == [["a", "new"], ["b", "new"]]
    alone = text.replace(sheets[1], "")
    assert read_spreadsheetml(alone, "f.xls") == [["a", "old"], ["b", "old"]]


def test_positions_that_are_left_out_are_blank() -> None:
    # As Excel itself saves it: the namespace without a prefix, and only cells that hold something.
    text = f"""<?xml version="1.0"?>
    <Workbook xmlns="{SPREADSHEETML}" xmlns:ss="{SPREADSHEETML}"><Worksheet><Table>
    <Row><Cell ss:MergeAcross="1"><Data ss:Type="String">a</Data></Cell>
         <Cell><Data ss:Type="String">d</Data></Cell></Row>
    <Row ss:Index="4"><Cell ss:Index="2"><Data ss:Type="DateTime">2022-05-11T00:00:00.000</Data>
         <Comment><Data>not the cell's</Data></Comment></Cell><Cell/>
         <Cell><Data ss:Type="Number">1.5E-2</Data></Cell></Row>
    </Table></Worksheet></Workbook>"""
    assert read_spreadsheetml(text, "f.xls") == [
        ["a", "", "d", ""],
        ["", "", "", ""],
        ["", "", "", ""],
        ["", "2022-05-11T00:00:00", "", "1.5E-2"],
    ]


@given(
    st.lists(
        st.lists(st.text("AZaz09&<>\"' .;#", max_size=12), min_size=2, max_size=4),
        min_size=2,
        max_size=6,
    ).filter(lambda rows: sum(sum(1 for c in row if c.strip()) > 1 for row in rows) > 1)
)
def test_what_was_written_is_read(rows: list[list[str]]) -> None:
    width = max(map(len, rows))
    sheet = spreadsheetml_rows([[escape(cell) for cell in row] for row in rows])
    assert read_spreadsheetml(spreadsheetml_workbook(sheet), "f.xls") == [
        row + [""] * (width - len(row)) for row in rows
    ]


def test_an_ampersand_in_cdata_stands_for_itself() -> None:
    sheet = spreadsheetml_rows([["<![CDATA[S&P]]>", "b"], ["c", "d"]])
    assert read_spreadsheetml(spreadsheetml_workbook(sheet), "f.xls")[0] == ["S&P", "b"]


NAMESPACE = "urn:schemas-microsoft-com:office:spreadsheet"
_CELL_TEXTS = ["", "a", " b\n", "7", "S&amp;P", "x]", "<b>bold</b>", "\u20ac", "a\r\nb", "&#65;"]


@given(
    st.lists(
        st.lists(st.sampled_from(_CELL_TEXTS), min_size=2, max_size=4), min_size=2, max_size=6
    ),
    st.sampled_from(["", "<!-- ", "<?x "]),
)
def test_plain_rows_are_read_as_all_others(rows: list[list[str]], hides: str) -> None:
    shown = {"": "", "<!-- ": " -->", "<?x ": "?>"}[hides]
    sheet = spreadsheetml_rows([["a", "b"], ["c", "d"]]) + hides + spreadsheetml_rows(rows) + shown
    text = spreadsheetml_workbook(sheet, HOLDINGS)
    parsed = read_spreadsheetml(text.replace("<ss:Row>", "<ss:Row >"), "f.xls")
    assert read_spreadsheetml(text, "f.xls") == parsed
    assert len(parsed) == 2 + (0 if hides else len(rows))


@pytest.mark.parametrize("width", [1, 24, 25, 60])
def test_a_row_of_any_width_is_read_whole(width: int) -> None:
    row = [f"c{at}" for at in range(width)]
    sheet = spreadsheetml_rows([["a", "b"], ["c", "d"], row])
    assert read_spreadsheetml(spreadsheetml_workbook(sheet), "f.xls")[2][:width] == row


@given(st.lists(st.lists(st.sampled_from(_CELL_TEXTS), min_size=2, max_size=4), max_size=6))
def test_a_workbook_that_excel_saved_is_read_as_it_was_issued(rows: list[list[str]]) -> None:
    issued = spreadsheetml_workbook(spreadsheetml_rows([["a", "b"], ["c", "d"], *rows]))
    for attributes in ("", ' ss:AutoFitHeight="0"', ' ss:Index="7"'):
        with_rows = issued.replace("<ss:Row>", f"<ss:Row{attributes}>", 1)
        saved = re.sub("(</?)ss:", r"\1", with_rows).replace("xmlns:ss", "xmlns", 1)
        saved = saved.replace("xmlns=", f'xmlns:ss="{NAMESPACE}" xmlns=', 1)
        assert read_spreadsheetml(saved, "f.xls") == read_spreadsheetml(with_rows, "f.xls")


def test_a_row_that_says_it_is_plain_is_not_believed() -> None:
    rows = [["a", "b"], ["c", "d"]]
    sheet = spreadsheetml_rows(rows) + '<ss:Row plain-row="0"/><ss:Row plain-row="x"/>'
    assert read_spreadsheetml(spreadsheetml_workbook(sheet), "f.xls") == [*rows, ["", ""], ["", ""]]


def test_errors_tell_the_line_behind_plain_rows() -> None:
    sheet = spreadsheetml_rows([["a", "b"], ["c\nc", "d"]])
    broken = spreadsheetml_workbook(sheet + "</ss:Oops>")
    line = broken[: broken.index("</ss:Oops>")].count("\n") + 1
    with pytest.raises(TruncatedFileError) as caught:
        read_spreadsheetml(broken, "f.xls")
    assert caught.value.where == f"f.xls, line {line}"


def _table(attribute: str) -> str:
    sheet = spreadsheetml_rows([["a", "b"], ["c", "d"]])
    return spreadsheetml_workbook(sheet.replace("<ss:Cell>", f"<ss:Cell {attribute}>", 1))


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        (WORKBOOK[: len(WORKBOOK) // 2], TruncatedFileError, "in the middle"),
        (WORKBOOK.replace("</ss:Data>", "", 1), TruncatedFileError, "mismatched tag"),
        (spreadsheetml_workbook(LEGAL), EmptyFileError, "no worksheet"),
        (
            WORKBOOK.replace("<ss:W", '<!DOCTYPE w [<!ENTITY a "b">]><ss:W', 1),
            UnrecognisedFileError,
            "document type",
        ),
        (WORKBOOK.replace("<br />", "<b>" * 40, 1), OversizedFileError, "32 levels"),
        (_table('ss:Index="99999999"'), OversizedFileError, "2,000,000 cells"),
        (_table('ss:MergeAcross="99999999"'), OversizedFileError, "2,000,000 cells"),
        (
            spreadsheetml_workbook(
                "<ss:Row><ss:Worksheet></ss:Worksheet><ss:Cell></ss:Cell></ss:Row>"
            ),
            UnrecognisedFileError,
            "a Worksheet that is in no Workbook",
        ),
        (
            spreadsheetml_workbook(
                "<ss:Row><ss:Cell><ss:Workbook><ss:Worksheet></ss:Worksheet></ss:Workbook>"
                "</ss:Cell></ss:Row>"
            ),
            UnrecognisedFileError,
            "a Workbook that is in another element",
        ),
        (
            spreadsheetml_workbook("<ss:Gap><ss:Row><ss:Cell></ss:Cell></ss:Row></ss:Gap>"),
            UnrecognisedFileError,
            "a Row that is in no Table",
        ),
        (
            spreadsheetml_workbook("<ss:Cell><ss:Data>a</ss:Data></ss:Cell>"),
            UnrecognisedFileError,
            "a Cell that is in no Row",
        ),
        (_table('ss:Index="999999999"'), UnrecognisedFileError, "position"),
        (_table('ss:Index="-1"'), UnrecognisedFileError, "position"),
        (_table('ss:Index="0"'), UnrecognisedFileError, "position"),
        (
            spreadsheetml_workbook(spreadsheetml_rows([["a"]]) + '<ss:Row ss:Index="99999999"/>'),
            OversizedFileError,
            "2,000,000 cells",
        ),
        (
            spreadsheetml_workbook(
                '<ss:Row><ss:Cell ss:Index="7000"/></ss:Row><ss:Row ss:Index="7000"/>'
                + spreadsheetml_rows([["a", "b"], ["c", "d"]])
            ),
            OversizedFileError,
            "2,000,000 cells",
        ),
    ],
)
def test_refused(text: str, error: type[SourceError], words: str) -> None:
    with pytest.raises(error, match=words):
        read_holdings(text.encode(), "IVV_2022-05-11.xls", CATALOG)


def test_the_realspreadsheetml_workbook(holdings: Path) -> None:
    path = holdings / "ishares" / "IVV_2022-05-11_SpreadsheetML.xls"
    text = path.read_text(encoding="utf-8-sig")
    sheet = text.split("<ss:Worksheet")[2]
    rows = [
        [cell.replace("&amp;", "&") for cell in re.findall(r">([^<>]*)</ss:Data>", row)]
        for row in sheet.split("<ss:Row>")[9:]
    ]
    total = sum(float(row[4]) for row in rows)
    expected = {row[0]: float(row[4]) / total for row in rows if row[3] == "Equity"}
    snapshot = read(path.read_bytes(), path.name)
    assert snapshot.as_of == dt.date(2022, 5, 11)
    assert snapshot.weights is not None
    weights = dict(zip([ref.ticker for ref in snapshot.refs], snapshot.weights, strict=True))
    assert weights == pytest.approx(expected, abs=1e-6)
    assert len(weights) == 504
    assert {ref.symbol: ref.name for ref in snapshot.refs}["T"] == "AT&T INC"
