"""What the dated registers say of symbols and CUSIPs: which was whose, from when to when."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stockgroups.catalog import load_catalog
from stockgroups.db.sql import load_statements
from stockgroups.identity.evidence import Announcement, NumberedRef, Run

if TYPE_CHECKING:
    from collections.abc import Collection

    from stockgroups.db.connection import Connection

_SQL = load_statements("identity")
_REGISTERED = -1_000_000_000
"""From this number down: refs that stand in a register alone and are recorded nowhere."""
_REGISTER = -1
"""The place of the register among the series of snapshots."""


@dataclass(slots=True)
class Registered:
    """What the dated registers say of the gathered symbols."""

    refs: dict[int, NumberedRef] = field(default_factory=dict)
    runs: dict[int, list[Run]] = field(default_factory=dict)
    announced: frozenset[Announcement] = frozenset()


def read_registered(
    connection: Connection, symbols: Collection[str], cusips: Collection[str]
) -> Registered:
    """Return what registers say of symbols and CUSIPs, and of what they connect these with.

    A register writes symbols without separators: `BRKB` there is the BRK.B that is asked about, or
    that the table of share classes has.
    """
    known_symbols: set[str] = set(symbols)
    known_cusips: set[str] = set(cusips)
    while True:
        # Where both are known, `BRKB` is BRK.B, which sorts before it.
        compact = {s.replace(".", ""): s for s in sorted(known_symbols, reverse=True)}
        parameters = {"cusips": sorted(known_cusips), "compact": sorted(compact)}
        rows = connection.execute(_SQL["find_registered"], parameters).fetchall()
        unread = {row[1] for row in rows} - compact.keys()
        fresh_symbols = _dot_classes(unread) if unread else set()
        fresh_cusips = {row[0] for row in rows} - known_cusips
        if not fresh_symbols and not fresh_cusips:
            break
        known_symbols |= fresh_symbols
        known_cusips |= fresh_cusips
    refs: dict[tuple[str, str, str | None], NumberedRef] = {}
    runs: dict[int, list[Run]] = defaultdict(list)
    for cusip, symbol, first, last, name in rows:
        canonical = compact[symbol]
        number = _REGISTERED - len(refs)
        # A ref for each name that it has had: filings of those days may have any of them.
        key = cusip, canonical, name
        ref = refs.setdefault(key, NumberedRef(number, canonical, name, cusip))
        days = (first, last) if first < last else (first,)
        runs[ref.number].append(Run(_REGISTER, first, last + dt.timedelta(days=1), days))
    announced = frozenset(
        Announcement(compact[symbol], *told)
        for symbol, *told in connection.execute(_SQL["find_announced"], parameters)
    )
    return Registered({p.number: p for p in refs.values()}, dict(runs), announced)


def _dot_classes(compact: Collection[str]) -> set[str]:
    """Return canonical symbols for compact ones, by the shipped table of share classes."""
    share_classes = load_catalog().share_classes
    return {share_classes.get(symbol, symbol) for symbol in compact}
