"""Formats that a user describes in the catalogue: read by the same machinery as issuers' own."""

from __future__ import annotations

import csv
import datetime as dt
import fnmatch
import io
import json
import re
import signal
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readers.builders import receipt_of, weights_of, workbook
from stockgroups.catalog import Catalog, load_catalog
from stockgroups.errors import (
    AmbiguousFileError,
    CatalogError,
    EmptyFileError,
    GuardError,
    UnrecognisedFileError,
    UnsupportedFileError,
)
from stockgroups.model import Category
from stockgroups.readers import known_formats, read_funds, read_holdings
from stockgroups.readers.declared_cells import LONGEST_REWRITTEN, DeclaredCells
from stockgroups.readers.format import Field
from stockgroups.suspicions import Guard

PAGE = (Path(__file__).parents[2] / "docs" / "add-a-format.md").read_text(encoding="utf-8")
(TOML, UNCLASSED, _), (FILE, UNCLASSED_FILE) = (
    re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    for kind in ("toml", "csv")
)
FUND = """
[etfs.WIND]
name = "Windmill Global Energy ETF"
issuer = "Windmill Funds"
kind = "active"
url = "https://example.org/wind"
identifiers = ["999999993"]
"""
RESPONSE = """
[formats.mill]
recognised_by = ["millHoldings"]
rows = "data.millHoldings"
fund_id = "data.cusip"
date = "data.day"
total = "data.count"
[formats.mill.columns]
"instrument.code" = "ticker"
"instrument.isin" = "isin"
title = "name"
part = "weight"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A user's catalogue with the page's format and a fund of that name."""
    (tmp_path / "formats.toml").write_text(TOML, encoding="utf-8")
    (tmp_path / "etfs.toml").write_text(FUND, encoding="utf-8")
    return tmp_path


def load(folder: Path, text: str) -> Catalog:
    """The catalogue with other formats."""
    (folder / "formats.toml").write_text(text, encoding="utf-8")
    return load_catalog(folder)


def response(**changes: object) -> bytes:
    """A response of JSON as the format `mill` describes it."""
    rows = [
        {"instrument": {"code": "AAPL", "isin": "US0378331005"}, "title": "Apple", "part": 0.6},
        {"instrument": {"code": "ROP", "isin": "CH0012032048"}, "title": "Roche", "part": 0.1},
        {"instrument": {"code": "MC", "isin": "FR0000121014"}, "title": "LVMH", "part": 0.3},
    ]
    data = {"cusip": "999999993", "day": "2026-07-03T00:00:00Z", "count": 3, "millHoldings": rows}
    return json.dumps({"data": data | changes}).encode()


def test_the_example_of_the_page(folder: Path) -> None:
    result = read_holdings(FILE.encode(), "export.csv", load_catalog(folder))
    snapshot = result.snapshot
    assert (result.fund, result.format, snapshot.issuer) == ("WIND", "windmill", "Windmill Funds")
    assert snapshot.as_of == dt.date(2026, 7, 3)
    assert weights_of(snapshot) == {"BRK.B": 0.6, "AAPL": 0.38}
    receipt = receipt_of(snapshot)
    assert (receipt.rows[Category.CASH], receipt.basis) == (1, "market value")
    assert [*receipt.unknown_columns, *receipt.unknown_classes, *receipt.suspicions] == []


def test_lines_without_a_class_are_told_by_their_names_and_by_texts_of_the_format(
    folder: Path,
) -> None:
    catalog = load(folder, UNCLASSED)

    def read(text: str) -> tuple[dict[str, float | None], dict[int, Category]]:
        snapshot = read_holdings(text.encode(), "SAIL.csv", catalog).snapshot
        receipt = receipt_of(snapshot)
        assert receipt.suspicions == ()
        return weights_of(snapshot), {line.line: line.category for line in receipt.lines}

    cash, derivative = Category.CASH, Category.DERIVATIVE
    told = {3: cash, 4: cash, 5: derivative}
    assert read(UNCLASSED_FILE) == ({"SAP.XETR": 0.93}, told)
    for name in ("Barmittel", "Liquidität EUR", "Kasse", "Liquidités", "EURO"):
        assert read(UNCLASSED_FILE.replace("Cash EUR", name))[1] == told
    for name in ("FX Forward EUR/USD", "EURUSD FWD 09/26", "Devisentermingeschäft"):
        assert read(UNCLASSED_FILE.replace("Hedge EUR", name))[1] == told
    # Stocks keep what their names have of such words.
    held = UNCLASSED_FILE.replace("SAP,SAP SE,XETR", "COP,Conoco Cashew,XNYS")
    assert read(held)[0] == {"COP": 0.93}
    held = UNCLASSED_FILE.replace("SAP,SAP SE,XETR", "FWRD,Forward Air,XNAS")
    assert read(held)[0] == {"FWRD": 0.93}


