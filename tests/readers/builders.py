"""Holdings files made by hand, row by row, as the bytes that an issuer's site would send."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from xml.sax.saxutils import escape

from stockgroups.catalog import load_catalog
from stockgroups.model import Category, Snapshot
from stockgroups.readers import read_holdings
from stockgroups.receipts import Receipt

CATALOG = load_catalog()

ISHARES_LABELS = (
    "Ticker",
    "Name",
    "Sector",
    "Asset Class",
    "Market Value",
    "Weight (%)",
    "Notional Value",
    "Quantity",
    "Price",
    "Location",
    "Exchange",
    "Currency",
    "FX Rate",
    "Market Currency",
    "Accrual Date",
)
SSGA_LABELS = (
    "Name",
    "Ticker",
    "Identifier",
    "SEDOL",
    "Weight",
    "Sector",
    "Shares Held",
    "Local Currency",
)

IWV = "iShares Russell 3000 ETF"
IJH = "iShares Core S&P Mid-Cap ETF"
SPY = "SPDR® S&P 500® ETF Trust"

Cell = str | float
Row = dict[str, str]

SPREADSHEETML = "urn:schemas-microsoft-com:office:spreadsheet"

_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def ishares_row(
    ticker: str,
    name: str,
    value: float = 0.0,
    weight: float | str = 0.0,
    *,
    asset_class: str = "Equity",
    exchange: str = "NASDAQ",
    sector: str = "Information Technology",
    quantity: float | None = None,
    currency: str = "USD",
    location: str = "United States",
) -> Row:
    """A row of an iShares table, numbers printed as iShares prints them; weight in percent."""
    return {
        "Ticker": ticker,
        "Name": name,
        "Sector": sector,
        "Asset Class": asset_class,
        "Market Value": f"{value:,.2f}",
        "Weight (%)": weight if isinstance(weight, str) else f"{weight:.2f}",
        "Notional Value": f"{value:,.2f}",
        "Quantity": f"{value / 10 if quantity is None else quantity:,.2f}",
        "Price": "10.00",
        "Location": location,
        "Exchange": exchange,
        "Currency": "USD",
        "FX Rate": "1.00",
        "Market Currency": currency,
        "Accrual Date": "-",
    }


def ishares_rows(values: Mapping[str, float]) -> list[Row]:
    """Rows of stocks by ticker and market value, weights computed over their sum."""
    total = sum(values.values())
    return [
        ishares_row(ticker, f"{ticker} CORP", value, 100 * value / total)
        for ticker, value in values.items()
    ]


def ishares_csv(
    rows: Iterable[Row],
    *,
    name: str | None = IWV,
    as_of: str = "Jul 02, 2026",
    labels: Sequence[str] = ISHARES_LABELS,
    separator: str = "\xa0",
    footer: str = "",
) -> bytes:
    """The CSV of a US iShares fund; without `name` there is no preamble."""
    text = io.StringIO()
    if name is not None:
        text.write(
            f'{name}\nFund Holdings as of,"{as_of}"\nInception Date,"May 22, 2000"\n'
            'Shares Outstanding,"46,200,000.00"\nStock,"-"\nBond,"-"\nCash,"-"\nOther,"-"\n'
            f"{separator}\n"
        )
    text.write(",".join(labels) + "\n")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([row.get(label, "-") for label in labels] for row in rows)
    if footer:
        text.write(f'{separator}\n"{footer}"\n')
    return text.getvalue().encode()


def ssga_row(
    ticker: str,
    name: str,
    weight: Cell,
    *,
    identifier: Cell = "037833100",
    sedol: str = "2046251",
    sector: str = "-",
    shares: Cell = 1000.0,
    currency: str = "USD",
) -> list[Cell]:
    """A row of a State Street table; weight in percent."""
    return [name, ticker, identifier, sedol, weight, sector, shares, currency]


def ssga_rows(
    rows: Iterable[Sequence[Cell]],
    *,
    ticker: str | None = "SPY",
    name: str = SPY,
    as_of: str = "As of 10-Jan-2023",
    labels: Sequence[str] = SSGA_LABELS,
) -> list[Sequence[Cell]]:
    """The sheet of a US SPDR fund; without `ticker` there is no preamble."""
    preamble: list[Sequence[Cell]] = [
        ["Fund Name:", name],
        ["Ticker Symbol:", ticker or ""],
        ["Holdings:", as_of],
        [],
    ]
    legal: list[Sequence[Cell]] = [[""] * 8, ["Past performance is no guide."]]
    return [*(preamble if ticker else []), labels, *rows, *legal]


def ssga_xlsx(rows: Iterable[Sequence[Cell]], **about: str | None) -> bytes:
    """The workbook of a US SPDR fund."""
    return workbook([ssga_rows(rows, **about)])  # type: ignore[arg-type]


def to_csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    """A sheet as a spreadsheet saves it: every row padded to the same width."""
    sheet = [list(map(str, row)) for row in rows]
    width = max(map(len, sheet))
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(
        row + [""] * (width - len(row)) for row in sheet
    )
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def workbook(sheets: Sequence[Iterable[Sequence[Cell]]]) -> bytes:
    """The least that is a workbook, of these sheets."""
    return pack(workbook_parts([f"<sheetData>{_sheet_data(rows)}</sheetData>" for rows in sheets]))


def workbook_parts(sheets: Sequence[str]) -> dict[str, str]:
    """The parts of a workbook whose worksheets hold this XML."""
    numbers = range(1, len(sheets) + 1)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml"'
        ' ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1"'
        f' Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}"><sheets>'
        + "".join(f'<sheet name="s{n}" sheetId="{n}" r:id="r{n}"/>' for n in numbers)
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="r{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
            for n in numbers
        )
        + "</Relationships>",
    }
    for number, content in zip(numbers, sheets, strict=True):
        parts[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="{_SHEET}">{content}</worksheet>'
        )
    return parts


def spreadsheetml_rows(rows: Iterable[Sequence[str]]) -> str:
    """Rows of a SpreadsheetML worksheet; the texts are XML already."""
    return "".join(f"<ss:Row>{''.join(map(_spreadsheetml_cell, row))}</ss:Row>\n" for row in rows)


def spreadsheetml_workbook(*sheets: str) -> str:
    """The least that is a SpreadsheetML workbook, of worksheets with these rows."""
    return (
        f'<?xml version="1.0"?>\n<ss:Workbook xmlns:ss="{SPREADSHEETML}">'
        + "".join(
            f'<ss:Worksheet ss:Name="s"><ss:Table>{sheet}</ss:Table></ss:Worksheet>'
            for sheet in sheets
        )
        + "</ss:Workbook>\n"
    )


def pack(parts: Mapping[str, str]) -> bytes:
    """Return the parts as a zip archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return packed.getvalue()


