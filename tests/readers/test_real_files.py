"""Files that issuers published, where there are some: against an independent reading of them.

The folder is the one that HOLDINGS_DIR names; it is no part of the project.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path
from typing import NamedTuple

import pytest

from readers.builders import CATALOG, receipt_of, weights_of
from stockgroups.errors import GuardError, StockgroupsError, UnsupportedFileError
from stockgroups.model import Category, Snapshot
from stockgroups.readers import read_holdings
from stockgroups.symbols import is_canonical


class Reading(NamedTuple):
    """What another reader makes of a file: its equity lines by ticker, and all its lines' value."""

    tickers: dict[str, float]
    total: float


def _read_ishares(path: Path) -> Reading:
    text = path.read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    start = next(at for at, row in enumerate(rows) if row and row[0] == "Ticker")
    tickers: dict[str, float] = {}
    total = 0.0
    for row in rows[start + 1 :]:
        if len(row) < 15 or not row[1]:
            break
        line = dict(zip(rows[start], row, strict=True))
        value = float(line["Market Value"].replace(",", ""))
        total += value
        if line["Asset Class"] == "Equity" and not line["Exchange"].startswith("NO MARKET"):
            tickers[line["Ticker"]] = value
    return Reading(tickers, total)


def _ishares_files(holdings: Path) -> list[Path]:
    files = [path for path in sorted(holdings.glob("ishares/*.csv")) if "HEWU" not in path.name]
    if not files:
        pytest.skip("no iShares files in the folder")
    return files


def test_us_funds_of_ishares_agree_with_another_reader(holdings: Path) -> None:
    for path in _ishares_files(holdings):
        snapshot = read_holdings(path, path.name, CATALOG).snapshot
        other = _read_ishares(path)
        ours = dict(
            zip(
                [ref.ticker for ref in snapshot.refs],
                snapshot.weights or (),
                strict=True,
            )
        )
        assert ours.keys() <= other.tickers.keys(), path.name
        left_out = other.tickers.keys() - ours.keys()
        # Claims, rights and the remnants of companies: a few lines that are worth next to nothing.
        assert len(left_out) <= 12, path.name
        assert sum(other.tickers[ticker] for ticker in left_out) < 1e-4 * other.total, path.name
        for ticker, weight in ours.items():
            assert ticker is not None
            assert weight == pytest.approx(other.tickers[ticker] / other.total, abs=1e-9), ticker
        assert snapshot.net_assets == pytest.approx(other.total)


def test_us_funds_of_ishares_as_a_trader_reads_them(holdings: Path) -> None:
    for path in _ishares_files(holdings):
        result = read_holdings(path, path.name, CATALOG)
        snapshot, receipt = result.snapshot, receipt_of(result.snapshot)
        assert path.name.startswith(f"{result.fund}_{snapshot.as_of}"), path.name
        assert 0.95 <= sum(weight or 0 for weight in snapshot.weights or ()) <= 1.03
        assert receipt.rows[Category.REJECTED] == receipt.rows[Category.MERGED] == 0, path.name
        assert receipt.unknown_columns == ()
        assert all(is_canonical(symbol) for symbol in snapshot.symbols)
        words = {"ESCROW", "RIGHTS", "CASH", "EMINI", "COLLATERAL", "WARRANTS", "USD"}
        names = [(ref.name or "").split() for ref in snapshot.refs]
        assert not [name for name in names if words & set(name) or "CVR" in name[1:]], path.name
        if result.fund in {"IVV", "IWV", "IWB"}:
            assert "BRK.B" in snapshot.symbols


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("ishares/IWV_2026-07-02.csv", 2570, 2590),
        ("ishares/IWM_2026-01-21.csv", 1930, 1950),
        ("ishares/IVV_2025-10-16.csv", 503, 503),
        ("ssga/holdings-daily-us-en-spy_2025-09-05.xlsx", 503, 503),
        ("ssga/holdings-daily-us-en-dia_2024-02-14.xlsx", 30, 30),
    ],
)
def test_numbers_of_members(holdings: Path, name: str, low: int, high: int) -> None:
    path = _file(holdings, name)
    assert low <= len(read_holdings(path, path.name, CATALOG).snapshot.refs) <= high