def test_cells_are_rewritten_by_expressions_for_the_whole_cell_one_after_the_other(
    folder: Path,
) -> None:
    rewritten = """
[formats.sailcloth.rewritten]
"Paper" = { 'X:(.+)' = '\\1', 'SAPP' = 'SAP' }
"Bought as" = { 'Geld' = 'Cash EUR' }
"""
    catalog = load(folder, UNCLASSED + rewritten)
    file = UNCLASSED_FILE.replace("SAP,SAP SE", "X:SAPP,SAP SE").replace("EUR,Cash EUR", ",Geld")
    snapshot = read_holdings(file.encode(), "SAIL.csv", catalog).snapshot
    assert weights_of(snapshot) == {"SAP.XETR": 0.93}
    assert receipt_of(snapshot).rows[Category.CASH] == 2
    longer = file.replace(",Geld,", ",Geld auf Zeit,")
    snapshot = read_holdings(longer.encode(), "SAIL.csv", catalog, accept=[*Guard]).snapshot
    assert receipt_of(snapshot).rows[Category.CASH] == 1


def test_expressions_rewrite_no_cell_that_is_longer_than_any_name(folder: Path) -> None:
    rewritten = "[formats.sailcloth.rewritten]\nPaper = { 'X(A{3})? ?[)*+]+\\* {2}.*' = 'SAP' }\n"
    cells = DeclaredCells(load(folder, UNCLASSED + rewritten).formats["sailcloth"])
    longest = "XAAA )*+*  ".ljust(LONGEST_REWRITTEN, "+")
    columns: dict[Field, Sequence[str]] = {Field.TICKER: [longest, f"{longest}+", "X)*  "]}
    cells.rewrite(columns)
    assert columns[Field.TICKER] == ["SAP", f"{longest}+", "SAP"]


def tell_lines(folder: Path, text: str, cell: str) -> bool:
    """Whether a format's text for lines of a kind is that of a cell."""
    entry = load(folder, UNCLASSED).formats["sailcloth"]
    entry = replace(entry, lines={"cash": {"Bought as": (text,)}})
    return bool(DeclaredCells(entry).judge({Field.NAME: [cell]}))


def test_a_star_in_the_text_of_a_line_is_any_text(folder: Path) -> None:
    @settings(max_examples=200)
    @given(st.text("ab*", min_size=1, max_size=8), st.text("ab", max_size=12))
    def check(text: str, cell: str) -> None:
        assert tell_lines(folder, text, cell) is fnmatch.fnmatchcase(cell, text)

    check()


def test_many_stars_do_not_try_every_way_to_divide_a_cell(folder: Path) -> None:
    def give_up(*_: object) -> None:
        raise TimeoutError  # it would take for ever

    before = signal.signal(signal.SIGPROF, give_up)
    signal.setitimer(signal.ITIMER_PROF, 5)
    try:
        assert not tell_lines(folder, "*a*b" * 20, "ab" * 2_000 + "a")
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def test_a_line_without_a_sector_is_no_stock_where_stocks_have_sectors(folder: Path) -> None:
    text = UNCLASSED.replace(
        'weights = "percent"', 'weights = "percent"\nstocks_have_sectors = true'
    )
    catalog = load(
        folder, text.replace('"Dated" = "date"', '"Dated" = "date"\n"Branch" = "sector"')
    )
    rows = UNCLASSED_FILE.splitlines()
    branches = ("Branch", "Software", "", "", "")
    file = "\n".join(f"{row},{branch}" for row, branch in zip(rows, branches, strict=True))
    snapshot = read_holdings(file.encode(), "SAIL.csv", catalog).snapshot
    assert weights_of(snapshot) == {"SAP.XETR": 0.93}
    without = file.replace(",Software", ",")
    with pytest.raises((EmptyFileError, UnsupportedFileError, GuardError)):
        read_holdings(without.encode(), "SAIL.csv", catalog)


def test_a_format_shares_the_asset_classes_of_one_above_it(folder: Path) -> None:
    other = """
[formats.mill_copy]
recognised_by = ["Token", "Share of fund"]
date = "Position report of"
date_format = "DD/MM/YYYY"
listed_on = "US"
asset_classes_of = "windmill"
[formats.mill_copy.columns]
"Token" = "ticker"
"Position" = "name"
"Kind" = "asset class"
"Share of fund" = "weight"
"""
    catalog = load(folder, TOML + other)
    file = FILE.replace("Rank,Code", "Rank,Token")
    receipt = receipt_of(read_holdings(file.encode(), "WIND.csv", catalog).snapshot)
    assert (receipt.rows[Category.CASH], receipt.unknown_classes) == (1, ())


