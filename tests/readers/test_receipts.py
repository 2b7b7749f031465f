"""The account adds up, in rows and in weight, for any file of any format."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from math import fsum
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readers.accounts import DAY, check_snapshot, faults_of
from readers.builders import CATALOG, receipt_of
from readers.layouts import LAYOUTS
from readers.positions import POSITIONS, Position
from readers.printing import Layout, PrintedFile, printed_files, write_positions
from stockgroups.errors import (
    EmptyFileError,
    TruncatedFileError,
    UnrecognisedFileError,
    UnsupportedFileError,
)
from stockgroups.model import Category, Snapshot
from stockgroups.readers import FORMATS, read_holdings
from stockgroups.readers.holdings.net_assets import MISSING
from stockgroups.suspicions import Guard

GOLDEN = Path(__file__).parent / "golden"

every_layout = pytest.mark.parametrize(
    "layout", LAYOUTS, ids=lambda layout: f"{layout.source}-{len(layout.columns)}"
)


def read_printed(file: PrintedFile) -> Snapshot | None:
    """Read the file, whatever its weights sum to; None where it may be refused as a whole."""
    try:
        result = read_holdings(
            file.data, file.layout.file_name, CATALOG, as_of=DAY, accept=frozenset(Guard)
        )
    except (UnsupportedFileError, TruncatedFileError, EmptyFileError):
        return None  # not one member, or the last row is too short
    except UnrecognisedFileError:
        assert b"A;B\n" in file.data  # rows without their comma may look like the wider table
        return None
    assert result.format == file.layout.source
    return result.snapshot


def has_value(position: Position) -> bool:
    """A derivative has a weight beside a value of zero: the weight counts then."""
    is_number = re.fullmatch(r"-?[0-9,]+\.[0-9]{2}", position.value) is not None
    return is_number and (position.value != "0.00" or position.weight.strip("-") in ("", "0.00"))


def test_every_format_that_is_read_is_described() -> None:
    """Here, or by golden output: what is declared goes the way of the one that is here."""
    golden = (path.read_text(encoding="utf-8") for path in GOLDEN.glob("*.golden"))
    described = {layout.source for layout in LAYOUTS}
    described |= {text.partition(" ")[0] for text in golden}
    assert described == {known.name for known in FORMATS}


@every_layout
@settings(max_examples=60)
@given(data=st.data())
def test_the_account_adds_up(layout: Layout, data: st.DataObject) -> None:
    file = data.draw(printed_files(layout))
    snapshot = read_printed(file)
    if snapshot is None:
        return
    check_rows(snapshot, file)
    if snapshot.weights is not None:
        check_weights(snapshot, file)


def check_rows(snapshot: Snapshot, file: PrintedFile) -> None:
    """Assert that every row is accounted for once."""
    receipt = receipt_of(snapshot)
    assert receipt.rows_read == sum(receipt.rows.values()) == len(file.lines)
    assert receipt.rows[Category.MEMBER] == snapshot.member_count
    nameless = len(snapshot.refs) - snapshot.member_count
    assert receipt.rows[Category.UNRESOLVED] == nameless
    told = [line.line for line in receipt.lines]
    assert told == sorted(set(told))
    assert set(told) <= set(file.lines)
    assert len(told) == len(file.lines) - snapshot.member_count
    counted = Counter(line.category for line in receipt.lines)
    assert {**receipt.rows, Category.MEMBER: 0} == {kind: counted[kind] for kind in Category}
    assert all(line.reason for line in receipt.lines)
    check_snapshot(snapshot)


def check_weights(snapshot: Snapshot, file: PrintedFile) -> None:
    """Assert that the weights of all categories are the whole."""
    receipt = receipt_of(snapshot)
    assert snapshot.weights is not None
    assert receipt.weights is not None
    members = fsum(weight or 0.0 for weight in snapshot.weights)
    recorded = (Category.MEMBER, Category.MERGED, Category.UNRESOLVED)
    held = fsum(receipt.weights[category] for category in recorded)
    assert held == pytest.approx(members, abs=1e-6)
    told = fsum(line.weight or 0.0 for line in receipt.lines)
    whole = fsum(receipt.weights.values())
    assert receipt.weights[Category.MEMBER] + told == pytest.approx(whole, abs=1e-6)
    if receipt.basis == "printed":
        assert whole == pytest.approx(receipt.printed_weight, abs=1e-6)
    elif all(map(has_value, file.positions)) and not any(
        "net assets" in note for note in receipt.notes
    ):
        # The net assets may be fitted to how the weights are rounded, without a word, by so much.
        assert whole == pytest.approx(1, abs=MISSING + 1e-6)


@every_layout
def test_every_kind_of_row_in_every_format(layout: Layout) -> None:
    """All positions at once, so that no format passes because nothing of it was read."""
    rows = [[column(position) for column in layout.columns.values()] for position in POSITIONS]
    above, below = layout.above[0], layout.below[-1]
    for writer in layout.writers:
        data = writer([*above, list(layout.columns), *rows, *below])
        first = 1 if writer is write_positions else len(above) + 2
        lines = list(range(first, first + len(rows)))
        lines += range(lines[-1] + 5, lines[-1] + 5 + layout.below_holds)
        snapshot = read_printed(PrintedFile(layout, data, lines, list(POSITIONS)))
        assert snapshot is not None
        receipt = receipt_of(snapshot)
        assert receipt.rows_read == len(lines)
        tickers, isins = {"AAPL", "MSFT", "BRK.B", "JPM"}, {"US0378331005", "US5949181045"}
        assert (isins if receipt.unnamed else tickers) <= set(snapshot.symbols)
        assert receipt.rows[Category.MERGED] >= 1
        assert receipt.rows[Category.REJECTED] >= 1
        check_snapshot(snapshot)


def test_the_faults_are_found() -> None:
    """The check behind all of this can fail."""
    file = LAYOUTS[0]
    rows = [[column(position) for column in file.columns.values()] for position in POSITIONS]
    data = file.writers[0]([*file.above[0], list(file.columns), *rows])
    snapshot = read_printed(PrintedFile(file, data, [], []))
    assert snapshot is not None
    receipt = receipt_of(snapshot)
    assert receipt.weights is not None
    short = replace(receipt, lines=receipt.lines[1:])
    heavy = replace(receipt, weights={**receipt.weights, Category.CASH: 0.5})
    assert len(faults_of(replace(snapshot, receipt=short))) >= 1
    assert len(faults_of(replace(snapshot, receipt=heavy))) == 1
