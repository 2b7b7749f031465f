"""What the dated registers state: whose a symbol or a CUSIP was, and when."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stockgroups.catalog import load_catalog
from stockgroups.db.sql import load_statements
from stockgroups.identity.evidence import Announcement, NumberedRef, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from stockgroups.db.connection import Connection

_SQL = load_statements("identity")
_REGISTERED = -1_000_000_000
"""Numbers from here downwards are those of refs that only a register has."""
_REGISTER = -1
"""The place of the register among the series of snapshots."""
READ_AHEAD = 1_000
"""Rows in memory at once, without the objects made from them."""


@dataclass(slots=True)
class Registered:
    """What the dated registers state about the gathered symbols."""

    refs: dict[int, NumberedRef] = field(default_factory=dict)
    runs: dict[int, list[Run]] = field(default_factory=dict)
    announced: frozenset[Announcement] = frozenset()


def read_registered(
    connection: Connection,
    symbols: Collection[str],
    cusips: Collection[str],
    texts: dict[Any, Any] | None = None,
) -> Registered:
    """Return what registers state about symbols and CUSIPs, and those they connect with them.

    A register writes symbols without separators: its `BRKB` is the BRK.B that is asked for, or that
    the table of share classes has. `texts` are in memory already and are not stored twice.
    """
    keep: Callable[[Any, Any], Any] = ({} if texts is None else texts).setdefault
    known_symbols: set[str] = set(symbols)
    known_cusips: set[str] = set(cusips)
    while True:
        # Where both are known, `BRKB` is BRK.B, which sorts before it.
        compact = {s.replace(".", ""): s for s in sorted(known_symbols, reverse=True)}
        parameters = {"cusips": sorted(known_cusips), "compact": sorted(compact)}
        refs: dict[tuple[str, str, str | None], NumberedRef] = {}
        runs: dict[int, list[Run]] = defaultdict(list)
        unread: set[str] = set()
        with connection.cursor() as cursor:
            for row in cursor.stream(_SQL["find_registered"], parameters, size=READ_AHEAD):
                cusip, symbol, first, last, name = row
                if symbol not in compact:
                    unread.add(symbol)
                    continue
                # A ref for each name that it has had: filings of those days may have any of them.
                key = keep(cusip, cusip), compact[symbol], keep(name, name)
                ref = refs.get(key)
                if ref is None:
                    number = _REGISTERED - len(refs)
                    ref = refs[key] = NumberedRef(number, key[1], key[2], key[0])
                days = (first, last) if first < last else (first,)
                runs[ref.number].append(Run(_REGISTER, first, last + dt.timedelta(days=1), days))
        fresh_cusips = {cusip for cusip, *_ in refs} - known_cusips
        if not unread and not fresh_cusips:
            break
        known_symbols |= _dot_classes(unread) if unread else set()
        known_cusips |= fresh_cusips
        del refs, runs  # frees their memory before they are read again
    announced = frozenset(
        Announcement(compact[symbol], *fields)
        for symbol, *fields in connection.execute(_SQL["find_announced"], parameters)
    )
    return Registered({p.number: p for p in refs.values()}, dict(runs), announced)


def _dot_classes(compact: Collection[str]) -> set[str]:
    """Return canonical symbols for compact ones, by the shipped table of share classes."""
    share_classes = load_catalog().share_classes
    return {share_classes.get(symbol, symbol) for symbol in compact}