def test_the_hint_for_an_unknown_file_names_one_label_of_those_with_one_meaning() -> None:
    rows = "date,fund,company,ticker,shares,colour\n10/09/2026,ARKK,TESLA INC,TSLA,5,red\n"
    words = "most like the format ark, which also has cusip, market value ($), weight (%)"
    with pytest.raises(UnrecognisedFileError, match=re.escape(words)):
        read_holdings(rows.encode(), "ARKK.csv", load_catalog())


def test_the_same_table_in_a_workbook_and_on_a_web_page(folder: Path) -> None:
    catalog = load_catalog(folder)
    rows = list(csv.reader(io.StringIO(FILE)))
    header = next(at for at, row in enumerate(rows) if row[:1] == ["Rank"])
    table = [row for row in rows[header:] if len(row) > 2]
    page = "<html><head><script>var x = '<td>';</script></head><body><nav>Menu</nav>"
    page += "".join(f"<p>{row[0]}</p>" for row in rows[:header] if row)
    page += "<table><tr><td>Share of fund</td></tr></table><table class=x>"
    page += "".join(
        "<tr>" + "".join(f"<td>{cell}&nbsp;</td>" for cell in row) + "</tr>" for row in table
    )
    page += "</table><table><tr><td>another</td></tr></table><p>Footer</p></body></html>"
    want = weights_of(read_holdings(FILE.encode(), "x.csv", catalog).snapshot)
    for data in (workbook([rows]), page.encode()):
        snapshot = read_holdings(data, "x.csv", catalog).snapshot
        assert (weights_of(snapshot), snapshot.as_of) == (want, dt.date(2026, 7, 3))


def test_json_by_paths(folder: Path) -> None:
    catalog = load(folder, RESPONSE)
    result = read_holdings(response(), "x.json", catalog)
    assert (result.fund, result.snapshot.as_of) == ("WIND", dt.date(2026, 7, 3))
    # Most ISINs are foreign: a foreign line is known by its own, ROP never passes for Roper.
    assert weights_of(result.snapshot) == {"AAPL": 0.6, "CH0012032048": 0.1, "FR0000121014": 0.3}
    with pytest.raises(GuardError, match="it holds 3 of 500 positions"):
        read_holdings(response(count=500), "x.json", catalog)
    with pytest.raises(EmptyFileError, match="is null"):
        read_holdings(response(millHoldings=None), "x.json", catalog)
    with pytest.raises(UnrecognisedFileError, match="without a list of positions"):
        read_holdings(response(millHoldings={}), "x.json", catalog)
    with pytest.raises(UnrecognisedFileError, match="none of the keys"):
        read_holdings(response(millHoldings=[{"a": "1"}]), "x.json", catalog)


def test_without_a_word_on_the_market_only_known_us_funds_are_read(folder: Path) -> None:
    catalog = load(folder, TOML.replace('listed_on = "US"\n', ""))
    assert read_holdings(FILE.encode(), "x.csv", catalog).fund == "WIND"
    unknown = FILE.replace("Windmill Global", "Unknown").encode()
    with pytest.raises(UnsupportedFileError, match="set listed_on"):
        read_holdings(unknown, "MILL.csv", catalog)


def test_classes_that_nobody_explains_are_told(folder: Path) -> None:
    catalog = load(folder, TOML.partition("[formats.windmill.asset_classes]")[0])
    snapshot = read_holdings(FILE.encode(), "x.csv", catalog).snapshot
    assert snapshot.symbols == ("BRK.B", "AAPL")  # of the kind Share
    strange = FILE.replace(",Share,", ",Anteil,").encode()
    with pytest.raises(UnsupportedFileError, match="Anteil, Liquidity are unknown: list those"):
        read_holdings(strange, "x.csv", catalog)


def test_a_format_of_the_catalogue_takes_the_place_of_one_of_its_name(folder: Path) -> None:
    names = [known.name for known in known_formats(load_catalog())]
    catalog = load(folder, TOML.replace("windmill", "schwab"))
    assert sorted(known.name for known in known_formats(catalog)) == sorted(names)
    assert read_holdings(FILE.encode(), "x.csv", catalog).format == "schwab"
    twin = TOML + TOML.replace("windmill", "mill")
    with pytest.raises(AmbiguousFileError, match=r"\[formats.windmill\] that mill lacks"):
        read_holdings(FILE.encode(), "x.csv", load(folder, twin))


