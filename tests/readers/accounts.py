"""What holds for everything that is read, whatever the file was."""

from __future__ import annotations

import datetime as dt
import json
import math

from readers.builders import receipt_of
from stockgroups.jobs.receipt import ReceiptAnswer
from stockgroups.model import Snapshot
from stockgroups.queries.origins import Origin
from stockgroups.readers.directories import Directory
from stockgroups.readers.values.texts import is_printable
from stockgroups.symbols import is_canonical

DAY = dt.date(2026, 7, 2)


def faults_of(snapshot: Snapshot) -> list[str]:
    """What `stockgroups receipt` finds that does not add up."""
    return ReceiptAnswer(
        etf_symbol="X",
        name=None,
        origin=Origin(snapshot.as_of or DAY, snapshot.source, is_proxy=False, file_name=None),
        sha256=snapshot.sha256,
        reader=snapshot.reader,
        issuer=snapshot.issuer,
        net_assets=snapshot.net_assets,
        member_count=snapshot.member_count,
        rows_read=receipt_of(snapshot).rows_read,
        receipt=snapshot.receipt,
    ).faults


def check_snapshot(snapshot: Snapshot) -> None:
    """Fail unless the account adds up and all of it can be stored and shown."""
    receipt = receipt_of(snapshot)
    assert faults_of(snapshot) == []
    assert len(set(snapshot.symbols)) == len(snapshot.symbols)
    assert snapshot.refs
    assert all(map(is_canonical, snapshot.symbols))
    texts = [text for ref in snapshot.refs for text in ref if text is not None]
    texts += [text or "" for text in snapshot.sectors or ()]
    texts += [text or "" for text in snapshot.industries or ()]
    texts += [snapshot.file_name or ""]
    for line in receipt.lines:
        texts += [line.reason, line.ticker or "", line.name or ""]
    texts += [*receipt.unknown_columns, *receipt.notes, receipt.as_of_from]
    check_texts(texts)
    numbers = [*(snapshot.weights or ()), *(snapshot.shares or ()), snapshot.net_assets]
    numbers += [line.weight for line in receipt.lines]
    numbers += [receipt.printed_weight, *(receipt.weights or {}).values()]
    assert all(math.isfinite(number) for number in numbers if number is not None)


def check_directory(directory: Directory) -> None:
    """Fail unless the account adds up and all of it can be stored and shown."""
    receipt = directory.to_dict()
    counts = directory.account()
    assert counts["read"] == counts["listed"] + counts["test_issues"] + counts["rejected"] > 0
    assert len(receipt["rejections"]) == counts["rejected"]
    symbols = [listing.symbol for listing in directory.listings]
    assert len(set(symbols)) == len(symbols)
    assert all(map(is_canonical, symbols))
    check_texts([json.dumps(receipt, ensure_ascii=False), directory.file_name])
    entries = [listing.entry for listing in directory.listings]
    check_texts([text for e in entries for text in (e.ticker, e.name, e.exchange) if text])
    check_texts([text for e in entries for text in (e.sector, e.industry, e.country) if text])


def check_texts(texts: list[str]) -> None:
    """Fail for a text that no database takes, or that a terminal would obey."""
    for text in texts:
        assert is_printable(text), repr(text[:200])
