"""Synthetic holdings files in the layouts of their issuers; no row is of any issuer's data."""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import escape

from benchmarks.data import SECTORS, make_tickers

Cell = str | float
DAY = dt.date(2026, 1, 15)
_LEGAL = (
    "Holdings are those of the date above and may change at any time without notice to anybody."
)
_XLSX_PARTS = {
    "[Content_Types].xml": """<?xml version="1.0" encoding="UTF-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Override PartName="/xl/workbook.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>
</Types>""",
    "_rels/.rels": """<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Target="xl/workbook.xml"
 Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/>
</Relationships>""",
    "xl/workbook.xml": """<?xml version="1.0" encoding="UTF-8"?>
<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
 xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">
<sheets><sheet name="holdings" sheetId="1" r:id="rId1"/></sheets></workbook>""",
    "xl/_rels/workbook.xml.rels": """<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Target="worksheets/sheet1.xml"
 Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"/>
</Relationships>""",
}


def make_ishares_csv(rows: int, day: dt.date = DAY) -> bytes:
    """Return a CSV as iShares lays it out on its US site."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["iShares Russell 3000 ETF"])
    writer.writerow(["Fund Holdings as of", f"{day:%b %d, %Y}"])
    writer.writerow(["Inception Date", "May 22, 2000"])
    writer.writerow(["Shares Outstanding", "50,000,000.00"])
    for kind in ("Stock", "Bond", "Cash", "Other"):
        writer.writerow([kind, "-"])
    writer.writerow(["\N{NO-BREAK SPACE}"])
    labels = (
        "Ticker", "Name", "Sector", "Asset Class", "Market Value", "Weight (%)", "Notional Value",
        "Quantity", "Price", "Location", "Exchange", "Currency", "FX Rate", "Market Currency",
        "Accrual Date",
    )  # fmt: skip
    writer.writerow(labels)
    quoted = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    for place, ticker, weight in _lines(rows):
        value = f"{weight * 10_000_000:,.2f}"
        quoted.writerow(
            (
                ticker, f"{ticker} HOLDINGS CORP CLASS A", SECTORS[place % len(SECTORS)], "Equity",
                value, f"{weight:.5f}", value, f"{1000 + place:,}.00", "123.45", "United States",
                "NASDAQ", "USD", "1.00", "USD", "-",
            )
        )  # fmt: skip
    writer.writerow(["\N{NO-BREAK SPACE}"])
    return text.getvalue().encode()


def make_ishares_xls(rows: int, day: dt.date = DAY) -> bytes:
    """Return a SpreadsheetML workbook as iShares offers it, of the table in its CSV."""
    table = csv.reader(io.StringIO(make_ishares_csv(rows, day).decode(), newline=""))
    sheet = "".join(
        "<ss:Row>\n" + "".join(map(_spreadsheetml_cell, cells)) + "</ss:Row>\n" for cells in table
    )
    return (
        '<?xml version="1.0"?>\n'
        '<ss:Workbook xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">\n'
        f'<ss:Worksheet ss:Name="Holdings">\n<ss:Table>\n{sheet}</ss:Table>\n</ss:Worksheet>\n'
        "</ss:Workbook>\n"
    ).encode()


def make_vanguard_csv(rows: int, day: dt.date = DAY) -> bytes:
    """Return a CSV as Vanguard lays it out on its site for advisers."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    common = ("", "SEDOL", "HOLDINGS", "TICKER", "% OF FUNDS")
    as_of = f"as of {day:%m/%d/%Y}"
    writer.writerows((["Holdings details"], [], ["Total Stock Market ETF (VTI)"], []))
    writer.writerow(["Equity", as_of])
    writer.writerow(
        (*common, "SUB-INDUSTRY", "COUNTRY", "SECURITYDEPOSITORYRECEIPTTYPE", "MARKET VALUE",
         "SHARES")
    )  # fmt: skip
    for place, ticker, weight in _lines(rows):
        value, held = f"${weight * 10_000_000:,.2f}", f"{1000 + place:,.2f}"
        printed = f"{weight:.2f}%" if weight >= 0.01 else "<0.01%"
        writer.writerow(
            ("", f"B{place:06d}", f"{ticker} Holdings Corp Class A", ticker, printed,
             SECTORS[place % len(SECTORS)], "US", "-", value, held)
        )  # fmt: skip
    writer.writerows(([], ["Short-term reserves", as_of], (*common, "MARKET VALUE")))
    writer.writerow(("", "-", "Cash Collateral", "-", "<0.01%", "$1.00"))
    writer.writerows(([], ["The fund may have other holdings."]))
    return text.getvalue().encode()


def make_ishares_ucits_csv(rows: int, day: dt.date = DAY) -> bytes:
    """Return a CSV as iShares lays it out on its European sites, of stocks on four exchanges."""
    markets = (
        ("NASDAQ", "United States", "USD"),
        ("Tokyo Stock Exchange", "Japan", "JPY"),
        ("London Stock Exchange", "United Kingdom", "GBP"),
        ("Xetra", "Germany", "EUR"),
    )
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows((["Fund Holdings as of", f"{day:%d/%b/%Y}"], ["\N{NO-BREAK SPACE}"]))
    labels = (
        "Issuer Ticker", "Name", "Asset Class", "Weight (%)", "Price", "Nominal", "Market Value",
        "Notional Value", "Sector", "ISIN", "Location", "Exchange", "Market Currency",
    )  # fmt: skip
    writer.writerow(labels)
    quoted = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    for place, ticker, weight in _lines(rows):
        exchange, country, currency = markets[place % len(markets)]
        value = f"{weight * 10_000_000:,.2f}"
        quoted.writerow(
            (
                ticker, f"{ticker} HOLDINGS CORP", "Equity", f"{weight:.5f}", "123.45",
                f"{1000 + place:,.2f}", value, value, SECTORS[place % len(SECTORS)],
                f"ZZ{place:09d}0", country, exchange, currency,
            )
        )  # fmt: skip
    writer.writerow(["\N{NO-BREAK SPACE}"])
    return text.getvalue().encode()