def test_us_funds_of_state_street(holdings: Path) -> None:
    import python_calamine

    files = sorted(holdings.glob("ssga/*.xlsx"))
    if not files:
        pytest.skip("no State Street files in the folder")
    for path in files:
        result = read_holdings(path, path.name, CATALOG)
        snapshot = result.snapshot
        sheet = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
        assert result.fund == sheet[1][1] == path.stem.split("_")[0].rsplit("-", 1)[1].upper()
        table = [row for row in sheet[5:] if row[1]]
        stocks = {
            str(row[1]): float(str(row[4])) / 100
            for row in table
            if row[3] != "-" and str(row[1]).replace(".", "").isalpha()
        }
        assert weights_of(snapshot) == pytest.approx(stocks), path.name
        assert receipt_of(snapshot).rows_read == len(table)
        assert receipt_of(snapshot).rows[Category.REJECTED] == 0


def test_files_that_spreadsheets_saved_are_like_those_they_were(holdings: Path) -> None:
    for again, like in [
        ("ishares/resaved/IWB_2026-04-13_excel-resaved.csv", "ishares/IWB_2026-07-17.csv"),
        (
            "ssga/resaved/holdings-daily-us-en-mdy_2025-01-30_excel-resaved.xlsx",
            "ssga/holdings-daily-us-en-mdy_2025-01-31.xlsx",
        ),
    ]:
        one = read_holdings(_file(holdings, again), Path(again).name, CATALOG)
        two = read_holdings(_file(holdings, like), Path(like).name, CATALOG)
        assert (one.fund, one.fund_name, one.format) == (two.fund, two.fund_name, two.format)
        shared = set(one.snapshot.symbols) & set(two.snapshot.symbols)
        assert len(shared) > 0.9 * len(two.snapshot.refs)


def test_a_fund_of_the_emerging_markets(holdings: Path) -> None:
    path = _file(holdings, "ishares/resaved/EEM_2025-01_no-preamble.csv")
    result = read_holdings(path, path.name, CATALOG)
    assert result.fund == "EEM"
    assert result.snapshot.as_of == dt.date(2025, 1, 31)
    assert {"2330.XTAI", "0700.XHKG", "WALMEX.XMEX", "005930.XKRX"} <= set(result.snapshot.symbols)
    assert receipt_of(result.snapshot).rows[Category.REJECTED] == 0
    us = {symbol for symbol in result.snapshot.symbols if "." not in symbol}
    exchanges = {ref.exchange for ref in result.snapshot.refs if ref.symbol in us}
    assert exchanges == {"NASDAQ", "New York Stock Exchange Inc."}


def test_a_fund_of_a_fund_has_one_member(holdings: Path) -> None:
    path = _file(holdings, "ishares/HEWU_2023-01-20_fund-of-fund-hedged.csv")
    snapshot = read_holdings(path, path.name, CATALOG).snapshot
    assert weights_of(snapshot) == {"EWU": pytest.approx(1.026, abs=1e-4)}


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("_transcribed/ishares_EFA_2026-10-01_trimmed_foreign.csv", GuardError),
        ("_transcribed/ishares_AGG_2026-10-02_trimmed_bonds.csv", UnsupportedFileError),
        ("ishares/resaved/LQD_bonds_no-preamble_excel-resaved.csv", UnsupportedFileError),
    ],
)
def test_what_is_refused(holdings: Path, name: str, error: type[Exception]) -> None:
    path = _file(holdings, name)
    with pytest.raises(error):
        read_holdings(path, path.name, CATALOG)


def test_every_file_is_read_or_refused_with_its_reason(holdings: Path) -> None:
    for path in sorted(holdings.rglob("*")):
        if not path.is_file() or path.suffix == ".md":
            continue
        outcome = _read_or_refuse(path)
        if isinstance(outcome, StockgroupsError):
            assert outcome.what, path.name
            assert outcome.where, path.name
            continue
        receipt = receipt_of(outcome)
        assert receipt.rows[Category.MEMBER] == outcome.member_count
        assert receipt.rows_read == outcome.member_count + len(receipt.lines)
        assert receipt.weights is not None, path.name
        assert receipt.weights[Category.MEMBER] > 0.9, path.name


def _read_or_refuse(path: Path) -> Snapshot | StockgroupsError:
    try:
        return read_holdings(path, path.name, CATALOG).snapshot
    except StockgroupsError as error:
        return error


def _file(holdings: Path, name: str) -> Path:
    if not (holdings / name).is_file():
        pytest.skip(f"the folder has no {name}")
    return holdings / name
