"""Today's symbols of refs, from the few stored refs whose stock their symbol does not give."""

from __future__ import annotations

from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from stockgroups.db.sql import load_statements
from stockgroups.store import Store, execute
from stockgroups.symbols import is_isin

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence


_SQL = load_statements("identity")
_READ_AT_ONCE = 4_000
"""Refs that are asked for at once."""


class StoredSecurity(NamedTuple):
    """The security of a symbol or ref, from `valid_from` up to, not including, `valid_to`.

    `symbol` is its symbol of today.
    """

    valid_from: dt.date
    valid_to: dt.date
    security_id: int
    symbol: str


class StoredSymbols:
    """Symbols (`moved`) and refs (`exceptions`) whose security depends on the day.

    Every other ref is, for all time, the stock that has its symbol today. Only refs that were read
    are known: a load asks about few of an environment.
    """

    def __init__(self, store: Store) -> None:
        """Start without any ref of the environment."""
        self._store = store
        self._read: set[int] = set()
        self.moved: dict[str, list[StoredSecurity]] = {}
        self.exceptions: dict[int, list[StoredSecurity]] = {}

    def read(self, refs: Iterable[tuple[int, str | None]]) -> None:
        """Read what is stored of some refs, given as numbers with symbols.

        A ref that is not recorded has a negative number, and only its symbol is looked up.
        """
        left = ((number, symbol) for number, symbol in refs if number not in self._read)
        while some := [*islice(left, _READ_AT_ONCE)]:
            ref_ids = [number for number, _ in some if number > 0]
            self._read.update(ref_ids)
            symbols = {symbol for _, symbol in some if symbol}
            self.moved |= self._find("read_moved", {"symbols": [*symbols]})
            self.exceptions |= self._find("read_exceptions", {"ref_ids": ref_ids})

    def _find(self, statement: str, asked: dict[str, Any]) -> dict[Any, list[StoredSecurity]]:
        found: dict[Any, list[StoredSecurity]] = defaultdict(list)
        for key, *held in execute(self._store, _SQL[statement], **asked):
            found[key].append(StoredSecurity(*held))
        return found

    @property
    def is_plain(self) -> bool:
        """Whether every ref that was read is the stock that has its symbol."""
        return not (self.moved or self.exceptions)

    def symbol_of(self, number: int, reported: str, day: dt.date) -> str:
        """Return today's symbol of the stock that a ref is on a day.

        NAMELESS for a ref without a symbol that nothing identifies. The ref was read before.
        """
        ranges: Sequence[StoredSecurity] | None = self.exceptions.get(number) or self.moved.get(
            reported
        )
        if ranges is None:
            return reported
        return next(
            (held.symbol for held in ranges if held.valid_from <= day < held.valid_to), reported
        )

    def is_settled(self, number: int, reported: str, day: dt.date) -> bool:
        """Return whether a known ref on a new day cannot change which security any ref is.

        A ref that is reported by its ISIN is one stock for all time, whatever the day.
        """
        if is_isin(reported):
            return True
        if number in self.exceptions:
            return False
        ranges = self.moved.get(reported)
        return ranges is None or (
            len(ranges) == 1 and ranges[0].valid_from <= day < ranges[0].valid_to
        )