def read(data: bytes, name: str = "data_2026-07-02.csv", **options: object) -> Snapshot:
    """Read a file and return its snapshot."""
    return read_holdings(data, name, CATALOG, **options).snapshot  # type: ignore[arg-type]


def receipt_of(snapshot: Snapshot) -> Receipt:
    """Return the snapshot's receipt, which every file has."""
    assert snapshot.receipt is not None
    return snapshot.receipt


def weights_of(snapshot: Snapshot) -> dict[str, float | None]:
    """Return the members' weights by symbol."""
    assert snapshot.weights is not None
    pairs = zip(snapshot.refs, snapshot.weights, strict=True)
    return {ref.symbol: weight for ref, weight in pairs if ref.symbol is not None}


def others_of(snapshot: Snapshot) -> dict[str, Category]:
    """Return what became of the rows that are no members, by name, else by ticker."""
    return {line.name or line.ticker or "": line.category for line in receipt_of(snapshot).lines}


def _spreadsheetml_cell(text: str) -> str:
    kind = "Number" if re.fullmatch(r"-?\d+(\.\d+)?", text) else "String"
    return f'<ss:Cell><ss:Data ss:Type="{kind}">{text}</ss:Data></ss:Cell>'


def _sheet_data(rows: Iterable[Sequence[Cell]]) -> str:
    return "".join(
        f'<row r="{number}">'
        + "".join(_cell(f"{chr(65 + at)}{number}", cell) for at, cell in enumerate(row))
        + "</row>"
        for number, row in enumerate(rows, start=1)
    )


def _cell(reference: str, value: Cell) -> str:
    if isinstance(value, str):
        return f'<c r="{reference}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{reference}"><v>{value!r}</v></c>'
