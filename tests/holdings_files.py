"""Small holdings files written by hand, in the formats of issuers."""

from __future__ import annotations

import datetime as dt
import random
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from samples import DAY

HTML_PAGE = "<!DOCTYPE html>\n<html><head><title>Not found</title></head></html>\n"

_ISHARES_HEADER = (
    "Ticker,Name,Sector,Asset Class,Market Value,Weight (%),Notional Value,Quantity,Price,"
    "Location,Exchange,Currency,FX Rate,Market Currency,Accrual Date"
)
_SSGA_HEADER = ("Name", "Ticker", "Identifier", "SEDOL", "Weight", "Sector", "Shares Held")
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def write_ishares(path: Path, name: str, as_of: dt.date, values: Mapping[str, float]) -> Path:
    """The CSV of a US iShares fund: shares with their market values, and no cash."""
    total = sum(values.values())
    rows = [
        f'"{ticker}","{ticker} CORP","Financials","Equity","{value:,.2f}",'
        f'"{100 * value / total:.2f}","{value:,.2f}","{value / 10:,.2f}","10.00",'
        '"United States","NYSE","USD","1.00","USD","-"'
        for ticker, value in values.items()
    ]
    preamble = [
        name,
        f'Fund Holdings as of,"{as_of:%b %d, %Y}"',
        'Inception Date,"May 15, 2000"',
        'Shares Outstanding,"1,000.00"',
        'Stock,"-"',
        'Bond,"-"',
        'Cash,"-"',
        'Other,"-"',
        "\xa0",
    ]
    return _write(path, "\n".join([*preamble, _ISHARES_HEADER, *rows, ""]))


def write_day(folder: Path, number: int, lines: int = 150) -> None:
    """The files of one day: every fund loses, gains and reweights members; one fund is new."""
    day = DAY - dt.timedelta(days=300 - number)
    for old in folder.glob("*"):
        old.unlink()
    for fund in ("ZZA", "ZZB", "ZZC", "ZZF", f"Q{_letters(number)}"):
        dice = random.Random(f"{fund} {number}")
        symbols = (_letters(n) for n in range(number * 5, number * 5 + lines))
        values = {symbol: dice.uniform(50, 100) for symbol in symbols}  # as prices move
        write_ishares(folder / f"{fund}_{day}.csv", f"Fund {fund}", day, values)


def _letters(number: int) -> str:
    return "".join(chr(65 + number // 26**place % 26) for place in range(3))


def write_ssga(
    path: Path, ticker: str, name: str, as_of: dt.date, weights: Mapping[str, float]
) -> Path:
    """The XLSX of a US SPDR fund; weights are fractions."""
    rows: list[Sequence[str | float]] = [
        ("Fund Name:", name),
        ("Ticker Symbol:", ticker),
        ("Holdings:", f"As of {as_of:%d-%b-%Y}"),
        (),
        (*_SSGA_HEADER, "Local Currency"),
    ]
    rows += [
        (f"{symbol} CORP", symbol, "-", "-", 100 * weight, "-", 1000.0, "USD")
        for symbol, weight in weights.items()
    ]
    return _write_workbook(path, rows)


def write_list(path: Path, weights: Mapping[str, float | None]) -> Path:
    """A user's own list, with or without weights."""
    lines = [
        symbol if weight is None else f"{symbol},{weight}" for symbol, weight in weights.items()
    ]
    return _write(path, "\n".join([*lines, ""]))


def write_text(path: Path, text: str) -> Path:
    """Any other file."""
    return _write(path, text)


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _write_workbook(path: Path, rows: Sequence[Sequence[str | float]]) -> Path:
    """Write a minimal workbook: one worksheet with texts in its cells."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(
        f'<row r="{number}">{"".join(map(_cell, _references(number), row))}</row>'
        for number, row in enumerate(rows, 1)
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1"'
        f' Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="holdings" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        "</Relationships>",
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_SHEET}"><sheetData>{lines}</sheetData>'
        "</worksheet>",
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return path


def _references(row: int) -> list[str]:
    return [f"{column}{row}" for column in "ABCDEFGH"]


def _cell(reference: str, value: str | float) -> str:
    if isinstance(value, str):
        return f'<c r="{reference}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{reference}"><v>{value!r}</v></c>'
