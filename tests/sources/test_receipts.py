"""The account adds up, in rows and in weight, for any file of any format."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.builders import ishares_csv, ishares_row, read, receipt_of, ssga_row, ssga_xlsx
from stockgroups.errors import UnsupportedFileError
from stockgroups.model import Category, Snapshot
from stockgroups.symbols import is_canonical

TICKERS = ["AAPL", "MSFT", "BRKB", "BRK/B", "JPM", "2330", "-", "2602335D", "A;B", "MPTI RT", "X Y"]
NAMES = [
    "ONE INC",
    "TWO CORP",
    "TWO  corp",
    "X CVR",
    "Y Escrow",
    "US DOLLAR",
    "ZÜRICH AG",
    "N" * 201,
]
CLASSES = ["Equity"] * 6 + ["Cash", "Money Market", "Futures", "FX", "Fixed Income", "Odd", ""]
EXCHANGES = ["NASDAQ"] * 4 + ["Taiwan Stock Exchange", "NO MARKET (E.G. UNLISTED)", "Moon", "-"]
CUSIPS = ["037833100", "594918104", "999USDZ92", "-", "US0378331005", "C" * 21]
NUMBERS = st.one_of(st.integers(-5, 10_000).map(lambda n: n / 100), st.sampled_from(["-", "x"]))

ishares_files = st.lists(
    st.builds(
        lambda ticker, name, value, weight, kind, exchange: ishares_row(
            ticker, name, value, str(weight), asset_class=kind, exchange=exchange
        ),
        st.sampled_from(TICKERS),
        st.sampled_from(NAMES),
        st.integers(-100, 10**9).map(float),
        NUMBERS,
        st.sampled_from(CLASSES),
        st.sampled_from(EXCHANGES),
    ),
    min_size=1,
    max_size=25,
).map(ishares_csv)

ssga_files = st.lists(
    st.builds(
        lambda ticker, name, weight, cusip, sedol, currency: ssga_row(
            ticker, name, weight, identifier=cusip, sedol=sedol, currency=currency
        ),
        st.sampled_from(TICKERS),
        st.sampled_from(NAMES),
        NUMBERS,
        st.sampled_from(CUSIPS),
        st.sampled_from(["2046251", "2588173", "-"]),
        st.sampled_from(["USD", "USD", "GBP"]),
    ),
    min_size=1,
    max_size=25,
).map(ssga_xlsx)

lists = st.lists(
    st.tuples(st.sampled_from([*TICKERS, "USD", "7203.XTKS"]), NUMBERS), min_size=1, max_size=25
).map(lambda rows: "\n".join(["symbol,weight", *(f"{t},{w}" for t, w in rows)]).encode())


def _read(data: bytes) -> Snapshot | None:
    try:
        return read(
            data,
            "MINE_2026-07-02.csv" if data[:6] == b"symbol" else "2026-07-02.csv",
            accept={"weights"},
        )
    except UnsupportedFileError:
        return None  # not one member among the rows


@given(st.one_of(ishares_files, ssga_files, lists))
def test_every_row_is_accounted_for_once(data: bytes) -> None:
    snapshot = _read(data)
    if snapshot is None:
        return
    receipt = receipt_of(snapshot)
    printed_rows = _count(data, snapshot)
    assert receipt.rows_read == printed_rows
    assert receipt.rows[Category.MEMBER] == len(snapshot.refs) > 0
    assert len(receipt.lines) == printed_rows - len(snapshot.refs)
    for category in Category:
        told = [line for line in receipt.lines if line.category is category]
        assert len(told) == (0 if category is Category.MEMBER else receipt.rows[category])
    assert [line.line for line in receipt.lines] == sorted(line.line for line in receipt.lines)
    assert all(line.reason for line in receipt.lines)
    assert all(is_canonical(symbol) for symbol in snapshot.symbols)


@given(st.one_of(ishares_files, ssga_files, lists))
def test_the_weights_of_all_categories_are_the_whole(data: bytes) -> None:
    snapshot = _read(data)
    if snapshot is None or snapshot.weights is None:
        return
    receipt = receipt_of(snapshot)
    assert receipt.weights is not None
    members = sum(weight or 0.0 for weight in snapshot.weights)
    merged = sum(line.weight or 0.0 for line in receipt.lines if line.category is Category.MERGED)
    assert receipt.weights[Category.MEMBER] + merged == pytest.approx(members, abs=1e-9)
    told = sum(line.weight or 0.0 for line in receipt.lines)
    whole = sum(receipt.weights.values())
    assert receipt.weights[Category.MEMBER] + told == pytest.approx(whole, abs=1e-9)
    if receipt.basis == "printed":
        assert whole == pytest.approx(receipt.printed_weight, abs=1e-9)
    if receipt.basis == "market value" and not receipt.notes and b'"-"' not in data:
        assert whole == pytest.approx(1, abs=1e-9)


def _count(data: bytes, snapshot: Snapshot) -> int:
    """Count the rows that the file was made of, without the program's help."""
    if snapshot.source == "ishares_us":
        return len(data.decode().splitlines()) - 10
    if snapshot.source == "plain":
        return len(data.decode().splitlines()) - 1
    return _sheet_rows(data) - 7


def _sheet_rows(data: bytes) -> int:
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read("xl/worksheets/sheet1.xml").count(b"<row ")
