"""The answer: every stock that an expression meant on any day of a range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from stockgroups.analytics.panels.panel import OverDates
from stockgroups.json_values import write_tuple
from stockgroups.queries.frames import Kind, kinds_of
from stockgroups.text import count_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from stockgroups.analytics.panels.panel import Gap, PanelGroup
    from stockgroups.queries.moments import Moment


class EverMember(NamedTuple):
    """A stock that was a member.

    Attributes:
        symbol: The symbol that it has today.
        security_id: The number of the security, None where only another program knows the stock.
        first_date: The first day of the range on which it was one.
        last_date: The last day.
        stays: The first and last day of each stay.
    """

    symbol: str
    security_id: int | None
    first_date: dt.date
    last_date: dt.date
    stays: tuple[tuple[dt.date, dt.date], ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the stock as JSON values."""
        return write_tuple(self)


@dataclass(frozen=True, slots=True, repr=False)
class EverMembers(OverDates):
    """Every stock that an expression meant on any day from `since` to `until`.

    Attributes:
        expression: The expression as it was understood, in canonical spelling.
        members: The stocks, by symbol.
        groups: The groups that it names, with the snapshots that answered.
        gaps: The days without an answer, and why.
        warnings: What is missing from the answer, or missing for the days that were asked.
        moment: What was known and how old a source may be; its day is `until`.
    """

    KEYS = f"{OverDates.KEYS} members"
    ROWS = "members"
    KINDS: ClassVar[Mapping[str, Kind]] = kinds_of(EverMember)
    expression: str
    since: dt.date
    until: dt.date
    members: tuple[EverMember, ...]
    groups: tuple[PanelGroup, ...]
    gaps: tuple[Gap, ...]
    warnings: tuple[str, ...]
    moment: Moment
    as_published: bool = False

    def __repr__(self) -> str:
        return (
            f"<EverMembers {self.expression} from {self.since} to {self.until}: "
            f"{count_of(len(self.members), 'stock')}>"
        )

    def __len__(self) -> int:
        return len(self.members)

    @property
    def symbols(self) -> list[str]:
        """The stocks' symbols of today, sorted."""
        return sorted(member.symbol for member in self.members)