def make_invesco_csv(rows: int, day: dt.date = DAY) -> bytes:
    """Return a CSV in the older one of Invesco's layouts, with fund and date on every row."""
    labels = (
        "Fund Ticker", "Security Identifier", "Holding Ticker", "Shares/Par Value", "MarketValue",
        "Weight", "Name", "Class of Shares", "Sector", "Date",
    )  # fmt: skip
    return _table(
        labels,
        (
            (
                "QQQ", f"{place:08d}0", f"{ticker} ", f"{1000 + place:,}",
                f"{weight * 10_000_000:,.2f}", f"{weight:.5f}", f"{ticker} Holdings Corp",
                "Common Stock", SECTORS[place % len(SECTORS)], f"{day:%m/%d/%Y}",
            )
            for place, ticker, weight in _lines(rows)
        ),
    )  # fmt: skip


def make_schwab_csv(rows: int, day: dt.date = DAY) -> bytes:
    """Return a CSV as Schwab lays it out."""
    labels = (
        "As-Of-Date", "Symbol", "Quantity", "Percent of Assets", "Name", "BBG FIGI", "Country",
        "Exchange", "Market Currency", "Sector",
    )  # fmt: skip
    table = _table(
        labels,
        (
            (
                f"{day:%m/%d/%Y}", ticker, f"{1000 + place}.00", f"{weight:.5f}%",
                f"{ticker} HOLDINGS CORP", f"BBG{place:09d}", "US", "XNAS", "USD",
                SECTORS[place % len(SECTORS)],
            )
            for place, ticker, weight in _lines(rows)
        ),
    )  # fmt: skip
    return table + b"\n" + _LEGAL.encode()


def make_ark_csv(rows: int, day: dt.date = DAY) -> bytes:
    """Return a CSV as ARK lays it out."""
    labels = (
        "date", "fund", "company", "ticker", "cusip", "shares", "market value ($)", "weight (%)",
    )  # fmt: skip
    return _table(
        labels,
        (
            (
                f"{day:%m/%d/%Y}", "ARKK", f"{ticker} HOLDINGS CORP", ticker, f"{place:08d}0",
                f"{1000 + place:,}", f"${weight * 10_000_000:,.2f}", f"{weight:.5f}%",
            )
            for place, ticker, weight in _lines(rows)
        ),
    )  # fmt: skip


def make_ssga_xlsx(rows: int, day: dt.date = DAY) -> bytes:
    """Return a workbook as State Street lays it out on its US site."""
    table: list[Sequence[Cell]] = [
        ("Fund Name:", "State Street SPDR S&P 500 ETF Trust"),
        ("Ticker Symbol:", "SPY"),
        ("Holdings:", f"As of {day:%d-%b-%Y}"),
        (),
        (
            "Name", "Ticker", "Identifier", "SEDOL", "Weight", "Sector", "Shares Held",
            "Local Currency",
        ),
    ]  # fmt: skip
    for place, ticker, weight in _lines(rows):
        name, number = f"{ticker} HOLDINGS CORP", f"{place:08d}0"
        held = float(1000 + place)
        table.append((name, ticker, number, f"B{place:06d}", weight, "-", held, "USD"))
    table += [(), (_LEGAL,)]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, text in _XLSX_PARTS.items():
            archive.writestr(part, text)
        archive.writestr("xl/worksheets/sheet1.xml", _worksheet(table))
    return packed.getvalue()


def make_plain_csv(rows: int) -> bytes:
    """Return a person's own list: symbol and weight."""
    lines = [f"{ticker},{weight / 100:.7f}" for _, ticker, weight in _lines(rows)]
    return "\n".join(["symbol,weight", *lines, ""]).encode()


def _table(labels: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return a CSV of nothing but a table, quoted where it must be."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(itertools.chain([labels], rows))
    return text.getvalue().encode()


def _lines(rows: int) -> Iterator[tuple[int, str, float]]:
    """Yield places, tickers and weights in percent that sum to a hundred."""
    for place, ticker in enumerate(itertools.islice(make_tickers(), rows)):
        yield place, ticker, round(100 / rows, 7)


def _spreadsheetml_cell(cell: str) -> str:
    number = cell.replace(",", "")
    kind, text = ("Number", number) if number.replace(".", "").isdigit() else ("String", cell)
    return (
        '<ss:Cell ss:StyleID="Left">\n'
        f'<ss:Data ss:Type="{kind}">{escape(text)}</ss:Data>\n</ss:Cell>\n'
    )


def _worksheet(table: Sequence[Sequence[Cell]]) -> str:
    rows = "".join(
        f'<row r="{number}">'
        + "".join(_cell(f"{chr(65 + place)}{number}", cell) for place, cell in enumerate(cells))
        + "</row>"
        for number, cells in enumerate(table, start=1)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{rows}</sheetData></worksheet>"
    )


def _cell(place: str, cell: Cell) -> str:
    if isinstance(cell, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
    return f'<c r="{place}"><v>{cell}</v></c>'