def test_files_are_read_again_when_a_format_changes(folder: Path) -> None:
    before = load_catalog(folder).reading_digest
    assert load(folder, TOML.replace("DD/MM", "MM/DD")).reading_digest != before


SEVERAL = """
[formats.house]
recognised_by = ["Fund", "Fund title"]
several_funds = true
listed_on = "US"
[formats.house.columns]
Fund = "fund"
"Fund title" = "fund name"
Day = "date"
Code = "ticker"
Title = "name"
Value = "market value"
"""
ROWS = """Fund,Fund title,Day,Code,Title,Value
AAA,Fund A,2026-07-03,AAPL,Apple,75
AAA,Fund A,2026-07-03,MSFT,Microsoft,25
BBB,Fund B,2026-07-03,XOM,Exxon,10
BBB,Fund B,2026-07-03,too few
BBB,Fund B,2026-07-03,CVX,Chevron,30
CCC,Fund C,2026-07-03,-,US Treasury cash,30
"""


def test_a_file_of_several_funds(folder: Path) -> None:
    catalog = load(folder, SEVERAL)
    readings = {r.fund: r for r in read_funds(ROWS.encode(), "all.csv", catalog)}
    assert list(readings) == ["AAA", "BBB", "CCC"]
    first, second = readings["AAA"].result, readings["BBB"].result
    assert first is not None
    assert second is not None
    assert (first.fund_name, second.fund_name) == ("Fund A", "Fund B")
    assert weights_of(first.snapshot) == {"AAPL": 0.75, "MSFT": 0.25}
    assert weights_of(second.snapshot) == {"XOM": 0.25, "CVX": 0.75}
    # The row that does not fit is in the account of the fund that it stands under.
    assert [line.line for line in receipt_of(second.snapshot).lines] == [5]
    assert isinstance(readings["CCC"].error, UnsupportedFileError)
    assert str(readings["CCC"].error).startswith("all.csv, fund CCC: ")
    with pytest.raises(AmbiguousFileError, match="3 funds: AAA, BBB, CCC"):
        read_holdings(ROWS.encode(), "all.csv", catalog)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (TOML.replace('"Code" = "ticker"', '"Code" = "tikcer"'), "columns.Code is 'tikcer'"),
        (TOML.replace('= "cash"', '= "money"'), "asset_classes.Liquidity is 'money'"),
        (TOML.replace("DD/MM/YYYY", "DD/MM"), "does not consist of a day, a month and a year"),
        (TOML.replace('= "percent"', '= "per cent"'), "weights names 'per cent'"),
        (TOML.replace('"US"', '"MARS"'), "listed_on names 'MARS'"),
        (UNCLASSED.replace("lines.cash", "lines.money"), "a table under lines is 'money'"),
        (
            UNCLASSED.replace('cash]\n"Bought as"', 'cash]\n"Bought"'),
            "a label under lines.cash is 'Bought'",
        ),
        (UNCLASSED.replace('["Hedge *"]', '"Hedge"'), "tables of lists of texts"),
        (
            UNCLASSED + "[formats.sailcloth.rewritten]\nPapers = { A = 'B' }\n",
            "a label under rewritten is 'Papers'",
        ),
        (UNCLASSED + "[formats.sailcloth.rewritten]\nPaper = { '(' = 'B' }\n", "has '(' = 'B'"),
        (
            UNCLASSED + "[formats.sailcloth.rewritten]\nPaper = { A = '\\1' }\n",
            "invalid group reference",
        ),
        (UNCLASSED + "[formats.sailcloth.rewritten]\nPaper = ['A']\n", "not tables of texts"),
        (
            UNCLASSED + "[formats.sailcloth.rewritten]\nPaper = { '([A)]+ ?)+' = 'B' }\n",
            "a group is repeated",
        ),
        (
            UNCLASSED + "[formats.sailcloth.rewritten]\nPaper = { 'a*b+.{2,}[^)*]*' = 'B' }\n",
            "more than 3 repetitions",
        ),
        ('asset_classes_of = "x"'.join(TOML.split('issuer = "Windmill Funds"')), "names 'x'"),
        (TOML.replace("ignored", "ignore"), "unknown field ignore"),
        ('[formats.x]\nrecognised_by = ["A"]\n', "columns is missing"),
        (TOML.replace("formats.windmill", "formats.Wind-mill"), "lower-case letters, digits and _"),
    ],
)
def test_a_mistake_names_its_place(folder: Path, wrong: str, words: str) -> None:
    with pytest.raises(CatalogError, match=re.escape(words)) as raised:
        known_formats(load(folder, wrong))
    assert raised.value.where
    assert "formats.toml [formats." in raised.value.where
    assert raised.value.remedy
