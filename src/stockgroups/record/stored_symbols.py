"""Today's symbols of refs, from the few stored refs whose stock their symbol does not give."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.db.sql import load_statements
from stockgroups.store import Store, execute
from stockgroups.symbols import is_isin

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence


_SQL = load_statements("identity")


class StoredSecurity(NamedTuple):
    """The security of a symbol or ref, from `valid_from` up to, not including, `valid_to`.

    `symbol` is its symbol of today.
    """

    valid_from: dt.date
    valid_to: dt.date
    security_id: int
    symbol: str


@dataclass(slots=True)
class StoredSymbols:
    """Symbols (`moved`) and refs (`exceptions`) whose security depends on the day.

    Every other ref is, for all time, the stock that has its symbol today.
    """

    moved: dict[str, list[StoredSecurity]] = field(default_factory=lambda: defaultdict(list))
    exceptions: dict[int, list[StoredSecurity]] = field(default_factory=lambda: defaultdict(list))

    @property
    def is_plain(self) -> bool:
        """Whether every ref is the stock that has its symbol."""
        return not (self.moved or self.exceptions)

    def symbol_of(self, number: int, reported: str, day: dt.date) -> str:
        """Return today's symbol of the stock that a ref is on a day.

        NAMELESS for a ref without a symbol that nothing identifies.
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
        """Tell whether a known ref on a new day cannot change which security any ref is.

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


def read_stored_symbols(store: Store) -> StoredSymbols:
    """Return what is stored for the environment."""
    stored_symbols = StoredSymbols()
    for symbol, *held in execute(store, _SQL["read_moved"]):
        stored_symbols.moved[symbol].append(StoredSecurity(*held))
    for number, *held in execute(store, _SQL["read_exceptions"]):
        stored_symbols.exceptions[number].append(StoredSecurity(*held))
    return stored_symbols
