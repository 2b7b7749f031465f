"""A quarter of N-PORT filings, made at any size with the mixture of a real one, and its load.

A real quarter has 13,148 filings with 5.94 million positions: 3,500 are of ETFs; half of the funds
hold stocks, a third bonds; a few lenders have ten thousand loans each; funds of one filer write
names alike, and 103 filings of a cut stood in 401 runs of rows. `python -m benchmarks.filings
FOLDER [--filings N] [--quarters N] [--fails YEARS] [--stocks N]` writes one, with the list of
classes, with quarters that follow it, with fails-to-deliver files that tell symbols, and with one
filing in XML of so many stocks.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TextIO

from benchmarks.data import ENVIRONMENT
from benchmarks.fails import write_fails
from benchmarks.measure import Row, at_most
from benchmarks.quarters import write_next
from benchmarks.scratch import Scratch, clear, run_program
from stockgroups.symbols.identifiers import calc_check_digit

FILINGS = 13_148
MEAN_POSITIONS = 452
ETFS = 0.27
US_STOCKS, FOREIGN_STOCKS = 9_000, 14_000
MEASURED_SHARE = 20
NEW_STOCKS = 100_000
SEED = 7

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_COUNTRIES = ("GB", "JP", "DE", "FR", "CH", "CA", "AU", "KR", "TW", "IN", "BR", "HK")
_STYLES: tuple[Callable[[str], str], ...] = (
    lambda name: name,
    str.upper,
    lambda name: f"{name} Inc",
    lambda name: f"{name.upper()} INC COMMON STOCK",
    lambda name: f"{name} Corp.",
    lambda name: f"{name}, Inc.",
)
_BONDS = (("DBT", 0.7), ("ABS-MBS", 0.2), ("ABS-O", 0.06), ("SN", 0.01), ("LON", 0.03))
_BESIDE = (("STIV", 0.4), ("DFE", 0.3), ("DE", 0.15), ("DIR", 0.1), ("RA", 0.05))
_HOLDING = (
    "ACCESSION_NUMBER\tHOLDING_ID\tISSUER_NAME\tISSUER_LEI\tISSUER_TITLE\tISSUER_CUSIP\tBALANCE"
    "\tUNIT\tOTHER_UNIT_DESC\tCURRENCY_CODE\tCURRENCY_VALUE\tEXCHANGE_RATE\tPERCENTAGE"
    "\tPAYOFF_PROFILE\tASSET_CAT\tOTHER_ASSET\tISSUER_TYPE\tOTHER_ISSUER\tINVESTMENT_COUNTRY"
    "\tIS_RESTRICTED_SECURITY\tFAIR_VALUE_LEVEL\tDERIVATIVE_CAT\n"
)
_IDENTIFIERS = (
    "HOLDING_ID\tIDENTIFIERS_ID\tIDENTIFIER_ISIN\tIDENTIFIER_TICKER\tOTHER_IDENTIFIER"
    "\tOTHER_IDENTIFIER_DESC\n"
)
_FILING_START = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<edgarSubmission xmlns="http://www.sec.gov/edgar/nport">'
    "<headerData><submissionType>NPORT-P</submissionType></headerData><formData><genInfo>"
    "<regName>Some Trust</regName><regCik>0000001234</regCik><seriesName>Every Stock Fund"
    "</seriesName><seriesId>S999999999</seriesId><repPdDate>2025-12-31</repPdDate>"
    "<isFinalFiling>N</isFinalFiling></genInfo><fundInfo><totAssets>101000</totAssets>"
    "<netAssets>100000</netAssets><cshNotRptdInCorD>2000</cshNotRptdInCorD></fundInfo>"
    "<invstOrSecs>\n"
)


class Stock(NamedTuple):
    """A made-up stock; a foreign one has no CUSIP and no symbol here."""

    name: str
    isin: str
    cusip: str
    symbol: str
    country: str


class Fund(NamedTuple):
    """A made-up fund with its filing."""

    accession: str
    series: str
    ticker: str
    is_etf: bool
    kind: str
    positions: int
    style: int


def make_stocks(random_: random.Random) -> list[Stock]:
    """Return the stocks, the largest first, those of the US and the others by turns."""
    stocks = []
    for number in range(US_STOCKS + FOREIGN_STOCKS):
        name = "".join(random_.choices(_LETTERS, k=6)).title() + f" Holdings {number}"
        body = f"{number:06d}10"
        cusip = body + str(calc_check_digit("CUSIP", body))
        is_us = number * US_STOCKS % (US_STOCKS + FOREIGN_STOCKS) < US_STOCKS
        country = "US" if is_us else _COUNTRIES[number % len(_COUNTRIES)]
        base = f"US{cusip}" if is_us else f"{country}{number:09d}"
        symbol = "".join(_LETTERS[number // 26**place % 26] for place in (3, 2, 1, 0))
        isin = base + str(calc_check_digit("ISIN", base))
        stocks.append(Stock(name, isin, cusip if is_us else "", symbol if is_us else "", country))
    return stocks


def make_funds(random_: random.Random, count: int) -> list[Fund]:
    """Return the funds with the number of their positions, as many as a real quarter has."""
    kinds = random_.choices(
        ("stocks", "bonds", "mixed", "loans"), (0.5, 0.33, 0.165, 0.005), k=count
    )
    sizes = [
        random_.uniform(5_000, 20_000)
        if kind == "loans"
        else random_.lognormvariate(math.log(160 if kind == "stocks" else 230), 1.1)
        for kind in kinds
    ]
    scale = MEAN_POSITIONS * count / sum(sizes)
    funds = []
    for number, (kind, size) in enumerate(zip(kinds, sizes, strict=True)):
        is_etf = random_.random() < ETFS and kind != "loans"
        letters = "".join(_LETTERS[number // 26**place % 26] for place in (2, 1, 0))
        ticker = f"Y{letters}" if is_etf else f"{letters}{_LETTERS[number // 26**3 % 26]}X"
        funds.append(
            Fund(
                f"0000{number % 60:06d}-26-{number:06d}",
                f"S{number:09d}",
                ticker,
                is_etf,
                kind,
                max(5, round(size * scale)),
                number % 60,
            )
        )
    return funds


def write_quarter(folder: Path, count: int = FILINGS) -> Path:
    """Write the data set and the list of classes to the folder; return the data set's path."""
    random_ = random.Random(SEED)
    stocks, funds = make_stocks(random_), make_funds(random_, count)
    path = folder / "2026q1_nport.zip"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        tempfile.TemporaryFile("w+", encoding="utf-8") as identifiers,
    ):
        _write_small(archive, funds)
        with archive.open("FUND_REPORTED_HOLDING.tsv", "w", force_zip64=True) as table:
            table.write(_HOLDING.encode())
            held: list[str] = []
            number = 168_000_000
            for fund in funds:
                lines = list(_make_rows(random_, fund, stocks, number, identifiers))
                number += 2 * len(lines)
                # Some filings' rows stand in several runs, with those of others between.
                cut = random_.randrange(len(lines)) if random_.random() < 0.3 else len(lines)
                table.write("".join([*lines[:cut], *held]).encode())
                held = lines[cut:]
            table.write("".join(held).encode())
        identifiers.seek(0)
        with archive.open("IDENTIFIERS.tsv", "w", force_zip64=True) as table:
            table.write(_IDENTIFIERS.encode())
            while piece := identifiers.read(1 << 20):
                table.write(piece.encode())
    rows = [[1000 + n % 60, fund.series, f"C{n:09d}", fund.ticker] for n, fund in enumerate(funds)]
    fields = ["cik", "seriesId", "classId", "symbol"]
    listed = json.dumps({"fields": fields, "data": rows})
    (folder / "company_tickers_mf_2026-04-01.json").write_text(listed)
    return path


