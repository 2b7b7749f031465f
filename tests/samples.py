"""Small snapshots and desired groups made by hand."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from math import fsum

from stockgroups.model import Category, GroupKey, GroupType, Ref, Snapshot
from stockgroups.receipts import Receipt, ReceiptLine
from stockgroups.record.desired import DesiredGroup

DAY = dt.date(2026, 7, 1)


def later(days: int) -> dt.date:
    """Return the date this many days after DAY."""
    return DAY + dt.timedelta(days=days)


def make_snapshot(
    members: Mapping[str, float | None],
    as_of: dt.date | None = DAY,
    *,
    is_proxy: bool = False,
    sectors: tuple[str | None, ...] | None = None,
    file_name: str = "file.csv",
    reader: str = "hand/1",
    source: str = "hand",
    published_on: dt.date | None = None,
) -> Snapshot:
    """A snapshot of these members, with the hash that a file of this content would have."""
    printed = repr((sorted(members.items(), key=str), as_of, is_proxy, sectors, file_name))
    weights = tuple(members.values())
    return Snapshot(
        as_of=as_of,
        source=source,
        published_on=published_on,
        sha256=hashlib.sha256(printed.encode()).hexdigest(),
        reader=reader,
        refs=tuple(
            Ref(symbol, ticker=symbol, name=f"{symbol} CORP", exchange="NYSE") for symbol in members
        ),
        receipt=Receipt({Category.MEMBER: len(members)}, None, None, None, "printed", "by hand"),
        file_name=file_name,
        is_proxy=is_proxy,
        weights=None if all(w is None for w in weights) else weights,
        sectors=sectors,
    )


def make_fund(
    name: str, *snapshots: Snapshot, description: str | None = None, guarded: bool = False
) -> DesiredGroup:
    """An ETF of environment TEST that wants these snapshots in its record."""
    return DesiredGroup(
        GroupKey("TEST", GroupType.ETF, name),
        description=description or f"{name} Fund",
        liquidity_filter={"market_cap_threshold": 5e9, "applied": False},
        snapshots=snapshots,
        guarded=guarded,
    )


def make_printed(as_of: dt.date, prints: Mapping[Ref, float | None]) -> Snapshot:
    """A snapshot of these refs; those without a symbol are unresolved in its receipt."""
    lines = [
        ReceiptLine(at, Category.UNRESOLVED, "no ticker", ref.ticker, ref.name, weight)
        for at, (ref, weight) in enumerate(prints.items(), 2)
        if ref.symbol is None
    ]
    weight = fsum(line.weight or 0.0 for line in lines)
    receipt = Receipt(
        {Category.MEMBER: len(prints) - len(lines), Category.UNRESOLVED: len(lines)},
        {
            Category.MEMBER: fsum(filter(None, prints.values())) - weight,
            Category.UNRESOLVED: weight,
        },
        *(None, None, "printed", "by hand"),
        lines=tuple(lines),
    )
    return Snapshot(
        as_of=as_of,
        source="hand",
        sha256=hashlib.sha256(f"{as_of} {prints}".encode()).hexdigest(),
        reader="hand/1",
        refs=tuple(prints),
        file_name=f"{as_of}.csv",
        weights=tuple(prints.values()),
        receipt=receipt if lines else None,
    )
