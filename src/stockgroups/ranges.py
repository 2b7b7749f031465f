"""Half-open ranges of dates, which include the first day and exclude the last."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple


class DateRange(NamedTuple):
    """An interval: dates from `valid_from` up to, not including, `valid_to`.

    date.min and date.max mean open ends.
    """

    valid_from: dt.date
    valid_to: dt.date

    def to_dict(self) -> dict[str, str | None]:
        """Return the range as JSON values; an open end is null."""
        return {
            "valid_from": None if self.valid_from == dt.date.min else self.valid_from.isoformat(),
            "valid_to": None if self.valid_to == dt.date.max else self.valid_to.isoformat(),
        }

    def describe(self) -> str:
        """Return the range in words."""
        if self == ALWAYS:
            return "always"
        if self.valid_from == dt.date.min:
            return f"until {self.valid_to}"
        if self.valid_to == dt.date.max:
            return f"since {self.valid_from}"
        return f"{self.valid_from} to {self.valid_to}"


ALWAYS = DateRange(dt.date.min, dt.date.max)


class SymbolInterval(NamedTuple):
    """A symbol of a security, from `valid_from` up to, not including, `valid_to`."""

    symbol: str
    valid_from: dt.date
    valid_to: dt.date

    @property
    def dates(self) -> DateRange:
        """The dates on which the security has the symbol."""
        return DateRange(self.valid_from, self.valid_to)

    def to_dict(self) -> dict[str, str | None]:
        """Return the interval as JSON values; an open end is null."""
        return {"symbol": self.symbol, **self.dates.to_dict()}