def _write_small(archive: zipfile.ZipFile, funds: Sequence[Fund]) -> None:
    tables = {
        "SUBMISSION": (
            "ACCESSION_NUMBER\tFILING_DATE\tSUB_TYPE\tREPORT_DATE\tIS_LAST_FILING\n",
            "{0.accession}\t27-FEB-2026\tNPORT-P\t31-DEC-2025\tN\n",
        ),
        "REGISTRANT": (
            "ACCESSION_NUMBER\tCIK\tREGISTRANT_NAME\n",
            "{0.accession}\t{1:010d}\tSome Trust {1}\n",
        ),
        "FUND_REPORTED_INFO": (
            "ACCESSION_NUMBER\tSERIES_NAME\tSERIES_ID\tTOTAL_ASSETS\tNET_ASSETS\n",
            "{0.accession}\tFund {0.series}\t{0.series}\t1050000000\t1000000000\n",
        ),
    }
    for name, (header, row) in tables.items():
        rows = (row.format(fund, 1000 + fund.style) for fund in funds)
        archive.writestr(f"{name}.tsv", "".join([header, *rows]))


def _make_rows(
    random_: random.Random,
    fund: Fund,
    stocks: Sequence[Stock],
    number: int,
    identifiers: TextIO,
) -> Iterator[str]:
    """Yield the rows of a filing; what identifies its stocks goes to the other table."""
    in_stocks = {"stocks": 0.96, "bonds": 0.0, "mixed": 0.5, "loans": 0.0}[fund.kind]
    held = min(round(fund.positions * in_stocks), len(stocks))
    # Small funds hold large stocks; some are of a sector, and take one out of twenty.
    reach = min(len(stocks), max(200, held * random_.choice((2, 3, 8, 20))))
    chosen = random_.sample(range(max(reach, held)), held)
    style = _STYLES[fund.style % len(_STYLES)]
    weights = [random_.expovariate(1) for _ in range(fund.positions)]
    scale = 98 / sum(weights)
    for at, weight in enumerate(weights):
        percent = weight * scale
        value = percent * 1e7
        number += 2
        if at < held:
            stock = stocks[chosen[at]]
            name, cusip, country = style(stock.name), stock.cusip, stock.country
            units, category, issuer = "NS", "EC", "CORP"
            identifiers.write(f"{number}\t{number}\t{stock.isin}\t\t\t\n")
        else:
            beside = fund.kind != "loans" and random_.random() < 0.08
            category = "LON" if fund.kind == "loans" else _choose(random_, beside=beside)
            name, cusip, country = f"Borrower {number % 9973} LLC", f"{number:09d}", "US"
            units, issuer = "NC" if category[0] == "D" and category != "DBT" else "PA", "CORP"
            if category == "DBT":
                identifiers.write(f"{number}\t{number}\tUS{cusip}0\t\t\t\n")
        yield (
            f"{fund.accession}\t{number}\t{name}\t549300TN1PZNLCD4I551\t{name.upper()}\t{cusip}"
            f"\t{weight * 1e5:.8f}\t{units}\t\tUSD\t{value:.2f}\t\t{percent:.12f}\tLong"
            f"\t{category}\t\t{issuer}\t\t{country}\tN\t1\t\n"
        )


