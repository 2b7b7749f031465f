"""Entries of the old store made by hand, and what is read of them."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from stockgroups.catalog import load_catalog
from stockgroups.migration.legacy import (
    EntryHeader,
    LegacyGroup,
    read_entry,
)

TODAY = dt.date(2026, 7, 1)
CATALOG = load_catalog()


def header(
    kind: str = "etf_holdings",
    key: str | None = "SPY",
    environment: str | None = "TEST",
    name: str | None = None,
    size: int = 100,
) -> EntryHeader:
    return EntryHeader(7, kind, name, key, environment, dt.datetime(2026, 6, 1), size)  # noqa: DTZ001 - as the old column


def read(value: Any, kind: str = "etf_holdings", key: str = "SPY", **more: Any) -> LegacyGroup:
    return read_entry(header(kind, key, **more), json.dumps(value), CATALOG, TODAY)


def members_of(group: LegacyGroup) -> dict[str, float | None]:
    assert group.snapshot is not None
    weights = group.snapshot.weights or (None,) * len(group.snapshot.refs)
    return dict(zip(group.snapshot.symbols, weights, strict=True))
