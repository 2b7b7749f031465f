"""What the readers make of files made by hand, compared with what stands beside each of them.

`PYTHONPATH=tests python tests/readers/test_golden.py` writes the golden output anew: look at the
difference.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from readers.builders import CATALOG
from stockgroups.model import Category
from stockgroups.readers import FundReading, read_funds

FOLDER = Path(__file__).parent / "golden"
SUFFIX = ".golden"
FILES = sorted(path for path in FOLDER.iterdir() if path.suffix != SUFFIX)


def describe(path: Path) -> str:
    """What is read of a file, as text that a person can check line by line."""
    readings = read_funds(path, path.name, CATALOG)
    return "\n".join("\n".join(_describe(reading)) for reading in readings) + "\n"


def _describe(reading: FundReading) -> list[str]:
    if reading.result is None:
        return [f"{reading.fund}: {reading.error}", ""]
    result, snapshot = reading.result, reading.result.snapshot
    receipt = snapshot.receipt
    assert receipt is not None
    lines = [
        f"{result.format} · {result.fund} ({result.fund_name}, from {receipt.fund_from}) · "
        f"{snapshot.as_of} (from {receipt.as_of_from}) · {snapshot.issuer}",
        f"{receipt.rows_read} rows: "
        + ", ".join(f"{receipt.rows[one]} {one.value}" for one in Category if receipt.rows[one]),
        f"weights from {receipt.basis}, printed {receipt.printed_weight} {receipt.unit}, "
        f"net assets {snapshot.net_assets}",
    ]
    shares: Any = snapshot.shares or [None] * len(snapshot.refs)
    weights: Any = snapshot.weights or [None] * len(snapshot.refs)
    for ref, weight, held in zip(snapshot.refs, weights, shares, strict=True):
        told = {
            "cusip": ref.cusip,
            "isin": ref.isin,
            "sedol": ref.sedol,
            "figi": ref.figi,
            "exchange": ref.exchange,
            "country": ref.country,
            "currency": ref.currency,
        }
        shown = " ".join(f"{name}={text}" for name, text in told.items() if text)
        lines.append(f"  {ref.symbol} | {ref.name} | {weight} | {held} | {shown}")
    lines += [
        f"  line {one.line}: {one.category.value}: {one.reason} "
        f"({one.ticker} | {one.name} | {one.weight})"
        for one in receipt.lines
    ]
    if receipt.notional:
        lines.append(f"  notional: {receipt.notional.to_dict()}")
    lines += [f"  ! column {label}" for label in receipt.unknown_columns]
    lines += [f"  ! asset class {label}" for label in receipt.unknown_classes]
    return [*lines, *(f"  note: {note}" for note in receipt.notes), ""]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_what_is_read_is_what_stands_beside_it(path: Path) -> None:
    golden = path.with_name(path.name + SUFFIX)
    assert describe(path) == golden.read_text(encoding="utf-8")


if __name__ == "__main__":
    for one in FILES:
        sys.stdout.write(f"{one.name}\n")
        one.with_name(one.name + SUFFIX).write_text(describe(one), encoding="utf-8")