def _choose(random_: random.Random, *, beside: bool) -> str:
    """Return the category of a position that is no stock."""
    chances = _BESIDE if beside else _BONDS
    return random_.choices([name for name, _ in chances], [chance for _, chance in chances])[0]


def write_filing(folder: Path, count: int) -> Path:
    """Write a filing in XML of so many stocks, each with identifiers of its own; return it."""
    random_ = random.Random(SEED)
    sizes = [random_.expovariate(1) for _ in range(count)]
    scale = 98 / sum(sizes)
    path = folder / "primary_doc.xml"
    with path.open("w", encoding="utf-8") as file:
        file.write(_FILING_START)
        for number, size in enumerate(sizes):
            body = f"{number:06d}10"
            cusip = body + str(calc_check_digit("CUSIP", body))
            isin = f"US{cusip}" + str(calc_check_digit("ISIN", f"US{cusip}"))
            name = "".join(random_.choices(_LETTERS, k=6)).title() + f" Holdings {number} Inc"
            symbol = "".join(_LETTERS[number // 26**place % 26] for place in (3, 2, 1, 0))
            file.write(
                f"<invstOrSec><name>{name}</name><lei>N/A</lei><title>{name.upper()}</title>"
                f"<cusip>{cusip}</cusip><identifiers><isin value='{isin}'/>"
                f"<ticker value='{symbol}'/></identifiers><balance>{size * 1e5:.8f}</balance>"
                f"<units>NS</units><curCd>USD</curCd><valUSD>{size * scale * 1e3:.4f}</valUSD>"
                f"<pctVal>{size * scale:.12f}</pctVal><payoffProfile>Long</payoffProfile>"
                "<assetCat>EC</assetCat><issuerCat>CORP</issuerCat><invCountry>US</invCountry>"
                "</invstOrSec>\n"
            )
        file.write("</invstOrSecs></formData></edgarSubmission>\n")
    return path


def measure(scratch: Scratch) -> Iterator[Row]:
    """Yield the rows about one large filing, and about a share of a quarter.

    The filing comes first: of its stocks no filing had one before.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _, peak = _load(scratch, write_filing(folder, NEW_STOCKS), "all")
        what = f"memory of load-nport, a filing of {NEW_STOCKS:,} stocks that none had before"
        yield Row(what, peak, "MB", at_most(150.0), "whole process")
    clear(scratch.ours)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = write_quarter(folder, FILINGS // MEASURED_SHARE)
        classes = folder / "company_tickers_mf_2026-04-01.json"
        run_program(scratch, ENVIRONMENT, "load-directory", str(classes))
        for funds in ("etf", "all"):
            seconds, peak = _load(scratch, path, funds)
            taken = seconds * MEASURED_SHARE / 60
            what = f"load-nport --funds {funds}, one in {MEASURED_SHARE} of a quarter"
            yield Row(what, taken, "min a quarter", at_most(10.0), f"{taken:.1f} min")
            yield Row("memory of it", peak, "MB", at_most(500.0), "whole process")


def _load(scratch: Scratch, path: Path, funds: str) -> tuple[float, float]:
    """Load filings; return the seconds, and the most megabytes that the process had."""
    words = ("load-nport", str(path), "--funds", funds)
    # 1: of thousands a few are refused, as of the real ones
    return run_program(scratch, ENVIRONMENT, *words, statuses=(0, 1))


def main() -> None:
    """Write a quarter, and fails-to-deliver files, to a folder."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.filings", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--filings", type=int, default=FILINGS)
    parser.add_argument("--quarters", type=int, default=1, metavar="N", choices=range(1, 6))
    parser.add_argument("--fails", type=int, default=0, metavar="YEARS")
    parser.add_argument("--stocks", type=int, default=0, metavar="N")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    first = write_quarter(args.folder, args.filings)
    print(first)
    for number in range(1, args.quarters):
        print(write_next(first, number))
    if args.fails:
        stocks = make_stocks(random.Random(SEED))
        held = [(stock.cusip, stock.symbol, stock.name) for stock in stocks if stock.cusip]
        write_fails(args.folder, args.fails, held)
    if args.stocks:
        write_filing(args.folder, args.stocks)


if __name__ == "__main__":
    main()
