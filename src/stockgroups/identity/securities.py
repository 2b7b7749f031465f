"""Securities: what refs resolve to, with their symbols over time and the reasons."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.ranges import SymbolInterval

if TYPE_CHECKING:
    from stockgroups.identity.conflicts import Conflict
    from stockgroups.identity.lines import Line
    from stockgroups.identity.unions import Link


class Security(NamedTuple):
    """One stock: its symbols in the order of time, and the label under which it is shown today.

    The label is the last symbol, or the ISIN if no source has reported a ticker. If another stock
    has got that symbol since, it is the symbol with the month of its last report (`COR-202112`). No
    two securities share a label. `intervals` is empty for a stock whose symbol always belongs to
    another.
    """

    intervals: tuple[SymbolInterval, ...]
    label: str

    @property
    def is_plain(self) -> bool:
        """Whether it has one symbol for all time."""
        return self.intervals == (_always(self.label),)


def plain_security(symbol: str) -> Security:
    """Return the stock that has this symbol for all time."""
    return Security((_always(symbol),), symbol)


def _always(symbol: str) -> SymbolInterval:
    return SymbolInterval(symbol, dt.date.min, dt.date.max)


class SecurityInterval(NamedTuple):
    """The security of a ref, by its place, from `valid_from` up to, not including, `valid_to`."""

    security: int
    valid_from: dt.date = dt.date.min
    valid_to: dt.date = dt.date.max


@dataclass(frozen=True, slots=True)
class Identity:
    """Securities in the order of their symbols and times.

    Attributes:
        securities: The securities.
        exceptions: By number, refs whose security on some day is not the holder of their symbol,
            with their securities for all time.
        conflicts: Questions that are left to a person.
        lines: The lines of the securities.
        parts: The places of each security's lines.
        others: The places of the lines of stocks that no group holds.
        links: Why lines are one stock, or two.
    """

    securities: tuple[Security, ...]
    exceptions: dict[int, tuple[SecurityInterval, ...]]
    conflicts: tuple[Conflict, ...]
    lines: tuple[Line, ...] = field(default=(), compare=False, repr=False)
    parts: tuple[tuple[int, ...], ...] = field(default=(), compare=False, repr=False)
    others: tuple[tuple[int, ...], ...] = field(default=(), compare=False, repr=False)
    links: tuple[Link, ...] = field(default=(), compare=False, repr=False)
