"""What prints mean as it is stored: the few symbols and prints that are not simply one stock's."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.sql import load_statements

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from stockgroups.db.connection import Connection

_SQL = load_statements("identity")


class Held(NamedTuple):
    """A symbol's or a print's security from `start` to before `end`; `symbol` is today's."""

    start: dt.date
    end: dt.date
    security_id: int
    symbol: str


@dataclass(slots=True)
class Meanings:
    """Symbols (`moved`) and prints (`exceptions`) that need a day to say which stock they mean.

    All others are, for all time, the stock whose symbol of today they print.
    """

    moved: dict[str, list[Held]] = field(default_factory=lambda: defaultdict(list))
    exceptions: dict[int, list[Held]] = field(default_factory=lambda: defaultdict(list))

    @property
    def is_plain(self) -> bool:
        """Whether every print simply means the stock whose symbol it is."""
        return not (self.moved or self.exceptions)

    def symbol_of(self, number: int, printed: str, day: dt.date) -> str:
        """Return the symbol of today of the stock that a print means on a day."""
        ranges: Sequence[Held] | None = self.exceptions.get(number) or self.moved.get(printed)
        if ranges is None:
            return printed
        return next((held.symbol for held in ranges if held.start <= day < held.end), printed)

    def is_settled(self, number: int, printed: str, day: dt.date) -> bool:
        """Tell whether a known print on a new day cannot change what anything means."""
        if number in self.exceptions:
            return False
        ranges = self.moved.get(printed)
        return ranges is None or (len(ranges) == 1 and ranges[0].start <= day < ranges[0].end)


def read_meanings(connection: Connection, environment: str) -> Meanings:
    """Return what is stored for the environment."""
    meanings = Meanings()
    parameters = {"environment": environment}
    for symbol, *held in connection.execute(_SQL["read_moved"], parameters):
        meanings.moved[symbol].append(Held(*held))
    for number, *held in connection.execute(_SQL["read_exceptions"], parameters):
        meanings.exceptions[number].append(Held(*held))
    return meanings
